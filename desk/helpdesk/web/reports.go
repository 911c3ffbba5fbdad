// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/page/chart"
	"mainstay/kit/tabular"
)

// reportView is the figures of a stretch of months.
type reportView struct {
	*known
	q      helpdesk.ReportQuery
	r      helpdesk.Report
	months int
}

func (h *Handlers) mountReports(on func(string, access.Permission, func(http.ResponseWriter, *http.Request) error)) {
	on("GET /tickets/reports", access.TicketsRead, h.report)
	on("GET /tickets/reports/lines.csv", access.Export, h.reportLines)
	on("GET /tickets/reports/months.csv", access.Export, h.reportMonths)
}

// readReport reads which report an address asks for: the last so many months, by one dimension.
func (h *Handlers) readReport(r *http.Request) (*reportView, error) {
	v := &reportView{months: 12}
	if s := r.URL.Query().Get("months"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > 60 {
			return nil, fault.NewInvalid("%q is not one of the choices.", s)
		}
		v.months = n
	}
	v.q.To = civil.DateOf(h.Clock.Now().In(locale.From(r.Context()).Zone())).Month()
	v.q.From = v.q.To - civil.Month(v.months-1)
	v.q.By = helpdesk.Dimension(r.URL.Query().Get("by"))
	if v.q.By == "" {
		v.q.By = helpdesk.PerClient
	}
	var err error
	if v.q.Client, err = idOf(r.URL.Query().Get("client")); err != nil {
		return nil, err
	}
	if v.r, err = h.Desk.Report(r.Context(), scope(r), v.q); err != nil {
		return nil, err
	}
	owners := []ids.ID{v.q.Client}
	if v.q.By == helpdesk.PerClient {
		for _, l := range v.r.Lines {
			owners = append(owners, l.ID)
		}
	}
	v.known, err = h.know(r.Context(), owners...)
	return v, err
}

func (h *Handlers) report(w http.ResponseWriter, r *http.Request) error {
	v, err := h.readReport(r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, reportPage(v))
}

// address is that of another report.
func (v *reportView) address(path string, by helpdesk.Dimension, months int) string {
	q := url.Values{"by": {string(by)}, "months": {strconv.Itoa(months)}}
	if v.q.Client != 0 {
		q.Set("client", v.q.Client.String())
	}
	return path + "?" + q.Encode()
}

// lineName is what a line is about.
func (v *reportView) lineName(ctx context.Context, l helpdesk.ReportLine) (name string, data bool) {
	switch v.q.By {
	case helpdesk.PerClient:
		return v.clients[l.ID], true
	case helpdesk.PerTechnician:
		if l.ID == 0 {
			return locale.T(ctx, "Unassigned"), false
		}
		return v.names[l.ID], true
	case helpdesk.PerBoard:
		return boardName(ctx, v.board(l.ID)), true
	case helpdesk.PerPriority:
		p, _ := helpdesk.ParsePriority(l.Code)
		return priorityName(ctx, p), false
	case helpdesk.PerOrigin:
		o, _ := helpdesk.ParseOrigin(l.Code)
		return originName(ctx, o), false
	}
	k, _ := helpdesk.ParseKind(l.Code)
	return kindName(ctx, k), false
}

func dimensionName(ctx context.Context, d helpdesk.Dimension) string {
	switch d {
	case helpdesk.PerClient:
		return locale.T(ctx, "Client")
	case helpdesk.PerPriority:
		return locale.T(ctx, "Priority")
	case helpdesk.PerTechnician:
		return locale.T(ctx, "Technician")
	case helpdesk.PerOrigin:
		return locale.T(ctx, "Begun by")
	case helpdesk.PerKind:
		return locale.T(ctx, "Kind")
	}
	return locale.T(ctx, "Board")
}

func legendOf(c chart.Stack) []page.LegendItem {
	out := make([]page.LegendItem, len(c.Series))
	for i, s := range c.Series {
		out[i] = page.LegendItem{Class: s.Class, Label: s.Label}
	}
	return out
}

// origins is the stacked chart of who began the tickets of each month.
func (v *reportView) origins(ctx context.Context) chart.Stack {
	p := locale.From(ctx)
	c := chart.Stack{Title: locale.T(ctx, "Tickets by who began them"), Format: func(x float64) string { return p.Number(int64(x)) }, Numbers: true, Height: 220}
	colours := []string{chart.C3, chart.C1, chart.C2, chart.C5}
	for i, o := range helpdesk.Origins() {
		s := chart.Series{Label: originName(ctx, o), Class: colours[i]}
		for _, m := range v.r.Months {
			s.Values = append(s.Values, float64(m.Origins[o]))
		}
		c.Series = append(c.Series, s)
	}
	year := ""
	for _, m := range v.r.Months {
		x := chart.Period{Label: p.MonthName(m.Month)}
		if y := m.Month.String()[:4]; y != year {
			x.Year, year = y, y
		}
		c.Periods = append(c.Periods, x)
	}
	return c
}

func share(ctx context.Context, a helpdesk.Attainment) string {
	s, ok := a.Share()
	if !ok {
		return "–"
	}
	return locale.From(ctx).Percent(s, 0)
}

func times(ctx context.Context, t helpdesk.Times) string {
	if t.N == 0 {
		return "–"
	}
	return span(ctx, t.Median)
}

func (v *reportView) kpis(ctx context.Context) page.KPIs {
	p, f := locale.From(ctx), v.r.All
	reopen := "–"
	if s, ok := f.ReopenRate(); ok {
		reopen = p.Percent(s, 0)
	}
	note := func(t helpdesk.Times) string {
		if t.N == 0 {
			return ""
		}
		return locale.T(ctx, "9 of 10 within %s", span(ctx, t.P90))
	}
	return page.KPIs{
		{Label: locale.T(ctx, "Tickets opened"), Value: p.Number(int64(f.Opened)), Note: locale.T(ctx, "%d finished by now", f.Finished)},
		{Label: locale.T(ctx, "First answer, median"), Value: times(ctx, f.Response), Note: note(f.Response)},
		{Label: locale.T(ctx, "Solution, median"), Value: times(ctx, f.Resolution), Note: note(f.Resolution)},
		{Label: locale.T(ctx, "Answers in time"), Value: share(ctx, f.Answers), Note: locale.T(ctx, "%d of %d", f.Answers.Kept, f.Answers.Of)},
		{Label: locale.T(ctx, "Solutions in time"), Value: share(ctx, f.Solutions), Note: locale.T(ctx, "%d of %d", f.Solutions.Kept, f.Solutions.Of)},
		{Label: locale.T(ctx, "Opened again"), Value: reopen, Note: locale.N(ctx, "%d ticket handed on|%d tickets handed on", int64(f.Reassigned))},
	}
}

func minutesOf(t helpdesk.Times, d time.Duration) string {
	if t.N == 0 {
		return ""
	}
	return strconv.FormatInt(int64(d/time.Minute), 10)
}

func (h *Handlers) reportLines(w http.ResponseWriter, r *http.Request) error {
	v, err := h.readReport(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="tickets-report.csv"`)
	out := tabular.NewCSV(w)
	if err := out.Write(string(v.q.By), "Opened", "Finished", "First answer median minutes", "First answer p90 minutes", "Solution median minutes", "Solution p90 minutes",
		"Answers kept", "Answers decided", "Solutions kept", "Solutions decided", "Opened again", "Handed on"); err != nil {
		return err
	}
	for _, l := range v.r.Lines {
		name, _ := v.lineName(r.Context(), l)
		if err := out.Write(name, strconv.Itoa(l.Opened), strconv.Itoa(l.Finished), minutesOf(l.Response, l.Response.Median), minutesOf(l.Response, l.Response.P90),
			minutesOf(l.Resolution, l.Resolution.Median), minutesOf(l.Resolution, l.Resolution.P90), strconv.Itoa(l.Answers.Kept), strconv.Itoa(l.Answers.Of),
			strconv.Itoa(l.Solutions.Kept), strconv.Itoa(l.Solutions.Of), strconv.Itoa(l.Reopened), strconv.Itoa(l.Reassigned)); err != nil {
			return err
		}
	}
	return out.Flush()
}

func (h *Handlers) reportMonths(w http.ResponseWriter, r *http.Request) error {
	v, err := h.readReport(r)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	w.Header().Set("Content-Disposition", `attachment; filename="tickets-months.csv"`)
	out := tabular.NewCSV(w)
	head := []string{"Month", "Opened", "Finished", "Open at the end"}
	for _, o := range helpdesk.Origins() {
		head = append(head, "origin "+o.String())
	}
	for _, k := range helpdesk.Kinds() {
		head = append(head, "kind "+k.String())
	}
	if err := out.Write(head...); err != nil {
		return err
	}
	for _, m := range v.r.Months {
		row := []string{m.Month.String(), strconv.Itoa(m.Opened), strconv.Itoa(m.Finished), strconv.Itoa(m.Open)}
		for _, o := range helpdesk.Origins() {
			row = append(row, strconv.Itoa(m.Origins[o]))
		}
		for _, k := range helpdesk.Kinds() {
			row = append(row, strconv.Itoa(m.Kinds[k]))
		}
		if err := out.Write(row...); err != nil {
			return err
		}
	}
	return out.Flush()
}
