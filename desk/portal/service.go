// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/knowledge"
	"mainstay/desk/mailroom"
	"mainstay/desk/portal/store"
	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/bus"
	"mainstay/kit/clock"
	"mainstay/kit/config"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/kit/locale"
	"mainstay/practice/clients"
)

// Parts are what the service is built from.
type Parts struct {
	DB      *db.DB
	Clock   clock.Clock
	IDs     *ids.Source
	Access  *access.Service // audit trail, limits, passwords
	Clients *clients.Service
	Desk    *helpdesk.Service
	Know    *knowledge.Service
	Mail    *mailroom.Service
	Jobs    *jobs.Queue
	Blobs   *blob.Store
	Bus     *bus.Bus
	Sealer  *access.Sealer
	Log     *slog.Logger
	URL     string // public origin, without a slash at the end; links in mails begin with it
}

// Service is the portal. It is safe for concurrent use.
type Service struct{ p Parts }

// New returns the service on a migrated database. It registers handlers of its jobs and of [clients.MergedJob].
func New(p Parts) *Service {
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	s := &Service{p: p}
	p.Jobs.Handle(linkJob, s.sendLink)
	p.Jobs.Handle(askJob, s.ask)
	p.Jobs.Handle(clients.MergedJob, s.clientMerged)
	return s
}

func (s *Service) read() *store.Queries { return store.New(s.p.DB.Reader()) }

func (s *Service) write(ctx context.Context, fn func(tx *sql.Tx, q *store.Queries) error) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error { return fn(tx, store.New(tx)) })
}

func (s *Service) now() time.Time { return clock.FromMicros(clock.Micros(s.p.Clock.Now())) }

// Now is the present moment by the service's clock.
func (s *Service) Now() time.Time { return s.now() }

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

func orMissing(err error, sentence *fault.Error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return sentence
	}
	return err
}

// firm is how the firm is called, and the printer of its language: for mails and entries that nobody of whom the language is
// known reads first.
func (s *Service) firm(ctx context.Context) (name string, p locale.Printer, err error) {
	f, err := config.Values{DB: s.p.DB}.Firm(ctx)
	tag := locale.EnUS
	if t := locale.Tag(f.Language); t.Known() {
		tag = t
	}
	if f.Name == "" {
		f.Name = "Mainstay"
	}
	return f.Name, locale.New(tag, f.Location()), err
}

// speaking is the printer for somebody whose language may be known.
func speaking(p locale.Printer, languages ...string) locale.Printer {
	for _, l := range languages {
		if t := locale.Tag(l); t.Known() {
			return locale.New(t, p.Zone())
		}
	}
	return p
}

// Sweep removes sessions and links that have ended; run it now and then.
func (s *Service) Sweep(ctx context.Context) error {
	now := s.now()
	return s.write(ctx, func(_ *sql.Tx, q *store.Queries) error {
		return errors.Join(
			q.SweepSessions(ctx, clock.Micros(now.Add(-SessionLife)), clock.Micros(now.Add(-sessionIdle))),
			q.SweepLinks(ctx, clock.Micros(now)),
		)
	})
}
