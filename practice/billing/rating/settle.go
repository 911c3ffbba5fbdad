// SPDX-License-Identifier: Apache-2.0

package rating

import (
	"cmp"
	"math"
	"slices"

	"mainstay/kit/money"
)

// settle adds the entries that make what is billed of a group what is wanted. Whatever happened before, the amounts of a
// group then sum to its wanted days' price, rounded once, unless a credit was capped.
func (r *run) settle(g *group) error {
	covered, sum := []Period(nil), int64(0)
	for _, c := range g.billed {
		covered = join(covered, c.active)
		var err error
		if sum, err = add(sum, c.engine); err != nil {
			return err
		}
	}
	missing, surplus := without(g.pieces, covered), without(covered, g.pieces)
	wanted, _, err := g.amount(g.pieces, r.ask.Digits)
	if err != nil {
		return err
	}
	target := wanted
	if len(surplus) > 0 && len(missing) > 0 {
		if target, _, err = g.amount(without(covered, surplus), r.ask.Digits); err != nil {
			return err
		}
	}
	kept := nearer(sum, target) // what is left billed after the credits
	if err := r.credit(g, surplus, sum-kept); err != nil {
		return err
	}
	return r.charge(g, missing, covered, wanted, kept)
}

// nearer returns to where it lies between 0 and from, so that what is taken from from is never more than it; else from.
func nearer(from, to int64) int64 {
	if from >= 0 && to < from {
		return max(to, 0)
	}
	if from < 0 && to > from {
		return min(to, 0)
	}
	return from
}

// credit takes total from the charges that billed the surplus days; where there are none it is a correction of money alone,
// from the newest charge backwards.
func (r *run) credit(g *group, surplus []Period, total int64) error {
	type share struct {
		c      *charge
		days   []Period
		weight money.Exact
	}
	if total == 0 {
		return nil
	}
	var whole, partly []share
	for i := len(g.billed) - 1; i >= 0; i-- {
		c := g.billed[i]
		over := without(c.active, g.pieces)
		switch {
		case len(over) == 0:
		case days(over) == days(c.active):
			whole = append(whole, share{c, over, money.Exact{}})
		default:
			partly = append(partly, share{c, over, money.Whole(c.engine).Times(money.Fraction(int64(days(over)), int64(days(c.active))))})
		}
	}
	note := NoteUnused
	rest := total
	give := func(s share, n int64) error {
		rest -= n
		return r.giveBack(g, s.c, s.days, n, note)
	}
	if len(surplus) == 0 || len(whole)+len(partly) == 0 {
		note = NoteCorrect
		forgiven := int64(0) // by hand: not to be taken a second time from another charge
		for _, c := range g.billed {
			forgiven += c.engine - c.left
		}
		rest -= clampTo(forgiven, rest)
		for i := len(g.billed) - 1; i >= 0 && rest != 0; i-- {
			if n := clampTo(g.billed[i].left, rest); n != 0 {
				if err := give(share{c: g.billed[i]}, n); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for _, s := range whole {
		if err := give(s, clampTo(s.c.engine, rest)); err != nil {
			return err
		}
	}
	// What remains is shared by weight and rounded cumulatively, so that it sums exactly.
	var all, sofar money.Exact
	for _, s := range partly {
		all = all.Plus(s.weight)
	}
	given, share0 := int64(0), money.Whole(rest)
	for i, s := range partly {
		sofar = sofar.Plus(s.weight)
		upTo := share0
		if i < len(partly)-1 && all.Sign() != 0 {
			upTo = share0.Times(sofar).Over(all)
		}
		n, err := upTo.Round(0)
		if err != nil {
			return tooLarge(err)
		}
		if err := give(s, n-given); err != nil {
			return err
		}
		given = n
	}
	return nil
}

// clampTo returns the part of n that has have's sign and is not larger than have.
func clampTo(have, n int64) int64 {
	if have >= 0 {
		return max(0, min(have, n))
	}
	return min(0, max(have, n))
}

// giveBack writes the credit of n on a charge, at most what is left of it: one entry for each run of days.
func (r *run) giveBack(g *group, c *charge, set []Period, n int64, note NoteCode) error {
	wanted := n
	n = clampTo(c.left, n)
	if n == 0 && wanted == 0 {
		return nil
	}
	if n == math.MinInt64 {
		return tooLarge(money.ErrRange)
	}
	if len(set) == 0 {
		set = []Period{{c.Period.From, c.Period.From}}
	}
	total, passed, given := days(set), 0, int64(0)
	for _, p := range set {
		passed += p.Days()
		upTo := n
		if passed < total {
			var err error
			if upTo, err = money.Whole(n).Times(money.Fraction(int64(passed), int64(total))).Round(0); err != nil {
				return tooLarge(err)
			}
		}
		e := Entry{Span: Span{
			Line: r.line.ID, Terms: c.Terms, Kind: Credit, Of: c.ID, Period: p, Bill: c.Bill, Quantity: c.Quantity, Amount: given - upTo, Run: r.ask.Today,
		}}
		e.Why = Why{Rule: g.why.Rule, Quantity: c.Quantity.Exact(), Prorate: g.why.Prorate}
		if g.terms != nil && !p.Empty() && !g.fixed {
			e.Why.Steps, e.Why.Whole = g.why.Steps, g.whole
			_, e.Why.Parts = g.terms.Prorate.Share(g.terms.Cycle, p)
		}
		e.Why.note(Note{Code: note, Minor: c.Amount, Days: c.Period})
		if n != wanted {
			e.Why.note(Note{Code: NoteCapped, Minor: -wanted})
		}
		r.out = append(r.out, e)
		given = upTo
	}
	c.left -= n
	return nil
}

// charge bills the missing days, or what a whole period costs more than was billed.
func (r *run) charge(g *group, missing, covered []Period, wanted, kept int64) error {
	total := wanted - kept
	if g.terms == nil {
		return nil
	}
	if len(missing) == 0 {
		if (total > 0) == (wanted > 0) && total != 0 {
			return r.topUp(g, total, kept)
		}
		return nil
	}
	if total == 0 && len(covered) > 0 {
		return nil // the days were paid with others of an unprorated period
	}
	slices.SortFunc(missing, func(a, b Period) int { return cmp.Compare(a.From, b.From) })
	done, given := without(covered, without(covered, g.pieces)), int64(0)
	before, _, err := g.amount(done, r.ask.Digits)
	if err != nil {
		return err
	}
	for i, p := range missing {
		done = join(done, []Period{p})
		n := total - given
		alone, parts, err := g.amount([]Period{p}, r.ask.Digits)
		if err != nil {
			return err
		}
		if i < len(missing)-1 {
			upTo, _, err := g.amount(done, r.ask.Digits)
			if err != nil {
				return err
			}
			n = upTo - before - given
		}
		e := r.entry(g, p, n)
		e.Quantity, err = shown(g.why.Quantity)
		if err != nil {
			return err
		}
		e.Why.Parts = parts
		if n != alone && !g.fixed {
			e.Why.note(Note{Code: NoteTogether, Minor: alone})
		}
		r.out = append(r.out, e)
		given += n
	}
	return nil
}

// topUp bills more for days that are billed already: a higher high-water mark.
func (r *run) topUp(g *group, total, kept int64) error {
	more := g.why.Quantity
	for _, c := range g.billed {
		if len(c.active) > 0 {
			more = more.Minus(c.Quantity.Exact())
		}
	}
	if more.Sign() < 0 {
		more = money.Exact{}
	}
	e := r.entry(g, g.part, total)
	var err error
	if e.Quantity, err = shown(more); err != nil {
		return err
	}
	if _, e.Why.Parts, err = g.amount(g.pieces, r.ask.Digits); err != nil {
		return err
	}
	e.Why.note(Note{Code: NoteTopUp, Minor: kept, Days: g.part})
	r.out = append(r.out, e)
	return nil
}

// entry begins a charge.
func (r *run) entry(g *group, p Period, amount int64) Entry {
	e := Entry{Span: Span{
		Line: r.line.ID, Terms: g.terms.ID, Kind: Charge, Period: p, Bill: g.bill, Amount: amount, Run: r.ask.Today,
	}, Why: g.why}
	e.Why.Notes = slices.Clone(g.why.Notes)
	due := g.part.From
	if g.terms.Arrears {
		due = g.part.To
	}
	if due < r.ask.Today && len(g.billed) == 0 && g.part.To <= r.ask.Today {
		e.Why.note(Note{Code: NoteLate, Days: Period{due, r.ask.Today}})
	}
	return e
}

// shown rounds a quantity to what a line carries: 9 decimal places, without zeros at the end.
func shown(q money.Exact) (money.Decimal, error) {
	for digits := money.MaxScale; digits >= 0; digits-- {
		if n, err := q.Round(digits); err == nil {
			return trim(money.Decimal{Coef: n, Scale: uint8(digits)}), nil
		}
	}
	return money.Decimal{}, tooLarge(money.ErrRange)
}
