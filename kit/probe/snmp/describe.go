// SPDX-License-Identifier: Apache-2.0

package snmp

import (
	"context"
	"encoding/json"
	"strings"

	"mainstay/kit/wire"
)

// Host is an address and its hardware.
type Host struct {
	Address string `json:"address"`
	MAC     string `json:"mac"`
}

// Description is what a device says of itself and of those around it.
type Description struct {
	Name      string `json:"name,omitempty"`
	Descr     string `json:"descr,omitempty"`
	ObjectID  string `json:"object,omitempty"`
	Location  string `json:"location,omitempty"`
	Contact   string `json:"contact,omitempty"`
	Uptime    int64  `json:"uptime,omitempty"` // seconds
	Kind      string `json:"kind,omitempty"`   // network, printer, ups, storage, server; "" = cannot be told
	Vendor    string `json:"vendor,omitempty"`
	Model     string `json:"model,omitempty"`
	Serial    string `json:"serial,omitempty"`
	Firmware  string `json:"firmware,omitempty"`
	MAC       string `json:"mac,omitempty"`
	Router    bool   `json:"router,omitempty"`
	Bridge    bool   `json:"bridge,omitempty"`
	HasStore  bool   `json:"has_storage,omitempty"` // it tells of volumes and memory
	HasSensor bool   `json:"has_sensors,omitempty"`

	Addresses  []string    `json:"addresses,omitempty"`
	Interfaces []Interface `json:"interfaces,omitempty"`
	UPS        *UPS        `json:"ups,omitempty"`
	Printer    *Printer    `json:"printer,omitempty"`
	Neighbours []Neighbour `json:"neighbours,omitempty"`
	Forwards   []Forward   `json:"forwards,omitempty"`
	Seen       []Host      `json:"seen,omitempty"`
	Cut        bool        `json:"cut,omitempty"` // there was more
}

// Identify reads only what a device says of itself first: name, description, maker. Discovery asks so, many hosts at once.
func Identify(ctx context.Context, t Target) (*Description, error) {
	s, err := dial(ctx, t)
	if err != nil {
		return nil, err
	}
	defer s.close()
	x, err := s.system()
	if err != nil {
		return nil, err
	}
	d := describe(x)
	d.Vendor = maker(x.object)
	return d, s.chassisMAC(d)
}

func describe(x system) *Description {
	return &Description{
		Name: x.name, Descr: x.descr, ObjectID: x.object, Location: x.place, Contact: x.contact, Uptime: int64(x.uptime), Bridge: x.services&2 != 0, Router: x.services&4 != 0,
	}
}

// Describe reads all that a device says of itself, and whom it sees.
func Describe(ctx context.Context, t Target) (*Description, error) {
	s, err := dial(ctx, t)
	if err != nil {
		return nil, err
	}
	defer s.close()
	x, err := s.system()
	if err != nil {
		return nil, err
	}
	d := describe(x)
	var m measures
	if d.Interfaces, _, err = s.interfaces(); err != nil {
		return nil, err
	}
	if d.UPS, err = s.ups(&m); err != nil {
		return nil, err
	}
	if d.Printer, err = s.printer(&m); err != nil {
		return nil, err
	}
	if d.HasStore, err = s.measureStorage(&m); err != nil {
		return nil, err
	}
	rows, err := s.table(sensors, 1)
	if err != nil {
		return nil, err
	}
	d.HasSensor = len(rows) > 0
	if err := s.entity(d); err != nil {
		return nil, err
	}
	if err := s.chassisMAC(d); err != nil {
		return nil, err
	}
	if err := s.links(d); err != nil {
		return nil, err
	}
	d.Kind = d.kind()
	return d, nil
}

// kind guesses what the device is.
func (d *Description) kind() string {
	text := strings.ToLower(d.Descr + " " + d.Model)
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(text, w) {
				return true
			}
		}
		return false
	}
	switch {
	case d.UPS != nil:
		return "ups"
	case d.Printer != nil:
		return "printer"
	case d.Vendor == "Synology" || d.Vendor == "QNAP" || has("diskstation", "readynas"):
		return "storage"
	case len(d.Forwards) > 0 || d.Bridge && !has("linux ", "windows"), has("switch", "router", "firewall", "routeros", "fortigate", "access point", "cisco ios", "junos"):
		return "network"
	case has("linux ", "windows", "vmware esx", "freebsd") && d.HasStore:
		return "server"
	case d.Router:
		return "network"
	}
	return ""
}

// pack is d as JSON within the bounds of an observation; the longest lists are cut where it is too much.
func (d *Description) pack() json.RawMessage {
	for {
		b, err := json.Marshal(d)
		if err != nil {
			return nil
		}
		if len(b) <= wire.MaxFound {
			return b
		}
		d.Cut = true
		switch {
		case len(d.Forwards) > 100:
			d.Forwards = d.Forwards[:len(d.Forwards)/2]
		case len(d.Seen) > 100:
			d.Seen = d.Seen[:len(d.Seen)/2]
		case len(d.Interfaces) > 50:
			d.Interfaces = d.Interfaces[:len(d.Interfaces)/2]
		default:
			d.Neighbours, d.Seen, d.Forwards = nil, nil, nil
		}
	}
}
