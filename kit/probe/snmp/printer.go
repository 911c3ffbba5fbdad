// SPDX-License-Identifier: Apache-2.0

package snmp

import (
	"strings"

	"mainstay/kit/wire"
)

// Supply is something that a printer uses up or fills (Printer-MIB).
type Supply struct {
	Name  string  `json:"name"`
	Color string  `json:"color,omitempty"`
	Waste bool    `json:"waste,omitempty"` // it fills, and is to be emptied
	Level float64 `json:"level"`           // 0–1 of what is left; of waste, of the room that is left. -1 = some, not known how much
}

// Printer is what a printer says of itself.
type Printer struct {
	Supplies []Supply `json:"supplies,omitempty"`
	Pages    float64  `json:"pages,omitempty"`
	Console  []string `json:"console,omitempty"` // what its display shows
	Troubles []string `json:"troubles,omitempty"`
}

const (
	supplyEntry   = ".1.3.6.1.2.1.43.11.1.1"
	colorEntry    = ".1.3.6.1.2.1.43.12.1.1"
	markerEntry   = ".1.3.6.1.2.1.43.10.2.1"
	consoleEntry  = ".1.3.6.1.2.1.43.16.5.1"
	printerErrors = ".1.3.6.1.2.1.25.3.5.1"
)

// troubles are the bits of hrPrinterDetectedErrorState, and whether it prints no more.
var troubles = [...]struct {
	name  string
	grave bool
}{
	{"low paper", false}, {"no paper", true}, {"low toner", false}, {"no toner", true}, {"door open", true}, {"jammed", true}, {"offline", true}, {"service requested", false},
}

// printer reads a printer and puts it into m; nil where the device is none.
func (s *session) printer(m *measures) (*Printer, error) {
	rows, err := s.table(supplyEntry, 3, 4, 6, 8, 9)
	if err != nil || len(rows) == 0 {
		return nil, err
	}
	colors := map[[2]int]string{}
	list, err := s.table(colorEntry, 4)
	if err != nil {
		return nil, err
	}
	for _, r := range list {
		if len(r.index) == 2 {
			colors[[2]int{r.index[0], r.index[1]}] = clean(r.str(4), 30)
		}
	}
	p := &Printer{}
	for _, r := range rows {
		if x, ok := supply(r); ok && len(p.Supplies) < 40 {
			x.Color = colors[[2]int{r.index[0], r.int(3)}]
			p.Supplies = append(p.Supplies, x)
			if x.Level >= 0 {
				m.set("printer_supply_ratio", x.Level, "supply", x.Name)
			}
		}
	}
	if rows, err = s.table(markerEntry, 4); err != nil {
		return nil, err
	}
	for _, r := range rows {
		if v, ok := r.num(4); ok && v > p.Pages {
			p.Pages = v
		}
	}
	if p.Pages > 0 {
		m.set("printer_pages_total", p.Pages)
	}
	if rows, err = s.table(consoleEntry, 2); err != nil {
		return nil, err
	}
	for _, r := range rows {
		if t := clean(r.str(2), 80); t != "" && len(p.Console) < 8 {
			p.Console = append(p.Console, t)
		}
	}
	return p, s.printerState(p, m)
}

func supply(r row) (Supply, bool) {
	full, hasFull := r.num(8)
	left, hasLeft := r.num(9)
	if len(r.index) != 2 || !hasLeft {
		return Supply{}, false
	}
	x := Supply{Name: clean(r.str(6), 60), Waste: r.int(4) == 4, Level: -1}
	if x.Name == "" {
		return Supply{}, false
	}
	// Levels below nothing: -2 unknown, -3 there is some. A percentage is said with a capacity of 100, or with none at all.
	switch {
	case left < 0:
	case hasFull && full > 0:
		x.Level = min(1, left/full)
	case left <= 100 && (!hasFull || full == -2 || full == -1):
		x.Level = left / 100
	}
	// prtMarkerSuppliesLevel of a receptacle is the room that is left, too (RFC 3805): class 4.
	return x, true
}

// printerState reads what is wrong with the printer.
func (s *session) printerState(p *Printer, m *measures) error {
	rows, err := s.table(printerErrors, 1, 2)
	if err != nil {
		return err
	}
	worst := 0.0
	for _, r := range rows {
		bits := r.cells[2].raw
		for i, t := range troubles {
			if len(bits) > 0 && bits[0]&(0x80>>i) != 0 {
				p.Troubles = append(p.Troubles, t.name)
				if worst = max(worst, 1); t.grave {
					worst = 2
				}
			}
		}
	}
	if len(rows) > 0 {
		m.set("printer_trouble", worst)
	}
	return nil
}

// said says in one line what is wrong. The names of troubles are keys.
func (p *Printer) said() wire.Said {
	var args []any
	for _, t := range p.Troubles[:min(len(p.Troubles), len(troubles))] {
		args = append(args, wire.Say(t))
	}
	return wire.Say(strings.TrimSuffix(strings.Repeat("%s, ", len(args)), ", "), args...)
}
