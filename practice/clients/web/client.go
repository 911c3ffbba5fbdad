// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"strconv"

	"github.com/a-h/templ"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/clients"
)

func (h *Handlers) newForm(w http.ResponseWriter, r *http.Request) error {
	return page.Render(w, r, http.StatusOK, formPage(clients.Client{}, nil))
}

func (h *Handlers) create(w http.ResponseWriter, r *http.Request) error {
	d, err := detailsOf(r)
	var id ids.ID
	if err == nil {
		id, err = h.Clients.Create(r.Context(), d)
	}
	if err != nil {
		return again(w, r, clients.Client{Details: d}, err)
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(r.Context(), "The client is added.")})
	return page.Redirect(w, r, url(id))
}

// again shows the form with what was typed and what is wrong with it. Faults that no field can
// mend become their error page.
func again(w http.ResponseWriter, r *http.Request, c clients.Client, err error) error {
	if fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict) {
		return page.Render(w, r, page.StatusOf(err), formPage(c, err))
	}
	return err
}

func (h *Handlers) show(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "client")
	if err != nil {
		return err
	}
	c, err := h.Clients.Get(r.Context(), scope(r), id)
	if err != nil {
		return err
	}
	if c.MergedInto != 0 {
		return page.Redirect(w, r, url(c.MergedInto))
	}
	main, err := panels(r, h.Main, id)
	if err != nil {
		return err
	}
	side, err := panels(r, h.Side, id)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, clientPage(c, main, side))
}

func panels(r *http.Request, from []Panel, id ids.ID) ([]templ.Component, error) {
	var out []templ.Component
	for _, p := range from {
		c, err := p(r.Context(), id)
		if err != nil {
			return nil, err
		}
		if c != nil {
			out = append(out, c)
		}
	}
	return out, nil
}

func (h *Handlers) editForm(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "client")
	if err != nil {
		return err
	}
	c, err := h.Clients.Get(r.Context(), scope(r), id)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, formPage(c.Client, nil))
}

func (h *Handlers) edit(w http.ResponseWriter, r *http.Request) error {
	id, err := pathID(r, "client")
	if err != nil {
		return err
	}
	version, _ := strconv.ParseInt(r.PostFormValue("version"), 10, 64)
	d, err := detailsOf(r)
	if err == nil {
		err = h.Clients.Update(r.Context(), scope(r), id, version, d)
	}
	if err != nil {
		return again(w, r, clients.Client{ID: id, Version: version, Details: d}, err)
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(r.Context(), "Saved.")})
	return page.Redirect(w, r, url(id))
}
