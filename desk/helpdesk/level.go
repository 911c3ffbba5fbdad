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

// clockOf is the ticket's clock.
func (l ServiceLevel) clock() sla.Clock { return sla.Clock{Elapsed: l.Elapsed, Since: l.Running} }

func (l *ServiceLevel) keep(k sla.Clock) {
	l.Elapsed, l.Running = k.Elapsed.Truncate(time.Microsecond), k.Since
}

// warnAt is the share of a promise after which somebody is warned.
const warnAt = 0.75

// rules are what applies to one ticket.
type rules struct {
	policy, calendar ids.ID
	hours            sla.Calendar
	targets          map[Priority]Targets
}

// rulesFor finds the service level of a ticket: the client's own, else the firm's. Planned work and finished imports have none.
func (s *Service) rulesFor(ctx context.Context, tx *sql.Tx, u *setup, t *Ticket) (rules, error) {
	if t.Origin == FromPlan {
		return rules{}, nil
	}
	own, err := store.New(tx).ClientLevel(ctx, int64(t.Client))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return rules{}, err
	}
	policy, ok := u.policies[ids.ID(own.PolicyID)]
	if !ok {
		policy, ok = u.policies[u.fallback]
	}
	if !ok {
		return rules{}, nil
	}
	calendar, ok := u.calendars[ids.ID(own.CalendarID)]
	if !ok {
		calendar = u.calendars[policy.Calendar]
	}
	return rules{policy.ID, calendar.ID, s.hours(calendar), policy.Targets}, nil
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

// reckon brings the ticket's service level in step with its status, priority and client at now. before is how it was
// counted until now; of a new ticket it is the zero value.
func (u *setup) reckon(t *Ticket, r, before rules, now time.Time) {
	l := &t.Level
	status, _ := u.status(t.Status)
	if r.policy == 0 {
		*l = ServiceLevel{ResponseLate: l.ResponseLate, ResolveLate: l.ResolveLate}
		return
	}
	k := l.clock()
	if l.Calendar != r.calendar && k.Running() { // what was worked under other hours stays counted as it was
		k = k.Stop(before.hours, now).Start(now)
	}
	if status.Stops {
		k = k.Stop(r.hours, now)
	} else {
		k = k.Start(now)
	}
	l.keep(k)
	l.Policy, l.Calendar = r.policy, r.calendar
	l.deadlines(t, r, now)
}

// deadlines works the deadlines out of the clock as it stands.
func (l *ServiceLevel) deadlines(t *Ticket, r rules, now time.Time) {
	k, target := l.clock(), r.targets[t.Priority]
	l.ResponseDue, l.UpdateDue, l.ResolveDue, l.alarm = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	shown := k.Read(r.hours, now)
	promise := func(base, length time.Duration, due *time.Time) {
		if length <= 0 {
			return
		}
		*due, _ = k.Due(r.hours, base+length)
		warn, ok := k.Due(r.hours, base+time.Duration(float64(length)*warnAt))
		for _, at := range []time.Time{warn, *due} {
			if ok && at.After(now) && (l.alarm.IsZero() || at.Before(l.alarm)) {
				l.alarm = at
			}
		}
	}
	if t.Responded.IsZero() {
		if t.State.Unfinished() {
			promise(0, target.Response, &l.ResponseDue)
		}
		l.ResponseLate = l.ResponseLate || target.Response > 0 && shown > target.Response
	} else if t.State.Unfinished() {
		promise(l.waitedUpdate, target.Update, &l.UpdateDue)
	}
	if t.State.Unfinished() {
		promise(0, target.Resolve, &l.ResolveDue)
	}
	l.ResolveLate = l.ResolveLate || target.Resolve > 0 && shown > target.Resolve
}

// answered notes that the firm answered in public at now.
func (t *Ticket) answered(r rules, now time.Time) {
	if t.Responded.IsZero() {
		if target := r.targets[t.Priority].Response; target > 0 && t.Level.clock().Read(r.hours, now) > target {
			t.Level.ResponseLate = true
		}
		t.Responded = now
	}
	t.Level.waitedUpdate = t.Level.clock().Read(r.hours, now)
}
