// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"net/http"
	"strings"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/mailroom"
	"mainstay/kit/access"
	accessweb "mainstay/kit/access/web"
	"mainstay/kit/config"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/worklog"
)

// view makes what the shell shows around the page of one request, and the reader's printer.
func (a *App) view(r *http.Request) (page.View, locale.Printer) {
	ctx := r.Context()
	firm, err := a.Values.Firm(ctx)
	if err != nil {
		a.Log.Error("cannot read the firm's settings", "error", err)
	}
	id := access.From(ctx)
	p := printerFor(firm, id, r.Header.Get("Accept-Language"))
	if tag := locale.Tag(r.URL.Query().Get("lang")); tag.Known() { // a link can carry a language
		p = locale.New(tag, p.Zone())
	}
	v := page.View{Firm: firm.Name, Demo: firm.Demo, Version: Version, NoSearch: id == nil || id.Lacks != access.LacksNothing}
	if v.Firm == "" {
		v.Firm = "Mainstay"
	}
	if access.InPortal(r.URL.Path) {
		return a.outsideView(r, v, p, id), p
	}
	if id == nil {
		return v, p
	}
	v.Person = page.Person{Name: id.Name, Role: roleName(p, id.Role)}
	v.Account, v.SignOut = "/account", "/sign-out"
	if id.Theme != "" {
		v.Theme = page.Theme(id.Theme)
	}
	v.Nav = a.menu(locale.With(ctx, p), id)
	if a.notices != nil && id.Lacks == access.LacksNothing && !id.ByToken {
		if v.Bell, err = a.notices.Bell(locale.With(ctx, p), id.User); err != nil {
			a.Log.Error("cannot count what a person has not read", "error", err)
		}
	}
	if id.Notices > 0 && !strings.HasPrefix(r.URL.Path, "/account") { // the pages of the account show them whole
		news, err := a.Access.Notices(ctx)
		if err != nil {
			a.Log.Error("cannot read the notices of an account", "error", err)
		}
		if len(news) > 0 {
			v.Notices = append(v.Notices, accessweb.Banner(locale.With(ctx, p), news))
		}
	}
	return v, p
}

// printerFor chooses language, region and time zone: the person's, else the browser's for the
// language and the firm's for the rest.
func printerFor(firm config.Firm, id *access.Identity, accept string) locale.Printer {
	fallback := locale.EnUS
	if t := locale.Tag(firm.Language); t.Known() {
		fallback = t
	}
	tag := locale.Negotiate(accept, fallback)
	zone := firm.Location()
	if id != nil {
		if t := locale.Tag(id.Language); t.Known() {
			tag = t
		}
		if loc, err := time.LoadLocation(id.Zone); err == nil && id.Zone != "" {
			zone = loc
		}
	}
	return locale.New(tag, zone)
}

// entry is a link of the menu with the permission that its page needs.
type entry struct {
	need access.Permission
	link page.Link
}

// menu lists what a person may open. Labels, addresses and folders of the tree share their
// nouns.
func (a *App) menu(ctx context.Context, id *access.Identity) []page.Section {
	t := func(key string) string { return locale.T(ctx, key) }
	sections := []struct {
		label   string
		entries []entry
	}{
		{"", []entry{
			{access.TicketsRead, page.Link{Href: "/today", Icon: "calendar-check", Label: t(locale.Key("Today"))}},
			{access.TicketsRead, a.ticketsLink(ctx)},
			{access.AlertsRead, a.alertsLink(ctx)},
			{access.DevicesRead, a.devicesLink(ctx)},
			{access.NetworkRead, a.networksLink(ctx)},
			{access.NetworkRead, a.servicesLink(ctx)},
			{access.TicketsRead, page.Link{Href: "/dispatch", Icon: "calendar-clock", Label: t(locale.Key("Dispatch"))}},
			{access.TicketsWrite, a.mailLink(ctx)},
			{access.JourneyRead, page.Link{Href: "/journey", Icon: "compass", Label: t(locale.Key("Journey"))}},
			{access.ClientsRead, page.Link{Href: "/clients", Icon: "users", Label: t(locale.Key("Clients")), Count: a.clientCount(ctx)}},
			{access.WorklogRead, a.timeLink(ctx, id)},
			{access.KnowledgeRead, page.Link{Href: "/knowledge", Icon: "lightbulb", Label: t(locale.Key("Knowledge"))}},
			{access.SecretsRead, page.Link{Href: "/credentials", Icon: "key-round", Label: t(locale.Key("Credentials"))}},
			{access.KnowledgeRead, a.expiringLink(ctx)},
		}},
		{t(locale.Key("Money")), []entry{
			{access.CatalogueRead, page.Link{Href: "/catalogue", Icon: "package", Label: t(locale.Key("Catalogue"))}},
			{access.AgreementsRead, page.Link{Href: "/quotes", Icon: "file-text", Label: t(locale.Key("Quotes"))}},
			{access.AgreementsRead, page.Link{Href: "/agreements", Icon: "handshake", Label: t(locale.Key("Agreements"))}},
			{access.BillingRead, page.Link{Href: "/billing", Icon: "receipt-text", Label: t(locale.Key("Billing"))}},
			{access.BillingRead, page.Link{Href: "/insight", Icon: "chart-column", Label: t(locale.Key("Insight"))}},
			{access.BillingRead, a.paymentsLink(ctx)},
			{access.BillingRead, page.Link{Href: "/reconciliation", Icon: "scale", Label: t(locale.Key("Reconciliation"))}},
		}},
		{t(locale.Key("Business")), []entry{
			{access.JourneyRead, page.Link{Href: "/transition", Icon: "route", Label: t(locale.Key("Transition"))}},
			{access.BooksRead, page.Link{Href: "/books", Icon: "book-open", Label: t(locale.Key("Books"))}},
		}},
		{t(locale.Key("Firm")), []entry{
			{access.FirmManage, page.Link{Href: "/firm", Icon: "settings", Label: t(locale.Key("Settings"))}},
			{access.DeskManage, page.Link{Href: "/desk", Icon: "life-buoy", Label: t(locale.Key("Helpdesk"))}},
			{access.DeskManage, page.Link{Href: "/mailboxes", Icon: "inbox", Label: t(locale.Key("Mailboxes"))}},
			{access.DeskManage, page.Link{Href: "/portal-settings", Icon: "globe", Label: t(locale.Key("Client portal"))}},
			{access.FirmManage, page.Link{Href: "/webhooks", Icon: "webhook", Label: t(locale.Key("Webhooks"))}},
			{access.UsersManage, page.Link{Href: "/people", Icon: "user-plus", Label: t(locale.Key("People and roles"))}},
			{access.AuditRead, page.Link{Href: "/audit", Icon: "shield-check", Label: t(locale.Key("Audit trail"))}},
		}},
	}
	var out []page.Section
	for _, s := range sections {
		var links []page.Link
		for _, e := range s.entries {
			if id.May(e.need) {
				links = append(links, e.link)
			}
		}
		if len(links) > 0 {
			out = append(out, page.Section{Label: s.label, Links: links})
		}
	}
	return out
}

// mailLink counts the mails that wait for a decision.
func (a *App) mailLink(ctx context.Context) page.Link {
	l := page.Link{Href: "/mail", Icon: "mail", Label: locale.T(ctx, "Mail")}
	n, err := a.Mail.Count(ctx, mailroom.Review)
	if err != nil {
		a.Log.Error("cannot count the mails to review", "error", err)
	}
	if n > 0 {
		l.Count, l.Hot = locale.From(ctx).Number(n), true
	}
	return l
}

// ticketsLink counts the unfinished tickets.
func (a *App) ticketsLink(ctx context.Context) page.Link {
	l := page.Link{Href: "/tickets", Icon: "ticket", Label: locale.T(ctx, "Tickets")}
	n, err := a.Desk.Count(ctx, access.From(ctx).Scope(), helpdesk.Query{States: []helpdesk.State{helpdesk.StateNew, helpdesk.StateOpen, helpdesk.StateWaiting}})
	if err == nil && n[0] > 0 {
		l.Count = locale.From(ctx).Number(int64(n[0]))
	}
	return l
}

// paymentsLink counts the bookings of the bank that wait for a decision.
func (a *App) paymentsLink(ctx context.Context) page.Link {
	l := page.Link{Href: "/payments", Icon: "coins", Label: locale.T(ctx, "Payments")}
	n, err := a.Payments.CountBookings(ctx)
	if err != nil {
		a.Log.Error("cannot count the bookings to review", "error", err)
	}
	if n > 0 {
		l.Count = locale.From(ctx).Number(n)
	}
	return l
}

// timeLink leads to the person's week; while their timer runs it shows for how long.
func (a *App) timeLink(ctx context.Context, id *access.Identity) page.Link {
	l := page.Link{Href: "/time", Icon: "clock", Label: locale.T(ctx, "Time")}
	if t, err := a.Work.Running(ctx, id.User); err != nil {
		a.Log.Error("cannot read a timer", "error", err)
	} else if t != nil {
		l.Count, l.Hot = worklog.Clock(t.Minutes()), true
	}
	return l
}

// expiringLink counts what runs out within a month, or has.
func (a *App) expiringLink(ctx context.Context) page.Link {
	l := page.Link{Href: "/expiring", Icon: "hourglass", Label: locale.T(ctx, "What runs out")}
	n, err := a.Know.CountDue(ctx, access.From(ctx).Scope(), a.Know.Today()+31)
	if err != nil {
		a.Log.Error("cannot count what runs out", "error", err)
	}
	if n > 0 {
		l.Count = locale.From(ctx).Number(int64(n))
	}
	return l
}

func (a *App) clientCount(ctx context.Context) string {
	n, err := a.Clients.Count(ctx, "active")
	if err != nil || n == 0 {
		return ""
	}
	return locale.From(ctx).Number(n)
}

func roleName(p locale.Printer, r access.Role) string {
	switch r {
	case access.Owner:
		return p.T("Owner")
	case access.Manager:
		return p.T("Manager")
	case access.Technician:
		return p.T("Technician")
	case access.Billing:
		return p.T("Billing")
	}
	return p.T("Read-only")
}
