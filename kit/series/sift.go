// SPDX-License-Identifier: Apache-2.0

package series

import (
	"context"
	"math"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/storage"
	"github.com/prometheus/prometheus/tsdb/chunkenc"

	"mainstay/kit/ids"
)

// known is what is kept of a series from some instant on.
type known map[int64]float64

// sift looks up which of the doubtful samples are there already: it returns those that are not, apart those that come
// after later ones of their series, and counts the others. A series is in doubt after a start and when somebody sends again; what belongs to one device is asked for together.
func (l *Local) sift(ctx context.Context, r *raw, fresh, doubtful []sample, out *Outcome) (rest, late []sample, err error) {
	groups := map[string]*group{}
	seen := make(map[*Series]known, len(doubtful))
	for _, s := range doubtful {
		key := groupKey(s.series.labels)
		g := groups[key]
		if g == nil {
			g = &group{from: math.MaxInt64, members: map[uint64][]*Series{}}
			groups[key] = g
		}
		g.from = min(g.from, s.at)
		if seen[s.series] == nil {
			seen[s.series] = known{}
			hash := s.series.labels.Hash()
			g.members[hash] = append(g.members[hash], s.series)
		}
	}
	for _, s := range fresh { // of the same batch
		if k := seen[s.series]; k != nil {
			k[s.at] = s.v
		}
	}
	for _, g := range groups {
		if err := g.find(ctx, r, seen, &l.looked); err != nil {
			return nil, nil, err
		}
	}
	for _, s := range doubtful {
		k := seen[s.series]
		v, there := k[s.at]
		switch {
		case there && same(v, s.v):
			out.Duplicate++
			continue
		case there:
			out.Refused++
			out.because("Samples have another value than the one that is kept for their instant.")
			continue
		}
		k[s.at] = s.v
		if s.at < s.series.bound {
			late = append(late, s)
			continue
		}
		s.series.bound = s.at
		rest = append(rest, s)
	}
	return rest, late, nil
}

// group is series that one look-up finds together.
type group struct {
	from    int64
	members map[uint64][]*Series
}

// groupKey is what the series of a group have in common: their device, or nothing but themselves.
func groupKey(ls Labels) string {
	if d, ok := deviceOf(ls); ok {
		return d
	}
	return string(ls.Bytes(nil))
}

// deviceOf returns the device that a series is of. Others use the label for what thousands of machines have in common: eth0, sda.
func deviceOf(ls Labels) (string, bool) {
	d := ls.Get(DeviceLabel)
	_, err := ids.Parse(d)
	return d, err == nil
}

// find fills seen with what is kept of the group's series since its first doubtful sample, and counts the series that it reads.
func (g *group) find(ctx context.Context, r *raw, seen map[*Series]known, looked *int64) error {
	q, err := r.db.Querier(g.from, math.MaxInt64)
	if err != nil {
		return err
	}
	defer func() { _ = q.Close() }()
	var match []*Matcher
	for _, list := range g.members {
		match = g.matchers(list[0].labels)
		break
	}
	set := q.Select(ctx, false, &storage.SelectHints{Start: g.from, End: math.MaxInt64}, match...)
	var it chunkenc.Iterator
	for set.Next() {
		*looked++
		at := set.At()
		h := g.member(at.Labels())
		if h == nil {
			continue
		}
		k := seen[h]
		it = at.Iterator(it)
		for typ := it.Next(); typ != chunkenc.ValNone; typ = it.Next() {
			if typ != chunkenc.ValFloat {
				continue
			}
			t, v := it.At()
			k[t] = v
		}
		if err := it.Err(); err != nil {
			return err
		}
	}
	if err := set.Err(); err != nil {
		return err
	}
	for _, list := range g.members {
		for _, h := range list {
			bound := g.from - 1
			for t := range seen[h] {
				bound = max(bound, t)
			}
			if !h.known || bound > h.bound {
				h.known, h.bound = true, bound
			}
		}
	}
	return nil
}

func (g *group) matchers(ls Labels) []*Matcher {
	if d, ok := deviceOf(ls); ok {
		return []*Matcher{Is(DeviceLabel, d)}
	}
	var m []*Matcher
	ls.Range(func(p labels.Label) { m = append(m, Is(p.Name, p.Value)) })
	return m
}

func (g *group) member(ls Labels) *Series {
	for _, h := range g.members[ls.Hash()] {
		if equal(h.labels, ls) {
			return h
		}
	}
	return nil
}

func equal(a, b Labels) bool { return labels.Equal(a, b) }
