// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"mainstay/desk/portal"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// signInView is the page to sign in.
type signInView struct {
	welcome     string
	email, back string
	err         error // of the link
	wrong       error // of the password
	away        error // of the firm's own account
	signOn      bool  // clients can sign in with their own accounts
}

func (h *Handlers) signInView(r *http.Request) (signInView, error) {
	set, err := h.Portal.Settings(r.Context())
	if err != nil {
		return signInView{}, err
	}
	v := signInView{welcome: set.Welcome, email: r.FormValue("email"), back: portal.Back(r.FormValue("back"))}
	v.signOn, err = h.Portal.HasSignOn(r.Context())
	return v, err
}

func (h *Handlers) signIn(w http.ResponseWriter, r *http.Request) error {
	v, err := h.signInView(r)
	if err != nil {
		return err
	}
	if id := access.From(r.Context()); id != nil && id.Person != 0 {
		return page.Redirect(w, r, v.back)
	}
	return page.Render(w, r, http.StatusOK, signInPage(v))
}

// askLink says the same whether the address is known or not.
func (h *Handlers) askLink(w http.ResponseWriter, r *http.Request) error {
	v, err := h.signInView(r)
	if err != nil {
		return err
	}
	v.err = h.Portal.AskLink(r.Context(), v.email, v.back, string(locale.From(r.Context()).Tag()))
	if v.err != nil {
		if !mendable(v.err) {
			return v.err
		}
		return page.Render(w, r, formStatus(w, v.err), signInPage(v))
	}
	return page.Render(w, r, http.StatusOK, sentPage(v))
}

func (h *Handlers) password(w http.ResponseWriter, r *http.Request) error {
	v, err := h.signInView(r)
	if err != nil {
		return err
	}
	d, err := h.Portal.Password(r.Context(), v.email, r.PostFormValue("password"), v.back, held(r))
	if err != nil {
		if !mendable(err) {
			return err
		}
		v.wrong = err
		return page.Render(w, r, formStatus(w, err), signInPage(v))
	}
	return h.through(w, r, d)
}

// link shows the button that signs in. Opening the page does nothing: programs that look at mails open links as well.
func (h *Handlers) link(w http.ResponseWriter, r *http.Request) error {
	token := r.PathValue("token")
	w.Header().Set("Referrer-Policy", "no-referrer")
	if err := h.Portal.PeekLink(r.Context(), token); err != nil {
		return h.again(w, r, err)
	}
	return page.Render(w, r, http.StatusOK, linkPage(token))
}

func (h *Handlers) enter(w http.ResponseWriter, r *http.Request) error {
	person, err := formID(r.PostFormValue("person"))
	if err != nil {
		return err
	}
	d, err := h.Portal.UseLink(r.Context(), r.PathValue("token"), person, held(r))
	if err != nil {
		return h.again(w, r, err)
	}
	return h.through(w, r, d)
}

// again shows the page to sign in with what was wrong about a link.
func (h *Handlers) again(w http.ResponseWriter, r *http.Request, err error) error {
	if !fault.Is(err, fault.Unauthenticated) {
		return err
	}
	v, e := h.signInView(r)
	if e != nil {
		return e
	}
	v.err = err
	return page.Render(w, r, formStatus(w, err), signInPage(v))
}

// through lets in, or asks as whom.
func (h *Handlers) through(w http.ResponseWriter, r *http.Request, d portal.Door) error {
	if d.Session == "" {
		return page.Render(w, r, http.StatusOK, choosePage(d))
	}
	access.SetPortalSession(w, h.Secure, d.Session, portal.SessionLife)
	return page.Redirect(w, r, d.Back)
}

func (h *Handlers) become(w http.ResponseWriter, r *http.Request) error {
	person, err := ids.Parse(r.PostFormValue("person"))
	if err != nil {
		return fault.NewNotFound("There is no such person.")
	}
	session, err := h.Portal.Become(r.Context(), person, held(r))
	if err != nil {
		return err
	}
	access.SetPortalSession(w, h.Secure, session, portal.SessionLife)
	return page.Redirect(w, r, "/portal")
}

func (h *Handlers) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := h.Portal.SignOut(r.Context(), r.URL.Path != "/portal/sign-out"); err != nil {
		return err
	}
	access.SetPortalSession(w, h.Secure, "", portal.SessionLife)
	return page.Redirect(w, r, "/portal/sign-in")
}
