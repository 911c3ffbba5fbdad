// SPDX-License-Identifier: Apache-2.0

package collect

import (
	"context"
	"math"
	"sync"
	"time"

	"mainstay/agent/link"
)

// The most of each kind that one machine's figures name.
const (
	maxMounts     = 64
	maxDisks      = 64
	maxInterfaces = 64
	maxSensors    = 32
)

// Metrics reads a machine's figures. It remembers the reading before, for what is a share of the time between. It is safe for
// concurrent use.
type Metrics struct {
	mu     sync.Mutex
	r      reading
	uptime func() time.Duration
	cpu    cpuTimes
	disks  map[string]time.Duration // busy, by disk
	at     time.Duration            // of the reading before
	hung   chan struct{}            // the file systems are still being asked: one does not answer
	os     platform
}

// NewMetrics returns the reader and takes the first look, which rates are counted from. uptime is a clock that nobody sets.
func NewMetrics(uptime func() time.Duration) *Metrics {
	m := &Metrics{uptime: uptime, disks: map[string]time.Duration{}}
	m.Read(context.Background(), link.Self{})
	m.r = reading{}
	return m
}

// cpuTimes are seconds since the start of the machine, over all processors.
type cpuTimes struct{ total, idle, wait float64 }

// mount is a file system with what is used of it, in bytes and inodes.
type mount struct {
	point, device       string
	size, used, free    uint64
	inodes, inodesTaken uint64
}

// disk is a whole disk's counters.
type disk struct {
	name                    string
	readBytes, writtenBytes uint64
	reads, writes           uint64
	busy                    time.Duration
}

// iface is a network interface's counters.
type iface struct {
	name                         string
	received, sent               uint64
	receiveErrors, sendErrors    uint64
	receivedDropped, sentDropped uint64
}

// sensor is a temperature.
type sensor struct {
	name    string
	celsius float64
}

// Read takes a reading: see [link.Source].
func (m *Metrics) Read(ctx context.Context, self link.Self) ([]string, []float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.uptime()
	m.r.begin()
	m.processor()
	m.memory()
	m.fileSystems(ctx)
	m.diskTraffic(now)
	m.network()
	if n, ok := m.os.processes(); ok {
		m.r.set("system_processes_count", float64(n), 0)
	}
	m.r.set("system_uptime_seconds", now.Seconds(), 0)
	for i, s := range m.os.temperatures() {
		if i < maxSensors && s.celsius > -100 && s.celsius < 300 {
			m.r.set("system_temperature_celsius", s.celsius, 1, "sensor", s.name)
		}
	}
	if self.ClockKnown {
		m.r.set("system_clock_offset_seconds", self.ClockOffset.Seconds(), 2)
	}
	memory, cpu := m.os.own()
	m.r.set("agent_memory_usage_bytes", memory, 0)
	m.r.set("agent_cpu_seconds_total", cpu, 2)
	m.r.set("agent_spool_bytes", float64(self.SpoolBytes), 0)
	m.at = now
	return m.r.end()
}

func (m *Metrics) processor() {
	if t, ok := m.os.cpuTimes(); ok {
		total := t.total - m.cpu.total
		if m.cpu.total > 0 && total > 0 {
			m.r.set("system_cpu_utilization_ratio", ratio(total-(t.idle-m.cpu.idle)-(t.wait-m.cpu.wait), total), 4)
			if hasWait {
				m.r.set("system_cpu_iowait_ratio", ratio(t.wait-m.cpu.wait, total), 4)
			}
		}
		m.cpu = t
	}
	if l, ok := m.os.load(); ok {
		m.r.set("system_cpu_load_average_1m", l, 2)
	}
}

func (m *Metrics) memory() {
	if used, limit, ok := m.os.memory(); ok && limit > 0 {
		m.r.set("system_memory_utilization_ratio", ratio(float64(used), float64(limit)), 4)
		m.r.set("system_memory_usage_bytes", float64(used), 0)
		m.r.set("system_memory_limit_bytes", float64(limit), 0)
	}
	if used, limit, ok := m.os.paging(); ok && limit > 0 {
		m.r.set("system_paging_utilization_ratio", ratio(float64(used), float64(limit)), 4)
	}
}

// patience is how long file systems may take to answer. One whose disk is gone may take forever: it is asked beside, and the
// others' last figures are not repeated as if they were new.
const patience = 5 * time.Second

func (m *Metrics) fileSystems(ctx context.Context) {
	if m.hung != nil {
		select {
		case <-m.hung:
			m.hung = nil
		default:
			return
		}
	}
	done := make(chan struct{})
	var found []mount
	go func() { defer close(done); found = m.os.mounts() }()
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case <-done:
	case <-t.C:
		m.hung = done
		return
	case <-ctx.Done():
		m.hung = done
		return
	}
	for i, f := range found {
		if i == maxMounts {
			break
		}
		// What only root may still write to counts as used, as df does.
		m.r.set("system_filesystem_utilization_ratio", ratio(float64(f.used), float64(f.used+f.free)), 4, "mountpoint", f.point)
		m.r.set("system_filesystem_usage_bytes", float64(f.used), 0, "mountpoint", f.point)
		m.r.set("system_filesystem_limit_bytes", float64(f.size), 0, "mountpoint", f.point)
		if f.inodes > 0 {
			m.r.set("system_filesystem_inodes_utilization_ratio", ratio(float64(f.inodesTaken), float64(f.inodes)), 4, "mountpoint", f.point)
		}
	}
}

func (m *Metrics) diskTraffic(now time.Duration) {
	for i, d := range m.os.disks() {
		if i == maxDisks {
			break
		}
		m.r.set("system_disk_io_bytes_total", float64(d.readBytes), 0, "device_name", d.name, "direction", "read")
		m.r.set("system_disk_io_bytes_total", float64(d.writtenBytes), 0, "device_name", d.name, "direction", "write")
		m.r.set("system_disk_operations_total", float64(d.reads), 0, "device_name", d.name, "direction", "read")
		m.r.set("system_disk_operations_total", float64(d.writes), 0, "device_name", d.name, "direction", "write")
		if before, ok := m.disks[d.name]; ok && now > m.at && d.busy >= before && d.busy > 0 {
			m.r.set("system_disk_io_time_ratio", ratio(float64(d.busy-before), float64(now-m.at)), 4, "device_name", d.name)
		}
		if len(m.disks) < 4*maxDisks {
			m.disks[d.name] = d.busy
		}
	}
}

func (m *Metrics) network() {
	for i, f := range m.os.interfaces() {
		if i == maxInterfaces {
			break
		}
		set := func(name string, received, sent uint64) {
			m.r.set(name, float64(received), 0, "direction", "receive", "interface", f.name)
			m.r.set(name, float64(sent), 0, "direction", "transmit", "interface", f.name)
		}
		set("system_network_io_bytes_total", f.received, f.sent)
		set("system_network_errors_total", f.receiveErrors, f.sendErrors)
		set("system_network_dropped_total", f.receivedDropped, f.sentDropped)
	}
}

// ratio returns a share between 0 and 1; counters that are read one after the other give a little more.
func ratio(part, whole float64) float64 {
	if whole <= 0 {
		return math.NaN()
	}
	return min(max(part/whole, 0), 1)
}
