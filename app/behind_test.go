// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"database/sql"
	"testing"
	"time"

	"mainstay/care/devices"
	"mainstay/care/monitoring"
	"mainstay/care/monitoring/rules"
	"mainstay/care/network"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/wire"
	"mainstay/practice/clients"
)

// A router has no agent: a ping says that it is down, and what lies behind it makes no noise. One that only answers slowly is there.
func TestBehindARouterWithoutAnAgent(t *testing.T) {
	for text, behind := range map[string]bool{
		"No answer from 203.0.113.9 to 5 echo requests.":                          true,
		"5 of 5 answers from 203.0.113.9, 4 s on average (3 s to 5 s). Too slow.": false,
	} {
		c := clock.At(time.Now())
		a := openAt(t, c)
		ctx, whole := context.Background(), access.WholeFirm()
		client, err := a.Clients.Create(ctx, clients.Details{Name: "Harbour Dental Group"})
		if err != nil {
			t.Fatal(err)
		}
		router, err := a.Devices.Make(ctx, whole, client, devices.Details{Name: "gate", Kind: devices.NetworkGear})
		if err != nil {
			t.Fatal(err)
		}
		server, err := a.Devices.Make(ctx, whole, client, devices.Details{Name: "db", Kind: devices.Server, Parent: router})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.DB.Write(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, "UPDATE devices_devices SET agent = '1.0', changed_at = changed_at + 1 WHERE id = $1", int64(server))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if err := a.Devices.Refresh(ctx); err != nil {
			t.Fatal(err)
		}
		ping, err := a.Network.Save(ctx, whole, network.Watched{Client: client, Device: router, Kind: "ping", Name: "Gate", Target: "gate.harbour.example"})
		if err != nil {
			t.Fatal(err)
		}
		if err := a.Monitoring.Prepare(ctx); err != nil {
			t.Fatal(err)
		}
		work := func() {
			t.Helper()
			if err := a.Monitoring.Work(ctx); err != nil {
				t.Fatal(err)
			}
		}
		for range 4 {
			c.Advance(time.Minute)
			err := a.Network.Take(ctx, nil, &wire.Observations{List: []wire.Observation{{Probe: "s" + ping.String(), At: clock.Micros(c.Now()), State: wire.StateCritical, Text: text}}})
			if err != nil {
				t.Fatal(err)
			}
			work()
		}
		if _, err := a.Monitoring.SaveRule(ctx, monitoring.Entry{Place: monitoring.Place{Level: monitoring.ByFirm}, Watch: rules.Watch{
			Key: "disk", Metric: "system_filesystem_utilization_ratio", Rule: rules.Rule{Kind: rules.Threshold, Warn: rules.Number(.9)},
		}}); err != nil {
			t.Fatal(err)
		}
		a.Monitoring.Engine.Observe(server, c.Now().UnixMilli(), []monitoring.Key{a.Monitoring.Engine.Key("system_filesystem_utilization_ratio")}, []float64{.97})
		work()
		list, _, err := a.Monitoring.Alerts(ctx, whole, monitoring.Query{})
		if err != nil || len(list) != 2 {
			t.Fatalf("%+v %v", list, err)
		}
		for _, x := range list {
			if want := x.Device == server && behind; (x.Silenced == monitoring.Behind) != want {
				t.Errorf("%s: %s is silenced by %q", text, x.Name, x.Silenced)
			}
		}
	}
}
