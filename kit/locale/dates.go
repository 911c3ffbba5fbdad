// SPDX-License-Identifier: Apache-2.0

package locale

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"mainstay/kit/civil"
)

// Date returns a day in the region's medium form; an unknown day gives "–".
func (p Printer) Date(d civil.Date) string { return p.day(d, p.form().date) }

// DateLong returns a day with the month in full: 5. März 2026.
func (p Printer) DateLong(d civil.Date) string { return p.day(d, p.form().long) }

// DayMonth returns a day without its year: 5. März, Mar 5.
func (p Printer) DayMonth(d civil.Date) string { return p.day(d, p.form().day) }

// Month returns a month and its year, the month shortened: Nov 2026.
func (p Printer) Month(m civil.Month) string {
	if m == civil.NoMonth {
		return "–"
	}
	y, mo := m.Civil()
	return p.letters(p.form().months[mo-1] + " " + strconv.Itoa(y))
}

// MonthLong returns a month in full and its year: November 2026.
func (p Printer) MonthLong(m civil.Month) string {
	if m == civil.NoMonth {
		return "–"
	}
	y, mo := m.Civil()
	return p.letters(p.form().wide[mo-1] + " " + strconv.Itoa(y))
}

// MonthName returns the bare short month without a point, for an axis: Nov, Dez, Mär.
func (p Printer) MonthName(m civil.Month) string {
	if m == civil.NoMonth {
		return "–"
	}
	_, mo := m.Civil()
	name := []rune(strings.TrimSuffix(p.form().months[mo-1], "."))
	return p.letters(string(name[:min(3, len(name))]))
}

// DateTime returns the day and the minute of an instant in the reader's zone.
func (p Printer) DateTime(t time.Time) string {
	t = t.In(p.Zone())
	day := New(p.Tag(), p.zone)
	day.tag = "" // one pair of brackets in the pseudo-locale, around the whole
	return p.letters(day.day(civil.DateOf(t), p.form().date) + ", " + t.Format(p.form().clock))
}

// Time returns the hour and minute of an instant in the reader's zone.
func (p Printer) Time(t time.Time) string { return p.letters(t.In(p.Zone()).Format(p.form().clock)) }

// two writes a number of two digits.
func two(b *strings.Builder, n int) {
	b.WriteByte('0' + byte(n/10))
	b.WriteByte('0' + byte(n%10))
}

func (p Printer) day(d civil.Date, pattern string) string {
	if !d.Known() {
		return "–"
	}
	y, m, day := d.Civil()
	var b strings.Builder
	b.Grow(len(pattern) + 8)
	quoted := false
	for _, c := range pattern {
		if c == '\'' {
			quoted = !quoted
			continue
		}
		if quoted {
			b.WriteRune(c)
			continue
		}
		switch c {
		case 'd':
			b.WriteString(strconv.Itoa(day))
		case 'D':
			two(&b, day)
		case 'N':
			two(&b, m)
		case 'M':
			b.WriteString(p.form().months[m-1])
		case 'W':
			b.WriteString(p.form().wide[m-1])
		case 'y':
			b.WriteString(strconv.Itoa(y))
		default:
			b.WriteRune(c)
		}
	}
	return p.letters(b.String())
}

// relativeWords are the short relative times of one language: seconds, minutes,
// hours, days, weeks, months, years, each singular and plural.
type relativeWords struct {
	past, future string
	units        [7][2]string
}

// Ago returns how far t lies from now in one unit: "3 hr. ago", "in 2 Tagen",
// and "now" within half a minute.
func (p Printer) Ago(t, now time.Time) string {
	d := now.Sub(t)
	words, pattern := p.form().relative, p.form().relative.past
	if d < 0 {
		d, pattern = -d, words.future
	}
	const day = 24 * time.Hour
	n, unit := int64(0), 0
	switch {
	case d < 30*time.Second:
		return p.letters(p.form().now)
	case d < time.Minute:
		n, unit = int64(d/time.Second), 0
	case d < time.Hour:
		n, unit = int64(d/time.Minute), 1
	case d < day:
		n, unit = int64(d/time.Hour), 2
	case d < 14*day:
		n, unit = int64(d/day), 3
	case d < 60*day:
		n, unit = int64(d/(7*day)), 4
	case d < 730*day:
		n, unit = int64(d/(30*day)), 5
	default:
		n, unit = int64(d/(365*day)), 6
	}
	form := words.units[unit][1]
	if n == 1 {
		form = words.units[unit][0]
	}
	return p.letters(fmt.Sprintf(pattern, fmt.Sprintf(form, n)))
}
