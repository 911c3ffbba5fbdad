// SPDX-License-Identifier: Apache-2.0

package series

import (
	"strings"
	"unicode/utf8"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"

	"mainstay/kit/fault"
)

// Labels are the sorted labels of a series; the label __name__ is its name.
type Labels = labels.Labels

// Label is one of them.
type Label = labels.Label

type label = Label

// Matcher narrows a selection by one label.
type Matcher = labels.Matcher

// The labels that the house gives a meaning.
const (
	ClientLabel = "client" // the client's id: whose series it is
	DeviceLabel = "device" // the device's id
	NameLabel   = model.MetricNameLabel
)

// Limits of one series. They hold for everything that comes in, from agents too.
const (
	MaxLabels     = 40
	MaxLabelName  = 128  // bytes
	MaxLabelValue = 1024 // bytes
)

// MakeLabels returns the labels of a series from its name and pairs of label and value. Labels without a value are left
// out, as everywhere in Prometheus' world.
func MakeLabels(name string, pairs ...string) (Labels, error) {
	if len(pairs)%2 != 0 {
		return Labels{}, fault.NewInvalid("The labels of the series %q are not pairs of name and value.", name)
	}
	b := labels.NewScratchBuilder(1 + len(pairs)/2)
	b.Add(NameLabel, name)
	for ; len(pairs) > 1; pairs = pairs[2:] {
		if pairs[1] != "" {
			b.Add(pairs[0], pairs[1])
		}
	}
	b.Sort()
	l := b.Labels()
	return l, CheckLabels(l)
}

// CheckLabels says in words what is wrong with the labels of a series that came from outside.
func CheckLabels(l Labels) error {
	name, n := "", 0
	var err error
	last := ""
	l.Range(func(p labels.Label) {
		switch n++; {
		case err != nil:
		case p.Name == "" || !plain(p.Name):
			err = fault.NewInvalid("A label's name is empty or not text.")
		case n > 1 && p.Name <= last:
			err = fault.NewInvalid("The label %q stands twice or out of order.", clip(p.Name))
		case len(p.Name) > MaxLabelName:
			err = fault.NewInvalid("The name of the label %q is longer than %d bytes.", clip(p.Name), MaxLabelName)
		case len(p.Value) > MaxLabelValue:
			err = fault.NewInvalid("The value of the label %q is longer than %d bytes.", clip(p.Name), MaxLabelValue)
		case !utf8.ValidString(p.Value):
			err = fault.NewInvalid("The value of the label %q is not UTF-8 text.", clip(p.Name))
		case p.Name == NameLabel:
			name = p.Value
		}
		last = p.Name
	})
	switch {
	case err != nil:
		return err
	case name == "" || !plain(name):
		return fault.NewInvalid("A series has no name.")
	case n > MaxLabels:
		return fault.NewInvalid("The series %q has more than %d labels.", clip(name), MaxLabels)
	}
	return nil
}

func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f })
}

func clip(s string) string {
	if len(s) > 60 {
		s = s[:60] + "…"
	}
	return strings.ToValidUTF8(s, "?")
}

// Is matches series whose label has exactly this value; "" matches those without the label.
func Is(label, value string) *Matcher {
	return &Matcher{Type: labels.MatchEqual, Name: label, Value: value}
}

// IsNot matches series whose label has another value or none.
func IsNot(label, value string) *Matcher {
	return &Matcher{Type: labels.MatchNotEqual, Name: label, Value: value}
}

// OneOf matches series whose label has one of the values.
func OneOf(label string, values ...string) *Matcher {
	if len(values) == 1 {
		return Is(label, values[0])
	}
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = quoteRegexp(v)
	}
	return labels.MustNewMatcher(labels.MatchRegexp, label, strings.Join(quoted, "|")) // quoted: it always compiles
}

func quoteRegexp(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune(`\.+*?()|[]{}^$`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// counterName reports whether a series counts upwards, by the convention of names.
func counterName(name string) bool {
	for _, end := range []string{"_total", "_count", "_sum", "_bucket"} {
		if strings.HasSuffix(name, end) && name != "system_processes_count" {
			return true
		}
	}
	return interfaceCounter(name)
}

// interfaceCounter reports whether a series is one of the counters of network interfaces as SNMP names them, and exporters with it:
// ifHCInOctets, ifOutErrors.
func interfaceCounter(name string) bool {
	rest, ok := strings.CutPrefix(name, "if")
	if !ok {
		return false
	}
	rest = strings.TrimPrefix(rest, "HC")
	if in, ok := strings.CutPrefix(rest, "In"); ok {
		rest = in
	} else if rest, ok = strings.CutPrefix(rest, "Out"); !ok {
		return false
	}
	switch rest {
	case "Octets", "UcastPkts", "NUcastPkts", "MulticastPkts", "BroadcastPkts", "Discards", "Errors":
		return true
	}
	return false
}
