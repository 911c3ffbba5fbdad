// SPDX-License-Identifier: Apache-2.0

package worklog

import (
	"cmp"
	"context"
	"database/sql"
	"slices"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/worklog/store"
)

// Owed is what a client has not been billed for yet, in one currency.
type Owed struct {
	Client   ids.ID
	Currency money.Currency
	Entries  int64
	Minutes  int64 // worked
	Billed   int64 // minutes to charge
	Time     int64 // minor units of the time
	Items    int64 // number of items
	Goods    int64 // minor units of the items
	Approved int64 // minor units of both that can be billed now
	Unpriced int64 // entries that no card gave a price
	Oldest   civil.Date
}

// Total is time and items, in minor units.
func (o Owed) Total() int64 { return o.Time + o.Goods }

// Unbilled adds up what is billable and not billed, by client and currency, the largest first. It reads an index of those
// rows alone, however many others there are.
func (s *Service) Unbilled(ctx context.Context, scope access.Scope) ([]Owed, error) {
	var out []Owed
	err := s.p.DB.Read(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		time, err := q.UnbilledTime(ctx)
		if err != nil {
			return err
		}
		at := map[Owed]int{}
		place := func(client int64, currency string) *Owed {
			key := Owed{Client: ids.ID(client), Currency: money.Currency(currency)}
			i, ok := at[key]
			if !ok {
				i = len(out)
				at[key] = i
				key.Oldest = civil.NoDate
				out = append(out, key)
			}
			return &out[i]
		}
		older := func(o *Owed, day int64) {
			if d := civil.Date(day); !o.Oldest.Known() || d < o.Oldest {
				o.Oldest = d
			}
		}
		for _, r := range time {
			if scope.Covers(ids.ID(r.ClientID)) {
				o := place(r.ClientID, r.Currency)
				o.Entries, o.Minutes, o.Billed, o.Time, o.Unpriced = r.Entries, r.Minutes, r.BilledMinutes, r.Minor, r.Unpriced
				o.Approved += r.Approved
				older(o, r.Oldest)
			}
		}
		items, err := q.UnbilledItems(ctx)
		for _, r := range items {
			if scope.Covers(ids.ID(r.ClientID)) {
				o := place(r.ClientID, r.Currency)
				o.Items, o.Goods = r.Items, r.Minor
				o.Approved += r.Approved
				older(o, r.Oldest)
			}
		}
		return err
	})
	slices.SortFunc(out, func(a, b Owed) int {
		return cmp.Or(cmp.Compare(a.Currency, b.Currency), cmp.Compare(b.Total(), a.Total()), cmp.Compare(a.Client, b.Client))
	})
	return out, err
}
