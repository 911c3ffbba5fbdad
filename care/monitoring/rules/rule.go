// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"math"
	"time"

	"mainstay/kit/fault"
)

// Level is how bad it is.
type Level uint8

// The levels.
const (
	OK Level = iota
	Warning
	Critical
)

// Kind is what a rule watches.
type Kind string

// The kinds.
const (
	Threshold Kind = "threshold" // the value itself
	Rate      Kind = "rate"      // how much it changes in a second; of counters, what they count in a second
	Forecast  Kind = "forecast"  // hours until it reaches Full, by a straight line through the window
	Baseline  Kind = "baseline"  // how far beyond all that is usual for the series, in widths of the usual band
	Absence   Kind = "absence"   // hours without any value, in expected intervals
	Check     Kind = "check"     // results of a check: 0 fine, 1 warning, 2 critical, 3 unknown
)

// Kinds lists all kinds.
func Kinds() []Kind { return []Kind{Threshold, Rate, Forecast, Baseline, Absence, Check} }

// Rule is a rule as a person wrote it. Zero fields have usual values.
type Rule struct {
	Kind   Kind `json:"kind"`
	Below  bool `json:"below,omitempty"`  // alarm when it falls to the limit, not when it rises
	Either bool `json:"either,omitempty"` // threshold, rate: whatever its sign. Baseline: above and below what is usual
	// Warn and Crit are the limits; a NaN or an absent one is none. Of a baseline widths beyond the usual band, of a forecast hours
	// until full, of an absence expected intervals, of a check how many bad results of the last Of.
	Warn *float64 `json:"warn,omitempty"`
	Crit *float64 `json:"crit,omitempty"`
	// Back is how far the value must come back behind its limit to clear: hysteresis, in the value's unit.
	Back float64 `json:"back,omitempty"`
	// For is how long the limit must be passed without a break, Calm how long it must be well before the level falls.
	For  time.Duration `json:"for,omitempty"`
	Calm time.Duration `json:"calm,omitempty"`

	Counter bool          `json:"counter,omitempty"` // rate, baseline: the value only grows; what counts is its rate, and a fall is a restart
	Window  time.Duration `json:"window,omitempty"`  // forecast: the line's length, 1 h – 60 days
	Full    float64       `json:"full,omitempty"`    // forecast: where it is full
	Floor   float64       `json:"floor,omitempty"`   // forecast: no alarm while less full than this. Baseline: a band is at least this wide
	Of      int           `json:"of,omitempty"`      // check: how many last results count, 1–32
}

// Number returns a pointer to v, for limits.
func Number(v float64) *float64 { return &v }

// Compiled is a rule that was checked. It is not changed any more and may be shared.
type Compiled struct {
	Rule
	warn, crit float64 // ±Inf where there is none
	back       float64
	wait, calm int64 // ms
	sign       float64
	window     int64
	zone       *time.Location // nil = UTC
}

// In returns the rule with the days and hours of a zone: what is usual goes by the clocks of the people who work, also on the day on
// which they are changed.
func (c *Compiled) In(zone *time.Location) *Compiled {
	out := *c
	out.zone = zone
	return &out
}

// offset is how far ahead of UTC the rule's zone is at an instant (ms since 1970), in ms.
func (c *Compiled) offset(at int64) int64 {
	if c.zone == nil {
		return 0
	}
	_, seconds := time.UnixMilli(at).In(c.zone).Zone()
	return int64(seconds) * 1000
}

// maxGap is the longest pause between two values over which a duration is believed, at least three rhythms.
const maxGap = int64(20 * time.Minute / time.Millisecond)

// Compile checks r.
func Compile(r Rule) (*Compiled, error) {
	c := &Compiled{Rule: r, sign: 1, warn: math.Inf(1), crit: math.Inf(1), back: r.Back, wait: r.For.Milliseconds(), calm: r.Calm.Milliseconds(), window: r.Window.Milliseconds()}
	switch r.Kind {
	case Threshold, Rate, Baseline, Absence, Check:
	case Forecast:
		c.Below = true // fewer hours left is worse
		if c.window < int64(time.Hour/time.Millisecond) || r.Window > 60*24*time.Hour {
			return nil, fault.NewInvalid("A forecast looks back at least an hour and at most 60 days.").On("window")
		}
		if !finite(r.Full) {
			return nil, fault.NewInvalid("Say at which value it is full.").On("full")
		}
	default:
		return nil, fault.NewInvalid("There is no such kind of rule.").On("kind")
	}
	if c.Kind == Absence || c.Kind == Baseline || c.Kind == Check {
		c.Below = r.Below && c.Kind == Baseline
	}
	if c.Below && c.Kind != Baseline {
		c.sign = -1
	}
	for _, l := range []struct {
		from  *float64
		to    *float64
		field string
	}{{r.Warn, &c.warn, "warn"}, {r.Crit, &c.crit, "crit"}} {
		if l.from == nil {
			continue
		}
		if !finite(*l.from) {
			return nil, fault.NewInvalid("This limit is no number.").On(l.field)
		}
		*l.to = *l.from * c.sign
	}
	switch {
	case math.IsInf(c.warn, 1) && math.IsInf(c.crit, 1):
		return nil, fault.NewInvalid("Give at least one limit.").On("warn")
	case !math.IsInf(c.warn, 1) && c.crit < c.warn:
		return nil, fault.NewInvalid("Critical is worse than the warning: choose the limits in that order.").On("crit")
	case !finite(r.Back) || r.Back < 0:
		return nil, fault.NewInvalid("How far it must come back cannot be less than nothing.").On("back")
	case r.For < 0 || r.For > 7*24*time.Hour || r.Calm < 0 || r.Calm > 7*24*time.Hour:
		return nil, fault.NewInvalid("A duration lies between nothing and seven days.").On("for")
	case !finite(r.Floor) || r.Floor < 0:
		return nil, fault.NewInvalid("The floor is no number.").On("floor")
	case r.Kind == Check && (r.Of < 0 || r.Of > 32):
		return nil, fault.NewInvalid("At most the last 32 results count.").On("of")
	case r.Kind == Baseline && (worst(r) < 0 || worst(r) > 100):
		return nil, fault.NewInvalid("A baseline's limit is a number of widths between 0 and 100.").On("warn")
	case r.Kind == Absence && worst(r) < 1:
		return nil, fault.NewInvalid("A device is missed after at least one expected interval.").On("warn")
	}
	if r.Kind == Check {
		if c.Of == 0 {
			c.Of = 1
		}
		if least := worst(r); least < 1 || least > float64(c.Of) {
			return nil, fault.NewInvalid("At least one result, and no more than there are, must be bad.").On("warn")
		}
	}
	return c, nil
}

// worst is the first limit that r has.
func worst(r Rule) float64 {
	if r.Warn != nil {
		return *r.Warn
	}
	if r.Crit != nil {
		return *r.Crit
	}
	return math.Inf(1)
}

func finite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// Event is a change of level.
type Event struct {
	At       int64 // ms since 1970
	From, To Level
	Value    float64 // as it came in
	Measure  float64 // what was compared: the value, the rate, the hours left, the widths beyond, the intervals missed, bad results
	Limit    float64 // what it was compared with, of the worse of both levels
	Low      float64 // baseline: the usual band
	High     float64
	Since    int64 // when the first value of the new level came
}
