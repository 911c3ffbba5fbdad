// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/agreements"
)

// listView is the list with what it was narrowed by.
type listView struct {
	q     agreements.Query
	p     agreements.Page
	today civil.Date
}

func (h *Handlers) list(w http.ResponseWriter, r *http.Request) error {
	v := r.URL.Query()
	l := listView{today: h.Agreements.Today(""), q: agreements.Query{Text: v.Get("q"), Client: idOf(v.Get("client")), After: idOf(v.Get("after"))}}
	if s := agreements.Stage(v.Get("stage")); slices.Contains(agreements.Stages(), s) {
		l.q.Stage = s
	}
	var err error
	if l.p, err = h.Agreements.List(r.Context(), scope(r), l.q); err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, listPage(l))
}

func (l listView) link(stage agreements.Stage, after ids.ID) string {
	return address("/agreements", "q", l.q.Text, "client", idText(l.q.Client), "stage", string(stage), "after", idText(after))
}

func (l listView) filters(ctx context.Context) page.Filters {
	f := page.Filters{Action: "/agreements", Query: l.q.Text, Placeholder: locale.T(ctx, "Name, number or client"), Keep: map[string]string{}}
	if l.q.Stage != "" {
		f.Keep["stage"] = string(l.q.Stage)
	}
	if l.q.Client != 0 {
		f.Keep["client"] = l.q.Client.String()
	}
	for _, s := range agreements.Stages() {
		on := l.q.Stage == s
		to := s
		if on {
			to = ""
		}
		f.Chips = append(f.Chips, page.Chip{Label: stageName(ctx, s), Href: l.link(to, 0), On: on})
	}
	return f
}

func (l listView) narrowed() bool { return l.q.Text != "" || l.q.Client != 0 || l.q.Stage != "" }

// nextDay is what happens next to an agreement that has a fixed term or an end, in words; "" for nothing.
func nextDay(ctx context.Context, a *agreements.Agreement, today civil.Date) (text string, tone page.Tone) {
	p := locale.From(ctx)
	switch {
	case a.State != agreements.Active || a.Ended(today):
		return "", ""
	case a.Ends.Known():
		return locale.T(ctx, "ends on %s", p.Date(a.Ends)), page.Bad
	case a.Term == 0:
		return "", ""
	}
	by, last := a.NoticeBy(max(today, a.Starts))
	tone = page.Neutral
	if by.AddDays(-agreements.RemindDays) <= today {
		tone = page.Warn
	}
	if a.Notice == 0 {
		return locale.T(ctx, "term until %s", p.Date(last)), tone
	}
	return locale.T(ctx, "notice by %s", p.Date(by)), tone
}

// tabs are the views of the agreements.
func tabs(ctx context.Context, current string) page.Tabs {
	out := page.Tabs{Label: locale.T(ctx, "Agreements")}
	for _, t := range [][2]string{{"/agreements", locale.T(ctx, "All agreements")}, {"/agreements/renewals", locale.T(ctx, "Renewals")}, {"/agreements/prices", locale.T(ctx, "Price changes")}} {
		if t[0] == "/agreements/prices" && !may(ctx, access.AgreementsWrite) {
			continue
		}
		out.Items = append(out.Items, page.Tab{Label: t[1], Href: t[0], Current: t[0] == current})
	}
	return out
}

// renewalsView is what happens in the twelve months from a day on.
type renewalsView struct {
	today, from civil.Date
	dates       []agreements.Date
}

func (h *Handlers) renewals(w http.ResponseWriter, r *http.Request) error {
	v := renewalsView{today: h.Agreements.Today("")}
	v.from = v.today.Month().First()
	if d, err := dayOf(r.URL.Query().Get("from"), "from"); err == nil && d.Known() {
		v.from = d.Month().First()
	}
	var err error
	v.dates, err = h.Agreements.Dates(r.Context(), scope(r), max(v.from, v.today.AddDays(-31)), (v.from.Month() + 11).Last())
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, renewalsPage(v))
}

// ClientPanel shows a client's agreements on the client's page; nil where there is nothing to see.
func (h *Handlers) ClientPanel(ctx context.Context, client ids.ID) (templ.Component, error) {
	rows, err := h.Agreements.Of(ctx, access.From(ctx).Scope(), client)
	if err != nil || len(rows) == 0 && !may(ctx, access.AgreementsWrite) {
		return nil, err
	}
	return clientPanel(client, rows, h.Agreements.Today("")), nil
}
