// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// escalationsView is what happens when promises come near their end or are broken.
type escalationsView struct {
	*known
	list []helpdesk.Escalation
}

// escalationView is the form of one rule.
type escalationView struct {
	*known
	rule helpdesk.Escalation
	err  error
}

func (h *Handlers) mountEscalations(on func(string, access.Permission, func(http.ResponseWriter, *http.Request) error)) {
	on("GET /desk/escalations", access.DeskManage, h.escalations)
	on("GET /desk/escalations/new", access.DeskManage, h.escalationForm)
	on("GET /desk/escalations/{escalation}", access.DeskManage, h.escalationForm)
	on("POST /desk/escalations", access.DeskManage, h.saveEscalation)
	on("POST /desk/escalations/{escalation}/delete", access.DeskManage, h.dropEscalation)
}

func (h *Handlers) escalations(w http.ResponseWriter, r *http.Request) error {
	list, err := h.Desk.Escalations(r.Context())
	if err != nil {
		return err
	}
	k, err := h.know(r.Context())
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, escalationsPage(&escalationsView{k, list}))
}

func (h *Handlers) escalationForm(w http.ResponseWriter, r *http.Request) error {
	e := helpdesk.Escalation{Breach: true}
	if s := r.PathValue("escalation"); s != "" {
		list, err := h.Desk.Escalations(r.Context())
		if err != nil {
			return err
		}
		for _, x := range list {
			if x.ID.String() == s {
				e = x
			}
		}
		if e.ID == 0 {
			return fault.NewNotFound("There is no such escalation.")
		}
	}
	return h.showEscalation(w, r, e, nil)
}

func (h *Handlers) showEscalation(w http.ResponseWriter, r *http.Request, e helpdesk.Escalation, failed error) error {
	if failed != nil && !fault.Is(failed, fault.Invalid) && !fault.Is(failed, fault.Conflict) {
		return failed
	}
	k, err := h.know(r.Context())
	if err != nil {
		return err
	}
	status := http.StatusOK
	if failed != nil {
		status = page.StatusOf(failed)
	}
	return page.Render(w, r, status, escalationPage(&escalationView{k, e, failed}))
}

func (h *Handlers) saveEscalation(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.NewInvalid("The form cannot be read.").Because(err)
	}
	f := r.PostForm
	e := helpdesk.Escalation{
		Promise: helpdesk.Promise(f.Get("promise")), Breach: f.Get("when") != "near", Raise: f.Get("raise") != "", Watchers: f.Get("watchers") != "", Role: access.Role(f.Get("role")),
	}
	for _, x := range []struct {
		key string
		to  *ids.ID
	}{{"id", &e.ID}, {"board", &e.Board}, {"assign-to", &e.AssignTo}} {
		s := f.Get(x.key)
		if s == "none" {
			s = ""
		}
		var err error
		if *x.to, err = idOf(s); err != nil {
			return err
		}
	}
	var err error
	if s := f.Get("priority"); s != "" {
		var ok bool
		if e.Priority, ok = helpdesk.ParsePriority(s); !ok {
			err = fault.NewInvalid("A priority is urgent, high, normal or low.").On("priority")
		}
	}
	if err == nil {
		_, err = h.Desk.SaveEscalation(r.Context(), e)
	}
	if err != nil {
		return h.showEscalation(w, r, e, err)
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(r.Context(), "Saved.")})
	return page.Redirect(w, r, "/desk/escalations")
}

func (h *Handlers) dropEscalation(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r.PathValue("escalation"))
	if err != nil {
		return fault.NewNotFound("There is no such escalation.")
	}
	if err := h.Desk.DropEscalation(r.Context(), id); err != nil {
		return err
	}
	return page.Redirect(w, r, "/desk/escalations")
}

// promiseName is what was promised; "" is any of it.
func promiseName(ctx context.Context, p helpdesk.Promise) string {
	switch p {
	case helpdesk.FirstAnswer:
		return locale.T(ctx, "First answer")
	case helpdesk.NextAnswer:
		return locale.T(ctx, "Next answer")
	case helpdesk.Solution:
		return locale.T(ctx, "Solution")
	}
	return locale.T(ctx, "Any promise")
}

// whenWords says at which moment a rule applies.
func whenWords(ctx context.Context, e helpdesk.Escalation) string {
	if e.Breach {
		return locale.T(ctx, "%s is overdue", promiseName(ctx, e.Promise))
	}
	return locale.T(ctx, "%s comes near its end", promiseName(ctx, e.Promise))
}

// deeds are what a rule does, one a line; data are names that people gave.
func (v *escalationsView) deeds(ctx context.Context, e helpdesk.Escalation) (out []string) {
	if e.AssignTo != 0 {
		out = append(out, locale.T(ctx, "Hand the ticket to %s", v.names[e.AssignTo]))
	}
	if e.Raise {
		out = append(out, locale.T(ctx, "Raise the priority by a step"))
	}
	if e.Watchers {
		out = append(out, locale.T(ctx, "Tell everybody who follows the ticket"))
	}
	if e.Role != "" {
		out = append(out, locale.T(ctx, "Tell everybody with the role %s", roleName(ctx, e.Role)))
	}
	return out
}

func roleName(ctx context.Context, r access.Role) string {
	switch r {
	case access.Owner:
		return locale.T(ctx, "Owner")
	case access.Manager:
		return locale.T(ctx, "Manager")
	case access.Technician:
		return locale.T(ctx, "Technician")
	case access.Billing:
		return locale.T(ctx, "Billing")
	}
	return locale.T(ctx, "Read-only")
}

func roleChoices(ctx context.Context) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "Nobody")}}
	for _, r := range access.Roles() {
		out = append(out, page.Option{Value: string(r), Label: roleName(ctx, r)})
	}
	return out
}

func promiseChoices(ctx context.Context) []page.Option {
	out := []page.Option{{Label: promiseName(ctx, "")}}
	for _, p := range helpdesk.Promises() {
		out = append(out, page.Option{Value: string(p), Label: promiseName(ctx, p)})
	}
	return out
}

// assignChoices are who can get the ticket; somebody who has left since stays visible.
func (v *escalationView) assignChoices(ctx context.Context) []page.Option {
	out := append([]page.Option{{Value: "none", Label: locale.T(ctx, "Whoever has it")}}, people(v.known)...)
	for _, o := range out {
		if o.Value == text(v.rule.AssignTo) || v.rule.AssignTo == 0 {
			return out
		}
	}
	return append(out, page.Option{Value: text(v.rule.AssignTo), Label: v.names[v.rule.AssignTo], Data: true})
}

func breachWord(breach bool) string {
	if breach {
		return "broken"
	}
	return "near"
}

func escalationTitle(ctx context.Context, id ids.ID) string {
	if id == 0 {
		return locale.T(ctx, "New escalation")
	}
	return locale.T(ctx, "Escalation")
}

// yesNo is the value of the attribute translate.
func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
