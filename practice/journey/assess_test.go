// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"encoding/json"
	"math/rand/v2"
	"runtime"
	"testing"

	"mainstay/practice/books"
)

func assessJSON(t testing.TB, l *books.Ledger) string {
	t.Helper()
	a, err := Assess(l, DefaultSettings(), nil, DefaultSeed)
	if err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func BenchmarkAssess(b *testing.B) {
	l := generated(2000, 1_000_000, 200_000, 1)
	runtime.GC()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Assess(l, DefaultSettings(), nil, DefaultSeed); err != nil {
			b.Fatal(err)
		}
	}
}

// TestOrderDoesNotMatter shuffles rows, clients, texts and sources.
func TestOrderDoesNotMatter(t *testing.T) {
	l := generated(40, 8000, 2000, 2)
	want := assessJSON(t, l)
	for seed := range uint64(3) {
		if got := assessJSON(t, shuffled(l, seed)); got != want {
			t.Fatal("another order of rows gave another assessment")
		}
	}
}

func shuffled(l *books.Ledger, seed uint64) *books.Ledger {
	rng := rand.New(rand.NewPCG(seed, 5))
	perm := func(list []string) ([]string, []int32) {
		to, out := make([]int32, len(list)), make([]string, len(list))
		p := rng.Perm(len(list) - 1)
		out[0] = list[0]
		for i, j := range p {
			to[i+1], out[j+1] = int32(j+1), list[i+1]
		}
		return out, to
	}
	s := *l
	var ct, tt []int32
	s.Clients, ct = perm(l.Clients)
	s.Texts, tt = perm(l.Texts)
	s.Sources = []books.Source{l.Sources[1], l.Sources[0]}
	s.Lines, s.Tickets = append([]books.Line(nil), l.Lines...), append([]books.Ticket(nil), l.Tickets...)
	for i := range s.Lines {
		x := &s.Lines[i]
		x.Client, x.Text, x.Source = ct[x.Client], tt[x.Text], 1-x.Source
	}
	for i := range s.Tickets {
		x := &s.Tickets[i]
		x.Client, x.Source = ct[x.Client], 1-x.Source
	}
	rng.Shuffle(len(s.Lines), func(i, j int) { s.Lines[i], s.Lines[j] = s.Lines[j], s.Lines[i] })
	rng.Shuffle(len(s.Tickets), func(i, j int) { s.Tickets[i], s.Tickets[j] = s.Tickets[j], s.Tickets[i] })
	return &s
}
