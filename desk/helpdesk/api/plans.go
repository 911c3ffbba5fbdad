// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/civil"
)

func (h *Handlers) mountPlans(a *api.API) {
	read, manage := access.TicketsRead, access.DeskManage
	api.Register(a, "GET", "/desk/plans", read, "list-plans", "List planned work", h.plans)
	api.Register(a, "POST", "/desk/plans", manage, "create-plan", "Plan work that recurs", h.createPlan)
	api.Register(a, "GET", "/desk/plans/{id}", read, "get-plan", "Get planned work with the tickets that it made", h.plan)
	api.Register(a, "PUT", "/desk/plans/{id}", manage, "update-plan", "Change planned work", h.updatePlan)
	api.Register(a, "DELETE", "/desk/plans/{id}", manage, "delete-plan", "Remove planned work; its tickets stay", h.deletePlan)
}

// Plan is work that recurs: on each due day a ticket is made.
type Plan struct {
	ID      string     `json:"id,omitempty" readOnly:"true"`
	Version int64      `json:"version,omitempty" readOnly:"true"`
	Name    string     `json:"name" minLength:"1" maxLength:"80"`
	Client  string     `json:"client" maxLength:"13"`
	Rule    Rule       `json:"rule"`
	Outline Outline    `json:"outline"`
	Zone    string     `json:"zone,omitempty" maxLength:"64" doc:"IANA; empty: the firm's"`
	Minute  int        `json:"minute" minimum:"0" maximum:"1439" doc:"Of the day, when the ticket is made"`
	Paused  bool       `json:"paused,omitempty" doc:"Days that pass meanwhile are skipped"`
	Next    *time.Time `json:"next,omitempty" readOnly:"true"`
	Problem string     `json:"problem,omitempty" readOnly:"true" doc:"Why the last ticket could not be made"`
}

// Rule says when planned work is due.
type Rule struct {
	Every    string      `json:"every" enum:"week,month,year"`
	Interval int         `json:"interval,omitempty" minimum:"0" maximum:"120" doc:"Every so many weeks, months or years; 0 is 1"`
	Weekdays []int       `json:"weekdays,omitempty" maxItems:"7" doc:"Of weekly work, 0 Sunday to 6 Saturday"`
	Month    int         `json:"month,omitempty" minimum:"0" maximum:"12" doc:"Of yearly work"`
	Day      int         `json:"day,omitempty" minimum:"0" maximum:"31" doc:"Of monthly and yearly work; in a shorter month its last day"`
	Nth      int         `json:"nth,omitempty" minimum:"-1" maximum:"4" doc:"Instead of day: the 1st to 4th weekday of the month, -1 the last"`
	Weekday  int         `json:"weekday,omitempty" minimum:"0" maximum:"6" doc:"Of nth"`
	From     civil.Date  `json:"from" doc:"No earlier day is due"`
	To       *civil.Date `json:"to,omitempty" doc:"No later day is due"`
}

func readPlan(w Plan) (p helpdesk.Plan, err error) {
	p = helpdesk.Plan{Name: w.Name, Zone: w.Zone, Minute: w.Minute, Paused: w.Paused}
	r := w.Rule
	p.Rule = helpdesk.Rule{
		Every: helpdesk.Every(r.Every), Interval: r.Interval, Month: r.Month, Day: r.Day, Nth: r.Nth, Weekday: time.Weekday(r.Weekday), From: r.From, To: civil.NoDate,
	}
	if r.To != nil {
		p.Rule.To = *r.To
	}
	for _, d := range r.Weekdays {
		p.Rule.Weekdays = append(p.Rule.Weekdays, time.Weekday(d))
	}
	if p.Client, err = parse(w.Client, "client"); err != nil {
		return p, err
	}
	p.Outline, err = readOutline(w.Outline)
	return p, err
}

func wirePlan(p helpdesk.Plan) Plan {
	r := p.Rule
	w := Plan{
		ID: p.ID.String(), Version: p.Version, Name: p.Name, Client: p.Client.String(), Outline: wireOutline(p.Outline), Zone: p.Zone, Minute: p.Minute, Paused: p.Paused, Problem: p.Problem,
		Rule: Rule{Every: string(r.Every), Interval: r.Interval, Month: r.Month, Day: r.Day, Nth: r.Nth, Weekday: int(r.Weekday), From: r.From},
	}
	for _, d := range r.Weekdays {
		w.Rule.Weekdays = append(w.Rule.Weekdays, int(d))
	}
	if r.To != 0 && r.To.Known() {
		w.Rule.To = &r.To
	}
	if !p.NextAt.IsZero() {
		w.Next = &p.NextAt
	}
	return w
}

type plansIn struct {
	Client string `query:"client" maxLength:"13"`
}

type plansOut struct {
	Body struct {
		Plans []Plan `json:"plans"`
	}
}

func (h *Handlers) plans(ctx context.Context, in *plansIn) (*plansOut, error) {
	client, err := parse(in.Client, "client")
	if err != nil {
		return nil, err
	}
	list, err := h.Desk.Plans(ctx, client)
	out := &plansOut{}
	out.Body.Plans = make([]Plan, 0, len(list))
	for _, p := range list {
		out.Body.Plans = append(out.Body.Plans, wirePlan(p))
	}
	return out, err
}

type planOut struct {
	ETag string `header:"ETag"`
	Body struct {
		Plan
		Made []PlanDay `json:"made" doc:"The tickets that it made, the latest first"`
	}
}

// PlanDay is a ticket that a plan made.
type PlanDay struct {
	Day    civil.Date `json:"day"`
	Ticket string     `json:"ticket" doc:"Id of the ticket"`
}

func (h *Handlers) plan(ctx context.Context, in *idIn) (*planOut, error) {
	id, err := parse(in.ID, "id")
	if err != nil {
		return nil, err
	}
	p, err := h.Desk.Plan(ctx, id)
	if err != nil {
		return nil, err
	}
	days, err := h.Desk.PlanDays(ctx, id)
	out := &planOut{ETag: api.ETag(p.Version)}
	out.Body.Plan, out.Body.Made = wirePlan(p), make([]PlanDay, 0, len(days))
	for _, d := range days {
		out.Body.Made = append(out.Body.Made, PlanDay{d.Day, d.Ticket.String()})
	}
	return out, err
}

type createPlanIn struct{ Body Plan }

func (h *Handlers) createPlan(ctx context.Context, in *createPlanIn) (*idOut, error) {
	p, err := readPlan(in.Body)
	if err != nil {
		return nil, err
	}
	return made(h.Desk.SavePlan(ctx, p))
}

type updatePlanIn struct {
	ID      string `path:"id" maxLength:"13"`
	IfMatch string `header:"If-Match" required:"true" doc:"ETag of the version read"`
	Body    Plan
}

func (h *Handlers) updatePlan(ctx context.Context, in *updatePlanIn) (*idOut, error) {
	p, err := readPlan(in.Body)
	if err != nil {
		return nil, err
	}
	if p.ID, err = parse(in.ID, "id"); err != nil {
		return nil, err
	}
	if p.Version, err = api.Version(in.IfMatch); err != nil {
		return nil, err
	}
	return made(h.Desk.SavePlan(ctx, p))
}

func (h *Handlers) deletePlan(ctx context.Context, in *idIn) (*nothing, error) {
	id, err := parse(in.ID, "id")
	if err != nil {
		return nil, err
	}
	return nil, h.Desk.DropPlan(ctx, id)
}
