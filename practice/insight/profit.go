// SPDX-License-Identifier: Apache-2.0

package insight

import (
	"context"
	"slices"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
	"mainstay/practice/worklog"
)

// Profit is what a client, in one currency, leaves in a month. Amounts are minor units.
type Profit struct {
	Client    ids.ID
	Currency  money.Currency
	Recurring int64    // earned by agreements
	Work      int64    // earned by time and materials, and by hand
	Tools     int64    // what the items of the agreements cost
	Minutes   int64    // worked for the client
	Covered   int64    // of them under agreement or prepaid
	Labour    int64    // what they cost; 0 where no rate is known
	Uncosted  []string // items whose cost is not known: blind spots
	NoRate    bool     // hours were worked whose cost is not known
}

// Revenue is everything earned.
func (p *Profit) Revenue() int64 { return p.Recurring + p.Work }

// Margin is what is left after tools and labour, as far as they are known.
func (p *Profit) Margin() int64 { return p.Revenue() - p.Tools - p.Labour }

// Effective is what an hour earned: the revenue less the tools, over all hours. ok is false where nothing was worked.
func (p *Profit) Effective() (minor int64, ok bool) {
	if p.Minutes == 0 {
		return 0, false
	}
	n, err := money.Whole(p.Revenue() - p.Tools).Times(money.Fraction(60, p.Minutes)).Round(0)
	return n, err == nil
}

// Profits returns what each client left in a month, the largest revenue first.
func (s *Service) Profits(ctx context.Context, month civil.Month) ([]Profit, error) {
	p := rating.Period{From: month.First(), To: (month + 1).First()}
	b := profits{s: s, at: map[profitKey]*Profit{}, costs: map[money.Currency]map[ids.ID]catalogue.Cost{}, day: min(month.Last(), s.p.Billing.Today())}
	earned, err := s.p.Billing.Earned(ctx, p)
	if err != nil {
		return nil, err
	}
	for _, e := range earned {
		x := b.of(e.Client, e.Currency)
		if e.Line != 0 {
			x.Recurring += e.Minor
		} else {
			x.Work += e.Minor
		}
	}
	all, err := s.agreements(ctx)
	if err != nil {
		return nil, err
	}
	for _, a := range all {
		if a.Holds(b.day) {
			if err := b.tools(ctx, a); err != nil {
				return nil, err
			}
		}
	}
	if err := b.work(ctx, p); err != nil {
		return nil, err
	}
	slices.SortFunc(b.out, func(x, y *Profit) int {
		if x.Revenue() != y.Revenue() {
			return int(min(max(y.Revenue()-x.Revenue(), -1), 1))
		}
		return int(min(max(x.Client-y.Client, -1), 1))
	})
	out := make([]Profit, len(b.out))
	for i, x := range b.out {
		out[i] = *x
	}
	return out, nil
}

type profitKey struct {
	client   ids.ID
	currency money.Currency
}

type profits struct {
	s     *Service
	at    map[profitKey]*Profit
	out   []*Profit
	costs map[money.Currency]map[ids.ID]catalogue.Cost
	day   civil.Date
}

func (b *profits) of(client ids.ID, c money.Currency) *Profit {
	k := profitKey{client, c}
	if b.at[k] == nil {
		b.at[k] = &Profit{Client: client, Currency: c}
		b.out = append(b.out, b.at[k])
	}
	return b.at[k]
}

// tools adds what the items of an agreement cost in a month, as it stands on the day.
func (b *profits) tools(ctx context.Context, a *agreements.Agreement) error {
	costs, ok := b.costs[a.Currency]
	if !ok {
		var err error
		if costs, err = b.s.p.Catalogue.Costs(ctx, a.Currency, b.day); err != nil {
			return err
		}
		b.costs[a.Currency] = costs
	}
	x := b.of(a.Client, a.Currency)
	for i := range a.Lines {
		l := &a.Lines[i]
		if l.On(b.day) == nil {
			continue
		}
		cost, known := costs[l.Item]
		months := cost.Every.Months()
		if !known || l.Item == 0 {
			if !slices.Contains(x.Uncosted, l.Name) {
				x.Uncosted = append(x.Uncosted, l.Name)
			}
			continue
		}
		if months == 0 {
			continue // comes once
		}
		n := money.Whole(1)
		if q, f := l.Quantity(b.day); f.ID != 0 {
			n = q.Exact()
		}
		minor, err := n.Times(cost.Unit.Exact()).Times(money.Fraction(1, months)).Round(a.Currency.Digits())
		if err != nil {
			return err
		}
		x.Tools += minor
	}
	return nil
}

// work adds the hours and what they cost: to the client's largest currency, since work has none of its own.
func (b *profits) work(ctx context.Context, p rating.Period) error {
	rows, err := b.s.p.Work.WorkedIn(ctx, p.From, p.To-1)
	if err != nil {
		return err
	}
	rate, err := b.s.HourCost(ctx, b.day)
	if err != nil {
		return err
	}
	for _, r := range rows {
		x := b.main(ctx, r.Client)
		x.Minutes += r.Minutes
		if r.Cover == worklog.Agreement || r.Cover == worklog.Prepaid {
			x.Covered += r.Minutes
		}
		if rate.Minor == 0 || rate.Currency != x.Currency {
			x.NoRate = x.NoRate || r.Minutes > 0
			continue
		}
		n, err := money.Whole(rate.Minor).Times(money.Fraction(r.Minutes, 60)).Round(0)
		if err != nil {
			return err
		}
		x.Labour += n
	}
	return nil
}

func (b *profits) main(ctx context.Context, client ids.ID) *Profit {
	var best *Profit
	for _, x := range b.out {
		if x.Client == client && (best == nil || x.Revenue() > best.Revenue()) {
			best = x
		}
	}
	if best == nil {
		return b.of(client, b.s.p.Work.Currency(ctx))
	}
	return best
}
