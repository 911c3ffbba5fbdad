// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"mainstay/desk/helpdesk/sla"
	"mainstay/desk/helpdesk/store"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Outline is what a ticket begins with: of a plan, and of a template.
type Outline struct {
	Site     ids.ID   `json:"site,omitempty"` // of the plan's client
	Person   ids.ID   `json:"person,omitempty"`
	Board    ids.ID   `json:"board,omitempty"`
	Kind     Kind     `json:"kind"`
	Impact   Level    `json:"impact,omitempty"`
	Urgency  Level    `json:"urgency,omitempty"`
	Subject  string   `json:"subject"`
	Body     string   `json:"body,omitempty"`
	Internal bool     `json:"internal,omitempty"`
	Assignee ids.ID   `json:"assignee,omitempty"`
	Tags     []string `json:"tags,omitempty"`
	Steps    []string `json:"steps,omitempty"`
}

// Draft is the outline as a ticket to be made for a client.
func (o Outline) Draft(client ids.ID) Draft {
	return Draft{
		Client: client, Site: o.Site, Person: o.Person, Board: o.Board, Kind: o.Kind, Impact: o.Impact, Urgency: o.Urgency, Subject: o.Subject, Body: o.Body,
		Internal: o.Internal, Assignee: o.Assignee, Tags: slices.Clone(o.Tags), Steps: slices.Clone(o.Steps),
	}
}

// check brings the outline into the form that is kept.
func (o *Outline) check(ctx context.Context, s *Service, client ids.ID) error {
	d := o.Draft(client)
	if err := d.clean(); err != nil {
		return err
	}
	if len(d.Steps) > maxSteps {
		return fault.NewInvalid("A ticket has at most %d steps.", maxSteps).On("steps")
	}
	for i, x := range d.Steps {
		if d.Steps[i] = shorten(x, maxSubject); len(x) > maxSubject {
			return fault.NewInvalid("A step has between 1 and %d characters.", maxSubject).On("steps")
		}
	}
	u, err := s.set(ctx)
	if err != nil {
		return err
	}
	o.Subject, o.Body, o.Tags, o.Steps = d.Subject, d.Body, d.Tags, d.Steps
	return s.checkDraft(ctx, u, &d)
}

// Plan is work that recurs: on each day that the rule names a ticket is made.
type Plan struct {
	ID      ids.ID
	Name    string
	Client  ids.ID
	Rule    Rule
	Outline Outline
	Zone    string // IANA; "" = the firm's
	Minute  int    // of the day, when the ticket is made
	Paused  bool   // days that pass meanwhile are skipped
	Version int64

	Next    civil.Date // the next day for which there will be a ticket; NoDate = none is left
	NextAt  time.Time  // when it is made; zero = never
	Problem string     // why the last attempt failed, in words; "" = it did not
}

// PlanDay is a ticket that a plan made.
type PlanDay struct {
	Day    civil.Date
	Ticket ids.ID
}

// Plans lists planned work; client 0 = all.
func (s *Service) Plans(ctx context.Context, client ids.ID) ([]Plan, error) {
	rows, err := store.New(s.p.DB.Reader()).Plans(ctx, int64(client), flag(client == 0))
	if err != nil {
		return nil, err
	}
	var out []Plan
	for _, r := range rows {
		p, err := planOf(r)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// Plan returns one.
func (s *Service) Plan(ctx context.Context, id ids.ID) (Plan, error) {
	r, err := store.New(s.p.DB.Reader()).PlanByID(ctx, int64(id))
	if err != nil {
		return Plan{}, orNoPlan(err)
	}
	return planOf(r)
}

func orNoPlan(err error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return fault.NewNotFound("There is no such plan.")
	}
	return err
}

func planOf(r store.HelpdeskPlan) (Plan, error) {
	p := Plan{
		ID: ids.ID(r.ID), Name: r.Name, Client: ids.ID(r.ClientID), Zone: r.Zone, Minute: int(r.Minute), Paused: r.Paused == 1, Version: r.Version,
		Next: civil.NoDate, NextAt: instant(r.NextAt), Problem: r.Problem,
	}
	if r.NextAt != 0 {
		p.Next = civil.Date(r.NextDay)
	}
	return p, errors.Join(json.Unmarshal([]byte(r.Rule), &p.Rule), json.Unmarshal([]byte(r.Draft), &p.Outline))
}

// PlanDays returns the tickets that a plan made, the latest first, 500 at most.
func (s *Service) PlanDays(ctx context.Context, id ids.ID) (out []PlanDay, err error) {
	rows, err := store.New(s.p.DB.Reader()).PlanDays(ctx, int64(id))
	for _, r := range rows {
		out = append(out, PlanDay{civil.Date(r.Day), ids.ID(r.TicketID)})
	}
	return out, err
}

// SavePlan adds planned work (ID 0) or changes one whose version the caller has seen. Tickets are made for days from today
// on: a day that lies behind has no ticket made for it afterwards, unless it was missed.
func (s *Service) SavePlan(ctx context.Context, p Plan) (ids.ID, error) {
	var err error
	if p.Name, err = cleanName(p.Name); err != nil {
		return 0, err
	}
	if err := p.Rule.Check(); err != nil {
		return 0, err
	}
	if p.Zone != "" {
		if _, err := time.LoadLocation(p.Zone); err != nil || p.Zone == "Local" {
			return 0, fault.NewInvalid("There is no time zone %q. They are called like Europe/Vienna.", p.Zone).On("zone")
		}
	}
	if p.Minute < 0 || p.Minute >= sla.Day {
		return 0, fault.NewInvalid("Choose a time between 00:00 and 23:59.").On("minute")
	}
	if _, err := s.p.Clients.Get(ctx, access.WholeFirm(), p.Client); err != nil {
		return 0, err
	}
	if err := p.Outline.check(ctx, s, p.Client); err != nil {
		return 0, err
	}
	rule, err := json.Marshal(p.Rule)
	if err != nil {
		return 0, err
	}
	draft, err := json.Marshal(p.Outline)
	if err != nil {
		return 0, err
	}
	fresh := p.ID == 0
	if fresh {
		p.ID = s.p.IDs.New()
	}
	return p.ID, s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		if _, err := q.Bump(ctx); err != nil { // no day is being made meanwhile
			return err
		}
		day, at, err := s.firstOf(ctx, q, p, fresh)
		if err != nil {
			return err
		}
		row := store.InsertPlanParams{
			ID: int64(p.ID), Name: p.Name, ClientID: int64(p.Client), Rule: string(rule), Draft: string(draft), Zone: p.Zone, Minute: int64(p.Minute),
			NextDay: int64(day), NextAt: at, Paused: flag(p.Paused),
		}
		if fresh {
			err = q.InsertPlan(ctx, row)
		} else {
			var n int64
			n, err = q.UpdatePlan(ctx, store.UpdatePlanParams{
				ID: row.ID, Name: row.Name, ClientID: row.ClientID, Rule: row.Rule, Draft: row.Draft, Zone: row.Zone, Minute: row.Minute, NextDay: row.NextDay, NextAt: row.NextAt,
				Paused: row.Paused, Version: p.Version,
			})
			err = orChanged(n, err)
		}
		if err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, "helpdesk.plan", p.Name, "")
	})
}

// firstOf is the first day for which a plan that is saved now makes a ticket, and its instant: from today on, after the
// last that has one, and of one that is changed while it is behind, from where it stood.
func (s *Service) firstOf(ctx context.Context, q *store.Queries, p Plan, fresh bool) (civil.Date, int64, error) {
	from := civil.DateOf(s.now().In(s.planZone(p)))
	if !fresh {
		old, err := q.PlanByID(ctx, int64(p.ID))
		if err != nil {
			return 0, 0, orNoPlan(err)
		}
		if old.NextAt != 0 && old.Paused == 0 {
			from = min(from, civil.Date(old.NextDay))
		}
		made, err := q.PlanDays(ctx, int64(p.ID))
		if err != nil {
			return 0, 0, err
		}
		if len(made) > 0 {
			from = max(from, civil.Date(made[0].Day)+1)
		}
	}
	day, at := s.dueOn(p, from)
	return day, at, nil
}

func (s *Service) planZone(p Plan) *time.Location {
	if loc, err := time.LoadLocation(p.Zone); err == nil && p.Zone != "" {
		return loc
	}
	return s.p.Zone
}

// dueOn is the first due day from a day on and its instant in microseconds; 0, 0 where none is left.
func (s *Service) dueOn(p Plan, from civil.Date) (civil.Date, int64) {
	day, ok := p.Rule.Next(from)
	if !ok {
		return 0, 0
	}
	return day, micros(sla.At(s.planZone(p), day, p.Minute))
}

// DropPlan removes planned work; the tickets that it made stay.
func (s *Service) DropPlan(ctx context.Context, id ids.ID) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		if _, err := q.Bump(ctx); err != nil {
			return err
		}
		if err := q.DropPlanDays(ctx, int64(id)); err != nil {
			return err
		}
		n, err := q.DropPlan(ctx, int64(id))
		if err == nil && n == 0 {
			err = fault.NewNotFound("There is no such plan.")
		}
		if err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, "helpdesk.plan.removed", id.String(), "")
	})
}

// PlannedWork makes the tickets that are due, also those of days that passed while nobody did: one for each. Call it every
// half minute; any number of processes may, and may die at any point.
func (s *Service) PlannedWork(ctx context.Context) error {
	var failed error
	now, at, last := micros(s.now()), int64(0), int64(0)
	for {
		list, err := store.New(s.p.DB.Reader()).DuePlans(ctx, now, at, last)
		if err != nil || len(list) == 0 {
			return errors.Join(failed, err)
		}
		for _, x := range list {
			at, last = x.NextAt, x.ID
			for {
				more, err := s.plannedDay(ctx, ids.ID(x.ID))
				if ctx.Err() != nil {
					return ctx.Err()
				}
				if err != nil { // the other plans go on; this one is tried again
					failed = errors.Join(failed, err, s.planFailed(ctx, x.ID, err))
				}
				if err != nil || !more {
					break
				}
			}
		}
	}
}

func (s *Service) planFailed(ctx context.Context, id int64, why error) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error { return store.New(tx).PlanProblem(ctx, id, fault.TextOf(why)) })
}

// plannedDay makes the ticket of a plan's next day and moves the plan on, in one transaction. It reports whether it did.
func (s *Service) plannedDay(ctx context.Context, id ids.ID) (did bool, err error) {
	u, err := s.set(ctx)
	if err != nil {
		return false, err
	}
	var t Ticket
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		did = false
		q := store.New(tx)
		if _, err := q.Bump(ctx); err != nil { // first: of two processes one waits here and then finds it done
			return err
		}
		row, err := q.PlanByID(ctx, int64(id))
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if row.NextAt == 0 || row.NextAt > micros(s.now()) || row.Paused == 1 {
			return nil
		}
		p, err := planOf(row)
		if err != nil {
			return err
		}
		day := civil.Date(row.NextDay)
		d, err := s.planned(ctx, u, p, day)
		if err != nil {
			return err
		}
		if t, err = s.createIn(ctx, tx, u, d); err != nil {
			return err
		}
		n, err := q.PlanDay(ctx, int64(id), int64(day), int64(t.ID))
		if err == nil && n == 0 {
			err = errors.New("helpdesk: a plan's day has a ticket already")
		}
		if err != nil {
			return err
		}
		next, at := s.dueOn(p, day+1)
		did = true
		_, err = q.PlanGoesOn(ctx, store.PlanGoesOnParams{ID: int64(id), NextDay: int64(day), NextDay_2: int64(next), NextAt: at})
		return err
	})
	if db.IsUnique(err) {
		err = fault.NewBusy("Another process made this ticket at the same time.").Because(err)
	}
	if err != nil {
		return false, err
	}
	if did {
		s.told(t.ID)
	}
	return did, nil
}

// planned is the ticket of a day. Work is not left undone because somebody left or a board is no longer in use: what does
// not hold any more is left out.
func (s *Service) planned(ctx context.Context, u *setup, p Plan, day civil.Date) (Draft, error) {
	d := p.Outline.Draft(p.Client)
	d.Origin, d.OriginNote, d.Channel, d.Author = FromPlan, p.ID.String()+" "+day.String(), "plan", &Author{Kind: "system", Name: "Mainstay"}
	if err := d.clean(); err != nil {
		return d, err
	}
	var err error
	if d.Client, err = s.livingClient(ctx, d.Client); err != nil {
		return d, err
	}
	if b, ok := u.board(d.Board); !ok || b.Archived {
		d.Board = 0
	}
	if s.checkPlace(ctx, d.Client, d.Site, 0) != nil {
		d.Site = 0
	}
	if s.checkPlace(ctx, d.Client, 0, d.Person) != nil {
		d.Person = 0
	}
	if s.checkAssignee(ctx, d.Assignee) != nil {
		d.Assignee = 0
	}
	return d, s.checkDraft(ctx, u, &d)
}
