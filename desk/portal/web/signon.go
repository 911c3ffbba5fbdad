// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"strings"

	"mainstay/desk/portal"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

const signOnCookie = "mainstay-portal-oidc"

// signOn sends the browser where the person's firm signs in.
func (h *Handlers) signOn(w http.ResponseWriter, r *http.Request) error {
	location, token, err := h.Portal.BeginSignOn(r.Context(), r.PostFormValue("email"), r.PostFormValue("back"))
	if err != nil {
		if !mendable(err) {
			return err
		}
		v, e := h.signInView(r)
		if e != nil {
			return e
		}
		v.away = err
		return page.Render(w, r, formStatus(w, err), signInPage(v))
	}
	h.signOnState(w, token, 300)
	// Not a redirect: the policy of our pages lets no form lead to another site.
	return page.Render(w, r, http.StatusOK, awayPage(location))
}

func (h *Handlers) signOnBack(w http.ResponseWriter, r *http.Request) error {
	token := ""
	if c, err := r.Cookie(signOnCookie); err == nil {
		token = c.Value
	}
	h.signOnState(w, "", -1)
	if r.FormValue("error") != "" { // the person cancelled there
		return page.Redirect(w, r, "/portal/sign-in")
	}
	d, err := h.Portal.FinishSignOn(r.Context(), token, r.FormValue("state"), r.FormValue("code"), held(r))
	if err != nil {
		return h.again(w, r, err)
	}
	return h.through(w, r, d)
}

func (h *Handlers) signOnState(w http.ResponseWriter, token string, seconds int) {
	http.SetCookie(w, &http.Cookie{Name: signOnCookie, Value: token, Path: "/portal/sign-on", MaxAge: seconds, HttpOnly: true, Secure: h.Secure, SameSite: http.SameSiteLaxMode})
}

// signOnView is how a client's people sign in with accounts of their own.
type signOnView struct {
	client   ids.ID
	name     string
	x        portal.SignOn
	redirect string
	err      error
}

func (h *Handlers) signOnView(r *http.Request) (v signOnView, err error) {
	if v.client, err = pathID(r, "client"); err != nil {
		return v, err
	}
	scope := access.From(r.Context()).Scope()
	c, err := h.Clients.Get(r.Context(), scope, v.client)
	if err != nil {
		return v, err
	}
	v.name, v.redirect = c.Name, h.Portal.Redirect()
	v.x, _, err = h.Portal.SignOnOf(r.Context(), scope, v.client)
	return v, err
}

func (h *Handlers) signOnForm(w http.ResponseWriter, r *http.Request) error {
	v, err := h.signOnView(r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, signOnPage(v))
}

func (h *Handlers) saveSignOn(w http.ResponseWriter, r *http.Request) error {
	v, err := h.signOnView(r)
	if err != nil {
		return err
	}
	stored := v.x.Stored
	v.x = portal.SignOn{
		Issuer: r.PostFormValue("issuer"), Client: r.PostFormValue("client"), Secret: r.PostFormValue("secret"),
		Domains: strings.Fields(strings.ReplaceAll(r.PostFormValue("domains"), ",", " ")), Stored: stored,
	}
	if r.PostFormValue("remove") != "" {
		v.x = portal.SignOn{}
	} else if strings.TrimSpace(v.x.Issuer) == "" {
		err = fault.NewInvalid("%q is not the address of a provider, such as https://login.example.com.", "").On("issuer")
	}
	if err == nil {
		err = h.Portal.SaveSignOn(r.Context(), access.From(r.Context()).Scope(), v.client, v.x)
	}
	if err != nil {
		if !mendable(err) {
			return err
		}
		v.err = err
		return page.Render(w, r, formStatus(w, err), signOnPage(v))
	}
	return done(w, r, "/clients/"+v.client.String()+"#portal", locale.T(r.Context(), "Saved."))
}
