// SPDX-License-Identifier: Apache-2.0

package series

import (
	"context"
	"errors"
	"math"

	"github.com/prometheus/prometheus/storage"

	"mainstay/kit/fault"
)

// Series returns the handle of a series.
func (l *Local) Series(ls Labels) (*Series, error) {
	if err := CheckLabels(ls); err != nil {
		return nil, err
	}
	l.write.Lock()
	defer l.write.Unlock()
	return l.handle(ls)
}

// handle finds the handle of labels or makes it. The caller holds write.
func (l *Local) handle(ls Labels) (*Series, error) {
	hash := ls.Hash()
	for s := l.handles[hash]; s != nil; s = s.next {
		if equal(s.labels, ls) {
			return s, nil
		}
	}
	if l.count >= l.opt.MaxSeries {
		return nil, fault.NewBusy("There are %d time series already, and no more are taken. Remove devices or labels that change all the time.", l.count)
	}
	s := &Series{labels: ls, used: l.now(), next: l.handles[hash]}
	l.handles[hash] = s
	l.count++
	return s, nil
}

func (l *Local) now() int64 { return l.opt.Clock.Now().UnixMilli() }

// Commit keeps a batch, see [Store].
func (l *Local) Commit(ctx context.Context, b *Batch) (Outcome, error) {
	l.firstUse() // opening takes the lock, too
	l.write.Lock()
	defer l.write.Unlock()
	var out Outcome
	err := l.read(func(r *raw) error {
		if err := l.writable(r); err != nil {
			return err
		}
		var err error
		out, err = l.commit(ctx, r, b.samples)
		if err != nil {
			for _, s := range b.samples {
				s.series.known = false // what of it is there has to be looked up when it comes again
			}
			out = Outcome{}
		}
		return err
	})
	return out, err
}

// commit appends and makes lasting. The caller holds write.
func (l *Local) commit(ctx context.Context, r *raw, samples []sample) (Outcome, error) {
	fresh, doubtful, out, err := l.sort(r, samples)
	if err != nil {
		return out, err
	}
	var late []sample
	if len(doubtful) > 0 {
		var more []sample
		if more, late, err = l.sift(ctx, r, fresh, doubtful, &out); err != nil {
			return out, err
		}
		fresh = append(append(fresh, more...), late...)
	}
	if len(fresh) == 0 {
		return out, nil // what is there already was made lasting when it came
	}
	before, inserted, lost := sum(r.appended), sum(r.inserted), sum(r.lost)
	app := r.db.Appender(ctx)
	stored := 0
	for i := range fresh {
		s := &fresh[i]
		h := s.series
		if h.run != l.run {
			h.ref, h.run = 0, l.run // references are of one opening: after it the number may be another series'
		}
		ref, err := app.Append(h.ref, h.labels, s.at, s.v)
		switch {
		case err == nil:
			h.ref = ref
			stored++
		case errors.Is(err, storage.ErrTooOldSample), errors.Is(err, storage.ErrOutOfBounds), errors.Is(err, storage.ErrOutOfOrderSample):
			out.tooOld()
		default:
			out.Refused++
			out.because("The database does not take samples of such a series.")
			l.opt.Log.Warn("series: a sample was refused", "series", h.labels.String(), "error", err)
		}
	}
	if err := app.Commit(); err != nil {
		l.wound(err)
		return Outcome{}, l.failure.Load().err
	}
	if sum(r.lost) != lost {
		l.wound(errors.New("the log of late samples could not be written"))
		return Outcome{}, l.failure.Load().err
	}
	if n := int(sum(r.inserted) - inserted); n > 0 {
		// Those before the database's floor came late, too. In doubt all are logged.
		if n > len(late) {
			late = fresh
		}
		if err := r.late.add(late); err != nil {
			l.wound(err)
			return Outcome{}, l.failure.Load().err
		}
	}
	if err := r.sync(); err != nil {
		l.wound(err)
		return Outcome{}, l.failure.Load().err
	}
	// The database drops some samples without an error, which sort and sift leave nothing of. Should it do so nevertheless,
	// it is told.
	if n := int(sum(r.appended) - before); n < stored {
		l.opt.Log.Error("series: the database dropped samples", "appended", n, "expected", stored)
		out.Refused += stored - n
		out.because("The database dropped samples.")
		stored = n
	}
	out.Stored = stored
	return out, nil
}

// sort tells samples that are new for certain from those that may be there already, and counts those that are too old or
// lie too far in the future.
func (l *Local) sort(r *raw, samples []sample) (fresh, doubtful []sample, out Outcome, err error) {
	now := l.now()
	limit, floor := now+l.opt.Early.Milliseconds(), int64(math.MinInt64)
	if newest := r.db.Head().MaxTime(); newest > math.MinInt64 {
		floor = newest - l.opt.Late.Milliseconds() - r.slack
	}
	if rolled := l.tiers[0].rolled.Load(); rolled > 0 {
		floor = max(floor, rolled+1) // its days are in the coarser tiers already
	}
	fresh = make([]sample, 0, len(samples))
	for _, s := range samples {
		if s.series.gone {
			if s.series, err = l.handle(s.series.labels); err != nil {
				return nil, nil, out, err
			}
		}
		h := s.series
		switch {
		case s.at > limit:
			out.Refused++
			out.because("Samples lie in the future. Set the clock of the device that sends them.")
			continue
		case s.at < floor:
			out.tooOld()
			continue
		case h.known && s.at > h.bound:
			h.bound = s.at
			fresh = append(fresh, s)
		default:
			doubtful = append(doubtful, s)
		}
		h.used = now
	}
	return fresh, doubtful, out, nil
}

// same reports whether two values are the same to the database.
func same(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) }
