// SPDX-License-Identifier: Apache-2.0

package books

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// names keeps each distinct name once, under a key that its spellings share, and
// remembers the best spelling. The index of "" is 0.
type names struct {
	key    func([]byte, []byte) []byte // appends the key of a raw name
	raw    map[string]int32            // spelling → index, bounded
	keys   map[string]int32
	best   []string
	last   []byte
	lastID int32
	tmp    []byte
	limit  int

	dropEmpty bool // a name without a key is no name
}

func newNames(limit int, key func(dst, raw []byte) []byte) *names {
	return &names{key: key, raw: map[string]int32{}, keys: map[string]int32{"": 0}, best: []string{""}, limit: limit}
}

func (n *names) id(raw []byte) int32 {
	if len(raw) == 0 {
		return 0
	}
	if string(raw) == string(n.last) {
		return n.lastID
	}
	id, ok := n.raw[string(raw)]
	if !ok {
		id = n.add(raw)
	}
	n.last, n.lastID = append(n.last[:0], raw...), id
	return id
}

func (n *names) add(raw []byte) int32 {
	s := string(raw)
	key := s
	if n.key != nil {
		n.tmp = n.key(n.tmp[:0], raw)
		key = string(n.tmp)
		if key == "" && !n.dropEmpty {
			key = "\x00" // a text of digits only is still a text
		}
	}
	id, ok := n.keys[key]
	switch {
	case key == "":
		id = 0
	case !ok:
		id = int32(len(n.best))
		n.best = append(n.best, s)
		n.keys[key] = id
	case better(s, n.best[id]):
		n.best[id] = s
	}
	if n.key != nil {
		if len(n.raw) >= n.limit {
			clear(n.raw)
		}
		n.raw[s] = id
	} else {
		n.raw = n.keys
	}
	return id
}

// better says which of two spellings is shown: mixed case before capitals, then the
// longer, then the first in order, whatever came first.
func better(a, b string) bool {
	la, lb := strings.ContainsFunc(a, unicode.IsLower), strings.ContainsFunc(b, unicode.IsLower)
	switch {
	case la != lb:
		return la
	case len(a) != len(b):
		return len(a) > len(b)
	}
	return a < b
}

// settle sorts the names in use and returns them with where each index went.
func (n *names) settle(used []bool) (sorted []string, place []int32) {
	var ids []int32
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
