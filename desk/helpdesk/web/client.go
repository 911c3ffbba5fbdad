// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"

	"github.com/a-h/templ"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/ids"
)

// ClientPanel shows a client's tickets on the client's page. It fits mainstay/practice/clients/web.Panel.
func (h *Handlers) ClientPanel(ctx context.Context, client ids.ID) (templ.Component, error) {
	if !may(ctx, access.TicketsRead) {
		return nil, nil //nolint:nilnil // a nil component shows nothing
	}
	scope := access.From(ctx).Scope()
	open := []helpdesk.State{helpdesk.StateNew, helpdesk.StateOpen, helpdesk.StateWaiting}
	found, err := h.Desk.List(ctx, scope, helpdesk.Query{Client: client, States: open, Limit: 6, Order: helpdesk.ByPriority})
	if err != nil {
		return nil, err
	}
	total, err := h.Desk.Count(ctx, scope, helpdesk.Query{Client: client})
	if err != nil {
		return nil, err
	}
	k, err := h.know(ctx)
	if err != nil {
		return nil, err
	}
	level, err := h.Desk.ClientLevel(ctx, client)
	if err != nil {
		return nil, err
	}
	return clientPanel(&listView{known: k, page: found, now: h.Clock.Now()}, client, total[0], level), nil
}
