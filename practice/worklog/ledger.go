// SPDX-License-Identifier: Apache-2.0

package worklog

import (
	"context"
	"database/sql"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
)

// Worked is an entry as the books' ledger takes it.
type Worked struct {
	ID       ids.ID
	Client   ids.ID
	Person   string
	Text     string // what the client reads, else the ticket's subject
	Day      civil.Date
	Minutes  int
	Minor    int64
	Currency money.Currency
	Reactive bool
	Billable bool
}

// EachForLedger calls fn for every entry of a client, of all when it is 0, in the order in which they were written.
// Corrections of what was billed are no work and left out.
func (s *Service) EachForLedger(ctx context.Context, client ids.ID, fn func(Worked) error) error {
	return s.p.DB.Read(ctx, func(tx *sql.Tx) error { return EachForLedger(ctx, tx, int64(client), fn) })
}

// EachForLedger is the method of that name within a reading transaction of the caller's, who sees one moment of
// everything.
func EachForLedger(ctx context.Context, tx *sql.Tx, client int64, fn func(Worked) error) error {
	query, args := "SELECT id, client_id, person, note, ticket, day, minutes, minor, currency, reactive, coverage FROM worklog_entries WHERE minutes > 0", []any{}
	if client != 0 {
		query += " AND client_id = $1"
		args = append(args, client)
	}
	rows, err := tx.QueryContext(ctx, query+" ORDER BY id", args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var w Worked
		var ticket string
		var day, reactive, coverage int64
		if err := rows.Scan(&w.ID, &w.Client, &w.Person, &w.Text, &ticket, &day, &w.Minutes, &w.Minor, &w.Currency, &reactive, &coverage); err != nil {
			return err
		}
		if w.Text == "" {
			w.Text = ticket
		}
		w.Day, w.Reactive, w.Billable = civil.Date(day), reactive == 1, Coverage(coverage) == Billable
		if err := fn(w); err != nil {
			return err
		}
	}
	return rows.Err()
}
