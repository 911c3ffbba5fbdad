// SPDX-License-Identifier: Apache-2.0

package vendors

import (
	"slices"
	"strings"

	"mainstay/kit/ids"
)

// candidate is a name that an unknown one is compared with.
type candidate struct {
	id    ids.ID
	pairs []uint64
}

// enough is how much of two names must agree for one to be suggested for the other, in percent.
const enough = 50

// pairs are the pairs of neighbouring letters of a name, sorted.
func pairs(name string) []uint64 {
	r := []rune(" " + strings.ToLower(name) + " ")
	out := make([]uint64, 0, len(r))
	for i := 1; i < len(r); i++ {
		out = append(out, uint64(r[i-1])<<32|uint64(r[i]))
	}
	slices.Sort(out)
	return out
}

// alike is Dice's measure of two names in percent: twice the pairs that they share over all pairs of both.
func alike(a, b []uint64) int {
	if len(a)+len(b) == 0 {
		return 0
	}
	n, i, k := 0, 0, 0
	for i < len(a) && k < len(b) {
		switch {
		case a[i] == b[k]:
			n, i, k = n+1, i+1, k+1
		case a[i] < b[k]:
			i++
		default:
			k++
		}
	}
	return 200 * n / (len(a) + len(b))
}

// nearest is the candidate most like a name, 0 where none is like enough or two are equally so.
func nearest(name string, list []candidate) ids.ID {
	p := pairs(name)
	best, most, tie := ids.ID(0), enough-1, false
	for _, c := range list {
		switch n := alike(p, c.pairs); {
		case n > most:
			best, most, tie = c.id, n, false
		case n == most && c.id != best:
			tie = true
		}
	}
	if tie {
		return 0
	}
	return best
}
