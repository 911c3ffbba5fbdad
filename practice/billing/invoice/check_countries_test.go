// SPDX-License-Identifier: Apache-2.0

package invoice_test

import (
	"testing"

	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/invoice/invoicetest"
)

// Each rule of a country by its name: the document that keeps it, and what breaks it.
func TestCountries(t *testing.T) {
	for _, c := range []struct {
		country, rule string
		broken        func(*invoice.Invoice)
	}{
		{"DK", "DK-R-002", func(v *invoice.Invoice) { v.Seller.Company = "" }},
		{"DK", "DK-R-006", func(v *invoice.Invoice) { v.Pay.IBAN, v.Pay.Account = "", "by giro" }},
		{"DK", "DK-R-006", func(v *invoice.Invoice) { v.Pay.IBAN = "SE4550000000058398257466" }},
		{"IS", "IS-R-002", func(v *invoice.Invoice) { v.Seller.Company = "" }},
		{"IS", "IS-R-003", func(v *invoice.Invoice) { v.Seller.Address.Street = "" }},
		{"IS", "IS-R-004", func(v *invoice.Invoice) { v.Buyer.Company = "" }},
		{"IS", "IS-R-005", func(v *invoice.Invoice) { v.Buyer.Address.Postcode = "" }},
		{"IT", "IT-R-001", func(v *invoice.Invoice) { v.Seller.TaxID = "RSS MRA" }},
		{"IT", "IT-R-002", func(v *invoice.Invoice) { v.Seller.Address.Street = "" }},
		{"IT", "IT-R-003", func(v *invoice.Invoice) { v.Seller.Address.City = "" }},
		{"IT", "IT-R-004", func(v *invoice.Invoice) { v.Seller.Address.Postcode = "" }},
		{"NL", "NL-R-001", func(v *invoice.Invoice) { v.Kind = invoice.CreditNote }},
		{"NL", "NL-R-002", func(v *invoice.Invoice) { v.Seller.Address.Street = "" }},
		{"NL", "NL-R-003", func(v *invoice.Invoice) { v.Seller.Company = "HRB 12345678" }},
		{"NL", "NL-R-004", func(v *invoice.Invoice) { v.Buyer.Address.City = "" }},
		{"NL", "NL-R-005", func(v *invoice.Invoice) { v.Buyer.Company = "" }},
		{"NL", "NL-R-007", func(v *invoice.Invoice) { v.Pay = invoice.Payment{Terms: "14 days."} }},
		{"NO", "NO-R-001", func(v *invoice.Invoice) { v.Seller.VAT = "NO974760674MVA" }},
		{"NO", "NO-R-001", func(v *invoice.Invoice) { v.Seller.VAT = "NO974760673" }},
		{"SE", "SE-R-001", func(v *invoice.Invoice) { v.Seller.VAT = "SE5560360793" }},
		{"SE", "SE-R-002", func(v *invoice.Invoice) { v.Seller.VAT = "SE55603607930X" }},
		{"SE", "SE-R-003", func(v *invoice.Invoice) { v.Seller.Company = "556036-079" }},
		{"SE", "SE-R-004", func(v *invoice.Invoice) { v.Seller.Company = "55603607" }},
		{"SE", "SE-R-013", func(v *invoice.Invoice) { v.Seller.Company = "5560360794" }},
		{"SE", "SE-R-005", func(v *invoice.Invoice) { v.Seller.TaxID = "556036" }},
		{"SE", "SE-R-006", func(v *invoice.Invoice) { v.Totals.Groups[0].Percent = invoicetest.Dec("19") }},
	} {
		good := invoicetest.Countries()["country-"+c.country]
		if p := good.Check(invoice.Peppol); len(p) > 0 {
			t.Fatalf("%s: %s", c.country, p)
		}
		c.broken(good)
		if p := good.Check(invoice.Peppol); !p.Has(c.rule) {
			t.Errorf("%s is not seen: %s", c.rule, p)
		}
		if p := good.Check(invoice.EN16931); p.Has(c.rule) {
			t.Errorf("%s is no rule of the European norm", c.rule)
		}
	}
	greek := invoicetest.German()
	greek.Seller.Address.Country = "GR"
	if !greek.Check(invoice.Peppol).Has("GR-R-004") {
		t.Error("a Greek document passes without its mark")
	}
}
