// SPDX-License-Identifier: Apache-2.0

package monitoring_test

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
	"time"

	"mainstay/care/monitoring"
	"mainstay/care/monitoring/rules"
	"mainstay/kit/clock"
	"mainstay/kit/ids"
)

// fleet is an engine with n devices that each send 50 series under 50 rules.
func fleet(tb testing.TB, n int) (e *monitoring.Engine, keys []monitoring.Key) {
	tb.Helper()
	e = monitoring.NewEngine(clock.System{}, time.UTC, func(id ids.ID) (monitoring.Device, bool) {
		return monitoring.Device{ID: id, Client: 1, Kind: "server"}, true
	})
	var list []monitoring.Entry
	for _, w := range rules.Shipped() { // the fifty are counted below, without those that are shipped
		list = append(list, monitoring.Entry{Watch: w, Disable: true})
	}
	for i := range 50 {
		metric := fmt.Sprintf("m%d", i)
		keys = append(keys, e.Key(metric))
		r := rules.Rule{Kind: rules.Threshold, Warn: rules.Number(.9), Crit: rules.Number(.95), Back: .05, For: 10 * time.Minute}
		switch i % 10 {
		case 3:
			r = rules.Rule{Kind: rules.Rate, Counter: true, Warn: rules.Number(100)}
		case 5:
			r = rules.Unusual(.05)
		case 7:
			r = rules.Rule{Kind: rules.Forecast, Full: 1, Window: 72 * time.Hour, Warn: rules.Number(72)}
		}
		list = append(list, monitoring.Entry{Watch: rules.Watch{Key: metric, Metric: metric, Rule: r}})
	}
	e.SetBook(map[monitoring.Place][]monitoring.Entry{{Level: monitoring.ByFirm}: list})
	return e, keys
}

// BenchmarkRules is a minute of data of 10,000 devices with 50 series each, under 50 rules: ms/minute is the CPU time.
func BenchmarkRules(b *testing.B) {
	const devices = 10_000
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	e, keys := fleet(b, devices)
	values := make([]float64, len(keys))
	at := time.Now().Add(-30 * 24 * time.Hour).UnixMilli()
	minute := func() {
		at += time.Minute.Milliseconds()
		for d := range devices {
			for i := range values {
				values[i] = float64((d*31+i*17+int(at/60000))%90) / 100
			}
			e.Observe(ids.ID(d+1), at, keys, values)
		}
	}
	for range 6 { // all learn
		minute()
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	for b.Loop() {
		minute()
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/minute")
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/devices, "B/device")
}

// one is an engine for one server, with a clock of the test's own.
func one(t *testing.T, edit func(*monitoring.Device), list ...rules.Watch) (*monitoring.Engine, *clock.Fixed) {
	t.Helper()
	c := clock.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))
	e := monitoring.NewEngine(c, time.UTC, func(id ids.ID) (monitoring.Device, bool) {
		d := monitoring.Device{ID: id, Client: 1, Kind: "server"}
		if edit != nil {
			edit(&d)
		}
		return d, true
	})
	e.SetBook(bookOf(list...))
	return e, c
}

func bookOf(list ...rules.Watch) map[monitoring.Place][]monitoring.Entry {
	var entries []monitoring.Entry
	for _, w := range rules.Shipped() {
		if slices.ContainsFunc(list, func(x rules.Watch) bool { return x.Key == w.Key }) {
			continue // a place says one thing of a rule
		}
		entries = append(entries, monitoring.Entry{Watch: w, Disable: true})
	}
	for _, w := range list {
		entries = append(entries, monitoring.Entry{Watch: w})
	}
	return map[monitoring.Place][]monitoring.Entry{{Level: monitoring.ByFirm}: entries}
}

func limit(key, metric string, warn float64) rules.Watch {
	return rules.Watch{Key: key, Metric: metric, Rule: rules.Rule{Kind: rules.Threshold, Warn: rules.Number(warn)}}
}

func changes(e *monitoring.Engine) (out []string) {
	for _, c := range e.Take() {
		out = append(out, fmt.Sprintf("%s %s %d→%d%s", c.Watch.Key, c.Series, c.Event.From, c.Event.To, c.Cause))
	}
	return out
}

func TestRulesFindTheirSeries(t *testing.T) {
	w := limit("boot", "disk", .5)
	w.Labels = map[string]string{"mount": "/boot"}
	x := limit("others", "disk", .5)
	x.Labels = map[string]string{"mount": "!/boot|/c"}
	e, c := one(t, nil, w, x)
	at := c.Now().UnixMilli()
	label := func(v string) monitoring.Key { return e.Key("disk", monitoring.Label{Name: "mount", Value: v}) }
	e.Observe(1, at, []monitoring.Key{label("/boot"), label(`/a "b"`), e.Key("disk"), label("/c")}, []float64{.6, .7, .4, .9})
	if got := changes(e); fmt.Sprint(got) != `[boot disk{mount="/boot"} 0→1 others disk{mount="/a \"b\""} 0→1]` {
		t.Errorf("%q", got)
	}
	latest := e.Latest(1)
	if len(latest) != 4 || latest[0].Series != "disk" || latest[2].Value != .6 || latest[2].Level != rules.Warning {
		t.Errorf("%+v", latest)
	}
}

// An entry of a log is told once, in the look behind it: that is an alert by the rules that are shipped, and it stays for as long as
// somebody may need to see it.
func TestOneEntryOfALogIsAnAlert(t *testing.T) {
	c := clock.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))
	e := monitoring.NewEngine(c, time.UTC, func(id ids.ID) (monitoring.Device, bool) {
		return monitoring.Device{ID: id, Client: 1, Kind: "server"}, true
	})
	e.SetBook(nil)
	key := e.Key("check_status", monitoring.Label{Name: "check", Value: "c1"}, monitoring.Label{Name: "kind", Value: "log"}, monitoring.Label{Name: "name", Value: "Logins"})
	look := func(state float64) {
		c.Advance(time.Hour) // a duration would not be believed across such a pause
		e.Observe(1, c.Now().UnixMilli(), []monitoring.Key{key}, []float64{state})
	}
	for _, state := range []float64{0, 1, 0} {
		look(state)
	}
	const series = `check_status{check="c1",kind="log",name="Logins"}`
	if got := fmt.Sprint(changes(e)); got != "[log "+series+" 0→1]" {
		t.Errorf("one entry: %s", got)
	}
	for range 10 {
		look(0)
	}
	if got := fmt.Sprint(changes(e)); got != "[]" {
		t.Errorf("still within twelve looks: %s", got)
	}
	look(0)
	if got := fmt.Sprint(changes(e)); got != "[log "+series+" 1→0]" {
		t.Errorf("after twelve looks: %s", got)
	}
}

func TestFurtherConditions(t *testing.T) {
	w := limit("swap", "swap", .5)
	w.And = []rules.And{{Metric: "memory", Limit: .8}}
	e, c := one(t, nil, w)
	keys := []monitoring.Key{e.Key("memory"), e.Key("swap")}
	for i, v := range [][]float64{{.5, .9}, {.8, .9}, {.7, .9}, {.9, .4}} {
		c.Advance(time.Minute)
		e.Observe(1, c.Now().UnixMilli(), keys, v)
		want := []string{"[]", "[swap swap 0→1]", "[swap swap 1→0]", "[]"}[i]
		if got := fmt.Sprint(changes(e)); got != want {
			t.Errorf("%d: %s, want %s", i, got, want)
		}
	}
}

func TestWhatAnEngineDoesNotBelieve(t *testing.T) {
	e, c := one(t, nil, limit("x", "x", 1))
	k := []monitoring.Key{e.Key("x")}
	e.Observe(1, c.Now().Add(time.Hour).UnixMilli(), k, []float64{5}) // an hour ahead
	e.Observe(1, c.Now().UnixMilli(), []monitoring.Key{0, 99999}, []float64{5, 5})
	e.Observe(1, c.Now().UnixMilli(), k, nil)
	if got := changes(e); len(got) != 0 || len(e.Latest(1)) != 0 {
		t.Errorf("%v, %v", got, e.Latest(1))
	}
	e.Observe(1, c.Now().UnixMilli(), k, []float64{5})
	if got := changes(e); len(got) != 1 {
		t.Errorf("%v", got)
	}
}

// What is looked at once in six hours or once a day is not gone in between; what stays away for three rhythms is.
func TestSeldomSeries(t *testing.T) {
	smart := rules.Watch{Key: "smart", Metric: "check_status", Rule: rules.Rule{Kind: rules.Check, Warn: rules.Number(1), Of: 1}}
	e, c := one(t, nil, smart, limit("hosts", "network_unknown_hosts", 1))
	keys := []monitoring.Key{e.Key("check_status"), e.Key("network_unknown_hosts"), e.Key("x")}
	for m := range 72 * 60 {
		c.Advance(time.Minute)
		at := c.Now().UnixMilli()
		if m%(6*60) == 0 && m < 48*60 {
			e.Observe(1, at, keys[:1], []float64{2})
		}
		if m%(24*60) == 0 {
			e.Observe(1, at, keys[1:2], []float64{1})
		}
		e.Observe(1, at, keys[2:], []float64{0})
		e.Tick()
	}
	if got := fmt.Sprint(changes(e)); got != "[smart check_status 0→2 hosts network_unknown_hosts 0→1 smart check_status 2→0gone]" {
		t.Error(got)
	}
}

// A rule that is changed keeps its alert; one that goes, and a series that goes, end theirs.
func TestRulesThatChange(t *testing.T) {
	e, c := one(t, nil, limit("x", "x", 1), limit("y", "y", 1))
	keys := []monitoring.Key{e.Key("x"), e.Key("y")}
	send := func(v ...float64) {
		c.Advance(time.Minute)
		e.Observe(1, c.Now().UnixMilli(), keys[:len(v)], v)
	}
	send(5, 5)
	changes(e)
	e.SetBook(bookOf(limit("x", "x", 2))) // x has another limit, y is gone
	send(5, 5)
	if got := fmt.Sprint(changes(e)); got != "[y y 1→0rule]" {
		t.Errorf("%s", got)
	}
	send(1.5, 5)
	if got := fmt.Sprint(changes(e)); got != "[x x 1→0]" {
		t.Errorf("%s", got)
	}
	keys[0], keys[1] = keys[1], keys[0]
	e.SetBook(bookOf(limit("x", "x", 1)))
	send(5, 5)
	if got := fmt.Sprint(changes(e)); got != "[x x 0→1]" {
		t.Errorf("%s", got)
	}
	for range 61 { // x is not sent any more
		send(5)
		e.Tick()
	}
	if got := fmt.Sprint(changes(e)); got != "[x x 1→0gone]" {
		t.Errorf("%s", got)
	}
}

func TestADeviceThatIsNotWatchedAnyMore(t *testing.T) {
	quiet := false
	e, c := one(t, func(d *monitoring.Device) { d.Quiet = quiet }, limit("x", "x", 1))
	e.Observe(1, c.Now().UnixMilli(), []monitoring.Key{e.Key("x")}, []float64{5})
	changes(e)
	quiet = true
	e.Forget(1)
	if got := fmt.Sprint(changes(e)); got != "[x x 1→0device]" {
		t.Errorf("%s", got)
	}
}
