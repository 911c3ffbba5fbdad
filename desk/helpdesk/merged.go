// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"
	"database/sql"
	"strings"

	"mainstay/desk/helpdesk/store"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/search"
)

// ClientMerged moves what belongs to a client that became part of another one: tickets and plans. arg is that
// of clients.MergedJob. The level of its own goes; its tickets are reckoned by that of the other. It may run again.
func (s *Service) ClientMerged(ctx context.Context, arg string) error {
	a, b, _ := strings.Cut(arg, " ")
	from, err := ids.Parse(a)
	if err != nil {
		return err
	}
	into, err := ids.Parse(b)
	if err != nil {
		return err
	}
	if into, err = s.livingClient(ctx, into); err != nil {
		return err
	}
	for {
		n, err := s.moveSome(ctx, from, into)
		if err != nil {
			return err
		}
		if n == 0 {
			break
		}
	}
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		if _, err := q.Bump(ctx); err != nil {
			return err
		}
		if err := q.MovePlans(ctx, int64(from), int64(into)); err != nil {
			return err
		}
		return q.DropClientLevel(ctx, int64(from))
	})
}

// livingClient is the client itself, or the one that it became part of.
func (s *Service) livingClient(ctx context.Context, id ids.ID) (ids.ID, error) {
	for range 20 {
		c, err := s.p.Clients.Get(ctx, access.WholeFirm(), id)
		if err != nil || c.MergedInto == 0 {
			return id, err
		}
		id = c.MergedInto
	}
	return id, nil
}

// moveSome moves up to 200 tickets with their documents and deadlines.
func (s *Service) moveSome(ctx context.Context, from, into ids.ID) (n int, err error) {
	var moved []ids.ID
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		moved = moved[:0]
		q, now := store.New(tx), s.now()
		seq, err := q.Bump(ctx)
		if err != nil {
			return err
		}
		u, err := s.current(ctx, tx, &setup{})
		if err != nil {
			return err
		}
		list, err := q.TicketsOf(ctx, int64(from))
		if err != nil {
			return err
		}
		w := s.search.Writer(tx)
		defer w.Close()
		for _, row := range list {
			t := ticketOf(row)
			was, err := s.rulesFor(ctx, tx, u, &t)
			if err != nil {
				return err
			}
			if t.State.Unfinished() {
				u.reckon(&t, was, u.changed, now)
			}
			t.Client = into
			if t.State.Unfinished() {
				r, err := s.rulesFor(ctx, tx, u, &t)
				if err != nil {
					return err
				}
				u.reckon(&t, r, now, now)
			}
			if err := writeTicket(ctx, q, &t, row.Version, seq); err != nil {
				return err
			}
			if err := s.putDocument(ctx, q, w, t); err != nil {
				return err
			}
			moved = append(moved, t.ID)
		}
		return nil
	})
	for _, id := range moved {
		s.told(id)
	}
	return len(moved), err
}

// putDocument makes a ticket's document anew.
func (s *Service) putDocument(ctx context.Context, q *store.Queries, w *search.Writer, t Ticket) error {
	rows, err := q.EntriesOf(ctx, int64(t.ID))
	if err != nil {
		return err
	}
	var text strings.Builder
	for _, r := range rows {
		text.WriteString(r.Body)
		text.WriteByte('\n')
	}
	return w.Put(ctx, document(t, text.String()))
}
