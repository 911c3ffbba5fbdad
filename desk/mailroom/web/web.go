// SPDX-License-Identifier: Apache-2.0

// Package web has the pages of the mailroom: mails that wait for a decision, what could not be delivered, mailboxes.
package web

import (
	"context"
	"net/http"

	"mainstay/desk/helpdesk"
	"mainstay/desk/mailroom"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/clients"
)

// Handlers serve the pages.
type Handlers struct {
	Mail    *mailroom.Service
	Desk    *helpdesk.Service
	Clients *clients.Service
}

// Mount registers the pages with their permissions.
func (h *Handlers) Mount(r *access.Router) {
	on := func(pattern string, need access.Permission, f func(http.ResponseWriter, *http.Request) error) {
		r.Handle(pattern, need, page.Handler(f))
	}
	on("GET /mail", access.TicketsWrite, h.list)
	on("GET /mail/{message}", access.TicketsWrite, h.show)
	on("GET /mail/{message}/raw", access.TicketsWrite, h.raw)
	on("POST /mail/{message}/assign", access.TicketsWrite, h.assign)
	on("POST /mail/{message}/reject", access.TicketsWrite, h.reject)
	on("POST /mail/{message}/block", access.TicketsWrite, h.block)
	on("POST /mail/outgoing/{outgoing}/retry", access.TicketsWrite, h.retry)
	on("GET /mailboxes", access.DeskManage, h.mailboxes)
	on("GET /mailboxes/new", access.DeskManage, h.newMailbox)
	on("POST /mailboxes/new", access.DeskManage, h.saveMailbox)
	on("GET /mailboxes/{mailbox}", access.DeskManage, h.mailbox)
	on("POST /mailboxes/{mailbox}", access.DeskManage, h.saveMailbox)
	on("POST /mailboxes/{mailbox}/check", access.DeskManage, h.check)
	on("POST /mailboxes/senders/forget", access.DeskManage, h.forgetSender)
}

func scope(r *http.Request) access.Scope { return access.From(r.Context()).Scope() }

func may(ctx context.Context, p access.Permission) bool { return access.From(ctx).May(p) }

func pathID(r *http.Request, name string) (ids.ID, error) {
	id, err := ids.Parse(r.PathValue(name))
	if err != nil {
		return 0, fault.NewNotFound("There is no page at this address.").Because(err)
	}
	return id, nil
}

// mendable tells whether a form is shown again with its error.
func mendable(err error) bool {
	return fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) || fault.Is(err, fault.NotFound)
}

func saved(w http.ResponseWriter, r *http.Request, text, to string) error {
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: text})
	return page.Redirect(w, r, to)
}

func size(ctx context.Context, n int64) string {
	return locale.T(ctx, "%d KB", (n+1023)/1024)
}
