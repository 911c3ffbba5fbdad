// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"mainstay/desk/helpdesk/sla"
	"mainstay/desk/helpdesk/store"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// ReckonJob is the kind of the job that brings unfinished tickets in step with service levels that changed. Its argument
// is the client, zero for all. It may run late and any number of times.
const ReckonJob = "helpdesk.reckon"

// ClientLevel is what a client has of its own; zero fields are as the firm has it.
type ClientLevel struct{ Policy, Calendar ids.ID }

const (
	maxHolidays = 2000
	maxTarget   = 10_000 * time.Hour
)

// SaveCalendar adds a calendar (ID 0) or changes one whose version the caller has seen; its holidays are replaced. The
// clocks of unfinished tickets that run in it are read by its new hours since they were last started.
func (s *Service) SaveCalendar(ctx context.Context, c Calendar) (ids.ID, error) {
	if err := c.clean(); err != nil {
		return 0, err
	}
	week, err := json.Marshal(c.Week)
	if err != nil {
		return 0, err
	}
	fresh := c.ID == 0
	if fresh {
		c.ID = s.p.IDs.New()
	}
	return c.ID, s.changeLevels(ctx, "helpdesk.calendar", c.Name, 0, func(tx *sql.Tx, q *store.Queries) error {
		if fresh {
			err = insertCalendar(ctx, q, c)
		} else {
			var n int64
			n, err = q.UpdateCalendar(ctx, store.UpdateCalendarParams{ID: int64(c.ID), Name: c.Name, Zone: c.Zone, Week: string(week), Version: c.Version})
			err = orChanged(n, err)
		}
		if err != nil {
			return err
		}
		if err := q.DropHolidays(ctx, int64(c.ID)); err != nil {
			return err
		}
		for _, h := range c.Holidays {
			if err := q.InsertHoliday(ctx, int64(c.ID), int64(h.Day), h.Name); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *Calendar) clean() (err error) {
	if c.Name, err = cleanName(c.Name); err != nil {
		return err
	}
	if c.Zone != "" {
		if _, err := time.LoadLocation(c.Zone); err != nil || c.Zone == "Local" {
			return fault.NewInvalid("There is no time zone %q. They are called like Europe/Vienna.", c.Zone).On("zone")
		}
	}
	if len(c.Holidays) > maxHolidays {
		return fault.NewInvalid("A calendar has at most %d holidays.", maxHolidays).On("holidays")
	}
	c.Holidays = slices.Clone(c.Holidays)
	for i, h := range c.Holidays {
		if y, _, _ := h.Day.Civil(); !h.Day.Known() || y < civil.MinYear || y > civil.MaxYear {
			return fault.NewInvalid("Each holiday needs a day.").On("holidays")
		}
		c.Holidays[i].Name = shorten(h.Name, maxName)
	}
	return sla.Calendar{Week: &c.Week}.Check()
}

// shorten makes one line of at most n bytes of a text.
func shorten(text string, n int) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > n {
		text = strings.ToValidUTF8(text[:n], "")
	}
	return text
}

func orChanged(n int64, err error) error {
	if err == nil && n == 0 {
		err = fault.NewConflict("Somebody changed this in the meantime, or removed it. Look at the newer version and enter your change again.")
	}
	return err
}

// SavePolicy adds a service level (ID 0) or changes one whose version the caller has seen. Priorities that Targets does not
// name have no promises. Whether it is the firm's own is for [Service.SetFallback].
func (s *Service) SavePolicy(ctx context.Context, p Policy) (ids.ID, error) {
	name, err := cleanName(p.Name)
	if err != nil {
		return 0, err
	}
	for priority, t := range p.Targets {
		if err := t.check(priority); err != nil {
			return 0, err
		}
	}
	fresh := p.ID == 0
	if fresh {
		p.ID = s.p.IDs.New()
	}
	return p.ID, s.changeLevels(ctx, "helpdesk.policy", name, 0, func(tx *sql.Tx, q *store.Queries) error {
		if err := s.checkCalendar(ctx, q, p.Calendar); err != nil {
			return err
		}
		if fresh {
			err = q.InsertPolicy(ctx, store.InsertPolicyParams{ID: int64(p.ID), Name: name, CalendarID: int64(p.Calendar)})
		} else {
			var n int64
			n, err = q.UpdatePolicy(ctx, store.UpdatePolicyParams{ID: int64(p.ID), Name: name, CalendarID: int64(p.Calendar), Version: p.Version})
			err = orChanged(n, err)
		}
		if err != nil {
			return err
		}
		for _, priority := range Priorities() {
			if err := putTargets(ctx, q, p.ID, priority, p.Targets[priority]); err != nil {
				return err
			}
		}
		return nil
	})
}

func (t Targets) check(p Priority) error {
	if p < Urgent || p > Low {
		return fault.NewInvalid("A priority is urgent, high, normal or low.").On("priority")
	}
	for _, d := range []time.Duration{t.Response, t.Update, t.Resolve} {
		if d < 0 || d > maxTarget || d%time.Minute != 0 {
			return fault.NewInvalid("A promise is a time of whole minutes, up to %d hours; 0 is none.", int(maxTarget/time.Hour)).On("targets")
		}
	}
	if t.Resolve > 0 && t.Response > t.Resolve {
		return fault.NewInvalid("The first answer cannot be promised later than the solution.").On("targets")
	}
	return nil
}

func (s *Service) checkCalendar(ctx context.Context, q *store.Queries, id ids.ID) error {
	list, err := q.Calendars(ctx)
	if err != nil {
		return err
	}
	for _, c := range list {
		if ids.ID(c.ID) == id {
			return nil
		}
	}
	return fault.NewInvalid("There is no such calendar.").On("calendar")
}

func (s *Service) checkPolicy(ctx context.Context, q *store.Queries, id ids.ID) error {
	list, err := q.Policies(ctx)
	if err != nil {
		return err
	}
	for _, p := range list {
		if ids.ID(p.ID) == id {
			return nil
		}
	}
	return fault.NewInvalid("There is no such service level.").On("policy")
}

// SetFallback makes a service level that of all clients which have none of their own.
func (s *Service) SetFallback(ctx context.Context, policy ids.ID) error {
	return s.changeLevels(ctx, "helpdesk.fallback", policy.String(), 0, func(_ *sql.Tx, q *store.Queries) error {
		if err := s.checkPolicy(ctx, q, policy); err != nil {
			return err
		}
		return q.OnlyFallback(ctx, int64(policy))
	})
}

// ClientLevel returns what a client has of its own.
func (s *Service) ClientLevel(ctx context.Context, client ids.ID) (ClientLevel, error) {
	own, err := store.New(s.p.DB.Reader()).ClientLevel(ctx, int64(client))
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return ClientLevel{ids.ID(own.PolicyID), ids.ID(own.CalendarID)}, err
}

// SetClientLevel gives a client a service level and hours of its own. What the clocks of its unfinished tickets have
// counted so far stays.
func (s *Service) SetClientLevel(ctx context.Context, client ids.ID, l ClientLevel) error {
	if _, err := s.p.Clients.Get(ctx, access.WholeFirm(), client); err != nil {
		return err
	}
	return s.changeLevels(ctx, "helpdesk.client", client.String(), client, func(_ *sql.Tx, q *store.Queries) error {
		if l == (ClientLevel{}) {
			return q.DropClientLevel(ctx, int64(client))
		}
		if l.Policy != 0 {
			if err := s.checkPolicy(ctx, q, l.Policy); err != nil {
				return err
			}
		}
		if l.Calendar != 0 {
			if err := s.checkCalendar(ctx, q, l.Calendar); err != nil {
				return err
			}
		}
		return q.PutClientLevel(ctx, int64(client), int64(l.Policy), int64(l.Calendar))
	})
}

// changeLevels changes the setup and has unfinished tickets, of one client or of all, reckoned anew.
func (s *Service) changeLevels(ctx context.Context, action, subject string, client ids.ID, fn func(tx *sql.Tx, q *store.Queries) error) error {
	err := s.changeSetup(ctx, action, subject, func(tx *sql.Tx, q *store.Queries) error {
		if err := fn(tx, q); err != nil {
			return err
		}
		return s.reckonLater(ctx, tx, client)
	})
	if err == nil {
		s.wakeJobs()
	}
	return err
}

func (s *Service) wakeJobs() {
	if s.p.Jobs != nil {
		s.p.Jobs.Wake()
	}
}

func (s *Service) reckonLater(ctx context.Context, tx *sql.Tx, client ids.ID) error {
	if err := store.New(tx).LevelsChanged(ctx, micros(s.now())); err != nil {
		return err
	}
	return s.p.Jobs.Enqueue(ctx, tx, ReckonJob, client.String())
}

// reckonJob does [ReckonJob] in batches. Killed between two of them, it begins anew, which changes nothing that was done.
func (s *Service) reckonJob(ctx context.Context, arg string) error {
	client, err := ids.Parse(arg)
	if err != nil {
		return err
	}
	last := int64(0)
	for {
		list, err := store.New(s.p.DB.Reader()).Unfinished(ctx, int64(client), last)
		if err != nil || len(list) == 0 {
			return err
		}
		last = list[len(list)-1]
		err = s.p.DB.Write(ctx, func(tx *sql.Tx) error { return s.reckonBatch(ctx, tx, list) })
		if err != nil {
			return err
		}
		for _, id := range list {
			s.told(ids.ID(id))
		}
	}
}

func (s *Service) reckonBatch(ctx context.Context, tx *sql.Tx, list []int64) error {
	q := store.New(tx)
	seq, err := q.Bump(ctx) // first: from here on nobody else writes tickets
	if err != nil {
		return err
	}
	u, err := s.current(ctx, tx, &setup{})
	if err != nil {
		return err
	}
	for _, id := range list {
		if err := s.rereckon(ctx, tx, u, ids.ID(id), seq); err != nil {
			return err
		}
	}
	return nil
}
