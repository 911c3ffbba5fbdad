// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"

	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/page"
	"mainstay/practice/clients"
)

func (h *Handlers) saveSite(w http.ResponseWriter, r *http.Request) error {
	f := r.PostFormValue
	return h.part(w, r, "#sites", func(ctx context.Context, s access.Scope, client ids.ID) error {
		part, _ := ids.Parse(f("id")) // none: a new one
		_, err := h.Clients.SaveSite(ctx, s, client, clients.Site{ID: part, Name: f("name"), Street: f("street"), Postcode: f("postcode"), City: f("city"), Country: f("country"), Zone: f("zone")})
		return err
	})
}

func (h *Handlers) savePerson(w http.ResponseWriter, r *http.Request) error {
	f := r.PostFormValue
	return h.part(w, r, "#people", func(ctx context.Context, s access.Scope, client ids.ID) error {
		part, _ := ids.Parse(f("id"))
		site, _ := ids.Parse(f("site"))
		_, err := h.Clients.SavePerson(ctx, s, client, clients.Person{ID: part, Site: site, Name: f("name"), Title: f("title"), Email: f("email"), Phone: f("phone"), Decides: f("decides") != ""})
		return err
	})
}

func (h *Handlers) addNote(w http.ResponseWriter, r *http.Request) error {
	return h.part(w, r, "#notes", func(ctx context.Context, s access.Scope, client ids.ID) error {
		_, err := h.Clients.AddNote(ctx, s, client, r.PostFormValue("body"))
		return err
	})
}

func (h *Handlers) pinNote(w http.ResponseWriter, r *http.Request) error {
	return h.part(w, r, "#notes", func(ctx context.Context, s access.Scope, client ids.ID) error {
		part, err := pathID(r, "part")
		if err != nil {
			return err
		}
		return h.Clients.PinNote(ctx, s, client, part, r.PostFormValue("pinned") == "yes")
	})
}

// deletePart serves the buttons that take a site, person or note away.
func (h *Handlers) deletePart(kind string) func(http.ResponseWriter, *http.Request) error {
	remove := map[string]func(context.Context, access.Scope, ids.ID, ids.ID) error{
		"sites": h.deleteSite, "people": h.deletePerson, "notes": h.deleteNote,
	}[kind]
	return func(w http.ResponseWriter, r *http.Request) error {
		return h.part(w, r, "#"+kind, func(ctx context.Context, s access.Scope, client ids.ID) error {
			part, err := pathID(r, "part")
			if err != nil {
				return err
			}
			return remove(ctx, s, client, part)
		})
	}
}

func (h *Handlers) deleteSite(ctx context.Context, s access.Scope, client, part ids.ID) error {
	return h.Clients.DeleteSite(ctx, s, client, part)
}

func (h *Handlers) deletePerson(ctx context.Context, s access.Scope, client, part ids.ID) error {
	return h.Clients.DeletePerson(ctx, s, client, part)
}

func (h *Handlers) deleteNote(ctx context.Context, s access.Scope, client, part ids.ID) error {
	return h.Clients.DeleteNote(ctx, s, client, part)
}

// part does something with a part of a client and goes back to the client's page.
func (h *Handlers) part(w http.ResponseWriter, r *http.Request, anchor string, do func(context.Context, access.Scope, ids.ID) error) error {
	id, err := pathID(r, "client")
	if err != nil {
		return err
	}
	if err := do(r.Context(), scope(r), id); err != nil {
		return err
	}
	return page.Redirect(w, r, url(id)+anchor)
}
