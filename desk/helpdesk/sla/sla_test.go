// SPDX-License-Identifier: Apache-2.0

package sla_test

import (
	"testing"
	"time"
	_ "time/tzdata" // the tests are about zones, also where the machine has none

	"mainstay/desk/helpdesk/sla"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func spans(t testing.TB, text string) []sla.Span {
	t.Helper()
	s, err := sla.Spans(text)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// calendar has the same hours on the days given (0 = Sunday).
func calendar(t testing.TB, where, hours string, days ...time.Weekday) sla.Calendar {
	t.Helper()
	var week [7][]sla.Span
	for _, d := range days {
		week[d] = spans(t, hours)
	}
	c := sla.Calendar{Zone: zone(t, where), Week: &week, Holidays: map[civil.Date]struct{}{}}
	if err := c.Check(); err != nil {
		t.Fatal(err)
	}
	return c
}

func (v vector) closed(days ...civil.Date) vector {
	for _, d := range days {
		v.c.Holidays[d] = struct{}{}
	}
	return v
}

type vector struct {
	name string
	c    sla.Calendar
	from string // RFC 3339
	d    time.Duration
	due  string
}

var (
	workdays = []time.Weekday{1, 2, 3, 4, 5}
	daily    = []time.Weekday{0, 1, 2, 3, 4, 5, 6}
)

// TestByHand holds Add and Between to instants that were worked out on paper.
func TestByHand(t *testing.T) {
	berlin := func(hours string, days ...time.Weekday) sla.Calendar {
		return calendar(t, "Europe/Berlin", hours, days...)
	}
	split := "08:00-12:00, 13:00-17:00"
	for _, v := range []vector{
		{"within a morning", berlin(split, workdays...), "2026-03-02T09:00:00+01:00", 2 * time.Hour, "2026-03-02T11:00:00+01:00"},
		{"over lunch", berlin(split, workdays...), "2026-03-02T09:00:00+01:00", 4 * time.Hour, "2026-03-02T14:00:00+01:00"},
		{"to the last second of the day", berlin(split, workdays...), "2026-03-02T09:00:00+01:00", 7 * time.Hour, "2026-03-02T17:00:00+01:00"},
		{"one second more", berlin(split, workdays...), "2026-03-02T09:00:00+01:00", 7*time.Hour + time.Second, "2026-03-03T08:00:01+01:00"},
		{"begun at night", berlin(split, workdays...), "2026-03-02T23:17:00+01:00", time.Hour, "2026-03-03T09:00:00+01:00"},
		{"begun at lunch", berlin(split, workdays...), "2026-03-02T12:30:00+01:00", time.Hour, "2026-03-02T14:00:00+01:00"},
		{"begun on Saturday", berlin(split, workdays...), "2026-03-07T10:00:00+01:00", 8 * time.Hour, "2026-03-09T17:00:00+01:00"},
		{"over a weekend", berlin(split, workdays...), "2026-03-06T16:00:00+01:00", 2 * time.Hour, "2026-03-09T09:00:00+01:00"},
		{"over the weekend on which summer time begins", berlin(split, workdays...), "2026-03-27T16:00:00+01:00", 2 * time.Hour, "2026-03-30T09:00:00+02:00"},
		{"over the weekend on which it ends", berlin(split, workdays...), "2026-10-23T16:00:00+02:00", 2 * time.Hour, "2026-10-26T09:00:00+01:00"},
		// Good Friday 3 April and Easter Monday 6 April 2026; Thursday has one hour left, Tuesday the other.
		vector{"over Easter", berlin(split, workdays...), "2026-04-02T16:00:00+02:00", 2 * time.Hour, "2026-04-07T09:00:00+02:00"}.closed(civil.MustDate(2026, 4, 3), civil.MustDate(2026, 4, 6)),
		vector{"begun on a holiday", berlin(split, workdays...), "2026-05-01T10:00:00+02:00", time.Hour, "2026-05-04T09:00:00+02:00"}.closed(civil.MustDate(2026, 5, 1)),

		// A night from 22:00 to 06:00 has seven hours when the clocks go forward: 05:00 + 1 h of the next night.
		{"night when the clocks go forward, its end", berlin("22:00-06:00", daily...), "2026-03-28T22:00:00+01:00", 7 * time.Hour, "2026-03-29T06:00:00+02:00"},
		{"night when the clocks go forward, one hour more", berlin("22:00-06:00", daily...), "2026-03-28T22:00:00+01:00", 8 * time.Hour, "2026-03-29T23:00:00+02:00"},
		{"night when the clocks go back, its end", berlin("22:00-06:00", daily...), "2026-10-24T22:00:00+02:00", 9 * time.Hour, "2026-10-25T06:00:00+01:00"},
		{"night when the clocks go back, into the second two o'clock", berlin("22:00-06:00", daily...), "2026-10-24T22:00:00+02:00", 5*time.Hour + 30*time.Minute, "2026-10-25T02:30:00+01:00"},
		{"begun in a night of the day before", berlin("22:00-06:00", workdays...), "2026-03-07T03:00:00+01:00", 4 * time.Hour, "2026-03-09T23:00:00+01:00"},
		vector{"the night into a holiday is worked, that out of it is not", berlin("22:00-06:00", daily...), "2026-04-30T22:00:00+02:00", 9 * time.Hour, "2026-05-02T23:00:00+02:00"}.closed(civil.MustDate(2026, 5, 1)),
		// Hours inside what the clocks skip: 02:00–04:00 has one hour on 29 March, 02:15–02:45 has none.
		{"half of it skipped", berlin("02:00-04:00", 0), "2026-03-29T00:00:00+01:00", time.Hour, "2026-03-29T04:00:00+02:00"},
		{"skipped altogether", berlin("02:15-02:45", 0), "2026-03-29T00:00:00+01:00", 30 * time.Minute, "2026-04-05T02:45:00+02:00"},
		// Shown twice: 02:00–03:00 has two hours on 25 October; 02:15–02:45 is the first of the two.
		{"shown twice", berlin("02:00-03:00", 0), "2026-10-25T00:00:00+02:00", 2 * time.Hour, "2026-10-25T03:00:00+01:00"},
		{"the first of two", berlin("02:15-02:45", 0), "2026-10-25T00:00:00+02:00", 30 * time.Minute, "2026-10-25T02:45:00+02:00"},

		{"New York, spring", calendar(t, "America/New_York", "00:00-24:00", daily...), "2026-03-07T12:00:00-05:00", 24 * time.Hour, "2026-03-08T13:00:00-04:00"},
		{"New York, spring, the working Sunday", calendar(t, "America/New_York", "01:00-09:00", 0), "2026-03-08T00:00:00-05:00", 7 * time.Hour, "2026-03-08T09:00:00-04:00"},
		{"New York, autumn", calendar(t, "America/New_York", "00:00-24:00", daily...), "2026-10-31T12:00:00-04:00", 24 * time.Hour, "2026-11-01T11:00:00-05:00"},
		{"New York, autumn, the working Sunday", calendar(t, "America/New_York", "01:00-09:00", 0), "2026-11-01T00:00:00-04:00", 9 * time.Hour, "2026-11-01T09:00:00-05:00"},
		{"New York's Friday evening, asked from Berlin", calendar(t, "America/New_York", "09:00-17:00", workdays...), "2026-03-13T21:30:00+01:00", time.Hour, "2026-03-16T09:30:00-04:00"},

		// Lord Howe moves by half an hour: +10:30 to +11 on 4 October at 02:00, back on 5 April at 02:00.
		{"Lord Howe, spring", calendar(t, "Australia/Lord_Howe", "00:00-06:00", 0), "2026-10-03T22:00:00+10:30", 5*time.Hour + 30*time.Minute, "2026-10-04T06:00:00+11:00"},
		{"Lord Howe, in what is skipped", calendar(t, "Australia/Lord_Howe", "02:15-04:00", 0), "2026-10-04T00:00:00+10:30", 90 * time.Minute, "2026-10-04T04:00:00+11:00"},
		{"Lord Howe, autumn", calendar(t, "Australia/Lord_Howe", "00:00-06:00", 0), "2026-04-04T22:00:00+11:00", 6*time.Hour + 30*time.Minute, "2026-04-05T06:00:00+10:30"},
		{"Lord Howe, from a time shown twice", calendar(t, "Australia/Lord_Howe", "01:45-02:15", 0), "2026-04-05T00:00:00+11:00", time.Hour, "2026-04-05T02:15:00+10:30"},

		// São Paulo had no midnight on 4 November 2018: 00:00 was 01:00.
		{"São Paulo, from the midnight that was not", calendar(t, "America/Sao_Paulo", "00:00-08:00", 0), "2018-11-03T12:00:00-03:00", 7 * time.Hour, "2018-11-04T08:00:00-02:00"},
		{"São Paulo, the hour that was not", calendar(t, "America/Sao_Paulo", "00:00-01:00", 0), "2018-11-03T12:00:00-03:00", time.Hour, "2018-11-11T01:00:00-02:00"},
		{"São Paulo, over midnight", calendar(t, "America/Sao_Paulo", "20:00-04:00", 6), "2018-11-03T20:00:00-03:00", 7 * time.Hour, "2018-11-04T04:00:00-02:00"},
		// Cairo: no midnight on 26 April 2024; the last hour of 31 October 2024 twice.
		{"Cairo, spring", calendar(t, "Africa/Cairo", "00:00-24:00", 5), "2024-04-25T12:00:00+02:00", 23 * time.Hour, "2024-04-27T00:00:00+03:00"},
		{"Cairo, autumn", calendar(t, "Africa/Cairo", "00:00-24:00", 4), "2024-10-30T12:00:00+03:00", 25 * time.Hour, "2024-11-01T00:00:00+02:00"},
		// Apia had no 30 December 2011 at all.
		{"Apia, over the day that was not", calendar(t, "Pacific/Apia", "08:00-16:00", daily...), "2011-12-29T15:00:00-10:00", 2 * time.Hour, "2011-12-31T09:00:00+14:00"},

		{"around the clock", sla.Calendar{}, "2026-03-29T00:30:00+01:00", 4 * time.Hour, "2026-03-29T05:30:00+02:00"},
		{"around the clock by hours", berlin("00:00-24:00", daily...), "2026-03-29T00:30:00+01:00", 4 * time.Hour, "2026-03-29T05:30:00+02:00"},
		{"one day a week", berlin("10:00-11:00", 3), "2026-01-01T00:00:00+01:00", 10 * time.Hour, "2026-03-11T11:00:00+01:00"},
		{"one hour a week for ten years", berlin("10:00-11:00", 3), "2026-01-01T00:00:00+01:00", 522 * time.Hour, "2036-01-02T11:00:00+01:00"},
		{"microseconds", berlin(split, workdays...), "2026-03-02T11:59:59.999999+01:00", 2 * time.Microsecond, "2026-03-02T13:00:00.000001+01:00"},
	} {
		t.Run(v.name, func(t *testing.T) {
			from, due := at(t, v.from), at(t, v.due)
			got, ok := v.c.Add(from, v.d)
			if !ok || !got.Equal(due) {
				t.Errorf("%s later is %s, want %s", v.d, got.In(due.Location()).Format(time.RFC3339Nano), v.due)
			}
			if got := v.c.Between(from, due); got != v.d {
				t.Errorf("between are %s, want %s", got, v.d)
			}
		})
	}
}

func at(t testing.TB, s string) time.Time {
	t.Helper()
	x, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func TestOpen(t *testing.T) {
	c := calendar(t, "Europe/Berlin", "22:00-06:00", 5)
	for when, want := range map[string]bool{
		"2026-03-06T21:59:59+01:00": false, "2026-03-06T22:00:00+01:00": true, "2026-03-07T05:59:59+01:00": true, "2026-03-07T06:00:00+01:00": false,
		"2026-03-07T22:00:00+01:00": false,
	} {
		if got := c.Open(at(t, when)); got != want {
			t.Errorf("open at %s: %t", when, got)
		}
	}
}

func TestNoWorkAhead(t *testing.T) {
	c := calendar(t, "Europe/Berlin", "10:00-11:00", 3)
	from := at(t, "2026-01-01T00:00:00+01:00")
	for d := civil.MustDate(2025, 1, 1); d < civil.MustDate(2040, 1, 1); d++ {
		c.Holidays[d] = struct{}{}
	}
	if due, ok := c.Add(from, time.Hour); ok {
		t.Errorf("closed for good, yet due at %s", due)
	}
	if got := c.Between(from, from.AddDate(3, 0, 0)); got != 0 {
		t.Errorf("%s of work in a closed calendar", got)
	}
	if _, ok := (sla.Clock{Since: from}).Due(c, time.Hour); ok {
		t.Error("due where nobody ever works")
	}
}

// TestClock follows one ticket through a week of office hours (8:00–16:00, Monday to Friday, Berlin): one clock for all
// promises, which stands while the client is waited for, keeps what it has counted when the priority changes, and goes on
// after a reopening.
func TestClock(t *testing.T) {
	c := calendar(t, "Europe/Berlin", "08:00-16:00", workdays...)
	k := sla.Clock{}.Start(at(t, "2026-03-02T15:00:00+01:00")) // Monday, an hour before the end of work
	due := func(target time.Duration, want string) {
		t.Helper()
		got, ok := k.Due(c, target)
		if want == "" {
			if ok {
				t.Errorf("due at %s while it stands", got)
			}
			return
		}
		if !ok || !got.Equal(at(t, want)) {
			t.Errorf("%s is due at %s, want %s", target, got.In(c.Zone), want)
		}
	}
	due(4*time.Hour, "2026-03-03T11:00:00+01:00")
	// Tuesday 9:00, two hours counted: waiting for the client until Wednesday 10:00.
	k = k.Stop(c, at(t, "2026-03-03T09:00:00+01:00"))
	if k.Elapsed != 2*time.Hour || k.Read(c, at(t, "2026-03-04T10:00:00+01:00")) != 2*time.Hour {
		t.Errorf("%+v", k)
	}
	due(4*time.Hour, "")
	k = k.Start(at(t, "2026-03-04T10:00:00+01:00"))
	due(4*time.Hour, "2026-03-04T12:00:00+01:00")
	k = k.Start(at(t, "2026-03-04T11:00:00+01:00")) // running already: nothing changes
	// Raised at 11:00, three hours counted: a promise of three hours is due at once, of eight at 16:00.
	if got := k.Read(c, at(t, "2026-03-04T11:00:00+01:00")); got != 3*time.Hour {
		t.Errorf("shows %s", got)
	}
	due(3*time.Hour, "2026-03-04T11:00:00+01:00")
	due(8*time.Hour, "2026-03-04T16:00:00+01:00")
	// Solved on Wednesday 15:00 (7 h), reopened on Saturday: one hour is left, on Monday.
	k = k.Stop(c, at(t, "2026-03-04T15:00:00+01:00"))
	k = k.Start(at(t, "2026-03-07T12:00:00+01:00"))
	due(8*time.Hour, "2026-03-09T09:00:00+01:00")
	// A target that is used up is due when the clock went on.
	due(6*time.Hour, "2026-03-07T12:00:00+01:00")
	due(0, "")
}

func TestSpans(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "",
		" \n ":                         "",
		"08:00-12:00, 13:00-17:30":     "08:00-12:00 13:00-17:30",
		"13:00–17:30; 8–12":            "08:00-12:00 13:00-17:30",
		"8.30-17.00":                   "08:30-17:00",
		"22:00-06:00":                  "22:00-06:00",
		"00:00-24:00":                  "00:00-24:00",
		"0-0":                          "00:00-24:00",
		"08:00-08:00":                  "08:00-08:00",
		"08:00-12:00,\r\n13:00-17:00,": "08:00-12:00 13:00-17:00",
	} {
		got, err := sla.Spans(text)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if join(got) != want {
			t.Errorf("%q is read as %q, want %q", text, join(got), want)
		}
	}
	for _, text := range []string{"8", "8-", "-8", "24:00-06:00", "08:60-09:00", "25:00-26:00", "8-12-17", "8.5-17", "8:-9", "eight-nine", "08:00:00-09:00", "۸-۹", "-1-5"} {
		if got, err := sla.Spans(text); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q is read as %v, %v", text, got, err)
		}
	}
}

func join(list []sla.Span) (out string) {
	for i, s := range list {
		if i > 0 {
			out += " "
		}
		out += s.String()
	}
	return out
}

func TestCheck(t *testing.T) {
	week := func(set map[int]string) sla.Calendar {
		var w [7][]sla.Span
		for d, text := range set {
			w[d] = spans(t, text)
		}
		return sla.Calendar{Week: &w}
	}
	for name, c := range map[string]sla.Calendar{
		"around the clock": {}, "a night": week(map[int]string{1: "22:00-06:00", 2: "06:00-14:00"}), "24 hours from eight": week(map[int]string{6: "08:00-08:00", 0: "08:00-08:00"}),
		"touching": week(map[int]string{1: "08:00-12:00, 12:00-17:00"}),
	} {
		if err := c.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, c := range map[string]sla.Calendar{
		"never open": week(nil), "overlap": week(map[int]string{1: "08:00-12:00, 11:59-17:00"}), "night into the early shift": week(map[int]string{6: "22:00-06:00", 0: "05:59-12:00"}),
		"backwards": {Week: &[7][]sla.Span{1: {{From: 600, To: 500}}}}, "before midnight": {Week: &[7][]sla.Span{1: {{From: -1, To: 500}}}},
		"from tomorrow": {Week: &[7][]sla.Span{1: {{From: 1440, To: 1500}}}}, "more than a day": {Week: &[7][]sla.Span{1: {{From: 0, To: 1441}}}},
	} {
		if err := c.Check(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzSpans(f *testing.F) {
	for _, s := range []string{"", "08:00-12:00, 13:00-17:30", "22:00–06:00", "8.30-17;", "0-0", "24-0", "1-2-3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := sla.Spans(text)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("%v", err)
			}
			return
		}
		written := ""
		for _, s := range got {
			if s.From < 0 || s.From >= sla.Day || s.To <= s.From || s.To > s.From+sla.Day {
				t.Fatalf("%q has the span %v", text, s)
			}
			written += s.String() + ","
		}
		again, err := sla.Spans(written)
		if err != nil || join(again) != join(got) {
			t.Fatalf("%q was written as %q and read back as %v, %v", text, written, again, err)
		}
	})
}
