// SPDX-License-Identifier: Apache-2.0

package agreements

import (
	"mainstay/kit/civil"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// Monthly is what the recurring lines come to in a month, as they stand on a day, in minor units: the price of the quantity in
// a whole interval, divided by its months. What is charged once or by use has no part in it.
func (a *Agreement) Monthly(day civil.Date) (int64, error) {
	var sum money.Exact
	for i := range a.Lines {
		sum = sum.Plus(a.Lines[i].Monthly(day))
	}
	return sum.Round(a.Currency.Digits())
}

// Monthly is what a line comes to in a month as it stands on a day, in units of the currency.
func (l *Line) Monthly(day civil.Date) money.Exact {
	t := l.On(day)
	if t == nil || t.Once || t.Rule == rating.Sum {
		return money.Exact{}
	}
	n, _ := l.Quantity(day)
	return t.Price.Rate(n.Exact()).Net.Times(perMonth(t.Cycle))
}

// perMonth is how many intervals a month has: of weeks and days, a twelfth of a year of 365¼ days.
func perMonth(c rating.Cycle) money.Exact {
	every := int64(max(1, c.Every))
	switch c.Unit {
	case rating.Quarter:
		return money.Fraction(1, 3*every)
	case rating.Year:
		return money.Fraction(1, 12*every)
	case rating.Week:
		return money.Fraction(1461, 48*7*every)
	case rating.Day:
		return money.Fraction(1461, 48*every)
	}
	return money.Fraction(1, every)
}

// Reference is the day that an agreement is shown for when none is chosen: today, but within its life.
func (a *Agreement) Reference(today civil.Date) civil.Date {
	day := max(today, a.Starts)
	if a.Ends.Known() {
		day = min(day, a.Ends)
	}
	return day
}

// Draft returns an agreement as it stands on a day as what a draft is made of: to edit it, or to make another one like it.
// Lines that have ended by then are left out.
func (a *Agreement) Draft(day civil.Date) NewAgreement {
	d := NewAgreement{Head: a.Head}
	for i := range a.Lines {
		l := &a.Lines[i]
		t := l.On(day)
		if t == nil {
			continue
		}
		n := NewLine{Copy: l.Copy, Terms: *t}
		n.Terms.ID = 0
		if q, f := l.Quantity(day); f.ID != 0 && t.Rule != rating.Sum {
			n.Quantity = &q
		}
		for k := range a.Pots {
			if a.Pots[k].Line == l.ID && a.Pots[k].Valid.Has(day) {
				n.Pot = 1
				for _, before := range a.Pots[:k] {
					if before.Valid.Has(day) {
						n.Pot++
					}
				}
			}
		}
		d.Lines = append(d.Lines, n)
	}
	for _, p := range a.Pots {
		if !p.Valid.Has(day) {
			continue
		}
		p.ID, p.Line, p.Follows, p.Bought = 0, 0, 0, nil
		d.Pots = append(d.Pots, p)
	}
	return d
}
