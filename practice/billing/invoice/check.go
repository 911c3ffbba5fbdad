// SPDX-License-Identifier: Apache-2.0

package invoice

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// Limits of one document.
const (
	MaxLines  = 10_000
	MaxText   = 20_000 // letters of a note, or of the reasons of a line together
	MaxName   = 1_000  // letters of a name or number
	MaxAmount = 1e15   // minor units of one amount
	MaxUnits  = 1e12   // of a line
)

// checker gathers what is wrong.
type checker struct {
	v       *Invoice
	profile Profile
	line    int
	out     Problems
}

// Check says everything that is wrong with a document under a profile, first what is missing, then what does not add up. A
// document without a number is a draft: Paper takes it, the electronic profiles do not.
func (v *Invoice) Check(p Profile) Problems {
	c := &checker{v: v, profile: p}
	c.head()
	c.party("seller", &v.Seller)
	c.party("buyer", &v.Buyer)
	c.references()
	c.payment()
	if len(v.Lines) > MaxLines {
		c.say("MS-01", "lines", fault.NewInvalid("A document has at most %d lines.", MaxLines))
		return c.out
	}
	for i := range v.Lines {
		c.line = i + 1
		c.item(&v.Lines[i])
	}
	c.line = 0
	for i := range v.Allowances {
		c.allowance(i, &v.Allowances[i])
	}
	if c.totals() {
		c.taxes()
	}
	if p.norm() {
		c.norm()
	}
	if p.peppol() {
		c.peppol()
	}
	if p == Peppol {
		c.countries()
	}
	// Peppol asks of two German parties what XRechnung asks of all (DE-R-001 to DE-R-031).
	if p.german() || p.peppol() && v.Seller.Address.Country == "DE" && v.Buyer.Address.Country == "DE" {
		c.german()
	}
	return c.out
}

func (c *checker) say(rule, field string, e *fault.Error) {
	if c.line > 0 {
		field = "lines." + strconv.Itoa(c.line) + "." + field
	}
	c.out = append(c.out, Problem{rule, c.line, e.On(field)})
}

// need says that something is missing. What is a noun with its article, which the German catalogue knows.
func (c *checker) need(ok bool, rule, field, what string) {
	if ok {
		return
	}
	if c.line > 0 {
		c.say(rule, field, fault.NewInvalid("Line %d: %s is missing.", c.line, fault.Word(what)))
		return
	}
	c.say(rule, field, fault.NewInvalid("%s is missing.", fault.Word(what)))
}

// length says that a text is too long.
func (c *checker) length(field, text string, most int) {
	if len(text) > most && utf8.RuneCountInString(text) > most {
		c.say("MS-02", field, fault.NewInvalid("The text %q is longer than %d letters.", clip(text), most))
	}
}

func clip(s string) string {
	if r := []rune(s[:min(len(s), 200)]); len(r) > 30 {
		return string(r[:30]) + "…"
	}
	return s
}

func known(d civil.Date) bool { return d != 0 && d.Known() }

// has reports whether a text says anything that can be seen.
func has(s string) bool {
	return strings.ContainsFunc(s, unicode.IsGraphic) && strings.TrimSpace(s) != ""
}

func (c *checker) head() {
	v := c.v
	if v.Kind != Bill && v.Kind != CreditNote && v.Kind != Fee {
		c.say("BR-04", "kind", fault.NewInvalid("A document is an invoice, a credit note or a fee."))
	}
	c.need(has(v.Number) || c.profile == Paper, "BR-02", "number", "The number")
	c.length("number", v.Number, 100)
	c.need(known(v.Issued), "BR-03", "issued", "The day of issue")
	if known(v.Issued) && known(v.Due) && v.Due < v.Issued {
		c.say("MS-03", "due", fault.NewInvalid("The document is due on %s, before it is issued on %s.", v.Due, v.Issued))
	}
	if !KnownCurrency(v.Currency) {
		c.say("BR-05", "currency", fault.NewInvalid("%q is not a currency: a code of ISO 4217 such as EUR.", string(v.Currency)))
	}
	c.need(has(v.Language), "MS-04", "language", "The language")
	if v.Period.From > v.Period.To {
		c.say("BR-29", "period", fault.NewInvalid("The period ends before it begins."))
	}
	for _, n := range v.Notes {
		c.length("notes", n, MaxText)
	}
	for _, s := range []string{v.BuyerReference, v.Order, v.Contract} {
		c.length("reference", s, MaxName)
	}
	c.need(len(v.Lines) > 0, "BR-16", "lines", "A line")
	if v.Prepaid < 0 {
		c.say("MS-05", "prepaid", fault.NewInvalid("What was paid before must not be below 0."))
	}
}

func (c *checker) party(who string, p *Party) {
	name, address, country := "BR-07", "BR-10", "BR-11"
	label := [...]string{"The name of the client", "The address of the client", "The country of the client"}
	if who == "seller" {
		name, address, country = "BR-06", "BR-08", "BR-09"
		label = [...]string{"The name of the firm", "The address of the firm", "The country of the firm"}
	}
	c.need(has(p.Name), name, who+".name", label[0])
	if who == "seller" {
		c.need(has(p.Address.Street) && has(p.Address.City), address, who+".address", label[1])
	}
	c.need(p.Address.Country != "", country, who+".address.country", label[2])
	if s := p.Address.Country; s != "" && !KnownCountry(s) {
		c.say(country, who+".address.country", fault.NewInvalid("%q is not a country: a code of ISO 3166 such as DE.", clip(s)))
	}
	for _, s := range []string{p.Name, p.Trading, p.Address.Street, p.Address.Extra, p.Address.City, p.Contact, p.Email, p.Endpoint} {
		c.length(who, s, MaxName)
	}
}

func (c *checker) references() {
	v := c.v
	if v.Kind == CreditNote {
		c.need(len(v.Preceding) > 0, "MS-06", "preceding", "The invoice that is credited")
	}
	for _, r := range v.Preceding {
		c.need(has(r.Number), "BR-55", "preceding", "The number of the earlier document")
		if known(r.Issued) && known(v.Issued) && r.Issued > v.Issued {
			c.say("MS-07", "preceding", fault.NewInvalid("The document %s is named as earlier, but is of a later day.", r.Number))
		}
	}
}

func (c *checker) payment() {
	p := &c.v.Pay
	for _, a := range [...][2]string{{"pay.iban", p.IBAN}, {"pay.debited", p.Debited}} {
		if a[1] != "" && !ValidIBAN(a[1]) {
			c.say("MS-08", a[0], fault.NewInvalid("%q is not a valid IBAN.", clip(a[1])))
		}
	}
	c.length("pay.terms", p.Terms, MaxText)
	c.length("pay.reference", p.Reference, 140)
	c.length("pay.link", p.Link, 2_000)
}

func (c *checker) item(l *Line) {
	c.need(has(l.Name), "BR-25", "name", "The name")
	c.need(unit(l.Unit), "BR-23", "unit", "The unit")
	c.length("name", l.Name, MaxName)
	c.length("description", l.Description, MaxText)
	sum := 0
	for _, s := range l.Why {
		sum += len(s) + 1
	}
	for _, s := range l.Evidence {
		sum += len(s) + 1
	}
	if sum > MaxText {
		c.say("MS-02", "why", fault.NewInvalid("Line %d: the reasons are longer than %d letters.", c.line, MaxText))
	}
	if l.Period.From > l.Period.To {
		c.say("BR-30", "period", fault.NewInvalid("Line %d: the period ends before it begins.", c.line))
	}
	if l.Quantity.Scale > money.MaxScale || tooMany(l.Quantity) {
		c.say("BR-22", "quantity", fault.NewInvalid("Line %d: the quantity %s is out of range.", c.line, l.Quantity))
	}
	if l.Price.Scale > money.MaxScale {
		c.say("BR-26", "price", fault.NewInvalid("Line %d: the price has more than %d decimal places.", c.line, money.MaxScale))
	}
	if l.Net > MaxAmount || l.Net < -MaxAmount {
		c.say("BR-24", "net", fault.NewInvalid("Line %d: the amount is out of range.", c.line))
	}
	for _, r := range l.Taxes {
		if err := r.Check(); err != nil {
			c.say("BR-CO-4", "taxes", fault.NewInvalid("Line %d: the tax is not valid.", c.line).Because(err))
		}
	}
}

func tooMany(q money.Decimal) bool {
	x := q.Exact()
	if x.Sign() < 0 {
		x = x.Neg()
	}
	return x.Cmp(money.Whole(MaxUnits)) > 0
}

// unit reports whether a code has the form of UN/ECE Recommendations 20 and 21.
func unit(s string) bool {
	if len(s) < 2 || len(s) > 3 {
		return false
	}
	for _, b := range []byte(s) {
		if (b < '0' || b > '9') && (b < 'A' || b > 'Z') {
			return false
		}
	}
	return true
}

func (c *checker) allowance(i int, a *Adjustment) {
	at := "allowances." + strconv.Itoa(i+1)
	if a.Net < 0 || a.Net > MaxAmount {
		c.say("BR-31", at, fault.NewInvalid("The discount %q is out of range: it is a positive amount.", clip(a.Reason)))
	}
	c.need(has(a.Reason), "BR-33", at+".reason", "The reason of a discount")
	for _, r := range a.Taxes {
		if err := r.Check(); err != nil {
			c.say("BR-32", at+".taxes", fault.NewInvalid("The tax of the discount %q is not valid.", clip(a.Reason)).Because(err))
		}
	}
}

// totals says where the document does not add up, and reports whether it could be summed at all.
func (c *checker) totals() bool {
	v := c.v
	want, err := v.Document().Total()
	if err != nil {
		c.say("BR-CO-10", "totals", fault.NewInvalid("The document cannot be summed.").Because(err))
		return false
	}
	got := &v.Totals
	for _, s := range []struct {
		rule, what string
		got, want  int64
	}{
		{"BR-CO-10", "The sum of the lines", got.Lines, want.Lines},
		{"BR-CO-11", "The sum of the discounts", got.Allowances, want.Allowances},
		{"BR-CO-12", "The sum of the surcharges", got.Charges, want.Charges},
		{"BR-CO-13", "The total without tax", got.Net, want.Net},
		{"BR-CO-14", "The tax", got.Tax, want.Tax},
		{"BR-CO-15", "The total with tax", got.Gross, want.Gross},
		{"BR-CO-16", "The amount due", got.Payable, want.Payable},
	} {
		if s.got != s.want {
			c.say(s.rule, "totals", fault.NewInvalid("%s is %s, but must be %s.", fault.Word(s.what), c.amount(s.got), c.amount(s.want)))
		}
	}
	if len(got.Groups) != len(want.Groups) {
		c.say("BR-CO-18", "totals", fault.NewInvalid("The document has %d groups of tax, but must have %d.", len(got.Groups), len(want.Groups)))
		return true
	}
	for i, g := range got.Groups {
		w := want.Groups[i]
		if g.Code != w.Code || g.Category != w.Category || trim(g.Percent) != trim(w.Percent) {
			c.say("BR-CO-18", "totals", fault.NewInvalid("The groups of tax are not those of the lines."))
			continue
		}
		if g.Base != w.Base {
			c.say("BR-"+letters(g.Category)+"-08", "totals", fault.NewInvalid("The amount that is taxed at %s %% is %s, but must be %s.", trim(g.Percent), c.amount(g.Base), c.amount(w.Base)))
		}
		if g.Tax != w.Tax {
			c.say("BR-CO-17", "totals", fault.NewInvalid("The tax at %s %% is %s, but must be %s.", trim(g.Percent), c.amount(g.Tax), c.amount(w.Tax)))
		}
	}
	if v.Kind == CreditNote && got.Gross < 0 {
		c.say("MS-09", "totals", fault.NewInvalid("A credit note must not give back less than nothing: it would be an invoice."))
	}
	return true
}

func (c *checker) amount(minor int64) money.Amount {
	return money.Amount{Minor: minor, Currency: c.v.Currency}
}

// letters is a category as the rules name it.
func letters(c rating.Category) string {
	if c == rating.IntraEU {
		return "IC"
	}
	return string(c)
}
