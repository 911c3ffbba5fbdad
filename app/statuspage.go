// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"mainstay/care/devices"
	"mainstay/care/monitoring"
	"mainstay/care/monitoring/rules"
	"mainstay/desk/portal"
	portalweb "mainstay/desk/portal/web"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
)

// How the parts of status pages are referred to, besides devices (careRef).
const (
	groupRef   = "group-"
	serviceRef = "service-"
	mostShown  = 200 // things to choose from
	mostPast   = 5000
)

// watchable is what of a client a status page can show: groups, services, and what stands there for many.
func (a *App) watchable(ctx context.Context, client ids.ID) (out []portalweb.Watchable, err error) {
	scope := access.OneClient(client)
	groups, err := a.Devices.Groups(ctx, access.WholeFirm())
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		if g.Client == 0 || g.Client == client {
			out = append(out, portalweb.Watchable{Ref: groupRef + g.ID.String(), Name: g.Name, Kind: locale.T(ctx, "Group")})
		}
	}
	services, err := a.Network.All(ctx, scope)
	if err != nil {
		return nil, err
	}
	for _, w := range services {
		out = append(out, portalweb.Watchable{Ref: serviceRef + w.ID.String(), Name: w.Name, Kind: locale.T(ctx, "Service")})
	}
	list, err := a.Devices.Find(ctx, scope, client, devices.Query{})
	if err != nil {
		return nil, err
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(x, y *devices.Device) int { return boolOrder(x.MayBeOff(), y.MayBeOff()) }) // servers before laptops
	for _, d := range list {
		if len(out) < mostShown && d.Agent != "" {
			out = append(out, portalweb.Watchable{Ref: careRef + d.ID.String(), Name: d.Name, Kind: locale.T(ctx, "Device")})
		}
	}
	return out, nil
}

func boolOrder(x, y bool) int {
	switch {
	case x == y:
		return 0
	case y:
		return -1
	}
	return 1
}

// past are the times in which something had trouble.
type past struct{ from, to time.Time }

// thing is a device or a service as a status page sees it.
type thing struct {
	watched monitoring.Device
	made    time.Time
	down    time.Time // since when it has not been heard although it should; zero = it is
}

// healthOf works out status pages of one client.
type healthOf struct {
	a       *App
	now     time.Time
	zone    *time.Location
	bad     map[ids.ID][]past
	open    map[ids.ID]time.Time // since when it has trouble
	windows []monitoring.Window
	next    map[ids.ID]past // of windows, by id: the one that goes on or comes
}

// systemsHealth says how the parts of a client's status page do.
func (a *App) systemsHealth(ctx context.Context, client ids.ID, refs []string) (map[string]portal.PartHealth, error) {
	h := &healthOf{a: a, now: a.Clock.Now(), zone: a.zone(ctx), bad: map[ids.ID][]past{}, open: map[ids.ID]time.Time{}, next: map[ids.ID]past{}}
	scope := access.OneClient(client)
	alerts, err := a.Monitoring.During(ctx, scope, 0, h.now.AddDate(0, 0, -portal.StatusDays), h.now, mostPast)
	if err != nil {
		return nil, err
	}
	for _, x := range alerts {
		if x.Worst < rules.Critical || x.Silenced == monitoring.ByWindow {
			continue
		}
		p := past{x.Began, x.Ended}
		if p.to.IsZero() {
			p.to = h.now
			if since, ok := h.open[x.Device]; x.Level >= rules.Critical && (!ok || x.Began.Before(since)) {
				h.open[x.Device] = x.Began
			}
		}
		h.bad[x.Device] = append(h.bad[x.Device], p)
	}
	if h.windows, err = a.Monitoring.Windows(ctx); err != nil {
		return nil, err
	}
	for _, w := range h.windows {
		h.next[w.ID] = nextOf(w, h.now, a.Monitoring.Zone())
	}
	out := map[string]portal.PartHealth{}
	for _, ref := range refs {
		things, err := h.things(ctx, scope, client, ref)
		if err != nil {
			return nil, err
		}
		if len(things) > 0 {
			out[ref] = h.part(things)
		}
	}
	return out, nil
}

// things are what a reference stands for, none where it is of no use any more.
func (h *healthOf) things(ctx context.Context, scope access.Scope, client ids.ID, ref string) (out []thing, err error) {
	kind, text, _ := strings.Cut(ref, "-")
	id, err := ids.Parse(text)
	if err != nil {
		return nil, nil //nolint:nilerr // written by an older release: it is left out
	}
	var list []*devices.Device
	switch kind + "-" {
	case serviceRef:
		if w, ok := h.a.Network.Look(id); ok && w.Client == client {
			out = append(out, thing{watched: h.a.watchedService(w), made: w.Made})
		}
		return out, nil
	case careRef:
		if d, ok := h.a.Devices.Look(id); ok && scope.Covers(d.Client) && d.Active() {
			list = append(list, d)
		}
	case groupRef:
		groups, err := h.a.Devices.Groups(ctx, access.WholeFirm())
		if err != nil {
			return nil, err
		}
		for _, g := range groups {
			if g.ID == id && (g.Client == 0 || g.Client == client) {
				if list, err = h.a.Devices.Find(ctx, scope, client, g.Query); err != nil {
					return nil, err
				}
			}
		}
	}
	now := h.a.Devices.Now()
	for _, d := range list {
		t := thing{watched: h.a.watched(d), made: clock.FromMicros(d.Made)}
		if d.StateAt(now) == devices.StateOffline && d.Seen > 0 {
			t.down = clock.FromMicros(d.Seen)
		}
		out = append(out, t)
	}
	return out, nil
}

// part puts things together: one that has trouble is some of a group, half of them are the group.
func (h *healthOf) part(list []thing) portal.PartHealth {
	p := portal.PartHealth{Now: portal.Works}
	troubled, quiet := 0, 0
	for _, t := range list {
		since, bad := h.open[t.watched.ID]
		if !t.down.IsZero() && (!bad || t.down.Before(since)) {
			since, bad = t.down, true
		}
		w, planned := h.window(t.watched)
		switch going := planned && !w.from.After(h.now); {
		case going:
			quiet++
			p.Until = later(p.Until, w.to)
		case planned && (p.Next.IsZero() || w.from.Before(p.Next)):
			p.Next, p.NextEnds = w.from, w.to
			fallthrough
		default:
			if bad {
				troubled++
				if p.Since.IsZero() || since.Before(p.Since) {
					p.Since = since
				}
			}
		}
	}
	switch {
	case troubled > 0 && 2*troubled >= len(list):
		p.Now = portal.Troubled
	case troubled > 0:
		p.Now = portal.Partly
	case quiet > 0:
		p.Now = portal.Maintained
	}
	p.Days = h.days(list)
	return p
}

func later(x, y time.Time) time.Time {
	if y.After(x) {
		return y
	}
	return x
}

// window is the maintenance of a thing that goes on, or comes first within a week.
func (h *healthOf) window(d monitoring.Device) (best past, ok bool) {
	places := d.Places()
	for _, w := range h.windows {
		n := h.next[w.ID]
		if !n.from.IsZero() && slices.Contains(places, w.Place) && (!ok || n.from.Before(best.from)) {
			best, ok = n, true
		}
	}
	return best, ok
}

// nextOf finds the time of a window that goes on, or that begins within a week.
func nextOf(w monitoring.Window, now time.Time, zone *time.Location) past {
	const step = 15 * time.Minute
	for at := now; at.Before(now.Add(7 * 24 * time.Hour)); at = at.Truncate(step).Add(step) {
		until, in := w.At(at, zone)
		if !in {
			continue
		}
		for at.After(now) { // windows begin at a minute
			before := at.Add(-time.Minute)
			if _, in := w.At(before, zone); !in || before.Before(now) {
				break
			}
			at = before
		}
		return past{at, until}
	}
	return past{}
}

// days are the last 90 days of things together: of a group the mean, so that one of forty is not the whole.
func (h *healthOf) days(list []thing) []portal.DayHealth {
	out := make([]portal.DayHealth, portal.StatusDays)
	today := civil.DateOf(h.now.In(h.zone))
	for i := range out {
		day := today.AddDays(i - portal.StatusDays + 1)
		begin, end := day.Time(h.zone), day.AddDays(1).Time(h.zone)
		if end.After(h.now) {
			end = h.now
		}
		out[i].Day = day
		var bad time.Duration
		n := 0
		for _, t := range list {
			if !t.made.Before(end) {
				continue
			}
			n++
			bad += covered(h.bad[t.watched.ID], begin, end)
		}
		if n > 0 {
			out[i].Known, out[i].Bad = true, bad/time.Duration(n)
		}
	}
	return out
}

// covered is how much of a time some spans cover together.
func covered(list []past, from, to time.Time) (sum time.Duration) {
	var parts []past
	for _, p := range list {
		if p.from.Before(from) {
			p.from = from
		}
		if p.to.After(to) {
			p.to = to
		}
		if p.to.After(p.from) {
			parts = append(parts, p)
		}
	}
	slices.SortFunc(parts, func(a, b past) int { return a.from.Compare(b.from) })
	end := from
	for _, p := range parts {
		if p.from.Before(end) {
			p.from = end
		}
		if p.to.After(p.from) {
			sum += p.to.Sub(p.from)
			end = p.to
		}
	}
	return sum
}
