// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"

	"mainstay/kit/access"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// passkeyChanged is where a changed passkey leads: the page that then offers to end the other sessions.
const passkeyChanged = "/account/security?changed=passkey" //nolint:gosec // an address, no secret

func (h handlers) security(w http.ResponseWriter, r *http.Request) error {
	return h.showSecurity(w, r, nil, "")
}

// safety is what the page on sign-in and security shows.
type safety struct {
	me    access.Person
	keys  []access.Passkey
	news  []access.Notice
	ways  access.Ways
	oidc  string // label of single sign-on, "" for none
	fresh bool
	now   time.Time
	err   error
	form  string // whose err it is

	offer bool // a passkey was just added or removed and there are other sessions

	rules bool // the owner sees and sets the firm's rule
	rule  access.FactorRule
	none  int64 // people without a second factor
}

// showSecurity renders the page with the error of one of its forms, told apart by form.
func (h handlers) showSecurity(w http.ResponseWriter, r *http.Request, wrong error, form string) error {
	if wrong != nil && !mendable(wrong) {
		return wrong
	}
	ctx := r.Context()
	v := safety{oidc: h.OIDCLabel(), fresh: h.isFresh(r), now: h.now(), err: wrong, form: form}
	var err error
	if v.me, err = h.Me(ctx); err != nil {
		return err
	}
	if v.keys, err = h.Passkeys(ctx); err != nil {
		return err
	}
	if v.news, err = h.Notices(ctx); err != nil {
		return err
	}
	if v.ways, err = h.Ways(ctx); err != nil {
		return err
	}
	if r.FormValue("changed") != "" {
		list, err := h.Sessions(ctx)
		if err != nil {
			return err
		}
		v.offer = len(list) > 1
	}
	if v.rules = access.From(ctx).May(access.UsersManage); v.rules {
		if v.rule, v.none, err = h.ruleAndNone(r); err != nil {
			return err
		}
	}
	return page.Render(w, r, formStatus(w, wrong), securityPage(v))
}

// ruleAndNone returns the firm's rule and how many people have no second factor.
func (h handlers) ruleAndNone(r *http.Request) (rule access.FactorRule, none int64, err error) {
	if rule, err = h.FactorRule(r.Context()); err != nil {
		return rule, 0, err
	}
	people, err := h.People(r.Context())
	for _, p := range people {
		if p.Active && !p.TOTP && p.Passkeys == 0 {
			none++
		}
	}
	return rule, none, err
}

func (h handlers) saveRule(w http.ResponseWriter, r *http.Request) error {
	if err := h.SetFactorRule(r.Context(), access.FactorRule(r.PostFormValue("rule"))); err != nil {
		return h.showSecurity(w, r, err, "rule")
	}
	return done(w, r, "/account/security", locale.T(r.Context(), "The rule is saved and in force from the next page on."))
}

func (h handlers) changePassword(w http.ResponseWriter, r *http.Request) error {
	ways, err := h.Ways(r.Context())
	if err != nil {
		return err
	}
	if !ways.Password && !h.isFresh(r) { // there is no present password to ask for
		return page.Redirect(w, r, confirmFor("/account/security"))
	}
	if err := h.ChangePassword(r.Context(), r.PostFormValue("current"), r.PostFormValue("password")); err != nil {
		return h.showSecurity(w, r, err, "password")
	}
	return done(w, r, "/account/security", locale.T(r.Context(), "The password is changed. Your other sessions have ended."))
}

func (h handlers) beginTOTP(w http.ResponseWriter, r *http.Request) error {
	e, err := h.BeginTOTP(r.Context())
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, totpPage(e, nil))
}

// confirmTOTP puts the secret in force. The form carries secret and URL only to be shown again after a
// wrong code; what comes into force is what the service holds for the token.
func (h handlers) confirmTOTP(w http.ResponseWriter, r *http.Request) error {
	e := access.Enrolment{Token: r.PostFormValue("token"), Secret: r.PostFormValue("secret"), URL: r.PostFormValue("url")}
	codes, err := h.ConfirmTOTP(r.Context(), e.Token, strings.ReplaceAll(r.PostFormValue("code"), " ", ""))
	if err != nil {
		if !mendable(err) {
			return err
		}
		return page.Render(w, r, formStatus(w, err), totpPage(e, err))
	}
	return page.Render(w, r, http.StatusOK, recoveryPage(codes))
}

func (h handlers) disableTOTP(w http.ResponseWriter, r *http.Request) error {
	if err := h.DisableTOTP(r.Context()); err != nil {
		return err
	}
	return done(w, r, "/account/security", locale.T(r.Context(), "The authenticator app is turned off."))
}

func (h handlers) beginPasskey(w http.ResponseWriter, r *http.Request) error {
	token, options, err := h.BeginPasskey(r.Context())
	return answer(w, r, ceremony{token, options}, err)
}

func (h handlers) finishPasskey(w http.ResponseWriter, r *http.Request) error {
	var a passkeyAnswer
	err := readJSON(w, r, &a)
	if err == nil {
		err = h.FinishPasskey(r.Context(), a.Token, a.Name, a.Answer)
	}
	if err == nil {
		page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(r.Context(), "The passkey is added.")})
	}
	return answer(w, r, map[string]string{"next": passkeyChanged}, err)
}

func (h handlers) deletePasskey(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	if err := h.DeletePasskey(r.Context(), id); err != nil {
		return err
	}
	return done(w, r, passkeyChanged, locale.T(r.Context(), "The passkey is removed."))
}

// qrPath returns the dark modules of a QR code as an SVG path, one unit each, and its size with
// the quiet zone of four modules (ISO/IEC 18004).
func qrPath(text string) (path string, size int) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil || !strings.HasPrefix(text, "otpauth://") {
		return "", 0
	}
	n := code.Bounds().Dx()
	var b strings.Builder
	for y := range n {
		for x := range n {
			if red, _, _, _ := code.At(x, y).RGBA(); red == 0 {
				b.WriteString("M" + decimal(x+4) + " " + decimal(y+4) + "h1v1h-1z")
			}
		}
	}
	return b.String(), n + 8
}
