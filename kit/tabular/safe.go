// SPDX-License-Identifier: Apache-2.0

package tabular

import "strings"

// Safe returns a text that no spreadsheet program takes for a formula: one that begins, after
// blanks, with = + - @, a tab or a line end is given a leading apostrophe (OWASP, "CSV
// Injection"). A plain number such as -12.50 or +49 30 1234 is left alone.
func Safe(s string) string {
	t := strings.TrimLeft(s, " \u00a0\ufeff")
	if t == "" {
		return s
	}
	switch t[0] {
	case '\t', '\r', '\n', '=', '@':
		return "'" + s
	case '+', '-':
		if plainNumber(t[1:]) {
			return s
		}
		return "'" + s
	}
	for _, wide := range []string{"＝", "＋", "－", "＠"} { // full-width forms are read the same way
		if strings.HasPrefix(t, wide) {
			return "'" + s
		}
	}
	return s
}

// plainNumber accepts digits with single marks between them and nothing that calculates.
func plainNumber(s string) bool {
	digit := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digit = true
		case (c == '.' || c == ',' || c == ' ' || c == '\'') && digit:
		case c == '.' && !digit && i+1 < len(s) && s[i+1] >= '0' && s[i+1] <= '9':
		case c == '%' && digit && i == len(s)-1:
		default:
			return false
		}
	}
	return digit
}
