// SPDX-License-Identifier: Apache-2.0

package invoice

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// A run issues documents by the thousand, and each is written in its canonical form: so the writer is by hand, and a test holds it to
// what encoding/json makes of the same types.

// object writes the fields of one object.
type object struct{ b []byte }

func (o *object) key(name string) {
	if c := o.b[len(o.b)-1]; c != '{' {
		o.b = append(o.b, ',')
	}
	o.b = append(o.b, '"')
	o.b = append(o.b, name...)
	o.b = append(o.b, `":`...)
}

// text writes a field, must also where it is empty.
func (o *object) text(name, s string, must bool) {
	if s != "" || must {
		o.key(name)
		o.b = quote(o.b, s)
	}
}

func (o *object) id(name string, id ids.ID) {
	if id != 0 {
		o.key(name)
		o.b = append(id.Append(append(o.b, '"')), '"')
	}
}

func (o *object) int(name string, n int64, must bool) {
	if n != 0 || must {
		o.key(name)
		o.b = strconv.AppendInt(o.b, n, 10)
	}
}

func (o *object) decimal(name string, d money.Decimal) {
	o.key(name)
	o.b = append(d.Append(append(o.b, '"')), '"')
}

func (o *object) day(name string, d civil.Date) {
	if known(d) {
		o.key(name)
		o.b = append(d.Append(append(o.b, '"')), '"')
	}
}

func (o *object) period(name string, p rating.Period) {
	if p.Empty() {
		return
	}
	o.open(name)
	o.day("from", p.From)
	o.day("to", p.To)
	o.close()
}

func (o *object) open(name string) {
	o.key(name)
	o.b = append(o.b, '{')
}

func (o *object) close() { o.b = append(o.b, '}') }

// list writes n elements, and nothing where there are none.
func (o *object) list(name string, n int, element func(i int)) {
	if n > 0 {
		o.key(name)
		o.elements(n, element)
	}
}

func (o *object) elements(n int, element func(i int)) {
	o.b = append(o.b, '[')
	for i := range n {
		if i > 0 {
			o.b = append(o.b, ',')
		}
		element(i)
	}
	o.b = append(o.b, ']')
}

func (o *object) texts(name string, all []string) {
	o.list(name, len(all), func(i int) { o.b = quote(o.b, all[i]) })
}

func (o *object) rate(r rating.Rate) {
	o.text("code", r.Code, false)
	o.text("category", string(r.Category), true)
	o.decimal("percent", r.Percent)
}

func (o *object) rates(name string, all []rating.Rate) {
	o.list(name, len(all), func(i int) {
		o.b = append(o.b, '{')
		o.rate(all[i])
		o.close()
	})
}

// quote appends a JSON string as encoding/json writes it.
func quote(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' || c == 0x7f || c >= utf8.RuneSelf && odd(s[i:]) {
			q, _ := json.Marshal(s) // of a string, which never fails
			return append(b, q...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// odd reports whether a text begins with what encoding/json does not write as it stands: line and paragraph separators, or bytes that
// may be no letter. Bytes within a letter are not looked at again.
func odd(s string) bool {
	if s[0]&0xc0 == 0x80 {
		return false // within the letter before, which was whole
	}
	r, n := utf8.DecodeRuneInString(s)
	return r == utf8.RuneError || n == 3 && (r == '\u2028' || r == '\u2029')
}

func (v *Invoice) appendTo(b []byte) []byte {
	o := &object{append(b, '{')}
	o.int("form", form, true)
	o.text("id", v.ID.String(), true)
	o.text("kind", string(v.Kind), true)
	o.text("series", v.Series, false)
	o.text("number", v.Number, false)
	o.text("currency", string(v.Currency), true)
	o.text("language", v.Language, true)
	o.party("seller", &v.Seller)
	o.party("buyer", &v.Buyer)
	o.text("buyer_reference", v.BuyerReference, false)
	o.text("order", v.Order, false)
	o.text("contract", v.Contract, false)
	o.texts("notes", v.Notes)
	o.int("rounding", int64(v.Rounding), false)
	o.int("prepaid", v.Prepaid, false)
	o.list("tax_reasons", len(v.Reasons), func(i int) {
		r := &v.Reasons[i]
		o.b = append(o.b, '{')
		o.text("code", r.Code, true)
		o.text("vatex", r.VATEX, false)
		o.text("text", r.Text, true)
		o.close()
	})
	o.payment(&v.Pay)
	o.day("issued", v.Issued)
	o.day("due", v.Due)
	o.day("delivered", v.Delivered)
	o.period("period", v.Period)
	o.totals(&v.Totals)
	if o.key("lines"); v.Lines == nil {
		o.b = append(o.b, "null"...)
	} else {
		o.elements(len(v.Lines), func(i int) { o.line(&v.Lines[i]) })
	}
	o.list("allowances", len(v.Allowances), func(i int) {
		a := &v.Allowances[i]
		o.b = append(o.b, '{')
		o.text("reason", a.Reason, true)
		o.int("net", a.Net, true)
		o.rates("taxes", a.Taxes)
		o.close()
	})
	o.list("preceding", len(v.Preceding), func(i int) {
		r := &v.Preceding[i]
		o.b = append(o.b, '{')
		o.id("id", r.ID)
		o.text("number", r.Number, true)
		o.day("issued", r.Issued)
		o.close()
	})
	o.close()
	return o.b
}

func (o *object) party(name string, p *Party) {
	o.open(name)
	o.id("id", p.ID)
	o.text("name", p.Name, true)
	o.text("trading", p.Trading, false)
	o.open("address")
	o.text("street", p.Address.Street, false)
	o.text("extra", p.Address.Extra, false)
	o.text("city", p.Address.City, false)
	o.text("postcode", p.Address.Postcode, false)
	o.text("region", p.Address.Region, false)
	o.text("country", p.Address.Country, true)
	o.close()
	for _, f := range [...][2]string{
		{"vat", p.VAT},
		{"tax_id", p.TaxID},
		{"company", p.Company},
		{"endpoint", p.Endpoint},
		{"scheme", p.Scheme},
		{"contact", p.Contact},
		{"phone", p.Phone},
		{"email", p.Email},
		{"reference", p.Reference},
	} {
		o.text(f[0], f[1], false)
	}
	o.close()
}

func (o *object) line(l *Line) {
	o.b = append(o.b, '{')
	o.id("item", l.Item)
	o.id("agreement", l.Agreement)
	o.id("span", l.Span)
	o.text("code", l.Code, false)
	o.text("name", l.Name, true)
	o.text("description", l.Description, false)
	o.text("unit", l.Unit, true)
	o.int("net", l.Net, true)
	o.text("account", l.Account, false)
	o.texts("why", l.Why)
	o.texts("evidence", l.Evidence)
	o.period("period", l.Period)
	o.decimal("quantity", l.Quantity)
	o.decimal("price", l.Price)
	o.rates("taxes", l.Taxes)
	o.close()
}

func (o *object) payment(p *Payment) {
	o.open("pay")
	for _, f := range [...][2]string{
		{"terms", p.Terms},
		{"holder", p.Holder},
		{"iban", p.IBAN},
		{"bic", p.BIC},
		{"account", p.Account},
		{"reference", p.Reference},
		{"mandate", p.Mandate},
		{"debited", p.Debited},
		{"creditor", p.Creditor},
		{"link", p.Link},
	} {
		o.text(f[0], f[1], false)
	}
	o.close()
}

func (o *object) totals(t *rating.Totals) {
	o.open("totals")
	o.int("lines", t.Lines, true)
	o.int("allowances", t.Allowances, true)
	o.int("charges", t.Charges, true)
	o.int("net", t.Net, true)
	o.int("tax", t.Tax, true)
	o.int("gross", t.Gross, true)
	o.int("payable", t.Payable, true)
	o.list("groups", len(t.Groups), func(i int) {
		g := &t.Groups[i]
		o.b = append(o.b, '{')
		o.rate(g.Rate)
		o.int("base", g.Base, true)
		o.int("tax", g.Tax, true)
		o.close()
	})
	o.close()
}
