// SPDX-License-Identifier: Apache-2.0

package mailroom

import (
	"context"
	"crypto/x509"
	"database/sql"
	"errors"
	"log/slog"
	"sync"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/mailroom/mime"
	"mainstay/desk/mailroom/store"
	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/bus"
	"mainstay/kit/clamd"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/clients"
)

// Topic is where it is told on the bus that mail came in or went out.
const Topic = "mailroom"

// Parts are what the service is built from.
type Parts struct {
	DB       *db.DB
	Clock    clock.Clock
	IDs      *ids.Source
	Access   *access.Service // audit trail, people of the firm
	Clients  *clients.Service
	Helpdesk *helpdesk.Service
	Blobs    *blob.Store
	Bus      *bus.Bus
	Sealer   *access.Sealer // seals passwords, signs tokens
	Log      *slog.Logger

	// Foot is a line that stands under replies to a client about a ticket, "" = none; nil = never one.
	Foot func(ctx context.Context, t helpdesk.Ticket) (string, error)

	Host    string         // our name in Message-IDs; "" = of the mailbox's address
	Limits  mime.Limits    // zero = usual
	Roots   *x509.CertPool // whose certificates mail servers may have; nil = the system's
	Scanner *clamd.Scanner // looks at every mail; nil = nobody does

	// Undelivered is told of a reply that will not arrive, in the transaction that notes it, Waits of a mail that was put
	// aside for a person to decide; nil = nobody.
	Undelivered func(ctx context.Context, tx *sql.Tx, d Delivery) error
	Waits       func(ctx context.Context, tx *sql.Tx, m Message) error

	TokenURL string // where OAuth2 tokens come from, in tests; "" = the provider's own
}

// Service is the mailroom. It is safe for concurrent use.
type Service struct {
	p      Parts
	filing sync.Mutex // one mail at a time
	wake   chan struct{}
	stir   chan struct{} // a mailbox was changed
	tokens tokens
}

// New returns the service on a migrated database.
func New(p Parts) *Service {
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{p: p, wake: make(chan struct{}, 1), stir: make(chan struct{}, 1)}
}

func (s *Service) read() *store.Queries { return store.New(s.p.DB.Reader()) }

func (s *Service) write(ctx context.Context, fn func(tx *sql.Tx, q *store.Queries) error) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error { return fn(tx, store.New(tx)) })
}

func (s *Service) now() time.Time { return clock.FromMicros(clock.Micros(s.p.Clock.Now())) }

func (s *Service) told(text string) {
	if s.p.Bus != nil {
		s.p.Bus.Publish(Topic, text)
	}
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

func nudge(ch chan struct{}) {
	select {
	case ch <- struct{}{}:
	default:
	}
}

func orMissing(err error, sentence *fault.Error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return sentence
	}
	return err
}

// HasClients tells which clients have senders: they are not forgotten when the import that made them is undone.
func (s *Service) HasClients(ctx context.Context) (map[ids.ID]bool, error) {
	return clients.In(ctx, s.p.DB.Reader(), "SELECT client_id FROM mailroom_senders UNION SELECT client_id FROM mailroom_messages")
}

// ClientMerged follows a merge of clients.
func (s *Service) ClientMerged(ctx context.Context, from, into ids.ID) error {
	return s.write(ctx, func(_ *sql.Tx, q *store.Queries) error {
		if err := q.MoveSenders(ctx, int64(from), int64(into)); err != nil {
			return err
		}
		return q.MoveMessages(ctx, int64(from), int64(into))
	})
}
