// SPDX-License-Identifier: Apache-2.0

package series_test

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/series"
)

var start = time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)

// openLocal opens an empty store and waits for it.
func openLocal(t testing.TB, dir string, o series.Options) *series.Local {
	t.Helper()
	l, err := series.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	if err := l.Wait(context.Background()); err != nil {
		t.Fatal(err)
	}
	return l
}

func handle(t testing.TB, s series.Store, name string, pairs ...string) *series.Series {
	t.Helper()
	l, err := series.MakeLabels(name, pairs...)
	if err != nil {
		t.Fatal(err)
	}
	h, err := s.Series(l)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

type point struct {
	at time.Time
	v  float64
}

// commit keeps points of one series.
func commit(t testing.TB, s series.Store, h *series.Series, points ...point) series.Outcome {
	t.Helper()
	var b series.Batch
	for _, p := range points {
		b.Add(h, p.at.UnixMilli(), p.v)
	}
	out, err := s.Commit(context.Background(), &b)
	if err != nil {
		t.Fatal(err)
	}
	if out.All() != len(points) {
		t.Fatalf("%d samples in, %+v out", len(points), out)
	}
	return out
}

func samplesOf(t testing.TB, s series.Store, m ...*series.Matcher) string {
	t.Helper()
	var b strings.Builder
	err := s.Select(context.Background(), series.Everything(), m, start.Add(-365*24*time.Hour), start.Add(365*24*time.Hour), func(l series.Line) error {
		fmt.Fprintf(&b, "%s:", l.Labels.Get("__name__"))
		for _, p := range l.Points {
			fmt.Fprintf(&b, " %d=%g", (p.At-start.UnixMilli())/1000, p.V)
		}
		b.WriteString("\n")
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestWhatComesTwiceIsStoredOnce(t *testing.T) {
	at := clock.At(start)
	dir := t.TempDir()
	l := openLocal(t, dir, series.Options{Clock: at})
	h := handle(t, l, "load", "client", "c", "device", "d")
	sec := func(n int) time.Time { return start.Add(time.Duration(n) * time.Second) }

	want := series.Outcome{Stored: 3}
	if got := commit(t, l, h, point{sec(0), 1}, point{sec(60), 2}, point{sec(120), 3}); got != want {
		t.Errorf("first: %+v", got)
	}
	if got := commit(t, l, h, point{sec(0), 1}, point{sec(60), 2}, point{sec(120), 3}); got != (series.Outcome{Duplicate: 3}) {
		t.Errorf("again: %+v", got)
	}
	got := commit(t, l, h, point{sec(60), 9})
	if got.Refused != 1 || !strings.Contains(got.Why, "another value") {
		t.Errorf("another value for an instant: %+v", got)
	}
	// What was spooled comes after what is newer, twice within one batch too.
	if got := commit(t, l, h, point{sec(30), 7}, point{sec(30), 7}, point{sec(180), 4}, point{sec(180), 4}); got != (series.Outcome{Stored: 2, Duplicate: 2}) {
		t.Errorf("late: %+v", got)
	}
	// A handle of the same labels is the same handle, so that two writers cannot double.
	if again := handle(t, l, "load", "client", "c", "device", "d"); again != h {
		t.Error("a second handle for the same labels")
	}
	late := commit(t, l, h, point{start.Add(-49 * time.Hour), 1})
	if late.TooOld != 1 || late.Why == "" {
		t.Errorf("two days and an hour late: %+v", late)
	}
	early := commit(t, l, h, point{start.Add(11 * time.Minute), 1})
	if early.Refused != 1 || !strings.Contains(early.Why, "clock") {
		t.Errorf("in the future: %+v", early)
	}
	const kept = "load: 0=1 30=7 60=2 120=3 180=4\n"
	if got := samplesOf(t, l, series.Is("device", "d")); got != kept {
		t.Errorf("kept %q", got)
	}
	// The same after a restart, when nothing is remembered of what came.
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = openLocal(t, dir, series.Options{Clock: at})
	h = handle(t, l, "load", "client", "c", "device", "d")
	other := handle(t, l, "load", "client", "c", "device", "d", "cpu", "1")
	var b series.Batch
	for i, v := range []float64{1, 2, 3, 4} {
		b.Add(h, sec(i*60).UnixMilli(), v)
	}
	b.Add(h, sec(30).UnixMilli(), 7)
	b.Add(other, sec(0).UnixMilli(), 1)
	b.Add(h, sec(240).UnixMilli(), 5)
	out, err := l.Commit(context.Background(), &b)
	if err != nil || out != (series.Outcome{Stored: 2, Duplicate: 5}) {
		t.Errorf("after a restart: %+v %v", out, err)
	}
	if got := samplesOf(t, l, series.Is("device", "d"), series.Is("cpu", "")); got != strings.TrimSuffix(kept, "\n")+" 240=5\n" {
		t.Errorf("after a restart %q", got)
	}
	count, err := l.Count(context.Background(), []*series.Matcher{series.Is("device", "d")}, start.Add(-time.Hour), start.Add(time.Hour))
	if err != nil || count[`{__name__="load", client="c", device="d"}`] != 6 || len(count) != 2 {
		t.Errorf("counted %v %v", count, err)
	}
}

func TestSeriesBeforeTheyAreRead(t *testing.T) {
	dir := t.TempDir()
	l, err := series.Open(dir, series.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	var b series.Batch
	if _, err := l.Commit(context.Background(), &b); !fault.Is(err, fault.Busy) {
		t.Errorf("write: %v", err)
	}
	if _, err := l.Query(context.Background(), series.Everything(), "up", start); !fault.Is(err, fault.Busy) {
		t.Errorf("read: %v", err)
	}
	if err := l.Ready(); !fault.Is(err, fault.Busy) {
		t.Errorf("ready: %v", err)
	}
}

func TestLabelsFromOutside(t *testing.T) {
	long := strings.Repeat("x", 2000)
	var many []string
	for i := range series.MaxLabels {
		many = append(many, fmt.Sprintf("l%d", i), "x")
	}
	for name, pairs := range map[string][]string{
		"":       nil,
		"a\nb":   nil,
		"twice":  {"a", "1", "a", "2"},
		"long":   {"a", long},
		"name":   {long, "a"},
		"binary": {"a", "\xff"},
		"odd":    {"a"},
		"many":   many,
	} {
		if _, err := series.MakeLabels(name, pairs...); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q %.20v: %v", name, pairs, err)
		}
	}
	if l, err := series.MakeLabels("x", "b", "2", "a", "", "c", "3"); err != nil || l.String() != `{__name__="x", b="2", c="3"}` {
		t.Errorf("%v %v", l, err)
	}
}

// Whatever a selector says, a client's reach ends at the client.
func TestReachHolds(t *testing.T) {
	l := openLocal(t, t.TempDir(), series.Options{Clock: clock.At(start.Add(time.Minute))})
	mine, theirs := ids.ID(7), ids.ID(8)
	for _, c := range []ids.ID{mine, theirs} {
		commit(t, l, handle(t, l, "secret", "client", c.String(), "device", "d"+c.String()), point{start, float64(c)})
	}
	commit(t, l, handle(t, l, "secret", "device", "of nobody"), point{start, 99})
	ctx := context.Background()
	for _, expr := range []string{
		`secret`, `{client=~".+"}`, `{client="` + theirs.String() + `"}`, `secret{client!=""} or secret{client=""}`, `secret or vector(0) * on() group_left secret`,
		`max_over_time({__name__=~".+",client=~".+"}[5m])`, `sum(secret)`, `max(secret) by (client)`, `absent(secret{client="` + mine.String() + `"}) or secret`,
		`max_over_time(max(secret)[10m:1m])`, `secret @ end()`, `secret offset -1s`, `label_replace(secret, "client", "` + mine.String() + `", "", "")`,
		`{client="` + theirs.String() + `",client=~".*"}`, `count_values("v", secret)`, `{"client"=~".*", __name__="secret"}`,
	} {
		res, err := l.Query(ctx, series.Only(mine), expr, start.Add(time.Second))
		if err != nil {
			t.Errorf("%s: %v", expr, err)
			continue
		}
		for _, line := range res.Lines {
			for _, p := range line.Points {
				if p.V >= 8 || strings.Contains(line.Labels.String(), theirs.String()) || strings.Contains(line.Labels.String(), `"8"`) {
					t.Errorf("%s reached %s %v", expr, line.Labels, p.V)
				}
			}
		}
		if res, err := l.Query(ctx, series.Reach{}, expr, start.Add(time.Second)); err != nil || strings.Contains(fmt.Sprint(res), "secret") {
			t.Errorf("%s with no reach: %v %v", expr, res, err)
		}
	}
	list, _, err := l.SeriesOf(ctx, series.Only(mine), [][]*series.Matcher{{series.Is("__name__", "secret")}, {series.Is("client", theirs.String())}}, start.Add(-time.Hour), start.Add(time.Hour), 0)
	if err != nil || len(list) != 1 || list[0].Get("client") != mine.String() {
		t.Errorf("series %v %v", list, err)
	}
	values, _, err := l.LabelValues(ctx, series.Only(mine), "device", nil, start.Add(-time.Hour), start.Add(time.Hour), 0)
	if err != nil || len(values) != 1 || values[0] != "d"+mine.String() {
		t.Errorf("values %v %v", values, err)
	}
	both, _, err := l.LabelValues(ctx, series.Only(mine, theirs), "device", nil, start.Add(-time.Hour), start.Add(time.Hour), 0)
	if err != nil || len(both) != 2 {
		t.Errorf("values of two %v %v", both, err)
	}
	names, _, err := l.LabelNames(ctx, series.Reach{}, nil, start.Add(-time.Hour), start.Add(time.Hour), 0)
	if err != nil || len(names) != 0 {
		t.Errorf("names of nothing %v %v", names, err)
	}
}

func TestQuestionsHaveLimits(t *testing.T) {
	l := openLocal(t, t.TempDir(), series.Options{Clock: clock.At(start.Add(time.Hour)), MaxSamples: 1000})
	h := handle(t, l, "x", "device", "d")
	var points []point
	for i := range 2000 {
		points = append(points, point{start.Add(time.Duration(i) * time.Second), float64(i)})
	}
	commit(t, l, h, points...)
	ctx := context.Background()
	for expr, part := range map[string]string{
		"x[1h":                            "not PromQL",
		"sum_over_time(x[1h])":            "more than 1000 samples",
		strings.Repeat("(", 20<<10) + "x": "longer than",
		"x + on() x{":                     "not PromQL",
	} {
		if _, err := l.Query(ctx, series.Everything(), expr, start.Add(time.Hour)); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), part) {
			t.Errorf("%.20s: %v", expr, err)
		}
	}
	if _, err := l.QueryRange(ctx, series.Everything(), "x", start, start.Add(time.Hour), 0); !fault.Is(err, fault.Invalid) {
		t.Errorf("no step: %v", err)
	}
	if _, err := l.QueryRange(ctx, series.Everything(), "x", start, start.Add(100*time.Hour), time.Second); !fault.Is(err, fault.Invalid) {
		t.Errorf("many steps: %v", err)
	}
	if _, err := l.QueryRange(ctx, series.Everything(), "x", start.Add(time.Hour), start, time.Second); !fault.Is(err, fault.Invalid) {
		t.Errorf("backwards: %v", err)
	}
	if _, err := l.Query(ctx, series.Everything(), "x", time.Unix(math.MaxInt64/2, 0)); err != nil {
		t.Errorf("far in the future: %v", err)
	}
}

func TestForget(t *testing.T) {
	dir, o := t.TempDir(), series.Options{Clock: clock.At(start.Add(time.Hour))}
	l := openLocal(t, dir, o)
	gone, stays := handle(t, l, "x", "device", "gone"), handle(t, l, "x", "device", "stays")
	commit(t, l, gone, point{start, 1})
	commit(t, l, gone, point{start.Add(-5 * time.Hour), 1}) // late samples are kept apart until they are in a block
	commit(t, l, stays, point{start, 2})
	ctx := context.Background()
	if err := l.Forget(ctx); !fault.Is(err, fault.Invalid) {
		t.Errorf("everything: %v", err)
	}
	if err := l.Forget(ctx, series.Is("device", "gone")); err != nil {
		t.Fatal(err)
	}
	if got := samplesOf(t, l, series.Is("__name__", "x")); got != "x: 0=2\n" {
		t.Errorf("left %q", got)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = openLocal(t, dir, o)
	if got := samplesOf(t, l, series.Is("__name__", "x")); got != "x: 0=2\n" {
		t.Errorf("left after a restart %q", got)
	}
	gone = handle(t, l, "x", "device", "gone")
	// Who still has the handle may go on: it is a new series then.
	commit(t, l, gone, point{start.Add(time.Minute), 3})
	if got := samplesOf(t, l, series.Is("device", "gone")); got != "x: 60=3\n" {
		t.Errorf("again %q", got)
	}
}
