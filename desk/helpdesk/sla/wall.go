// SPDX-License-Identifier: Apache-2.0

package sla

import (
	"math"
	"time"

	"mainstay/kit/civil"
)

// wall finds when the clock on the wall of a zone shows a time. It remembers the stretch without a change of the clocks
// that it looked at last, so that asking for one day after the other costs nanoseconds.
type wall struct {
	zone       *time.Location
	begin, end int64 // seconds since 1970; begin == end: none yet
	offset     int64
}

// far is more than any zone is away from UTC, in seconds.
const far = 26 * 3600

// at is the first instant, in seconds since 1970, at which the clock shows the minute of the day or more. A time that
// the clocks skip therefore is the instant at which they skip it, of one that they show twice it is the first; and a
// later time of the wall never is an earlier instant.
func (w *wall) at(day civil.Date, minute int) int64 {
	shown := int64(day)*86400 + int64(minute)*60
	if t := shown - w.offset; t-far >= w.begin && t < w.end {
		return t // and what lies before begin has not shown so much
	}
	w.load(shown - far)
	for max(w.begin, shown-w.offset) >= w.end {
		w.load(w.end)
	}
	return max(w.begin, shown-w.offset)
}

// load remembers the stretch that t lies in.
func (w *wall) load(t int64) {
	at := time.Unix(t, 0).In(w.zone)
	_, offset := at.Zone()
	begin, end := at.ZoneBounds()
	w.offset, w.begin, w.end = int64(offset), math.MinInt64/2, math.MaxInt64/2
	if !begin.IsZero() {
		w.begin = begin.Unix()
	}
	if !end.IsZero() {
		w.end = end.Unix()
	}
}

// At is the first instant at which the clock of a zone shows the minute of the day or more; nil is UTC.
func At(zone *time.Location, day civil.Date, minute int) time.Time {
	w := wall{zone: Calendar{Zone: zone}.zone()}
	return time.Unix(w.at(day, minute), 0).In(w.zone)
}
