// SPDX-License-Identifier: Apache-2.0

package rating

import (
	"cmp"
	"slices"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
)

// Rule is how the billed quantity of a period follows from facts.
type Rule uint8

// The rules. All but [Sum] take a fact as the level that holds from its day on, 0 before the first.
const (
	// EachDay: every level for its own days, in advance with charges and credits as it changes.
	EachDay Rule = iota
	// AtEnd: the level of the period's last day.
	AtEnd
	// AtStart: the level of the period's first day.
	AtStart
	// Maximum: the highest level; in advance this is the high-water mark: 10, 5, 15 bills 10, 0, 5.
	Maximum
	// Average: of the period's days, each counting once.
	Average
	// DayByDay: one line in arrears in which each unit is prorated in its tier and flat fees are due in full.
	DayByDay
	// Sum: facts are what was used on their days; in arrears, and not prorated.
	Sum
)

// MaxQuantity bounds a fact's quantity.
const MaxQuantity = 1_000_000_000

// Fact is how many there were on a day (or were used, for [Sum]), and how that is known. Of two facts of one day the later in
// the list is true; facts are never changed, only followed.
type Fact struct {
	ID       ids.ID
	Day      civil.Date
	Quantity money.Decimal
	Source   string // the estate, users, a vendor, by hand: for the explanation
}

// Check says what is wrong with a fact.
func (f Fact) Check() error {
	switch {
	case !f.Day.Known():
		return fault.NewInvalid("A quantity must have a day.").On("day")
	case f.Quantity.Coef < 0:
		return fault.NewInvalid("A quantity must not be below 0.").On("quantity")
	case f.Quantity.Scale > money.MaxScale || f.Quantity.Exact().Cmp(money.Whole(MaxQuantity)) > 0:
		return fault.NewInvalid("A quantity is at most %d, with at most %d decimal places.", MaxQuantity, money.MaxScale).On("quantity")
	}
	return nil
}

// Level is a quantity that held for a period, and the fact that says so (0 before the first).
type Level struct {
	Period   Period
	Quantity money.Decimal
	Fact     ids.ID
}

// order returns the facts by day; of one day only the last.
func order(facts []Fact) []Fact {
	sorted := slices.IsSortedFunc(facts, func(a, b Fact) int {
		if a.Day == b.Day {
			return -1 // two of one day need the work below
		}
		return cmp.Compare(a.Day, b.Day)
	})
	if sorted {
		return facts
	}
	facts = slices.Clone(facts)
	slices.SortStableFunc(facts, func(a, b Fact) int { return cmp.Compare(a.Day, b.Day) })
	out := facts[:0]
	for i, f := range facts {
		if i+1 < len(facts) && facts[i+1].Day == f.Day {
			continue
		}
		out = append(out, f)
	}
	return out
}

// Levels returns the quantities of p in their order, equal neighbours as one. Facts after through are not known yet: what
// held then goes on.
func Levels(facts []Fact, p Period, through civil.Date) []Level {
	return levels(order(facts), p, through)
}

func levels(facts []Fact, p Period, through civil.Date) []Level {
	if p.Empty() {
		return nil
	}
	known, _ := slices.BinarySearchFunc(facts, through+1, func(f Fact, d civil.Date) int { return cmp.Compare(f.Day, d) })
	facts = facts[:known]
	i, _ := slices.BinarySearchFunc(facts, p.From, func(f Fact, d civil.Date) int { return cmp.Compare(f.Day, d) })
	now := Level{Period: p}
	switch {
	case i < len(facts) && facts[i].Day == p.From:
		now.Quantity, now.Fact = trim(facts[i].Quantity), facts[i].ID
		i++
	case i > 0:
		now.Quantity, now.Fact = trim(facts[i-1].Quantity), facts[i-1].ID
	}
	var out []Level
	for ; i < len(facts) && facts[i].Day < p.To; i++ {
		q := trim(facts[i].Quantity)
		if q == now.Quantity {
			continue
		}
		now.Period.To = facts[i].Day
		out = append(out, now)
		now = Level{Period{facts[i].Day, p.To}, q, facts[i].ID}
	}
	return append(out, now)
}

// Used returns the sum of the facts within p, for [Sum]: all of them count, also several of one day.
func Used(facts []Fact, p Period) (sum money.Exact, in []Fact) {
	for _, f := range facts {
		if p.Has(f.Day) {
			sum, in = sum.Plus(f.Quantity.Exact()), append(in, f)
		}
	}
	return sum, in
}

// Of returns the one quantity of levels that follow each other, by any rule but [EachDay], [DayByDay] and [Sum].
func (r Rule) Of(levels []Level) money.Exact {
	if len(levels) == 0 {
		return money.Exact{}
	}
	switch r {
	case AtStart:
		return levels[0].Quantity.Exact()
	case Maximum:
		var most money.Exact
		for _, l := range levels {
			if q := l.Quantity.Exact(); q.Cmp(most) > 0 {
				most = q
			}
		}
		return most
	case Average:
		var sum money.Exact
		n := 0
		for _, l := range levels {
			sum = sum.Plus(l.Quantity.Exact().Times(money.Whole(int64(l.Period.Days()))))
			n += l.Period.Days()
		}
		return sum.Times(money.Fraction(1, int64(n)))
	}
	return levels[len(levels)-1].Quantity.Exact()
}

// trim removes zeros at the end, so that equal quantities are equal values.
func trim(d money.Decimal) money.Decimal {
	for d.Scale > 0 && d.Coef%10 == 0 {
		d.Coef, d.Scale = d.Coef/10, d.Scale-1
	}
	return d
}
