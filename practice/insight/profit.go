// SPDX-License-Identifier: Apache-2.0

package insight

import (
	"cmp"
	"context"
	"slices"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/worklog"
)

// Profit is what a client, in one currency, leaves in a month. Amounts are minor units.
type Profit struct {
	Client    ids.ID
	Currency  money.Currency
	Recurring int64    // earned by agreements
	Work      int64    // earned by time and materials, and by hand
	Tools     int64    // what the items cost: by vendors' bills, else by the catalogue
	Parts     int64    // what materials cost
	Minutes   int64    // worked for the client
	Covered   int64    // of them under agreement or prepaid
	Labour    int64    // what they cost; 0 where no rate is known
	Uncosted  []string // items whose cost is not known: blind spots
	NoRate    bool     // hours were worked whose cost is not known
}

// Revenue is everything earned.
func (p *Profit) Revenue() int64 { return p.Recurring + p.Work }

// Margin is what is left after tools, parts and labour, as far as they are known.
func (p *Profit) Margin() int64 { return p.Revenue() - p.Tools - p.Parts - p.Labour }

// Effective is what an hour earned: the revenue less tools and parts, over all hours. ok is false where nothing was worked.
func (p *Profit) Effective() (minor int64, ok bool) {
	if p.Minutes == 0 {
		return 0, false
	}
	n, err := money.Whole(p.Revenue() - p.Tools - p.Parts).Times(money.Fraction(60, p.Minutes)).Round(0)
	return n, err == nil
}

// Profits returns what each client left in a month, the largest revenue first.
func (s *Service) Profits(ctx context.Context, m civil.Month) ([]Profit, error) {
	src, err := s.source(ctx)
	if err != nil {
		return nil, err
	}
	b, err := src.month(ctx, m)
	if err != nil {
		return nil, err
	}
	covered, err := s.coveredMinutes(ctx, m)
	if err != nil {
		return nil, err
	}
	rows, _ := b.sum(ByClient)
	var out []Profit
	for i := range rows {
		x := &rows[i]
		if x.nothing() {
			continue
		}
		p := Profit{
			Client: x.Client, Currency: x.Currency, Recurring: x.Recurring, Work: x.Work, Tools: x.Vendors + x.Tools, Parts: x.Parts, Minutes: x.Minutes, Labour: x.Labour, Uncosted: x.Uncosted, NoRate: x.NoRate > 0,
		}
		if x.Currency == b.mainOf(x.Client) {
			p.Covered = covered[x.Client]
		}
		out = append(out, p)
	}
	slices.SortFunc(out, func(x, y Profit) int {
		return cmp.Or(cmp.Compare(y.Revenue(), x.Revenue()), cmp.Compare(x.Client, y.Client), cmp.Compare(x.Currency, y.Currency))
	})
	return out, nil
}

// coveredMinutes are the minutes of a month that agreements and prepaid hours cover, by client.
func (s *Service) coveredMinutes(ctx context.Context, m civil.Month) (map[ids.ID]int64, error) {
	rows, err := s.p.Work.WorkedIn(ctx, m.First(), m.Last())
	out := map[ids.ID]int64{}
	for _, r := range rows {
		if r.Cover == worklog.Agreement || r.Cover == worklog.Prepaid {
			out[r.Client] += r.Minutes
		}
	}
	return out, err
}
