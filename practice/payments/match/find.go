// SPDX-License-Identifier: Apache-2.0

package match

import (
	"cmp"
	"slices"

	"mainstay/kit/ids"
)

// kept is how many answers are worth showing.
const kept = 5

// Find returns the answers for a line, the best first, at most five; none where nothing speaks for any invoice.
func (b *Book) Find(l Line) []Match {
	if l.Amount <= 0 {
		return nil
	}
	f := &finder{b: b, l: l, client: b.payer(l)}
	f.bundle()
	f.references()
	f.numbers()
	f.known()
	f.amount()
	return f.answer()
}

// payer is who a line comes from, as far as is known.
type payer struct {
	iban, name []ids.ID
}

func (b *Book) payer(l Line) payer {
	return payer{b.ibans[foldID(l.IBAN)], b.names[foldName(l.Name)]}
}

// speaks says how sure it is that a client is the payer: 2 by account, 1 by name, 0 not known, −1 known as somebody else.
func (p payer) speaks(client ids.ID) int {
	switch {
	case slices.Contains(p.iban, client):
		return 2
	case len(p.iban) > 0:
		return -1
	case slices.Contains(p.name, client):
		return 1
	}
	return 0
}

type finder struct {
	b      *Book
	l      Line
	client payer
	out    []Match
	paid   string // the number of a paid invoice that the line names
}

// bundle knows our own collections by the name that we gave them.
func (f *finder) bundle() {
	for _, name := range []string{f.l.Bundle, f.l.EndToEnd, f.l.Reference} {
		for _, u := range f.b.bundles[foldID(name)] {
			if u.Currency != f.l.Currency {
				continue
			}
			m := Match{Bundle: u.ID, Score: 100, Certain: true}
			m.because(ByBundle, name)
			left := f.l.Amount
			for _, p := range u.Parts {
				open := f.open(p.Invoice)
				if p.Amount <= 0 || p.Amount > left || p.Amount > open {
					m.Certain = false
				}
				if n := min(p.Amount, left, open); n > 0 && !slices.ContainsFunc(m.Allocations, func(a Allocation) bool { return a.Invoice == p.Invoice }) {
					m.Allocations = append(m.Allocations, Allocation{p.Invoice, n})
					left -= n
				}
			}
			if m.Over = left; left > 0 || !m.Certain {
				m.Certain, m.Score = false, 80
				m.because(map[bool]Code{true: Over, false: Part}[left > 0], "")
			} else {
				m.because(Exact, "")
			}
			if len(m.Allocations) > 0 {
				f.out = append(f.out, m)
			}
			return
		}
	}
}

func (f *finder) open(id ids.ID) int64 {
	if i, known := f.b.byID[id]; known && f.b.invoices[i].Currency == f.l.Currency {
		return f.b.invoices[i].Open
	}
	return 0
}

// references uses what names an invoice by a check digit or by an id of ours.
func (f *finder) references() {
	type by struct {
		code Code
		of   []int
	}
	var all []by
	all = append(all, by{ByReference, f.b.byRef[foldID(f.l.Reference)]}, by{ByEndToEnd, f.b.byE2E[foldID(f.l.EndToEnd)]})
	if f.l.Reference == "" { // typed off into the text
		for _, hit := range newText(f.l.Text).search(f.b.byRef, f.b.refLens) {
			all = append(all, by{ByReference, hit.of})
		}
	}
	for _, a := range all {
		if of := f.mine(a.of); len(of) > 0 {
			f.named(of, a.code, 95)
		}
	}
}

// mine keeps invoices in the line's currency.
func (f *finder) mine(of []int) []int {
	var out []int
	for _, i := range of {
		if f.b.invoices[i].Currency == f.l.Currency && !slices.Contains(out, i) {
			out = append(out, i)
		}
	}
	return out
}

// numbers looks for invoices' numbers in what the payer wrote.
func (f *finder) numbers() {
	t := newText(f.l.Text, f.l.EndToEnd, f.l.Reference)
	for _, step := range []struct {
		code  Code
		hits  []found
		score int
	}{{ByNumber, t.search(f.b.byKey, f.b.lengths), 90}, {ByDigits, t.search(f.b.byDigits, f.b.digitLens), 80}} {
		var of []int
		for _, h := range step.hits {
			of = append(of, h.of...)
		}
		if of = f.mine(of); len(of) > 0 {
			f.named(of, step.code, step.score)
			return
		}
	}
	for _, h := range t.search(f.b.paid, f.b.paidLens) {
		f.paid = f.b.paidNumbers[h.of[0]]
	}
	for _, i := range f.mine(f.b.nearly(t)) {
		f.named([]int{i}, ByTypo, 55)
	}
}

// named makes an answer of invoices that the line names.
func (f *finder) named(of []int, code Code, score int) {
	slices.Sort(of)
	m := Match{Score: score, Certain: code != ByTypo}
	sum, short := int64(0), false
	for _, i := range of {
		v := f.b.invoices[i]
		m.because(code, v.Number)
		sum += v.Open
		short = short || code == ByNumber && countDigits(foldID(v.Number)) < enough
	}
	f.give(&m, of)
	who := f.who(&m)
	switch {
	case sum == f.l.Amount:
		m.Score += 5
		m.because(Exact, "")
	case sum < f.l.Amount:
		m.Certain, m.Score = false, m.Score-15
		m.because(Over, "")
	default:
		m.Certain, m.Score = false, m.Score-15
		m.because(Part, "")
		if len(of) > 1 {
			m.because(Oldest, "")
		}
	}
	if short && (sum != f.l.Amount || who < 1) { // "12" is in many texts
		m.Certain, m.Score = false, m.Score-20
		if sum != f.l.Amount && who < 1 {
			m.Score -= 20
		}
	}
	if m.Client == 0 {
		m.Certain, m.Score = false, m.Score-10
		m.because(Mixed, "")
	}
	// Of one number several invoices: they cannot all be meant.
	seen := map[string]bool{}
	for _, i := range of {
		if n := foldID(f.b.invoices[i].Number); seen[n] && code != ByEndToEnd {
			m.Certain = false
		} else {
			seen[n] = true
		}
	}
	f.add(m)
}

// who adds what is known of the payer.
func (f *finder) who(m *Match) int {
	who := 0
	if m.Client != 0 {
		who = f.client.speaks(m.Client)
	}
	switch who {
	case 2:
		m.Score += 4
		m.because(ByIBAN, "")
	case 1:
		m.Score += 2
		m.because(ByName, "")
	case -1: // somebody pays for somebody else: possible, but worth a look
		m.Certain, m.Score = false, m.Score-10
		m.because(OtherPayer, "")
	}
	return who
}

// give allocates to invoices, oldest first, and says whose they are.
func (f *finder) give(m *Match, of []int) {
	left := f.l.Amount
	for k, i := range of {
		v := f.b.invoices[i]
		if k == 0 {
			m.Client = v.Client
		} else if m.Client != v.Client {
			m.Client = 0
		}
		if n := min(left, v.Open); n > 0 {
			m.Allocations = append(m.Allocations, Allocation{v.ID, n})
			left -= n
		}
	}
	m.Over = left
}

func (f *finder) add(m Match) {
	m.Score = max(1, min(100, m.Score))
	if len(m.Allocations) > 0 || m.Client != 0 {
		f.out = append(f.out, m)
	}
}

// answer orders, drops what is said twice, and takes certainty away where two answers contradict each other.
func (f *finder) answer() []Match {
	slices.SortStableFunc(f.out, func(a, b Match) int { return cmp.Compare(b.Score, a.Score) })
	var out []Match
	certain := 0
	for _, m := range f.out {
		if slices.ContainsFunc(out, func(o Match) bool { return o.Client == m.Client && slices.Equal(o.Allocations, m.Allocations) }) {
			continue
		}
		if m.Certain {
			certain++
		}
		out = append(out, m)
	}
	for i := range out {
		if f.paid != "" && !out[i].Has(ByReference) && !out[i].Has(ByEndToEnd) && !out[i].Has(ByBundle) {
			out[i].Certain = false
			out[i].because(Paid, f.paid)
			continue
		}
		if certain > 1 && out[i].Certain {
			out[i].Certain = false
			out[i].because(Several, "")
		}
	}
	return out[:min(len(out), kept)]
}
