// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"mainstay/desk/helpdesk/store"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// View is a saved list. Query is the list's address without its path.
type View struct {
	ID    ids.ID
	User  ids.ID // 0 = everybody's
	Name  string
	Query string
}

const maxViews = 30

// Views returns everybody's views and those of a person.
func (s *Service) Views(ctx context.Context, user ids.ID) ([]View, error) {
	rows, err := store.New(s.p.DB.Reader()).Views(ctx, int64(user))
	var out []View
	for _, r := range rows {
		out = append(out, View{ids.ID(r.ID), ids.ID(r.UserID), r.Name, r.Query})
	}
	return out, err
}

// SaveView keeps a list under a name.
func (s *Service) SaveView(ctx context.Context, v View) error {
	name, err := cleanName(v.Name)
	if err != nil {
		return err
	}
	if len(v.Query) > 2000 {
		return fault.NewInvalid("This view has too many filters.")
	}
	have, err := s.Views(ctx, v.User)
	if err != nil {
		return err
	}
	if len(have) >= maxViews {
		return fault.NewConflict("There are %d views already. Remove one first.", maxViews)
	}
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		return store.New(tx).InsertView(ctx, store.InsertViewParams{ID: int64(s.p.IDs.New()), UserID: int64(v.User), Name: name, Query: v.Query, Position: int64(len(have))})
	})
}

// DropView removes a view of a person, or one of everybody's where that is allowed.
func (s *Service) DropView(ctx context.Context, id, user ids.ID, shared bool) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		n, err := store.New(tx).DropView(ctx, int64(id), int64(user), flag(shared))
		if err == nil && n == 0 {
			err = fault.NewNotFound("There is no such view.")
		}
		return err
	})
}

// Unsent is what a person has begun to write on a ticket.
type Unsent struct {
	Public bool
	Body   string
	At     time.Time
}

// KeepDraft keeps what the caller has begun to write; an empty text drops it.
func (s *Service) KeepDraft(ctx context.Context, scope access.Scope, id ids.ID, public bool, body string) error {
	if _, err := s.Get(ctx, scope, id); err != nil {
		return err
	}
	if len(body) > maxBody {
		body = strings.ToValidUTF8(body[:maxBody], "")
	}
	user := author(ctx).ID
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		if strings.TrimSpace(body) == "" {
			return q.DropDraft(ctx, int64(id), int64(user))
		}
		return q.PutDraft(ctx, store.PutDraftParams{TicketID: int64(id), UserID: int64(user), Public: flag(public), Body: body, UpdatedAt: micros(s.now())})
	})
}

// DraftOf returns what the caller has begun to write, an empty text where nothing.
func (s *Service) DraftOf(ctx context.Context, id ids.ID) (Unsent, error) {
	r, err := store.New(s.p.DB.Reader()).DraftOf(ctx, int64(id), int64(author(ctx).ID))
	if errors.Is(err, sql.ErrNoRows) {
		return Unsent{}, nil
	}
	return Unsent{r.Public == 1, r.Body, instant(r.UpdatedAt)}, err
}

// Present is somebody who looks at a ticket at the same time.
type Present struct {
	User    ids.ID
	Writing bool
}

// presentFor is how long somebody counts as looking after the last sign of life.
const presentFor = 45 * time.Second

// Look notes that the caller looks at a ticket, and returns who else does.
func (s *Service) Look(ctx context.Context, scope access.Scope, id ids.ID, writing bool) ([]Present, error) {
	if _, err := s.Get(ctx, scope, id); err != nil {
		return nil, err
	}
	user, now := author(ctx).ID, s.now()
	err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		return store.New(tx).Seen(ctx, store.SeenParams{TicketID: int64(id), UserID: int64(user), Writing: flag(writing), SeenAt: micros(now)})
	})
	if err != nil {
		return nil, err
	}
	rows, err := store.New(s.p.DB.Reader()).Present(ctx, int64(id), int64(user), micros(now.Add(-presentFor)))
	var out []Present
	for _, r := range rows {
		out = append(out, Present{ids.ID(r.UserID), r.Writing == 1})
	}
	return out, err
}

// Sweep forgets who looked at tickets long ago.
func (s *Service) Sweep(ctx context.Context) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		return store.New(tx).DropAbsent(ctx, micros(s.now().Add(-time.Hour)))
	})
}

// Follow has the caller watch a ticket, or no longer.
func (s *Service) Follow(ctx context.Context, scope access.Scope, id ids.ID, on bool) error {
	if _, err := s.Get(ctx, scope, id); err != nil {
		return err
	}
	user := int64(author(ctx).ID)
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		if on {
			return q.Watch(ctx, int64(id), user)
		}
		return q.Unwatch(ctx, int64(id), user)
	})
}

// Watchers are the people who follow a ticket.
func (s *Service) Watchers(ctx context.Context, id ids.ID) (out []ids.ID, err error) {
	rows, err := store.New(s.p.DB.Reader()).WatchersOf(ctx, int64(id))
	for _, r := range rows {
		out = append(out, ids.ID(r))
	}
	return out, err
}

// Canned is a text that is written often. It may hold {client}, {person}, {number}, {subject} and {me}.
type Canned struct {
	ID         ids.ID
	Name, Body string
}

// CannedTexts returns the firm's texts by name.
func (s *Service) CannedTexts(ctx context.Context) (out []Canned, err error) {
	rows, err := store.New(s.p.DB.Reader()).Canned(ctx)
	for _, r := range rows {
		out = append(out, Canned{ids.ID(r.ID), r.Name, r.Body})
	}
	return out, err
}

// SaveCanned adds a text (ID 0) or changes one.
func (s *Service) SaveCanned(ctx context.Context, c Canned) error {
	name, err := cleanName(c.Name)
	if err != nil {
		return err
	}
	body, err := cleanBody(c.Body)
	if err != nil || body == "" {
		return errors.Join(err, fault.NewInvalid("Write the text.").On("body"))
	}
	return s.changeSetup(ctx, "helpdesk.canned", name, func(_ *sql.Tx, q *store.Queries) error {
		if c.ID == 0 {
			return q.InsertCanned(ctx, int64(s.p.IDs.New()), name, body)
		}
		n, err := q.UpdateCanned(ctx, int64(c.ID), name, body)
		if err == nil && n == 0 {
			err = fault.NewNotFound("There is no such text.")
		}
		return err
	})
}

// DropCanned removes a text.
func (s *Service) DropCanned(ctx context.Context, id ids.ID) error {
	return s.changeSetup(ctx, "helpdesk.canned-removed", id.String(), func(_ *sql.Tx, q *store.Queries) error {
		n, err := q.DropCanned(ctx, int64(id))
		if err == nil && n == 0 {
			err = fault.NewNotFound("There is no such text.")
		}
		return err
	})
}

// Children are the tickets that are parts of one.
func (s *Service) Children(ctx context.Context, scope access.Scope, id ids.ID) (out []Ticket, err error) {
	rows, err := store.New(s.p.DB.Reader()).ChildrenOf(ctx, int64(id))
	for _, r := range rows {
		if t := ticketOf(r); scope.Covers(t.Client) {
			out = append(out, t)
		}
	}
	return out, err
}
