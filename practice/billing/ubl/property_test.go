// SPDX-License-Identifier: Apache-2.0

package ubl_test

import (
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"mainstay/kit/money"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/invoice/invoicetest"
	"mainstay/practice/billing/judge"
	"mainstay/practice/billing/rating"
	"mainstay/practice/billing/ubl"
)

// What a reader of UBL finds, by its own names.
type (
	xmlAmount struct {
		Currency string `xml:"currencyID,attr"`
		Value    string `xml:",chardata"`
	}
	xmlQuantity struct {
		Unit  string `xml:"unitCode,attr"`
		Value string `xml:",chardata"`
	}
	xmlTax struct {
		ID      string `xml:"ID"`
		Percent string `xml:"Percent"`
		VATEX   string `xml:"TaxExemptionReasonCode"`
		Reason  string `xml:"TaxExemptionReason"`
	}
	xmlPeriod struct {
		Start string `xml:"StartDate"`
		End   string `xml:"EndDate"`
	}
	xmlParty struct {
		Endpoint struct {
			Scheme string `xml:"schemeID,attr"`
			Value  string `xml:",chardata"`
		} `xml:"Party>EndpointID"`
		Name    string   `xml:"Party>PartyLegalEntity>RegistrationName"`
		Company string   `xml:"Party>PartyLegalEntity>CompanyID"`
		Street  string   `xml:"Party>PostalAddress>StreetName"`
		City    string   `xml:"Party>PostalAddress>CityName"`
		Zone    string   `xml:"Party>PostalAddress>PostalZone"`
		Country string   `xml:"Party>PostalAddress>Country>IdentificationCode"`
		Tax     []string `xml:"Party>PartyTaxScheme>CompanyID"`
	}
	xmlLine struct {
		ID       string      `xml:"ID"`
		Note     string      `xml:"Note"`
		Invoiced xmlQuantity `xml:"InvoicedQuantity"`
		Credited xmlQuantity `xml:"CreditedQuantity"`
		Net      xmlAmount   `xml:"LineExtensionAmount"`
		Period   xmlPeriod   `xml:"InvoicePeriod"`
		Name     string      `xml:"Item>Name"`
		Text     string      `xml:"Item>Description"`
		Code     string      `xml:"Item>SellersItemIdentification>ID"`
		Tax      xmlTax      `xml:"Item>ClassifiedTaxCategory"`
		Price    xmlAmount   `xml:"Price>PriceAmount"`
		Base     xmlQuantity `xml:"Price>BaseQuantity"`
	}
	xmlDocument struct {
		XMLName   xml.Name
		Number    string    `xml:"ID"`
		Issued    string    `xml:"IssueDate"`
		Due       string    `xml:"DueDate"`
		Bill      string    `xml:"InvoiceTypeCode"`
		Credit    string    `xml:"CreditNoteTypeCode"`
		Note      []string  `xml:"Note"`
		Currency  string    `xml:"DocumentCurrencyCode"`
		Reference string    `xml:"BuyerReference"`
		Period    xmlPeriod `xml:"InvoicePeriod"`
		Order     string    `xml:"OrderReference>ID"`
		Preceding []string  `xml:"BillingReference>InvoiceDocumentReference>ID"`
		Contract  string    `xml:"ContractDocumentReference>ID"`
		Seller    xmlParty  `xml:"AccountingSupplierParty"`
		Buyer     xmlParty  `xml:"AccountingCustomerParty"`
		Account   string    `xml:"PaymentMeans>PayeeFinancialAccount>ID"`
		Terms     string    `xml:"PaymentTerms>Note"`
		Discounts []struct {
			Charge string    `xml:"ChargeIndicator"`
			Reason string    `xml:"AllowanceChargeReason"`
			Amount xmlAmount `xml:"Amount"`
			Tax    xmlTax    `xml:"TaxCategory"`
		} `xml:"AllowanceCharge"`
		Tax       xmlAmount `xml:"TaxTotal>TaxAmount"`
		Subtotals []struct {
			Base xmlAmount `xml:"TaxableAmount"`
			Tax  xmlAmount `xml:"TaxAmount"`
			Rate xmlTax    `xml:"TaxCategory"`
		} `xml:"TaxTotal>TaxSubtotal"`
		Totals struct {
			Lines      xmlAmount `xml:"LineExtensionAmount"`
			Net        xmlAmount `xml:"TaxExclusiveAmount"`
			Gross      xmlAmount `xml:"TaxInclusiveAmount"`
			Allowances xmlAmount `xml:"AllowanceTotalAmount"`
			Prepaid    xmlAmount `xml:"PrepaidAmount"`
			Payable    xmlAmount `xml:"PayableAmount"`
		} `xml:"LegalMonetaryTotal"`
		Lines   []xmlLine `xml:"InvoiceLine"`
		Credits []xmlLine `xml:"CreditNoteLine"`
	}
)

// comparer holds what was read to the value.
type comparer struct {
	t *rapid.T
	v *invoice.Invoice
}

func (c comparer) same(what, got, want string) {
	if strings.TrimSpace(got) != strings.TrimSpace(want) {
		c.t.Fatalf("%s is %q, want %q", what, got, want)
	}
}

func (c comparer) amount(what string, got xmlAmount, want int64) {
	if got.Value == "" && want == 0 {
		return
	}
	c.same(what, got.Value+" "+got.Currency, money.FormatMinor(want, c.v.Currency.Digits())+" "+string(c.v.Currency))
}

func (c comparer) period(what string, got xmlPeriod, want rating.Period) {
	if want.Empty() {
		c.same(what, got.Start+got.End, "")
		return
	}
	c.same(what, got.Start+" "+got.End, want.From.String()+" "+(want.To-1).String())
}

func (c comparer) rate(what string, got xmlTax, taxes []rating.Rate) {
	r := invoice.TaxOf(taxes)
	c.same(what, got.ID, string(r.Category))
	if r.Category != rating.Outside {
		c.same(what, got.Percent, r.Percent.String())
	}
}

func (c comparer) party(got xmlParty, want *invoice.Party) {
	c.same("name", got.Name, want.Name)
	c.same("company", got.Company, want.Company)
	c.same("street", got.Street, want.Address.Street)
	c.same("city", got.City, want.Address.City)
	c.same("postcode", got.Zone, want.Address.Postcode)
	c.same("country", got.Country, want.Address.Country)
	c.same("endpoint", got.Endpoint.Scheme+got.Endpoint.Value, want.Scheme+want.Endpoint)
	if want.VAT != "" && !c.v.Untaxed() && (len(got.Tax) == 0 || got.Tax[0] != want.VAT) {
		c.t.Fatalf("VAT number is %q, want %q", got.Tax, want.VAT)
	}
}

// Every document that keeps the rules is written, and read back it says the same.
func TestReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := invoicetest.Random(t)
		for _, p := range invoice.Profiles() {
			if said := v.Check(p); len(said) > 0 {
				t.Fatalf("under %q:\n%s", p, said)
			}
		}
		b, err := ubl.Write(v, invoice.Peppol)
		if err != nil {
			t.Fatal(err)
		}
		var x xmlDocument
		if err := xml.Unmarshal(b, &x); err != nil {
			t.Fatal(err)
		}
		c := comparer{t, v}
		lines := x.Lines
		if v.Kind == invoice.CreditNote {
			c.same("root", x.XMLName.Local+x.Credit, "CreditNote381")
			lines = x.Credits
		} else {
			c.same("root", x.XMLName.Local+x.Bill, "Invoice380")
			c.same("due", x.Due, v.Due.String())
		}
		c.same("number", x.Number, v.Number)
		c.same("issued", x.Issued, v.Issued.String())
		c.same("currency", x.Currency, string(v.Currency))
		c.same("reference", x.Reference, v.BuyerReference)
		c.same("order", x.Order, v.Order)
		c.same("contract", x.Contract, v.Contract)
		c.same("note", strings.Join(x.Note, "|"), strings.Join(v.Notes, "\n"))
		c.same("terms", x.Terms, v.Pay.Terms)
		c.same("account", x.Account, strings.ReplaceAll(v.Pay.IBAN, " ", ""))
		c.period("period", x.Period, v.Period)
		c.party(x.Seller, &v.Seller)
		c.party(x.Buyer, &v.Buyer)
		if len(x.Preceding) != len(v.Preceding) || len(lines) != len(v.Lines) || len(x.Discounts) != len(v.Allowances) || len(x.Subtotals) != len(v.Breakdown()) {
			t.Fatalf("%d references, %d lines, %d discounts, %d subtotals", len(x.Preceding), len(lines), len(x.Discounts), len(x.Subtotals))
		}
		for i, a := range v.Allowances {
			c.same("discount", x.Discounts[i].Charge+x.Discounts[i].Reason, "false"+strings.TrimSpace(a.Reason))
			c.amount("discount", x.Discounts[i].Amount, a.Net)
			c.rate("discount", x.Discounts[i].Tax, a.Taxes)
		}
		for i, g := range v.Breakdown() {
			s := x.Subtotals[i]
			c.amount("base", s.Base, g.Base)
			c.amount("tax", s.Tax, g.Tax)
			c.same("rate", s.Rate.ID+" "+s.Rate.Percent+" "+s.Rate.VATEX+" "+s.Rate.Reason, string(g.Category)+" "+g.Percent.String()+" "+g.Reason.VATEX+" "+g.Reason.Text)
		}
		c.amount("tax", x.Tax, v.Totals.Tax)
		c.amount("lines", x.Totals.Lines, v.Totals.Lines)
		c.amount("net", x.Totals.Net, v.Totals.Net)
		c.amount("gross", x.Totals.Gross, v.Totals.Gross)
		c.amount("discounts", x.Totals.Allowances, v.Totals.Allowances)
		c.amount("prepaid", x.Totals.Prepaid, v.Prepaid)
		c.amount("payable", x.Totals.Payable, v.Totals.Payable)
		for i := range v.Lines {
			c.line(i, &lines[i], &v.Lines[i])
		}
	})
}

func (c comparer) line(i int, x *xmlLine, l *invoice.Line) {
	c.same("id", x.ID, strconv.Itoa(i+1))
	c.same("name", x.Name, l.Name)
	c.same("description", x.Text, l.Description)
	c.same("code", x.Code, l.Code)
	c.same("why", x.Note, strings.Join(append(append([]string(nil), l.Why...), l.Evidence...), "\n"))
	c.amount("net", x.Net, l.Net)
	c.period("line's period", x.Period, l.Period)
	c.rate("line's tax", x.Tax, l.Taxes)
	q := x.Invoiced
	if q.Value == "" {
		q = x.Credited
	}
	base := x.Base
	if base.Value == "" {
		base = xmlQuantity{l.Unit, "1"}
	}
	c.same("unit", q.Unit+base.Unit, l.Unit+l.Unit)
	// PEPPOL-EN16931-R120, to the minor unit, and a price that is not below zero (BR-27).
	quantity, price, of := invoicetest.Dec(q.Value), invoicetest.Dec(x.Price.Value), invoicetest.Dec(base.Value)
	n, err := quantity.Exact().Times(price.Exact()).Over(of.Exact()).Round(c.v.Currency.Digits())
	if err != nil || n != l.Net || price.Coef < 0 || of.Coef <= 0 {
		c.t.Fatalf("line %d: %s × %s ÷ %s is not %d", i+1, q.Value, x.Price.Value, base.Value, l.Net)
	}
}

// The canonical form of any document reads back as itself.
func TestCanonicalReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, err := invoicetest.Random(t).Canonical()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := invoice.Parse(b); err != nil {
			t.Fatalf("%v\n%s", err, b)
		}
	})
}

// The judges find nothing in a sample of random documents either.
func TestJudgesOnRandomDocuments(t *testing.T) {
	for _, r := range ruleSets {
		files := map[string][]byte{}
		for i := range 40 {
			v := rapid.Custom(invoicetest.Random).Example(i)
			b, err := ubl.Write(v, r.profile)
			if err != nil {
				t.Fatal(err)
			}
			files[fmt.Sprint("random-", i)] = b
		}
		for name, broken := range judge.Schematron(t, r.xslt, files) {
			t.Errorf("%s %s: %s breaks %v\n%s", r.xslt, r.profile, name, broken, files[name])
		}
	}
}
