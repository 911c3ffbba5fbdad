// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"
	"database/sql"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/desk/helpdesk/store"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/search"
)

// Draft is a ticket to be made. Zero fields have usual values: the first board, status new, incident, normal priority,
// begun by a technician.
type Draft struct {
	Client     ids.ID
	Site       ids.ID
	Person     ids.ID
	Board      ids.ID
	Kind       Kind
	Origin     Origin
	OriginNote string
	Channel    string
	Impact     Level
	Urgency    Level
	Subject    string
	Body       string
	HTML       string // sanitised
	Internal   bool   // the first entry is a note among the firm's people
	Tell       bool   // the person gets the first entry by mail, as they would a reply
	Assignee   ids.ID
	Parent     ids.ID
	Tags       []string
	Steps      []string
	Devices    []string  // refs of devices of the client
	Files      []File    // Ref, Name, Type and Size are set
	Author     *Author   // nil = the caller
	At         time.Time // when it came in; zero = now

	devices []Device // behind Devices
}

// Create makes a ticket with its first entry, in one transaction.
func (s *Service) Create(ctx context.Context, scope access.Scope, d Draft) (t Ticket, err error) {
	if err := d.clean(); err != nil {
		return t, err
	}
	if !scope.Covers(d.Client) {
		return t, fault.NewInvalid("Choose the client that the ticket is for.").On("client")
	}
	if _, err := s.p.Clients.Get(ctx, scope, d.Client); err != nil {
		return t, err
	}
	if err := s.scan(ctx, d.Files); err != nil {
		return t, err
	}
	u, err := s.set(ctx)
	if err != nil {
		return t, err
	}
	if err := s.checkDraft(ctx, u, &d); err != nil {
		return t, err
	}
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		t, err = s.createIn(ctx, tx, u, d)
		return err
	})
	if err == nil {
		s.told(t.ID)
	}
	return t, err
}

func (d *Draft) clean() (err error) {
	if d.Subject, err = cleanSubject(d.Subject); err != nil {
		return err
	}
	if d.Body, err = cleanBody(d.Body); err != nil {
		return err
	}
	if d.Tags, err = cleanTags(d.Tags); err != nil {
		return err
	}
	if d.Origin == 0 {
		d.Origin = FromTechnician
	}
	if d.Impact == 0 {
		d.Impact = 2
	}
	if d.Urgency == 0 {
		d.Urgency = 2
	}
	if d.Impact > 3 || d.Urgency > 3 || d.Origin > FromTechnician || d.Kind > ProjectTask {
		return fault.NewInvalid("Impact and urgency are 1 (high), 2 or 3 (low).").On("impact")
	}
	d.Steps = slices.DeleteFunc(d.Steps, func(x string) bool { return strings.TrimSpace(x) == "" })
	return nil
}

func (s *Service) checkDraft(ctx context.Context, u *setup, d *Draft) error {
	if d.Board == 0 {
		i := slices.IndexFunc(u.boards, func(b Board) bool { return !b.Archived })
		if i < 0 {
			return fault.NewConflict("There is no board: make one first.")
		}
		d.Board = u.boards[i].ID
	}
	if b, ok := u.board(d.Board); !ok || b.Archived {
		return fault.NewInvalid("This board is not in use.").On("board")
	}
	if err := s.checkPlace(ctx, d.Client, d.Site, d.Person); err != nil {
		return err
	}
	var err error
	if d.devices, err = s.wanted(ctx, d.Client, d.Devices); err != nil {
		return err
	}
	return s.checkAssignee(ctx, d.Assignee)
}

// checkPlace refuses a site or person of another client.
func (s *Service) checkPlace(ctx context.Context, client, site, person ids.ID) error {
	if site == 0 && person == 0 {
		return nil
	}
	c, err := s.p.Clients.Get(ctx, access.WholeFirm(), client)
	if err != nil {
		return err
	}
	for _, x := range c.Sites {
		if x.ID == site {
			site = 0
		}
	}
	for _, x := range c.People {
		if x.ID == person {
			person = 0
		}
	}
	if site != 0 {
		return fault.NewInvalid("This site belongs to another client.").On("site")
	}
	if person != 0 {
		return fault.NewInvalid("This person belongs to another client.").On("person")
	}
	return nil
}

func (s *Service) checkAssignee(ctx context.Context, user ids.ID) error {
	if user == 0 {
		return nil
	}
	people, err := s.p.Access.People(ctx)
	if err != nil {
		return err
	}
	for _, p := range people {
		if p.ID == user && p.Active && slices.Contains(access.RolesWith(access.TicketsWrite), p.Role) {
			return nil
		}
	}
	return fault.NewInvalid("This person does not work on tickets.").On("assignee")
}

func (s *Service) createIn(ctx context.Context, tx *sql.Tx, u *setup, d Draft) (t Ticket, err error) {
	q, now := store.New(tx), s.when(d.At)
	next, err := q.NextNumber(ctx)
	if err != nil {
		return t, err
	}
	if u, err = s.current(ctx, tx, u); err != nil {
		return t, err
	}
	who := author(ctx)
	if d.Author != nil {
		who = *d.Author
	}
	status := u.first(StateNew)
	t = Ticket{
		ID: s.p.IDs.New(), Number: next.Number, Version: 1, Client: d.Client, Site: d.Site, Person: d.Person, Board: d.Board, Status: status.ID,
		State: status.State, Kind: d.Kind, Origin: d.Origin, OriginNote: d.OriginNote, Channel: d.Channel, Impact: d.Impact, Urgency: d.Urgency,
		Priority: PriorityOf(d.Impact, d.Urgency), Subject: d.Subject, Assignee: d.Assignee, Parent: d.Parent, Tags: d.Tags,
		Opened: now, Updated: now, LastFrom: who.side(),
	}
	r, err := s.rulesFor(ctx, tx, u, &t)
	if err != nil {
		return t, err
	}
	u.reckon(&t, r, now, now)
	told := d.Tell && !d.Internal && who.side() == 2 && d.At.IsZero()
	if told {
		t.answered(r.targets[t.Priority], r, now)
		u.reckon(&t, r, now, now)
	}
	if err := q.InsertTicket(ctx, insertParams(t, next.Seq, who)); err != nil {
		return t, err
	}
	e := Entry{Kind: Reply, Public: !d.Internal, Body: d.Body, HTML: d.HTML, Files: d.Files}
	if d.Internal {
		e.Kind = Note
	}
	if d.Channel == "mail" {
		e.Kind = MailEntry
	}
	entry, err := s.addEntry(ctx, q, t.ID, who, e, now)
	if err != nil {
		return t, err
	}
	if told && s.p.Replied != nil {
		if err := s.p.Replied(ctx, tx, t, *entryBy(e, entry, who, t)); err != nil {
			return t, err
		}
	}
	if err := link(ctx, q, t.ID, d.devices); err != nil {
		return t, err
	}
	for i, step := range d.Steps {
		if err := q.InsertStep(ctx, store.InsertStepParams{ID: int64(s.p.IDs.New()), TicketID: int64(t.ID), Position: int64(i), Text: strings.TrimSpace(step)}); err != nil {
			return t, err
		}
	}
	if d.At.IsZero() { // with a moment of its own it happened elsewhere, before it is known here
		if err := s.tell(ctx, tx, Happening{Made: true, Ticket: t, By: who, Entry: entryBy(e, entry, who, t)}); err != nil {
			return t, err
		}
	}
	w := s.search.Writer(tx)
	defer w.Close()
	return t, w.Add(ctx, document(t, d.Body))
}

func insertParams(t Ticket, seq int64, who Author) store.InsertTicketParams {
	l := t.Level
	return store.InsertTicketParams{
		ID: int64(t.ID), Number: t.Number, Seq: seq, ClientID: int64(t.Client), SiteID: int64(t.Site), PersonID: int64(t.Person), BoardID: int64(t.Board),
		StatusID: int64(t.Status), State: int64(t.State), Kind: int64(t.Kind), Origin: int64(t.Origin), OriginNote: t.OriginNote, Channel: t.Channel,
		Impact: int64(t.Impact), Urgency: int64(t.Urgency), Priority: int64(t.Priority), Subject: t.Subject, AssigneeID: int64(t.Assignee),
		ParentID: int64(t.Parent), Tags: packTags(t.Tags), OpenedAt: micros(t.Opened), UpdatedAt: micros(t.Updated), RespondedAt: micros(t.Responded),
		SolvedAt: micros(t.Solved), ClosedAt: micros(t.Closed), LastFrom: int64(t.LastFrom), PolicyID: int64(l.Policy), CalendarID: int64(l.Calendar),
		ResponseDue: micros(l.ResponseDue), UpdateDue: micros(l.UpdateDue), ResolveDue: micros(l.ResolveDue), Elapsed: int64(l.Elapsed / time.Microsecond),
		RunningSince: micros(l.Running), WaitedUpdate: int64(l.waitedUpdate / time.Microsecond), ResponseLate: flag(l.ResponseLate), ResolveLate: flag(l.ResolveLate),
		AlarmAt: micros(l.alarm), MadeBy: int64(who.ID),
	}
}

// addEntry writes an entry with its files.
func (s *Service) addEntry(ctx context.Context, q *store.Queries, ticket ids.ID, who Author, e Entry, now time.Time) (ids.ID, error) {
	data := ""
	var form any
	switch {
	case len(e.Changes) > 0:
		form = e.Changes
	case len(e.Alarms) > 0:
		form = e.Alarms
	case len(e.Copies) > 0:
		form = e.Copies
	}
	if form != nil {
		b, err := json.Marshal(form)
		if err != nil {
			return 0, err
		}
		data = string(b)
	}
	id := s.p.IDs.New()
	if err := q.InsertEntry(ctx, store.InsertEntryParams{
		ID: int64(id), TicketID: int64(ticket), Kind: string(e.Kind), Public: flag(e.Public), AuthorKind: who.Kind, AuthorID: int64(who.ID), Author: who.Name,
		Body: e.Body, Html: e.HTML, Data: data, CreatedAt: micros(now),
	}); err != nil {
		return 0, err
	}
	for _, f := range e.Files {
		if err := q.InsertFile(ctx, store.InsertFileParams{ID: int64(s.p.IDs.New()), TicketID: int64(ticket), EntryID: int64(id), Ref: f.Ref, Name: f.Name, Type: f.Type, Size: f.Size}); err != nil {
			return 0, err
		}
	}
	return id, nil
}

// SearchKind is the kind of a ticket's document in the full-text search.
const SearchKind = "ticket"

// document is what of a ticket can be found: subject, number, tags and the text of the thread.
func document(t Ticket, text string) search.Doc {
	const most = 20_000
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "")
	}
	return search.Doc{
		Kind: SearchKind, Ref: t.ID, Client: t.Client, Title: t.Subject, Body: strconv.FormatInt(t.Number, 10) + " " + strings.Join(t.Tags, " ") + "\n" + text,
		Facets: facets(t),
	}
}

// facets are what a search for words is narrowed to before it is cut off: whether work is left, and whose it is.
func facets(t Ticket) []string {
	work := "done"
	if t.State.Unfinished() {
		work = "open"
	}
	return []string{work, "a" + strconv.FormatInt(int64(t.Assignee), 10)}
}
