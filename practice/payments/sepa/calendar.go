// SPDX-License-Identifier: Apache-2.0

package sepa

import (
	"time"

	"mainstay/kit/civil"
)

// IsOpen says whether banks settle in euro on a day: TARGET is closed on Saturdays, Sundays, New Year's Day, Good Friday, Easter
// Monday, 1 May, 25 and 26 December (decision of the Governing Council of the ECB of 14 December 2000).
func IsOpen(d civil.Date) bool {
	switch d.Weekday() {
	case time.Saturday, time.Sunday:
		return false
	}
	year, month, day := d.Civil()
	switch {
	case month == 1 && day == 1, month == 5 && day == 1, month == 12 && (day == 25 || day == 26):
		return false
	}
	easter := easterOf(year)
	return d != easter.AddDays(-2) && d != easter.AddDays(1)
}

// NextOpen returns d, or the first day after it on which banks settle.
func NextOpen(d civil.Date) civil.Date {
	for !IsOpen(d) {
		d = d.AddDays(1)
	}
	return d
}

// AddOpen returns the n-th day after d on which banks settle.
func AddOpen(d civil.Date, n int) civil.Date {
	for ; n > 0; n-- {
		d = NextOpen(d.AddDays(1))
	}
	return d
}

// Earliest is the first day on which a file handed in today can be collected: lead is how many banking days before it the bank
// wants the file. The rulebooks ask for one (since November 2016 for first debits, too); banks may ask for more.
func Earliest(today civil.Date, lead int) civil.Date {
	return AddOpen(today, max(1, lead))
}

// easterOf is Easter Sunday by the anonymous Gregorian algorithm (Meeus, Astronomical Algorithms, chapter 8).
func easterOf(year int) civil.Date {
	a, b, c := year%19, year/100, year%100
	d, e := b/4, b%4
	g := (8*b + 13) / 25
	h := (19*a + b - d - g + 15) % 30
	i, k := c/4, c%4
	l := (32 + 2*e + 2*i - h - k) % 7
	m := (a + 11*h + 22*l) / 451
	month, day := (h+l-7*m+114)/31, (h+l-7*m+114)%31+1
	date, _ := civil.NewDate(year, month, day)
	return date
}
