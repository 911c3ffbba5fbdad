// SPDX-License-Identifier: Apache-2.0

package monitoring_test

import (
	"testing"
	"time"

	"mainstay/care/monitoring"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
)

// A volume that went away while the server was restarted: its alert ends as any other's does that is gone.
func TestGoneAroundARestart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.pass(13, .97, 1)
		r.one(monitoring.Open)
		r.start()
		for range 2 * 60 {
			r.clock.Advance(time.Minute)
			r.Engine.Observe(1, r.clock.Now().UnixMilli(), []monitoring.Key{r.cpu}, []float64{.1})
			r.Engine.Tick()
		}
		r.work()
		if a := r.one(); a.State != monitoring.Resolved || a.Cause != monitoring.Gone {
			t.Errorf("it is %s by %q", a.State, a.Cause)
		}
	})
}

// A laptop that is away for a month is missed, however often the server was restarted meanwhile; the time in which the server was down
// does not count.
func TestMissedOverRestarts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		const laptop = 4
		seen := r.clock.Now()
		r.edit(laptop, func(d *monitoring.Device) { d.Seen = seen })
		missed := func() (n int) {
			for _, a := range r.alerts() {
				if a.Device == laptop {
					n++
				}
			}
			return n
		}
		for day := range 29 {
			if day%5 == 0 {
				now := r.clock.Now()
				r.edit(1, func(d *monitoring.Device) { d.Seen = now })
				r.start()
			}
			for range 24 {
				r.clock.Advance(time.Hour)
				r.Engine.Tick()
			}
			r.work()
		}
		if n := missed(); n != 0 {
			t.Fatalf("%d alerts after 29 days", n)
		}
		for range 2 * 24 {
			r.clock.Advance(time.Hour)
			r.Engine.Tick()
		}
		r.work()
		if n := missed(); n != 1 {
			t.Errorf("%d alerts after 31 days", n)
		}
	})
}
