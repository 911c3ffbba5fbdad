// SPDX-License-Identifier: Apache-2.0

package bank

import (
	"strings"

	"mainstay/kit/money"
)

// plain reads an amount as ISO 20022 writes it: digits, at most one point, no sign, at most 5 decimal places.
func plain(s string, digits int) (int64, bool) {
	s = strings.TrimSpace(s)
	if s == "" || s[0] == '-' || s[0] == '+' {
		return 0, false
	}
	// The schema allows "12." and ".5".
	if s[0] == '.' {
		s = "0" + s
	}
	s = strings.TrimSuffix(s, ".")
	return exactly(s, digits)
}

// exactly reads a decimal that has no more places than the currency: 10.000 is ten, 10.005 is refused.
func exactly(s string, digits int) (int64, bool) {
	if whole, frac, found := strings.Cut(s, "."); found && len(frac) > digits {
		for len(frac) > digits && frac[len(frac)-1] == '0' {
			frac = frac[:len(frac)-1]
		}
		if s = whole; frac != "" {
			s += "." + frac
		}
	}
	d, err := money.ParseDecimal(s)
	if err != nil || int(d.Scale) > digits {
		return 0, false
	}
	n, err := d.Round(digits)
	if err != nil || n > maxAmount || n < -maxAmount {
		return 0, false
	}
	return n, true
}

// maxAmount is beyond any booking, and far enough from the end of int64 that sums of a file fit.
const maxAmount = 1e15

// spoken reads an amount as people and banks write it: 1.234,56 · 1,234.56 · 1 234,56 · 1'234.56 · 12,50- · (12.50) · 12.50 CR ·
// €12.50. comma says which mark is the decimal one where the text alone cannot tell.
func spoken(s string, comma bool, digits int) (n int64, ok bool) {
	s = strings.Map(func(r rune) rune {
		switch r {
		case ' ', 0xa0, 0x202f, 0x2009, '\'', '’', '\t', '*':
			return -1
		case '−', '–':
			return '-'
		}
		return r
	}, s)
	neg := false
	for {
		upper := strings.ToUpper(s)
		switch {
		case len(s) > 2 && s[0] == '(' && s[len(s)-1] == ')':
			s, neg = s[1:len(s)-1], !neg
		case strings.HasPrefix(s, "-"):
			s, neg = s[1:], !neg
		case strings.HasSuffix(s, "-"):
			s, neg = s[:len(s)-1], !neg
		case strings.HasPrefix(s, "+"):
			s = s[1:]
		case strings.HasSuffix(s, "+"):
			s = s[:len(s)-1]
		case strings.HasSuffix(upper, "CR"), strings.HasSuffix(upper, "DR"):
			neg = neg != strings.HasSuffix(upper, "DR")
			s = s[:len(s)-2]
		case len(s) > 1 && (upper[len(s)-1] == 'H' || upper[len(s)-1] == 'S') && s[len(s)-2] >= '0' && s[len(s)-2] <= '9':
			neg = neg != (upper[len(s)-1] == 'S') // Haben, Soll
			s = s[:len(s)-1]
		default:
			rest := unsigned(s)
			if rest == s {
				n, ok = grouped(s, comma, digits)
				if neg {
					n = -n
				}
				return n, ok
			}
			s = rest
		}
	}
}

// unsigned takes one currency off either end.
func unsigned(s string) string {
	for _, sign := range []string{"€", "£", "$", "CHF", "EUR", "USD", "GBP", "Fr."} {
		if t, found := strings.CutPrefix(s, sign); found {
			return t
		}
		if t, found := strings.CutSuffix(s, sign); found {
			return t
		}
	}
	return s
}

// grouped reads digits with decimal and thousands marks.
func grouped(s string, comma bool, digits int) (int64, bool) {
	if s == "" || s[0] < '0' || s[0] > '9' {
		if len(s) < 2 || s[0] != '.' && s[0] != ',' {
			return 0, false
		}
		s = "0" + s
	}
	point := markOf(s, comma)
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			b.WriteByte(c)
		case i == point:
			if i+1 < len(s) {
				b.WriteByte('.')
			}
		case (c == '.' || c == ',') && (point < 0 || i < point && c != s[point]) && groupEnds(s, i):
		default:
			return 0, false
		}
	}
	return exactly(b.String(), digits)
}

// groupEnds says whether exactly three digits follow the thousands mark at i.
func groupEnds(s string, i int) bool {
	n := 0
	for i++; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
		n++
	}
	return n == 3
}

// markOf returns where the decimal mark stands, −1 where there is none.
func markOf(s string, comma bool) int {
	dot, com := strings.LastIndexByte(s, '.'), strings.LastIndexByte(s, ',')
	switch {
	case dot < 0 && com < 0:
		return -1
	case dot >= 0 && com >= 0:
		return max(dot, com)
	}
	at, is := max(dot, com), com >= 0
	one := strings.IndexByte(s, s[at]) == at
	switch {
	case !one:
		return -1 // 1.234.567
	case len(s)-at-1 != 3:
		return at // 12.5, 1234.50
	case is == comma:
		return at
	}
	return -1 // 1.234 where commas are decimal
}

// vote counts whether values can only be read with a decimal comma (+) or point (−).
func vote(s string) int {
	dot, com := strings.LastIndexByte(s, '.'), strings.LastIndexByte(s, ',')
	digitsAfter := func(i int) int {
		n := 0
		for i++; i < len(s) && s[i] >= '0' && s[i] <= '9'; i++ {
			n++
		}
		return n
	}
	switch {
	case dot < 0 && com < 0:
		return 0
	case com > dot && (dot >= 0 || digitsAfter(com) != 3):
		return 1
	case dot > com && (com >= 0 || digitsAfter(dot) != 3):
		return -1
	}
	return 0
}

// ParseAmount reads an amount that a person typed, in minor units; comma says which mark is the decimal one where the text leaves
// it open.
func ParseAmount(s string, comma bool, digits int) (int64, bool) {
	return spoken(s, comma, digits)
}
