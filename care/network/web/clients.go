// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"
	"net/http"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/clients"
)

// choices are the clients that can be chosen: the active ones, and those that a page or a form is about, whatever their state. Without these
// a browser would show another client in their place, and save that.
func choices(list []clients.Client, about ...ids.ID) (out []page.Option) {
	for _, x := range list {
		ok := x.Status == clients.Active
		for _, id := range about {
			ok = ok || id == x.ID
		}
		if ok {
			out = append(out, page.Option{Value: x.ID.String(), Label: x.Name, Data: true})
		}
	}
	return out
}

// everyone is the choice of all clients in a form. It is a word of its own: what a form lost must not become that of all clients.
const everyone = "all"

// forOptions are for whom something can be; about is the client that it is for so far, 0 = none.
func (c *common) forOptions(ctx context.Context, about ids.ID) []page.Option {
	out := []page.Option{{Label: locale.T(ctx, "Choose a client")}, {Value: everyone, Label: locale.T(ctx, "All clients")}}
	return append(out, choices(c.clients, c.client, about)...)
}

// forWhom reads what was chosen of forOptions.
func forWhom(r *http.Request) (client ids.ID, err error) {
	text := r.FormValue("for")
	if text == everyone {
		return 0, nil
	}
	if client = idOf(text); client == 0 {
		return 0, fault.NewInvalid("Choose a client, or all clients.").On("for")
	}
	return client, nil
}
