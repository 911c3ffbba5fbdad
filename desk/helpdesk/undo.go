// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"mainstay/desk/helpdesk/store"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// undoable is how long a change can be taken back.
const undoable = time.Hour

// Undoable remembers what the caller has just changed: tickets as they are now. It returns what [Service.Undo] takes.
func (s *Service) Undoable(ctx context.Context, tickets []Ticket) (ids.ID, error) {
	me := access.From(ctx)
	if me == nil || len(tickets) == 0 {
		return 0, nil
	}
	list := make([]string, len(tickets))
	for i, t := range tickets {
		list[i] = t.ID.String() + ":" + strconv.FormatInt(t.Version, 10)
	}
	id := s.p.IDs.New()
	return id, s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		if err := q.SweepUndo(ctx, micros(s.now().Add(-undoable))); err != nil {
			return err
		}
		return q.InsertUndo(ctx, store.InsertUndoParams{ID: int64(id), UserID: int64(me.User), MadeAt: micros(s.now()), Tickets: strings.Join(list, " ")})
	})
}

// Undo takes back what the caller changed, once, within an hour. Of several tickets those that have changed since stay as
// they are: left says how many.
func (s *Service) Undo(ctx context.Context, scope access.Scope, id ids.ID) (done, left int, err error) {
	me := access.From(ctx)
	if me == nil {
		return 0, 0, fault.NewUnauthenticated("Please sign in.")
	}
	var list string
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		list, err = store.New(tx).TakeUndo(ctx, int64(id), int64(me.User), micros(s.now().Add(-undoable)))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, fault.NewConflict("This cannot be taken back any more.")
	}
	if err != nil {
		return 0, 0, err
	}
	for _, x := range strings.Fields(list) {
		a, b, _ := strings.Cut(x, ":")
		ticket, err := ids.Parse(a)
		if err != nil {
			return done, left, err
		}
		version, err := strconv.ParseInt(b, 10, 64)
		if err != nil {
			return done, left, err
		}
		switch err := s.revert(ctx, scope, ticket, version, me.User); {
		case err == nil:
			done++
		case fault.KindOf(err) == fault.Internal:
			return done, left, err
		default:
			left++
		}
	}
	return done, left, nil
}

// revert gives a ticket back what the last change of a person took from it. It is a change like any other.
func (s *Service) revert(ctx context.Context, scope access.Scope, id ids.ID, version int64, user ids.ID) error {
	last, err := store.New(s.p.DB.Reader()).LastChange(ctx, int64(id), int64(user))
	if errors.Is(err, sql.ErrNoRows) {
		return fault.NewConflict("This cannot be taken back any more.")
	}
	if err != nil {
		return err
	}
	var changes []FieldChange
	if err := json.Unmarshal([]byte(last.Data), &changes); err != nil {
		return err
	}
	_, _, err = s.mutate(ctx, scope, id, version, nil, func(u *setup, t *Ticket) error {
		if micros(t.Updated) != last.CreatedAt { // what the caller did last changed nothing here
			return fault.NewConflict("This cannot be taken back any more.")
		}
		for _, c := range changes {
			if err := t.back(c); err != nil {
				return err
			}
		}
		status, ok := u.status(t.Status)
		if !ok {
			return fault.NewConflict("This cannot be taken back any more.")
		}
		t.State = status.State
		return nil
	})
	return err
}

// back sets one field to what it was.
func (t *Ticket) back(c FieldChange) error {
	id := func(to *ids.ID) (err error) {
		*to = 0
		if c.From != "" {
			*to, err = ids.Parse(c.From)
		}
		return err
	}
	switch c.Field {
	case "subject":
		t.Subject = c.From
	case "client":
		return id(&t.Client)
	case "site":
		return id(&t.Site)
	case "person":
		return id(&t.Person)
	case "board":
		return id(&t.Board)
	case "assignee":
		return id(&t.Assignee)
	case "parent":
		return id(&t.Parent)
	case "kind":
		t.Kind, _ = ParseKind(c.From)
	case "priority":
		t.Priority, _ = ParsePriority(c.From)
	case "tags":
		t.Tags = strings.Fields(c.From)
	case "status":
		return id(&t.Status)
	default:
		return fault.NewConflict("This cannot be taken back any more.") // appointments, merging: they have their own ways
	}
	return nil
}
