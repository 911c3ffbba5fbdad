// SPDX-License-Identifier: Apache-2.0

package collect

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"strings"
	"time"

	gdisk "github.com/shirou/gopsutil/v4/disk"
	"github.com/shirou/gopsutil/v4/host"
	gnet "github.com/shirou/gopsutil/v4/net"
	"golang.org/x/sys/unix"

	"mainstay/kit/wire"
)

// factsOf reads macOS, mostly by its own tools: what they read is in private interfaces.
type factsOf struct {
	boot     int64
	apps     []wire.Software
	appsRead time.Time
}

func machineID(ctx context.Context) (id, serial string, err error) {
	out, _, err := run(ctx, 20*time.Second, "/usr/sbin/ioreg", "-rd1", "-c", "IOPlatformExpertDevice")
	if err != nil {
		return "", "", err
	}
	return registryValue(out, "IOPlatformUUID"), told(registryValue(out, "IOPlatformSerialNumber")), nil
}

// registryValue reads "name" = "value" of ioreg.
func registryValue(out []byte, name string) string {
	for line := range strings.Lines(string(out)) {
		if k, v, ok := strings.Cut(line, " = "); ok && strings.Trim(k, ` |"`) == name {
			return strings.Trim(strings.TrimSpace(v), `"`)
		}
	}
	return ""
}

func (f *factsOf) system(ctx context.Context) (wire.System, error) {
	i, err := host.InfoWithContext(ctx)
	if err != nil {
		return wire.System{}, err
	}
	s := wire.System{
		Name: text(i.Hostname), Family: "darwin", OS: "macOS " + text(i.PlatformVersion), Product: "macos", Version: text(i.PlatformVersion), Kernel: text(i.KernelVersion), Arch: runtime.GOARCH,
	}
	if out, _, err := run(ctx, 10*time.Second, "/usr/bin/sw_vers", "-buildVersion"); err == nil {
		s.Build = text(string(out))
	}
	at := int64(i.BootTime+30) / 60 * 60 * 1_000_000
	if d := at - f.boot; d > 5*60_000_000 || d < -5*60_000_000 {
		f.boot = at
	}
	s.Boot = f.boot
	if l, err := os.Readlink("/etc/localtime"); err == nil {
		if _, name, ok := strings.Cut(l, "zoneinfo/"); ok {
			s.Zone = text(name)
		}
	}
	model, _ := unix.Sysctl("hw.model")
	s.Chassis = "desktop"
	if strings.Contains(model, "Book") {
		s.Chassis = "laptop"
	}
	if v, err := unix.SysctlUint32("kern.hv_vmm_present"); err == nil && v == 1 {
		s.Virtual, s.Chassis = "other", "vm"
	}
	if info, err := os.Stat("/var/db/.AppleSetupDone"); err == nil {
		s.InstalledOn = info.ModTime().UTC().Format(time.DateOnly)
	}
	if out, _, err := run(ctx, 10*time.Second, "/usr/bin/stat", "-f", "%Su", "/dev/console"); err == nil {
		s.LastUser = text(string(out))
	}
	return s, nil
}

func (f *factsOf) hardware(ctx context.Context) (wire.Hardware, error) {
	model, _ := unix.Sysctl("hw.model")
	cpu, _ := unix.Sysctl("machdep.cpu.brand_string")
	h := wire.Hardware{Vendor: "Apple", Model: text(model), CPU: text(cpu), Sockets: 1, Threads: runtime.NumCPU()}
	_, h.Serial, _ = machineID(ctx)
	if n, err := unix.SysctlUint32("hw.physicalcpu"); err == nil {
		h.Cores = int(n)
	}
	if n, err := unix.SysctlUint64("hw.memsize"); err == nil {
		h.Memory = n
	}
	out, _, err := run(ctx, 30*time.Second, "/usr/sbin/system_profiler", "-json", "SPNVMeDataType", "SPSerialATADataType", "SPDisplaysDataType")
	if err != nil {
		return h, nil // the rest is known
	}
	var report map[string][]struct {
		Name  string `json:"_name"`
		Items []struct {
			Name   string `json:"bsd_name"`
			Model  string `json:"device_model"`
			Serial string `json:"device_serial"`
			Bytes  uint64 `json:"size_in_bytes"`
		} `json:"_items"`
		GPU string `json:"sppci_model"`
	}
	if json.Unmarshal(out, &report) != nil {
		return h, nil
	}
	for kind, list := range report {
		for _, l := range list {
			if l.GPU != "" {
				h.GPUs = append(h.GPUs, text(l.GPU))
			}
			for _, d := range l.Items {
				if d.Name == "" {
					continue
				}
				w := wire.Disk{Name: text(d.Name), Model: told(d.Model), Serial: told(d.Serial), Bytes: d.Bytes, Bus: "sata"}
				if kind == "SPNVMeDataType" {
					w.Bus, w.Kind = "nvme", "nvme"
				}
				h.Disks = append(h.Disks, w)
			}
		}
	}
	slices.SortFunc(h.Disks, func(a, b wire.Disk) int { return strings.Compare(a.Name, b.Name) })
	return h, nil
}

func (f *factsOf) volumes(ctx context.Context) ([]wire.Volume, error) {
	parts, err := gdisk.PartitionsWithContext(ctx, false)
	if err != nil {
		return nil, err
	}
	vault, _, vaultErr := run(ctx, 10*time.Second, "/usr/bin/fdesetup", "status")
	var out []wire.Volume
	for _, p := range parts {
		if !ownVolume(p) {
			continue
		}
		v := wire.Volume{Mount: text(p.Mountpoint), Source: text(p.Device), FS: text(p.Fstype), ReadOnly: slices.Contains(p.Opts, "ro")}
		if u, err := gdisk.UsageWithContext(ctx, p.Mountpoint); err == nil {
			v.Bytes = u.Total
		}
		if vaultErr == nil && (p.Mountpoint == "/" || p.Mountpoint == "/System/Volumes/Data") {
			v.Encrypted = map[bool]string{true: "yes", false: "no"}[bytes.Contains(vault, []byte("FileVault is On"))]
		}
		out = append(out, v)
	}
	return out, nil
}

func (f *factsOf) network(ctx context.Context) (wire.Network, error) {
	all, err := net.Interfaces()
	if err != nil {
		return wire.Network{}, err
	}
	n := wire.Network{Interfaces: []wire.Interface{}}
	for _, i := range all {
		if !passing(i.Name) && i.Flags&net.FlagLoopback == 0 && len(n.Interfaces) < maxInterfaces {
			n.Interfaces = append(n.Interfaces, interfaceOf(i))
		}
	}
	if out, _, err := run(ctx, 10*time.Second, "/sbin/route", "-n", "get", "default"); err == nil {
		for line := range strings.Lines(string(out)) {
			if k, v, ok := strings.Cut(strings.TrimSpace(line), ": "); ok && k == "gateway" {
				n.Gateways = append(n.Gateways, text(v))
			}
		}
	}
	if b, err := os.ReadFile("/etc/resolv.conf"); err == nil {
		for line := range strings.Lines(string(b)) {
			if w := strings.Fields(line); len(w) > 1 && w[0] == "nameserver" && len(n.DNS) < 16 {
				n.DNS = append(n.DNS, text(w[1]))
			}
		}
	}
	return n, nil
}

// software lists applications, which takes the system some seconds: six hours old is young enough.
func (f *factsOf) software(ctx context.Context) ([]wire.Software, error) {
	if f.apps != nil && time.Since(f.appsRead) < 6*time.Hour {
		return f.apps, nil
	}
	out, exit, err := run(ctx, 90*time.Second, "/usr/sbin/system_profiler", "-json", "-detailLevel", "mini", "SPApplicationsDataType")
	if err == nil && exit != 0 {
		err = fmt.Errorf("system_profiler ends with %d", exit)
	}
	if err != nil {
		return nil, err
	}
	list, err := parseApplications(out)
	if err != nil {
		return nil, err
	}
	if out, _, err := run(ctx, 30*time.Second, "/usr/sbin/pkgutil", "--pkgs"); err == nil {
		for line := range strings.Lines(string(out)) {
			if id := text(line); id != "" && !strings.HasPrefix(id, "com.apple.") {
				list = append(list, wire.Software{Name: id, Source: "receipt"})
			}
		}
	}
	f.apps, f.appsRead = list, time.Now()
	return list, nil
}

func parseApplications(out []byte) ([]wire.Software, error) {
	var report struct {
		Apps []struct {
			Name    string `json:"_name"`
			Version string `json:"version"`
			From    string `json:"obtained_from"`
			Path    string `json:"path"`
		} `json:"SPApplicationsDataType"`
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return nil, err
	}
	list := []wire.Software{}
	for _, a := range report.Apps {
		if len(list) < maxSoftware && !strings.HasPrefix(a.Path, "/System/") {
			list = append(list, wire.Software{Name: text(a.Name), Version: text(a.Version), Publisher: text(a.From), Source: "app"})
		}
	}
	return list, nil
}

func (f *factsOf) services(ctx context.Context) ([]wire.Service, error) {
	out, exit, err := run(ctx, 20*time.Second, "/bin/launchctl", "list")
	if err == nil && exit != 0 {
		err = fmt.Errorf("launchctl ends with %d", exit)
	}
	if err != nil {
		return nil, err
	}
	var list []wire.Service
	for line := range strings.Lines(string(out)) {
		w := strings.Fields(line)
		if len(w) != 3 || w[0] == "PID" || len(list) == maxServices {
			continue
		}
		s := wire.Service{Name: text(w[2]), State: "stopped", Start: "auto"}
		if w[0] != "-" {
			s.State = "running"
		} else if w[1] != "0" {
			s.State = "failed"
		}
		list = append(list, s)
	}
	return list, nil
}

func (f *factsOf) users(ctx context.Context) ([]wire.User, error) {
	out, exit, err := run(ctx, 20*time.Second, "/usr/bin/dscl", ".", "-list", "/Users", "UniqueID")
	if err == nil && exit != 0 {
		err = fmt.Errorf("dscl ends with %d", exit)
	}
	if err != nil {
		return nil, err
	}
	admins, _, _ := run(ctx, 20*time.Second, "/usr/bin/dscl", ".", "-read", "/Groups/admin", "GroupMembership")
	var list []wire.User
	for line := range strings.Lines(string(out)) {
		w := strings.Fields(line)
		if len(w) != 2 || w[0] != "root" && number([]byte(w[1])) < 500 || strings.HasPrefix(w[1], "-") {
			continue
		}
		list = append(list, wire.User{Name: text(w[0]), Admin: slices.Contains(strings.Fields(string(admins)), w[0])})
	}
	return list, nil
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

func (f *factsOf) sessions(ctx context.Context) ([]wire.Session, error) {
	all, err := host.UsersWithContext(ctx)
	if err != nil {
		return nil, err
	}
	var out []wire.Session
	for _, u := range all {
		s := wire.Session{User: text(u.User), From: text(u.Host), Since: int64(u.Started) * 1_000_000, Kind: "console"}
		if u.Host != "" {
			s.Kind = "ssh"
		}
		out = append(out, s)
	}
	return out, nil
}

func (f *factsOf) ports(ctx context.Context) ([]wire.Port, error) {
	all, err := gnet.ConnectionsWithContext(ctx, "inet")
	if err != nil {
		return nil, err
	}
	return listening(ctx, all), nil
}

// health runs smartctl only where root alone can have put it: Homebrew's folders belong to a person.
func (f *factsOf) health(ctx context.Context) ([]wire.DiskHealth, error) {
	const dir = "/usr/local/sbin"
	if rootsAlone(dir) && rootsAlone(dir+"/smartctl") {
		return smartctl(ctx, dir+"/smartctl")
	}
	return nil, errors.New("no smartctl of root's is installed: without it macOS tells of a drive's health only through a private interface")
}

func rootsAlone(path string) bool {
	var s unix.Stat_t
	return unix.Stat(path, &s) == nil && s.Uid == 0 && s.Mode&0o022 == 0
}
