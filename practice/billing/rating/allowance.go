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

// Grant is what may be used up: hours, tickets, or money in units of its currency.
type Grant struct {
	ID     ids.ID
	From   civil.Date // the first day on which it may be drawn
	Until  civil.Date // the first day on which it no longer may; NoDate = never expires
	Amount money.Exact
	Period Period // the interval that it was granted for; empty when it was bought
}

// Pot is an allowance: what each interval grants, and what of it may be kept.
type Pot struct {
	Cycle   Cycle
	Valid   Period        // the agreement's days; To may be far away
	Each    money.Decimal // granted for a whole interval; 0 = only what is bought
	Prorate Proration     // of the first and last interval's grant

	// Carry is the most that goes over from one interval into the next; nil = everything. What was granted longest ago lapses first.
	Carry *money.Decimal
	// Keep is how many further intervals a grant may be drawn in; -1 = without end. 0 = unused grants lapse.
	Keep int

	Weights map[ids.ID]money.Decimal // what one unit of a work type draws; 1 where it is not named: 1.5 after hours
	Bought  []Grant                  // blocks, besides what intervals grant; the carry-over cap does not touch them
}

// Work is what draws on an allowance.
type Work struct {
	ID     ids.ID
	Day    civil.Date // the day on which it was done; not when it was entered
	Type   ids.ID
	Amount money.Decimal // unweighted
}

// Draw is what one piece of work took from one grant.
type Draw struct {
	Work   ids.ID
	Grant  int // index in Usage.Grants
	Amount money.Exact
}

// Over is what a piece of work used beyond all grants: Amount weighted as the allowance counts, Plain as it was worked.
type Over struct {
	Work          ids.ID
	Day           civil.Date
	Amount, Plain money.Exact
}

// Holding is a grant and what became of it: Amount = Drawn + Lapsed + Left.
type Holding struct {
	Grant
	Drawn, Lapsed, Left money.Exact
}

// Usage is the state of an allowance at the end of a day.
type Usage struct {
	Grants []Holding // by From, then Until, then as they were given
	Draws  []Draw    // by the day of the work
	Over   []Over
	Left   money.Exact // what may still be drawn that day

	first int // nothing is left of the grants before it
}

// MaxGrants bounds the intervals and blocks of a pot.
const MaxGrants = 10_000

// Check says what is wrong with a pot.
func (p *Pot) Check() error {
	switch {
	case p.Each.Coef < 0 || p.Carry != nil && p.Carry.Coef < 0 || p.Keep < -1:
		return fault.NewInvalid("An allowance, its carry-over and its life must not be below 0.").On("allowance")
	case len(p.Bought) > MaxGrants:
		return fault.NewInvalid("An allowance has at most %d blocks.", MaxGrants).On("allowance")
	}
	for _, w := range p.Weights {
		if w.Coef < 0 {
			return fault.NewInvalid("A weight must not be below 0.").On("weight")
		}
	}
	if p.Each.Coef == 0 {
		return nil
	}
	return p.Cycle.Check()
}

// Use draws work on the pot, first in, first out and by the day of the work, and returns the state at the end of day through.
// Work after it is left out. The order in which work was entered does not matter; of one day, the lower ID draws first.
func (p *Pot) Use(work []Work, through civil.Date) (Usage, error) {
	if err := p.Check(); err != nil {
		return Usage{}, err
	}
	u := Usage{}
	for _, g := range p.Bought {
		if g.From <= through {
			u.Grants = append(u.Grants, Holding{Grant: g, Left: g.Amount})
		}
	}
	var ends []civil.Date // where intervals end and carry-over is capped
	if p.Each.Coef > 0 && !p.Valid.Empty() {
		for k := p.Cycle.Index(p.Valid.From); ; k++ {
			whole := p.Cycle.Interval(k)
			part := whole.Cut(p.Valid)
			if part.From > through || part.Empty() {
				break
			}
			if len(u.Grants) >= 2*MaxGrants {
				return Usage{}, fault.NewInvalid("An allowance has at most %d periods.", MaxGrants).On("allowance")
			}
			share, _ := p.Prorate.Share(p.Cycle, part)
			g := Grant{From: part.From, Until: civil.NoDate, Amount: p.Each.Exact().Times(share), Period: part}
			if p.Keep >= 0 {
				g.Until = p.Cycle.Boundary(k + 1 + p.Keep)
			}
			u.Grants = append(u.Grants, Holding{Grant: g, Left: g.Amount})
			ends = append(ends, part.To)
		}
	}
	slices.SortStableFunc(u.Grants, func(a, b Holding) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(orLast(a.Until), orLast(b.Until)))
	})
	work = slices.Clone(work)
	slices.SortStableFunc(work, func(a, b Work) int { return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.ID, b.ID)) })
	for _, w := range work {
		if w.Day > through {
			break
		}
		if w.Amount.Coef < 0 {
			return Usage{}, fault.NewInvalid("Work must not be below 0.").On("amount")
		}
		ends = p.lapse(&u, w.Day, ends)
		p.draw(&u, w)
	}
	p.lapse(&u, through, ends)
	for _, h := range u.Grants {
		if h.From <= through {
			u.Left = u.Left.Plus(h.Left)
		}
	}
	return u, nil
}

// lapse ends what may not be drawn on a day any more, and returns the interval ends still to come.
func (p *Pot) lapse(u *Usage, day civil.Date, ends []civil.Date) []civil.Date {
	for len(ends) > 0 && ends[0] <= day {
		end := ends[0]
		ends = ends[1:]
		u.expire(end)
		if p.Carry == nil {
			continue
		}
		var kept money.Exact
		for i := u.first; i < len(u.Grants) && u.Grants[i].From < end; i++ {
			if h := &u.Grants[i]; !h.Period.Empty() {
				kept = kept.Plus(h.Left)
			}
		}
		over := kept.Minus(p.Carry.Exact())
		for i := u.first; i < len(u.Grants) && u.Grants[i].From < end && over.Sign() > 0; i++ {
			if h := &u.Grants[i]; !h.Period.Empty() {
				n := least(h.Left, over)
				h.Left, h.Lapsed, over = h.Left.Minus(n), h.Lapsed.Plus(n), over.Minus(n)
			}
		}
	}
	u.expire(day)
	return ends
}

func (u *Usage) expire(day civil.Date) {
	for ; u.first < len(u.Grants) && u.Grants[u.first].Left.Sign() <= 0; u.first++ {
	}
	for i := u.first; i < len(u.Grants) && u.Grants[i].From <= day; i++ {
		if h := &u.Grants[i]; h.Until.Known() && h.Until <= day && h.Left.Sign() > 0 {
			h.Lapsed, h.Left = h.Lapsed.Plus(h.Left), money.Exact{}
		}
	}
}

func (p *Pot) draw(u *Usage, w Work) {
	weight, ok := p.Weights[w.Type]
	if !ok {
		weight = money.Decimal{Coef: 1}
	}
	rest := w.Amount.Exact().Times(weight.Exact())
	for i := u.first; i < len(u.Grants) && rest.Sign() > 0 && u.Grants[i].From <= w.Day; i++ {
		h := &u.Grants[i]
		if n := least(h.Left, rest); n.Sign() > 0 {
			h.Left, h.Drawn, rest = h.Left.Minus(n), h.Drawn.Plus(n), rest.Minus(n)
			u.Draws = append(u.Draws, Draw{w.ID, i, n})
		}
	}
	if rest.Sign() > 0 {
		u.Over = append(u.Over, Over{w.ID, w.Day, rest, rest.Over(weight.Exact())})
	}
}

func least(a, b money.Exact) money.Exact {
	if a.Cmp(b) < 0 {
		return a
	}
	return b
}

// Beyond returns what was used beyond all grants within p, weighted: the quantity that an overage price is for.
func (u *Usage) Beyond(p Period) (sum money.Exact) {
	for _, o := range u.Over {
		if p.Has(o.Day) {
			sum = sum.Plus(o.Amount)
		}
	}
	return sum
}

// AlertAt returns how much of an allowance is used when only percent of it is left: 18 of 20 hours at 10 %.
func AlertAt(amount, percent money.Decimal) money.Exact {
	left := amount.Exact().Times(percent.Exact()).Times(money.Fraction(1, 100))
	return amount.Exact().Minus(left)
}

// orLast puts what never expires behind everything else.
func orLast(d civil.Date) civil.Date {
	if d.Known() {
		return d
	}
	return farthest + 1
}
