// SPDX-License-Identifier: Apache-2.0

package vendors

import (
	"context"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/catalogue"
)

// Cost is what vendors billed for a month: of an item for a client, for the firm's own use, or of what is not matched.
type Cost struct {
	Client   ids.ID // 0 = not matched, or Own
	Item     ids.ID // 0 = not matched
	Own      bool
	Currency money.Currency
	What     string // as the vendor calls it, where Item is 0
	Minor    int64
}

// Costs returns what vendors billed for a month, and the items of which it is the whole truth: those of vendors that have billed it. What the
// catalogue says of their costs does not count besides.
func (s *Service) Costs(ctx context.Context, m civil.Month) ([]Cost, map[ids.ID]bool, error) {
	r := &reconciler{s: s, p: monthOf(m), items: map[ids.ID]*catalogue.Item{}, out: &Reconciliation{}}
	var err error
	if r.out.Vendors, err = s.billed(ctx, r.p); err != nil || len(r.out.Vendors) == 0 {
		return nil, nil, err
	}
	if err := r.scope(ctx); err != nil {
		return nil, nil, err
	}
	rows, err := s.in(ctx, r.p, nil)
	if err != nil {
		return nil, nil, err
	}
	at := map[Cost]int{}
	var out []Cost
	for i := range rows {
		x := &rows[i]
		minor, err := x.Share(r.p)
		if err != nil {
			return nil, nil, err
		}
		k := Cost{Client: x.Client, Item: x.Item, Own: x.Own, Currency: x.Currency}
		if x.Item == 0 {
			k.What = x.What()
		}
		n, ok := at[k]
		if !ok {
			n = len(out)
			at[k] = n
			out = append(out, k)
		}
		out[n].Minor += minor
	}
	return out, r.resold, nil
}
