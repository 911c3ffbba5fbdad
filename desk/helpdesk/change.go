// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"mainstay/desk/helpdesk/store"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Edit is what is to change of a ticket; nil fields stay.
type Edit struct {
	Subject  *string
	Client   *ids.ID
	Site     *ids.ID
	Person   *ids.ID
	Board    *ids.ID
	Status   *ids.ID
	State    *State // the first status of this state; Status wins
	Kind     *Kind
	Impact   *Level
	Urgency  *Level
	Priority *Priority // set by hand, beside the matrix
	Assignee *ids.ID
	Parent   *ids.ID
	Tags     *[]string
	AddTags  []string
	CutTags  []string

	AddDevices []string // refs of devices of the client
	CutDevices []string
}

// Update changes a ticket whose version the caller has seen (0 = whatever it is); a newer one is a Conflict and nothing
// changes. What changed becomes an entry of the thread.
func (s *Service) Update(ctx context.Context, scope access.Scope, id ids.ID, version int64, e Edit) (Ticket, error) {
	if err := s.checkEdit(ctx, &e); err != nil {
		return Ticket{}, err
	}
	t, _, err := s.mutate(ctx, scope, id, version, nil, func(u *setup, t *Ticket) error { return e.apply(u, t) })
	return t, err
}

// UpdateAt is Update as of an earlier moment, for work that was done elsewhere before it is known here.
func (s *Service) UpdateAt(ctx context.Context, scope access.Scope, id ids.ID, e Edit, at time.Time) (Ticket, error) {
	if err := s.checkEdit(ctx, &e); err != nil {
		return Ticket{}, err
	}
	t, _, err := s.mutate(ctx, scope, id, 0, &said{Entry: Entry{At: at}, silent: true, by: author(ctx)}, func(u *setup, t *Ticket) error { return e.apply(u, t) })
	return t, err
}

// Remove takes a ticket and all that belongs to it away. It is for tickets of the invented firm only: those of a real
// one stay.
func (s *Service) Remove(ctx context.Context, id ids.ID) error {
	err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		for _, table := range []string{"files", "entries", "watchers", "steps", "drafts", "presence", "appointments", "devices"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM helpdesk_"+table+" WHERE ticket_id = $1", int64(id)); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM helpdesk_tickets WHERE id = $1", int64(id)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE helpdesk_state SET seq = seq + 1, epoch = epoch + 1"); err != nil {
			return err
		}
		return s.search.Delete(ctx, tx, SearchKind, id)
	})
	s.told(id)
	return err
}

func (s *Service) checkEdit(ctx context.Context, e *Edit) (err error) {
	if e.Subject != nil {
		if *e.Subject, err = cleanSubject(*e.Subject); err != nil {
			return err
		}
	}
	for _, list := range []*[]string{e.Tags, &e.AddTags, &e.CutTags} {
		if list != nil {
			if *list, err = cleanTags(*list); err != nil {
				return err
			}
		}
	}
	if e.Client != nil {
		if _, err := s.p.Clients.Get(ctx, access.WholeFirm(), *e.Client); err != nil {
			return err
		}
	}
	if e.Assignee != nil {
		return s.checkAssignee(ctx, *e.Assignee)
	}
	return nil
}

// apply changes t; the caller has checked what needs the database.
func (e *Edit) apply(u *setup, t *Ticket) error {
	set(&t.Subject, e.Subject)
	t.devices = deviceEdit{e.AddDevices, e.CutDevices}
	if e.Client != nil && *e.Client != t.Client {
		t.Client, t.Site, t.Person = *e.Client, 0, 0
	}
	set(&t.Site, e.Site)
	set(&t.Person, e.Person)
	set(&t.Kind, e.Kind)
	set(&t.Assignee, e.Assignee)
	if e.Board != nil {
		if b, ok := u.board(*e.Board); !ok || b.Archived && b.ID != t.Board {
			return fault.NewInvalid("This board is not in use.").On("board")
		}
		t.Board = *e.Board
	}
	if e.Parent != nil {
		if *e.Parent == t.ID {
			return fault.NewInvalid("A ticket cannot be part of itself.").On("parent")
		}
		t.Parent = *e.Parent
	}
	if err := e.applyLevels(t); err != nil {
		return err
	}
	if err := e.applyTags(t); err != nil {
		return err
	}
	return e.applyStatus(u, t)
}

func set[T any](to, from *T) {
	if from != nil {
		*to = *from
	}
}

func (e *Edit) applyLevels(t *Ticket) error {
	if e.Impact != nil || e.Urgency != nil {
		set(&t.Impact, e.Impact)
		set(&t.Urgency, e.Urgency)
		if t.Impact < 1 || t.Impact > 3 || t.Urgency < 1 || t.Urgency > 3 {
			return fault.NewInvalid("Impact and urgency are 1 (high), 2 or 3 (low).").On("impact")
		}
		t.Priority = PriorityOf(t.Impact, t.Urgency)
	}
	if e.Priority != nil {
		if *e.Priority < Urgent || *e.Priority > Low {
			return fault.NewInvalid("A priority is urgent, high, normal or low.").On("priority")
		}
		t.Priority = *e.Priority
	}
	return nil
}

func (e *Edit) applyTags(t *Ticket) (err error) {
	if e.Tags != nil {
		t.Tags = *e.Tags
	}
	if len(e.AddTags)+len(e.CutTags) > 0 {
		t.Tags = slices.DeleteFunc(append(slices.Clone(t.Tags), e.AddTags...), func(x string) bool { return slices.Contains(e.CutTags, x) })
	}
	t.Tags, err = cleanTags(t.Tags)
	return err
}

func (e *Edit) applyStatus(u *setup, t *Ticket) error {
	if e.Status == nil && e.State == nil {
		return nil
	}
	var to Status
	if e.Status != nil {
		var ok bool
		if to, ok = u.status(*e.Status); !ok || to.Archived && to.ID != t.Status {
			return fault.NewInvalid("This status is not in use.").On("status")
		}
	} else {
		if t.State == *e.State {
			return nil
		}
		to = u.first(*e.State)
	}
	t.Status, t.State = to.ID, to.State
	return nil
}

// settle keeps the times of solving, closing and reopening in step with the state.
func (t *Ticket) settle(before State, now time.Time) {
	if t.State == before {
		return
	}
	if t.State >= StateSolved && t.Solved.IsZero() {
		t.Solved = now
	}
	if t.State == StateClosed {
		t.Closed = now
	} else {
		t.Closed = time.Time{}
	}
	if t.State.Unfinished() && before >= StateSolved {
		t.Reopened++
		t.Solved = time.Time{}
	}
}

// mutate changes a ticket in one transaction: fn changes the row, e (nil = none) is added to the thread before what fn
// changed. It returns the ticket as it is then and the id of the entry.
func (s *Service) mutate(ctx context.Context, scope access.Scope, id ids.ID, version int64, e *said, fn func(*setup, *Ticket) error) (t Ticket, entry ids.ID, err error) {
	u, err := s.set(ctx)
	if err != nil {
		return t, 0, err
	}
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		t, entry, err = s.mutateIn(ctx, tx, u, scope, id, version, e, fn)
		return err
	})
	if err == nil {
		s.told(id)
	}
	return t, entry, err
}

// said is an entry to be added and who adds it.
type said struct {
	Entry
	by     Author
	silent bool      // nothing is said: only the moment counts
	copies *[]string // of a reply, see [Message]
}

func (s *Service) mutateIn(ctx context.Context, tx *sql.Tx, u *setup, scope access.Scope, id ids.ID, version int64, e *said, fn func(*setup, *Ticket) error) (t Ticket, entry ids.ID, err error) {
	q, now := store.New(tx), s.now()
	if e != nil {
		now = s.when(e.At)
	}
	seq, err := q.Bump(ctx) // first: it lets one writer after the other at the ticket
	if err != nil {
		return t, 0, err
	}
	row, err := q.TicketByID(ctx, int64(id))
	if err != nil {
		return t, 0, orNoTicket(err)
	}
	t = ticketOf(row)
	if !scope.Covers(t.Client) {
		return t, 0, noTicket()
	}
	if version != 0 && version != t.Version {
		return t, 0, fault.NewConflict("Somebody changed this ticket in the meantime. Look at the newer version and enter your change again.")
	}
	if t.MergedInto != 0 && fn != nil {
		return t, 0, fault.NewConflict("This ticket was merged into another one, which goes on instead.")
	}
	if u, err = s.current(ctx, tx, u); err != nil {
		return t, 0, err
	}
	before := t
	was, err := s.rulesFor(ctx, tx, u, &t)
	if err != nil {
		return t, 0, err
	}
	if t.State.Unfinished() { // first what the firm changed since
		u.reckon(&t, was, u.changed, now)
	}
	if fn != nil {
		if err := fn(u, &t); err != nil {
			return t, 0, err
		}
	}
	if t.Client != before.Client || t.Site != before.Site || t.Person != before.Person {
		if err := s.checkPlace(ctx, t.Client, t.Site, t.Person); err != nil {
			return t, 0, err
		}
	}
	if t.Parent != before.Parent {
		if err := checkParent(ctx, q, &t); err != nil {
			return t, 0, err
		}
	}
	is, err := s.rulesFor(ctx, tx, u, &t)
	if err != nil {
		return t, 0, err
	}
	by := author(ctx)
	if e != nil && !e.silent {
		by = e.by
		if e.Public && by.side() == 2 {
			t.answered(was.targets[before.Priority], was, now)
		}
		if side := by.side(); side != 0 && e.Kind != TimeEntry {
			t.LastFrom = side
		}
	}
	t.settle(before.State, now)
	if before.State.Unfinished() || t.State.Unfinished() { // how a finished one went stays as it was
		u.reckon(&t, is, now, now)
	}
	if before.Assignee != 0 && t.Assignee != before.Assignee || t.Board != before.Board {
		t.Reassigned++
	}
	t.Updated, t.Version = now, t.Version+1
	if err := writeTicket(ctx, q, &t, before.Version, seq); err != nil {
		return t, 0, err
	}
	if s.p.Solved != nil && before.State.Unfinished() && !t.State.Unfinished() && t.MergedInto == 0 && (e == nil || e.At.IsZero()) {
		if err := s.p.Solved(ctx, tx, t); err != nil {
			return t, 0, err
		}
	}
	if e != nil && !e.silent {
		if err := s.copyReply(ctx, t, e); err != nil {
			return t, 0, err
		}
		if entry, err = s.addEntry(ctx, q, id, e.by, e.Entry, now); err != nil {
			return t, 0, err
		}
		if err := s.replied(ctx, tx, t, entry, e); err != nil {
			return t, 0, err
		}
	}
	devices, err := s.relink(ctx, q, &before, &t)
	if err != nil {
		return t, 0, err
	}
	changes := append(difference(before, t), devices...)
	if len(changes) > 0 {
		if _, err := s.addEntry(ctx, q, id, by, Entry{Kind: Changed, Changes: changes}, now); err != nil {
			return t, 0, err
		}
	}
	if e == nil || e.At.IsZero() { // what has a moment of its own happened elsewhere, before it is known here
		h := Happening{Before: before, Ticket: t, By: by, Changes: changes}
		if e != nil && !e.silent {
			h.Entry = entryBy(e.Entry, entry, by, t)
		}
		if err := s.tell(ctx, tx, h); err != nil {
			return t, 0, err
		}
	}
	return t, entry, s.reindex(ctx, tx, q, before, t, e)
}

// checkParent refuses a parent of another client, and rings.
func checkParent(ctx context.Context, q *store.Queries, t *Ticket) error {
	for up, depth := t.Parent, 0; up != 0; depth++ {
		if up == t.ID || depth > 20 {
			return fault.NewInvalid("These tickets would be parts of each other.").On("parent")
		}
		p, err := q.TicketByID(ctx, int64(up))
		if errors.Is(err, sql.ErrNoRows) || err == nil && ids.ID(p.ClientID) != t.Client {
			return fault.NewInvalid("There is no such ticket of this client.").On("parent")
		}
		if err != nil {
			return err
		}
		up = ids.ID(p.ParentID)
	}
	return nil
}

func writeTicket(ctx context.Context, q *store.Queries, t *Ticket, version, seq int64) error {
	l := t.Level
	n, err := q.UpdateTicket(ctx, store.UpdateTicketParams{
		ID: int64(t.ID), Version: version, Seq: seq, ClientID: int64(t.Client), SiteID: int64(t.Site), PersonID: int64(t.Person), BoardID: int64(t.Board),
		StatusID: int64(t.Status), State: int64(t.State), Kind: int64(t.Kind), Impact: int64(t.Impact), Urgency: int64(t.Urgency), Priority: int64(t.Priority),
		Subject: t.Subject, AssigneeID: int64(t.Assignee), ParentID: int64(t.Parent), MergedInto: int64(t.MergedInto), Tags: packTags(t.Tags),
		UpdatedAt: micros(t.Updated), RespondedAt: micros(t.Responded), SolvedAt: micros(t.Solved), ClosedAt: micros(t.Closed), Reopened: int64(t.Reopened),
		LastFrom: int64(t.LastFrom), PolicyID: int64(l.Policy), CalendarID: int64(l.Calendar), ResponseDue: micros(l.ResponseDue), UpdateDue: micros(l.UpdateDue),
		ResolveDue: micros(l.ResolveDue), Elapsed: int64(l.Elapsed / time.Microsecond), RunningSince: micros(l.Running), WaitedUpdate: int64(l.waitedUpdate / time.Microsecond),
		ResponseLate: flag(l.ResponseLate), ResolveLate: flag(l.ResolveLate), AlarmAt: micros(l.alarm),
		Alarmed: int64(l.told), Reassigned: int64(t.Reassigned),
	})
	if err == nil && n == 0 {
		err = fault.NewConflict("Somebody changed this ticket in the meantime. Look at the newer version and enter your change again.")
	}
	return err
}

// reindex brings the ticket's document up to date where something that can be found has changed.
func (s *Service) reindex(ctx context.Context, tx *sql.Tx, q *store.Queries, before, t Ticket, e *said) error {
	if (e == nil || e.Body == "") && before.Subject == t.Subject && before.Client == t.Client && slices.Equal(before.Tags, t.Tags) &&
		slices.Equal(facets(before), facets(t)) {
		return nil
	}
	w := s.search.Writer(tx)
	defer w.Close()
	return s.putDocument(ctx, q, w, t)
}

// difference is what an entry of kind change tells.
func difference(a, b Ticket) (out []FieldChange) {
	add := func(field, from, to string) {
		if from != to {
			out = append(out, FieldChange{field, from, to})
		}
	}
	id := func(x ids.ID) string {
		if x == 0 {
			return ""
		}
		return x.String()
	}
	add("subject", a.Subject, b.Subject)
	add("client", id(a.Client), id(b.Client))
	add("site", id(a.Site), id(b.Site))
	add("person", id(a.Person), id(b.Person))
	add("board", id(a.Board), id(b.Board))
	add("status", id(a.Status), id(b.Status))
	add("kind", a.Kind.String(), b.Kind.String())
	add("priority", a.Priority.String(), b.Priority.String())
	add("assignee", id(a.Assignee), id(b.Assignee))
	add("parent", id(a.Parent), id(b.Parent))
	add("merged", id(a.MergedInto), id(b.MergedInto))
	add("tags", strings.Join(a.Tags, " "), strings.Join(b.Tags, " "))
	return out
}
