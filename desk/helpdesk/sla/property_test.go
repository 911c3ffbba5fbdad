// SPDX-License-Identifier: Apache-2.0

package sla_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/desk/helpdesk/sla"
	"mainstay/kit/civil"
)

// zones whose clocks do all that clocks do.
var zones = []string{"UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Cairo", "Pacific/Apia", "Asia/Kathmandu", "Africa/Casablanca", "America/St_Johns"}

// drawn is a calendar that passes Check, and an instant near a change of its clocks as often as not.
func drawn(t *rapid.T) (sla.Calendar, time.Time) {
	loc, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
	if err != nil {
		t.Fatal(err)
	}
	c := sla.Calendar{Zone: loc, Week: &[7][]sla.Span{}, Holidays: map[civil.Date]struct{}{}}
	for d := range c.Week {
		at := 0
		for range rapid.IntRange(0, 3).Draw(t, "spans") {
			from := at + rapid.IntRange(0, 600).Draw(t, "gap")
			to := from + rapid.IntRange(1, 700).Draw(t, "length")
			if from >= sla.Day {
				break
			}
			c.Week[d] = append(c.Week[d], sla.Span{From: from, To: to})
			at = to
		}
	}
	if c.Check() != nil {
		t.Skip("no calendar")
	}
	when := time.Unix(rapid.Int64Range(1_200_000_000, 1_900_000_000).Draw(t, "when"), 0)
	if _, end := when.In(loc).ZoneBounds(); rapid.Bool().Draw(t, "near a change") && !end.IsZero() {
		when = end.Add(time.Duration(rapid.IntRange(-3000, 3000).Draw(t, "minutes off")) * time.Minute)
	}
	when = when.Truncate(time.Minute)
	for range rapid.IntRange(0, 3).Draw(t, "holidays") {
		c.Holidays[civil.DateOf(when.In(loc)).AddDays(rapid.IntRange(-2, 6).Draw(t, "holiday"))] = struct{}{}
	}
	return c, when
}

// naive counts working minutes one by one. It watches the wall: a minute is worked when the latest time that the wall has
// shown so far lies in a span. So hours that are shown twice count twice inside a span, but no span begins twice.
func naive(c sla.Calendar, a, b time.Time) (sum time.Duration) {
	latest := int64(-1 << 62)
	for t := a.Add(-72 * time.Hour); t.Before(b); t = t.Add(time.Minute) {
		_, offset := t.In(c.Zone).Zone()
		latest = max(latest, (t.Unix()+int64(offset))/60)
		if !t.Before(a) && worked(c, latest) {
			sum += time.Minute
		}
	}
	return sum
}

func worked(c sla.Calendar, wall int64) bool {
	for back := range int64(3) {
		day := civil.Date(wall/sla.Day - back)
		if _, closed := c.Holidays[day]; closed {
			continue
		}
		minute := int(wall - int64(day)*sla.Day)
		for _, s := range c.Week[day.Weekday()] {
			if s.From <= minute && minute < s.To {
				return true
			}
		}
	}
	return false
}

func TestBetweenIsTheNaiveCount(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, a := drawn(t)
		b := a.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "length")) * time.Minute)
		if got, want := c.Between(a, b), naive(c, a, b); got != want {
			t.Fatalf("from %s to %s are %s of work, counted minute by minute %s", a.In(c.Zone), b.In(c.Zone), got, want)
		}
	})
}

func TestAddAndBetween(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, a := drawn(t)
		d := time.Duration(rapid.Int64Range(1, int64(400*time.Hour)).Draw(t, "d"))
		due, ok := c.Add(a, d)
		if !ok {
			t.Fatalf("no work of %s after %s", d, a)
		}
		if got := c.Between(a, due); got != d {
			t.Fatalf("%s after %s is %s, but between lie %s", d, a, due, got)
		}
		// It never lies in a closed time: just before it, work was done.
		if got := c.Between(due.Add(-time.Nanosecond), due); got != time.Nanosecond {
			t.Fatalf("due at %s, before which nobody works", due.In(c.Zone))
		}
		// Nor does anything earlier: it is the first instant of its kind.
		if got := c.Between(a, due.Add(-time.Nanosecond)); got != d-time.Nanosecond {
			t.Fatalf("a nanosecond before lie %s", got)
		}
		// A longer promise is due later, one given later is not due earlier.
		later, ok := c.Add(a, d+time.Duration(rapid.Int64Range(1, int64(time.Hour)).Draw(t, "more")))
		if !ok || !later.After(due) {
			t.Fatalf("more is due at %s, less at %s", later, due)
		}
		given, ok := c.Add(a.Add(time.Duration(rapid.Int64Range(0, int64(100*time.Hour)).Draw(t, "given later"))), d)
		if !ok || given.Before(due) {
			t.Fatalf("given later, due earlier: %s, %s", given, due)
		}
		// In steps it comes to the same.
		part := time.Duration(rapid.Int64Range(1, int64(d)).Draw(t, "part"))
		mid, _ := c.Add(a, part)
		if again, _ := c.Add(mid, d-part); d > part && !again.Equal(due) {
			t.Fatalf("in two steps due at %s, in one at %s", again, due)
		}
	})
}

func TestBetweenIsAdditive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, a := drawn(t)
		step := func(name string) time.Duration {
			return time.Duration(rapid.Int64Range(0, int64(2000*time.Hour)).Draw(t, name))
		}
		b := a.Add(step("first"))
		e := b.Add(step("second"))
		if x, y, whole := c.Between(a, b), c.Between(b, e), c.Between(a, e); x+y != whole {
			t.Fatalf("%s + %s is not %s", x, y, whole)
		}
		if got := c.Between(e, a); e.After(a) && got != 0 {
			t.Fatalf("backwards: %s", got)
		}
	})
}

func BenchmarkAddAYear(b *testing.B) {
	c := calendar(b, "Europe/Berlin", "08:00-12:00, 13:00-17:00", workdays...)
	for i := range 60 {
		c.Holidays[civil.MustDate(2026, 1, 1).AddDays(29*i)] = struct{}{}
	}
	from := at(b, "2026-01-07T15:00:00+01:00")
	for b.Loop() {
		if _, ok := c.Add(from, 2000*time.Hour); !ok {
			b.Fatal("no work")
		}
	}
}

func BenchmarkAddADay(b *testing.B) {
	c := calendar(b, "Europe/Berlin", "08:00-12:00, 13:00-17:00", workdays...)
	from := at(b, "2026-01-07T15:00:00+01:00")
	for b.Loop() {
		if _, ok := c.Add(from, 8*time.Hour); !ok {
			b.Fatal("no work")
		}
	}
}
