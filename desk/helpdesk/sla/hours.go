// SPDX-License-Identifier: Apache-2.0

package sla

import (
	"fmt"
	"strings"
)

func splitList(text string) []string {
	return strings.FieldsFunc(strings.ReplaceAll(text, "–", "-"), func(r rune) bool { return r == ',' || r == ';' || r == '\n' })
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
	h, m, _ := strings.Cut(strings.ReplaceAll(strings.TrimSpace(text), ".", ":"), ":")
	hour, okH := digits(h)
	min := 0
	okM := true
	if m != "" {
		min, okM = digits(m)
	}
	v := 60*hour + min
	return v, okH && okM && min < 60 && v <= Day
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
