// SPDX-License-Identifier: Apache-2.0

package invoice

import (
	"cmp"
	"math"
	"slices"

	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// Stated is how a line's net amount is put in an electronic invoice: Quantity × Price ÷ Base is the net amount (docs/adr/0024).
type Stated struct {
	Quantity money.Decimal // below zero where the line gives back
	Price    money.Decimal // never below zero (BR-27)
	Base     money.Decimal // how many units Price is for: above zero; 1 where the price is that of one unit
	Plain    bool          // Price is the agreed one
}

var one = money.Decimal{Coef: 1}

// State returns how a line is put. Where the agreed price times the quantity is the net amount that is what is said; where it is
// not, because the line is prorated, in tiers or at its minimum, the price is that of the whole quantity, and the agreed price
// stands among the reasons.
func (v *Invoice) State(l *Line) Stated {
	digits := v.Currency.Digits()
	if comesTo(l.Quantity.Exact().Times(l.Price.Exact()), l.Net, digits) {
		q, p := l.Quantity, l.Price
		if p.Coef < 0 {
			q.Coef, p.Coef = -q.Coef, -p.Coef
		}
		return Stated{q, p, one, true}
	}
	q := l.Quantity
	if q.Coef == 0 {
		q = one
	}
	if q.Coef < 0 {
		q.Coef = -q.Coef
	}
	s := Stated{Quantity: q, Base: q, Price: money.Decimal{Coef: l.Net, Scale: uint8(digits)}}
	if l.Net < 0 {
		s.Price.Coef, s.Quantity.Coef = -l.Net, -q.Coef
	}
	return s
}

// comesTo reports whether an exact amount is a rounded one. Where a currency has fewer than two decimal places it must be so to a
// hundredth: the rule that quantity × price is the amount knows no others (PEPPOL-EN16931-R120 allows 0.02, whatever the currency).
func comesTo(x money.Exact, minor int64, digits int) bool {
	n, err := x.Round(max(digits, 2))
	for range max(0, 2-digits) {
		if minor > maxWhole || minor < -maxWhole {
			return false
		}
		minor *= 10
	}
	return err == nil && n == minor
}

// maxWhole is the largest amount that can be written with one decimal place more.
const maxWhole = math.MaxInt64 / 10

// Net is what the statement comes to, in minor units of a currency with so many decimal places.
func (s Stated) Net(digits int) (int64, error) {
	x := s.Quantity.Exact().Times(s.Price.Exact())
	if s.Base != one {
		x = x.Over(s.Base.Exact())
	}
	return x.Round(digits)
}

// Document is what the totals are reckoned from.
func (v *Invoice) Document() *rating.Document {
	d := &rating.Document{Rounding: v.Rounding, Prepaid: v.Prepaid, Lines: make([]rating.Item, len(v.Lines))}
	for i := range v.Lines {
		d.Lines[i] = rating.Item{Minor: v.Lines[i].Net, Taxes: v.Lines[i].Taxes}
	}
	for i := range v.Allowances {
		d.Allowances = append(d.Allowances, rating.Item{Minor: v.Allowances[i].Net, Taxes: v.Allowances[i].Taxes})
	}
	return d
}

// Tax is one row of the breakdown of the tax (BG-23): everything of one category and percentage, whatever the firm's codes.
type Tax struct {
	Category rating.Category
	Percent  money.Decimal // without trailing zeros
	Base     int64
	Tax      int64
	Reason   TaxReason // empty where there is none
}

// Breakdown returns the groups of the totals put together by category and percentage, in their order.
func (v *Invoice) Breakdown() []Tax {
	var out []Tax
	for _, g := range v.Totals.Groups {
		p := trim(g.Percent)
		i := slices.IndexFunc(out, func(t Tax) bool { return t.Category == g.Category && t.Percent == p })
		if i < 0 {
			i, out = len(out), append(out, Tax{Category: g.Category, Percent: p})
		}
		out[i].Base += g.Base
		out[i].Tax += g.Tax
		out[i].Reason.VATEX = cmp.Or(out[i].Reason.VATEX, v.reason(g.Code).VATEX)
		out[i].Reason.Text = cmp.Or(out[i].Reason.Text, v.reason(g.Code).Text)
	}
	return out
}

func (v *Invoice) reason(code string) TaxReason {
	for _, r := range v.Reasons {
		if r.Code == code {
			return r
		}
	}
	return TaxReason{}
}

// TaxOf returns the one tax of a line or discount: not subject to tax where it has none.
func TaxOf(taxes []rating.Rate) rating.Rate {
	if len(taxes) == 0 {
		return rating.Rate{Category: rating.Outside}
	}
	r := taxes[0]
	r.Percent = trim(r.Percent)
	return r
}

// Untaxed reports whether nothing of the document is subject to tax: then it names no VAT identifier (BR-O-02 to BR-O-04).
func (v *Invoice) Untaxed() bool {
	for _, g := range v.Totals.Groups {
		if g.Category == rating.Outside {
			return true
		}
	}
	return false
}

// Span returns the days of the whole document: its own, else from the first to the last day of its lines; empty where none has any.
func (v *Invoice) Span() rating.Period {
	if !v.Period.Empty() {
		return v.Period
	}
	var p rating.Period
	for i := range v.Lines {
		switch q := v.Lines[i].Period; {
		case q.Empty():
		case p.Empty():
			p = q
		default:
			p.From, p.To = min(p.From, q.From), max(p.To, q.To)
		}
	}
	return p
}

func trim(d money.Decimal) money.Decimal {
	for d.Scale > 0 && d.Coef%10 == 0 {
		d.Coef, d.Scale = d.Coef/10, d.Scale-1
	}
	return d
}
