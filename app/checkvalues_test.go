// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/config"
	"mainstay/kit/ids"
	"mainstay/kit/series"
	"mainstay/kit/wire"
)

// estateOf is an installation with devices of two clients.
func estateOf(t *testing.T) (a *App, one, two *devices.Device) {
	t.Helper()
	ctx := context.Background()
	a, err := Open(ctx, config.Server{Data: t.TempDir(), Address: "localhost:8377", Agents: "127.0.0.1:-1"}, slog.New(slog.DiscardHandler), clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	list, err := a.Clients.Ensure(ctx, []string{"Acme", "Bolt"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	var made [2]*devices.Device
	for i, client := range list[:2] {
		id, err := a.Devices.Make(ctx, access.WholeFirm(), client, devices.Details{Name: fmt.Sprint("PC", i), Kind: devices.OtherKind})
		if err != nil {
			t.Fatal(err)
		}
		made[i], _ = a.Devices.Look(id)
	}
	if local, ok := a.Series.(*series.Local); ok {
		if err := local.Wait(ctx); err != nil {
			t.Fatal(err)
		}
	}
	return a, made[0], made[1]
}

func (a *App) namesOf(t *testing.T, device ids.ID) []string {
	t.Helper()
	list, _, err := a.Series.LabelValues(context.Background(), series.Everything(), series.NameLabel, [][]*series.Matcher{{series.Is(series.DeviceLabel, device.String())}}, time.Now().Add(-time.Hour), time.Now().Add(time.Minute), 0)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// TestCheckValues: what checks measure makes series of the device's own checks only, and not without end.
func TestCheckValues(t *testing.T) {
	a, one, two := estateOf(t)
	ctx, at := context.Background(), clock.Micros(time.Now())
	result := func(check, name string) wire.Result {
		return wire.Result{Check: check, At: at, Values: map[string]float64{name: 1}}
	}
	if err := a.checkResults(ctx, one, []wire.Result{result("nope", "x"), result("0000000000001", "y"), result("smart", "real")}); err != nil {
		t.Fatal(err)
	}
	if list := a.namesOf(t, one.ID); fmt.Sprint(list) != "[check_real]" {
		t.Errorf("series of a check that is the device's and of two that are not: %q", list)
	}
	for n := range 5 {
		var list []wire.Result
		for k := range 500 {
			list = append(list, result("smart", fmt.Sprintf("v_%d_%d", n, k)))
		}
		if err := a.checkResults(ctx, one, list); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(a.namesOf(t, one.ID)); n != mostCheckSeries {
		t.Errorf("a device whose values are named anew has %d series, want %d", n, mostCheckSeries)
	}
	if err := a.checkResults(ctx, two, []wire.Result{result("smart", "fresh")}); err != nil {
		t.Fatal(err)
	}
	if list := a.namesOf(t, two.ID); fmt.Sprint(list) != "[check_fresh]" {
		t.Errorf("another device's: %q", list)
	}
}

// TestHistoryOfMoved: a device that was moved has a series for each client; its history is both, in the order of time.
func TestHistoryOfMoved(t *testing.T) {
	a, one, two := estateOf(t)
	ctx, now := context.Background(), time.Now()
	var b series.Batch
	// The client that it is moved to comes first among the series: its values are the later ones.
	for i, client := range []ids.ID{two.Client, one.Client} {
		labels, err := series.MakeLabels("load", series.ClientLabel, client.String(), series.DeviceLabel, one.ID.String())
		if err != nil {
			t.Fatal(err)
		}
		h, err := a.Series.Series(labels)
		if err != nil {
			t.Fatal(err)
		}
		for m := range 10 {
			b.Add(h, now.Add(-time.Duration(10*(1+i)-m)*time.Minute).UnixMilli(), float64(10*(1-i)+m))
		}
	}
	if _, err := a.Series.Commit(ctx, &b); err != nil {
		t.Fatal(err)
	}
	list, err := a.history(ctx, one.ID, "load", now.Add(-time.Hour), now, time.Minute)
	if err != nil || len(list) != 20 {
		t.Fatalf("%d points, %v", len(list), err)
	}
	for i, p := range list {
		if p.Value != float64(i) {
			t.Errorf("point %d is %g", i, p.Value)
		}
	}
}
