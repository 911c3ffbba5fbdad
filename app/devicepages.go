// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"strings"

	devicesapi "mainstay/care/devices/api"
	devicesweb "mainstay/care/devices/web"
	"mainstay/care/monitoring"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/kit/webhook"
)

// devicePages are the pages of the devices, with what other areas know of them.
func (a *App) devicePages() *devicesweb.Handlers {
	return &devicesweb.Handlers{
		Devices: a.Devices, Clients: a.Clients, Bus: a.Bus, Server: a.PublicURL(), Alerts: monitoring.Topic, Fetch: a.fetchFile, Load: a.loadOf, Trouble: a.troubles,
		Counting: a.counting, SetCounting: a.setCounting, Self: a.enrolSelf, SelfID: a.selfDevice,
		Main: []devicesweb.Panel{a.alertsPanel, a.chartsPanel, a.discoveryPages().PolledPanel, a.discoveryPages().MessagesPanel},
		Side: []devicesweb.Panel{a.deviceCover, a.deviceTickets, a.servicePages().DevicePanel, a.discoveryPages().FoundPanel}, Charts: a.chartsTab,
	}
}

// fetchFile reads a file at an address that somebody entered, once.
func (a *App) fetchFile(ctx context.Context, address string, most int) ([]byte, error) {
	return webhook.NewPoster(a.Config.WebhooksPrivate, "Mainstay/"+Version).Fetch(ctx, address, most)
}

// loadOf reads how busy a device is off the values that came last.
func (a *App) loadOf(id ids.ID) devicesweb.Load {
	out := devicesweb.Load{CPU: -1, Memory: -1, Disk: -1}
	for _, v := range a.Monitoring.Engine.Latest(id) {
		switch name, _, _ := strings.Cut(v.Series, "{"); name {
		case "system_cpu_utilization_ratio":
			out.CPU = v.Value
		case "system_memory_utilization_ratio":
			out.Memory = v.Value
		case "system_filesystem_utilization_ratio":
			out.Disk = max(out.Disk, v.Value)
		}
	}
	return out
}

// latestValues are the values of a device that came last, for the API.
func (a *App) latestValues(id ids.ID) []devicesapi.Value {
	list := a.Monitoring.Engine.Latest(id)
	out := make([]devicesapi.Value, len(list))
	for i, v := range list {
		out[i] = devicesapi.Value{Series: v.Series, At: v.At, Value: v.Value}
	}
	return out
}

// troubles counts the open alerts of each device.
func (a *App) troubles(ctx context.Context) map[ids.ID]devicesweb.Trouble {
	out := map[ids.ID]devicesweb.Trouble{}
	if !access.From(ctx).May(access.AlertsRead) {
		return out
	}
	list, err := a.Monitoring.OpenByDevice(ctx, access.From(ctx).Scope())
	if err != nil {
		a.Log.Error("cannot count the alerts of devices", "error", err)
	}
	for id, n := range list {
		out[id] = devicesweb.Trouble{Critical: n[1], Warning: n[0]}
	}
	return out
}

// devicesLink leads to the fleet.
func (a *App) devicesLink(ctx context.Context) page.Link {
	return page.Link{Href: "/devices", Icon: "monitor", Label: locale.T(ctx, "Devices")}
}
