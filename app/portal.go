// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"database/sql"
	"net/http"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/portal"
	portalweb "mainstay/desk/portal/web"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/worklog"
)

// buildPortal makes the portal on helpdesk and mailroom, which do not know it.
func (a *App) buildPortal(sealer *access.Sealer) {
	a.Portal = portal.New(portal.Parts{
		DB: a.DB, Clock: a.Clock, IDs: a.IDs, Access: a.Access, Clients: a.Clients, Desk: a.Desk, Know: a.Know, Mail: a.Mail, Jobs: a.Jobs, Blobs: a.Blobs, Bus: a.Bus,
		Sealer: sealer, Log: a.Log, URL: a.PublicURL(),
	})
}

// solvedTicket hands a solved ticket to the portal, in the transaction that solves it.
func (a *App) solvedTicket(ctx context.Context, tx *sql.Tx, t helpdesk.Ticket) error {
	return a.Portal.Solved(ctx, tx, t)
}

// mailFoot is the line under mails about a ticket.
func (a *App) mailFoot(ctx context.Context, t helpdesk.Ticket) (string, error) {
	return a.Portal.Foot(ctx, t)
}

func (a *App) portalPages() *portalweb.Handlers {
	return &portalweb.Handlers{
		Portal: a.Portal, Desk: a.Desk, Mail: a.Mail, Clients: a.Clients, Access: a.Access, Blobs: a.Blobs, Bus: a.Bus, Clock: a.Clock, URL: a.PublicURL(), Secure: a.secure(),
		Currency: a.currency, Work: a.portalWork, Health: a.systemsHealth, Watchable: a.watchable,
	}
}

// portalWork is what a ticket's client may know of the work on it.
func (a *App) portalWork(ctx context.Context, t helpdesk.Ticket) ([]portalweb.Work, error) {
	types, err := a.Work.Types(ctx)
	if err != nil {
		return nil, err
	}
	names := map[ids.ID]string{}
	for _, x := range types {
		names[x.ID] = x.In(locale.From(ctx))
	}
	var out []portalweb.Work
	for q := (worklog.Query{Ticket: t.ID, Oldest: true, Limit: 200}); ; {
		p, err := a.Work.List(ctx, access.OneClient(t.Client), q)
		if err != nil {
			return nil, err
		}
		for _, e := range p.Rows {
			out = append(out, portalweb.Work{Day: e.Day, Minutes: e.Minutes, Who: e.Name, Kind: names[e.Type], Note: e.Note, Charge: chargeOf(e)})
		}
		if q.After = p.Next; q.After == "" {
			return out, nil
		}
	}
}

func chargeOf(e worklog.Entry) portalweb.Charge {
	switch {
	case e.Coverage == worklog.Agreement:
		return portalweb.Covered
	case e.Coverage == worklog.Prepaid:
		return portalweb.Prepaid
	case e.Coverage == worklog.Free:
		return portalweb.NotCharged
	case e.State == worklog.Billed:
		return portalweb.Charged
	}
	return portalweb.WillBeCharged
}

// outsideView puts the frame of the portal around its pages.
func (a *App) outsideView(r *http.Request, v page.View, p locale.Printer, id *access.Identity) page.View {
	out, err := a.portalViews.View(locale.With(r.Context(), p), v, id)
	if err != nil {
		a.Log.Error("cannot make the frame of the portal", "error", err)
	}
	if id != nil && id.May(access.PortalBilling) && out.Outside != nil {
		out.Outside.Nav = append(out.Outside.Nav, page.Link{Href: "/portal/invoices", Label: locale.T(locale.With(r.Context(), p), "Invoices")})
	}
	if out.Outside == nil { // never the firm's menu
		out.Outside = &page.Outside{Name: v.Firm, Home: access.PortalPath}
	}
	return out
}

// zone is the firm's time zone.
func (a *App) zone(ctx context.Context) *time.Location {
	firm, err := a.Values.Firm(ctx)
	if err != nil {
		a.Log.Error("cannot read the firm's settings", "error", err)
	}
	return firm.Location()
}
