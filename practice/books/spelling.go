// SPDX-License-Identifier: Apache-2.0

package books

import "strings"

// abbreviations of words in column names.
var abbreviations = map[string]string{
	"amt": "amount", "desc": "description", "descr": "description", "descript": "description", "dt": "date", "num": "number", "nbr": "number", "dept": "department", "supp": "supplier", "trans": "transaction", "trx": "transaction",
	"txn": "transaction", "tran": "transaction", "inv": "invoice", "val": "value", "exp": "expense", "cat": "category", "org": "organisation", "acct": "account", "pmt": "payment", "pymt": "payment", "cust": "customer",
	"curr": "currency", "nett": "net", "chq": "cheque", "vchr": "voucher", "serv": "service", "exc": "excl", "excludes": "excl", "nr": "no",
}

// speller reads column names in which words are shortened or mistyped: "Supp_Name", "Suppklier", "Entitiy".
// It knows the words of the synonym table and nothing else.
type speller struct {
	words map[string]bool
	near  map[[2]byte][]string // long words by their first and last letter
	read  map[string]string
}

const (
	longWord = 5 // shorter words have too many neighbours
	maxNamed = 8 // words in a column's name; longer cells are text
)

func newSpeller(rules map[Kind][]rule) *speller {
	s := &speller{words: map[string]bool{}, near: map[[2]byte][]string{}, read: map[string]string{}}
	add := func(w string) {
		if s.words[w] {
			return
		}
		s.words[w] = true
		if len(w) >= longWord {
			k := [2]byte{w[0], w[len(w)-1]}
			s.near[k] = append(s.near[k], w)
		}
	}
	for _, kind := range kindOrder {
		for _, r := range rules[kind] {
			for _, name := range strings.Split(r.names, "|") {
				for _, w := range strings.Fields(name) {
					add(w)
				}
			}
			for _, t := range strings.Fields(r.tokens) {
				w, _, _ := strings.Cut(t, ":")
				add(w)
			}
		}
	}
	return s
}

// fix returns a normalised name with its words written out; the same name where there is nothing to mend.
func (s *speller) fix(name string) string {
	if name == "" || strings.Count(name, " ") >= maxNamed {
		return name
	}
	ws := strings.Fields(name)
	for i, w := range ws {
		ws[i] = s.word(w)
	}
	return strings.Join(ws, " ")
}

func (s *speller) word(w string) string {
	if long := abbreviations[w]; long != "" {
		return long
	}
	if s.words[w] {
		return w
	}
	if t, ok := s.read[w]; ok {
		return t
	}
	t := w
	if one := strings.TrimSuffix(w, "s"); one != w && s.words[one] {
		t = one
	} else if len(w) >= longWord {
		t = s.closest(w)
	}
	s.read[w] = t
	return t
}

// closest returns the only known word within a typing mistake or, for long words, two; else w. People seldom
// mistype the first or the last letter.
func (s *speller) closest(w string) string {
	best, at, several := w, 3, false
	for _, c := range s.near[[2]byte{w[0], w[len(w)-1]}] {
		d := mistakes(w, c)
		switch {
		case d > 2 || d == 2 && min(len(w), len(c)) < 8:
		case d < at:
			best, at, several = c, d, false
		case d == at:
			several = true
		}
	}
	if several {
		return w
	}
	return best
}

// mistakes counts the letters to add, drop, change or swap between two words, up to 3.
func mistakes(a, b string) int {
	const longest = 32
	if len(a) > longest || len(b) > longest || len(a)-len(b) > 2 || len(b)-len(a) > 2 {
		return 3
	}
	var before, last, row [longest + 1]int
	for j := range len(b) + 1 {
		last[j] = j //nolint:gosec // the words are at most 32 letters long
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1) //nolint:gosec // j is at least 2
			}
			least = min(least, row[j])
		}
		if least > 2 {
			return 3
		}
		before, last = last, row
	}
	return min(last[len(b)], 3)
}
