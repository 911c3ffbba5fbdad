// SPDX-License-Identifier: Apache-2.0

// Package sla is the arithmetic of service levels: working time between instants, and the deadlines of clocks that
// run in it. It knows no tickets and no database.
//
// Working hours are wall-clock times in a time zone; working time is real time that passes within them. A night shift
// from 22:00 to 06:00 therefore has seven hours when the clocks go forward and nine when they go back.
package sla

import (
	"slices"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
)

// Day is how many minutes a day has on the wall clock.
const Day = 24 * 60

// Span is a stretch of working hours in minutes from midnight of its day, From < To. To may lie in the next
// day (up to twice [Day]): 1320–1800 is from 22:00 to 06:00.
type Span struct{ From, To int }

// Calendar says when work is done. Its zero value is every hour of every day in UTC.
type Calendar struct {
	Zone     *time.Location          // nil = UTC
	Week     *[7][]Span              // Sunday first, sorted, without overlaps within a day; nil = around the clock
	Holidays map[civil.Date]struct{} // days whose spans do not begin
}

// Check returns a fault in words where the calendar cannot be worked by.
func (c Calendar) Check() error {
	if c.Week == nil {
		return nil
	}
	open := false
	for d, spans := range c.Week {
		for i, s := range spans {
			if s.From < 0 || s.From >= Day || s.To <= s.From || s.To > s.From+Day {
				return fault.NewInvalid("Working hours must end after they begin, within 24 hours.").On("week")
			}
			if i > 0 && s.From < spans[i-1].To {
				return fault.NewInvalid("Working hours of one day overlap.").On("week")
			}
			open = true
		}
		if n := len(spans); n > 0 {
			next := c.Week[(d+1)%7]
			if over := spans[n-1].To - Day; over > 0 && len(next) > 0 && next[0].From < over {
				return fault.NewInvalid("Working hours that go past midnight overlap those of the next day.").On("week")
			}
		}
	}
	if !open {
		return fault.NewInvalid("A calendar needs working hours on at least one day.").On("week")
	}
	return nil
}

func (c Calendar) zone() *time.Location {
	if c.Zone == nil {
		return time.UTC
	}
	return c.Zone
}

// at is the instant of a minute of a day, counted from its midnight on the wall clock. A time that the clocks skip is
// the instant at which they skip it; of one that they show twice it is the first.
func (c Calendar) at(day civil.Date, minute int) time.Time {
	y, m, d := day.Civil()
	zone := c.zone()
	t := time.Date(y, time.Month(m), d, 0, minute, 0, 0, zone)
	local := time.Date(y, time.Month(m), d, 0, minute, 0, 0, time.UTC)
	_, offset := t.Zone()
	shown := t.Add(time.Duration(offset) * time.Second).UTC()
	if shown.Equal(local) { // time.Date may have taken the second of two
		if earlier := t.Add(-time.Hour); sameWall(earlier, t, zone) {
			return earlier
		}
		return t
	}
	// In the gap: the instant at which the offset changes, found between the two sides of it.
	lo, hi := local.Add(-26*time.Hour), local.Add(26*time.Hour)
	for hi.Sub(lo) > time.Second {
		mid := lo.Add(hi.Sub(lo) / 2)
		_, o := mid.In(zone).Zone()
		if mid.Add(time.Duration(o) * time.Second).Before(local) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return hi.Truncate(time.Second).In(zone)
}

func sameWall(a, b time.Time, zone *time.Location) bool {
	x, y := a.In(zone), b.In(zone)
	return x.Hour() == y.Hour() && x.Minute() == y.Minute() && x.Day() == y.Day()
}

// open calls yield with the stretches of work that end after from, in order, until it returns false. It looks ahead
// five years at most: a calendar that is closed for longer has no further work.
func (c Calendar) open(from time.Time, yield func(begin, end time.Time) bool) {
	if c.Week == nil {
		yield(from, from.AddDate(1000, 0, 0))
		return
	}
	first := civil.DateOf(from.In(c.zone())) - 2 // a span of the day before may still run
	for day := first; day < first+5*366; day++ {
		if _, closed := c.Holidays[day]; closed {
			continue
		}
		for _, s := range c.Week[weekday(day)] {
			begin, end := c.at(day, s.From), c.at(day, s.To)
			if end.After(from) && end.After(begin) && !yield(begin, end) {
				return
			}
		}
	}
}

func weekday(d civil.Date) int { return int(((int64(d)+4)%7 + 7) % 7) } // day 0 is Thursday, 1 January 1970

// Add returns the instant at which d of working time has passed since from, rounded to the microsecond; ok is false
// where the calendar has no so much work. Of a stretch's end and the next one's beginning it returns the end.
func (c Calendar) Add(from time.Time, d time.Duration) (due time.Time, ok bool) {
	if d <= 0 {
		return from, true
	}
	c.open(from, func(begin, end time.Time) bool {
		if begin.Before(from) {
			begin = from
		}
		if has := end.Sub(begin); has < d {
			d -= has
			return true
		}
		due, ok = begin.Add(d), true
		return false
	})
	return due, ok
}

// Between returns the working time from a to b, 0 where b is not after a.
func (c Calendar) Between(a, b time.Time) (sum time.Duration) {
	if !b.After(a) {
		return 0
	}
	c.open(a, func(begin, end time.Time) bool {
		if !begin.Before(b) {
			return false
		}
		if begin.Before(a) {
			begin = a
		}
		if end.After(b) {
			end = b
		}
		sum += end.Sub(begin)
		return true
	})
	return sum
}

// Open reports whether work is done at t.
func (c Calendar) Open(t time.Time) (open bool) {
	c.open(t, func(begin, _ time.Time) bool {
		open = !begin.After(t)
		return false
	})
	return open
}

// Clock counts working time. Its zero value stands at 0.
type Clock struct {
	Elapsed time.Duration // counted until it was last stopped
	Since   time.Time     // when it was last started; zero = it stands
}

// Running reports whether the clock runs.
func (k Clock) Running() bool { return !k.Since.IsZero() }

// Start returns the clock running from at; one that runs already goes on.
func (k Clock) Start(at time.Time) Clock {
	if !k.Running() {
		k.Since = at
	}
	return k
}

// Stop returns the clock standing at at.
func (k Clock) Stop(c Calendar, at time.Time) Clock {
	return Clock{Elapsed: k.Read(c, at)}
}

// Read is what the clock shows at at.
func (k Clock) Read(c Calendar, at time.Time) time.Duration {
	if !k.Running() {
		return k.Elapsed
	}
	return k.Elapsed + c.Between(k.Since, at)
}

// Due is when the clock will show target; ok is false while it stands or where there is no target (0). A
// target that has passed already is due at the moment when it passed, as far as that is known: at Since at the latest.
func (k Clock) Due(c Calendar, target time.Duration) (due time.Time, ok bool) {
	if target <= 0 || !k.Running() {
		return time.Time{}, false
	}
	return c.Add(k.Since, target-k.Elapsed)
}

// Spans parses working hours of the form "08:00-12:00, 13:00-17:30"; an end that is not after its beginning lies in
// the next day. An empty text has none.
func Spans(text string) ([]Span, error) {
	var out []Span
	for _, part := range splitList(text) {
		s, ok := span(part)
		if !ok {
			return nil, fault.NewInvalid("%q are no working hours; they look like 08:00-12:00, 13:00-17:30.", part).On("week")
		}
		out = append(out, s)
	}
	slices.SortFunc(out, func(a, b Span) int { return a.From - b.From })
	return out, nil
}
