// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"net/url"

	"mainstay/kit/access"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// confirmFor is the address of the page on which people confirm who they are, and which leads back.
func confirmFor(back string) string {
	return access.ConfirmPage + "?back=" + url.QueryEscape(back)
}

func (h handlers) confirm(w http.ResponseWriter, r *http.Request) error {
	return h.showConfirm(w, r, nil)
}

func (h handlers) showConfirm(w http.ResponseWriter, r *http.Request, wrong error) error {
	ways, err := h.Ways(r.Context())
	if err != nil {
		return err
	}
	return page.Render(w, r, formStatus(w, wrong), confirmPage(ways, access.From(r.Context()), h.OIDCLabel(), page.Local(r.FormValue("back")), wrong))
}

func (h handlers) confirmPassword(w http.ResponseWriter, r *http.Request) error {
	if err := h.Confirm(r.Context(), r.PostFormValue("current")); err != nil {
		if !mendable(err) {
			return err
		}
		return h.showConfirm(w, r, err)
	}
	return done(w, r, page.Local(r.PostFormValue("back")), locale.T(r.Context(), "Thank you. This counts for ten minutes."))
}

func (h handlers) beginConfirm(w http.ResponseWriter, r *http.Request) error {
	token, options, err := h.BeginConfirm(r.Context())
	return answer(w, r, ceremony{token, options}, err)
}

func (h handlers) finishConfirm(w http.ResponseWriter, r *http.Request) error {
	var a passkeyAnswer
	err := readJSON(w, r, &a)
	if err == nil {
		err = h.FinishConfirm(r.Context(), a.Token, a.Answer)
	}
	return answer(w, r, map[string]string{"next": page.Local(a.Back)}, err)
}

// setUp leads whoever lacks the second factor that the firm asks for to setting one up.
func (h handlers) setUp(w http.ResponseWriter, r *http.Request) error {
	switch access.From(r.Context()).Lacks {
	case access.LacksNothing:
		return page.Redirect(w, r, "/account/security")
	case access.LacksPasskey:
		return page.Redirect(w, r, confirmFor("/"))
	}
	return page.Render(w, r, http.StatusOK, setUpPage(h.OIDCLabel()))
}
