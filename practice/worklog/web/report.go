// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/kit/page"
	"mainstay/kit/page/chart"
	"mainstay/practice/worklog"
)

// reportView is what was worked in a stretch of months.
type reportView struct {
	lists
	q      worklog.ReportQuery
	r      worklog.Report
	months int
}

// readReport reads which report an address asks for: the last so many months, by one dimension.
func (h *Handlers) readReport(r *http.Request) (*reportView, error) {
	v := &reportView{months: 12}
	form := r.URL.Query()
	if s := form.Get("months"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 || n > 60 {
			return nil, fault.NewInvalid("%q is not one of the choices.", s)
		}
		v.months = n
	}
	v.q.To = h.Work.Today().Month()
	v.q.From = v.q.To - civil.Month(v.months-1)
	if v.q.By = worklog.Dimension(form.Get("by")); v.q.By == "" {
		v.q.By = worklog.PerPerson
	}
	if s := form.Get("client"); s != "" {
		id, err := ids.Parse(s)
		if err != nil {
			return nil, fault.NewInvalid("%q is not one of the choices.", s).Because(err)
		}
		v.q.Client = id
	}
	var err error
	if v.r, err = h.Work.Report(r.Context(), scope(r), v.q); err != nil {
		return nil, err
	}
	v.lists, err = h.lists(r.Context())
	return v, err
}

func (h *Handlers) report(w http.ResponseWriter, r *http.Request) error {
	v, err := h.readReport(r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, reportPage(v))
}

func (v *reportView) address(path string, by worklog.Dimension, months int) string {
	q := url.Values{"by": {string(by)}, "months": {strconv.Itoa(months)}}
	if v.q.Client != 0 {
		q.Set("client", v.q.Client.String())
	}
	return path + "?" + q.Encode()
}

// lineName is what a line is about.
func (v *reportView) lineName(ctx context.Context, l worklog.ReportLine) (name string, data bool) {
	switch v.q.By {
	case worklog.PerClient:
		return v.name[l.ID], true
	case worklog.PerType:
		return v.typeName(ctx, l.ID), v.kind[l.ID].Name != ""
	}
	return l.Name, true
}

func dimensionName(ctx context.Context, d worklog.Dimension) string {
	switch d {
	case worklog.PerClient:
		return locale.T(ctx, "Client")
	case worklog.PerType:
		return locale.T(ctx, "Kind of work")
	}
	return locale.T(ctx, "Technician")
}

// amounts are the sums in their currencies.
func amounts(ctx context.Context, s worklog.Sums) string {
	var out []string
	for _, a := range s.Amounts {
		out = append(out, locale.From(ctx).Money(a.Minor, a.Currency))
	}
	return strings.Join(out, " · ")
}

func billableShare(ctx context.Context, s worklog.Sums) string {
	x, ok := s.Share()
	if !ok {
		return "–"
	}
	return locale.From(ctx).Percent(x, 0)
}

func (v *reportView) kpis(ctx context.Context) page.KPIs {
	s := v.r.All
	reactive := "–"
	if s.Minutes > 0 {
		reactive = locale.From(ctx).Percent(float64(s.Reactive)/float64(s.Minutes), 0)
	}
	return page.KPIs{
		{Label: locale.T(ctx, "Hours worked"), Value: worklog.Clock(int(s.Minutes)), Note: locale.N(ctx, "%d entry|%d entries", s.Entries)},
		{Label: locale.T(ctx, "Of them billable"), Value: billableShare(ctx, s), Note: locale.T(ctx, "%s h", worklog.Clock(int(s.Billable)))},
		{Label: locale.T(ctx, "Of them reactive"), Value: reactive, Note: locale.T(ctx, "%s h", worklog.Clock(int(s.Reactive)))},
		{Label: locale.T(ctx, "Charged"), Value: orDash(amounts(ctx, s)), Note: locale.T(ctx, "%s h", worklog.Clock(int(s.Charged)))},
	}
}

func orDash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

// hours is the stacked chart of the months: what was billable, and the rest.
func (v *reportView) hours(ctx context.Context) chart.Stack {
	p := locale.From(ctx)
	c := chart.Stack{Title: locale.T(ctx, "Hours by month"), Format: func(x float64) string { return p.Number(int64(x + .5)) }, Numbers: true, Height: 220}
	billable, rest := chart.Series{Label: locale.T(ctx, "billable"), Class: chart.C1}, chart.Series{Label: locale.T(ctx, "not billable"), Class: chart.C3}
	year := ""
	for _, m := range v.r.Months {
		billable.Values = append(billable.Values, max(0, float64(m.Billable)/60))
		rest.Values = append(rest.Values, max(0, float64(m.Minutes-m.Billable)/60))
		x := chart.Period{Label: p.MonthName(m.Month)}
		if y := m.Month.String()[:4]; y != year {
			x.Year, year = y, y
		}
		c.Periods = append(c.Periods, x)
	}
	c.Series = []chart.Series{billable, rest}
	return c
}

func legendOf(c chart.Stack) []page.LegendItem {
	out := make([]page.LegendItem, len(c.Series))
	for i, s := range c.Series {
		out[i] = page.LegendItem{Class: s.Class, Label: s.Label}
	}
	return out
}

func (h *Handlers) exportReport(w http.ResponseWriter, r *http.Request) error {
	v, err := h.readReport(r)
	if err != nil {
		return err
	}
	out := csv(w, "time-report.csv")
	if err := out.Write(string(v.q.By), "Entries", "Minutes", "Billable minutes", "Reactive minutes", "Minutes charged", "Currency", "Amount"); err != nil {
		return err
	}
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	for _, l := range v.r.Lines {
		name, _ := v.lineName(r.Context(), l)
		sums := l.Amounts
		if len(sums) == 0 {
			sums = []worklog.Amount{{}}
		}
		for i, a := range sums {
			row := []string{name, "", "", "", "", "", string(a.Currency), money.FormatMinor(a.Minor, a.Currency.Digits())}
			if i == 0 { // once, so that a sum over the column is right
				copy(row[1:], []string{n(l.Entries), n(l.Minutes), n(l.Billable), n(l.Reactive), n(l.Charged)})
			}
			if err := out.Write(row...); err != nil {
				return err
			}
		}
	}
	return out.Flush()
}
