// SPDX-License-Identifier: Apache-2.0

package books

import (
	"encoding/binary"
	"math"
	"slices"

	"mainstay/kit/civil"
)

// lineStore keeps invoice lines on their way into a ledger, each written as what differs from the one
// before: some 20 bytes where the finished [Line] has 48. A large firm's books have ten million lines, and
// while the ledger is filled from the store both are in memory.
type lineStore struct {
	parts  [][]byte
	n      int
	prev   Line
	cur    uint8
	byCur  []int      // lines by currency
	lo, hi civil.Date // days seen, those that were taken back included; lo > hi: none
}

// linePoint is where the store was at some time.
type linePoint struct {
	parts, last, n int
	prev           Line
	cur            uint8
	byCur          []int
}

const (
	linePart    = 1 << 20
	maxLineSize = 8 + 1 + 3 + 6*binary.MaxVarintLen64
)

// What the first byte of a line says.
const (
	lineSource = 1 << iota // another source than the line before
	lineDay                // another day
	lineClient
	lineDoc
	lineMore // term, told or currency are other ones
)

func newLineStore() lineStore { return lineStore{lo: math.MaxInt32, hi: math.MinInt32} }

func (s *lineStore) add(l *Line, print uint64, cur uint8) {
	n := len(s.parts)
	if n == 0 || cap(s.parts[n-1])-len(s.parts[n-1]) < maxLineSize {
		size := linePart
		if n < 8 {
			size = 4096 << n // a small firm, or one client of a large one
		}
		s.parts = append(s.parts, make([]byte, 0, size))
		n++
	}
	b, p := s.parts[n-1], &s.prev
	at := len(b)
	b = binary.LittleEndian.AppendUint64(append(b, 0), print)
	number := l.Number
	if l.Source != p.Source {
		b[at] |= lineSource
		b = binary.AppendVarint(b, int64(l.Source))
	} else {
		number -= p.Number
	}
	b = binary.AppendVarint(b, number)
	b = binary.AppendVarint(b, l.Minor)
	b = binary.AppendUvarint(b, uint64(uint32(l.Text)))
	if l.Day != p.Day {
		b[at] |= lineDay
		b = binary.AppendVarint(b, int64(l.Day)-int64(p.Day))
	}
	if l.Client != p.Client {
		b[at] |= lineClient
		b = binary.AppendUvarint(b, uint64(uint32(l.Client)))
	}
	if l.Doc != p.Doc {
		b[at] |= lineDoc
		b = binary.AppendVarint(b, int64(l.Doc)-int64(p.Doc))
	}
	if l.Term != p.Term || l.Told != p.Told || cur != s.cur {
		b[at] |= lineMore
		b = append(b, l.Term, byte(l.Told), cur)
	}
	s.parts[n-1] = b
	s.prev, s.cur = *l, cur
	for len(s.byCur) <= int(cur) {
		s.byCur = append(s.byCur, 0)
	}
	s.byCur[cur]++
	if l.Day.Known() {
		s.lo, s.hi = min(s.lo, l.Day), max(s.hi, l.Day)
	}
	s.n++
}

// point returns where the store is.
func (s *lineStore) point() linePoint {
	p := linePoint{len(s.parts), 0, s.n, s.prev, s.cur, slices.Clone(s.byCur)}
	if p.parts > 0 {
		p.last = len(s.parts[p.parts-1])
	}
	return p
}

// cut forgets what came after the point.
func (s *lineStore) cut(p linePoint) {
	clear(s.parts[p.parts:])
	s.parts = s.parts[:p.parts]
	if p.parts > 0 {
		s.parts[p.parts-1] = s.parts[p.parts-1][:p.last]
	}
	s.n, s.prev, s.cur, s.byCur = p.n, p.prev, p.cur, slices.Clone(p.byCur)
}

// all calls fn with every line in the order of adding. With drop each part's memory is given up when its
// lines were handed over.
func (s *lineStore) all(drop bool, fn func(l *Line, print uint64, cur uint8)) {
	var l Line
	var cur uint8
	for i, b := range s.parts {
		for len(b) > 0 {
			what := b[0]
			print := binary.LittleEndian.Uint64(b[1:])
			b = b[9:]
			if what&lineSource != 0 {
				l.Source, l.Number = int32(varint(&b)), 0
			}
			l.Number += varint(&b)
			l.Minor = varint(&b)
			l.Text = int32(uvarint(&b))
			if what&lineDay != 0 {
				l.Day = civil.Date(int64(l.Day) + varint(&b))
			}
			if what&lineClient != 0 {
				l.Client = int32(uvarint(&b))
			}
			if what&lineDoc != 0 {
				l.Doc = int32(int64(l.Doc) + varint(&b))
			}
			if what&lineMore != 0 {
				l.Term, l.Told, cur, b = b[0], Told(b[1]), b[2], b[3:]
			}
			fn(&l, print, cur)
		}
		if drop {
			s.parts[i] = nil
		}
	}
}

func varint(b *[]byte) int64 {
	v, n := binary.Varint(*b)
	*b = (*b)[n:]
	return v
}

func uvarint(b *[]byte) uint64 {
	v, n := binary.Uvarint(*b)
	*b = (*b)[n:]
	return v
}
