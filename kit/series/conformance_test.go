// SPDX-License-Identifier: Apache-2.0

package series_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/series"
	"mainstay/kit/series/seriestest"
)

// Both engines pass the same tests.
func TestBothEngines(t *testing.T) {
	engines := map[string]func(t *testing.T) series.Store{
		"folder": func(t *testing.T) series.Store { return openLocal(t, t.TempDir(), series.Options{}) },
		"server": func(t *testing.T) series.Store {
			r, err := series.Connect(series.RemoteOptions{URL: seriestest.Prometheus(t, "storage:\n  tsdb:\n    out_of_order_time_window: 48h\n")})
			if err != nil {
				t.Fatal(err)
			}
			return r
		},
	}
	for name, open := range engines {
		t.Run(name, func(t *testing.T) { conform(t, open(t)) })
	}
}

func conform(t *testing.T, s series.Store) {
	if err := s.Ready(); err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	base := time.Now().Truncate(time.Minute).Add(-time.Hour)
	mine, theirs := ids.ID(7), ids.ID(8)
	gauge := handle(t, s, "gauge", "client", mine.String(), "device", "d1", "mountpoint", `C:\ "x"`)
	other := handle(t, s, "gauge", "client", theirs.String(), "device", "d2")
	count := handle(t, s, "bytes_total", "client", mine.String(), "device", "d1")
	var b series.Batch
	for m := range 30 { // half a minute past each minute
		at := base.Add(time.Duration(m)*time.Minute + 30*time.Second).UnixMilli()
		b.Add(gauge, at, float64(m))
		b.Add(other, at, 1000)
		b.Add(count, at, float64(m*600))
	}
	out, err := s.Commit(ctx, &b)
	if err != nil || out.Stored != 90 || out.All() != 90 {
		t.Fatalf("first %+v %v", out, err)
	}
	out, err = s.Commit(ctx, &b)
	if err != nil || out.Stored+out.Duplicate != 90 {
		t.Fatalf("again %+v %v", out, err)
	}
	late := base.Add(-5 * time.Hour)
	b.Reset()
	b.Add(gauge, late.UnixMilli(), -1)
	b.Add(gauge, late.UnixMilli(), -1)
	b.Add(gauge, late.Add(-50*time.Hour).UnixMilli(), -2)
	b.Add(gauge, time.Now().Add(time.Hour).UnixMilli(), -3)
	out, err = s.Commit(ctx, &b)
	if err != nil || out.Stored != 1 || out.Duplicate != 1 || out.TooOld != 1 || out.Refused != 1 || out.Why == "" {
		t.Fatalf("late %+v %v", out, err)
	}
	end := base.Add(30 * time.Minute)
	read := func(r series.Reach, m ...*series.Matcher) string {
		t.Helper()
		var text strings.Builder
		if err := s.Select(ctx, r, m, base.Add(-6*time.Hour), end, func(l series.Line) error {
			fmt.Fprintf(&text, "%s %d", l.Labels, len(l.Points))
			for _, p := range l.Points[:min(2, len(l.Points))] {
				fmt.Fprintf(&text, " %d=%g", (p.At-base.UnixMilli())/1000, p.V)
			}
			text.WriteString("\n")
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return text.String()
	}
	want := fmt.Sprintf("{__name__=\"gauge\", client=\"%s\", device=\"d1\", mountpoint=\"C:\\\\ \\\"x\\\"\"} 31 -18000=-1 30=0\n", mine)
	if got := read(series.Only(mine), series.Is("__name__", "gauge")); got != want {
		t.Errorf("kept %s, want %s", got, want)
	}
	if got := read(series.Everything(), series.OneOf("device", "d1", "d2")); strings.Count(got, "\n") != 3 {
		t.Errorf("of both %s", got)
	}
	if got := read(series.Only(mine), series.Is("device", "d2")); got != "" {
		t.Errorf("of another client %s", got)
	}
	if got := read(series.Reach{}, series.Is("device", "d2")); got != "" {
		t.Errorf("reach of nothing %s", got)
	}
	for expr, wanted := range map[string]float64{
		"max(gauge)":                        29,
		`sum({client=~".+"})`:               29 + 29*600,
		`max_over_time(max(gauge)[20m:1m])`: 29,
		`max(gauge{client="` + theirs.String() + `"} or gauge)`: 29,
		`rate(bytes_total[20m])`:                                10,
		`vector(3)`:                                             3,
	} {
		res, err := s.Query(ctx, series.Only(mine), expr, end)
		if err != nil || res.Kind != series.Vector || len(res.Lines) != 1 || math.Abs(res.Lines[0].Points[0].V-wanted) > 1e-9 || res.Lines[0].Points[0].At != end.UnixMilli() {
			t.Errorf("%s: %+v %v, want %g", expr, res, err, wanted)
		}
	}
	if res, err := s.Query(ctx, series.Everything(), `"text"`, end); err != nil || res.Kind != series.Text || res.Text != "text" {
		t.Errorf("text %+v %v", res, err)
	}
	if res, err := s.Query(ctx, series.Everything(), `1/0`, end); err != nil || res.Kind != series.Scalar || fmt.Sprint(res.Lines[0].Points[0].V) != "+Inf" {
		t.Errorf("scalar %+v %v", res, err)
	}
	if _, err := s.Query(ctx, series.Everything(), "gauge{", end); !fault.Is(err, fault.Invalid) {
		t.Errorf("not PromQL: %v", err)
	}
	if _, err := s.QueryRange(ctx, series.Everything(), "gauge * on() gauge", base, end, time.Minute); !fault.Is(err, fault.Invalid) {
		t.Errorf("cannot be answered: %v", err)
	}
	chart, err := series.Chart(ctx, s, series.Only(mine), series.ChartQuery{Name: "gauge", From: base, To: end, Step: 10 * time.Minute})
	first := base.Truncate(10 * time.Minute).Add(20 * time.Minute) // the first whole interval
	if err != nil || len(chart) != 1 {
		t.Fatalf("chart %+v %v", chart, err)
	}
	from := first.Add(-10 * time.Minute).Sub(base).Minutes()
	for _, bar := range chart[0].Bars {
		if bar.At == first.UnixMilli() && bar != (series.Bar{At: bar.At, Min: from, Avg: from + 4.5, Max: from + 9}) {
			t.Errorf("bar %+v, want %g to %g", bar, from, from+9)
		}
	}
	if n := len(chart[0].Bars); n < 3 || n > 4 || chart[0].Labels.Get("mountpoint") != `C:\ "x"` {
		t.Errorf("chart %+v", chart)
	}
	list, cut, err := s.SeriesOf(ctx, series.Everything(), [][]*series.Matcher{{series.Is("device", "d1")}, {series.Is("__name__", "gauge")}}, base, end, 0)
	if err != nil || len(list) != 3 || cut || list[0].Get("__name__") != "bytes_total" {
		t.Errorf("series %v %v %v", list, cut, err)
	}
	if list, cut, err := s.SeriesOf(ctx, series.Everything(), [][]*series.Matcher{{series.IsNot("device", "")}}, base, end, 2); err != nil || len(list) != 2 || !cut {
		t.Errorf("two series %v %v %v", list, cut, err)
	}
	values, _, err := s.LabelValues(ctx, series.Only(mine), "device", nil, base, end, 0)
	if err != nil || strings.Join(values, " ") != "d1" {
		t.Errorf("values %v %v", values, err)
	}
	names, _, err := s.LabelNames(ctx, series.Only(theirs), nil, base, end, 0)
	if err != nil || strings.Join(names, " ") != "__name__ client device" {
		t.Errorf("labels %v %v", names, err)
	}
	// A Prometheus server forgets only what came in order.
	b.Reset()
	gone := handle(t, s, "gauge", "client", mine.String(), "device", "d3")
	b.Add(gone, base.UnixMilli()+29*60_000, 1)
	b.Add(gone, base.UnixMilli()+29*60_000+1, 2)
	if out, err := s.Commit(ctx, &b); err != nil || out.Stored != 2 {
		t.Fatalf("%+v %v", out, err)
	}
	if got := read(series.Everything(), series.Is("device", "d3")); !strings.Contains(got, "d3") {
		t.Errorf("d3 is not there: %s", got)
	}
	if err := s.Forget(ctx, series.Is("device", "d3")); err != nil {
		t.Fatal(err)
	}
	if got := read(series.Everything(), series.IsNot("device", "")); strings.Contains(got, "d3") || !strings.Contains(got, "d2") {
		t.Errorf("after d3 was forgotten %s", got)
	}
}
