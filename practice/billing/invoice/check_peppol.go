// SPDX-License-Identifier: Apache-2.0

package invoice

import (
	"strconv"
	"strings"

	"mainstay/kit/fault"
	"mainstay/practice/billing/rating"
)

// peppol holds the document to the rules of Peppol BIS Billing 3.0 that a writer cannot keep by itself; the German standard took
// most of them over.
func (c *checker) peppol() {
	v := c.v
	if c.profile == Peppol {
		c.need(has(v.BuyerReference) || has(v.Order), "PEPPOL-EN16931-R003", "buyer_reference", "The client's reference or order number")
		for _, p := range []struct{ field, scheme string }{{"seller.scheme", v.Seller.Scheme}, {"buyer.scheme", v.Buyer.Scheme}} {
			if p.scheme != "" && !listed(schemes, p.scheme) {
				c.say("PEPPOL-EN16931-CL008", p.field, fault.NewInvalid("%q is not a scheme of electronic addresses that Peppol routes by, such as 0204 or 9930.", clip(p.scheme)))
			}
		}
	}
	c.need(has(v.Buyer.Endpoint), "PEPPOL-EN16931-R010", "buyer.endpoint", "The electronic address of the client")
	c.need(has(v.Seller.Endpoint), "PEPPOL-EN16931-R020", "seller.endpoint", "The electronic address of the firm")
	if v.Pay.direct() {
		c.need(has(v.Pay.Mandate), "PEPPOL-EN16931-R061", "pay.mandate", "The mandate of the direct debit")
	}
	if v.Period.Empty() {
		return
	}
	for i := range v.Lines {
		p := v.Lines[i].Period
		if p.Empty() {
			continue
		}
		c.line = i + 1
		if p.From < v.Period.From {
			c.say("PEPPOL-EN16931-R110", "period", fault.NewInvalid("Line %d: begins before the period of the document.", c.line))
		}
		if p.To > v.Period.To {
			c.say("PEPPOL-EN16931-R111", "period", fault.NewInvalid("Line %d: ends after the period of the document.", c.line))
		}
	}
	c.line = 0
}

// direct reports whether the document is paid by a direct debit.
func (p *Payment) direct() bool { return p.Mandate != "" || p.Debited != "" }

// german holds the document to what XRechnung asks for.
func (c *checker) german() {
	v := c.v
	p := &v.Pay
	c.need(p.IBAN != "" || p.Account != "" || p.Link != "" || p.direct(), "BR-DE-1", "pay", "How to pay")
	c.need(has(v.Seller.Address.City), "BR-DE-3", "seller.address.city", "The city of the firm")
	c.need(has(v.Seller.Address.Postcode), "BR-DE-4", "seller.address.postcode", "The postcode of the firm")
	c.need(has(v.Seller.Contact), "BR-DE-5", "seller.contact", "The firm's contact")
	c.need(has(v.Seller.Phone), "BR-DE-6", "seller.phone", "The phone number of the firm's contact")
	c.need(has(v.Seller.Email), "BR-DE-7", "seller.email", "The mail address of the firm's contact")
	c.need(has(v.Buyer.Address.City), "BR-DE-8", "buyer.address.city", "The city of the client")
	c.need(has(v.Buyer.Address.Postcode), "BR-DE-9", "buyer.address.postcode", "The postcode of the client")
	c.need(has(v.BuyerReference), "BR-DE-15", "buyer_reference", "The client's reference (Leitweg-ID)")
	for _, g := range v.Totals.Groups {
		if g.Category != rating.Outside {
			c.need(has(v.Seller.VAT) || has(v.Seller.TaxID), "BR-DE-16", "seller.vat", "The VAT or tax number of the firm")
			break
		}
	}
	if s := v.Seller.Phone; has(s) && digits(s) < 3 {
		c.say("BR-DE-27", "seller.phone", fault.NewInvalid("The phone number %q has fewer than three digits.", clip(s)))
	}
	if s := v.Seller.Email; has(s) && !mailAddress(s) {
		c.say("BR-DE-28", "seller.email", fault.NewInvalid("%q is not a mail address.", clip(s)))
	}
	for l := range strings.SplitSeq(p.Terms, "\n") {
		if _, _, ok := Discount(l); strings.HasPrefix(strings.TrimSpace(l), "#") && !ok {
			c.say("BR-DE-18", "pay.terms", fault.NewInvalid("A discount for early payment is written like #SKONTO#TAGE=7#PROZENT=2.00# on a line of its own, not %q.", clip(l)))
		}
	}
	if p.direct() {
		c.need(has(p.Creditor), "BR-DE-30", "pay.creditor", "The creditor identifier of the firm")
		c.need(has(p.Debited), "BR-DE-31", "pay.debited", "The account that is debited")
	}
}

// Discount reads a line of the terms of payment that says in XRechnung's form (BR-DE-18) what is taken off when the document is paid
// early: #SKONTO#TAGE=14#PROZENT=2.25#, where the amount that it is of may follow as BASISBETRAG=357.93#. VERZUG instead of SKONTO says what is
// added when it is paid late; then days are below zero.
func Discount(l string) (days int, percent string, ok bool) {
	parts := strings.Split(strings.TrimSpace(l), "#")
	if len(parts) < 5 || len(parts) > 6 || parts[0] != "" || parts[len(parts)-1] != "" || parts[1] != "SKONTO" && parts[1] != "VERZUG" {
		return 0, "", false
	}
	text, isDays := strings.CutPrefix(parts[2], "TAGE=")
	percent, isPercent := strings.CutPrefix(parts[3], "PROZENT=")
	days, err := strconv.Atoi(text)
	if !isDays || !isPercent || err != nil || digits(text) != len(text) || len(text) > 4 || !hundredths(percent) {
		return 0, "", false
	}
	if parts[1] == "VERZUG" {
		days = -days
	}
	base, isBase := strings.CutPrefix(parts[4], "BASISBETRAG=")
	return days, percent, len(parts) == 5 || isBase && hundredths(strings.TrimPrefix(base, "-"))
}

// hundredths reports whether a text is a number with two decimal places.
func hundredths(s string) bool {
	whole, cents, _ := strings.Cut(s, ".")
	return whole != "" && len(whole) <= 15 && digits(whole) == len(whole) && len(cents) == 2 && digits(cents) == 2
}

func digits(s string) (n int) {
	for _, b := range []byte(s) {
		if b >= '0' && b <= '9' {
			n++
		}
	}
	return n
}

// mailAddress is BR-DE-28: one @, with at least two letters before and after it, neither framed by a point nor a space.
func mailAddress(s string) bool {
	user, host, ok := strings.Cut(s, "@")
	framed := func(t string) bool { return strings.Trim(t, ". ") != t }
	return ok && len(user) > 1 && len(host) > 1 && !strings.ContainsAny(host, "@ ") && !strings.Contains(user, " ") && !framed(user) && !framed(host)
}
