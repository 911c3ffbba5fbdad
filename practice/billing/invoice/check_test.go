// SPDX-License-Identifier: Apache-2.0

package invoice_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"mainstay/kit/civil"
	"mainstay/kit/money"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/invoice/invoicetest"
	"mainstay/practice/billing/rating"
)

func TestGoodDocuments(t *testing.T) {
	for name, v := range invoicetest.Electronic() {
		for _, p := range invoice.Profiles() {
			if said := v.Check(p); len(said) > 0 {
				t.Errorf("%s under %q:\n%s", name, p, said)
			}
		}
	}
	for _, v := range []*invoice.Invoice{invoicetest.American(), invoicetest.Swiss()} {
		if said := v.Check(invoice.Paper); len(said) > 0 {
			t.Errorf("%s:\n%s", v.Number, said)
		}
	}
	draft := invoicetest.German()
	draft.Number = ""
	if said := draft.Check(invoice.Paper); len(said) > 0 {
		t.Errorf("a draft: %s", said)
	}
}

// Each row breaks one rule; the check names it, and it alone.
func TestEachRule(t *testing.T) {
	type change = func(v *invoice.Invoice)
	sum := func(f change) change { return func(v *invoice.Invoice) { f(v); invoicetest.Sum(v) } }
	of := func(r rating.Rate, f change) change {
		return func(v *invoice.Invoice) { *v = *invoicetest.Of(r); f(v) }
	}
	for _, c := range []struct {
		rule    string
		profile invoice.Profile
		change  change
	}{
		{"BR-02", invoice.EN16931, func(v *invoice.Invoice) { v.Number = " " }},
		{"BR-03", "", func(v *invoice.Invoice) { v.Issued = civil.NoDate }},
		{"BR-04", "", func(v *invoice.Invoice) { v.Kind = "quote" }},
		{"BR-05", "", func(v *invoice.Invoice) { v.Currency = "EUX" }},
		{"BR-06", "", func(v *invoice.Invoice) { v.Seller.Name = "" }},
		{"BR-07", "", func(v *invoice.Invoice) { v.Buyer.Name = "" }},
		{"BR-08", "", func(v *invoice.Invoice) { v.Seller.Address.City = "" }},
		{"BR-09", "", func(v *invoice.Invoice) { v.Seller.Address.Country = "XX" }},
		{"BR-11", "", func(v *invoice.Invoice) { v.Buyer.Address.Country = "" }},
		{"BR-16", "", sum(func(v *invoice.Invoice) { v.Lines, v.Allowances = nil, nil })},
		{"MS-01", "", func(v *invoice.Invoice) { v.Lines = make([]invoice.Line, invoice.MaxLines+1) }},
		{"MS-02", "", func(v *invoice.Invoice) { v.Notes = []string{strings.Repeat("ä", invoice.MaxText+1)} }},
		{"MS-03", "", func(v *invoice.Invoice) { v.Due = v.Issued - 1 }},
		{"MS-04", "", func(v *invoice.Invoice) { v.Language = "" }},
		{"MS-05", "", sum(func(v *invoice.Invoice) { v.Prepaid = -1 })},
		{"MS-06", "", func(v *invoice.Invoice) { v.Kind = invoice.CreditNote }},
		{"MS-07", "", func(v *invoice.Invoice) { v.Preceding = []invoice.Reference{{Number: "1", Issued: v.Issued + 1}} }},
		{"MS-08", "", func(v *invoice.Invoice) { v.Pay.IBAN = "DE89 3704 0044 0532 0130 01" }},
		{"BR-22", "", sum(func(v *invoice.Invoice) { v.Lines[0].Quantity = money.Decimal{Coef: 1e12 + 1} })},
		{"BR-23", "", func(v *invoice.Invoice) { v.Lines[0].Unit = "piece" }},
		{"BR-24", "", sum(func(v *invoice.Invoice) { v.Lines[0].Net = 1e15 + 1 })},
		{"BR-25", "", func(v *invoice.Invoice) { v.Lines[2].Name = "" }},
		{"BR-29", "", func(v *invoice.Invoice) { v.Period.To = v.Period.From - 1 }},
		{"BR-30", "", func(v *invoice.Invoice) { v.Lines[0].Period.To = v.Lines[0].Period.From - 1 }},
		{"BR-31", "", sum(func(v *invoice.Invoice) { v.Allowances[0].Net = -1 })},
		{"BR-33", "", func(v *invoice.Invoice) { v.Allowances[0].Reason = "" }},
		{"BR-55", "", func(v *invoice.Invoice) { v.Preceding = []invoice.Reference{{}} }},
		{"BR-CO-9", invoice.EN16931, func(v *invoice.Invoice) { v.Seller.VAT = "123456788" }},
		{"BR-CO-10", "", func(v *invoice.Invoice) { v.Totals.Lines-- }},
		{"BR-CO-11", "", func(v *invoice.Invoice) { v.Totals.Allowances++ }},
		{"BR-CO-12", "", func(v *invoice.Invoice) { v.Totals.Charges++ }},
		{"BR-CO-13", "", func(v *invoice.Invoice) { v.Totals.Net++ }},
		{"BR-CO-14", "", func(v *invoice.Invoice) { v.Totals.Tax++ }},
		{"BR-CO-15", "", func(v *invoice.Invoice) { v.Totals.Gross++ }},
		{"BR-CO-16", "", func(v *invoice.Invoice) { v.Totals.Payable++ }},
		{"BR-CO-17", "", func(v *invoice.Invoice) { v.Totals.Groups[1].Tax++ }},
		{"BR-CO-18", "", func(v *invoice.Invoice) { v.Totals.Groups = v.Totals.Groups[:1] }},
		{"BR-CO-25", invoice.EN16931, func(v *invoice.Invoice) { v.Due, v.Pay.Terms = civil.NoDate, "" }},
		{"BR-CO-26", invoice.EN16931, func(v *invoice.Invoice) { v.Seller.VAT, v.Seller.Company = "", "" }},
		{"BR-CO-4", invoice.EN16931, sum(func(v *invoice.Invoice) { v.Lines[6].Taxes = append(v.Lines[6].Taxes, invoicetest.S19) })},
		{"BR-DEC-09", invoice.EN16931, sum(func(v *invoice.Invoice) {
			v.Currency, v.Lines = "KWD", v.Lines[:1]
			v.Lines[0].Net = 1054000
		})},
		{"BR-62", invoice.EN16931, func(v *invoice.Invoice) { v.Seller.Scheme = "" }},
		{"BR-63", invoice.EN16931, func(v *invoice.Invoice) { v.Buyer.Scheme = "" }},
		{"BR-S-02", "", func(v *invoice.Invoice) { v.Seller.VAT, v.Seller.TaxID = "", "" }},
		{"BR-S-05", "", sum(func(v *invoice.Invoice) {
			v.Lines = []invoice.Line{invoicetest.Line("x", "1", "C62", "1", rating.Rate{Category: "S"})}
			v.Allowances = nil
		})},
		{"BR-S-08", "", func(v *invoice.Invoice) { v.Totals.Groups[0].Base++ }},
		{"BR-S-10", "", func(v *invoice.Invoice) { v.Reasons = []invoice.TaxReason{{Code: "s19", Text: "x"}} }},
		{"BR-Z-02", invoice.EN16931, of(invoicetest.Z0, func(v *invoice.Invoice) { v.Seller.VAT, v.Seller.TaxID = "", "" })},
		{"BR-E-02", invoice.EN16931, of(invoicetest.E0, func(v *invoice.Invoice) { v.Seller.VAT, v.Seller.TaxID = "", "" })},
		{"BR-E-10", "", of(invoicetest.E0, func(v *invoice.Invoice) { v.Reasons = nil })},
		{"BR-AE-02", "", of(invoicetest.AE, func(v *invoice.Invoice) { v.Buyer.VAT = "" })},
		{"BR-AE-10", "", of(invoicetest.AE, func(v *invoice.Invoice) { v.Reasons = nil })},
		{"BR-G-02", "", of(invoicetest.G0, func(v *invoice.Invoice) { v.Seller.VAT = "" })},
		{"BR-G-10", "", of(invoicetest.G0, func(v *invoice.Invoice) { v.Reasons = nil })},
		{"BR-IC-02", "", of(invoicetest.K0, func(v *invoice.Invoice) { v.Buyer.VAT = "" })},
		{"BR-IC-11", "", of(invoicetest.K0, func(v *invoice.Invoice) {
			v.Period, v.Lines[0].Period, v.Lines[1].Period = rating.Period{}, rating.Period{}, rating.Period{}
		})},
		{"BR-O-10", invoice.EN16931, of(invoicetest.O0, func(v *invoice.Invoice) { v.Reasons = nil })},
		{"BR-O-11", invoice.EN16931, sum(func(v *invoice.Invoice) { v.Lines[6].Taxes = nil })},
		{"PEPPOL-EN16931-R003", invoice.Peppol, func(v *invoice.Invoice) {
			v.BuyerReference, v.Order, v.Buyer.Address.Country = "", "", "AT"
		}},
		{"PEPPOL-EN16931-R010", invoice.Peppol, func(v *invoice.Invoice) { v.Buyer.Endpoint = "" }},
		{"PEPPOL-EN16931-R020", invoice.Peppol, func(v *invoice.Invoice) { v.Seller.Endpoint = "" }},
		{"PEPPOL-EN16931-R061", invoice.Peppol, func(v *invoice.Invoice) {
			v.Pay.Debited, v.Pay.Creditor = "DE02120300000000202051", "DE98ZZZ09999999999"
		}},
		{"PEPPOL-EN16931-R110", invoice.Peppol, func(v *invoice.Invoice) { v.Period.From += 3; v.Lines[0].Period.From = v.Period.From - 1; late(v, 1) }},
		{"PEPPOL-EN16931-R111", invoice.Peppol, func(v *invoice.Invoice) { v.Lines[0].Period.To++ }},
		{"PEPPOL-EN16931-CL008", invoice.Peppol, func(v *invoice.Invoice) { v.Buyer.Scheme = "EM" }},
		{"BR-DE-1", invoice.XRechnung, func(v *invoice.Invoice) { v.Pay = invoice.Payment{Terms: "x"} }},
		{"BR-DE-4", invoice.XRechnung, func(v *invoice.Invoice) { v.Seller.Address.Postcode = "" }},
		{"BR-DE-5", invoice.XRechnung, func(v *invoice.Invoice) { v.Seller.Contact = "" }},
		{"BR-DE-5", invoice.Peppol, func(v *invoice.Invoice) { v.Seller.Contact = "" }},
		{"BR-DE-6", invoice.XRechnung, func(v *invoice.Invoice) { v.Seller.Phone = "" }},
		{"BR-DE-7", invoice.XRechnung, func(v *invoice.Invoice) { v.Seller.Email = "" }},
		{"BR-DE-8", invoice.XRechnung, func(v *invoice.Invoice) { v.Buyer.Address.City = "" }},
		{"BR-DE-9", invoice.XRechnung, func(v *invoice.Invoice) { v.Buyer.Address.Postcode = "" }},
		{"BR-DE-15", invoice.XRechnung, func(v *invoice.Invoice) { v.BuyerReference = "" }},
		{"BR-DE-18", invoice.XRechnung, func(v *invoice.Invoice) { v.Pay.Terms = "30 Tage\n#SKONTO#TAGE=7#PROZENT=2#" }},
		{"BR-DE-27", invoice.XRechnung, func(v *invoice.Invoice) { v.Seller.Phone = "+1" }},
		{"BR-DE-28", invoice.XRechnung, func(v *invoice.Invoice) { v.Seller.Email = "a@b" }},
		{"BR-DE-30", invoice.XRechnung, func(v *invoice.Invoice) { v.Pay.Mandate, v.Pay.Debited = "M", "DE02120300000000202051" }},
		{"BR-DE-31", invoice.XRechnung, func(v *invoice.Invoice) { v.Pay.Mandate, v.Pay.Creditor = "M", "DE98ZZZ09999999999" }},
	} {
		t.Run(c.rule+string(c.profile), func(t *testing.T) {
			v := invoicetest.German()
			c.change(v)
			said := v.Check(c.profile)
			others := slices.DeleteFunc(slices.Clone(said), func(p invoice.Problem) bool { return p.Rule == c.rule })
			if !said.Has(c.rule) || len(others) > 0 {
				t.Errorf("%s is broken, but the check says:\n%s", c.rule, said)
			}
		})
	}
}

// late moves the lines after the first to the document's period.
func late(v *invoice.Invoice, from int) {
	for i := from; i < len(v.Lines); i++ {
		v.Lines[i].Period.From = max(v.Lines[i].Period.From, v.Period.From)
	}
}

// What a line is put as comes to its amount, and is the agreed price where that is so (docs/adr/0024).
func TestState(t *testing.T) {
	v := invoicetest.German()
	want := []string{
		"17 × 62.00 / 1", "3 × 93.00 / 3", "37 × 85.40 / 37", "-1 × 26.67 / 1", "1 × 15.00 / 1", "2.75 × 96.50 / 1", "3 × 19.90 / 1",
	}
	for i := range v.Lines {
		s := v.State(&v.Lines[i])
		if got := s.Quantity.String() + " × " + s.Price.String() + " / " + s.Base.String(); got != want[i] {
			t.Errorf("line %d: %s, want %s", i+1, got, want[i])
		}
		if n, err := s.Net(2); err != nil || n != v.Lines[i].Net {
			t.Errorf("line %d: comes to %d (%v), want %d", i+1, n, err, v.Lines[i].Net)
		}
	}
	negative := invoice.Line{Quantity: money.Decimal{Coef: 2}, Price: money.Decimal{Coef: -5}, Net: -1000}
	if s := v.State(&negative); s.Quantity.Coef != -2 || s.Price.Coef != 5 || !s.Plain {
		t.Errorf("a price below zero is put as %+v", s)
	}
}

// A currency without cents: the price of 3 × 33.4 yen is not 100 to a hundredth, so the line is put as a whole.
func TestStateWithoutCents(t *testing.T) {
	v := invoicetest.German()
	v.Currency = "JPY"
	for price, plain := range map[string]bool{"33.4": false, "33.33": false, "33.3333": true, "50": false} {
		l := invoice.Line{Quantity: money.Decimal{Coef: 3}, Price: invoicetest.Dec(price), Net: 100}
		if s := v.State(&l); s.Plain != plain {
			t.Errorf("3 × %s is put as %+v", price, s)
		}
	}
}

func TestCanonical(t *testing.T) {
	for name, v := range invoicetest.Electronic() {
		b, err := v.Canonical()
		if err != nil {
			t.Fatal(err)
		}
		w, err := invoice.Parse(b)
		if err != nil {
			t.Fatalf("%s: %v\n%s", name, err, b)
		}
		again, err := w.Canonical()
		if err != nil || !bytes.Equal(b, again) {
			t.Errorf("%s: %v\n%s\n%s", name, err, b, again)
		}
		if said := w.Check(invoice.XRechnung); len(said) > 0 {
			t.Errorf("%s, read again: %s", name, said)
		}
	}
	b, _ := invoicetest.Credit().Canonical()
	const want = `{"form":1,"id":"`
	if !strings.HasPrefix(string(b), want) || !strings.Contains(string(b), `"quantity":"2","price":"62.00"`) || strings.Contains(string(b), `"due"`) {
		t.Errorf("%s", b)
	}
	for _, bad := range []string{"", "{}", `{"form":2}`, " " + string(b), strings.Replace(string(b), `"kind"`, `"colour":1,"kind"`, 1), strings.Replace(string(b), `"2"`, `2`, 1)} {
		if _, err := invoice.Parse([]byte(bad)); err == nil {
			t.Errorf("%.60q is taken", bad)
		}
	}
}

func TestValidIBAN(t *testing.T) {
	for s, want := range map[string]bool{
		"DE89370400440532013000": true, "GB82 WEST 1234 5698 7654 32": true, "CH9300762011623852957": true,
		"DE88370400440532013000": false, "DE89": false, "": false, "ZZ89370400440532013000": false, "DE8937040044053201300ä": false,
	} {
		if invoice.ValidIBAN(s) != want {
			t.Errorf("%q is valid: %v", s, !want)
		}
	}
}

func BenchmarkCheck(b *testing.B) {
	v := invoicetest.Long(10)
	for b.Loop() {
		if len(v.Check(invoice.XRechnung)) > 0 {
			b.Fatal("not good")
		}
	}
}

func BenchmarkCanonical(b *testing.B) {
	v := invoicetest.Long(10)
	for b.Loop() {
		if _, err := v.Canonical(); err != nil {
			b.Fatal(err)
		}
	}
}
