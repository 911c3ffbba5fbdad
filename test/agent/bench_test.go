// SPDX-License-Identifier: Apache-2.0

package agent_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"mainstay/agent/collect"
	"mainstay/agent/link"
	"mainstay/agent/spool"
	"mainstay/agent/state"
	"mainstay/kit/wire"
)

// The figures that the agent is held to; docs/adr/0031 says why these.
const (
	mostBinary = 9_000_000 // bytes
	mostMemory = 14 << 10  // kB of RSS at its highest
	mostCPU    = 0.05      // seconds per minute
	mostSpool  = 10 << 20  // bytes after a day without a connection
)

// measured is what /proc says of a process.
type measured struct {
	rss, peak float64 // kB
	cpu       float64 // seconds
}

func measure(t testing.TB, pid int) measured {
	t.Helper()
	var m measured
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skip("needs /proc:", err)
	}
	for line := range strings.Lines(string(b)) {
		w := strings.Fields(line)
		if len(w) < 2 {
			continue
		}
		v, _ := strconv.ParseFloat(w[1], 64)
		switch w[0] {
		case "VmRSS:":
			m.rss = v
		case "VmHWM:":
			m.peak = v
		}
	}
	// The scheduler's own count: ticks of a hundredth would round most of it away.
	b, err = os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", pid))
	if err == nil {
		ns, _ := strconv.ParseFloat(strings.Fields(string(b))[0], 64)
		m.cpu = ns / 1e9
	}
	if all, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid)); err == nil { // schedstat is the main thread's alone
		m.cpu = 0
		for _, task := range all {
			b, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/schedstat", pid, task.Name()))
			if err == nil {
				ns, _ := strconv.ParseFloat(strings.Fields(string(b))[0], 64)
				m.cpu += ns / 1e9
			}
		}
	}
	return m
}

// BenchmarkAgent runs the program for some minutes as it runs on an endpoint, beside Debian's prometheus-node-exporter that is asked each minute, as
// a Prometheus would.
func BenchmarkAgent(b *testing.B) {
	minutes := 3
	if v, err := strconv.Atoi(os.Getenv("MAINSTAY_AGENT_MINUTES")); err == nil && v > 0 {
		minutes = v
	}
	info, err := os.Stat(build(b))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s := newServer(b, "127.0.0.1")
		e := newEndpoint(b)
		if out, err := e.call("enrol", s.token); err != nil {
			b.Fatal(err, out)
		}
		agent := e.start(b)
		s.until(b, "the inventory and a reading", time.Minute, func() bool { return len(s.sections) == len(wire.Sections) && len(s.samples) > 0 })
		exporter, ask := startExporter(b)
		before, exporterBefore := measure(b, agent.Process.Pid), measured{}
		if exporter != nil {
			exporterBefore = measure(b, exporter.Process.Pid)
		}
		for range minutes {
			ask()
			time.Sleep(time.Minute)
		}
		after := measure(b, agent.Process.Pid)
		cpu := (after.cpu - before.cpu) / float64(minutes)
		b.ReportMetric(float64(info.Size())/1e6, "MB-binary")
		b.ReportMetric(after.rss/1024, "MiB-rss")
		b.ReportMetric(after.peak/1024, "MiB-peak")
		b.ReportMetric(cpu, "cpu-s/min")
		b.ReportMetric(before.cpu, "cpu-s-start")
		if exporter != nil {
			x := measure(b, exporter.Process.Pid)
			b.ReportMetric(x.rss/1024, "MiB-rss-node_exporter")
			b.ReportMetric(x.peak/1024, "MiB-peak-node_exporter")
			b.ReportMetric((x.cpu-exporterBefore.cpu)/float64(minutes), "cpu-s/min-node_exporter")
			if info, err := os.Stat(exporter.Path); err == nil {
				b.ReportMetric(float64(info.Size())/1e6, "MB-binary-node_exporter")
			}
		}
		if info.Size() > mostBinary || after.peak > mostMemory || cpu > mostCPU {
			b.Errorf("beyond what was promised: %d bytes, %.0f kB, %.3f s", info.Size(), after.peak, cpu)
		}
		_ = agent.Process.Kill()
	}
}

func startExporter(b *testing.B) (*exec.Cmd, func()) {
	path, err := exec.LookPath("prometheus-node-exporter")
	if err != nil {
		b.Log("prometheus-node-exporter is not installed: nothing to compare with")
		return nil, func() {}
	}
	const address = "127.0.0.1:19109"
	cmd := exec.Command(path, "--web.listen-address="+address)
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	ask := func() {
		for range 50 {
			if res, err := http.Get("http://" + address + "/metrics"); err == nil {
				_ = res.Body.Close()
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		b.Fatal("the exporter does not answer")
	}
	ask()
	return cmd, ask
}

// offlineDay takes a day of readings of this machine without a connection and returns what they take on disk.
func offlineDay(t testing.TB) (int64, spool.State) {
	t.Helper()
	store, err := state.OpenDir(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	sp, err := spool.OpenDisk(store.Path("spool"), mostSpool, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer sp.Close()
	up := time.Hour
	uptime := func() time.Duration { return up }
	a, err := link.New(link.Options{
		Version: "1", Identity: &link.Identity{Reply: wire.EnrolReply{Device: deviceID}}, Store: store, Spool: sp, Source: collect.NewSource(collect.Uptime, nil, nil),
		Clock: link.NewClock(time.Now(), uptime, "boot", link.Anchor{}), Wall: time.Now, Log: nil,
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 24 * 60 {
		up += time.Minute
		if err := a.Sample(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	var bytes int64
	for _, n := range sp.Files() {
		if info, err := os.Stat(store.Path("spool/" + n + ".seg")); err == nil {
			bytes += info.Size()
		}
	}
	return bytes, sp.State()
}

func BenchmarkOfflineDay(b *testing.B) {
	for b.Loop() {
		n, s := offlineDay(b)
		b.ReportMetric(float64(n)/1e6, "MB-spool")
		b.ReportMetric(float64(s.Batches), "readings")
	}
}

// A day without a connection fits, whole.
func TestADayWithoutAConnectionFits(t *testing.T) {
	n, s := offlineDay(t)
	if n > mostSpool || s.Batches != 24*60 || s.Dropped != 0 {
		t.Errorf("%d bytes, %+v", n, s)
	}
	t.Logf("%d bytes for %d readings", n, s.Batches)
}

func TestTheProgramIsSmall(t *testing.T) {
	info, err := os.Stat(build(t))
	if err != nil {
		t.Fatal(err)
	}
	if info.Size() > mostBinary {
		t.Errorf("the program has %d bytes", info.Size())
	}
	t.Logf("%d bytes", info.Size())
}
