// SPDX-License-Identifier: Apache-2.0

package app

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"
	"sync"
	"time"

	"mainstay/care/devices"
	"mainstay/care/monitoring"
	monitoringweb "mainstay/care/monitoring/web"
	"mainstay/care/network"
	"mainstay/desk/helpdesk"
	"mainstay/desk/mailroom"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/notify"
	"mainstay/kit/page"
	"mainstay/kit/series"
	"mainstay/kit/webhook"
	"mainstay/kit/wire"
)

// groupsOf remembers which groups a device belongs to, and as what monitoring knows it.
type groupsOf struct {
	mu   sync.RWMutex
	of   map[ids.ID][]ids.ID
	last map[ids.ID]monitoring.Device
}

// buildMonitoring makes what watches devices. It comes after all that it tells.
func (a *App) buildMonitoring(zone *time.Location) {
	a.groups = &groupsOf{of: map[ids.ID][]ids.ID{}, last: map[ids.ID]monitoring.Device{}}
	a.Monitoring = monitoring.New(monitoring.Parts{
		DB: a.DB, Clock: a.Clock, Zone: zone, IDs: a.IDs, Access: a.Access, Jobs: a.Jobs, Bus: a.Bus, Desk: a.Desk, Blobs: a.Blobs, Sealer: a.sealer,
		Poster: webhook.NewPoster(a.Config.WebhooksPrivate, "Mainstay/"+Version), Log: a.Log, URL: a.PublicURL(),
		Device: a.watchedBy, Devices: a.eachWatched,
		History: a.history, Changes: a.deviceChanges, DeviceRef: a.alertRef, Said: a.alertSaid, Away: a.away,
		Printer: a.firmPrinter, CanSend: a.Mail.CanSend,
		Post: func(ctx context.Context, tx *sql.Tx, l monitoring.Letter) error {
			return a.Mail.Post(ctx, tx, mailroom.Letter{To: l.To, Subject: l.Subject, Body: l.Body})
		},
		Tell:      a.tellOfAlert,
		Configure: func(device ids.ID, _ int64) { a.tellConfig(context.Background(), device) }, // what it looks at for others belongs to its revision
	})
	a.Monitoring.Engine.Checked = a.checks.add
	a.Monitoring.Listen(a.emitAlert)
	a.Desk.Listen(a.Monitoring.TicketHappened)
}

// watched is a device as monitoring knows it.
func (a *App) watched(d *devices.Device) monitoring.Device {
	a.groups.mu.RLock()
	groups := a.groups.of[d.ID]
	a.groups.mu.RUnlock()
	out := monitoring.Device{
		ID: d.ID, Client: d.Client, Site: d.Site, Behind: d.Parent, Groups: groups, Name: d.Name, Kind: string(d.Kind), OS: d.OS, MayBeOff: d.MayBeOff() || d.Agent == "", // silence of what is asked is its asker's
		Quiet: !d.Active() || !d.Watched() && !a.Network.Heard(d.ID),
	}
	if d.Seen > 0 {
		out.Seen = clock.FromMicros(d.Seen)
	}
	return out
}

// watchEstate tells monitoring of devices that changed, once a minute, until ctx ends.
func (a *App) watchEstate(ctx context.Context) {
	t := time.NewTicker(time.Minute)
	defer t.Stop()
	for {
		if err := a.lookAtDevices(ctx); err != nil && ctx.Err() == nil {
			a.Log.Error("cannot look which devices are watched", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// lookAtDevices compares what devices are with what monitoring knows.
func (a *App) lookAtDevices(ctx context.Context) error {
	groups, err := a.Devices.Groups(ctx, access.WholeFirm())
	if err != nil {
		return err
	}
	of := map[ids.ID][]ids.ID{}
	for _, g := range groups {
		list, err := a.Devices.Find(ctx, access.WholeFirm(), g.Client, g.Query)
		if err != nil {
			return err
		}
		for _, d := range list {
			of[d.ID] = append(of[d.ID], g.ID)
		}
	}
	a.groups.mu.Lock()
	a.groups.of = of
	a.groups.mu.Unlock()
	list, err := a.Devices.All(ctx, access.WholeFirm())
	if err != nil {
		return err
	}
	next := make(map[ids.ID]monitoring.Device, len(list))
	for _, d := range list {
		w := a.watched(d)
		w.Seen = time.Time{}
		next[d.ID] = w
		was, known := a.groups.last[d.ID]
		switch {
		case known && sameWatched(was, w):
		case !known: // what it sent first was judged before anybody looked at its groups
			a.Monitoring.Engine.Forget(d.ID)
		case w.Quiet && !was.Quiet:
			if err := a.Monitoring.DeviceGone(ctx, d.ID); err != nil {
				return err
			}
		case w.Client != was.Client:
			if err := a.Monitoring.DeviceMoved(ctx, d.ID); err != nil {
				return err
			}
		default:
			a.Monitoring.Engine.Forget(d.ID)
		}
	}
	a.groups.last = next
	return nil
}

func sameWatched(a, b monitoring.Device) bool {
	return a.Client == b.Client && a.Site == b.Site && a.Behind == b.Behind && a.Name == b.Name && a.Kind == b.Kind && a.MayBeOff == b.MayBeOff && a.Quiet == b.Quiet && slices.Equal(a.Groups, b.Groups)
}

// history gives the stored values of a device's series, at most one for each step.
func (a *App) history(ctx context.Context, device ids.ID, text string, from, to time.Time, step time.Duration) (out []monitoring.Point, err error) {
	if err := a.Series.Ready(); err != nil {
		return nil, err
	}
	name, labels, err := wire.ParseSeries(text)
	if err != nil {
		return nil, nil // no agent's: nothing is stored under it
	}
	match := []*series.Matcher{series.Is(series.NameLabel, name), series.Is(series.DeviceLabel, device.String())}
	for _, l := range labels {
		match = append(match, series.Is(l.Name, l.Value))
	}
	apart := step.Milliseconds() - 1000
	err = a.Series.Select(ctx, series.Everything(), match, from, to, func(line series.Line) error {
		last := int64(0)
		for _, p := range line.Points {
			if p.At-last >= apart && p.V == p.V {
				out, last = append(out, monitoring.Point{At: p.At, Value: p.V}), p.At
			}
		}
		return nil
	})
	// A device that was moved to another client has a series for each: what they say together is what it measured.
	slices.SortStableFunc(out, func(a, b monitoring.Point) int { return cmp.Compare(a.At, b.At) })
	last := int64(0)
	out = slices.DeleteFunc(out, func(p monitoring.Point) bool {
		if p.At-last < apart {
			return true
		}
		last = p.At
		return false
	})
	return out, err
}

// deviceChanges says in words what changed on a device.
func (a *App) deviceChanges(ctx context.Context, device ids.ID, since time.Time) (out []string, err error) {
	if device = a.machineOf(device); device == 0 {
		return nil, nil
	}
	list, err := a.Devices.Changes(ctx, access.WholeFirm(), device, clock.Micros(since), clock.Micros(a.Clock.Now())+1, 21)
	if err != nil {
		return nil, err
	}
	p := a.firmPrinter(ctx)
	for _, c := range list {
		at := p.DateTime(clock.FromMicros(c.At))
		switch c.What {
		case devices.Added:
			out = append(out, p.T("%[1]s: %[2]s came, %[3]s", at, c.Item, c.After))
		case devices.Removed:
			out = append(out, p.T("%[1]s: %[2]s is gone, it was %[3]s", at, c.Item, c.Before))
		default:
			out = append(out, p.T("%[1]s: %[2]s changed from “%[3]s” to “%[4]s”", at, c.Item, c.Before, c.After))
		}
	}
	return out, nil
}

// keepCheckValues stores what checks measured, as the series check_<name>.
func (a *App) keepCheckValues(ctx context.Context, d *devices.Device, results []wire.Result) error {
	var b series.Batch
	for _, r := range results {
		for name, v := range r.Values {
			handle, err := a.checkLanes.series(a.Series, d, r.Check, name)
			if err != nil {
				return err
			}
			if handle != nil {
				b.Add(handle, r.At/1000, v)
			}
		}
	}
	if b.Len() == 0 {
		return nil
	}
	_, err := a.Series.Commit(ctx, &b)
	return err
}

// Events of monitoring that other programs can subscribe to.
const (
	eventAlertOpened       = "alert.opened"
	eventAlertChanged      = "alert.changed"
	eventAlertAcknowledged = "alert.acknowledged"
	eventAlertResolved     = "alert.resolved"
)

// AlertEvent is the payload of events about alerts.
type AlertEvent struct {
	ID       string     `json:"id"`
	Version  int64      `json:"version"`
	State    string     `json:"state" enum:"open,acknowledged,snoozed,resolved"`
	Level    string     `json:"level" enum:"warning,critical"`
	Rule     string     `json:"rule" doc:"Short name of the rule"`
	Title    string     `json:"title" doc:"What it is, in the firm's language"`
	Evidence string     `json:"evidence" doc:"What was measured, in the firm's language"`
	Series   string     `json:"series,omitempty"`
	Device   string     `json:"device" doc:"Id of the device"`
	Name     string     `json:"deviceName"`
	Client   string     `json:"client" doc:"Id of the client"`
	Ticket   string     `json:"ticket,omitempty" doc:"Id of the ticket"`
	Silenced string     `json:"silenced,omitempty" enum:"window,mute,behind" doc:"Why it makes no noise"`
	Began    time.Time  `json:"began"`
	Ended    *time.Time `json:"ended,omitempty"`
	URL      string     `json:"url"`
}

// emitAlert tells other programs what became of an alert, in its transaction.
func (a *App) emitAlert(ctx context.Context, tx *sql.Tx, h monitoring.Happening) error {
	code := map[string]string{
		"opened": eventAlertOpened, "reopened": eventAlertOpened, "worse": eventAlertChanged, "better": eventAlertChanged, "ticket": eventAlertChanged,
		"snoozed": eventAlertChanged, "woken": eventAlertChanged, "acknowledged": eventAlertAcknowledged, "resolved": eventAlertResolved,
	}[h.What]
	if code == "" {
		return nil
	}
	return a.Webhooks.Emit(ctx, tx, code, func() (any, error) {
		x, w := h.Alert, monitoring.Words{P: a.firmPrinter(ctx)}
		e := AlertEvent{
			ID: x.ID.String(), Version: x.Version, State: string(x.State), Level: "warning", Rule: x.Watch.Key, Title: w.Title(x), Evidence: w.Evidence(x), Series: x.Series,
			Device: x.Device.String(), Name: x.Name, Client: x.Client.String(), Ticket: idText(x.Ticket), Silenced: string(x.Silenced), Began: x.Began, URL: a.PublicURL() + "/alerts/" + x.ID.String(),
		}
		if x.Level == 2 {
			e.Level = "critical"
		}
		if !x.Ended.IsZero() {
			e.Ended = &x.Ended
		}
		return e, nil
	})
}

const newsAlert = "alert"

// tellOfAlert tells people of an alert: those who are called, or where nobody is everybody who wants to hear of alerts.
func (a *App) tellOfAlert(ctx context.Context, tx *sql.Tx, n monitoring.News) error {
	w := monitoring.Words{P: a.firmPrinter(ctx)}
	x := n.Alert
	return a.Notify.Tell(ctx, tx, notify.News{
		Kind: newsAlert, About: "alert/" + x.ID.String(), Link: "/alerts/" + x.ID.String(), Once: n.Once, To: n.To, All: len(n.To) == 0,
		Data: newsData{Subject: cutText(x.Name+": "+w.Title(x), 120), Text: w.Evidence(x), Breach: x.Level == 2},
	})
}

func cutText(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "…"
	}
	return s
}

// careRef begins the reference of a device that has a record of its own.
const careRef = "device-"

// careDevices are devices of the estate as the helpdesk shows them.
func (a *App) careDevices(ctx context.Context, list []*devices.Device) []helpdesk.Device {
	out := make([]helpdesk.Device, len(list))
	for i, d := range list {
		out[i] = helpdesk.Device{Ref: careRef + d.ID.String(), Name: d.Name, Note: strings.Join(strings.Fields(d.OS+" "+d.Model), " "), Link: "/devices/" + d.ID.String()}
		if !access.From(ctx).May(access.AlertsRead) {
			out[i].Link = ""
		}
	}
	return out
}

// alertsLink counts the open alerts that make noise; a critical one makes it stand out.
func (a *App) alertsLink(ctx context.Context) page.Link {
	l := page.Link{Href: "/alerts", Icon: "activity", Label: locale.T(ctx, "Alerts")}
	no := false
	q := monitoring.Query{States: []monitoring.State{monitoring.Open}, Silenced: &no}
	n, err := a.Monitoring.Count(ctx, access.From(ctx).Scope(), q)
	if err == nil && n > 0 {
		q.Level = 2
		var bad int64
		bad, err = a.Monitoring.Count(ctx, access.From(ctx).Scope(), q)
		l.Count, l.Hot = locale.From(ctx).Number(n), bad > 0
	}
	if err != nil {
		a.Log.Error("cannot count the alerts", "error", err)
	}
	return l
}

// alertPages are the pages of monitoring.
func (a *App) alertPages() *monitoringweb.Handlers {
	return &monitoringweb.Handlers{
		Monitoring: a.Monitoring, Clients: a.Clients, Bus: a.Bus, Clock: a.Clock,
		Groups: func(ctx context.Context) (map[ids.ID]monitoringweb.Group, error) {
			list, err := a.Devices.Groups(ctx, access.From(ctx).Scope())
			out := map[ids.ID]monitoringweb.Group{}
			for _, g := range list {
				out[g.ID] = monitoringweb.Group{Name: g.Name, Client: g.Client}
			}
			return out, err
		},
		Device: func(id ids.ID) (monitoring.Device, string, bool) {
			d, ok := a.watchedBy(id)
			if d.Kind == network.ServiceKind {
				return d, "/services/" + id.String(), ok
			}
			return d, "/devices/" + id.String(), ok
		},
	}
}
