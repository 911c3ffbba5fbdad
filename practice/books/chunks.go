// SPDX-License-Identifier: Apache-2.0

package books

import "slices"

const (
	chunkBits = 13
	chunkSize = 1 << chunkBits
)

// chunks is a list that grows without copying: a million rows must not pass through the
// memory several times on their way in.
type chunks[T any] struct {
	parts [][]T
	n     int
}

func (c *chunks[T]) add(v T) {
	if c.n>>chunkBits == len(c.parts) {
		c.parts = append(c.parts, make([]T, 0, chunkSize))
	}
	p := &c.parts[c.n>>chunkBits]
	*p = append(*p, v)
	c.n++
}

func (c *chunks[T]) at(i int) *T { return &c.parts[i>>chunkBits][i&(chunkSize-1)] }

// cut forgets all but the first n.
func (c *chunks[T]) cut(n int) {
	full := (n + chunkSize - 1) >> chunkBits
	c.parts = slices.Delete(c.parts, full, len(c.parts))
	if n&(chunkSize-1) != 0 {
		c.parts[full-1] = c.parts[full-1][:n&(chunkSize-1)]
	}
	c.n = n
}

// all calls fn with every element.
func (c *chunks[T]) all(fn func(*T)) {
	for _, p := range c.parts {
		for i := range p {
			fn(&p[i])
		}
	}
}

// byDay returns the indices of the elements ordered by day, by counting, those of one day in
// their order here. Days are few; sorting within them is what remains to be done.
func byDay[T any](c *chunks[T], day func(*T) int32) (order []uint32, starts []int) {
	if c.n == 0 {
		return nil, nil
	}
	lo, hi := int32(1<<31-1), int32(-1<<31)
	const unknown = -1 << 31
	c.all(func(v *T) {
		if d := day(v); d != unknown {
			lo, hi = min(lo, d), max(hi, d)
		}
	})
	if hi < lo {
		lo, hi = 0, 0
	}
	span := int(hi) - int(lo) + 2 // one place in front for those without a day
	if span > 1<<22 {
		span, lo = 2, hi // no calendar: leave all to the sorting
	}
	place := func(v *T) int {
		d := day(v)
		if d == unknown {
			return 0
		}
		return min(max(int(d)-int(lo), 0), span-2) + 1
	}
	starts = make([]int, span+1)
	c.all(func(v *T) { starts[place(v)+1]++ })
	for i := 1; i <= span; i++ {
		starts[i] += starts[i-1]
	}
	order = make([]uint32, c.n)
	next := slices.Clone(starts)
	i := uint32(0)
	c.all(func(v *T) {
		p := place(v)
		order[next[p]] = i
		next[p]++
		i++
	})
	return order, starts
}
