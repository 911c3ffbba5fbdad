// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"

	"mainstay/care/devices/store"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/wire"
)

// Report is a section of facts that a device sent.
type Report struct {
	Device ids.ID
	Facts  wire.Facts
}

// TakeFacts stores reports of any devices, durably and all or none, and logs what changed. A report that is here already, or older than
// what is here, changes nothing.
func (s *Service) TakeFacts(ctx context.Context, reports []Report) error {
	var changed []*Device
	err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		changed = changed[:0]
		q := store.New(tx)
		pending := map[ids.ID]*Device{}
		for i := range reports {
			if err := s.takeOne(ctx, q, pending, &reports[i]); err != nil {
				return err
			}
		}
		for _, id := range slices.Sorted(maps.Keys(pending)) {
			d := pending[id]
			if err := update(ctx, q, d); err != nil {
				return err
			}
			changed = append(changed, d)
		}
		return nil
	})
	if err == nil {
		s.took(changed...)
	}
	return err
}

// takeOne stores one report. Devices whose record follows from it are collected in pending.
func (s *Service) takeOne(ctx context.Context, q *store.Queries, pending map[ids.ID]*Device, r *Report) error {
	f := &r.Facts
	d, err := s.fresh(ctx, q, pending, r.Device)
	if err != nil || d == nil {
		return err
	}
	old, err := q.SectionOf(ctx, int64(r.Device), string(f.Section))
	first := errors.Is(err, sql.ErrNoRows)
	if err != nil && !first {
		return err
	}
	if f.Failed != "" {
		if !first && old.TakenAt >= f.Taken {
			return nil
		}
		return q.FailSection(ctx, store.FailSectionParams{DeviceID: int64(r.Device), Section: string(f.Section), TakenAt: f.Taken, Failed: line(f.Failed, 500)})
	}
	if !first && (old.TakenAt >= f.Taken || old.Hash == f.Hash && old.Failed == "") {
		return nil
	}
	after, err := items(f.Section, f.Body)
	if err != nil {
		return fault.NewInvalid("The section %s cannot be read.", f.Section).Because(err)
	}
	before, err := oldItems(f.Section, old)
	if err != nil {
		return err
	}
	if !first && old.Hash != "" {
		for _, c := range diff(f.Section, before, after) {
			c.At = f.Taken
			if err := s.log(ctx, q, d, c); err != nil {
				return err
			}
		}
	}
	if f.Section == wire.SectionSoftware {
		if err := s.takeSoftware(ctx, q, r.Device, f.Body); err != nil {
			return err
		}
	}
	packed, body := pack(f.Body)
	if err := q.PutSection(ctx, store.PutSectionParams{DeviceID: int64(r.Device), Section: string(f.Section), Hash: f.Hash, TakenAt: f.Taken, Packed: packed, Body: body}); err != nil {
		return err
	}
	if changed := d.clone(); s.learn(changed, f) {
		changed.Changed = s.now()
		pending[r.Device] = changed
	}
	return nil
}

// fresh is a device as the transaction sees it; nil when there is none.
func (s *Service) fresh(ctx context.Context, q *store.Queries, pending map[ids.ID]*Device, id ids.ID) (*Device, error) {
	if d := pending[id]; d != nil {
		return d, nil
	}
	row, err := q.Device(ctx, int64(id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return fromRow(&row), nil
}

func oldItems(section wire.Section, row store.DevicesSection) ([]item, error) {
	if row.Hash == "" {
		return nil, nil
	}
	body, err := unpack(row.Packed, row.Body)
	if err != nil {
		return nil, err
	}
	return items(section, body)
}

// learn takes from a section what the device's record says, and reports whether that changed it.
func (s *Service) learn(d *Device, f *wire.Facts) bool {
	before := toRow(d)
	switch f.Section {
	case wire.SectionSystem:
		var v wire.System
		if json.Unmarshal(f.Body, &v) == nil {
			s.learnSystem(d, &v)
		}
	case wire.SectionHardware:
		var v wire.Hardware
		if json.Unmarshal(f.Body, &v) == nil {
			learnHardware(d, &v)
		}
	case wire.SectionNetwork:
		var v wire.Network
		if json.Unmarshal(f.Body, &v) == nil {
			learnNetwork(d, &v)
		}
	case wire.SectionSessions:
		var v []wire.Session
		if json.Unmarshal(f.Body, &v) == nil && len(v) > 0 {
			d.LastUser = line(v[len(v)-1].User, 100)
		}
	}
	return toRow(d) != before
}

func (s *Service) learnSystem(d *Device, v *wire.System) {
	if d.Name == d.Hostname {
		d.Name = line(v.Name, 100)
	}
	d.Hostname, d.Family, d.OS, d.Product, d.OSVersion, d.Arch = line(v.Name, 100), line(v.Family, 40), line(v.OS, 200), line(v.Product, 60), line(v.Version, 60), line(v.Arch, 40)
	d.Reboot, d.Booted = v.RebootPending, v.Boot
	if v.LastUser != "" {
		d.LastUser = line(v.LastUser, 100)
	}
	if d.Kind == OtherKind {
		d.Kind = kindOf(v)
	}
	d.EOL = s.endOfLife(d.Product, d.OSVersion, d.OS)
}

// kindOf reads the kind off what a system says of itself.
func kindOf(v *wire.System) Kind {
	switch {
	case strings.Contains(strings.ToLower(v.OS+" "+v.Edition), "server"), v.Chassis == "server":
		return Server
	case v.Chassis == "laptop":
		return Laptop
	case v.Family == "linux" && v.Chassis != "desktop", v.Chassis == "vm" && v.Family != "windows", v.Virtualisation:
		return Server
	}
	return Workstation
}

func learnHardware(d *Device, v *wire.Hardware) {
	d.Vendor, d.Model, d.CPU = line(v.Vendor, 100), line(v.Model, 100), line(v.CPU, 100)
	if serial := cleanSerial(v.Serial); serial != "" {
		d.Serial = serial
	}
	d.Cores, d.Memory, d.Storage = int64(max(v.Cores, v.Threads)), int64(v.Memory&(1<<62-1)), 0
	for _, disk := range v.Disks {
		d.Storage += int64(disk.Bytes & (1<<56 - 1))
	}
}

func learnNetwork(d *Device, v *wire.Network) {
	d.MACs, d.Address = nil, ""
	for _, i := range v.Interfaces {
		if i.Virtual {
			continue
		}
		if i.MAC != "" && len(d.MACs) < 32 {
			d.MACs = append(d.MACs, strings.ToLower(line(i.MAC, 20)))
		}
		for _, a := range i.Addresses {
			host, _, _ := strings.Cut(line(a, 60), "/")
			if d.Address == "" && i.Up && !strings.HasPrefix(host, "fe80:") && !strings.HasPrefix(host, "169.254.") && !strings.HasPrefix(host, "127.") && host != "::1" {
				d.Address = host
			}
		}
	}
	slices.Sort(d.MACs)
}

// packFrom is the size in bytes from which a section is deflated.
const packFrom = 1 << 10

func pack(body []byte) (packed int64, text string) {
	if len(body) < packFrom {
		return 0, string(body)
	}
	return 1, base64.StdEncoding.EncodeToString(wire.Deflate(body))
}

func unpack(packed int64, text string) ([]byte, error) {
	if packed == 0 {
		return []byte(text), nil
	}
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil, err
	}
	return wire.Inflate(b, wire.MaxFacts)
}

// Section is a section of a device's inventory as it is here.
type Section struct {
	Section wire.Section
	Taken   int64 // microseconds since 1970 UTC
	Failed  string
	Body    []byte // JSON; nil where nothing good came yet
}

// Inventory returns all sections of a device that it told.
func (s *Service) Inventory(ctx context.Context, scope access.Scope, device ids.ID) (map[wire.Section]Section, error) {
	if _, err := s.Get(ctx, scope, device); err != nil {
		return nil, err
	}
	rows, err := store.New(s.p.DB.Reader()).Sections(ctx, int64(device))
	if err != nil {
		return nil, err
	}
	out := map[wire.Section]Section{}
	for _, r := range rows {
		x := Section{Section: wire.Section(r.Section), Taken: r.TakenAt, Failed: r.Failed}
		if r.Hash != "" {
			if x.Body, err = unpack(r.Packed, r.Body); err != nil {
				return nil, err
			}
		}
		out[x.Section] = x
	}
	return out, nil
}
