// SPDX-License-Identifier: Apache-2.0

// Package web has the pages of the helpdesk: the list of tickets, a ticket, a new one, a technician's day, and what the
// firm defines.
package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/bus"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/page"
	"mainstay/practice/clients"
)

// Panel is what another area shows on a ticket's page, in the narrow column; nil shows nothing.
type Panel func(ctx context.Context, t helpdesk.Ticket) (templ.Component, error)

// NewPanel is what another area shows beside the form of a new ticket of a client; typed is what stands in the form. nil shows
// nothing.
type NewPanel func(ctx context.Context, client ids.ID, typed string) (templ.Component, error)

// Handlers serve the pages.
type Handlers struct {
	Desk    *helpdesk.Service
	Clients *clients.Service
	Access  *access.Service
	Blobs   *blob.Store
	Bus     *bus.Bus
	Clock   clock.Clock
	Panels  []Panel
	Looked  func(ctx context.Context, t helpdesk.Ticket) error // somebody opened a ticket's page; nil = nobody is told
	URL     string                                             // how the server is reached, without a slash at the end

	NewPanels []NewPanel
}

// Mount registers the pages with their permissions.
func (h *Handlers) Mount(r *access.Router) {
	on := func(pattern string, need access.Permission, f func(http.ResponseWriter, *http.Request) error) {
		r.Handle(pattern, need, page.Handler(f))
	}
	on("GET /tickets", access.TicketsRead, h.list)
	on("GET /tickets/board", access.TicketsRead, h.board)
	on("GET /tickets/events", access.TicketsRead, h.events)
	on("GET /tickets/export.csv", access.Export, h.export)
	on("POST /tickets/bulk", access.TicketsWrite, h.bulk)
	on("POST /desk/undo/{change}", access.TicketsWrite, h.undo)
	on("POST /tickets/views", access.TicketsRead, h.saveView)
	on("POST /tickets/views/delete", access.TicketsRead, h.dropView)
	on("GET /tickets/new", access.TicketsWrite, h.newForm)
	on("POST /tickets/new", access.TicketsWrite, h.create)
	on("GET /tickets/{number}", access.TicketsRead, h.show)
	on("GET /tickets/{number}/events", access.TicketsRead, h.watch)
	on("GET /tickets/{number}/files/{file}", access.TicketsRead, h.file)
	on("POST /tickets/{number}/say", access.TicketsWrite, h.say)
	on("POST /tickets/{number}/draft", access.TicketsWrite, h.draft)
	on("POST /tickets/{number}/edit", access.TicketsWrite, h.edit)
	on("POST /tickets/{number}/take", access.TicketsWrite, h.takeOver)
	on("POST /tickets/{number}/merge", access.TicketsWrite, h.merge)
	on("POST /tickets/{number}/unmerge", access.TicketsWrite, h.unmerge)
	on("POST /tickets/{number}/split", access.TicketsWrite, h.split)
	on("POST /tickets/{number}/watch", access.TicketsRead, h.follow)
	on("POST /tickets/{number}/steps", access.TicketsWrite, h.addStep)
	on("POST /tickets/{number}/steps/{step}", access.TicketsWrite, h.step)
	on("GET /today", access.TicketsRead, h.today)
	h.mountSetup(on)
	h.mountLevels(on)
	h.mountEscalations(on)
	h.mountDevices(on)
	h.mountPlans(on)
	h.mountReports(on)
	h.mountTemplates(on)
	h.mountDispatch(on)
}

func me(r *http.Request) ids.ID { return access.From(r.Context()).User }

func scope(r *http.Request) access.Scope { return access.From(r.Context()).Scope() }

func may(ctx context.Context, p access.Permission) bool { return access.From(ctx).May(p) }

// ticket is the one that the path names.
func (h *Handlers) ticket(r *http.Request) (helpdesk.Ticket, error) {
	n, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err != nil {
		return helpdesk.Ticket{}, fault.NewNotFound("There is no such ticket.").Because(err)
	}
	return h.Desk.ByNumber(r.Context(), scope(r), n)
}

func address(t helpdesk.Ticket) string { return "/tickets/" + strconv.FormatInt(t.Number, 10) }

// idOf reads an id from a form or an address; "" is 0.
func idOf(s string) (ids.ID, error) {
	if s == "" {
		return 0, nil
	}
	id, err := ids.Parse(s)
	if err != nil {
		return 0, fault.NewInvalid("%q is not one of the choices.", s)
	}
	return id, nil
}

func text(id ids.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

func fields(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' })
}

// known are the words behind ids that a page shows.
type known struct {
	set     helpdesk.Setup
	people  []access.Person // those who work on tickets, by name
	names   map[ids.ID]string
	clients map[ids.ID]string
}

func (h *Handlers) know(ctx context.Context, owners ...ids.ID) (*known, error) {
	k := &known{names: map[ids.ID]string{}}
	var err error
	if k.set, err = h.Desk.Setup(ctx); err != nil {
		return nil, err
	}
	people, err := h.Access.People(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		k.names[p.ID] = p.Name
		if p.Active && worksOnTickets(p.Role) {
			k.people = append(k.people, p)
		}
	}
	k.clients, err = h.Clients.Names(ctx, access.From(ctx).Scope(), owners...)
	return k, err
}

func worksOnTickets(role access.Role) bool {
	for _, x := range access.RolesWith(access.TicketsWrite) {
		if x == role {
			return true
		}
	}
	return false
}

func (k *known) status(id ids.ID) helpdesk.Status {
	for _, x := range k.set.Statuses {
		if x.ID == id {
			return x
		}
	}
	return helpdesk.Status{}
}

func (k *known) board(id ids.ID) helpdesk.Board {
	for _, x := range k.set.Boards {
		if x.ID == id {
			return x
		}
	}
	return helpdesk.Board{}
}
