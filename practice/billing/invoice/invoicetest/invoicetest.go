// SPDX-License-Identifier: Apache-2.0

// Package invoicetest has invented documents for the tests of what is made of them: XML, PDF, exports.
package invoicetest

import (
	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
)

// Rates that the documents use.
var (
	S19 = rating.Rate{Code: "s19", Category: rating.Standard, Percent: money.Decimal{Coef: 19}}
	S7  = rating.Rate{Code: "s7", Category: rating.Standard, Percent: money.Decimal{Coef: 7}}
	Z0  = rating.Rate{Code: "z", Category: rating.Zero}
	E0  = rating.Rate{Code: "e", Category: rating.Exempt}
	AE  = rating.Rate{Code: "ae", Category: rating.Reverse}
	G0  = rating.Rate{Code: "g", Category: rating.Export}
	K0  = rating.Rate{Code: "k", Category: rating.IntraEU}
	O0  = rating.Rate{Code: "o", Category: rating.Outside}
)

// Reason returns why a rate is 0.
func Reason(r rating.Rate) invoice.TaxReason {
	return map[rating.Category]invoice.TaxReason{
		rating.Exempt:  {Code: r.Code, VATEX: "VATEX-EU-132", Text: "Exempt: training (Art. 132 VAT Directive)"},
		rating.Reverse: {Code: r.Code, VATEX: "VATEX-EU-AE", Text: "Reverse charge: the customer owes the tax (Art. 196)"},
		rating.Export:  {Code: r.Code, VATEX: "VATEX-EU-G", Text: "Export outside the EU"},
		rating.IntraEU: {Code: r.Code, VATEX: "VATEX-EU-IC", Text: "Intra-Community supply"},
		rating.Outside: {Code: r.Code, VATEX: "VATEX-EU-O", Text: "Not subject to tax"},
	}[r.Category]
}

// Dec reads a decimal.
func Dec(s string) money.Decimal {
	d, err := money.ParseDecimal(s)
	if err != nil {
		panic(err)
	}
	return d
}

// Month is November 2026.
var Month = rating.Through(civil.MustDate(2026, 11, 1), civil.MustDate(2026, 11, 30))

// Line returns a line whose net amount is quantity × price, rounded.
func Line(name, quantity, unit, price string, taxes ...rating.Rate) invoice.Line {
	l := invoice.Line{Name: name, Quantity: Dec(quantity), Unit: unit, Price: Dec(price), Taxes: taxes, Period: Month}
	n, err := l.Quantity.Exact().Times(l.Price.Exact()).Round(2)
	if err != nil {
		panic(err)
	}
	l.Net = n
	return l
}

// Sum puts the totals of a document right, and the reasons of its taxes.
func Sum(v *invoice.Invoice) *invoice.Invoice {
	t, err := v.Document().Total()
	if err != nil {
		panic(err)
	}
	v.Totals, v.Reasons = t, nil
	for _, g := range t.Groups {
		if r := Reason(g.Rate); r.Text != "" {
			v.Reasons = append(v.Reasons, r)
		}
	}
	return v
}

// German is an invoice of a firm in Ulm to a client nearby, with every kind of line.
func German() *invoice.Invoice {
	prorated := Line("Managed workplace, from 16 November", "3", "C62", "62.00", S19)
	prorated.Period, prorated.Net = rating.Through(civil.MustDate(2026, 11, 16), civil.MustDate(2026, 11, 30)), 9300
	prorated.Why = []string{"3 × 62.00 € for 15 of 30 days"}
	tiers := Line("Mailboxes", "37", "C62", "2.50", S19)
	tiers.Net, tiers.Why = 8540, []string{"The first 20 at 2.50 €, 17 at 2.08 €"}
	tiers.Evidence = []string{"Microsoft 365, 30 November: 37 mailboxes"}
	back := Line("Server monitoring, taken back", "1", "C62", "40.00", S19)
	back.Net, back.Why = -2667, []string{"20 of 30 days, because it ended on 10 November"}
	minimum := Line("Backup, by the gigabyte", "0", "E34", "0.08", S19)
	minimum.Net, minimum.Why = 1500, []string{"The minimum of a month"}
	base := Line("Managed workplace", "17", "C62", "62.00", S19)
	base.Code, base.Description = "MW-1", "Monitoring, patches, virus scanner & helpdesk <remote>"
	base.Why = []string{"17 devices on 30 November, high-water mark of the month"}
	base.Evidence = []string{"Estate: PC-01 to PC-17"}
	return Sum(&invoice.Invoice{
		ID: ids.ID(1 << 40), Kind: invoice.Bill, Series: "R", Number: "R-2026-0042", Issued: civil.MustDate(2026, 12, 1), Due: civil.MustDate(2026, 12, 15),
		Period: Month, Currency: "EUR", Language: "de-DE",
		Seller: invoice.Party{
			Name: "Nordwind IT GmbH", Trading: "Nordwind", Address: invoice.Address{Street: "Hafenbad 12", City: "Ulm", Postcode: "89073", Country: "DE"},
			VAT: "DE123456788", TaxID: "88/123/45678", Company: "HRB 734512", Endpoint: "DE123456788", Scheme: "9930",
			Contact: "Jana Keller", Phone: "+49 731 5550100", Email: "rechnung@nordwind.example",
		},
		Buyer: invoice.Party{
			ID: ids.ID(2 << 40), Name: "Bäckerei Öztürk & Söhne KG", Address: invoice.Address{Street: "Kornhausplatz 3", Extra: "Hinterhaus", City: "Neu-Ulm", Postcode: "89231", Country: "DE"},
			VAT: "DE811569869", Endpoint: "04011000-12345-34", Scheme: "0204", Contact: "Herr Öztürk", Reference: "10042",
		},
		BuyerReference: "04011000-12345-34", Order: "PO-7781", Contract: "V-2025-007", Notes: []string{"Vielen Dank für Ihren Auftrag."},
		Lines: []invoice.Line{
			base, prorated, tiers, back, minimum,
			Line("Technician on site", "2.75", "HUR", "96.50", S19),
			Line("Handbook, printed", "3", "C62", "19.90", S7),
		},
		Allowances: []invoice.Adjustment{{Reason: "Loyalty, 2 % of the service", Net: 2500, Taxes: []rating.Rate{S19}}},
		Pay: invoice.Payment{
			Terms: "Zahlbar ohne Abzug bis 15.12.2026.", Holder: "Nordwind IT GmbH", IBAN: "DE89 3704 0044 0532 0130 00", BIC: "COBADEFFXXX", Reference: "R-2026-0042",
		},
	})
}

// Credit is a credit note on [German].
func Credit() *invoice.Invoice {
	v := German()
	v.Kind, v.Number, v.Issued, v.Due = invoice.CreditNote, "G-2026-0003", civil.MustDate(2026, 12, 5), civil.NoDate
	v.Preceding = []invoice.Reference{{Number: "R-2026-0042", Issued: civil.MustDate(2026, 12, 1)}}
	v.Lines, v.Allowances = []invoice.Line{Line("Managed workplace, 2 too many", "2", "C62", "62.00", S19)}, nil
	v.Pay.Terms = "Der Betrag wird verrechnet."
	return Sum(v)
}

// Fee is interest on a late invoice, which is not subject to tax.
func Fee() *invoice.Invoice {
	v := German()
	v.Kind, v.Number, v.Issued, v.Due, v.Period = invoice.Fee, "R-2027-0001", civil.MustDate(2027, 1, 10), civil.MustDate(2027, 1, 24), rating.Period{}
	v.Preceding = []invoice.Reference{{Number: "R-2026-0042", Issued: civil.MustDate(2026, 12, 1)}}
	l := Line("Interest for delay", "1", "C62", "8.42", O0)
	l.Period, l.Why = rating.Period{}, []string{"26 days at 11.27 % on 1,048.90 €"}
	v.Lines, v.Allowances = []invoice.Line{l}, nil
	return Sum(v)
}

// Of returns an invoice of one line with one rate, to a client in another country where the category asks for it.
func Of(r rating.Rate) *invoice.Invoice {
	v := German()
	v.Number, v.Allowances = "R-"+r.Code, nil
	switch r.Category {
	case rating.Reverse, rating.IntraEU:
		v.Buyer.VAT, v.Buyer.Address = "ATU12345675", invoice.Address{Street: "Ring 1", City: "Wien", Postcode: "1010", Country: "AT"}
	case rating.Export:
		v.Buyer.VAT, v.Buyer.Address = "", invoice.Address{Street: "Bahnhofstrasse 1", City: "Zürich", Postcode: "8001", Country: "CH"}
	}
	v.Lines = []invoice.Line{Line("Firewall", "2", "C62", "349.95", r), Line("Setup", "1.5", "HUR", "120", r)}
	return Sum(v)
}

// American is an invoice with two sales taxes on one line, in US dollars.
func American() *invoice.Invoice {
	state := rating.Rate{Code: "tx", Category: rating.Standard, Percent: Dec("6.25")}
	city := rating.Rate{Code: "austin", Category: rating.Standard, Percent: Dec("2")}
	return Sum(&invoice.Invoice{
		ID: ids.ID(3 << 40), Kind: invoice.Bill, Number: "INV-10231", Issued: civil.MustDate(2026, 12, 1), Due: civil.MustDate(2026, 12, 31), Currency: "USD", Language: "en-US",
		Seller: invoice.Party{Name: "Lone Star Managed IT, LLC", Address: invoice.Address{Street: "500 Congress Ave", Extra: "Suite 1200", City: "Austin", Postcode: "78701", Region: "TX", Country: "US"}, Phone: "+1 512 555 0143", Email: "billing@lonestar.example"},
		Buyer:  invoice.Party{Name: "Hill Country Dental", Address: invoice.Address{Street: "12 Oak Street", City: "Dripping Springs", Postcode: "78620", Region: "TX", Country: "US"}, Contact: "Dr. Amy Chen"},
		Order:  "4471",
		Lines: []invoice.Line{
			Line("Complete Care, per user", "24", "C62", "129.00", state, city),
			Line("After-hours support", "1.5", "HUR", "187.50", state),
			Line("Domain registration", "1", "ANN", "18.00", O0),
		},
		Pay: invoice.Payment{Terms: "Net 30.", Account: "Routing 111000025, account 0123456789", Link: "https://pay.example/inv-10231", Reference: "INV-10231"},
	})
}

// Swiss is an invoice in francs to be paid by a QR-bill.
func Swiss() *invoice.Invoice {
	s81 := rating.Rate{Code: "ch", Category: rating.Standard, Percent: Dec("8.1")}
	v := German()
	v.Number, v.Currency, v.Language = "R-2026-0043", "CHF", "de-CH"
	v.Seller.Address = invoice.Address{Street: "Langstrasse 14", City: "Zürich", Postcode: "8004", Country: "CH"}
	v.Seller.VAT, v.Seller.TaxID, v.Seller.Name = "CHE-123.456.788 MWST", "", "Nordwind IT AG"
	v.Buyer.Address, v.Buyer.VAT = invoice.Address{Street: "Seeweg 5", City: "Rapperswil", Postcode: "8640", Country: "CH"}, ""
	v.Lines, v.Allowances = []invoice.Line{Line("Betreuung Arbeitsplatz", "12", "C62", "74.50", s81), Line("Techniker vor Ort", "3", "HUR", "165", s81)}, nil
	v.Pay = invoice.Payment{Terms: "Zahlbar innert 30 Tagen.", Holder: "Nordwind IT AG", IBAN: "CH93 0076 2011 6238 5295 7", Reference: ""}
	return Sum(v)
}

// Long is a German invoice of many lines.
func Long(lines int) *invoice.Invoice {
	v := German()
	v.Lines = nil
	for i := range lines {
		l := Line("Arbeitsplatz "+string(rune('A'+i%26))+", Überwachung und Aktualisierung", "3", "C62", "12.35", S19)
		if i%3 == 0 {
			l.Why = []string{"3 Geräte am 30. November, Höchststand des Monats", "19 % Umsatzsteuer"}
		}
		v.Lines = append(v.Lines, l)
	}
	return Sum(v)
}

// Electronic returns the documents that can be sent as XML, by name.
func Electronic() map[string]*invoice.Invoice {
	out := map[string]*invoice.Invoice{"german": German(), "credit": Credit(), "fee": Fee(), "long": Long(60)}
	for _, r := range []rating.Rate{S19, Z0, E0, AE, G0, K0, O0} {
		out["category-"+r.Code] = Of(r)
	}
	debit := German()
	debit.Pay.Mandate, debit.Pay.Debited, debit.Pay.Creditor, debit.Pay.IBAN = "M-10042", "DE02 1203 0000 0000 2020 51", "DE98ZZZ09999999999", ""
	out["debit"] = debit
	card := German()
	card.Pay = invoice.Payment{Terms: "By card.", Link: "https://pay.example/42"}
	out["card"] = card
	early := German()
	early.Pay.Terms = "30 Tage netto.\n#SKONTO#TAGE=7#PROZENT=2.00#\n#SKONTO#TAGE=14#PROZENT=1.00#BASISBETRAG=357.93#\n"
	out["early"] = early
	prepaid := German()
	prepaid.Prepaid = 20000
	out["prepaid"] = Sum(prepaid)
	for name, v := range Countries() {
		out[name] = v
	}
	return out
}

// Countries are invoices between two firms of a country of which Peppol asks more, by the country.
func Countries() map[string]*invoice.Invoice {
	out := map[string]*invoice.Invoice{}
	for country, x := range map[string]struct {
		vat, taxID, company, other, scheme, percent, iban string
		currency                                          money.Currency
	}{
		"DK": {"DK13585628", "", "13585628", "20921897", "0184", "25", "DK5000400440116243", "DKK"},
		"IS": {"IS12345", "", "5501694149", "4710080280", "0196", "24", "IS140159260076545510730339", "ISK"},
		"IT": {"IT12345670785", "RSSMRA85T10A562S", "", "", "0211", "22", "IT60X0542811101000000123456", "EUR"},
		"NL": {"NL123456789B01", "", "12345678", "87654321", "0106", "21", "NL91ABNA0417164300", "EUR"},
		"NO": {"NO974760673MVA", "Foretaksregisteret", "974760673", "923609016", "0192", "25", "NO9386011117947", "NOK"},
		"SE": {"SE556036079301", "Godkänd för F-skatt", "5560360793", "5590360474", "0007", "25", "SE4550000000058398257466", "SEK"},
	} {
		v := German()
		v.Currency, v.Language = x.currency, "en-GB"
		for i, p := range []*invoice.Party{&v.Seller, &v.Buyer} {
			p.Address = invoice.Address{Street: "Street 1", City: "City", Postcode: "1000", Country: country}
			p.VAT, p.TaxID, p.Company, p.Scheme, p.Endpoint = x.vat, x.taxID, x.company, x.scheme, x.company
			if i == 1 {
				p.VAT, p.TaxID, p.Company, p.Endpoint = "", "", x.other, x.other
			}
			if p.Endpoint == "" { // in Italy the electronic address is the VAT number
				p.Endpoint = x.vat
			}
		}
		rate := S19
		rate.Percent = Dec(x.percent)
		v.Lines, v.Allowances = []invoice.Line{Line("Managed workplace", "17", "C62", "62.00", rate)}, nil
		if x.currency == "ISK" {
			v.Lines[0].Net = 1054
		}
		v.Pay = invoice.Payment{Terms: "14 days.", Holder: "Nordwind", IBAN: x.iban, Reference: "R-2026-0042"}
		out["country-"+country] = Sum(v)
	}
	return out
}
