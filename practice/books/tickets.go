// SPDX-License-Identifier: Apache-2.0

package books

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/tabular"
)

// ticketState folds the rows of a table by ticket number: most exports have one row a
// ticket, an audit log has many.
type ticketState struct {
	number, opened, solved, closed, updated, channel, client, subject, status, typ, requester, reopens, agreement, alert int

	at     map[string]int32
	all    chunks[folded]
	row    TicketRow // handed on
	events int
	dates  [4]*order // opened, solved, closed, updated
}

// folded is a ticket as known so far. All of a table are in memory until its end.
type folded struct {
	number                 int64
	opened, solved, closed int64
	lastSeen               int64
	id, client             string
	subject, channel       string
	origin                 Origin
	covered                int8
	reopened               bool
	seen                   bool
	wasDone                bool // an earlier event had it resolved or closed
	dropped                bool // deleted, spam or merged
}

func (r *tableReader) startTickets() {
	m := r.m
	s := &ticketState{
		number: m.at(FieldNumber), opened: m.at(FieldOpened), solved: m.at(FieldSolved), closed: m.at(FieldClosed), updated: m.at(FieldUpdated), channel: m.at(FieldChannel),
		client: m.at(FieldClient), subject: m.at(FieldSubject), status: m.at(FieldStatus), typ: m.at(FieldType), requester: m.at(FieldRequester), reopens: m.at(FieldReopens),
		agreement: m.at(FieldAgreement), alert: m.at(FieldAlert), at: map[string]int32{},
	}
	for i, col := range []int{s.opened, s.solved, s.closed, s.updated} {
		s.dates[i] = r.order(col)
	}
	r.tickets = s
	r.row = r.ticketRow
	r.end = r.endTickets
}

func (r *tableReader) instantAt(col int, o *order) (int64, civil.Date, bool) {
	t, ok := r.day(col, o)
	if !ok || !t.day.Known() {
		return 0, civil.NoDate, ok
	}
	return t.micros(r.file.opt.Location), t.day, true
}

func (r *tableReader) ticketRow(row tabular.Row) error {
	r.begin(row)
	s := r.tickets
	id := r.cell(s.number)
	if r.cell(s.opened) == nil && (id == nil || r.cell(s.subject) == nil && r.cell(s.status) == nil) || totalLabel(r.first()) && r.cell(s.opened) == nil {
		r.note(NoteSkippedRows, "", 0)
		return nil
	}
	if s.opened < len(r.m.Header) && string(r.cell(s.opened)) == strings.TrimSpace(r.m.Header[s.opened]) {
		return nil // the header again
	}
	opened, _, ok := r.instantAt(s.opened, s.dates[0])
	solved, _, ok2 := r.instantAt(s.solved, s.dates[1])
	closed, _, ok3 := r.instantAt(s.closed, s.dates[2])
	updated := int64(0)
	if s.updated >= 0 {
		if t, err := parseDay(r.cell(s.updated), r.guess.dayFirst, s.dates[3]); err == nil && r.cell(s.updated) != nil {
			updated = t.micros(r.file.opt.Location)
		}
	}
	if !ok || !ok2 || !ok3 {
		return nil
	}
	s.events++
	t := s.find(id)
	if !t.seen {
		t.seen, t.number = true, r.line
	}
	if opened != 0 && (t.opened == 0 || opened < t.opened) {
		t.opened = opened
	}
	t.solved, t.closed = max(t.solved, solved), max(t.closed, closed)
	r.ticketWords(t)
	r.ticketState(t, updated)
	return nil
}

// find returns the ticket of that number; a row without one is a ticket of its own.
func (s *ticketState) find(id []byte) *folded {
	if id != nil {
		if i, ok := s.at[string(id)]; ok {
			return s.all.at(int(i))
		}
	}
	name := string(id)
	if id != nil {
		s.at[name] = int32(s.all.n)
	}
	s.all.add(folded{id: name})
	return s.all.at(s.all.n - 1)
}

// ticketWords takes over what does not change from event to event.
func (r *tableReader) ticketWords(t *folded) {
	s := r.tickets
	if c := r.cell(s.client); c != nil && t.client == "" {
		t.client = r.keep(c)
	}
	if c := r.cell(s.subject); c != nil && t.subject == "" {
		t.subject = string(c)
	}
	if c := r.cell(s.channel); c != nil {
		if t.channel == "" {
			t.channel = r.keep(c)
		}
		if t.origin == OriginUnknown {
			t.origin = r.vocab.origin(c)
		}
	}
	if s.requester >= 0 && t.origin != OriginPlanned && t.origin != OriginMonitor {
		if c := r.cell(s.requester); c != nil && isServiceAccount(string(c)) {
			t.origin = OriginMonitor
		}
	}
	if r.cell(s.alert) != nil {
		t.origin = OriginMonitor
	}
	if t.origin == OriginUnknown && s.channel < 0 && s.typ >= 0 {
		if c := r.cell(s.typ); c != nil {
			// Without a channel only the clear types tell: an alert, a maintenance, a project.
			if o := r.vocab.origin(c); o == OriginMonitor || o == OriginPlanned {
				t.origin = o
			}
		}
	}
	if s.agreement >= 0 {
		c := r.cell(s.agreement)
		switch {
		case c == nil || yesNo(c) < 0:
			t.covered = max(t.covered, -1)
			if t.covered == 0 {
				t.covered = -1
			}
		default:
			t.covered = 1
		}
	}
}

// keep returns a string for a short repeated value without allocating it twice.
func (r *tableReader) keep(c []byte) string {
	if s, ok := r.kept[string(c)]; ok {
		return s
	}
	s := string(c)
	if len(r.kept) < maxCached {
		r.kept[s] = s
	}
	return s
}

// ticketState follows status and reopening through the events.
func (r *tableReader) ticketState(t *folded, updated int64) {
	s := r.tickets
	if c := r.cell(s.reopens); c != nil {
		if n, err := parseNumber(c, false, &marks{}); err == nil && n.Coef > 0 {
			t.reopened = true
		}
	}
	c := r.cell(s.status)
	if c == nil {
		return
	}
	done, open, gone := statusClass(string(c))
	if gone {
		t.dropped = true
	}
	if t.wasDone && open && updated >= t.lastSeen && updated > 0 {
		t.reopened = true
	}
	t.wasDone = t.wasDone || done
	t.lastSeen = max(t.lastSeen, updated)
}

// statusClass reads a ticket's status.
func statusClass(s string) (done, open, gone bool) {
	switch normHeader(s) {
	case "resolved", "closed", "solved", "complete", "completed", "gelöst", "geschlossen", "erledigt", "done", "finished":
		done = true
	case "open", "active", "new", "in progress", "reopened", "re opened", "offen", "neu":
		open = true
	case "deleted", "spam", "merged", "duplicate", "trash", "gelöscht":
		gone = true
	}
	return
}

func (r *tableReader) endTickets() error {
	s := r.tickets
	if s.events > s.all.n {
		r.notes[[2]string{NoteFolded, ""}] = &Note{Code: NoteFolded, Arg: fmt.Sprint(s.all.n), Rows: s.events}
	}
	s.at = nil
	for i := range s.all.n {
		t := s.all.at(i)
		if t.solved == 0 {
			t.solved = t.closed
		}
		if t.dropped {
			r.leaveOut(NoteStatus, "deleted", 0)
			continue
		}
		if t.opened == 0 {
			r.leaveOut(NoteNoTime, "", 0)
			continue
		}
		if t.solved != 0 && t.solved < t.opened {
			t.solved = t.opened
		}
		if err := r.ticketDone(t); err != nil {
			return err
		}
	}
	s.all = chunks[folded]{}
	return nil
}

func (r *tableReader) ticketDone(t *folded) error {
	if t.client == "" {
		t.client = r.m.Client
	}
	out := &r.tickets.row
	*out = TicketRow{
		Number: t.number, Opened: t.opened, Solved: t.solved, Origin: t.origin, Reopened: t.reopened, Covered: t.covered,
		ID: append(out.ID[:0], t.id...), Client: append(out.Client[:0], t.client...), Subject: append(out.Subject[:0], t.subject...), Channel: append(out.Channel[:0], t.channel...),
	}
	out.Fingerprint = r.print(KindTickets, t.opened, 0, out.ID, r.clientKey(out.Client))
	if t.id == "" {
		out.Fingerprint = r.print(KindTickets, t.opened, t.solved, out.Subject, r.clientKey(out.Client))
	}
	if t.channel != "" {
		count(r.channels, out.Channel, 0, r.vocab.origin(out.Channel).String())
	}
	day := civil.DateOf(clock.FromMicros(t.opened).In(cmp.Or(r.file.opt.Location, time.UTC)))
	r.span(day)
	r.rep.Rows++
	if r.sampled() {
		r.line = t.number
		solved := ""
		if t.solved > 0 {
			solved = clock.FromMicros(t.solved).In(r.file.opt.Location).Format("2006-01-02 15:04")
		}
		r.addSample("ticket", t.id, "client", t.client, "subject", t.subject, "opened", clock.FromMicros(t.opened).In(r.file.opt.Location).Format("2006-01-02 15:04"), "solved", solved, "channel", t.channel, "origin", t.origin.String())
	}
	return r.file.sink.Ticket(out)
}

// worksOf lists what the categories of work were taken for, the unknown ones in the notes.
func (r *tableReader) worksOf() {
	names := make([]string, 0, len(r.works))
	for n, s := range r.works {
		if s.Means == workNames[0] {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	for _, n := range names {
		r.notes[[2]string{NoteUnknownWork, n}] = &Note{Code: NoteUnknownWork, Arg: n, Rows: r.works[n].Rows}
	}
}

var workNames = map[int8]string{1: "reactive", -1: "planned", 0: "unknown"}
