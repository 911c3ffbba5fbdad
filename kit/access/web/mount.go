// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// Options are what the pages need to know of their surroundings.
type Options struct {
	Clock  clock.Clock
	URL    string // public origin without a slash at the end; one-time links begin with it
	Secure bool   // browsers reach the server over HTTPS: cookies are sent only so
	// Clients lists whom a token can be limited to, by name; nil where tokens cannot.
	Clients func(context.Context) ([]Client, error)
}

// Client is somebody whom a token can be limited to.
type Client struct {
	ID   ids.ID
	Name string
}

type handlers struct {
	*access.Service
	Options
}

// Mount registers all pages of access, each with the permission it needs.
func Mount(r *access.Router, s *access.Service, o Options) {
	h := handlers{s, o}
	on := func(pattern string, need access.Permission, f func(http.ResponseWriter, *http.Request) error) {
		r.Handle(pattern, need, page.Handler(f))
	}
	// What changes how somebody gets in asks for a confirmation of the last minutes.
	fresh := func(pattern string, need access.Permission, f func(http.ResponseWriter, *http.Request) error) {
		r.HandleFresh(pattern, need, page.Handler(f))
	}
	on("GET /join/{token}", access.Public, h.join)
	on("POST /join/{token}", access.Public, h.useLink)

	on("GET /sign-in", access.Public, h.signIn)
	on("POST /sign-in", access.Public, h.password)
	on("POST /sign-in/code", access.Public, h.code)
	on("POST /sign-in/passkey/begin", access.Public, h.beginPasskeySignIn)
	on("POST /sign-in/passkey", access.Public, h.finishPasskeySignIn)
	on("GET /sign-in/oidc", access.Public, h.oidc)
	on("GET /sign-in/oidc/back", access.Public, h.oidcBack)
	on("POST /sign-in/oidc/logout", access.Public, h.providerSignOut)
	on("POST /sign-out", access.SettingUp, h.signOut)

	on("GET "+access.ConfirmPage, access.SettingUp, h.confirm)
	on("POST "+access.ConfirmPage, access.SettingUp, h.confirmPassword)
	on("POST "+access.ConfirmPage+"/passkey/begin", access.SettingUp, h.beginConfirm)
	on("POST "+access.ConfirmPage+"/passkey", access.SettingUp, h.finishConfirm)
	on("GET "+access.SetUpPage, access.SettingUp, h.setUp)
	fresh("POST /account/totp/begin", access.SettingUp, h.beginTOTP)
	on("POST /account/totp", access.SettingUp, h.confirmTOTP)
	fresh("POST /account/passkeys/begin", access.SettingUp, h.beginPasskey)
	on("POST /account/passkeys", access.SettingUp, h.finishPasskey)

	on("GET /account", access.SignedIn, h.account)
	on("POST /account", access.SignedIn, h.saveProfile)
	on("GET /account/security", access.SignedIn, h.security)
	on("POST /account/notices/seen", access.SignedIn, h.noticesSeen)
	on("POST /account/password", access.SignedIn, h.changePassword)
	fresh("POST /account/totp/off", access.SignedIn, h.disableTOTP)
	fresh("POST /account/passkeys/{id}/delete", access.SignedIn, h.deletePasskey)
	on("GET /account/sessions", access.SignedIn, h.sessions)
	fresh("POST /account/sessions/{id}/end", access.SignedIn, h.endSession)
	fresh("POST /account/sessions/end-others", access.SignedIn, h.endOthers)
	on("GET /account/tokens", access.SignedIn, h.tokens)
	fresh("POST /account/tokens", access.SignedIn, h.newToken)
	on("POST /account/tokens/{id}/delete", access.SignedIn, h.deleteToken)

	on("GET /people", access.UsersManage, h.people)
	fresh("POST /people/invite", access.UsersManage, h.invite)
	on("POST /people/withdraw", access.UsersManage, h.withdraw)
	fresh("POST /people/second-factor", access.UsersManage, h.saveRule)
	on("GET /people/{id}", access.UsersManage, h.person)
	fresh("POST /people/{id}", access.UsersManage, h.saveRole)
	fresh("POST /people/{id}/reset", access.UsersManage, h.reset)

	on("GET /audit", access.AuditRead, h.audit)
	on("POST /audit/verify", access.AuditRead, h.verifyAudit)
}

// enter puts the session into the browser and leads on.
func (h handlers) enter(w http.ResponseWriter, r *http.Request, session, back string) error {
	access.SetSession(w, h.Secure, session)
	return page.Redirect(w, r, page.Local(back))
}

// done says what was done on the next page.
func done(w http.ResponseWriter, r *http.Request, url, text string) error {
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: text})
	return page.Redirect(w, r, url)
}

// formStatus is the status of a form that is shown again because of err. Too many attempts are 429.
func formStatus(w http.ResponseWriter, err error) int {
	switch {
	case err == nil:
		return http.StatusOK
	case fault.Is(err, fault.Busy):
		w.Header().Set("Retry-After", "30")
		return http.StatusTooManyRequests
	}
	return page.StatusOf(err)
}

// mendable reports whether the person can do something about err in the form.
func mendable(err error) bool {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict, fault.Unauthenticated, fault.Busy:
		return true
	}
	return false
}

// readJSON decodes a small body that a script sent.
func readJSON(w http.ResponseWriter, r *http.Request, into any) error {
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		return fault.NewInvalid("The browser's answer cannot be read.")
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10)).Decode(into); err != nil {
		return fault.NewInvalid("The browser's answer cannot be read.").Because(err)
	}
	return nil
}

// answer sends JSON to a script, or err as a sentence in the reader's language.
func answer(w http.ResponseWriter, r *http.Request, v any, err error) error {
	status := http.StatusOK
	if err != nil {
		status = formStatus(w, err)
		if status == http.StatusInternalServerError {
			return err // page.Error logs it
		}
		v = map[string]string{"error": locale.From(r.Context()).Fault(err)}
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // the reader has gone
	return nil
}

// ceremony is what a script needs to ask the browser for a passkey.
type ceremony struct {
	Token   string          `json:"token"`
	Options json.RawMessage `json:"options"`
}

// passkeyAnswer is what the browser sends back.
type passkeyAnswer struct {
	Token  string          `json:"token"`
	Answer json.RawMessage `json:"answer"`
	Name   string          `json:"name"`
	Back   string          `json:"back"`
}

func (h handlers) now() time.Time { return h.Clock.Now() }

// isFresh says whether the forms that ask for a confirmation may be shown, or the way to it instead.
func (h handlers) isFresh(r *http.Request) bool { return access.From(r.Context()).Fresh(h.now()) }
