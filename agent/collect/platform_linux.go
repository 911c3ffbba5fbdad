// SPDX-License-Identifier: Apache-2.0

package collect

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/mem"
	"golang.org/x/sys/unix"
)

// platform reads Linux. /proc and /sys are read here, but for memory, whose arithmetic gopsutil knows best: a reading of gopsutil's
// disks opens three more files for each disk (serial, label, partitions), its sensors list every file of every chip, its
// processors parse the counters of all interrupts, and its file systems those of all containers.
type platform struct {
	buf      []byte
	sensors  []sensorFile
	looked   time.Time
	wholes   map[string]bool // disks, by name: whole ones that are worth a figure
	fd       *os.File        // /proc, kept open
	swapUsed uint64
	swapAll  uint64
}

const hasWait = true

// read returns the content of a small file; valid until the next read.
func (p *platform) read(name string) []byte {
	fd, err := unix.Open(name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil
	}
	defer unix.Close(fd) //nolint:errcheck // nothing to be done
	p.buf = p.buf[:0]
	for len(p.buf) < maxProc {
		if cap(p.buf)-len(p.buf) < 512 {
			p.buf = slices.Grow(p.buf, max(4096, len(p.buf)))
		}
		n, err := unix.Read(fd, p.buf[len(p.buf):cap(p.buf)])
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil
		}
		if n == 0 {
			break
		}
		p.buf = p.buf[:len(p.buf)+n]
	}
	return p.buf
}

// cut returns the next word of a line and the rest.
func cut(line []byte) (word, rest []byte) {
	line = bytes.TrimLeft(line, " \t")
	if i := bytes.IndexAny(line, " \t"); i >= 0 {
		return line[:i], line[i:]
	}
	return line, nil
}

func number(b []byte) uint64 {
	var n uint64
	for _, c := range b {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + uint64(c-'0')
	}
	return n
}

// cpuTimes reads the first line of /proc/stat: user nice system idle iowait irq softirq steal; guests are in user already.
func (p *platform) cpuTimes() (cpuTimes, bool) {
	line, _, _ := bytes.Cut(p.read("/proc/stat"), []byte("\n"))
	word, rest := cut(line)
	if string(word) != "cpu" {
		return cpuTimes{}, false
	}
	var t cpuTimes
	for i := range 8 {
		word, rest = cut(rest)
		v := float64(number(word)) / 100 // USER_HZ is 100 on all Linux that Go runs on
		t.total += v
		switch i {
		case 3:
			t.idle = v
		case 4:
			t.wait = v
		}
	}
	return t, t.total > 0
}

func (p *platform) load() (float64, bool) {
	word, _ := cut(p.read("/proc/loadavg"))
	v, err := strconv.ParseFloat(string(word), 64)
	return v, err == nil
}

func (p *platform) memory() (used, limit uint64, ok bool) {
	v, err := mem.VirtualMemory()
	if err != nil {
		return 0, 0, false
	}
	p.swapAll, p.swapUsed = v.SwapTotal, v.SwapTotal-min(v.SwapFree, v.SwapTotal)
	return v.Total - min(v.Available, v.Total), v.Total, true
}

// paging returns what memory found in the same file.
func (p *platform) paging() (used, limit uint64, ok bool) { return p.swapUsed, p.swapAll, true }

// processes counts the folders of /proc whose names are numbers.
func (p *platform) processes() (int, bool) {
	if p.fd == nil {
		f, err := os.Open("/proc")
		if err != nil {
			return 0, false
		}
		p.fd = f
	}
	if _, err := p.fd.Seek(0, 0); err != nil {
		return 0, false
	}
	count := 0
	buf := make([]byte, 8<<10)
	for {
		n, err := unix.ReadDirent(int(p.fd.Fd()), buf)
		if err != nil || n == 0 {
			return count, err == nil
		}
		for b := buf[:n]; len(b) > 19; {
			size := int(b[16]) | int(b[17])<<8
			if size < 20 || size > len(b) {
				break
			}
			if b[19] >= '1' && b[19] <= '9' {
				count++
			}
			b = b[size:]
		}
	}
}

// full are file systems without room to run out of: they are always full, or all of memory.
var full = []string{"squashfs", "iso9660", "udf", "erofs", "cramfs", "ramfs"}

// virtual are those of the kernel and of containers; "overlay" is the root of a container and counts there only.
func virtual(fs string) bool {
	switch fs {
	case "ext2", "ext3", "ext4", "xfs", "btrfs", "zfs", "f2fs", "jfs", "reiserfs", "vfat", "exfat", "ntfs", "ntfs3", "fuseblk", "bcachefs", "ocfs2", "gfs2", "hfsplus", "nilfs2", "9p", "virtiofs":
		return false
	}
	return true
}

// mountEntry is a line of the table of mounts.
type mountEntry struct {
	point, source, fs string
	readOnly          bool
}

// table returns the mounted file systems that hold a machine's own data, each device once, shortest path first.
func (p *platform) table() []mountEntry {
	var out []mountEntry
	for line := range bytes.Lines(p.read("/proc/self/mountinfo")) {
		f := strings.Fields(string(line))
		sep := slices.Index(f, "-")
		if sep < 6 || len(f) < sep+3 {
			continue
		}
		e := mountEntry{point: unescape(f[4]), fs: f[sep+1], source: unescape(f[sep+2]), readOnly: strings.HasPrefix(f[5]+",", "ro,")}
		if virtual(e.fs) && e.point != "/" || slices.Contains(full, e.fs) {
			continue
		}
		// A file that is mounted over another, as containers do with /etc/hosts, is none of the machine's own.
		if info, err := os.Lstat(e.point); err == nil && !info.IsDir() {
			continue
		}
		out = append(out, e)
	}
	slices.SortStableFunc(out, func(a, b mountEntry) int { return len(a.point) - len(b.point) })
	seen := map[string]bool{}
	return slices.DeleteFunc(out, func(e mountEntry) bool {
		if seen[e.source] && strings.HasPrefix(e.source, "/") || seen[e.point] {
			return true
		}
		seen[e.source], seen[e.point] = true, true
		return false
	})
}

// unescape undoes what the kernel does to spaces in paths.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}

func (p *platform) mounts() []mount {
	q := platform{} // may run beside a reading, when a file system does not answer
	var out []mount
	for _, e := range q.table() {
		var s unix.Statfs_t
		if unix.Statfs(e.point, &s) != nil || s.Blocks == 0 || e.readOnly {
			continue
		}
		b := uint64(s.Bsize)
		m := mount{point: e.point, device: e.source, size: s.Blocks * b, used: (s.Blocks - s.Bfree) * b, free: s.Bavail * b}
		if s.Files > 0 && s.Files >= s.Ffree {
			m.inodes, m.inodesTaken = s.Files, s.Files-s.Ffree
		}
		out = append(out, m)
	}
	return out
}

// disks reads /proc/diskstats, of whole disks only.
func (p *platform) disks() []disk {
	p.look()
	var out []disk
	for line := range bytes.Lines(p.read("/proc/diskstats")) {
		_, rest := cut(bytes.TrimSpace(line))
		_, rest = cut(rest)
		name, rest := cut(rest)
		if !p.wholes[string(name)] {
			continue
		}
		var n [10]uint64
		for i := range n {
			var word []byte
			word, rest = cut(rest)
			n[i] = number(word)
		}
		out = append(out, disk{
			name: string(name), reads: n[0], readBytes: n[2] * 512, writes: n[4], writtenBytes: n[6] * 512, busy: time.Duration(n[9]) * time.Millisecond,
		})
	}
	return out
}

// interfaces reads /proc/net/dev; those of containers and the loopback are left out.
func (p *platform) interfaces() []iface {
	var out []iface
	for line := range bytes.Lines(p.read("/proc/net/dev")) {
		name, rest, ok := bytes.Cut(line, []byte(":"))
		if !ok {
			continue
		}
		f := iface{name: string(bytes.TrimSpace(name))}
		if passing(f.name) {
			continue
		}
		var n [12]uint64
		rest = bytes.TrimSpace(rest)
		for i := range n {
			var word []byte
			word, rest = cut(rest)
			n[i] = number(word)
		}
		f.received, f.receiveErrors, f.receivedDropped = n[0], n[2], n[3]
		f.sent, f.sendErrors, f.sentDropped = n[8], n[10], n[11]
		out = append(out, f)
	}
	return out
}

// passing tells whether an interface comes and goes with containers and guests.
func passing(name string) bool {
	if name == "lo" {
		return true
	}
	for _, p := range []string{"veth", "cali", "vnet", "tap", "ifb", "dummy", "docker", "br-", "virbr", "cni", "flannel", "lxc", "fwbr", "fwpr", "fwln", "sit", "tunl", "gre", "erspan", "ip6tnl", "ip6gre", "ip_vti", "ip6_vti"} {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// sensorFile is where a temperature stands.
type sensorFile struct{ name, path string }

// look finds disks and sensors, each ten minutes: they seldom change.
func (p *platform) look() {
	if p.wholes != nil && time.Since(p.looked) < 10*time.Minute {
		return
	}
	p.looked, p.wholes, p.sensors = time.Now(), map[string]bool{}, nil
	blocks, _ := os.ReadDir("/sys/block")
	for _, b := range blocks {
		if wholeDisk(b.Name()) && len(p.wholes) < maxDisks {
			p.wholes[b.Name()] = true
		}
	}
	chips, _ := filepath.Glob("/sys/class/hwmon/hwmon*")
	for _, chip := range chips {
		name := strings.TrimSpace(string(p.read(chip + "/name")))
		inputs, _ := filepath.Glob(chip + "/temp*_input")
		for _, input := range inputs {
			what := strings.TrimSpace(string(p.read(strings.TrimSuffix(input, "_input") + "_label")))
			if what == "" {
				what = strings.TrimSuffix(filepath.Base(input), "_input")
			}
			text := strings.ToLower(strings.ReplaceAll(name+"_"+what, " ", "_"))
			for n := 2; slices.ContainsFunc(p.sensors, func(s sensorFile) bool { return s.name == text }); n++ {
				text = strings.ToLower(strings.ReplaceAll(name+"_"+what, " ", "_")) + "_" + strconv.Itoa(n)
			}
			if len(p.sensors) < maxSensors {
				p.sensors = append(p.sensors, sensorFile{name: text, path: input})
			}
		}
	}
}

// wholeDisk tells whether a block device is a disk, not a part of memory, a loop or what lies on top of disks.
func wholeDisk(name string) bool {
	for _, p := range []string{"loop", "ram", "zram", "dm-", "md", "sr", "fd", "nbd", "zd"} {
		if strings.HasPrefix(name, p) {
			return false
		}
	}
	return true
}

func (p *platform) temperatures() []sensor {
	var out []sensor
	for _, s := range p.sensors {
		text := strings.TrimSpace(string(p.read(s.path)))
		if v, err := strconv.ParseInt(text, 10, 64); err == nil {
			out = append(out, sensor{name: s.name, celsius: float64(v) / 1000})
		}
	}
	return out
}

// own returns the memory and the processor time of this process.
func (p *platform) own() (memory, seconds float64) {
	_, rest := cut(p.read("/proc/self/statm"))
	word, _ := cut(rest)
	memory = float64(number(word)) * float64(os.Getpagesize())
	var u unix.Rusage
	if unix.Getrusage(unix.RUSAGE_SELF, &u) == nil {
		seconds = float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
	}
	return memory, seconds
}
