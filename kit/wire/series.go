// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Label is a name and a value of a series.
type Label struct{ Name, Value string }

// SeriesText returns how a series is written in a dictionary: name, or name{label="value",…} with the labels in the order of
// their names. Quotes, backslashes and line feeds in values are escaped by a backslash.
func SeriesText(name string, labels ...Label) string {
	if len(labels) == 0 {
		return name
	}
	sorted := slices.Clone(labels)
	slices.SortFunc(sorted, func(a, b Label) int { return strings.Compare(a.Name, b.Name) })
	var b strings.Builder
	b.WriteString(name)
	for i, l := range sorted {
		b.WriteByte("{,"[min(i, 1)])
		b.WriteString(l.Name)
		b.WriteString(`="`)
		_, _ = escaper.WriteString(&b, l.Value)
		b.WriteByte('"')
	}
	b.WriteByte('}')
	return b.String()
}

var escaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)

var errSeries = errors.New(`a series is written name or name{label="value"}`)

// ParseSeries is the inverse of [SeriesText]. It refuses what is not UTF-8 or has a NUL, which no database takes, names and labels that
// Prometheus would not take, labels out of order or twice, the labels "client" and "device" and names that begin with two underscores: those are the server's.
func ParseSeries(text string) (name string, labels []Label, err error) {
	if len(text) > MaxSeriesText {
		return "", nil, errBounds
	}
	if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
		return "", nil, errors.New("a series is UTF-8 text")
	}
	name, rest, has := strings.Cut(text, "{")
	if !validName(name, true) {
		return "", nil, errSeries
	}
	if !has {
		return name, nil, nil
	}
	for {
		var l Label
		l.Name, rest, has = strings.Cut(rest, `="`)
		if !has || !validName(l.Name, false) {
			return "", nil, errSeries
		}
		if l.Value, rest, has = cutValue(rest); !has || rest == "" {
			return "", nil, errSeries
		}
		if l.Name == "client" || l.Name == "device" || strings.HasPrefix(l.Name, "__") {
			return "", nil, fmt.Errorf("the label %q is the server's", l.Name)
		}
		if n := len(labels); n > 0 && labels[n-1].Name >= l.Name {
			return "", nil, errSeries
		}
		labels = append(labels, l)
		if rest == "}" {
			return name, labels, nil
		}
		if rest[0] != ',' {
			return "", nil, errSeries
		}
		rest = rest[1:]
	}
}

func validName(s string, colon bool) bool {
	for i := range len(s) {
		c := s[i]
		if c != '_' && (c|0x20 < 'a' || c|0x20 > 'z') && (i == 0 || c < '0' || c > '9') && (!colon || c != ':') {
			return false
		}
	}
	return s != ""
}

// cutValue reads a label's value up to its closing quote.
func cutValue(s string) (value, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '"':
			return b.String(), s[i+1:], true
		case '\n':
			return "", "", false
		case '\\':
			i++
			if i == len(s) {
				return "", "", false
			}
			switch s[i] {
			case 'n':
				b.WriteByte('\n')
			case '\\', '"':
				b.WriteByte(s[i])
			default:
				return "", "", false
			}
		default:
			b.WriteByte(c)
		}
	}
	return "", "", false
}
