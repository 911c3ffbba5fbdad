// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/billing/store"
)

// maxKey bounds the key of a request, in bytes; keptKeys is how long a key is remembered.
const (
	maxKey   = 100
	keptKeys = 90 * 24 * time.Hour
)

// once runs fn, which makes something, in one transaction, unless a request of the same person and key has made it: then what
// that made is returned. Without a key it always runs. The same key with another request is refused.
func (s *Service) once(ctx context.Context, key, action string, asked any, fn func(tx *sql.Tx) (ids.ID, error)) (id ids.ID, err error) {
	run := func(tx *sql.Tx) error {
		id, err = fn(tx)
		return err
	}
	if key == "" {
		err = s.p.DB.Write(ctx, run)
		return id, err
	}
	if len(key) > maxKey {
		return 0, fault.NewInvalid("Please enter at most %d characters.", maxKey).On("Idempotency-Key")
	}
	body, err := json.Marshal(asked)
	if err != nil {
		return 0, err
	}
	sum := sha256.Sum256(append([]byte(action+"\n"), body...))
	digest := hex.EncodeToString(sum[:])
	user, _ := by(ctx)
	code := user.String() + "/" + key
	attempt := func() error {
		return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
			before, did := "", ids.ID(0)
			err := tx.QueryRowContext(ctx, "SELECT digest, ref_id FROM billing_requests WHERE code = $1", code).Scan(&before, &did)
			switch {
			case err == nil && before != digest:
				return fault.NewConflict("This key was used for another request: choose a new one.").On("Idempotency-Key")
			case err == nil:
				id = did
				return nil
			case !errors.Is(err, sql.ErrNoRows):
				return err
			}
			if err := run(tx); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "DELETE FROM billing_requests WHERE made_at < $1", clock.Micros(s.p.Clock.Now().Add(-keptKeys))); err != nil {
				return err
			}
			_, err = tx.ExecContext(ctx, "INSERT INTO billing_requests (code, digest, ref_id, made_at) VALUES ($1, $2, $3, $4)", code, digest, int64(id), s.now())
			return err
		})
	}
	if err = attempt(); db.IsUnique(err) { // the same request at the same moment: it is done now
		err = attempt()
	}
	return id, err
}

// StartOnce is [Service.Start] for a program that may ask again because an answer was lost: one key makes one run.
func (s *Service) StartOnce(ctx context.Context, key string, o Order) (ids.ID, error) {
	asked := o // as it was asked: without a day it is the same request on the next day, too
	o, err := s.ready(ctx, o)
	if err != nil {
		return 0, err
	}
	id, err := s.once(ctx, key, "run", asked, func(tx *sql.Tx) (ids.ID, error) {
		id := s.p.IDs.New()
		if err := s.startIn(ctx, tx, store.New(tx), id, o); err != nil {
			return 0, err
		}
		return id, s.p.Access.Record(ctx, tx, "billing.run", id.String(), o.Day.String())
	})
	if err == nil {
		s.p.Jobs.Wake()
	}
	return id, err
}

// CreditOnce is [Service.CreditNote] for a program that may ask again: one key makes one draft.
func (s *Service) CreditOnce(ctx context.Context, key string, c Credit) (ids.ID, error) {
	return s.once(ctx, key, "credit", c, func(tx *sql.Tx) (ids.ID, error) {
		id, err := s.creditIn(ctx, tx, c)
		if err != nil {
			return 0, err
		}
		return id, s.p.Access.Record(ctx, tx, "billing.credited", c.Of.String(), c.Reason)
	})
}
