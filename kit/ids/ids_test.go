// SPDX-License-Identifier: Apache-2.0

package ids_test

import (
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/kit/clock"
	"mainstay/kit/ids"
)

func TestOrderedAndUnique(t *testing.T) {
	c := clock.At(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	s := ids.Seeded(c, 7)
	last := s.New()
	for i := range 20_000 {
		switch i {
		case 10_000:
			c.Advance(-time.Hour) // a clock set back
		case 15_000:
			c.Advance(2 * time.Hour)
		}
		id := s.New()
		if id <= last || id.String() <= last.String() {
			t.Fatalf("%s after %s", id, last)
		}
		last = id
	}
}

func TestNeverTwice(t *testing.T) {
	s := ids.NewSource(clock.System{})
	var mu sync.Mutex
	seen := map[ids.ID]bool{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 2000 {
				id := s.New()
				mu.Lock()
				if seen[id] {
					t.Errorf("%s twice", id)
				}
				seen[id] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func TestTextRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := ids.ID(rapid.Int64Range(0, 1<<62).Draw(t, "id"))
		if got, err := ids.Parse(id.String()); err != nil || got != id {
			t.Fatalf("%s: %d, %v", id, got, err)
		}
	})
	for _, bad := range []string{"", "short", "0000000000000000", "!!!!!!!!!!!!!", "zzzzzzzzzzzzz"} {
		if id, err := ids.Parse(bad); err == nil && id < 0 {
			t.Errorf("%q reads as %d", bad, id)
		}
	}
}
