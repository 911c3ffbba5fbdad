// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"
	"database/sql"

	"mainstay/desk/helpdesk/store"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// What the mailroom does within its own transaction, so that a mail is filed and its ticket written together or not
// at all. Whoever calls these calls Told once the transaction has committed.

// CreateIn is [Service.Create] in the caller's transaction. It also returns the first entry.
func (s *Service) CreateIn(ctx context.Context, tx *sql.Tx, d Draft) (t Ticket, entry ids.ID, err error) {
	if err := d.clean(); err != nil {
		return t, 0, err
	}
	if _, err := s.p.Clients.Get(ctx, access.WholeFirm(), d.Client); err != nil {
		return t, 0, err
	}
	u, err := s.set(ctx)
	if err != nil {
		return t, 0, err
	}
	if err := s.checkDraft(ctx, u, &d); err != nil {
		return t, 0, err
	}
	if t, err = s.createIn(ctx, tx, u, d); err != nil {
		return t, 0, err
	}
	rows, err := store.New(tx).EntriesOf(ctx, int64(t.ID))
	if err == nil && len(rows) > 0 {
		entry = ids.ID(rows[0].ID)
	}
	return t, entry, err
}

// SayIn is [Service.Say] in the caller's transaction, with an author and without further changes.
func (s *Service) SayIn(ctx context.Context, tx *sql.Tx, id ids.ID, m Message) (t Ticket, entry ids.ID, err error) {
	if m.Body, err = cleanBody(m.Body); err != nil {
		return t, 0, err
	}
	if m.Author == nil {
		return t, 0, fault.NewInvalid("Write something first.").On("body")
	}
	u, err := s.set(ctx)
	if err != nil {
		return t, 0, err
	}
	e := &said{Entry: Entry{Kind: m.Kind, Public: m.Public, Body: m.Body, HTML: m.HTML, Files: m.Files}, by: *m.Author}
	return s.mutateIn(ctx, tx, u, access.WholeFirm(), id, 0, e, func(u *setup, t *Ticket) error {
		s.takeUp(u, t, e.by)
		return nil
	})
}

// ChangeIn is [Service.Say] in the caller's transaction, with an author: what is said, and the changes that go with it.
func (s *Service) ChangeIn(ctx context.Context, tx *sql.Tx, id ids.ID, m Message) (t Ticket, entry ids.ID, err error) {
	if m.Body, err = cleanBody(m.Body); err != nil {
		return t, 0, err
	}
	if m.Author == nil || m.Body == "" {
		return t, 0, fault.NewInvalid("Write something first.").On("body")
	}
	if err := s.checkEdit(ctx, &m.Then); err != nil {
		return t, 0, err
	}
	u, err := s.set(ctx)
	if err != nil {
		return t, 0, err
	}
	e := &said{Entry: Entry{Kind: m.Kind, Public: m.Public, Body: m.Body, HTML: m.HTML, Files: m.Files}, by: *m.Author}
	return s.mutateIn(ctx, tx, u, access.WholeFirm(), id, 0, e, func(u *setup, t *Ticket) error { return m.Then.apply(u, t) })
}

// takeUp opens a ticket again on which its client writes while it is solved or the firm waits.
func (s *Service) takeUp(u *setup, t *Ticket, by Author) {
	if by.side() != 1 {
		return
	}
	if status, _ := u.status(t.Status); t.State == StateSolved || t.State == StateWaiting && status.Stops {
		to := u.first(StateOpen)
		t.Status, t.State = to.ID, to.State
	}
}

// Told says on the bus that a ticket changed.
func (s *Service) Told(id ids.ID) { s.told(id) }

// replied tells [Parts.Replied] of an answer to the client. What is entered with a time of its own was said elsewhere.
func (s *Service) replied(ctx context.Context, tx *sql.Tx, t Ticket, entry ids.ID, e *said) error {
	if s.p.Replied == nil || e.silent || !e.At.IsZero() || !e.Public || e.Kind != Reply || e.by.side() != 2 {
		return nil
	}
	out := e.Entry
	out.ID, out.AuthorKind, out.AuthorID, out.Author, out.At = entry, e.by.Kind, e.by.ID, e.by.Name, t.Updated
	return s.p.Replied(ctx, tx, t, out)
}
