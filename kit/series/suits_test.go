// SPDX-License-Identifier: Apache-2.0

package series_test

import (
	"context"
	"math"
	"testing"
	"time"

	"mainstay/kit/clock"
	"mainstay/kit/series"
)

// TestWideStepsAnswerTheSame: what is asked of days that are kept as they came has the same answer with a wide step as at an instant, also
// when the day is in a coarser tier already.
func TestWideStepsAnswerTheSame(t *testing.T) {
	first := time.Date(2026, 3, 1, 0, 0, 30, 0, time.UTC)
	at := clock.At(first)
	l := openLocal(t, t.TempDir(), series.Options{Clock: at, Late: time.Hour})
	fillDays(t, l, at, first, 4)
	if err := l.Roll(context.Background()); err != nil {
		t.Fatal(err)
	}
	rolled, fresh := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	for _, expr := range []string{
		"count_over_time(gauge[1h])", "sum_over_time(gauge[1h])", "quantile_over_time(0.95, gauge[1h])", "changes(gauge[1h])", "stddev_over_time(gauge[1h])", "last_over_time(gauge[1h])",
		"delta(gauge[1h])", "resets(bytes_total[1d])", "count_over_time((gauge > 50)[1h:1m])", "sum_over_time(gauge[1h:1m])", "irate(bytes_total[2h])", "timestamp(gauge)",
		"max_over_time(gauge[3h])", "min_over_time(gauge[3h])", "avg_over_time(gauge[3h])", "increase(bytes_total[3h])", `rate({__name__=~"bytes_.*"}[3h])`,
	} {
		for _, when := range []time.Time{rolled, fresh} {
			want := only(t, l, expr, when)
			res, err := l.QueryRange(context.Background(), series.Everything(), expr, when, when, time.Hour)
			if err != nil || len(res.Lines) != 1 || len(res.Lines[0].Points) != 1 {
				t.Errorf("%s at %s: %v %v", expr, when, res.Lines, err)
			} else if got := res.Lines[0].Points[0].V; math.Abs(got-want) > math.Abs(want)*1e-4 {
				t.Errorf("%s at %s with a step of an hour: %g, at an instant %g", expr, when, got, want)
			}
		}
	}
}

// TestRatesOfInterfaces: counters that are named as SNMP has it give their rates with any step, rolled or not.
func TestRatesOfInterfaces(t *testing.T) {
	first := time.Date(2026, 3, 1, 0, 0, 30, 0, time.UTC)
	at := clock.At(first)
	l := openLocal(t, t.TempDir(), series.Options{Clock: at, Late: time.Hour})
	known, unknown := handle(t, l, "ifHCInOctets", "device", "d"), handle(t, l, "octets_received", "device", "d")
	for hour := range 72 {
		var b series.Batch
		for m := range 60 {
			n := hour*60 + m
			for _, h := range []*series.Series{known, unknown} {
				b.Add(h, first.Add(time.Duration(n)*time.Minute).UnixMilli(), 5e12+float64(n)*60*125_000) // 1 Mbit/s
			}
		}
		at.Advance(time.Hour)
		if _, err := l.Commit(context.Background(), &b); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Roll(context.Background()); err != nil {
		t.Fatal(err)
	}
	from := time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)
	for _, expr := range []string{"8*rate(ifHCInOctets[10m])", "8*rate(octets_received[10m])"} {
		res, err := l.QueryRange(context.Background(), series.Everything(), expr, from, from.Add(time.Hour), 5*time.Minute)
		if err != nil || len(res.Lines) != 1 || len(res.Lines[0].Points) != 13 {
			t.Fatalf("%s: %v %v", expr, res.Lines, err)
		}
		for _, p := range res.Lines[0].Points {
			if math.Abs(p.V-1e6) > 1 {
				t.Errorf("%s: %g bit/s", expr, p.V)
			}
		}
	}
}

// TestSubqueriesReachBack: a subquery whose step is no multiple of the tier's finds values nevertheless.
func TestSubqueriesReachBack(t *testing.T) {
	first := time.Date(2026, 3, 1, 0, 0, 30, 0, time.UTC)
	at := clock.At(first)
	l := openLocal(t, t.TempDir(), series.Options{Clock: at, Late: time.Hour})
	fillDays(t, l, at, first, 4)
	if err := l.Roll(context.Background()); err != nil {
		t.Fatal(err)
	}
	when := time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)
	if n := only(t, l, "count_over_time(gauge[1d:90m])", when); n != 16 {
		t.Errorf("%g values, want 16", n)
	}
}
