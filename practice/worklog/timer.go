// SPDX-License-Identifier: Apache-2.0

package worklog

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/practice/worklog/store"
)

// Timer is the running timer of a person.
type Timer struct {
	Client  ids.ID
	Ticket  TicketRef // ID 0 = none
	Type    ids.ID
	Note    string
	Started time.Time
	Elapsed time.Duration
	Asks    bool // over midnight or longer than twelve hours: stopping it needs to be told how long was worked
}

// Minutes is how long it has run, parts of a minute rounded up.
func (t Timer) Minutes() int { return max(1, int((t.Elapsed+time.Minute-1)/time.Minute)) }

// Start is what a timer is started on.
type Start struct {
	Client ids.ID
	Ticket ids.ID // or
	Number int64  // of the ticket; both 0 = none
	Type   ids.ID
	Note   string
	Switch bool // a timer that runs is stopped first; without this it is a Conflict
}

// Finish is what is said when a timer is stopped.
type Finish struct {
	Minutes  int     // worked; 0 = as long as it ran
	Note     *string // nil = as it is
	Internal string
	After    bool
}

// Running returns the timer of a person, nil when none runs.
func (s *Service) Running(ctx context.Context, person ids.ID) (*Timer, error) {
	r, err := s.read().Timer(ctx, int64(person))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	t := s.timerOf(r)
	return &t, nil
}

func (s *Service) timerOf(r store.WorklogTimer) Timer {
	t := Timer{
		Client: ids.ID(r.ClientID), Ticket: TicketRef{ids.ID(r.TicketID), r.TicketNumber, r.Ticket, ids.ID(r.ClientID), Origin(r.Origin)}, Type: ids.ID(r.TypeID), Note: r.Note,
		Started: clock.FromMicros(r.StartedAt),
	}
	now := s.p.Clock.Now()
	t.Elapsed = max(0, now.Sub(t.Started))
	t.Asks = t.Elapsed > longRun || civil.DateOf(t.Started.In(s.p.Zone)) != civil.DateOf(now.In(s.p.Zone))
	return t
}

// StartTimer starts the actor's timer.
func (s *Service) StartTimer(ctx context.Context, by Actor, st Start) error {
	d := Draft{Client: st.Client, Ticket: st.Ticket, Number: st.Number, Type: st.Type, Day: s.Today(), Starts: NoStart, Minutes: 1, Note: st.Note}
	p, err := s.prepare(ctx, by, d)
	if err != nil {
		return err
	}
	if st.Switch {
		running, err := s.Running(ctx, by.ID)
		if err != nil {
			return err
		}
		if running != nil {
			if _, err := s.StopTimer(ctx, by, Finish{}); err != nil {
				return err
			}
		}
	}
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		return store.New(tx).InsertTimer(ctx, store.InsertTimerParams{
			PersonID: int64(by.ID), ClientID: int64(p.Client), TicketID: int64(p.ticket.ID), TicketNumber: p.ticket.Number, Ticket: p.ticket.Subject, Origin: int64(p.ticket.Origin),
			TypeID: int64(p.Type), Note: p.Note, StartedAt: s.now(),
		})
	})
	if db.IsUnique(err) {
		return fault.NewConflict("Your timer is running already. Stop it first, or switch it over.").Because(err)
	}
	return err
}

// StopTimer ends the actor's timer and makes an entry of it, on the day on which it was started. One that asks (see [Timer])
// is a Conflict at the field "time" until Minutes says how long was worked, and goes on meanwhile.
func (s *Service) StopTimer(ctx context.Context, by Actor, f Finish) (ids.ID, error) {
	r, err := s.read().Timer(ctx, int64(by.ID))
	if err != nil {
		return 0, found(err, fault.NewConflict("No timer of yours is running."))
	}
	t := s.timerOf(r)
	start := t.Started.In(s.p.Zone)
	minutes := f.Minutes
	switch {
	case minutes < 0:
		return 0, fault.NewInvalid("Enter how long you worked, such as 1:30 or 1.5.").On("time")
	case minutes == 0 && t.Asks:
		return 0, fault.NewConflict("The timer has run since %s. Say how long you worked.", locale.From(ctx).In(s.p.Zone).DateTime(t.Started)).On("time")
	case minutes == 0:
		minutes = t.Minutes()
	case minutes > t.Minutes():
		return 0, fault.NewInvalid("The timer has not run that long: at most %s h.", Clock(min(t.Minutes(), dayLong))).On("time")
	}
	d := Draft{Client: t.Client, Type: t.Type, Day: civil.DateOf(start), Starts: start.Hour()*60 + start.Minute(), Minutes: minutes, After: f.After, Note: t.Note, Internal: f.Internal}
	if d.Starts+minutes > dayLong {
		d.Starts = NoStart
	}
	if f.Note != nil {
		d.Note = *f.Note
	}
	p, err := s.prepare(ctx, by, d)
	if err != nil {
		return 0, err
	}
	p.ticket = t.Ticket
	var id ids.ID
	return id, s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		n, err := store.New(tx).DeleteTimer(ctx, int64(by.ID), r.StartedAt)
		if err != nil {
			return err
		}
		if n == 0 { // stopped in another window
			return fault.NewConflict("No timer of yours is running.")
		}
		id, err = s.insert(ctx, tx, p, 0)
		return err
	})
}

// DropTimer ends the actor's timer without an entry.
func (s *Service) DropTimer(ctx context.Context, by Actor) error {
	r, err := s.read().Timer(ctx, int64(by.ID))
	if err != nil {
		return found(err, fault.NewConflict("No timer of yours is running."))
	}
	return s.change(ctx, "worklog.timer-dropped", by.ID.String(), clock.FromMicros(r.StartedAt).Format(time.RFC3339), func(_ *sql.Tx, q *store.Queries) error {
		_, err := q.DeleteTimer(ctx, int64(by.ID), r.StartedAt)
		return err
	})
}
