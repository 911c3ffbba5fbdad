// SPDX-License-Identifier: Apache-2.0

package books

import (
	"bytes"
	"fmt"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/tabular"
)

// hoursState is what the reading of time entries carries from row to row.
type hoursState struct {
	hours, minutes, date, person, firstName, client, task, category, sub, text, project, billable, amount, start, end, number, cur int
	dates                                                                                                                          *order
	amounts, durations                                                                                                             *marks
	row                                                                                                                            HoursRow
	name, buf                                                                                                                      []byte
}

func (r *tableReader) startHours() {
	m := r.m
	s := &hoursState{
		hours: m.at(FieldHours), minutes: m.at(FieldMinutes), date: m.at(FieldDate), person: m.at(FieldPerson), firstName: m.at(FieldFirst), client: m.at(FieldClient), task: m.at(FieldTask),
		category: m.at(FieldCategory), sub: m.at(FieldSub), text: m.at(FieldText), project: m.at(FieldProject), billable: m.at(FieldBillable), amount: m.at(FieldAmount),
		start: m.at(FieldStart), end: m.at(FieldEnd), number: m.at(FieldNumber), cur: m.at(FieldCurrency),
	}
	s.dates, s.amounts = r.order(s.date), r.mark(s.amount)
	s.durations = r.mark(s.hours)
	r.hours = s
	r.row = r.hoursRow
	r.end = func() error {
		r.worksOf()
		if s.hours >= 0 && s.number >= 0 && r.otherHours() {
			r.notes[[2]string{NoteRepeatedHours, ""}] = &Note{Code: NoteRepeatedHours, Arg: r.columnName(s.hours)}
		}
		return nil
	}
}

// otherHours reports whether a task's hours stand beside those of each person.
func (r *tableReader) otherHours() bool {
	chosen := normHeader(r.columnName(r.hours.hours))
	for i, h := range r.m.Header {
		n := normHeader(h)
		if i != r.hours.hours && n != chosen && strings.HasSuffix(chosen, n) && strings.Contains(n, "hours") {
			return true
		}
	}
	return false
}

func (r *tableReader) hoursRow(row tabular.Row) error {
	r.begin(row)
	s := r.hours
	out := &s.row
	*out = HoursRow{Number: r.line, Day: civil.NoDate}
	if skip := r.noEntry(); skip {
		r.note(NoteSkippedRows, "", 0)
		return nil
	}
	if s.date >= 0 {
		if string(r.cell(s.date)) == strings.TrimSpace(r.m.Header[s.date]) {
			return nil // the header again
		}
		t, ok := r.day(s.date, s.dates)
		if ok && !t.day.Known() {
			r.fail(s.date, nil, wantDay)
		}
		out.Day = t.day
	}
	minutes, has := r.minutesOf()
	if r.problem {
		return nil
	}
	if !has {
		r.leaveOut(NoteNoAmount, "", 0)
		return nil
	}
	out.Minutes = minutes
	if n, ok := r.numberAt(s.amount, s.amounts); ok {
		out.Currency = r.cur
		if code, ok := isoCode(r.cell(s.cur)); ok {
			out.Currency = code
		} else if n.currency != "" {
			out.Currency = n.currency
		}
		out.Minor, _ = r.minor(n, out.Currency.Digits())
	}
	if r.problem {
		return nil
	}
	r.hoursWords(out)
	return r.hoursDone(out)
}

// noEntry tells rows that are totals, titles or footers.
func (r *tableReader) noEntry() bool {
	s := r.hours
	duration := r.cell(s.hours) != nil || r.cell(s.minutes) != nil || r.cell(s.end) != nil
	who := r.cell(s.person) != nil || r.cell(s.client) != nil || r.cell(s.task) != nil || r.cell(s.project) != nil || r.cell(s.number) != nil || r.cell(s.text) != nil
	if totalLabel(r.first()) && (s.date < 0 || r.cell(s.date) == nil || totalLabel(r.cell(s.date))) {
		return true
	}
	return s.date >= 0 && r.cell(s.date) == nil && (!duration || !who) || !duration && !who
}

func (r *tableReader) minutesOf() (int32, bool) {
	s := r.hours
	for _, c := range []struct {
		col  int
		unit int64
	}{{s.hours, 60}, {s.minutes, 1}} {
		v := r.cell(c.col)
		if v == nil {
			continue
		}
		n, err := parseMinutes(v, c.unit, r.comma(c.col), r.mark(c.col))
		if err != nil {
			r.fail(c.col, v, "a duration such as 1.5 or 1:30")
			return 0, false
		}
		return n, true
	}
	from, to := r.cell(s.start), r.cell(s.end)
	if from == nil || to == nil {
		return 0, false
	}
	a, okA := clockOf(from)
	b, okB := clockOf(to)
	if !okA || !okB {
		r.fail(s.end, to, "a time such as 14:30")
		return 0, false
	}
	if b < a {
		b += 24 * 60 // past midnight
	}
	return b - a, true
}

// clockOf is the time of day in minutes, with or without a day before it.
func clockOf(c []byte) (int32, bool) {
	var t instant
	if t.clock(c) == nil && bytes.IndexByte(c, ':') > 0 {
		return t.seconds / 60, true
	}
	var o order
	t, err := parseDay(c, true, &o)
	return t.seconds / 60, err == nil
}

func (r *tableReader) hoursWords(out *HoursRow) {
	s := r.hours
	if out.Client = r.cell(s.client); out.Client == nil && r.m.Client != "" {
		out.Client = []byte(r.m.Client)
	}
	out.Person = r.cell(s.person)
	if f := r.cell(s.firstName); f != nil {
		s.name = append(append(append(s.name[:0], f...), ' '), out.Person...)
		out.Person = bytes.TrimSpace(s.name)
	}
	task, text := r.cell(s.task), r.cell(s.text)
	switch {
	case task == nil && text == nil:
		out.Text = r.cell(s.project)
	case task == nil:
		out.Text = text
	case text == nil || bytes.Equal(task, text):
		out.Text = task
	default:
		s.buf = append(append(append(s.buf[:0], task...), ": "...), text...)
		out.Text = s.buf
	}
	// The narrower word decides: a support entry inside development is still support.
	for _, c := range [][]byte{r.cell(s.sub), r.cell(s.category), task} {
		if c == nil {
			continue
		}
		if out.Reactive = r.vocab.work(c); out.Reactive != 0 {
			break
		}
	}
	if c := r.category(); c != nil {
		count(r.works, c, int64(out.Minutes), workNames[out.Reactive])
	}
	if c := r.cell(s.billable); c != nil {
		out.Billable = yesNo(c)
	}
}

func (r *tableReader) category() []byte {
	s := r.hours
	for _, col := range []int{s.sub, s.category, s.task} {
		if c := r.cell(col); c != nil {
			return c
		}
	}
	return nil
}

func (r *tableReader) hoursDone(out *HoursRow) error {
	s := r.hours
	out.Fingerprint = r.print(KindHours, int64(out.Minutes), int64(out.Day), r.clientKey(out.Client), out.Person, out.Text, r.cell(s.number), r.cell(s.start))
	r.rep.Rows++
	r.span(out.Day)
	if out.Client == nil {
		r.note(NoteNoClient, "", 0)
	}
	if r.sampled() {
		r.addSample("date", out.Day.String(), "client", string(out.Client), "person", string(out.Person), "text", string(out.Text), "hours", fmt.Sprintf("%d:%02d", out.Minutes/60, out.Minutes%60), "work", workNames[out.Reactive])
	}
	return r.file.sink.Hours(out)
}
