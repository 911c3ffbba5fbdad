// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"context"
	"database/sql"
	"slices"
	"time"

	"mainstay/care/monitoring/rules"
	"mainstay/kit/ids"
)

const (
	workAfter = time.Minute   // an alert that ends by itself before makes no work
	backFor   = time.Hour     // what comes again within this is the same alert
	flaps     = 3             // so often within flapFor is flapping
	flapFor   = 2 * time.Hour // and its end is believed only after flapHold
	flapHold  = 30 * time.Minute
	batch     = 100
)

// write writes what the engine saw, in order.
func (s *Service) write(ctx context.Context) error {
	list := s.Engine.Take()
	for len(list) > 0 {
		part := list[:min(batch, len(list))]
		var told []ids.ID
		err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
			told = told[:0]
			for _, c := range part {
				id, err := s.apply(ctx, tx, c)
				if err != nil {
					return err
				}
				if id != 0 {
					told = append(told, id)
				}
			}
			return nil
		})
		if err != nil {
			s.Engine.giveBack(list)
			return err
		}
		list = list[len(part):]
		s.told(told...)
	}
	return nil
}

// apply writes one change of level and returns the alert that it concerns.
func (s *Service) apply(ctx context.Context, tx *sql.Tx, c Change) (ids.ID, error) {
	open, err := s.alerts(ctx, tx, "WHERE device_id = $1 AND rule_key = $2 AND series = $3 AND resolved_at = 0", int64(c.Device), c.Watch.Key, c.Series)
	if err != nil {
		return 0, err
	}
	switch {
	case c.Event.To == rules.OK && len(open) == 0:
		return 0, nil
	case c.Event.To == rules.OK:
		return open[0].ID, s.ends(ctx, tx, open[0], c)
	case len(open) > 0:
		return open[0].ID, s.again(ctx, tx, open[0], c)
	}
	d, ok := s.p.Device(c.Device)
	if !ok || d.Quiet {
		return 0, nil
	}
	since := micros(s.now().Add(-backFor))
	last, err := s.alerts(ctx, tx, "WHERE device_id = $1 AND rule_key = $2 AND series = $3 AND resolved_at > $4 AND ended IN ('', 'gone') ORDER BY id DESC LIMIT 1",
		int64(c.Device), c.Watch.Key, c.Series, since)
	if err != nil {
		return 0, err
	}
	if len(last) > 0 {
		return last[0].ID, s.again(ctx, tx, last[0], c)
	}
	return s.open(ctx, tx, d, c)
}

// open makes a new alert.
func (s *Service) open(ctx context.Context, tx *sql.Tx, d Device, c Change) (ids.ID, error) {
	now := s.now()
	a := Alert{
		ID: s.p.IDs.New(), Version: 1, Device: d.ID, Client: d.Client, Site: d.Site, Name: d.Name, Series: c.Series, Watch: c.Watch, State: Open,
		Level: c.Event.To, Worst: c.Event.To, Event: c.Event, Began: began(c.Event, now), Opened: now, Changed: now, Occurrences: 1,
		recent: []int64{now.Unix()}, Work: now.Add(workAfter),
	}
	var err error
	if a.Silenced, a.SilencedBy, _, err = s.silence(ctx, tx, a); err != nil {
		return 0, err
	}
	if err := s.insertAlert(ctx, tx, a); err != nil {
		return 0, err
	}
	if err := s.note(ctx, tx, a.ID, "opened", ""); err != nil {
		return 0, err
	}
	if a.Silenced != Loud {
		if err := s.note(ctx, tx, a.ID, "silenced", string(a.Silenced)); err != nil {
			return 0, err
		}
	}
	return a.ID, s.tell(ctx, tx, "opened", a)
}

// began is when a change began, as far as that can be believed.
func began(e rules.Event, now time.Time) time.Time {
	t := time.UnixMilli(e.Since).UTC()
	if e.Since <= 0 || t.After(now) || now.Sub(t) > 365*24*time.Hour {
		return now
	}
	return t
}

// again changes an alert that is open, or was until a short while ago.
func (s *Service) again(ctx context.Context, tx *sql.Tx, a Alert, c Change) error {
	was := a
	rose, back := c.Event.To > a.Level, a.State == Resolved || a.clearing()
	what := "better"
	switch {
	case back:
		what = "reopened"
	case rose:
		what = "worse"
	}
	if back {
		if err := s.isBack(ctx, tx, &a); err != nil {
			return err
		}
	}
	a.Level, a.Worst, a.Event = c.Event.To, max(a.Worst, c.Event.To), c.Event
	if rose && was.Level == rules.Warning && a.State == Snoozed { // snoozed was the warning
		a.State, a.Snooze = Open, time.Time{}
	}
	switch {
	case was.State == Resolved || a.State == Snoozed: // it has its minute anew, or is put off
	case a.Ticket == 0 && (rose || back):
		s.workSoon(&a)
	case a.Ticket != 0 && rose && a.Work.IsZero():
		// Whoever is being called for a critical alert is not called from the start because it was a warning for a moment.
		calling := a.StepAt.IsZero() || was.Worst < a.Level
		if err := s.worsened(ctx, tx, &a, calling); err != nil {
			return err
		}
	}
	if err := s.updateAlert(ctx, tx, &a); err != nil {
		return err
	}
	if err := s.note(ctx, tx, a.ID, what, decimal(a.Event.Measure)); err != nil {
		return err
	}
	return s.tell(ctx, tx, what, a)
}

// isBack lets an alert go on that had ended, or seemed to have. Its chain goes on where it stopped.
func (s *Service) isBack(ctx context.Context, tx *sql.Tx, a *Alert) error {
	now := s.now()
	a.Occurrences++
	a.recent = slices.DeleteFunc(append(a.recent, now.Unix()), func(at int64) bool { return now.Unix()-at > int64(flapFor/time.Second) })
	a.recent = a.recent[max(0, len(a.recent)-20):]
	if len(a.recent) > flaps && !a.Flapping {
		a.Flapping = true
		if err := s.note(ctx, tx, a.ID, "flapping", ""); err != nil {
			return err
		}
	}
	if a.State == Resolved {
		a.State, a.Ended, a.Cause, a.Owner, a.OwnerName = Open, time.Time{}, ByValue, 0, ""
		a.Work, a.Step, a.StepAt = now.Add(workAfter), 0, time.Time{}
	}
	if a.clearing() && a.StepAt.Equal(a.Clear) {
		a.StepAt = now
	}
	a.Clear = time.Time{}
	return nil
}

// ends is the end of an alert: at once, or where it flaps once it has been well for a while.
func (s *Service) ends(ctx context.Context, tx *sql.Tx, a Alert, c Change) error {
	if a.Flapping && c.Cause == ByValue {
		a.Clear = s.now().Add(flapHold)
		if err := s.updateAlert(ctx, tx, &a); err != nil {
			return err
		}
		return s.note(ctx, tx, a.ID, "cleared", "")
	}
	if c.Cause == ByValue {
		a.Event.Value, a.Event.Measure = c.Event.Value, c.Event.Measure
	}
	return s.resolve(ctx, tx, a, c.Cause)
}

// believe resolves flapping alerts that have been well long enough.
func (s *Service) believe(ctx context.Context) error {
	list, err := s.alerts(ctx, s.p.DB.Reader(), "WHERE resolved_at = 0 AND clear_at > 0 AND clear_at <= $1 ORDER BY id LIMIT 500", micros(s.now()))
	if err != nil {
		return err
	}
	for _, a := range list {
		err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
			a, err := s.alertIn(ctx, tx, a.ID)
			if err != nil || a.State == Resolved || !a.clearing() {
				return err
			}
			a.Flapping = false
			return s.resolve(ctx, tx, a, ByValue)
		})
		if err != nil {
			return err
		}
		s.told(a.ID)
	}
	return nil
}

// resolve ends an alert for good, and says so on its ticket.
func (s *Service) resolve(ctx context.Context, tx *sql.Tx, a Alert, cause Cause) error {
	now, was := s.now(), a
	a.State, a.Cause, a.Ended, a.Clear, a.Snooze, a.Work, a.StepAt = Resolved, cause, now, time.Time{}, time.Time{}, time.Time{}, time.Time{}
	if err := s.updateAlert(ctx, tx, &a); err != nil {
		return err
	}
	if err := s.note(ctx, tx, a.ID, "resolved", string(cause)); err != nil {
		return err
	}
	if _, err := s.handOver(ctx, tx, was, false); err != nil {
		return err
	}
	if a.Ticket != 0 {
		if err := s.recovered(ctx, tx, a); err != nil {
			return err
		}
	}
	// What lay behind it is heard again, after a moment to come back as well.
	if err := s.loudAgain(ctx, tx, Behind, a.ID, now.Add(2*workAfter)); err != nil {
		return err
	}
	return s.tell(ctx, tx, "resolved", a)
}

// end resolves the alert of an id in a transaction of its own.
func (s *Service) end(ctx context.Context, id ids.ID, cause Cause) error {
	err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		a, err := s.alertIn(ctx, tx, id)
		if err != nil || a.State == Resolved {
			return err
		}
		return s.resolve(ctx, tx, a, cause)
	})
	s.told(id)
	return err
}
