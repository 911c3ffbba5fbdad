// SPDX-License-Identifier: Apache-2.0

package worklog_test

import (
	"testing"

	"mainstay/kit/civil"
	"mainstay/practice/worklog"
)

func TestParseMinutes(t *testing.T) {
	for in, want := range map[string]int{
		"1:30": 90, "0:05": 5, "1.5": 90, "1,25": 75, "2": 120, ".5": 30, "45m": 45, "45 min": 45, "1h": 60, "1h30": 90, "1 h 30 min": 90, "1,5 Std": 90, "2 hours": 120,
		"0.01": 1, "0,33": 20, "24": 1440, "0": 0,
	} {
		if got, err := worklog.ParseMinutes(in); err != nil || got != want {
			t.Errorf("%q: %d, %v; want %d", in, got, err, want)
		}
	}
	for _, bad := range []string{"", "x", "1:3", "1:60", "-1", "1:-5", "+1", "25", "1441m", "1.5h20", "1:2:3", "h", "m", "1e3", "99999999999999999999", "½"} {
		if got, err := worklog.ParseMinutes(bad); err == nil {
			t.Errorf("%q reads as %d", bad, got)
		}
	}
}

func TestParseClock(t *testing.T) {
	for in, want := range map[string]int{"": worklog.NoStart, "00:00": 0, "9:05": 545, "23:59": 1439} {
		if got, err := worklog.ParseClock(in); err != nil || got != want {
			t.Errorf("%q: %d, %v", in, got, err)
		}
	}
	for _, bad := range []string{"24:00", "9", "9:5", "12:60", "-1:00", "a:bc"} {
		if _, err := worklog.ParseClock(bad); err == nil {
			t.Errorf("%q is read", bad)
		}
	}
}

func TestMonday(t *testing.T) {
	first := civil.MustDate(2026, 3, 2)
	for i := range 7 {
		if got := worklog.Monday(first.AddDays(i)); got != first {
			t.Errorf("%s belongs to the week of %s", first.AddDays(i), got)
		}
	}
	if got := worklog.Monday(civil.MustDate(1969, 12, 31)); got != civil.MustDate(1969, 12, 29) {
		t.Error(got)
	}
}

// Whatever is typed: no panic, and what is read writes back to the same.
func FuzzParseMinutes(f *testing.F) {
	for _, s := range []string{"1:30", "1,5", "1h30", "45m", "::", "h", "-1", "1h-5"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, err := worklog.ParseMinutes(s)
		if err != nil {
			return
		}
		if again, err := worklog.ParseMinutes(worklog.Clock(n)); err != nil || again != n || n < 0 || n > 1440 {
			t.Fatalf("%q reads as %d, written %q reads as %d, %v", s, n, worklog.Clock(n), again, err)
		}
	})
}

func FuzzParseDecimal(f *testing.F) {
	for _, s := range []string{"12.50", "12,5", ".", "1.23456", "1e5", "0"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := worklog.ParseDecimal(s, "price")
		if err != nil {
			return
		}
		if again, err := worklog.ParseDecimal(d.String(), "price"); err != nil || again != d || d.Coef < 0 {
			t.Fatalf("%q reads as %v, which reads as %v, %v", s, d, again, err)
		}
	})
}
