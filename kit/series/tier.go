// SPDX-License-Identifier: Apache-2.0

package series

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb"
)

// aggregate is what one value of a coarser tier says of the samples of its interval. Counters have only one, kept with the
// averages: samples out of the raw ones, such that increases and rates are what they were.
type aggregate int

const (
	average aggregate = iota
	minimum
	maximum
)

var aggregates = [...]string{average: "avg", minimum: "min", maximum: "max"}

// tier is the history at one resolution: for each aggregate a folder of blocks, a block for each day and later for several.
// A value stands at the end of its interval (T−step, T], so that it is what avg_over_time gives at T.
type tier struct {
	dir    string
	step   time.Duration
	keep   time.Duration
	period time.Duration // blocks are put together to blocks of this length
	share  int64         // percent of the space that all tiers may take
	rolled atomic.Int64  // milliseconds up to which, inclusive, everything is in the tier; 0 = nothing is

	mu     sync.RWMutex
	blocks [len(aggregates)][]*tsdb.Block // by time
}

func (l *Local) openTiers() error {
	l.tiers = []*tier{
		{dir: filepath.Join(l.dir, "5m"), step: 5 * time.Minute, keep: l.opt.Five, period: 7 * day, share: 30},
		{dir: filepath.Join(l.dir, "1h"), step: time.Hour, keep: l.opt.Hour, period: 28 * day, share: 10},
	}
	for _, t := range l.tiers {
		if err := t.open(l); err != nil {
			return err
		}
	}
	return nil
}

func (t *tier) open(l *Local) error {
	newest := int64(0)
	for a, name := range aggregates {
		dir := filepath.Join(t.dir, name)
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return err
		}
		list, err := openBlocks(dir, l.opt.Log)
		if err != nil {
			return err
		}
		t.blocks[a] = list
		if n := len(list); aggregate(a) == average && n > 0 {
			newest = list[n-1].MaxTime() - 1
		}
	}
	text, err := os.ReadFile(t.stateFile())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	at, _ := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64) // when it cannot be read the blocks tell
	t.rolled.Store(max(at, newest))
	return nil
}

func (t *tier) stateFile() string { return filepath.Join(t.dir, "rolled") }

func (t *tier) setRolled(at int64) error {
	if err := writeFile(t.stateFile(), []byte(strconv.FormatInt(at, 10)+"\n")); err != nil {
		return err
	}
	t.rolled.Store(at)
	return nil
}

func (t *tier) close() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	var err error
	for a := range t.blocks {
		for _, b := range t.blocks[a] {
			err = errors.Join(err, b.Close())
		}
		t.blocks[a] = nil
	}
	return err
}

// floor is the instant from which on the tier has what it is to keep.
func (t *tier) floor(now time.Time) int64 {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if len(t.blocks[average]) == 0 {
		return math.MaxInt64
	}
	return max(now.Add(-t.keep).UnixMilli(), t.blocks[average][0].MinTime())
}

// floor is the instant from which on raw samples are kept.
func (r *raw) floor(now time.Time, keep time.Duration) int64 {
	oldest, err := r.db.StartTime()
	if err != nil {
		oldest = math.MinInt64
	}
	return max(now.Add(-keep).UnixMilli(), oldest)
}

// take takes of parts what is read from this tier rather than from a finer one: all that it has when it suits, else only
// what the finer one no longer keeps.
func (t *tier) take(parts []part, suits bool, s *source) []part {
	rolled := t.rolled.Load()
	if rolled == 0 {
		return parts
	}
	var out []part
	for _, p := range parts {
		until := rolled
		if !suits {
			finer := s.raw.floor(s.now, s.local.opt.Raw)
			if p.tier != nil {
				finer = p.tier.floor(s.now)
			}
			until = min(until, finer-1)
		}
		if p.mint <= until {
			out = append(out, part{t, p.mint, min(p.maxt, until)})
		}
		if p.maxt > until {
			out = append(out, part{p.tier, max(p.mint, until+1), p.maxt})
		}
	}
	return out
}

// Finest is the finest resolution that samples of an instant are kept in.
func (l *Local) Finest(at time.Time) time.Duration {
	ms, now := at.UnixMilli(), l.opt.Clock.Now()
	floor := now.Add(-l.opt.Raw).UnixMilli()
	for _, t := range l.tiers {
		if t.rolled.Load() == 0 || ms >= floor {
			return stepBefore(l.tiers, t)
		}
		floor = now.Add(-t.keep).UnixMilli()
	}
	return l.tiers[len(l.tiers)-1].step
}

// stepBefore is the resolution of the tier before t.
func stepBefore(tiers []*tier, t *tier) time.Duration {
	before := time.Duration(0)
	for _, other := range tiers {
		if other == t {
			break
		}
		before = other.step
	}
	return before
}

// queriers opens the blocks of a part. They are closed by whoever called.
func (t *tier) queriers(a aggregate, p part) ([]storage.Querier, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	var out []storage.Querier
	for _, b := range t.blocks[a] {
		if !b.OverlapsClosedInterval(p.mint, p.maxt) {
			continue
		}
		q, err := tsdb.NewBlockQuerier(b, p.mint, p.maxt)
		if err != nil {
			for _, q := range out {
				err = errors.Join(err, q.Close())
			}
			return nil, err
		}
		out = append(out, q)
	}
	return out, nil
}

// sets selects in a part what the function that looks at it needs.
func (t *tier) sets(ctx context.Context, r *reader, p part, function string, m []*Matcher) ([]storage.SeriesSet, error) {
	a := average
	switch function {
	case "min_over_time":
		a = minimum
	case "max_over_time":
		a = maximum
	}
	sets, err := t.selected(ctx, r, p, a, function, m)
	if err != nil || a == average {
		return sets, err
	}
	counters, err := t.selected(ctx, r, p, average, function, m)
	for _, s := range counters {
		sets = append(sets, countersOf{s})
	}
	return sets, err
}

func (t *tier) selected(ctx context.Context, r *reader, p part, a aggregate, function string, m []*Matcher) ([]storage.SeriesSet, error) {
	qs, err := t.queriers(a, p)
	r.opened = append(r.opened, qs...)
	var sets []storage.SeriesSet
	for _, q := range qs {
		sets = append(sets, q.Select(ctx, true, &storage.SelectHints{Start: p.mint, End: p.maxt, Func: function}, m...))
	}
	return sets, err
}

// countersOf leaves of a set only the counters.
type countersOf struct{ storage.SeriesSet }

// Next goes to the next counter.
func (c countersOf) Next() bool {
	for c.SeriesSet.Next() {
		if counterName(c.At().Labels().Get(NameLabel)) {
			return true
		}
	}
	return false
}
