// SPDX-License-Identifier: Apache-2.0

package insight

import (
	"context"
	"slices"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/catalogue"
	"mainstay/practice/worklog"
)

// Margin is what something leaves in a month, in one currency: an agreement, a client, a service. Amounts are minor units.
type Margin struct {
	Client    ids.ID
	Agreement ids.ID // 0 = work and parts under no agreement
	Line      ids.ID
	Item      ids.ID
	Family    string
	Currency  money.Currency

	Recurring int64 // earned by agreements
	Work      int64 // earned by time and materials, and by hand
	Vendors   int64 // billed by vendors
	Tools     int64 // what other items cost by the catalogue
	Parts     int64 // materials
	Labour    int64 // hours at what they cost on their day
	Minutes   int64
	NoRate    int64    // of Minutes: what they cost is not known
	Uncosted  []string // items whose cost is not known
	Unpriced  int      // materials whose cost is not known
}

// Revenue is everything earned.
func (m *Margin) Revenue() int64 { return m.Recurring + m.Work }

// Cost is everything that it cost, as far as it is known.
func (m *Margin) Cost() int64 { return m.Vendors + m.Tools + m.Parts + m.Labour }

// Left is what is left.
func (m *Margin) Left() int64 { return m.Revenue() - m.Cost() }

// Effective is what an hour earned: what is left before labour, over all hours. ok is false where nothing was worked.
func (m *Margin) Effective() (minor int64, ok bool) {
	if m.Minutes == 0 {
		return 0, false
	}
	n, err := money.Whole(m.Revenue() - m.Vendors - m.Tools - m.Parts).Times(money.Fraction(60, m.Minutes)).Round(0)
	return n, err == nil
}

func (m *Margin) add(x *Margin) {
	m.Recurring += x.Recurring
	m.Work += x.Work
	m.Vendors += x.Vendors
	m.Tools += x.Tools
	m.Parts += x.Parts
	m.Labour += x.Labour
	m.Minutes += x.Minutes
	m.NoRate += x.NoRate
	m.Unpriced += x.Unpriced
	for _, name := range x.Uncosted {
		if !slices.Contains(m.Uncosted, name) {
			m.Uncosted = append(m.Uncosted, name)
		}
	}
}

// nothing reports whether there is nothing in it.
func (m *Margin) nothing() bool {
	return m.Revenue() == 0 && m.Cost() == 0 && m.Minutes == 0 && m.Unpriced == 0 && len(m.Uncosted) == 0
}

// Blind is what margins leave out because it is not known, by name.
type Blind struct {
	Uncosted  []string                 // items without a cost
	NoRate    int64                    // minutes whose cost is not known
	Loose     int64                    // minutes that are covered, but by no agreement that can be found
	Unpriced  int                      // materials without a cost
	Unmatched map[money.Currency]int64 // billed by vendors, not matched
	Own       map[money.Currency]int64 // billed by vendors for what the firm uses itself: nobody's margin
}

// Any reports whether anything is left out.
func (b *Blind) Any() bool {
	return len(b.Uncosted) > 0 || b.NoRate > 0 || b.Loose > 0 || b.Unpriced > 0 || len(b.Unmatched) > 0
}

// source is what months are reckoned from, read once for several of them.
type source struct {
	s        *Service
	list     []*agreements.Agreement
	of       map[ids.ID][]*agreements.Agreement // by client
	rates    []HourCost
	families map[ids.ID]string
	currency money.Currency // of clients without any revenue
}

func (s *Service) source(ctx context.Context) (*source, error) {
	src := &source{s: s, of: map[ids.ID][]*agreements.Agreement{}, families: map[ids.ID]string{}, currency: s.p.Work.Currency(ctx)}
	var err error
	if src.list, err = s.agreements(ctx); err != nil {
		return nil, err
	}
	for _, a := range src.list {
		src.of[a.Client] = append(src.of[a.Client], a)
	}
	if src.rates, err = s.HourCosts(ctx); err != nil {
		return nil, err
	}
	items, err := s.p.Catalogue.Items(ctx, catalogue.Filter{All: true})
	for _, it := range items {
		src.families[it.ID] = string(it.Family)
	}
	return src, err
}

// rate is what an hour costs on a day.
func (src *source) rate(day civil.Date) (found HourCost) {
	for _, c := range src.rates {
		if c.From <= day {
			found = c
		}
	}
	return found
}

// month is one month's margins, by line of an agreement or item; blind is what is left out of them.
type month struct {
	src     *source
	m       civil.Month
	rows    []Margin
	at      map[marginKey]int
	blind   Blind
	main    map[ids.ID]money.Currency // of clients, the one of most of their revenue
	covered map[ids.ID]bool           // items of which vendors' bills are the whole truth
}

type marginKey struct {
	client, agreement, line, item ids.ID
	currency                      money.Currency
}

func (src *source) month(ctx context.Context, m civil.Month) (*month, error) {
	b := &month{src: src, m: m, at: map[marginKey]int{}, main: map[ids.ID]money.Currency{}, blind: Blind{Unmatched: map[money.Currency]int64{}, Own: map[money.Currency]int64{}}}
	for _, step := range []func(context.Context) error{b.earned, b.vendors, b.tools, b.labour, b.parts} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return b, nil
}

func (b *month) of(k marginKey) *Margin {
	i, ok := b.at[k]
	if !ok {
		i = len(b.rows)
		b.at[k] = i
		b.rows = append(b.rows, Margin{Client: k.client, Agreement: k.agreement, Line: k.line, Item: k.item, Currency: k.currency, Family: b.src.families[k.item]})
	}
	return &b.rows[i]
}

// earned takes what issued documents bill for the month's days.
func (b *month) earned(ctx context.Context) error {
	list, err := b.src.s.p.Billing.Earned(ctx, period(b.m))
	if err != nil {
		return err
	}
	most := map[ids.ID]map[money.Currency]int64{}
	for _, e := range list {
		x := b.of(marginKey{e.Client, e.Agreement, e.Line, e.Item, e.Currency})
		if e.Line != 0 {
			x.Recurring += e.Minor
		} else {
			x.Work += e.Minor
		}
		if most[e.Client] == nil {
			most[e.Client] = map[money.Currency]int64{}
		}
		most[e.Client][e.Currency] += e.Minor
	}
	for client, by := range most {
		for c, n := range by {
			if have := b.main[client]; have == "" || n > by[have] || n == by[have] && c < have {
				b.main[client] = c
			}
		}
	}
	return nil
}

// mainOf is the currency that is for a client where nothing says one.
func (b *month) mainOf(client ids.ID) money.Currency {
	if c := b.main[client]; c != "" {
		return c
	}
	for _, a := range b.src.of[client] {
		if a.Holds(b.m.Last()) {
			return a.Currency
		}
	}
	return b.src.currency
}

// portion is a line's part of what an item costs a client.
type portion struct {
	a      *agreements.Agreement
	l      *agreements.Line
	amount money.Exact
}

// portions are the lines that bill an item to a client in the month, by how many they bill.
func (b *month) portions(client, item ids.ID) (out []portion, sum money.Exact) {
	for _, a := range b.src.of[client] {
		for i := range a.Lines {
			if l := &a.Lines[i]; l.Item == item && l.Recurs() {
				if n := a.Average(l, b.m); n.Sign() > 0 {
					out, sum = append(out, portion{a, l, n}), sum.Plus(n)
				}
			}
		}
	}
	return out, sum
}

// vendors takes what vendors billed: to the lines that bill it on, in their proportion; to the client where none does.
func (b *month) vendors(ctx context.Context) error {
	if b.src.s.p.Vendors == nil {
		return nil
	}
	list, covered, err := b.src.s.p.Vendors.Costs(ctx, b.m)
	if err != nil {
		return err
	}
	b.covered = covered
	for _, c := range list {
		switch {
		case c.Own:
			b.blind.Own[c.Currency] += c.Minor
			continue
		case c.Client == 0 || c.Item == 0:
			b.blind.Unmatched[c.Currency] += c.Minor
			continue
		}
		parts, sum := b.portions(c.Client, c.Item)
		if len(parts) == 0 {
			b.of(marginKey{c.Client, 0, 0, c.Item, c.Currency}).Vendors += c.Minor
			continue
		}
		done, upTo := int64(0), money.Exact{}
		for _, p := range parts { // cut so that the parts add up
			upTo = upTo.Plus(p.amount)
			n, err := money.Whole(c.Minor).Times(upTo).Over(sum).Round(0)
			if err != nil {
				return err
			}
			b.of(marginKey{c.Client, p.a.ID, p.l.ID, c.Item, c.Currency}).Vendors += n - done
			done = n
		}
	}
	return nil
}

// tools takes what the other items of agreements cost by the catalogue.
func (b *month) tools(ctx context.Context) error {
	costs := map[money.Currency]map[ids.ID]catalogue.Cost{}
	for _, a := range b.src.list {
		if a.Starts > b.m.Last() || a.Ended(b.m.First()) {
			continue
		}
		of, ok := costs[a.Currency]
		if !ok {
			var err error
			if of, err = b.src.s.p.Catalogue.Costs(ctx, a.Currency, min(b.m.Last(), max(b.m.First(), b.src.s.Today()))); err != nil {
				return err
			}
			costs[a.Currency] = of
		}
		for i := range a.Lines {
			if err := b.tool(a, &a.Lines[i], of); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *month) tool(a *agreements.Agreement, l *agreements.Line, costs map[ids.ID]catalogue.Cost) error {
	if l.Item != 0 && b.covered[l.Item] {
		return nil // the vendor's bill says it
	}
	if l.Kind == string(catalogue.Labour) {
		return nil // the hours say it
	}
	n := a.Average(l, b.m)
	if n.Sign() <= 0 {
		return nil
	}
	x := b.of(marginKey{a.Client, a.ID, l.ID, l.Item, a.Currency})
	c, known := costs[l.Item]
	if !known || l.Item == 0 {
		x.Uncosted = append(x.Uncosted, l.Name)
		if !slices.Contains(b.blind.Uncosted, l.Name) {
			b.blind.Uncosted = append(b.blind.Uncosted, l.Name)
		}
		return nil
	}
	if c.Every.Months() == 0 {
		return nil // comes once
	}
	minor, err := n.Times(c.Unit.Exact()).Times(money.Fraction(1, c.Every.Months())).Round(a.Currency.Digits())
	x.Tools += minor
	return err
}

// labour takes the hours at what an hour cost on their day, to the agreement that covers them.
func (b *month) labour(ctx context.Context) error {
	list, err := b.src.s.p.Work.SpentOn(ctx, b.m.First(), b.m.Last())
	if err != nil {
		return err
	}
	exact := map[marginKey]money.Exact{}
	for _, d := range list {
		k := marginKey{client: d.Client, currency: b.mainOf(d.Client)}
		if d.Cover == worklog.Agreement || d.Cover == worklog.Prepaid {
			if a := b.covers(d); a != nil {
				k.agreement, k.currency = a.ID, a.Currency
			} else {
				b.blind.Loose += d.Minutes
			}
		}
		x := b.of(k)
		x.Minutes += d.Minutes
		rate := b.src.rate(d.Day)
		if rate.Minor == 0 || rate.Currency != k.currency {
			x.NoRate += d.Minutes
			b.blind.NoRate += d.Minutes
			continue
		}
		exact[k] = exact[k].Plus(money.Whole(rate.Minor).Times(money.Fraction(d.Minutes, 60)))
	}
	for k, n := range exact { // rounded once for each
		minor, err := n.Round(0)
		if err != nil {
			return err
		}
		b.of(k).Labour += minor
	}
	return nil
}

// covers finds the agreement that covers work, as it is found when the work is entered: an allowance first, then what includes the kind of
// work; else the only one that is in force.
func (b *month) covers(d worklog.SpentDay) *agreements.Agreement {
	var held []*agreements.Agreement
	for _, a := range b.src.of[d.Client] {
		if !a.Holds(d.Day) {
			continue
		}
		held = append(held, a)
		for i := range a.Pots {
			if p := &a.Pots[i]; p.Valid.Has(d.Day) && p.Draws(d.Type) {
				return a
			}
		}
	}
	for _, a := range held {
		if a.Includes(d.Type) {
			return a
		}
	}
	if len(held) == 1 {
		return held[0]
	}
	return nil
}

// parts takes what materials cost.
func (b *month) parts(ctx context.Context) error {
	list, err := b.src.s.p.Work.PartsIn(ctx, b.m.First(), b.m.Last())
	if err != nil {
		return err
	}
	for _, p := range list {
		c := p.Currency
		if c == "" {
			c = b.mainOf(p.Client)
		}
		x := b.of(marginKey{client: p.Client, currency: c})
		if p.Known {
			x.Parts += p.Minor
			continue
		}
		x.Unpriced++
		b.blind.Unpriced++
	}
	return nil
}
