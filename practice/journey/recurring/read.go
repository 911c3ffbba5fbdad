// SPDX-License-Identifier: Apache-2.0

package recurring

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Reading is what the words of one line text say, before any amount is looked at.
type Reading struct {
	Recurring int8 // strength of the words for a promise
	OneOff    int8 // strength of the words against it
	Class     Class
	Families  Families
	Term      uint8 // months that one payment covers where the words say so; 0 = not said
}

// Lean returns how strongly the words speak for a promise (positive) or
// against it (negative).
func (r Reading) Lean() int { return int(r.Recurring) - int(r.OneOff) }

// Decided is the smallest lean with which words decide. Against a promise a single weak word, such as "programme" or
// "extra", never decides: it says little of what is paid for.
const Decided = 2

// entry is one term of the compiled lexicon.
type entry struct {
	cue      cue
	strength int8
}

// lexicon finds terms by whole phrase, by the stem a word begins with and by the
// stem a word contains. It is built once and only read.
type lexicon[T any] struct {
	phrases  map[string]T
	prefixes map[string]T
	infixes  []infix[T]
	// Most words begin or hold no term, and a firm can have a million texts: these tables say so without
	// a look into the maps. They may say yes in vain, never no.
	reach  [grams]uint8 // by the first letters of a word: words of the longest term that may begin there
	within [grams]bool  // by four letters inside a word: an infix may begin there
}

const grams = 1 << 13

// gram is the place of the first four bytes of s, of fewer where it is shorter.
func gram(s string) uint32 {
	var g uint32
	for i := range min(len(s), 4) {
		g |= uint32(s[i]) << (8 * i)
	}
	return g * 2654435761 >> 19 // Knuth's multiplier; 13 bits are left
}

type infix[T any] struct {
	stem  string
	value T
}

var (
	words       = compileWords()
	familyWords = compileFamilies()
)

func newLexicon[T any]() *lexicon[T] {
	return &lexicon[T]{phrases: map[string]T{}, prefixes: map[string]T{}}
}

func (l *lexicon[T]) add(terms string, v T) {
	for term := range strings.SplitSeq(terms, "|") {
		t := strings.Trim(strings.TrimSpace(term), "/")
		switch {
		case strings.HasPrefix(t, "*"):
			stem := strings.Trim(t, "*")
			l.infixes = append(l.infixes, infix[T]{stem, v})
			l.within[gram(stem)] = true // all have four letters and more; a test says so
		case strings.HasSuffix(t, "*"):
			l.prefixes[t[:len(t)-1]] = v
			l.begins(t[:len(t)-1], 1)
		default:
			t = strings.NewReplacer("-", " ", "&", " ", "  ", " ").Replace(t)
			l.phrases[t] = v
			first, _, more := strings.Cut(t, " ")
			l.begins(first, strings.Count(t, " ")+1)
			if !more {
				l.begins(first+"s", 1)
			}
		}
	}
}

// begins notes that a term of n words begins with the word or stem.
func (l *lexicon[T]) begins(first string, n int) {
	r := &l.reach[gram(first)]
	*r = max(*r, uint8(min(n, longest)))
}

func compileWords() *lexicon[entry] {
	l := newLexicon[entry]()
	for _, list := range [][]group{english, products, german, germanMore, romance} {
		for _, g := range list {
			l.add(g.terms, entry{g.cue, g.strength})
		}
	}
	return l
}

func compileFamilies() *lexicon[Families] {
	l := newLexicon[Families]()
	for bit, terms := range families {
		for term := range strings.SplitSeq(terms, "|") {
			l.add(term, 1<<bit|l.phrases[term])
		}
	}
	return l
}

// maxWords bounds how much of a text is read: line texts of real books run to
// a page when a tool puts the whole ticket there.
const maxWords = 60

// longest is the number of words of the longest term.
const longest = 4

// split cuts a text into lower-case words and numbers; a run of digits is cut
// from letters that follow it ("12months", "50gb").
func split(text string, out []string) []string {
	s := strings.ToLower(text)
	start, digit := -1, false
	flush := func(end int) {
		if start >= 0 && len(out) < maxWords {
			out = append(out, s[start:end])
		}
		start = -1
	}
	for i, r := range s {
		isDigit := r >= '0' && r <= '9'
		switch {
		case !isDigit && (!unicode.IsLetter(r) || r == utf8.RuneError):
			flush(i)
		case start < 0:
			start, digit = i, isDigit
		case digit && !isDigit && len(out) < maxWords:
			flush(i)
			start, digit = i, false
		default:
			digit = digit && isDigit
		}
	}
	flush(len(s))
	return out
}

func number(w string) bool { return w[0] >= '0' && w[0] <= '9' }

// phrase looks for the longest term that begins at ws[0] and returns how many
// words it has, 0 for none.
func (l *lexicon[T]) phrase(ws []string, buf []byte) (v T, n int) {
	w := ws[0]
	reach := int(l.reach[gram(w)])
	if number(w) {
		reach = longest // it may stand for #
	}
	for k := min(reach, len(ws)); k >= 1; k-- {
		buf = join(buf[:0], ws[:k], false)
		if v, ok := l.phrases[string(buf)]; ok {
			return v, k
		}
		if plural := len(buf) - 1; buf[plural] == 's' {
			if v, ok := l.phrases[string(buf[:plural])]; ok {
				return v, k
			}
		}
		if k > 1 {
			buf = join(buf[:0], ws[:k], true)
			if v, ok := l.phrases[string(buf)]; ok {
				return v, k
			}
		}
	}
	for i := min(len(w), 24); reach > 0 && i >= 4; i-- {
		if v, ok := l.prefixes[w[:i]]; ok {
			return v, 1
		}
	}
	if len(w) >= 8 && l.mayHold(w) {
		for _, in := range l.infixes {
			if strings.Contains(w, in.stem) {
				return in.value, 1
			}
		}
	}
	return v, 0
}

// mayHold reports whether an infix can be in the word.
func (l *lexicon[T]) mayHold(w string) bool {
	for i := range len(w) - 3 {
		if l.within[gram(w[i:])] {
			return true
		}
	}
	return false
}

// join writes words with single spaces; numbers become # when wild.
func join(buf []byte, ws []string, wild bool) []byte {
	for i, w := range ws {
		if i > 0 {
			buf = append(buf, ' ')
		}
		if wild && number(w) {
			buf = append(buf, '#')
		} else {
			buf = append(buf, w...)
		}
	}
	return buf
}

// Read reads the words of a line text. It never fails; a text without a known
// word gives the zero Reading.
func Read(text string) Reading {
	var (
		store  [maxWords]string
		buf    [128]byte
		scores [forResale + 1]int
		once   [32]string // terms count once, however often a text repeats them
		seen   = once[:0]
		r      Reading
	)
	ws := split(text, store[:0])
	for i := 0; i < len(ws); {
		f, _ := familyWords.phrase(ws[i:], buf[:0])
		r.Families |= f
		e, n := words.phrase(ws[i:], buf[:0])
		if n == 0 {
			if t := meant(ws[i]); t != "" {
				ws[i] = t
				continue
			}
			i++
			continue
		}
		if e.cue == forLabour && i+n < len(ws) && licensed(ws[i+n]) {
			e = entry{forRecurring, 1} // "administrator licence": what a user is called, not who works
		}
		if !repeated(seen, ws[i]) {
			scores[e.cue] += int(e.strength)
			if len(seen) < cap(seen) {
				seen = append(seen, ws[i])
			}
		}
		for j := i + 1; j < i+n; j++ { // families inside the phrase
			f, _ := familyWords.phrase(ws[j:], buf[:0])
			r.Families |= f
		}
		i += n
	}
	r.Term = term(ws)
	if n := period(ws); n > 0 {
		// A span of whole months: billed time, unless the line is about work.
		if scores[forRecurring]+scores[forThing] > 0 {
			scores[forRecurring] += spanned
		}
		if r.Term == 0 {
			r.Term = uint8(n)
		}
	} else if r.Term > 0 && scores[forRecurring]+scores[forThing] > 0 {
		scores[forRecurring]++
	}
	if len(ws) == 1 {
		scores[forRecurring] = lone(scores[forRecurring])
	}
	return decide(r, scores[:])
}

// licensed reports whether a word is what is sold per person.
func licensed(w string) bool {
	switch w {
	case "licence", "licences", "license", "licenses", "licencing", "licensing", "user", "users", "seat", "seats", "account", "accounts", "subscription", "subscriptions", "lizenz", "lizenzen":
		return true
	}
	return false
}

// lone weakens a text of one weak word: "Support" alone decides nothing, "Hosting" does.
func lone(strength int) int {
	if strength <= Decided {
		return min(strength, Decided-1)
	}
	return strength
}

func repeated(seen []string, w string) bool {
	for _, s := range seen {
		if s == w {
			return true
		}
	}
	return false
}

// spanned is the strength of a span of whole months beside any word for a promise.
const spanned = 3

// promised is the strength from which words of a promise claim the goods that they name: "hosted switch", "laptop lease".
const promised = 4

// activity is the strength from which words of work claim the things that they name.
const activity = 3

// decide turns the scores into the reading's class.
func decide(r Reading, scores []int) Reading {
	const top = 100
	project, labour := scores[forProject], scores[forLabour]
	prepaid, resale := scores[forPrepaid], scores[forResale]
	rec, things := scores[forRecurring], scores[forThing]
	if project+labour >= activity {
		// "Azure deployment", "backup consultancy": work on a thing, not the thing.
		things /= 3
	}
	if rec >= promised {
		resale /= 3
	}
	if things == 0 { // "virtual machine per hour" is metered, not worked
		labour += scores[forTime]
	}
	rec += things
	r.Recurring = int8(min(rec, top))
	r.OneOff = int8(min(project+labour+prepaid+resale, top))
	lean := r.Lean()
	against := lean <= -Decided && r.OneOff > Decided
	switch {
	case lean >= Decided:
		r.Class = Recurring
	case against && prepaid > 0:
		r.Class = Prepaid
	case against && resale > max(project, labour):
		r.Class = Resale
	case against && labour >= project:
		r.Class = Labour
	case against:
		r.Class = Project
	}
	return r
}
