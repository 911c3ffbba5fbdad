// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"cmp"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	"mainstay/practice/books"
	"mainstay/practice/journey/recurring"
)

// maxQuestions bounds the list: nobody answers more, and 6 settle 80 % for nine
// suppliers in ten.
const maxQuestions = 200

// asked collects the undecided value of one text, later of all texts with one key. A firm can have
// millions of them, of which few are shown: hence no more than this is kept.
type asked struct {
	key     uint64 // hash of the text's key
	minor   int64
	lean    float64 // weighted by value
	weight  float64
	text    int32
	clients int32
	lines   int32
	reason  recurring.Reason
}

func (s *streamSide) ask(text int32, v recurring.Verdict, earned int64, lines int) {
	if s.askedAt[text] == 0 {
		s.asked = append(s.asked, asked{text: text})
		s.askedAt[text] = int32(len(s.asked))
	}
	a := &s.asked[s.askedAt[text]-1]
	w := float64(max(earned, -earned))
	a.minor += earned
	a.clients++
	a.lines += int32(lines)
	a.lean += v.Trust * w
	a.weight += w
	a.reason = max(a.reason, v.Reason)
}

// mergeKeys makes one of the texts with one key.
func (s *streamSide) mergeKeys() {
	texts := s.a.ledger.Texts
	for i := range s.asked {
		s.asked[i].key = xxhash.Sum64String(books.StreamKey(texts[s.asked[i].text]))
	}
	slices.SortFunc(s.asked, func(x, y asked) int { // floats are summed in one order
		if x.key != y.key {
			return cmp.Compare(x.key, y.key)
		}
		return cmp.Or(strings.Compare(texts[x.text], texts[y.text]), cmp.Compare(x.minor, y.minor), cmp.Compare(x.lean, y.lean))
	})
	out := s.asked[:0]
	for _, a := range s.asked {
		n := len(out) - 1
		if n < 0 || out[n].key != a.key {
			out = append(out, a) // the first text in order is the sample
			continue
		}
		q := &out[n]
		q.minor += a.minor
		q.clients += a.clients
		q.lines += a.lines
		q.lean += a.lean
		q.weight += a.weight
		q.reason = max(q.reason, a.reason)
	}
	s.asked = out
}

// questions merges texts with one key and sorts by value.
func (s *streamSide) questions(service int64) ([]Question, Undecided) {
	s.mergeKeys()
	und := Undecided{Texts: len(s.asked)}
	slices.SortFunc(s.asked, func(x, y asked) int { return cmp.Compare(y.minor, x.minor) })
	var all int64
	for i := range s.asked {
		und.Minor += s.asked[i].minor
		all += max(0, s.asked[i].minor)
	}
	running := int64(0)
	for i := 0; all > 0 && i < len(s.asked) && und.For80 == 0; i++ {
		running += max(0, s.asked[i].minor)
		if float64(running)/float64(all) >= .8 {
			und.For80 = i + 1
		}
	}
	if service > 0 {
		und.Share = min(1, max(0, float64(und.Minor)/float64(service)))
	}
	return s.listed(all), und
}

// listed are the largest questions, of those of one value the first by key.
func (s *streamSide) listed(all int64) []Question {
	n := min(len(s.asked), maxQuestions)
	for n > 0 && n < len(s.asked) && s.asked[n].minor == s.asked[n-1].minor {
		n++
	}
	out := make([]Question, 0, n)
	for _, a := range s.asked[:n] {
		text := s.a.ledger.Texts[a.text]
		q := Question{Key: books.StreamKey(text), Text: text, Minor: a.minor, Clients: int(a.clients), Lines: int(a.lines), Reason: a.reason}
		if a.weight > 0 {
			q.Lean = a.lean / a.weight
		}
		out = append(out, q)
	}
	slices.SortFunc(out, func(a, b Question) int {
		return cmp.Or(cmp.Compare(b.Minor, a.Minor), strings.Compare(a.Key, b.Key))
	})
	out = out[:min(len(out), maxQuestions)]
	running := int64(0)
	for i := range out {
		if all > 0 {
			out[i].Share = float64(max(0, out[i].Minor)) / float64(all)
			running += max(0, out[i].Minor)
			out[i].Running = float64(running) / float64(all)
		}
	}
	return out
}
