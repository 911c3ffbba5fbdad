// SPDX-License-Identifier: Apache-2.0

package payments

import (
	"cmp"
	"context"
	"slices"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
)

// Movement is one line of a statement. Minor above 0 is owed more.
type Movement struct {
	Day     civil.Date
	What    string // "invoice", "fee", "credit_note", "payment", "refund", "undone", "write_off"
	Number  string
	Minor   int64
	Balance int64
}

// Statement is what went on between the firm and a client in one currency.
type Statement struct {
	Client    ids.ID
	Name      string
	Currency  money.Currency
	From, To  civil.Date // both days included
	Opening   int64      // owed before From
	Movements []Movement
	Closing   int64
	Open      []billing.OpenDoc // at the end of To
	Buckets   Buckets           // of Closing
}

// longest is how many days a statement covers at most.
const longest = 3 * 366

// Statements makes the statements of a client, one for each currency that there is, from one day to another.
func (s *Service) Statements(ctx context.Context, client ids.ID, from, to civil.Date) ([]Statement, error) {
	if !from.Known() || !to.Known() || to < from || to-from > longest {
		return nil, fault.NewInvalid("Choose a first and a last day, at most three years apart.").On("from")
	}
	names, err := s.p.Clients.Names(ctx, everything, client)
	if err != nil {
		return nil, err
	}
	if names[client] == "" {
		return nil, fault.NewNotFound("There is no such client.")
	}
	before, err := s.Ageing(ctx, from.AddDays(-1), client)
	if err != nil {
		return nil, err
	}
	after, err := s.Ageing(ctx, to, client)
	if err != nil {
		return nil, err
	}
	moves, err := s.movements(ctx, client, from, to)
	if err != nil {
		return nil, err
	}
	open, err := s.p.Billing.OpenAsOf(ctx, s.p.DB.Reader(), to, client)
	if err != nil {
		return nil, err
	}
	var currencies []money.Currency
	for c := range moves {
		currencies = append(currencies, c)
	}
	for _, r := range append(before.Rows, after.Rows...) {
		currencies = append(currencies, r.Currency)
	}
	slices.Sort(currencies)
	var out []Statement
	for _, c := range slices.Compact(currencies) {
		st := Statement{Client: client, Name: names[client], Currency: c, From: from, To: to, Movements: moves[c]}
		for _, r := range before.Rows {
			if r.Currency == c {
				st.Opening = r.Total()
			}
		}
		st.Closing = st.Opening
		for i := range st.Movements {
			st.Closing += st.Movements[i].Minor
			st.Movements[i].Balance = st.Closing
		}
		for _, r := range after.Rows {
			if r.Currency == c {
				st.Buckets = r.Buckets
			}
		}
		for _, d := range open {
			if d.Currency == c {
				st.Open = append(st.Open, d)
			}
		}
		out = append(out, st)
	}
	return out, nil
}

// movements are what changed what is owed, by currency and day.
func (s *Service) movements(ctx context.Context, client ids.ID, from, to civil.Date) (map[money.Currency][]Movement, error) {
	q, period := s.p.DB.Reader(), rating.Period{From: from, To: to.AddDays(1)}
	out := map[money.Currency][]Movement{}
	docs, err := s.p.Billing.IssuedOf(ctx, q, client, period)
	if err != nil {
		return nil, err
	}
	for _, d := range docs {
		m := Movement{Day: d.Issued, What: string(d.Kind), Number: d.Number, Minor: d.Gross}
		if d.Kind == invoice.CreditNote {
			m.Minor = -m.Minor
		}
		out[d.Currency] = append(out[d.Currency], m)
	}
	list, err := all(ctx, q, scanPayment, "SELECT "+paymentColumns+" FROM payments_payments p WHERE p.client_id = $1 AND (p.day >= $2 AND p.day <= $3 OR p.state = 1 AND p.undone_day >= $2 AND p.undone_day <= $3) ORDER BY p.day, p.id", int64(client), int64(from), int64(to))
	if err != nil {
		return nil, err
	}
	for _, p := range list {
		if p.Day >= from && p.Day <= to {
			what := "payment"
			if p.Minor < 0 {
				what = "refund"
			}
			out[p.Currency] = append(out[p.Currency], Movement{Day: p.Day, What: what, Number: p.Reference, Minor: -p.Minor})
		}
		if p.Undone && p.UndoneDay >= from && p.UndoneDay <= to {
			out[p.Currency] = append(out[p.Currency], Movement{Day: p.UndoneDay, What: "undone", Number: p.Reference, Minor: p.Minor})
		}
	}
	off, err := s.p.Billing.SettledOf(ctx, q, client, period, billing.ByWriteOff)
	if err != nil {
		return nil, err
	}
	for _, x := range off {
		d, err := s.p.Billing.Doc(ctx, x.Invoice)
		if err != nil {
			return nil, err
		}
		out[d.Currency] = append(out[d.Currency], Movement{Day: x.Day, What: "write_off", Number: d.Number, Minor: -x.Minor})
	}
	for _, list := range out {
		slices.SortStableFunc(list, func(a, b Movement) int { return cmp.Compare(a.Day, b.Day) })
	}
	return out, nil
}
