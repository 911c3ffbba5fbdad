// SPDX-License-Identifier: Apache-2.0

package invoice

import (
	"mainstay/kit/fault"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// taxes holds the document to what each category asks for: BR-S, BR-Z, BR-E, BR-AE, BR-G, BR-IC and BR-O.
func (c *checker) taxes() {
	v := c.v
	seller := has(v.Seller.VAT) || has(v.Seller.TaxID)
	for _, g := range v.Totals.Groups {
		id := "BR-" + letters(g.Category) + "-"
		reason := v.reason(g.Code)
		switch g.Category {
		case rating.Standard:
			// A sales tax outside the countries of VAT needs no number on the invoice.
			c.need(seller || !c.profile.norm() && !listed(vatCountries, v.Seller.Address.Country), id+"02", "seller.vat", "The VAT or tax number of the firm")
			if g.Percent.Coef <= 0 {
				c.say(id+"05", "lines", fault.NewInvalid("The category S has a tax above 0 %%; for 0 %% there are Z and E."))
			}
		case rating.Zero:
			c.need(seller || !c.profile.norm(), id+"02", "seller.vat", "The VAT or tax number of the firm")
		case rating.Exempt:
			c.need(seller || !c.profile.norm(), id+"02", "seller.vat", "The VAT or tax number of the firm")
		case rating.Reverse:
			c.need(seller, id+"02", "seller.vat", "The VAT or tax number of the firm")
			c.need(has(v.Buyer.VAT) || has(v.Buyer.Company), id+"02", "buyer.vat", "The VAT number of the client, who owes the tax,")
		case rating.Export:
			c.need(has(v.Seller.VAT), id+"02", "seller.vat", "The VAT number of the firm")
		case rating.IntraEU:
			c.need(has(v.Seller.VAT), id+"02", "seller.vat", "The VAT number of the firm")
			c.need(has(v.Buyer.VAT), id+"02", "buyer.vat", "The VAT number of the client")
			c.need(known(v.Delivered) || !v.Span().Empty(), id+"11", "delivered", "The day or period of delivery")
			c.need(v.Buyer.Address.Country != "", id+"12", "buyer.address.country", "The country of delivery")
		case rating.Outside:
			if len(v.Breakdown()) > 1 && c.profile.norm() {
				c.say(id+"11", "lines", fault.NewInvalid("What is not subject to tax cannot stand in one electronic invoice with what is taxed."))
			}
		}
		switch given := has(reason.Text) || has(reason.VATEX); {
		case given && (g.Category == rating.Standard || g.Category == rating.Zero):
			c.say(id+"10", "tax_reasons", fault.NewInvalid("The category %s has no reason for an exemption.", string(g.Category)))
		case !given && g.Category != rating.Standard && g.Category != rating.Zero && (c.profile.norm() || g.Category != rating.Outside):
			c.say(id+"10", "tax_reasons", fault.NewInvalid("The category %s needs the reason why no tax is charged.", string(g.Category)))
		}
	}
}

// norm holds the document to what EN 16931 asks for beyond what every document has.
func (c *checker) norm() {
	v := c.v
	if v.Currency.Digits() > 2 {
		c.say("BR-DEC-09", "currency", fault.NewInvalid("An electronic invoice has amounts of at most two decimal places, which %s does not have.", string(v.Currency)))
	}
	c.need(len(v.Totals.Groups) > 0, "BR-CO-18", "totals", "The breakdown of the tax")
	if v.Totals.Payable > 0 {
		c.need(known(v.Due) || has(v.Pay.Terms), "BR-CO-25", "due", "The day on which it is due, or the terms of payment,")
	}
	c.need(has(v.Seller.Company) || has(v.Seller.VAT) && !v.Untaxed() || has(v.Pay.Creditor), "BR-CO-26", "seller", "A number of the firm (VAT or register)")
	c.vat("seller.vat", v.Seller.VAT)
	c.vat("buyer.vat", v.Buyer.VAT)
	c.need(v.Seller.Endpoint == "" || v.Seller.Scheme != "", "BR-62", "seller.scheme", "The scheme of the electronic address")
	c.need(v.Buyer.Endpoint == "" || v.Buyer.Scheme != "", "BR-63", "buyer.scheme", "The scheme of the electronic address")
	for _, t := range v.Breakdown() {
		if n, err := money.Whole(t.Base).Times(t.Percent.Exact()).Times(money.Fraction(1, 100)).Round(0); err != nil || n != t.Tax {
			c.say("BR-CO-17", "totals", fault.NewInvalid("An electronic invoice rounds tax once for each percentage: at %s %% it is %s and must be %s.", t.Percent, c.amount(t.Tax), c.amount(n)))
		}
	}
	for i := range v.Lines {
		l := &v.Lines[i]
		c.line = i + 1
		if len(l.Taxes) > 1 {
			c.say("BR-CO-4", "taxes", fault.NewInvalid("Line %d: an electronic invoice has one tax for each line.", c.line))
		}
		// Always so by the way a line is stated; a change there must not go unseen.
		if n, err := v.State(l).Net(v.Currency.Digits()); err != nil || n != l.Net {
			c.say("PEPPOL-EN16931-R120", "net", fault.NewInvalid("Line %d: quantity and price do not come to the amount.", c.line))
		}
	}
	c.line = 0
	for _, a := range v.Allowances {
		if len(a.Taxes) > 1 {
			c.say("BR-32", "allowances", fault.NewInvalid("An electronic invoice has one tax for each discount."))
		}
	}
}

func (c *checker) vat(field, id string) {
	if has(id) && !vatPrefix(id) {
		c.say("BR-CO-9", field, fault.NewInvalid("The VAT number %q does not begin with a country's code.", clip(id)))
	}
}
