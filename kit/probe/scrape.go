// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"math"
	"path"
	"strconv"
	"strings"

	"mainstay/kit/wire"
)

const (
	usualScraped = 1000
	mostScraped  = 2000
)

// scrape reads the metrics of an exporter, in Prometheus' text format.
//
// Params: those of http about the request; allow and deny (names of metrics, * stands for any characters), most (series, 1000; 2000 at
// most).
func scrape(ctx context.Context, t *Task) (wire.State, wire.Said) {
	allow, deny := t.Params.List("allow"), t.Params.List("deny")
	most := t.Params.Count("most", usualScraped, 1, mostScraped)
	for _, p := range append(append([]string{}, allow...), deny...) {
		if _, err := path.Match(p, ""); err != nil {
			t.Params.Fail("%q is no name of metrics.", Clip(p, 80))
		}
	}
	if t.Params.M["max_bytes"] == "" {
		t.Params.M = with(t.Params.M, "max_bytes", strconv.Itoa(mostBody))
	}
	a := t.fetch(ctx)
	if t.Params.Err != nil {
		return wire.StateUnknown, wire.Said{}
	}
	switch {
	case a.err != nil:
		return wire.StateCritical, wire.Say("No answer: %s.", Reason(a.err))
	case a.found.Status != 200:
		return wire.StateCritical, wire.Say("Answered %d after %s; expected metrics.", a.found.Status, a.took)
	case a.cut:
		return wire.StateCritical, wire.Say("The answer is larger than %d MB.", mostBody>>20)
	}
	kept, left, bad := 0, 0, 0
	for line := range strings.Lines(a.body) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, text, v, ok := sample(line)
		switch {
		case !ok:
			bad++
		case math.IsNaN(v) || math.IsInf(v, 0) || !wanted(name, allow, deny):
		case kept == most:
			left++
		default:
			t.MeasureText(text, v)
			kept++
		}
	}
	t.Measure("probe_scraped_series", float64(kept))
	switch {
	case kept == 0 && bad > 0:
		return wire.StateCritical, wire.Say("What it answers are no metrics: %d lines cannot be read.", bad)
	case kept == 0:
		return wire.StateCritical, wire.Say("It answers without a single metric that is asked for.")
	case left > 0:
		return wire.StateWarning, wire.Say("%d series are kept, %d more are not: say which ones matter.", kept, left)
	case bad > 0:
		t.Detail("%d lines cannot be read.", bad)
	}
	return t.slow(a.took, wire.Say("%d series after %s.", kept, a.took))
}

// with is a copy of m with one more.
func with(m map[string]string, name, value string) map[string]string {
	out := make(map[string]string, len(m)+1)
	for k, v := range m {
		out[k] = v
	}
	out[name] = value
	return out
}

func wanted(name string, allow, deny []string) bool {
	fits := func(list []string) bool {
		for _, p := range list {
			if ok, _ := path.Match(p, name); ok {
				return true
			}
		}
		return false
	}
	return (len(allow) == 0 || fits(allow)) && !fits(deny)
}

// sample reads a line: name, labels in braces, value; a time or an exemplar behind it is passed over. It returns the text of the
// series, in which labels that are the server's have another name, as Prometheus does it.
func sample(line string) (name, text string, v float64, ok bool) {
	i := strings.IndexAny(line, "{ \t")
	if i <= 0 {
		return "", "", 0, false
	}
	name = line[:i]
	rest := line[i:]
	var labels []wire.Label
	if rest[0] == '{' {
		if labels, rest, ok = readLabels(rest[1:]); !ok {
			return "", "", 0, false
		}
	}
	fields := strings.Fields(rest)
	if len(fields) == 0 {
		return "", "", 0, false
	}
	v, err := strconv.ParseFloat(fields[0], 64)
	if err != nil {
		return "", "", 0, false
	}
	text = wire.SeriesText(name, labels...)
	if _, _, err := wire.ParseSeries(text); err != nil {
		return "", "", 0, false
	}
	return name, text, v, true
}

// readLabels reads labels up to the closing brace.
func readLabels(s string) (out []wire.Label, rest string, ok bool) {
	for {
		s = strings.TrimLeft(s, " \t,")
		if s == "" {
			return nil, "", false
		}
		if s[0] == '}' {
			return out, s[1:], true
		}
		name, after, found := strings.Cut(s, "=")
		after = strings.TrimLeft(after, " \t")
		if !found || after == "" || after[0] != '"' {
			return nil, "", false
		}
		value, end, found := quoted(after[1:])
		if !found {
			return nil, "", false
		}
		s = end
		switch name = strings.TrimSpace(name); {
		case name == "client" || name == "device":
			name = "exported_" + name
		case strings.HasPrefix(name, "__"):
			continue
		}
		if value != "" { // a label without a value is none
			out = append(out, wire.Label{Name: name, Value: strings.ToValidUTF8(value, "�")})
		}
	}
}

// quoted reads up to the closing quote.
func quoted(s string) (value, rest string, ok bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			return b.String(), s[i+1:], true
		case '\\':
			if i++; i == len(s) {
				return "", "", false
			}
			if s[i] == 'n' {
				b.WriteByte('\n')
			} else {
				b.WriteByte(s[i])
			}
		default:
			b.WriteByte(s[i])
		}
	}
	return "", "", false
}
