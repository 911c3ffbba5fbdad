// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"math"
	"slices"
)

const (
	points = 32  // means of equal parts of the window that the line is laid through
	least  = 12  // how many of them are needed before anything is said
	never  = 1e6 // hours that no limit reaches
)

// line is what a forecast remembers of a series: of each part of the window the mean of its values.
type line struct {
	part  int64
	sum   float64
	count int32
	n     int32
	at    [points]int64
	v     [points]float32 // as precise as a line needs
	hours float64         // until full, as last reckoned
}

// forecast returns the hours until the series reaches Full. The line is that of Theil and Sen: the median of the slopes
// between all pairs of points, which up to 29 % of wild points do not move. Its uncertainty is the interval of the slopes by
// Kendall's distribution at 95 % (Sen 1968): only where even the lower end rises at half the median's pace is there a forecast.
// Noise has an interval around nought and never alarms; neither does a saw that fills and empties within the window.
func (c *Compiled) forecast(s *State, at int64, v float64) measure {
	l, _ := s.more.(*line)
	if l == nil {
		l = &line{part: -1, hours: never}
		s.more = l
	}
	v = max(-huge, min(huge, v))
	width := c.window / points
	if p := at / width; p != l.part {
		if l.count > 0 {
			l.add(l.part*width+width/2, l.sum/float64(l.count), at-c.window)
			l.hours = c.reckon(l, v)
		}
		l.part, l.sum, l.count = p, 0, 0
	}
	l.sum += v
	l.count++
	switch {
	case v >= c.Full:
		return measure{ok: true}
	case c.Floor != 0 && v < c.Floor:
		return measure{v: never, ok: true}
	case l.n < least:
		return measure{v: never, ok: s.level != OK} // what was said before a long pause is not said any more
	}
	return measure{v: l.hours, ok: true}
}

func (l *line) add(at int64, v float64, since int64) {
	drop := int32(0)
	if l.n == points {
		drop = 1
	}
	for drop < l.n && l.at[drop] < since {
		drop++
	}
	copy(l.at[:], l.at[drop:l.n])
	copy(l.v[:], l.v[drop:l.n])
	l.n -= drop
	l.at[l.n], l.v[l.n] = at, float32(v)
	l.n++
}

// reckon lays the line.
func (c *Compiled) reckon(l *line, now float64) float64 {
	n := int(l.n)
	if n < least || now >= c.Full || !c.worthwhile(l, now) {
		return never
	}
	var room [points * (points - 1) / 2]float64
	slopes := room[:0]
	for i := range n {
		for j := i + 1; j < n; j++ {
			slopes = append(slopes, float64(l.v[j]-l.v[i])/(float64(l.at[j]-l.at[i])/3.6e6)) // in an hour
		}
	}
	slices.Sort(slopes)
	m := len(slopes)
	deviation := math.Sqrt(float64(n*(n-1)*(2*n+5)) / 18)
	low := int((float64(m) - 1.96*deviation) / 2)
	mid := (slopes[(m-1)/2] + slopes[m/2]) / 2
	if low < 0 || mid <= 0 || slopes[low] < mid/2 {
		return never
	}
	return min((c.Full-now)/mid, never)
}

// worthwhile spares the sorting where the last third does not lie above the first by as much as would bring the series to Full
// within four times the limit.
func (c *Compiled) worthwhile(l *line, now float64) bool {
	n := int(l.n)
	third := n / 3
	var first, last float64
	for i := range third {
		first += float64(l.v[i]) / float64(third)
		last += float64(l.v[n-1-i]) / float64(third)
	}
	hours := float64(l.at[n-1]-l.at[0]) / 3.6e6 * 2 / 3
	limit := -c.warn
	if math.IsInf(c.warn, 1) {
		limit = -c.crit
	}
	return last > first && (c.Full-now)/(last-first)*hours <= 4*max(limit, 1)
}
