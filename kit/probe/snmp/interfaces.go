// SPDX-License-Identifier: Apache-2.0

package snmp

import (
	"math"
	"slices"
	"strconv"
)

// Interface is a port of a device (IF-MIB).
type Interface struct {
	Index int     `json:"index"`
	Name  string  `json:"name"`
	Alias string  `json:"alias,omitempty"` // what its owner wrote on it
	MAC   string  `json:"mac,omitempty"`
	Speed float64 `json:"speed,omitempty"` // bytes in a second, 0 = unknown
	Admin bool    `json:"admin"`           // switched on
	Up    bool    `json:"up"`
	Type  int     `json:"type,omitempty"` // IANAifType
}

// maxInterfaces is how many ports of a device are measured.
const maxInterfaces = 400

const (
	ifEntry  = ".1.3.6.1.2.1.2.2.1"
	ifXEntry = ".1.3.6.1.2.1.31.1.1.1"
)

// counts are what a port counted, receive first.
type counts struct {
	bytes, errors, dropped [2]counted
}

type counted struct {
	value uint64
	wide  bool
	has   bool
}

func (r row) counter(col int) counted {
	v, ok := r.cells[col]
	if !ok || v.is != isCounter && v.is != isNumber {
		return counted{}
	}
	if v.is == isNumber { // devices that call a counter a gauge
		return counted{value: uint64(math.Max(0, v.number)), has: true}
	}
	return counted{value: v.whole, wide: v.wide, has: true}
}

// interfaces reads the ports and what they counted, by their index. Names are made unique.
func (s *session) interfaces() ([]Interface, map[int]counts, error) {
	rows, err := s.table(ifEntry, 2, 3, 5, 6, 7, 8, 10, 13, 14, 16, 19, 20)
	if err != nil {
		return nil, nil, err
	}
	more, err := s.table(ifXEntry, 1, 6, 10, 15, 18)
	if err != nil {
		return nil, nil, err
	}
	wide := map[int]row{}
	for _, r := range more {
		if len(r.index) == 1 {
			wide[r.index[0]] = r
		}
	}
	var list []Interface
	all := map[int]counts{}
	names := map[string]bool{}
	for _, r := range rows {
		if len(r.index) != 1 || len(list) >= maxInterfaces {
			continue
		}
		x := wide[r.index[0]]
		p := Interface{Index: r.index[0], Alias: clean(x.str(18), 100), MAC: r.cells[6].mac(), Type: r.int(3), Admin: r.int(7) == 1, Up: r.int(8) == 1}
		if skip(p.Type) {
			continue
		}
		if p.Name = clean(x.str(1), 80); p.Name == "" {
			p.Name = clean(r.str(2), 80)
		}
		if p.Name == "" || names[p.Name] {
			p.Name = clean(p.Name+" "+strconv.Itoa(p.Index), 100)
		}
		names[p.Name] = true
		// Columns of 32 bits end at 4.29 Gbit/s, where ifHighSpeed goes on.
		if speed, ok := r.num(5); ok && speed < math.MaxUint32 {
			p.Speed = speed / 8
		}
		if high, ok := x.num(15); ok && high > 0 && high < 1e8 {
			p.Speed = high * 1e6 / 8
		}
		var c counts
		c.bytes = [2]counted{best(x.counter(6), r.counter(10)), best(x.counter(10), r.counter(16))}
		c.dropped = [2]counted{r.counter(13), r.counter(19)}
		c.errors = [2]counted{r.counter(14), r.counter(20)}
		list, all[p.Index] = append(list, p), c
	}
	return list, all, nil
}

// best prefers the counter of 64 bits. Some devices have that column and count nothing in it.
func best(wide, narrow counted) counted {
	if wide.has && (wide.value > 0 || !narrow.has || narrow.value == 0) {
		wide.wide = true
		return wide
	}
	return narrow
}

const softwareLoopback = 24

// skip leaves out what is no way for traffic: loopbacks.
func skip(t int) bool { return t == softwareLoopback }

// measureInterfaces puts the ports into m. watched are names of ports whose fall is trouble; their state is a series of its own.
func (s *session) measureInterfaces(m *measures, mem *Memory, watched []string) error {
	list, all, err := s.interfaces()
	if err != nil {
		return err
	}
	for _, p := range list {
		if !p.Admin {
			continue
		}
		up := 0.0
		if p.Up {
			up = 1
		}
		m.set("network_interface_up", up, "interface", p.Name)
		if slices.Contains(watched, p.Name) {
			m.set("network_uplink_up", up, "interface", p.Name)
		}
		c := all[p.Index]
		if !p.Up && c.bytes[0].value == 0 && c.bytes[1].value == 0 {
			continue // nothing was ever plugged in
		}
		if p.Speed > 0 {
			m.set("network_interface_speed_bytes", p.Speed, "interface", p.Name)
		}
		for i, direction := range []string{"receive", "transmit"} {
			for _, x := range []struct {
				name string
				c    counted
			}{{"system_network_io_bytes_total", c.bytes[i]}, {"system_network_errors_total", c.errors[i]}, {"system_network_dropped_total", c.dropped[i]}} {
				if !x.c.has {
					continue
				}
				key := x.name + "/" + direction + "/" + p.Name
				v := mem.grow(key, x.c)
				m.set(x.name, v, "direction", direction, "interface", p.Name)
				if x.name != "system_network_io_bytes_total" {
					continue
				}
				if rate, ok := mem.rate(key, v); ok && p.Speed > 0 {
					m.share("network_interface_utilization_ratio", rate, p.Speed, "direction", direction, "interface", p.Name)
				}
			}
		}
	}
	return nil
}
