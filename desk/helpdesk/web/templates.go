// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"strconv"
	"strings"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

func (h *Handlers) mountTemplates(on func(string, access.Permission, func(http.ResponseWriter, *http.Request) error)) {
	on("POST /tickets/{number}/template", access.DeskManage, h.keepTemplate)
	on("POST /desk/templates/{template}/delete", access.DeskManage, h.dropTemplate)
}

// keepTemplate keeps what a ticket began with as a template for others.
func (h *Handlers) keepTemplate(w http.ResponseWriter, r *http.Request) error {
	t, err := h.ticket(r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	steps, err := h.Desk.Steps(ctx, scope(r), t.ID)
	if err != nil {
		return err
	}
	thread, err := h.Desk.Thread(ctx, scope(r), t.ID)
	if err != nil {
		return err
	}
	o := helpdesk.Outline{Board: t.Board, Kind: t.Kind, Impact: t.Impact, Urgency: t.Urgency, Subject: t.Subject, Tags: t.Tags}
	if len(thread) > 0 {
		o.Body, o.Internal = thread[0].Body, !thread[0].Public
	}
	for _, s := range steps {
		o.Steps = append(o.Steps, s.Text)
	}
	if _, err := h.Desk.SaveTemplate(ctx, helpdesk.Template{Name: r.PostFormValue("name"), Outline: o}); err != nil {
		return err
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(ctx, "The template is offered for new tickets now.")})
	return page.Redirect(w, r, address(t))
}

func (h *Handlers) dropTemplate(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r.PathValue("template"))
	if err != nil {
		return fault.NewNotFound("There is no such template.")
	}
	return h.done(w, r, "templates", h.Desk.DropTemplate(r.Context(), id))
}

// begin fills the form of a new ticket from a template.
func (v *newView) begin(id string) {
	for _, t := range v.templates {
		if t.ID.String() != id {
			continue
		}
		o := t.Outline
		v.form["subject"], v.form["body"], v.form["kind"] = o.Subject, o.Body, o.Kind.String()
		v.form["tags"], v.form["steps"] = strings.Join(o.Tags, " "), strings.Join(o.Steps, "\n")
		v.form["board"], v.form["assignee"] = text(o.Board), orNone(text(o.Assignee))
		if o.Impact > 0 {
			v.form["impact"] = strconv.Itoa(int(o.Impact))
		}
		if o.Urgency > 0 {
			v.form["urgency"] = strconv.Itoa(int(o.Urgency))
		}
	}
}
