// SPDX-License-Identifier: Apache-2.0

package web

import (
	"net/http"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/locale"
	"mainstay/kit/page"
)

// join shows what a one-time link is for: setting up the owner, following an invitation, or setting a new
// password.
func (h handlers) join(w http.ResponseWriter, r *http.Request) error {
	info, err := h.Link(r.Context(), r.PathValue("token"))
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, joinPage(info, access.Join{Name: info.Name, Email: info.Email}, nil))
}

func (h handlers) useLink(w http.ResponseWriter, r *http.Request) error {
	ctx, token := r.Context(), r.PathValue("token")
	info, err := h.Link(ctx, token)
	if err != nil {
		return err
	}
	j := access.Join{
		Name: r.PostFormValue("name"), Email: r.PostFormValue("email"), Password: r.PostFormValue("password"),
		Language: string(locale.From(ctx).Tag()), Zone: r.PostFormValue("zone"),
	}
	if _, err := time.LoadLocation(j.Zone); err != nil {
		j.Zone = "" // the browser knows a zone that we do not: the firm's will do
	}
	session, err := h.UseLink(ctx, token, j, access.ClientOf(r))
	if err != nil {
		if !mendable(err) {
			return err
		}
		return page.Render(w, r, formStatus(w, err), joinPage(info, j, err))
	}
	return h.enter(w, r, session, "/")
}
