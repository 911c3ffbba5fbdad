// SPDX-License-Identifier: Apache-2.0

package series

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/util/annotations"
)

// source is what a question reads from: all tiers as one, narrowed to a reach. The narrowing happens here, below the
// language, where no selector can get around it.
type source struct {
	local *Local
	raw   *raw
	reach Reach
	now   time.Time
	step  time.Duration // how far apart the question and its parts look at the least; 0 = an instant or samples as they are
}

// Querier reads [mint, maxt], milliseconds.
func (s *source) Querier(mint, maxt int64) (storage.Querier, error) {
	return &reader{source: s, mint: mint, maxt: maxt}, nil
}

// lookback is how long a value holds when none follows: longer than the resolution of what is read.
func (s *source) lookback(from time.Time) time.Duration {
	coarsest := s.local.Finest(from)
	for _, t := range s.local.tiers {
		if t.step <= s.step {
			coarsest = max(coarsest, t.step)
		}
	}
	if coarsest <= lookback {
		return lookback
	}
	return coarsest + time.Minute
}

// reader is one selection's view. The parts it opens stay open until it is closed, as what is read points into them.
type reader struct {
	source     *source
	mint, maxt int64
	opened     []storage.Querier
}

// part is a stretch of time and the tier that it is read from; nil is raw.
type part struct {
	tier       *tier
	mint, maxt int64
}

// parts divides the time among the tiers. A coarser tier is taken where nobody sees the difference, and where nothing finer is kept any
// more.
func (r *reader) parts(mint, maxt int64, suits func(*tier) bool) []part {
	out := []part{{nil, mint, maxt}}
	for _, t := range r.source.local.tiers {
		out = t.take(out, suits(t), r.source)
	}
	return out
}

// suits reports whether what asks sees no difference between a tier and the samples as they came: values of moments as far apart as the
// tier's, and those functions over windows of several of its intervals for which its values are made. All others, as what counts or sums
// samples, would give another number.
func (r *reader) suits(t *tier, hints *storage.SelectHints, m []*Matcher) bool {
	res, every := t.step.Milliseconds(), hints.Step
	if hints.Range == 0 {
		if step := r.source.step.Milliseconds(); step > 0 {
			every = min(every, step) // the lookback is as long as that allows
		}
		return every >= res && hints.Func != "timestamp"
	}
	switch hints.Func {
	case "min_over_time", "max_over_time", "avg_over_time":
	case "rate", "increase":
		if !slices.ContainsFunc(m, func(m *Matcher) bool {
			return m.Name == NameLabel && m.Type == labels.MatchEqual && counterName(m.Value)
		}) {
			return false // of what is not known to count only averages are kept
		}
	default:
		return false
	}
	return every >= res && hints.Range >= 2*res
}

// Select returns the series that match, of all parts together.
func (r *reader) Select(ctx context.Context, sorted bool, hints *storage.SelectHints, m ...*labels.Matcher) storage.SeriesSet {
	if r.source.reach.Nothing() {
		return storage.EmptySeriesSet()
	}
	m = r.source.reach.narrow(m)
	if hints == nil {
		hints = &storage.SelectHints{Start: r.mint, End: r.maxt}
	}
	parts := r.parts(max(r.mint, hints.Start), min(r.maxt, hints.End), func(t *tier) bool { return r.suits(t, hints, m) })
	var sets []storage.SeriesSet
	for _, p := range parts {
		if p.tier == nil {
			q, err := r.source.raw.db.Querier(p.mint, p.maxt)
			if err != nil {
				return storage.ErrSeriesSet(err)
			}
			r.opened = append(r.opened, q)
			h := *hints
			h.Start, h.End = p.mint, p.maxt
			sets = append(sets, q.Select(ctx, sorted || len(parts) > 1, &h, m...))
			continue
		}
		more, err := p.tier.sets(ctx, r, p, hints.Func, m)
		if err != nil {
			return storage.ErrSeriesSet(err)
		}
		sets = append(sets, more...)
	}
	switch len(sets) {
	case 0:
		return storage.EmptySeriesSet()
	case 1:
		return sets[0]
	}
	return storage.NewMergeSeriesSet(sets, hints.Limit, storage.ChainedSeriesMerge)
}

// labelled calls fn with a querier of every part.
func (r *reader) labelled(fn func(storage.Querier) error) error {
	for _, p := range r.parts(r.mint, r.maxt, func(*tier) bool { return true }) {
		var qs []storage.Querier
		if p.tier == nil {
			q, err := r.source.raw.db.Querier(p.mint, p.maxt)
			if err != nil {
				return err
			}
			qs = append(qs, q)
		} else {
			var err error
			if qs, err = p.tier.queriers(average, p); err != nil {
				return err
			}
		}
		r.opened = append(r.opened, qs...)
		for _, q := range qs {
			if err := fn(q); err != nil {
				return err
			}
		}
	}
	return nil
}

// LabelValues lists the values of a label.
func (r *reader) LabelValues(ctx context.Context, name string, h *storage.LabelHints, m ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	var lists [][]string
	if r.source.reach.Nothing() {
		return nil, nil, nil
	}
	err := r.labelled(func(q storage.Querier) error {
		list, _, err := q.LabelValues(ctx, name, h, r.source.reach.narrow(m)...)
		lists = append(lists, list)
		return err
	})
	return union(lists), nil, err
}

// LabelNames lists the labels that there are.
func (r *reader) LabelNames(ctx context.Context, h *storage.LabelHints, m ...*labels.Matcher) ([]string, annotations.Annotations, error) {
	var lists [][]string
	if r.source.reach.Nothing() {
		return nil, nil, nil
	}
	err := r.labelled(func(q storage.Querier) error {
		list, _, err := q.LabelNames(ctx, h, r.source.reach.narrow(m)...)
		lists = append(lists, list)
		return err
	})
	return union(lists), nil, err
}

// Close lets go of what was opened.
func (r *reader) Close() error {
	var err error
	for _, q := range r.opened {
		err = errors.Join(err, q.Close())
	}
	r.opened = nil
	return err
}
