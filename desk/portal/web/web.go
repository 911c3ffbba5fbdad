// SPDX-License-Identifier: Apache-2.0

// Package web has the pages of the portal: those for people of clients, under /portal, and those with which the firm sets it
// up and sees what came of it.
package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"mainstay/desk/helpdesk"
	"mainstay/desk/mailroom"
	"mainstay/desk/portal"
	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/bus"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/practice/clients"
)

// Work is time that somebody worked on a ticket, as its client may know it.
type Work struct {
	Day     civil.Date
	Minutes int
	Who     string
	Kind    string // of work, in the reader's language or as the firm calls it
	Note    string
	Charge  Charge
}

// Charge is who pays for work.
type Charge uint8

// The ways.
const (
	NotCharged Charge = iota
	WillBeCharged
	Charged
	Covered // by an agreement
	Prepaid
)

// Handlers serve the pages.
type Handlers struct {
	Portal  *portal.Service
	Desk    *helpdesk.Service
	Mail    *mailroom.Service
	Clients *clients.Service
	Access  *access.Service
	Blobs   *blob.Store
	Bus     *bus.Bus
	Clock   clock.Clock
	URL     string // public origin
	Secure  bool   // browsers come over HTTPS
	// Currency is the firm's.
	Currency func(ctx context.Context) money.Currency
	// Work returns what was worked on a ticket; nil = nothing is shown.
	Work func(ctx context.Context, t helpdesk.Ticket) ([]Work, error)
	// Health says how parts of status pages do; those that are not watched any more are left out. Watchable lists what of a client
	// can be one. nil: nothing is watched.
	Health    func(ctx context.Context, client ids.ID, refs []string) (map[string]portal.PartHealth, error)
	Watchable func(ctx context.Context, client ids.ID) ([]Watchable, error)
}

type handler = func(http.ResponseWriter, *http.Request) error

// Mount registers the pages with their permissions.
func (h *Handlers) Mount(r *access.Router) {
	on := func(pattern string, need access.Permission, f handler) {
		path := pattern[len(method(pattern))+1:]
		if access.InPortal(path) && path != "/portal/logo" && path != "/portal/brand.css" {
			f = h.open(f)
		}
		r.Handle(pattern, need, page.Handler(f))
	}
	on("GET /portal/sign-in", access.Public, h.signIn)
	on("POST /portal/sign-in", access.Public, h.askLink)
	on("POST /portal/sign-in/password", access.Public, h.password)
	on("POST /portal/sign-on", access.Public, h.signOn)
	on("GET /portal/sign-on/back", access.Public, h.signOnBack)
	on("GET /portal/enter/{token}", access.Public, h.link)
	on("POST /portal/enter/{token}", access.Public, h.enter)
	on("GET /portal/brand.css", access.Public, h.style)
	on("GET /portal/logo", access.Public, h.logo)
	on("GET /portal/rate/{token}", access.Public, h.rating)
	on("POST /portal/rate/{token}", access.Public, h.rateByLink)

	on("GET /portal", access.PortalUse, h.home)
	on("GET /portal/tickets", access.PortalUse, h.list)
	on("GET /portal/tickets/new", access.PortalUse, h.newForm)
	on("POST /portal/tickets/new", access.PortalUse, h.raise)
	on("GET /portal/tickets/{number}", access.PortalUse, h.ticket)
	on("GET /portal/tickets/{number}/events", access.PortalUse, h.watch)
	on("GET /portal/tickets/{number}/files/{file}", access.PortalUse, h.file)
	on("POST /portal/tickets/{number}/say", access.PortalUse, h.say)
	on("POST /portal/tickets/{number}/solved", access.PortalUse, h.solved)
	on("POST /portal/tickets/{number}/rate", access.PortalUse, h.rate)

	on("GET /portal/articles", access.PortalUse, h.articles)
	on("POST /portal/articles/suggest", access.PortalUse, h.suggest)
	on("GET /portal/articles/{article}", access.PortalUse, h.article)
	on("GET /portal/articles/{article}/files/{file}", access.PortalUse, h.articleFile)

	on("GET /portal/account", access.PortalUse, h.account)
	on("POST /portal/account", access.PortalUse, h.saveAccount)
	on("POST /portal/account/password", access.PortalUse, h.savePassword)
	on("POST /portal/become", access.PortalUse, h.become)
	on("POST /portal/sign-out", access.PortalUse, h.signOut)
	on("POST /portal/sign-out-everywhere", access.PortalUse, h.signOut)

	on("GET /portal/status", access.PortalUse, h.status)
	on("GET /portal/status/{token}", access.Public, h.statusByLink)
	on("GET /clients/{client}/status", access.DeskManage, h.editStatus)
	on("POST /clients/{client}/status", access.DeskManage, h.saveStatus)
	on("POST /clients/{client}/status/link", access.DeskManage, h.linkStatus)

	h.mountFirm(on)
}

func method(pattern string) string {
	for i, c := range pattern {
		if c == ' ' {
			return pattern[:i]
		}
	}
	return pattern
}

// open refuses while the portal is switched off.
func (h *Handlers) open(f handler) handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		set, err := h.Portal.Settings(r.Context())
		if err != nil {
			return err
		}
		if !set.Enabled {
			return fault.NewNotFound("There is no portal here at the moment. Please call us or write to us.")
		}
		return f(w, r)
	}
}

func numberOf(r *http.Request) (int64, error) {
	n, err := strconv.ParseInt(r.PathValue("number"), 10, 64)
	if err != nil || n <= 0 {
		return 0, fault.NewNotFound("There is no such ticket.")
	}
	return n, nil
}

// pathID reads an id from the path; a malformed one is a page that does not exist.
func pathID(r *http.Request, name string) (ids.ID, error) {
	id, err := ids.Parse(r.PathValue(name))
	if err != nil {
		return 0, fault.NewNotFound("There is no page at this address.").Because(err)
	}
	return id, nil
}

// formID reads an id from a form; "" is 0.
func formID(s string) (ids.ID, error) {
	if s == "" {
		return 0, nil
	}
	id, err := ids.Parse(s)
	if err != nil {
		return 0, fault.NewInvalid("%q is not one of the choices.", s)
	}
	return id, nil
}

func address(t helpdesk.Ticket) string { return "/portal/tickets/" + strconv.FormatInt(t.Number, 10) }

// held is the browser of a request, with the session of the portal that it holds.
func held(r *http.Request) access.Client {
	c := access.ClientOf(r)
	c.Held = access.PortalToken(r)
	return c
}

// SignInPath is where whoever is not signed in is led, and back afterwards.
func SignInPath(back string) string {
	return "/portal/sign-in?" + url.Values{"back": {portal.Back(back)}}.Encode()
}

// mendable reports whether the person can do something about err in the form.
func mendable(err error) bool {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict, fault.Unauthenticated, fault.Busy:
		return true
	}
	return false
}

// formStatus is the status of a form that is shown again because of err. Too many attempts are 429.
func formStatus(w http.ResponseWriter, err error) int {
	switch {
	case err == nil:
		return http.StatusOK
	case fault.Is(err, fault.Busy):
		w.Header().Set("Retry-After", "30")
		return http.StatusTooManyRequests
	}
	return page.StatusOf(err)
}

// done says what was done on the next page.
func done(w http.ResponseWriter, r *http.Request, to, text string) error {
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: text})
	return page.Redirect(w, r, to)
}
