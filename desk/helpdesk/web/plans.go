// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/helpdesk/sla"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/clients"
)

// plansView is the planned work of all clients.
type plansView struct {
	*known
	plans []helpdesk.Plan
}

// planView is the form of one plan.
type planView struct {
	*known
	plan    helpdesk.Plan
	clients []clients.Client
	form    map[string]string
	days    []string // of the week, as sent
	err     error
}

func (h *Handlers) mountPlans(on func(string, access.Permission, func(http.ResponseWriter, *http.Request) error)) {
	on("GET /desk/plans", access.TicketsRead, h.plans)
	on("GET /desk/plans/new", access.DeskManage, h.planForm)
	on("GET /desk/plans/{plan}", access.DeskManage, h.planForm)
	on("POST /desk/plans", access.DeskManage, h.savePlan)
	on("POST /desk/plans/{plan}/delete", access.DeskManage, h.dropPlan)
}

func (h *Handlers) plans(w http.ResponseWriter, r *http.Request) error {
	list, err := h.Desk.Plans(r.Context(), 0)
	if err != nil {
		return err
	}
	owners := make([]ids.ID, len(list))
	for i, p := range list {
		owners[i] = p.Client
	}
	k, err := h.know(r.Context(), owners...)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, plansPage(&plansView{k, list}))
}

func (h *Handlers) planForm(w http.ResponseWriter, r *http.Request) error {
	p := helpdesk.Plan{Minute: 7 * 60, Rule: helpdesk.Rule{Every: helpdesk.Monthly, Interval: 1, Day: 1, From: civil.DateOf(h.Clock.Now().In(locale.From(r.Context()).Zone()))}}
	p.Outline.Kind = helpdesk.Maintenance
	if s := r.PathValue("plan"); s != "" {
		id, err := idOf(s)
		if err != nil {
			return fault.NewNotFound("There is no such plan.")
		}
		if p, err = h.Desk.Plan(r.Context(), id); err != nil {
			return err
		}
	}
	return h.showPlan(w, r, p, nil)
}

func (h *Handlers) showPlan(w http.ResponseWriter, r *http.Request, p helpdesk.Plan, failed error) error {
	if failed != nil && !fault.Is(failed, fault.Invalid) && !fault.Is(failed, fault.Conflict) {
		return failed
	}
	k, err := h.know(r.Context(), p.Client)
	if err != nil {
		return err
	}
	v := &planView{known: k, plan: p, form: map[string]string{}, err: failed}
	for _, d := range p.Rule.Weekdays {
		v.days = append(v.days, strconv.Itoa(int(d)))
	}
	status := http.StatusOK
	if failed != nil {
		status = page.StatusOf(failed)
		for key := range r.PostForm {
			v.form[key] = r.PostFormValue(key)
		}
		v.days = r.PostForm["weekdays"]
	}
	for after := ""; ; {
		found, err := h.Clients.List(r.Context(), scope(r), clients.Query{Status: clients.Active, Limit: 1000, After: after})
		if err != nil {
			return err
		}
		v.clients = append(v.clients, found.Rows...)
		if after = found.Next; after == "" || len(v.clients) > 5000 {
			break
		}
	}
	return page.Render(w, r, status, planPage(v))
}

func (h *Handlers) savePlan(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.NewInvalid("The form cannot be read.").Because(err)
	}
	p, err := planOf(r)
	if err == nil {
		_, err = h.Desk.SavePlan(r.Context(), p)
	}
	if err != nil {
		return h.showPlan(w, r, p, err)
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(r.Context(), "Saved.")})
	return page.Redirect(w, r, "/desk/plans")
}

func planOf(r *http.Request) (p helpdesk.Plan, err error) {
	f := r.PostForm
	for _, x := range []struct {
		key string
		to  *ids.ID
	}{{"id", &p.ID}, {"client", &p.Client}, {"board", &p.Outline.Board}, {"assignee", &p.Outline.Assignee}} {
		s := f.Get(x.key)
		if s == "none" {
			s = ""
		}
		if *x.to, err = idOf(s); err != nil {
			return p, err
		}
	}
	number := func(key string) int { n, _ := strconv.Atoi(f.Get(key)); return n }
	p.Name, p.Zone, p.Paused = f.Get("name"), "", f.Get("paused") != ""
	p.Version, _ = strconv.ParseInt(f.Get("version"), 10, 64)
	o := &p.Outline
	o.Kind, o.Subject, o.Body, o.Internal = helpdesk.Maintenance, f.Get("subject"), f.Get("body"), true
	o.Steps, o.Tags = strings.Split(f.Get("steps"), "\n"), fields(f.Get("tags"))
	p.Rule = helpdesk.Rule{Every: helpdesk.Every(f.Get("every")), Interval: number("interval"), Day: number("day"), Month: number("month")}
	for _, d := range f["weekdays"] {
		n, _ := strconv.Atoi(d)
		p.Rule.Weekdays = append(p.Rule.Weekdays, time.Weekday(n))
	}
	if p.Rule.From, err = civil.Parse(f.Get("from")); err != nil {
		return p, fault.NewInvalid("Say from which day on.").On("from")
	}
	p.Rule.To = civil.NoDate
	if s := f.Get("to"); s != "" {
		if p.Rule.To, err = civil.Parse(s); err != nil {
			return p, fault.NewInvalid("%q is not a day.", s).On("to")
		}
	}
	spans, err := sla.Spans(f.Get("time") + "-24:00")
	if err != nil || len(spans) != 1 {
		return p, fault.NewInvalid("%q is no time of day; it looks like 07:30.", f.Get("time")).On("time")
	}
	p.Minute = spans[0].From
	return p, nil
}

func (h *Handlers) dropPlan(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r.PathValue("plan"))
	if err != nil {
		return fault.NewNotFound("There is no such plan.")
	}
	if err := h.Desk.DropPlan(r.Context(), id); err != nil {
		return err
	}
	return page.Redirect(w, r, "/desk/plans")
}

func (v *planView) value(key, kept string) string {
	if s, ok := v.form[key]; ok {
		return s
	}
	return kept
}

func (v *planView) clientChoices(ctx context.Context) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "Choose")}}
	for _, c := range v.clients {
		out = append(out, page.Option{Value: c.ID.String(), Label: c.Name, Data: true})
	}
	return out
}

// ruleWords says when planned work is due.
func ruleWords(ctx context.Context, r helpdesk.Rule) string {
	n := int64(max(1, r.Interval))
	switch r.Every {
	case helpdesk.Weekly:
		var names []string
		for _, d := range dayNames(ctx) {
			if slices.Contains(r.Weekdays, time.Weekday(d.n)) {
				names = append(names, d.name)
			}
		}
		return locale.N(ctx, "every week: %[2]s|every %[1]d weeks: %[2]s", n, strings.Join(names, ", "))
	case helpdesk.Yearly:
		return locale.N(ctx, "every year|every %d years", n)
	}
	if r.Day > 0 {
		return locale.N(ctx, "every month on day %[2]s|every %[1]d months on day %[2]s", n, strconv.Itoa(r.Day))
	}
	return locale.N(ctx, "every month|every %d months", n)
}

func planTitle(ctx context.Context, v *planView) string {
	if v.plan.ID == 0 {
		return locale.T(ctx, "New plan")
	}
	return v.plan.Name
}
