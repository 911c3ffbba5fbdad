// SPDX-License-Identifier: Apache-2.0

package monitoring_test

import (
	"fmt"
	"runtime"
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
	e = monitoring.NewEngine(clock.System{}, func(id ids.ID) (monitoring.Device, bool) {
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
