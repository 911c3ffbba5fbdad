// SPDX-License-Identifier: Apache-2.0

package worklog

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/kit/money"
	"mainstay/practice/clients"
	"mainstay/practice/worklog/store"
)

// RepriceJob is the kind of the job that reckons unapproved entries anew after a card changed; its argument is the first
// day, as a number.
const RepriceJob = "worklog.reprice"

// ChangedJob is the kind of the job that tells the other areas, in the same transaction, that work was approved.
const ChangedJob = "worklog.changed"

// Parts are what the service is built from.
type Parts struct {
	DB       *db.DB
	Clock    clock.Clock
	Zone     *time.Location // of the firm; nil = UTC
	IDs      *ids.Source
	Access   *access.Service // audit trail
	Jobs     *jobs.Queue
	Currency func(context.Context) money.Currency // of the firm; nil = not known
	// Ticket returns a ticket by id or, when that is 0, by number. nil = there are no tickets.
	Ticket func(ctx context.Context, id ids.ID, number int64) (TicketRef, error)
	// Cover says what a client's agreement says of a kind of work on a day, false where none covers it. nil = there are no agreements.
	Cover func(ctx context.Context, q db.Query, client, kind ids.ID, day civil.Date) (Covered, bool, error)
}

// Service keeps the work. It is safe for concurrent use.
type Service struct {
	p         Parts
	listeners []Listener
}

// New returns the service on a migrated database and registers its job.
func New(p Parts) *Service {
	if p.Zone == nil {
		p.Zone = time.UTC
	}
	s := &Service{p: p}
	p.Jobs.Handle(RepriceJob, s.reprice)
	p.Jobs.Handle(CoverJob, s.Recover)
	return s
}

// Zone is the firm's time zone, in which days of work are counted.
func (s *Service) Zone() *time.Location { return s.p.Zone }

// HasTickets reports whether work can be entered on tickets.
func (s *Service) HasTickets() bool { return s.p.Ticket != nil }

// Today is the day on the firm's wall clock.
func (s *Service) Today() civil.Date { return clock.Today(s.p.Clock, s.p.Zone) }

// Currency is the firm's.
func (s *Service) Currency(ctx context.Context) money.Currency {
	if s.p.Currency == nil {
		return ""
	}
	return s.p.Currency(ctx)
}

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

// ticket asks the desk for a ticket; no id and no number give none.
func (s *Service) ticket(ctx context.Context, id ids.ID, number int64) (TicketRef, error) {
	if id == 0 && number == 0 {
		return TicketRef{}, nil
	}
	if s.p.Ticket == nil {
		return TicketRef{}, fault.NewInvalid("There are no tickets in this installation.").On("ticket")
	}
	t, err := s.p.Ticket(ctx, id, number)
	if fault.Is(err, fault.NotFound) {
		return t, fault.NewInvalid("There is no such ticket.").On("ticket").Because(err)
	}
	return t, err
}

// onTicket fills in the ticket of a draft and holds its client to the ticket's.
func (s *Service) onTicket(ctx context.Context, client *ids.ID, id ids.ID, number int64) (TicketRef, error) {
	t, err := s.ticket(ctx, id, number)
	if err != nil || t.ID == 0 {
		return t, err
	}
	if *client == 0 {
		*client = t.Client
	}
	if *client != t.Client {
		return t, fault.NewInvalid("Ticket %d belongs to another client.", t.Number).On("ticket")
	}
	return t, nil
}

// ClientMerged moves the work of one client to another; its argument is that of clients.MergedJob, "FROM INTO". Of two
// cards that begin on the same day the one of the client that stays holds.
func (s *Service) ClientMerged(ctx context.Context, arg string) error {
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
		q := store.New(tx)
		for _, move := range []func(context.Context, int64, int64) error{q.MoveEntries, q.MoveItems, q.MoveTimers, q.MoveCards} {
			if err := move(ctx, int64(from), int64(into)); err != nil {
				return err
			}
		}
		if err := q.PricesLeft(ctx, int64(from)); err != nil {
			return err
		}
		return q.CardsLeft(ctx, int64(from))
	})
}

// HasClients tells which clients have work, timers or prices of their own: they are not forgotten when the import that made them is undone.
func (s *Service) HasClients(ctx context.Context) (map[ids.ID]bool, error) {
	return clients.In(ctx, s.p.DB.Reader(), `SELECT client_id FROM worklog_entries UNION SELECT client_id FROM worklog_items UNION SELECT client_id FROM worklog_timers
		UNION SELECT client_id FROM worklog_cards`)
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
