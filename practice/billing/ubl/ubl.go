// SPDX-License-Identifier: Apache-2.0

package ubl

import (
	"bytes"
	"strconv"
	"strings"

	"mainstay/kit/fault"
	"mainstay/kit/money"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
)

// The specifications (BT-24) and the business process (BT-23).
const (
	norm      = "urn:cen.eu:en16931:2017"
	peppol    = norm + "#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
	xrechnung = norm + "#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
	process   = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
)

const (
	header = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	spaces = ` xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"` +
		` xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">` + "\n"
	bill   = `<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"` + spaces
	credit = `<CreditNote xmlns="urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"` + spaces
)

// Write returns the document as UBL under a profile, EN 16931 where it is [invoice.Paper]. It refuses a document that breaks a rule of
// that profile with the first thing that is wrong.
func Write(v *invoice.Invoice, p invoice.Profile) ([]byte, error) {
	if p == invoice.Paper {
		p = invoice.EN16931
	}
	if err := v.Check(p).Err(); err != nil {
		return nil, err
	}
	for i := range v.Lines {
		if len(v.Lines[i].Taxes) > 1 {
			return nil, fault.NewInvalid("Line %d: an electronic invoice has one tax for each line.", i+1)
		}
	}
	return Append(nil, v, p), nil
}

// Append appends the document unchecked.
func Append(b []byte, v *invoice.Invoice, p invoice.Profile) []byte {
	if b == nil {
		b = make([]byte, 0, 6_000+1_200*len(v.Lines))
	}
	w := &document{writer{b, string(v.Currency), v.Currency.Digits()}, v}
	w.b = append(w.b, header...)
	if v.Kind == invoice.CreditNote {
		w.b = append(w.b, credit...)
	} else {
		w.b = append(w.b, bill...)
	}
	w.head(p)
	w.in("cac:AccountingSupplierParty", func() { w.party(&v.Seller, true) })
	w.in("cac:AccountingCustomerParty", func() { w.party(&v.Buyer, false) })
	w.delivery()
	w.payment()
	for i := range v.Allowances {
		w.allowance(&v.Allowances[i])
	}
	w.taxes()
	w.totals()
	for i := range v.Lines {
		w.line(i, &v.Lines[i])
	}
	if v.Kind == invoice.CreditNote {
		w.close("CreditNote")
	} else {
		w.close("Invoice")
	}
	return w.b
}

type document struct {
	writer
	v *invoice.Invoice
}

func (w *document) credits() bool { return w.v.Kind == invoice.CreditNote }

func (w *document) head(p invoice.Profile) {
	v := w.v
	w.text("cbc:CustomizationID", map[invoice.Profile]string{invoice.Peppol: peppol, invoice.XRechnung: xrechnung, invoice.EN16931: norm}[p])
	w.text("cbc:ProfileID", process)
	w.text("cbc:ID", v.Number)
	w.date("cbc:IssueDate", v.Issued)
	if w.credits() {
		w.text("cbc:CreditNoteTypeCode", "381")
	} else {
		w.date("cbc:DueDate", v.Due)
		w.text("cbc:InvoiceTypeCode", "380")
	}
	w.text("cbc:Note", strings.Join(v.Notes, "\n")) // one: PEPPOL-EN16931-R002
	w.text("cbc:DocumentCurrencyCode", w.currency)
	w.text("cbc:BuyerReference", v.BuyerReference)
	period := v.Period
	if w.withinEU() && period.Empty() && !known(v) {
		period = v.Span()
	}
	w.period(period)
	if v.Order != "" {
		w.in("cac:OrderReference", func() { w.text("cbc:ID", v.Order) })
	}
	for _, r := range v.Preceding {
		w.in("cac:BillingReference", func() {
			w.in("cac:InvoiceDocumentReference", func() {
				w.text("cbc:ID", r.Number)
				w.date("cbc:IssueDate", r.Issued)
			})
		})
	}
	if v.Contract != "" {
		w.in("cac:ContractDocumentReference", func() { w.text("cbc:ID", v.Contract) })
	}
}

func known(v *invoice.Invoice) bool { return v.Delivered != 0 && v.Delivered.Known() }

// period writes the first and the last day; ours end on the day after.
func (w *document) period(p rating.Period) {
	if p.Empty() {
		return
	}
	w.in("cac:InvoicePeriod", func() {
		w.date("cbc:StartDate", p.From)
		w.date("cbc:EndDate", p.To-1)
	})
}

func (w *document) party(p *invoice.Party, seller bool) {
	w.in("cac:Party", func() {
		w.attr("cbc:EndpointID", "schemeID", p.Scheme, p.Endpoint)
		if p.Reference != "" && w.v.Seller.Address.Country != "DK" { // there it must be of a scheme (DK-R-013); ours are our own
			w.in("cac:PartyIdentification", func() { w.text("cbc:ID", p.Reference) })
		}
		if c := w.v.Pay.Creditor; seller && c != "" {
			w.in("cac:PartyIdentification", func() { w.attr("cbc:ID", "schemeID", "SEPA", c) })
		}
		if p.Trading != "" {
			w.in("cac:PartyName", func() { w.text("cbc:Name", p.Trading) })
		}
		w.in("cac:PostalAddress", func() { w.address(&p.Address) })
		if p.VAT != "" && !w.v.Untaxed() {
			w.taxScheme(p.VAT, "VAT")
		}
		if seller && p.TaxID != "" {
			scheme := "FC"
			if c := p.Address.Country; c == "NO" || c == "SE" { // what stands in its place there: Foretaksregisteret, Godkänd för F-skatt
				scheme = "TAX"
			}
			w.taxScheme(p.TaxID, scheme)
		}
		w.in("cac:PartyLegalEntity", func() {
			w.text("cbc:RegistrationName", p.Name)
			w.attr("cbc:CompanyID", "schemeID", invoice.CompanyScheme(p.Address.Country, p.Company), p.Company)
		})
		if p.Contact != "" || p.Phone != "" || p.Email != "" {
			w.in("cac:Contact", func() {
				w.text("cbc:Name", p.Contact)
				w.text("cbc:Telephone", p.Phone)
				w.text("cbc:ElectronicMail", p.Email)
			})
		}
	})
}

func (w *document) taxScheme(number, scheme string) {
	w.in("cac:PartyTaxScheme", func() {
		w.text("cbc:CompanyID", number)
		w.in("cac:TaxScheme", func() { w.text("cbc:ID", scheme) })
	})
}

func (w *document) address(a *invoice.Address) {
	w.text("cbc:StreetName", a.Street)
	w.text("cbc:AdditionalStreetName", a.Extra)
	w.text("cbc:CityName", a.City)
	w.text("cbc:PostalZone", a.Postcode)
	w.text("cbc:CountrySubentity", a.Region)
	w.in("cac:Country", func() { w.text("cbc:IdentificationCode", a.Country) })
}

// withinEU reports whether goods go to another country of the EU without tax: then day and place of delivery are said.
func (w *document) withinEU() bool {
	for _, g := range w.v.Totals.Groups {
		if g.Category == rating.IntraEU {
			return true
		}
	}
	return false
}

func (w *document) delivery() {
	if !w.withinEU() && !known(w.v) {
		return
	}
	w.in("cac:Delivery", func() {
		w.date("cbc:ActualDeliveryDate", w.v.Delivered)
		if w.withinEU() {
			w.in("cac:DeliveryLocation", func() { w.in("cac:Address", func() { w.address(&w.v.Buyer.Address) }) })
		}
	})
}

// sepa are the countries whose accounts a SEPA credit transfer reaches.
const sepa = " AD AT BE BG CH CY CZ DE DK EE ES FI FR GB GI GR HR HU IE IS IT LI LT LU LV MC MT NL NO PL PT RO SE SI SK SM VA "

func (w *document) payment() {
	p := &w.v.Pay
	iban := strings.ToUpper(strings.ReplaceAll(p.IBAN, " ", ""))
	code := ""
	switch {
	case p.Mandate != "":
		code = "59"
	case iban != "" && w.currency == "EUR" && strings.Contains(sepa, " "+iban[:min(2, len(iban))]+" "):
		code = "58"
	case iban != "" || p.Account != "":
		code = "30"
	case p.Link != "":
		code = "68"
	}
	account, branch := iban, p.BIC
	if account == "" {
		account = p.Account
	}
	switch here, there := w.v.Seller.Address.Country, w.v.Buyer.Address.Country; {
	case here == "DK" && code == "30": // a Danish transfer names registration number and account (DK-R-005, DK-R-006)
		if r, a, ok := p.Danish(); ok {
			code, branch, account = "42", r, a
		}
	case here == "DK" && code == "68":
		code = "1" // not defined: what pays online has no code there
	case here == "NL" && there == "NL" && code == "68":
		code = "48" // NL-R-008
	}
	if code != "" {
		w.in("cac:PaymentMeans", func() {
			w.text("cbc:PaymentMeansCode", code)
			if w.credits() {
				w.date("cbc:PaymentDueDate", w.v.Due)
			}
			w.text("cbc:PaymentID", p.Reference)
			switch code {
			case "59":
				w.in("cac:PaymentMandate", func() {
					w.text("cbc:ID", p.Mandate)
					if p.Debited != "" {
						w.in("cac:PayerFinancialAccount", func() { w.text("cbc:ID", strings.ReplaceAll(p.Debited, " ", "")) })
					}
				})
			case "58", "30", "42":
				w.in("cac:PayeeFinancialAccount", func() {
					w.text("cbc:ID", account)
					w.text("cbc:Name", p.Holder)
					if branch != "" {
						w.in("cac:FinancialInstitutionBranch", func() { w.text("cbc:ID", branch) })
					}
				})
			}
		})
	}
	if strings.TrimSpace(p.Terms) != "" {
		w.in("cac:PaymentTerms", func() {
			const end = "</cbc:Note>\n"
			if w.text("cbc:Note", p.Terms); bytes.HasSuffix(w.b, []byte("#"+end)) { // a structured discount ends its line (BR-DE-18)
				w.b = append(w.b[:len(w.b)-len(end)], "\n"+end...)
			}
		})
	}
}

func (w *document) allowance(a *invoice.Adjustment) {
	w.in("cac:AllowanceCharge", func() {
		w.text("cbc:ChargeIndicator", "false")
		w.text("cbc:AllowanceChargeReason", a.Reason)
		w.amount("cbc:Amount", a.Net)
		t := invoice.TaxOf(a.Taxes)
		w.category("cac:TaxCategory", invoice.Tax{Category: t.Category, Percent: t.Percent}, t.Category != rating.Outside)
	})
}

// category writes a tax. The breakdown always says its percentage (BR-DE-14); a line or discount that is not subject to tax has
// none (BR-O-05 to BR-O-07).
func (w *document) category(name string, t invoice.Tax, percent bool) {
	w.in(name, func() {
		w.text("cbc:ID", string(t.Category))
		if percent {
			w.text("cbc:Percent", t.Percent.String())
		}
		w.text("cbc:TaxExemptionReasonCode", t.Reason.VATEX)
		w.text("cbc:TaxExemptionReason", t.Reason.Text)
		w.in("cac:TaxScheme", func() { w.text("cbc:ID", "VAT") })
	})
}

func (w *document) taxes() {
	w.in("cac:TaxTotal", func() {
		w.amount("cbc:TaxAmount", w.v.Totals.Tax)
		for _, t := range w.v.Breakdown() {
			w.in("cac:TaxSubtotal", func() {
				w.amount("cbc:TaxableAmount", t.Base)
				w.amount("cbc:TaxAmount", t.Tax)
				w.category("cac:TaxCategory", t, true)
			})
		}
	})
}

func (w *document) totals() {
	t := &w.v.Totals
	w.in("cac:LegalMonetaryTotal", func() {
		w.amount("cbc:LineExtensionAmount", t.Lines)
		w.amount("cbc:TaxExclusiveAmount", t.Net)
		w.amount("cbc:TaxInclusiveAmount", t.Gross)
		if t.Allowances != 0 {
			w.amount("cbc:AllowanceTotalAmount", t.Allowances)
		}
		if w.v.Prepaid != 0 {
			w.amount("cbc:PrepaidAmount", w.v.Prepaid)
		}
		w.amount("cbc:PayableAmount", t.Payable)
	})
}

func (w *document) line(i int, l *invoice.Line) {
	name, quantity := "cac:InvoiceLine", "cbc:InvoicedQuantity"
	if w.credits() {
		name, quantity = "cac:CreditNoteLine", "cbc:CreditedQuantity"
	}
	s := w.v.State(l)
	w.in(name, func() {
		w.text("cbc:ID", strconv.Itoa(i+1))
		if len(l.Why)+len(l.Evidence) > 0 {
			w.text("cbc:Note", strings.Join(append(append(make([]string, 0, len(l.Why)+len(l.Evidence)), l.Why...), l.Evidence...), "\n"))
		}
		w.attr(quantity, "unitCode", l.Unit, s.Quantity.String())
		w.amount("cbc:LineExtensionAmount", l.Net)
		w.period(l.Period)
		w.in("cac:Item", func() {
			w.text("cbc:Description", l.Description)
			w.text("cbc:Name", l.Name)
			if l.Code != "" {
				w.in("cac:SellersItemIdentification", func() { w.text("cbc:ID", l.Code) })
			}
			t := invoice.TaxOf(l.Taxes)
			w.category("cac:ClassifiedTaxCategory", invoice.Tax{Category: t.Category, Percent: t.Percent}, t.Category != rating.Outside)
		})
		w.in("cac:Price", func() {
			w.attr("cbc:PriceAmount", "currencyID", w.currency, s.Price.String())
			if s.Base != (money.Decimal{Coef: 1}) {
				w.attr("cbc:BaseQuantity", "unitCode", l.Unit, s.Base.String())
			}
		})
	})
}
