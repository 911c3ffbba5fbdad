// SPDX-License-Identifier: Apache-2.0

// Package clock is the only source of the current time, so that tests can
// stand still, jump a day or cross a change to summer time.
package clock

import (
	"sync"
	"time"

	"mainstay/kit/civil"
)

// Clock tells the time.
type Clock interface {
	// Now returns the current instant.
	Now() time.Time
}

// System is the machine's own clock.
type System struct{}

// Now returns the machine's time.
func (System) Now() time.Time { return time.Now() }

// Fixed is a clock for tests and for the demo firm: it stands still until it is
// moved. Its zero value stands at the year 1. It is safe for concurrent use.
type Fixed struct {
	mu sync.Mutex
	t  time.Time
}

// At returns a fixed clock that stands at t.
func At(t time.Time) *Fixed { return &Fixed{t: t} }

// Now returns the instant at which the clock stands.
func (f *Fixed) Now() time.Time { f.mu.Lock(); defer f.mu.Unlock(); return f.t }

// Advance moves the clock by d, which may be negative.
func (f *Fixed) Advance(d time.Duration) { f.mu.Lock(); f.t = f.t.Add(d); f.mu.Unlock() }

// Micros returns t as microseconds since 1970 UTC: how instants are stored.
func Micros(t time.Time) int64 { return t.UnixMicro() }

// FromMicros is the inverse of [Micros]; it returns UTC.
func FromMicros(us int64) time.Time { return time.UnixMicro(us).UTC() }

// Today returns the civil date at c's instant in the zone loc.
func Today(c Clock, loc *time.Location) civil.Date { return civil.DateOf(c.Now().In(loc)) }
