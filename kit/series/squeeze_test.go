// SPDX-License-Identifier: Apache-2.0

package series

import (
	"math"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// Of a counter every interval keeps first and last, and what it gained over any whole intervals comes out as from all samples.
func TestThinnedCountersGainTheSame(t *testing.T) {
	const step = 300_000
	gained := func(points []Point, from, to int64) (total float64) {
		last, seen := 0.0, false
		for _, p := range points {
			if p.At <= from || p.At > to {
				continue
			}
			switch {
			case !seen:
			case p.V < last:
				total += p.V
			default:
				total += p.V - last
			}
			last, seen = p.V, true
		}
		return total
	}
	rapid.Check(t, func(t *rapid.T) {
		var all []Point
		at, v := int64(1), 0.0
		for range rapid.IntRange(1, 200).Draw(t, "samples") {
			at += int64(rapid.IntRange(1, 150_000).Draw(t, "later"))
			if v += float64(rapid.IntRange(0, 1000).Draw(t, "gain")); rapid.IntRange(0, 9).Draw(t, "reset") == 0 {
				v = float64(rapid.IntRange(0, 50).Draw(t, "anew"))
			}
			all = append(all, Point{at, v})
		}
		some := thin(all, step)
		if !slices.IsSortedFunc(some, func(a, b Point) int { return int(a.At - b.At) }) {
			t.Fatal("not in order")
		}
		from := int64(rapid.IntRange(0, 5).Draw(t, "from")) * step
		to := from + int64(rapid.IntRange(1, 100).Draw(t, "wide"))*step
		if a, b := gained(all, from, to), gained(some, from, to); math.Abs(a-b) > 1e-6 {
			t.Fatalf("gained %g, of all %g", b, a)
		}
		if again := thin(some, step); !slices.Equal(again, some) {
			t.Fatal("thinning twice is not thinning once")
		}
	})
}

func TestFiveDigits(t *testing.T) {
	for _, v := range []float64{0, -0.5, 1, 131071, -131072, 29.5, math.Inf(1), math.Inf(-1)} {
		if got := fiveDigits(v); got != v {
			t.Errorf("%g became %g", v, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64Range(-1e15, 1e15).Draw(t, "v")
		if got := fiveDigits(v); math.Abs(got-v) > math.Abs(v)/130_000 {
			t.Fatalf("%g became %g", v, got)
		}
	})
}
