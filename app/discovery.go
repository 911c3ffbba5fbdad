// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"maps"
	"slices"
	"time"

	"mainstay/care/devices"
	networkweb "mainstay/care/network/web"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/series"
)

// discoveryPages are the pages of networks, of devices without an agent, and of syslog.
func (a *App) discoveryPages() *networkweb.Discovery {
	return &networkweb.Discovery{Network: a.Network, Clients: a.Clients, Devices: a.Devices, Traffic: a.portTraffic, Syslog: a.syslogAddress}
}

// portTraffic is the traffic of a device's ports over the last day, both directions together, a value for each half hour.
func (a *App) portTraffic(ctx context.Context, d *devices.Device) (map[string][]float64, error) {
	if a.Series.Ready() != nil {
		return nil, nil
	}
	const step = 30 * time.Minute
	to := a.Clock.Now().Truncate(step)
	from := to.Add(-24 * time.Hour)
	reach, err := a.measuredBy(ctx, d)
	if err != nil {
		return nil, err
	}
	lines, err := series.Chart(ctx, a.Series, reach, series.ChartQuery{
		Name: "system_network_io_bytes_total", Match: []*series.Matcher{series.Is(series.DeviceLabel, d.ID.String())}, From: from, To: a.Clock.Now(), Step: step,
	})
	if fault.Is(err, fault.Busy) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	sums := map[string]map[int64]float64{}
	for _, l := range joined(lines) {
		port := l.Labels.Get("interface")
		if sums[port] == nil {
			sums[port] = map[int64]float64{}
		}
		for _, b := range l.Bars {
			sums[port][b.At] += b.Avg
		}
	}
	out := map[string][]float64{}
	for port, byTime := range sums {
		for _, at := range slices.Sorted(maps.Keys(byTime)) {
			out[port] = append(out[port], byTime[at])
		}
	}
	return out, nil
}

// networksLink leads to what was found in networks; hosts that nobody decided about are counted.
func (a *App) networksLink(ctx context.Context) page.Link {
	l := page.Link{Href: "/discovery", Icon: "network", Label: locale.T(ctx, "Networks")}
	n, err := a.Network.CountNew(ctx, access.From(ctx).Scope())
	if err != nil {
		a.Log.Error("cannot count the hosts that were found", "error", err)
	} else if n > 0 {
		l.Count = locale.From(ctx).Number(n)
	}
	return l
}

// openSyslog listens for messages where the operator said so.
func (a *App) openSyslog(ctx context.Context) error {
	if a.Config.Syslog == "" || a.syslog != nil {
		return nil
	}
	l, err := a.Network.Listen(ctx, a.Config.Syslog)
	if err != nil {
		return fault.NewConflict("Cannot listen on %s for syslog: another program uses it, it is not an address of this machine, or ports below 1024 are not allowed. Choose another with --syslog-address.", a.Config.Syslog).Because(err)
	}
	a.syslog = l
	return nil
}

func (a *App) syslogAddress() string {
	if a.syslog == nil {
		return ""
	}
	return a.syslog.Address()
}
