// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/worklog"
)

type reportIn struct {
	From   string `query:"from" required:"true" maxLength:"7" doc:"First month, such as 2026-01"`
	To     string `query:"to" required:"true" maxLength:"7" doc:"Last month"`
	By     string `query:"by" enum:"person,client,type" default:"person"`
	Client string `query:"client" maxLength:"13"`
	Person string `query:"person" maxLength:"13"`
}

// Sums say what was worked. Minutes are as worked.
type Sums struct {
	Entries  int64    `json:"entries"`
	Minutes  int64    `json:"minutes"`
	Billable int64    `json:"billable" doc:"Minutes that the client pays by the hour"`
	Reactive int64    `json:"reactive" doc:"Minutes because something broke or somebody called"`
	Charged  int64    `json:"charged" doc:"Minutes as they are charged, rounded"`
	Amounts  []Amount `json:"amounts"`
}

// ReportLine is one value of the dimension.
type ReportLine struct {
	ID   string `json:"id"`
	Name string `json:"name,omitempty" doc:"Of a person"`
	Sums
}

// ReportMonth is one month.
type ReportMonth struct {
	Month civil.Month `json:"month"`
	Sums
}

type reportOut struct {
	Body struct {
		All    Sums          `json:"all"`
		Months []ReportMonth `json:"months"`
		Lines  []ReportLine  `json:"lines"`
	}
}

func (h *Handlers) report(ctx context.Context, in *reportIn) (*reportOut, error) {
	q := worklog.ReportQuery{By: worklog.Dimension(in.By)}
	for _, x := range []struct {
		field, text string
		to          *civil.Month
	}{{"from", in.From, &q.From}, {"to", in.To, &q.To}} {
		if err := x.to.UnmarshalText([]byte(x.text)); err != nil {
			return nil, fault.NewInvalid("%q is not a month; it looks like 2026-01.", x.text).On(x.field).Because(err)
		}
	}
	for _, x := range []struct {
		field, text string
		to          *ids.ID
	}{{"client", in.Client, &q.Client}, {"person", in.Person, &q.Person}} {
		if x.text == "" {
			continue
		}
		id, err := ids.Parse(x.text)
		if err != nil {
			return nil, fault.NewInvalid("%q is not one of the choices.", x.text).On(x.field).Because(err)
		}
		*x.to = id
	}
	r, err := h.Work.Report(ctx, scope(ctx), q)
	if err != nil {
		return nil, err
	}
	out := &reportOut{}
	out.Body.All, out.Body.Months, out.Body.Lines = sumsOf(r.All), []ReportMonth{}, []ReportLine{}
	for _, m := range r.Months {
		out.Body.Months = append(out.Body.Months, ReportMonth{m.Month, sumsOf(m.Sums)})
	}
	for _, l := range r.Lines {
		out.Body.Lines = append(out.Body.Lines, ReportLine{l.ID.String(), l.Name, sumsOf(l.Sums)})
	}
	return out, nil
}

func sumsOf(s worklog.Sums) Sums {
	out := Sums{s.Entries, s.Minutes, s.Billable, s.Reactive, s.Charged, []Amount{}}
	for _, a := range s.Amounts {
		out.Amounts = append(out.Amounts, Amount{a.Minor, string(a.Currency)})
	}
	return out
}
