// SPDX-License-Identifier: Apache-2.0

package recurring

import "strings"

// Words that decide a line and are often mistyped. A word of a line with one letter too many, one too few or two
// swapped is read as the word meant. Words that lie near another real word are not in the list.
var mistyped = compileTypos(strings.Fields("licence licences license licenses licensing subscription subscriptions maintenance hosting monthly annually quarterly renewal renewals virtual servers software " +
	"consultancy consultant development implementation installation professional migration training workshop engineering configuration deployment procurement accreditation assessment requirements technical resource testing programme " +
	"hardware lizenzen wartungsvertrag einrichtung"))

const shortestTypo = 6 // letters; shorter words have too many neighbours

// compileTypos keys every word by each of its spellings with a letter left out.
func compileTypos(list []string) map[string]string {
	m := map[string]string{}
	for _, w := range list {
		for _, k := range without(w) {
			if _, taken := m[k]; !taken {
				m[k] = w
			}
		}
	}
	return m
}

// without returns the word with each of its letters but the first left out.
func without(w string) []string {
	out := make([]string, 0, len(w))
	for i := 1; i < len(w); i++ {
		out = append(out, w[:i]+w[i+1:])
	}
	return out
}

// meant returns the word that a mistyped one stands for, or "".
func meant(w string) string {
	if len(w) < shortestTypo-1 || number(w) {
		return ""
	}
	if t := mistyped[w]; t != "" { // a letter is missing
		return t
	}
	var buf [32]byte
	if len(w) > len(buf) {
		return ""
	}
	for i := 1; i < len(w); i++ {
		k := append(append(buf[:0], w[:i]...), w[i+1:]...)
		t := mistyped[string(k)]
		switch {
		case t == "":
		case len(t) == len(w) && swapped(w, t):
			return t
		}
	}
	for i := 1; i < len(w); i++ { // a letter too many
		k := append(append(buf[:0], w[:i]...), w[i+1:]...)
		if known[string(k)] {
			return string(k)
		}
	}
	return ""
}

// known are the words of the list themselves.
var known = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range mistyped {
		m[w] = true
	}
	return m
}()

// swapped reports whether two neighbouring letters are all that differs.
func swapped(a, b string) bool {
	for i := range a {
		if a[i] != b[i] {
			return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
		}
	}
	return false
}
