// SPDX-License-Identifier: Apache-2.0

package books

import (
	"strconv"
	"strings"
	"unicode"
)

// normHeader is a column name in lower case, its words parted by single spaces: brackets,
// currencies, asterisks and punctuation are dropped, # is "number", % "percent", and
// HoursActual is two words.
func normHeader(s string) string {
	s = strings.TrimSpace(strings.TrimPrefix(s, "\ufeff"))
	if i := strings.Index(s, "»¿"); i > 0 && i <= 8 {
		s = s[i+len("»¿"):] // a byte order mark that was taken for letters, once or twice
	}
	if inner, ok := strings.CutPrefix(s, "Custom field ("); ok { // issue trackers put the name in brackets
		s = strings.TrimSuffix(inner, ")")
	}
	if code, ok := strings.CutSuffix(s, "(T)"); ok {
		s = textOf(code)
	}
	if cut := dropBrackets(s); strings.TrimSpace(cut) != "" {
		s = cut
	}
	var b strings.Builder
	space := true
	rs := []rune(s)
	put := func(r rune) { b.WriteRune(r); space = false }
	gap := func() {
		if !space {
			b.WriteByte(' ')
			space = true
		}
	}
	for i, r := range rs {
		switch {
		case r == '#':
			gap()
			b.WriteString("number")
			space = false
			gap()
		case r == '%':
			gap()
			b.WriteString("percent")
			space = false
			gap()
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if i > 0 && unicode.IsUpper(r) && (unicode.IsLower(rs[i-1]) || unicode.IsUpper(rs[i-1]) && i+1 < len(rs) && unicode.IsLower(rs[i+1])) {
				gap()
			}
			put(unicode.ToLower(r))
		case r == '\'' || r == '’':
		default:
			gap()
		}
	}
	return strings.TrimSpace(b.String())
}

// textOf names the column "Supplier ID(T)": ledgers mark the text of a code so.
func textOf(code string) string {
	ws := strings.Fields(code)
	if n := len(ws); n > 1 {
		switch strings.ToLower(ws[n-1]) {
		case "id", "code", "no", "no.", "number":
			ws = ws[:n-1]
		}
	}
	s := strings.Join(ws, " ")
	if strings.EqualFold(s, "account") {
		s += " description"
	}
	return s
}

func dropBrackets(s string) string {
	var b strings.Builder
	depth := 0
	for _, r := range s {
		switch {
		case r == '(' || r == '[':
			depth++
		case (r == ')' || r == ']') && depth > 0:
			depth--
			b.WriteByte(' ')
		case depth == 0:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// rule is a fieldRule made ready for look-up.
type rule struct {
	fieldRule
	exact map[string]float64
	token map[string]float64
}

// lookup is the synonym table made ready.
type lookup struct {
	rules map[Kind][]rule
	spell *speller
}

// compile makes the synonym table ready. It is done once per reading: some
// thousand map entries, a millisecond.
func compile() *lookup {
	out := map[Kind][]rule{}
	for kind, list := range synonyms {
		for _, f := range list {
			r := rule{f, map[string]float64{}, map[string]float64{}}
			for i, n := range strings.Split(f.names, "|") {
				if _, ok := r.exact[n]; !ok {
					r.exact[n] = max(1-.008*float64(i), .6)
				}
			}
			for _, t := range strings.Fields(f.tokens) {
				word, points, _ := strings.Cut(t, ":")
				r.token[word], _ = strconv.ParseFloat(points, 64)
			}
			out[kind] = append(out[kind], r)
		}
	}
	return &lookup{out, newSpeller(out)}
}

// score says how well a normalised header names the field: 0–1.
func (r *rule) score(header string) float64 {
	if s, ok := r.exact[header]; ok {
		return s
	}
	sum := 0.0
	for _, w := range strings.Fields(header) {
		sum += r.token[w]
	}
	if sum < .5 {
		return 0
	}
	return min(sum, .8) * .7 // below every exact name
}

// column is what the sample says of one column.
type column struct {
	filled, dates, numbers, durations, cents, times, money int
}

func examine(rows [][]string, at, width int) []column {
	cols := make([]column, width)
	var o order
	var m marks
	for _, row := range rows[min(at, len(rows)):] {
		for i, c := range row {
			v := []byte(strings.TrimSpace(c))
			if i >= width || missing(v) {
				continue
			}
			k := &cols[i]
			k.filled++
			n, numErr := parseNumber(append([]byte(nil), v...), false, &m)
			if numErr == nil {
				k.numbers++
				if n.Scale == 2 {
					k.cents++
				}
				if n.currency != "" {
					k.money++
				}
			}
			if t, err := parseDay(v, true, &o); err == nil && (numErr != nil || len(v) == 5 || len(v) == 6 || len(v) == 8 || strings.ContainsAny(c, "./")) {
				k.dates++
				if t.seconds != 0 {
					k.times++
				}
			} else if _, err := parseDay(v, false, &o); err == nil && numErr != nil {
				k.dates++
			}
			if _, err := parseMinutes(append([]byte(nil), v...), 60, false, &m); err == nil {
				k.durations++
			}
		}
	}
	return cols
}

// fits weighs a column's values against what the field must look like: 1 fits, 0 cannot be.
func (c column) fits(s shape) float64 {
	if c.filled == 0 {
		return .5 // an empty column says nothing; a filled one is better
	}
	share := func(n int) float64 { return float64(n) / float64(c.filled) }
	switch s {
	case shapeDate:
		if share(c.dates) < .5 {
			return 0
		}
	case shapeNumber:
		if share(c.numbers) < .5 {
			return 0
		}
	case shapeDuration:
		if share(c.durations) < .5 || share(c.dates) > .5 && share(c.numbers) < .5 && c.times == 0 && share(c.durations) < .5 {
			return 0
		}
	case shapeWords:
		if share(c.numbers) > .7 {
			return .35
		}
		if share(c.dates) > .7 {
			return 0
		}
	case shapeFree:
		if share(c.cents) > .6 && c.filled > 2 {
			return .2
		}
	}
	return 1
}
