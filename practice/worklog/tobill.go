// SPDX-License-Identifier: Apache-2.0

package worklog

import (
	"context"
	"database/sql"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/worklog/rates"
	"mainstay/practice/worklog/store"
)

// ToBill is approved work, or an item, that is billable and not billed yet.
type ToBill struct {
	ID       ids.ID
	Item     bool
	Kind     ItemKind // of an item
	Type     ids.ID   // the kind of work
	Day      civil.Date
	Person   string
	Ticket   TicketRef
	Note     string
	Minutes  int64         // charged
	Quantity money.Decimal // of an item
	Rate     money.Decimal // of an hour, or of one, in units of the currency
	Factor   int           // percent
	Minor    int64
	Currency money.Currency
}

// ClientsToBill returns the clients that have approved work, with a price, up to a day that is not billed, by id.
func (s *Service) ClientsToBill(ctx context.Context, q db.Query, through civil.Date) ([]ids.ID, error) {
	rows, err := q.QueryContext(ctx, `SELECT client_id FROM worklog_entries WHERE unbilled = 1 AND state = 2 AND priced = 1 AND day <= $1
UNION SELECT client_id FROM worklog_items WHERE unbilled = 1 AND state = 2 AND day <= $1 ORDER BY client_id`, int64(through))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []ids.ID
	for rows.Next() {
		var id ids.ID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, rows.Err()
}

// ToBill returns a client's approved work and items up to a day that are not billed, by day: those that no card priced are left out.
func (s *Service) ToBill(ctx context.Context, q db.Query, client ids.ID, through civil.Date) ([]ToBill, error) {
	st := store.New(q)
	entries, err := st.EntriesToBill(ctx, int64(client), int64(through))
	if err != nil {
		return nil, err
	}
	items, err := st.ItemsToBill(ctx, int64(client), int64(through))
	if err != nil {
		return nil, err
	}
	out := make([]ToBill, 0, len(entries)+len(items))
	for _, r := range entries {
		c := money.Currency(r.Currency)
		out = append(out, ToBill{
			ID: ids.ID(r.ID), Type: ids.ID(r.TypeID), Day: civil.Date(r.Day), Person: r.Person, Ticket: TicketRef{ID: ids.ID(r.TicketID), Number: r.TicketNumber, Subject: r.Ticket}, Note: r.Note, Minutes: r.BilledMinutes,
			Rate: money.Decimal{Coef: r.Rate, Scale: uint8(c.Digits())}, Factor: int(r.Factor), Minor: r.Minor, Currency: c,
		})
	}
	for _, r := range items {
		out = append(out, ToBill{
			ID: ids.ID(r.ID), Item: true, Kind: ItemKind(r.Kind), Day: civil.Date(r.Day), Person: r.Person, Ticket: TicketRef{ID: ids.ID(r.TicketID), Number: r.TicketNumber, Subject: r.Ticket}, Note: r.Note,
			Quantity: money.Decimal{Coef: r.QuantityCoef, Scale: uint8(r.QuantityScale)}, Rate: money.Decimal{Coef: r.PriceCoef, Scale: uint8(r.PriceScale)}, Factor: 100, Minor: r.Minor, Currency: money.Currency(r.Currency),
		})
	}
	return out, nil
}

// Drawn is work that an agreement covers: what draws on its allowances.
type Drawn struct {
	ID      ids.ID
	Day     civil.Date
	Type    ids.ID
	Ticket  ids.ID
	After   bool // outside the hours of business
	Minutes int64

	// What it would cost by the rate card, each entry by itself, net; Priced = false where no card has a price for it.
	Priced   bool
	Minor    int64
	Currency money.Currency
}

// Drawn returns a client's work from a day through another that is prepaid, by day and id. Its price is looked up where it is asked
// for.
func (s *Service) Drawn(ctx context.Context, q db.Query, client ids.ID, from, through civil.Date, price bool) ([]Drawn, error) {
	st := store.New(q)
	rows, err := st.PrepaidEntries(ctx, store.PrepaidEntriesParams{ClientID: int64(client), Day: int64(from), Day_2: int64(through), Coverage: int64(Prepaid)})
	if err != nil {
		return nil, err
	}
	var cards []rates.Card
	if price && len(rows) > 0 {
		if cards, err = cardsFor(ctx, st, client); err != nil {
			return nil, err
		}
	}
	out := make([]Drawn, len(rows))
	for i, r := range rows {
		d := Drawn{ID: ids.ID(r.ID), Day: civil.Date(r.Day), Type: ids.ID(r.TypeID), Ticket: ids.ID(r.TicketID), After: r.AfterHours != 0, Minutes: r.Minutes}
		if rule := alone(rates.Find(cards, rates.Ask{Client: client, Type: d.Type, Person: ids.ID(r.PersonID), Day: d.Day, After: d.After}), true); rule.Found {
			d.Priced, d.Currency = true, rule.Currency
			if d.Minor, err = rates.Amount(rule.Own(int(r.Minutes)), rule.Minor, rule.Factor); err != nil {
				return nil, err
			}
		}
		out[i] = d
	}
	return out, nil
}

// MarkBilledIn is MarkBilled inside a transaction.
func (s *Service) MarkBilledIn(ctx context.Context, tx *sql.Tx, list []Bill) error {
	if err := s.markBilled(ctx, tx, store.New(tx), list); err != nil {
		return err
	}
	return s.p.Access.Record(ctx, tx, "worklog.billed", "", "")
}

// UnbillIn takes back what was billed on a document that was thrown away, or on some of its lines: it is approved and not billed
// again.
func (s *Service) UnbillIn(ctx context.Context, tx *sql.Tx, invoice string, lines ...string) error {
	q := store.New(tx)
	if len(lines) == 0 {
		if err := q.UnbillEntries(ctx, invoice, s.now()); err != nil {
			return err
		}
		return q.UnbillItems(ctx, invoice, s.now())
	}
	for _, line := range lines {
		if err := q.UnbillEntryLine(ctx, invoice, line, s.now()); err != nil {
			return err
		}
		if err := q.UnbillItemLine(ctx, invoice, line, s.now()); err != nil {
			return err
		}
	}
	return nil
}

// Spent is what was worked for a client in some days, by who pays.
type Spent struct {
	Client  ids.ID
	Cover   Coverage
	Minutes int64
}

// WorkedIn returns what was worked from a day through another, by client and who pays.
func (s *Service) WorkedIn(ctx context.Context, from, through civil.Date) ([]Spent, error) {
	rows, err := s.read().WorkedIn(ctx, int64(from), int64(through))
	out := make([]Spent, len(rows))
	for i, r := range rows {
		out[i] = Spent{ids.ID(r.ClientID), Coverage(r.Coverage), r.Minutes}
	}
	return out, err
}
