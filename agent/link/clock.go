// SPDX-License-Identifier: Apache-2.0

package link

import (
	"sync"
	"time"
)

// Clock tells the server's time. It runs by the machine's uptime, which nobody sets, and is put right by
// what acknowledgements say. Until the first of them it goes by what the machine's clock said when the Clock was made.
// It never goes backwards, except by more than ten minutes after the server's clock itself was set back.
// It is safe for concurrent use.
type Clock struct {
	uptime func() time.Duration
	boot   string

	mu     sync.Mutex
	shift  time.Duration // the server's time since 1970 less the uptime, by the best knowledge
	anchor Anchor        // the first such knowledge since the machine started; zero: none yet
	lo, hi time.Duration // bounds of shift as they were at the uptime set
	set    time.Duration
	last   time.Duration // what was told last, since 1970
	lastUp time.Duration
}

// Anchor is where the server's time was first known after a start of the machine. What was read before and
// since then in that run of the machine is placed by it alone, so that it gets the same instants however often it is sent.
type Anchor struct {
	Boot   string        `json:"boot"`
	Uptime time.Duration `json:"uptime"` // nanoseconds
	Time   int64         `json:"time"`   // server's clock, microseconds since 1970 UTC
}

const (
	drift     = 200e-6           // how fast a machine's clock may run off: 200 parts in a million
	stepLimit = 10 * time.Minute // a step back beyond this is the server's clock being set
)

// NewClock returns a clock over the uptime of the run boot of the machine. wall is the machine's clock now;
// known is the anchor that an earlier process kept, if any.
func NewClock(wall time.Time, uptime func() time.Duration, boot string, known Anchor) *Clock {
	c := &Clock{uptime: uptime, boot: boot}
	up := uptime()
	c.shift = time.Duration(wall.UnixNano()) - up
	if known.Boot == boot && boot != "" && known.Time > 0 {
		c.anchor = known
		c.shift = known.shift()
		slack := time.Second + time.Duration(drift*float64(up-known.Uptime))
		c.lo, c.hi, c.set = c.shift-slack, c.shift+slack, up
	}
	return c
}

func (a Anchor) shift() time.Duration { return time.Duration(a.Time)*time.Microsecond - a.Uptime }

// Now returns the server's time.
func (c *Clock) Now() time.Time {
	t, _ := c.Stamp()
	return t
}

// Stamp returns the server's time and the uptime to which it belongs.
func (c *Clock) Stamp() (time.Time, time.Duration) {
	up := c.uptime()
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Unix(0, int64(c.tell(up))).UTC(), up
}

// tell returns the time at an uptime: while it must go back, it runs at half its speed instead.
func (c *Clock) tell(up time.Duration) time.Duration {
	t := c.shift + up
	if c.last > 0 && t < c.last && c.last-t <= stepLimit {
		t = c.last + max(up-c.lastUp, 0)/2
	}
	c.last, c.lastUp = t, up
	return t
}

// Synced tells whether the server's time is known.
func (c *Clock) Synced() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.anchor.Time > 0
}

// Boot names this run of the machine.
func (c *Clock) Boot() string { return c.boot }

// Uptime returns how long the machine has run.
func (c *Clock) Uptime() time.Duration { return c.uptime() }

// Set tells the clock that the server's clock stood at server at some moment between the uptimes sent and got. It returns
// the anchor and true when it is the first to be known in this run of the machine: it must be kept.
func (c *Clock) Set(server time.Time, sent, got time.Duration) (Anchor, bool) {
	if server.UnixMicro() <= 0 || got < sent {
		return Anchor{}, false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	lo, hi := time.Duration(server.UnixNano())-got, time.Duration(server.UnixNano())-sent
	first := c.anchor.Time == 0
	slack := time.Duration(drift * float64(got-c.set))
	switch l, h := max(lo, c.lo-slack), min(hi, c.hi+slack); {
	case first || l > h: // nothing was known, or what was known is wrong
		c.lo, c.hi = lo, hi
		c.shift = (lo + hi) / 2
	default: // both are true: the answer that took less time says it more exactly
		c.lo, c.hi = l, h
		c.shift = min(max(c.shift, l), h)
	}
	c.set = got
	if !first {
		return Anchor{}, false
	}
	// What was told until now had no server behind it.
	c.last = 0
	c.anchor = Anchor{Boot: c.boot, Uptime: got, Time: (c.shift + got).Microseconds()}
	c.shift = c.anchor.shift() // whole microseconds, as the next process will know it
	return c.anchor, true
}

// Place returns the instant, in microseconds, of what was read at an uptime of the run boot of the machine. It is false
// when the server's time was never known in that run.
func (c *Clock) Place(boot string, up time.Duration) (int64, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.anchor.Time == 0 || boot != c.boot || boot == "" {
		return 0, false
	}
	return c.anchor.Time + (up - c.anchor.Uptime).Microseconds(), true
}
