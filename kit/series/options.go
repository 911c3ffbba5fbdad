// SPDX-License-Identifier: Apache-2.0

package series

import (
	"log/slog"
	"time"

	"mainstay/kit/clock"
)

// Options of [Open]. The zero value is what a firm with 10,000 devices needs.
type Options struct {
	Clock clock.Clock  // nil = the system's
	Log   *slog.Logger // nil = nothing is logged

	// Late is how far behind the newest sample others may come: as long as an agent keeps what it could not send.
	Late time.Duration // 0 = 48 hours
	// Early is how far ahead of the clock a sample may be. Without it one device with a wrong clock would make all the others
	// too old.
	Early time.Duration // 0 = 10 minutes

	Raw  time.Duration // how long samples are kept as they came; 0 = 30 days
	Five time.Duration // how long at five minutes; 0 = a year
	Hour time.Duration // how long at an hour; 0 = five years

	MaxBytes  int64 // of all tiers together; the oldest goes first; 0 = no limit
	MinFree   int64 // bytes of the disk below which nothing is written any more; 0 = 256 MiB
	MaxSeries int   // handles at a time; 0 = 5 million

	// What one question may cost.
	MaxSamples  int           // in memory at once; 0 = 20 million
	MaxTime     time.Duration // 0 = 30 seconds
	Concurrency int           // questions at once; others wait; 0 = 4

	// Lazy puts off the opening until [Local.Start], or until something is asked or written: that waits for it then. For
	// programs that may never need the series.
	Lazy bool

	// Free tells the free bytes of a folder's disk; nil asks the system.
	Free func(dir string) (int64, error)
}

const day = 24 * time.Hour

func (o Options) filled() Options {
	def := func(d *time.Duration, v time.Duration) {
		if *d <= 0 {
			*d = v
		}
	}
	def(&o.Late, 48*time.Hour)
	def(&o.Early, 10*time.Minute)
	def(&o.Raw, 30*day)
	def(&o.Five, 365*day)
	def(&o.Hour, 5*365*day)
	def(&o.MaxTime, 30*time.Second)
	o.Raw = max(o.Raw, o.Late+2*day) // what is not rolled yet must not go
	if o.Clock == nil {
		o.Clock = clock.System{}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.MinFree <= 0 {
		o.MinFree = 256 << 20
	}
	if o.MaxSeries <= 0 {
		o.MaxSeries = 5_000_000
	}
	if o.MaxSamples <= 0 {
		o.MaxSamples = 20_000_000
	}
	if o.Concurrency <= 0 {
		o.Concurrency = 4
	}
	if o.Free == nil {
		o.Free = freeSpace
	}
	return o
}
