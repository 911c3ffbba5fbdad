// SPDX-License-Identifier: Apache-2.0

package agreements

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
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
	"mainstay/practice/agreements/store"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
	"mainstay/practice/clients"
)

// Parts are what the service is built from.
type Parts struct {
	DB     *db.DB
	Clock  clock.Clock
	Zone   *time.Location // of the firm; nil = UTC
	IDs    *ids.Source
	Access *access.Service // audit trail
	Jobs   *jobs.Queue
	// Count returns what a counted line of a client covers today, and false where nobody can say. nil = nobody can.
	Count func(ctx context.Context, client ids.ID, counted, filter string) ([]Member, bool, error)
	// Prices are the catalogue's in a currency on a day. nil = there are none.
	Prices func(ctx context.Context, currency money.Currency, day civil.Date) (map[ids.ID]catalogue.Price, error)
	// Letters is how clients are written to. nil = they are not.
	Letters *Correspondence
}

// Service keeps agreements. It is safe for concurrent use.
type Service struct {
	p         Parts
	listeners []Listener
}

// New returns the service on a migrated database.
func New(p Parts) *Service {
	if p.Zone == nil {
		p.Zone = time.UTC
	}
	return &Service{p: p}
}

// What happens to agreements.
const (
	Made    = "created"
	Altered = "changed"
	Signed  = "activated"
	Stopped = "ended" // a last day was set

	Renewed    = "renewed"     // a term passed into another one
	NoticeNear = "renewal_due" // the last day of notice comes near
	RiseNear   = "rise_due"    // an escalation by an index comes near: somebody has to look it up
)

// Listener is told of what happens to an agreement in the transaction that writes it: it may write there and must have no
// effect outside of it. An error undoes the change.
type Listener func(ctx context.Context, tx *sql.Tx, what string, a *Agreement) error

// Listen adds a listener. Call it before the first request.
func (s *Service) Listen(fn Listener) { s.listeners = append(s.listeners, fn) }

func (s *Service) tell(ctx context.Context, tx *sql.Tx, what string, id ids.ID) error {
	if len(s.listeners) == 0 {
		return nil
	}
	a, err := s.get(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, fn := range s.listeners {
		if err := fn(ctx, tx, what, a); err != nil {
			return err
		}
	}
	return nil
}

// Today is the day on an agreement's wall clock: in its zone, or the firm's.
func (s *Service) Today(zone string) civil.Date {
	if zone != "" {
		if loc, err := rating.Zone(zone); err == nil {
			return rating.DayIn(s.p.Clock.Now(), loc)
		}
	}
	return clock.Today(s.p.Clock, s.p.Zone)
}

func (s *Service) now() int64 { return clock.Micros(s.p.Clock.Now()) }

func (s *Service) read() *store.Queries { return store.New(s.p.DB.Reader()) }

// change runs fn, tells the listeners and records the act in one transaction.
func (s *Service) change(ctx context.Context, what, action string, id ids.ID, detail string, fn func(tx *sql.Tx, q *store.Queries) error) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error { return s.changeIn(ctx, tx, what, action, id, detail, fn) })
}

func (s *Service) changeIn(ctx context.Context, tx *sql.Tx, what, action string, id ids.ID, detail string, fn func(tx *sql.Tx, q *store.Queries) error) error {
	if err := fn(tx, store.New(tx)); err != nil {
		return err
	}
	if err := s.tell(ctx, tx, what, id); err != nil {
		return err
	}
	return s.p.Access.Record(ctx, tx, action, id.String(), detail)
}

// Get returns an agreement with everything that belongs to it.
func (s *Service) Get(ctx context.Context, id ids.ID) (*Agreement, error) {
	return s.get(ctx, s.p.DB.Reader(), id)
}

// GetIn is Get inside a transaction.
func (s *Service) GetIn(ctx context.Context, q db.Query, id ids.ID) (*Agreement, error) {
	return s.get(ctx, q, id)
}

func (s *Service) get(ctx context.Context, q db.Query, id ids.ID) (*Agreement, error) {
	list, err := load(ctx, q, one(id))
	if err != nil {
		return nil, err
	}
	if len(list) == 0 {
		return nil, noAgreement()
	}
	return list[0], nil
}

// OfClient returns all agreements of a client, by id.
func (s *Service) OfClient(ctx context.Context, client ids.ID) ([]*Agreement, error) {
	return s.OfClientIn(ctx, s.p.DB.Reader(), client)
}

// OfClientIn is OfClient inside a transaction.
func (s *Service) OfClientIn(ctx context.Context, q db.Query, client ids.ID) ([]*Agreement, error) {
	return load(ctx, q, some{where: "a.client_id = $1", args: []any{int64(client)}})
}

func noAgreement() *fault.Error { return fault.NewNotFound("There is no such agreement.") }

func changedMeanwhile() *fault.Error {
	return fault.NewConflict("Somebody else has changed this agreement meanwhile. Look at it again, then repeat your change.")
}

// ClientMerged moves the agreements of one client to another; its argument is that of clients.MergedJob, "FROM INTO".
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
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error { return store.New(tx).MoveClient(ctx, int64(from), int64(into)) })
}

// HasClients tells which clients have agreements: they are not forgotten when the import that made them is undone.
func (s *Service) HasClients(ctx context.Context) (map[ids.ID]bool, error) {
	return clients.In(ctx, s.p.DB.Reader(), `SELECT client_id FROM agreements_agreements`)
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

func numberOf(n int64) string { return fmt.Sprintf("A-%05d", n) }
