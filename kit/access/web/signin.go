// SPDX-License-Identifier: Apache-2.0

package web

import (
	"errors"
	"net/http"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/page"
)

const oidcCookie = "mainstay-oidc"

func (h handlers) signIn(w http.ResponseWriter, r *http.Request) error {
	back := page.Local(r.FormValue("back"))
	if access.From(r.Context()) != nil {
		return page.Redirect(w, r, back)
	}
	return page.Render(w, r, http.StatusOK, signInPage(h.OIDCLabel(), "", back, nil))
}

// password checks the first factor and lets in, or asks for the second.
func (h handlers) password(w http.ResponseWriter, r *http.Request) error {
	email, back := r.PostFormValue("email"), page.Local(r.PostFormValue("back"))
	in, err := h.Password(r.Context(), email, r.PostFormValue("password"), access.ClientOf(r))
	switch {
	case err != nil && !mendable(err):
		return err
	case err != nil:
		return page.Render(w, r, formStatus(w, err), signInPage(h.OIDCLabel(), email, back, err))
	case in.Second != "":
		return page.Render(w, r, http.StatusOK, codePage(in.Second, back, nil))
	}
	return h.enter(w, r, in.Session, back)
}

// code checks the second factor. A wrong code may be tried again; a sign-in that took too long begins anew.
func (h handlers) code(w http.ResponseWriter, r *http.Request) error {
	second, back := r.PostFormValue("second"), page.Local(r.PostFormValue("back"))
	session, err := h.SecondFactor(r.Context(), second, r.PostFormValue("code"), access.ClientOf(r))
	switch {
	case err == nil:
		return h.enter(w, r, session, back)
	case !mendable(err):
		return err
	}
	again := fault.Is(err, fault.Busy)
	if e, ok := errors.AsType[*fault.Error](err); ok && e.Field == "code" {
		again = true
	}
	if again {
		return page.Render(w, r, formStatus(w, err), codePage(second, back, err))
	}
	return page.Render(w, r, formStatus(w, err), signInPage(h.OIDCLabel(), "", back, err))
}

func (h handlers) beginPasskeySignIn(w http.ResponseWriter, r *http.Request) error {
	token, options, err := h.BeginPasskeySignIn(r.Context())
	return answer(w, r, ceremony{token, options}, err)
}

func (h handlers) finishPasskeySignIn(w http.ResponseWriter, r *http.Request) error {
	var a passkeyAnswer
	if err := readJSON(w, r, &a); err != nil {
		return answer(w, r, nil, err)
	}
	session, err := h.FinishPasskeySignIn(r.Context(), a.Token, a.Answer, access.ClientOf(r))
	if err == nil {
		access.SetSession(w, h.Secure, session)
	}
	return answer(w, r, map[string]string{"next": page.Local(a.Back)}, err)
}

// oidc sends the browser to the single sign-on provider.
func (h handlers) oidc(w http.ResponseWriter, r *http.Request) error {
	location, token, err := h.BeginOIDC(r.Context(), page.Local(r.FormValue("back")), r.FormValue("again") != "")
	if err != nil {
		return err
	}
	h.oidcState(w, token, 300)
	http.Redirect(w, r, location, http.StatusSeeOther) //nolint:gosec // the address comes from the provider's own discovery document, not from the request
	return nil
}

func (h handlers) oidcBack(w http.ResponseWriter, r *http.Request) error {
	token := ""
	if c, err := r.Cookie(oidcCookie); err == nil {
		token = c.Value
	}
	h.oidcState(w, "", -1)
	if r.FormValue("error") != "" { // the person cancelled there
		return page.Redirect(w, r, "/sign-in")
	}
	session, back, err := h.FinishOIDC(r.Context(), token, r.FormValue("state"), r.FormValue("code"), access.ClientOf(r))
	if err != nil {
		if fault.Is(err, fault.Unauthenticated) {
			return page.Render(w, r, formStatus(w, err), signInPage(h.OIDCLabel(), "", "/", err))
		}
		return err
	}
	return h.enter(w, r, session, back)
}

func (h handlers) oidcState(w http.ResponseWriter, token string, seconds int) {
	http.SetCookie(w, &http.Cookie{Name: oidcCookie, Value: token, Path: "/sign-in/oidc", MaxAge: seconds, HttpOnly: true, Secure: h.Secure, SameSite: http.SameSiteLaxMode})
}

func (h handlers) signOut(w http.ResponseWriter, r *http.Request) error {
	if err := h.SignOut(r.Context()); err != nil {
		return err
	}
	access.SetSession(w, h.Secure, "")
	return page.Redirect(w, r, "/sign-in")
}

// providerSignOut is what the single sign-on provider itself calls when somebody signs out there. Its answers follow
// OpenID Connect Back-Channel Logout 1.0, section 2.8.
func (h handlers) providerSignOut(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	w.Header().Set("Cache-Control", "no-store")
	err := h.EndByProvider(r.Context(), r.PostFormValue("logout_token"))
	switch {
	case fault.Is(err, fault.Invalid):
		http.Error(w, fault.TextOf(err), http.StatusBadRequest)
		return nil
	case fault.Is(err, fault.Busy):
		http.Error(w, fault.TextOf(err), formStatus(w, err))
		return nil
	}
	return err
}
