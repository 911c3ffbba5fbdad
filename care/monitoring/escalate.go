// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
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

// startChain begins to tell of an alert. Where there is no chain, everybody who wants to hear of alerts does.
func (s *Service) startChain(ctx context.Context, tx *sql.Tx, a *Alert) error {
	if a.State != Open { // somebody takes care already
		return nil
	}
	c, err := s.chainFor(ctx, tx, *a)
	if err != nil {
		return err
	}
	a.Chain, a.Step, a.StepAt = c.ID, 0, time.Time{}
	if c.ID != 0 {
		a.StepAt = s.now()
		return nil
	}
	if s.p.Tell == nil {
		return nil
	}
	return s.p.Tell(ctx, tx, News{Alert: *a, Once: s.once(*a, 0)})
}

func (s *Service) once(a Alert, step int) string {
	return fmt.Sprintf("alert/%s/%d/%d", a.ID, a.Occurrences*10+int(a.Worst), step)
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

func (s *Service) step(ctx context.Context, tx *sql.Tx, a Alert) error {
	c, err := s.chainFor(ctx, tx, a)
	if err != nil {
		return err
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
	once := s.once(a, a.Step)
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
