// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"slices"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
)

func (h *Handlers) mountReports(a *api.API) {
	api.Register(a, "GET", "/desk/report", access.TicketsRead, "report-tickets", "Report how tickets went: times, promises kept, reopened, by month and by one dimension", h.report)
}

type reportIn struct {
	From   string `query:"from" required:"true" maxLength:"7" doc:"First month of opening, such as 2026-01"`
	To     string `query:"to" required:"true" maxLength:"7" doc:"Last month"`
	Client string `query:"client" maxLength:"13"`
	Board  string `query:"board" maxLength:"13"`
	Kind   string `query:"kind"`
	By     string `query:"by" enum:"client,priority,technician,origin,kind,board" default:"client"`
}

// Figures say how a number of tickets went. Times are in seconds.
type Figures struct {
	Opened      int        `json:"opened"`
	Finished    int        `json:"finished"`
	Response    Times      `json:"firstAnswer" doc:"Of the wall clock, from opening"`
	Resolution  Times      `json:"solution"`
	Worked      Times      `json:"workingTime" doc:"What the clock of the service level counted until the solution"`
	Answers     Attainment `json:"answersKept"`
	Solutions   Attainment `json:"solutionsKept"`
	Reopened    int        `json:"reopened"`
	Reassigned  int        `json:"reassigned"`
	Reassigning int        `json:"reassignments"`
}

// Times are of n tickets, in seconds.
type Times struct {
	N      int   `json:"n"`
	Median int64 `json:"median"`
	P90    int64 `json:"p90"`
}

// Attainment is how many of the promises that are decided were kept.
type Attainment struct {
	Kept int `json:"kept"`
	Of   int `json:"of"`
}

// ReportLine is one value of the dimension.
type ReportLine struct {
	ID      string  `json:"id,omitempty" doc:"Of a client, technician or board"`
	Code    string  `json:"code,omitempty" doc:"Of the others"`
	Figures Figures `json:"figures"`
}

// ReportMonth is one month.
type ReportMonth struct {
	Month    civil.Month    `json:"month"`
	Opened   int            `json:"opened"`
	Finished int            `json:"finished"`
	Open     int            `json:"open" doc:"Unfinished at its end"`
	Origins  map[string]int `json:"origins"`
	Kinds    map[string]int `json:"kinds"`
}

type reportOut struct {
	Body struct {
		All    Figures       `json:"all"`
		Months []ReportMonth `json:"months"`
		Lines  []ReportLine  `json:"lines"`
	}
}

func (h *Handlers) report(ctx context.Context, in *reportIn) (*reportOut, error) {
	q := helpdesk.ReportQuery{By: helpdesk.Dimension(in.By)}
	for _, x := range []struct {
		field, text string
		to          *civil.Month
	}{{"from", in.From, &q.From}, {"to", in.To, &q.To}} {
		if err := x.to.UnmarshalText([]byte(x.text)); err != nil {
			return nil, fault.NewInvalid("%q is not a month; it looks like 2026-01.", x.text).On(x.field).Because(err)
		}
	}
	var err error
	if q.Client, err = parse(in.Client, "client"); err != nil {
		return nil, err
	}
	if q.Board, err = parse(in.Board, "board"); err != nil {
		return nil, err
	}
	if in.Kind != "" {
		k, ok := helpdesk.ParseKind(in.Kind)
		if !ok {
			return nil, fault.NewInvalid("%q is not one of the choices.", in.Kind).On("kind")
		}
		q.Kind = &k
	}
	if !slices.Contains(helpdesk.Dimensions(), q.By) {
		return nil, fault.NewInvalid("%q is not one of the choices.", in.By).On("by")
	}
	r, err := h.Desk.Report(ctx, access.From(ctx).Scope(), q)
	if err != nil {
		return nil, err
	}
	out := &reportOut{}
	out.Body.All, out.Body.Months, out.Body.Lines = wireFigures(r.All), []ReportMonth{}, []ReportLine{}
	for _, m := range r.Months {
		w := ReportMonth{m.Month, m.Opened, m.Finished, m.Open, map[string]int{}, map[string]int{}}
		for _, o := range helpdesk.Origins() {
			w.Origins[o.String()] = m.Origins[o]
		}
		for _, k := range helpdesk.Kinds() {
			w.Kinds[k.String()] = m.Kinds[k]
		}
		out.Body.Months = append(out.Body.Months, w)
	}
	for _, l := range r.Lines {
		out.Body.Lines = append(out.Body.Lines, ReportLine{optional(l.ID), l.Code, wireFigures(l.Figures)})
	}
	return out, nil
}

func wireFigures(f helpdesk.Figures) Figures {
	times := func(t helpdesk.Times) Times {
		return Times{t.N, int64(t.Median / time.Second), int64(t.P90 / time.Second)}
	}
	return Figures{
		f.Opened, f.Finished, times(f.Response), times(f.Resolution), times(f.Worked), Attainment(f.Answers), Attainment(f.Solutions), f.Reopened, f.Reassigned, f.Reassigning,
	}
}
