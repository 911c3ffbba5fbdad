// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"database/sql"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"mainstay/kit/access/store"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// pending is a sign-in or ceremony between its two requests. It lives in memory: a
// restart only means starting the sign-in again. Behind a load balancer the two requests must
// reach the same process (sticky by cookie).
type pending struct {
	user    ids.ID
	email   string
	tries   int
	until   time.Time
	webauth *webauthn.SessionData
	oidc    oidcState
	totp    string
}

const maxPending = 10_000

func (s *Service) hold(p pending) (token string) {
	secret, stored := newToken()
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.clock.Now()
	if len(s.pending) >= maxPending {
		for k, old := range s.pending {
			if now.After(old.until) || len(s.pending) >= maxPending {
				delete(s.pending, k)
			}
		}
	}
	p.until = now.Add(pendingLife)
	s.pending[stored] = p
	return secret
}

// held finds a pending entry and counts the try; after five it is gone.
func (s *Service) held(token string) (pending, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := digest(token)
	p, ok := s.pending[key]
	if !ok || s.clock.Now().After(p.until) || p.tries >= 5 {
		delete(s.pending, key)
		return pending{}, false
	}
	p.tries++
	s.pending[key] = p
	return p, true
}

// take is held for what may be used once only.
func (s *Service) take(token string) (pending, bool) {
	p, ok := s.held(token)
	s.drop(token)
	return p, ok
}

func (s *Service) drop(token string) {
	s.mu.Lock()
	delete(s.pending, digest(token))
	s.mu.Unlock()
}

// change runs fn and records the act in one transaction.
func (s *Service) change(ctx context.Context, action, subject, detail string, fn func(q *store.Queries) error) error {
	return s.db.Write(ctx, func(tx *sql.Tx) error {
		if err := fn(store.New(tx)); err != nil {
			return err
		}
		return s.Record(ctx, tx, action, subject, detail)
	})
}

// wanted makes a NotFound of an update that met no row.
func wanted(n int64, err error, what string) error {
	if err == nil && n == 0 {
		return fault.NewNotFound("There is no such %s.", fault.Word(what))
	}
	return err
}

func dbFound(err error) error { return db.Found(err, "entry") }
