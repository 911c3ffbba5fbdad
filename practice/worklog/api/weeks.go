// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/worklog"
)

// Timer is a running timer on the wire.
type Timer struct {
	Client  string    `json:"client"`
	Ticket  *Ticket   `json:"ticket,omitempty"`
	Type    string    `json:"type"`
	Note    string    `json:"note,omitempty"`
	Started time.Time `json:"started"`
	Minutes int       `json:"minutes" doc:"So far, rounded up"`
	Asks    bool      `json:"asks" doc:"Over midnight or longer than twelve hours: stopping it must say the minutes"`
}

type timerOut struct{ Body Timer }

type startIn struct {
	Body struct {
		Client string `json:"client,omitempty" maxLength:"13"`
		Ticket string `json:"ticket,omitempty" maxLength:"13"`
		Type   string `json:"type" maxLength:"13"`
		Note   string `json:"note,omitempty" maxLength:"4000"`
		Switch bool   `json:"switch,omitempty" doc:"Stop a running timer first"`
	}
}

type stopIn struct {
	Body struct {
		Minutes  int     `json:"minutes,omitempty" minimum:"0" maximum:"1440" doc:"Worked; left out: as long as it ran"`
		Note     *string `json:"note,omitempty" maxLength:"4000"`
		Internal string  `json:"internal,omitempty" maxLength:"4000"`
		After    bool    `json:"outsideHours,omitempty"`
	}
}

func (h *Handlers) timer(ctx context.Context, _ *nothing) (*timerOut, error) {
	t, err := h.Work.Running(ctx, actor(ctx).ID)
	if err != nil {
		return nil, err
	}
	if t == nil {
		return nil, fault.NewNotFound("No timer of yours is running.")
	}
	return &timerOut{Timer{Client: t.Client.String(), Ticket: ticketOf(t.Ticket), Type: t.Type.String(), Note: t.Note, Started: t.Started, Minutes: t.Minutes(), Asks: t.Asks}}, nil
}

func (h *Handlers) startTimer(ctx context.Context, in *startIn) (*timerOut, error) {
	s := worklog.Start{Note: in.Body.Note, Switch: in.Body.Switch}
	var err error
	for _, x := range []struct {
		into        *ids.ID
		text, field string
	}{{&s.Client, in.Body.Client, "client"}, {&s.Ticket, in.Body.Ticket, "ticket"}, {&s.Type, in.Body.Type, "type"}} {
		if *x.into, err = optional(x.text, x.field); err != nil {
			return nil, err
		}
	}
	if err := h.Work.StartTimer(ctx, actor(ctx), s); err != nil {
		return nil, err
	}
	return h.timer(ctx, nil)
}

func (h *Handlers) stopTimer(ctx context.Context, in *stopIn) (*entryOut, error) {
	id, err := h.Work.StopTimer(ctx, actor(ctx), worklog.Finish{Minutes: in.Body.Minutes, Note: in.Body.Note, Internal: in.Body.Internal, After: in.Body.After})
	if err != nil {
		return nil, err
	}
	return h.oneEntry(ctx, id)
}

func (h *Handlers) dropTimer(ctx context.Context, _ *nothing) (*empty, error) {
	return &empty{}, h.Work.DropTimer(ctx, actor(ctx))
}

// Sheet is a timesheet on the wire.
type Sheet struct {
	Person string      `json:"person"`
	Name   string      `json:"name"`
	Monday string      `json:"monday"`
	Days   [7]int      `json:"days" doc:"Minutes, from Monday"`
	Total  int         `json:"total" doc:"Minutes"`
	Lines  []SheetLine `json:"lines"`
	Open   int         `json:"open" doc:"Entries and items that are open"`
	Waits  int         `json:"submitted"`
	Done   int         `json:"approved"`
	Reason string      `json:"reason,omitempty" doc:"Why the week was sent back"`
}

// SheetLine is one client and ticket of a timesheet.
type SheetLine struct {
	Client string  `json:"client"`
	Ticket *Ticket `json:"ticket,omitempty"`
	Days   [7]int  `json:"days"`
	Total  int     `json:"total"`
}

// WeekIn is the address of a person's week.
type WeekIn struct {
	Person string `path:"person" maxLength:"13"`
	Day    string `path:"day" doc:"Any day of the week, 2006-01-02"`
}

type returnIn struct {
	WeekIn
	Body struct {
		Reason string `json:"reason" minLength:"1" maxLength:"4000"`
	}
}

type sheetOut struct{ Body Sheet }

// Week is a person's week that waits for approval.
type Week struct {
	Person string `json:"person"`
	Name   string `json:"name"`
	Monday string `json:"monday"`
}

type weeksOut struct {
	Body struct {
		Weeks []Week `json:"weeks"`
	}
}

func (in WeekIn) read() (ids.ID, civil.Date, error) {
	id, err := known(in.Person)
	if err != nil {
		return 0, 0, err
	}
	day, err := dayOf(in.Day, "day")
	return id, day, err
}

func (h *Handlers) weeks(ctx context.Context, _ *nothing) (*weeksOut, error) {
	list, err := h.Work.Waiting(ctx)
	if err != nil {
		return nil, err
	}
	out := &weeksOut{}
	out.Body.Weeks = make([]Week, 0, len(list))
	for _, w := range list {
		out.Body.Weeks = append(out.Body.Weeks, Week{w.Person.String(), w.Name, w.Monday.String()})
	}
	return out, nil
}

func (h *Handlers) sheet(ctx context.Context, in *WeekIn) (*sheetOut, error) {
	person, day, err := in.read()
	if err != nil {
		return nil, err
	}
	sh, err := h.Work.Sheet(ctx, person, day)
	if err != nil {
		return nil, err
	}
	out := &sheetOut{Sheet{Person: in.Person, Name: sh.Name, Monday: sh.Monday.String(), Days: sh.Days, Total: sh.Total, Lines: []SheetLine{}, Open: sh.Left, Waits: sh.Waiting, Done: sh.Settled}}
	if sh.State == worklog.WeekReturned {
		out.Body.Reason = sh.Reason
	}
	for _, l := range sh.Lines {
		out.Body.Lines = append(out.Body.Lines, SheetLine{l.Client.String(), ticketOf(l.Ticket), l.Days, l.Total})
	}
	return out, nil
}

func (h *Handlers) decide(ctx context.Context, in WeekIn, do func(ids.ID, civil.Date) error) (*sheetOut, error) {
	person, day, err := in.read()
	if err != nil {
		return nil, err
	}
	if err := do(person, day); err != nil {
		return nil, err
	}
	return h.sheet(ctx, &in)
}

func (h *Handlers) submit(ctx context.Context, in *WeekIn) (*sheetOut, error) {
	return h.decide(ctx, *in, func(p ids.ID, d civil.Date) error { return h.Work.Submit(ctx, actor(ctx), p, d) })
}

func (h *Handlers) approve(ctx context.Context, in *WeekIn) (*sheetOut, error) {
	return h.decide(ctx, *in, func(p ids.ID, d civil.Date) error { return h.Work.Approve(ctx, actor(ctx), p, d) })
}

func (h *Handlers) sendBack(ctx context.Context, in *returnIn) (*sheetOut, error) {
	return h.decide(ctx, in.WeekIn, func(p ids.ID, d civil.Date) error { return h.Work.SendBack(ctx, actor(ctx), p, d, in.Body.Reason) })
}
