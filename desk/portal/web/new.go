// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"strconv"

	"mainstay/desk/helpdesk"
	"mainstay/desk/knowledge"
	"mainstay/desk/portal"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/clients"
)

// newView is the form of a new ticket.
type newView struct {
	sites []clients.Site
	own   ids.ID          // site of the person
	after helpdesk.Ticket // that it follows; ID 0 = none
	form  portal.Raised
	err   error

	articles bool                // there are some to be suggested
	found    []knowledge.Article // that fit what is written so far
}

func (h *Handlers) newView(r *http.Request) (*newView, error) {
	me, sites, err := h.Portal.Me(r.Context())
	if err != nil {
		return nil, err
	}
	v := &newView{sites: sites, own: me.Site, form: portal.Raised{Held: 2, Whom: 3, Site: me.Site}}
	if s := r.FormValue("after"); s != "" {
		n, _ := strconv.ParseInt(s, 10, 64)
		if v.after, err = h.Portal.Ticket(r.Context(), n); err != nil {
			return nil, err
		}
		v.form.After, v.form.Subject = v.after.Number, v.after.Subject
	}
	return v, nil
}

func (h *Handlers) newForm(w http.ResponseWriter, r *http.Request) error {
	v, err := h.newView(r)
	if err != nil {
		return err
	}
	return h.showNew(w, r, v)
}

// showNew shows the form, with the articles that fit what stands in it.
func (h *Handlers) showNew(w http.ResponseWriter, r *http.Request, v *newView) (err error) {
	if v.articles, err = h.Portal.HasArticles(r.Context()); err != nil {
		return err
	}
	if v.articles {
		if v.found, err = h.Portal.Suggest(r.Context(), v.form.Subject+"\n"+v.form.Body); err != nil {
			return err
		}
	}
	return page.Render(w, r, formStatus(w, v.err), newPage(v))
}

func level(s string) helpdesk.Level {
	if n, err := strconv.Atoi(s); err == nil && n >= 1 && n <= 3 {
		return helpdesk.Level(n)
	}
	return 2
}

func (h *Handlers) raise(w http.ResponseWriter, r *http.Request) error {
	wrong := readForm(w, r, maxUpload)
	v, err := h.newView(r)
	if err != nil {
		return err
	}
	var t helpdesk.Ticket
	if wrong == nil {
		v.form.Subject, v.form.Body = r.PostFormValue("subject"), r.PostFormValue("body")
		v.form.Held, v.form.Whom = level(r.PostFormValue("held")), level(r.PostFormValue("whom"))
		if v.form.Site, wrong = formID(r.PostFormValue("site")); wrong == nil {
			if v.form.Files, wrong = h.attach(r); wrong == nil {
				t, wrong = h.Portal.Raise(r.Context(), v.form)
			}
		}
	}
	if wrong != nil {
		if !mendable(wrong) {
			return wrong
		}
		v.err = wrong
		return h.showNew(w, r, v)
	}
	return done(w, r, address(t), locale.T(r.Context(), "Thank you, we have your ticket."))
}

func (v *newView) siteChoices() []page.Option {
	out := []page.Option{{Label: "–"}}
	for _, s := range v.sites {
		out = append(out, page.Option{Value: s.ID.String(), Label: s.Name, Data: true})
	}
	return out
}
