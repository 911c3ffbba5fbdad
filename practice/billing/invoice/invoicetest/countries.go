// SPDX-License-Identifier: Apache-2.0

package invoicetest

import (
	"mainstay/kit/civil"
	"mainstay/kit/money"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
)

// home returns a document among two parties of one country, at its usual rate.
func home(country, currency, percent string, seller, buyer invoice.Party, pay invoice.Payment) *invoice.Invoice {
	v := German()
	rate := rating.Rate{Code: "s", Category: rating.Standard, Percent: Dec(percent)}
	seller.Address = invoice.Address{Street: "Street 1", City: "Town", Postcode: "1000", Country: country}
	buyer.Address = invoice.Address{Street: "Road 2", City: "Village", Postcode: "2000", Country: country}
	seller.Name, buyer.Name, seller.Contact, seller.Email, buyer.Reference = "Seller", "Buyer", "Ada", "ada@seller.example", "10042"
	v.Seller, v.Buyer, v.Allowances, v.Currency = seller, buyer, nil, money.Currency(currency)
	v.Lines = []invoice.Line{Line("Managed workplace", "17", "C62", "62.00", rate)}
	pay.Terms, pay.Reference = "14 days", v.Number
	v.Pay = pay
	return Sum(v)
}

// Countries are documents among two parties of countries that Peppol has rules for, which keep all of them but for Greece, whose mark
// no document of ours has.
func Countries() map[string]*invoice.Invoice {
	greek := home("GR", "EUR", "24", invoice.Party{Trading: "Seller", VAT: "EL094014201", Endpoint: "094014201", Scheme: "9933"}, invoice.Party{Trading: "Buyer", VAT: "EL094259216", Endpoint: "094259216", Scheme: "9933"}, invoice.Payment{IBAN: "GR1601101250000000012300695", BIC: "ETHNGRAA"})
	greek.Number, greek.Issued = "094014201|01/12/2026|0|2.1|A|42", civil.MustDate(2026, 12, 1)
	return map[string]*invoice.Invoice{
		"NO": home("NO", "NOK", "25", invoice.Party{VAT: "NO974760673MVA", Company: "974760673", Endpoint: "974760673", Scheme: "0192"}, invoice.Party{Endpoint: "987654325", Scheme: "0192"}, invoice.Payment{IBAN: "NO9386011117947", BIC: "DNBANOKK"}),
		"SE": home("SE", "SEK", "25", invoice.Party{VAT: "SE556012579001", TaxID: "Godkänd för F-skatt", Company: "5560125790", Endpoint: "5560125790", Scheme: "0007"}, invoice.Party{Endpoint: "5560360793", Scheme: "0007"}, invoice.Payment{IBAN: "SE4550000000058398257466", BIC: "ESSESESS"}),
		"DK": home("DK", "DKK", "25", invoice.Party{VAT: "DK13585628", Company: "13585628", Endpoint: "13585628", Scheme: "0184"}, invoice.Party{Company: "37146528", Endpoint: "37146528", Scheme: "0184"}, invoice.Payment{IBAN: "DK5000400440116243", BIC: "NDEADKKK"}),
		"NL": home("NL", "EUR", "21", invoice.Party{VAT: "NL123456782B90", Company: "27375186", Endpoint: "27375186", Scheme: "0106"}, invoice.Party{Company: "01234567", Endpoint: "01234567", Scheme: "0106"}, invoice.Payment{IBAN: "NL91ABNA0417164300", BIC: "ABNANL2A"}),
		"IT": home("IT", "EUR", "22", invoice.Party{VAT: "IT00743110157", TaxID: "00743110157", Endpoint: "IT00743110157", Scheme: "0211"}, invoice.Party{VAT: "IT01879020517", Endpoint: "IT01879020517", Scheme: "0211"}, invoice.Payment{IBAN: "IT60X0542811101000000123456", BIC: "BPCVIT2S"}),
		"IS": home("IS", "EUR", "24", invoice.Party{VAT: "IS33444", Company: "6908982249", Endpoint: "6908982249", Scheme: "0196"}, invoice.Party{Company: "5501694679", Endpoint: "5501694679", Scheme: "0196"}, invoice.Payment{IBAN: "IS140159260076545510730339", BIC: "LAISISRE"}),
		"GR": greek,
	}
}
