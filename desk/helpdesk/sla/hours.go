// SPDX-License-Identifier: Apache-2.0

package sla

import (
	"fmt"
	"slices"
	"strings"

	"mainstay/kit/fault"
)

// Spans parses working hours of the form "08:00-12:00, 13:00-17:30"; an end that is not after its beginning lies in
// the next day. An empty text has none.
func Spans(text string) ([]Span, error) {
	var out []Span
	for _, part := range splitList(text) {
		s, ok := span(part)
		if !ok {
			return nil, fault.NewInvalid("%q are no working hours; they look like 08:00-12:00, 13:00-17:30.", part).On("week")
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b Span) int { return a.From - b.From })
	return out, nil
}

// splitList returns the parts of a list that are not blank.
func splitList(text string) []string {
	text = strings.NewReplacer("–", "-", "—", "-").Replace(text)
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ';' || r == '\n' || r == '\r' })
	for i := range parts {
		parts[i] = strings.TrimSpace(parts[i])
	}
	return slices.DeleteFunc(parts, func(p string) bool { return p == "" })
}

func span(text string) (Span, bool) {
	a, b, found := strings.Cut(strings.TrimSpace(text), "-")
	from, okA := minute(a)
	to, okB := minute(b)
	if !found || !okA || !okB || from == Day {
		return Span{}, false
	}
	if to <= from {
		to += Day
	}
	return Span{from, to}, true
}

// minute reads 8, 08:00, 8.30 or 24:00.
func minute(text string) (int, bool) {
	h, m, parted := strings.Cut(strings.ReplaceAll(strings.TrimSpace(text), ".", ":"), ":")
	hour, ok := digits(h)
	past := 0
	if parted && ok {
		past, ok = digits(m)
		ok = ok && len(m) == 2 // 8.5 may mean five minutes or half an hour
	}
	v := 60*hour + past
	return v, ok && past < 60 && v <= Day
}

func digits(s string) (n int, ok bool) {
	if s == "" || len(s) > 2 {
		return 0, false
	}
	for _, r := range s {
		if r < '0' || r > '9' {
			return 0, false
		}
		n = 10*n + int(r-'0')
	}
	return n, true
}

// String writes the span as [Spans] reads it.
func (s Span) String() string {
	to := s.To
	if to > Day {
		to -= Day
	}
	return fmt.Sprintf("%02d:%02d-%02d:%02d", s.From/60, s.From%60, to/60, to%60)
}
