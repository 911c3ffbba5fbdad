// SPDX-License-Identifier: Apache-2.0

package collect_test

import (
	"context"
	"math"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"mainstay/agent/collect"
	"mainstay/agent/link"
	"mainstay/kit/wire"
)

func values(series []string, values []float64) map[string]float64 {
	out := map[string]float64{}
	for i, s := range series {
		if !math.IsNaN(values[i]) {
			out[s] = values[i]
		}
	}
	return out
}

func TestFiguresOfThisMachine(t *testing.T) {
	began := time.Now()
	m := collect.NewMetrics(func() time.Duration { return time.Hour + time.Since(began) })
	stop := time.Now().Add(150 * time.Millisecond)
	for n := 0; time.Now().Before(stop); n++ { // keeps a processor busy, so that the counters move
		_ = math.Sqrt(float64(n))
	}
	self := link.Self{SpoolBytes: 77, ClockOffset: -1234 * time.Millisecond, ClockKnown: true}
	series, first := m.Read(context.Background(), self)
	got := values(series, first)
	for _, s := range series {
		if _, _, err := wire.ParseSeries(s); err != nil {
			t.Errorf("%s: %v", s, err)
		}
	}
	for name, bounds := range map[string][2]float64{
		"system_memory_utilization_ratio": {0.001, 1}, "system_memory_limit_bytes": {64 << 20, 1 << 50}, "system_processes_count": {1, 1e6},
		"system_uptime_seconds": {3600, 3700}, "agent_memory_usage_bytes": {1 << 20, 1 << 30}, "agent_cpu_seconds_total": {0.001, 1e5}, "agent_spool_bytes": {77, 77},
		"system_clock_offset_seconds": {-1.23, -1.23}, "system_cpu_utilization_ratio": {0.0001, 1},
	} {
		v, ok := got[name]
		if !ok || v < bounds[0] || v > bounds[1] {
			t.Errorf("%s is %v (%v), want between %v", name, v, ok, bounds)
		}
	}
	if runtime.GOOS == "linux" {
		if v, ok := got[`system_filesystem_utilization_ratio{mountpoint="/"}`]; !ok || v <= 0 || v > 1 {
			t.Errorf("/ is used to %v: %v", v, got)
		}
	}
	again, second := m.Read(context.Background(), self)
	if len(again) == len(series) && &again[0] != &series[0] {
		t.Error("the same series are another slice: the server would be told their names each minute")
	}
	if &second[0] == &first[0] {
		t.Error("the values of the reading before were written over")
	}
}

// What the kernel counts must be what is reported.
func TestFiguresAgreeWithTheKernel(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("reads /proc")
	}
	m := collect.NewMetrics(func() time.Duration { return time.Hour })
	before := processes(t)
	got := values(m.Read(context.Background(), link.Self{}))
	after := processes(t)
	if n := got["system_processes_count"]; n < float64(min(before, after))-5 || n > float64(max(before, after))+5 {
		t.Errorf("%v processes; /proc had %d and %d", n, before, after)
	}
	for s, v := range got {
		if strings.HasPrefix(s, "system_network_io_bytes_total") && strings.Contains(s, `interface="lo"`) {
			t.Errorf("the loopback is reported: %s %v", s, v)
		}
	}
}

func processes(t *testing.T) int {
	all, err := os.ReadDir("/proc")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, e := range all {
		if c := e.Name()[0]; c >= '1' && c <= '9' {
			n++
		}
	}
	return n
}

func BenchmarkReading(b *testing.B) {
	m := collect.NewMetrics(func() time.Duration { return time.Hour })
	b.ReportAllocs()
	for b.Loop() {
		m.Read(context.Background(), link.Self{})
	}
}
