// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/practice/worklog"
)

// Entry is a time entry on the wire.
type Entry struct {
	ID          string    `json:"id"`
	Person      string    `json:"person"`
	PersonName  string    `json:"personName"`
	Client      string    `json:"client"`
	Ticket      *Ticket   `json:"ticket,omitempty"`
	Type        string    `json:"type" doc:"Kind of work"`
	Day         string    `json:"day" doc:"2006-01-02"`
	Start       string    `json:"start,omitempty" doc:"Time of day, 14:30"`
	Minutes     int       `json:"minutes" doc:"Worked; below 0 in a correction"`
	After       bool      `json:"outsideHours"`
	Note        string    `json:"note,omitempty" doc:"The client reads it"`
	Internal    string    `json:"internal,omitempty"`
	Coverage    string    `json:"coverage" enum:"free,billable,agreement,prepaid"`
	ByHand      bool      `json:"coverageByHand"`
	Reactive    bool      `json:"reactive" doc:"Counts as reactive in the journey"`
	Charged     int       `json:"chargedMinutes" doc:"After rounding and minimum"`
	Priced      bool      `json:"priced" doc:"A rate card gave a price"`
	Rate        Amount    `json:"rate" doc:"Price of an hour"`
	Factor      int       `json:"factor" doc:"Percent of the price outside working hours"`
	Amount      Amount    `json:"amount"`
	Card        string    `json:"card,omitempty" doc:"Name of the rate card"`
	Explanation string    `json:"explanation" doc:"Why it comes to this, in words"`
	State       string    `json:"state" enum:"open,submitted,approved,billed"`
	Invoice     string    `json:"invoice,omitempty"`
	Line        string    `json:"line,omitempty"`
	Corrects    string    `json:"corrects,omitempty" doc:"The billed entry that this one corrects"`
	Version     int64     `json:"version" doc:"Grows with each change; the ETag carries it"`
	Created     time.Time `json:"created"`
	Updated     time.Time `json:"updated"`
}

func wireEntry(ctx context.Context, e worklog.Entry) Entry {
	out := Entry{
		ID: e.ID.String(), Person: e.Person.String(), PersonName: e.Name, Client: e.Client.String(), Ticket: ticketOf(e.Ticket), Type: e.Type.String(), Day: e.Day.String(), Minutes: e.Minutes, After: e.After,
		Note: e.Note, Internal: e.Internal, Coverage: e.Coverage.String(), ByHand: e.Chosen, Reactive: e.Reactive, Charged: e.Price.Billed, Priced: e.Price.Found,
		Rate: amount(e.Price.Rate, e.Price.Currency), Factor: e.Price.Factor, Amount: amount(e.Price.Minor, e.Price.Currency), Card: e.Price.Card, Explanation: worklog.Explain(locale.From(ctx), e),
		State: e.State.String(), Invoice: e.Invoice, Line: e.Line, Corrects: idText(e.Corrects), Version: e.Version, Created: e.Made, Updated: e.Changed,
	}
	if e.Starts != worklog.NoStart {
		out.Start = worklog.Clock(e.Starts)
	}
	return out
}

// EntryInput is what a caller sends of a time entry.
type EntryInput struct {
	Person   string `json:"person,omitempty" maxLength:"13" doc:"Left out: oneself; another needs worklog:approve"`
	Client   string `json:"client,omitempty" maxLength:"13" doc:"Left out: the ticket's"`
	Ticket   string `json:"ticket,omitempty" maxLength:"13"`
	Type     string `json:"type" maxLength:"13" doc:"Kind of work"`
	Day      string `json:"day" doc:"2006-01-02"`
	Start    string `json:"start,omitempty" doc:"Time of day, 14:30"`
	Minutes  int    `json:"minutes" minimum:"1" maximum:"1440"`
	After    bool   `json:"outsideHours,omitempty"`
	Note     string `json:"note,omitempty" maxLength:"4000"`
	Internal string `json:"internal,omitempty" maxLength:"4000"`
	Coverage string `json:"coverage,omitempty" enum:"free,billable" doc:"Left out: decided by the kind of work"`
}

func (in EntryInput) draft() (d worklog.Draft, err error) {
	d = worklog.Draft{Minutes: in.Minutes, After: in.After, Note: in.Note, Internal: in.Internal}
	for _, x := range []struct {
		into        *ids.ID
		text, field string
	}{{&d.Person, in.Person, "person"}, {&d.Client, in.Client, "client"}, {&d.Ticket, in.Ticket, "ticket"}, {&d.Type, in.Type, "type"}} {
		if *x.into, err = optional(x.text, x.field); err != nil {
			return d, err
		}
	}
	if d.Day, err = dayOf(in.Day, "day"); err != nil {
		return d, err
	}
	if d.Starts, err = worklog.ParseClock(in.Start); err != nil {
		return d, err
	}
	if in.Coverage != "" {
		d.Coverage, d.Chosen = worklog.ParseCoverage(in.Coverage)
		if !d.Chosen {
			return d, fault.NewInvalid("By hand work is billable or free.").On("coverage")
		}
	}
	return d, nil
}

type entriesOut struct {
	Body struct {
		Entries []Entry `json:"entries"`
		Next    string  `json:"next,omitempty" doc:"Cursor of the next page; absent on the last"`
	}
}

type entryOut struct {
	ETag string `header:"ETag"`
	Body Entry
}

type newEntryIn struct{ Body EntryInput }

type changeEntryIn struct {
	VersionedIn
	Body EntryInput
}

func (h *Handlers) listEntries(ctx context.Context, in *filterIn) (*entriesOut, error) {
	q, err := in.query()
	if err != nil {
		return nil, err
	}
	p, err := h.Work.List(ctx, scope(ctx), q)
	if err != nil {
		return nil, err
	}
	out := &entriesOut{}
	out.Body.Entries, out.Body.Next = make([]Entry, 0, len(p.Rows)), p.Next
	for _, e := range p.Rows {
		out.Body.Entries = append(out.Body.Entries, wireEntry(ctx, e))
	}
	return out, nil
}

func (h *Handlers) oneEntry(ctx context.Context, id ids.ID) (*entryOut, error) {
	e, err := h.Work.Get(ctx, scope(ctx), id)
	if err != nil {
		return nil, err
	}
	return &entryOut{ETag: api.ETag(e.Version), Body: wireEntry(ctx, e)}, nil
}

func (h *Handlers) getEntry(ctx context.Context, in *oneIn) (*entryOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	return h.oneEntry(ctx, id)
}

func (h *Handlers) createEntry(ctx context.Context, in *newEntryIn) (*entryOut, error) {
	d, err := in.Body.draft()
	if err != nil {
		return nil, err
	}
	id, err := h.Work.Create(ctx, actor(ctx), d)
	if err != nil {
		return nil, err
	}
	return h.oneEntry(ctx, id)
}

func (h *Handlers) updateEntry(ctx context.Context, in *changeEntryIn) (*entryOut, error) {
	id, version, err := in.at()
	if err != nil {
		return nil, err
	}
	d, err := in.Body.draft()
	if err != nil {
		return nil, err
	}
	if err := h.Work.Update(ctx, actor(ctx), id, version, d); err != nil {
		return nil, err
	}
	return h.oneEntry(ctx, id)
}

func (h *Handlers) deleteEntry(ctx context.Context, in *VersionedIn) (*empty, error) {
	id, version, err := in.at()
	if err != nil {
		return nil, err
	}
	return &empty{}, h.Work.Delete(ctx, actor(ctx), id, version)
}

type correctIn struct {
	ID   string `path:"id" maxLength:"13"`
	Body struct {
		Minutes int    `json:"minutes" minimum:"1" maximum:"1440" doc:"To take off"`
		Note    string `json:"note,omitempty" maxLength:"4000"`
	}
}

func (h *Handlers) correct(ctx context.Context, in *correctIn) (*entryOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	made, err := h.Work.Correct(ctx, actor(ctx), id, in.Body.Minutes, in.Body.Note)
	if err != nil {
		return nil, err
	}
	return h.oneEntry(ctx, made)
}

type quoteOut struct {
	Body struct {
		Coverage    string `json:"coverage"`
		Charged     int    `json:"chargedMinutes"`
		Priced      bool   `json:"priced"`
		Amount      Amount `json:"amount"`
		Explanation string `json:"explanation"`
	}
}

func (h *Handlers) quote(ctx context.Context, in *newEntryIn) (*quoteOut, error) {
	d, err := in.Body.draft()
	if err != nil {
		return nil, err
	}
	if d.Person == 0 {
		d.Person = access.From(ctx).User
	}
	e, err := h.Work.Quote(ctx, d, 0)
	if worklog.NotYet(err) {
		err = fault.NewInvalid("Say client, kind of work, day and minutes.")
	}
	if err != nil {
		return nil, err
	}
	out := &quoteOut{}
	out.Body.Coverage, out.Body.Charged, out.Body.Priced = e.Coverage.String(), e.Price.Billed, e.Price.Found
	out.Body.Amount, out.Body.Explanation = amount(e.Price.Minor, e.Price.Currency), worklog.Explain(locale.From(ctx), e)
	return out, nil
}

// Bill says where an entry or item was billed.
type Bill struct {
	ID      string `json:"id" maxLength:"13"`
	Kind    string `json:"kind" enum:"entry,item"`
	Invoice string `json:"invoice" minLength:"1" maxLength:"200"`
	Line    string `json:"line" minLength:"1" maxLength:"200"`
}

type billedIn struct {
	Body struct {
		Work []Bill `json:"work" minItems:"1" maxItems:"1000"`
	}
}

func (h *Handlers) billed(ctx context.Context, in *billedIn) (*empty, error) {
	var list []worklog.Bill
	for _, w := range in.Body.Work {
		id, err := known(w.ID)
		if err != nil {
			return nil, err
		}
		list = append(list, worklog.Bill{ID: id, Item: w.Kind == "item", Invoice: w.Invoice, Line: w.Line})
	}
	return &empty{}, h.Work.MarkBilled(ctx, list)
}
