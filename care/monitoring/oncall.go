// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"mainstay/care/monitoring/rules"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Schedule says who is on call: people take turns of Days days each, which begin at Minute of the day on the wall clock of Zone.
type Schedule struct {
	ID        ids.ID
	Version   int64
	Name      string
	Zone      string     // IANA; "" = the firm's
	Anchor    civil.Date // the first person's first turn begins on it
	Minute    int
	Days      int
	People    []ids.ID
	Overrides []Override
}

// Override puts somebody in for a time.
type Override struct {
	ID, User     ids.ID
	Starts, Ends time.Time
}

// At is who is on call at an instant, 0 = nobody. Turns are counted in days of the wall clock: they change at the same hour in
// summer and winter, and the day on which clocks change is as good as any other.
func (x Schedule) At(at time.Time, firm *time.Location) ids.ID {
	for _, o := range slices.Backward(x.Overrides) { // the last one that was entered counts
		if !at.Before(o.Starts) && at.Before(o.Ends) {
			return o.User
		}
	}
	if len(x.People) == 0 || x.Days < 1 {
		return 0
	}
	zone := firm
	if x.Zone != "" {
		if z, err := time.LoadLocation(x.Zone); err == nil {
			zone = z
		}
	}
	local := at.In(zone)
	day := civil.DateOf(local)
	if local.Hour()*60+local.Minute() < x.Minute {
		day--
	}
	turn := int(day - x.Anchor)
	if turn < 0 {
		turn -= x.Days - 1
	}
	turn /= x.Days
	n := len(x.People)
	return x.People[(turn%n+n)%n]
}

// Step is one step of a chain: who is told, After minutes after the first.
type Step struct {
	After     int      `json:"after"`
	Users     []ids.ID `json:"users,omitempty"`
	Schedules []ids.ID `json:"schedules,omitempty"`
	Hooks     []ids.ID `json:"hooks,omitempty"`
	Mail      bool     `json:"mail,omitempty"` // people get a mail besides what they see in the application
}

// Chain says who is told of alerts at a place, until somebody acknowledges.
type Chain struct {
	ID      ids.ID
	Version int64
	Place   Place
	Name    string
	Least   rules.Level // it is for alerts that are at least so bad
	Steps   []Step
}

const (
	maxSteps     = 10
	maxSchedules = 100
)

// Schedules lists the schedules by name, with overrides that are not over.
func (s *Service) Schedules(ctx context.Context) ([]Schedule, error) {
	return s.schedules(ctx, s.p.DB.Reader())
}

func (s *Service) schedules(ctx context.Context, q db.Query) (out []Schedule, err error) {
	rows, err := q.QueryContext(ctx, "SELECT id, version, name, zone, anchor, minute, days, people FROM monitoring_schedules ORDER BY name, id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var x Schedule
		var people string
		var anchor int64
		if err := rows.Scan(&x.ID, &x.Version, &x.Name, &x.Zone, &anchor, &x.Minute, &x.Days, &people); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(people), &x.People); err != nil {
			return nil, err
		}
		x.Anchor = civil.Date(anchor)
		out = append(out, x)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, err
	}
	over, err := q.QueryContext(ctx, "SELECT id, schedule_id, user_id, starts_at, ends_at FROM monitoring_overrides WHERE ends_at > $1 ORDER BY id", micros(s.now()))
	if err != nil {
		return nil, err
	}
	defer over.Close()
	for over.Next() {
		var o Override
		var of ids.ID
		var starts, ends int64
		if err := over.Scan(&o.ID, &of, &o.User, &starts, &ends); err != nil {
			return nil, err
		}
		o.Starts, o.Ends = instant(starts), instant(ends)
		if i := slices.IndexFunc(out, func(x Schedule) bool { return x.ID == of }); i >= 0 {
			out[i].Overrides = append(out[i].Overrides, o)
		}
	}
	return out, over.Err()
}

// Callable lists the people that can be told of alerts.
func (s *Service) Callable(ctx context.Context) ([]access.Person, error) {
	people, err := s.p.Access.People(ctx)
	return slices.DeleteFunc(people, func(p access.Person) bool {
		return !p.Active || !slices.Contains(access.RolesWith(access.AlertsWrite), p.Role)
	}), err
}

func (s *Service) checkPeople(ctx context.Context, list []ids.ID, field string) error {
	people, err := s.Callable(ctx)
	if err != nil {
		return err
	}
	for _, id := range list {
		if !slices.ContainsFunc(people, func(p access.Person) bool { return p.ID == id }) {
			return fault.NewInvalid("One of these people is not there any more, or does not work on alerts.").On(field)
		}
	}
	return nil
}

// SaveSchedule makes a schedule, or changes the one of its id.
func (s *Service) SaveSchedule(ctx context.Context, x Schedule) (ids.ID, error) {
	var err error
	if x.Name, err = oneLine(x.Name, "name", 80); err != nil {
		return 0, err
	}
	switch {
	case x.Name == "":
		return 0, fault.NewInvalid("Give it a name.").On("name")
	case len(x.People) == 0 || len(x.People) > 50:
		return 0, fault.NewInvalid("Choose who takes turns, up to 50 people.").On("people")
	case x.Days < 1 || x.Days > 31:
		return 0, fault.NewInvalid("A turn lasts between one and 31 days.").On("days")
	case x.Minute < 0 || x.Minute >= 24*60:
		return 0, fault.NewInvalid("Enter the time at which turns change.").On("minute")
	}
	if x.Zone != "" {
		if _, err := time.LoadLocation(x.Zone); err != nil {
			return 0, fault.NewInvalid("This time zone is not known.").On("zone")
		}
	}
	if err := s.checkPeople(ctx, x.People, "people"); err != nil {
		return 0, err
	}
	people, err := json.Marshal(x.People)
	if err != nil {
		return 0, err
	}
	fresh := x.ID == 0
	if fresh {
		x.ID = s.p.IDs.New()
	}
	err = s.change(ctx, "monitoring.schedule", x.ID.String(), x.Name, func(tx *sql.Tx) error {
		if !fresh {
			return one(tx.ExecContext(ctx, "UPDATE monitoring_schedules SET version = version + 1, name = $3, zone = $4, anchor = $5, minute = $6, days = $7, people = $8 WHERE id = $1 AND version = $2",
				int64(x.ID), x.Version, x.Name, x.Zone, int64(x.Anchor), x.Minute, x.Days, string(people)))
		}
		var n int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM monitoring_schedules").Scan(&n); err != nil {
			return err
		}
		if n >= maxSchedules {
			return fault.NewConflict("There are too many of these already: remove old ones first.")
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO monitoring_schedules (id, version, name, zone, anchor, minute, days, people) VALUES ($1, 1, $2, $3, $4, $5, $6, $7)",
			int64(x.ID), x.Name, x.Zone, int64(x.Anchor), x.Minute, x.Days, string(people))
		return err
	})
	return x.ID, err
}

// DropSchedule takes a schedule away. One that a chain names stays.
func (s *Service) DropSchedule(ctx context.Context, id ids.ID) error {
	chains, err := s.Chains(ctx)
	if err != nil {
		return err
	}
	for _, c := range chains {
		for _, st := range c.Steps {
			if slices.Contains(st.Schedules, id) {
				return fault.NewConflict("The chain “%s” still calls this schedule. Change it first.", c.Name)
			}
		}
	}
	return s.change(ctx, "monitoring.schedule-drop", id.String(), "", func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM monitoring_overrides WHERE schedule_id = $1", int64(id)); err != nil {
			return err
		}
		return one(tx.ExecContext(ctx, "DELETE FROM monitoring_schedules WHERE id = $1", int64(id)))
	})
}

// AddOverride puts somebody in for a time.
func (s *Service) AddOverride(ctx context.Context, schedule ids.ID, o Override) error {
	if !o.Ends.After(o.Starts) || o.Ends.Sub(o.Starts) > 92*24*time.Hour || !o.Ends.After(s.now()) {
		return fault.NewInvalid("It ends after it begins, in the future and within three months.").On("ends")
	}
	if err := s.checkPeople(ctx, []ids.ID{o.User}, "user"); err != nil {
		return err
	}
	o.ID = s.p.IDs.New()
	return s.change(ctx, "monitoring.override", schedule.String(), o.User.String(), func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM monitoring_schedules WHERE id = $1", int64(schedule)).Scan(&n); err != nil {
			return err
		}
		if n == 0 {
			return fault.NewNotFound("There is no such schedule.")
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO monitoring_overrides (id, schedule_id, user_id, starts_at, ends_at) VALUES ($1, $2, $3, $4, $5)",
			int64(o.ID), int64(schedule), int64(o.User), micros(o.Starts), micros(o.Ends))
		return err
	})
}

// DropOverride takes an override away.
func (s *Service) DropOverride(ctx context.Context, id ids.ID) error {
	return s.change(ctx, "monitoring.override-drop", id.String(), "", func(tx *sql.Tx) error {
		return one(tx.ExecContext(ctx, "DELETE FROM monitoring_overrides WHERE id = $1", int64(id)))
	})
}

// Chains lists the chains, from the firm's to the device's, and of a place those for critical alerts last. The last one that fits counts.
func (s *Service) Chains(ctx context.Context) ([]Chain, error) {
	return s.chains(ctx, s.p.DB.Reader())
}

func (s *Service) chains(ctx context.Context, q db.Query) (out []Chain, err error) {
	rows, err := q.QueryContext(ctx, "SELECT id, version, level, place_id, name, least, steps FROM monitoring_chains ORDER BY id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var c Chain
		var steps string
		if err := rows.Scan(&c.ID, &c.Version, &c.Place.Level, &c.Place.ID, &c.Name, &c.Least, &steps); err != nil {
			return nil, err
		}
		if err := json.Unmarshal([]byte(steps), &c.Steps); err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	slices.SortStableFunc(out, func(a, b Chain) int {
		return cmp.Or(slices.Index(Levels(), a.Place.Level)-slices.Index(Levels(), b.Place.Level), cmp.Compare(a.Least, b.Least))
	})
	return out, rows.Err()
}

// SaveChain makes a chain, or changes the one of its id.
func (s *Service) SaveChain(ctx context.Context, c Chain) (ids.ID, error) {
	if err := checkPlace(c.Place); err != nil {
		return 0, err
	}
	var err error
	if c.Name, err = oneLine(c.Name, "name", 80); err != nil {
		return 0, err
	}
	switch {
	case c.Name == "":
		return 0, fault.NewInvalid("Give it a name.").On("name")
	case c.Least < rules.Warning || c.Least > rules.Critical:
		return 0, fault.NewInvalid("A chain is for warnings and worse, or for critical alerts.").On("least")
	case len(c.Steps) == 0 || len(c.Steps) > maxSteps:
		return 0, fault.NewInvalid("A chain has between one and %d steps.", maxSteps).On("steps")
	}
	schedules, err := s.Schedules(ctx)
	if err != nil {
		return 0, err
	}
	hooks, err := s.Hooks(ctx)
	if err != nil {
		return 0, err
	}
	for i, st := range c.Steps {
		if i == 0 && st.After != 0 || i > 0 && st.After <= c.Steps[i-1].After || st.After > 7*24*60 {
			return 0, fault.NewInvalid("Steps come one after the other, each later than the one before; the first comes at once.").On("steps")
		}
		if len(st.Users)+len(st.Schedules)+len(st.Hooks) == 0 {
			return 0, fault.NewInvalid("Each step calls somebody.").On("steps")
		}
		if err := s.checkPeople(ctx, st.Users, "steps"); err != nil {
			return 0, err
		}
		for _, id := range st.Schedules {
			if !slices.ContainsFunc(schedules, func(x Schedule) bool { return x.ID == id }) {
				return 0, fault.NewInvalid("There is no such schedule.").On("steps")
			}
		}
		for _, id := range st.Hooks {
			if !slices.ContainsFunc(hooks, func(x Hook) bool { return x.ID == id }) {
				return 0, fault.NewInvalid("There is no such receiver.").On("steps")
			}
		}
	}
	steps, err := json.Marshal(c.Steps)
	if err != nil {
		return 0, err
	}
	fresh := c.ID == 0
	if fresh {
		c.ID = s.p.IDs.New()
	}
	err = s.change(ctx, "monitoring.chain", c.ID.String(), c.Name, func(tx *sql.Tx) error {
		if !fresh {
			return one(tx.ExecContext(ctx, "UPDATE monitoring_chains SET version = version + 1, level = $3, place_id = $4, name = $5, least = $6, steps = $7 WHERE id = $1 AND version = $2",
				int64(c.ID), c.Version, string(c.Place.Level), int64(c.Place.ID), c.Name, int64(c.Least), string(steps)))
		}
		if err := s.room(ctx, tx, "monitoring_chains"); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO monitoring_chains (id, version, level, place_id, name, least, steps) VALUES ($1, 1, $2, $3, $4, $5, $6)",
			int64(c.ID), string(c.Place.Level), int64(c.Place.ID), c.Name, int64(c.Least), string(steps))
		return err
	})
	return c.ID, err
}

// DropChain takes a chain away.
func (s *Service) DropChain(ctx context.Context, id ids.ID) error {
	return s.change(ctx, "monitoring.chain-drop", id.String(), "", func(tx *sql.Tx) error {
		return one(tx.ExecContext(ctx, "DELETE FROM monitoring_chains WHERE id = $1", int64(id)))
	})
}
