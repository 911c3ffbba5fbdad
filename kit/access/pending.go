// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/go-webauthn/webauthn/webauthn"

	"mainstay/kit/access/store"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// pending is a sign-in or ceremony between its two requests. It lies sealed in the database, so that
// either request may reach any server that holds the same key.
type pending struct {
	Kind     pendingKind           `json:"kind"`
	User     ids.ID                `json:"user,omitempty"`
	Email    string                `json:"email,omitempty"`
	WebAuthn *webauthn.SessionData `json:"webauthn,omitempty"`
	OIDC     oidcState             `json:"oidc,omitzero"`
	TOTP     string                `json:"totp,omitempty"`
}

// pendingKind keeps a token to what it was made for.
type pendingKind string

const (
	secondStep     pendingKind = "second step"
	enrolApp       pendingKind = "enrol app"
	enrolPasskey   pendingKind = "enrol passkey" //nolint:gosec // a name, no secret
	passkeySignIn  pendingKind = "passkey sign-in"
	passkeyConfirm pendingKind = "passkey confirm"
	singleSignOn   pendingKind = "single sign-on"
	guestSignOn    pendingKind = "single sign-on of a client"
)

const (
	pendingLife  = 5 * time.Minute
	pendingTries = 5
	maxPending   = 10_000 // rows kept
)

// hold keeps p and returns the secret with which it is found again.
func (s *Service) hold(ctx context.Context, p pending) (token string, err error) {
	secret, stored := newToken()
	data, err := json.Marshal(p)
	if err != nil {
		return "", err
	}
	return secret, s.db.Write(ctx, func(tx *sql.Tx) error {
		q, now := store.New(tx), s.clock.Now()
		if s.holds.Add(1)%pruneEvery == 0 {
			if err := s.prunePending(ctx, q); err != nil {
				return err
			}
		}
		return q.InsertPending(ctx, stored, s.sealer.Seal("pending/"+stored, string(data)), clock.Micros(now.Add(pendingLife)))
	})
}

func (s *Service) prunePending(ctx context.Context, q *store.Queries) error {
	if err := q.DeleteOldPending(ctx, clock.Micros(s.clock.Now())); err != nil {
		return err
	}
	return q.DeletePendingOver(ctx, maxPending)
}

// held finds what was held for a kind and counts the try; after five it is gone. ok is false for what
// does not exist, was made for something else or took too long.
func (s *Service) held(ctx context.Context, token string, kind pendingKind) (p pending, ok bool, err error) {
	return s.find(ctx, token, kind, func(q *store.Queries, key string, now int64) (string, error) {
		return q.TryPending(ctx, key, now, pendingTries)
	})
}

// take is held for what may be used once only.
func (s *Service) take(ctx context.Context, token string, kind pendingKind) (p pending, ok bool, err error) {
	return s.find(ctx, token, kind, func(q *store.Queries, key string, now int64) (string, error) {
		return q.TakePending(ctx, key, now, pendingTries)
	})
}

func (s *Service) find(ctx context.Context, token string, kind pendingKind, get func(q *store.Queries, key string, now int64) (string, error)) (p pending, ok bool, err error) {
	key, data := digest(token), ""
	err = s.db.Write(ctx, func(tx *sql.Tx) (err error) {
		data, err = get(store.New(tx), key, clock.Micros(s.clock.Now()))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return p, false, nil
	}
	if err != nil {
		return p, false, err
	}
	plain, err := s.sealer.Open("pending/"+key, data)
	if err != nil {
		return p, false, err
	}
	if err := json.Unmarshal([]byte(plain), &p); err != nil || p.Kind != kind {
		return pending{}, false, err
	}
	return p, true, nil
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
