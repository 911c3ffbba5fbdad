// SPDX-License-Identifier: Apache-2.0

// Package civil has dates and months without a time zone: the days on which
// invoices are dated, agreements begin and work is done.
//
// A Date counts days and a Month counts months, so that both compare, subtract and
// store as plain integers.
package civil

import (
	"database/sql/driver"
	"fmt"
	"math"
	"time"
)

// Date is a day: the number of days since 1970-01-01. [NoDate] means unknown.
type Date int32

// NoDate is the date of something whose day is not known. It sorts before all
// others.
const NoDate Date = math.MinInt32

// MinYear and MaxYear bound the dates that [NewDate] and [Parse] accept.
const (
	MinYear = 1900
	MaxYear = 2199
)

// NewDate returns the date, or false where there is no such day (30 February)
// or the year is outside MinYear…MaxYear.
func NewDate(year, month, day int) (Date, bool) {
	if year < MinYear || year > MaxYear || month < 1 || month > 12 || day < 1 || day > DaysIn(year, month) {
		return NoDate, false
	}
	return fromDays(year, month, day), true
}

// fromDays is the days-from-civil algorithm (Howard Hinnant, "chrono-Compatible
// Low-Level Date Algorithms").
func fromDays(y, m, d int) Date {
	if m <= 2 {
		y--
	}
	era := y / 400
	yoe := y - era*400
	mp := (m + 9) % 12
	doy := (153*mp+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return Date(era*146097 + doe - 719468)
}

// MustDate is [NewDate] for constants in tests; it panics on a day that does
// not exist.
func MustDate(year, month, day int) Date {
	d, ok := NewDate(year, month, day)
	if !ok {
		panic(fmt.Sprintf("civil: no such day %d-%d-%d", year, month, day))
	}
	return d
}

// DateOf returns the day that t shows on its own wall clock.
func DateOf(t time.Time) Date {
	y, m, d := t.Date()
	return fromDays(y, int(m), d)
}

// Parse reads an ISO 8601 day, 2006-01-02.
func Parse(s string) (Date, error) {
	t, err := time.Parse("2006-01-02", s)
	if err != nil {
		return NoDate, fmt.Errorf("%q is not a day of the form 2006-01-02", s)
	}
	d, ok := NewDate(t.Year(), int(t.Month()), t.Day())
	if !ok {
		return NoDate, fmt.Errorf("the year of %q is not between %d and %d", s, MinYear, MaxYear)
	}
	return d, nil
}

// Known reports whether d is a day and not [NoDate].
func (d Date) Known() bool { return d != NoDate }

// Civil returns the year, the month (1–12) and the day (1–31).
func (d Date) Civil() (year, month, day int) {
	z := int(d) + 719468
	era := z / 146097
	if z < 0 {
		era = (z - 146096) / 146097
	}
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = doy - (153*mp+2)/5 + 1
	month = mp + 3
	if month > 12 {
		month -= 12
	}
	year = yoe + era*400
	if month <= 2 {
		year++
	}
	return year, month, day
}

// Month returns the month that d lies in.
func (d Date) Month() Month {
	if !d.Known() {
		return NoMonth
	}
	y, m, _ := d.Civil()
	return NewMonth(y, m)
}

// Weekday returns the day of the week.
func (d Date) Weekday() time.Weekday { return time.Weekday(((int(d)+4)%7 + 7) % 7) }

// AddDays returns the day n days later, earlier for a negative n.
func (d Date) AddDays(n int) Date { return d + Date(n) }

// Time returns midnight of d in loc.
func (d Date) Time(loc *time.Location) time.Time {
	y, m, day := d.Civil()
	return time.Date(y, time.Month(m), day, 0, 0, 0, 0, loc)
}

// String returns the ISO 8601 form, and "" for [NoDate].
func (d Date) String() string {
	if !d.Known() {
		return ""
	}
	var b [10]byte
	return string(d.Append(b[:0]))
}

// Append appends what [Date.String] returns.
func (d Date) Append(b []byte) []byte {
	if !d.Known() {
		return b
	}
	y, m, day := d.Civil()
	if y < 0 || y > 9999 {
		return fmt.Appendf(b, "%04d-%02d-%02d", y, m, day)
	}
	two := func(n int) { b = append(b, '0'+byte(n/10), '0'+byte(n%10)) }
	two(y / 100)
	two(y % 100)
	b = append(b, '-')
	two(m)
	b = append(b, '-')
	two(day)
	return b
}

// MarshalText is [Date.String], for JSON and flags.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads the ISO form; an empty text is [NoDate].
func (d *Date) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*d = NoDate
		return nil
	}
	*d, err = Parse(string(b))
	return err
}

// Value stores the day number.
func (d Date) Value() (driver.Value, error) { return int64(d), nil }

// Scan reads the day number.
func (d *Date) Scan(src any) error {
	n, ok := src.(int64)
	if !ok {
		return fmt.Errorf("civil: a day is stored as an integer, not as %T", src)
	}
	*d = Date(n)
	return nil
}

// DaysIn returns the number of days of a month.
func DaysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// Month is a calendar month: year × 12 + month − 1. Subtracting two gives the
// number of months between them.
type Month int32

// NoMonth is the month of [NoDate].
const NoMonth Month = math.MinInt32

// NewMonth returns the month; month runs from 1 to 12.
func NewMonth(year, month int) Month { return Month(year*12 + month - 1) }

// Civil returns the year and the month (1–12).
func (m Month) Civil() (year, month int) { return int(m) / 12, int(m)%12 + 1 }

// First returns the first day of the month.
func (m Month) First() Date { y, mo := m.Civil(); return fromDays(y, mo, 1) }

// Last returns the last day of the month.
func (m Month) Last() Date { return (m + 1).First() - 1 }

// Known reports whether m is a month and not [NoMonth].
func (m Month) Known() bool { return m != NoMonth }

// String returns the ISO form, 2006-01, and "" for [NoMonth].
func (m Month) String() string {
	if !m.Known() {
		return ""
	}
	y, mo := m.Civil()
	return fmt.Sprintf("%04d-%02d", y, mo)
}

// MarshalText is [Month.String].
func (m Month) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText reads 2006-01; an empty text is [NoMonth].
func (m *Month) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*m = NoMonth
		return nil
	}
	t, err := time.Parse("2006-01", string(b))
	if err != nil {
		return fmt.Errorf("%q is not a month of the form 2006-01", b)
	}
	*m = NewMonth(t.Year(), int(t.Month()))
	return nil
}
