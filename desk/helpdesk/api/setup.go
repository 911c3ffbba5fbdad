// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/fault"
)

func (h *Handlers) mountSetup(a *api.API) {
	read, manage := access.TicketsRead, access.DeskManage
	api.Register(a, "POST", "/desk/boards", manage, "create-board", "Add a board", h.createBoard)
	api.Register(a, "PUT", "/desk/boards/{id}", manage, "update-board", "Rename a board, or put it aside", h.updateBoard)
	api.Register(a, "POST", "/desk/statuses", manage, "create-status", "Add a status", h.createStatus)
	api.Register(a, "PUT", "/desk/statuses/{id}", manage, "update-status", "Change a status", h.updateStatus)
	api.Register(a, "GET", "/desk/canned", read, "list-canned-texts", "List the texts that are written often", h.canned)
	api.Register(a, "POST", "/desk/canned", manage, "create-canned-text", "Add a text", h.createCanned)
	api.Register(a, "PUT", "/desk/canned/{id}", manage, "update-canned-text", "Change a text", h.updateCanned)
	api.Register(a, "DELETE", "/desk/canned/{id}", manage, "delete-canned-text", "Remove a text", h.deleteCanned)
	api.Register(a, "GET", "/desk/templates", read, "list-ticket-templates", "List what tickets are often begun with", h.templates)
	api.Register(a, "POST", "/desk/templates", manage, "create-ticket-template", "Add a template", h.createTemplate)
	api.Register(a, "PUT", "/desk/templates/{id}", manage, "update-ticket-template", "Change a template", h.updateTemplate)
	api.Register(a, "DELETE", "/desk/templates/{id}", manage, "delete-ticket-template", "Remove a template", h.deleteTemplate)
}

type idOut struct {
	Body struct {
		ID string `json:"id"`
	}
}

func made(id interface{ String() string }, err error) (*idOut, error) {
	if err != nil {
		return nil, err
	}
	out := &idOut{}
	out.Body.ID = id.String()
	return out, nil
}

type boardBody struct {
	Name     string `json:"name" maxLength:"80" doc:"Empty: a built-in one has its usual name"`
	Archived bool   `json:"archived,omitempty" doc:"Is not offered any more"`
}

type createBoardIn struct{ Body boardBody }

func (h *Handlers) createBoard(ctx context.Context, in *createBoardIn) (*idOut, error) {
	return made(h.Desk.SaveBoard(ctx, helpdesk.Board{Name: in.Body.Name, Archived: in.Body.Archived}))
}

type updateBoardIn struct {
	ID   string `path:"id" maxLength:"13"`
	Body boardBody
}

func (h *Handlers) updateBoard(ctx context.Context, in *updateBoardIn) (*idOut, error) {
	id, err := parse(in.ID, "id")
	if err != nil {
		return nil, err
	}
	set, err := h.Desk.Setup(ctx)
	if err != nil {
		return nil, err
	}
	for _, b := range set.Boards {
		if b.ID == id {
			b.Name, b.Archived = in.Body.Name, in.Body.Archived
			return made(h.Desk.SaveBoard(ctx, b))
		}
	}
	return nil, fault.NewNotFound("There is no such board.")
}

type statusBody struct {
	Name     string `json:"name" maxLength:"80" doc:"Empty: a built-in one has its usual name"`
	State    string `json:"state" enum:"new,open,waiting,solved,closed"`
	Stops    bool   `json:"stops,omitempty" doc:"The clocks of the service level stand still"`
	Archived bool   `json:"archived,omitempty"`
}

type createStatusIn struct{ Body statusBody }

func (h *Handlers) createStatus(ctx context.Context, in *createStatusIn) (*idOut, error) {
	state, _ := helpdesk.ParseState(in.Body.State)
	return made(h.Desk.SaveStatus(ctx, helpdesk.Status{Name: in.Body.Name, State: state, Stops: in.Body.Stops, Archived: in.Body.Archived}))
}

type updateStatusIn struct {
	ID   string `path:"id" maxLength:"13"`
	Body statusBody
}

func (h *Handlers) updateStatus(ctx context.Context, in *updateStatusIn) (*idOut, error) {
	id, err := parse(in.ID, "id")
	if err != nil {
		return nil, err
	}
	set, err := h.Desk.Setup(ctx)
	if err != nil {
		return nil, err
	}
	for _, s := range set.Statuses {
		if s.ID == id {
			s.State, _ = helpdesk.ParseState(in.Body.State)
			s.Name, s.Stops, s.Archived = in.Body.Name, in.Body.Stops, in.Body.Archived
			return made(h.Desk.SaveStatus(ctx, s))
		}
	}
	return nil, fault.NewNotFound("There is no such status.")
}

// Canned is a text that is written often.
type Canned struct {
	ID   string `json:"id,omitempty" readOnly:"true"`
	Name string `json:"name" minLength:"1" maxLength:"80"`
	Text string `json:"text" minLength:"1" maxLength:"20000" doc:"Places: {client} {person} {number} {subject} {me}"`
}

type cannedOut struct {
	Body struct {
		Texts []Canned `json:"texts"`
	}
}

func (h *Handlers) canned(ctx context.Context, _ *nothing) (*cannedOut, error) {
	list, err := h.Desk.CannedTexts(ctx)
	out := &cannedOut{}
	out.Body.Texts = make([]Canned, 0, len(list))
	for _, c := range list {
		out.Body.Texts = append(out.Body.Texts, Canned{c.ID.String(), c.Name, c.Body})
	}
	return out, err
}

type createCannedIn struct{ Body Canned }

func (h *Handlers) createCanned(ctx context.Context, in *createCannedIn) (*cannedOut, error) {
	if err := h.Desk.SaveCanned(ctx, helpdesk.Canned{Name: in.Body.Name, Body: in.Body.Text}); err != nil {
		return nil, err
	}
	return h.canned(ctx, nil)
}

type updateCannedIn struct {
	ID   string `path:"id" maxLength:"13"`
	Body Canned
}

func (h *Handlers) updateCanned(ctx context.Context, in *updateCannedIn) (*cannedOut, error) {
	id, err := parse(in.ID, "id")
	if err != nil {
		return nil, err
	}
	if err := h.Desk.SaveCanned(ctx, helpdesk.Canned{ID: id, Name: in.Body.Name, Body: in.Body.Text}); err != nil {
		return nil, err
	}
	return h.canned(ctx, nil)
}

func (h *Handlers) deleteCanned(ctx context.Context, in *idIn) (*nothing, error) {
	id, err := parse(in.ID, "id")
	if err != nil {
		return nil, err
	}
	return nil, h.Desk.DropCanned(ctx, id)
}

// Outline is what a ticket begins with, of a template and of a plan.
type Outline struct {
	Site     string   `json:"site,omitempty" maxLength:"13" doc:"Of a plan's client"`
	Person   string   `json:"person,omitempty" maxLength:"13"`
	Board    string   `json:"board,omitempty" maxLength:"13"`
	Kind     string   `json:"kind,omitempty" enum:"incident,request,change,problem,maintenance,task" default:"incident"`
	Impact   int      `json:"impact,omitempty" minimum:"0" maximum:"3" doc:"0: as usual"`
	Urgency  int      `json:"urgency,omitempty" minimum:"0" maximum:"3"`
	Subject  string   `json:"subject" minLength:"1" maxLength:"300"`
	Text     string   `json:"text,omitempty" maxLength:"200000"`
	Internal bool     `json:"internal,omitempty" doc:"The text is a note among the firm's people"`
	Assignee string   `json:"assignee,omitempty" maxLength:"13"`
	Tags     []string `json:"tags,omitempty" maxItems:"20"`
	Steps    []string `json:"steps,omitempty" maxItems:"100"`
}

func readOutline(w Outline) (o helpdesk.Outline, err error) {
	o = helpdesk.Outline{
		Impact: helpdesk.Level(w.Impact), Urgency: helpdesk.Level(w.Urgency), Subject: w.Subject, Body: w.Text, Internal: w.Internal, Tags: w.Tags, Steps: w.Steps,
	}
	o.Kind, _ = helpdesk.ParseKind(w.Kind)
	if o.Site, err = parse(w.Site, "site"); err != nil {
		return o, err
	}
	if o.Person, err = parse(w.Person, "person"); err != nil {
		return o, err
	}
	if o.Board, err = parse(w.Board, "board"); err != nil {
		return o, err
	}
	o.Assignee, err = parse(w.Assignee, "assignee")
	return o, err
}

func wireOutline(o helpdesk.Outline) Outline {
	return Outline{
		optional(o.Site), optional(o.Person), optional(o.Board), o.Kind.String(), int(o.Impact), int(o.Urgency), o.Subject, o.Body, o.Internal, optional(o.Assignee), o.Tags, o.Steps,
	}
}

// Template is what tickets are often begun with.
type Template struct {
	ID      string  `json:"id,omitempty" readOnly:"true"`
	Version int64   `json:"version,omitempty" readOnly:"true"`
	Name    string  `json:"name" minLength:"1" maxLength:"80"`
	Outline Outline `json:"outline"`
}

type templatesOut struct {
	Body struct {
		Templates []Template `json:"templates"`
	}
}

func (h *Handlers) templates(ctx context.Context, _ *nothing) (*templatesOut, error) {
	list, err := h.Desk.Templates(ctx)
	out := &templatesOut{}
	out.Body.Templates = make([]Template, 0, len(list))
	for _, t := range list {
		out.Body.Templates = append(out.Body.Templates, Template{t.ID.String(), t.Version, t.Name, wireOutline(t.Outline)})
	}
	return out, err
}

type createTemplateIn struct{ Body Template }

func (h *Handlers) createTemplate(ctx context.Context, in *createTemplateIn) (*idOut, error) {
	o, err := readOutline(in.Body.Outline)
	if err != nil {
		return nil, err
	}
	return made(h.Desk.SaveTemplate(ctx, helpdesk.Template{Name: in.Body.Name, Outline: o}))
}

type updateTemplateIn struct {
	ID      string `path:"id" maxLength:"13"`
	IfMatch string `header:"If-Match" required:"true" doc:"\"v\" and the version read, in quotes"`
	Body    Template
}

func (h *Handlers) updateTemplate(ctx context.Context, in *updateTemplateIn) (*idOut, error) {
	id, err := parse(in.ID, "id")
	if err != nil {
		return nil, err
	}
	version, err := api.Version(in.IfMatch)
	if err != nil {
		return nil, err
	}
	o, err := readOutline(in.Body.Outline)
	if err != nil {
		return nil, err
	}
	return made(h.Desk.SaveTemplate(ctx, helpdesk.Template{ID: id, Version: version, Name: in.Body.Name, Outline: o}))
}

func (h *Handlers) deleteTemplate(ctx context.Context, in *idIn) (*nothing, error) {
	id, err := parse(in.ID, "id")
	if err != nil {
		return nil, err
	}
	return nil, h.Desk.DropTemplate(ctx, id)
}
