// SPDX-License-Identifier: Apache-2.0

package payments

import (
	"context"
	"slices"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/invoice"
)

// Buckets are how late what is open is: not due, 1–30, 31–60, 61–90 and more than 90 days; Credit is what clients have to their
// credit, as an amount below 0: payments that belong to no invoice, and credit notes not used.
type Buckets struct {
	Days   [5]int64
	Credit int64
}

// Total is what is owed altogether.
func (b Buckets) Total() int64 {
	n := b.Credit
	for _, d := range b.Days {
		n += d
	}
	return n
}

// bucket is the place of what is so many days late.
func bucket(late int) int {
	switch {
	case late <= 0:
		return 0
	case late > 90:
		return 4
	}
	return 1 + (late-1)/30
}

// AgeingRow is what one client owes in one currency.
type AgeingRow struct {
	Client   ids.ID
	Name     string
	Currency money.Currency
	Buckets
	Invoices int
	Oldest   civil.Date // due day of the oldest open invoice
}

// Ageing is what is owed as of a day.
type Ageing struct {
	Day    civil.Date
	Rows   []AgeingRow // by currency, then the largest first
	Totals []AgeingRow // by currency
}

// Ageing reckons what was owed at the end of a day, from what was issued and paid by then; of one client where client is not 0.
func (s *Service) Ageing(ctx context.Context, day civil.Date, client ids.ID) (Ageing, error) {
	out := Ageing{Day: day}
	q := s.p.DB.Reader()
	open, err := s.p.Billing.OpenAsOf(ctx, q, day, client)
	if err != nil {
		return out, err
	}
	type key struct {
		client   ids.ID
		currency money.Currency
	}
	at := map[key]int{}
	row := func(id ids.ID, name string, c money.Currency) *AgeingRow {
		i, seen := at[key{id, c}]
		if !seen {
			i, at[key{id, c}] = len(out.Rows), len(out.Rows)
			out.Rows = append(out.Rows, AgeingRow{Client: id, Name: name, Currency: c, Oldest: civil.NoDate})
		}
		return &out.Rows[i]
	}
	for _, d := range open {
		r := row(d.Client, d.Name, d.Currency)
		if d.Kind == invoice.CreditNote {
			r.Credit -= d.Then
			continue
		}
		r.Days[bucket(int(day-d.Due))] += d.Then
		r.Invoices++
		if !r.Oldest.Known() || d.Due < r.Oldest {
			r.Oldest = d.Due
		}
	}
	query, args := `SELECT p.client_id, max(p.client), p.currency, CAST(SUM(p.minor - COALESCE((SELECT SUM(a.minor) FROM payments_allocations a JOIN payments_payments o ON o.id = a.payment_id WHERE a.payment_id = p.id AND a.day <= $1 AND o.minor > 0), 0)
 - CASE WHEN p.minor < 0 AND p.of_id = 0 THEN p.minor ELSE 0 END) AS BIGINT)
FROM payments_payments p WHERE p.day <= $1 AND (p.state = 0 OR p.undone_day > $1)`, []any{int64(day)}
	if client != 0 {
		query, args = query+" AND p.client_id = $2", append(args, int64(client))
	}
	rows, err := q.QueryContext(ctx, query+" GROUP BY p.client_id, p.currency", args...)
	if err != nil {
		return out, err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var x AgeingRow
		var n int64
		if err := rows.Scan(&x.Client, &x.Name, &x.Currency, &n); err != nil {
			return out, err
		}
		if n != 0 {
			row(x.Client, x.Name, x.Currency).Credit -= n
		}
	}
	out.sum()
	return out, rows.Err()
}

func (a *Ageing) sum() {
	a.Rows = slices.DeleteFunc(a.Rows, func(r AgeingRow) bool { return r.Buckets == (Buckets{}) })
	slices.SortStableFunc(a.Rows, func(x, y AgeingRow) int {
		switch {
		case x.Currency != y.Currency:
			return strings.Compare(string(x.Currency), string(y.Currency))
		case x.Total() != y.Total():
			return map[bool]int{true: -1, false: 1}[x.Total() > y.Total()]
		}
		return strings.Compare(x.Name, y.Name)
	})
	for _, r := range a.Rows {
		if n := len(a.Totals); n == 0 || a.Totals[n-1].Currency != r.Currency {
			a.Totals = append(a.Totals, AgeingRow{Currency: r.Currency, Oldest: civil.NoDate})
		}
		t := &a.Totals[len(a.Totals)-1]
		for i := range r.Days {
			t.Days[i] += r.Days[i]
		}
		t.Credit += r.Credit
		t.Invoices += r.Invoices
	}
}
