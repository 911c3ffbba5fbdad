// SPDX-License-Identifier: Apache-2.0

package export

import (
	"cmp"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/money"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
)

// row is a line of a document as other programs take it: discounts of the whole document are lines of their own, below zero, and so is
// all of a credit note.
type row struct {
	Code, Text      string
	Quantity, Price money.Decimal // Quantity × Price is Net; the price is never below zero
	Net, Tax        int64
	Rate            rating.Rate // of its first tax
	Account         string
	First           civil.Date
}

// rows returns the lines of a document, after a look at whether it adds up.
func rows(v *invoice.Invoice, account string) ([]row, error) {
	if err := v.Check(invoice.Paper).Err(); err != nil {
		return nil, err
	}
	if v.Number == "" {
		return nil, fault.NewInvalid("A draft is not exported: it has no number.")
	}
	digits := uint8(v.Currency.Digits())
	sign := int64(1)
	if v.Kind == invoice.CreditNote {
		sign = -1
	}
	var out []row
	taxes := shares{v: v}
	for i := range v.Lines {
		l := &v.Lines[i]
		s := v.State(l)
		r := row{Code: l.Code, Text: l.Name, Quantity: s.Quantity, Price: s.Price, Net: l.Net, Rate: invoice.TaxOf(l.Taxes), Account: cmp.Or(l.Account, account), First: l.Period.From}
		if l.Description != "" {
			r.Text += ": " + l.Description
		}
		n, err := s.Quantity.Exact().Times(s.Price.Exact()).Round(int(digits))
		if !s.Plain || s.Quantity.Scale > 4 || s.Price.Scale > 4 || err != nil || n != l.Net {
			r.Quantity, r.Price = money.Decimal{Coef: 1}, money.Decimal{Coef: l.Net, Scale: digits}
			if l.Net < 0 {
				r.Quantity.Coef, r.Price.Coef = -1, -l.Net
			}
			r.Text += " (" + strings.TrimSpace(trim(l.Quantity).String()+" "+unit(l.Unit)) + ")"
		}
		if l.Period.Empty() {
			r.First = civil.NoDate
		}
		var e error
		if r.Tax, e = taxes.of(l.Taxes, l.Net); e != nil {
			return nil, e
		}
		out = append(out, r)
	}
	for i := range v.Allowances {
		a := &v.Allowances[i]
		r := row{Text: a.Reason, Quantity: money.Decimal{Coef: -1}, Price: money.Decimal{Coef: a.Net, Scale: digits}, Net: -a.Net, Rate: invoice.TaxOf(a.Taxes), Account: account, First: civil.NoDate}
		var e error
		if r.Tax, e = taxes.of(a.Taxes, -a.Net); e != nil {
			return nil, e
		}
		out = append(out, r)
	}
	sum := int64(0)
	for i := range out {
		sum += out[i].Tax
		out[i].Net, out[i].Tax, out[i].Quantity.Coef = sign*out[i].Net, sign*out[i].Tax, sign*out[i].Quantity.Coef
	}
	if sum != v.Totals.Tax {
		return nil, fault.NewInvalid("The taxes of the lines of %s do not come to the tax of the document.", v.Number)
	}
	return out, nil
}

func unit(code string) string {
	return map[string]string{"HUR": "h", "DAY": "d", "KMT": "km", "E34": "GB"}[code]
}

func trim(d money.Decimal) money.Decimal {
	for d.Scale > 0 && d.Coef%10 == 0 {
		d.Coef, d.Scale = d.Coef/10, d.Scale-1
	}
	return d
}

// shares gives each line its part of the tax of a document: what the tax of the lines up to it comes to, less what was given before.
// The parts of a rate so sum to its tax. Where the document rounds by line, each line has its own.
type shares struct {
	v     *invoice.Invoice
	rates []rating.Rate
	net   []int64
	given []int64
}

func (s *shares) of(taxes []rating.Rate, net int64) (sum int64, err error) {
	for _, r := range taxes {
		r.Percent = trim(r.Percent)
		i := 0
		for i < len(s.rates) && s.rates[i] != r {
			i++
		}
		if i == len(s.rates) {
			s.rates, s.net, s.given = append(s.rates, r), append(s.net, 0), append(s.given, 0)
		}
		if s.v.Rounding == rating.ByLine {
			s.net[i], s.given[i] = 0, 0
		}
		s.net[i] += net
		n, err := money.Whole(s.net[i]).Times(r.Percent.Exact()).Times(money.Fraction(1, 100)).Round(0)
		if err != nil {
			return 0, fault.NewInvalid("The amounts of %s are too large.", s.v.Number).Because(err)
		}
		sum += n - s.given[i]
		s.given[i] = n
	}
	return sum, nil
}

// safe is a text that a spreadsheet takes for a text: what begins like a formula gets an apostrophe.
func safe(s string) string {
	s = line(s, 4000)
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// dayFirst and monthFirst are how programs write days.
func dayFirst(d civil.Date) string   { return dated(d, false) }
func monthFirst(d civil.Date) string { return dated(d, true) }

func dated(d civil.Date, month bool) string {
	if d == 0 || !d.Known() {
		return ""
	}
	s := d.String()
	if month {
		return s[5:7] + "/" + s[8:] + "/" + s[:4]
	}
	return s[8:] + "/" + s[5:7] + "/" + s[:4]
}
