// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/portal"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// listView is tickets as people of clients see them.
type listView struct {
	set    helpdesk.Setup
	rows   []helpdesk.Ticket
	total  int
	names  map[ids.ID]string // who asked
	me     ids.ID
	now    time.Time
	closed bool
	query  string
	offset int
}

const perPage = 25

func (h *Handlers) listOf(ctx context.Context, q helpdesk.SharedQuery) (*listView, error) {
	v := &listView{me: access.From(ctx).Person, now: h.Clock.Now(), query: q.Text, offset: q.Offset}
	var err error
	if v.rows, v.total, err = h.Portal.List(ctx, q); err != nil {
		return nil, err
	}
	if v.set, err = h.Desk.Setup(ctx); err != nil {
		return nil, err
	}
	v.names, err = h.Portal.Names(ctx)
	return v, err
}

func yes(b bool) *bool { return &b }

// homeView is what waits for a person of a client.
type homeView struct {
	*listView
	welcome string
	name    string
	waiting []portal.Approval
}

func (h *Handlers) home(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	set, err := h.Portal.Settings(ctx)
	if err != nil {
		return err
	}
	v := homeView{welcome: set.Welcome, name: access.From(ctx).Name}
	if v.listView, err = h.listOf(ctx, helpdesk.SharedQuery{Open: yes(true), Limit: 10}); err != nil {
		return err
	}
	if v.waiting, err = h.Portal.WaitingForMe(ctx); err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, homePage(v))
}

func (h *Handlers) list(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	closed := q.Get("show") == "closed"
	text := q.Get("q")
	if len(text) > 200 {
		text = text[:200]
	}
	offset, _ := strconv.Atoi(q.Get("from"))
	v, err := h.listOf(r.Context(), helpdesk.SharedQuery{Open: yes(!closed), Text: text, Offset: min(max(offset, 0), 1_000_000), Limit: perPage})
	if err != nil {
		return err
	}
	v.closed = closed
	return page.Render(w, r, http.StatusOK, listPage(v))
}

// at is the address of the list with another part of it.
func (v *listView) at(closed bool, offset int) string {
	q := url.Values{}
	if closed {
		q.Set("show", "closed")
	}
	if v.query != "" {
		q.Set("q", v.query)
	}
	if offset > 0 {
		q.Set("from", strconv.Itoa(offset))
	}
	if len(q) == 0 {
		return "/portal/tickets"
	}
	return "/portal/tickets?" + q.Encode()
}

func (v *listView) pager(ctx context.Context) page.Pager {
	p := page.Pager{Text: locale.T(ctx, "%d–%d of %d", v.offset+1, v.offset+len(v.rows), v.total)}
	if v.offset > 0 {
		p.Newer = v.at(v.closed, max(0, v.offset-perPage))
	}
	if v.offset+len(v.rows) < v.total {
		p.Older = v.at(v.closed, v.offset+perPage)
	}
	return p
}

func (v *listView) keep() map[string]string {
	if v.closed {
		return map[string]string{"show": "closed"}
	}
	return nil
}
