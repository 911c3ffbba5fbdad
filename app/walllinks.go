// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"net/http"

	"mainstay/care/monitoring"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/clients"
)

// wallLinksView is the page of the links for screens.
type wallLinksView struct {
	list    []monitoring.Board
	names   map[ids.ID]string
	clients []clients.Client
	made    string // the address that is shown once
	name    string
	err     error
}

func (a *App) wallLinksView(r *http.Request) (v wallLinksView, err error) {
	scope := access.From(r.Context()).Scope()
	if v.list, err = a.Monitoring.Boards(r.Context()); err != nil {
		return v, err
	}
	var of []ids.ID
	for _, b := range v.list {
		if b.Client != 0 {
			of = append(of, b.Client)
		}
	}
	if v.names, err = a.Clients.Names(r.Context(), scope, of...); err != nil {
		return v, err
	}
	v.clients, err = a.Clients.Choices(r.Context(), scope, "")
	return v, err
}

func (a *App) wallLinks(w http.ResponseWriter, r *http.Request) error {
	v, err := a.wallLinksView(r)
	if err != nil {
		return err
	}
	return page.Render(w, r, http.StatusOK, v.page())
}

func (a *App) makeWallLink(w http.ResponseWriter, r *http.Request) error {
	b := monitoring.Board{Name: r.PostFormValue("name"), Names: r.PostFormValue("names") != ""}
	var err error
	if text := r.PostFormValue("client"); text != "" {
		if b.Client, err = ids.Parse(text); err != nil || b.Client == 0 {
			return fault.NewInvalid("%q is not one of the choices.", cutText(text, 40))
		}
		if _, err = a.Clients.Get(r.Context(), access.From(r.Context()).Scope(), b.Client); err != nil {
			return err
		}
	}
	secret, err := a.Monitoring.MakeBoard(r.Context(), b)
	if err != nil && !fault.Is(err, fault.Invalid) {
		return err
	}
	v, err2 := a.wallLinksView(r)
	if err2 != nil {
		return err2
	}
	if v.name, v.err = b.Name, err; err != nil {
		return page.Render(w, r, http.StatusUnprocessableEntity, v.page())
	}
	v.name, v.made = "", a.PublicURL()+"/wall/"+secret
	return page.Render(w, r, http.StatusOK, v.page()) // not led elsewhere: the secret is shown once
}

func (a *App) dropWallLink(w http.ResponseWriter, r *http.Request) error {
	id, err := ids.Parse(r.PathValue("link"))
	if err != nil {
		return fault.NewNotFound("There is no page at this address.").Because(err)
	}
	if err := a.Monitoring.DropBoard(r.Context(), id); err != nil {
		return err
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(r.Context(), "The link is revoked.")})
	return page.Redirect(w, r, "/wallboard/links")
}

func (v wallLinksView) choices(ctx context.Context) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "Those of all clients")}}
	for _, c := range v.clients {
		out = append(out, page.Option{Value: c.ID.String(), Label: c.Name, Data: true})
	}
	return out
}
