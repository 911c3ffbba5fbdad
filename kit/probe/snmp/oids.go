// SPDX-License-Identifier: Apache-2.0

package snmp

import (
	"strconv"
	"strings"

	"mainstay/kit/fault"
)

// OID is a value of a device that the firm chose itself: an object, the series that it becomes, and what it is multiplied with.
type OID struct {
	OID    string // with its instance; without one all rows are read, a series each with the label "index"
	Series string
	Scale  float64
	Label  string // what people call it; the label "name" where it is not empty
}

// maxOIDs is how many own values a device can have.
const maxOIDs = 60

// ParseOIDs reads own values, one a line: the object identifier, the series' name, optionally the factor and a name, separated by
// spaces.
//
//	1.3.6.1.4.1.6574.1.2.0  snmp_temperature_celsius  1  Board
func ParseOIDs(text string) ([]OID, error) {
	var out []OID
	for i, l := range strings.Split(text, "\n") {
		f := strings.Fields(l)
		if len(f) == 0 {
			continue
		}
		n := strconv.Itoa(i + 1)
		x := OID{Scale: 1}
		switch {
		case len(out) >= maxOIDs:
			return nil, fault.NewInvalid("A device can have at most %d values of your own.", maxOIDs)
		case len(f) < 2:
			return nil, fault.NewInvalid("Line %s: write an object identifier and the name of its series.", n)
		}
		var ok bool
		if x.OID, ok = CleanOID(f[0]); !ok {
			return nil, fault.NewInvalid("Line %[1]s: %[2]q is no object identifier. It is written like 1.3.6.1.2.1.1.3.0.", n, f[0])
		}
		if x.Series = f[1]; !seriesName(x.Series) {
			return nil, fault.NewInvalid("Line %[1]s: %[2]q is no name of a series: it begins with snmp_ and has small letters, digits and _.", n, f[1])
		}
		if len(f) > 2 {
			v, err := strconv.ParseFloat(f[2], 64)
			if err != nil || !finite(v) || v == 0 {
				return nil, fault.NewInvalid("Line %[1]s: %[2]q is no factor.", n, f[2])
			}
			x.Scale = v
		}
		x.Label = clean(strings.Join(f[min(3, len(f)):], " "), 60)
		out = append(out, x)
	}
	return out, nil
}

// CleanOID is an object identifier with a leading dot.
func CleanOID(s string) (string, bool) {
	s = strings.TrimPrefix(strings.TrimSpace(s), ".")
	parts := strings.Split(s, ".")
	if len(parts) < 4 || len(parts) > 128 || len(s) > 500 {
		return "", false
	}
	for i, p := range parts {
		n, err := strconv.ParseUint(p, 10, 32)
		if err != nil || i == 0 && n > 2 || i == 1 && n > 39 {
			return "", false
		}
	}
	return "." + s, true
}

func seriesName(s string) bool {
	rest, ok := strings.CutPrefix(s, "snmp_")
	return ok && rest != "" && len(s) <= 80 && strings.Trim(rest, "abcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// own reads the firm's own values into m.
func (s *session) own(list []OID, m *measures) error {
	if len(list) == 0 {
		return nil
	}
	ask := make([]string, len(list))
	for i, x := range list {
		ask[i] = x.OID
	}
	got, err := s.get(ask...)
	if err != nil {
		return err
	}
	for _, x := range list {
		if v, ok := got[x.OID]; ok {
			x.measure(m, v, "")
			continue
		}
		cut := strings.LastIndexByte(x.OID, '.')
		col, _ := strconv.Atoi(x.OID[cut+1:]) // CleanOID said so
		rows, err := s.table(x.OID[:cut], col)
		if err != nil {
			return err
		}
		for _, r := range rows[:min(len(rows), 100)] {
			index := make([]string, len(r.index))
			for i, n := range r.index {
				index[i] = strconv.Itoa(n)
			}
			x.measure(m, r.cells[col], strings.Join(index, "."))
		}
	}
	return nil
}

func (x OID) measure(m *measures, v value, index string) {
	number := v.number
	switch v.is {
	case isNumber, isCounter:
	case isBytes: // devices that write numbers as text
		f, err := strconv.ParseFloat(strings.TrimSpace(v.String()), 64)
		if err != nil {
			return
		}
		number = f
	default:
		return
	}
	var labels []string
	if x.Label != "" {
		labels = append(labels, "name", x.Label)
	}
	if index != "" {
		labels = append(labels, "index", index)
	}
	m.set(x.Series, number*x.Scale, labels...)
}
