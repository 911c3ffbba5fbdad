// SPDX-License-Identifier: Apache-2.0

package export_test

import (
	"bytes"
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"mainstay/kit/civil"
	"mainstay/kit/money"
	"mainstay/practice/billing/export"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/invoice/invoicetest"
	"mainstay/practice/billing/judge"
	"mainstay/practice/billing/rating"
)

// entry is the journal's entry of a document.
func entry(v *invoice.Invoice) export.Entry {
	sign := int64(1)
	if v.Kind == invoice.CreditNote {
		sign = -1
	}
	return export.Entry{
		Day: v.Issued, Kind: string(v.Kind), Ref: v.Number, Client: v.Buyer.Name, Text: "Invoice; 50 % =1+1 \"x\" \\ @ {",
		Postings: []export.Posting{
			{Account: "Assets:Receivable", Minor: sign * v.Totals.Gross, Currency: v.Currency},
			{Account: "Income:Services", Minor: -sign * v.Totals.Net, Currency: v.Currency},
			{Account: "Liabilities:Tax", Minor: -sign * v.Totals.Tax, Currency: v.Currency},
		},
	}
}

func journal() []export.Entry {
	var out []export.Entry
	for _, v := range []*invoice.Invoice{invoicetest.German(), invoicetest.Credit(), invoicetest.Fee(), invoicetest.Swiss(), invoicetest.American()} {
		out = append(out, entry(v))
	}
	return append(out,
		export.Entry{
			Day: civil.MustDate(2026, 12, 20), Kind: "payment", Ref: "(P-1)", Client: "* ! ; odd | name", Text: "line\nbreak",
			Postings: []export.Posting{{"Assets:Bank: Giro (main)", 180260, "EUR"}, {"Assets:Receivable", -180260, "EUR"}},
		},
		export.Entry{
			Day: civil.MustDate(2026, 12, 21), Kind: "write_off", Client: "", // two currencies, one without cents, one with thousandths
			Postings: []export.Posting{
				{"Expenses:Bad debts", 5000, "JPY"}, {"Assets:Receivable", -5000, "JPY"}, {"Expenses:Bad debts", 1, "KWD"}, {"Assets:Receivable", -1, "KWD"},
			},
		},
	)
}

// programs are the judges of a journal, each with what it must say of a good one.
func programs(t *testing.T) map[string]func(path string) (string, bool) {
	hledger, ledger, bean := judge.Tool(t, "hledger", "hledger"), judge.Tool(t, "ledger", "ledger"), judge.Tool(t, "bean-check", "beancount")
	return map[string]func(string) (string, bool){
		"hledger": func(p string) (string, bool) { return judge.Run(t, nil, hledger, "check", "--strict", "-f", p) },
		"ledger": func(p string) (string, bool) {
			return judge.Run(t, nil, ledger, "--strict", "--pedantic", "--args-only", "-f", p, "bal")
		},
		"beancount": func(p string) (string, bool) { return judge.Run(t, nil, bean, p) },
	}
}

func write(t *testing.T, program string, entries []export.Entry) string {
	t.Helper()
	var b bytes.Buffer
	f := export.Ledger
	if program == "beancount" {
		f = export.Beancount
	}
	if err := f(&b, entries, export.Names{}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "journal")
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// hledger, ledger and beancount take the journal, also strictly, and each notices one cent.
func TestJournalIsTaken(t *testing.T) {
	for name, check := range programs(t) {
		path := write(t, name, journal())
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if said, ok := check(path); !ok || strings.Contains(said, "arning") {
			t.Errorf("%s: %s\n%s", name, said, b)
		}
		for _, amount := range []string{"1802.60 EUR", "-5000 JPY", "0.001 KWD", "3668.25 USD", "1501.51 CHF"} {
			for _, other := range oneMore(amount) {
				wrong := strings.Replace(string(b), " "+amount, " "+other, 1)
				if wrong == string(b) {
					t.Fatalf("%s is not in\n%s", amount, b)
				}
				if err := os.WriteFile(path, []byte(wrong), 0o600); err != nil {
					t.Fatal(err)
				}
				if said, ok := check(path); ok {
					t.Errorf("%s takes %s for %s: %s", name, other, amount, said)
				}
			}
		}
	}
}

// oneMore returns an amount with one minor unit more and less.
func oneMore(amount string) (out []string) {
	number, currency, _ := strings.Cut(amount, " ")
	d, err := money.ParseDecimal(number)
	if err != nil {
		panic(err)
	}
	for _, n := range []int64{1, -1} {
		out = append(out, money.Decimal{Coef: d.Coef + n, Scale: d.Scale}.String()+" "+currency)
	}
	return out
}

// The balances are those of the entries.
func TestBalances(t *testing.T) {
	hledger := judge.Tool(t, "hledger", "hledger")
	said, ok := judge.Run(t, nil, hledger, "bal", "-N", "-O", "csv", "-f", write(t, "hledger", journal()), "cur:EUR")
	// 1802.60 of the invoice, 147.56 credited, 8.42 of the fee, 1802.60 paid
	for _, want := range []string{`"Assets:Receivable","-139.14 EUR"`, `"Assets:Bank:Giro -main","1802.60 EUR"`, `"Liabilities:Tax","-258.23 EUR"`} {
		if !ok || !strings.Contains(said, want) {
			t.Errorf("no %s in %s", want, said)
		}
	}
}

func TestJournalRefuses(t *testing.T) {
	good := entry(invoicetest.German())
	for name, change := range map[string]func(e *export.Entry){
		"unbalanced":  func(e *export.Entry) { e.Postings[0].Minor++ },
		"no day":      func(e *export.Entry) { e.Day = civil.NoDate },
		"no account":  func(e *export.Entry) { e.Postings[0].Account = " " },
		"no currency": func(e *export.Entry) { e.Postings[0].Currency = "" },
	} {
		e := good
		e.Postings = append([]export.Posting(nil), good.Postings...)
		change(&e)
		for program, f := range map[string]error{
			"ledger": export.Ledger(&bytes.Buffer{}, []export.Entry{e}, export.Names{}), "beancount": export.Beancount(&bytes.Buffer{}, []export.Entry{e}, export.Names{}),
			"QuickBooks": export.QuickBooksJournal(&bytes.Buffer{}, []export.Entry{e}, export.Names{}, true),
		} {
			if f == nil {
				t.Errorf("%s: %s takes it", name, program)
			}
		}
	}
	good.Postings[1].Account = "4400"
	if export.Beancount(&bytes.Buffer{}, []export.Entry{good}, export.Names{}) == nil {
		t.Error("beancount gets an account under no root")
	}
	var b bytes.Buffer
	if err := export.Beancount(&b, []export.Entry{good}, export.Names{Accounts: map[string]string{"4400": "Income:4400"}}); err != nil || !strings.Contains(b.String(), "  Income:4400  -") {
		t.Errorf("%v: %s", err, b.String())
	}
}

func table(t *testing.T, b []byte) (head map[string]int, rows [][]string) {
	t.Helper()
	all, err := csv.NewReader(bytes.NewReader(b)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	head = map[string]int{}
	for i, c := range all[0] {
		head[c] = i
	}
	return head, all[1:]
}

func cents(t *testing.T, s string) int64 {
	t.Helper()
	d, err := money.ParseDecimal(s)
	if err != nil {
		t.Fatal(err)
	}
	n, err := d.Round(2)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// Quantity × price of every row, and the taxes that the other program will reckon or is given, come to the documents' totals.
func TestTablesAddUp(t *testing.T) {
	docs := []*invoice.Invoice{invoicetest.German(), invoicetest.Credit(), invoicetest.American(), invoicetest.Long(33)}
	var x, q bytes.Buffer
	if err := (export.Xero{}).Write(&x, docs); err != nil {
		t.Fatal(err)
	}
	left, err := (export.QuickBooksOnline{MonthFirst: true}).Write(&q, docs)
	if err != nil || len(left) != 1 || left[0] != "G-2026-0003" {
		t.Fatalf("%v, left out %v", err, left)
	}
	head, rows := table(t, x.Bytes())
	net := map[string]int64{}
	for _, r := range rows {
		amount, err := money.Mul(invoicetest.Dec(r[head["*Quantity"]]), invoicetest.Dec(r[head["*UnitAmount"]]), 2)
		if err != nil {
			t.Fatal(err)
		}
		net[r[head["*InvoiceNumber"]]] += amount
	}
	for _, v := range docs[:3] {
		want := v.Totals.Net
		if v.Kind == invoice.CreditNote {
			want = -want
		}
		if v.Number != "R-2026-0042" && net[v.Number] != want {
			t.Errorf("Xero: %s comes to %d, want %d", v.Number, net[v.Number], want)
		}
	}
	if want := docs[0].Totals.Net + docs[3].Totals.Net; net["R-2026-0042"] != want { // both have this number
		t.Errorf("Xero: %d, want %d", net["R-2026-0042"], want)
	}
	head, rows = table(t, q.Bytes())
	gross := map[string]int64{}
	for _, r := range rows {
		gross[r[head["*InvoiceNo"]]] += cents(t, r[head["*ItemAmount"]]) + cents(t, r[head["ItemTaxAmount"]])
		amount, err := money.Mul(invoicetest.Dec(r[head["ItemQuantity"]]), invoicetest.Dec(r[head["ItemRate"]]), 2)
		if err != nil || amount != cents(t, r[head["*ItemAmount"]]) {
			t.Errorf("quantity × rate is not the amount: %v", r)
		}
	}
	if gross["INV-10231"] != docs[2].Totals.Gross || gross["R-2026-0042"] != docs[0].Totals.Gross+docs[3].Totals.Gross {
		t.Errorf("QuickBooks Online: %v", gross)
	}
	if want := "12/01/2026"; rows[0][head["*InvoiceDate"]] != want {
		t.Errorf("the day is %s, want %s", rows[0][head["*InvoiceDate"]], want)
	}
}

// What people typed is a text to a spreadsheet, never a formula.
func TestFormulas(t *testing.T) {
	v := invoicetest.German()
	v.Buyer.Name, v.Lines[0].Name = "=HYPERLINK(\"http://x\")", "+1\r\n@x"
	var b bytes.Buffer
	if err := (export.Xero{}).Write(&b, []*invoice.Invoice{v}); err != nil {
		t.Fatal(err)
	}
	head, rows := table(t, b.Bytes())
	if r := rows[0]; r[head["*ContactName"]] != `'=HYPERLINK("http://x")` || !strings.HasPrefix(r[head["*Description"]], "'+1 @x") {
		t.Errorf("%q", r)
	}
}

// Each transaction of an IIF file sums to 0 and its first amount is the document's.
func TestIIF(t *testing.T) {
	docs := []*invoice.Invoice{invoicetest.American(), invoicetest.German(), invoicetest.Credit()}
	var b bytes.Buffer
	if err := (export.QuickBooksDesktop{Agency: "Comptroller"}).Write(&b, docs); err != nil {
		t.Fatal(err)
	}
	want := []string{"3668.25", "1802.60", "-147.56"}
	sum, n := int64(0), 0
	for l := range strings.SplitSeq(b.String(), "\r\n") {
		cells := strings.Split(l, "\t")
		switch cells[0] {
		case "TRNS":
			if cells[5] != want[n] {
				t.Errorf("document %d comes to %s, want %s", n, cells[5], want[n])
			}
			sum = cents(t, cells[5])
		case "SPL":
			sum += cents(t, cells[5])
			if cells[8] != "" {
				if amount, err := money.Mul(invoicetest.Dec(cells[8]), invoicetest.Dec(cells[9]), 2); err != nil || amount != cents(t, cells[5]) {
					t.Errorf("quantity × price is not the amount: %q", cells)
				}
			}
		case "ENDTRNS":
			if n++; sum != 0 {
				t.Errorf("document %d sums to %d", n, sum)
			}
		}
	}
	if n != len(docs) || !strings.Contains(b.String(), "B\xe4ckerei") || !strings.Contains(b.String(), "CREDIT MEMO") {
		t.Errorf("%d documents:\n%s", n, b.String())
	}
}

func TestDatev(t *testing.T) {
	d := export.Datev{Adviser: 29098, Client: 55003, YearFrom: civil.MustDate(2026, 1, 1)}
	d.Taxes = map[string]string{"s19": "3", "s7": "2"}
	var b bytes.Buffer
	if err := d.Write(&b, []*invoice.Invoice{invoicetest.German(), invoicetest.Credit()}); err != nil {
		t.Fatal(err)
	}
	l := strings.Split(strings.TrimSpace(b.String()), "\r\n")
	if len(l) != 5 || !strings.HasPrefix(l[0], `"EXTF";700;21;"Buchungsstapel";13;20261205000000000;;"RE";"";"";29098;55003;20260101;4;20261201;20261205;`) || strings.Count(l[0], ";") != 30 {
		t.Fatalf("%q", l)
	}
	// 1461.11 + 277.61 at 19 %, 59.70 + 4.18 at 7 %, 124.00 + 23.56 credited
	for i, want := range []string{
		`1738,72;"S";"EUR";;;"";10000;4400;"3";0112;"R-2026-0042";"";;"B` + "\xe4" + `ckerei `, `63,88;"S";"EUR";;;"";10000;4400;"2";0112;`, `147,56;"H";"EUR";;;"";10000;4400;"3";0512;"G-2026-0003"`,
	} {
		if !strings.HasPrefix(l[i+2], want) {
			t.Errorf("row %d is %q, want %q", i+1, l[i+2], want)
		}
		if a, b := strings.Count(l[i+2], ";"), strings.Count(l[1], ";"); a != b {
			t.Errorf("row %d has %d separators, the head %d", i+1, a, b)
		}
	}
	for name, bad := range map[string]func() (export.Datev, []*invoice.Invoice){
		"another year": func() (export.Datev, []*invoice.Invoice) { return d, []*invoice.Invoice{invoicetest.Fee()} },
		"no year": func() (export.Datev, []*invoice.Invoice) {
			return export.Datev{}, []*invoice.Invoice{invoicetest.German()}
		},
		"nothing": func() (export.Datev, []*invoice.Invoice) { return d, nil },
		"a name for a number": func() (export.Datev, []*invoice.Invoice) {
			e := d
			e.Revenue = "Income:Services"
			return e, []*invoice.Invoice{invoicetest.German()}
		},
		"two currencies": func() (export.Datev, []*invoice.Invoice) {
			return d, []*invoice.Invoice{invoicetest.German(), invoicetest.Swiss()}
		},
	} {
		e, docs := bad()
		if err := e.Write(&bytes.Buffer{}, docs); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// A document with one cent too much, and a draft, are written in no form.
func TestDocumentsAreChecked(t *testing.T) {
	wrong, draft := invoicetest.German(), invoicetest.German()
	wrong.Totals.Tax++
	draft.Number = ""
	for i, v := range []*invoice.Invoice{wrong, draft} {
		docs := []*invoice.Invoice{v}
		_, err := (export.QuickBooksOnline{}).Write(&bytes.Buffer{}, docs)
		for name, err := range map[string]error{
			"Xero": (export.Xero{}).Write(&bytes.Buffer{}, docs), "QuickBooks Online": err, "IIF": (export.QuickBooksDesktop{}).Write(&bytes.Buffer{}, docs),
			"DATEV": (export.Datev{YearFrom: civil.MustDate(2026, 1, 1)}).Write(&bytes.Buffer{}, docs),
		} {
			if err == nil {
				t.Errorf("%s takes document %d", name, i)
			}
		}
	}
	byLine := invoicetest.German()
	byLine.Rounding = rating.ByLine
	invoicetest.Sum(byLine)
	if err := (export.Xero{}).Write(&bytes.Buffer{}, []*invoice.Invoice{byLine}); err != nil {
		t.Errorf("rounded by line (tax %s): %v", strconv.FormatInt(byLine.Totals.Tax, 10), err)
	}
}
