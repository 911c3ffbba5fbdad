// SPDX-License-Identifier: Apache-2.0

package rules

import "math"

// State is what a rule remembers of one series. The zero value has seen nothing. It is small for the simple kinds; what a
// forecast or a baseline learns lies behind more.
type State struct {
	at   int64 // ms of the last value; 0 = none
	last float64
	bits uint64 // checks: two bits per result, the newest lowest
	more more   // *line or *band

	// How long it was at least warning, at least critical, and better than level, each in ms and plus one; 0 = is not.
	warned, alarmed, better uint32
	level                   Level
	best                    Level // the worst that was held while better
	n                       uint8 // checks: results seen, at most Of
}

// more is what the kinds that learn keep.
type more interface{ append([]byte) []byte }

// Level is where the series stands.
func (s *State) Level() Level { return s.level }

// At is when the last value came, in ms since 1970; 0 = none yet.
func (s *State) At() int64 { return s.at }

// Force sets the level from outside: what is stored of alerts is the truth.
func (s *State) Force(l Level) {
	s.level, s.better, s.best = l, 0, OK
}

// Idle reports that nothing would be lost if s were forgotten.
func (s *State) Idle() bool {
	return s.more == nil && s.bits == 0 && s.level == OK && s.warned == 0 && s.alarmed == 0
}

// Step takes the value of an instant in ms since 1970. What is no number, or not newer than the last one, changes nothing.
func (c *Compiled) Step(s *State, at int64, v float64) (Event, bool) { return c.StepIf(s, at, v, true) }

// StepIf is Step of a rule with further conditions: while also is false, the value is fine whatever it is.
func (c *Compiled) StepIf(s *State, at int64, v float64, also bool) (Event, bool) {
	if at <= s.at || !finite(v) {
		return Event{}, false
	}
	gap, first := at-s.at, s.at == 0
	var m measure
	switch c.Kind {
	case Threshold:
		m = measure{v: c.unsigned(v), ok: true}
	case Rate:
		m = c.rate(s, gap, first, v)
		m.v = c.unsigned(m.v)
	case Forecast:
		m = c.forecast(s, at, v)
	case Baseline:
		m = c.baseline(s, gap, at, v)
	case Check:
		m = c.check(s, v)
	case Absence: // it is here
		m.ok = true
	}
	s.at, s.last = at, v
	if !m.ok {
		return Event{}, false
	}
	if first {
		gap = 0
	}
	e, changed := c.machine(s, at, m.v, gap, also)
	e.Value, e.Low, e.High = v, m.low, m.high
	return e, changed
}

// mostGrace is for how many intervals a server that came up waits at most before it misses anybody: who is there comes back meanwhile.
const mostGrace = 10

// Tick says that it is now, without a value. Only absences care: what counts is the time since the last value, in intervals. The
// server came up at from and had heard nobody for a time of deaf before; that time does not count.
func (c *Compiled) Tick(s *State, now, from, deaf, interval int64) (Event, bool) {
	if c.Kind != Absence || interval <= 0 {
		return Event{}, false
	}
	since := s.at
	switch {
	case since <= 0:
		since = from
	case since < from:
		since = min(since+max(deaf, 0), from)
	}
	if since <= 0 || now <= since {
		return Event{}, false
	}
	x := float64(now-since) / float64(interval)
	want := c.reached(x)
	if want <= s.level || float64(now-from) < min(c.limit(want), mostGrace)*float64(interval) {
		return Event{}, false
	}
	e := Event{At: now, From: s.level, To: want, Value: s.last, Measure: x, Limit: c.limit(want), Since: since}
	s.level = want
	return e, true
}

// measure is what a kind makes of a value; not ok = nothing to compare yet.
type measure struct {
	v, low, high float64
	ok           bool
}

func (c *Compiled) unsigned(v float64) float64 {
	if c.Either {
		return math.Abs(v)
	}
	return v
}

// rate is the change in a second.
func (c *Compiled) rate(s *State, gap int64, first bool, v float64) measure {
	if first || c.Counter && v < s.last {
		return measure{}
	}
	r := (v - s.last) / (float64(gap) / 1000)
	return measure{v: r, ok: finite(r)}
}

// check counts the bad results among the last Of. A result that is unknown counts as a warning.
func (c *Compiled) check(s *State, v float64) measure {
	bad := uint64(OK)
	switch {
	case v >= 1.5 && v < 2.5:
		bad = uint64(Critical)
	case v >= 0.5:
		bad = uint64(Warning)
	}
	s.bits = s.bits<<2 | bad
	if int(s.n) < c.Of {
		s.n++
	}
	count := 0
	for i := range int(s.n) {
		if s.bits>>(2*i)&3 != 0 {
			count++
		}
	}
	return measure{v: float64(count), ok: true}
}

// worstOf is the worst result among those that count.
func (s *State) worstOf() Level {
	worst := OK
	for i := range int(s.n) {
		worst = max(worst, Level(s.bits>>(2*i)&3))
	}
	return worst
}

// reached is the level that x passes.
func (c *Compiled) reached(x float64) Level {
	switch {
	case x >= c.crit:
		return Critical
	case x >= c.warn:
		return Warning
	}
	return OK
}

// machine is the one decision of all kinds: two limits, hysteresis, duration. gap is the time since the value before. A pause
// that is too long for a duration to be believed begins it anew.
func (c *Compiled) machine(s *State, at int64, m float64, gap int64, also bool) (Event, bool) {
	x := m * c.sign
	if !also {
		x = math.Inf(-1)
	}
	want := c.reached(x)
	held := want
	if s.level == Critical && x > c.crit-c.back {
		held = Critical
	} else if held == OK && s.level != OK && x > min(c.warn, c.crit)-c.back {
		held = Warning
	}
	if c.Kind == Check { // how many says whether, the worst of them says how bad
		if want != OK {
			want = s.worstOf()
		}
		if held != OK {
			held = max(Warning, want)
		}
	}
	if held == Warning && math.IsInf(c.warn, 1) && c.Kind != Check {
		held = Critical // there is no warning to fall to
	}
	s.warned = run(s.warned, want >= Warning, gap)
	s.alarmed = run(s.alarmed, want >= Critical, gap)
	next := s.level
	switch {
	case want > s.level && want == Critical && over(s.alarmed, c.wait):
		next = Critical
	case want > s.level && s.level == OK && over(s.warned, c.wait) && !math.IsInf(c.warn, 1):
		next = Warning
	case want > s.level && s.level == OK && c.Kind == Check && over(s.warned, c.wait):
		next = want
	}
	if held >= s.level || next > s.level {
		s.better, s.best = 0, OK
	} else {
		s.better, s.best = run(s.better, true, gap), max(s.best, held)
		if over(s.better, c.calm) {
			next = s.best
			s.better, s.best = 0, OK
		}
	}
	if next == s.level {
		return Event{}, false
	}
	e := Event{At: at, From: s.level, To: next, Measure: m, Since: at, Limit: c.limit(max(next, s.level))}
	if next > s.level {
		e.Since = at - int64(s.warned-1)
		if next == Critical && s.alarmed > 0 {
			e.Since = at - int64(s.alarmed-1)
		}
	}
	s.level = next
	return e, true
}

// run lengthens a stopwatch that holds ms plus one, or sets it back.
func run(was uint32, on bool, gap int64) uint32 {
	switch {
	case !on:
		return 0
	case was == 0 || gap > maxGap:
		return 1
	}
	return uint32(min(int64(was)+gap, math.MaxUint32))
}

func over(watch uint32, wait int64) bool { return watch > 0 && int64(watch-1) >= wait }

// limit is the limit of a level as it was written.
func (c *Compiled) limit(l Level) float64 {
	x := c.warn
	if l == Critical && !math.IsInf(c.crit, 1) || math.IsInf(x, 1) {
		x = c.crit
	}
	return x * c.sign
}
