// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"mainstay/desk/helpdesk/store"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Message is something said on a ticket.
type Message struct {
	Public bool
	Body   string
	HTML   string    // sanitised; "" = plain text
	Kind   EntryKind // "" = Reply or Note by Public
	Files  []File
	Author *Author   // nil = the caller
	At     time.Time // when it was said; zero = now
	Then   Edit      // changes that go with it, such as "solved"
	Copies *[]string // of a reply: who else gets it; nil = who got the client's last mail besides
}

// Say adds a message to the thread and makes the changes that go with it. A client who writes on a solved ticket, or
// answers while the firm waits, opens it again. The caller's draft is dropped.
func (s *Service) Say(ctx context.Context, scope access.Scope, id ids.ID, version int64, m Message) (t Ticket, entry ids.ID, err error) {
	if m.Body, err = cleanBody(m.Body); err != nil {
		return t, 0, err
	}
	if m.Body == "" && m.HTML == "" && len(m.Files) == 0 {
		return t, 0, fault.NewInvalid("Write something first.").On("body")
	}
	if err := s.checkEdit(ctx, &m.Then); err != nil {
		return t, 0, err
	}
	if err := s.scan(ctx, m.Files); err != nil {
		return t, 0, err
	}
	if m.Copies != nil {
		if *m.Copies, err = cleanCopies(*m.Copies); err != nil {
			return t, 0, err
		}
	}
	by := author(ctx)
	if m.Author != nil {
		by = *m.Author
	}
	kind := m.Kind
	switch {
	case kind != "":
	case m.Public:
		kind = Reply
	default:
		kind = Note
	}
	e := &said{Entry: Entry{Kind: kind, Public: m.Public, Body: m.Body, HTML: m.HTML, Files: m.Files, At: m.At}, by: by, copies: m.Copies}
	t, entry, err = s.mutate(ctx, scope, id, version, e, func(u *setup, t *Ticket) error {
		if err := m.Then.apply(u, t); err != nil {
			return err
		}
		back := by.side() == 1 && m.Then.Status == nil && m.Then.State == nil
		if status, _ := u.status(t.Status); back && (t.State == StateSolved || t.State == StateWaiting && status.Stops) {
			to := u.first(StateOpen)
			t.Status, t.State = to.ID, to.State
		}
		return nil
	})
	if err == nil && by.Kind == "user" {
		err = s.p.DB.Write(ctx, func(tx *sql.Tx) error { return store.New(tx).DropDraft(ctx, int64(id), int64(by.ID)) })
	}
	return t, entry, err
}

// Thread returns the entries of a ticket, and of those merged into it, from the first. A client's people see what is public.
func (s *Service) Thread(ctx context.Context, scope access.Scope, id ids.ID) (out []Entry, err error) {
	if _, err := s.Get(ctx, scope, id); err != nil {
		return nil, err
	}
	q := store.New(s.p.DB.Reader())
	rows, err := q.EntriesOf(ctx, int64(id))
	if err != nil {
		return nil, err
	}
	files, err := q.FilesOf(ctx, int64(id))
	if err != nil {
		return nil, err
	}
	of := map[int64][]File{}
	for _, f := range files {
		of[f.EntryID] = append(of[f.EntryID], fileOf(f))
	}
	for _, r := range rows {
		if !scope.All() && r.Public == 0 {
			continue
		}
		e := Entry{
			ID: ids.ID(r.ID), Kind: EntryKind(r.Kind), Public: r.Public == 1, AuthorKind: r.AuthorKind, AuthorID: ids.ID(r.AuthorID), Author: r.Author,
			Body: r.Body, HTML: r.Html, At: instant(r.CreatedAt), Files: of[r.ID],
		}
		if r.Data != "" && e.Kind == Changed {
			if err := json.Unmarshal([]byte(r.Data), &e.Changes); err != nil {
				return nil, err
			}
		}
		if r.Data != "" && e.Kind == System {
			if err := json.Unmarshal([]byte(r.Data), &e.Alarms); err != nil {
				return nil, err
			}
		}
		if r.Data != "" && e.Kind == Reply {
			if err := json.Unmarshal([]byte(r.Data), &e.Copies); err != nil {
				return nil, err
			}
		}
		out = append(out, e)
	}
	return out, nil
}

func fileOf(f store.HelpdeskFile) File {
	return File{ids.ID(f.ID), ids.ID(f.EntryID), f.Ref, f.Name, f.Type, f.Size}
}

// File returns an attachment of a ticket in scope; of an internal note only to the firm's people.
func (s *Service) File(ctx context.Context, scope access.Scope, ticket, file ids.ID) (File, error) {
	entries, err := s.Thread(ctx, scope, ticket)
	for _, e := range entries {
		for _, f := range e.Files {
			if f.ID == file {
				return f, nil
			}
		}
	}
	if err == nil {
		err = fault.NewNotFound("There is no such file.")
	}
	return File{}, err
}

// Merge folds a ticket into another of the same client: its thread is shown there, and it is closed. Unmerge takes that back.
func (s *Service) Merge(ctx context.Context, scope access.Scope, from, into ids.ID) error {
	if from == into {
		return fault.NewInvalid("A ticket cannot be merged with itself.")
	}
	target, err := s.Get(ctx, scope, into)
	if err != nil {
		return err
	}
	if target.MergedInto != 0 {
		return fault.NewConflict("The other ticket was merged itself. Choose the one that goes on.")
	}
	_, _, err = s.mutate(ctx, scope, from, 0, nil, func(u *setup, t *Ticket) error {
		if t.Client != target.Client {
			return fault.NewInvalid("The two tickets are of different clients.").On("into")
		}
		t.MergedInto = into
		to := u.first(StateClosed)
		t.Status, t.State = to.ID, to.State
		return nil
	})
	if err != nil {
		return err
	}
	// Those that were merged into the one that goes now follow it.
	rows, err := store.New(s.p.DB.Reader()).MergedFrom(ctx, int64(from))
	for _, r := range rows {
		err = errors.Join(err, s.follow(ctx, ids.ID(r.ID), into))
	}
	s.told(into)
	return errors.Join(err, s.touch(ctx, into))
}

func (s *Service) follow(ctx context.Context, id, into ids.ID) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		seq, err := q.Bump(ctx)
		if err != nil {
			return err
		}
		row, err := q.TicketByID(ctx, int64(id))
		if err != nil {
			return err
		}
		t := ticketOf(row)
		t.MergedInto = into
		return writeTicket(ctx, q, &t, row.Version, seq)
	})
}

// touch makes the ticket's document and time of change anew.
func (s *Service) touch(ctx context.Context, id ids.ID) error {
	u, err := s.set(ctx)
	if err != nil {
		return err
	}
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		t, _, err := s.mutateIn(ctx, tx, u, access.WholeFirm(), id, 0, nil, nil)
		if err != nil {
			return err
		}
		return s.reindex(ctx, tx, store.New(tx), Ticket{}, t, nil)
	})
}

// Unmerge lets a ticket that was merged go on by itself, open.
func (s *Service) Unmerge(ctx context.Context, scope access.Scope, id ids.ID) error {
	t, err := s.Get(ctx, scope, id)
	if err != nil {
		return err
	}
	if t.MergedInto == 0 {
		return fault.NewConflict("This ticket was not merged.")
	}
	into := t.MergedInto
	u, err := s.set(ctx)
	if err != nil {
		return err
	}
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		seq, err := q.Bump(ctx)
		if err != nil {
			return err
		}
		row, err := q.TicketByID(ctx, int64(id))
		if err != nil {
			return err
		}
		t := ticketOf(row)
		before := t
		to := u.first(StateOpen)
		t.MergedInto, t.Status, t.State = 0, to.ID, to.State
		t.settle(before.State, s.now())
		r, err := s.rulesFor(ctx, tx, u, &t)
		if err != nil {
			return err
		}
		u.reckon(&t, r, s.now(), s.now())
		t.Updated = s.now()
		if err := writeTicket(ctx, q, &t, row.Version, seq); err != nil {
			return err
		}
		changes := difference(before, t)
		if _, err = s.addEntry(ctx, q, id, author(ctx), Entry{Kind: Changed, Changes: changes}, s.now()); err != nil {
			return err
		}
		return s.tell(ctx, tx, Happening{Before: before, Ticket: t, By: author(ctx), Changes: changes})
	})
	if err != nil {
		return err
	}
	s.told(id)
	return s.touch(ctx, into)
}

// Split makes a new ticket of one entry of a thread: the entry's text begins it, and both tell of each other.
func (s *Service) Split(ctx context.Context, scope access.Scope, id, entry ids.ID, subject string) (Ticket, error) {
	t, err := s.Get(ctx, scope, id)
	if err != nil {
		return Ticket{}, err
	}
	entries, err := s.Thread(ctx, scope, id)
	if err != nil {
		return Ticket{}, err
	}
	for _, e := range entries {
		if e.ID != entry || (e.Kind != Reply && e.Kind != Note && e.Kind != MailEntry) {
			continue
		}
		if strings.TrimSpace(subject) == "" {
			subject, _, _ = strings.Cut(e.Body, "\n")
		}
		if len(subject) > maxSubject {
			subject = strings.ToValidUTF8(subject[:maxSubject], "")
		}
		made, err := s.Create(ctx, scope, Draft{
			Client: t.Client, Site: t.Site, Person: t.Person, Board: t.Board, Kind: t.Kind, Origin: t.Origin, OriginNote: t.OriginNote, Channel: t.Channel,
			Impact: t.Impact, Urgency: t.Urgency, Subject: subject, Body: e.Body, HTML: e.HTML, Internal: !e.Public, Files: e.Files,
			Author: &Author{e.AuthorKind, e.AuthorID, e.Author},
		})
		if err != nil {
			return Ticket{}, err
		}
		return made, errors.Join(
			s.note(ctx, id, "split-to", made.ID), s.note(ctx, made.ID, "split-from", id))
	}
	return Ticket{}, fault.NewNotFound("There is no such message.")
}

// note adds an entry of the system: what happened, and with which other ticket.
func (s *Service) note(ctx context.Context, id ids.ID, what string, other ids.ID) error {
	now := s.now()
	err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		_, err := s.addEntry(ctx, store.New(tx), id, author(ctx), Entry{Kind: Changed, Changes: []FieldChange{{Field: what, To: other.String()}}}, now)
		return err
	})
	s.told(id)
	return err
}

// Step is one thing to be done on a ticket.
type Step struct {
	ID     ids.ID
	Text   string
	Done   time.Time // zero = not yet
	DoneBy string
}

// Steps returns the checklist of a ticket.
func (s *Service) Steps(ctx context.Context, scope access.Scope, id ids.ID) (out []Step, err error) {
	if _, err := s.Get(ctx, scope, id); err != nil {
		return nil, err
	}
	rows, err := store.New(s.p.DB.Reader()).StepsOf(ctx, int64(id))
	for _, r := range rows {
		out = append(out, Step{ids.ID(r.ID), r.Text, instant(r.DoneAt), r.DoneBy})
	}
	return out, err
}

const maxSteps = 100

// AddStep adds something to be done.
func (s *Service) AddStep(ctx context.Context, scope access.Scope, id ids.ID, text string) error {
	text = strings.Join(strings.Fields(text), " ")
	if text == "" || len(text) > maxSubject {
		return fault.NewInvalid("A step has between 1 and %d characters.", maxSubject).On("text")
	}
	have, err := s.Steps(ctx, scope, id)
	if err != nil {
		return err
	}
	if len(have) >= maxSteps {
		return fault.NewInvalid("A ticket has at most %d steps.", maxSteps).On("text")
	}
	return s.steps(ctx, id, func(q *store.Queries) (int64, error) {
		return 1, q.InsertStep(ctx, store.InsertStepParams{ID: int64(s.p.IDs.New()), TicketID: int64(id), Position: int64(len(have)), Text: text})
	})
}

// TickStep marks a step as done, or as not done.
func (s *Service) TickStep(ctx context.Context, scope access.Scope, id, step ids.ID, done bool) error {
	if _, err := s.Get(ctx, scope, id); err != nil {
		return err
	}
	at, by := int64(0), ""
	if done {
		at, by = micros(s.now()), author(ctx).Name
	}
	return s.steps(ctx, id, func(q *store.Queries) (int64, error) {
		return q.TickStep(ctx, store.TickStepParams{ID: int64(step), TicketID: int64(id), DoneAt: at, DoneBy: by})
	})
}

// DropStep removes a step.
func (s *Service) DropStep(ctx context.Context, scope access.Scope, id, step ids.ID) error {
	if _, err := s.Get(ctx, scope, id); err != nil {
		return err
	}
	return s.steps(ctx, id, func(q *store.Queries) (int64, error) { return q.DropStep(ctx, int64(step), int64(id)) })
}

func (s *Service) steps(ctx context.Context, id ids.ID, fn func(*store.Queries) (int64, error)) error {
	err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		n, err := fn(store.New(tx))
		if err == nil && n == 0 {
			err = fault.NewNotFound("This step is not there any more.")
		}
		return err
	})
	s.told(id)
	return err
}
