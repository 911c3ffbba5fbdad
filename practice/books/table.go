// SPDX-License-Identifier: Apache-2.0

package books

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"

	"github.com/cespare/xxhash/v2"

	"mainstay/kit/civil"
	"mainstay/kit/money"
	"mainstay/kit/tabular"
)

// tableReader turns the rows of one table into rows of the sink.
type tableReader struct {
	file  *fileReader
	rep   *TableReport
	m     *Mapping
	table *tabular.Table
	vocab *vocabulary
	row   func(tabular.Row) error // of the table's kind
	end   func() error

	cells  [][]byte
	line   int64
	digits int // of the currency
	cur    money.Currency

	dec      *decisions // from an earlier reading, nil in the first
	guess    decisions  // what this reading goes by
	orders   map[int]*order
	marks    map[int]*marks
	clients  map[string][]byte // spelling → key
	lastCli  []byte
	lastKey  []byte
	notes    map[[2]string]*Note
	provs    map[string]*Share
	channels map[string]*Share
	works    map[string]*Share
	curs     map[money.Currency]*CurrencySum
	lastCur  *CurrencySum
	problem  bool // in this row
	kept     map[string]string
	hash     []byte
	lines    *lineState
	tickets  *ticketState
	hours    *hoursState
}

func newTableReader(f *fileReader, rep *TableReport, t *tabular.Table, dec *decisions) *tableReader {
	r := &tableReader{
		file: f, rep: rep, m: rep.Mapping, table: t, vocab: newVocabulary(rep.Mapping), dec: dec, cur: cmp.Or(rep.Mapping.Currency, f.opt.Currency),
		orders: map[int]*order{}, marks: map[int]*marks{}, clients: map[string][]byte{}, notes: map[[2]string]*Note{}, provs: map[string]*Share{},
		kept: map[string]string{}, channels: map[string]*Share{}, works: map[string]*Share{}, curs: map[money.Currency]*CurrencySum{},
	}
	r.digits = r.cur.Digits()
	r.guess = decisions{dayFirst: !f.opt.MonthFirst, comma: map[int]bool{}}
	if dec != nil {
		r.guess = *dec
	}
	switch rep.Mapping.DayOrder {
	case "dmy":
		r.guess.dayFirst = true
	case "mdy":
		r.guess.dayFirst = false
	}
	r.end = func() error { return nil }
	switch rep.Kind {
	case KindLines:
		r.startLines()
	case KindTickets:
		r.startTickets()
	case KindHours:
		r.startHours()
	case KindTemplates:
		r.row = r.templateRow
	case KindAssets:
		r.row = r.assetRow
	case KindPeople:
		r.row = r.personRow
	default:
		r.row = r.clientRow
	}
	return r
}

// foresee guesses from the first rows how days and numbers are written, so that a second
// reading is hardly ever needed.
func (r *tableReader) foresee(sample []tabular.Row) {
	if s := r.lines; s != nil && s.provider >= 0 {
		paid := 0
		for _, row := range sample {
			r.begin(row)
			if r.cell(s.provider) != nil {
				paid++
			}
		}
		s.spending = paid*2 > len(sample)
	}
	if r.dec != nil {
		return
	}
	var days order
	for f, col := range r.m.Columns {
		var m marks
		for _, row := range sample {
			r.begin(row)
			c := r.cell(col)
			if c == nil {
				continue
			}
			switch shapeOf(r.m.Kind, f) {
			case shapeDate:
				_, _ = parseDay(c, true, &days)
			case shapeNumber, shapeDuration:
				_, _ = parseNumber(bytes.Clone(c), false, &m)
			}
		}
		if m != (marks{}) {
			r.guess.comma[col] = m.decimalComma(r.file.opt.DecimalComma)
		}
	}
	if r.m.DayOrder == "" {
		r.guess.dayFirst, _ = days.decide(r.guess.dayFirst)
	}
}

func shapeOf(kind Kind, f Field) shape {
	for _, rule := range synonyms[kind] {
		if rule.field == f {
			return rule.shape
		}
	}
	return shapeAny
}

// begin takes a row in hand.
func (r *tableReader) begin(row tabular.Row) {
	r.cells, r.line, r.problem = row.Cells, row.Line, false
}

// cell returns a column's value without blanks around it; nil where it has none or the
// export writes that there is none.
func (r *tableReader) cell(col int) []byte {
	if col < 0 || col >= len(r.cells) {
		return nil
	}
	c := r.cells[col]
	if n := len(c); n > 0 && (c[0] <= ' ' || c[n-1] <= ' ' || c[0] >= 0x80 || c[n-1] >= 0x80) {
		c = bytes.TrimSpace(c)
	}
	if missing(c) {
		return nil
	}
	return c
}

func (r *tableReader) columnName(col int) string {
	if col >= 0 && col < len(r.m.Header) && r.m.Header[col] != "" {
		return r.m.Header[col]
	}
	return fmt.Sprint(col + 1)
}

// fail records that a value cannot be read; the row is left out.
func (r *tableReader) fail(col int, value []byte, want string) {
	if !r.problem {
		r.rep.Bad++
	}
	r.problem = true
	if len(r.rep.Problems) < maxProblems {
		r.rep.Problems = append(r.rep.Problems, Problem{r.rep.Name, r.line, r.columnName(col), string(value[:min(len(value), 60)]), want})
	}
}

// note counts something left out or assumed.
func (r *tableReader) note(code, arg string, minor int64) {
	k := [2]string{code, arg}
	n := r.notes[k]
	if n == nil {
		if len(r.notes) > 500 {
			k[1] = ""
			if n = r.notes[k]; n == nil {
				n = &Note{Code: code}
				r.notes[k] = n
			}
		} else {
			n = &Note{Code: code, Arg: arg}
			r.notes[k] = n
		}
	}
	n.Rows++
	n.Minor += minor
}

func (r *tableReader) leaveOut(code, arg string, minor int64) {
	r.rep.LeftOut++
	r.note(code, arg, minor)
}

func (r *tableReader) order(col int) *order {
	o := r.orders[col]
	if o == nil {
		o = &order{}
		r.orders[col] = o
	}
	return o
}

func (r *tableReader) mark(col int) *marks {
	m := r.marks[col]
	if m == nil {
		m = &marks{}
		r.marks[col] = m
	}
	return m
}

const wantDay = "a date such as 2024-03-31 or 31/03/2024"

// day reads a date; a missing one is NoDate without a problem.
func (r *tableReader) day(col int, o *order) (instant, bool) {
	c := r.cell(col)
	if c == nil {
		return instant{day: civil.NoDate}, true
	}
	t, err := parseDay(c, r.guess.dayFirst, o)
	if err != nil {
		r.fail(col, c, wantDay)
		return t, false
	}
	return t, true
}

func (r *tableReader) comma(col int) bool {
	switch r.m.Decimal {
	case ",":
		return true
	case ".":
		return false
	}
	if v, ok := r.guess.comma[col]; ok {
		return v
	}
	return r.file.opt.DecimalComma
}

// numberAt reads a number; ok is false where the cell is empty or has a problem.
func (r *tableReader) numberAt(col int, m *marks) (n number, ok bool) {
	c := r.cell(col)
	if c == nil {
		return n, false
	}
	n, err := parseNumber(c, r.comma(col), m)
	if err != nil {
		r.fail(col, r.cell(col), "a number such as 1,234.50")
		return n, false
	}
	return n, true
}

// minor brings a number to minor units and notes when that rounds.
func (r *tableReader) minor(n number, digits int) (int64, bool) {
	v, err := n.Round(digits)
	if err != nil {
		return 0, false
	}
	if int(n.Scale) > digits {
		if back, err := (money.Decimal{Coef: v, Scale: uint8(digits)}).Round(int(n.Scale)); err == nil && back != n.Coef {
			r.note(NoteRounded, "", 0)
		}
	}
	return v, true
}

func (r *tableReader) span(d civil.Date) {
	if !d.Known() {
		return
	}
	if !r.rep.First.Known() || d < r.rep.First {
		r.rep.First = d
	}
	if d > r.rep.Last {
		r.rep.Last = d
	}
}

// clientKey counts a client and returns its key, so that a row is the same row under every
// spelling of its client.
func (r *tableReader) clientKey(c []byte) []byte {
	if len(c) == 0 {
		return nil
	}
	if string(c) == string(r.lastCli) {
		return r.lastKey
	}
	k, ok := r.clients[string(c)]
	if !ok {
		k = []byte(ClientKey(string(c)))
		if len(r.clients) < 1<<18 {
			r.clients[string(c)] = k
		}
	}
	r.lastCli, r.lastKey = append(r.lastCli[:0], c...), k
	return k
}

func (r *tableReader) sum(c money.Currency, minor int64) {
	if r.lastCur == nil || r.lastCur.Currency != c {
		s := r.curs[c]
		if s == nil {
			s = &CurrencySum{Currency: c}
			r.curs[c] = s
		}
		r.lastCur = s
	}
	r.lastCur.Rows++
	r.lastCur.Minor += minor
}

func count(m map[string]*Share, name []byte, minor int64, means string) {
	s := m[string(name)]
	if s == nil {
		if len(m) >= 1<<16 {
			return
		}
		s = &Share{Name: string(name), Means: means}
		m[s.Name] = s
	}
	s.Rows++
	s.Minor += minor
}

// shares sorts by money, then rows, then name.
func shares(m map[string]*Share) []Share {
	out := make([]Share, 0, len(m))
	for _, s := range m {
		out = append(out, *s)
	}
	slices.SortFunc(out, func(a, b Share) int {
		return cmp.Or(cmp.Compare(b.Minor, a.Minor), cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// print is the fingerprint of a row: 63 bits of what it says, not of where it stands.
func (r *tableReader) print(kind Kind, a, b int64, texts ...[]byte) uint64 {
	h := append(r.hash[:0], kind...)
	for _, v := range [2]int64{a, b} {
		for s := 0; s < 64; s += 8 {
			h = append(h, byte(v>>s))
		}
	}
	for _, t := range texts {
		h = append(append(h, 0), t...)
	}
	r.hash = h
	return xxhash.Sum64(h) >> 1
}

func (r *tableReader) sampled() bool { return len(r.rep.Sample) < maxSample }

func (r *tableReader) addSample(pairs ...string) {
	cells := map[string]string{}
	for pair := range slices.Chunk(pairs, 2) {
		if pair[1] != "" {
			cells[pair[0]] = pair[1]
		}
	}
	r.rep.Sample = append(r.rep.Sample, SampleRow{r.line, cells})
}

// decide looks at what the values of the whole table said. changed means that this reading went by
// something else, and values were read by it.
func (r *tableReader) decide() (d *decisions, changed bool) {
	d = &decisions{dayFirst: r.guess.dayFirst, comma: map[int]bool{}, repeated: r.guess.repeated, inclusive: r.guess.inclusive}
	if r.m.DayOrder == "" {
		all := r.allOrders()
		d.dayFirst, _ = all.decide(!r.file.opt.MonthFirst)
		changed = all.ambiguous > 0 && d.dayFirst != r.guess.dayFirst
	}
	for col, m := range r.marks {
		d.comma[col] = m.decimalComma(r.file.opt.DecimalComma)
		if r.m.Decimal == "" && m.ambiguous > 0 && d.comma[col] != r.comma(col) {
			changed = true
		}
	}
	if r.lines != nil && r.dec == nil {
		repeated, inclusive := r.lines.decide()
		changed = changed || repeated || inclusive
		d.repeated, d.inclusive = repeated, inclusive
	}
	return d, changed
}

// allOrders adds up the date columns: a program writes all its columns in one order.
func (r *tableReader) allOrders() (all order) {
	for _, o := range r.orders {
		all.dayFirst += o.dayFirst
		all.monthFirst += o.monthFirst
		all.ambiguous += o.ambiguous
		all.firsts |= o.firsts
		all.seconds |= o.seconds
	}
	return all
}

func (r *tableReader) assumptions() {
	name := map[bool]string{true: "dmy", false: "mdy"}
	all := r.allOrders()
	_, sure := all.decide(true)
	switch {
	case all.dayFirst > 0 && all.monthFirst > 0:
		r.notes[[2]string{NoteDayMixed, ""}] = &Note{Code: NoteDayMixed, Arg: name[r.guess.dayFirst], Rows: min(all.dayFirst, all.monthFirst)}
	case all.ambiguous > 0 && !sure && r.m.DayOrder == "":
		r.notes[[2]string{NoteDayOrder, ""}] = &Note{Code: NoteDayOrder, Arg: name[r.guess.dayFirst], Rows: all.ambiguous}
	}
	mark := map[bool]string{true: ",", false: "."}
	for col, m := range r.marks {
		switch {
		case m.point > 0 && m.comma > 0:
			r.notes[[2]string{NoteDecimalMixed, r.columnName(col)}] = &Note{Code: NoteDecimalMixed, Arg: mark[r.comma(col)], Rows: min(m.point, m.comma)}
		case m.ambiguous > 0 && m.point == 0 && m.comma == 0 && r.m.Decimal == "":
			r.notes[[2]string{NoteDecimal, r.columnName(col)}] = &Note{Code: NoteDecimal, Arg: mark[r.comma(col)], Rows: m.ambiguous}
		}
	}
}

// finish hands on what was held back and completes the report.
func (r *tableReader) finish() error {
	if err := r.end(); err != nil {
		return err
	}
	r.assumptions()
	if r.table.Strays > 0 {
		r.notes[[2]string{NoteStrays, ""}] = &Note{Code: NoteStrays, Arg: fmt.Sprint(r.table.FirstLine), Rows: r.table.Strays}
	}
	if r.rep.Bad > 0 {
		r.notes[[2]string{NoteBadRows, ""}] = &Note{Code: NoteBadRows, Rows: r.rep.Bad}
	}
	for _, s := range r.rep.Stated {
		if s.Said != s.Read {
			r.note(NoteTotalDiffers, s.Label, s.Said-s.Read)
		}
	}
	distinct := map[string]bool{}
	for _, k := range r.clients {
		distinct[string(k)] = true
	}
	r.rep.Clients = len(distinct)
	r.rep.Providers, r.rep.Channels, r.rep.Works = shares(r.provs), shares(r.channels), shares(r.works)
	for _, s := range r.rep.Channels {
		if s.Means == originNames[OriginUnknown] {
			r.notes[[2]string{NoteUnknownChannel, s.Name}] = &Note{Code: NoteUnknownChannel, Arg: s.Name, Rows: s.Rows}
		}
	}
	for _, c := range r.curs {
		r.rep.Currencies = append(r.rep.Currencies, *c)
	}
	slices.SortFunc(r.rep.Currencies, func(a, b CurrencySum) int {
		return cmp.Or(cmp.Compare(b.Rows, a.Rows), cmp.Compare(a.Currency, b.Currency))
	})
	for _, n := range r.notes {
		r.rep.Notes = append(r.rep.Notes, *n)
	}
	slices.SortFunc(r.rep.Notes, func(a, b Note) int {
		return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Arg, b.Arg))
	})
	for _, n := range r.rep.Notes {
		if err := r.file.sink.Note(n); err != nil {
			return err
		}
	}
	return nil
}

var originNames = [...]string{OriginUnknown: "unknown", OriginClient: "client", OriginMonitor: "monitor", OriginPlanned: "planned", OriginTechnician: "technician"}

// String is the origin's name in reports: client, monitor, planned, technician or unknown.
func (o Origin) String() string {
	if int(o) < len(originNames) {
		return originNames[o]
	}
	return originNames[OriginUnknown]
}
