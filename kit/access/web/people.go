// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// draft is what stands in the invitation form.
type draft struct {
	email string
	role  access.Role
	err   error
}

func (h handlers) people(w http.ResponseWriter, r *http.Request) error {
	return h.showPeople(w, r, draft{role: access.Technician}, "")
}

func (h handlers) showPeople(w http.ResponseWriter, r *http.Request, d draft, link string) error {
	list, err := h.People(r.Context())
	if err != nil {
		return err
	}
	open, err := h.Invitations(r.Context())
	if err != nil {
		return err
	}
	return page.Render(w, r, formStatus(w, d.err), peoplePage(list, open, d, link, h.isFresh(r), h.now()))
}

func (h handlers) invite(w http.ResponseWriter, r *http.Request) error {
	d := draft{email: r.PostFormValue("email"), role: access.Role(r.PostFormValue("role"))}
	token, err := h.Invite(r.Context(), d.email, d.role)
	if err != nil {
		if !mendable(err) {
			return err
		}
		d.err = err
		return h.showPeople(w, r, d, "")
	}
	return h.showPeople(w, r, draft{role: access.Technician}, h.URL+"/join/"+token)
}

func (h handlers) withdraw(w http.ResponseWriter, r *http.Request) error {
	if err := h.WithdrawInvitation(r.Context(), r.PostFormValue("email")); err != nil {
		return err
	}
	return done(w, r, "/people", locale.T(r.Context(), "The invitation is withdrawn."))
}

// find returns the person whose id is in the path.
func (h handlers) find(r *http.Request) (access.Person, error) {
	id, err := idOf(r)
	if err != nil {
		return access.Person{}, err
	}
	list, err := h.People(r.Context())
	if err != nil {
		return access.Person{}, err
	}
	for _, p := range list {
		if p.ID == id {
			return p, nil
		}
	}
	return access.Person{}, fault.NewNotFound("This entry is not there any more.")
}

func (h handlers) person(w http.ResponseWriter, r *http.Request) error {
	p, err := h.find(r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, personPage(p, "", h.now(), nil))
}

func (h handlers) saveRole(w http.ResponseWriter, r *http.Request) error {
	p, err := h.find(r)
	if err != nil {
		return err
	}
	p.Role, p.Active = access.Role(r.PostFormValue("role")), r.PostFormValue("active") != ""
	if err := h.SetRole(r.Context(), p.ID, p.Role, p.Active); err != nil {
		if !mendable(err) {
			return err
		}
		return page.Render(w, r, formStatus(w, err), personPage(p, "", h.now(), err))
	}
	return done(w, r, "/people", locale.T(r.Context(), "%s is saved.", p.Name))
}

// reset makes a link with which the person sets a new password; the owner hands it over.
func (h handlers) reset(w http.ResponseWriter, r *http.Request) error {
	p, err := h.find(r)
	if err != nil {
		return err
	}
	token, err := h.ResetLink(r.Context(), p.Email)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, personPage(p, h.URL+"/join/"+token, h.now(), nil))
}
