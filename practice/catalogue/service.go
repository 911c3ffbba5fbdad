// SPDX-License-Identifier: Apache-2.0

package catalogue

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/catalogue/store"
)

// Parts are what the service is built from.
type Parts struct {
	DB       *db.DB
	Clock    clock.Clock
	Zone     *time.Location // of the firm; nil = UTC
	IDs      *ids.Source
	Access   *access.Service                      // audit trail
	Currency func(context.Context) money.Currency // of the firm; nil or "" = not known
}

// Service keeps the portfolio. It is safe for concurrent use.
type Service struct {
	p      Parts
	guards []func(ctx context.Context, item ids.ID) error
}

// New returns the service on a migrated database.
func New(p Parts) *Service {
	if p.Zone == nil {
		p.Zone = time.UTC
	}
	return &Service{p: p}
}

// Guard has fn asked before an item is deleted; its fault says why the item must stay. Not to be called once the service is in use.
func (s *Service) Guard(fn func(ctx context.Context, item ids.ID) error) {
	s.guards = append(s.guards, fn)
}

// Today is the day on the firm's wall clock.
func (s *Service) Today() civil.Date { return clock.Today(s.p.Clock, s.p.Zone) }

// Currency is the firm's, "" where it is not known.
func (s *Service) Currency(ctx context.Context) money.Currency {
	if s.p.Currency == nil {
		return ""
	}
	return s.p.Currency(ctx)
}

func (s *Service) now() int64 { return clock.Micros(s.p.Clock.Now()) }

func (s *Service) read() *store.Queries { return store.New(s.p.DB.Reader()) }

// change runs fn and records the act in one transaction.
func (s *Service) change(ctx context.Context, action, subject, detail string, fn func(q *store.Queries) error) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		if err := fn(store.New(tx)); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, action, subject, detail)
	})
}

func actor(ctx context.Context) string {
	if id := access.From(ctx); id != nil {
		return id.Name
	}
	return ""
}

func found(err, sentence error) error {
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
