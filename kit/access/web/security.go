// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"strings"

	"github.com/boombuler/barcode/qr"

	"mainstay/kit/access"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

func (h handlers) security(w http.ResponseWriter, r *http.Request) error {
	return h.showSecurity(w, r, nil, "")
}

// showSecurity renders the page with the error of one of its forms, told apart by form.
func (h handlers) showSecurity(w http.ResponseWriter, r *http.Request, wrong error, form string) error {
	if wrong != nil && !mendable(wrong) {
		return wrong
	}
	me, err := h.Me(r.Context())
	if err != nil {
		return err
	}
	keys, err := h.Passkeys(r.Context())
	if err != nil {
		return err
	}
	return page.Render(w, r, formStatus(w, wrong), securityPage(me, keys, h.now(), wrong, form))
}

func (h handlers) changePassword(w http.ResponseWriter, r *http.Request) error {
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
	if err := h.DisableTOTP(r.Context(), r.PostFormValue("current")); err != nil {
		return h.showSecurity(w, r, err, "totp")
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
	return answer(w, r, map[string]string{"next": "/account/security"}, err)
}

func (h handlers) deletePasskey(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	if err := h.DeletePasskey(r.Context(), id); err != nil {
		return err
	}
	return done(w, r, "/account/security", locale.T(r.Context(), "The passkey is removed."))
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
