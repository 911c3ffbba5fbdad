// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package collect

import (
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"
	gdisk "github.com/shirou/gopsutil/v4/disk"
	"github.com/shirou/gopsutil/v4/load"
	"github.com/shirou/gopsutil/v4/mem"
	"github.com/shirou/gopsutil/v4/net"
	"github.com/shirou/gopsutil/v4/process"
)

// platform reads Windows and macOS through gopsutil.
type platform struct{ me *process.Process }

const hasWait = false

func (p *platform) cpuTimes() (cpuTimes, bool) {
	all, err := cpu.Times(false)
	if err != nil || len(all) != 1 {
		return cpuTimes{}, false
	}
	t := all[0]
	return cpuTimes{total: t.User + t.System + t.Idle + t.Nice + t.Irq + t.Softirq + t.Steal, idle: t.Idle}, true
}

// load has no meaning on Windows: gopsutil would keep a queue length of its own by a timer.
func (p *platform) load() (float64, bool) {
	if runtime.GOOS == "windows" {
		return 0, false
	}
	l, err := load.Avg()
	if err != nil {
		return 0, false
	}
	return l.Load1, true
}

func (p *platform) memory() (used, limit uint64, ok bool) {
	v, err := mem.VirtualMemory()
	if err != nil {
		return 0, 0, false
	}
	return v.Total - min(v.Available, v.Total), v.Total, true
}

func (p *platform) paging() (used, limit uint64, ok bool) {
	s, err := mem.SwapMemory()
	if err != nil {
		return 0, 0, false
	}
	return s.Used, s.Total, true
}

func (p *platform) processes() (int, bool) {
	pids, err := process.Pids()
	return len(pids), err == nil
}

func (p *platform) mounts() []mount {
	parts, err := gdisk.Partitions(false)
	if err != nil {
		return nil
	}
	var out []mount
	for _, part := range parts {
		if !ownVolume(part) {
			continue
		}
		u, err := gdisk.Usage(part.Mountpoint)
		if err != nil || u.Total == 0 {
			continue
		}
		out = append(out, mount{point: part.Mountpoint, device: part.Device, size: u.Total, used: u.Used, free: u.Free, inodes: u.InodesTotal, inodesTaken: u.InodesUsed})
	}
	return out
}

// ownVolume leaves out what cannot fill up: discs, images, and the sealed volumes of macOS, which share their room with /.
func ownVolume(part gdisk.PartitionStat) bool {
	fs := strings.ToLower(part.Fstype)
	switch {
	case fs == "cdfs" || fs == "udf" || fs == "devfs" || fs == "autofs":
		return false
	case runtime.GOOS == "darwin" && part.Mountpoint != "/" && part.Mountpoint != "/System/Volumes/Data" && strings.HasPrefix(part.Mountpoint, "/System/Volumes"):
		return false
	}
	for _, o := range part.Opts {
		if o == "ro" && part.Mountpoint != "/" {
			return false
		}
	}
	return true
}

func (p *platform) disks() []disk {
	all, err := gdisk.IOCounters()
	if err != nil {
		return nil
	}
	var out []disk
	for name, d := range all {
		out = append(out, disk{
			name: name, readBytes: d.ReadBytes, writtenBytes: d.WriteBytes, reads: d.ReadCount, writes: d.WriteCount, busy: time.Duration(d.IoTime) * time.Millisecond,
		})
	}
	return out
}

func (p *platform) interfaces() []iface {
	all, err := net.IOCounters(true)
	if err != nil {
		return nil
	}
	var out []iface
	for _, f := range all {
		if f.BytesRecv+f.BytesSent == 0 || passing(f.Name) {
			continue
		}
		out = append(out, iface{
			name: f.Name, received: f.BytesRecv, sent: f.BytesSent, receiveErrors: f.Errin, sendErrors: f.Errout, receivedDropped: f.Dropin, sentDropped: f.Dropout,
		})
	}
	return out
}

func passing(name string) bool {
	for _, p := range []string{"lo0", "Loopback", "utun", "awdl", "llw", "gif", "stf", "anpi", "ap1", "isatap", "Teredo", "vEthernet (nat)"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// temperatures are left out: Windows tells them only through WMI, which costs more than all other figures together, and macOS through a
// private interface.
func (p *platform) temperatures() []sensor { return nil }

func (p *platform) own() (memory, seconds float64) {
	if p.me == nil {
		me, err := process.NewProcess(int32(os.Getpid()))
		if err != nil {
			return 0, 0
		}
		p.me = me
	}
	if m, err := p.me.MemoryInfo(); err == nil {
		memory = float64(m.RSS)
	}
	if t, err := p.me.Times(); err == nil {
		seconds = t.User + t.System
	}
	return memory, seconds
}
