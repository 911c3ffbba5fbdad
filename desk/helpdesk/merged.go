// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"mainstay/desk/helpdesk/store"
	"mainstay/kit/ids"
)

// clientMerged moves the tickets of a client to the one that it was merged into. Running it again changes nothing.
func (s *Service) clientMerged(ctx context.Context, arg string) error {
	a, b, ok := strings.Cut(arg, " ")
	from, errA := ids.Parse(a)
	into, errB := ids.Parse(b)
	if !ok || errA != nil || errB != nil {
		return fmt.Errorf("helpdesk: %q is not a merge", arg)
	}
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT id FROM helpdesk_tickets WHERE client_id = $1", int64(from))
	if err != nil {
		return err
	}
	defer rows.Close()
	var list []ids.ID
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return err
		}
		list = append(list, ids.ID(id))
	}
	if err := rows.Err(); err != nil {
		return err
	}
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		seq, err := q.Bump(ctx)
		if err != nil {
			return err
		}
		if err := q.MoveClient(ctx, int64(from), int64(into), seq); err != nil {
			return err
		}
		return q.MoveClientLevel(ctx, int64(from))
	})
	if err != nil {
		return err
	}
	for _, id := range list { // the documents of the search, and what was promised
		if err := s.touch(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

// Clients are those that have tickets: they are not forgotten when the import that made them is undone.
func (s *Service) Clients(ctx context.Context) (map[ids.ID]bool, error) {
	if err := s.roll.Fresh(ctx); err != nil {
		return nil, err
	}
	s.roll.mu.RLock()
	defer s.roll.mu.RUnlock()
	out := map[ids.ID]bool{}
	for i := range s.roll.rows {
		out[s.roll.rows[i].client] = true
	}
	return out, nil
}

// Facts calls fn with the tickets of a client, or (0) of all, that are not merged into others: for the measures of the
// firm, from the roll.
func (s *Service) Facts(ctx context.Context, client ids.ID, fn func(Fact) error) error {
	if err := s.roll.Fresh(ctx); err != nil {
		return err
	}
	s.roll.mu.RLock()
	rows := make([]Fact, 0, 64)
	for i := range s.roll.rows {
		x := &s.roll.rows[i]
		if x.merged || client != 0 && x.client != client {
			continue
		}
		rows = append(rows, Fact{x.id, x.client, x.number, x.opened, x.solved, x.origin})
	}
	s.roll.mu.RUnlock()
	for _, f := range rows {
		if err := fn(f); err != nil {
			return err
		}
	}
	return nil
}

// Fact is what the measures need of a ticket. Instants are microseconds, 0 = not yet.
type Fact struct {
	ID, Client     ids.ID
	Number         int64
	Opened, Solved int64
	Origin         Origin
}
