// SPDX-License-Identifier: Apache-2.0

package journey

import (
	"cmp"
	"slices"
	"strings"

	"mainstay/kit/civil"
	"mainstay/practice/books"
	"mainstay/practice/journey/recurring"
	"mainstay/practice/journey/signs"
)

// assessor carries one assessment through its steps.
type assessor struct {
	ledger   *books.Ledger
	settings Settings
	answers  Answers
	rank     []int32 // ledger client → place in clients, by name
	order    []int32 // the inverse
	clients  []clientWork
	window   int // months of the window inside the books
	notes    []Note
	agreed   *agreed
	answered map[int32]recurring.Class // by text, lazily
	out      *Assessment
}

// clientWork is what is collected about one client.
type clientWork struct {
	books                   signs.Client
	families                recurring.Families
	servers                 int
	lastContact, lastReview civil.Date
	streams                 []StreamRow
	texts                   []int32
}

// topStreams is how many streams a client's page shows at once.
const topStreams = 5

// addStream keeps the client's largest streams.
func (c *clientWork) addStream(row StreamRow, text int32, l *books.Ledger) {
	before := func(a, b *StreamRow, ta, tb int32) bool {
		x, y := max(a.Minor, -a.Minor), max(b.Minor, -b.Minor)
		if x != y {
			return x > y
		}
		return cmp.Or(strings.Compare(l.Texts[ta], l.Texts[tb]), cmp.Compare(a.Class, b.Class), cmp.Compare(a.Lines, b.Lines)) < 0
	}
	i := len(c.streams)
	if i == topStreams {
		if i--; !before(&row, &c.streams[i], text, c.texts[i]) {
			return
		}
	} else {
		c.streams, c.texts = append(c.streams, row), append(c.texts, text)
	}
	for ; i > 0 && before(&row, &c.streams[i-1], text, c.texts[i-1]); i-- {
		c.streams[i], c.texts[i] = c.streams[i-1], c.texts[i-1]
	}
	c.streams[i], c.texts[i] = row, text
}

// Version is the version of [Assessment]; a kept one of another version is
// calculated anew.
const Version = 2

// Assess measures a ledger. The same rows, settings, answers and seed give the same
// assessment, whatever the order of rows and files. The ledger is only read.
func Assess(ledger *books.Ledger, settings Settings, answers Answers, seed uint64) (*Assessment, error) {
	if err := settings.Validate(); err != nil {
		return nil, err
	}
	a := &assessor{
		ledger: ledger, settings: settings, answers: answers, answered: map[int32]recurring.Class{},
		out: &Assessment{Version: Version, Currency: ledger.Currency, Seed: seed, Thresholds: settings.Thresholds},
	}
	a.sortClients()
	s := a.lines()
	w := &workSide{a: a}
	w.countTickets()
	w.countHours()
	w.countAssets()
	end := a.end(s, w)
	contacts, reviews := w.countContacts(end)

	b := &signs.Books{
		First: s.span.first, Present: make([]bool, s.span.len()), TicketMonths: w.ticketMonths, HourMonths: w.hourMonths,
		TicketQuarters: w.tq, AlertQuarters: w.aq, HourQuarters: w.hq, HasContacts: contacts, HasReviews: reviews,
	}
	a.markPresent(b, s)
	b.Clients = make([]signs.Client, len(a.clients))
	a.terms(end)
	for i := range a.clients {
		a.clients[i].books.Families = a.clients[i].families.Count()
		b.Clients[i] = a.clients[i].books
	}
	r, err := signs.Measure(b, settings.Thresholds, seed)
	if err != nil {
		return nil, err
	}
	a.fill(r, s, w)
	a.transition(r, s, w)
	a.evidence(r, s, w)
	a.figures(r, b, w)
	a.plan(r)
	a.finish()
	return a.out, nil
}

// sortClients gives clients their canonical order, by name.
func (a *assessor) sortClients() {
	n := len(a.ledger.Clients)
	a.order = make([]int32, n)
	for i := range a.order {
		a.order[i] = int32(i)
	}
	slices.SortFunc(a.order, func(x, y int32) int {
		return strings.Compare(a.ledger.Clients[x], a.ledger.Clients[y])
	})
	a.rank = make([]int32, n)
	a.clients = make([]clientWork, n)
	for r, c := range a.order {
		a.rank[c] = int32(r)
		a.clients[r].books.Name = a.ledger.Clients[c]
		a.clients[r].lastContact, a.clients[r].lastReview = civil.NoDate, civil.NoDate
	}
}

// lines finds the months of the invoices and classifies every stream.
func (a *assessor) lines() *streamSide {
	sp := newSpan()
	undated := Note{Code: "lines-undated"}
	a.agreed = newAgreed(a.ledger)
	for _, d := range a.ledger.Issued {
		sp.add(d)
	}
	for i := range a.ledger.Lines {
		if l := &a.ledger.Lines[i]; !a.agreed.billed(l) {
			continue
		} else if l.Day.Known() {
			sp.add(l.Day)
		} else {
			undated.Rows++
			undated.Minor += l.Minor
		}
	}
	if undated.Rows > 0 {
		a.note(undated)
	}
	s := &streamSide{a: a, span: sp.find(a.settings.Today)}
	for i := range s.top {
		s.top[i].a = a
	}
	a.window = min(a.settings.Thresholds.Window, s.span.len())
	if s.span.partial.Known() {
		a.note(Note{Code: "month-partial", Arg: s.span.partial.String()})
	}
	if s.span.early > 0 {
		a.note(Note{Code: "lines-early", Rows: s.span.early, Arg: s.span.first.String()})
	}
	if s.span.late > 0 {
		a.note(Note{Code: "lines-late", Rows: s.span.late})
	}
	// One block for all clients' sums; clients without a line have none.
	size := s.span.len() * signs.Kinds
	has := make([]bool, len(a.clients))
	n := 0
	for i := range a.ledger.Lines {
		if r := a.rank[a.ledger.Lines[i].Client]; !has[r] {
			has[r] = true
			n++
		}
	}
	block := make([]int64, n*size)
	for r := range a.clients {
		if has[r] && size > 0 {
			a.clients[r].books.Revenue, block = block[:size:size], block[size:]
		}
	}
	if s.span.len() > 0 {
		s.run()
	}
	if s.instead.Rows > 0 {
		a.note(s.instead)
	}
	return s
}

// markPresent marks the months that have rows of invoices: another month is missing,
// not zero.
func (a *assessor) markPresent(b *signs.Books, s *streamSide) {
	if len(b.Present) == 0 {
		return
	}
	table := monthTable(s.span.first.First(), s.span.last.Last())
	first, last := s.span.first.First(), s.span.last.Last()
	mark := func(d civil.Date) {
		if d >= first && d <= last {
			b.Present[table[d-first]] = true
		}
	}
	for i := range a.ledger.Lines {
		if l := &a.ledger.Lines[i]; a.agreed.billed(l) {
			mark(l.Day)
		}
	}
	for _, d := range a.ledger.Issued {
		mark(d)
	}
}

// end returns the last day of what is measured.
func (a *assessor) end(s *streamSide, w *workSide) civil.Date {
	end := civil.NoDate
	for _, m := range []months{s.span, w.tickets, w.hours} {
		if m.len() > 0 {
			end = max(end, m.last.Last())
		}
	}
	if end == civil.NoDate {
		for i := range a.ledger.Contacts {
			end = max(end, a.ledger.Contacts[i].Day)
		}
	}
	return end
}

// answer returns what the user said about a text.
func (a *assessor) answer(text int32) recurring.Class {
	if len(a.answers) == 0 {
		return recurring.Undecided
	}
	c, ok := a.answered[text]
	if !ok {
		c = a.answers[books.StreamKey(a.ledger.Texts[text])]
		a.answered[text] = c
	}
	return c
}

func (a *assessor) note(n Note) { a.notes = append(a.notes, n) }

func (a *assessor) source(i int32) string {
	if int(i) < len(a.ledger.Sources) {
		return a.ledger.Sources[i].Name
	}
	return ""
}

// fill copies the measured numbers and what the pages show beside them.
func (a *assessor) fill(r *signs.Result, s *streamSide, w *workSide) {
	o := a.out
	o.Firm, o.Recurring, o.Mixture, o.Trends = r.Firm, r.Recurring, r.Mixture, r.Trends
	o.Window = Window{
		From: r.From, To: r.To, Months: r.Months, Gaps: r.Gaps, First: s.span.first, Partial: s.span.partial,
		TicketMonths: w.ticketMonths, HourMonths: w.hourMonths,
		TicketsFrom: civil.NoMonth, TicketsTo: civil.NoMonth, HoursFrom: civil.NoMonth, HoursTo: civil.NoMonth,
	}
	if s.span.len() == 0 {
		o.Window.From, o.Window.To, o.Window.First = civil.NoMonth, civil.NoMonth, civil.NoMonth
	}
	if w.ticketMonths > 0 {
		o.Window.TicketsFrom, o.Window.TicketsTo = w.ticketFrom, w.tickets.last
	}
	if w.hourMonths > 0 {
		o.Window.HoursFrom, o.Window.HoursTo = w.hourFrom, w.hours.last
	}
	var service int64
	for i := range r.Clients {
		service += max(0, r.Clients[i].Revenue)
	}
	o.Questions, o.Undecided = s.questions(service)
	for m := range s.cash {
		row := MonthRow{Month: s.span.first + civil.Month(m), Cash: s.cash[m]}
		for i := range a.clients {
			if rev := a.clients[i].books.Revenue; rev != nil {
				for k, v := range rev[m*signs.Kinds : m*signs.Kinds+signs.Kinds] {
					row.Earned[k] += v
				}
			}
		}
		o.Months = append(o.Months, row)
	}
	gap := map[civil.Month]bool{}
	for _, m := range r.Gaps {
		gap[m] = true
	}
	for i := range o.Months {
		o.Months[i].Present = !gap[o.Months[i].Month]
	}
	for i := range a.clients {
		c := &a.clients[i]
		out := Client{
			Name: c.books.Name, Stand: r.Clients[i], Families: c.families.Names(), Tickets: c.books.Tickets,
			Hours: c.books.Hours, Assets: c.books.Assets, LastContact: c.lastContact, LastReview: c.lastReview, Streams: c.streams,
		}
		for k := range out.Streams {
			out.Streams[k].Text = a.ledger.Texts[c.texts[k]]
		}
		if service > 0 {
			out.Share = float64(max(0, out.Stand.Revenue)) / float64(service)
		}
		out.Months = a.lastTwelve(c, s)
		o.Clients = append(o.Clients, out)
	}
}

// lastTwelve returns the client's service revenue of the last 12 months.
func (a *assessor) lastTwelve(c *clientWork, s *streamSide) (out [12]int64) {
	n := s.span.len()
	for m := max(0, n-12); m < n && c.books.Revenue != nil; m++ {
		for k, v := range c.books.Revenue[m*signs.Kinds : m*signs.Kinds+signs.Kinds] {
			if k != signs.Resale {
				out[12-n+m] += v
			}
		}
	}
	return out
}

// finish sorts what is left and drops clients without anything.
func (a *assessor) finish() {
	o := a.out
	for _, s := range a.ledger.Sources {
		o.Inputs = append(o.Inputs, Input{s.Name, string(s.Kind), s.Rows})
	}
	slices.SortStableFunc(o.Inputs, func(x, y Input) int {
		return cmp.Or(strings.Compare(x.Kind, y.Kind), strings.Compare(x.Name, y.Name), cmp.Compare(x.Rows, y.Rows))
	})
	for _, n := range a.ledger.Notes {
		a.note(Note{n.Code, n.Arg, n.Rows, n.Minor})
	}
	o.Notes = a.notes
	slices.SortStableFunc(o.Notes, func(x, y Note) int {
		return cmp.Or(strings.Compare(x.Code, y.Code), strings.Compare(x.Arg, y.Arg), cmp.Compare(x.Rows, y.Rows), cmp.Compare(x.Minor, y.Minor))
	})
	// Rank clients by revenue; Talks index the ranked list.
	place := make([]int, len(o.Clients))
	index := make([]int, 0, len(o.Clients))
	for i := range o.Clients {
		c := &o.Clients[i]
		if c.Stand.Revenue != 0 || c.Stand.Kinds[signs.Resale] != 0 || c.Tickets.All() > 0 || c.Hours != (signs.Hours{}) || c.Assets.Endpoints > 0 {
			index = append(index, i)
		}
		place[i] = -1
	}
	slices.SortStableFunc(index, func(x, y int) int {
		return cmp.Compare(o.Clients[y].Stand.Revenue, o.Clients[x].Stand.Revenue)
	})
	ranked := make([]Client, len(index))
	for i, j := range index {
		ranked[i], place[j] = o.Clients[j], i
	}
	o.Clients = ranked
	kept := o.Talks[:0]
	for _, t := range o.Talks {
		if t.Client = place[t.Client]; t.Client >= 0 {
			kept = append(kept, t)
			o.Clients[t.Client].Talk = len(kept)
		}
	}
	o.Talks = kept
	for i := range o.Clients {
		if r := o.Clients[i].Replay; r != nil {
			r.Client = i
		}
	}
}
