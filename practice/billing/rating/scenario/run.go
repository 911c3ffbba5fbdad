// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"cmp"
	"slices"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// state is what runs keep: the spans billed so far, and the rate of each.
type state struct {
	*Scenario
	spans map[ids.ID][]rating.Span // by line; work by the hour has none
	rates map[ids.ID][]rating.Rate // by span
	next  ids.ID
	done  []bool // adjustments

	given   []bool      // reductions and surcharges
	uses    []int       // of discounts
	charged map[int]int // minutes of pieces of work
	books   *books

	coupons []int64 // what is left of discounts of an amount
}

// Run carries out the runs in their order. A scenario can be run again with the same result.
func (s *Scenario) Run() (*Result, error) {
	st := &state{
		Scenario: s, spans: map[ids.ID][]rating.Span{}, rates: map[ids.ID][]rating.Rate{}, done: make([]bool, len(s.hands)), given: make([]bool, len(s.extras)),
		uses: make([]int, len(s.discounts)), charged: map[int]int{},
	}
	if s.account != nil {
		st.books = &books{credit: s.account.opening, drawn: make([]int64, len(s.account.prepaid)), of: map[ids.ID]*bill{}}
	}
	for _, d := range s.discounts {
		st.coupons = append(st.coupons, d.amount)
	}
	out := &Result{Currency: s.Currency}
	for _, m := range s.runs {
		r, err := st.run(m)
		if err != nil {
			return nil, err
		}
		out.Runs = append(out.Runs, r)
	}
	out.Differences = s.compare(out)
	return out, nil
}

func (s *state) run(m moment) (Run, error) {
	r := Run{At: m.at, Day: m.day}
	var lines []Line
	if err := s.adjustments(&lines, m.day, false); err != nil {
		return r, err
	}
	over := map[ids.ID][]rating.Fact{}
	for _, p := range s.pots {
		u, err := p.rules.Use(told(p.work, m.instant), m.day)
		if err != nil {
			return r, err
		}
		r.Allowances = append(r.Allowances, p.balance(&u))
		if p.over == nil {
			continue
		}
		for _, o := range u.Over {
			q, err := o.Amount.Round(money.MaxScale)
			if err != nil {
				return r, fault.NewInvalid("The amount is too large to be reckoned.").Because(err)
			}
			over[p.over.id] = append(over[p.over.id], rating.Fact{ID: o.Work, Day: o.Day, Quantity: money.Decimal{Coef: q, Scale: money.MaxScale}, Source: p.name})
		}
	}
	bill := func(l *line, facts []rating.Fact) error {
		x, err := l.on(m.instant)
		if facts != nil {
			x.Facts = facts
		}
		if err != nil {
			return err
		}
		due, err := x.Due(s.spans[l.id], rating.Ask{Today: m.day, Since: civil.NoDate, Digits: s.Currency.Digits()})
		if err != nil {
			return err
		}
		for i := range due {
			e := &due[i]
			e.ID = s.id()
			s.spans[l.id] = append(s.spans[l.id], e.Span)
			line, err := s.line(l, *e)
			if err != nil {
				return err
			}
			lines = append(lines, line)
		}
		return nil
	}
	for _, l := range s.lines {
		if s.isMinimum(l) {
			continue
		}
		if err := bill(l, over[l.id]); err != nil {
			return r, err
		}
	}
	worked, err := s.work(m)
	if err != nil {
		return r, err
	}
	lines = append(lines, worked...)
	for _, x := range s.minimums { // when everything else of the run is known
		facts, err := s.missing(x, m.day)
		if err != nil {
			return r, err
		}
		if err := bill(x.line, facts); err != nil {
			return r, err
		}
	}
	if err := s.adjustments(&lines, m.day, true); err != nil {
		return r, err
	}
	if err := s.lessen(lines, m.day); err != nil {
		return r, err
	}
	if r.Invoice, err = s.invoice(lines, m.day); err != nil || s.account == nil {
		return r, err
	}
	s.pay(m.day, false)
	r.Account, err = s.settle(r.Invoice, m.day)
	return r, err
}

func (s *state) id() ids.ID { s.next++; return s.next }

// told returns what is known at an instant.
func told[T any](all []known[T], at int64) (out []T) {
	for _, x := range all {
		if x.from <= at {
			out = append(out, x.is)
		}
	}
	return out
}

// on returns a line as it is known at an instant. Of terms from the same day the last known hold.
func (l *line) on(at int64) (*rating.Line, error) {
	facts := slices.Clone(l.facts) // of one day, what was known last is true
	slices.SortStableFunc(facts, func(a, b known[fact]) int { return cmp.Compare(a.from, b.from) })
	x := &rating.Line{ID: l.id, Last: civil.NoDate}
	for _, t := range told(l.terms, at) {
		if n := len(x.Terms); n > 0 && x.Terms[n-1].From == t.From {
			x.Terms = x.Terms[:n-1]
		}
		x.Terms = append(x.Terms, t)
	}
	var err error
	if x.Facts, err = levels(told(facts, at)); err != nil {
		return nil, err
	}
	ends := slices.Clone(l.last)
	slices.SortStableFunc(ends, func(a, b known[civil.Date]) int { return cmp.Compare(a.from, b.from) })
	for _, d := range told(ends, at) {
		x.Last = d
	}
	return x, nil
}

// levels turns changes into the levels that follow from them: by their day, each on top of what was there before.
func levels(facts []fact) ([]rating.Fact, error) {
	out := make([]rating.Fact, len(facts))
	if !slices.ContainsFunc(facts, func(f fact) bool { return f.change != nil }) {
		for i, f := range facts {
			out[i] = f.Fact
		}
		return out, nil
	}
	slices.SortStableFunc(facts, func(a, b fact) int { return cmp.Compare(a.Day, b.Day) })
	var level money.Exact
	for i, f := range facts {
		out[i] = f.Fact
		if f.change == nil {
			level = f.Quantity.Exact()
			continue
		}
		level = level.Plus(f.change.Exact())
		if level.Sign() < 0 { // fewer than none are billed as none
			continue
		}
		var err error
		if out[i].Quantity, err = decimal(level); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// line writes an entry. A charge is taxed at the rates of the last day of its period, a credit at those of its charge.
func (s *state) line(l *line, e rating.Entry) (Line, error) {
	rates := s.rates[e.Of]
	if e.Kind == rating.Charge {
		var err error
		if rates, err = s.taxed(l.name, l.taxes, e.Period.To-1); err != nil {
			return Line{}, err
		}
	}
	s.rates[e.ID] = rates
	return Line{
		Name: l.name, Kind: []string{"charge", "credit", "adjustment"}[e.Kind], From: e.Period.From, To: e.Period.To,
		Quantity: e.Quantity.String(), Amount: s.money(e.Amount), Tax: codes(rates), Why: s.why(&e, l), Entry: e, Rates: rates, source: l.sources,
	}, nil
}

// balance writes an allowance's state.
func (p *pot) balance(u *rating.Usage) Balance {
	b := Balance{Name: p.name, Left: u.Left.String(), Grants: []Holding{}}
	var all, over money.Exact
	for _, h := range u.Grants {
		x := Holding{From: h.From, Amount: h.Amount.String(), Drawn: h.Drawn.String(), Lapsed: h.Lapsed.String(), Left: h.Left.String()}
		if h.Until.Known() {
			x.Until = &h.Until
		}
		b.Grants = append(b.Grants, x)
		if h.Lapsed.Sign() == 0 {
			all = all.Plus(h.Amount)
		}
	}
	for _, o := range u.Over {
		over = over.Plus(o.Amount)
	}
	b.Over = over.String()
	if p.alert != nil && all.Sign() > 0 {
		limit := all.Times(p.alert.Exact()).Times(money.Fraction(1, 100))
		b.Low = u.Left.Cmp(limit) <= 0
	}
	return b
}
