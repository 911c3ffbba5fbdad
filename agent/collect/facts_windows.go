// SPDX-License-Identifier: Apache-2.0

package collect

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
	"unsafe"

	gdisk "github.com/shirou/gopsutil/v4/disk"
	gnet "github.com/shirou/gopsutil/v4/net"
	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
	"golang.org/x/sys/windows/svc"

	"mainstay/kit/wire"
)

// factsOf reads Windows: the registry, the service manager and the functions behind what administrators see. WMI is left alone:
// it costs more than all the rest together, and hangs on machines where it is broken.
type factsOf struct{ boot int64 }

func machineID(context.Context) (id, serial string, err error) {
	serial = firmware().serial
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, `SOFTWARE\Microsoft\Cryptography`, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return "", serial, err
	}
	defer k.Close() //nolint:errcheck // nothing to be done
	id, _, err = k.GetStringValue("MachineGuid")
	return id, serial, err
}

var (
	kernel32    = windows.NewLazySystemDLL("kernel32.dll")
	getFirmware = kernel32.NewProc("GetSystemFirmwareTable")
)

// firmware reads the table that the firmware keeps (SMBIOS).
func firmware() smbios {
	const rsmb = 0x52534D42
	n, _, _ := getFirmware.Call(rsmb, 0, 0, 0)
	if n < 8 || n > maxProc {
		return smbios{}
	}
	b := make([]byte, n)
	n, _, _ = getFirmware.Call(rsmb, 0, uintptr(unsafe.Pointer(&b[0])), n)
	if n < 8 || int(n) > len(b) {
		return smbios{}
	}
	return parseSMBIOS(b[8:n])
}

// values reads texts and numbers of a key of the registry.
func values(path string, names ...string) map[string]string {
	out := map[string]string{}
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, path, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err != nil {
		return out
	}
	defer k.Close() //nolint:errcheck // nothing to be done
	for _, n := range names {
		if s, _, err := k.GetStringValue(n); err == nil {
			out[n] = text(s)
		} else if v, _, err := k.GetIntegerValue(n); err == nil {
			out[n] = strconv.FormatUint(v, 10)
		}
	}
	return out
}

func keyExists(path string) bool {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, path, registry.QUERY_VALUE|registry.WOW64_64KEY)
	if err == nil {
		_ = k.Close()
	}
	return err == nil
}

func (f *factsOf) system(context.Context) (wire.System, error) {
	v := windows.RtlGetVersion()
	cv := values(`SOFTWARE\Microsoft\Windows NT\CurrentVersion`, "ProductName", "DisplayVersion", "ReleaseId", "EditionID", "UBR", "InstallDate", "InstallationType")
	s := wire.System{
		Family: "windows", OS: cv["ProductName"], Version: fmt.Sprintf("%d.%d.%d", v.MajorVersion, v.MinorVersion, v.BuildNumber), Build: cv["UBR"], Edition: cv["EditionID"],
		Kernel: fmt.Sprintf("%d.%s", v.BuildNumber, cv["UBR"]), Arch: runtime.GOARCH, Product: "windows",
	}
	if v.ProductType != 1 {
		s.Product = "windows-server"
	}
	// Windows 11 calls itself 10 there.
	if v.ProductType == 1 && v.BuildNumber >= 22000 {
		s.OS = strings.Replace(s.OS, "Windows 10", "Windows 11", 1)
	}
	if cv["DisplayVersion"] != "" {
		s.OS += " " + cv["DisplayVersion"]
	}
	s.Name, _ = os.Hostname()
	s.Domain = values(`SYSTEM\CurrentControlSet\Services\Tcpip\Parameters`, "Domain", "NV Domain")["Domain"]
	s.Zone = values(`SYSTEM\CurrentControlSet\Control\TimeZoneInformation`, "TimeZoneKeyName")["TimeZoneKeyName"]
	at := time.Now().Add(-Uptime()).Round(time.Minute).UnixMicro()
	if d := at - f.boot; d > 5*60_000_000 || d < -5*60_000_000 {
		f.boot = at
	}
	s.Boot = f.boot
	if n, err := strconv.ParseInt(cv["InstallDate"], 10, 64); err == nil && n > 0 {
		s.InstalledOn = time.Unix(n, 0).UTC().Format(time.DateOnly)
	}
	s.RebootPending = keyExists(`SOFTWARE\Microsoft\Windows\CurrentVersion\Component Based Servicing\RebootPending`) ||
		keyExists(`SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update\RebootRequired`)
	s.LastUser = values(`SOFTWARE\Microsoft\Windows\CurrentVersion\Authentication\LogonUI`, "LastLoggedOnUser")["LastLoggedOnUser"]
	s.Virtualisation = keyExists(`SYSTEM\CurrentControlSet\Services\vmms`)
	fw := firmware()
	s.Chassis = chassis(fw.chassis)
	for _, m := range []struct{ in, name string }{{"VMware", "vmware"}, {"QEMU", "kvm"}, {"KVM", "kvm"}, {"VirtualBox", "virtualbox"}, {"Xen", "xen"}, {"Amazon EC2", "kvm"}, {"Google", "kvm"}, {"Parallels", "parallels"}} {
		if strings.Contains(fw.vendor+" "+fw.model, m.in) {
			s.Virtual, s.Chassis = m.name, "vm"
		}
	}
	if strings.HasPrefix(fw.vendor, "Microsoft") && fw.model == "Virtual Machine" {
		s.Virtual, s.Chassis = "hyper-v", "vm"
	}
	if s.Product == "windows-server" && s.Chassis == "desktop" {
		s.Chassis = "server"
	}
	return s, nil
}

func (f *factsOf) hardware(context.Context) (wire.Hardware, error) {
	fw := firmware()
	h := wire.Hardware{Vendor: fw.vendor, Model: fw.model, Serial: fw.serial, Board: fw.board, BIOS: fw.bios, Modules: fw.modules, Threads: runtime.NumCPU()}
	if h.Vendor == "" { // firmware without the table
		v := values(`HARDWARE\DESCRIPTION\System\BIOS`, "SystemManufacturer", "SystemProductName", "BIOSVersion")
		h.Vendor, h.Model, h.BIOS = told(v["SystemManufacturer"]), told(v["SystemProductName"]), told(v["BIOSVersion"])
	}
	h.CPU = values(`HARDWARE\DESCRIPTION\System\CentralProcessor\0`, "ProcessorNameString")["ProcessorNameString"]
	h.Sockets, h.Cores = topology()
	var p platform
	if _, total, ok := p.memory(); ok {
		h.Memory = total
	}
	h.Disks = drives()
	for i := range 16 {
		name := values(fmt.Sprintf(`SYSTEM\CurrentControlSet\Control\Class\{4d36e968-e325-11ce-bfc1-08002be10318}\%04d`, i), "DriverDesc")["DriverDesc"]
		if name != "" && !slices.Contains(h.GPUs, name) {
			h.GPUs = append(h.GPUs, name)
		}
	}
	return h, nil
}

var getTopology = kernel32.NewProc("GetLogicalProcessorInformationEx")

// topology counts packages and cores.
func topology() (sockets, cores int) {
	const all, core, pack = 0xffff, 0, 3
	var n uint32
	_, _, _ = getTopology.Call(all, 0, uintptr(unsafe.Pointer(&n)))
	if n == 0 || n > maxProc {
		return 1, runtime.NumCPU()
	}
	b := make([]byte, n)
	if ok, _, _ := getTopology.Call(all, uintptr(unsafe.Pointer(&b[0])), uintptr(unsafe.Pointer(&n))); ok == 0 {
		return 1, runtime.NumCPU()
	}
	for len(b) >= 8 {
		kind, size := *(*uint32)(unsafe.Pointer(&b[0])), *(*uint32)(unsafe.Pointer(&b[4]))
		if size < 8 || int(size) > len(b) {
			break
		}
		switch kind {
		case core:
			cores++
		case pack:
			sockets++
		}
		b = b[size:]
	}
	return max(sockets, 1), max(cores, 1)
}

// What a drive is asked (winioctl.h).
const (
	ioctlQueryProperty = 0x2D1400
	ioctlLength        = 0x7405C
	maxDrives          = 32
)

var busNames = map[uint32]string{1: "scsi", 3: "ata", 7: "usb", 8: "raid", 9: "iscsi", 10: "sas", 11: "sata", 12: "sd", 13: "mmc", 14: "virtual", 15: "virtual", 16: "spaces", 17: "nvme"}

func drives() []wire.Disk {
	var out []wire.Disk
	for i := range maxDrives {
		path, err := windows.UTF16PtrFromString(fmt.Sprintf(`\\.\PhysicalDrive%d`, i))
		if err != nil {
			continue
		}
		h, err := windows.CreateFile(path, windows.GENERIC_READ, windows.FILE_SHARE_READ|windows.FILE_SHARE_WRITE, nil, windows.OPEN_EXISTING, 0, 0)
		if err != nil {
			continue
		}
		out = append(out, drive(h, i))
		_ = windows.CloseHandle(h)
	}
	return out
}

func drive(h windows.Handle, i int) wire.Disk {
	d := wire.Disk{Name: fmt.Sprintf("PhysicalDrive%d", i)}
	var got uint32
	var length uint64
	if windows.DeviceIoControl(h, ioctlLength, nil, 0, (*byte)(unsafe.Pointer(&length)), 8, &got, nil) == nil {
		d.Bytes = length
	}
	query := [12]byte{} // StorageDeviceProperty, PropertyStandardQuery
	buf := make([]byte, 4096)
	if windows.DeviceIoControl(h, ioctlQueryProperty, &query[0], uint32(len(query)), &buf[0], uint32(len(buf)), &got, nil) == nil && got >= 36 {
		at := func(offset int) string {
			o := *(*uint32)(unsafe.Pointer(&buf[offset]))
			if o == 0 || o >= got {
				return ""
			}
			s := buf[o:got]
			if n := slices.Index(s, 0); n >= 0 {
				s = s[:n]
			}
			return told(string(s))
		}
		d.Model, d.Serial = text(at(12)+" "+at(16)), at(24)
		d.Bus = busNames[*(*uint32)(unsafe.Pointer(&buf[28]))]
	}
	query[0] = 7 // StorageDeviceSeekPenaltyProperty
	if windows.DeviceIoControl(h, ioctlQueryProperty, &query[0], uint32(len(query)), &buf[0], 12, &got, nil) == nil && got >= 9 {
		d.Kind = map[bool]string{true: "hdd", false: "ssd"}[buf[8] != 0]
	}
	switch d.Bus {
	case "nvme", "virtual":
		d.Kind = d.Bus
	}
	return d
}

func (f *factsOf) volumes(ctx context.Context) ([]wire.Volume, error) {
	parts, err := gdisk.PartitionsWithContext(ctx, false)
	if err != nil {
		return nil, err
	}
	var out []wire.Volume
	for _, p := range parts {
		if !ownVolume(p) {
			continue
		}
		v := wire.Volume{Mount: text(p.Mountpoint), Source: text(p.Device), FS: text(strings.ToLower(p.Fstype)), ReadOnly: slices.Contains(p.Opts, "ro")}
		if u, err := gdisk.UsageWithContext(ctx, p.Mountpoint); err == nil {
			v.Bytes = u.Total
		}
		out = append(out, v)
	}
	return out, nil
}

func (f *factsOf) network(context.Context) (wire.Network, error) {
	all, err := net.Interfaces()
	if err != nil {
		return wire.Network{}, err
	}
	n := wire.Network{Interfaces: []wire.Interface{}}
	adapters := adaptersByIndex()
	for _, i := range all {
		if i.Flags&net.FlagLoopback != 0 || passing(i.Name) || len(n.Interfaces) == maxInterfaces {
			continue
		}
		w := interfaceOf(i)
		if a := adapters[uint32(i.Index)]; a != nil {
			if a.TransmitLinkSpeed != ^uint64(0) {
				w.Mbit = int64(a.TransmitLinkSpeed / 1_000_000)
			}
			w.Virtual = strings.Contains(strings.ToLower(windows.UTF16PtrToString(a.Description)), "virtual")
			if a.OperStatus != windows.IfOperStatusUp {
				w.Up = false
			}
			for g := a.FirstGatewayAddress; g != nil && len(n.Gateways) < 16; g = g.Next {
				if ip := g.Address.IP(); ip != nil && !slices.Contains(n.Gateways, ip.String()) {
					n.Gateways = append(n.Gateways, ip.String())
				}
			}
			for d := a.FirstDnsServerAddress; d != nil && w.Up && len(n.DNS) < 16; d = d.Next {
				if ip := d.Address.IP(); ip != nil && !slices.Contains(n.DNS, ip.String()) {
					n.DNS = append(n.DNS, ip.String())
				}
			}
		}
		n.Interfaces = append(n.Interfaces, w)
	}
	slices.Sort(n.Gateways)
	return n, nil
}

func adaptersByIndex() map[uint32]*windows.IpAdapterAddresses {
	const gateways = 0x80 // GAA_FLAG_INCLUDE_GATEWAYS
	size := uint32(32 << 10)
	for range 4 {
		b := make([]byte, size)
		first := (*windows.IpAdapterAddresses)(unsafe.Pointer(&b[0]))
		err := windows.GetAdaptersAddresses(windows.AF_UNSPEC, gateways|windows.GAA_FLAG_INCLUDE_PREFIX, 0, first, &size)
		if errors.Is(err, windows.ERROR_BUFFER_OVERFLOW) && size < maxProc {
			continue
		}
		out := map[uint32]*windows.IpAdapterAddresses{}
		for a := first; err == nil && a != nil; a = a.Next {
			if a.IfIndex != 0 {
				out[a.IfIndex] = a
			} else {
				out[a.Ipv6IfIndex] = a
			}
		}
		return out
	}
	return nil
}

// uninstall are where programs leave what it takes to remove them, for 64 and 32 bits.
const uninstall = `SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall`

// software reads what "Installed apps" shows: programs with a name that are no part of another one and no update.
func (f *factsOf) software(context.Context) ([]wire.Software, error) {
	var out []wire.Software
	var failed error
	read := 0
	for _, view := range []uint32{registry.WOW64_64KEY, registry.WOW64_32KEY} {
		k, err := registry.OpenKey(registry.LOCAL_MACHINE, uninstall, registry.ENUMERATE_SUB_KEYS|view)
		if err != nil {
			failed = err
			continue
		}
		names, err := k.ReadSubKeyNames(maxSoftware)
		_ = k.Close()
		if err != nil && len(names) == 0 {
			failed = err
		}
		read++
		for _, n := range names {
			if s, ok := program(uninstall+`\`+n, view); ok {
				out = append(out, s)
			}
		}
	}
	if read == 0 {
		return nil, failed
	}
	return out, nil
}

func program(path string, view uint32) (wire.Software, bool) {
	k, err := registry.OpenKey(registry.LOCAL_MACHINE, path, registry.QUERY_VALUE|view)
	if err != nil {
		return wire.Software{}, false
	}
	defer k.Close() //nolint:errcheck // nothing to be done
	get := func(name string) string { s, _, _ := k.GetStringValue(name); return text(s) }
	number := func(name string) uint64 { n, _, _ := k.GetIntegerValue(name); return n }
	s := wire.Software{Name: get("DisplayName"), Version: get("DisplayVersion"), Publisher: get("Publisher"), Source: "registry", Arch: map[uint32]string{registry.WOW64_64KEY: "amd64", registry.WOW64_32KEY: "386"}[view]}
	if s.Name == "" || number("SystemComponent") == 1 || get("ParentKeyName") != "" || get("ReleaseType") != "" {
		return wire.Software{}, false
	}
	if t, err := time.Parse("20060102", get("InstallDate")); err == nil {
		s.Installed = t.Format(time.DateOnly)
	}
	return s, true
}

func (f *factsOf) services(context.Context) ([]wire.Service, error) {
	h, err := windows.OpenSCManager(nil, nil, windows.SC_MANAGER_CONNECT|windows.SC_MANAGER_ENUMERATE_SERVICE)
	if err != nil {
		return nil, err
	}
	defer windows.CloseServiceHandle(h) //nolint:errcheck // nothing to be done
	var need, count uint32
	err = windows.EnumServicesStatusEx(h, windows.SC_ENUM_PROCESS_INFO, windows.SERVICE_WIN32, windows.SERVICE_STATE_ALL, nil, 0, &need, &count, nil, nil)
	if err != nil && !errors.Is(err, windows.ERROR_MORE_DATA) {
		return nil, err
	}
	if need == 0 || need > maxOutput {
		return nil, nil
	}
	buf := make([]byte, need+4096)
	if err := windows.EnumServicesStatusEx(h, windows.SC_ENUM_PROCESS_INFO, windows.SERVICE_WIN32, windows.SERVICE_STATE_ALL, &buf[0], uint32(len(buf)), &need, &count, nil, nil); err != nil {
		return nil, err
	}
	var out []wire.Service
	for _, e := range unsafe.Slice((*windows.ENUM_SERVICE_STATUS_PROCESS)(unsafe.Pointer(&buf[0])), min(count, maxServices)) {
		s := wire.Service{Name: text(windows.UTF16PtrToString(e.ServiceName)), Title: text(windows.UTF16PtrToString(e.DisplayName)), State: "other"}
		switch svc.State(e.ServiceStatusProcess.CurrentState) {
		case svc.Running:
			s.State = "running"
		case svc.Stopped:
			s.State = "stopped"
			if code := e.ServiceStatusProcess.Win32ExitCode; code != 0 && code != uint32(windows.ERROR_SERVICE_NEVER_STARTED) {
				s.State = "failed"
			}
		}
		s.Start = startOf(h, e.ServiceName)
		out = append(out, s)
	}
	return out, nil
}

// startOf asks for how a service starts and nothing else: the library's way asks for five more things.
func startOf(manager windows.Handle, name *uint16) string {
	h, err := windows.OpenService(manager, name, windows.SERVICE_QUERY_CONFIG)
	if err != nil {
		return ""
	}
	defer windows.CloseServiceHandle(h) //nolint:errcheck // nothing to be done
	var need uint32
	b := make([]byte, 8<<10) // the most that Windows gives
	c := (*windows.QUERY_SERVICE_CONFIG)(unsafe.Pointer(&b[0]))
	if windows.QueryServiceConfig(h, c, uint32(len(b)), &need) != nil {
		return ""
	}
	return map[uint32]string{windows.SERVICE_AUTO_START: "auto", windows.SERVICE_DEMAND_START: "manual", windows.SERVICE_DISABLED: "disabled"}[c.StartType]
}

// userInfo is USER_INFO_1 with the part of USER_INFO_2 that follows.
type userInfo struct {
	name, password       *uint16
	passwordAge          uint32
	privilege            uint32
	homeDir, comment     *uint16
	flags                uint32
	scriptPath           *uint16
	authFlags            uint32
	fullName, usrComment *uint16
	parameters           *uint16
	workstations         *uint16
	lastLogon            uint32
	lastLogoff           uint32
	accountExpires       uint32
	maxStorage           uint32
	unitsPerWeek         uint32
	logonHours           *byte
	badPasswords         uint32
	logons               uint32
	logonServer          *uint16
	country              uint32
	codePage             uint32
}

func (f *factsOf) users(context.Context) ([]wire.User, error) {
	const normal, disabled, admin = 2, 2, 2 // FILTER_NORMAL_ACCOUNT, UF_ACCOUNTDISABLE, USER_PRIV_ADMIN
	var out []wire.User
	var resume uint32
	for {
		var buf *byte
		var read, total uint32
		err := windows.NetUserEnum(nil, 2, normal, &buf, 256<<10, &read, &total, &resume)
		more := errors.Is(err, windows.ERROR_MORE_DATA)
		if err != nil && !more {
			return nil, err
		}
		if buf != nil {
			for _, u := range unsafe.Slice((*userInfo)(unsafe.Pointer(buf)), read) {
				out = append(out, wire.User{Name: text(windows.UTF16PtrToString(u.name)), Full: text(windows.UTF16PtrToString(u.fullName)), Admin: u.privilege == admin, Disabled: u.flags&disabled != 0})
			}
			_ = windows.NetApiBufferFree(buf)
		}
		if !more || len(out) >= maxUsers {
			return out, nil
		}
	}
}

var (
	wtsapi  = windows.NewLazySystemDLL("wtsapi32.dll")
	wtsInfo = wtsapi.NewProc("WTSQuerySessionInformationW")
)

func (f *factsOf) sessions(context.Context) ([]wire.Session, error) {
	var list *windows.WTS_SESSION_INFO
	var n uint32
	if err := windows.WTSEnumerateSessions(0, 0, 1, &list, &n); err != nil {
		return nil, err
	}
	defer windows.WTSFreeMemory(uintptr(unsafe.Pointer(list)))
	var out []wire.Session
	for _, s := range unsafe.Slice(list, min(n, maxSessions)) {
		if s.State != windows.WTSActive && s.State != windows.WTSDisconnected {
			continue
		}
		const userName, domainName, clientName = 5, 7, 10
		user := sessionText(s.SessionID, userName)
		if user == "" {
			continue
		}
		if d := sessionText(s.SessionID, domainName); d != "" {
			user = d + `\` + user
		}
		w := wire.Session{User: user, From: sessionText(s.SessionID, clientName), Kind: "console"}
		if strings.HasPrefix(windows.UTF16PtrToString(s.WindowStationName), "RDP") || w.From != "" {
			w.Kind = "rdp"
		}
		out = append(out, w)
	}
	return out, nil
}

func sessionText(id uint32, what uintptr) string {
	var p *uint16
	var n uint32
	if ok, _, _ := wtsInfo.Call(0, uintptr(id), what, uintptr(unsafe.Pointer(&p)), uintptr(unsafe.Pointer(&n))); ok == 0 || p == nil {
		return ""
	}
	defer windows.WTSFreeMemory(uintptr(unsafe.Pointer(p)))
	return text(windows.UTF16PtrToString(p))
}

func (f *factsOf) ports(ctx context.Context) ([]wire.Port, error) {
	all, err := gnet.ConnectionsWithContext(ctx, "inet")
	if err != nil {
		return nil, err
	}
	return listening(ctx, all), nil
}

func (f *factsOf) health(ctx context.Context) ([]wire.DiskHealth, error) {
	all, err := smartctl(ctx, `C:\Program Files\smartmontools\bin\smartctl.exe`)
	if errors.Is(err, errMissing) {
		return nil, errors.New("smartmontools is not installed: without it Windows tells of a drive's health only through WMI")
	}
	return all, err
}
