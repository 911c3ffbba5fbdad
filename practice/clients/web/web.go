// SPDX-License-Identifier: Apache-2.0

// Package web has the pages of the clients: list, client, forms, merge, export.
package web

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/page"
	"mainstay/practice/clients"
)

// Panel is what another area shows on a client's page. The application hands them in, because
// pages do not know each other. A nil component shows nothing.
type Panel func(ctx context.Context, client ids.ID) (templ.Component, error)

// Column is a figure that another area shows in the list of clients.
type Column struct {
	Label string // key of the catalogue
	Num   bool
	Wide  bool // hidden on narrow screens
	Cell  func(ctx context.Context, c clients.Client) (templ.Component, error)
}

// Handlers serve the pages of the clients.
type Handlers struct {
	Clients *clients.Service
	Columns []Column
	Main    []Panel // below the head, wide
	Side    []Panel // in the narrow column
}

// Mount registers the pages with their permissions.
func (h *Handlers) Mount(r *access.Router) {
	get := func(pattern string, need access.Permission, f func(http.ResponseWriter, *http.Request) error) {
		r.Handle(pattern, need, page.Handler(f))
	}
	get("GET /clients", access.ClientsRead, h.list)
	get("GET /clients/new", access.ClientsWrite, h.newForm)
	get("POST /clients/new", access.ClientsWrite, h.create)
	get("GET /clients/duplicates", access.ClientsMerge, h.duplicates)
	get("GET /clients/export.csv", access.Export, h.export)
	get("GET /clients/{client}", access.ClientsRead, h.show)
	get("GET /clients/{client}/edit", access.ClientsWrite, h.editForm)
	get("POST /clients/{client}/edit", access.ClientsWrite, h.edit)
	get("POST /clients/{client}/merge", access.ClientsMerge, h.merge)
	get("POST /clients/{client}/sites", access.ClientsWrite, h.saveSite)
	get("POST /clients/{client}/sites/{part}/delete", access.ClientsWrite, h.deletePart("sites"))
	get("POST /clients/{client}/people", access.ClientsWrite, h.savePerson)
	get("POST /clients/{client}/people/{part}/delete", access.ClientsWrite, h.deletePart("people"))
	get("POST /clients/{client}/notes", access.ClientsWrite, h.addNote)
	get("POST /clients/{client}/notes/{part}/pin", access.ClientsWrite, h.pinNote)
	get("POST /clients/{client}/notes/{part}/delete", access.ClientsWrite, h.deletePart("notes"))
}

// pathID reads an id from the path; a malformed one is a page that does not exist.
func pathID(r *http.Request, name string) (ids.ID, error) {
	id, err := ids.Parse(r.PathValue(name))
	if err != nil {
		return 0, fault.NewNotFound("There is no page at this address.").Because(err)
	}
	return id, nil
}

func scope(r *http.Request) access.Scope { return access.From(r.Context()).Scope() }

// detailsOf reads the form of a client.
func detailsOf(r *http.Request) (clients.Details, error) {
	d := clients.Details{
		Name: r.PostFormValue("name"), Status: clients.Status(r.PostFormValue("status")), Reference: r.PostFormValue("reference"),
		Email: r.PostFormValue("email"), Phone: r.PostFormValue("phone"), Website: r.PostFormValue("website"),
		Since: civil.NoDate, Tags: strings.Split(r.PostFormValue("tags"), ","),
	}
	if s := r.PostFormValue("since"); s != "" {
		t, err := time.Parse("2006-01-02", s)
		if err != nil {
			return d, fault.NewInvalid("%q is not a day.", s).On("since")
		}
		d.Since = civil.DateOf(t)
	}
	return d, nil
}

func url(id ids.ID) string { return "/clients/" + id.String() }
