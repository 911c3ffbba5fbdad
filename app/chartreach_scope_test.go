// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/bus"
	"mainstay/kit/clock"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/kit/series"
	"mainstay/practice/clients"
)

// TestMeasuredByScope: whoever is limited to one client reaches what a device measured there, not what it did with the client before; the
// firm's own people reach both, and nothing of a client that the device was never with.
func TestMeasuredByScope(t *testing.T) {
	d, c, ctx := dbtest.Open(t), clock.System{}, context.Background()
	sealer, err := access.OpenSealer(filepath.Join(t.TempDir(), "secret.key"), true)
	if err != nil {
		t.Fatal(err)
	}
	log, s := slog.New(slog.DiscardHandler), ids.NewSource(c)
	q, acc := jobs.New(d, c, s, log), access.New(d, c, s, sealer, access.Options{})
	a := &App{Clients: clients.New(d, c, s, acc, q)}
	a.Devices = devices.New(devices.Parts{DB: d, Clock: c, IDs: s, Access: acc, Clients: a.Clients, Jobs: q, Bus: &bus.Bus{}, Log: log})
	made, err := a.Clients.Ensure(ctx, []string{"Old", "New", "Absorbed", "Other"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	before, now, absorbed, other := made[0], made[1], made[2], made[3]
	id, err := a.Devices.Make(ctx, access.WholeFirm(), before, devices.Details{Name: "x", Kind: devices.Server})
	if err == nil {
		err = a.Devices.Move(ctx, access.WholeFirm(), id, now, 0)
	}
	if err == nil {
		err = a.Clients.Merge(ctx, absorbed, now)
	}
	if err != nil {
		t.Fatal(err)
	}
	for name, x := range map[string]struct {
		who  *access.Identity
		want map[ids.ID]bool
	}{
		"the firm":          {&access.Identity{User: 1, Role: access.Owner}, map[ids.ID]bool{before: true, now: true, absorbed: true}},
		"a client's person": {&access.Identity{Person: 1, Client: now}, map[ids.ID]bool{now: true, absorbed: true}},
		"a token for one":   {&access.Identity{User: 1, Clients: []ids.ID{now}}, map[ids.ID]bool{now: true, absorbed: true}},
	} {
		ctx := access.With(ctx, x.who)
		device, err := a.Devices.Get(ctx, x.who.Scope(), id)
		if err != nil {
			t.Fatal(err)
		}
		reach, err := a.measuredBy(ctx, device)
		if err != nil {
			t.Fatal(err)
		}
		for _, client := range []ids.ID{before, now, absorbed, other} {
			l, err := series.MakeLabels("x", series.ClientLabel, client.String())
			if err != nil {
				t.Fatal(err)
			}
			if got := reach.Covers(l); got != x.want[client] {
				t.Errorf("%s reaches %s: %v", name, client, got)
			}
		}
	}
}
