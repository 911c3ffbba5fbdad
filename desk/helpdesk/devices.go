// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"
	"slices"
	"strings"

	"mainstay/desk/helpdesk/store"
	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Device is a machine of a client that a ticket can be about.
type Device struct {
	Ref  string // by which the application knows it
	Name string
	Note string // what else is known: kind, system, serial number
	Link string // page about it that the reader may open; "" = none
}

// DeviceSource is where the application's devices are. Both functions return those of one client only.
type DeviceSource struct {
	Find    func(ctx context.Context, client ids.ID, text string, limit int) ([]Device, error) // by part of name or serial number
	Resolve func(ctx context.Context, client ids.ID, refs []string) ([]Device, error)          // those that there are
}

const (
	maxDevices = 50
	maxRef     = 100
)

// deviceEdit is what is to change of a ticket's devices, on its way through a change.
type deviceEdit struct{ add, cut []string }

func (s *Service) resolve(ctx context.Context, client ids.ID, refs []string) ([]Device, error) {
	if s.p.Devices == nil || len(refs) == 0 {
		return nil, nil
	}
	return s.p.Devices.Resolve(ctx, client, refs)
}

// wanted returns the devices of a client behind refs, and refuses what is not among them.
func (s *Service) wanted(ctx context.Context, client ids.ID, refs []string) ([]Device, error) {
	refs = slices.DeleteFunc(slices.Clone(refs), func(r string) bool { return r == "" })
	slices.Sort(refs)
	refs = slices.Compact(refs)
	if len(refs) > maxDevices {
		return nil, tooManyDevices()
	}
	if slices.ContainsFunc(refs, func(r string) bool { return len(r) > maxRef || r != storable(r) }) {
		return nil, noDevice()
	}
	out, err := s.resolve(ctx, client, refs)
	if err == nil && len(out) < len(refs) {
		err = noDevice()
	}
	return out, err
}

func noDevice() *fault.Error {
	return fault.NewInvalid("This client has no such device.").On("devices")
}

func tooManyDevices() *fault.Error {
	return fault.NewInvalid("A ticket has at most %d devices.", maxDevices).On("devices")
}

// FindDevices looks for devices of a client by part of their name or serial number; "" finds the first of all.
func (s *Service) FindDevices(ctx context.Context, scope access.Scope, client ids.ID, text string, limit int) ([]Device, error) {
	if s.p.Devices == nil || !scope.Covers(client) {
		return nil, nil
	}
	if len(text) > 100 {
		return nil, fault.NewInvalid("Enter fewer words.").On("q")
	}
	return s.p.Devices.Find(ctx, client, storable(strings.TrimSpace(text)), min(max(limit, 1), 200))
}

// Devices returns what a ticket is linked with, by name. One that is not there any more keeps the name it had.
func (s *Service) Devices(ctx context.Context, scope access.Scope, id ids.ID) ([]Device, error) {
	t, err := s.Get(ctx, scope, id)
	if err != nil {
		return nil, err
	}
	rows, err := store.New(s.p.DB.Reader()).DevicesOf(ctx, int64(id))
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	out, refs := make([]Device, len(rows)), make([]string, len(rows))
	for i, r := range rows {
		out[i], refs[i] = Device{Ref: r.Ref, Name: r.Name}, r.Ref
	}
	known, err := s.resolve(ctx, t.Client, refs)
	for _, d := range known {
		if i := slices.Index(refs, d.Ref); i >= 0 {
			out[i] = d
		}
	}
	return out, err
}

// HasDevices reports whether tickets can be linked with devices.
func (s *Service) HasDevices() bool { return s.p.Devices != nil }

// link keeps the devices of a new ticket.
func link(ctx context.Context, q *store.Queries, id ids.ID, list []Device) error {
	for _, d := range list {
		if err := q.InsertDevice(ctx, store.InsertDeviceParams{TicketID: int64(id), Ref: d.Ref, Name: d.Name, NameKey: strings.ToLower(d.Name)}); err != nil {
			return err
		}
	}
	return nil
}

// relink changes the devices of a ticket. Those that do not belong to its client any more go.
func (s *Service) relink(ctx context.Context, q *store.Queries, before, t *Ticket) (changes []FieldChange, err error) {
	e := t.devices
	t.devices = deviceEdit{}
	if t.Client == before.Client && len(e.add)+len(e.cut) == 0 {
		return nil, nil
	}
	have, err := q.DevicesOf(ctx, int64(t.ID))
	if err != nil {
		return nil, err
	}
	stays := func(string) bool { return true }
	if t.Client != before.Client && len(have) > 0 {
		refs := make([]string, len(have))
		for i, r := range have {
			refs[i] = r.Ref
		}
		theirs, err := s.resolve(ctx, t.Client, refs)
		if err != nil {
			return nil, err
		}
		stays = func(ref string) bool { return slices.ContainsFunc(theirs, func(d Device) bool { return d.Ref == ref }) }
	}
	left := map[string]bool{}
	for _, r := range have {
		if stays(r.Ref) && !slices.Contains(e.cut, r.Ref) {
			left[r.Ref] = true
			continue
		}
		if err := q.DropDevice(ctx, int64(t.ID), r.Ref); err != nil {
			return nil, err
		}
		changes = append(changes, FieldChange{Field: "device", From: r.Name})
	}
	add, err := s.wanted(ctx, t.Client, e.add)
	if err != nil {
		return nil, err
	}
	add = slices.DeleteFunc(add, func(d Device) bool { return left[d.Ref] })
	if len(left)+len(add) > maxDevices {
		return nil, tooManyDevices()
	}
	for _, d := range add {
		changes = append(changes, FieldChange{Field: "device", To: d.Name})
	}
	return changes, link(ctx, q, t.ID, add)
}

// storable is what of a text a database can compare with.
func storable(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
}

// withDevice are the tickets that are linked with a device, by its ref or by part of its name.
func (s *Service) withDevice(ctx context.Context, device string) (map[ids.ID]bool, error) {
	q := store.New(s.p.DB.Reader())
	if device = storable(device); strings.TrimSpace(device) == "" {
		return map[ids.ID]bool{}, nil
	}
	rows, err := q.WithDevice(ctx, device)
	if err == nil && len(rows) == 0 {
		part := strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(strings.TrimSpace(device)))
		rows, err = q.WithDeviceNamed(ctx, "%"+part+"%")
	}
	out := make(map[ids.ID]bool, len(rows))
	for _, id := range rows {
		out[ids.ID(id)] = true
	}
	return out, err
}

// DeviceName is what a device of a query is called where tickets are linked with it, else the text itself.
func (s *Service) DeviceName(ctx context.Context, device string) (string, error) {
	if device == "" {
		return "", nil
	}
	names, err := store.New(s.p.DB.Reader()).NamesOfDevice(ctx, storable(device))
	if err != nil || len(names) == 0 {
		return device, err
	}
	return names[0], nil
}
