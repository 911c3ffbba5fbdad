// SPDX-License-Identifier: Apache-2.0

package recurring

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestTablesLoseNothing: what the tables in front of the maps let through is all that the maps know.
func TestTablesLoseNothing(t *testing.T) {
	compareLexicons(t, words)
	compareLexicons(t, familyWords)
}

func compareLexicons[T comparable](t *testing.T, l *lexicon[T]) {
	t.Helper()
	all := *l
	for i := range grams {
		all.reach[i], all.within[i] = longest, true
	}
	var pieces []string
	for _, in := range l.infixes {
		if len(in.stem) < 4 {
			t.Errorf("the stem %q is shorter than the table looks", in.stem)
		}
		pieces = append(pieces, in.stem, "vor"+in.stem, in.stem+"stelle", "über"+in.stem+"s")
	}
	for stem := range maps.Keys(l.prefixes) {
		pieces = append(pieces, stem, stem+"ungen", stem[:len(stem)-1])
	}
	for phrase := range maps.Keys(l.phrases) {
		pieces = append(pieces, phrase, phrase+"s", strings.ReplaceAll(phrase, "#", "12"))
	}
	slices.Sort(pieces)
	same := func(t interface {
		Fatalf(string, ...any)
	}, text string,
	) {
		for ws := split(text, nil); len(ws) > 0; ws = ws[1:] {
			v, n := l.phrase(ws, nil)
			if w, k := all.phrase(ws, nil); v != w || n != k {
				t.Fatalf("%q: %v of %d words, without the tables %v of %d", ws, v, n, w, k)
			}
		}
	}
	for _, p := range pieces {
		same(t, p)
	}
	rapid.Check(t, func(t *rapid.T) {
		some := rapid.SliceOfN(rapid.OneOf(rapid.SampledFrom(pieces), rapid.StringMatching(`[a-zäöü]{1,9}|[0-9]{1,3}`)), 1, 8).Draw(t, "pieces")
		same(t, strings.Join(some, rapid.SampledFrom([]string{" ", "-", ""}).Draw(t, "between")))
	})
}
