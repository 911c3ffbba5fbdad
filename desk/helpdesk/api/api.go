// SPDX-License-Identifier: Apache-2.0

// Package api has the JSON operations of the helpdesk.
package api

import (
	"context"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/blob"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Handlers serve the operations.
type Handlers struct {
	Desk  *helpdesk.Service
	Blobs *blob.Store
}

// Mount registers the operations.
func (h *Handlers) Mount(a *api.API) {
	api.Register(a, "GET", "/tickets", access.TicketsRead, "list-tickets", "List tickets, filtered and sorted", h.list)
	api.Register(a, "POST", "/tickets", access.TicketsWrite, "create-ticket", "Make a ticket with its first message", h.create)
	api.Register(a, "GET", "/tickets/{number}", access.TicketsRead, "get-ticket", "Get a ticket", h.get)
	api.Register(a, "PATCH", "/tickets/{number}", access.TicketsWrite, "update-ticket", "Change fields of a ticket", h.update)
	api.Register(a, "GET", "/tickets/{number}/entries", access.TicketsRead, "list-ticket-entries", "List the thread of a ticket from the first entry", h.thread)
	api.Register(a, "POST", "/tickets/{number}/entries", access.TicketsWrite, "add-ticket-entry", "Reply to the client or add an internal note", h.say)
	api.Register(a, "POST", "/tickets/{number}/merge", access.TicketsWrite, "merge-ticket", "Merge a ticket into another of the same client", h.merge)
	api.Register(a, "GET", "/desk", access.TicketsRead, "get-desk", "Get boards and statuses", h.setup)
	h.mountEscalations(a)
	h.mountDevices(a)
	h.mountWork(a)
	h.mountAppointments(a)
	h.mountSetup(a)
	h.mountLevels(a)
	h.mountPlans(a)
	h.mountReports(a)
}

// Ticket is a ticket on the wire.
type Ticket struct {
	ID         string       `json:"id"`
	Number     int64        `json:"number"`
	Version    int64        `json:"version" doc:"Grows with each change; the ETag carries it"`
	Client     string       `json:"client" doc:"Id of the client"`
	Site       string       `json:"site,omitempty"`
	Person     string       `json:"person,omitempty" doc:"Id of the client's person who asked"`
	Board      string       `json:"board"`
	Status     string       `json:"status" doc:"Id of the status"`
	State      string       `json:"state" enum:"new,open,waiting,solved,closed"`
	Kind       string       `json:"kind" enum:"incident,request,change,problem,maintenance,task"`
	Origin     string       `json:"origin" enum:"client,monitor,planned,technician"`
	OriginNote string       `json:"originNote,omitempty" doc:"What shows the origin"`
	Channel    string       `json:"channel,omitempty"`
	Impact     int          `json:"impact" minimum:"1" maximum:"3"`
	Urgency    int          `json:"urgency" minimum:"1" maximum:"3"`
	Priority   string       `json:"priority" enum:"urgent,high,normal,low"`
	Subject    string       `json:"subject"`
	Assignee   string       `json:"assignee,omitempty" doc:"Id of the technician"`
	Parent     string       `json:"parent,omitempty"`
	MergedInto string       `json:"mergedInto,omitempty"`
	Tags       []string     `json:"tags"`
	Opened     time.Time    `json:"opened"`
	Updated    time.Time    `json:"updated"`
	Responded  *time.Time   `json:"responded,omitempty" doc:"First public answer"`
	Solved     *time.Time   `json:"solved,omitempty"`
	Closed     *time.Time   `json:"closed,omitempty"`
	Reopened   int          `json:"reopened"`
	Level      ServiceLevel `json:"serviceLevel"`
}

// ServiceLevel is what was promised and how it stands.
type ServiceLevel struct {
	Policy       string     `json:"policy,omitempty"`
	ResponseDue  *time.Time `json:"responseDue,omitempty"`
	UpdateDue    *time.Time `json:"updateDue,omitempty"`
	ResolveDue   *time.Time `json:"resolveDue,omitempty"`
	Seconds      int64      `json:"workingSeconds" doc:"Working time that the clock counted until it last stood still"`
	Running      bool       `json:"running"`
	ResponseLate bool       `json:"responseLate"`
	ResolveLate  bool       `json:"resolveLate"`
}

type listIn struct {
	Q        string   `query:"q" maxLength:"200" doc:"Words of subject, number, tags or thread"`
	State    []string `query:"state" doc:"new, open, waiting, solved, closed; several with commas"`
	Kind     []string `query:"kind"`
	Origin   []string `query:"origin"`
	Priority []string `query:"priority"`
	Client   string   `query:"client" maxLength:"13"`
	Assignee string   `query:"assignee" maxLength:"13" doc:"Id of a technician, or none"`
	Tag      string   `query:"tag" maxLength:"40"`
	Device   string   `query:"device" maxLength:"100" doc:"Ref of a device, or part of its name"`
	Late     bool     `query:"late" doc:"Only those of which a promise was broken"`
	Sort     string   `query:"sort" enum:"updated,opened,due,priority,status,client,assignee" default:"updated"`
	Reverse  bool     `query:"reverse"`
	Offset   int      `query:"offset" minimum:"0" maximum:"10000000"`
	Limit    int      `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

type listOut struct {
	Body struct {
		Tickets []Ticket `json:"tickets"`
		Total   int      `json:"total"`
		Capped  bool     `json:"capped" doc:"More tickets have the words of q than were looked at: these are among the newest"`
	}
}

func (h *Handlers) list(ctx context.Context, in *listIn) (*listOut, error) {
	q := helpdesk.Query{Text: in.Q, Tag: in.Tag, Device: in.Device, Late: in.Late, Order: helpdesk.Order(in.Sort), Reverse: in.Reverse, Offset: in.Offset, Limit: in.Limit}
	var err error
	if q.States, err = words(in.State, helpdesk.ParseState, "state"); err != nil {
		return nil, err
	}
	if q.Kinds, err = words(in.Kind, helpdesk.ParseKind, "kind"); err != nil {
		return nil, err
	}
	if q.Origins, err = words(in.Origin, helpdesk.ParseOrigin, "origin"); err != nil {
		return nil, err
	}
	if q.Priorities, err = words(in.Priority, helpdesk.ParsePriority, "priority"); err != nil {
		return nil, err
	}
	if q.Client, err = parse(in.Client, "client"); err != nil {
		return nil, err
	}
	if in.Assignee == "none" {
		q.Assignee = helpdesk.Nobody
	} else if q.Assignee, err = parse(in.Assignee, "assignee"); err != nil {
		return nil, err
	}
	p, err := h.Desk.List(ctx, access.From(ctx).Scope(), q)
	if err != nil {
		return nil, err
	}
	out := &listOut{}
	out.Body.Tickets, out.Body.Total, out.Body.Capped = make([]Ticket, 0, len(p.Rows)), p.Total, p.Capped
	for _, t := range p.Rows {
		out.Body.Tickets = append(out.Body.Tickets, wire(t))
	}
	return out, nil
}

func words[T any](list []string, parse func(string) (T, bool), field string) (out []T, err error) {
	for _, s := range list {
		v, ok := parse(s)
		if !ok {
			return nil, fault.NewInvalid("%q is not one of the choices.", s).On(field)
		}
		out = append(out, v)
	}
	return out, nil
}

func parse(s, field string) (ids.ID, error) {
	if s == "" {
		return 0, nil
	}
	id, err := ids.Parse(s)
	if err != nil {
		return 0, fault.NewInvalid("%q is not one of the choices.", s).On(field)
	}
	return id, nil
}

type createIn struct {
	Body struct {
		Client     string   `json:"client" maxLength:"13"`
		Site       string   `json:"site,omitempty" maxLength:"13"`
		Person     string   `json:"person,omitempty" maxLength:"13"`
		Board      string   `json:"board,omitempty" maxLength:"13"`
		Kind       string   `json:"kind,omitempty" enum:"incident,request,change,problem,maintenance,task" default:"incident"`
		Origin     string   `json:"origin,omitempty" enum:"client,monitor,planned,technician" default:"technician" doc:"Who began the work; it never changes"`
		OriginNote string   `json:"originNote,omitempty" maxLength:"300" doc:"What shows the origin"`
		Impact     int      `json:"impact,omitempty" minimum:"1" maximum:"3" default:"2"`
		Urgency    int      `json:"urgency,omitempty" minimum:"1" maximum:"3" default:"2"`
		Subject    string   `json:"subject" minLength:"1" maxLength:"300"`
		Text       string   `json:"text,omitempty" maxLength:"200000"`
		Internal   bool     `json:"internal,omitempty" doc:"The text is a note among the firm's people"`
		Tell       bool     `json:"tell,omitempty" doc:"The person gets the text by e-mail"`
		Assignee   string   `json:"assignee,omitempty" maxLength:"13"`
		Tags       []string `json:"tags,omitempty" maxItems:"20"`
		Steps      []string `json:"steps,omitempty" maxItems:"100"`
		Devices    []string `json:"devices,omitempty" maxItems:"50" doc:"Refs of devices of the client"`
	}
}

type oneOut struct {
	ETag string `header:"ETag"`
	Body Ticket
}

func (h *Handlers) create(ctx context.Context, in *createIn) (*oneOut, error) {
	b := in.Body
	d := helpdesk.Draft{
		OriginNote: b.OriginNote, Channel: "api", Impact: helpdesk.Level(b.Impact), Urgency: helpdesk.Level(b.Urgency), Subject: b.Subject, Body: b.Text,
		Internal: b.Internal, Tell: b.Tell, Tags: b.Tags, Steps: b.Steps, Devices: b.Devices,
	}
	d.Kind, _ = helpdesk.ParseKind(b.Kind)
	d.Origin, _ = helpdesk.ParseOrigin(b.Origin)
	for _, x := range []struct {
		from, field string
		to          *ids.ID
	}{{b.Client, "client", &d.Client}, {b.Site, "site", &d.Site}, {b.Person, "person", &d.Person}, {b.Board, "board", &d.Board}, {b.Assignee, "assignee", &d.Assignee}} {
		var err error
		if *x.to, err = parse(x.from, x.field); err != nil {
			return nil, err
		}
	}
	t, err := h.Desk.Create(ctx, access.From(ctx).Scope(), d)
	if err != nil {
		return nil, err
	}
	return one(t), nil
}

func one(t helpdesk.Ticket) *oneOut { return &oneOut{api.ETag(t.Version), wire(t)} }

type oneIn struct {
	Number int64 `path:"number" minimum:"1"`
}

func (h *Handlers) get(ctx context.Context, in *oneIn) (*oneOut, error) {
	t, err := h.Desk.ByNumber(ctx, access.From(ctx).Scope(), in.Number)
	if err != nil {
		return nil, err
	}
	return one(t), nil
}

type updateIn struct {
	Number  int64  `path:"number" minimum:"1"`
	IfMatch string `header:"If-Match" doc:"ETag of the version read; without it the change is made whatever the version is"`
	Body    struct {
		Subject  *string   `json:"subject,omitempty" maxLength:"300"`
		Client   *string   `json:"client,omitempty" maxLength:"13"`
		Person   *string   `json:"person,omitempty" maxLength:"13" doc:"Empty: nobody"`
		Site     *string   `json:"site,omitempty" maxLength:"13"`
		Board    *string   `json:"board,omitempty" maxLength:"13"`
		Status   *string   `json:"status,omitempty" maxLength:"13" doc:"Id of a status"`
		State    *string   `json:"state,omitempty" enum:"new,open,waiting,solved,closed" doc:"The first status of this state"`
		Kind     *string   `json:"kind,omitempty" enum:"incident,request,change,problem,maintenance,task"`
		Impact   *int      `json:"impact,omitempty" minimum:"1" maximum:"3"`
		Urgency  *int      `json:"urgency,omitempty" minimum:"1" maximum:"3"`
		Priority *string   `json:"priority,omitempty" enum:"urgent,high,normal,low" doc:"Instead of the one that impact and urgency give"`
		Assignee *string   `json:"assignee,omitempty" maxLength:"13" doc:"Empty: nobody"`
		Parent   *string   `json:"parent,omitempty" maxLength:"13"`
		Tags     *[]string `json:"tags,omitempty" maxItems:"20"`
	}
}

func (h *Handlers) update(ctx context.Context, in *updateIn) (*oneOut, error) {
	scope := access.From(ctx).Scope()
	t, err := h.Desk.ByNumber(ctx, scope, in.Number)
	if err != nil {
		return nil, err
	}
	version := int64(0)
	if in.IfMatch != "" {
		if version, err = api.Version(in.IfMatch); err != nil {
			return nil, err
		}
	}
	b := in.Body
	e := helpdesk.Edit{Subject: b.Subject, Tags: b.Tags}
	for _, x := range []struct {
		from  *string
		field string
		to    **ids.ID
	}{{b.Client, "client", &e.Client}, {b.Person, "person", &e.Person}, {b.Site, "site", &e.Site}, {b.Board, "board", &e.Board}, {b.Status, "status", &e.Status}, {b.Assignee, "assignee", &e.Assignee}, {b.Parent, "parent", &e.Parent}} {
		if x.from == nil {
			continue
		}
		id, err := parse(*x.from, x.field)
		if err != nil {
			return nil, err
		}
		*x.to = &id
	}
	e.State, e.Kind, e.Priority = pointer(b.State, helpdesk.ParseState), pointer(b.Kind, helpdesk.ParseKind), pointer(b.Priority, helpdesk.ParsePriority)
	if b.Impact != nil {
		l := helpdesk.Level(*b.Impact)
		e.Impact = &l
	}
	if b.Urgency != nil {
		l := helpdesk.Level(*b.Urgency)
		e.Urgency = &l
	}
	if t, err = h.Desk.Update(ctx, scope, t.ID, version, e); err != nil {
		return nil, err
	}
	return one(t), nil
}

func pointer[T any](s *string, parse func(string) (T, bool)) *T {
	if s == nil {
		return nil
	}
	v, ok := parse(*s)
	if !ok {
		return nil
	}
	return &v
}

// Entry is one entry of a thread.
type Entry struct {
	ID      string                 `json:"id"`
	Kind    string                 `json:"kind" enum:"reply,note,mail,change,time,system"`
	Public  bool                   `json:"public" doc:"The client may read it"`
	Author  string                 `json:"author"`
	From    string                 `json:"from" enum:"user,person,system" doc:"Whose author: the firm's, the client's, or the program"`
	Text    string                 `json:"text,omitempty"`
	HTML    string                 `json:"html,omitempty" doc:"Sanitised, of an e-mail"`
	Changes []helpdesk.FieldChange `json:"changes,omitempty"`
	Files   []File                 `json:"files,omitempty"`
	Copies  []string               `json:"copies,omitempty" doc:"Of a reply: who else got it"`
	At      time.Time              `json:"at"`
}

// File is an attachment.
type File struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Size int64  `json:"size"`
}

type threadOut struct {
	Body struct {
		Entries []Entry `json:"entries"`
	}
}

func (h *Handlers) thread(ctx context.Context, in *oneIn) (*threadOut, error) {
	scope := access.From(ctx).Scope()
	t, err := h.Desk.ByNumber(ctx, scope, in.Number)
	if err != nil {
		return nil, err
	}
	entries, err := h.Desk.Thread(ctx, scope, t.ID)
	if err != nil {
		return nil, err
	}
	out := &threadOut{}
	out.Body.Entries = make([]Entry, 0, len(entries))
	for _, e := range entries {
		x := Entry{ID: e.ID.String(), Kind: string(e.Kind), Public: e.Public, Author: e.Author, From: e.AuthorKind, Text: e.Body, HTML: e.HTML, Changes: e.Changes, Copies: e.Copies, At: e.At}
		for _, f := range e.Files {
			x.Files = append(x.Files, File{f.ID.String(), f.Name, f.Size})
		}
		out.Body.Entries = append(out.Body.Entries, x)
	}
	return out, nil
}

type sayIn struct {
	Number int64 `path:"number" minimum:"1"`
	Body   struct {
		Text   string    `json:"text" minLength:"1" maxLength:"200000"`
		Public bool      `json:"public,omitempty" doc:"A reply to the client; otherwise an internal note"`
		State  string    `json:"state,omitempty" enum:"new,open,waiting,solved,closed" doc:"What the ticket becomes with it"`
		Copies *[]string `json:"copies,omitempty" maxItems:"10" doc:"Addresses that get a copy of a reply; left out: who got the client's last mail besides"`
	}
}

func (h *Handlers) say(ctx context.Context, in *sayIn) (*oneOut, error) {
	scope := access.From(ctx).Scope()
	t, err := h.Desk.ByNumber(ctx, scope, in.Number)
	if err != nil {
		return nil, err
	}
	m := helpdesk.Message{Body: in.Body.Text, Public: in.Body.Public, Copies: in.Body.Copies}
	if in.Body.State != "" {
		m.Then.State = pointer(&in.Body.State, helpdesk.ParseState)
	}
	if t, _, err = h.Desk.Say(ctx, scope, t.ID, 0, m); err != nil {
		return nil, err
	}
	return one(t), nil
}

type mergeIn struct {
	Number int64 `path:"number" minimum:"1"`
	Body   struct {
		Into int64 `json:"into" minimum:"1" doc:"Number of the ticket that goes on"`
	}
}

func (h *Handlers) merge(ctx context.Context, in *mergeIn) (*oneOut, error) {
	scope := access.From(ctx).Scope()
	t, err := h.Desk.ByNumber(ctx, scope, in.Number)
	if err != nil {
		return nil, err
	}
	into, err := h.Desk.ByNumber(ctx, scope, in.Body.Into)
	if err != nil {
		return nil, err
	}
	if err := h.Desk.Merge(ctx, scope, t.ID, into.ID); err != nil {
		return nil, err
	}
	return h.get(ctx, &oneIn{into.Number})
}

type nothing struct{}

type setupOut struct {
	Body struct {
		Boards   []Board  `json:"boards"`
		Statuses []Status `json:"statuses"`
	}
}

// Board is a queue of the firm.
type Board struct {
	ID       string `json:"id"`
	Code     string `json:"code,omitempty" doc:"Of a built-in one"`
	Name     string `json:"name,omitempty" doc:"Empty while a built-in one has its usual name"`
	Archived bool   `json:"archived"`
}

// Status is a step of the work.
type Status struct {
	Board
	State string `json:"state" enum:"new,open,waiting,solved,closed"`
	Stops bool   `json:"stops" doc:"The clocks of the service level stand still"`
}

func (h *Handlers) setup(ctx context.Context, _ *nothing) (*setupOut, error) {
	set, err := h.Desk.Setup(ctx)
	if err != nil {
		return nil, err
	}
	out := &setupOut{}
	out.Body.Boards, out.Body.Statuses = []Board{}, []Status{}
	for _, b := range set.Boards {
		out.Body.Boards = append(out.Body.Boards, Board{b.ID.String(), b.Code, b.Name, b.Archived})
	}
	for _, s := range set.Statuses {
		out.Body.Statuses = append(out.Body.Statuses, Status{Board{s.ID.String(), s.Code, s.Name, s.Archived}, s.State.String(), s.Stops})
	}
	return out, nil
}

func wire(t helpdesk.Ticket) Ticket {
	id := func(x ids.ID) string {
		if x == 0 {
			return ""
		}
		return x.String()
	}
	at := func(x time.Time) *time.Time {
		if x.IsZero() {
			return nil
		}
		return &x
	}
	tags := t.Tags
	if tags == nil {
		tags = []string{}
	}
	l := t.Level
	return Ticket{
		ID: t.ID.String(), Number: t.Number, Version: t.Version, Client: id(t.Client), Site: id(t.Site), Person: id(t.Person), Board: id(t.Board), Status: id(t.Status),
		State: t.State.String(), Kind: t.Kind.String(), Origin: t.Origin.String(), OriginNote: t.OriginNote, Channel: t.Channel, Impact: int(t.Impact), Urgency: int(t.Urgency),
		Priority: t.Priority.String(), Subject: t.Subject, Assignee: id(t.Assignee), Parent: id(t.Parent), MergedInto: id(t.MergedInto), Tags: tags,
		Opened: t.Opened, Updated: t.Updated, Responded: at(t.Responded), Solved: at(t.Solved), Closed: at(t.Closed), Reopened: t.Reopened,
		Level: ServiceLevel{id(l.Policy), at(l.ResponseDue), at(l.UpdateDue), at(l.ResolveDue), int64(l.Elapsed / time.Second), !l.Running.IsZero(), l.ResponseLate, l.ResolveLate},
	}
}
