// SPDX-License-Identifier: Apache-2.0

package worklog

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/practice/worklog/store"
)

// WeekState is what was last decided on a person's week.
type WeekState uint8

// The states of a week.
const (
	WeekOpen WeekState = iota
	WeekSubmitted
	WeekApproved
	_
	WeekReturned
)

// Week is a decision on a week.
type Week struct {
	Person  ids.ID
	Name    string
	Monday  civil.Date
	State   WeekState
	Reason  string // why it was sent back
	By      string // who decided
	Changed time.Time
}

// Line is one client and ticket of a timesheet.
type Line struct {
	Client ids.ID
	Ticket TicketRef
	Days   [7]int // minutes, from Monday
	Total  int
}

// Sheet is a person's timesheet of a week.
type Sheet struct {
	Week
	Lines   []Line
	Days    [7]int
	Total   int
	Entries []Entry
	Items   []Item
	Left    int // entries and items that are open
	Waiting int // submitted
	Settled int // approved
}

// Sheet returns the timesheet of a person in the week of a day.
func (s *Service) Sheet(ctx context.Context, person ids.ID, day civil.Date) (Sheet, error) {
	monday := Monday(day)
	sh := Sheet{Week: Week{Person: person, Monday: monday}}
	err := s.p.DB.Read(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		w, err := q.Week(ctx, int64(person), int64(monday))
		if err == nil {
			sh.Week = weekOf(w)
		} else if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		rows, err := q.EntriesOfWeek(ctx, int64(person), int64(monday), int64(monday.AddDays(7)))
		if err != nil {
			return err
		}
		sh.Entries = entriesOf(rows)
		items, err := q.ItemsOfWeek(ctx, int64(person), int64(monday), int64(monday.AddDays(7)))
		sh.Items = itemsOf(items)
		return err
	})
	if err != nil {
		return sh, err
	}
	if sh.Name == "" {
		if sh.Name, err = s.personName(ctx, person); err != nil {
			return sh, fault.NewNotFound("There is no such person.").Because(err)
		}
	}
	sh.add()
	return sh, nil
}

func (sh *Sheet) add() {
	for _, e := range sh.Entries {
		at := slices.IndexFunc(sh.Lines, func(l Line) bool { return l.Client == e.Client && l.Ticket.ID == e.Ticket.ID })
		if at < 0 {
			at = len(sh.Lines)
			sh.Lines = append(sh.Lines, Line{Client: e.Client, Ticket: e.Ticket})
		}
		day := int(e.Day - sh.Monday)
		sh.Lines[at].Days[day] += e.Minutes
		sh.Lines[at].Total += e.Minutes
		sh.Days[day] += e.Minutes
		sh.Total += e.Minutes
		sh.count(e.State)
	}
	for _, it := range sh.Items {
		sh.count(it.State)
	}
}

func (sh *Sheet) count(st State) {
	switch st {
	case Open:
		sh.Left++
	case Submitted:
		sh.Waiting++
	case Approved:
		sh.Settled++
	}
}

func weekOf(r store.WorklogWeek) Week {
	return Week{ids.ID(r.PersonID), r.Person, civil.Date(r.Monday), WeekState(r.State), r.Reason, r.DecidedBy, clock.FromMicros(r.ChangedAt)}
}

// Waiting lists the weeks that wait for approval, the oldest first.
func (s *Service) Waiting(ctx context.Context) ([]Week, error) {
	rows, err := s.read().WeeksIn(ctx, int64(WeekSubmitted))
	var out []Week
	for _, r := range rows {
		out = append(out, weekOf(r))
	}
	return out, err
}

// step is one decision on a week: the states of its rows and the word that is kept.
type step struct {
	action          string
	state           WeekState
	entries         func(*store.Queries, context.Context, int64, int64, int64, int64) (int64, error)
	items           func(*store.Queries, context.Context, int64, int64, int64, int64) (int64, error)
	reason, nothing string
}

func (s *Service) decideWeek(ctx context.Context, by Actor, person ids.ID, day civil.Date, st step) error {
	monday := Monday(day)
	name, err := s.personName(ctx, person)
	if err != nil {
		return err
	}
	return s.change(ctx, st.action, person.String()+" "+monday.String(), st.reason, func(tx *sql.Tx, q *store.Queries) error {
		from, to, now := int64(monday), int64(monday.AddDays(7)), s.now()
		n, err := st.entries(q, ctx, int64(person), from, to, now)
		if err != nil {
			return err
		}
		m, err := st.items(q, ctx, int64(person), from, to, s.now())
		if err != nil {
			return err
		}
		if n+m == 0 {
			return fault.NewConflict(st.nothing)
		}
		if err := s.tellOfWeek(ctx, tx, person, monday, now); err != nil {
			return err
		}
		if st.state == WeekApproved {
			if err := s.p.Jobs.Enqueue(ctx, tx, ChangedJob, monday.String()); err != nil {
				return err
			}
		}
		return q.PutWeek(ctx, store.PutWeekParams{PersonID: int64(person), Monday: from, Person: name, State: int64(st.state), Reason: st.reason, DecidedBy: by.Name, ChangedAt: s.now()})
	})
}

// tellOfWeek tells the listeners of the entries of a week that were changed just now.
func (s *Service) tellOfWeek(ctx context.Context, tx *sql.Tx, person ids.ID, monday civil.Date, now int64) error {
	if len(s.listeners) == 0 {
		return nil
	}
	rows, err := store.New(tx).EntriesOfWeek(ctx, int64(person), int64(monday), int64(monday.AddDays(7)))
	for _, r := range rows {
		if err == nil && r.ChangedAt == now {
			err = s.tellOf(ctx, tx, Altered, entryOf(r))
		}
	}
	return err
}

// Submit hands in what is open of a person's week.
func (s *Service) Submit(ctx context.Context, by Actor, person ids.ID, day civil.Date) error {
	if err := by.mine(person); err != nil {
		return err
	}
	return s.decideWeek(ctx, by, person, day, step{
		action: "worklog.week-submitted", state: WeekSubmitted, nothing: locale.Key("There is nothing open in this week."),
		entries: func(q *store.Queries, ctx context.Context, p, from, to, now int64) (int64, error) {
			return q.SubmitEntries(ctx, store.SubmitEntriesParams{PersonID: p, Day: from, Day_2: to, ChangedAt: now})
		},
		items: func(q *store.Queries, ctx context.Context, p, from, to, now int64) (int64, error) {
			return q.SubmitItems(ctx, store.SubmitItemsParams{PersonID: p, Day: from, Day_2: to, ChangedAt: now})
		},
	})
}

// Approve approves what was submitted of a person's week.
func (s *Service) Approve(ctx context.Context, by Actor, person ids.ID, day civil.Date) error {
	return s.decideWeek(ctx, by, person, day, step{
		action: "worklog.week-approved", state: WeekApproved, nothing: locale.Key("Nothing of this week waits for approval."),
		entries: func(q *store.Queries, ctx context.Context, p, from, to, now int64) (int64, error) {
			return q.ApproveEntries(ctx, store.ApproveEntriesParams{PersonID: p, Day: from, Day_2: to, ChangedAt: now})
		},
		items: func(q *store.Queries, ctx context.Context, p, from, to, now int64) (int64, error) {
			return q.ApproveItems(ctx, store.ApproveItemsParams{PersonID: p, Day: from, Day_2: to, ChangedAt: now})
		},
	})
}

// SendBack opens what was submitted or approved of a person's week again, with a reason. What is billed stays.
func (s *Service) SendBack(ctx context.Context, by Actor, person ids.ID, day civil.Date, reason string) error {
	reason = strings.TrimSpace(reason)
	if reason == "" || len(reason) > maxText {
		return fault.NewInvalid("Say what is to be changed.").On("reason")
	}
	return s.decideWeek(ctx, by, person, day, step{
		action: "worklog.week-returned", state: WeekReturned, reason: reason, nothing: locale.Key("Nothing of this week is submitted or approved."),
		entries: func(q *store.Queries, ctx context.Context, p, from, to, now int64) (int64, error) {
			return q.ReturnEntries(ctx, store.ReturnEntriesParams{PersonID: p, Day: from, Day_2: to, ChangedAt: now})
		},
		items: func(q *store.Queries, ctx context.Context, p, from, to, now int64) (int64, error) {
			return q.ReturnItems(ctx, store.ReturnItemsParams{PersonID: p, Day: from, Day_2: to, ChangedAt: now})
		},
	})
}
