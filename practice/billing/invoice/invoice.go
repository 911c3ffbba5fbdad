// SPDX-License-Identifier: Apache-2.0

// Package invoice is the business document that a client gets: an invoice, a credit note, a fee. It is a value that needs
// nothing else to be read, printed, sent or checked: parties, terms and taxes are copied into it, so that what changes
// later in the catalogue, in an agreement or at the tax office does not change what was issued. It is pure.
package invoice

import (
	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// Kind is what a document is for.
type Kind string

// The kinds.
const (
	Bill       Kind = "invoice"
	CreditNote Kind = "credit_note"
	Fee        Kind = "fee" // interest or a late fee: a document of its own, never an edit of an issued one
)

// Invoice is one document. Amounts are minor units of Currency; a credit note's amounts are positive: what is credited.
type Invoice struct {
	ID     ids.ID     `json:"id"`
	Kind   Kind       `json:"kind"`
	Series string     `json:"series,omitempty"`
	Number string     `json:"number,omitempty"` // "" = a draft
	Issued civil.Date `json:"issued"`
	Due    civil.Date `json:"due"`
	// Delivered is the day of a delivery within the EU (BT-72), where Period does not say when.
	Delivered civil.Date     `json:"delivered,omitempty"`
	Period    rating.Period  `json:"period"` // what the whole document is for; empty = its lines say
	Currency  money.Currency `json:"currency"`
	Language  string         `json:"language"` // BCP 47: of the words in it and of its dates and amounts on paper

	Seller Party `json:"seller"`
	Buyer  Party `json:"buyer"`

	BuyerReference string      `json:"buyer_reference,omitempty"` // BT-10, such as a Leitweg-ID
	Order          string      `json:"order,omitempty"`           // BT-13, the client's purchase order
	Contract       string      `json:"contract,omitempty"`        // BT-12, the agreement's number
	Preceding      []Reference `json:"preceding,omitempty"`       // what a credit note or fee is about (BG-3)
	Notes          []string    `json:"notes,omitempty"`           // BT-22

	Lines      []Line          `json:"lines"`
	Allowances []Adjustment    `json:"allowances,omitempty"` // discounts of the whole document, as positive amounts
	Rounding   rating.Rounding `json:"rounding,omitempty"`
	Prepaid    int64           `json:"prepaid,omitempty"` // such as a deposit
	Totals     rating.Totals   `json:"totals"`
	Reasons    []TaxReason     `json:"tax_reasons,omitempty"` // why no tax is charged, by code of the rate (BT-120, BT-121)

	Pay Payment `json:"pay"`
}

// Line is one line. Net is what it comes to; the unit price is Net over Quantity only where Exact says so.
type Line struct {
	Item        ids.ID        `json:"item,omitempty"`
	Agreement   ids.ID        `json:"agreement,omitempty"` // the line of the agreement that it bills
	Span        ids.ID        `json:"span,omitempty"`
	Code        string        `json:"code,omitempty"` // the item's code with the firm (BT-155)
	Name        string        `json:"name"`
	Description string        `json:"description,omitempty"`
	Period      rating.Period `json:"period"`
	Quantity    money.Decimal `json:"quantity"`
	Unit        string        `json:"unit"`  // UN/ECE Recommendation 20: C62 one, HUR hour, MON month, KMT kilometre
	Price       money.Decimal `json:"price"` // of one unit, as agreed; informative where prorated or in tiers
	Net         int64         `json:"net"`
	Taxes       []rating.Rate `json:"taxes,omitempty"` // usually one
	Account     string        `json:"account,omitempty"`
	Why         []string      `json:"why,omitempty"` // the reasons for quantity, price, proration and tax, in Language
	Evidence    []string      `json:"evidence,omitempty"`
}

// Adjustment is a discount of the whole document.
type Adjustment struct {
	Reason string        `json:"reason"`
	Net    int64         `json:"net"`
	Taxes  []rating.Rate `json:"taxes,omitempty"`
}

// TaxReason says why a rate is 0: the text and, where there is one, the code of the VATEX list.
type TaxReason struct {
	Code  string `json:"code"` // of the rate
	VATEX string `json:"vatex,omitempty"`
	Text  string `json:"text"`
}

// Reference names an earlier document.
type Reference struct {
	ID     ids.ID     `json:"id,omitempty"`
	Number string     `json:"number"`
	Issued civil.Date `json:"issued"`
}

// Party is the seller or the buyer, as it stood on the day of issue.
type Party struct {
	ID        ids.ID  `json:"id,omitempty"` // the client
	Name      string  `json:"name"`         // the legal name
	Trading   string  `json:"trading,omitempty"`
	Address   Address `json:"address"`
	VAT       string  `json:"vat,omitempty"`      // VAT identifier with its country, BT-31 and BT-48
	TaxID     string  `json:"tax_id,omitempty"`   // local tax registration, BT-32
	Company   string  `json:"company,omitempty"`  // register number, BT-30 and BT-47
	Endpoint  string  `json:"endpoint,omitempty"` // electronic address, BT-34 and BT-49
	Scheme    string  `json:"scheme,omitempty"`   // its scheme of the EAS list, such as 0204 or EM
	Contact   string  `json:"contact,omitempty"`  // BT-41, BT-56
	Phone     string  `json:"phone,omitempty"`
	Email     string  `json:"email,omitempty"`
	Reference string  `json:"reference,omitempty"` // the client's number with the firm, BT-46
}

// Address is a postal address.
type Address struct {
	Street   string `json:"street,omitempty"`
	Extra    string `json:"extra,omitempty"`
	City     string `json:"city,omitempty"`
	Postcode string `json:"postcode,omitempty"`
	Region   string `json:"region,omitempty"`
	Country  string `json:"country"` // ISO 3166-1 alpha-2
}

// Payment says how to pay.
type Payment struct {
	Terms     string `json:"terms,omitempty"` // in Language, BT-20
	Holder    string `json:"holder,omitempty"`
	IBAN      string `json:"iban,omitempty"`
	BIC       string `json:"bic,omitempty"`
	Account   string `json:"account,omitempty"` // where there is no IBAN: account and routing as text
	Reference string `json:"reference,omitempty"`
	// Mandate of a SEPA direct debit; then Debited is the account it is taken from and Creditor the firm's identifier.
	Mandate  string `json:"mandate,omitempty"`
	Debited  string `json:"debited,omitempty"`
	Creditor string `json:"creditor,omitempty"`
	Link     string `json:"link,omitempty"` // pays by card
}
