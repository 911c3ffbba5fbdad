// SPDX-License-Identifier: Apache-2.0

package knowledge

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/knowledge/store"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/config"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
)

// houseKey names the value with the client that stands for the firm itself: tickets about the firm's own records are
// made for it, because every ticket belongs to a client.
const houseKey = "knowledge.house"

// maxLead is the most days before a due day of which is reminded.
const maxLead = 400

// usualLeads are the days before the due day of which is reminded where the firm has not said otherwise.
func usualLeads(t RecordType) []int {
	switch t {
	case Certificate:
		return []int{30, 14, 3}
	case Warranty:
		return []int{90, 30}
	}
	return []int{60, 30, 7}
}

// Leads returns for every kind the days before the due day of which is reminded, the most first.
func (s *Service) Leads(ctx context.Context) (map[RecordType][]int, error) {
	out := map[RecordType][]int{}
	for _, t := range RecordTypes() {
		out[t] = usualLeads(t)
	}
	rows, err := s.read().Leads(ctx)
	for _, r := range rows {
		days, err := parseLeads(r.Days)
		if err != nil {
			return nil, err
		}
		out[RecordType(r.Kind)] = days
	}
	return out, err
}

// parseLeads reads days such as "60, 30, 7"; "" is none.
func parseLeads(text string) ([]int, error) {
	var out []int
	for _, w := range strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == ',' || r == ';' || r == '/' }) {
		n, err := strconv.Atoi(w)
		if err != nil || n < 0 || n > maxLead {
			return nil, fault.NewInvalid("Enter days such as 60, 30, 7: at most %d before the day.", maxLead)
		}
		out = append(out, n)
	}
	slices.Sort(out)
	out = slices.Compact(out)
	slices.Reverse(out)
	if len(out) > 10 {
		return nil, fault.NewInvalid("At most %d reminders are possible.", 10)
	}
	return out, nil
}

// FormatLeads writes days as parseLeads reads them.
func FormatLeads(days []int) string {
	words := make([]string, len(days))
	for i, d := range days {
		words[i] = strconv.Itoa(d)
	}
	return strings.Join(words, ", ")
}

// SetLeads says for kinds on which days before the due day is reminded, and for which client tickets about the firm's
// own records are made (0 = none are).
func (s *Service) SetLeads(ctx context.Context, days map[RecordType]string, house ids.ID) error {
	if house != 0 {
		if err := s.checkClient(ctx, access.WholeFirm(), house); err != nil {
			return err
		}
	}
	clean := map[RecordType]string{}
	for _, t := range RecordTypes() {
		text, given := days[t]
		if !given {
			continue
		}
		list, err := parseLeads(text)
		if e, ok := errors.AsType[*fault.Error](err); ok {
			return e.On("days-" + string(t))
		}
		clean[t] = FormatLeads(list)
	}
	id := ""
	if house != 0 {
		id = house.String()
	}
	return s.change(ctx, "knowledge.leads", "", "", func(tx *sql.Tx, q *store.Queries) error {
		for t, text := range clean {
			if err := q.SetLeads(ctx, string(t), text); err != nil {
				return err
			}
		}
		return config.SetIn(ctx, tx, houseKey, id)
	})
}

// House is the client that stands for the firm itself; 0 = none was chosen.
func (s *Service) House(ctx context.Context) (ids.ID, error) {
	text, err := s.values.Get(ctx, houseKey)
	if err != nil || text == "" {
		return 0, err
	}
	return ids.Parse(text)
}

// reached is the smallest of the days before the due day that has come, −1 where none has.
func reached(leads []int, due, today civil.Date) int {
	left, out := int(due-today), -1
	for _, l := range leads {
		if left <= l && (out < 0 || l < out) {
			out = l
		}
	}
	return out
}

// Remind makes the tickets that are due and adds the notes of later days. Call it now and then; any number of processes
// may, and may die at any point. After a standstill what was missed is made up for: one ticket, and one note at most.
func (s *Service) Remind(ctx context.Context) error {
	leads, err := s.Leads(ctx)
	if err != nil {
		return err
	}
	most := 0
	for _, days := range leads {
		for _, d := range days {
			most = max(most, d)
		}
	}
	house, err := s.House(ctx)
	if err != nil {
		return err
	}
	today := s.Today()
	var failed error
	for due, last := int64(-1<<40), int64(0); ; {
		rows, err := s.read().RecordsDue(ctx, int64(today)+int64(most), due, last)
		if err != nil || len(rows) == 0 {
			return errors.Join(failed, err)
		}
		for _, r := range rows {
			due, last = r.Due, r.ID
			if err := s.remindOf(ctx, ids.ID(r.ID), leads, house, today); err != nil {
				if ctx.Err() != nil {
					return ctx.Err()
				}
				failed = errors.Join(failed, err) // the others must not wait for this one
			}
		}
	}
}

// remindOf reminds of one record in one transaction, where there is anything to remind of.
func (s *Service) remindOf(ctx context.Context, id ids.ID, leads map[RecordType][]int, house ids.ID, today civil.Date) error {
	var told ids.ID
	err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		told = 0
		q := store.New(tx)
		row, err := q.RecordByID(ctx, int64(id))
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		x, err := recordOf(row)
		if err != nil || x.Archived || !x.Due.Known() || x.Due < x.setOn {
			return err
		}
		lead := reached(leads[x.Type], x.Due, today)
		if lead < 0 {
			return nil
		}
		client := x.Client
		if client == 0 {
			client = house
		}
		if client == 0 {
			return nil // the list of what runs out says that nobody is reminded
		}
		if client, err = s.living(ctx, client); err != nil {
			return err
		}
		told, err = s.remindIn(ctx, tx, q, x, client, lead, today)
		return err
	})
	if err == nil && told != 0 {
		s.p.Desk.Told(told)
	}
	return err
}

// remindIn makes the ticket of a due day, or adds a note to it. It returns the ticket that changed, 0 where none did: another
// process was here first.
func (s *Service) remindIn(ctx context.Context, tx *sql.Tx, q *store.Queries, x Record, client ids.ID, lead int, today civil.Date) (ids.ID, error) {
	n, err := q.ClaimReminder(ctx, store.ClaimReminderParams{RecordID: int64(x.ID), Due: int64(x.Due), Told: int64(lead), ToldAt: s.micros()})
	if err != nil {
		return 0, err
	}
	if n == 0 {
		return s.remindAgain(ctx, tx, q, x, client, lead, today)
	}
	return s.reminderTicket(ctx, tx, q, x, client, today)
}

// reminderTicket makes the ticket of a due day.
func (s *Service) reminderTicket(ctx context.Context, tx *sql.Tx, q *store.Queries, x Record, client ids.ID, today civil.Date) (ids.ID, error) {
	p, err := s.printer(ctx)
	if err != nil {
		return 0, err
	}
	t, _, err := s.p.Desk.CreateIn(ctx, tx, helpdesk.Draft{
		Client: client, Kind: helpdesk.Maintenance, Origin: helpdesk.FromPlan, OriginNote: fmt.Sprintf("%s %s, due %s", x.Type, x.ID, x.Due), Channel: "plan",
		Impact: 2, Urgency: urgency(x.Due, today), Subject: shorten(reminderSubject(p, x), 290), Body: reminderText(p, x, today), Internal: true, Tags: []string{string(x.Type)},
		Author: &helpdesk.Author{Kind: "system", Name: "Mainstay"},
	})
	if err != nil {
		return 0, err
	}
	return t.ID, q.RemindOn(ctx, int64(x.ID), int64(x.Due), int64(t.ID))
}

// remindAgain adds a note to the ticket of a due day when a later reminder is due. A ticket that was removed is made anew.
func (s *Service) remindAgain(ctx context.Context, tx *sql.Tx, q *store.Queries, x Record, client ids.ID, lead int, today civil.Date) (ids.ID, error) {
	have, err := q.ReminderOf(ctx, int64(x.ID), int64(x.Due))
	if err != nil {
		return 0, err
	}
	n, err := q.RemindAgain(ctx, store.RemindAgainParams{RecordID: int64(x.ID), Due: int64(x.Due), Told: int64(lead), ToldAt: s.micros()})
	if err != nil || n == 0 {
		return 0, err
	}
	p, err := s.printer(ctx)
	if err != nil {
		return 0, err
	}
	t, _, err := s.p.Desk.SayIn(ctx, tx, ids.ID(have.TicketID), helpdesk.Message{Kind: helpdesk.Note, Body: reminderText(p, x, today), Author: &helpdesk.Author{Kind: "system", Name: "Mainstay"}})
	if fault.Is(err, fault.NotFound) {
		return s.reminderTicket(ctx, tx, q, x, client, today)
	}
	return t.ID, err
}

func urgency(due, today civil.Date) helpdesk.Level {
	switch left := int(due - today); {
	case left <= 7:
		return 1
	case left <= 30:
		return 2
	}
	return 3
}

// printer speaks the firm's language: a ticket has no reader of its own.
func (s *Service) printer(ctx context.Context) (locale.Printer, error) {
	firm, err := s.values.Firm(ctx)
	tag := locale.Tag(firm.Language)
	if !tag.Known() {
		tag = locale.EnUS
	}
	return locale.New(tag, s.p.Zone), err
}

func reminderSubject(p locale.Printer, x Record) string {
	day := p.Date(x.Due)
	switch x.Type {
	case Domain:
		return p.T("Domain %[1]s: renew by %[2]s", x.Name, day)
	case Certificate:
		return p.T("Certificate %[1]s: replace by %[2]s", x.Name, day)
	case Vendor:
		return p.T("Contract with %[1]s: decide by %[2]s", x.Name, day)
	case Warranty:
		return p.T("Warranty of %[1]s: ends %[2]s", x.Name, day)
	}
	return p.T("Licence %[1]s: renew by %[2]s", x.Name, day)
}

func reminderText(p locale.Printer, x Record, today civil.Date) string {
	var b strings.Builder
	switch left := int64(x.Due - today); {
	case left > 0:
		b.WriteString(p.N("%[1]d day is left, until %[2]s.|%[1]d days are left, until %[2]s.", left, p.DateLong(x.Due)))
	case left == 0:
		b.WriteString(p.T("Today is the last day."))
	default:
		b.WriteString(p.N("The day was %[2]s, %[1]d day ago.|The day was %[2]s, %[1]d days ago.", -left, p.DateLong(x.Due)))
	}
	if x.Notice > 0 {
		b.WriteString("\n" + p.N("It ends on %[2]s, with %[1]d day of notice.|It ends on %[2]s, with %[1]d days of notice.", int64(x.Notice), p.DateLong(x.Ends)))
	}
	b.WriteString("\n\n" + p.T("Once the new end is entered there, the reminders begin anew: %s", RecordAddress(x.ID)))
	return b.String()
}

func shorten(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most-3], "") + "…"
}

// RecordAddress is where a record is shown.
func RecordAddress(id ids.ID) string { return "/expiring/" + id.String() }

// Reminder is a ticket that reminds of a due day.
type Reminder struct {
	Record ids.ID
	Due    civil.Date
	Ticket ids.ID
	Told   int // the smallest number of days before of which was told
	At     time.Time
}

// Reminders lists the tickets that reminded of a record, the latest due day first.
func (s *Service) Reminders(ctx context.Context, scope access.Scope, id ids.ID) (out []Reminder, err error) {
	if _, err := s.Record(ctx, scope, id); err != nil {
		return nil, err
	}
	rows, err := s.read().RemindersOf(ctx, int64(id))
	for _, r := range rows {
		out = append(out, Reminder{ids.ID(r.RecordID), civil.Date(r.Due), ids.ID(r.TicketID), int(r.Told), instant(r.ToldAt)})
	}
	return out, err
}

// RecordsOfTicket returns the records of which a ticket reminds.
func (s *Service) RecordsOfTicket(ctx context.Context, scope access.Scope, ticket ids.ID) (out []Record, err error) {
	rows, err := s.read().RemindersOfTicket(ctx, int64(ticket))
	for _, r := range rows {
		x, err := s.Record(ctx, scope, ids.ID(r.RecordID))
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, err
}
