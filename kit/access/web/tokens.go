// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
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
	clients, err := h.clients(r.Context())
	if err != nil {
		return err
	}
	return page.Render(w, r, formStatus(w, wrong), tokensPage(list, mine, clients, r.PostForm["scopes"], secret, r.PostFormValue("name"), r.PostFormValue("client"), h.isFresh(r), h.now(), wrong))
}

// clients lists whom the caller can limit a token to.
func (h handlers) clients(ctx context.Context) ([]Client, error) {
	if h.Clients == nil || !access.From(ctx).May(access.SeriesRead) {
		return nil, nil
	}
	return h.Clients(ctx)
}

// clientNamed finds the client of a name; "" is none.
func (h handlers) clientNamed(ctx context.Context, name string) ([]ids.ID, error) {
	if name = strings.TrimSpace(name); name == "" {
		return nil, nil
	}
	list, err := h.clients(ctx)
	if err != nil {
		return nil, err
	}
	for _, c := range list {
		if strings.EqualFold(c.Name, name) {
			return []ids.ID{c.ID}, nil
		}
	}
	return nil, fault.NewInvalid("There is no client of that name. Choose one of the list, or leave this empty.").On("client")
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
	clients, err := h.clientNamed(r.Context(), r.PostFormValue("client"))
	if err != nil {
		return h.showTokens(w, r, "", err)
	}
	secret, err := h.NewToken(r.Context(), r.PostFormValue("name"), scopes, time.Duration(days)*24*time.Hour, clients...)
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
