// SPDX-License-Identifier: Apache-2.0

package payments

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/config"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/kit/paper"
	"mainstay/practice/billing"
	"mainstay/practice/clients"
)

// Letter is a mail that belongs to no ticket.
type Letter struct {
	To, Subject, Body string
	Files             []LetterFile
}

// Parts are what the service is built from.
type Parts struct {
	DB      *db.DB
	Clock   clock.Clock
	Zone    *time.Location // of the firm; nil = UTC
	IDs     *ids.Source
	Access  *access.Service
	Jobs    *jobs.Queue
	Values  config.Values
	Clients *clients.Service
	Billing *billing.Service
	Sealer  *access.Sealer
	Log     *slog.Logger // nil = nothing is logged
	URL     string       // of the server, without a slash at the end
	// Post puts a mail into the outbox in a transaction; CanSend says whether one can be sent at all. Nil = no mail.
	Post    func(ctx context.Context, tx *sql.Tx, l Letter) error
	CanSend func(ctx context.Context) (bool, error)
	Blobs   *blob.Store                          // of statements that are mailed; nil = none are
	Look    func(ctx context.Context) paper.Look // of papers; nil = plain
	// Stripe is the address of Stripe's API and the client that calls it; empty = Stripe's own.
	Stripe     string
	StripeHTTP *http.Client
}

// Service keeps payments. It is safe for concurrent use.
type Service struct {
	p         Parts
	listeners []Listener
}

// New returns the service on a migrated database and registers its jobs.
func New(p Parts) *Service {
	if p.Zone == nil {
		p.Zone = time.UTC
	}
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{p: p}
	p.Jobs.Handle(clients.MergedJob, s.clientMerged)
	p.Jobs.Handle(savedJob, s.saved)
	return s
}

// What happens.
const (
	Received = "received" // a payment was booked
	Returned = "returned" // a payment was taken back
	Overdue  = "overdue"  // an invoice was not paid in time; once for each
	Failed   = "failed"   // a direct debit came back, or a saved way of paying was refused
)

// Happening is what listeners are told of. Of an overdue invoice, and of a collection that failed, Payment is empty, else Doc is.
type Happening struct {
	What    string
	Payment Payment
	Doc     billing.Doc
	// Of what failed: how it was to be collected ("debit" or "card"), how much, and what the bank says.
	How   Method
	Minor int64
	Why   string
}

// Listener is told of what happens in the transaction that writes it: it may write there and must have no effect outside of it. An
// error undoes the change.
type Listener func(ctx context.Context, tx *sql.Tx, h Happening) error

// Listen adds a listener. Call it before the first request.
func (s *Service) Listen(fn Listener) { s.listeners = append(s.listeners, fn) }

func (s *Service) tell(ctx context.Context, tx *sql.Tx, h Happening) error {
	for _, fn := range s.listeners {
		if err := fn(ctx, tx, h); err != nil {
			return err
		}
	}
	return nil
}

// Today is the day on the firm's wall clock.
func (s *Service) Today() civil.Date { return clock.Today(s.p.Clock, s.p.Zone) }

// Zone is the firm's time zone.
func (s *Service) Zone() *time.Location { return s.p.Zone }

func (s *Service) now() int64 { return clock.Micros(s.p.Clock.Now()) }

// change runs fn and records the act in one transaction.
func (s *Service) change(ctx context.Context, action, subject, detail string, fn func(tx *sql.Tx) error) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, action, subject, detail)
	})
}

// by returns who acts.
func by(ctx context.Context) (ids.ID, string) {
	if id := access.From(ctx); id != nil {
		return id.User, id.Name
	}
	return 0, ""
}

func found(err error, sentence *fault.Error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return sentence
	}
	return err
}

// changedMeanwhile is the answer to a change of something that is not as it was shown.
func changedMeanwhile() *fault.Error {
	return fault.NewConflict("Somebody else has changed this meanwhile. Look at it again, then repeat your change.")
}

// one runs a statement that must change exactly one row; else sentence is the answer.
func one(ctx context.Context, tx *sql.Tx, sentence *fault.Error, query string, args ...any) error {
	res, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return err
	}
	n, err := res.RowsAffected()
	if err == nil && n == 0 {
		return sentence
	}
	return err
}

// all reads rows.
func all[T any](ctx context.Context, q db.Query, scan func(interface{ Scan(...any) error }) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := []T{}
	for rows.Next() {
		x, err := scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, rows.Err()
}

// HasClients tells which clients have payments, means of payment or holds: they are not forgotten when the import that made them is undone.
func (s *Service) HasClients(ctx context.Context) (map[ids.ID]bool, error) {
	return clients.In(ctx, s.p.DB.Reader(), `SELECT client_id FROM payments_payments UNION SELECT client_id FROM payments_attempts UNION SELECT client_id FROM payments_customers
		UNION SELECT client_id FROM payments_methods UNION SELECT client_id FROM payments_mandates UNION SELECT client_id FROM payments_holds`)
}

// clientMerged moves what belongs to one client to another; its argument is that of clients.MergedJob, "FROM INTO".
func (s *Service) clientMerged(ctx context.Context, arg string) error {
	a, b, _ := strings.Cut(arg, " ")
	from, err := ids.Parse(a)
	if err != nil {
		return err
	}
	into, err := ids.Parse(b)
	if err != nil {
		return err
	}
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		for _, table := range []string{"payments_payments", "payments_attempts", "payments_methods", "payments_mandates", "payments_debits", "payments_reminders", "payments_statements"} {
			if _, err := tx.ExecContext(ctx, "UPDATE "+table+" SET client_id = $2 WHERE client_id = $1", int64(from), int64(into)); err != nil {
				return err
			}
		}
		// Of two holds on everything, and of two customers, that of the client that stays holds.
		for _, q := range []string{
			"DELETE FROM payments_holds WHERE client_id = $1 AND invoice_id = 0 AND EXISTS (SELECT 1 FROM payments_holds h WHERE h.client_id = $2 AND h.invoice_id = 0)",
			"UPDATE payments_holds SET client_id = $2 WHERE client_id = $1",
			"DELETE FROM payments_customers WHERE client_id = $1 AND EXISTS (SELECT 1 FROM payments_customers c WHERE c.client_id = $2)",
			"UPDATE payments_customers SET client_id = $2 WHERE client_id = $1",
		} {
			if _, err := tx.ExecContext(ctx, q, int64(from), int64(into)); err != nil {
				return err
			}
		}
		return nil
	})
}
