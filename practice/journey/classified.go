// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"cmp"
	"slices"
	"strings"

	"mainstay/kit/civil"
	"mainstay/practice/books"
)

// Classified returns every invoice line of the ledger with how it is counted and why, sorted
// by source and number. Unlike an assessment it leaves no month out: lines without a day are read by
// their words alone.
func Classified(ledger *books.Ledger, settings Settings, answers Answers) []EvidenceRow {
	l := *ledger
	l.Lines = slices.Clone(ledger.Lines)
	first, last := civil.NoMonth, civil.NoMonth
	for i := range l.Lines {
		if d := l.Lines[i].Day; d.Known() {
			m := d.Month()
			if !first.Known() || m < first {
				first = m
			}
			last = max(last, m)
		}
	}
	if !first.Known() {
		first, last = 0, 0
	}
	first = max(first, last-monthMask+1) // older lines count as the first month
	for i := range l.Lines {
		if d := &l.Lines[i].Day; *d < first.First() {
			*d = first.First()
		}
	}
	out := Rows(&l, settings, answers, Window{First: first, To: last, Partial: civil.NoMonth}, Selector{Kind: "lines", From: civil.NoMonth, To: civil.NoMonth})
	slices.SortStableFunc(out, func(a, b EvidenceRow) int {
		return compareRows(a.RowRef, b.RowRef)
	})
	return out
}

func compareRows(a, b RowRef) int {
	return cmp.Or(strings.Compare(a.Source, b.Source), cmp.Compare(a.Number, b.Number))
}
