// SPDX-License-Identifier: Apache-2.0

package insight

import (
	"cmp"
	"context"
	"slices"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// By is what margins are summed by.
type By int

// The groups.
const (
	ByClient By = iota
	ByAgreement
	ByFamily // service families
	ByItem
)

// Grouped is the margin of one group in a month, and the month of the last twelve in which least was left.
type Grouped struct {
	Margin
	Worst     civil.Month // NoMonth where there is no other to compare with
	WorstLeft int64
}

// Margins are a month's margins.
type Margins struct {
	Month civil.Month
	Rows  []Grouped // what leaves least first
	Blind Blind
	// Predictable is, by currency, the share of the month's revenue that agreements brought; only where there is any.
	Predictable map[money.Currency]float64
}

// looksBack is in how many months, the last of them the one that is shown, the worst one is looked for.
const looksBack = 12

// period is a month as days.
func period(m civil.Month) rating.Period {
	return rating.Period{From: m.First(), To: (m + 1).First()}
}

// key is what a row is summed under.
func (by By) key(m *Margin) marginKey {
	switch by {
	case ByAgreement:
		return marginKey{client: m.Client, agreement: m.Agreement, currency: m.Currency}
	case ByItem:
		return marginKey{item: m.Item, currency: m.Currency}
	}
	return marginKey{client: m.Client, currency: m.Currency}
}

type familyKey struct {
	key    marginKey
	family string
}

func (by By) of(m *Margin) familyKey {
	if by == ByFamily {
		return familyKey{marginKey{currency: m.Currency}, m.Family}
	}
	return familyKey{by.key(m), ""}
}

// sum adds a month's rows up by group.
func (b *month) sum(by By) (out []Margin, at map[familyKey]int) {
	at = map[familyKey]int{}
	for i := range b.rows {
		x := &b.rows[i]
		k := by.of(x)
		n, ok := at[k]
		if !ok {
			n = len(out)
			at[k] = n
			g := Margin{Client: k.key.client, Agreement: k.key.agreement, Item: k.key.item, Family: k.family, Currency: k.key.currency}
			if by == ByItem {
				g.Family = x.Family
			}
			out = append(out, g)
		}
		if by == ByFamily || by == ByItem {
			out[n].add(&Margin{Recurring: x.Recurring, Work: x.Work, Vendors: x.Vendors, Tools: x.Tools, Uncosted: x.Uncosted})
			continue // hours and materials are not divided among services
		}
		out[n].add(x)
	}
	return out, at
}

// Margins returns what each group left in a month, and when it left least.
func (s *Service) Margins(ctx context.Context, m civil.Month, by By) (*Margins, error) {
	src, err := s.source(ctx)
	if err != nil {
		return nil, err
	}
	now, err := src.month(ctx, m)
	if err != nil {
		return nil, err
	}
	out := &Margins{Month: m, Blind: now.blind, Predictable: map[money.Currency]float64{}}
	rows, at := now.sum(by)
	for _, x := range rows {
		out.Rows = append(out.Rows, Grouped{Margin: x, Worst: m, WorstLeft: x.Left()})
	}
	compared := make([]bool, len(rows))
	for back := civil.Month(1); back < looksBack; back++ {
		b, err := src.month(ctx, m-back)
		if err != nil {
			return nil, err
		}
		before, _ := b.sum(by)
		for i := range before {
			x := &before[i]
			n, ok := at[by.of(x)]
			if !ok || x.nothing() {
				continue
			}
			compared[n] = true
			if x.Left() < out.Rows[n].WorstLeft {
				out.Rows[n].Worst, out.Rows[n].WorstLeft = m-back, x.Left()
			}
		}
	}
	kept := out.Rows[:0]
	for i, x := range out.Rows {
		if !compared[i] {
			x.Worst = civil.NoMonth
		}
		if !x.nothing() {
			kept = append(kept, x)
		}
	}
	out.Rows = kept
	slices.SortStableFunc(out.Rows, func(a, b Grouped) int {
		return cmp.Or(cmp.Compare(a.Left(), b.Left()), cmp.Compare(a.Client, b.Client), cmp.Compare(a.Agreement, b.Agreement), cmp.Compare(a.Item, b.Item), cmp.Compare(a.Family, b.Family))
	})
	total, recurring := map[money.Currency]int64{}, map[money.Currency]int64{}
	for _, x := range rows {
		total[x.Currency] += x.Revenue()
		recurring[x.Currency] += x.Recurring
	}
	for c, n := range total {
		if n > 0 {
			out.Predictable[c] = float64(recurring[c]) / float64(n)
		}
	}
	return out, nil
}

// Agreement returns one agreement's margins line by line in a month, and its months up to that one, the oldest first. What is of no line,
// such as labour, has no Line.
func (s *Service) Agreement(ctx context.Context, id ids.ID, m civil.Month) (lines, months []Margin, err error) {
	src, err := s.source(ctx)
	if err != nil {
		return nil, nil, err
	}
	for back := civil.Month(looksBack - 1); back >= 0; back-- {
		b, err := src.month(ctx, m-back)
		if err != nil {
			return nil, nil, err
		}
		sum := Margin{Agreement: id}
		lines = lines[:0]
		for _, x := range b.rows {
			if x.Agreement == id {
				sum.Client, sum.Currency = x.Client, x.Currency
				sum.add(&x)
				lines = append(lines, x)
			}
		}
		months = append(months, sum)
	}
	slices.SortStableFunc(lines, func(a, b Margin) int {
		return cmp.Or(cmp.Compare(b.Revenue(), a.Revenue()), cmp.Compare(a.Line, b.Line))
	})
	return lines, months, nil
}
