// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"strconv"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

func (h handlers) tokens(w http.ResponseWriter, r *http.Request) error {
	return h.showTokens(w, r, "", nil)
}

func (h handlers) showTokens(w http.ResponseWriter, r *http.Request, secret string, wrong error) error {
	if wrong != nil && !mendable(wrong) {
		return wrong
	}
	list, err := h.Tokens(r.Context())
	if err != nil {
		return err
	}
	id := access.From(r.Context())
	var mine []access.Permission
	for _, p := range access.Permissions() {
		if id.May(p) {
			mine = append(mine, p)
		}
	}
	return page.Render(w, r, formStatus(w, wrong), tokensPage(list, mine, secret, r.PostFormValue("name"), h.isFresh(r), h.now(), wrong))
}

func (h handlers) newToken(w http.ResponseWriter, r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return err
	}
	var scopes []access.Permission
	for _, s := range r.PostForm["scopes"] {
		scopes = append(scopes, access.Permission(s))
	}
	days, err := strconv.Atoi(r.PostFormValue("days"))
	if err != nil || days < 0 || days > 3660 {
		days = 90
	}
	secret, err := h.NewToken(r.Context(), r.PostFormValue("name"), scopes, time.Duration(days)*24*time.Hour)
	return h.showTokens(w, r, secret, err)
}

func (h handlers) deleteToken(w http.ResponseWriter, r *http.Request) error {
	id, err := idOf(r)
	if err != nil {
		return err
	}
	if err := h.DeleteToken(r.Context(), id); err != nil {
		return err
	}
	return done(w, r, "/account/tokens", locale.T(r.Context(), "The token is removed; programs that use it are refused from now on."))
}
