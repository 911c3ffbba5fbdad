// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"time"

	"github.com/a-h/templ"

	"mainstay/care/devices"
	"mainstay/care/monitoring"
	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page/chart"
	"mainstay/kit/series"
)

// drawn is what a device's page draws of the last day: a measure, of whose series the largest or the only one is shown.
type drawn struct {
	Title string
	Graph *chart.Timeline
}

// chartsPanel draws the last day of a device.
func (a *App) chartsPanel(ctx context.Context, d *devices.Device) (templ.Component, error) {
	if !d.Watched() {
		return nil, nil //nolint:nilnil // a nil component shows nothing
	}
	if a.Series.Ready() != nil {
		return chartsWait(), nil
	}
	p := locale.From(ctx)
	percent := func(v float64) string { return p.Percent(v, 0) }
	bytes := func(v float64) string { return monitoring.Words{P: p}.Value("system_network_io_bytes_total", v) }
	var list []drawn
	for _, x := range []struct {
		title, name string
		format      func(float64) string
	}{
		{locale.T(ctx, "Processor"), "system_cpu_utilization_ratio", percent},
		{locale.T(ctx, "Memory"), "system_memory_utilization_ratio", percent},
		{locale.T(ctx, "Fullest volume"), "system_filesystem_utilization_ratio", percent},
		{locale.T(ctx, "Busiest network direction"), "system_network_io_bytes_total", bytes},
	} {
		g, err := a.drawLast(ctx, d, x.name, x.title, x.format)
		if fault.Is(err, fault.Busy) {
			return chartsWait(), nil
		}
		if err != nil {
			return nil, err
		}
		if g != nil {
			list = append(list, drawn{x.title, g})
		}
	}
	if len(list) == 0 {
		return nil, nil //nolint:nilnil // a nil component shows nothing
	}
	return chartsPanel(list), nil
}

// drawLast draws the last day of the series of a name that reached highest, or the last hour while there is no more; nil where there are
// not two values.
func (a *App) drawLast(ctx context.Context, d *devices.Device, name, title string, format func(float64) string) (*chart.Timeline, error) {
	to := a.Clock.Now()
	from, step := to.Add(-24*time.Hour), 5*time.Minute
	best, err := a.highest(ctx, d, name, from, to, step)
	if err == nil && best != nil && best.Bars[0].At > to.Add(-time.Hour).UnixMilli() {
		from, step = to.Add(-time.Hour), time.Minute
		best, err = a.highest(ctx, d, name, from, to, step)
	}
	if err != nil || best == nil || len(best.Bars) < 2 {
		return nil, err
	}
	p := locale.From(ctx)
	g := &chart.Timeline{
		Title: title, Desc: locale.T(ctx, "%s over the last day", title), From: from.UnixMilli(), To: to.UnixMilli(), Format: format,
		Clock: func(ms int64) string { return p.Time(time.UnixMilli(ms)) },
	}
	for _, b := range best.Bars {
		g.Points = append(g.Points, chart.At{At: b.At, Value: b.Max})
	}
	return g, nil
}

// highest is the series of a name that reached highest, nil where there is none with values.
func (a *App) highest(ctx context.Context, d *devices.Device, name string, from, to time.Time, step time.Duration) (best *series.ChartLine, err error) {
	lines, err := series.Chart(ctx, a.Series, series.Only(d.Client), series.ChartQuery{
		Name: name, Match: []*series.Matcher{series.Is(series.DeviceLabel, d.ID.String())}, From: from, To: to, Step: step,
	})
	most := -1.0
	for i := range lines {
		for _, b := range lines[i].Bars {
			if b.Max > most {
				most, best = b.Max, &lines[i]
			}
		}
	}
	return best, err
}

// alertsPanel lists what is wrong with a device now.
func (a *App) alertsPanel(ctx context.Context, d *devices.Device) (templ.Component, error) {
	id := access.From(ctx)
	if !id.May(access.AlertsRead) {
		return nil, nil //nolint:nilnil // a nil component shows nothing
	}
	list, _, err := a.Monitoring.Alerts(ctx, id.Scope(), monitoring.Query{Device: d.ID, States: []monitoring.State{monitoring.Open, monitoring.Acknowledged, monitoring.Snoozed}, Limit: 20})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return alertsOfDevice(list, a.Monitoring.WordsFor(ctx)), nil
}

// deviceTickets lists the tickets that a device is linked with, the newest first.
func (a *App) deviceTickets(ctx context.Context, d *devices.Device) (templ.Component, error) {
	id := access.From(ctx)
	if !id.May(access.TicketsRead) {
		return nil, nil //nolint:nilnil // a nil component shows nothing
	}
	found, err := a.Desk.List(ctx, id.Scope(), helpdesk.Query{Client: d.Client, Device: careRef + d.ID.String(), Limit: 8})
	if err != nil || len(found.Rows) == 0 {
		return nil, err
	}
	return ticketsOfDevice(found.Rows, careRef+d.ID.String()), nil
}

// clientDevices says on a client's page what it has and how it does.
func (a *App) clientDevices(ctx context.Context, client ids.ID) (templ.Component, error) {
	list, err := a.Devices.Find(ctx, access.From(ctx).Scope(), client, devices.Query{})
	if err != nil || len(list) == 0 {
		return nil, err
	}
	counts, now := map[string]int64{}, a.Devices.Now()
	for _, d := range list {
		counts[d.StateAt(now)]++
	}
	return clientDevices(client, len(list), counts), nil
}
