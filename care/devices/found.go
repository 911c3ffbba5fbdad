// SPDX-License-Identifier: Apache-2.0

package devices

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"mainstay/care/devices/store"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/ids"
)

// Learned is what was read of a device from outside: by SNMP, or when it was found in a network.
type Learned struct {
	Kind     Kind // "" = it cannot be told; what somebody has chosen stays
	Hostname string
	Vendor   string
	Model    string
	Serial   string
	Firmware string
	Address  string
	MACs     []string
}

// maxMACs is how many hardware addresses of a device are kept.
const maxMACs = 16

// MakeFound adds a device that was found in a network.
func (s *Service) MakeFound(ctx context.Context, scope access.Scope, client ids.ID, x Details, l Learned) (ids.ID, error) {
	if err := s.load(ctx); err != nil {
		return 0, err
	}
	if err := s.cleanDetails(ctx, scope, client, &x); err != nil {
		return 0, err
	}
	d := &Device{ID: s.p.IDs.New(), Version: 1, Client: client, Source: Found, Warranty: civil.NoDate, Bought: civil.NoDate, EOL: civil.NoDate, Made: s.now(), Changed: s.now()}
	x.Warranty, x.Bought = civil.NoDate, civil.NoDate // nobody can see that from outside
	x.put(d)
	l.put(d)
	err := s.change(ctx, "devices.make", d.Name, "found", func(_ *sql.Tx, q *store.Queries) error {
		if err := q.InsertDevice(ctx, toNewRow(d)); err != nil {
			return err
		}
		return s.log(ctx, q, d, Change{Section: "device", What: Added, Item: d.Name, Author: author(ctx)})
	})
	if err == nil {
		s.took(d)
	}
	return d.ID, err
}

// Learn keeps what was read of a device from outside. What its own agent or a person said stays, but where a device says another
// serial number or firmware than before, that is a change.
func (s *Service) Learn(ctx context.Context, id ids.ID, l Learned) error {
	d, ok := s.roster.look(id)
	if !ok || d.Agent != "" {
		return nil
	}
	probe := d.clone()
	if l.put(probe); toRow(probe) == toRow(d) {
		return nil // as nearly always: nothing is written
	}
	return s.edit(ctx, id, func(d *Device) (out []Change) {
		before := d.clone()
		l.put(d)
		for _, x := range [][3]string{{"kind", string(before.Kind), string(d.Kind)}, {"serial number", before.Serial, d.Serial}, {"firmware", before.OSVersion, d.OSVersion}, {"model", before.Model, d.Model}} {
			if x[1] != x[2] && x[1] != "" {
				out = append(out, Change{Section: "device", What: Changed, Item: x[0], Before: x[1], After: x[2]})
			}
		}
		return out
	})
}

func (l *Learned) put(d *Device) {
	if l.Kind != "" && d.Kind == OtherKind {
		d.Kind = l.Kind
	}
	for _, x := range []struct {
		to   *string
		from string
	}{{&d.Hostname, l.Hostname}, {&d.Vendor, l.Vendor}, {&d.Model, l.Model}, {&d.Address, l.Address}} {
		if *x.to == "" {
			*x.to = line(x.from, 100)
		}
	}
	if v := line(l.Serial, 100); v != "" {
		d.Serial = v
	}
	if v := line(l.Firmware, 60); v != "" {
		d.OSVersion = v
	}
	for _, m := range l.MACs {
		if m = strings.ToLower(line(m, 17)); m != "" && !slices.Contains(d.MACs, m) && len(d.MACs) < maxMACs {
			d.MACs = append(slices.Clip(d.MACs), m)
		}
	}
}

// SetParent says behind which device of the same client another one is, 0 = none is known. It is the network's word, not a person's.
func (s *Service) SetParent(ctx context.Context, id, parent ids.ID) error {
	d, ok := s.roster.look(id)
	if !ok {
		return noDevice()
	}
	if err := s.checkParent(id, d.Client, parent); err != nil {
		return err
	}
	if d.Parent == parent {
		return nil
	}
	return s.edit(ctx, id, func(d *Device) []Change {
		c := Change{Section: "device", What: Changed, Item: "behind", Before: s.deviceName(d.Parent), After: s.deviceName(parent), Author: author(ctx)}
		d.Parent = parent
		return []Change{c}
	})
}

// Polled says which devices are asked from outside, and how often: these count as there while they answer. It replaces what was said before.
func (s *Service) Polled(list map[ids.ID]time.Duration) {
	r := &s.roster
	r.mu.Lock()
	r.polled = list
	r.mu.Unlock()
}
