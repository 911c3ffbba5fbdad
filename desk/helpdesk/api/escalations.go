// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

func (h *Handlers) mountEscalations(a *api.API) {
	api.Register(a, "GET", "/desk/escalations", access.DeskManage, "list-escalations", "List what happens when promises come near their end or are broken", h.escalations)
	api.Register(a, "POST", "/desk/escalations", access.DeskManage, "create-escalation", "Add an escalation", h.addEscalation)
	api.Register(a, "PUT", "/desk/escalations/{id}", access.DeskManage, "update-escalation", "Change an escalation", h.changeEscalation)
	api.Register(a, "DELETE", "/desk/escalations/{id}", access.DeskManage, "delete-escalation", "Remove an escalation", h.dropEscalation)
}

// EscalationRule is what is done when a promise comes near its end or is broken. Fields that are left out narrow nothing, and do
// nothing.
type EscalationRule struct {
	Board    string `json:"board,omitempty" maxLength:"13" doc:"Id of a board; empty: all"`
	Priority string `json:"priority,omitempty" enum:"urgent,high,normal,low"`
	Promise  string `json:"promise,omitempty" enum:"response,update,resolve" doc:"The first answer, each further one, or the solution; empty: any"`
	When     string `json:"when" enum:"near,broken"`
	AssignTo string `json:"assignTo,omitempty" maxLength:"13" doc:"Id of the technician who gets the ticket"`
	Raise    bool   `json:"raise,omitempty" doc:"The priority goes up by a step"`
	Watchers bool   `json:"watchers,omitempty" doc:"Everybody who follows the ticket is told"`
	Role     string `json:"role,omitempty" enum:"owner,manager,technician,billing,read-only" doc:"Everybody with this role is told"`
}

// Escalation is a rule with its id.
type Escalation struct {
	ID string `json:"id"`
	EscalationRule
}

type escalationsOut struct {
	Body struct {
		Escalations []Escalation `json:"escalations"`
	}
}

func (h *Handlers) escalations(ctx context.Context, _ *nothing) (*escalationsOut, error) {
	list, err := h.Desk.Escalations(ctx)
	if err != nil {
		return nil, err
	}
	out := &escalationsOut{}
	out.Body.Escalations = make([]Escalation, 0, len(list))
	for _, e := range list {
		out.Body.Escalations = append(out.Body.Escalations, wireEscalation(e))
	}
	return out, nil
}

func wireEscalation(e helpdesk.Escalation) Escalation {
	id := func(x ids.ID) string {
		if x == 0 {
			return ""
		}
		return x.String()
	}
	when := "near"
	if e.Breach {
		when = "broken"
	}
	return Escalation{e.ID.String(), EscalationRule{id(e.Board), e.Priority.String(), string(e.Promise), when, id(e.AssignTo), e.Raise, e.Watchers, string(e.Role)}}
}

type newEscalationIn struct {
	Body EscalationRule
}

type escalationIn struct {
	ID   string `path:"id" maxLength:"13"`
	Body EscalationRule
}

type escalationOut struct {
	Body Escalation
}

func (h *Handlers) addEscalation(ctx context.Context, in *newEscalationIn) (*escalationOut, error) {
	return h.saveEscalation(ctx, 0, in.Body)
}

func (h *Handlers) changeEscalation(ctx context.Context, in *escalationIn) (*escalationOut, error) {
	id, err := ids.Parse(in.ID)
	if err != nil || id == 0 {
		return nil, noEscalation()
	}
	return h.saveEscalation(ctx, id, in.Body)
}

func noEscalation() error { return fault.NewNotFound("There is no such escalation.") }

func (h *Handlers) saveEscalation(ctx context.Context, id ids.ID, b EscalationRule) (*escalationOut, error) {
	e := helpdesk.Escalation{ID: id, Promise: helpdesk.Promise(b.Promise), Breach: b.When == "broken", Raise: b.Raise, Watchers: b.Watchers, Role: access.Role(b.Role)}
	e.Priority, _ = helpdesk.ParsePriority(b.Priority) // checked against the description
	var err error
	if e.Board, err = parse(b.Board, "board"); err != nil {
		return nil, err
	}
	if e.AssignTo, err = parse(b.AssignTo, "assignTo"); err != nil {
		return nil, err
	}
	if e.ID, err = h.Desk.SaveEscalation(ctx, e); err != nil {
		return nil, err
	}
	return &escalationOut{wireEscalation(e)}, nil
}

type goneIn struct {
	ID string `path:"id" maxLength:"13"`
}

func (h *Handlers) dropEscalation(ctx context.Context, in *goneIn) (*nothing, error) {
	id, err := ids.Parse(in.ID)
	if err != nil {
		return nil, noEscalation()
	}
	return &nothing{}, h.Desk.DropEscalation(ctx, id)
}
