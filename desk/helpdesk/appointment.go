// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"mainstay/desk/helpdesk/sla"
	"mainstay/desk/helpdesk/store"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// AppointmentKind says what time is set aside for.
type AppointmentKind string

// The kinds of appointments.
const (
	Work AppointmentKind = "work" // on a ticket
	Busy AppointmentKind = "busy" // something else: a meeting, training
	Away AppointmentKind = "away" // not there
)

// AppointmentKinds lists them in the order in which pages show them.
func AppointmentKinds() []AppointmentKind { return []AppointmentKind{Work, Busy, Away} }

// Appointment is time that a person of the firm has set aside. Two may overlap: the dispatcher sees it and decides.
type Appointment struct {
	ID         ids.ID
	User       ids.ID
	Kind       AppointmentKind
	Ticket     ids.ID // of work; 0 for the other kinds
	Title      string // what it is about; beside a ticket a remark
	Onsite     bool   // at the client's place
	Start, End time.Time
	Version    int64
}

// Limits of appointments.
const (
	maxAppointment = 31 * 24 * time.Hour
	maxAhead       = 5 * 366 * 24 * time.Hour
	maxSchedule    = 62 * 24 * time.Hour // that is listed at once
)

// Overlaps reports whether both want the same person at the same time.
func (a Appointment) Overlaps(b Appointment) bool {
	return a.User == b.User && a.Start.Before(b.End) && b.Start.Before(a.End)
}

func appointmentOf(r store.HelpdeskAppointment) Appointment {
	return Appointment{ids.ID(r.ID), ids.ID(r.UserID), AppointmentKind(r.Kind), ids.ID(r.TicketID), r.Title, r.Onsite == 1, instant(r.StartsAt), instant(r.EndsAt), r.Version}
}

func appointmentsOf(rows []store.HelpdeskAppointment, err error) ([]Appointment, error) {
	var out []Appointment
	for _, r := range rows {
		out = append(out, appointmentOf(r))
	}
	return out, err
}

// Appointments lists what lies between two instants, at most 62 days apart, by its beginning; user 0 = everybody's.
func (s *Service) Appointments(ctx context.Context, user ids.ID, from, to time.Time) ([]Appointment, error) {
	if to.Sub(from) > maxSchedule {
		return nil, fault.NewInvalid("At most %d days can be shown at once.", int(maxSchedule.Hours()/24))
	}
	return s.appointments(ctx, user, from, to)
}

func (s *Service) appointments(ctx context.Context, user ids.ID, from, to time.Time) ([]Appointment, error) {
	q := store.New(s.p.DB.Reader())
	earliest := micros(from.Add(-maxAppointment)) // none is longer
	if user != 0 {
		return appointmentsOf(q.AppointmentsOfUser(ctx, store.AppointmentsOfUserParams{UserID: int64(user), Earliest: earliest, Until: micros(to), Since: micros(from)}))
	}
	return appointmentsOf(q.AppointmentsBetween(ctx, earliest, micros(to), micros(from)))
}

// AppointmentsOf lists those of a ticket in scope.
func (s *Service) AppointmentsOf(ctx context.Context, scope access.Scope, ticket ids.ID) ([]Appointment, error) {
	if _, err := s.Get(ctx, scope, ticket); err != nil {
		return nil, err
	}
	return appointmentsOf(store.New(s.p.DB.Reader()).AppointmentsOfTicket(ctx, int64(ticket)))
}

// Appointment returns one.
func (s *Service) Appointment(ctx context.Context, id ids.ID) (Appointment, error) {
	r, err := store.New(s.p.DB.Reader()).AppointmentByID(ctx, int64(id))
	if errors.Is(err, sql.ErrNoRows) {
		err = fault.NewNotFound("There is no such appointment.")
	}
	return appointmentOf(r), err
}

// Unplanned lists unfinished tickets without an appointment that is still to come, the most urgent first, of those that
// the query lets through.
func (s *Service) Unplanned(ctx context.Context, scope access.Scope, q Query, limit int) ([]Ticket, error) {
	now := s.now()
	rows, err := store.New(s.p.DB.Reader()).TicketsWithAppointments(ctx, micros(now), micros(now.Add(-maxAppointment)))
	if err != nil {
		return nil, err
	}
	planned := map[ids.ID]bool{}
	for _, r := range rows {
		planned[ids.ID(r)] = true
	}
	q.States, q.Order = []State{StateNew, StateOpen, StateWaiting}, ByPriority
	var out []Ticket
	for q.Limit = 200; ; q.Offset += q.Limit {
		p, err := s.List(ctx, scope, q)
		if err != nil {
			return nil, err
		}
		for _, t := range p.Rows {
			if !planned[t.ID] {
				if out = append(out, t); len(out) == limit {
					return out, nil
				}
			}
		}
		if len(p.Rows) < q.Limit {
			return out, nil
		}
	}
}

// SaveAppointment adds one (ID 0) or changes one whose version the caller has seen. A ticket that nobody has taken goes to
// the person of the appointment; its thread says what was planned.
func (s *Service) SaveAppointment(ctx context.Context, scope access.Scope, a Appointment) (Appointment, error) {
	if err := s.checkAppointment(ctx, &a); err != nil {
		return a, err
	}
	u, err := s.set(ctx)
	if err != nil {
		return a, err
	}
	var touched []ids.ID
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		touched = nil
		if a.ID == 0 {
			fresh := a
			fresh.ID, fresh.Version = s.p.IDs.New(), 1
			if err := q.InsertAppointment(ctx, store.InsertAppointmentParams{
				ID: int64(fresh.ID), UserID: int64(a.User), TicketID: int64(a.Ticket), Kind: string(a.Kind), Title: a.Title, Onsite: flag(a.Onsite),
				StartsAt: micros(a.Start), EndsAt: micros(a.End), MadeAt: micros(s.now()), MadeBy: int64(author(ctx).ID),
			}); err != nil {
				return err
			}
			touched = append(touched, a.Ticket)
			if err := s.noteAppointment(ctx, tx, u, scope, Appointment{}, fresh); err != nil {
				return err
			}
			a = fresh
			return nil
		}
		row, err := q.AppointmentByID(ctx, int64(a.ID))
		if errors.Is(err, sql.ErrNoRows) {
			return fault.NewNotFound("There is no such appointment.")
		}
		if err != nil {
			return err
		}
		old := appointmentOf(row)
		touched = append(touched, old.Ticket, a.Ticket)
		n, err := q.UpdateAppointment(ctx, store.UpdateAppointmentParams{
			ID: int64(a.ID), UserID: int64(a.User), TicketID: int64(a.Ticket), Kind: string(a.Kind), Title: a.Title, Onsite: flag(a.Onsite),
			StartsAt: micros(a.Start), EndsAt: micros(a.End), Version: a.Version,
		})
		if err := orMoved(n, err); err != nil {
			return err
		}
		if old.Ticket != a.Ticket {
			if err := s.noteAppointment(ctx, tx, u, scope, old, Appointment{}); err != nil {
				return err
			}
			old = Appointment{}
		}
		return s.noteAppointment(ctx, tx, u, scope, old, a)
	})
	if err != nil {
		return a, err
	}
	for _, id := range touched {
		s.told(id)
	}
	return s.Appointment(ctx, a.ID)
}

func orMoved(n int64, err error) error {
	if err == nil && n == 0 {
		err = fault.NewConflict("Somebody changed this appointment in the meantime. Look at it again.")
	}
	return err
}

// DropAppointment takes one away whose version the caller has seen.
func (s *Service) DropAppointment(ctx context.Context, scope access.Scope, id ids.ID, version int64) error {
	a, err := s.Appointment(ctx, id)
	if err != nil {
		return err
	}
	u, err := s.set(ctx)
	if err != nil {
		return err
	}
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		n, err := store.New(tx).DropAppointment(ctx, int64(id), version)
		if err := orMoved(n, err); err != nil {
			return err
		}
		return s.noteAppointment(ctx, tx, u, scope, a, Appointment{})
	})
	if err == nil {
		s.told(a.Ticket)
	}
	return err
}

func (s *Service) checkAppointment(ctx context.Context, a *Appointment) error {
	a.Title = strings.Join(strings.Fields(a.Title), " ")
	a.Start, a.End = a.Start.Truncate(time.Minute), a.End.Truncate(time.Minute)
	if len(a.Title) > maxSubject {
		return fault.NewInvalid("This is too long: at most %d characters.", maxSubject).On("title")
	}
	if !slices.Contains(AppointmentKinds(), a.Kind) {
		return fault.NewInvalid("Choose what the time is for.").On("kind")
	}
	if a.User == 0 {
		return fault.NewInvalid("Say whose time it is.").On("user")
	}
	if err := s.checkAssignee(ctx, a.User); err != nil {
		return fault.NewInvalid("This person does not work on tickets.").On("user").Because(err)
	}
	if !a.End.After(a.Start) {
		return fault.NewInvalid("The end must lie after the beginning.").On("minutes")
	}
	if a.End.Sub(a.Start) > maxAppointment {
		return fault.NewInvalid("An appointment lasts at most %d days.", int(maxAppointment.Hours()/24)).On("minutes")
	}
	if now := s.now(); a.Start.After(now.Add(maxAhead)) || a.Start.Before(now.Add(-maxAhead)) {
		return fault.NewInvalid("This day is too far away.").On("day")
	}
	if a.Kind != Work {
		a.Ticket, a.Onsite = 0, false
		if a.Title == "" {
			return fault.NewInvalid("Say what it is about.").On("title")
		}
		return nil
	}
	if a.Ticket == 0 {
		return fault.NewInvalid("Write the number of the ticket.").On("ticket")
	}
	return nil
}

// noteAppointment says in the thread of a ticket what was planned, moved or called off. is zero = it was called off.
func (s *Service) noteAppointment(ctx context.Context, tx *sql.Tx, u *setup, scope access.Scope, was, is Appointment) error {
	ticket := is.Ticket
	if ticket == 0 {
		ticket = was.Ticket
	}
	change := FieldChange{"appointment", was.mark(), is.mark()}
	if ticket == 0 || change.From == change.To {
		return nil
	}
	var fresh func(*setup, *Ticket) error
	if was.ID == 0 {
		fresh = func(_ *setup, t *Ticket) error {
			if !t.State.Unfinished() {
				return fault.NewConflict("This ticket is finished. Open it again to plan work on it.")
			}
			if t.Assignee == 0 {
				t.Assignee = is.User
			}
			return nil
		}
	}
	if _, _, err := s.mutateIn(ctx, tx, u, scope, ticket, 0, nil, fresh); err != nil {
		return err
	}
	_, err := s.addEntry(ctx, store.New(tx), ticket, author(ctx), Entry{Kind: Changed, Changes: []FieldChange{change}}, s.now())
	return err
}

// mark is whose and when, as a change entry keeps it: the person, and the two instants.
func (a Appointment) mark() string {
	if a.ID == 0 {
		return ""
	}
	return a.User.String() + " " + a.Start.UTC().Format(time.RFC3339) + " " + a.End.UTC().Format(time.RFC3339)
}

// ParseAppointmentMark reads what a change entry with the field "appointment" says.
func ParseAppointmentMark(s string) (user ids.ID, start, end time.Time, ok bool) {
	parts := strings.Fields(s)
	if len(parts) != 3 {
		return 0, start, end, false
	}
	user, err := ids.Parse(parts[0])
	start, errStart := time.Parse(time.RFC3339, parts[1])
	end, errEnd := time.Parse(time.RFC3339, parts[2])
	return user, start, end, errors.Join(err, errStart, errEnd) == nil
}

// FreeSlot is the beginning of the first gap of a length on a day: within the firm's working hours, from now on, beside
// the person's other appointments. Where there is none it is where the working hours begin.
func (s *Service) FreeSlot(ctx context.Context, user ids.ID, day civil.Date, length time.Duration, zone *time.Location) (time.Time, error) {
	u, err := s.set(ctx)
	if err != nil {
		return time.Time{}, err
	}
	spans := []sla.Span{{From: 9 * 60, To: 17 * 60}}
	if c, ok := u.calendars[u.policies[u.fallback].Calendar]; ok && len(c.Week[day.Weekday()]) > 0 {
		spans = c.Week[day.Weekday()]
	}
	midnight := day.Time(zone)
	taken, err := s.appointments(ctx, user, midnight, day.AddDays(2).Time(zone))
	if err != nil {
		return time.Time{}, err
	}
	now := s.now()
	for _, span := range spans {
		at, until := wall(day, span.From, zone), wall(day, span.To, zone)
		if at.Before(now) {
			at = now.Add(15*time.Minute - 1).Truncate(15 * time.Minute)
		}
		for _, x := range taken { // by their beginning
			if x.Start.Before(at.Add(length)) && x.End.After(at) {
				at = x.End
			}
		}
		if !at.Add(length).After(until) {
			return at, nil
		}
	}
	return wall(day, spans[0].From, zone), nil
}

// wall is a time of the day as clocks show it there.
func wall(day civil.Date, minute int, zone *time.Location) time.Time {
	y, m, d := day.Civil()
	return time.Date(y, time.Month(m), d, minute/60, minute%60, 0, 0, zone)
}
