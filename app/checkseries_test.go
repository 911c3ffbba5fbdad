// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"testing"
	"time"

	"mainstay/care/devices"
	"mainstay/care/monitoring"
	"mainstay/care/monitoring/rules"
	"mainstay/kit/clock"
)

// A rule about checks can be tried on the past: what checks found is stored.
func TestRulesAboutChecksAreTried(t *testing.T) {
	at, ctx := clock.At(time.Now().Add(-time.Hour)), context.Background()
	a := openAt(t, at)
	runEstate(t, a)
	list, err := a.Clients.Ensure(ctx, []string{"Acme"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	d := &devices.Device{Name: "DB1", Client: list[0], Kind: devices.Server, Source: devices.ByAgent, Agent: "1.0", Enrolled: clock.Micros(at.Now())}
	if err := a.Devices.Plant(ctx, []*devices.Device{d}); err != nil {
		t.Fatal(err)
	}
	watch := rules.Watch{Key: "backups", Metric: monitoring.CheckSeries, Rule: rules.Rule{Kind: rules.Check, Crit: rules.Number(2), Of: 2}}
	try := func() (p monitoring.Progress) {
		t.Helper()
		id, err := a.Monitoring.TryRule(ctx, monitoring.Place{Level: monitoring.ByFirm}, watch)
		if err != nil {
			t.Fatal(err)
		}
		until(t, "the end of the trial", func() bool { p, err = a.Monitoring.Trial(id); return err == nil && p.Ended })
		return p
	}
	if p := try(); p.Silent != p.Done || p.Done != 1 {
		t.Errorf("nothing is stored, but %+v", p)
	}
	key := a.Monitoring.Engine.Key(monitoring.CheckSeries, monitoring.Label{Name: "check", Value: "7"}, monitoring.Label{Name: "kind", Value: "backup"}, monitoring.Label{Name: "name", Value: "Nightly"})
	for _, v := range []float64{0, 2, 2, 0} {
		at.Advance(5 * time.Minute)
		a.Monitoring.Engine.Observe(d.ID, at.Now().UnixMilli(), []monitoring.Key{key}, []float64{v})
	}
	until(t, "what the checks found", func() bool { p := try(); return len(p.Fired) == 1 && !p.Fired[0].To.IsZero() && p.Silent == 0 })
}
