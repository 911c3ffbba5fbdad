// SPDX-License-Identifier: Apache-2.0

package insight

import (
	"context"
	"slices"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
)

// Month is how recurring revenue moved in a month, in minor units: Start + New + Expansion − Contraction − Churn = End.
type Month struct {
	Month                                          civil.Month
	Start, New, Expansion, Contraction, Churn, End int64
	Clients                                        int // that have some at its end
}

// Recurring is the recurring revenue of one currency.
type Recurring struct {
	Currency money.Currency
	Months   []Month
}

// Last is the latest month.
func (r *Recurring) Last() Month { return r.Months[len(r.Months)-1] }

// Recurring returns how recurring revenue moved in some months, the last of them through, by currency. The present month is
// taken as it stands today.
func (s *Service) Recurring(ctx context.Context, months int, through civil.Month) ([]Recurring, error) {
	all, err := s.agreements(ctx)
	if err != nil {
		return nil, err
	}
	first := through - civil.Month(months) // the month before the first one: what they start with
	value := map[money.Currency]map[ids.ID][]int64{}
	for _, a := range all {
		of := value[a.Currency]
		if of == nil {
			of = map[ids.ID][]int64{}
			value[a.Currency] = of
		}
		if of[a.Client] == nil {
			of[a.Client] = make([]int64, months+1)
		}
		for i := range months + 1 {
			day := min((first + civil.Month(i)).Last(), s.p.Billing.Today())
			if !a.Holds(day) {
				continue
			}
			n, err := a.Monthly(day)
			if err != nil {
				return nil, err
			}
			of[a.Client][i] += n
		}
	}
	var out []Recurring
	for c, of := range value {
		r := Recurring{Currency: c}
		for i := 1; i <= months; i++ {
			r.Months = append(r.Months, movement(first+civil.Month(i), of, i))
		}
		out = append(out, r)
	}
	slices.SortFunc(out, func(a, b Recurring) int { return int(min(max(b.Last().End-a.Last().End, -1), 1)) })
	return out, nil
}

func movement(m civil.Month, of map[ids.ID][]int64, i int) Month {
	out := Month{Month: m}
	for _, v := range of {
		before, now := v[i-1], v[i]
		out.Start += before
		out.End += now
		if now > 0 {
			out.Clients++
		}
		switch {
		case before == 0:
			out.New += now
		case now == 0:
			out.Churn += before
		case now > before:
			out.Expansion += now - before
		default:
			out.Contraction += before - now
		}
	}
	return out
}

// agreements reads all agreements that were ever active.
func (s *Service) agreements(ctx context.Context) ([]*agreements.Agreement, error) {
	var out []*agreements.Agreement
	for after := ids.ID(0); ; {
		list, err := s.p.Agreements.Due(ctx, s.p.DB.Reader(), agreements.DueFilter{All: true, After: after, Limit: 500})
		if err != nil || len(list) == 0 {
			return out, err
		}
		out = append(out, list...)
		after = list[len(list)-1].ID
	}
}
