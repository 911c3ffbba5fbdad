// SPDX-License-Identifier: Apache-2.0

package recurring

import (
	"strconv"
	"time"
)

// A line that names whole months ("01/03/14 - 31/03/14", "Jan 2024 to March 2024") bills a span of time. That is how
// agreements are billed; days of work name weeks or odd days.

// monthNames are known by their first three letters, in English, German, French and Spanish.
var monthNames = map[string]time.Month{
	"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6, "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
	"mär": 3, "mai": 5, "okt": 10, "dez": 12, "fév": 2, "avr": 4, "aoû": 8, "déc": 12, "ene": 1, "abr": 4, "ago": 8, "dic": 12,
}

// monthNamed reads a month's name or its usual abbreviation.
func monthNamed(w string) time.Month {
	key, n := "", 0
	for i := range w {
		if n == 3 {
			key = w[:i]
			break
		}
		n++
	}
	if key == "" && n == 3 {
		key = w
	}
	m := monthNames[key]
	if m == 0 || w == "mark" || w == "marks" || w == "market" || w == "marketing" || w == "mayor" || w == "junior" || w == "septic" || w == "decision" || w == "decommission" {
		return 0
	}
	switch len(w) - len(key) {
	case 0, 1:
		return m
	}
	for _, full := range [...]string{
		"january", "february", "march", "april", "august", "september", "october", "november", "december", "januar", "februar", "märz", "dezember", "oktober",
		"janvier", "février", "avril", "juillet", "septembre", "octobre", "novembre", "décembre", "enero", "febrero", "marzo", "abril", "agosto", "septiembre", "octubre", "noviembre", "diciembre",
	} {
		if w == full {
			return m
		}
	}
	return 0
}

// dayAt reads "31 03 14", "31 st march 2014" or "2014 03 31" at the beginning of ws; n is how many words it has.
func dayAt(ws []string) (t time.Time, n int) {
	if len(ws) < 3 || !number(ws[0]) {
		return t, 0
	}
	d, ok := small(ws[0], 31)
	if !ok {
		if y, isYear := year(ws[0]); isYear && len(ws[0]) == 4 && number(ws[1]) && number(ws[2]) {
			m, ok1 := small(ws[1], 12)
			d, ok2 := small(ws[2], 31)
			if ok1 && ok2 {
				return date(y, time.Month(m), d), 3
			}
		}
		return t, 0
	}
	i := 1
	switch ws[1] {
	case "st", "nd", "rd", "th":
		i = 2
	}
	if i+1 >= len(ws) {
		return t, 0
	}
	m := monthNamed(ws[i])
	if m == 0 {
		v, ok := small(ws[i], 12)
		if !ok {
			return t, 0
		}
		m = time.Month(v)
	}
	y, ok := year(ws[i+1])
	if !ok {
		return t, 0
	}
	return date(y, m, d), i + 2
}

// monthAt reads "march 2014" or "march".
func monthAt(ws []string) (m time.Month, y, n int) {
	if len(ws) == 0 {
		return 0, 0, 0
	}
	if m = monthNamed(ws[0]); m == 0 {
		return 0, 0, 0
	}
	if len(ws) > 1 {
		if y, ok := year(ws[1]); ok {
			return m, y, 2
		}
	}
	return m, 0, 1
}

func date(y int, m time.Month, d int) time.Time { return time.Date(y, m, d, 0, 0, 0, 0, time.UTC) }

func small(w string, most int) (int, bool) {
	n, err := strconv.Atoi(w)
	return n, err == nil && len(w) <= 2 && n >= 1 && n <= most
}

// year reads 2014 or 14.
func year(w string) (int, bool) {
	n, err := strconv.Atoi(w)
	switch {
	case err != nil:
		return 0, false
	case len(w) == 4:
		return n, n >= 1990 && n < 2100
	case len(w) == 2:
		return 2000 + n, true
	}
	return 0, false
}

// until reports whether a word stands between the ends of a span.
func until(w string) bool {
	switch w {
	case "to", "until", "till", "through", "thru", "bis", "and", "und", "au", "al", "hasta":
		return true
	}
	return false
}

// period returns how many whole months a line names, 0 where it names none.
func period(ws []string) int {
	for i := range ws {
		if from, n := dayAt(ws[i:]); n > 0 {
			k := i + n
			if k < len(ws) && until(ws[k]) {
				k++
			}
			if to, n := dayAt(ws[min(k, len(ws)):]); n > 0 {
				return wholeMonths(from, to)
			}
			continue
		}
		if m, y, n := monthAt(ws[i:]); n > 0 {
			k := i + n
			if k < len(ws) && until(ws[k]) {
				k++
			}
			if to, n := dayAt(ws[min(k, len(ws)):]); n > 0 && y > 0 { // "January 2014 to 31st March 2014"
				return wholeMonths(date(y, m, 1), to)
			}
			m2, y2, n2 := monthAt(ws[min(k, len(ws)):])
			switch {
			case n2 == 0:
				continue
			case y2 == 0:
				y2 = y
			}
			if y == 0 {
				if y = y2; m2 < m {
					y--
				}
			}
			if span := (y2-y)*12 + int(m2-m) + 1; span > 0 && span <= MaxTerm {
				return span
			}
		}
	}
	return 0
}

// wholeMonths counts the months from one day to another, both included; 0 where a part of a month is left over.
func wholeMonths(from, to time.Time) int {
	after := to.AddDate(0, 0, 1)
	for _, end := range [...]time.Time{after, to} { // 13/03 - 12/06, and 04/05 - 04/06 as some write it
		if end.Day() != from.Day() {
			continue
		}
		if n := (end.Year()-from.Year())*12 + int(end.Month()-from.Month()); n > 0 && n <= MaxTerm {
			return n
		}
	}
	return 0
}
