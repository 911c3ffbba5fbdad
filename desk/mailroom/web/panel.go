// SPDX-License-Identifier: Apache-2.0

package web

import (
	"context"

	"github.com/a-h/templ"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
)

// Panel shows on a ticket's page what is to be known about its mail: whether the sender was checked, which pictures were
// left out, and how our own mails stand.
func (h *Handlers) Panel(ctx context.Context, t helpdesk.Ticket) (templ.Component, error) {
	in, out, err := h.Mail.OfTicket(ctx, access.From(ctx).Scope(), t.ID)
	if err != nil || len(in)+len(out) == 0 {
		return nil, err
	}
	const most = 8 // the newest tell how it stands
	return panel(in[max(0, len(in)-most):], out[max(0, len(out)-most):]), nil
}
