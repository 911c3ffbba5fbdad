// SPDX-License-Identifier: Apache-2.0

package match

import (
	"slices"
	"strings"
)

// text is what a payer wrote, folded, with what stood between the characters.
type text struct {
	folded string
	gap    []bool // gap[i]: something stood between folded[i-1] and folded[i]; len(folded)+1 entries, the ends true
}

func newText(parts ...string) text {
	var b strings.Builder
	gap := []bool{}
	open := true
	for _, p := range parts {
		for _, r := range p {
			f := foldID(string(r))
			if f == "" {
				open = true
				continue
			}
			b.WriteString(f)
			gap = append(gap, open)
			open = false
		}
		open = true
	}
	return text{b.String(), append(gap, true)}
}

// whole says whether a piece stands for itself: a number does not begin or end within a longer one.
func (t text) whole(from, to int) bool {
	if from > 0 && !t.gap[from] && isDigit(t.folded[from]) && isDigit(t.folded[from-1]) {
		return false
	}
	return to >= len(t.folded) || t.gap[to] || !isDigit(t.folded[to])
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// found is a place in a text that names invoices.
type found struct {
	from, to int
	of       []int
}

// search finds the keys of a map in a text. Of places that overlap only the longest counts.
func (t text) search(keys map[string][]int, lengths []int) []found {
	var out []found
	for _, n := range lengths {
		for from := 0; from+n <= len(t.folded); from++ {
			of := keys[t.folded[from:from+n]]
			if len(of) == 0 || !t.whole(from, from+n) || slices.ContainsFunc(out, func(f found) bool { return f.from < from+n && from < f.to && f.to-f.from > n }) {
				continue
			}
			out = append(out, found{from, from + n, of})
		}
	}
	return out
}

// nearly finds numbers with one typing error: a character wrong, missing or too many, or two swapped.
func (b *Book) nearly(t text) (out []int) {
	for _, n := range b.lengths {
		if n < enough {
			continue
		}
		for size := n - 1; size <= n+1; size++ {
			for from := 0; from+size <= len(t.folded); from++ {
				if !t.gap[from] || !t.gap[from+size] { // whole words only: else any long text is near to something
					continue
				}
				piece := t.folded[from : from+size]
				for _, less := range without(piece) {
					for _, i := range b.near[less] {
						if !slices.Contains(out, i) && oneOff(piece, foldID(b.invoices[i].Number)) {
							out = append(out, i)
						}
					}
				}
			}
		}
	}
	return out
}

// oneOff says whether one typing error makes a of b, and nothing less.
func oneOff(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	switch {
	case len(b)-len(a) > 1 || a == b:
		return false
	case len(b) > len(a):
		return a[i:] == b[i+1:]
	case a[i+1:] == b[i+1:]:
		return true
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
