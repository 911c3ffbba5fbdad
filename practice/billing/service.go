// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"database/sql"
	"errors"
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
	"mainstay/kit/locale"
	"mainstay/kit/paper"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/store"
	"mainstay/practice/clients"
	"mainstay/practice/worklog"
)

// RunJob is the kind of the job that goes on with a run; its argument is the run's id.
const RunJob = "billing.run"

// Parts are what the service is built from.
type Parts struct {
	DB         *db.DB
	Clock      clock.Clock
	Zone       *time.Location // of the firm; nil = UTC
	IDs        *ids.Source
	Access     *access.Service // audit trail
	Jobs       *jobs.Queue
	Values     config.Values
	Blobs      *blob.Store
	Clients    *clients.Service
	Agreements *agreements.Service
	Work       *worklog.Service
	Look       func(context.Context) paper.Look // of papers; nil = plain
	// Post puts a mail to a client into the outbox, inside tx; nil = there is no mail. CanSend reports whether it would go.
	Post    func(ctx context.Context, tx *sql.Tx, m Mail) error
	CanSend func(context.Context) (bool, error)
	// Held says, by client, why nothing of some clients' agreements is billed by a run until somebody has looked: as when a vendor's bill
	// differs. nil = nothing is held from outside.
	Held  func(ctx context.Context, p locale.Printer, clients []ids.ID) (map[ids.ID]string, error)
	Batch int // agreements billed in one transaction; 0 = 100
}

// Service bills. It is safe for concurrent use.
type Service struct {
	p         Parts
	listeners []Listener
	ended     []RunListener
	pace      pace
}

// New returns the service on a migrated database and registers its jobs.
func New(p Parts) *Service {
	if p.Zone == nil {
		p.Zone = time.UTC
	}
	if p.Batch == 0 {
		p.Batch = batchSize
	}
	s := &Service{p: p}
	p.Jobs.Handle(RunJob, func(ctx context.Context, arg string) error {
		id, err := ids.Parse(arg)
		if err != nil {
			return err
		}
		return s.Continue(ctx, id, nil)
	})
	p.Jobs.Handle(PapersJob, s.papers)
	return s
}

// What happens to documents.
const (
	Issued   = "issued"
	Settled  = "settled"  // less is open than before
	Reopened = "reopened" // more is
)

// Listener is told of what happens to a document in the transaction that writes it: it may write there and must have no effect
// outside of it. An error undoes the change.
type Listener func(ctx context.Context, tx *sql.Tx, what string, d Doc) error

// Listen adds a listener. Call it before the first request.
func (s *Service) Listen(fn Listener) { s.listeners = append(s.listeners, fn) }

func (s *Service) tell(ctx context.Context, tx *sql.Tx, what string, d Doc) error {
	for _, fn := range s.listeners {
		if err := fn(ctx, tx, what, d); err != nil {
			return err
		}
	}
	return nil
}

// Today is the day on the firm's wall clock.
func (s *Service) Today() civil.Date { return clock.Today(s.p.Clock, s.p.Zone) }

func (s *Service) now() int64 { return clock.Micros(s.p.Clock.Now()) }

func (s *Service) read() *store.Queries { return store.New(s.p.DB.Reader()) }

// change runs fn and records the act in one transaction.
func (s *Service) change(ctx context.Context, action, subject, detail string, fn func(tx *sql.Tx, q *store.Queries) error) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		if err := fn(tx, store.New(tx)); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, action, subject, detail)
	})
}

func found(err error, sentence *fault.Error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return sentence
	}
	return err
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// by returns who acts.
func by(ctx context.Context) (ids.ID, string) {
	if id := access.From(ctx); id != nil {
		return id.User, id.Name
	}
	return 0, ""
}
