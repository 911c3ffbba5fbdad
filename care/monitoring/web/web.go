// SPDX-License-Identifier: Apache-2.0

// Package web has the pages of monitoring: the inbox of alerts, an alert, rules with their inheritance and trial, maintenance
// and mutes, and who is called.
package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/care/monitoring"
	"mainstay/care/monitoring/rules"
	"mainstay/kit/access"
	"mainstay/kit/bus"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/clients"
)

// Handlers serve the pages.
type Handlers struct {
	Monitoring *monitoring.Service
	Clients    *clients.Service
	Bus        *bus.Bus
	Clock      clock.Clock
	// Groups lists the groups of devices; nil = there are none.
	Groups func(ctx context.Context) (map[ids.ID]Group, error)
	// Device gives a device, and the page about it.
	Device func(id ids.ID) (d monitoring.Device, link string, ok bool)
}

// Mount registers the pages with their permissions.
func (h *Handlers) Mount(r *access.Router) {
	on := func(pattern string, need access.Permission, f func(http.ResponseWriter, *http.Request) error) {
		r.Handle(pattern, need, page.Handler(f))
	}
	on("GET /alerts", access.AlertsRead, h.inbox)
	on("GET /alerts/events", access.AlertsRead, h.events)
	on("POST /alerts/bulk", access.AlertsWrite, h.bulk)
	on("GET /alerts/{id}", access.AlertsRead, h.show)
	on("POST /alerts/{id}/act", access.AlertsWrite, h.act)
	on("GET /alerts/rules", access.AlertsRead, h.policy)
	on("GET /alerts/rules/edit", access.AlertsRules, h.editRule)
	on("POST /alerts/rules/save", access.AlertsRules, h.saveRule)
	on("POST /alerts/rules/off", access.AlertsRules, h.switchOff)
	on("POST /alerts/rules/drop", access.AlertsRules, h.dropRule)
	on("GET /alerts/rules/trial/{id}", access.AlertsRules, h.trial)
	on("GET /alerts/rules/trial/{id}/events", access.AlertsRules, h.trialEvents)
	on("GET /alerts/quiet", access.AlertsRead, h.quiet)
	on("POST /alerts/windows", access.AlertsWrite, h.addWindow)
	on("POST /alerts/windows/drop", access.AlertsWrite, h.dropWindow)
	on("POST /alerts/mutes", access.AlertsWrite, h.addMute)
	on("POST /alerts/mutes/drop", access.AlertsWrite, h.dropMute)
	h.mountChecks(on)
	h.mountOnCall(on)
}

func scope(r *http.Request) access.Scope { return access.From(r.Context()).Scope() }

func may(ctx context.Context, p access.Permission) bool { return access.From(ctx).May(p) }

func (h *Handlers) words(ctx context.Context) monitoring.Words { return h.Monitoring.WordsFor(ctx) }

// tabs lead to the four pages.
func tabs(ctx context.Context, at string) page.Tabs {
	t := func(key string) string { return locale.T(ctx, key) }
	return page.Tabs{Label: t(locale.Key("Alerts")), Items: []page.Tab{
		{Label: t(locale.Key("Inbox")), Href: "/alerts", Current: at == "inbox"},
		{Label: t(locale.Key("Rules")), Href: "/alerts/rules", Current: at == "rules"},
		{Label: t(locale.Key("Checks")), Href: "/alerts/checks", Current: at == "checks"},
		{Label: t(locale.Key("Maintenance and mutes")), Href: "/alerts/quiet", Current: at == "quiet"},
		{Label: t(locale.Key("Who is called")), Href: "/alerts/on-call", Current: at == "on-call"},
	}}
}

// Group is a group of devices: its name, and whose it is, 0 = the firm's.
type Group struct {
	Name   string
	Client ids.ID
}

// names are the words behind ids that a page shows.
type names struct {
	clients map[ids.ID]string
	sites   map[ids.ID]clients.SiteName
	groups  map[ids.ID]Group
	device  func(ids.ID) (monitoring.Device, string, bool)
}

// know reads the names of clients, sites and groups.
func (h *Handlers) know(ctx context.Context) (n names, err error) {
	n.clients, n.sites, n.groups, n.device = map[ids.ID]string{}, map[ids.ID]clients.SiteName{}, map[ids.ID]Group{}, h.Device
	for q := (clients.Query{Limit: 500}); len(n.clients) < 5000; {
		list, err := h.Clients.List(ctx, access.From(ctx).Scope(), q)
		if err != nil {
			return n, err
		}
		for _, c := range list.Rows {
			n.clients[c.ID] = c.Name
		}
		if q.After = list.Next; q.After == "" {
			break
		}
	}
	if h.Groups != nil {
		if n.groups, err = h.Groups(ctx); err != nil {
			return n, err
		}
	}
	sites, err := h.Clients.SiteNames(ctx, access.From(ctx).Scope())
	if err != nil {
		return n, err
	}
	for _, x := range sites {
		n.sites[x.ID] = x
	}
	return n, nil
}

// place names a place; data says that a person typed the name.
func (n names) place(ctx context.Context, p monitoring.Place) (text string, data bool) {
	switch p.Level {
	case monitoring.ByShipped:
		return locale.T(ctx, "As shipped"), false
	case monitoring.ByFirm:
		return locale.T(ctx, "Whole firm"), false
	case monitoring.ByClient:
		if name, ok := n.clients[p.ID]; ok {
			return name, true
		}
	case monitoring.BySite:
		if x, ok := n.sites[p.ID]; ok {
			return n.site(x), true
		}
	case monitoring.ByGroup:
		if g, ok := n.groups[p.ID]; ok {
			return n.group(g), true
		}
	case monitoring.ByDevice:
		if d, _, ok := n.device(p.ID); ok {
			return d.Name, true
		}
	}
	return locale.T(ctx, "not there any more"), false
}

func levelName(ctx context.Context, l monitoring.Level) string {
	switch l {
	case monitoring.ByShipped:
		return locale.T(ctx, "As shipped")
	case monitoring.ByFirm:
		return locale.T(ctx, "Whole firm")
	case monitoring.ByClient:
		return locale.T(ctx, "Client")
	case monitoring.BySite:
		return locale.T(ctx, "Site")
	case monitoring.ByGroup:
		return locale.T(ctx, "Group")
	}
	return locale.T(ctx, "Device")
}

func (n names) site(x clients.SiteName) string { return n.clients[x.Client] + " · " + x.Name }

func (n names) group(g Group) string {
	if g.Client == 0 {
		return g.Name
	}
	return n.clients[g.Client] + " · " + g.Name
}

// options are the places that a form offers: the firm, its clients, the sites of those that have several, groups, and what is chosen.
func (n names) options(ctx context.Context, chosen monitoring.Place) (out []page.Option) {
	add := func(l monitoring.Level, m map[ids.ID]string) {
		list := make([]page.Option, 0, len(m))
		for id, name := range m {
			list = append(list, page.Option{Value: placeText(monitoring.Place{Level: l, ID: id}), Label: levelName(ctx, l) + ": " + name, Data: true})
		}
		slices.SortFunc(list, func(a, b page.Option) int { return strings.Compare(strings.ToLower(a.Label), strings.ToLower(b.Label)) })
		out = append(out, list...)
	}
	out = append(out, page.Option{Value: placeText(monitoring.Place{Level: monitoring.ByFirm}), Label: levelName(ctx, monitoring.ByFirm)})
	add(monitoring.ByClient, n.clients)
	several, sites, groups := map[ids.ID]int{}, map[ids.ID]string{}, map[ids.ID]string{}
	for _, x := range n.sites {
		several[x.Client]++
	}
	for id, x := range n.sites {
		if several[x.Client] > 1 {
			sites[id] = n.site(x)
		}
	}
	for id, g := range n.groups {
		groups[id] = n.group(g)
	}
	add(monitoring.BySite, sites)
	add(monitoring.ByGroup, groups)
	if v := placeText(chosen); chosen.Level != "" && !slices.ContainsFunc(out, func(o page.Option) bool { return o.Value == v }) {
		name, _ := n.place(ctx, chosen)
		out = append(out, page.Option{Value: v, Label: levelName(ctx, chosen.Level) + ": " + name, Data: true})
	}
	return out
}

// placeText is a place in a form or an address: "client:ID".
func placeText(p monitoring.Place) string {
	if p.Level == monitoring.ByFirm || p.Level == "" {
		return string(monitoring.ByFirm)
	}
	return string(p.Level) + ":" + p.ID.String()
}

// placeOf is the inverse; "" is the firm.
func placeOf(s string) (monitoring.Place, error) {
	level, id, ok := strings.Cut(s, ":")
	if !ok {
		if s == "" || s == string(monitoring.ByFirm) {
			return monitoring.Place{Level: monitoring.ByFirm}, nil
		}
		return monitoring.Place{}, fault.NewInvalid("%q is not one of the choices.", s).On("place")
	}
	x, err := ids.Parse(id)
	if err != nil || !slices.Contains(monitoring.Levels(), monitoring.Level(level)) {
		return monitoring.Place{}, fault.NewInvalid("%q is not one of the choices.", s).On("place")
	}
	return monitoring.Place{Level: monitoring.Level(level), ID: x}, nil
}

// above are the places from the firm to p, as far as they are known.
func (n names) above(p monitoring.Place, d monitoring.Device) []monitoring.Place {
	firm, of := monitoring.Place{Level: monitoring.ByFirm}, ids.ID(0)
	switch p.Level {
	case monitoring.ByFirm:
		return []monitoring.Place{firm}
	case monitoring.ByDevice:
		return d.Places()
	case monitoring.BySite:
		of = n.sites[p.ID].Client
	case monitoring.ByGroup:
		of = n.groups[p.ID].Client
	}
	if of != 0 {
		return []monitoring.Place{firm, {Level: monitoring.ByClient, ID: of}, p}
	}
	return []monitoring.Place{firm, p}
}

func idOf(s string) (ids.ID, error) {
	if s == "" {
		return 0, nil
	}
	id, err := ids.Parse(s)
	if err != nil {
		return 0, fault.NewInvalid("%q is not one of the choices.", s)
	}
	return id, nil
}

func tone(l rules.Level) page.Tone {
	switch l {
	case rules.Critical:
		return page.Bad
	case rules.Warning:
		return page.Warn
	}
	return page.Good
}

func stateName(ctx context.Context, s monitoring.State) string {
	switch s {
	case monitoring.Open:
		return locale.T(ctx, "is open")
	case monitoring.Acknowledged:
		return locale.T(ctx, "acknowledged")
	case monitoring.Snoozed:
		return locale.T(ctx, "put off")
	}
	return locale.T(ctx, "over")
}

func silenceName(ctx context.Context, s monitoring.Silence) string {
	switch s {
	case monitoring.ByWindow:
		return locale.T(ctx, "silent: maintenance")
	case monitoring.ByMute:
		return locale.T(ctx, "silent: muted")
	case monitoring.Behind:
		return locale.T(ctx, "silent: behind a device that is down")
	}
	return ""
}

// moment reads the value of a datetime-local field on the reader's wall clock.
func moment(ctx context.Context, s, field string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	for _, layout := range []string{"2006-01-02T15:04", "2006-01-02T15:04:05"} {
		if t, err := time.ParseInLocation(layout, s, locale.From(ctx).Zone()); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fault.NewInvalid("Enter a day and a time.").On(field)
}

func momentText(ctx context.Context, t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.In(locale.From(ctx).Zone()).Format("2006-01-02T15:04")
}

// minuteOf reads a time of the day.
func minuteOf(s, field string) (int, error) {
	t, err := time.Parse("15:04", s)
	if err != nil {
		return 0, fault.NewInvalid("Enter a time of the day.").On(field)
	}
	return t.Hour()*60 + t.Minute(), nil
}

func minuteText(m int) string {
	return time.Date(2000, 1, 1, m/60, m%60, 0, 0, time.UTC).Format("15:04")
}

func whole(s, field string) (int, error) {
	if s = strings.TrimSpace(s); s == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 1_000_000 {
		return 0, fault.NewInvalid("Enter a whole number.").On(field)
	}
	return n, nil
}

func formOf(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		return fault.NewInvalid("The form cannot be read.").Because(err)
	}
	return nil
}

// backTo is the page that a form names, or another one of ours.
func backTo(r *http.Request, other string) string {
	if b := page.Local(r.PostFormValue("back")); r.PostFormValue("back") != "" {
		return b
	}
	return other
}
