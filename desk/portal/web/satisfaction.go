// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/portal"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/page/chart"
	"mainstay/kit/tabular"
)

// satisfactionView is how a stretch of months was found.
type satisfactionView struct {
	portal.Satisfaction
	months  int
	client  ids.ID
	names   map[ids.ID]string // technicians
	clients map[ids.ID]string
	tickets map[ids.ID]helpdesk.Ticket // of the rows that are shown
	shown   []portal.RatedTicket
	now     time.Time
}

const shownRatings = 50

func (h *Handlers) readSatisfaction(r *http.Request) (*satisfactionView, error) {
	ctx := r.Context()
	v := &satisfactionView{months: 12, names: map[ids.ID]string{}, now: h.Clock.Now()}
	if s := r.URL.Query().Get("months"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > 60 {
			return nil, fault.NewInvalid("%q is not one of the choices.", s)
		}
		v.months = n
	}
	var err error
	if v.client, err = formID(r.URL.Query().Get("client")); err != nil {
		return nil, err
	}
	zone := locale.From(ctx).Zone()
	to := civil.DateOf(h.Clock.Now().In(zone)).Month()
	if v.Satisfaction, err = h.Portal.Satisfaction(ctx, access.From(ctx).Scope(), zone, to-civil.Month(v.months-1), to, v.client); err != nil {
		return nil, err
	}
	people, err := h.Access.People(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		v.names[p.ID] = p.Name
	}
	owners := []ids.ID{v.client}
	for _, c := range v.Clients {
		owners = append(owners, c.ID)
	}
	v.clients, err = h.Clients.Names(ctx, access.From(ctx).Scope(), owners...)
	return v, err
}

func (h *Handlers) satisfaction(w http.ResponseWriter, r *http.Request) error {
	v, err := h.readSatisfaction(r)
	if err != nil {
		return err
	}
	for _, x := range v.Rows {
		if x.Grade != portal.Asked && len(v.shown) < shownRatings {
			v.shown = append(v.shown, x)
		}
	}
	if v.tickets, err = h.ticketsOf(r.Context(), v.shown); err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, satisfactionPage(v))
}

func (h *Handlers) ticketsOf(ctx context.Context, list []portal.RatedTicket) (map[ids.ID]helpdesk.Ticket, error) {
	out := map[ids.ID]helpdesk.Ticket{}
	for _, x := range list {
		t, err := h.Desk.Get(ctx, access.From(ctx).Scope(), x.Ticket)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		out[x.Ticket] = t
	}
	return out, nil
}

func (h *Handlers) satisfactionCSV(w http.ResponseWriter, r *http.Request) error {
	v, err := h.readSatisfaction(r)
	if err != nil {
		return err
	}
	tickets, err := h.ticketsOf(r.Context(), v.Rows)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="satisfaction.csv"`)
	out := tabular.NewCSV(w)
	if err := out.Write("Ticket", "Subject", "Client", "Technician", "Solved", "Asked", "Answered", "Rating", "Comment"); err != nil {
		return err
	}
	day := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return civil.DateOf(t.In(locale.From(r.Context()).Zone())).String()
	}
	for _, x := range v.Rows {
		t := tickets[x.Ticket]
		if err := out.Write(strconv.FormatInt(t.Number, 10), t.Subject, x.ClientName, v.names[x.Technician], day(x.Solved), day(x.Asked), day(x.Rated), x.Grade.String(), x.Comment); err != nil {
			return err
		}
	}
	return out.Flush()
}

// address is that of another report.
func (v *satisfactionView) address(path string, months int, client ids.ID) string {
	q := url.Values{"months": {strconv.Itoa(months)}}
	if client != 0 {
		q.Set("client", client.String())
	}
	return path + "?" + q.Encode()
}

func share(ctx context.Context, t portal.Tally) string {
	x, ok := t.Share()
	if !ok {
		return "–"
	}
	return locale.From(ctx).Percent(x, 0)
}

func (v *satisfactionView) kpis(ctx context.Context) page.KPIs {
	p, t := locale.From(ctx), v.Total
	k := page.KPI{Label: locale.T(ctx, "Share of good"), Value: share(ctx, t), Note: locale.T(ctx, "%d of %d", t.Good, t.Answered)}
	if t.Answered == 0 {
		k.Unknown = locale.T(ctx, "No answer yet")
	}
	byMail := 0
	for _, x := range v.Rows {
		if !x.Asked.IsZero() && x.Grade != portal.Asked {
			byMail++
		}
	}
	rate := page.KPI{Label: locale.T(ctx, "Answers to our mails"), Value: p.Number(int64(byMail)), Note: locale.T(ctx, "%d asked", t.Asked)}
	return page.KPIs{
		k, rate,
		{Label: locale.T(ctx, "rating::Good"), Value: p.Number(int64(t.Good))},
		{Label: locale.T(ctx, "rating::Middling"), Value: p.Number(int64(t.Middling))},
		{Label: locale.T(ctx, "rating::Bad"), Value: p.Number(int64(t.Bad))},
	}
}

// chart shows the answers of each month.
func (v *satisfactionView) chart(ctx context.Context) chart.Stack {
	p := locale.From(ctx)
	c := chart.Stack{Title: locale.T(ctx, "Answers by month"), Format: whole(p), Numbers: true, Height: 200}
	of := map[portal.Grade]func(portal.Tally) int{
		portal.Good:     func(t portal.Tally) int { return t.Good },
		portal.Middling: func(t portal.Tally) int { return t.Middling },
		portal.Bad:      func(t portal.Tally) int { return t.Bad },
	}
	colours := map[portal.Grade]string{portal.Good: chart.C1, portal.Middling: chart.C4, portal.Bad: chart.C3}
	for _, g := range portal.Grades() {
		x := chart.Series{Label: gradeName(ctx, g), Class: colours[g]}
		for _, m := range v.Months {
			x.Values = append(x.Values, float64(of[g](m.Tally)))
		}
		c.Series = append(c.Series, x)
	}
	year := ""
	for _, m := range v.Months {
		x := chart.Period{Label: p.MonthName(m.Month)}
		if y := m.Month.String()[:4]; y != year {
			x.Year, year = y, y
		}
		c.Periods = append(c.Periods, x)
	}
	return c
}

// whole says nothing of lines between whole numbers.
func whole(p locale.Printer) func(float64) string {
	return func(x float64) string {
		if x != math.Trunc(x) {
			return ""
		}
		return p.Number(int64(x))
	}
}

func legendOf(c chart.Stack) []page.LegendItem {
	out := make([]page.LegendItem, len(c.Series))
	for i, s := range c.Series {
		out[i] = page.LegendItem{Class: s.Class, Label: s.Label}
	}
	return out
}
