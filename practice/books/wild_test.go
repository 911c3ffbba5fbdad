// SPDX-License-Identifier: Apache-2.0

package books_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"mainstay/practice/books"
)

// wildRows are 20 invented rows for Date, Supplier, Amount and Description.
func wildRows(row func(day, supplier, amount, text string) string) string {
	var b strings.Builder
	for i := range 20 {
		b.WriteString(row(fmt.Sprintf("%02d/04/2024", i+1), []string{"Example IT Ltd", "Third & Co"}[i%2], fmt.Sprintf("%d.50", 100+i), []string{"Hosting", "Support, monthly"}[i%2]))
	}
	return b.String()
}

// What files of others look like: each must give the same 20 lines, in all 2,200.00.
func TestWildFiles(t *testing.T) {
	plain := func(day, supplier, amount, text string) string {
		return fmt.Sprintf("%s,%s,%s,\"%s\"\n", day, supplier, amount, text)
	}
	body := wildRows(plain)
	for name, data := range map[string]string{
		"plain":            "Date,Supplier,Amount,Description\n" + body,
		"mistyped":         "Datte,Suppklier,Amuont,Desciption\n" + body,
		"shortened":        "Trans Dt,Supp_Name,Inv Amt,Line Descr\n" + body,
		"codes and texts":  "Pay date,Supplier ID(T),Amount,Text (T)\n" + body,
		"mark as letters":  "ï»¿Date,Supplier,Amount,Description\n" + body,
		"twice as letters": "Ã¯»¿Date,Supplier,Amount,Description\n" + body,
		"two rows":         "Payment,Supplier,Net,Invoice\nDate,Name,Amount,Description\n" + body,
		"two rows, notes":  "\"Payments to suppliers, April 2024\",,,\n,,,\nDate of,Supplier,Amount,\npayment,name,(£),Description\n" + body + ",,,\nSource: finance system,,,\n",
		"a group above":    ",,Invoice line,\nDate,Supplier,Amount,Description\n" + body,
		"unknown day":      "When,Supplier,Amount,Description\n" + body,
		"unknown money":    "Date,Supplier,Figure (£),Description\n" + body,
		"query above":      "query SELECT * FROM table,,,\nsort,,,\n" + "Date,Supplier,Amount,Description\n" + body,
		"notes above":      "\"This file lists payments over £500, as the code asks\",,,\nContact: finance,,,\n,,,\nDate,Supplier,Amount,Description\n" + body,
		"total below":      "Date,Supplier,Amount,Description\n" + body + "Total,,\"2,200.00\",\n",
		"empty columns":    ",Date,,Supplier,Amount,,Description,,\n" + wildRows(func(d, s, a, x string) string { return fmt.Sprintf(",%s,,%s,%s,,\"%s\",,\n", d, s, a, x) }),
		"pounds inside":    "Date,Supplier,Amount,Description\n" + wildRows(func(d, s, a, x string) string { return fmt.Sprintf("%s,%s,\" £ %s \",\"%s\"\n", d, s, a, x) }),
		"slash forgotten": "Date,Supplier,Amount,Description\n" + wildRows(func(d, s, a, x string) string {
			return fmt.Sprintf("%s,%s,%s,\"%s\"\n", strings.Replace(d, "/2024", "2024", 1), s, a, x)
		}),
		"scientific":      "Date,Supplier,Amount,Description\n" + strings.Replace(body, ",100.50,", ",1.005E+02,", 1) + "01/04/2024,Example IT Ltd,-9.09495E-13,rest\n",
		"nothing but nil": "Date,Supplier,Amount,Description\n" + body + "01/04/2024,Third & Co,£ -,nil\n",
		"only CR":         strings.ReplaceAll("Date,Supplier,Amount,Description\n"+body, "\n", "\r"),
		"semicolons": "Datum;Lieferant;Betrag;Verwendungszweck\n" + wildRows(func(d, s, a, x string) string {
			return fmt.Sprintf("%s;%s;%s;%s\n", d, s, strings.Replace(a, ".", ",", 1), x)
		}),
		"tabs":             "Date\tSupplier\tAmount\tDescription\n" + wildRows(func(d, s, a, x string) string { return d + "\t" + s + "\t" + a + "\t" + x + "\n" }),
		"quoted new lines": "Date,\"Supplier\n name\",\"Amount\n(£)\",Description\n" + strings.ReplaceAll(body, "Support, monthly", "Support,\n monthly"),
		"month names":      "Date,Supplier,Amount,Description\n" + wildRows(func(d, s, a, x string) string { return fmt.Sprintf("%s-Apr-24,%s,%s,\"%s\"\n", d[:2], s, a, x) }),
		"serial numbers":   "Date,Supplier,Amount,Description\n" + wildRows(func(d, s, a, x string) string { return fmt.Sprintf("454%s,%s,%s,\"%s\"\n", d[:2], s, a, x) }),
		"with a clock":     "Date,Supplier,Amount,Description\n" + wildRows(func(d, s, a, x string) string { return fmt.Sprintf("%s 12:00:00 AM,%s,%s,\"%s\"\n", d, s, a, x) }),
		"year first, zoned": "Date,Supplier,Amount,Description\n" + wildRows(func(d, s, a, x string) string {
			return fmt.Sprintf("2024/04/%s 00:00:00+00,%s,%s,\"%s\"\n", d[:2], s, a, x)
		}),
		"gross beside net": "Date,Supplier,Gross,VAT,Net,Description\n" + wildRows(func(d, s, a, x string) string { return fmt.Sprintf("%s,%s,999.00,20.00,%s,\"%s\"\n", d, s, a, x) }),
		"two days":         "Invoice Date,Payment Date,Supplier,Net Value,Description\n" + wildRows(func(d, s, a, x string) string { return fmt.Sprintf("%s,28/04/2024,%s,%s,\"%s\"\n", d, s, a, x) }),
	} {
		t.Run(name, func(t *testing.T) {
			b := books.NewBuilder()
			rep, err := books.ReadInto(context.Background(), b, text("a.csv", data), books.Options{})
			if err != nil {
				t.Fatal(err)
			}
			r := rep.Tables[0]
			rows, minor := 0, int64(0)
			for _, c := range r.Currencies {
				rows, minor = rows+c.Rows, minor+c.Minor
			}
			if r.Kind != books.KindLines || rows < 20 || rows > 21 || minor != 220000 || len(r.Providers) != 2 {
				t.Errorf("%s, %d rows, %d, providers %v, columns %v of %q", r.Kind, rows, minor, r.Providers, r.Mapping.Columns, r.Mapping.Header)
			}
			if y, m, _ := r.First.Civil(); y != 2024 || m > 5 {
				t.Errorf("from %s", r.First)
			}
			for _, s := range r.Stated {
				if s.Said != s.Read {
					t.Errorf("%s says %d, we read %d", s.Label, s.Said, s.Read)
				}
			}
		})
	}
}

// What the user said of a header over two rows is remembered under its joined names.
func TestTwoRowsAreRemembered(t *testing.T) {
	data := "Payment,Supplier,Net,Invoice\nDate,Name,Amount,Description\n" + wildRows(func(d, s, a, x string) string { return fmt.Sprintf("%s,%s,%s,\"%s\"\n", d, s, a, x) })
	rep, err := books.Preview(context.Background(), text("a.csv", data), books.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := rep.Tables[0]
	m := *r.Mapping
	m.Currency = "GBP"
	rep, err = books.Preview(context.Background(), text("a.csv", data), books.Options{Mappings: map[string]*books.Mapping{r.Signature: &m}})
	if err != nil {
		t.Fatal(err)
	}
	if got := rep.Tables[0]; !got.Remembered || len(got.Currencies) != 1 || got.Currencies[0].Currency != "GBP" || got.Rows != 20 {
		t.Errorf("%+v", got)
	}
}

// Tables that are no books stay what they are: a guess would be worse than a question.
func TestNoBooks(t *testing.T) {
	for name, data := range map[string]string{
		"readings":   "Site,Read at,Level,Remark\nNorth,2024-01-02,1.25,dry\nSouth,2024-01-03,1.75,wet\nWest,2024-01-04,1.50,dry\nEast,2024-01-05,1.80,dry\n",
		"slugs":      "example-council other-council,Example Council Other Council,local-council\nthird-council,Third Council,local-council\nfourth-council,Fourth Council,local-council\n",
		"words only": "Alpha,Beta,Gamma\nDelta,Epsilon,Zeta\nEta,Theta,Iota\n",
	} {
		if rep, err := books.Preview(context.Background(), text("a.csv", data), books.Options{}); err == nil {
			t.Errorf("%s is taken for %s: %v", name, rep.Tables[0].Kind, rep.Tables[0].Mapping)
		}
	}
}

func TestPostingBatch(t *testing.T) {
	data := "EXTF;700;21;Buchungsstapel;13;20240131\nUmsatz;Soll/Haben-Kennzeichen;Konto;Gegenkonto;Belegdatum;Buchungstext\n119,00;S;10001;8400;3101;Wartung\n"
	if _, err := books.Preview(context.Background(), text("a.csv", data), books.Options{}); err == nil || !strings.Contains(err.Error(), "DATEV") {
		t.Errorf("%v", err)
	}
}

// A title above the names of a report whose clients stand above their rows is no name of its first column.
func TestTitleIsNoName(t *testing.T) {
	data := "Tidegate IT,,,,\nSales by Customer Detail,,,,\n,Date,Num,Memo/Description,Amount\nQuayside Gallery,,,,\n,02/14/2025,1003,Printer repair,100.00\n,02/15/2025,1004,Printer repair,100.00\nTotal for Quayside Gallery,,,,200.00\n"
	l := ledgerOf(t, books.Options{}, data)
	if len(l.Lines) != 2 || len(l.Clients) != 2 || l.Clients[1] != "Quayside Gallery" {
		t.Errorf("%v %+v", l.Clients, l.Lines)
	}
}
