// SPDX-License-Identifier: Apache-2.0

package link_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/agent/link"
)

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// stopwatch is an uptime that tests move.
type stopwatch struct{ up time.Duration }

func (s *stopwatch) uptime() time.Duration { return s.up }

func TestClockGoesByTheServer(t *testing.T) {
	s := &stopwatch{up: time.Hour}
	c := link.NewClock(noon.Add(-24*time.Hour), s.uptime, "boot-1", link.Anchor{}) // the machine's clock is a day behind
	if got := c.Now(); !got.Equal(noon.Add(-24 * time.Hour)) {
		t.Fatalf("before any answer it says %s", got)
	}
	_, early := c.Stamp()
	s.up += 10 * time.Second
	sent := s.up
	s.up += 2 * time.Second
	anchor, first := c.Set(noon, sent, s.up) // somewhere in those two seconds it was noon: one second ago by the best guess
	if !first || anchor.Boot != "boot-1" {
		t.Fatalf("no anchor: %+v", anchor)
	}
	if got := c.Now(); !got.Equal(noon.Add(time.Second)) {
		t.Fatalf("after the answer it says %s", got)
	}
	// What was read 12 s before is placed by the anchor.
	if at, ok := c.Place("boot-1", early); !ok || at != noon.Add(-11*time.Second).UnixMicro() {
		t.Fatalf("placed at %s", time.UnixMicro(at).UTC())
	}
	if _, ok := c.Place("boot-0", early); ok {
		t.Fatal("placed what belongs to another run of the machine")
	}

	// A quicker answer a minute later says it was half a second off, within what the first one left open.
	s.up += time.Minute
	if _, first = c.Set(noon.Add(61*time.Second+500*time.Millisecond), s.up, s.up); first {
		t.Fatal("a second anchor")
	}
	if got := c.Now().Sub(noon.Add(61*time.Second + 500*time.Millisecond)); got != 0 {
		t.Fatalf("off by %s", got)
	}
	if at, _ := c.Place("boot-1", early); at != noon.Add(-11*time.Second).UnixMicro() {
		t.Fatal("what was placed once moved")
	}

	// A process that starts later in the same run of the machine knows the time at once, whatever the machine's clock says.
	s.up += time.Hour
	later := link.NewClock(noon.Add(400*24*time.Hour), s.uptime, "boot-1", anchor)
	if got := later.Now().Sub(c.Now()); got.Abs() > time.Second || !later.Synced() {
		t.Fatalf("the next process is %s off", got)
	}
	if link.NewClock(noon, s.uptime, "boot-2", anchor).Synced() {
		t.Fatal("an anchor of another run of the machine was believed")
	}
}

func TestClockFollowsAServerThatWasSetBack(t *testing.T) {
	s := &stopwatch{up: time.Hour}
	c := link.NewClock(noon, s.uptime, "b", link.Anchor{})
	c.Set(noon.Add(24*time.Hour), s.up, s.up)
	c.Now()
	s.up += time.Second
	c.Set(noon, s.up, s.up)
	if got := c.Now(); !got.Equal(noon) {
		t.Fatalf("it says %s", got)
	}
}

func TestClockNeverGoesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := &stopwatch{up: time.Hour}
		c := link.NewClock(noon, s.uptime, "b", link.Anchor{})
		c.Set(noon, s.up, s.up)
		last := c.Now()
		truth := noon.Add(-s.up)
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			s.up += time.Duration(rapid.IntRange(0, 100_000).Draw(t, "ms")) * time.Millisecond
			if rapid.Bool().Draw(t, "answer") {
				sent := s.up
				s.up += time.Duration(rapid.IntRange(0, 4000).Draw(t, "way")) * time.Millisecond
				at := sent + time.Duration(rapid.IntRange(0, int((s.up-sent)/time.Millisecond)).Draw(t, "when"))*time.Millisecond
				c.Set(truth.Add(at), sent, s.up)
			}
			if now := c.Now(); now.Before(last) {
				t.Fatalf("%s after %s", now, last)
			} else {
				last = now
			}
			if off := c.Now().Sub(truth.Add(s.up)).Abs(); off > 3*time.Second {
				t.Fatalf("%s off", off)
			}
		}
	})
}
