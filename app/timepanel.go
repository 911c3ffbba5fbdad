// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"

	"github.com/a-h/templ"

	"mainstay/desk/helpdesk"
	helpdeskweb "mainstay/desk/helpdesk/web"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/practice/worklog"
	worklogweb "mainstay/practice/worklog/web"
)

// timePanel shows the work on a ticket on the ticket's page; neither area knows the other's.
func timePanel(work *worklogweb.Handlers) helpdeskweb.Panel {
	return func(ctx context.Context, t helpdesk.Ticket) (templ.Component, error) {
		return work.TicketPanel(ctx, refOf(t))
	}
}

func workOrigin(o helpdesk.Origin) worklog.Origin {
	switch o {
	case helpdesk.FromClient:
		return worklog.FromClient
	case helpdesk.FromMonitor:
		return worklog.FromMonitor
	case helpdesk.FromPlan:
		return worklog.FromPlan
	case helpdesk.FromTechnician:
		return worklog.FromTechnician
	}
	return worklog.NoOrigin
}

// ticketRef looks a ticket up for the worklog, by id or by number. Who may read tickets reads those of all clients.
func (a *App) ticketRef(ctx context.Context, id ids.ID, number int64) (worklog.TicketRef, error) {
	var t helpdesk.Ticket
	var err error
	if id != 0 {
		t, err = a.Desk.Get(ctx, access.WholeFirm(), id)
	} else {
		t, err = a.Desk.ByNumber(ctx, access.WholeFirm(), number)
	}
	return refOf(t), err
}

func refOf(t helpdesk.Ticket) worklog.TicketRef {
	return worklog.TicketRef{ID: t.ID, Number: t.Number, Subject: t.Subject, Client: t.Client, Origin: workOrigin(t.Origin)}
}
