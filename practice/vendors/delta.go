// SPDX-License-Identifier: Apache-2.0

package vendors

import (
	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/catalogue"
)

// Delta is what vendors billed of an item for a client in a month beside what its agreements bill and what was counted. Quantities are
// averages over the days of the month; amounts are minor units.
type Delta struct {
	Client   ids.ID
	Item     ids.ID
	Name     string // of the item
	Counts   catalogue.Counts
	Currency money.Currency
	Vendors  []ids.ID
	Rows     int

	Bought     money.Exact
	Cost       int64
	Billed     money.Exact
	Low, High  money.Exact // the fewest and the most that were billed on any day
	Charged    int64
	Elsewhere  bool // some of it is charged in other money, and not in Charged
	Agreements []ids.ID
	Counted    money.Exact
	Known      bool         // Counted is known
	Facts      civil.Date   // the day of the newest fact; 0 = counted today
	Listed     *money.Exact // what one costs a month by the catalogue; nil = not known

	Units    money.Exact // Bought less Billed
	Expected int64       // what is billed would cost
	Priced   bool        // Expected is known
	Minor    int64       // Cost less Expected
	Stake    int64       // the money that the largest of its causes is about
	Causes   []Cause

	Seen   *Acknowledgement // of exactly this difference
	Before *Acknowledgement // of another difference of the same pair: it has changed since
}

// Cause is why a pair differs.
type Cause string

// The causes.
const (
	BoughtNotBilled  Cause = "bought-not-billed"
	BilledNotBought  Cause = "billed-not-bought"
	CountedNotBilled Cause = "counted-not-billed"
	PriceAbove       Cause = "price-above"  // one costs more than is charged for it
	CostChanged      Cause = "cost-changed" // one costs something else than the catalogue says
)

// Causes lists the causes in the order in which pages show them.
func Causes() []Cause {
	return []Cause{BoughtNotBilled, BilledNotBought, CountedNotBilled, PriceAbove, CostChanged}
}

// Differs reports whether there is anything to look at.
func (d *Delta) Differs() bool { return len(d.Causes) > 0 }

// Open reports whether somebody should look at it.
func (d *Delta) Open() bool { return d.Differs() && d.Seen == nil }

func (d *Delta) rank() int {
	switch {
	case d.Open():
		return 2
	case d.Differs():
		return 1
	}
	return 0
}

// tolerance is what amounts may differ by because they are rounded: one minor unit for each unit.
func (d *Delta) tolerance() (int64, error) {
	n := d.Bought
	if n.Cmp(d.Billed) < 0 {
		n = d.Billed
	}
	whole, err := n.Ceil()
	return max(1, whole), err
}

// judge fills in what differs and why.
func (d *Delta) judge() error {
	digits := d.Currency.Digits()
	d.Units = d.Bought.Minus(d.Billed)
	tolerance, err := d.tolerance()
	if err != nil {
		return err
	}
	one, oneKnown := money.Exact{}, false // what one costs a month
	if d.Listed != nil {
		one, oneKnown = *d.Listed, true
	} else if d.Bought.Sign() > 0 {
		one, oneKnown = money.Minor(d.Cost, digits).Over(d.Bought), true
	}
	if d.Priced = oneKnown; oneKnown {
		if d.Expected, err = one.Times(d.Billed).Round(digits); err != nil {
			return err
		}
		d.Minor = d.Cost - d.Expected
	}
	add := func(c Cause, stake int64) {
		d.Causes = append(d.Causes, c)
		d.Stake = max(d.Stake, stake, -stake)
	}
	// Vendors bill what changes within a month by other days than agreements do: a number that was billed on some day of it is no difference.
	switch {
	case d.Bought.Cmp(d.High) > 0:
		// Beyond what is lost in cost, the price is lost that would be charged.
		charge, err := d.share(d.Units)
		if err != nil {
			return err
		}
		add(BoughtNotBilled, max(charge, d.Minor))
	case d.Bought.Cmp(d.Low) < 0:
		add(BilledNotBought, d.Minor)
	}
	if d.Known && d.Counted.Cmp(d.High) > 0 {
		charge, err := d.share(d.Counted.Minus(d.High))
		if err != nil {
			return err
		}
		add(CountedNotBilled, charge)
	}
	return d.prices(add, tolerance, digits)
}

// share is what would be charged for some more units, 0 where nothing is charged at all.
func (d *Delta) share(units money.Exact) (int64, error) {
	if d.Billed.Sign() <= 0 {
		return 0, nil
	}
	return money.Whole(d.Charged).Times(units).Over(d.Billed).Round(0)
}

// prices compares what one costs with what is charged for it, and with the catalogue.
func (d *Delta) prices(add func(Cause, int64), tolerance int64, digits int) error {
	if d.Bought.Sign() <= 0 {
		return nil
	}
	if d.Billed.Sign() > 0 && !d.Elsewhere {
		loss, err := money.Whole(d.Cost).Times(d.Billed).Over(d.Bought).Minus(money.Whole(d.Charged)).Round(0)
		if err != nil {
			return err
		}
		if loss > tolerance {
			add(PriceAbove, loss)
		}
	}
	if d.Listed == nil {
		return nil
	}
	listed, err := d.Listed.Times(d.Bought).Round(digits)
	if err != nil {
		return err
	}
	if more := d.Cost - listed; more > tolerance || -more > tolerance {
		add(CostChanged, more)
	}
	return nil
}
