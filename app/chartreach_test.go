// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/series"
)

// TestChartsGoAlong: a device's charts have their past after it was moved to another client, and after its client became part of another;
// what another client's token wrote in the device's name is not its own.
func TestChartsGoAlong(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	made, err := d.Clients.Ensure(ctx, []string{"Bolt", "Carol", "Dora"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	bolt, carol, dora := made[0], made[1], made[2]
	device, err := d.Devices.Make(ctx, access.WholeFirm(), d.client, devices.Details{Name: "db", Kind: devices.Server})
	if err != nil {
		t.Fatal(err)
	}
	local := d.Series.(*series.Local) //nolint:forcetypeassert // a test's installation has no other
	local.Start()
	if err := local.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	now := time.Now().UnixMilli() / 60_000 * 60_000
	put := func(client ids.ID, from, to int64, v float64) {
		t.Helper()
		labels, err := series.MakeLabels("system_cpu_utilization_ratio", "client", client.String(), "device", device.String())
		if err != nil {
			t.Fatal(err)
		}
		h, err := d.Series.Series(labels)
		if err != nil {
			t.Fatal(err)
		}
		var b series.Batch
		for i := from; i > to; i-- {
			b.Add(h, now-i*60_000, v)
		}
		if _, err := d.Series.Commit(ctx, &b); err != nil {
			t.Fatal(err)
		}
	}
	// drawn are the values of the processor over the last day, in their order, each run of the same as one.
	type chartData struct {
		Charts []struct {
			ID    string
			Lines []struct{ Avg []any }
		}
	}
	drawn := func() (out string) {
		t.Helper()
		var got chartData
		page := d.get("/devices/" + device.String() + "/charts.json?period=24h")
		if err := json.Unmarshal([]byte(page), &got); err != nil {
			t.Fatal(err, page)
		}
		for _, c := range got.Charts {
			if c.ID != "cpu" || len(c.Lines) != 1 {
				t.Fatalf("%s has %d lines", c.ID, len(c.Lines))
			}
			last := ""
			for _, v := range c.Lines[0].Avg {
				if f, ok := v.(float64); ok {
					if text := strconv.FormatFloat(f, 'g', -1, 64); text != last {
						out, last = out+text+" ", text
					}
				}
			}
		}
		return out
	}
	put(d.client, 180, 150, .25)
	put(dora, 180, 120, .99) // a token for Dora writes what it likes
	if got := drawn(); got != "0.25 " {
		t.Errorf("before: %s", got)
	}
	if err := d.Devices.Move(ctx, access.WholeFirm(), device, bolt, 0); err != nil {
		t.Fatal(err)
	}
	if got := drawn(); got != "0.25 " {
		t.Errorf("moved: %s", got)
	}
	put(bolt, 120, 90, .5)
	if got := drawn(); got != "0.25 0.5 " {
		t.Errorf("measured at the new client: %s", got)
	}
	// The client that it is with, and the one that it was with, become part of a third.
	for _, from := range []ids.ID{bolt, d.client} {
		if err := d.Clients.Merge(ctx, from, carol); err != nil {
			t.Fatal(err)
		}
		for done := true; done; {
			if done, err = d.Jobs.One(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
	put(carol, 60, 30, .75)
	if got := drawn(); got != "0.25 0.5 0.75 " {
		t.Errorf("merged: %s", got)
	}
}
