// SPDX-License-Identifier: Apache-2.0

package match

import (
	"cmp"
	"slices"
	"strings"

	"mainstay/kit/ids"
)

// Book is what is open and who is known, made ready for many lines.
type Book struct {
	invoices  []Invoice // by due day
	byClient  map[ids.ID][]int
	byRef     map[string][]int
	byE2E     map[string][]int
	byKey     map[string][]int // folded numbers
	byDigits  map[string][]int // the digits of numbers that have enough of them
	near      map[string][]int // numbers less one character, for typing errors
	lengths   []int            // of the keys
	digitLens []int
	refLens   []int
	byID      map[ids.ID]int

	paid        map[string][]int // folded numbers of paid invoices
	paidLens    []int
	paidNumbers []string
	ibans       map[string][]ids.ID
	names       map[string][]ids.ID
	bundles     map[string][]Bundle
}

// enough digits to know an invoice by them alone; fewer are as likely a date, a customer number or a part of an amount.
const enough = 6

// NewBook makes a book. Invoices with nothing open are never
// given anything, but a line that names one is no more than a proposal for another.
func NewBook(invoices []Invoice, payers []Payer, bundles []Bundle) *Book {
	b := &Book{
		byClient: map[ids.ID][]int{}, byRef: map[string][]int{}, byE2E: map[string][]int{}, byKey: map[string][]int{}, byDigits: map[string][]int{},
		near: map[string][]int{}, ibans: map[string][]ids.ID{}, names: map[string][]ids.ID{}, bundles: map[string][]Bundle{}, byID: map[ids.ID]int{},
		paid: map[string][]int{},
	}
	for _, v := range invoices {
		if v.Open > 0 {
			b.invoices = append(b.invoices, v)
		} else if key := foldID(v.Number); countDigits(key) >= enough {
			b.paid[key] = append(b.paid[key], len(b.paidNumbers))
			b.paidNumbers = append(b.paidNumbers, v.Number)
			b.paidLens = append(b.paidLens, len(key))
		}
	}
	slices.SortFunc(b.invoices, func(x, y Invoice) int { return cmp.Or(cmp.Compare(x.Due, y.Due), cmp.Compare(x.ID, y.ID)) })
	for i, v := range b.invoices {
		b.byID[v.ID] = i
		b.byClient[v.Client] = append(b.byClient[v.Client], i)
		if r := foldID(v.Reference); r != "" {
			b.byRef[r] = append(b.byRef[r], i)
			b.refLens = append(b.refLens, len(r))
		}
		for _, e := range v.EndToEnd {
			if e = foldID(e); e != "" {
				b.byE2E[e] = append(b.byE2E[e], i)
			}
		}
		key := foldID(v.Number)
		if key == "" {
			continue
		}
		b.byKey[key] = append(b.byKey[key], i)
		b.lengths = append(b.lengths, len(key))
		if d := lastDigits(v.Number); len(d) >= enough && d != key {
			b.byDigits[d] = append(b.byDigits[d], i)
			b.digitLens = append(b.digitLens, len(d))
		}
		if countDigits(key) >= enough {
			for _, n := range without(key) {
				b.near[n] = append(b.near[n], i)
			}
		}
	}
	b.lengths, b.digitLens, b.refLens, b.paidLens = distinct(b.lengths), distinct(b.digitLens), distinct(b.refLens), distinct(b.paidLens)
	for _, p := range payers {
		if iban := foldID(p.IBAN); iban != "" {
			b.ibans[iban] = addOnce(b.ibans[iban], p.Client)
		}
		if n := foldName(p.Name); n != "" {
			b.names[n] = addOnce(b.names[n], p.Client)
		}
	}
	for _, u := range bundles {
		for _, n := range u.Names {
			if n = foldID(n); n != "" {
				b.bundles[n] = append(b.bundles[n], u)
			}
		}
	}
	return b
}

// distinct sorts longest first and drops what is there twice.
func distinct(n []int) []int {
	slices.Sort(n)
	slices.Reverse(n)
	return slices.Compact(n)
}

func addOnce(list []ids.ID, id ids.ID) []ids.ID {
	if slices.Contains(list, id) {
		return list
	}
	return append(list, id)
}

// foldID keeps letters and digits, in upper case.
func foldID(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '0' && r <= '9', r >= 'A' && r <= 'Z':
			return r
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		}
		return -1
	}, s)
}

// foldName makes one spelling of a name: case, umlauts, marks and the legal form make no difference.
func foldName(s string) string {
	s = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "ß", "ss", "é", "e", "è", "e", "ç", "c", "á", "a", "à", "a", "ó", "o", "í", "i", "ñ", "n", ".", "", "&", " ", "+", " ").Replace(strings.ToLower(s))
	var out []string
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return r < 0x80 && (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
		switch w {
		case "gmbh", "co", "kg", "ag", "ug", "haftungsbeschraenkt", "mbh", "ohg", "gbr", "ev", "ek", "ltd", "limited", "inc", "llc", "plc", "sarl", "sa", "bv", "nv", "und", "and", "the", "firma":
		default:
			out = append(out, w)
		}
	}
	return strings.Join(out, " ")
}

// lastDigits are the digits of a number behind its letters: "RE-2026-0042" has 20260042.
func lastDigits(s string) string {
	key := foldID(s)
	i := len(key)
	for i > 0 && key[i-1] >= '0' && key[i-1] <= '9' {
		i--
	}
	return key[i:]
}

func countDigits(s string) (n int) {
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}

// without returns s and every text that is s less one character.
func without(s string) []string {
	out := []string{s}
	for i := range len(s) {
		out = append(out, s[:i]+s[i+1:])
	}
	return out
}
