// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"cmp"
	"slices"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/practice/books"
	"mainstay/practice/journey/recurring"
	"mainstay/practice/journey/signs"
)

// entry is one of a client's lines on its way into its stream: text, what the export told
// and the month packed into one key, so that one sort groups everything.
type entry struct {
	key  uint64
	line int32
}

const (
	monthBits = 8
	toldBits  = 8
	monthMask = 1<<monthBits - 1
)

// streamSide turns lines into classified, spread revenue.
type streamSide struct {
	a        *assessor
	span     months
	readings []recurring.Reading
	read     []bool
	billed   map[uint64]bool // client<<32 | text of active templates
	amounts  map[int32][]int64
	cash     [][signs.Kinds]int64
	top      [signs.Kinds + 1]topRows // by class; the last of all service lines
	rows     [signs.Kinds]int
	asked    []asked
	askedAt  []int32 // by text: place in asked + 1, 0 = not asked
	points   []recurring.Point
	instead  Note // lines that look recurring, in months in which an agreement says what recurs
}

// byClient returns the lines of the measured months client by client, in the order of the clients'
// places; those of place r are order[starts[r]:starts[r+1]].
func (s *streamSide) byClient() (order []int32, starts []int) {
	lines, rank := s.a.ledger.Lines, s.a.rank
	first, last := s.span.first.First(), s.span.last.Last()
	starts = make([]int, len(rank)+2)
	for i := range lines {
		if l := &lines[i]; l.Day >= first && l.Day <= last {
			starts[rank[l.Client]+2]++
		}
	}
	for i := 1; i < len(starts); i++ {
		starts[i] += starts[i-1]
	}
	order = make([]int32, starts[len(starts)-1])
	for i := range lines {
		if l := &lines[i]; l.Day >= first && l.Day <= last {
			at := &starts[rank[l.Client]+1]
			order[*at] = int32(i)
			*at++
		}
	}
	return order, starts
}

// monthTable gives each day from first to last the number of its month.
func monthTable(first, last civil.Date) []uint8 {
	out := make([]uint8, int(last-first)+1)
	base := first.Month()
	for m := base; m <= last.Month(); m++ {
		for d := m.First(); d <= m.Last(); d++ {
			if d >= first && d <= last {
				out[d-first] = uint8(m - base)
			}
		}
	}
	return out
}

// entrySort sorts the entries of one client after the other in the same memory.
type entrySort struct{ in, buf []entry }

// fewEntries is up to where comparing is faster than counting.
const fewEntries = 1000

// sorted sorts by key, equal keys in the order of the lines: few entries by comparing, many by their
// bytes, last to first (LSD radix), those left out that are the same in all keys.
func (s *entrySort) sorted() []entry {
	if len(s.in) <= fewEntries {
		slices.SortFunc(s.in, func(a, b entry) int {
			if a.key != b.key {
				return cmp.Compare(a.key, b.key)
			}
			return cmp.Compare(a.line, b.line)
		})
		return s.in
	}
	var or, and uint64 = 0, ^uint64(0)
	for _, e := range s.in {
		or |= e.key
		and &= e.key
	}
	diff := or &^ and
	if len(s.buf) < len(s.in) {
		s.buf = make([]entry, len(s.in))
	}
	in, buf := s.in, s.buf[:len(s.in)]
	for shift := 0; shift < 64; shift += 11 {
		if diff>>shift&0x7ff == 0 {
			continue
		}
		var count [2049]int
		for i := range in {
			count[in[i].key>>shift&0x7ff+1]++
		}
		for i := 1; i < len(count); i++ {
			count[i] += count[i-1]
		}
		for i := range in {
			b := in[i].key >> shift & 0x7ff
			buf[count[b]] = in[i]
			count[b]++
		}
		in, buf = buf, in
	}
	s.in, s.buf = in, buf
	return in
}

// run classifies every stream and adds it to its client.
func (s *streamSide) run() {
	s.askedAt = make([]int32, len(s.a.ledger.Texts))
	s.cash = make([][signs.Kinds]int64, s.span.len())
	s.each(s.stream)
}

// each calls fn with the lines of every stream, sorted by month.
func (s *streamSide) each(fn func([]entry)) {
	s.readings = make([]recurring.Reading, len(s.a.ledger.Texts))
	s.read = make([]bool, len(s.a.ledger.Texts))
	s.templates()
	lines := s.a.ledger.Lines
	first := s.span.first.First()
	table := monthTable(first, s.span.last.Last())
	order, starts := s.byClient()
	var sorter entrySort
	for r := range len(starts) - 2 {
		sorter.in = sorter.in[:0]
		for _, i := range order[starts[r]:starts[r+1]] {
			l := &lines[i]
			sorter.in = append(sorter.in, entry{uint64(l.Text)<<(toldBits+monthBits) | uint64(l.Told)<<monthBits | uint64(table[l.Day-first]), i})
		}
		es := sorter.sorted()
		for from := 0; from < len(es); {
			to := from + 1
			for to < len(es) && es[to].key>>monthBits == es[from].key>>monthBits {
				to++
			}
			fn(es[from:to])
			from = to
		}
	}
}

// templates remembers what the old tool bills by itself.
func (s *streamSide) templates() {
	s.billed = map[uint64]bool{}
	s.amounts = map[int32][]int64{}
	for _, t := range s.a.ledger.Templates {
		if !t.Active {
			continue
		}
		if t.Text != 0 {
			s.billed[uint64(t.Client)<<32|uint64(t.Text)] = true
		}
		s.amounts[t.Client] = append(s.amounts[t.Client], t.Minor)
	}
}

// isBilled reports whether a template bills a stream: by its text, or by an
// amount of the same client that the stream repeats to the minor unit.
func (s *streamSide) isBilled(client, text int32) bool {
	if s.billed[uint64(client)<<32|uint64(text)] {
		return true
	}
	amounts := s.amounts[client]
	if len(amounts) == 0 || len(s.points) < 2 {
		return false
	}
	same := 0
	for _, p := range s.points {
		if slices.Contains(amounts, p.Minor) {
			same++
		}
	}
	return same*5 >= len(s.points)*4
}

// reading reads a text once.
func (s *streamSide) reading(text int32) recurring.Reading {
	if !s.read[text] {
		s.read[text] = true
		s.readings[text] = recurring.Read(s.a.ledger.Texts[text])
	}
	return s.readings[text]
}

// verdict classifies one client's lines with one text and leaves their sums by month
// in points.
func (s *streamSide) verdict(es []entry) (recurring.Verdict, recurring.Reading) {
	lines := s.a.ledger.Lines
	head := &lines[es[0].line]
	s.points = s.points[:0]
	var term uint8
	for _, e := range es {
		l, m := &lines[e.line], s.span.first+civil.Month(e.key&monthMask)
		term = max(term, l.Term)
		if n := len(s.points); n > 0 && s.points[n-1].Month == m {
			s.points[n-1].Minor += l.Minor
		} else {
			s.points = append(s.points, recurring.Point{Month: m, Minor: l.Minor})
		}
	}
	reading := s.reading(head.Text)
	return recurring.Classify(recurring.Stream{
		Reading: reading, Told: toldClass(head.Told, reading), Answer: s.a.answer(head.Text),
		Billed: s.isBilled(head.Client, head.Text), Term: term, Points: s.points, Agreed: head.Told == books.ToldAgreement,
	}), reading
}

// stream classifies one stream and adds it to its client.
func (s *streamSide) stream(es []entry) {
	lines := s.a.ledger.Lines
	head := &lines[es[0].line]
	v, reading := s.verdict(es)
	c := &s.a.clients[s.a.rank[head.Client]]
	from := s.span.len() - s.a.window
	guessed := v.Class == recurring.Recurring && head.Told != books.ToldAgreement
	es = s.left(es, head.Client, guessed)
	var earned, positive int64
	for _, p := range s.points {
		if guessed && s.a.agreed.tells(head.Client, p.Month) {
			continue
		}
		recurring.Spread(p, v.Term, func(p recurring.Point) {
			i := int(p.Month - s.span.first)
			if i >= s.span.len() {
				return // paid ahead: earned after the books end
			}
			if guessed && s.a.agreed.tells(head.Client, p.Month) {
				return // an agreement has taken its place since
			}
			c.books.Revenue[i*signs.Kinds+int(v.Class)] += p.Minor
			if i >= from {
				earned += p.Minor
				positive += max(0, p.Minor)
			}
		})
	}
	for _, e := range es {
		m := int(e.key & monthMask)
		s.cash[m][v.Class] += lines[e.line].Minor
		if m >= from {
			s.rows[v.Class]++
			s.top[v.Class].add(e.line)
			if v.Class != recurring.Resale {
				s.top[signs.Kinds].add(e.line)
			}
		}
	}
	if v.Class == recurring.Recurring && earned > 0 {
		c.families |= reading.Families | s.familyOf(head)
	}
	if earned != 0 || positive != 0 {
		c.addStream(StreamRow{Class: v.Class, Reason: v.Reason, Trust: v.Trust, Term: v.Term, Minor: earned, Lines: len(es)}, head.Text, s.a.ledger)
		if v.Class == recurring.Undecided {
			s.ask(head.Text, v, earned, len(es))
		}
	}
}

// left leaves out lines that only look recurring in months in which agreements say what recurs with the client, and counts them.
func (s *streamSide) left(es []entry, client int32, guessed bool) []entry {
	if !guessed || !s.a.agreed.any(client) {
		return es
	}
	out := make([]entry, 0, len(es))
	for _, e := range es {
		if !s.a.agreed.tells(client, s.span.first+civil.Month(e.key&monthMask)) {
			out = append(out, e)
			continue
		}
		s.instead.Code = "agreements-instead"
		s.instead.Rows++
		s.instead.Minor += s.a.ledger.Lines[e.line].Minor
	}
	return out
}

// familyOf is the service family that an agreement's line belongs to by the catalogue.
func (s *streamSide) familyOf(l *books.Line) recurring.Families {
	if l.Told == books.ToldAgreement {
		for i, name := range recurring.FamilyNames {
			if name == s.a.ledger.Families[l.Text] {
				return 1 << i
			}
		}
	}
	return 0
}

// toldClass maps what the export says. "Not recurring" leaves to the words whether it
// is labour, goods or a project.
func toldClass(t books.Told, r recurring.Reading) recurring.Class {
	switch t {
	case books.ToldRecurring, books.ToldAgreement:
		return recurring.Recurring
	case books.ToldResale:
		return recurring.Resale
	case books.ToldLabour:
		return recurring.Labour
	case books.ToldOneOff:
		if r.Class == recurring.Labour || r.Class == recurring.Resale || r.Class == recurring.Prepaid {
			return r.Class
		}
		return recurring.Project
	}
	return recurring.Undecided
}

// topRows keeps the largest lines.
type topRows struct{ topOf }

const topCount = 8

func (t *topRows) add(line int32) {
	l := t.a.ledger
	if n := len(t.rows); n == topCount && l.Lines[line].Minor < l.Lines[t.rows[n-1]].Minor {
		return // the usual case, kept cheap
	}
	t.insert(line, func(x, y int32) bool {
		a, b := &l.Lines[x], &l.Lines[y]
		return cmp.Or(cmp.Compare(b.Minor, a.Minor), cmp.Compare(b.Day, a.Day), cmp.Compare(t.a.rank[a.Client], t.a.rank[b.Client]),
			strings.Compare(l.Texts[a.Text], l.Texts[b.Text]), strings.Compare(l.Docs[a.Doc], l.Docs[b.Doc]), t.byRow(a.Row, b.Row)) < 0
	})
}

func (t *topRows) refs() []RowRef {
	l := t.a.ledger
	out := make([]RowRef, 0, len(t.rows))
	for _, i := range t.rows {
		r := &l.Lines[i]
		out = append(out, t.a.lineRef(r))
	}
	return out
}

// lineRef says where a line is found: in a file or import, or as a month of an agreement.
func (a *assessor) lineRef(r *books.Line) RowRef {
	l := a.ledger
	out := RowRef{Source: a.source(r.Source), Number: r.Number, Day: r.Day, Client: l.Clients[r.Client], Doc: l.Docs[r.Doc], Text: l.Texts[r.Text], Minor: r.Minor}
	if r.Told == books.ToldAgreement {
		out.Agreement = ids.ID(r.Number)
	}
	return out
}
