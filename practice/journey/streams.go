// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"mainstay/kit/civil"
	"mainstay/practice/books"
	"mainstay/practice/journey/recurring"
	"mainstay/practice/journey/signs"
)

// entry is one line on its way into its stream: client, text, what the export told
// and the month packed into one key, so that one radix sort groups everything.
type entry struct {
	key  uint64
	line int32
}

const (
	monthBits = 8
	toldBits  = 3
	textBits  = 26
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
	asked    map[int32]*asked // by text
	points   []recurring.Point
}

// asked collects the undecided value of one text.
type asked struct {
	minor   int64
	clients int
	lines   int
	reason  recurring.Reason
	lean    float64 // weighted by value
	weight  float64
}

// entries packs the lines of the measured months.
func (s *streamSide) entries() []entry {
	lines := s.a.ledger.Lines
	out := make([]entry, 0, len(lines))
	first, last := s.span.first.First(), s.span.last.Last()
	table := monthTable(first, last)
	for i := range lines {
		l := &lines[i]
		if l.Day < first || l.Day > last {
			continue
		}
		key := uint64(s.a.rank[l.Client])<<(textBits+toldBits+monthBits) |
			uint64(l.Text)<<(toldBits+monthBits) | uint64(l.Told)<<monthBits | uint64(table[l.Day-first])
		out = append(out, entry{key, int32(i)})
	}
	return sortEntries(out)
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

// sortEntries sorts by key, bytes first to last (LSD radix); equal keys keep their order.
// Bytes that are the same in all keys are skipped.
func sortEntries(in []entry) []entry {
	var or, and uint64 = 0, ^uint64(0)
	for _, e := range in {
		or |= e.key
		and &= e.key
	}
	diff := or &^ and
	buf := make([]entry, len(in))
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
	return in
}

// run classifies every stream and adds it to its client.
func (s *streamSide) run() {
	s.asked = map[int32]*asked{}
	s.cash = make([][signs.Kinds]int64, s.span.len())
	s.each(s.stream)
}

// each calls fn with the lines of every stream, sorted by month.
func (s *streamSide) each(fn func([]entry)) {
	s.readings = make([]recurring.Reading, len(s.a.ledger.Texts))
	s.read = make([]bool, len(s.a.ledger.Texts))
	s.templates()
	es := s.entries()
	for from := 0; from < len(es); {
		to := from + 1
		for to < len(es) && es[to].key>>monthBits == es[from].key>>monthBits {
			to++
		}
		fn(es[from:to])
		from = to
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
		Billed: s.isBilled(head.Client, head.Text), Term: term, Points: s.points,
	}), reading
}

// stream classifies one stream and adds it to its client.
func (s *streamSide) stream(es []entry) {
	lines := s.a.ledger.Lines
	head := &lines[es[0].line]
	v, reading := s.verdict(es)
	c := &s.a.clients[s.a.rank[head.Client]]
	from := s.span.len() - s.a.window
	var earned, positive int64
	for _, p := range s.points {
		recurring.Spread(p, v.Term, func(p recurring.Point) {
			i := int(p.Month - s.span.first)
			if i >= s.span.len() {
				return // paid ahead: earned after the books end
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
		c.families |= reading.Families
	}
	if earned != 0 || positive != 0 {
		c.addStream(StreamRow{Class: v.Class, Reason: v.Reason, Trust: v.Trust, Term: v.Term, Minor: earned, Lines: len(es)}, head.Text, s.a.ledger)
		if v.Class == recurring.Undecided {
			s.ask(head.Text, v, earned, len(es))
		}
	}
}

// toldClass maps what the export says. "Not recurring" leaves to the words whether it
// is labour, goods or a project.
func toldClass(t books.Told, r recurring.Reading) recurring.Class {
	switch t {
	case books.ToldRecurring:
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

func (s *streamSide) ask(text int32, v recurring.Verdict, earned int64, lines int) {
	a := s.asked[text]
	if a == nil {
		a = &asked{reason: v.Reason}
		s.asked[text] = a
	}
	w := float64(max(earned, -earned))
	a.minor += earned
	a.clients++
	a.lines += lines
	a.lean += v.Trust * w
	a.weight += w
	a.reason = max(a.reason, v.Reason)
}

// questions merges texts with one key and sorts by value.
func (s *streamSide) questions(service int64) ([]Question, Undecided) {
	byKey := map[string]*Question{}
	lean := map[string]float64{}
	var und Undecided
	texts := slices.SortedFunc(maps.Keys(s.asked), func(x, y int32) int { // floats are summed in one order
		return cmp.Or(strings.Compare(s.a.ledger.Texts[x], s.a.ledger.Texts[y]), cmp.Compare(s.asked[x].minor, s.asked[y].minor), cmp.Compare(s.asked[x].lean, s.asked[y].lean))
	})
	for _, text := range texts {
		a, sample := s.asked[text], s.a.ledger.Texts[text]
		k := books.StreamKey(sample)
		q := byKey[k]
		if q == nil {
			q = &Question{Key: k, Text: sample}
			byKey[k] = q
		}
		q.Text = min(q.Text, sample)
		q.Minor += a.minor
		q.Clients += a.clients
		q.Lines += a.lines
		q.Reason = max(q.Reason, a.reason)
		if a.weight > 0 {
			q.Lean += a.weight
			lean[k] += a.lean
		}
	}
	out := make([]Question, 0, len(byKey))
	var all int64
	for k, q := range byKey {
		if q.Lean > 0 {
			q.Lean = lean[k] / q.Lean
		}
		und.Minor += q.Minor
		all += max(0, q.Minor)
		out = append(out, *q)
	}
	slices.SortFunc(out, func(a, b Question) int {
		return cmp.Or(cmp.Compare(b.Minor, a.Minor), strings.Compare(a.Key, b.Key))
	})
	und.Texts = len(out)
	running := int64(0)
	for i := range out {
		if all > 0 {
			out[i].Share = float64(max(0, out[i].Minor)) / float64(all)
			running += max(0, out[i].Minor)
			out[i].Running = float64(running) / float64(all)
			if und.For80 == 0 && out[i].Running >= .8 {
				und.For80 = i + 1
			}
		}
	}
	if service > 0 {
		und.Share = min(1, max(0, float64(und.Minor)/float64(service)))
	}
	if len(out) > maxQuestions {
		out = out[:maxQuestions]
	}
	return out, und
}

// maxQuestions bounds the list: nobody answers more, and 6 settle 80 % for nine
// suppliers in ten.
const maxQuestions = 200

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
		out = append(out, RowRef{Source: t.a.source(r.Source), Number: r.Number, Day: r.Day, Client: l.Clients[r.Client], Doc: l.Docs[r.Doc], Text: l.Texts[r.Text], Minor: r.Minor})
	}
	return out
}
