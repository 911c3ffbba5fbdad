// SPDX-License-Identifier: Apache-2.0

package invoice_test

import (
	"slices"
	"testing"

	"mainstay/kit/civil"
	"mainstay/kit/money"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/invoice/invoicetest"
)

// The samples keep every rule; each is broken by a change of its own, and found under its identifier.
func TestRulesOfCountries(t *testing.T) {
	for country, v := range invoicetest.Countries() {
		var want []string
		if country == "GR" {
			want = []string{"GR-R-004-1"}
		}
		var got []string
		for _, p := range v.Check(invoice.Peppol) {
			got = append(got, p.Rule)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s breaks %v\n%s", country, got, v.Check(invoice.Peppol))
		}
		if len(v.Check(invoice.EN16931)) != 0 {
			t.Errorf("%s breaks the norm: %s", country, v.Check(invoice.EN16931))
		}
	}
	credit := func(v *invoice.Invoice) { v.Kind, v.Due = invoice.CreditNote, civil.NoDate }
	number := func(s string) func(v *invoice.Invoice) { return func(v *invoice.Invoice) { v.Number = s } }
	link := func(v *invoice.Invoice) { v.Pay.IBAN, v.Pay.BIC, v.Pay.Link = "", "", "https://pay.example/1" }
	for _, x := range []struct {
		country, rule string
		change        func(v *invoice.Invoice)
	}{
		{"NO", "NO-R-001", func(v *invoice.Invoice) { v.Seller.VAT = "NO974760674MVA" }},
		{"NO", "NO-R-001", func(v *invoice.Invoice) { v.Seller.VAT = "NO974760673" }},
		{"NO", "NO-R-001", func(v *invoice.Invoice) { v.Seller.VAT = "NO000000000MVA" }},
		{"SE", "SE-R-001", func(v *invoice.Invoice) { v.Seller.VAT = "SE55601257901" }},
		{"SE", "SE-R-002", func(v *invoice.Invoice) { v.Seller.VAT = "SE55601257900X" }},
		{"SE", "SE-R-003", func(v *invoice.Invoice) { v.Seller.Company = "556012-5790" }},
		{"SE", "SE-R-004", func(v *invoice.Invoice) { v.Seller.Company = "55601257901" }},
		{"SE", "SE-R-005", func(v *invoice.Invoice) { v.Seller.TaxID = "F-skatt" }},
		{"SE", "SE-R-006", func(v *invoice.Invoice) {
			v.Lines[0].Taxes[0].Percent = money.Decimal{Coef: 20}
			invoicetest.Sum(v)
		}},
		{"SE", "SE-R-013", func(v *invoice.Invoice) { v.Seller.Company = "5560125791" }},
		{"DK", "DK-R-002", func(v *invoice.Invoice) { v.Seller.Company = "" }},
		{"DK", "DK-R-005", link},
		{"DK", "DK-R-006", func(v *invoice.Invoice) { v.Pay.BIC = "" }},
		{"DK", "DK-R-007", func(v *invoice.Invoice) { v.Pay.Mandate, v.Pay.Debited = "M-1", "" }},
		{"DK", "DK-R-016", func(v *invoice.Invoice) { credit(v); v.Totals.Payable = -1 }},
		{"NL", "NL-R-001", func(v *invoice.Invoice) { credit(v); v.Preceding = nil }},
		{"NL", "NL-R-002", func(v *invoice.Invoice) { v.Seller.Address.Street = "" }},
		{"NL", "NL-R-003", func(v *invoice.Invoice) { v.Seller.Company = "HRB 1" }},
		{"NL", "NL-R-004", func(v *invoice.Invoice) { v.Buyer.Address.Postcode = "" }},
		{"NL", "NL-R-005", func(v *invoice.Invoice) { v.Buyer.Company = "123" }},
		{"NL", "NL-R-007", func(v *invoice.Invoice) { v.Pay.IBAN, v.Pay.BIC = "", "" }},
		{"NL", "NL-R-008", link},
		{"IT", "IT-R-001", func(v *invoice.Invoice) { v.Seller.TaxID = "0074311015" }},
		{"IT", "IT-R-001", func(v *invoice.Invoice) { v.Seller.TaxID = "0074311015x" }},
		{"IT", "IT-R-002", func(v *invoice.Invoice) { v.Seller.Address.Street = "" }},
		{"IT", "IT-R-003", func(v *invoice.Invoice) { v.Seller.Address.City = "" }},
		{"IT", "IT-R-004", func(v *invoice.Invoice) { v.Seller.Address.Postcode = "" }},
		{"IS", "IS-R-002", func(v *invoice.Invoice) { v.Seller.Company = "" }},
		{"IS", "IS-R-003", func(v *invoice.Invoice) { v.Seller.Address.Postcode = "" }},
		{"IS", "IS-R-004", func(v *invoice.Invoice) { v.Buyer.Company = "" }},
		{"IS", "IS-R-005", func(v *invoice.Invoice) { v.Buyer.Address.Street = "" }},
		{"GR", "GR-R-001-1", number("R-1")},
		{"GR", "GR-R-001-2", number("094259216|01/12/2026|0|2.1|A|42")},
		{"GR", "GR-R-001-3", number("094014201|02/12/2026|0|2.1|A|42")},
		{"GR", "GR-R-001-4", number("094014201|01/12/2026|x|2.1|A|42")},
		{"GR", "GR-R-001-5", number("094014201|01/12/2026|0|9.9|A|42")},
		{"GR", "GR-R-001-6", number("094014201|01/12/2026|0|2.1||42")},
		{"GR", "GR-R-001-7", number("094014201|01/12/2026|0|2.1|A|")},
		{"GR", "GR-R-002", func(v *invoice.Invoice) { v.Seller.Trading = "" }},
		{"GR", "GR-R-003", func(v *invoice.Invoice) { v.Seller.VAT = "EL094014202" }},
		{"GR", "GR-R-005", func(v *invoice.Invoice) { v.Buyer.Trading = "" }},
		{"GR", "GR-R-006", func(v *invoice.Invoice) { v.Buyer.VAT = "EL094259217" }},
		{"GR", "GR-R-009", func(v *invoice.Invoice) { v.Seller.Scheme = "0088" }},
		{"GR", "GR-R-010", func(v *invoice.Invoice) { v.Buyer.Endpoint = "1" }},
	} {
		v := invoicetest.Countries()[x.country]
		if v.Check(invoice.Peppol).Has(x.rule) {
			t.Errorf("%s is broken without the change", x.rule)
		}
		x.change(v)
		if !v.Check(invoice.Peppol).Has(x.rule) {
			t.Errorf("%s is not found: %s", x.rule, v.Check(invoice.Peppol))
		}
		if v.Check(invoice.EN16931).Has(x.rule) {
			t.Errorf("%s is no rule of the norm", x.rule)
		}
	}
}
