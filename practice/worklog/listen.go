// SPDX-License-Identifier: Apache-2.0

package worklog

import (
	"context"
	"database/sql"

	"mainstay/kit/ids"
	"mainstay/practice/worklog/store"
)

// What happens to time entries.
const (
	Made    = "created"
	Altered = "changed" // also handed in, approved, sent back or billed
	Removed = "deleted"
)

// Listener is told of what happens to a time entry (Made, Altered, Removed) in the transaction that writes it: it may
// write there and must have no effect outside of it. An error undoes the change.
type Listener func(ctx context.Context, tx *sql.Tx, what string, e Entry) error

// Listen adds a listener. Call it before the first request.
func (s *Service) Listen(fn Listener) { s.listeners = append(s.listeners, fn) }

// tell tells the listeners of entries as they are now.
func (s *Service) tell(ctx context.Context, tx *sql.Tx, what string, list ...ids.ID) error {
	if len(s.listeners) == 0 {
		return nil
	}
	q := store.New(tx)
	for _, id := range list {
		r, err := q.EntryByID(ctx, int64(id))
		if err != nil {
			return err
		}
		if err := s.tellOf(ctx, tx, what, entryOf(r)); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) tellOf(ctx context.Context, tx *sql.Tx, what string, e Entry) error {
	for _, fn := range s.listeners {
		if err := fn(ctx, tx, what, e); err != nil {
			return err
		}
	}
	return nil
}
