// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"

	"mainstay/kit/ids"
	"mainstay/practice/clients"
)

// Clients are those that have tickets, plans or a service level of their own: they are not forgotten when the import that made them is
// undone.
func (s *Service) Clients(ctx context.Context) (map[ids.ID]bool, error) {
	return clients.In(ctx, s.p.DB.Reader(), "SELECT client_id FROM helpdesk_tickets UNION SELECT client_id FROM helpdesk_plans UNION SELECT client_id FROM helpdesk_clients")
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
