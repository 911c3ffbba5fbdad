// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"mainstay/kit/ids"
	"mainstay/kit/locale"
)

// chainFor is the chain of an alert's place furthest down, 0 = none.
func (s *Service) chainFor(ctx context.Context, tx *sql.Tx, a Alert) (Chain, error) {
	d, ok := s.p.Device(a.Device)
	if !ok {
		return Chain{}, nil
	}
	list, err := s.chains(ctx, tx)
	for _, c := range slices.Backward(list) {
		if c.Place.covers(d) && a.Level >= c.Least {
			return c, err
		}
	}
	return Chain{}, err
}

// once names a call of an alert: each that is written is another one, also after a snooze.
func once(a Alert) string { return fmt.Sprintf("alert/%s/%d/%d", a.ID, a.Version, a.Step) }

// startChain begins to tell of an alert from the first step on, by the chain that its place and level have now. Nobody is told
// where somebody takes care already.
func (s *Service) startChain(ctx context.Context, tx *sql.Tx, a *Alert) error {
	if a.State != Open {
		return nil
	}
	c, err := s.chainFor(ctx, tx, *a)
	if err != nil {
		return err
	}
	a.Chain, a.Step, a.StepAt = c.ID, 0, s.now()
	return nil
}

// called reports whether whoever is to hear of the worst of alerts that join a ticket is called because of it anyway: for another
// alert, as bad as this one, the chain goes on, or it was told of a short while ago. Of a storm it does not matter how long ago.
func (s *Service) called(ctx context.Context, tx *sql.Tx, ticket ids.ID, joining []Alert, storm bool) (bool, error) {
	list, err := s.alerts(ctx, tx, "WHERE ticket_id = $1 AND resolved_at = 0 AND level >= $2", int64(ticket), int64(joining[0].Level))
	if err != nil {
		return false, err
	}
	now := s.now()
	return slices.ContainsFunc(list, func(o Alert) bool {
		switch {
		case slices.ContainsFunc(joining, func(a Alert) bool { return a.ID == o.ID }):
			return false
		case o.goesOn():
			return true
		}
		return (o.Step > 0 || o.State == Acknowledged) && (storm || o.came().After(now.Add(-joinFor)))
	}), nil
}

// came is when an alert came last.
func (a Alert) came() time.Time {
	if n := len(a.recent); n > 0 {
		return time.Unix(a.recent[n-1], 0)
	}
	return a.Opened
}

// goesOn reports whether people are being called because of an alert.
func (a Alert) goesOn() bool { return !a.StepAt.IsZero() && a.Silenced == Loud && !a.clearing() }

// handOver lets the worst alert that is left of a ticket carry its chain on, as the one that has carried it ends or was silenced.
// It reports whether another carries it now.
func (s *Service) handOver(ctx context.Context, tx *sql.Tx, a Alert, silenced bool) (bool, error) {
	if a.Ticket == 0 || a.Step == 0 && a.StepAt.IsZero() {
		return false, nil
	}
	list, err := s.alerts(ctx, tx, "WHERE ticket_id = $1 AND id <> $2 AND resolved_at = 0 AND state = 'open' AND clear_at = 0 ORDER BY level DESC, id LIMIT 500", int64(a.Ticket), int64(a.ID))
	if err != nil {
		return false, err
	}
	slices.SortStableFunc(list, func(a, b Alert) int { return cmp.Compare(a.Silenced, b.Silenced) }) // those first that make noise
	if len(list) == 0 && !silenced && !a.StepAt.IsZero() {
		return false, s.callForStorm(ctx, tx, a)
	}
	if len(list) == 0 || silenced && list[0].Silenced != Loud {
		return false, nil
	}
	next := list[0]
	if slices.ContainsFunc(list, func(o Alert) bool { return o.goesOn() && o.Level >= next.Level }) {
		return true, nil
	}
	c, err := s.chainFor(ctx, tx, next)
	switch {
	case err != nil:
		return false, err
	case a.StepAt.IsZero(): // all were called, or somebody takes care
		if next.Step > 0 {
			return false, nil
		}
		next.Step = a.Step
	case c.ID == a.Chain:
		next.Chain, next.Step, next.StepAt = a.Chain, a.Step, a.StepAt
		if a.Silenced != Loud { // that was put off
			next.StepAt = s.now()
		}
	case next.Step > 0: // its own chain was called
		return false, nil
	default:
		if err := s.startChain(ctx, tx, &next); err != nil {
			return false, err
		}
	}
	return !next.StepAt.IsZero(), s.updateAlert(ctx, tx, &next)
}

// escalate does the steps that are due.
func (s *Service) escalate(ctx context.Context) error {
	list, err := s.alerts(ctx, s.p.DB.Reader(), "WHERE resolved_at = 0 AND step_at > 0 AND step_at <= $1 ORDER BY step_at LIMIT 500", micros(s.now()))
	if err != nil {
		return err
	}
	for _, a := range list {
		err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
			a, err := s.alertIn(ctx, tx, a.ID)
			if err != nil || a.StepAt.IsZero() {
				return err
			}
			if a.State != Open {
				a.StepAt = time.Time{}
				return s.updateAlert(ctx, tx, &a)
			}
			return s.step(ctx, tx, a)
		})
		if err != nil {
			return err
		}
		s.told(a.ID)
	}
	return nil
}

// step does a step of an alert's chain, provided that nothing silences it now and that it is not well just now. Where there is no chain,
// everybody who wants to hear of alerts does.
func (s *Service) step(ctx context.Context, tx *sql.Tx, a Alert) error {
	if a.clearing() {
		a.StepAt = a.Clear
		return s.updateAlert(ctx, tx, &a)
	}
	again, err := s.hush(ctx, tx, &a)
	if err != nil {
		return err
	}
	if a.Silenced != Loud {
		other, err := s.handOver(ctx, tx, a, true)
		if err != nil {
			return err
		}
		if a.StepAt = again; other {
			a.StepAt = time.Time{}
		}
		return s.updateAlert(ctx, tx, &a)
	}
	c, err := s.chainFor(ctx, tx, a)
	if err != nil {
		return err
	}
	once := once(a)
	if c.ID == 0 && a.Step == 0 {
		if s.p.Tell != nil {
			if err := s.p.Tell(ctx, tx, News{Alert: a, Once: once}); err != nil {
				return err
			}
		}
		a.Step = 1
	}
	if c.ID == 0 || a.Step >= len(c.Steps) {
		a.StepAt = time.Time{}
		return s.updateAlert(ctx, tx, &a)
	}
	st := c.Steps[a.Step]
	who := slices.Clone(st.Users)
	if len(st.Schedules) > 0 {
		schedules, err := s.schedules(ctx, tx)
		if err != nil {
			return err
		}
		for _, x := range schedules {
			if u := x.At(s.now(), s.p.Zone); u != 0 && slices.Contains(st.Schedules, x.ID) {
				who = append(who, u)
			}
		}
	}
	slices.Sort(who)
	who = slices.Compact(who)
	if len(who) > 0 && s.p.Tell != nil {
		if err := s.p.Tell(ctx, tx, News{To: who, Alert: a, Once: once}); err != nil {
			return err
		}
	}
	if st.Mail {
		if err := s.mail(ctx, tx, a, who); err != nil {
			return err
		}
	}
	for _, h := range st.Hooks {
		if err := s.message(ctx, tx, h, a, once); err != nil {
			return err
		}
	}
	if err := s.note(ctx, tx, a.ID, "told", s.namesOf(ctx, who, st.Hooks)); err != nil {
		return err
	}
	a.Chain = c.ID
	next := a.Step + 1
	a.StepAt = time.Time{}
	if next < len(c.Steps) {
		a.StepAt = s.now().Add(time.Duration(c.Steps[next].After-st.After) * time.Minute)
	}
	a.Step = next
	return s.updateAlert(ctx, tx, &a)
}

// namesOf says who was told, for the history.
func (s *Service) namesOf(ctx context.Context, who []ids.ID, hooks []ids.ID) string {
	out := ""
	add := func(name string) {
		if out != "" {
			out += ", "
		}
		out += name
	}
	people, err := s.p.Access.People(ctx)
	if err != nil {
		return ""
	}
	for _, p := range people {
		if slices.Contains(who, p.ID) {
			add(p.Name)
		}
	}
	list, err := s.Hooks(ctx)
	if err != nil {
		return out
	}
	for _, h := range list {
		if slices.Contains(hooks, h.ID) {
			add(h.Name)
		}
	}
	return out
}

// mail writes to people in their language.
func (s *Service) mail(ctx context.Context, tx *sql.Tx, a Alert, who []ids.ID) error {
	if s.p.Post == nil || s.p.CanSend == nil || len(who) == 0 {
		return nil
	}
	if can, err := s.p.CanSend(ctx); err != nil || !can {
		return err
	}
	people, err := s.p.Access.People(ctx)
	if err != nil {
		return err
	}
	for _, p := range people {
		if !p.Active || p.Email == "" || !slices.Contains(who, p.ID) {
			continue
		}
		w := s.words(ctx)
		if t := locale.Tag(p.Language); t.Known() {
			w.P = locale.New(t, s.p.Zone)
		}
		if err := s.p.Post(ctx, tx, Letter{To: p.Email, Subject: w.head(a), Body: w.line(a) + "\n" + w.link(a)}); err != nil {
			return err
		}
	}
	return nil
}

// head is an alert as the subject of a message.
func (w Words) head(a Alert) string {
	return cutTo(w.P.T("%[1]s: %[2]s – %[3]s", w.Level(a.Level), a.Name, w.Title(a)), 180)
}
