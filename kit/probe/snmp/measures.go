// SPDX-License-Identifier: Apache-2.0

package snmp

import "mainstay/kit/wire"

// measures collects what was measured, each series once and no more than an observation may hold.
type measures struct {
	list []wire.Measure
	seen map[string]bool
}

// set adds a value. labels are names and values in turn.
func (m *measures) set(name string, v float64, labels ...string) {
	if !finite(v) || len(m.list) >= wire.MaxMeasures {
		return
	}
	var l []wire.Label
	for i := 0; i+1 < len(labels); i += 2 {
		l = append(l, wire.Label{Name: labels[i], Value: clean(labels[i+1], 100)})
	}
	text := wire.SeriesText(name, l...)
	if m.seen[text] || len(text) > wire.MaxSeriesText {
		return
	}
	if m.seen == nil {
		m.seen = map[string]bool{}
	}
	m.seen[text] = true
	m.list = append(m.list, wire.Measure{Series: text, Value: v})
}

// share sets a part of a whole, kept between 0 and 1.
func (m *measures) share(name string, part, whole float64, labels ...string) {
	if whole > 0 && part >= 0 {
		m.set(name, min(1, part/whole), labels...)
	}
}
