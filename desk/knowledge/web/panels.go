// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"mainstay/desk/helpdesk"
	"mainstay/desk/knowledge"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// dateOf is the day of an instant on the reader's wall clock.
func dateOf(ctx context.Context, t time.Time) civil.Date {
	return civil.DateOf(t.In(locale.From(ctx).Zone()))
}

// suggestView are articles that fit what is written, with where they are asked for again.
type suggestView struct {
	client ids.ID
	from   string // selectors of the fields that are read
	found  []knowledge.Article
	ticket helpdesk.Ticket // ID 0 = a new one is being written

	records []knowledge.Record // of which the ticket reminds
	today   civil.Date
}

// TicketPanel shows on a ticket's page what articles fit it, of what it reminds, and the way to make an article of it. It
// fits mainstay/desk/helpdesk/web.Panel.
func (h *Handlers) TicketPanel(ctx context.Context, t helpdesk.Ticket) (templ.Component, error) {
	if !may(ctx, access.KnowledgeRead) {
		return nil, nil //nolint:nilnil // a nil component shows nothing
	}
	v := &suggestView{client: t.Client, ticket: t, from: "[data-write]", today: h.Knowledge.Today()}
	scope := access.From(ctx).Scope()
	thread, err := h.Desk.Thread(ctx, scope, t.ID)
	if err != nil {
		return nil, err
	}
	text := t.Subject + " " + strings.Join(t.Tags, " ")
	if len(thread) > 0 {
		text += "\n" + thread[0].Body
	}
	if v.found, err = h.Knowledge.Suggest(ctx, scope, t.Client, text); err != nil {
		return nil, err
	}
	if v.records, err = h.Knowledge.RecordsOfTicket(ctx, scope, t.ID); err != nil {
		return nil, err
	}
	return ticketPanel(v), nil
}

// NewTicketPanel shows beside the form of a new ticket what articles fit what is typed.
func (h *Handlers) NewTicketPanel(ctx context.Context, client ids.ID, typed string) (templ.Component, error) {
	if !may(ctx, access.KnowledgeRead) {
		return nil, nil //nolint:nilnil // a nil component shows nothing
	}
	v := &suggestView{client: client, from: "[name=subject], [name=body]"}
	var err error
	if v.found, err = h.Knowledge.Suggest(ctx, access.From(ctx).Scope(), client, typed); err != nil {
		return nil, err
	}
	return newTicketPanel(v), nil
}

// suggest answers with the articles that fit what is being written.
func (h *Handlers) suggest(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if !may(ctx, access.KnowledgeRead) {
		return fault.NewDenied("Your role does not allow this. The owner can change roles.")
	}
	r.Body = http.MaxBytesReader(w, r.Body, 1<<20)
	client, err := idOf(r.PostFormValue("client"), "client")
	if err != nil {
		return err
	}
	v := &suggestView{client: client}
	text := r.PostFormValue("text")
	if n, err := strconv.ParseInt(r.PostFormValue("ticket"), 10, 64); err == nil && n > 0 {
		if v.ticket, err = h.Desk.ByNumber(ctx, scope(r), n); err != nil {
			return err
		}
		text = v.ticket.Subject + "\n" + text
	}
	if v.found, err = h.Knowledge.Suggest(ctx, scope(r), client, text); err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, suggestions(v))
}

// insertion is what one click puts into the reply: the text of an article that clients may read, otherwise only the way to it,
// which opens for us alone.
func (h *suggestView) insertion(a knowledge.Article) string {
	if a.Shared {
		return a.Title + "\n\n" + knowledge.Plain(a.Body) + "\n"
	}
	return a.Title + ": " + knowledge.Address(a.ID) + "\n"
}

// clientView is what a client's page shows of the knowledge.
type clientView struct {
	client      ids.ID
	documents   knowledge.Page
	credentials []knowledge.Credential
	nCredential int
	records     []knowledge.Record
	nRecord     int
	today       civil.Date
}

// ClientPanel shows a client's documents, credentials and what runs out on the client's page. It fits
// mainstay/practice/clients/web.Panel.
func (h *Handlers) ClientPanel(ctx context.Context, client ids.ID) (templ.Component, error) {
	if !may(ctx, access.KnowledgeRead) {
		return nil, nil //nolint:nilnil // a nil component shows nothing
	}
	scope := access.From(ctx).Scope()
	v := &clientView{client: client, today: h.Knowledge.Today()}
	var err error
	if v.documents, err = h.Knowledge.Articles(ctx, scope, knowledge.Query{Client: client, Limit: 5}); err != nil {
		return nil, err
	}
	if v.records, v.nRecord, err = h.Knowledge.Records(ctx, scope, knowledge.RecordQuery{Client: client, Limit: 5}); err != nil {
		return nil, err
	}
	if may(ctx, access.SecretsRead) {
		if v.credentials, v.nCredential, err = h.Knowledge.Credentials(ctx, scope, knowledge.CredentialQuery{Client: client, Limit: 5}); err != nil {
			return nil, err
		}
	}
	return clientPanel(v), nil
}
