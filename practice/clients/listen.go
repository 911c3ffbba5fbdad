// SPDX-License-Identifier: Apache-2.0

package clients

import (
	"context"
	"database/sql"

	"mainstay/kit/ids"
)

// Happening is what became of a client: it was made, changed, or became part of Into.
type Happening struct {
	What    string // Made, Changed, Joined
	Client  ids.ID
	Details Details // of one that was made or changed
	Into    ids.ID  // of one that was merged
}

// What happens to clients.
const (
	Made    = "created"
	Changed = "changed"
	Joined  = "merged"
)

// Listener is told of happenings in the transaction that writes them: it may write there and must have no effect
// outside of it. An error undoes the change.
type Listener func(ctx context.Context, tx *sql.Tx, h Happening) error

// Listen adds a listener. Call it before the first request.
func (s *Service) Listen(fn Listener) { s.listeners = append(s.listeners, fn) }

func (s *Service) tell(ctx context.Context, tx *sql.Tx, h Happening) error {
	for _, fn := range s.listeners {
		if err := fn(ctx, tx, h); err != nil {
			return err
		}
	}
	return nil
}
