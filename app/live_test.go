// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/series"
)

// TestChartData: what the live charts draw is bounded, has gaps where nothing was measured and none where a series is merely slow,
// and is refused in words where the question makes no sense.
func TestChartData(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
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
	var b series.Batch
	put := func(from, to, every int64, value func(i int64) float64, name string, pairs ...string) {
		labels, err := series.MakeLabels(name, append(pairs, "client", d.client.String(), "device", device.String())...)
		if err != nil {
			t.Fatal(err)
		}
		h, err := d.Series.Series(labels)
		if err != nil {
			t.Fatal(err)
		}
		for i := from; i < to; i += every {
			b.Add(h, now-i*60_000, value(i))
		}
	}
	half := func(int64) float64 { return .5 }
	put(0, 10, 1, half, "system_cpu_utilization_ratio")  // ten minutes,
	put(30, 59, 1, half, "system_cpu_utilization_ratio") // and before a gap of twenty
	put(0, 58, 5, half, "check_age_seconds", "check", "x", "name", "Backup")
	for i := range 40 {
		put(0, 20, 1, func(int64) float64 { return float64(i) / 40 }, "system_filesystem_utilization_ratio", "mountpoint", fmt.Sprintf("/m%02d", i))
	}
	put(0, 20, 1, func(i int64) float64 { return float64(1000-i) * 60 * 1000 }, "system_network_io_bytes_total", "interface", "eth0", "direction", "receive")
	if _, err := d.Series.Commit(ctx, &b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Times  []int64
		Charts []struct {
			ID, Unit string
			Most     float64
			Lines    []struct {
				Key           string
				Avg, Min, Max []any
			}
		}
		Marks []struct{ Text string }
	}
	page := d.get("/devices/" + device.String() + "/charts.json?period=1h")
	if err := json.Unmarshal([]byte(page), &got); err != nil {
		t.Fatal(err, page)
	}
	if len(got.Charts) != 4 || len(got.Times) < 240 || len(got.Times) > 402 || len(got.Marks) != 1 || got.Marks[0].Text != "db" {
		t.Fatalf("%d charts, %d times, marks %+v", len(got.Charts), len(got.Times), got.Marks)
	}
	count := func(list []any) (values, gaps, skipped int) {
		for _, v := range list {
			switch v {
			case nil:
				gaps++
			case false:
				skipped++
			default:
				values++
			}
		}
		return values, gaps, skipped
	}
	for _, c := range got.Charts {
		for _, l := range c.Lines {
			if len(l.Avg) != len(got.Times) {
				t.Fatalf("%s has %d values at %d times", l.Key, len(l.Avg), len(got.Times))
			}
		}
		values, gaps, skipped := count(c.Lines[0].Avg)
		switch c.ID {
		case "cpu":
			// 20 minutes without a value are 80 steps of 15 seconds, with some before the first and after the last value.
			if c.Most != 1 || values < 38 || gaps < 70 || gaps > 100 || skipped < 80 || len(c.Lines[0].Max) != len(got.Times) {
				t.Errorf("processor: %d values, %d gaps, %d skipped", values, gaps, skipped)
			}
		case "volumes":
			if len(c.Lines) != 12 || c.Lines[0].Key != `system_filesystem_utilization_ratio{mountpoint="/m28"}` {
				t.Errorf("%d volumes, the first %s", len(c.Lines), c.Lines[0].Key)
			}
		case "network":
			if v, ok := c.Lines[0].Avg[len(got.Times)-40].(float64); c.Unit != "bits" || !ok || v < 990 || v > 1010 {
				t.Errorf("network: %v %v", c.Unit, c.Lines[0].Avg[len(got.Times)-40])
			}
		case "check_age_seconds":
			if values < 11 || gaps > 40 {
				t.Errorf("a check every five minutes: %d values, %d gaps", values, gaps)
			}
		}
	}
	path := "/devices/" + device.String() + "/charts.json"
	at := func(from, to time.Duration) string {
		return fmt.Sprintf("%s?from=%d&to=%d", path, time.Now().Add(-from).UnixMilli(), time.Now().Add(-to).UnixMilli())
	}
	reader := d.as(access.ReadOnly)
	for url, want := range map[string]int{
		path: 200, at(time.Hour, 30*time.Minute): 200, path + "?period=9h": 422, path + "?from=x&to=y": 422, at(time.Hour, time.Hour): 422, at(0, time.Hour): 422,
		at(3*365*24*time.Hour, 0): 422, path + "?from=-1&to=9223372036854775807": 422, "/devices/nothing/charts.json": 404, "/devices/" + d.client.String() + "/charts.json": 404,
		"/devices/" + d.client.String() + "/values": 404,
	} {
		if w := reader.do(httptest.NewRequest("GET", url, nil)); w.Code != want {
			t.Errorf("%s: %d, want %d", url, w.Code, want)
		}
	}
	stranger := *d
	stranger.session = "nobody"
	if w := stranger.do(httptest.NewRequest("GET", path, nil)); w.Code != http.StatusUnauthorized {
		t.Errorf("without a session: %d", w.Code)
	}
}
