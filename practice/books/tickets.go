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

	at     map[string]int
	all    []folded
	events int
	dates  [4]*order // opened, solved, closed, updated
}

// folded is a ticket as known so far.
type folded struct {
	TicketRow
	closed   int64
	wasDone  bool // an earlier event had it resolved or closed
	dropped  bool // deleted, spam or merged
	lastSeen int64
	rows     int
	client   string
	subject  string
	channel  string
	id       string
}

func (r *tableReader) startTickets() {
	m := r.m
	s := &ticketState{
		number: m.at(FieldNumber), opened: m.at(FieldOpened), solved: m.at(FieldSolved), closed: m.at(FieldClosed), updated: m.at(FieldUpdated), channel: m.at(FieldChannel),
		client: m.at(FieldClient), subject: m.at(FieldSubject), status: m.at(FieldStatus), typ: m.at(FieldType), requester: m.at(FieldRequester), reopens: m.at(FieldReopens),
		agreement: m.at(FieldAgreement), alert: m.at(FieldAlert), at: map[string]int{},
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
	first := t.rows == 0
	t.rows++
	if first {
		t.Number = r.line
		t.id = string(id)
	}
	if opened != 0 && (t.Opened == 0 || opened < t.Opened) {
		t.Opened = opened
	}
	t.Solved, t.closed = max(t.Solved, solved), max(t.closed, closed)
	r.ticketWords(t)
	r.ticketState(t, updated)
	return nil
}

// find returns the ticket of that number; a row without one is a ticket of its own.
func (s *ticketState) find(id []byte) *folded {
	if id != nil {
		if i, ok := s.at[string(id)]; ok {
			return &s.all[i]
		}
		s.at[string(id)] = len(s.all)
	}
	s.all = append(s.all, folded{})
	return &s.all[len(s.all)-1]
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
		if t.Origin == OriginUnknown {
			t.Origin = r.vocab.origin(c)
		}
	}
	if s.requester >= 0 && t.Origin != OriginPlanned && t.Origin != OriginMonitor {
		if c := r.cell(s.requester); c != nil && isServiceAccount(string(c)) {
			t.Origin = OriginMonitor
		}
	}
	if r.cell(s.alert) != nil {
		t.Origin = OriginMonitor
	}
	if t.Origin == OriginUnknown && s.channel < 0 && s.typ >= 0 {
		if c := r.cell(s.typ); c != nil {
			// Without a channel only the clear types tell: an alert, a maintenance, a project.
			if o := r.vocab.origin(c); o == OriginMonitor || o == OriginPlanned {
				t.Origin = o
			}
		}
	}
	if s.agreement >= 0 {
		c := r.cell(s.agreement)
		switch {
		case c == nil || yesNo(c) < 0:
			t.Covered = max(t.Covered, -1)
			if t.Covered == 0 {
				t.Covered = -1
			}
		default:
			t.Covered = 1
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
			t.Reopened = true
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
		t.Reopened = true
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
	if s.events > len(s.all) {
		r.notes[[2]string{NoteFolded, ""}] = &Note{Code: NoteFolded, Arg: fmt.Sprint(len(s.all)), Rows: s.events}
	}
	s.at = nil
	for i := range s.all {
		t := &s.all[i]
		if t.Solved == 0 {
			t.Solved = t.closed
		}
		if t.dropped {
			r.leaveOut(NoteStatus, "deleted", 0)
			continue
		}
		if t.Opened == 0 {
			r.leaveOut(NoteNoTime, "", 0)
			continue
		}
		if t.Solved != 0 && t.Solved < t.Opened {
			t.Solved = t.Opened
		}
		if err := r.ticketDone(t); err != nil {
			return err
		}
	}
	s.all = nil
	return nil
}

func (r *tableReader) ticketDone(t *folded) error {
	if t.client == "" {
		t.client = r.m.Client
	}
	t.ID, t.Client, t.Subject, t.Channel = []byte(t.id), []byte(t.client), []byte(t.subject), []byte(t.channel)
	t.Fingerprint = r.print(KindTickets, t.Opened, 0, t.ID, r.clientKey(t.Client))
	if t.id == "" {
		t.Fingerprint = r.print(KindTickets, t.Opened, t.Solved, t.Subject, r.clientKey(t.Client))
	}
	if t.channel != "" {
		count(r.channels, t.Channel, 0, r.vocab.origin(t.Channel).String())
	}
	day := civil.DateOf(clock.FromMicros(t.Opened).In(cmp.Or(r.file.opt.Location, time.UTC)))
	r.span(day)
	r.rep.Rows++
	if r.sampled() {
		r.line = t.Number
		solved := ""
		if t.Solved > 0 {
			solved = clock.FromMicros(t.Solved).In(r.file.opt.Location).Format("2006-01-02 15:04")
		}
		r.addSample("ticket", t.id, "client", t.client, "subject", t.subject, "opened", clock.FromMicros(t.Opened).In(r.file.opt.Location).Format("2006-01-02 15:04"), "solved", solved, "channel", t.channel, "origin", t.Origin.String())
	}
	return r.file.sink.Ticket(&t.TicketRow)
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
