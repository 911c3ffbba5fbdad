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

// Ask is what a run asks of a line.
type Ask struct {
	// Today is the day in the agreement's zone, not before the last run's: a day before the Run of any span counts as that day,
	// so that nothing is taken back because it is not due yet.
	Today civil.Date
	// Since leaves out billing intervals that end on or before it; NoDate looks at all of them.
	Since  civil.Date
	Digits int // decimal places of the currency
}

// Entry is a span to be billed, with its reason.
type Entry struct {
	Span
	Why Why
}

// Due returns the credits and charges that make what is billed what should be billed by a day: credits first, each by period.
// Nothing is due twice: with the returned entries among the billed spans, the same question gives nothing.
//
// Charges are due on the first day of their billing interval, or in arrears on the day after its last. Facts after Today are not
// known yet.
func (l *Line) Due(billed []Span, a Ask) ([]Entry, error) {
	if len(billed) > MaxSpans {
		return nil, fault.NewInvalid("A line with more than %d billed spans cannot be reckoned at once.", MaxSpans)
	}
	r := run{line: l, ask: a, facts: l.Facts, groups: map[key]*group{}}
	if !slices.ContainsFunc(l.Terms, func(t Terms) bool { return t.Rule == Sum }) {
		r.facts = order(l.Facts)
	}
	for i := range billed {
		if billed[i].Line == l.ID {
			r.ask.Today = max(r.ask.Today, billed[i].Run)
		}
	}
	if err := r.take(billed); err != nil {
		return nil, err
	}
	if err := r.want(); err != nil {
		return nil, err
	}
	keys := make([]key, 0, len(r.groups))
	for k := range r.groups {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, key.compare)
	for _, k := range keys {
		if err := r.settle(r.groups[k]); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(r.out, func(x, y Entry) int {
		return cmp.Or(-cmp.Compare(x.Kind, y.Kind), cmp.Compare(x.Period.From, y.Period.From))
	})
	r.number(billed)
	return r.out, nil
}

// key names what is rounded together: a billing interval under one set of terms, and with EachDay one quantity in it.
type key struct {
	terms    ids.ID
	from     civil.Date
	quantity money.Decimal
}

func (a key) compare(b key) int {
	return cmp.Or(cmp.Compare(a.from, b.from), cmp.Compare(a.terms, b.terms), a.quantity.Exact().Cmp(b.quantity.Exact()))
}

// group is what is wanted and what is billed of one key.
type group struct {
	key
	terms  *Terms // nil: no terms of the line want it any more
	bill   Period
	part   Period      // the days of bill in which the terms hold
	pieces []Period    // the days wanted
	whole  money.Exact // price of a whole interval
	fixed  bool        // whole is for part, not for an interval
	why    Why
	billed []*charge
}

// charge is a billed charge with what has been taken from it.
type charge struct {
	*Span
	active []Period // days not credited
	engine int64    // amount less credits
	left   int64    // less adjustments too
}

type run struct {
	line   *Line
	ask    Ask
	facts  []Fact
	groups map[key]*group
	room   group // of the first: most lines have one
	out    []Entry
}

func (r *run) terms(id ids.ID) *Terms {
	for i := range r.line.Terms {
		if r.line.Terms[i].ID == id {
			return &r.line.Terms[i]
		}
	}
	return nil
}

func (r *run) group(k key) *group {
	g := r.groups[k]
	if g == nil {
		if g = &r.room; len(r.groups) > 0 {
			g = &group{}
		}
		*g = group{key: k}
		r.groups[k] = g
	}
	return g
}

// take sorts the billed spans into groups.
func (r *run) take(billed []Span) error {
	charges := map[ids.ID]*charge{}
	for i := range billed {
		s := &billed[i]
		if s.Line != r.line.ID || s.Kind != Charge || s.Bill.To <= r.ask.Since {
			continue
		}
		k := key{terms: s.Terms, from: s.Bill.From}
		if t := r.terms(s.Terms); t != nil && t.splits() {
			k.quantity = trim(s.Quantity)
		}
		g := r.group(k)
		g.bill = s.Bill
		c := &charge{Span: s, active: []Period{s.Period}, engine: s.Amount, left: s.Amount}
		g.billed = append(g.billed, c)
		charges[s.ID] = c
	}
	for i := range billed {
		s := &billed[i]
		c := charges[s.Of]
		if s.Line != r.line.ID || s.Kind == Charge || c == nil {
			continue
		}
		var err error
		if c.left, err = add(c.left, s.Amount); err != nil {
			return err
		}
		if s.Kind == Credit {
			if c.engine, err = add(c.engine, s.Amount); err != nil {
				return err
			}
			c.active = without(c.active, []Period{s.Period})
		}
	}
	return nil
}

// splits reports whether each quantity is billed for its own days.
func (t *Terms) splits() bool { return t.Rule == EachDay && !t.Once && t.Price.Model != Flat }

// want fills in what should be billed: all intervals that are due, and those billed already.
func (r *run) want() error {
	latest, touched := map[ids.ID]civil.Date{}, map[key]bool{}
	for k := range r.groups {
		touched[key{terms: k.terms, from: k.from}] = true
		if d, ok := latest[k.terms]; !ok || k.from > d {
			latest[k.terms] = k.from
		}
	}
	n := 0
	for i := range r.line.Terms {
		t := &r.line.Terms[i]
		valid := r.line.valid(i)
		if valid.Empty() {
			continue
		}
		if t.Once {
			once := Period{t.From, t.From + 1}
			if once.To > r.ask.Since && (once.From <= r.ask.Today || touched[key{terms: t.ID, from: t.From}]) {
				r.wantPart(t, once, once)
			}
			continue
		}
		horizon := r.ask.Today
		if d, ok := latest[t.ID]; ok {
			horizon = max(horizon, d)
		}
		cycle := t.bill()
		for k := cycle.Index(max(valid.From, r.ask.Since)); ; k++ {
			bill := cycle.Interval(k)
			part := bill.Cut(valid)
			if bill.From > horizon || bill.From >= valid.To {
				break
			}
			if part.Empty() {
				continue
			}
			if n++; n > MaxSpans {
				return fault.NewInvalid("More than %d periods are due: bill them in steps.", MaxSpans)
			}
			switch seen := touched[key{terms: t.ID, from: bill.From}]; {
			case !t.Arrears && part.From <= horizon, t.Arrears && part.To <= r.ask.Today:
				r.wantPart(t, bill, part)
			case t.Interim && t.Price.Model != Volume && part.From <= r.ask.Today:
				r.wantPart(t, bill, Period{part.From, r.ask.Today + 1})
			case seen: // billed to an end that was taken back: it is settled when the period is over
				r.leave(t.ID, bill.From)
			}
		}
	}
	return nil
}

// leave keeps what is billed of an interval as it is.
func (r *run) leave(terms ids.ID, from civil.Date) {
	for k := range r.groups {
		if k.terms == terms && k.from == from {
			delete(r.groups, k)
		}
	}
}

// wantPart adds what should be billed for a part of one billing interval.
func (r *run) wantPart(t *Terms, bill, part Period) {
	k := key{terms: t.ID, from: bill.From}
	base := group{key: k, terms: t, bill: bill, part: part, pieces: []Period{part}}
	base.why = Why{Rule: t.Rule, Prorate: t.Prorate, Quantity: money.Whole(1)}
	if part.From > bill.From {
		base.why.note(Note{Code: NoteFirstStub, Days: bill})
	}
	if part.To < bill.To && (!t.Interim || part.To <= r.ask.Today) {
		base.why.note(Note{Code: NoteLastStub, Days: bill})
	}
	switch {
	case t.Rule == Sum:
		base.why.Quantity, base.why.Used = Used(r.facts, part)
		price, whole := &t.Price, part
		if t.Interim && part.To > r.ask.Today { // not over: the minimum waits, and the maximum is that of all its days
			if old := r.groups[k]; len(base.why.Used) == 0 && (old == nil || len(old.billed) == 0) {
				return // a fee that is due at no use at all is due at the end
			}
			whole = bill.Cut(r.line.validOf(t.ID))
			now := t.Price
			now.Least = nil
			price = &now
		}
		share, parts := t.Prorate.Share(t.Cycle, whole)
		if t.Once {
			share, parts = money.Whole(1), nil
		}
		base.price(price.RateShare(base.why.Quantity, share))
		base.fixed, base.why.Parts = true, parts
		r.put(base)
		return
	case t.Price.Model == Flat:
		base.price(t.Price.Rate(money.Whole(1)))
		base.fixed = t.Once
		r.put(base)
		return
	}
	all := levels(r.facts, part, r.ask.Today)
	switch {
	case t.Once:
		base.why.Quantity, base.why.Levels, base.fixed = AtStart.Of(all), all, true
		base.why.note(Note{Code: NoteOnce})
		base.price(t.Price.Rate(base.why.Quantity))
		r.put(base)
	case t.Rule == EachDay:
		for i, lv := range all {
			if slices.ContainsFunc(all[:i], func(x Level) bool { return x.Quantity == lv.Quantity }) {
				continue
			}
			g := base
			g.quantity, g.pieces = lv.Quantity, nil
			g.why.Notes = slices.Clip(g.why.Notes)
			g.why.Quantity = lv.Quantity.Exact()
			for _, x := range all[i:] {
				if x.Quantity == lv.Quantity {
					g.pieces, g.why.Levels = append(g.pieces, x.Period), append(g.why.Levels, x)
				}
			}
			g.price(t.Price.Rate(g.why.Quantity))
			r.put(g)
		}
	case t.Rule == DayByDay:
		shares := make([]Share, len(all))
		for i, lv := range all {
			shares[i].Quantity = lv.Quantity.Exact()
			shares[i].Share, _ = t.Prorate.Share(t.Cycle, lv.Period)
		}
		base.why.Quantity, base.why.Levels, base.fixed = Maximum.Of(all), all, true
		base.price(t.Price.RateDays(shares))
		r.put(base)
	default:
		base.why.Quantity, base.why.Levels = t.Rule.Of(all), all
		base.price(t.Price.Rate(base.why.Quantity))
		r.put(base)
	}
}

func (g *group) price(p Rated) { g.whole, g.why.Steps, g.why.Whole = p.Net, p.Steps, p.Net }

func (w *Why) note(n Note) { w.Notes = append(w.Notes, n) }

// put merges what is wanted with what is billed. Nothing for nothing is no line.
func (r *run) put(g group) {
	if g.why.Quantity.Sign() == 0 && g.whole.Sign() == 0 {
		return
	}
	old := r.group(g.key)
	g.billed = old.billed
	*old = g
}

// amount returns what some days of the group cost, rounded once for all of them.
func (g *group) amount(set []Period, digits int) (int64, []Part, error) {
	if g.terms == nil || len(set) == 0 {
		return 0, nil, nil
	}
	share, parts := money.Fraction(int64(days(set)), int64(g.part.Days())), g.why.Parts
	if !g.fixed {
		share, parts = g.terms.Prorate.shares(g.terms.Cycle, set)
	}
	n, err := g.whole.Times(share).Round(digits)
	if err != nil {
		return 0, nil, tooLarge(err)
	}
	return n, parts, nil
}

// number gives each entry a revision of its own.
func (r *run) number(billed []Span) {
	type place struct {
		period Period
		kind   Kind
	}
	last := map[place]int{}
	for i := range billed {
		if s := &billed[i]; s.Line == r.line.ID {
			p := place{s.Period, s.Kind}
			last[p] = max(last[p], s.Revision)
		}
	}
	for i := range r.out {
		e := &r.out[i]
		p := place{e.Period, e.Kind}
		last[p]++
		e.Revision = last[p]
	}
}

func add(a, b int64) (int64, error) {
	s, err := money.AddMinor(a, b)
	if err != nil {
		return 0, tooLarge(err)
	}
	return s, nil
}

func tooLarge(err error) error {
	return fault.NewInvalid("The amount is too large to be reckoned.").Because(err)
}
