// SPDX-License-Identifier: Apache-2.0

package invoice

import (
	"slices"
	"strings"

	"mainstay/kit/fault"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// countries holds the document to what Peppol BIS Billing 3.0 asks of sellers of some countries, each rule by its name there. Those
// that are only advice are left out, and those about what this house never writes.
func (c *checker) countries() {
	switch c.v.Seller.Address.Country {
	case "DK":
		c.danish()
	case "GR":
		// A Greek document also needs the mark of the tax authority's register, and a number made of it (GR-R-001, GR-R-004).
		c.say("GR-R-004", "seller.address.country", fault.NewInvalid("A Greek seller's document through Peppol needs a mark of myDATA, which is not fetched here: send it as a PDF or by EN 16931."))
	case "IS":
		c.icelandic()
	case "IT":
		c.italian()
	case "NL":
		c.dutch()
	case "NO":
		c.norwegian()
	case "SE":
		c.swedish()
	}
}

// street asks for the parts of an address.
func (c *checker) street(rule, whose string, p *Party, street, city, postcode string) {
	c.need(has(p.Address.Street), rule, whose+".address.street", street)
	if city != "" {
		c.need(has(p.Address.City), rule, whose+".address.city", city)
	}
	c.need(has(p.Address.Postcode), rule, whose+".address.postcode", postcode)
}

func (c *checker) sellerStreet(rule string) {
	c.street(rule, "seller", &c.v.Seller, "The street of the firm", "The city of the firm", "The postcode of the firm")
}

func (c *checker) buyerStreet(rule string) {
	c.street(rule, "buyer", &c.v.Buyer, "The street of the client", "The city of the client", "The postcode of the client")
}

func (c *checker) danish() {
	c.need(has(c.v.Seller.Company), "DK-R-002", "seller.company", "The register number of the firm")
	if p := &c.v.Pay; !p.direct() && (has(p.IBAN) || has(p.Account)) && c.v.Currency != "EUR" {
		if _, _, ok := p.Danish(); !ok {
			c.say("DK-R-006", "pay.account", fault.NewInvalid("A Danish account is named by a registration number of four digits and an account number, or by its IBAN."))
		}
	}
}

func (c *checker) icelandic() {
	v := c.v
	c.need(has(v.Seller.Company), "IS-R-002", "seller.company", "The register number of the firm")
	c.street("IS-R-003", "seller", &v.Seller, "The street of the firm", "", "The postcode of the firm")
	if v.Buyer.Address.Country == "IS" {
		c.need(has(v.Buyer.Company), "IS-R-004", "buyer.company", "The register number of the client")
		c.street("IS-R-005", "buyer", &v.Buyer, "The street of the client", "", "The postcode of the client")
	}
}

func (c *checker) italian() {
	if s := c.v.Seller.TaxID; s != "" && (len(s) < 11 || len(s) > 16 || strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") != "") {
		c.say("IT-R-001", "seller.tax_id", fault.NewInvalid("An Italian tax number has 11 to 16 capital letters and digits, not %q.", clip(s)))
	}
	c.need(has(c.v.Seller.Address.Street), "IT-R-002", "seller.address.street", "The street of the firm")
	c.need(has(c.v.Seller.Address.City), "IT-R-003", "seller.address.city", "The city of the firm")
	c.need(has(c.v.Seller.Address.Postcode), "IT-R-004", "seller.address.postcode", "The postcode of the firm")
}

func (c *checker) dutch() {
	v := c.v
	if v.Kind == CreditNote {
		c.need(len(v.Preceding) > 0, "NL-R-001", "preceding", "The invoice that is credited")
	}
	c.sellerStreet("NL-R-002")
	dutchNumber := func(rule, field string, p *Party) {
		if CompanyScheme("NL", p.Company) == "" {
			c.say(rule, field, fault.NewInvalid("A Dutch register number is that of the Chamber of Commerce, of eight digits, or an OIN of twenty, not %q.", clip(p.Company)))
		}
	}
	dutchNumber("NL-R-003", "seller.company", &v.Seller)
	if v.Buyer.Address.Country == "NL" {
		c.buyerStreet("NL-R-004")
		dutchNumber("NL-R-005", "buyer.company", &v.Buyer)
	}
	if p := &v.Pay; v.Kind != CreditNote && v.Totals.Payable > 0 {
		c.need(has(p.IBAN) || has(p.Account) || has(p.Link) || p.direct(), "NL-R-007", "pay", "How to pay")
	}
}

func (c *checker) norwegian() {
	s := c.v.Seller.VAT
	number, ok := strings.CutSuffix(strings.TrimPrefix(s, "NO"), "MVA")
	if strings.HasPrefix(s, "NO") && (!ok || len(number) != 9 || digits(number) != 9 || !eleven(number)) {
		c.say("NO-R-001", "seller.vat", fault.NewInvalid("A Norwegian VAT number is NO, a number of the register of nine digits, and MVA, not %q.", clip(s)))
	}
}

func (c *checker) swedish() {
	v := c.v
	if s := v.Seller.VAT; strings.HasPrefix(s, "SE") {
		switch {
		case len(s) != 14:
			c.say("SE-R-001", "seller.vat", fault.NewInvalid("A Swedish VAT number is SE and twelve digits, not %q.", clip(s)))
		case digits(s[2:]) != 12:
			c.say("SE-R-002", "seller.vat", fault.NewInvalid("A Swedish VAT number is SE and twelve digits, not %q.", clip(s)))
		}
	}
	if s := v.Seller.Company; s != "" {
		rule := ""
		switch {
		case digits(s) != len(s):
			rule = "SE-R-003"
		case len(s) != 10:
			rule = "SE-R-004"
		case !luhn(s):
			rule = "SE-R-013"
		}
		if rule != "" {
			c.say(rule, "seller.company", fault.NewInvalid("A Swedish register number has ten digits, without a hyphen, of which the last is a check digit; %q is not one.", clip(s)))
		}
	}
	if s := v.Seller.TaxID; s != "" && strings.ToUpper(strings.Join(strings.Fields(s), " ")) != "GODKÄND FÖR F-SKATT" {
		c.say("SE-R-005", "seller.tax_id", fault.NewInvalid("In place of a tax number a Swedish seller states “Godkänd för F-skatt”, not %q.", clip(s)))
	}
	for _, g := range v.Totals.Groups {
		known := slices.ContainsFunc([]int64{6, 12, 25}, func(n int64) bool { return g.Percent.Exact().Cmp(money.Whole(n)) == 0 })
		if g.Category == rating.Standard && !known {
			c.say("SE-R-006", "totals", fault.NewInvalid("Swedish VAT is 6, 12 or 25 %%, not %s %%.", g.Percent.String()))
		}
	}
}

// luhn reports whether the last of some digits is the check digit of ISO/IEC 7812-1 annex B.
func luhn(s string) bool {
	sum := 0
	for i := range len(s) {
		n := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if n *= 2; n > 9 {
				n -= 9
			}
		}
		sum += n
	}
	return sum%10 == 0
}

// eleven reports whether the last of nine digits is the check digit of Norway's register: the remainder to 11 of the others by the
// weights 3 2 7 6 5 4 3 2.
func eleven(s string) bool {
	sum := 0
	for i, w := range [...]int{3, 2, 7, 6, 5, 4, 3, 2} {
		sum += w * int(s[i]-'0')
	}
	return (11-sum%11)%11 == int(s[8]-'0')
}

// CompanyScheme is the scheme of ISO 6523 that a country's register numbers are of, "" where none is known.
func CompanyScheme(country, number string) string {
	switch {
	case number == "":
	case country == "DK":
		return "0184"
	case country == "IS":
		return "0196"
	case country == "NO":
		return "0192"
	case country == "SE":
		return "0007"
	case country == "NL" && len(number) == 8 && digits(number) == 8:
		return "0106"
	case country == "NL" && len(number) == 20 && digits(number) == 20:
		return "0190"
	}
	return ""
}

// Danish returns the registration number and the number of a Danish account, from its IBAN or as they were typed.
func (p *Payment) Danish() (registration, account string, ok bool) {
	if iban := strings.ToUpper(strings.ReplaceAll(p.IBAN, " ", "")); strings.HasPrefix(iban, "DK") && len(iban) == 18 {
		return iban[4:8], iban[8:], true
	}
	s := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		if r == ' ' || r == '-' || r == '.' {
			return -1
		}
		return 'x'
	}, p.Account)
	if p.IBAN != "" || len(s) < 8 || len(s) > 14 || strings.Contains(s, "x") {
		return "", "", false
	}
	return s[:4], s[4:], true
}
