// SPDX-License-Identifier: Apache-2.0

// Package sla is the arithmetic of service levels: working time between instants, and the deadlines of clocks that
// run in it. It knows no tickets and no database.
//
// Working hours are wall-clock times in a time zone; working time is real time that passes within them. A night shift
// from 22:00 to 06:00 therefore has seven hours when the clocks go forward and nine when they go back.
package sla

import (
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

// patience is how long a calendar may be closed before it counts as closed for good, horizon how far deadlines reach at
// all; both in days.
const (
	patience = 5 * 366
	horizon  = 1000 * 366
)

// open calls yield with the stretches of work that end after from, in order, until it returns false, or nothing is open
// for the time of [patience].
func (c Calendar) open(from time.Time, yield func(begin, end time.Time) bool) {
	if c.Week == nil {
		yield(from, from.AddDate(1000, 0, 0))
		return
	}
	w := wall{zone: c.zone()}
	first := civil.DateOf(from.In(w.zone)) - 2 // a span of the day before may still run
	last := first + patience
	for day := first; day < min(last, first+horizon); day++ {
		spans := c.Week[day.Weekday()]
		if len(spans) == 0 {
			continue
		}
		if _, closed := c.Holidays[day]; closed {
			continue
		}
		for _, s := range spans {
			begin, end := w.at(day, s.From), w.at(day, s.To)
			if end <= begin || !time.Unix(end, 0).After(from) {
				continue
			}
			last = day + patience
			if !yield(time.Unix(begin, 0).In(from.Location()), time.Unix(end, 0).In(from.Location())) {
				return
			}
		}
	}
}

// Add returns the instant at which d of working time has passed since from; ok is false where the calendar has not so
// much work within a thousand years. Of a stretch's end and the next one's beginning it returns the end.
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
