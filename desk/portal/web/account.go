// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"

	"mainstay/desk/portal"
	"mainstay/kit/access"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// accountView is the page of a person's own account.
type accountView struct {
	me       portal.Account
	others   []portal.Account
	password bool  // there is one
	proved   bool  // may have one
	ask      bool  // the present one is asked for
	err      error // of the password
}

func (h *Handlers) accountView(r *http.Request) (v accountView, err error) {
	ctx := r.Context()
	if v.me, _, err = h.Portal.Me(ctx); err != nil {
		return v, err
	}
	if v.others, err = h.Portal.Others(ctx); err != nil {
		return v, err
	}
	id := access.From(ctx)
	v.proved = portal.Proved(id)
	v.password, err = h.Portal.HasPassword(ctx)
	v.ask = v.password && h.Portal.AsksPassword(id)
	return v, err
}

func (h *Handlers) account(w http.ResponseWriter, r *http.Request) error {
	v, err := h.accountView(r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, accountPage(v))
}

func (h *Handlers) saveAccount(w http.ResponseWriter, r *http.Request) error {
	tag := locale.Tag(r.PostFormValue("language"))
	if !tag.Known() {
		tag = ""
	}
	if err := h.Portal.SetLanguage(r.Context(), string(tag)); err != nil {
		return err
	}
	return page.Redirect(w, r, "/portal/account")
}

func (h *Handlers) savePassword(w http.ResponseWriter, r *http.Request) error {
	password := r.PostFormValue("password")
	if r.PostFormValue("remove") == "yes" {
		password = ""
	} else if password == "" {
		password = " " // an empty field is no wish to have none: it is refused as too short
	}
	if err := h.Portal.SetPassword(r.Context(), r.PostFormValue("old"), password); err != nil {
		if !mendable(err) {
			return err
		}
		v, e := h.accountView(r)
		if e != nil {
			return e
		}
		v.err = err
		return page.Render(w, r, formStatus(w, err), accountPage(v))
	}
	return done(w, r, "/portal/account", locale.T(r.Context(), "Saved."))
}
