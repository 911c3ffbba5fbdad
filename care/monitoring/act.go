// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// act changes an alert in scope in one transaction.
func (s *Service) act(ctx context.Context, scope access.Scope, id ids.ID, what, detail string, fn func(tx *sql.Tx, a *Alert) (bool, error)) (a Alert, err error) {
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		if a, err = s.alertIn(ctx, tx, id); err != nil {
			return err
		}
		if !scope.Covers(a.Client) {
			return noAlert()
		}
		did, err := fn(tx, &a)
		if err != nil || !did {
			return err
		}
		if err := s.updateAlert(ctx, tx, &a); err != nil {
			return err
		}
		if err := s.note(ctx, tx, a.ID, what, detail); err != nil {
			return err
		}
		return s.tell(ctx, tx, what, a)
	})
	if err == nil {
		s.told(id)
	}
	return a, meanwhile(err)
}

// meanwhile says in words that somebody else was quicker.
func meanwhile(err error) error {
	if errors.Is(err, errMeanwhile) {
		return fault.NewConflict("Somebody changed this in the meantime. Look at it again.").Because(err)
	}
	return err
}

func over() *fault.Error { return fault.NewConflict("This alert is over already.") }

// Acknowledge says that the caller takes care: nobody else is called any more. To acknowledge again changes nothing.
func (s *Service) Acknowledge(ctx context.Context, scope access.Scope, id ids.ID) (Alert, error) {
	return s.act(ctx, scope, id, "acknowledged", "", func(_ *sql.Tx, a *Alert) (bool, error) {
		switch {
		case a.State == Resolved:
			return false, over()
		case a.State == Acknowledged && a.Owner == user(ctx):
			return false, nil
		}
		a.State, a.Owner, a.OwnerName, a.Snooze, a.StepAt = Acknowledged, user(ctx), author(ctx), time.Time{}, time.Time{}
		return true, nil
	})
}

// Snooze puts an alert off for a while; it comes back by itself, and at once when it becomes worse.
func (s *Service) Snooze(ctx context.Context, scope access.Scope, id ids.ID, until time.Time) (Alert, error) {
	now := s.now()
	if !until.After(now) || until.Sub(now) > 31*24*time.Hour {
		return Alert{}, fault.NewInvalid("Choose a time within the next 31 days.").On("until")
	}
	return s.act(ctx, scope, id, "snoozed", until.UTC().Format(time.RFC3339), func(_ *sql.Tx, a *Alert) (bool, error) {
		if a.State == Resolved {
			return false, over()
		}
		a.State, a.Snooze, a.StepAt = Snoozed, until, time.Time{}
		return true, nil
	})
}

// Reopen takes an acknowledgement or a snooze back.
func (s *Service) Reopen(ctx context.Context, scope access.Scope, id ids.ID) (Alert, error) {
	return s.act(ctx, scope, id, "woken", "", func(tx *sql.Tx, a *Alert) (bool, error) {
		switch a.State {
		case Resolved:
			return false, over()
		case Open:
			return false, nil
		}
		return true, s.waits(ctx, tx, a)
	})
}

// Resolve ends an alert by hand. Where the values are still bad it opens anew only after they were fine once.
func (s *Service) Resolve(ctx context.Context, scope access.Scope, id ids.ID) (a Alert, err error) {
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		if a, err = s.alertIn(ctx, tx, id); err != nil {
			return err
		}
		if !scope.Covers(a.Client) {
			return noAlert()
		}
		if a.State == Resolved {
			return over()
		}
		return s.resolve(ctx, tx, a, ByHand)
	})
	if err == nil {
		s.told(id)
		a, err = s.Alert(ctx, scope, id)
	}
	return a, meanwhile(err)
}
