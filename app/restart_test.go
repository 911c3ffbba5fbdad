// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"mainstay/app"
	"mainstay/care/devices"
	"mainstay/care/monitoring"
	"mainstay/care/monitoring/rules"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/config"
	"mainstay/kit/ids"
)

// A rule that holds for a group goes on over a restart: its alert stays open, and the next member's trouble is seen.
func TestGroupRulesHoldAfterRestart(t *testing.T) {
	at, ctx, data := clock.At(time.Now()), context.Background(), t.TempDir()
	var a *app.App
	// One life of the server: it comes up, fn runs, it stops.
	life := func(fn func()) {
		t.Helper()
		var err error
		a, err = app.Open(ctx, config.Server{Data: data, Address: "localhost:8377", Agents: "127.0.0.1:-1"}, slog.New(slog.DiscardHandler), at)
		if err != nil {
			t.Fatal(err)
		}
		running, stop := context.WithCancel(ctx)
		if err := a.OpenEstate(running); err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() { a.RunEstate(running); close(done) }()
		defer func() {
			stop()
			<-done
			if err := a.Close(); err != nil {
				t.Error(err)
			}
		}()
		fn()
	}
	send := func(id ids.ID, load float64) {
		a.Monitoring.Engine.Observe(id, at.Now().UnixMilli(), []monitoring.Key{a.Monitoring.Engine.Key("queue_length")}, []float64{load})
	}
	of := func(id ids.ID) (list []monitoring.Alert) {
		all, _, err := a.Monitoring.Alerts(ctx, access.WholeFirm(), monitoring.Query{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range all {
			if x.Device == id {
				list = append(list, x)
			}
		}
		return list
	}
	one, two := &devices.Device{Name: "DB1"}, &devices.Device{Name: "DB2"}
	life(func() {
		acme, err := a.Clients.Resolve(ctx, "Acme")
		if err != nil {
			list, err := a.Clients.Ensure(ctx, []string{"Acme"}, 0)
			if err != nil {
				t.Fatal(err)
			}
			acme = list[0]
		}
		for _, d := range []*devices.Device{one, two} {
			d.Client, d.Kind, d.Source, d.Agent, d.Enrolled = acme, devices.Server, devices.ByAgent, "1.0", clock.Micros(at.Now())
		}
		if err := a.Devices.Plant(ctx, []*devices.Device{one, two}); err != nil {
			t.Fatal(err)
		}
		q, err := devices.ParseQuery("name:db")
		if err != nil {
			t.Fatal(err)
		}
		g, err := a.Devices.SaveGroup(ctx, access.WholeFirm(), devices.Group{Name: "Databases", Query: q})
		if err != nil {
			t.Fatal(err)
		}
		_, err = a.Monitoring.SaveRule(ctx, monitoring.Entry{
			Place: monitoring.Place{Level: monitoring.ByGroup, ID: g}, Watch: rules.Watch{Key: "queue", Metric: "queue_length", Rule: rules.Rule{Kind: rules.Threshold, Crit: rules.Number(100)}},
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	life(func() {
		until(t, "the alert of the first", func() bool { send(one.ID, 500); at.Advance(time.Second); return len(of(one.ID)) == 1 })
	})
	life(func() {
		until(t, "the alert of the second", func() bool { send(two.ID, 500); at.Advance(time.Second); return len(of(two.ID)) == 1 })
		if list := of(one.ID); len(list) != 1 || list[0].State != monitoring.Open {
			t.Errorf("the first one's: %+v", list)
		}
	})
}
