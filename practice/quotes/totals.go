// SPDX-License-Identifier: Apache-2.0

package quotes

import (
	"math/big"

	"mainstay/kit/fault"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
)

// Sum is what an interval comes to, in minor units and net of tax.
type Sum struct {
	Every    catalogue.Interval
	List     int64 // before the discount
	Discount int64 // above 0
	Net      int64
}

// Totals are the sums of a choice.
type Totals struct {
	Sums    []Sum // by interval; those without a line are left out
	Month   int64 // what recurs as a month's share, with the minimum, rounded
	Lifted  int64 // what the minimum adds to it
	Once    int64
	Deposit int64
}

// Of returns the sum of an interval.
func (t *Totals) Of(every catalogue.Interval) Sum {
	for _, s := range t.Sums {
		if s.Every == every {
			return s
		}
	}
	return Sum{Every: every}
}

func tooLarge(err error) error {
	return fault.NewInvalid("The amount is too large to be reckoned.").On("lines").Because(err)
}

// Discounted reports whether the discount is on a line.
func (c *Content) Discounted(l *Line) bool {
	return c.Discount.Coef > 0 && (c.On == Everything || (c.On == OneTime) == (l.Every == catalogue.Once))
}

// Price is a line's price after the discount.
func (c *Content) Price(l *Line) (rating.Price, error) {
	if !c.Discounted(l) {
		return l.Price, nil
	}
	p := l.Price
	rest, err := money.ParseDecimal(money.Whole(100).Minus(c.Discount.Exact()).String())
	if err != nil {
		return p, err
	}
	factor := money.Decimal{Coef: rest.Coef, Scale: rest.Scale + 2}
	lower := func(d money.Decimal) money.Decimal {
		if err != nil {
			return d
		}
		d, err = times(d, factor)
		return d
	}
	p.Unit = lower(p.Unit)
	p.Tiers = nil
	for _, t := range l.Price.Tiers {
		t.Unit, t.Flat = lower(t.Unit), lower(t.Flat)
		p.Tiers = append(p.Tiers, t)
	}
	if p.Least != nil {
		d := lower(*p.Least)
		p.Least = &d
	}
	if p.Most != nil {
		d := lower(*p.Most)
		p.Most = &d
	}
	return p, err
}

// times multiplies exactly; what would need more than 9 decimal places is refused.
func times(a, b money.Decimal) (money.Decimal, error) {
	n := new(big.Int).Mul(big.NewInt(a.Coef), big.NewInt(b.Coef))
	scale := int(a.Scale) + int(b.Scale)
	ten, rest := big.NewInt(10), new(big.Int)
	for scale > 0 {
		q, r := new(big.Int).QuoRem(n, ten, rest)
		if r.Sign() != 0 {
			break
		}
		n, scale = q, scale-1
	}
	if !n.IsInt64() || scale > money.MaxScale {
		return money.Decimal{}, fault.NewInvalid("With this discount a price would need more than %d decimal places.", money.MaxScale).On("discount")
	}
	return money.Decimal{Coef: n.Int64(), Scale: uint8(scale)}, nil
}

// Net is what a line comes to in its interval after the discount, rounded once as an invoice rounds it.
func (c *Content) Net(l *Line) (int64, error) {
	p, err := c.Price(l)
	if err != nil {
		return 0, err
	}
	n, err := p.Rate(l.Quantity.Exact()).Net.Round(c.Currency.Digits())
	if err != nil {
		return 0, tooLarge(err)
	}
	return n, nil
}

// List is what a line comes to before the discount.
func (c *Content) List(l *Line) (int64, error) {
	n, err := l.Price.Rate(l.Quantity.Exact()).Net.Round(c.Currency.Digits())
	if err != nil {
		return 0, tooLarge(err)
	}
	return n, nil
}

// Totals sums what is chosen.
func (c *Content) Totals(ch Choice) (t Totals, err error) {
	sums := map[catalogue.Interval]*Sum{}
	for i := range c.Lines {
		l := &c.Lines[i]
		if !ch.Takes(l) {
			continue
		}
		s := sums[l.Every]
		if s == nil {
			s = &Sum{Every: l.Every}
			sums[l.Every] = s
		}
		list, err := c.List(l)
		if err != nil {
			return t, err
		}
		net, err := c.Net(l)
		if err != nil {
			return t, err
		}
		if s.List, err = money.AddMinor(s.List, list); err != nil {
			return t, tooLarge(err)
		}
		if s.Net, err = money.AddMinor(s.Net, net); err != nil {
			return t, tooLarge(err)
		}
	}
	var month money.Exact
	for _, every := range catalogue.Intervals() {
		s := sums[every]
		if s == nil {
			continue
		}
		s.Discount = s.List - s.Net
		t.Sums = append(t.Sums, *s)
		if m := every.Months(); m > 0 {
			month = month.Plus(money.Minor(s.Net, c.Currency.Digits()).Times(money.Fraction(1, m)))
		} else {
			t.Once = s.Net
		}
	}
	recurs := month.Sign() > 0 || len(t.Sums) > 0 && t.Sums[0].Every != catalogue.Once
	if lift := c.Least.Exact().Minus(month); recurs && lift.Sign() > 0 {
		if t.Lifted, err = lift.Round(c.Currency.Digits()); err != nil {
			return t, tooLarge(err)
		}
		month = c.Least.Exact()
	}
	if t.Month, err = month.Round(c.Currency.Digits()); err != nil {
		return t, tooLarge(err)
	}
	t.Deposit, err = c.deposit(t.Once)
	return t, err
}

// deposit is what is paid of once on acceptance, never more than that.
func (c *Content) deposit(once int64) (int64, error) {
	d := c.Deposit.Amount.Exact()
	if c.Deposit.Percent.Coef > 0 {
		d = money.Minor(once, c.Currency.Digits()).Times(c.Deposit.Percent.Exact()).Times(money.Fraction(1, 100))
	}
	n, err := d.Round(c.Currency.Digits())
	if err != nil {
		return 0, tooLarge(err)
	}
	return min(n, once), nil
}
