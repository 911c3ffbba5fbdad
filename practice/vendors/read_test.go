// SPDX-License-Identifier: Apache-2.0

package vendors

import (
	"context"
	"strings"
	"testing"

	"mainstay/kit/civil"
	"mainstay/kit/money"
	"mainstay/kit/tabular"
)

func TestNumbersAndDays(t *testing.T) {
	for _, x := range []struct {
		in    string
		comma bool
		want  string // "" = refused
	}{
		{"12", false, "12"},
		{"1,234.50", false, "1234.5"},
		{"1.234,50 €", true, "1234.5"},
		{"CHF 1'200.05", false, "1200.05"},
		{"(3.20)", false, "-3.2"},
		{"-$7", false, "-7"},
		{"4,5-", true, "-4.5"},
		{"0.123456789123", false, "0.123457"},
		{".5", false, "0.5"},
		{"12 Stk.", true, "12"},
		{"1E5", false, ""},
		{"2026-10-01", false, ""},
		{"n/a", false, ""},
		{"", false, ""},
	} {
		d, ok := number(x.in, x.comma)
		if got := d.String(); ok != (x.want != "") || ok && got != x.want {
			t.Errorf("%q: %q %v, want %q", x.in, got, ok, x.want)
		}
	}
	for in, want := range map[string]int{"1.234,5": 1, "1,234.5": -1, "12,50": 1, "12.50": -1, "1,234": 0, "1.234": 0, "0,125": 1, "17": 0} {
		if got := comma(in); got != want {
			t.Errorf("comma of %q: %d", in, got)
		}
	}
	for _, x := range []struct {
		in   string
		mdy  bool
		want civil.Date
	}{
		{"2026-10-01T00:00:00Z", false, civil.MustDate(2026, 10, 1)},
		{"20261001", false, civil.MustDate(2026, 10, 1)},
		{"01.10.2026", false, civil.MustDate(2026, 10, 1)},
		{"10/01/2026", true, civil.MustDate(2026, 10, 1)},
		{"1/10/26", false, civil.MustDate(2026, 10, 1)},
		{"31.02.2026", false, civil.NoDate},
		{"soon", false, civil.NoDate},
	} {
		if d, ok := day(x.in, x.mdy); ok != x.want.Known() || ok && d != x.want {
			t.Errorf("%q: %s %v", x.in, d, ok)
		}
	}
}

func file(name, text string) *tabular.File {
	return tabular.New(name, strings.NewReader(text), int64(len(text)), tabular.Options{})
}

// taken reads a file by what its own heading says.
func taken(t *testing.T, name, text string) ([]Row, []BadRow, error) {
	t.Helper()
	s, err := sample(context.Background(), file(name, text), nil, "EUR")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Mapping.check(); err != nil {
		t.Fatalf("%v: %v", s.Mapping.Columns, err)
	}
	return read(context.Background(), file(name, text), s.Mapping, monthOf(civil.NewMonth(2026, 10)))
}

// Files as vendors write them: headings in two languages, both decimal marks, days in three forms, a title above and a sum below.
func TestReadsVendorsFiles(t *testing.T) {
	rows, bad, err := taken(t, "csp.csv", "CustomerName,CustomerDomainName,ProductId,SkuName,EffectiveUnitPrice,Quantity,BillableQuantity,Subtotal,ChargeStartDate,ChargeEndDate,PricingCurrency\n"+
		"Harbour Dental,harbour.onmicrosoft.com,CFQ7TTC0LCHC,Microsoft 365 Business Premium,18.70,10,10,187.00,10/1/2026,10/31/2026,EUR\n"+
		"Harbour Dental,harbour.onmicrosoft.com,CFQ7TTC0LCHC,Microsoft 365 Business Premium,18.70,2,2,19.30,10/16/2026,10/31/2026,EUR\n"+
		"Kestrel,kestrel.onmicrosoft.com,CFQ7TTC0LH16,Exchange Online,3.40,-1,-1,-3.40,10/1/2026,11/1/2026,USD\n")
	if err != nil || len(bad) > 0 || len(rows) != 3 {
		t.Fatalf("%+v %+v %v", rows, bad, err)
	}
	if r := rows[1]; r.Ref != "Harbour Dental" || r.SKU != "CFQ7TTC0LCHC" || r.Name != "Microsoft 365 Business Premium" || r.Minor != 1930 || r.Quantity.String() != "2" || r.Days.From != civil.MustDate(2026, 10, 16) || r.Days.To != civil.MustDate(2026, 11, 1) || r.Currency != "EUR" {
		t.Errorf("%+v", r)
	}
	if r := rows[2]; r.Minor != -340 || r.Quantity.String() != "-1" || r.Days.To != civil.MustDate(2026, 11, 1) || r.Currency != "USD" {
		t.Errorf("%+v", r)
	}

	rows, bad, err = taken(t, "rechnung.csv", "Rechnung 4711 vom 31.10.2026\n\nKunde;Artikelnummer;Bezeichnung;Menge;Einzelpreis;Gesamt\n"+
		"Müller GmbH;B-1;Backup 1 TB;1,5;1.200,00;1.800,00\nMüller GmbH;;Einrichtung;1;49,90;49,90\n;;;;;1.849,90\n")
	if err != nil || len(bad) > 0 || len(rows) != 2 {
		t.Fatalf("the sum below is no row: %+v %+v %v", rows, bad, err)
	}
	if r := rows[0]; r.Minor != 180000 || r.Quantity.String() != "1.5" || r.Unit.String() != "1200" || r.Days != monthOf(civil.NewMonth(2026, 10)) {
		t.Errorf("%+v", r)
	}

	// Without an amount it is the price of one times the quantity, rounded once.
	rows, _, err = taken(t, "units.csv", "Company,SKU,Qty,Unit Price\nA,x,3,0.125\n")
	if err != nil || rows[0].Minor != 38 {
		t.Errorf("%+v %v", rows, err)
	}
}

// A file is taken whole or not at all: each bad row says what is wrong.
func TestBadRows(t *testing.T) {
	rows, bad, err := taken(t, "x.csv", "Customer,SKU,Product,Quantity,Amount,Start,End\nA,s,Backup,1,5.00,2026-10-01,2026-10-31\nA,s,Backup,many,5.00,,\nA,,,1,5.00,,\nA,s,Backup,1,?,,\nA,s,Backup,1,5.00,2026-10-31,2026-10-01\n,,,,99.00,,\n")
	if err != nil || rows != nil || len(bad) != 5 {
		t.Fatalf("%+v %+v %v", rows, bad, err)
	}
	for i, want := range []int64{3, 4, 5, 6, 7} {
		if bad[i].Line != want {
			t.Errorf("%d: line %d, %v", i, bad[i].Line, bad[i].Err)
		}
	}
	if _, _, err := taken(t, "empty.csv", "Customer,SKU,Quantity,Amount\nx,y,1,2\n"); err != nil {
		t.Error(err)
	}
}

// The months of a row add up to it, to the minor unit.
func TestShares(t *testing.T) {
	r := Row{Minor: 10000, Quantity: money.Decimal{Coef: 3}, Days: monthOf(civil.NewMonth(2026, 1))}
	r.Days.To = civil.MustDate(2027, 1, 1)
	var sum int64
	for m := civil.NewMonth(2026, 1); m <= civil.NewMonth(2026, 12); m++ {
		n, err := r.Share(monthOf(m))
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	if n, _ := r.Share(monthOf(civil.NewMonth(2026, 2))); n != 767 { // 59/365 − 31/365 of 100.00, each rounded: 16.16 − 8.49
		t.Errorf("February has %d", n)
	}
	if sum != 10000 {
		t.Errorf("the year adds up to %d", sum)
	}
}

func TestNearest(t *testing.T) {
	list := []candidate{{1, pairs("harbour dental")}, {2, pairs("kestrel")}, {3, pairs("harbor marine")}}
	for name, want := range map[string]int64{"harbour dental practice": 1, "kestrel logistics": 2, "zebra": 0, "": 0} {
		if got := nearest(name, list); int64(got) != want {
			t.Errorf("%q: %d, want %d", name, got, want)
		}
	}
}
