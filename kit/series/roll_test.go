// SPDX-License-Identifier: Apache-2.0

package series_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/kit/clock"
	"mainstay/kit/series"
)

// fillDays puts a gauge and a counter in, a sample a minute for so many days. The gauge goes up from 0 to 59 within each
// hour; the counter gains 6 a minute and starts anew at noon.
func fillDays(t testing.TB, l *series.Local, at *clock.Fixed, from time.Time, days int) {
	t.Helper()
	g, c := handle(t, l, "gauge", "device", "d"), handle(t, l, "bytes_total", "device", "d")
	for hour := range days * 24 {
		var b series.Batch
		for m := range 60 {
			now := from.Add(time.Duration(hour*60+m) * time.Minute)
			b.Add(g, now.UnixMilli(), float64(now.Minute()))
			b.Add(c, now.UnixMilli(), counted(now))
		}
		at.Advance(time.Hour)
		if out, err := l.Commit(context.Background(), &b); err != nil || out.Stored != 120 {
			t.Fatalf("hour %d: %+v %v", hour, out, err)
		}
	}
}

// counted is the counter's value: minutes since noon, times 6.
func counted(at time.Time) float64 {
	return float64((at.Hour()*60+at.Minute()+12*60)%(24*60)) * 6
}

func only(t *testing.T, l *series.Local, expr string, at time.Time) float64 {
	t.Helper()
	res, err := l.Query(context.Background(), series.Everything(), expr, at)
	if err != nil || len(res.Lines) != 1 || len(res.Lines[0].Points) != 1 {
		t.Fatalf("%s at %s: %v %v", expr, at, res, err)
	}
	return res.Lines[0].Points[0].V
}

func TestTiers(t *testing.T) {
	first := time.Date(2026, 3, 1, 0, 0, 30, 0, time.UTC)
	at := clock.At(first)
	dir := t.TempDir()
	o := series.Options{Clock: at, Late: time.Hour}
	l := openLocal(t, dir, o)
	fillDays(t, l, at, first, 4)
	ctx := context.Background()
	if err := l.Roll(ctx); err != nil {
		t.Fatal(err)
	}
	// Days that are over by more than Late are rolled: all but the last.
	blocks, err := filepath.Glob(filepath.Join(dir, "*", "*", "0*", "meta.json"))
	if err != nil {
		t.Fatal(err)
	}
	count := func(part string) (n int) {
		for _, b := range blocks {
			if strings.Contains(b, part) {
				n++
			}
		}
		return n
	}
	for _, part := range []string{"/5m/avg/", "/5m/min/", "/5m/max/", "/1h/avg/", "/1h/min/", "/1h/max/"} {
		if got := count(part); got != 3 {
			t.Errorf("%s has %d blocks, want 3", part, got)
		}
	}
	check := func(when string) {
		t.Helper()
		// By hand: the minutes (T−1h, T] at T = 05:00 are 0:30 … 59:30, of which average, least and greatest are those of 0…59.
		five := time.Date(2026, 3, 2, 5, 0, 0, 0, time.UTC)
		res, err := l.QueryRange(ctx, series.Everything(), "gauge", five, five.Add(2*time.Hour), time.Hour)
		if err != nil || len(res.Lines) != 1 || len(res.Lines[0].Points) != 3 || res.Lines[0].Points[0].V != 29.5 {
			t.Errorf("%s: an hour's average: %v %v", when, res, err)
		}
		for f, want := range map[string]float64{"min": 0, "avg": 29.5, "max": 59} {
			// A step of an hour and a window of six: from the hours.
			res, err := l.QueryRange(ctx, series.Everything(), f+"_over_time(gauge[6h])", five.Add(7*time.Hour), five.Add(7*time.Hour), time.Hour)
			if err != nil || len(res.Lines) != 1 || res.Lines[0].Points[0].V != want {
				t.Errorf("%s: %s over six hours: %v %v, want %g", when, f, res, err, want)
			}
		}
		// The counter gains 6 a minute: in six hours 2,160, across its new start at noon all but that one minute.
		for hour, want := range map[int]float64{11: 2160, 15: 2154} {
			res, err := l.QueryRange(ctx, series.Everything(), "increase(bytes_total[6h])", five.Add(time.Duration(hour-5)*time.Hour), five.Add(time.Duration(hour-5)*time.Hour), time.Hour)
			if err != nil || len(res.Lines) != 1 || math.Abs(res.Lines[0].Points[0].V-want) > 0.1 {
				t.Errorf("%s: gained by %d:00: %v %v, want %g", when, hour, res, err, want)
			}
		}
	}
	check("rolled")
	stats, err := l.Stats()
	if err != nil || stats.Series != 2 || len(stats.Tiers) != 2 || !stats.Tiers[0].Rolled.Equal(time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)) || stats.Tiers[1].Bytes == 0 || !stats.Oldest.Equal(first) {
		t.Errorf("stats %+v %v", stats, err)
	}
	kept := slices.Clone(blocks)
	// Once more, and after a restart: nothing changes.
	if err := l.Roll(ctx); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	// What a kill leaves in the middle of a block is cleared away.
	if err := os.MkdirAll(filepath.Join(dir, "5m", "avg", "01JQ0000000000000000000000.tmp-for-creation"), 0o700); err != nil {
		t.Fatal(err)
	}
	// And a kill between the blocks of a day.
	last := ""
	for _, b := range kept {
		if strings.Contains(b, "/5m/avg/") {
			last = max(last, b)
		}
	}
	for _, name := range []string{filepath.Dir(last), filepath.Join(dir, "5m", "rolled"), filepath.Join(dir, "1h", "rolled")} {
		if err := os.RemoveAll(name); err != nil {
			t.Fatal(err)
		}
	}
	l = openLocal(t, dir, o)
	if err := l.Roll(ctx); err != nil {
		t.Fatal(err)
	}
	blocks, _ = filepath.Glob(filepath.Join(dir, "*", "*", "0*", "meta.json"))
	if len(blocks) != len(kept) || count("/5m/avg/") != 3 || slices.ContainsFunc(kept, func(b string) bool { return b != last && !slices.Contains(blocks, b) }) {
		t.Errorf("blocks %v, before %v", blocks, kept)
	}
	check("opened again")
	// A day that is rolled takes nothing more.
	late := commit(t, l, handle(t, l, "gauge", "device", "d"), point{first.Add(26*time.Hour + 7*time.Second), 1})
	if late.TooOld != 1 {
		t.Errorf("into a rolled day: %+v", late)
	}
	// Rolled and raw samples are one series across the seam.
	seam := time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)
	res, err := l.QueryRange(ctx, series.Everything(), "gauge", seam.Add(-time.Hour), seam.Add(time.Hour), 5*time.Minute)
	if err != nil || len(res.Lines) != 1 || len(res.Lines[0].Points) != 25 {
		t.Errorf("across the seam: %v %v", res, err)
	}
	if got := only(t, l, "sum_over_time(increase(bytes_total[1h])[4h:1h])", seam.Add(2*time.Hour)); math.Abs(got-1440) > 0.1 {
		t.Errorf("increase across the seam: %g", got)
	}
	chart, err := series.Chart(ctx, l, series.Everything(), series.ChartQuery{Name: "gauge", From: seam.Add(-48 * time.Hour), To: seam, Step: time.Hour})
	if err != nil || len(chart) != 1 || len(chart[0].Bars) != 48 || chart[0].Bars[3] != (series.Bar{At: chart[0].Bars[3].At, Min: 0, Avg: 29.5, Max: 59}) {
		t.Errorf("chart %+v %v", chart, err)
	}
	rate, err := series.Chart(ctx, l, series.Everything(), series.ChartQuery{Name: "bytes_total", From: seam.Add(-10 * time.Hour), To: seam, Step: 10 * time.Minute})
	if err != nil || len(rate) != 1 || !rate[0].Rate || len(rate[0].Bars) != 60 || math.Abs(rate[0].Bars[30].Avg-0.1) > 1e-6 || rate[0].Labels.Get("__name__") != "bytes_total" {
		t.Errorf("chart of a counter %+v %v", rate, err)
	}
}

// The history outlives what it was made of: when raw samples are gone, the tiers answer, also questions for a short step.
func TestTiersOutliveRawSamples(t *testing.T) {
	first := time.Date(2026, 3, 1, 0, 0, 30, 0, time.UTC)
	at := clock.At(first)
	o := series.Options{Clock: at, Late: time.Hour, Raw: 3 * 24 * time.Hour, Five: 20 * 24 * time.Hour, Hour: 60 * 24 * time.Hour}
	l := openLocal(t, t.TempDir(), o)
	fillDays(t, l, at, first, 3)
	ctx := context.Background()
	if err := l.Roll(ctx); err != nil {
		t.Fatal(err)
	}
	at.Advance(10 * 24 * time.Hour) // raw samples are too old now
	q := time.Date(2026, 3, 2, 5, 0, 0, 0, time.UTC)
	if got := l.Finest(q); got != 5*time.Minute {
		t.Errorf("finest %s", got)
	}
	if got := only(t, l, "gauge", q.Add(7*time.Minute)); got != 2 { // minutes 0…4 to 5:05
		t.Errorf("five minutes' average %g", got)
	}
	chart, err := series.Chart(ctx, l, series.Everything(), series.ChartQuery{Name: "gauge", From: q, To: q.Add(time.Hour), Step: time.Minute})
	if err != nil || len(chart) != 1 || len(chart[0].Bars) != 60 {
		t.Errorf("chart at a short step %+v %v", chart, err)
	}
	at.Advance(15 * 24 * time.Hour) // and the five minutes
	if err := l.Roll(ctx); err != nil {
		t.Fatal(err)
	}
	if got := l.Finest(q); got != time.Hour {
		t.Errorf("finest %s", got)
	}
	if got := only(t, l, "gauge", q.Add(7*time.Minute)); got != 29.5 {
		t.Errorf("an hour's average %g", got)
	}
	// A device that is forgotten is gone from here, too.
	if err := l.Forget(ctx, series.Is("device", "d")); err != nil {
		t.Fatal(err)
	}
	if res, err := l.Query(ctx, series.Everything(), `{device="d"}`, q); err != nil || len(res.Lines) != 0 {
		t.Errorf("forgotten: %v %v", res, err)
	}
}

// Days become weeks: fewer blocks, the same answers.
func TestDaysBecomeWeeks(t *testing.T) {
	first := time.Date(2026, 3, 4, 23, 50, 30, 0, time.UTC) // before a Thursday, when the weeks since 1970 begin
	at := clock.At(first)
	dir := t.TempDir()
	l := openLocal(t, dir, series.Options{Clock: at, Late: time.Hour})
	h := handle(t, l, "gauge", "device", "d")
	for d := range 9 {
		at.Advance(24 * time.Hour)
		var points []point
		for m := 0; m < 24*60; m += 10 {
			now := first.Add(time.Duration(d)*24*time.Hour + time.Duration(m)*time.Minute)
			points = append(points, point{now, float64(now.Day())})
		}
		commit(t, l, h, points...)
	}
	ctx := context.Background()
	ask := func() string {
		res, err := l.QueryRange(ctx, series.Everything(), "max_over_time(gauge[1d])", first.Add(570*time.Second), first.Add(9*24*time.Hour), 24*time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(res.Lines)
	}
	raw := ask()
	if err := l.Roll(ctx); err != nil {
		t.Fatal(err)
	}
	blocks, _ := filepath.Glob(filepath.Join(dir, "5m", "avg", "0*"))
	if len(blocks) != 3 { // the day before, the week, the day after
		t.Errorf("%d blocks", len(blocks))
	}
	if got := ask(); got != raw {
		t.Errorf("rolled %s, raw %s", got, raw)
	}
}
