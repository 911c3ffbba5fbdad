// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"

	"github.com/a-h/templ"

	"mainstay/care/devices"
	devicesweb "mainstay/care/devices/web"
	"mainstay/care/monitoring"
	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/ids"
)

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
	counts, kinds, now := map[string]int64{}, map[devices.Kind]int64{}, a.Devices.Now()
	trouble, alerts := a.troubles(ctx), devicesweb.Trouble{}
	for _, d := range list {
		counts[d.StateAt(now)]++
		kinds[d.Kind]++
		alerts.Critical += trouble[d.ID].Critical
		alerts.Warning += trouble[d.ID].Warning
	}
	return clientDevices(client, len(list), counts, kinds, alerts), nil
}
