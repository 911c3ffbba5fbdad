// SPDX-License-Identifier: Apache-2.0

package books

import (
	"cmp"
	"encoding/binary"
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
	best   chunks[string]
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
	n := &names{key: key, recent: make([]slot, recentSize)}
	n.put("", 0)
	return n
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
	id, at := n.ids.find(h)
	if id == 0 {
		id = n.put(n.keep(raw), h)
		*at = id
	} else if n.key != nil {
		if best := n.best.at(int(id)); better(raw, *best) {
			*best = n.keep(raw)
		}
	}
	return id
}

// put gives a name the next number.
func (n *names) put(name string, hash uint64) int32 {
	n.best.add(name)
	n.ids.hashes.add(hash)
	return int32(n.best.n - 1)
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

// idTable finds the number of a hash by open addressing. The slots hold numbers only, four bytes each; the
// hashes lie in the order of the numbers. The number 0, of no name, marks a free slot.
type idTable struct {
	slots  []int32
	hashes chunks[uint64]
}

// find returns the number of a hash, 0 for one that is new, and the slot where it is or belongs.
func (t *idTable) find(h uint64) (id int32, at *int32) {
	if 4*t.hashes.n >= 3*len(t.slots) {
		t.slots = make([]int32, max(256, 2*len(t.slots)))
		for id := 1; id < t.hashes.n; id++ {
			_, at := t.probe(*t.hashes.at(id), false)
			*at = int32(id)
		}
	}
	return t.probe(h, true)
}

// probe looks from the place of a hash on; where all hashes differ the first free slot is enough.
func (t *idTable) probe(h uint64, compare bool) (int32, *int32) {
	mask := uint64(len(t.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		at := &t.slots[i]
		if *at == 0 || compare && *t.hashes.at(int(*at)) == h {
			return *at, at
		}
	}
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
	order := make([]nameKey, 0, count)
	for i := 1; i < n.best.n; i++ {
		if used[i] {
			order = append(order, nameKey{0, int32(i)})
		}
	}
	n.sort(order, 0)
	place = make([]int32, n.best.n)
	sorted = make([]string, 1, len(order)+1)
	for i, o := range order {
		place[o.id] = int32(i + 1)
		sorted = append(sorted, *n.best.at(int(o.id)))
	}
	return sorted, place
}

// nameKey is eight letters of a name, beside each other here while the names lie all over the memory.
type nameKey struct {
	letters uint64
	id      int32
}

// sort sorts names that are the same up to the letter from.
func (n *names) sort(order []nameKey, from int) {
	for i := range order {
		order[i].letters = lettersAt(*n.best.at(int(order[i].id)), from)
	}
	slices.SortFunc(order, func(a, b nameKey) int { return cmp.Compare(a.letters, b.letters) })
	for i := 0; i < len(order); {
		j := i + 1
		for j < len(order) && order[j].letters == order[i].letters {
			j++
		}
		switch same := order[i:j]; {
		case len(same) > 16 && from < 1<<10:
			n.sort(same, from+8)
		case len(same) > 1:
			slices.SortFunc(same, func(a, b nameKey) int { return strings.Compare(*n.best.at(int(a.id)), *n.best.at(int(b.id))) })
		}
		i = j
	}
}

// lettersAt are eight bytes of s as a number that sorts like them.
func lettersAt(s string, from int) uint64 {
	var b [8]byte
	copy(b[:], s[min(from, len(s)):])
	return binary.BigEndian.Uint64(b[:])
}

func clientKeyBytes(dst, raw []byte) []byte { return append(dst, ClientKey(string(raw))...) }
