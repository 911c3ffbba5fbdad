// SPDX-License-Identifier: Apache-2.0

package series

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"mainstay/kit/fault"
)

// Roll makes the coarser tiers of all days that no sample can be added to any more, forgets what is older than each tier
// keeps and lets go of handles that nobody used. A server calls it every hour; it may be killed at any point and be called
// again: a day is in a tier whole or not at all.
func (l *Local) Roll(ctx context.Context) error {
	l.rolling.Lock()
	defer l.rolling.Unlock()
	if err := l.settle(ctx, 0); err != nil {
		return err
	}
	for {
		rolled, err := l.rollDay(ctx)
		if err != nil {
			return err
		}
		if !rolled {
			break
		}
	}
	for _, t := range l.tiers {
		if err := t.tidy(ctx, l); err != nil {
			return err
		}
	}
	l.dropIdle()
	return nil
}

// rollDay rolls the next day, false when none is complete.
func (l *Local) rollDay(ctx context.Context) (bool, error) {
	done := false
	err := l.read(func(r *raw) error {
		from := l.tiers[0].rolled.Load()
		for _, t := range l.tiers {
			from = min(from, t.rolled.Load())
		}
		newest := r.db.Head().MaxTime()
		if newest == math.MinInt64 {
			return nil
		}
		if from == 0 {
			oldest, err := r.db.StartTime()
			if err != nil {
				return err
			}
			from = floorTo(oldest-1, day)
		}
		to := from + day.Milliseconds()
		// Samples may come for Late behind the newest.
		if final := min(newest, l.now()) - l.opt.Late.Milliseconds() - time.Hour.Milliseconds(); to > final {
			return nil
		}
		if free, err := l.opt.Free(l.dir); err != nil || free < l.opt.MinFree {
			return noSpace().Because(err)
		}
		if err := l.roll(ctx, r, from, to); err != nil {
			return err
		}
		done = true
		return nil
	})
	return done, err
}

func floorTo(ms int64, d time.Duration) int64 {
	n := d.Milliseconds()
	return ms - ((ms%n)+n)%n
}

// output is a block that is being written and what it holds.
type output struct {
	tier *tier
	agg  aggregate
	w    *blockWriter
}

// roll writes the blocks of (from, to] that are missing.
func (l *Local) roll(ctx context.Context, r *raw, from, to int64) (err error) {
	q, err := r.db.Querier(from+1, to)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, q.Close()) }()
	symbols, err := symbolsOf(ctx, q)
	if err != nil {
		return err
	}
	var outs []output
	defer func() {
		if err != nil {
			for _, o := range outs {
				o.w.discard()
			}
		}
	}()
	for _, t := range l.tiers {
		for _, a := range []aggregate{minimum, maximum, average} { // averages last: where they are, the others are
			if t.rolled.Load() >= to || t.has(a, from+1) {
				continue
			}
			w, err := newBlockWriter(ctx, filepath.Join(t.dir, aggregates[a]), from+1, to+1, symbols)
			if err != nil {
				return err
			}
			outs = append(outs, output{t, a, w})
		}
	}
	if err := l.fill(ctx, q, from, to, outs); err != nil {
		return err
	}
	for i, o := range outs {
		dir, err := o.w.finish()
		if err == nil && dir != "" {
			err = o.tier.adopt(o.agg, dir, l)
		}
		if err != nil {
			outs = outs[i+1:]
			return err
		}
	}
	outs = nil
	for _, t := range l.tiers {
		if t.rolled.Load() < to {
			if err := t.setRolled(to); err != nil {
				return err
			}
		}
	}
	return nil
}

// fill reads every series once and writes it into every block.
func (l *Local) fill(ctx context.Context, q storage.Querier, from, to int64, outs []output) error {
	set := q.Select(ctx, true, &storage.SelectHints{Start: from + 1, End: to}, IsNot(NameLabel, ""))
	var it chunkenc.Iterator
	var points []Point
	for set.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if l.stopping() {
			return fault.NewBusy("The server is shutting down.")
		}
		s := set.At()
		points = points[:0]
		it = s.Iterator(it)
		for typ := it.Next(); typ != chunkenc.ValNone; typ = it.Next() {
			if typ != chunkenc.ValFloat {
				continue
			}
			if t, v := it.At(); !math.IsNaN(v) {
				points = append(points, Point{t, v})
			}
		}
		if err := it.Err(); err != nil {
			return err
		}
		ls := s.Labels()
		counter := counterName(ls.Get(NameLabel))
		for _, t := range l.tiers {
			var rolled [len(aggregates)][]Point
			if counter {
				rolled[average] = thin(points, t.step.Milliseconds())
			} else {
				rolled = squeeze(points, t.step.Milliseconds())
			}
			for _, o := range outs {
				if o.tier == t {
					if err := o.w.add(ls, rolled[o.agg]); err != nil {
						return err
					}
				}
			}
		}
	}
	return set.Err()
}

// squeeze makes of the samples of each interval (T−step, T] their average, least and greatest at T, to five digits: an
// average has as many as a number can hold, and would take more room than the samples that it stands for.
func squeeze(points []Point, step int64) (out [len(aggregates)][]Point) {
	for i := 0; i < len(points); {
		end := ceilTo(points[i].At, step)
		least, most, sum, n := points[i].V, points[i].V, 0.0, 0
		for ; i < len(points) && points[i].At <= end; i++ {
			v := points[i].V
			least, most, sum = min(least, v), max(most, v), sum+v
			n++
		}
		out[average] = append(out[average], Point{end, fiveDigits(sum / float64(n))})
		out[minimum] = append(out[minimum], Point{end, fiveDigits(least)})
		out[maximum] = append(out[maximum], Point{end, fiveDigits(most)})
	}
	return out
}

// fiveDigits rounds to 17 binary digits. Whole numbers up to 131,072 stay as they are.
func fiveDigits(v float64) float64 {
	if math.IsInf(v, 0) {
		return v
	}
	const drop = 52 - 16
	return math.Float64frombits((math.Float64bits(v) + 1<<(drop-1)) &^ (1<<drop - 1))
}

// thin leaves of a counter the first and the last sample of each interval, and those on both sides of each reset: from them
// increases and rates of whole intervals come out as from all.
func thin(points []Point, step int64) []Point {
	var out []Point
	keep := func(i int) {
		if n := len(out); n == 0 || out[n-1].At < points[i].At {
			out = append(out, points[i])
		}
	}
	for i := range points {
		begins := i == 0 || ceilTo(points[i].At, step) != ceilTo(points[i-1].At, step)
		reset := i > 0 && points[i].V < points[i-1].V
		if i > 0 && (begins || reset) {
			keep(i - 1)
		}
		if begins || reset || i == len(points)-1 {
			keep(i)
		}
	}
	return out
}

func ceilTo(ms, step int64) int64 { return -floorTo(-ms, time.Duration(step)*time.Millisecond) }

// symbolsOf lists all texts that labels have.
func symbolsOf(ctx context.Context, q storage.Querier) ([]string, error) {
	names, _, err := q.LabelNames(ctx, nil)
	if err != nil {
		return nil, err
	}
	all := map[string]bool{}
	for _, n := range names {
		all[n] = true
		values, _, err := q.LabelValues(ctx, n, nil)
		if err != nil {
			return nil, err
		}
		for _, v := range values {
			all[v] = true
		}
	}
	list := make([]string, 0, len(all))
	for s := range all {
		list = append(list, s)
	}
	slices.Sort(list)
	return list, nil
}

// has reports whether the tier has the block that begins at an instant, or one that it is part of.
func (t *tier) has(a aggregate, mint int64) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return slices.ContainsFunc(t.blocks[a], func(b *tsdb.Block) bool { return b.MinTime() <= mint && mint < b.MaxTime() })
}

// adopt opens a finished block.
func (t *tier) adopt(a aggregate, dir string, l *Local) error {
	b, err := tsdb.OpenBlock(l.opt.Log, dir, nil, nil)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.blocks[a] = append(t.blocks[a], b)
	slices.SortFunc(t.blocks[a], func(a, b *tsdb.Block) int { return int((a.MinTime() - b.MinTime()) / 1000) })
	return nil
}

// tidy removes what is too old or too much and puts days together to longer blocks.
func (t *tier) tidy(ctx context.Context, l *Local) error {
	oldest := l.opt.Clock.Now().Add(-t.keep).UnixMilli()
	for a := range t.blocks {
		if err := t.remove(aggregate(a), func(b *tsdb.Block) bool { return b.MaxTime() <= oldest }); err != nil {
			return err
		}
		if err := t.join(ctx, aggregate(a), l); err != nil {
			return err
		}
	}
	limit := l.opt.MaxBytes * t.share / 100
	for limit > 0 && t.size() > limit {
		first := int64(math.MaxInt64)
		for a := range t.blocks {
			if len(t.blocks[a]) > 0 {
				first = min(first, t.blocks[a][0].MinTime())
			}
		}
		for a := range t.blocks {
			if err := t.remove(aggregate(a), func(b *tsdb.Block) bool { return b.MinTime() <= first }); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *tier) size() int64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	total := int64(0)
	for a := range t.blocks {
		for _, b := range t.blocks[a] {
			total += b.Size()
		}
	}
	return total
}

// remove takes blocks out of the tier, waits for who still reads them and removes them.
func (t *tier) remove(a aggregate, which func(*tsdb.Block) bool) error {
	t.mu.Lock()
	var gone []*tsdb.Block
	t.blocks[a] = slices.DeleteFunc(slices.Clone(t.blocks[a]), func(b *tsdb.Block) bool {
		if which(b) {
			gone = append(gone, b)
			return true
		}
		return false
	})
	t.mu.Unlock()
	var err error
	for _, b := range gone {
		err = errors.Join(err, removeBlock(b))
	}
	return err
}

// join puts the blocks of each period that is over together to one.
func (t *tier) join(ctx context.Context, a aggregate, l *Local) error {
	periods := map[int64][]*tsdb.Block{}
	t.mu.RLock()
	for _, b := range t.blocks[a] {
		p := floorTo(b.MinTime()-1, t.period)
		periods[p] = append(periods[p], b)
	}
	t.mu.RUnlock()
	for p, list := range periods {
		if len(list) < 2 || t.rolled.Load() < p+t.period.Milliseconds() {
			continue
		}
		c, err := tsdb.NewLeveledCompactorWithOptions(ctx, nil, l.opt.Log, []int64{t.period.Milliseconds()}, nil, tsdb.LeveledCompactorOptions{MaxBlockChunkSegmentSize: segment, EnableOverlappingCompaction: true})
		if err != nil {
			return err
		}
		dest := filepath.Join(t.dir, aggregates[a])
		var dirs []string
		for _, b := range list {
			dirs = append(dirs, b.Dir())
		}
		made, err := c.Compact(dest, dirs, list)
		if err != nil {
			return err
		}
		for _, id := range made {
			dir := filepath.Join(dest, id.String())
			if _, err := os.Stat(dir); err != nil {
				continue // nothing was left in it
			}
			if err := t.adopt(a, dir, l); err != nil {
				return err
			}
		}
		if err := t.remove(a, func(b *tsdb.Block) bool { return slices.Contains(list, b) }); err != nil {
			return err
		}
	}
	return nil
}

// dropIdle lets go of handles that got nothing for longer than late samples may come. Whoever still has one may go on
// using it.
func (l *Local) dropIdle() {
	l.write.Lock()
	defer l.write.Unlock()
	idle := l.now() - (l.opt.Late + day).Milliseconds()
	l.drop(func(s *Series) bool { return s.used < idle })
}

// drop takes handles out. The caller holds write.
func (l *Local) drop(which func(*Series) bool) {
	for hash, first := range l.handles {
		var kept *Series
		for s := first; s != nil; {
			next := s.next
			if which(s) {
				s.gone, s.known, s.next = true, false, nil
				l.count--
			} else {
				s.next, kept = kept, s
			}
			s = next
		}
		if kept == nil {
			delete(l.handles, hash)
		} else {
			l.handles[hash] = kept
		}
	}
}
