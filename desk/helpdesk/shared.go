// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"
	"fmt"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Share is which tickets of a client one of its people may read. Whatever it says, a ticket is not shared before something
// in its thread is public: what was never said to the client is not shown to its people.
type Share struct {
	Person ids.ID   // those that they asked
	Site   ids.ID   // and those of a site, or of its people where no site is named; 0 = none
	People []ids.ID // of the site
	All    bool     // all of the client
}

// SharedQuery chooses among shared tickets, the last changed first.
type SharedQuery struct {
	Number int64  // this one; 0 = any
	ID     ids.ID // this one; 0 = any
	Open   *bool  // work is left, or not; nil = both
	Text   string // part of the subject, the number or what is public of the thread
	Offset int
	Limit  int // 1–200; 0 = 50
}

// Shared returns shared tickets of the client of scope, and how many there are. Those merged into others are left out unless
// they are asked for by number or id.
func (s *Service) Shared(ctx context.Context, scope access.Scope, share Share, q SharedQuery) (out []Ticket, total int, err error) {
	if scope.All() || scope.Client() == 0 || share.Person == 0 {
		return nil, 0, nil
	}
	where, args := share.sql(scope.Client(), q)
	if err := s.p.DB.Reader().QueryRowContext(ctx, "SELECT count(*) FROM helpdesk_tickets t WHERE "+where, args...).Scan(&total); err != nil || total == 0 {
		return nil, 0, err
	}
	if q.Limit <= 0 {
		q.Limit = 50
	}
	rows, err := s.p.DB.Reader().QueryContext(ctx, fmt.Sprintf("SELECT %s FROM helpdesk_tickets t WHERE %s ORDER BY updated_at DESC, id DESC LIMIT %d OFFSET %d",
		ticketColumns, where, min(q.Limit, 200), max(q.Offset, 0)), args...)
	if err != nil {
		return nil, 0, err
	}
	err = scanTickets(rows, func(t Ticket) { out = append(out, t) })
	return out, total, err
}

// SharedOne returns a shared ticket by number; what is not shared does not exist.
func (s *Service) SharedOne(ctx context.Context, scope access.Scope, share Share, number int64) (Ticket, error) {
	return s.sharedOne(ctx, scope, share, SharedQuery{Number: number})
}

// SharedByID is SharedOne by id.
func (s *Service) SharedByID(ctx context.Context, scope access.Scope, share Share, id ids.ID) (Ticket, error) {
	return s.sharedOne(ctx, scope, share, SharedQuery{ID: id})
}

func (s *Service) sharedOne(ctx context.Context, scope access.Scope, share Share, q SharedQuery) (Ticket, error) {
	if q.Number == 0 && q.ID == 0 {
		return Ticket{}, noTicket()
	}
	found, _, err := s.Shared(ctx, scope, share, q)
	if err != nil {
		return Ticket{}, err
	}
	if len(found) != 1 {
		return Ticket{}, fault.NewNotFound("There is no such ticket.")
	}
	return found[0], nil
}

func (h Share) sql(client ids.ID, q SharedQuery) (string, []any) {
	var args []any
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	where := []string{
		"t.client_id = " + arg(int64(client)),
		"EXISTS (SELECT 1 FROM helpdesk_entries e WHERE e.ticket_id = t.id AND e.public = 1)",
	}
	if !h.All {
		mine := []string{"t.person_id = " + arg(int64(h.Person))}
		if h.Site != 0 {
			mine = append(mine, "t.site_id = "+arg(int64(h.Site)))
			var marks []string
			for _, p := range h.People[:min(len(h.People), 500)] {
				marks = append(marks, arg(int64(p)))
			}
			if len(marks) > 0 {
				mine = append(mine, "(t.site_id = 0 AND t.person_id IN ("+strings.Join(marks, ", ")+"))")
			}
		}
		where = append(where, "("+strings.Join(mine, " OR ")+")")
	}
	switch {
	case q.Number != 0:
		where = append(where, "t.number = "+arg(q.Number))
	case q.ID != 0:
		where = append(where, "t.id = "+arg(int64(q.ID)))
	default:
		where = append(where, "t.merged_into = 0")
	}
	if q.Open != nil {
		if *q.Open {
			where = append(where, fmt.Sprintf("t.state <= %d", StateWaiting))
		} else {
			where = append(where, fmt.Sprintf("t.state > %d", StateWaiting))
		}
	}
	if text := strings.ToLower(strings.TrimSpace(q.Text)); text != "" {
		like := arg("%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%")
		where = append(where, `(lower(t.subject) LIKE `+like+` ESCAPE '\' OR CAST(t.number AS TEXT) LIKE `+like+` ESCAPE '\'
			OR EXISTS (SELECT 1 FROM helpdesk_entries e WHERE e.ticket_id = t.id AND e.public = 1 AND lower(e.body) LIKE `+like+` ESCAPE '\'))`)
	}
	return strings.Join(where, " AND "), args
}
