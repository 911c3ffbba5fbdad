// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"mainstay/desk/helpdesk/sla"
	"mainstay/desk/helpdesk/store"
	"mainstay/kit/civil"
	"mainstay/kit/ids"
)

// One clock of working time counts for all three promises of a ticket. It runs while the status does not stop it. The
// first answer is promised after so much of it; each further answer after so much since the last one; the solution
// after so much in all. What it has counted stays when priority, calendar or policy change.

// clock is the ticket's clock.
func (l ServiceLevel) clock() sla.Clock { return sla.Clock{Elapsed: l.Elapsed, Since: l.Running} }

func (l *ServiceLevel) keep(k sla.Clock) {
	l.Elapsed, l.Running = k.Elapsed.Truncate(time.Microsecond), k.Since
}

// rules are what applies to one ticket.
type rules struct {
	policy, calendar ids.ID
	hours            sla.Calendar
	targets          map[Priority]Targets
}

// rulesFor finds the service level of a ticket. Planned work has none.
func (s *Service) rulesFor(ctx context.Context, tx *sql.Tx, u *setup, t *Ticket) (rules, error) {
	if t.Origin == FromPlan {
		return rules{}, nil
	}
	level, err := s.levelOf(ctx, tx, t)
	if err != nil {
		return rules{}, err
	}
	policy, ok := u.policies[level.Policy]
	if !ok {
		policy, ok = u.policies[u.fallback]
	}
	if !ok {
		return rules{}, nil
	}
	calendar, ok := u.calendars[level.Calendar]
	if !ok {
		calendar = u.calendars[policy.Calendar]
	}
	return rules{policy.ID, calendar.ID, u.hours[calendar.ID], policy.Targets}, nil
}

// levelOf says what was agreed for a ticket; zero fields are as the firm has it. What an agreement of the client promises comes
// first, then what the client has of its own, then the firm.
func (s *Service) levelOf(ctx context.Context, tx *sql.Tx, t *Ticket) (ClientLevel, error) {
	own, err := store.New(tx).ClientLevel(ctx, int64(t.Client))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return ClientLevel{}, err
	}
	level := ClientLevel{ids.ID(own.PolicyID), ids.ID(own.CalendarID)}
	if s.p.Agreed == nil || t.Client == 0 {
		return level, nil
	}
	agreed, err := s.p.Agreed(ctx, tx, t.Client)
	if agreed != 0 {
		level.Policy = agreed
	}
	return level, err
}

// hours is a calendar for reckoning.
func (s *Service) hours(c Calendar) sla.Calendar {
	out := sla.Calendar{Zone: s.p.Zone, Week: &c.Week, Holidays: map[civil.Date]struct{}{}}
	if loc, err := time.LoadLocation(c.Zone); err == nil && c.Zone != "" {
		out.Zone = loc
	}
	for _, h := range c.Holidays {
		out.Holidays[h.Day] = struct{}{}
	}
	return out
}

// current is what the firm has defined as tx sees it, where somebody changed it since u was read.
func (s *Service) current(ctx context.Context, tx *sql.Tx, u *setup) (*setup, error) {
	q := store.New(tx)
	state, err := q.SetupState(ctx)
	if err != nil || state.Version == u.seq {
		return u, err
	}
	return s.readSetup(ctx, q, state)
}

// reckon brings the ticket's service level in step with its status, priority and client, and with what the firm has
// defined, at now. changed is when that last changed: what was worked before it counts as it did then.
func (u *setup) reckon(t *Ticket, r rules, changed, now time.Time) {
	l := &t.Level
	status, _ := u.status(t.Status)
	if r.policy == 0 {
		*l = ServiceLevel{ResponseLate: l.ResponseLate, ResolveLate: l.ResolveLate}
		return
	}
	k := l.clock()
	if k.Running() && changed.Before(k.Since) {
		changed = k.Since
	}
	if old, ok := u.hours[l.Calendar]; ok && l.Calendar != r.calendar && k.Running() {
		k = k.Stop(old, changed).Start(changed)
	}
	if status.Stops {
		k = k.Stop(r.hours, changed)
	} else {
		k = k.Start(now)
	}
	l.keep(k)
	l.Policy, l.Calendar = r.policy, r.calendar
	l.deadlines(t, r, now)
}

// Promise is one of the things that a service level promises.
type Promise string

// The promises.
const (
	FirstAnswer Promise = "response"
	NextAnswer  Promise = "update"
	Solution    Promise = "resolve"
)

// Promises lists the promises.
func Promises() []Promise { return []Promise{FirstAnswer, NextAnswer, Solution} }

// promise is one that is open on a ticket: where the clock stands when somebody is warned, and when it is broken.
type promise struct {
	code      Promise
	warn, end time.Duration
	due       *time.Time
	late      *bool // kept in the ticket; nil = not kept
	warned    uint8 // bit of ServiceLevel.told; the next one is for the breach
}

// promises are those that are open, or were when the ticket was finished. Somebody is warned after three quarters.
func (t *Ticket) promises(target Targets) (out []promise) {
	l := &t.Level
	add := func(code Promise, base, length time.Duration, due *time.Time, late *bool, bit uint8) {
		if length > 0 {
			out = append(out, promise{code, base + length/4*3, base + length, due, late, bit})
		}
	}
	if t.Responded.IsZero() {
		add(FirstAnswer, 0, target.Response, &l.ResponseDue, &l.ResponseLate, 1)
	} else if t.State.Unfinished() {
		add(NextAnswer, l.waitedUpdate, target.Update, &l.UpdateDue, nil, 4)
	}
	add(Solution, 0, target.Resolve, &l.ResolveDue, &l.ResolveLate, 16)
	return out
}

// deadlines works the deadlines and the next alarm out of the clock as it stands. A promise met in its last instant is
// kept.
func (l *ServiceLevel) deadlines(t *Ticket, r rules, now time.Time) {
	k := l.clock()
	shown := k.Read(r.hours, now)
	l.ResponseDue, l.UpdateDue, l.ResolveDue, l.alarm = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	for _, p := range t.promises(r.targets[t.Priority]) {
		if p.late != nil && shown > p.end {
			*p.late = true
		}
		if !t.State.Unfinished() {
			continue
		}
		*p.due, _ = k.Due(r.hours, p.end)
		for i, at := range []time.Duration{p.warn, p.end} {
			bit := p.warned << i
			if shown < at {
				l.told &^= bit // moved away again
			}
			if when, ok := k.Due(r.hours, at); ok && l.told&bit == 0 && (l.alarm.IsZero() || when.Before(l.alarm)) {
				l.alarm = when
			}
		}
	}
}

// answered notes that the firm answered in public at now. The answer is held to what was promised until then, not to a
// priority that the ticket is given with it.
func (t *Ticket) answered(promised Targets, r rules, now time.Time) {
	shown := t.Level.clock().Read(r.hours, now)
	if t.Responded.IsZero() {
		if promised.Response > 0 && shown > promised.Response {
			t.Level.ResponseLate = true
		}
		t.Responded = now
	}
	t.Level.waitedUpdate = shown
}

// rereckon brings a ticket in step with what the firm has defined by now, with no change that anybody made to it: its
// version stays.
func (s *Service) rereckon(ctx context.Context, tx *sql.Tx, u *setup, id ids.ID, seq int64) error {
	q := store.New(tx)
	row, err := q.TicketByID(ctx, int64(id))
	if err != nil {
		return err
	}
	t := ticketOf(row)
	if !t.State.Unfinished() {
		return nil
	}
	r, err := s.rulesFor(ctx, tx, u, &t)
	if err != nil {
		return err
	}
	u.reckon(&t, r, u.changed, s.now())
	return setLevel(ctx, q, &t, seq)
}

func setLevel(ctx context.Context, q *store.Queries, t *Ticket, seq int64) error {
	l := t.Level
	_, err := q.SetLevel(ctx, store.SetLevelParams{
		ID: int64(t.ID), Seq: seq, PolicyID: int64(l.Policy), CalendarID: int64(l.Calendar), ResponseDue: micros(l.ResponseDue), UpdateDue: micros(l.UpdateDue),
		ResolveDue: micros(l.ResolveDue), Elapsed: int64(l.Elapsed / time.Microsecond), RunningSince: micros(l.Running), ResponseLate: flag(l.ResponseLate),
		ResolveLate: flag(l.ResolveLate), AlarmAt: micros(l.alarm), Alarmed: int64(l.told),
	})
	return err
}
