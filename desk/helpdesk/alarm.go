// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"mainstay/desk/helpdesk/store"
	"mainstay/kit/access"
	"mainstay/kit/ids"
)

// Alarm says that a promise comes near its end, or is broken. The thread keeps it.
type Alarm struct {
	Promise Promise   `json:"promise"`
	Breach  bool      `json:"breach,omitempty"` // false = it is near
	Due     time.Time `json:"due"`              // when the promise ends or ended
	Stale   bool      `json:"stale,omitempty"`  // noticed more than an hour late, as after a standstill: one message about all of these is enough

	Watchers bool          `json:"-"` // an escalation wants the watchers told besides the assignee
	Roles    []access.Role `json:"-"` // and everybody with these roles
}

// staleAfter is after how long an alarm is no longer news.
const staleAfter = time.Hour

// Alarms notes the alarms that are due, tells who is to be told, and escalates. Call it every half minute; any number of
// processes may. A ticket is told of each end of a promise once. After a standstill only what is true by then is told:
// "is overdue", and not also that it would be.
func (s *Service) Alarms(ctx context.Context) error {
	u, err := s.set(ctx)
	if err != nil {
		return err
	}
	var failed error
	now, at, last := micros(s.now()), int64(0), int64(0)
	for {
		list, err := store.New(s.p.DB.Reader()).DueAlarms(ctx, now, at, last)
		if err != nil || len(list) == 0 {
			return errors.Join(failed, err)
		}
		for _, x := range list {
			at, last = x.AlarmAt, x.ID
			did := false
			err := s.p.DB.Write(ctx, func(tx *sql.Tx) (err error) {
				did, err = s.alarm(ctx, tx, u, ids.ID(x.ID))
				return err
			})
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil { // the others must not wait for this one, which comes again
				failed = errors.Join(failed, err)
			} else if did {
				s.told(ids.ID(x.ID))
			}
		}
	}
}

// alarm notes what is to be told of a ticket now. It reports whether there was anything: another process may have
// been here first.
func (s *Service) alarm(ctx context.Context, tx *sql.Tx, u *setup, id ids.ID) (bool, error) {
	q, now := store.New(tx), s.now()
	seq, err := q.Bump(ctx)
	if err != nil {
		return false, err
	}
	if u, err = s.current(ctx, tx, u); err != nil {
		return false, err
	}
	row, err := q.TicketByID(ctx, int64(id))
	if err != nil {
		return false, err
	}
	t := ticketOf(row)
	if t.Level.alarm.IsZero() || t.Level.alarm.After(now) {
		return false, nil
	}
	if !t.State.Unfinished() { // no clock runs: what is left over from an import is put away
		t.Level.alarm = time.Time{}
		return false, setLevel(ctx, q, &t, seq)
	}
	r, err := s.rulesFor(ctx, tx, u, &t)
	if err != nil {
		return false, err
	}
	u.reckon(&t, r, u.changed, now)
	alarms := t.ring(r, now)
	t.Level.deadlines(&t, r, now)
	if err := setLevel(ctx, q, &t, seq); err != nil || len(alarms) == 0 {
		return false, err
	}
	if _, err := s.addEntry(ctx, q, id, Author{Kind: "system", Name: "Mainstay"}, Entry{Kind: System, Alarms: alarms}, now); err != nil {
		return false, err
	}
	t, err = s.escalate(ctx, tx, u, t, alarms)
	if err != nil || s.p.Alarmed == nil {
		return true, err
	}
	for _, a := range alarms {
		if err := s.p.Alarmed(ctx, tx, t, a); err != nil {
			return false, err
		}
	}
	return true, nil
}

// ring returns what is to be told now and marks it as told: of each promise the worst only.
func (t *Ticket) ring(r rules, now time.Time) (out []Alarm) {
	l := &t.Level
	k := l.clock()
	if !k.Running() {
		return nil
	}
	shown := k.Read(r.hours, now)
	for _, p := range t.promises(r.targets[t.Priority]) {
		a, when, bit := Alarm{Promise: p.code, Due: *p.due}, *p.due, p.warned
		switch {
		case shown >= p.end && l.told&(p.warned<<1) == 0:
			a.Breach, bit = true, p.warned|p.warned<<1
			if p.late != nil {
				*p.late = true
			}
		case shown >= p.warn && shown < p.end && l.told&p.warned == 0:
			when, _ = k.Due(r.hours, p.warn)
		default:
			continue
		}
		a.Stale = now.Sub(when) > staleAfter
		l.told |= bit
		out = append(out, a)
	}
	return out
}
