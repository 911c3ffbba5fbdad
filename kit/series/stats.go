// SPDX-License-Identifier: Apache-2.0

package series

import "time"

// Stats is how much is kept.
type Stats struct {
	Series  int         // that got samples within the last hours
	Samples uint64      // in raw blocks; what came in the last hours is not among them
	Bytes   int64       // of the raw blocks
	Tiers   []TierStats // the coarser ones, finest first
	Late    int64       // bytes of late samples that are in no block yet
	Oldest  time.Time   // of the raw samples; zero: there are none
}

// TierStats is how much a coarser tier holds.
type TierStats struct {
	Step   time.Duration
	Bytes  int64
	Rolled time.Time // up to when everything is in it; zero: nothing is
}

// Stats tells how much is kept. It fails with [fault.Busy] while nothing can be read.
func (l *Local) Stats() (Stats, error) {
	var s Stats
	err := l.read(func(r *raw) error {
		s.Series = int(r.db.Head().NumSeries()) //nolint:gosec // of this machine's memory
		for _, b := range r.db.Blocks() {
			s.Bytes += b.Size()
			s.Samples += b.Meta().Stats.NumSamples
		}
		if s.Series > 0 || s.Samples > 0 {
			if oldest, err := r.db.StartTime(); err == nil {
				s.Oldest = time.UnixMilli(oldest)
			}
		}
		for _, t := range l.tiers {
			one := TierStats{Step: t.step, Bytes: t.size()}
			if at := t.rolled.Load(); at > 0 {
				one.Rolled = time.UnixMilli(at)
			}
			s.Tiers = append(s.Tiers, one)
		}
		return nil
	})
	if err != nil {
		return s, err
	}
	l.write.Lock()
	defer l.write.Unlock()
	return s, l.read(func(r *raw) error { s.Late = r.late.size; return nil })
}
