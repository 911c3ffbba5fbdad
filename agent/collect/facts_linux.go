// SPDX-License-Identifier: Apache-2.0

package collect

import (
	"bufio"
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"mainstay/kit/wire"
)

// factsOf reads Linux.
type factsOf struct {
	p    platform
	boot int64
}

// line returns the first line of a small file.
func (f *factsOf) line(name string) string {
	l, _, _ := bytes.Cut(f.p.read(name), []byte("\n"))
	return strings.TrimSpace(string(l))
}

// release reads /etc/os-release.
func release() map[string]string {
	out := map[string]string{}
	for _, name := range []string{"/etc/os-release", "/usr/lib/os-release"} {
		b, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		for line := range strings.Lines(string(b)) {
			k, v, ok := strings.Cut(strings.TrimSpace(line), "=")
			if ok {
				out[k] = strings.Trim(v, `"'`)
			}
		}
		break
	}
	return out
}

func (f *factsOf) system(context.Context) (wire.System, error) {
	rel := release()
	s := wire.System{
		Family: "linux", OS: text(rel["PRETTY_NAME"]), Product: text(rel["ID"]), Version: text(rel["VERSION_ID"]), Build: text(rel["BUILD_ID"]), Edition: text(rel["VARIANT"]), Arch: runtime.GOARCH,
	}
	s.Name, _ = os.Hostname()
	// The point release: VERSION_ID of Debian is the major version alone.
	if v := f.line("/etc/debian_version"); s.Product == "debian" && v != "" && v[0] >= '0' && v[0] <= '9' {
		s.Version = text(v)
	}
	var u unix.Utsname
	if unix.Uname(&u) == nil {
		s.Kernel = text(unix.ByteSliceToString(u.Release[:]))
		if d := text(unix.ByteSliceToString(u.Domainname[:])); d != "(none)" {
			s.Domain = d
		}
	}
	if s.Domain == "" {
		if _, d, ok := strings.Cut(s.Name, "."); ok {
			s.Domain = d
		}
	}
	s.Zone = zone()
	s.Boot = f.bootTime()
	s.Virtual, s.Chassis = f.kind()
	s.RebootPending = exists("/run/reboot-required") || exists("/var/run/reboot-required")
	s.Virtualisation = exists("/etc/pve") || exists("/run/libvirt/libvirt-sock") || bytes.Contains(f.p.read("/proc/xen/capabilities"), []byte("control_d"))
	s.LastUser = lastUser()
	var x unix.Statx_t
	if unix.Statx(unix.AT_FDCWD, "/", 0, unix.STATX_BTIME, &x) == nil && x.Mask&unix.STATX_BTIME != 0 && x.Btime.Sec > 0 {
		s.InstalledOn = time.Unix(x.Btime.Sec, 0).UTC().Format(time.DateOnly)
	}
	return s, nil
}

func exists(name string) bool { _, err := os.Stat(name); return err == nil }

func zone() string {
	if l, err := os.Readlink("/etc/localtime"); err == nil {
		if _, name, ok := strings.Cut(l, "zoneinfo/"); ok {
			return text(name)
		}
	}
	b, _ := os.ReadFile("/etc/timezone")
	return text(string(b))
}

// bootTime returns when the machine started, to the minute. The kernel reckons it from a clock that is being corrected, so it
// stays what it was while it differs by less than five minutes: else the section would change without a cause.
func (f *factsOf) bootTime() int64 {
	for line := range bytes.Lines(f.p.read("/proc/stat")) {
		if rest, ok := bytes.CutPrefix(line, []byte("btime ")); ok {
			at := (int64(number(rest)) + 30) / 60 * 60 * 1_000_000
			if d := at - f.boot; d > 5*60_000_000 || d < -5*60_000_000 {
				f.boot = at
			}
		}
	}
	return f.boot
}

// kind returns the hypervisor and the kind of machine.
func (f *factsOf) kind() (virtual, kind string) {
	switch {
	case exists("/.dockerenv"):
		return "docker", "container"
	case exists("/run/.containerenv"):
		return "podman", "container"
	}
	for v := range bytes.SplitSeq(f.p.read("/proc/1/environ"), []byte{0}) {
		if name, ok := bytes.CutPrefix(v, []byte("container=")); ok {
			return text(string(name)), "container"
		}
	}
	vendor, product := f.line("/sys/class/dmi/id/sys_vendor"), f.line("/sys/class/dmi/id/product_name")
	for _, v := range []struct{ in, name string }{
		{"VMware", "vmware"},
		{"QEMU", "kvm"},
		{"KVM", "kvm"},
		{"innotek", "virtualbox"},
		{"VirtualBox", "virtualbox"},
		{"Xen", "xen"},
		{"Amazon EC2", "kvm"},
		{"Google Compute Engine", "kvm"},
		{"OpenStack", "kvm"},
		{"Parallels", "parallels"},
		{"Hetzner", "kvm"},
		{"DigitalOcean", "kvm"},
		{"Bochs", "bochs"},
		{"BHYVE", "bhyve"},
		{"Nutanix", "kvm"},
	} {
		if strings.Contains(vendor, v.in) || strings.Contains(product, v.in) {
			return v.name, "vm"
		}
	}
	if strings.HasPrefix(vendor, "Microsoft") && product == "Virtual Machine" {
		return "hyper-v", "vm"
	}
	if bytes.Contains(f.p.read("/proc/cpuinfo"), []byte(" hypervisor")) {
		return "other", "vm"
	}
	return "", chassis(byte(number([]byte(f.line("/sys/class/dmi/id/chassis_type")))))
}

func (f *factsOf) hardware(context.Context) (wire.Hardware, error) {
	h := wire.Hardware{
		Vendor: told(f.line("/sys/class/dmi/id/sys_vendor")), Model: told(f.line("/sys/class/dmi/id/product_name")), Serial: told(f.line("/sys/class/dmi/id/product_serial")),
		Board: text(told(f.line("/sys/class/dmi/id/board_vendor")) + " " + told(f.line("/sys/class/dmi/id/board_name"))),
		BIOS:  text(told(f.line("/sys/class/dmi/id/bios_version")) + " " + told(f.line("/sys/class/dmi/id/bios_date"))),
	}
	if h.Model == "" { // boards without a BIOS
		h.Model = told(strings.Trim(f.line("/proc/device-tree/model"), "\x00"))
		h.Serial = told(strings.Trim(f.line("/proc/device-tree/serial-number"), "\x00"))
	}
	f.processors(&h)
	if _, total, ok := f.p.memory(); ok {
		h.Memory = total
	}
	if b, err := os.ReadFile("/sys/firmware/dmi/tables/DMI"); err == nil && len(b) < maxProc {
		h.Modules = parseSMBIOS(b).modules
	}
	h.Disks = f.drives()
	h.GPUs = f.gpus()
	return h, nil
}

func (f *factsOf) processors(h *wire.Hardware) {
	sockets, cores := map[string]bool{}, map[string]bool{}
	var socket string
	for line := range bytes.Lines(f.p.read("/proc/cpuinfo")) {
		k, v, _ := bytes.Cut(line, []byte(":"))
		value := text(string(v))
		switch strings.TrimSpace(string(k)) {
		case "processor":
			h.Threads++
		case "model name", "Hardware":
			h.CPU = value
		case "physical id":
			socket = value
			sockets[value] = true
		case "core id":
			cores[socket+"/"+value] = true
		}
	}
	h.Sockets, h.Cores = max(len(sockets), 1), len(cores)
	if h.Cores == 0 {
		h.Cores = h.Threads
	}
}

func (f *factsOf) drives() []wire.Disk {
	var out []wire.Disk
	blocks, _ := os.ReadDir("/sys/block")
	for _, b := range blocks {
		dir := "/sys/block/" + b.Name()
		size := number([]byte(f.line(dir+"/size"))) * 512
		if !wholeDisk(b.Name()) || size == 0 || len(out) == maxDisks {
			continue
		}
		d := wire.Disk{Name: b.Name(), Bytes: size, Model: told(f.line(dir + "/device/model")), Serial: told(f.line(dir + "/device/serial"))}
		if d.Serial == "" {
			d.Serial = told(f.line(dir + "/serial")) // virtio
		}
		where, _ := os.Readlink(dir)
		d.Bus, d.Kind = busOf(where, b.Name())
		if d.Kind == "" {
			d.Kind = map[string]string{"0": "ssd", "1": "hdd"}[f.line(dir+"/queue/rotational")]
		}
		out = append(out, d)
	}
	return out
}

// busOf tells from where a disk hangs in the tree of devices.
func busOf(where, name string) (bus, kind string) {
	switch {
	case strings.HasPrefix(name, "nvme"):
		return "nvme", "nvme"
	case strings.Contains(where, "/virtio"):
		return "virtio", "virtual"
	case strings.Contains(where, "/vmbus") || strings.HasPrefix(name, "xvd"):
		return "virtual", "virtual"
	case strings.Contains(where, "/usb"):
		return "usb", ""
	case strings.Contains(where, "/ata"):
		return "sata", ""
	case strings.HasPrefix(name, "mmcblk"):
		return "mmc", "ssd"
	case strings.Contains(where, "/host"):
		return "scsi", ""
	}
	return "", "virtual"
}

func (f *factsOf) gpus() []string {
	var out []string
	all, _ := filepath.Glob("/sys/bus/pci/devices/*/class")
	for _, name := range all {
		if !strings.HasPrefix(f.line(name), "0x03") || len(out) == 16 {
			continue
		}
		dir := filepath.Dir(name)
		vendor, device := strings.TrimPrefix(f.line(dir+"/vendor"), "0x"), strings.TrimPrefix(f.line(dir+"/device"), "0x")
		out = append(out, pciName(vendor, device))
	}
	slices.Sort(out)
	return out
}

// pciName looks a device up in the system's list of names; the numbers stand where that has none.
func pciName(vendor, device string) string {
	numbers := "PCI " + vendor + ":" + device
	file, err := os.Open("/usr/share/misc/pci.ids")
	if err != nil {
		if file, err = os.Open("/usr/share/hwdata/pci.ids"); err != nil {
			return numbers
		}
	}
	defer file.Close()
	maker := ""
	for in := bufio.NewScanner(file); in.Scan(); {
		l := in.Text()
		switch {
		case strings.HasPrefix(l, vendor+"  "):
			maker = strings.TrimSpace(l[len(vendor):])
		case maker != "" && strings.HasPrefix(l, "\t"+device+"  "):
			return text(maker + " " + strings.TrimSpace(l[1+len(device):]))
		case maker != "" && l != "" && l[0] != '\t' && l[0] != '#':
			return text(maker + " " + numbers)
		}
	}
	return numbers
}

func (f *factsOf) volumes(context.Context) ([]wire.Volume, error) {
	var out []wire.Volume
	for _, e := range f.p.table() {
		v := wire.Volume{Mount: text(e.point), Source: text(e.source), FS: text(e.fs), ReadOnly: e.readOnly}
		var s unix.Statfs_t
		if unix.Statfs(e.point, &s) == nil {
			v.Bytes = s.Blocks * uint64(s.Bsize)
		}
		if real, err := filepath.EvalSymlinks(e.source); err == nil && strings.HasPrefix(real, "/dev/") {
			v.Encrypted = map[bool]string{true: "yes", false: "no"}[f.encrypted(filepath.Base(real), 0)]
		}
		out = append(out, v)
	}
	return out, nil
}

// encrypted tells whether a block device lies on dm-crypt, at any depth.
func (f *factsOf) encrypted(name string, depth int) bool {
	if strings.HasPrefix(f.line("/sys/class/block/"+name+"/dm/uuid"), "CRYPT-") {
		return true
	}
	slaves, _ := os.ReadDir("/sys/class/block/" + name + "/slaves")
	for _, s := range slaves {
		if depth < 8 && f.encrypted(s.Name(), depth+1) {
			return true
		}
	}
	return false
}

func (f *factsOf) network(context.Context) (wire.Network, error) {
	all, err := net.Interfaces()
	if err != nil {
		return wire.Network{}, err
	}
	n := wire.Network{Interfaces: []wire.Interface{}}
	for _, i := range all {
		if passing(i.Name) || len(n.Interfaces) == maxInterfaces {
			continue
		}
		w := interfaceOf(i)
		dir := "/sys/class/net/" + i.Name
		if speed, err := strconv.ParseInt(f.line(dir+"/speed"), 10, 64); err == nil && speed > 0 && speed < 1_000_000 {
			w.Mbit = speed
		}
		w.Virtual = !exists(dir + "/device")
		n.Interfaces = append(n.Interfaces, w)
	}
	n.Gateways, n.DNS = f.gateways(), resolvers()
	return n, nil
}

// gateways reads the default routes: addresses are hexadecimal, those of IPv4 in the processor's own order.
func (f *factsOf) gateways() []string {
	var out []string
	add := func(ip net.IP) {
		if !ip.IsUnspecified() && !slices.Contains(out, ip.String()) && len(out) < 16 {
			out = append(out, ip.String())
		}
	}
	for line := range strings.Lines(string(f.p.read("/proc/net/route"))) {
		w := strings.Fields(line)
		if len(w) > 7 && w[1] == "00000000" && w[7] == "00000000" {
			if v, err := strconv.ParseUint(w[2], 16, 32); err == nil {
				add(net.IPv4(byte(v), byte(v>>8), byte(v>>16), byte(v>>24)))
			}
		}
	}
	for line := range strings.Lines(string(f.p.read("/proc/net/ipv6_route"))) {
		w := strings.Fields(line)
		if len(w) > 9 && w[0] == strings.Repeat("0", 32) && w[1] == "00" && len(w[4]) == 32 && w[9] != "lo" {
			ip := make(net.IP, 16)
			for i := range ip {
				v, _ := strconv.ParseUint(w[4][2*i:2*i+2], 16, 8)
				ip[i] = byte(v)
			}
			add(ip)
		}
	}
	slices.Sort(out)
	return out
}

func resolvers() []string {
	read := func(name string) []string {
		var out []string
		b, err := os.ReadFile(name)
		if err != nil || len(b) > maxProc {
			return nil
		}
		for line := range strings.Lines(string(b)) {
			if w := strings.Fields(line); len(w) > 1 && w[0] == "nameserver" && len(out) < 16 {
				out = append(out, text(w[1]))
			}
		}
		return out
	}
	out := read("/etc/resolv.conf")
	if slices.Equal(out, []string{"127.0.0.53"}) { // systemd-resolved stands in between
		if behind := read("/run/systemd/resolve/resolv.conf"); len(behind) > 0 {
			return behind
		}
	}
	return out
}
