// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"mainstay/care/devices/store"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/wire"
)

// What says what happened to an item.
type What string

// What can happen.
const (
	Added   What = "added"
	Removed What = "removed"
	Changed What = "changed"
)

// Change is a row of a device's log.
type Change struct {
	ID      ids.ID
	Device  ids.ID
	Client  ids.ID
	At      int64  // microseconds since 1970 UTC
	Section string // of kit/wire, or "device" for its record
	What    What
	Item    string // nginx; memory; site
	Before  string
	After   string
	Author  string // who did it; "" = the device tells
}

// maxChanges is how many changes one report of a section leaves as rows; the rest is told as a number.
const maxChanges = 200

func (s *Service) log(ctx context.Context, q *store.Queries, d *Device, c Change) error {
	at := c.At
	if at == 0 {
		at = s.now()
	}
	return q.InsertChange(ctx, store.InsertChangeParams{
		ID: int64(s.p.IDs.New()), DeviceID: int64(d.ID), ClientID: int64(d.Client), At: at, Section: c.Section, What: string(c.What), Item: line(c.Item, 200),
		Before: line(c.Before, 300), After: line(c.After, 300), Author: c.Author,
	})
}

// Changes returns what changed on a device from an instant to another, newest first, at most limit rows.
func (s *Service) Changes(ctx context.Context, scope access.Scope, device ids.ID, from, to int64, limit int) ([]Change, error) {
	if _, err := s.Get(ctx, scope, device); err != nil {
		return nil, err
	}
	rows, err := store.New(s.p.DB.Reader()).Changes(ctx, store.ChangesParams{DeviceID: int64(device), FromAt: from, ToAt: to, Most: int32(limit)})
	return changesOf(rows), err
}

// ClientChanges returns what changed on all devices of a client.
func (s *Service) ClientChanges(ctx context.Context, scope access.Scope, client ids.ID, from, to int64, limit int) ([]Change, error) {
	if !scope.Covers(client) {
		return nil, fault.NewNotFound("There is no such client.")
	}
	rows, err := store.New(s.p.DB.Reader()).ClientChanges(ctx, store.ClientChangesParams{ClientID: int64(client), FromAt: from, ToAt: to, Most: int32(limit)})
	return changesOf(rows), err
}

// ClientsOf returns the clients whose a device was while something changed on it, the one that it is with now among them.
func (s *Service) ClientsOf(ctx context.Context, scope access.Scope, device ids.ID) ([]ids.ID, error) {
	d, err := s.Get(ctx, scope, device)
	if err != nil {
		return nil, err
	}
	rows, err := store.New(s.p.DB.Reader()).DeviceClients(ctx, int64(device))
	out := []ids.ID{d.Client}
	for _, id := range rows {
		if ids.ID(id) != d.Client {
			out = append(out, ids.ID(id))
		}
	}
	return out, err
}

func changesOf(rows []store.DevicesChange) []Change {
	out := make([]Change, len(rows))
	for i, r := range rows {
		out[i] = Change{ID: ids.ID(r.ID), Device: ids.ID(r.DeviceID), Client: ids.ID(r.ClientID), At: r.At, Section: r.Section, What: What(r.What), Item: r.Item, Before: r.Before, After: r.After, Author: r.Author}
	}
	return out
}

// item is a thing of a section that can come, go and change: its name and what is told of it.
type item struct{ key, name, value string }

// diff compares two states of a section. Things are the same when their keys are.
func diff(section wire.Section, before, after []item) []Change {
	order := func(a, b item) int { return cmp.Or(strings.Compare(a.key, b.key), strings.Compare(a.value, b.value)) }
	slices.SortFunc(before, order)
	slices.SortFunc(after, order)
	var out []Change
	add := func(w What, name, b, a string) {
		out = append(out, Change{Section: string(section), What: w, Item: name, Before: b, After: a})
	}
	for i, j := 0, 0; i < len(before) || j < len(after); {
		switch {
		case j == len(after) || i < len(before) && before[i].key < after[j].key:
			add(Removed, before[i].name, before[i].value, "")
			i++
		case i == len(before) || after[j].key < before[i].key:
			add(Added, after[j].name, "", after[j].value)
			j++
		default:
			if before[i].value != after[j].value {
				add(Changed, after[j].name, before[i].value, after[j].value)
			}
			i, j = i+1, j+1
		}
	}
	if rest := len(out) - maxChanges; rest > 0 {
		out = append(out[:maxChanges], Change{Section: string(section), What: Changed, Item: fmt.Sprintf("+%d", rest)})
	}
	return out
}

// items takes a section apart. A section whose changes nobody asks about (sessions) has none.
func items(section wire.Section, body []byte) ([]item, error) {
	switch section {
	case wire.SectionSystem:
		return parse(body, systemItems)
	case wire.SectionHardware:
		return parse(body, hardwareItems)
	case wire.SectionVolumes:
		return parseList(body, func(v wire.Volume) item {
			return item{v.Mount, v.Mount, join(v.FS, bytesText(v.Bytes), v.Source, when(v.ReadOnly, "read-only"), when(v.Encrypted != "", "encrypted: "+v.Encrypted))}
		})
	case wire.SectionNetwork:
		return parse(body, networkItems)
	case wire.SectionSoftware:
		return parseList(body, func(v wire.Software) item {
			return item{v.Source + "\x00" + v.Name + "\x00" + v.Arch, v.Name, v.Version}
		})
	case wire.SectionServices:
		// Whether a service runs is a check's matter: here counts that it is there and how it starts.
		return parseList(body, func(v wire.Service) item { return item{v.Name, v.Name, v.Start} })
	case wire.SectionUsers:
		return parseList(body, func(v wire.User) item {
			return item{v.Name, v.Name, join(when(v.Admin, "administrator"), when(v.Disabled, "disabled"), v.Shell)}
		})
	case wire.SectionPorts:
		return parseList(body, func(v wire.Port) item {
			name := fmt.Sprintf("%s/%d", v.Protocol, v.Port)
			return item{name + " " + v.Address, name + " " + v.Address, v.Process}
		})
	case wire.SectionContainers:
		return parseList(body, func(v wire.Container) item { return item{v.Name, v.Name, v.Image} })
	case wire.SectionHealth:
		return parseList(body, func(v wire.DiskHealth) item {
			return item{v.Name, v.Name, join(map[bool]string{true: "healthy", false: "failing"}[v.Healthy], v.Text)}
		})
	}
	return nil, nil
}

func parse[T any](body []byte, fn func(*T) []item) ([]item, error) {
	var v T
	if err := json.Unmarshal(body, &v); err != nil {
		return nil, err
	}
	return fn(&v), nil
}

func parseList[T any](body []byte, fn func(T) item) ([]item, error) {
	var list []T
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, err
	}
	out := make([]item, len(list))
	for i, v := range list {
		out[i] = fn(v)
	}
	return out, nil
}

func fields(pairs ...string) []item {
	var out []item
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			out = append(out, item{pairs[i], pairs[i], pairs[i+1]})
		}
	}
	return out
}

func systemItems(v *wire.System) []item {
	return fields("host name", v.Name, "domain", v.Domain, "operating system", v.OS, "version", v.Version, "build", v.Build, "edition", v.Edition, "kernel", v.Kernel, "time zone", v.Zone)
}

func hardwareItems(v *wire.Hardware) []item {
	out := fields("model", join(v.Vendor, v.Model), "serial number", v.Serial, "BIOS", v.BIOS, "processor", v.CPU, "memory", bytesText(v.Memory))
	for _, d := range v.Disks {
		out = append(out, item{"disk " + cmp.Or(d.Serial, d.Name), "disk " + d.Name, join(d.Model, d.Serial, bytesText(d.Bytes))})
	}
	return out
}

func networkItems(v *wire.Network) []item {
	out := fields("gateway", strings.Join(v.Gateways, ", "), "name servers", strings.Join(v.DNS, ", "))
	for _, i := range v.Interfaces {
		if i.Virtual {
			continue // containers and tunnels come and go
		}
		out = append(out, item{"interface " + i.Name, "interface " + i.Name, join(i.MAC, strings.Join(i.Addresses, ", "))})
	}
	return out
}

func when(b bool, s string) string {
	if b {
		return s
	}
	return ""
}

func join(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), ", ")
}

// bytesText writes a size in binary units: 16 GiB.
func bytesText(n uint64) string {
	if n == 0 {
		return ""
	}
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	v, i := float64(n), 0
	for v >= 1024 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	if v >= 100 || v == float64(int64(v)) {
		return fmt.Sprintf("%.0f %s", v, units[i])
	}
	return fmt.Sprintf("%.1f %s", v, units[i])
}
