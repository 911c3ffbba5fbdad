// SPDX-License-Identifier: Apache-2.0

package invoice

import (
	"cmp"
	"slices"
	"strings"

	"mainstay/kit/fault"
	"mainstay/practice/billing/rating"
)

// countries holds the document to what Peppol asks of sellers of single countries, as far as it says so of fields that a document of
// ours has. What is only a warning is left out. A seller's country is that of its VAT identifier, else of its address, where
// the rules say so.
func (c *checker) countries() {
	v := c.v
	address := v.Seller.Address.Country
	switch cmp.Or(prefix(v.Seller.VAT), address) {
	case "NO":
		c.norway()
	case "IT":
		c.italy()
	case "GR", "EL":
		c.greece()
	}
	switch address {
	case "SE":
		c.sweden()
	case "DK":
		c.denmark()
	case "NL":
		c.netherlands()
	case "IS":
		c.iceland()
	}
}

// prefix is the country of a VAT identifier.
func prefix(vat string) string {
	if len(vat) < 2 {
		return ""
	}
	return strings.ToUpper(vat[:2])
}

// CompanyScheme names the register of a party's number by the ICD list, where the rules of its country ask for it; else "".
func (p *Party) CompanyScheme() string {
	switch {
	case p.Company == "":
		return ""
	case p.Address.Country == "DK":
		return "0184" // CVR
	case p.Address.Country == "IS":
		return "0196" // kennitala
	case p.Address.Country == "NL" && len(p.Company) == 20:
		return "0190" // OIN
	case p.Address.Country == "NL":
		return "0106" // KVK
	}
	return ""
}

func (c *checker) norway() {
	vat := c.v.Seller.VAT
	if prefix(vat) != "NO" {
		return
	}
	number, ok := strings.CutSuffix(vat[2:], "MVA")
	if !ok || len(number) != 9 || digits(number) != 9 || !mod11(number) {
		c.say("NO-R-001", "seller.vat", fault.NewInvalid("A Norwegian VAT identifier is NO, a valid organisation number of nine digits, and MVA: %q is none.", clip(vat)))
	}
}

// mod11 is the check of a Norwegian organisation number: weights 2 to 7 from the right.
func mod11(s string) bool {
	sum, weight := 0, 2
	for i := len(s) - 2; i >= 0; i-- {
		sum += int(s[i]-'0') * weight
		if weight++; weight > 7 {
			weight = 2
		}
	}
	return strings.Trim(s, "0") != "" && (11-sum%11)%11 == int(s[len(s)-1]-'0')
}

func (c *checker) italy() {
	p := &c.v.Seller
	if n := p.TaxID; n != "" && (len(n) < 11 || len(n) > 16 || strings.ContainsFunc(n, func(r rune) bool { return (r < '0' || r > '9') && (r < 'A' || r > 'Z') })) {
		c.say("IT-R-001", "seller.tax_id", fault.NewInvalid("An Italian tax number has 11 to 16 capital letters and digits: %q is none.", clip(n)))
	}
	c.need(has(p.Address.Street), "IT-R-002", "seller.address.street", "The street of the firm")
	c.need(has(p.Address.City), "IT-R-003", "seller.address.city", "The city of the firm")
	c.need(has(p.Address.Postcode), "IT-R-004", "seller.address.postcode", "The postcode of the firm")
}

// approved is what stands for the tax number of a Swedish seller who pays its own taxes.
const approved = "GODKÄND FÖR F-SKATT"

func (c *checker) sweden() {
	p := &c.v.Seller
	if prefix(p.VAT) == "SE" {
		if len(p.VAT) != 14 {
			c.say("SE-R-001", "seller.vat", fault.NewInvalid("A Swedish VAT identifier has 14 characters: %q is none.", clip(p.VAT)))
		}
		if digits(p.VAT[2:]) != len(p.VAT)-2 {
			c.say("SE-R-002", "seller.vat", fault.NewInvalid("After SE a Swedish VAT identifier has digits only: %q is none.", clip(p.VAT)))
		}
		for _, g := range c.v.Totals.Groups {
			if g.Category == rating.Standard && !slices.Contains([]string{"25", "12", "6"}, trim(g.Percent).String()) {
				c.say("SE-R-006", "totals", fault.NewInvalid("In Sweden the tax is 25, 12 or 6 %%, not %s %%.", trim(g.Percent)))
			}
		}
	}
	if n := p.Company; n != "" {
		switch {
		case digits(n) != len(n):
			c.say("SE-R-003", "seller.company", fault.NewInvalid("A Swedish organisation number has digits only: %q is none.", clip(n)))
		case len(n) != 10:
			c.say("SE-R-004", "seller.company", fault.NewInvalid("A Swedish organisation number has 10 digits: %q is none.", clip(n)))
		case !luhn(n):
			c.say("SE-R-013", "seller.company", fault.NewInvalid("The Swedish organisation number %q has a wrong check digit.", n))
		}
		if p.TaxID != "" && strings.ToUpper(strings.Join(strings.Fields(p.TaxID), " ")) != approved {
			c.say("SE-R-005", "seller.tax_id", fault.NewInvalid("A Swedish firm's tax number is the words \"Godkänd för F-skatt\"."))
		}
	}
}

// luhn checks the last digit of a number of digits.
func luhn(s string) bool {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

func (c *checker) denmark() {
	v := c.v
	c.need(has(v.Seller.Company), "DK-R-002", "seller.company", "The register number of the firm")
	if v.Buyer.Address.Country != "DK" {
		return
	}
	if v.Kind == CreditNote {
		if v.Totals.Payable < 0 {
			c.say("DK-R-016", "totals", fault.NewInvalid("A Danish credit note must not give back less than nothing."))
		}
		return
	}
	p := &v.Pay
	switch {
	case p.direct():
		c.need(has(p.Mandate) && has(p.Debited), "DK-R-007", "pay.debited", "The mandate, or the account that is debited")
	case p.IBAN == "" && p.Account == "" && p.Link != "":
		c.say("DK-R-005", "pay", fault.NewInvalid("Among Danish parties a document names an account or a direct debit, not only a link."))
	case (p.IBAN != "" || p.Account != "") && v.Currency != "EUR":
		c.need(has(p.BIC), "DK-R-006", "pay.bic", "The bank's BIC or registration number")
	}
}

func (c *checker) netherlands() {
	v := c.v
	home := v.Buyer.Address.Country == "NL"
	if v.Kind == CreditNote {
		c.need(len(v.Preceding) > 0, "NL-R-001", "preceding", "The invoice that the credit note is about")
	}
	whole := func(a *Address) bool { return has(a.Street) && has(a.City) && has(a.Postcode) }
	c.need(whole(&v.Seller.Address), "NL-R-002", "seller.address", "The street, city or postcode of the firm")
	number := func(rule, field string, p *Party) {
		if n := p.Company; n != "" && (p.CompanyScheme() == "" || digits(n) != len(n) || len(n) != 8 && len(n) != 20) {
			c.say(rule, field, fault.NewInvalid("A Dutch register number is of the chamber of commerce (8 digits) or an OIN (20 digits): %q is none.", clip(n)))
		}
	}
	number("NL-R-003", "seller.company", &v.Seller)
	p := &v.Pay
	c.need(v.Kind == CreditNote || v.Totals.Payable <= 0 || p.IBAN != "" || p.Account != "" || p.Link != "" || p.direct(), "NL-R-007", "pay", "How to pay")
	if !home {
		return
	}
	c.need(whole(&v.Buyer.Address), "NL-R-004", "buyer.address", "The street, city or postcode of the client")
	number("NL-R-005", "buyer.company", &v.Buyer)
	if p.IBAN == "" && p.Account == "" && p.Link != "" && !p.direct() {
		c.say("NL-R-008", "pay", fault.NewInvalid("Among Dutch parties a document names an account or a direct debit, not only a link."))
	}
}

func (c *checker) iceland() {
	v := c.v
	c.need(has(v.Seller.Company), "IS-R-002", "seller.company", "The register number of the firm")
	c.need(has(v.Seller.Address.Street) && has(v.Seller.Address.Postcode), "IS-R-003", "seller.address", "The street or postcode of the firm")
	if v.Buyer.Address.Country == "IS" {
		c.need(has(v.Buyer.Company), "IS-R-004", "buyer.company", "The register number of the client")
		c.need(has(v.Buyer.Address.Street) && has(v.Buyer.Address.Postcode), "IS-R-005", "buyer.address", "The street or postcode of the client")
	}
}

// greekKinds are the kinds of documents that Greece knows (GR-R-001-5).
var greekKinds = []string{"1.1", "1.6", "2.1", "2.4", "5.1", "5.2"}

// greece holds the number to the form that Greece asks for: TIN|day|branch|kind|series|number. The mark that myDATA gives to each
// document is nothing that a document of ours has, so that a seller in Greece cannot send one itself.
func (c *checker) greece() {
	v := c.v
	if v.Seller.Address.Country == "GR" {
		c.say("GR-R-004-1", "number", fault.NewInvalid("A document of a Greek firm needs the mark (M.AR.K) of myDATA, which is not written here: send it through a provider there."))
	}
	if parts := strings.Split(v.Number, "|"); len(parts) != 6 {
		c.say("GR-R-001-1", "number", fault.NewInvalid("A Greek number has six parts, such as %s.", "094000000|01/12/2026|0|2.1|A|42"))
	} else {
		c.greekNumber(parts)
	}
	c.need(has(v.Seller.Trading), "GR-R-002", "seller.trading", "The trading name of the firm")
	c.need(has(v.Buyer.Trading), "GR-R-005", "buyer.trading", "The trading name of the client")
	vat := func(rule, field, s string) {
		if prefix(s) != "EL" || !tin(s[2:]) {
			c.say(rule, field, fault.NewInvalid("A Greek VAT identifier is EL and a valid number of nine digits: %q is none.", clip(s)))
		}
	}
	endpoint := func(rule, field string, p *Party) {
		if p.Scheme != "9933" || !tin(p.Endpoint) {
			c.say(rule, field, fault.NewInvalid("The electronic address of a Greek party is its tax number, with the scheme 9933."))
		}
	}
	if has(v.Seller.VAT) {
		vat("GR-R-003", "seller.vat", v.Seller.VAT)
	}
	if v.Seller.Address.Country == "GR" {
		endpoint("GR-R-009", "seller.endpoint", &v.Seller)
	}
	if to := cmp.Or(prefix(v.Buyer.VAT), v.Buyer.Address.Country); to == "GR" || to == "EL" {
		vat("GR-R-006", "buyer.vat", v.Buyer.VAT)
		endpoint("GR-R-010", "buyer.endpoint", &v.Buyer)
	}
}

func (c *checker) greekNumber(parts []string) {
	v := c.v
	say := func(rule, what string) {
		c.say(rule, "number", fault.NewInvalid("In the number %[1]q this part is wrong: %[2]s.", clip(v.Number), fault.Word(what)))
	}
	if !tin(parts[0]) || len(v.Seller.VAT) < 2 || v.Seller.VAT[2:] != parts[0] {
		say("GR-R-001-2", "the firm's tax number")
	}
	day := v.Issued.String()
	if !known(v.Issued) || parts[1] != day[8:]+"/"+day[5:7]+"/"+day[:4] {
		say("GR-R-001-3", "the day of issue")
	}
	if parts[2] == "" || digits(parts[2]) != len(parts[2]) {
		say("GR-R-001-4", "the branch")
	}
	if !slices.Contains(greekKinds, parts[3]) {
		say("GR-R-001-5", "the kind of document")
	}
	if parts[4] == "" {
		say("GR-R-001-6", "the series")
	}
	if parts[5] == "" {
		say("GR-R-001-7", "the number within the series")
	}
}

// tin checks a Greek tax number: eight digits by powers of two, and their check digit.
func tin(s string) bool {
	if len(s) != 9 || digits(s) != 9 {
		return false
	}
	sum := 0
	for i := range 8 {
		sum += int(s[i]-'0') << (8 - i)
	}
	return sum%11%10 == int(s[8]-'0')
}
