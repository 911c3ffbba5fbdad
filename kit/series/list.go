// SPDX-License-Identifier: Apache-2.0

package series

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"mainstay/kit/fault"
)

// MaxList is the most that a list of series or labels holds.
const MaxList = 100_000

// reading calls fn with a reader of [from, to] within the limits of a question.
func (l *Local) reading(ctx context.Context, r Reach, from, to time.Time, fn func(ctx context.Context, q *reader) error) error {
	release, err := l.slot(ctx)
	if err != nil {
		return err
	}
	defer release()
	limited, cancel := context.WithTimeout(ctx, l.opt.MaxTime)
	defer cancel()
	return l.read(func(opened *raw) (err error) {
		src := &source{local: l, raw: opened, reach: r, now: l.opt.Clock.Now()}
		q := &reader{source: src, mint: inBounds(from).UnixMilli(), maxt: inBounds(to).UnixMilli()}
		defer func() { err = errors.Join(err, q.Close()) }()
		err = fn(limited, q)
		if errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil {
			err = fault.NewInvalid("The question took longer than %s. Ask for less time or fewer series.", l.opt.MaxTime).Because(err)
		}
		return err
	})
}

// Select hands out series with their samples, see [Store].
func (l *Local) Select(ctx context.Context, r Reach, m []*Matcher, from, to time.Time, fn func(Line) error) error {
	return l.reading(ctx, r, from, to, func(ctx context.Context, q *reader) error {
		set := q.Select(ctx, true, nil, m...)
		var it chunkenc.Iterator
		var points []Point
		total := 0
		for set.Next() {
			if err := ctx.Err(); err != nil {
				return err
			}
			at := set.At()
			points = points[:0]
			it = at.Iterator(it)
			for typ := it.Next(); typ != chunkenc.ValNone; typ = it.Next() {
				if typ == chunkenc.ValFloat {
					t, v := it.At()
					points = append(points, Point{t, v})
				}
			}
			if err := it.Err(); err != nil {
				return err
			}
			if total += len(points); total > 10*l.opt.MaxSamples || len(points) > l.opt.MaxSamples {
				return fault.NewInvalid("That would be more than %d samples. Ask for less time or fewer series.", total-1)
			}
			if len(points) == 0 {
				continue
			}
			if err := fn(Line{at.Labels(), points}); err != nil {
				return err
			}
		}
		return set.Err()
	})
}

// SeriesOf lists the labels of series, see [Store].
func (l *Local) SeriesOf(ctx context.Context, r Reach, sets [][]*Matcher, from, to time.Time, limit int) (list []Labels, cut bool, err error) {
	limit = within(limit)
	err = l.reading(ctx, r, from, to, func(ctx context.Context, q *reader) error {
		hints := &storage.SelectHints{Start: q.mint, End: q.maxt, Func: "series", Step: 1 << 50}
		var found []storage.SeriesSet
		for _, m := range sets {
			found = append(found, q.Select(ctx, true, hints, m...))
		}
		merged := storage.NewMergeSeriesSet(found, 0, storage.ChainedSeriesMerge)
		for merged.Next() {
			if err := ctx.Err(); err != nil {
				return err
			}
			if len(list) == limit {
				cut = true
				return nil
			}
			list = append(list, merged.At().Labels().Copy())
		}
		return merged.Err()
	})
	return list, cut, err
}

// LabelNames lists labels, see [Store].
func (l *Local) LabelNames(ctx context.Context, r Reach, sets [][]*Matcher, from, to time.Time, limit int) ([]string, bool, error) {
	return l.names(ctx, r, sets, from, to, limit, func(ctx context.Context, q *reader, m []*Matcher) ([]string, error) {
		list, _, err := q.LabelNames(ctx, nil, m...)
		return list, err
	})
}

// LabelValues lists the values of a label, see [Store].
func (l *Local) LabelValues(ctx context.Context, r Reach, label string, sets [][]*Matcher, from, to time.Time, limit int) ([]string, bool, error) {
	return l.names(ctx, r, sets, from, to, limit, func(ctx context.Context, q *reader, m []*Matcher) ([]string, error) {
		list, _, err := q.LabelValues(ctx, label, nil, m...)
		return list, err
	})
}

func (l *Local) names(ctx context.Context, r Reach, sets [][]*Matcher, from, to time.Time, limit int, fn func(context.Context, *reader, []*Matcher) ([]string, error)) (list []string, cut bool, err error) {
	if len(sets) == 0 {
		sets = [][]*Matcher{nil}
	}
	limit = within(limit)
	err = l.reading(ctx, r, from, to, func(ctx context.Context, q *reader) error {
		var lists [][]string
		for _, m := range sets {
			some, err := fn(ctx, q, m)
			if err != nil {
				return err
			}
			lists = append(lists, some)
		}
		list = union(lists)
		if len(list) > limit {
			list, cut = list[:limit], true
		}
		for i := range list {
			list[i] = strings.Clone(list[i]) // it points into a file that may be closed
		}
		return nil
	})
	return list, cut, err
}

func within(limit int) int {
	if limit <= 0 || limit > MaxList {
		return MaxList
	}
	return limit
}

// union merges sorted lists.
func union(lists [][]string) []string {
	if len(lists) == 1 {
		return slices.Clone(lists[0])
	}
	var all []string
	for _, l := range lists {
		all = append(all, l...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Count returns the number of samples that each of the matching series has in [from, to], raw ones only: with it is shown
// that nothing was lost and nothing doubled.
func (l *Local) Count(ctx context.Context, m []*Matcher, from, to time.Time) (map[string]int, error) {
	out := map[string]int{}
	err := l.read(func(r *raw) error {
		q, err := r.db.Querier(inBounds(from).UnixMilli(), inBounds(to).UnixMilli())
		if err != nil {
			return err
		}
		defer func() { _ = q.Close() }()
		set := q.Select(ctx, false, nil, m...)
		var it chunkenc.Iterator
		for set.Next() {
			s := set.At()
			n := 0
			it = s.Iterator(it)
			for it.Next() != chunkenc.ValNone {
				n++
			}
			if err := it.Err(); err != nil {
				return err
			}
			out[text(s.Labels())] += n
		}
		return set.Err()
	})
	return out, err
}

// text is a series as people write it.
func text(l labels.Labels) string { return l.String() }
