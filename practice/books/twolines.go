// SPDX-License-Identifier: Apache-2.0

package books

import "strings"

// Headers that stretch over two rows: "Invoice" above "Date", or "Amount" above "Net", "VAT" and "Gross".

// joinHeader puts two rows of names together, cell by cell. With spread, a name of the upper row stands above the
// empty cells to its right too, as merged cells are exported.
func joinHeader(upper, lower []string, spread bool) []string {
	out := make([]string, max(len(upper), len(lower)))
	above := ""
	for i := range out {
		up, low := "", ""
		if i < len(upper) {
			up = strings.TrimSpace(upper[i])
		}
		if i < len(lower) {
			low = strings.TrimSpace(lower[i])
		}
		switch {
		case up != "":
			above = up
		case spread && low != "":
			up = above
		}
		out[i] = strings.TrimSpace(up + " " + low)
	}
	return out
}

// mayJoin reports whether two rows can be one header: both are names, and neither fills all columns by
// itself with the other saying nothing.
func mayJoin(upper, lower []string) bool {
	return namesOnly(upper, 2) && namesOnly(lower, 2)
}

// namesOnly sorts out rows with a number or a day in them, and with fewer names than least.
func namesOnly(row []string, least int) bool {
	var m marks
	var o order
	n := 0
	for _, c := range row {
		c = strings.TrimSpace(c)
		if c == "" {
			continue
		}
		n++
		if len(c) > 60 {
			return false
		}
		if _, err := parseNumber([]byte(c), false, &m); err == nil {
			return false
		}
		if _, err := parseDay([]byte(c), true, &o); err == nil {
			return false
		}
	}
	return n >= least
}

// figuresFollow reports whether most rows hold a number or a day: below two rows of mere words that are data nothing
// tells where names end.
func figuresFollow(rows [][]string) bool {
	const enough = 12
	n, figures := 0, 0
	for _, row := range rows[:min(len(rows), enough)] {
		if strings.Join(row, "") == "" {
			continue
		}
		n++
		if !namesOnly(row, 1) {
			figures++
		}
	}
	return figures*2 > n
}

// headersAt lists the headers that may end in row i: the row itself, and the row joined with the one above.
func headersAt(rows [][]string, i int) [][]string {
	out := [][]string{rows[i]}
	if i == 0 || !mayJoin(rows[i-1], rows[i]) || !figuresFollow(rows[i+1:]) {
		return out
	}
	plain := joinHeader(rows[i-1], rows[i], false)
	out = append(out, plain)
	if spread := joinHeader(rows[i-1], rows[i], true); strings.Join(spread, "\x00") != strings.Join(plain, "\x00") {
		out = append(out, spread)
	}
	return out
}
