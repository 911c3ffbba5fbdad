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
	if err := r.credit(g, sum-kept); err != nil {
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

// share is a charge with those of its days that are to be credited, and their part of its amount.
type share struct {
	c      *charge
	days   []Period
	weight money.Exact
}

// surplus returns the charges with days that are not wanted, newest first: those with no wanted day at all, and the others.
func (g *group) surplus() (whole, partly []share) {
	for i := len(g.billed) - 1; i >= 0; i-- {
		c := g.billed[i]
		over := without(c.active, g.pieces)
		switch {
		case len(over) == 0:
		case days(over) == days(c.active):
			whole = append(whole, share{c, over, money.Exact{}})
		default:
			weight := money.Whole(c.engine).Times(money.Fraction(int64(days(over)), int64(days(c.active))))
			partly = append(partly, share{c, over, weight})
		}
	}
	return whole, partly
}

// credit takes total from the charges that billed the surplus days. What they do not hold, as when the price of the
// wanted days fell too, is a correction of money alone, from the newest charge backwards.
func (r *run) credit(g *group, total int64) error {
	if total == 0 {
		return nil
	}
	rest, swallowed, forgiven := total, int64(0), int64(0)
	for _, c := range g.billed {
		forgiven += c.engine - c.left
	}
	give := func(s share, n int64, note NoteCode) error {
		n = clampTo(s.c.engine, n)
		rest -= n
		if n == 0 && (forgiven == 0 || len(s.days) == 0) {
			return nil
		}
		got, err := r.giveBack(g, s.c, s.days, n, note)
		swallowed += n - got
		return err
	}
	whole, partly := g.surplus()
	for _, s := range whole {
		if err := give(s, rest, NoteUnused); err != nil {
			return err
		}
	}
	// What remains is shared by weight and rounded cumulatively, so that it sums exactly.
	var all, sofar money.Exact
	for _, s := range partly {
		all = all.Plus(s.weight)
	}
	given, shared := int64(0), money.Whole(rest)
	for i, s := range partly {
		sofar = sofar.Plus(s.weight)
		upTo := shared
		if i < len(partly)-1 && all.Sign() != 0 {
			upTo = shared.Times(sofar).Over(all)
		}
		n, err := upTo.Round(0)
		if err != nil {
			return tooLarge(err)
		}
		if err := give(s, n-given, NoteUnused); err != nil {
			return err
		}
		given = n
	}
	rest -= clampTo(forgiven-swallowed, rest) // credited by hand: not to be taken a second time from another charge
	for i := len(g.billed) - 1; i >= 0 && rest != 0; i-- {
		c := g.billed[i]
		if err := give(share{c: c}, clampTo(c.left, rest), NoteCorrect); err != nil {
			return err
		}
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

// giveBack writes the credit of an amount on a charge, at most what is left of it: one entry for each run of days, of nothing where
// a credit by hand left nothing, or the days would be given back again by the next run. It returns what was credited.
func (r *run) giveBack(g *group, c *charge, set []Period, wanted int64, note NoteCode) (int64, error) {
	n := clampTo(c.left, wanted)
	if n == 0 && len(set) == 0 {
		return 0, nil
	}
	if n == math.MinInt64 {
		return 0, tooLarge(money.ErrRange)
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
				return 0, tooLarge(err)
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
	c.engine -= n
	return n, nil
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
	done, given := without(covered, without(covered, g.pieces)), int64(0)
	if total == 0 && len(done) > 0 {
		return nil // the days were paid with others of an unprorated period, which stay billed
	}
	slices.SortFunc(missing, func(a, b Period) int { return cmp.Compare(a.From, b.From) })
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
			n = clampTo(total-given, upTo-before-given) // rounded with what stays billed, a part may be a unit more than there is
		}
		e := r.entry(g, p, n)
		quantity := g.why.Quantity
		if g.terms.Interim && len(covered) > 0 {
			quantity = g.beyond()
			e.Why.note(Note{Code: NoteTopUp, Minor: kept, Days: g.bill})
		}
		if e.Quantity, err = shown(quantity); err != nil {
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

// beyond returns what of the quantity is not billed yet, at least 0.
func (g *group) beyond() money.Exact {
	more := g.why.Quantity
	for _, c := range g.billed {
		if len(c.active) > 0 {
			more = more.Minus(c.Quantity.Exact())
		}
	}
	if more.Sign() < 0 {
		return money.Exact{}
	}
	return more
}

// topUp bills more for days that are billed already: a higher high-water mark.
func (r *run) topUp(g *group, total, kept int64) error {
	e := r.entry(g, g.part, total)
	var err error
	if e.Quantity, err = shown(g.beyond()); err != nil {
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
	due := p.From
	if g.terms.Arrears {
		due = g.part.To
	}
	if due < r.ask.Today && len(g.billed) == 0 {
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
