// SPDX-License-Identifier: Apache-2.0

package books

import (
	"errors"
	"time"

	"mainstay/kit/civil"
)

// order counts what a column's days say about which comes first, day or month.
type order struct {
	dayFirst, monthFirst int // values that can only be read this way
	ambiguous            int
	firsts, seconds      uint32 // which numbers stand first and second in ambiguous values, one bit each
}

// decide returns whether the day comes first. Where no value decides, a column whose first numbers
// are all 1 while the second run through the year is a list of months, day first, and the other way round.
func (o order) decide(fallback bool) (dayFirst, sure bool) {
	switch {
	case o.dayFirst > o.monthFirst:
		return true, true
	case o.monthFirst > o.dayFirst:
		return false, true
	case o.firsts == 1<<1 && several(o.seconds):
		return true, true
	case o.seconds == 1<<1 && several(o.firsts):
		return false, true
	}
	return fallback, false
}

func several(bits uint32) bool {
	n := 0
	for ; bits != 0; bits &= bits - 1 {
		n++
	}
	return n >= 3
}

var errDay = errors.New("not a day")

// instant is a day with its time of day in seconds.
type instant struct {
	day     civil.Date
	seconds int32
	offset  int32 // minutes east of UTC
	zoned   bool
}

// micros returns microseconds since 1970 UTC; loc is the zone of times that name none.
func (t instant) micros(loc *time.Location) int64 {
	s := int64(t.day)*86400 + int64(t.seconds)
	switch {
	case t.zoned:
		s -= int64(t.offset) * 60
	case loc != time.UTC:
		y, m, d := t.day.Civil()
		s = time.Date(y, time.Month(m), d, 0, 0, int(t.seconds), 0, loc).Unix()
	}
	return s * 1e6
}

var monthNumbers = map[string]int{
	"jan": 1, "feb": 2, "mar": 3, "mär": 3, "mrz": 3, "mae": 3, "apr": 4, "may": 5, "mai": 5, "jun": 6, "jul": 7, "aug": 8,
	"sep": 9, "oct": 10, "okt": 10, "nov": 11, "dec": 12, "dez": 12,
}

// parseDay reads one value. dayFirst says how 3/4/2024 is read; what the value says about
// its own order is counted in o.
func parseDay(b []byte, dayFirst bool, o *order) (instant, error) {
	if len(b) >= 10 && (b[4] == '-' || b[4] == '/') && b[7] == b[4] {
		y, ok1 := digits(b[0:4])
		m, ok2 := digits(b[5:7])
		d, ok3 := digits(b[8:10])
		if ok1 && ok2 && ok3 {
			if len(b) > 10 && isDigit(b[10]) {
				return instant{}, errDay
			}
			day, ok := civil.NewDate(y, m, d)
			if !ok {
				return instant{}, errDay
			}
			t := instant{day: day}
			return t, t.clock(b[10:])
		}
	}
	return parseLoose(b, dayFirst, o)
}

func digits(b []byte) (n int, ok bool) {
	for _, c := range b {
		if !isDigit(c) {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, len(b) > 0 && len(b) < 9
}

// parseLoose cuts the value into numbers and one month's name.
func parseLoose(b []byte, dayFirst bool, o *order) (instant, error) {
	var num, width [3]int
	n, month, monthAt, i := 0, 0, -1, 0
scan:
	for i < len(b) && n < 3 {
		c := b[i]
		switch {
		case isDigit(c):
			from := i
			for i < len(b) && isDigit(b[i]) {
				i++
			}
			if i < len(b) && b[i] == ':' { // the time begins
				i = from
				break scan
			}
			v, ok := digits(b[from:i])
			if !ok {
				return instant{}, errDay
			}
			num[n], width[n] = v, i-from
			n++
		case c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= 0x80:
			from := i
			for i < len(b) && (b[i] >= 'A' && b[i] <= 'Z' || b[i] >= 'a' && b[i] <= 'z' || b[i] >= 0x80) {
				i++
			}
			if m := monthOf(b[from:i]); m > 0 && month == 0 {
				month, monthAt = m, n
			} else if !fillWord(b[from:i]) {
				return instant{}, errDay
			}
		case c == ' ' || c == '/' || c == '-' || c == '.' || c == ',' || c == '\'' || c == '_':
			i++
		default:
			return instant{}, errDay
		}
	}
	if i < len(b) && n == 0 {
		return instant{}, errDay
	}
	day, err := build(num, width, n, month, monthAt, dayFirst, o, b)
	if err != nil {
		return instant{}, err
	}
	t := instant{day: day}
	if n == 1 && month == 0 {
		return t, nil // a serial number, whose fraction is the time
	}
	return t, t.clock(b[i:])
}

func build(num, width [3]int, n, month, monthAt int, dayFirst bool, o *order, b []byte) (civil.Date, error) {
	var y, m, d int
	switch {
	case month > 0 && n == 2: // 3 April 2024, April 3, 2024
		y, m, d = num[1], month, num[0]
		if width[0] == 4 { // 2024-Apr-03
			y, d = num[0], num[1]
			width[1] = 4
		}
		y = fullYear(y, width[1])
	case month > 0 && n == 1: // April 2024, Apr-13, 2024 April
		y, m, d = fullYear(num[0], width[0]), month, 1
		if width[0] < 2 || width[0] == 2 && monthAt > 0 {
			return civil.NoDate, errDay // "3 April" has no year
		}
	case month == 0 && n == 3 && width[0] == 4:
		y, m, d = num[0], num[1], num[2]
	case month == 0 && n == 3:
		return numeric(num, width, dayFirst, o)
	case month == 0 && n == 2 && width[0] == 4 && num[1] <= 12:
		y, m, d = num[0], num[1], 1 // 2024-03
	case month == 0 && n == 2 && width[1] == 4 && num[0] <= 12:
		y, m, d = num[1], num[0], 1 // 03/2024
	case month == 0 && n == 2 && width[0] <= 2 && width[1] == 6: // 17/042015, a slash forgotten
		return numeric([3]int{num[0], num[1] / 10000, num[1] % 10000}, [3]int{width[0], 2, 4}, dayFirst, o)
	case month == 0 && n == 2 && width[0] == 6 && num[1] == 0 && b[6] == '.': // 202403.00
		y, m, d = num[0]/100, num[0]%100, 1
	case month == 0 && n >= 1 && width[0] == 8:
		y, m, d = num[0]/10000, num[0]/100%100, num[0]%100
		if _, ok := civil.NewDate(y, m, d); !ok { // 31032024
			y, m, d = num[0]%10000, num[0]/10000%100, num[0]/1000000
		}
	case month == 0 && n == 1 && width[0] == 6 && len(b) == 6: // 202403
		y, m, d = num[0]/100, num[0]%100, 1
	case month == 0 && width[0] == 5 && num[0] >= 20000 && num[0] < 80000 && (n == 1 || b[5] == '.'):
		return civil.Date(num[0] - 25569), nil // a day number of the 1900 system; 25,569 is 1970-01-01
	default:
		return civil.NoDate, errDay
	}
	day, ok := civil.NewDate(y, m, d)
	if !ok {
		return civil.NoDate, errDay
	}
	return day, nil
}

func numeric(num, width [3]int, dayFirst bool, o *order) (civil.Date, error) {
	if width[2] != 2 && width[2] != 4 || width[0] > 2 || width[1] > 2 {
		return civil.NoDate, errDay
	}
	y := fullYear(num[2], width[2])
	a, b := num[0], num[1]
	switch {
	case a > 12 && b <= 12:
		dayFirst = true
		o.dayFirst++
	case b > 12 && a <= 12:
		dayFirst = false
		o.monthFirst++
	case a != b:
		o.ambiguous++
		fallthrough
	default:
		o.firsts |= 1 << min(a, 31)
		o.seconds |= 1 << min(b, 31)
	}
	if !dayFirst {
		a, b = b, a
	}
	day, ok := civil.NewDate(y, b, a)
	if !ok {
		return civil.NoDate, errDay
	}
	return day, nil
}

// fullYear widens a year of two digits; 70–99 belong to the last century.
func fullYear(y, width int) int {
	if width > 2 {
		return y
	}
	if y >= 70 {
		return 1900 + y
	}
	return 2000 + y
}

// monthOf knows a month by its first three letters in English and German.
func monthOf(w []byte) int {
	if len(w) < 3 {
		return 0
	}
	var key [4]byte
	k := 0
	for _, c := range w[:min(len(w), 4)] {
		if c >= 'A' && c <= 'Z' {
			c += 32
		}
		key[k] = c
		k++
	}
	if m := monthNumbers[string(key[:3])]; m > 0 && key[1] < 0x80 {
		return m
	}
	if k == 4 {
		return monthNumbers[string(key[:4])] // mär: ä has two bytes
	}
	return 0
}

// fillWord is what may stand beside a day: ordinals, weekdays and single stray letters.
func fillWord(w []byte) bool {
	if len(w) <= 2 {
		return true
	}
	switch string(w[:3]) {
	case "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun", "Mit", "Die", "Don", "Fre", "Sam", "Son", "UTC", "GMT":
		return true
	}
	return false
}

// clock reads the time of day behind a day; anything that is no time is a stray mark
// as long as it is a letter or two.
func (t *instant) clock(b []byte) error {
	i := 0
	for i < len(b) && (b[i] == ' ' || b[i] == 'T' || b[i] == ',' || b[i] == '-') {
		i++
	}
	b = b[i:]
	if len(b) == 0 {
		return nil
	}
	if !isDigit(b[0]) {
		if len(b) <= 2 || string(b) == "UTC" || string(b) == "GMT" {
			return nil
		}
		return errDay
	}
	var part [3]int32
	k, i := 0, 0
	for ; i < len(b); i++ {
		if isDigit(b[i]) && part[k] < 100 {
			part[k] = part[k]*10 + int32(b[i]-'0')
		} else if b[i] == ':' && k < 2 {
			k++
		} else {
			break
		}
	}
	if i < len(b) && b[i] == '.' {
		for i++; i < len(b) && isDigit(b[i]); i++ {
		}
	}
	if k == 0 || part[0] > 23 || part[1] > 59 || part[2] > 60 {
		return errDay
	}
	rest := b[i:]
	for len(rest) > 0 && rest[0] == ' ' {
		rest = rest[1:]
	}
	if len(rest) >= 2 && (rest[1] == 'M' || rest[1] == 'm') {
		switch {
		case (rest[0] == 'P' || rest[0] == 'p') && part[0] < 12:
			part[0] += 12
		case (rest[0] == 'A' || rest[0] == 'a') && part[0] == 12:
			part[0] = 0
		}
		rest = rest[2:]
	}
	t.seconds = part[0]*3600 + part[1]*60 + part[2]
	return t.zone(rest)
}

func (t *instant) zone(b []byte) error {
	for len(b) > 0 && b[0] == ' ' {
		b = b[1:]
	}
	switch {
	case len(b) == 0:
		return nil
	case b[0] == 'Z' || string(b) == "UTC" || string(b) == "GMT":
		t.zoned = true
		return nil
	case b[0] != '+' && b[0] != '-' || len(b) < 3:
		return nil // a zone's name: the firm's own zone is taken
	}
	h, ok := digits(b[1:3])
	if !ok || h > 14 {
		return errDay
	}
	m := 0
	if rest := b[3:]; len(rest) >= 2 {
		if rest[0] == ':' {
			rest = rest[1:]
		}
		m, _ = digits(rest)
	}
	t.offset, t.zoned = int32(h*60+m), true
	if b[0] == '-' {
		t.offset = -t.offset
	}
	return nil
}
