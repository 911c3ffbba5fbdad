// SPDX-License-Identifier: Apache-2.0

package books

import (
	"cmp"
	"slices"

	"mainstay/kit/money"
)

// lineFinish makes a ledger's lines out of the stored ones: of the main currency, sorted, each once. It
// goes over the store twice, to count the days and then to put each line into the stretch of its day; only
// the lines of one day are ever held a second time.
type lineFinish struct {
	store *lineStore
	main  uint8
	total int   // lines of the main currency
	next  []int // by day: where its next line goes
	other []Note
}

func newLineFinish(s *lineStore, main uint8) *lineFinish { return &lineFinish{store: s, main: main} }

func (f *lineFinish) ours(cur uint8) bool { return cur == 0 || cur == f.main }

// day is the place of a line's day among all; the first is for lines without one.
func (f *lineFinish) day(l *Line) int {
	if !l.Day.Known() || len(f.next) == 1 {
		return 0
	}
	return int(l.Day-f.store.lo) + 1
}

// survey marks the names in use, counts the lines of each day and sums what is in other money.
func (f *lineFinish) survey(clients, texts, docs []bool) {
	s := f.store
	days := 1
	if span := int64(s.hi) - int64(s.lo) + 1; span > 0 && span < 1<<22 { // otherwise no calendar: all is left to the sorting
		days += int(span)
	}
	f.next = make([]int, days)
	f.other = make([]Note, len(s.byCur))
	s.all(false, func(l *Line, _ uint64, cur uint8) {
		if !f.ours(cur) {
			f.other[cur].Rows++
			f.other[cur].Minor += l.Minor
			return
		}
		clients[l.Client], texts[l.Text], docs[l.Doc] = true, true, true
		f.next[f.day(l)]++
		f.total++
	})
	at := 0
	for d, n := range f.next {
		f.next[d] = at
		at += n
	}
}

// otherMoney notes what was left out.
func (f *lineFinish) otherMoney(names []money.Currency, l *Ledger) {
	for i, x := range f.other {
		if x.Rows > 0 {
			l.Notes = append(l.Notes, Note{Code: NoteOtherCurrency, Arg: string(names[i]), Rows: x.Rows, Minor: x.Minor})
		}
	}
}

// finish fills the ledger's lines; the store is spent.
func (f *lineFinish) finish(l *Ledger, sources []int32, p places) {
	if f.total == 0 {
		return
	}
	lines, prints := make([]Line, f.total), make([]uint64, f.total)
	f.store.all(true, func(l *Line, print uint64, cur uint8) {
		if !f.ours(cur) {
			return
		}
		d := f.day(l)
		i := f.next[d]
		f.next[d]++
		lines[i], prints[i] = *l, print
		x := &lines[i]
		x.Source, x.Client, x.Text, x.Doc = sources[x.Source], p.clients[x.Client], p.texts[x.Text], p.docs[x.Doc]
	})
	dropped := Note{Code: "overlap-lines"}
	out := lines[:0]
	var day daySort
	from := 0
	for _, to := range f.next {
		day.sort(lines[from:to], prints[from:to])
		out = day.once(out, &dropped)
		from = to
	}
	if dropped.Rows > 0 {
		l.Notes = append(l.Notes, dropped)
	}
	l.Lines = out
}

// daySort sorts the lines of one day in memory of its own.
type daySort struct {
	order []dayLine
	lines []Line
	print []uint64
}

// dayLine is what most lines of a day differ in, and where the line is.
type dayLine struct {
	key uint64 // client and text
	at  uint32
}

func (s *daySort) sort(lines []Line, prints []uint64) {
	s.order, s.lines, s.print = s.order[:0], s.lines[:0], s.print[:0]
	for i := range lines {
		s.order = append(s.order, dayLine{uint64(uint32(lines[i].Client))<<32 | uint64(uint32(lines[i].Text)), uint32(i)})
	}
	slices.SortFunc(s.order, func(x, y dayLine) int {
		a, b := &lines[x.at], &lines[y.at]
		if x.key != y.key && a.Day == b.Day {
			return cmp.Compare(x.key, y.key)
		}
		if c := compareLines(a, b); c != 0 {
			return c
		}
		return cmp.Or(cmp.Compare(prints[x.at], prints[y.at]), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Number, b.Number))
	})
	for _, o := range s.order {
		s.lines, s.print = append(s.lines, lines[o.at]), append(s.print, prints[o.at])
	}
}

// once appends the sorted lines to out without those that another source has told already: of lines that
// say the same, as many are kept as the source with the most of them has.
func (s *daySort) once(out []Line, dropped *Note) []Line {
	for i := 0; i < len(s.lines); {
		j, keep, run := i+1, 1, 1
		for ; j < len(s.lines) && s.print[j] == s.print[i] && compareLines(&s.lines[j], &s.lines[i]) == 0; j++ {
			if s.lines[j].Source == s.lines[j-1].Source {
				run++
			} else {
				run = 1
			}
			keep = max(keep, run)
		}
		out = append(out, s.lines[i:i+keep]...)
		for ; i+keep < j; i++ {
			dropped.Rows++
			dropped.Minor += s.lines[i].Minor
		}
		i = j
	}
	return out
}

// compareLines compares what the lines say.
func compareLines(a, b *Line) int {
	switch {
	case a.Day != b.Day:
		return cmp.Compare(a.Day, b.Day)
	case a.Client != b.Client:
		return cmp.Compare(a.Client, b.Client)
	case a.Text != b.Text:
		return cmp.Compare(a.Text, b.Text)
	case a.Doc != b.Doc:
		return cmp.Compare(a.Doc, b.Doc)
	case a.Minor != b.Minor:
		return cmp.Compare(a.Minor, b.Minor)
	case a.Told != b.Told:
		return cmp.Compare(a.Told, b.Told)
	}
	return cmp.Compare(a.Term, b.Term)
}
