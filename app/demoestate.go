// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math"
	"slices"
	"strings"
	"time"

	"mainstay/care/devices"
	"mainstay/care/monitoring"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/series"
	"mainstay/kit/wire"
	"mainstay/test/world"
)

// demoDevices names the value that lists the machines of the invented firm.
const demoDevices = "demo.devices"

// demoAgent is the version of the agent that invented machines have: nothing runs on them, this process speaks for them.
const demoAgent = "demo"

// loadDemoEstate puts the machines that the invented firm looks after into the estate, once.
func (a *App) loadDemoEstate(ctx context.Context) error {
	have, err := a.Values.Get(ctx, demoDevices)
	if err != nil || have != "" {
		return err
	}
	now := a.Clock.Now()
	cast := world.Estate(civil.DateOf(now))
	list := make([]*devices.Device, len(cast))
	for i := range cast {
		if list[i], err = a.demoDevice(ctx, &cast[i], now); err != nil {
			return err
		}
		list[i].ID = a.IDs.New()
	}
	for _, d := range list { // each client's machines are behind its firewall
		for _, g := range list {
			if g.Kind == devices.NetworkGear && g.Client == d.Client && g.ID != d.ID {
				d.Parent = g.ID
			}
		}
	}
	if err := a.Devices.Plant(ctx, list); err != nil {
		return err
	}
	var made []string
	var reports []devices.Report
	for i, d := range list {
		made = append(made, d.ID.String())
		if d.Agent != "" {
			told, err := demoFacts(&cast[i], d.ID, now)
			if err != nil {
				return err
			}
			reports = append(reports, told...)
		}
	}
	if err := a.Devices.TakeFacts(ctx, reports); err != nil {
		return err
	}
	return a.Values.Set(ctx, demoDevices, strings.Join(made, " "))
}

func (a *App) demoDevice(ctx context.Context, m *world.Machine, now time.Time) (*devices.Device, error) {
	client, err := a.Clients.Resolve(ctx, m.Client)
	if err != nil {
		return nil, err
	}
	d := &devices.Device{
		Client: client, Name: m.Name, Hostname: strings.ToLower(m.Name), Kind: devices.Kind(m.Kind), Source: devices.ByImport, Vendor: m.Vendor, Model: m.Model, Serial: m.Serial,
		Address: m.Address, MACs: []string{m.MAC}, Bought: m.Bought, Warranty: m.Bought.AddDays(3*365 - 1), EOL: civil.NoDate, Made: clock.Micros(now.Add(-demoAge)),
	}
	if m.Agent {
		d.Source, d.Agent, d.Enrolled = devices.ByAgent, demoAgent, d.Made
	}
	return d, nil
}

// demoFacts are what the agent of an invented machine would tell.
func demoFacts(m *world.Machine, id ids.ID, now time.Time) ([]devices.Report, error) {
	family := "windows"
	if m.Product == "macos" {
		family = "darwin"
	}
	volumes := []wire.Volume{{Mount: "C:", FS: "NTFS", Bytes: m.Disk, Encrypted: map[bool]string{true: "no", false: "yes"}[m.Data > 0]}}
	if family == "darwin" {
		volumes[0].Mount, volumes[0].FS = "/", "apfs"
	}
	disks := []wire.Disk{{Name: "Disk 0", Model: "PM9A1", Bytes: m.Disk, Kind: "nvme"}}
	health := []wire.DiskHealth{{Name: "Disk 0", Healthy: true, Source: "wmi", Celsius: 38, Hours: 9120, WearPercent: 7}}
	software := []wire.Software{
		{Name: "Mozilla Firefox", Version: "145.0", Publisher: "Mozilla", Source: "registry"},
		{Name: "7-Zip", Version: "25.01", Publisher: "Igor Pavlov", Source: "registry"},
		{Name: "LibreOffice", Version: "25.8.3", Publisher: "The Document Foundation", Source: "registry"},
	}
	services := []wire.Service{{Name: "Spooler", Title: "Print Spooler", State: "running", Start: "auto"}, {Name: "wuauserv", Title: "Windows Update", State: "running", Start: "auto"}}
	if m.Data > 0 {
		volumes = append(volumes, wire.Volume{Mount: "D:", FS: "NTFS", Bytes: m.Data})
		disks = append(disks, wire.Disk{Name: "Disk 1", Model: "ST2000NX0433", Bytes: m.Data, Kind: "hdd"})
		bad := m.Trouble == world.Warning
		health = append(health, wire.DiskHealth{Name: "Disk 1", Healthy: !bad, Source: "wmi", Celsius: 41, Hours: 31800, Reallocated: map[bool]int64{true: 184}[bad], Pending: map[bool]int64{true: 12}[bad]})
		software = []wire.Software{{Name: "Veeam Agent for Microsoft Windows", Version: "6.3.1", Publisher: "Veeam", Source: "registry"}, {Name: "Microsoft SQL Server 2022", Version: "16.0.4215", Publisher: "Microsoft", Source: "registry"}}
		services = append(services, wire.Service{Name: "NTDS", Title: "Active Directory Domain Services", State: "running", Start: "auto"}, wire.Service{Name: "MSSQLSERVER", Title: "SQL Server", State: "running", Start: "auto"})
	}
	var out []devices.Report
	for section, v := range map[wire.Section]any{
		wire.SectionSystem: wire.System{
			Name: strings.ToLower(m.Name), Family: family, OS: m.System, Product: m.Product, Version: m.Version, Arch: "amd64", Chassis: m.Kind, LastUser: m.User,
			Boot: clock.Micros(now.Add(-9 * 24 * time.Hour).Truncate(time.Minute)), RebootPending: fnvOf(m.Name)%5 == 0,
		},
		wire.SectionHardware: wire.Hardware{Vendor: m.Vendor, Model: m.Model, Serial: m.Serial, CPU: "Intel Core i5-1245U", Sockets: 1, Cores: m.Cores, Threads: 2 * m.Cores, Memory: m.Memory, Disks: disks},
		wire.SectionVolumes:  volumes, wire.SectionSoftware: software, wire.SectionServices: services, wire.SectionHealth: health,
		wire.SectionNetwork: wire.Network{Interfaces: []wire.Interface{{Name: "Ethernet", MAC: m.MAC, Addresses: []string{m.Address + "/24"}, Mbit: 1000, Up: true}}, Gateways: []string{m.Address[:strings.LastIndexByte(m.Address, '.')] + ".1"}},
		wire.SectionPorts:   []wire.Port{{Protocol: "tcp", Address: "0.0.0.0", Port: 445, Process: "System"}, {Protocol: "tcp", Address: "0.0.0.0", Port: 3389, Process: "svchost.exe"}},
	} {
		body, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		out = append(out, devices.Report{Device: id, Facts: wire.Facts{Section: section, Taken: clock.Micros(now), Hash: wire.HashFacts(body), Body: body}})
	}
	return out, nil
}

func fnvOf(s string) uint32 {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s))
	return h.Sum32()
}

// removeDemoEstate takes the invented machines away, with the alerts and tickets that came of them.
func (a *App) removeDemoEstate(ctx context.Context) error {
	a.inventing.Lock()
	defer a.inventing.Unlock()
	have, err := a.Values.Get(ctx, demoDevices)
	if err != nil || have == "" {
		return err
	}
	var list []ids.ID
	for _, x := range strings.Fields(have) {
		id, err := ids.Parse(x)
		if err != nil {
			return err
		}
		list = append(list, id)
	}
	if err := a.Devices.Uproot(ctx, list); err != nil {
		return err
	}
	tickets, err := a.Monitoring.Uproot(ctx, list)
	if err != nil {
		return err
	}
	for _, t := range tickets {
		if err := a.Desk.Remove(ctx, t); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return a.Values.Set(ctx, demoDevices, "")
}

const (
	demoBack  = 24 * time.Hour  // how far back invented machines were measured
	demoStep  = 2 * time.Minute // in which steps: rates need two values in four minutes
	demoEvery = time.Minute
	demoAge   = 120 * 24 * time.Hour // since when the firm has looked after them, when the demo is loaded
)

// runDemo speaks for the invented machines, as their agents would, until ctx ends.
func (a *App) runDemo(ctx context.Context) {
	for a.Series.Ready() != nil { // they are being read, or the disk is full
		select {
		case <-ctx.Done():
			return
		case <-time.After(200 * time.Millisecond):
		}
	}
	t := time.NewTicker(demoEvery)
	defer t.Stop()
	for {
		if err := a.speakForDemo(ctx); err != nil && ctx.Err() == nil {
			a.Log.Warn("the demo's machines could not be measured", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-t.C:
		}
	}
}

// speakForDemo measures each invented machine now, and in steps since it was measured last.
func (a *App) speakForDemo(ctx context.Context) error {
	a.inventing.Lock()
	defer a.inventing.Unlock()
	have, err := a.Values.Get(ctx, demoDevices)
	if err != nil || have == "" || a.Series.Ready() != nil {
		return err
	}
	now := a.Clock.Now()
	machines := map[string]*world.Machine{}
	cast := world.Estate(civil.DateOf(now))
	for i := range cast {
		machines[cast[i].Name] = &cast[i]
	}
	var rows []demoRow
	for _, x := range strings.Fields(have) {
		id, err := ids.Parse(x)
		if err != nil {
			return err
		}
		d, err := a.Devices.Get(ctx, access.WholeFirm(), id)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if m := machines[d.Name]; m != nil && d.Agent == demoAgent && d.Active() {
			voice, err := a.demoVoice(d, m)
			if err != nil {
				return err
			}
			for _, at := range demoTimes(d, m, now) {
				rows = append(rows, demoRow{voice, at})
			}
		}
	}
	if err := a.keepDemo(ctx, rows); err != nil {
		return err
	}
	return a.lookForDemo(ctx, now)
}

// demoVoice is an invented machine with the series that it measures.
type demoVoice struct {
	device  ids.ID
	machine *world.Machine
	series  []*series.Series
	keys    []monitoring.Key
}

// demoRow is what one machine measured at one instant.
type demoRow struct {
	*demoVoice
	at time.Time
}

func (a *App) demoVoice(d *devices.Device, m *world.Machine) (*demoVoice, error) {
	v := &demoVoice{device: d.ID, machine: m}
	texts, _ := demoValues(m, time.Unix(0, 0))
	for _, text := range texts {
		name, labels, err := wire.ParseSeries(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", text, err)
		}
		pairs := []string{series.ClientLabel, d.Client.String(), series.DeviceLabel, d.ID.String()}
		of := make([]monitoring.Label, len(labels))
		for k, l := range labels {
			pairs, of[k] = append(pairs, l.Name, l.Value), l
		}
		all, err := series.MakeLabels(name, pairs...)
		if err != nil {
			return nil, err
		}
		handle, err := a.Series.Series(all)
		if err != nil {
			return nil, err
		}
		v.series, v.keys = append(v.series, handle), append(v.keys, a.engine().Key(name, of...))
	}
	return v, nil
}

// demoTimes are the instants since it was measured last at which an invented machine is measured now.
func demoTimes(d *devices.Device, m *world.Machine, now time.Time) (times []time.Time) {
	loaded := clock.FromMicros(d.Made).Add(demoAge)
	until, from := now, clock.FromMicros(d.Seen).Add(demoStep)
	if first := now.Add(-demoBack); from.Before(first) {
		from = first
	}
	switch {
	case m.Trouble == world.Gone:
		until = loaded.Add(-2 * time.Hour)
	case m.Away:
		until = loaded.Add(-7 * time.Hour)
	}
	for t := from; t.Before(until); t = t.Add(demoStep) {
		times = append(times, t)
	}
	if until.Equal(now) {
		times = append(times, now)
	}
	return times
}

// keepDemo stores rows, the oldest first, and runs the rules over them.
func (a *App) keepDemo(ctx context.Context, rows []demoRow) error {
	slices.SortStableFunc(rows, func(x, y demoRow) int { return x.at.Compare(y.at) })
	values := make([][]float64, len(rows))
	var b series.Batch
	for i, r := range rows {
		_, values[i] = demoValues(r.machine, r.at)
		for k, v := range values[i] {
			b.Add(r.series[k], r.at.UnixMilli(), v)
		}
	}
	if b.Len() == 0 {
		return nil
	}
	if _, err := a.Series.Commit(ctx, &b); err != nil {
		return err
	}
	for i, r := range rows {
		a.engine().Observe(r.device, r.at.UnixMilli(), r.keys, values[i])
		a.Devices.Heard(r.device, clock.Micros(r.at))
	}
	return nil
}

// demoValues are what an invented machine measures at an instant: the same each time it is asked.
func demoValues(m *world.Machine, at time.Time) (texts []string, values []float64) {
	seed := fnvOf(m.Name)
	hour := float64(at.Hour()) + float64(at.Minute())/60
	work := demoWorkload(hour)
	if w := at.Weekday(); w == time.Saturday || w == time.Sunday {
		work *= .15
	}
	noise := func(n uint32) float64 { // −1 to 1
		x := fnvOf(fmt.Sprint(seed, n, at.Unix()/60))
		return float64(x%2001)/1000 - 1
	}
	put := func(v float64, name string, labels ...wire.Label) {
		texts, values = append(texts, wire.SeriesText(name, labels...)), append(values, v)
	}
	ratio := func(v float64) float64 { return math.Round(1e4*min(max(v, .005), .995)) / 1e4 }
	cpu, memory := ratio(.06+.38*work+.05*noise(1)+float64(seed%7)/100), ratio(.42+.14*work+.01*noise(2)+float64(seed%9)/100)
	if m.Trouble == world.Tight {
		memory = ratio(.955 + .012*noise(2))
	}
	put(cpu, "system_cpu_utilization_ratio")
	put(memory, "system_memory_utilization_ratio")
	put(math.Round(memory*float64(m.Memory)), "system_memory_usage_bytes")
	put(float64(m.Memory), "system_memory_limit_bytes")
	volume := func(mount string, bytes uint64, used float64) {
		l := wire.Label{Name: "mountpoint", Value: mount}
		put(ratio(used), "system_filesystem_utilization_ratio", l)
		put(math.Round(used*float64(bytes)), "system_filesystem_usage_bytes", l)
		put(float64(bytes), "system_filesystem_limit_bytes", l)
	}
	first := "C:"
	if m.Product == "macos" {
		first = "/"
	}
	volume(first, m.Disk, .38+float64(seed%23)/100)
	if m.Data > 0 {
		used := .41 + float64(seed%17)/100
		if m.Trouble == world.Fills { // a per cent in two days, and less than five left
			used = .955 + .01*math.Mod(float64(at.Unix())/(2*86400), 3)
		}
		volume("D:", m.Data, used)
	}
	up := float64(at.Unix()%(9*86400)) + 60
	put(up, "system_uptime_seconds")
	for i, way := range []string{"receive", "transmit"} {
		put(math.Round(demoTraffic(at)/float64(1+3*i)), "system_network_io_bytes_total", wire.Label{Name: "direction", Value: way}, wire.Label{Name: "interface", Value: "Ethernet"})
	}
	put(math.Round(120+40*work), "system_processes_count")
	return texts, values
}

// demoWorkload is how busy people are at an hour of the day, 0 to 1.
func demoWorkload(hour float64) float64 {
	x := (hour - 13) / 4
	return math.Exp(-x * x)
}

// demoTraffic is how many bytes came by an instant: more by day than by night, and never fewer than before.
func demoTraffic(at time.Time) float64 {
	const step = 300
	since := func(seconds int64) (sum float64) {
		for s := int64(0); s < seconds; s += step {
			sum += (40_000 + 900_000*demoWorkload(float64(s)/3600)) * float64(min(step, seconds-s))
		}
		return sum
	}
	days, rest := at.Unix()/86400-20_000, at.Unix()%86400
	return float64(days)*since(86400) + since(rest)
}
