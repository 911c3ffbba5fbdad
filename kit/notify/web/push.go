// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	_ "embed" // the worker
	"net/http"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/notify"
	"mainstay/kit/page"
	"mainstay/kit/webpush"
)

//go:embed push-worker.js
var worker []byte

const browsersPage = access.NotificationsPage + "/browsers"

func (h *Handlers) mountPush(r *access.Router) {
	on := func(pattern string, f func(http.ResponseWriter, *http.Request) error) {
		r.Handle(pattern, access.SignedIn, page.Handler(f))
	}
	on("POST "+browsersPage, h.subscribe)
	on("POST "+browsersPage+"/try", h.try)
	on("POST "+browsersPage+"/{id}/remove", h.unsubscribe)
	// A worker must lie above the pages that it speaks for.
	r.Handle("GET /push-worker.js", access.Public, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write(worker)
	}))
}

// pushView is what the page says of browsers. Key "" = this server cannot tell them.
type pushView struct {
	key  string
	list []notify.Browser
}

func (h *Handlers) pushView(ctx context.Context) (v pushView, err error) {
	if v.key, err = h.Notify.PushKey(ctx); fault.Is(err, fault.Conflict) {
		return pushView{}, nil
	}
	if err == nil {
		v.list, err = h.Notify.Browsers(ctx, me(ctx).User)
	}
	return v, err
}

func (h *Handlers) subscribe(w http.ResponseWriter, r *http.Request) error {
	sub := webpush.Subscription{Endpoint: r.PostFormValue("endpoint"), Key: r.PostFormValue("key"), Auth: r.PostFormValue("auth")}
	if err := h.Notify.Subscribe(r.Context(), me(r.Context()).User, sub, r.PostFormValue("name")); err != nil {
		return err
	}
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: locale.T(r.Context(), "This browser tells you from now on.")})
	return page.Redirect(w, r, access.NotificationsPage)
}

func (h *Handlers) try(w http.ResponseWriter, r *http.Request) error {
	n, err := h.Notify.Try(r.Context(), me(r.Context()).User)
	if err != nil {
		return err
	}
	f := page.Flash{Kind: page.Good, Text: locale.N(r.Context(), "%d browser has been told.|%d browsers have been told.", int64(n))}
	if n == 0 {
		f = page.Flash{Kind: page.Bad, Text: locale.T(r.Context(), "No browser could be told: their push services do not answer, or took the message from nobody.")}
	}
	page.SetFlash(w, r, f)
	return page.Redirect(w, r, access.NotificationsPage)
}

func (h *Handlers) unsubscribe(w http.ResponseWriter, r *http.Request) error {
	id, err := ids.Parse(r.PathValue("id"))
	if err != nil {
		return missing(err)
	}
	if err := h.Notify.Unsubscribe(r.Context(), me(r.Context()).User, id); err != nil {
		return err
	}
	return page.Redirect(w, r, access.NotificationsPage)
}

// browsers reports whether there are browsers to choose for.
func (v *choicesView) browsers() bool { return len(v.push.list) > 0 }

func (v *choicesView) columns(ctx context.Context) []page.Column {
	out := []page.Column{{Label: locale.T(ctx, "What happens")}, {Label: locale.T(ctx, "In the list")}, {Label: locale.T(ctx, "By e-mail")}}
	if v.browsers() {
		out = append(out, page.Column{Label: locale.T(ctx, "By the browser")})
	}
	return out
}
