// SPDX-License-Identifier: Apache-2.0

package worklog

import (
	"fmt"
	"strconv"
	"strings"

	"mainstay/kit/fault"
)

// ParseMinutes reads how long somebody worked: 1:30, 1.5, 1,5, 1h30, 1 h 30 min, 90m. A bare number is hours. Parts of a
// minute are rounded up.
func ParseMinutes(s string) (int, error) {
	t := strings.ToLower(strings.Join(strings.Fields(s), ""))
	bad := fault.NewInvalid("%q is not a length of time such as 1:30, 1.5 or 45m.", s).On("time")
	if t == "" || len(t) > 20 {
		return 0, bad
	}
	for _, u := range []string{"minutes", "minuten", "minute", "mins", "min"} {
		t = strings.ReplaceAll(t, u, "m")
	}
	for _, u := range []string{"hours", "stunden", "stunde", "hour", "std", "hrs", "hr"} {
		t = strings.ReplaceAll(t, u, "h")
	}
	h, m, hours := strings.Cut(t, "h")
	if !hours {
		if h, m, hours = strings.Cut(t, ":"); hours && len(m) != 2 {
			return 0, bad
		}
	}
	var total int
	switch {
	case hours:
		a, err := hundredths(h)
		b := 0
		if m = strings.TrimSuffix(m, "m"); err == nil && m != "" {
			b, err = strconv.Atoi(m)
		}
		if err != nil || b < 0 || b > 59 || m != "" && (a%100 != 0 || m[0] == '+') {
			return 0, bad
		}
		total = (a*60+99)/100 + b
	case strings.HasSuffix(t, "m"):
		n, err := strconv.Atoi(strings.TrimSuffix(t, "m"))
		if err != nil || n < 0 || t[0] == '+' {
			return 0, bad
		}
		total = n
	default:
		a, err := hundredths(t)
		if err != nil {
			return 0, bad
		}
		total = (a*60 + 99) / 100
	}
	if total > dayLong {
		return 0, fault.NewInvalid("A day has 24 hours. Make an entry for each day.").On("time")
	}
	return total, nil
}

// hundredths reads a decimal with at most two places.
func hundredths(s string) (int, error) {
	whole, part, _ := strings.Cut(strings.ReplaceAll(s, ",", "."), ".")
	if whole == "" && part == "" || len(whole) > 4 || len(part) > 2 {
		return 0, strconv.ErrSyntax
	}
	n := 0
	for _, c := range whole + (part + "00")[:2] {
		if c < '0' || c > '9' {
			return 0, strconv.ErrSyntax
		}
		n = n*10 + int(c-'0')
	}
	return n, nil
}

// ParseClock reads a time of day as the minute of the day, NoStart for an empty text.
func ParseClock(s string) (int, error) {
	if s = strings.TrimSpace(s); s == "" {
		return NoStart, nil
	}
	h, m, ok := strings.Cut(s, ":")
	a, err1 := strconv.ParseUint(h, 10, 8)
	b, err2 := strconv.ParseUint(m, 10, 8)
	if !ok || err1 != nil || err2 != nil || len(h) > 2 || len(m) != 2 || a > 23 || b > 59 {
		return NoStart, fault.NewInvalid("Enter the time of day as 14:30.").On("start")
	}
	return int(a*60 + b), nil
}

// Clock writes minutes as hours and minutes, 1:07, also a time of day.
func Clock(minutes int) string {
	if minutes < 0 {
		return "-" + Clock(-minutes)
	}
	return fmt.Sprintf("%d:%02d", minutes/60, minutes%60)
}
