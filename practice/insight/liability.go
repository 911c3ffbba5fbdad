// SPDX-License-Identifier: Apache-2.0

package insight

import (
	"cmp"
	"context"
	"slices"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
)

// Owed is what the firm still owes of an allowance: paid for and not drawn yet.
type Owed struct {
	Client    ids.ID
	Agreement ids.ID
	Number    string
	Name      string // of the allowance
	Measure   string // agreements.Hours, Money or Tickets
	Left      money.Exact
	Currency  money.Currency
	Minor     int64
	Priced    bool // what one was sold for is known; else Minor is 0
}

// Liability returns what is owed of allowances on a day, the most money first. A unit is worth what it was sold for: what the agreement's lines
// of labour come to over what the allowance grants in the same time; else what a unit beyond it costs. Where neither is known the
// allowance is named without money.
func (s *Service) Liability(ctx context.Context, day civil.Date) ([]Owed, error) {
	list, err := s.agreements(ctx)
	if err != nil {
		return nil, err
	}
	by := map[ids.ID]*agreements.Agreement{}
	var clients []ids.ID
	for _, a := range list {
		if a.Holds(day) && len(a.Pots) > 0 {
			by[a.ID] = a
			clients = append(clients, a.Client)
		}
	}
	slices.Sort(clients)
	var out []Owed
	for _, client := range slices.Compact(clients) {
		balances, err := s.p.Billing.Balances(ctx, client, day)
		if err != nil {
			return nil, err
		}
		for _, b := range balances {
			a := by[b.Agreement]
			if a == nil || b.Usage.Left.Sign() <= 0 {
				continue
			}
			o := Owed{Client: client, Agreement: a.ID, Number: a.Number, Name: b.Pot.Name, Measure: b.Pot.Measure, Left: b.Usage.Left, Currency: a.Currency}
			each, known := worth(a, b.Pot, day)
			if o.Priced = known; known {
				if o.Minor, err = each.Times(o.Left).Round(a.Currency.Digits()); err != nil {
					return nil, err
				}
			}
			out = append(out, o)
		}
	}
	slices.SortStableFunc(out, func(a, b Owed) int {
		return cmp.Or(cmp.Compare(b.Minor, a.Minor), cmp.Compare(a.Client, b.Client), cmp.Compare(a.Agreement, b.Agreement))
	})
	return out, nil
}

// worth is what one unit of an allowance was sold for, in units of the currency.
func worth(a *agreements.Agreement, p *agreements.Pot, day civil.Date) (money.Exact, bool) {
	if p.Measure == agreements.Money {
		return money.Whole(1), true
	}
	if granted := p.Monthly(); granted.Sign() > 0 && p.Measure == agreements.Hours {
		var paid money.Exact
		for i := range a.Lines {
			if l := &a.Lines[i]; l.Kind == "labour" && l.ID != p.Line {
				paid = paid.Plus(l.Monthly(day))
			}
		}
		if paid.Sign() > 0 {
			return paid.Over(granted), true
		}
	}
	if l := a.Line(p.Line); l != nil {
		if t := l.On(day); t != nil {
			one := t.Price.Rate(money.Whole(1)).Net
			return one, one.Sign() > 0
		}
	}
	return money.Exact{}, false
}
