// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"
	"database/sql"
	"errors"

	"mainstay/desk/helpdesk/store"
	"mainstay/kit/ids"
)

// Happening is one change of a ticket, for those who tell people or other programs of it: the ticket was made, something
// was said, fields changed, or the last two at once.
type Happening struct {
	Made    bool   // the ticket was just made; Entry is how it begins
	Before  Ticket // as it was; zero where Made
	Ticket  Ticket // as it is now
	By      Author
	Entry   *Entry // what was said, nil = nothing
	Changes []FieldChange
}

// Listener is told of happenings in the transaction that writes them: it may write there and must have no effect outside
// of it. An error undoes the change.
type Listener func(ctx context.Context, tx *sql.Tx, h Happening) error

// Listen adds a listener. Call it before the first request.
func (s *Service) Listen(fn Listener) { s.listeners = append(s.listeners, fn) }

// tell calls the listeners, in the order in which they were added.
func (s *Service) tell(ctx context.Context, tx *sql.Tx, h Happening) error {
	if !h.Made && h.Entry == nil && len(h.Changes) == 0 {
		return nil
	}
	for _, fn := range s.listeners {
		if err := fn(ctx, tx, h); err != nil {
			return err
		}
	}
	return nil
}

// entryBy is an entry as listeners see it.
func entryBy(e Entry, id ids.ID, by Author, t Ticket) *Entry {
	e.ID, e.AuthorKind, e.AuthorID, e.Author = id, by.Kind, by.ID, by.Name
	if e.At.IsZero() {
		e.At = t.Updated
	}
	return &e
}

// WatchersIn are the people who follow a ticket, as the transaction sees them.
func (s *Service) WatchersIn(ctx context.Context, tx *sql.Tx, id ids.ID) (out []ids.ID, err error) {
	rows, err := store.New(tx).WatchersOf(ctx, int64(id))
	for _, r := range rows {
		out = append(out, ids.ID(r))
	}
	return out, err
}

// AuthorIn is who wrote an entry of a ticket, as the transaction sees it; nobody where there is no such entry.
func (s *Service) AuthorIn(ctx context.Context, tx *sql.Tx, ticket, entry ids.ID) (Author, error) {
	r, err := store.New(tx).AuthorOf(ctx, int64(entry), int64(ticket))
	if errors.Is(err, sql.ErrNoRows) {
		return Author{}, nil
	}
	return Author{r.AuthorKind, ids.ID(r.AuthorID), r.Author}, err
}

// In is a ticket as the transaction sees it.
func (s *Service) In(ctx context.Context, tx *sql.Tx, id ids.ID) (Ticket, error) {
	r, err := store.New(tx).TicketByID(ctx, int64(id))
	return ticketOf(r), orNoTicket(err)
}
