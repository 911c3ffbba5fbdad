// SPDX-License-Identifier: Apache-2.0

package books

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/cespare/xxhash/v2"
)

// names keeps each distinct name once, under a key that its spellings share, and
// remembers the best spelling. The index of "" is 0. A million of them must not cost a
// million small pieces of memory: names are told apart by a hash of 64 bits, and their letters lie
// side by side.
type names struct {
	key    func(dst, raw []byte) []byte // appends the key of a raw name; nil: the name is its own key
	ids    idTable                      // by hash of the key
	best   []string
	recent []slot // the last spelling of each place, by its hash: most names come again at once
	tmp    []byte
	arena  strings.Builder
	// A name without a key is no name where dropEmpty is set.
	dropEmpty bool
}

type slot struct {
	hash uint64
	id   int32
}

const recentSize = 1 << 14

func newNames(key func(dst, raw []byte) []byte) *names {
	return &names{key: key, best: []string{""}, recent: make([]slot, recentSize)}
}

func (n *names) id(raw []byte) int32 {
	if len(raw) == 0 {
		return 0
	}
	h := xxhash.Sum64(raw)
	r := &n.recent[h%recentSize]
	if r.hash == h && h != 0 {
		return r.id
	}
	*r = slot{h, n.add(raw, h)}
	return r.id
}

func (n *names) add(raw []byte, h uint64) int32 {
	if n.key != nil {
		n.tmp = n.key(n.tmp[:0], raw)
		if len(n.tmp) == 0 && n.dropEmpty {
			return 0
		}
		h = xxhash.Sum64(n.tmp)
	}
	id, found := n.ids.find(h, int32(len(n.best)))
	switch {
	case !found:
		n.best = append(n.best, n.keep(raw))
	case n.key != nil && better(raw, n.best[id]):
		n.best[id] = n.keep(raw)
	}
	return id
}

// keep copies the letters beside those of the names before.
func (n *names) keep(raw []byte) string {
	if n.arena.Cap()-n.arena.Len() < len(raw) {
		n.arena = strings.Builder{}
		n.arena.Grow(max(1<<16, len(raw)))
	}
	from := n.arena.Len()
	n.arena.Write(raw)
	return n.arena.String()[from:]
}

// idTable maps hashes to numbers by open addressing. The hash 0 is taken for 1.
type idTable struct {
	slots []slot
	n     int
}

// find returns the number of a hash; one that is new gets next.
func (t *idTable) find(h uint64, next int32) (id int32, found bool) {
	if 4*t.n >= 3*len(t.slots) {
		old := t.slots
		t.slots = make([]slot, max(256, 2*len(old)))
		for _, s := range old {
			if s.hash != 0 {
				*t.place(s.hash) = s
			}
		}
	}
	h = max(h, 1)
	s := t.place(h)
	if s.hash == h {
		return s.id, true
	}
	*s = slot{h, next}
	t.n++
	return next, false
}

func (t *idTable) place(h uint64) *slot {
	mask := uint64(len(t.slots) - 1)
	i := h & mask
	for t.slots[i].hash != 0 && t.slots[i].hash != h {
		i = (i + 1) & mask
	}
	return &t.slots[i]
}

// better says which of two spellings is shown: mixed case before capitals, then the
// longer, then the first in order, whatever came first.
func better[A, B string | []byte](a A, b B) bool {
	la, lb := hasLower(a), hasLower(b)
	switch {
	case la != lb:
		return la
	case len(a) != len(b):
		return len(a) > len(b)
	}
	return string(a) < string(b)
}

func hasLower[T string | []byte](s T) bool {
	for i := range len(s) {
		if s[i] >= 'a' && s[i] <= 'z' {
			return true
		}
		if s[i] >= 0x80 {
			return strings.ContainsFunc(string(s[i:]), unicode.IsLower)
		}
	}
	return false
}

// settle sorts the names in use and returns them with where each index went.
func (n *names) settle(used []bool) (sorted []string, place []int32) {
	n.ids, n.recent = idTable{}, nil
	count := 0
	for _, u := range used {
		if u {
			count++
		}
	}
	ids := make([]int32, 0, count)
	for i := 1; i < len(n.best); i++ {
		if used[i] {
			ids = append(ids, int32(i))
		}
	}
	slices.SortFunc(ids, func(a, b int32) int { return cmp.Compare(n.best[a], n.best[b]) })
	place = make([]int32, len(n.best))
	sorted = make([]string, 1, len(ids)+1)
	for i, id := range ids {
		place[id] = int32(i + 1)
		sorted = append(sorted, n.best[id])
	}
	return sorted, place
}

func clientKeyBytes(dst, raw []byte) []byte { return append(dst, ClientKey(string(raw))...) }
