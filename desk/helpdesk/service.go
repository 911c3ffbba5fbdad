// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"sync"
	"time"

	"mainstay/desk/helpdesk/store"
	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/bus"
	"mainstay/kit/clamd"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/kit/search"
	"mainstay/practice/clients"
)

// Topic is where changes are told on the bus; the text is the ticket's id.
const Topic = "helpdesk"

// Parts are what the service is built from.
type Parts struct {
	DB      *db.DB
	Clock   clock.Clock
	Zone    *time.Location // of the firm; nil = UTC
	IDs     *ids.Source
	Access  *access.Service // audit trail
	Clients *clients.Service
	Jobs    *jobs.Queue
	Bus     *bus.Bus
	Blobs   *blob.Store
	Log     *slog.Logger
	Scanner *clamd.Scanner // looks at files that people attach; nil = nobody does

	Devices *DeviceSource // nil = tickets are linked with none
	// Agreed returns the service level that a client's agreements promise, 0 where none does. nil = there are no agreements.
	Agreed func(ctx context.Context, tx *sql.Tx, client ids.ID) (ids.ID, error)

	// Replied is told of every public reply of the firm in the transaction that writes it, nil = nobody: the mailroom
	// puts the mail into its outbox there.
	Replied func(ctx context.Context, tx *sql.Tx, t Ticket, e Entry) error

	// Solved is told of every ticket that becomes solved or closed, in the transaction in which it does; nil = nobody. Work
	// that was done elsewhere before it is known here is not told.
	Solved func(ctx context.Context, tx *sql.Tx, t Ticket) error

	// Addressees says who a reply on a ticket goes to by mail, "" = nobody, and who gets a copy unless the writer says
	// otherwise; nil = there is no mail.
	Addressees func(ctx context.Context, t Ticket) (to string, copies []string, err error)

	// Alarmed is called in the transaction that notes an alarm, for those who tell people of it; nil = nobody does. Where
	// it returns an error, the alarm is not noted and comes again.
	Alarmed func(ctx context.Context, tx *sql.Tx, t Ticket, a Alarm) error
}

// Service keeps tickets. It is safe for concurrent use.
type Service struct {
	p      Parts
	search search.Index
	roll   *Roll

	listeners []Listener

	mu    sync.Mutex
	setup *setup // boards, statuses, service levels as they were last read
}

// New returns the service on a migrated database. It registers a handler of [clients.MergedJob].
func New(p Parts) *Service {
	if p.Zone == nil {
		p.Zone = time.UTC
	}
	s := &Service{p: p, search: search.Index{DB: p.DB}}
	s.roll = newRoll(p.DB)
	p.Jobs.Handle(clients.MergedJob, s.ClientMerged)
	p.Jobs.Handle(ReckonJob, s.reckonJob)
	return s
}

func (s *Service) now() time.Time { return clock.FromMicros(clock.Micros(s.p.Clock.Now())) }

// when is at, to the microsecond, or now where it is zero or lies in the future.
func (s *Service) when(at time.Time) time.Time {
	now := s.now()
	if at.IsZero() || at.After(now) {
		return now
	}
	return clock.FromMicros(clock.Micros(at))
}

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return clock.Micros(t)
}

func instant(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return clock.FromMicros(us)
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Author is who writes: a person of the firm, a person of a client, or the system.
type Author struct {
	Kind string // user, person, system
	ID   ids.ID
	Name string
}

// author is the caller of a request; without one the system acts.
func author(ctx context.Context) Author {
	if id := access.From(ctx); id != nil {
		if id.Person != 0 {
			return Author{"person", id.Person, id.Name}
		}
		return Author{"user", id.User, id.Name}
	}
	return Author{Kind: "system", Name: "Mainstay"}
}

func (a Author) side() int {
	switch a.Kind {
	case "person":
		return 1
	case "user":
		return 2
	}
	return 0
}

func ticketOf(r store.HelpdeskTicket) Ticket {
	return Ticket{
		ID: ids.ID(r.ID), Number: r.Number, Version: r.Version, Client: ids.ID(r.ClientID), Site: ids.ID(r.SiteID), Person: ids.ID(r.PersonID),
		Board: ids.ID(r.BoardID), Status: ids.ID(r.StatusID), State: State(r.State), Kind: Kind(r.Kind), Origin: Origin(r.Origin),
		OriginNote: r.OriginNote, Channel: r.Channel, Impact: Level(r.Impact), Urgency: Level(r.Urgency), Priority: Priority(r.Priority),
		Subject: r.Subject, Assignee: ids.ID(r.AssigneeID), Parent: ids.ID(r.ParentID), MergedInto: ids.ID(r.MergedInto), Tags: unpackTags(r.Tags),
		Opened: instant(r.OpenedAt), Updated: instant(r.UpdatedAt), Responded: instant(r.RespondedAt), Solved: instant(r.SolvedAt),
		Closed: instant(r.ClosedAt), Reopened: int(r.Reopened), Reassigned: int(r.Reassigned), LastFrom: int(r.LastFrom),
		Level: ServiceLevel{
			Policy: ids.ID(r.PolicyID), Calendar: ids.ID(r.CalendarID), ResponseDue: instant(r.ResponseDue), UpdateDue: instant(r.UpdateDue),
			ResolveDue: instant(r.ResolveDue), Elapsed: time.Duration(r.Elapsed) * time.Microsecond, Running: instant(r.RunningSince),
			ResponseLate: r.ResponseLate == 1, ResolveLate: r.ResolveLate == 1,
			waitedUpdate: time.Duration(r.WaitedUpdate) * time.Microsecond, alarm: instant(r.AlarmAt), told: uint8(r.Alarmed),
		},
	}
}

func noTicket() error { return fault.NewNotFound("There is no such ticket.") }

func orNoTicket(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return noTicket()
	}
	return err
}

// Get returns a ticket in scope.
func (s *Service) Get(ctx context.Context, scope access.Scope, id ids.ID) (Ticket, error) {
	r, err := store.New(s.p.DB.Reader()).TicketByID(ctx, int64(id))
	if err != nil {
		return Ticket{}, orNoTicket(err)
	}
	if !scope.Covers(ids.ID(r.ClientID)) {
		return Ticket{}, noTicket()
	}
	return ticketOf(r), nil
}

// ByNumber returns the ticket of a number in scope.
func (s *Service) ByNumber(ctx context.Context, scope access.Scope, number int64) (Ticket, error) {
	r, err := store.New(s.p.DB.Reader()).TicketByNumber(ctx, number)
	if err != nil {
		return Ticket{}, orNoTicket(err)
	}
	if !scope.Covers(ids.ID(r.ClientID)) {
		return Ticket{}, noTicket()
	}
	return ticketOf(r), nil
}

// told says on the bus that a ticket changed.
func (s *Service) told(id ids.ID) {
	if s.p.Bus != nil {
		s.p.Bus.Publish(Topic, id.String())
	}
}
