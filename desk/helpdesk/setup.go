// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"context"
	"database/sql"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"mainstay/desk/helpdesk/sla"
	"mainstay/desk/helpdesk/store"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// setup is what the firm has defined: small, read often, kept in memory until one of it changes.
type setup struct {
	seq       int64     // version
	changed   time.Time // when service levels did
	boards    []Board
	statuses  []Status
	calendars map[ids.ID]Calendar
	policies  map[ids.ID]Policy
	hours     map[ids.ID]sla.Calendar // the calendars, ready for reckoning
	fallback  ids.ID                  // policy
}

// Calendar is when a client or the firm works.
type Calendar struct {
	ID       ids.ID
	Name     string
	Zone     string // IANA; "" = the firm's
	Week     [7][]sla.Span
	Holidays []Holiday
	Version  int64
}

// Holiday is a day on which nobody works.
type Holiday struct {
	Day  civil.Date
	Name string
}

// Targets are promises in working time; 0 = none.
type Targets struct{ Response, Update, Resolve time.Duration }

// Policy is a service level: targets by priority in a calendar.
type Policy struct {
	ID       ids.ID
	Name     string
	Calendar ids.ID
	Fallback bool // of clients that have none of their own
	Targets  map[Priority]Targets
	Version  int64
}

// Setup is what the firm has defined, to be shown.
type Setup struct {
	Boards    []Board
	Statuses  []Status
	Calendars []Calendar
	Policies  []Policy
}

// builtin are the boards and statuses that every firm begins with.
var builtinStatuses = []Status{
	{Code: "new", State: StateNew},
	{Code: "in-progress", State: StateOpen},
	{Code: "scheduled", State: StateOpen},
	{Code: "waiting-client", State: StateWaiting, Stops: true},
	{Code: "waiting-supplier", State: StateWaiting},
	{Code: "solved", State: StateSolved, Stops: true},
	{Code: "closed", State: StateClosed, Stops: true},
}

var builtinBoards = []string{"support", "projects"}

// Prepare makes what a helpdesk cannot be without, once: boards, statuses, a calendar and a service level.
func (s *Service) Prepare(ctx context.Context) error {
	have, err := store.New(s.p.DB.Reader()).Statuses(ctx)
	if err != nil || len(have) > 0 {
		return err
	}
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		if again, err := q.Statuses(ctx); err != nil || len(again) > 0 {
			return err
		}
		for i, b := range builtinBoards {
			if err := q.InsertBoard(ctx, store.InsertBoardParams{ID: int64(s.p.IDs.New()), Code: b, Position: int64(i)}); err != nil {
				return err
			}
		}
		for i, x := range builtinStatuses {
			if err := q.InsertStatus(ctx, store.InsertStatusParams{ID: int64(s.p.IDs.New()), Code: x.Code, State: int64(x.State), Stops: flag(x.Stops), Position: int64(i)}); err != nil {
				return err
			}
		}
		var week [7][]sla.Span
		for d := 1; d <= 5; d++ {
			week[d] = []sla.Span{{From: 8 * 60, To: 17 * 60}}
		}
		calendar, policy := s.p.IDs.New(), s.p.IDs.New()
		if err := insertCalendar(ctx, q, Calendar{ID: calendar, Name: "Office hours", Week: week}); err != nil {
			return err
		}
		if err := q.InsertPolicy(ctx, store.InsertPolicyParams{ID: int64(policy), Name: "Standard", CalendarID: int64(calendar), Fallback: 1}); err != nil {
			return err
		}
		for p, t := range map[Priority]Targets{
			Urgent: {time.Hour, 2 * time.Hour, 8 * time.Hour}, High: {2 * time.Hour, 8 * time.Hour, 16 * time.Hour},
			Normal: {4 * time.Hour, 16 * time.Hour, 40 * time.Hour}, Low: {8 * time.Hour, 0, 80 * time.Hour},
		} {
			if err := putTargets(ctx, q, policy, p, t); err != nil {
				return err
			}
		}
		return nil
	})
}

func putTargets(ctx context.Context, q *store.Queries, policy ids.ID, p Priority, t Targets) error {
	minutes := func(d time.Duration) int64 { return int64(d / time.Minute) }
	return q.PutTarget(ctx, store.PutTargetParams{PolicyID: int64(policy), Priority: int64(p), Response: minutes(t.Response), UpdateIn: minutes(t.Update), Resolve: minutes(t.Resolve)})
}

func insertCalendar(ctx context.Context, q *store.Queries, c Calendar) error {
	week, err := json.Marshal(c.Week)
	if err != nil {
		return err
	}
	return q.InsertCalendar(ctx, store.InsertCalendarParams{ID: int64(c.ID), Name: c.Name, Zone: c.Zone, Week: string(week)})
}

// set returns what the firm has defined, from memory unless something changed.
func (s *Service) set(ctx context.Context) (*setup, error) {
	q := store.New(s.p.DB.Reader())
	state, err := q.SetupState(ctx) // before the rest: what changes meanwhile has a later version
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	kept := s.setup
	s.mu.Unlock()
	if kept != nil && kept.seq == state.Version {
		return kept, nil
	}
	fresh, err := s.readSetup(ctx, q, state)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	s.setup = fresh
	s.mu.Unlock()
	return fresh, nil
}

// readSetup reads what the firm has defined; state was read before.
func (s *Service) readSetup(ctx context.Context, q *store.Queries, state store.HelpdeskSetup) (*setup, error) {
	u := &setup{seq: state.Version, changed: instant(state.LevelsAt), calendars: map[ids.ID]Calendar{}, policies: map[ids.ID]Policy{}, hours: map[ids.ID]sla.Calendar{}}
	boards, err := q.Boards(ctx)
	if err != nil {
		return nil, err
	}
	for _, b := range boards {
		u.boards = append(u.boards, Board{ids.ID(b.ID), b.Code, b.Name, b.Archived == 1})
	}
	statuses, err := q.Statuses(ctx)
	if err != nil {
		return nil, err
	}
	for _, x := range statuses {
		u.statuses = append(u.statuses, Status{ids.ID(x.ID), x.Code, x.Name, State(x.State), x.Stops == 1, x.Archived == 1})
	}
	err = u.readLevels(ctx, q)
	for id, c := range u.calendars {
		u.hours[id] = s.hours(c)
	}
	return u, err
}

func (u *setup) readLevels(ctx context.Context, q *store.Queries) error {
	calendars, err := q.Calendars(ctx)
	if err != nil {
		return err
	}
	for _, c := range calendars {
		x := Calendar{ID: ids.ID(c.ID), Name: c.Name, Zone: c.Zone, Version: c.Version}
		if err := json.Unmarshal([]byte(c.Week), &x.Week); err != nil {
			return err
		}
		u.calendars[x.ID] = x
	}
	holidays, err := q.Holidays(ctx)
	if err != nil {
		return err
	}
	for _, h := range holidays {
		c := u.calendars[ids.ID(h.CalendarID)]
		c.Holidays = append(c.Holidays, Holiday{civil.Date(h.Day), h.Name})
		u.calendars[c.ID] = c
	}
	policies, err := q.Policies(ctx)
	if err != nil {
		return err
	}
	for _, p := range policies {
		u.policies[ids.ID(p.ID)] = Policy{ids.ID(p.ID), p.Name, ids.ID(p.CalendarID), p.Fallback == 1, map[Priority]Targets{}, p.Version}
		if p.Fallback == 1 {
			u.fallback = ids.ID(p.ID)
		}
	}
	targets, err := q.Targets(ctx)
	for _, t := range targets {
		u.policies[ids.ID(t.PolicyID)].Targets[Priority(t.Priority)] = Targets{
			time.Duration(t.Response) * time.Minute, time.Duration(t.UpdateIn) * time.Minute, time.Duration(t.Resolve) * time.Minute,
		}
	}
	return err
}

func (u *setup) status(id ids.ID) (Status, bool) {
	i := slices.IndexFunc(u.statuses, func(x Status) bool { return x.ID == id })
	if i < 0 {
		return Status{}, false
	}
	return u.statuses[i], true
}

// first is the first status of a state that is in use; one archived where there is no other.
func (u *setup) first(state State) Status {
	var out Status
	for _, x := range u.statuses {
		if x.State == state && (out.ID == 0 || out.Archived && !x.Archived) {
			out = x
		}
	}
	return out
}

func (u *setup) board(id ids.ID) (Board, bool) {
	i := slices.IndexFunc(u.boards, func(x Board) bool { return x.ID == id })
	if i < 0 {
		return Board{}, false
	}
	return u.boards[i], true
}

// Setup returns boards, statuses, calendars and service levels in their order.
func (s *Service) Setup(ctx context.Context) (Setup, error) {
	u, err := s.set(ctx)
	if err != nil {
		return Setup{}, err
	}
	out := Setup{Boards: slices.Clone(u.boards), Statuses: slices.Clone(u.statuses)}
	for _, c := range u.calendars { // copies: what is kept is shared by all callers
		c.Holidays = slices.Clone(c.Holidays)
		for d := range c.Week {
			c.Week[d] = slices.Clone(c.Week[d])
		}
		out.Calendars = append(out.Calendars, c)
	}
	for _, p := range u.policies {
		p.Targets = maps.Clone(p.Targets)
		out.Policies = append(out.Policies, p)
	}
	slices.SortFunc(out.Calendars, func(a, b Calendar) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(out.Policies, func(a, b Policy) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// change runs fn on the setup, records it, and lets every process read it anew.
func (s *Service) changeSetup(ctx context.Context, action, subject string, fn func(tx *sql.Tx, q *store.Queries) error) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		if err := fn(tx, store.New(tx)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE helpdesk_setup SET version = version + 1"); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, action, subject, "")
	})
}

const maxName = 80

func cleanName(s string) (string, error) {
	s = strings.Join(strings.Fields(s), " ")
	if s == "" || len(s) > maxName {
		return "", fault.NewInvalid("A name has between 1 and %d characters.", maxName).On("name")
	}
	return s, nil
}

// SaveBoard adds a board (ID 0) or renames or archives one.
func (s *Service) SaveBoard(ctx context.Context, b Board) (ids.ID, error) {
	name, err := cleanName(b.Name)
	if err != nil && b.Code == "" {
		return 0, err
	}
	u, err := s.set(ctx)
	if err != nil {
		return 0, err
	}
	if b.ID == 0 {
		b.ID = s.p.IDs.New()
		return b.ID, s.changeSetup(ctx, "helpdesk.board", name, func(_ *sql.Tx, q *store.Queries) error {
			return q.InsertBoard(ctx, store.InsertBoardParams{ID: int64(b.ID), Name: name, Position: int64(len(u.boards))})
		})
	}
	at := slices.IndexFunc(u.boards, func(x Board) bool { return x.ID == b.ID })
	left := slices.ContainsFunc(u.boards, func(x Board) bool { return x.ID != b.ID && !x.Archived })
	if at < 0 {
		return 0, fault.NewNotFound("There is no such board.")
	}
	if b.Archived && !left {
		return 0, fault.NewConflict("The last board cannot be archived.")
	}
	return b.ID, s.changeSetup(ctx, "helpdesk.board", name, func(_ *sql.Tx, q *store.Queries) error {
		_, err := q.UpdateBoard(ctx, store.UpdateBoardParams{ID: int64(b.ID), Name: name, Archived: flag(b.Archived), Position: int64(at)})
		return err
	})
}

// SaveStatus adds a status (ID 0) or changes one; the state of one that is in use stays.
func (s *Service) SaveStatus(ctx context.Context, x Status) (ids.ID, error) {
	name, err := cleanName(x.Name)
	if err != nil && x.Code == "" {
		return 0, err
	}
	u, err := s.set(ctx)
	if err != nil {
		return 0, err
	}
	if x.State >= StateSolved {
		x.Stops = true
	}
	if x.ID == 0 {
		x.ID = s.p.IDs.New()
		return x.ID, s.changeSetup(ctx, "helpdesk.status", name, func(_ *sql.Tx, q *store.Queries) error {
			return q.InsertStatus(ctx, store.InsertStatusParams{ID: int64(x.ID), Name: name, State: int64(x.State), Stops: flag(x.Stops), Position: int64(len(u.statuses))})
		})
	}
	at := slices.IndexFunc(u.statuses, func(y Status) bool { return y.ID == x.ID })
	if at < 0 {
		return 0, fault.NewNotFound("There is no such status.")
	}
	state := u.statuses[at].State
	left := slices.ContainsFunc(u.statuses, func(y Status) bool { return y.ID != x.ID && !y.Archived && y.State == state })
	if x.Archived && !left {
		return 0, fault.NewConflict("Each state needs a status that is in use.")
	}
	defer s.wakeJobs()
	return x.ID, s.changeSetup(ctx, "helpdesk.status", name, func(tx *sql.Tx, q *store.Queries) error {
		if u.statuses[at].Stops != x.Stops {
			if err := s.reckonLater(ctx, tx, 0); err != nil {
				return err
			}
		}
		_, err := q.UpdateStatus(ctx, store.UpdateStatusParams{ID: int64(x.ID), Name: name, Stops: flag(x.Stops || state >= StateSolved), Archived: flag(x.Archived), Position: int64(at)})
		return err
	})
}
