// SPDX-License-Identifier: Apache-2.0

package rules

import "math"

// A baseline asks whether a series does what it has not done before. Values are gathered into slots of five minutes. Three
// numbers are watched at each slot:
//
//   - the slot itself: spikes and holes;
//   - the median of the last hour: another level;
//   - that median less what is usual at this hour of the day, apart for weekends: a busy hour at night, a still one at noon. Hours
//     and days are those of the rule's zone.
//
// For each the lowest and the highest of each of the last seven days are kept; between the lowest and the highest of them lies
// the usual band. What lies beyond it by more than the band's width times the limit is unusual. The band then includes it: the
// same thing again is no news for a week. And whoever cries often must have more to tell: each alarm of the last days raises
// the limit by a third, so that a series cannot cry often, however wild it is. Memory is constant, about 600 bytes.
const (
	slot      = 5 * 60 * 1000 // ms
	perHour   = 12
	day       = 24 * 60 * 60 * 1000
	perDay    = day / slot
	bandDays  = 7
	learnDays = 2  // nothing is said before: one day is not yet a habit
	holdSlots = 24 // how long what was unusual stays so: two hours

	// relative is the least width of a band, as a share of the values: what varies less does not vary.
	relative = 0.1
	// huge is as large as any value counts: sums and differences of such fit into 32-bit floats.
	huge = 1e36
	// cry is by how much an alarm raises the limit, and it is forgotten by half each week.
	cry = 0.3
)

// Streams of a baseline.
const (
	ofSlot = iota
	ofHour
	ofHabit
	streams
)

// band is what a baseline learned of a series.
type band struct {
	slot  int64 // number of the slot that is being gathered
	sum   float64
	count int32
	start int64 // the first slot

	hour         [perHour]float32
	filled, next int8

	usual [48]float32 // by hour of the day, weekdays and weekends
	seen  [48]uint8

	ranges [streams]ranges
	hold   int8
	cries  float32

	score, low, high float32 // what was unusual, while held
}

// ranges are the lowest and highest of the last days.
type ranges struct {
	since     int64 // slot of the first number
	today     int64 // day of index 0
	days      int8
	low, high [bandDays]float32
}

// baseline takes a value; it measures when a slot is full.
func (c *Compiled) baseline(s *State, gap, at int64, v float64) (m measure) {
	if c.Counter {
		r := c.rate(s, gap, s.at == 0, v)
		if !r.ok {
			return measure{}
		}
		v = r.v
	}
	b, _ := s.more.(*band)
	now := at / slot
	if b == nil {
		b = &band{slot: now, start: now}
		s.more = b
	}
	if now != b.slot {
		if b.count > 0 {
			x := b.sum / float64(b.count)
			m = c.close(b, x)
			// A slower rhythm: the value stands until the next, for an hour at most. After a longer pause nothing is known.
			for n := b.slot + 1; n < now; n++ {
				if now-b.slot > perHour {
					b.filled, b.next = 0, 0
					break
				}
				b.push(x)
			}
		}
		b.slot, b.sum, b.count = now, 0, 0
	}
	b.sum += max(-huge, min(huge, v))
	b.count++
	return m
}

func (b *band) push(x float64) {
	b.hour[b.next] = float32(x)
	b.next = (b.next + 1) % perHour
	b.filled = min(b.filled+1, perHour)
}

// close judges a slot that is full, whose mean is x.
func (c *Compiled) close(b *band, x float64) measure {
	b.push(x)
	worst, low, high := b.judge(c, ofSlot, x, 0)
	take := func(w, l, h float64) {
		if w > worst {
			worst, low, high = w, l, h
		}
	}
	if b.filled == perHour {
		med := median(b.hour)
		take(b.judge(c, ofHour, med, 0))
		h := hourOf(c.local(b.slot))
		if b.seen[h] >= 2*perHour {
			take(b.judge(c, ofHabit, med-float64(b.usual[h]), float64(b.usual[h])))
		}
		b.learn(h, med)
	}
	b.cries *= float32(forget)
	worst /= 1 + cry*float64(b.cries)
	if worst > 0 && c.reached(worst) != OK {
		if b.hold == 0 {
			b.cries++
		}
		b.hold, b.score, b.low, b.high = holdSlots, float32(worst), float32(low), float32(high)
	} else if b.hold > 0 {
		if b.hold--; b.hold == 0 {
			b.score, b.low, b.high = 0, 0, 0
		}
	}
	return measure{v: float64(b.score), low: float64(b.low), high: float64(b.high), ok: b.slot-b.start >= learnDays*perDay}
}

// forget is 2^(-1/slots of a week).
const forget = 0.99965624

// judge says by how many widths x lies beyond the band of a stream, and takes x into it. offset is what x is less than the
// value that a person knows.
func (b *band) judge(c *Compiled, stream int, x, offset float64) (beyond, low, high float64) {
	r := &b.ranges[stream]
	if r.days == 0 {
		r.since = b.slot
	}
	if b.slot-r.since >= learnDays*perDay {
		lo, hi := r.span()
		width := max(hi-lo, c.Floor, relative*max(math.Abs(lo+offset), math.Abs(hi+offset)))
		switch {
		case width <= 0:
			width = 1e-9 // it never moved and was nought: any move is one
			fallthrough
		default:
			if x > hi && (!c.Below || c.Either) {
				beyond = (x - hi) / width
			}
			if x < lo && (c.Below || c.Either) {
				beyond = (lo - x) / width
			}
		}
		low, high = lo+offset, hi+offset
	}
	r.add(c.local(b.slot)/perDay, x)
	return beyond, low, high
}

// local is the number that a slot has by the clocks of the rule's zone.
func (c *Compiled) local(n int64) int64 { return n + c.offset(n*slot)/slot }

// turn brings what was learned by the hours of UTC to those of the rule's zone, as far ahead as it is now.
func (b *band) turn(c *Compiled) {
	ahead := int(math.Round(float64(c.offset(b.slot*slot)) / (60 * 60 * 1000)))
	usual, seen := b.usual, b.seen
	for h := range usual {
		to := h/24*24 + ((h%24+ahead)%24+24)%24
		b.usual[to], b.seen[to] = usual[h], seen[h]
	}
}

// hourOf is the hour of the day of a slot, 24 more at weekends. 1970-01-01 was a Thursday.
func hourOf(n int64) int {
	h := int(n / perHour % 24)
	if d := (n/perDay + 4) % 7; d == 0 || d == 6 {
		h += 24
	}
	return h
}

// learn moves what is usual at an hour towards x: to the mean at first, then by a tenth a day.
func (b *band) learn(h int, x float64) {
	if b.seen[h] < math.MaxUint8 {
		b.seen[h]++
	}
	a := max(1/float64(b.seen[h]), 1.0/(10*perHour))
	b.usual[h] += float32(a * (x - float64(b.usual[h])))
}

func (r *ranges) span() (lo, hi float64) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for i := range int(r.days) {
		lo, hi = min(lo, float64(r.low[i])), max(hi, float64(r.high[i]))
	}
	return lo, hi
}

// add takes x into the day d; it may be a day behind where the zone became another.
func (r *ranges) add(d int64, x float64) {
	f := float32(x)
	if r.days > 0 && r.today >= d {
		r.low[0], r.high[0] = min(r.low[0], f), max(r.high[0], f)
		return
	}
	copy(r.low[1:], r.low[:bandDays-1])
	copy(r.high[1:], r.high[:bandDays-1])
	r.low[0], r.high[0], r.today = f, f, d
	r.days = min(r.days+1, bandDays)
}

func median(h [perHour]float32) float64 {
	for i := 1; i < len(h); i++ {
		for j := i; j > 0 && h[j] < h[j-1]; j-- {
			h[j], h[j-1] = h[j-1], h[j]
		}
	}
	return (float64(h[perHour/2-1]) + float64(h[perHour/2])) / 2
}

// Learning reports that a baseline or forecast has not seen enough yet to say anything.
func (c *Compiled) Learning(s *State) bool {
	switch m := s.more.(type) {
	case *band:
		return m.slot-m.start < learnDays*perDay
	case *line:
		return m.n < least
	}
	return c.Kind == Baseline || c.Kind == Forecast
}
