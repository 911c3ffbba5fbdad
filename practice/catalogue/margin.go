// SPDX-License-Identifier: Apache-2.0

package catalogue

import (
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// Gap is why a margin cannot be told.
type Gap string

// The gaps.
const (
	NoGap      Gap = ""
	NoPrice    Gap = "no-price"
	NoCost     Gap = "no-cost"  // a blind spot
	Mismatched Gap = "interval" // a price each month and a cost once, or the other way round
)

// Margin is what a price leaves after the cost of the same quantity, for the price's interval. Of a price in tiers or packages
// the Quantity is the one at which least is left.
type Margin struct {
	Gap      Gap
	Quantity money.Exact
	Charge   money.Exact // before rounding, without minimum and maximum
	Cost     money.Exact
	Left     money.Exact   // Charge − Cost
	Percent  money.Decimal // of Charge, one decimal place; 0 where nothing is charged
	Below    bool          // less than nothing is left
}

// MarginOf compares a price with a cost of its currency. nil = there is none.
func MarginOf(p *Price, c *Cost) Margin {
	switch {
	case p == nil:
		return Margin{Gap: NoPrice}
	case c == nil:
		return Margin{Gap: NoCost}
	}
	each, ok := per(c.Unit.Exact(), c.Every, p.Every)
	if !ok {
		return Margin{Gap: Mismatched}
	}
	var worst Margin
	for i, q := range quantities(&p.Price) {
		bare := p.Price
		bare.Least, bare.Most = nil, nil
		m := Margin{Quantity: q, Charge: bare.Rate(q).Net, Cost: each.Times(q)}
		m.Left = m.Charge.Minus(m.Cost)
		if i == 0 || worse(m, worst) {
			worst = m
		}
	}
	worst.Below = worst.Left.Sign() < 0
	worst.Percent = percent(worst.Left, worst.Charge)
	return worst
}

// per turns an amount for one interval into that for another; what comes once cannot be turned.
func per(x money.Exact, from, to Interval) (money.Exact, bool) {
	if from == to {
		return x, true
	}
	if from.Months() == 0 || to.Months() == 0 {
		return money.Exact{}, false
	}
	return x.Times(money.Fraction(to.Months(), from.Months())), true
}

// quantities are those at which a price can leave least: one unit; a full package; each tier's first and last unit.
func quantities(p *rating.Price) []money.Exact {
	one := money.Whole(1)
	switch p.Model {
	case rating.Package:
		return []money.Exact{p.Free.Exact().Plus(p.Size.Exact())}
	case rating.Graduated, rating.Volume:
		out := []money.Exact{one}
		for _, t := range p.Tiers {
			if !t.Open {
				out = append(out, t.UpTo.Exact(), t.UpTo.Exact().Plus(one), t.UpTo.Exact().Times(money.Whole(10)))
			}
		}
		return out
	}
	return []money.Exact{one}
}

// worse compares shares: left ÷ charge, where nothing is charged by what is left.
func worse(a, b Margin) bool {
	if a.Charge.Sign() == 0 || b.Charge.Sign() == 0 {
		return a.Left.Cmp(b.Left) < 0
	}
	return a.Left.Times(b.Charge).Cmp(b.Left.Times(a.Charge)) < 0
}

func percent(part, whole money.Exact) money.Decimal {
	if whole.Sign() == 0 {
		return money.Decimal{Scale: 1}
	}
	n, err := part.Times(money.Whole(100)).Over(whole).Round(1)
	if err != nil { // beyond any meaning
		return money.Decimal{Scale: 1}
	}
	return money.Decimal{Coef: n, Scale: 1}
}
