// SPDX-License-Identifier: Apache-2.0

// Package api has the JSON operations of the work: entries, items, the timer, weeks, kinds of work, rate cards and what is
// unbilled.
package api

import (
	"context"

	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/worklog"
)

// Handlers serve the operations.
type Handlers struct{ Work *worklog.Service }

// Mount registers the operations.
func (h *Handlers) Mount(a *api.API) {
	read, write, approve, rates := access.WorklogRead, access.WorklogWrite, access.WorklogApprove, access.WorklogRates
	api.Register(a, "GET", "/time/entries", read, "list-time-entries", "List time entries by day", h.listEntries)
	api.Register(a, "POST", "/time/entries", write, "create-time-entry", "Enter time", h.createEntry)
	api.Register(a, "GET", "/time/entries/{id}", read, "get-time-entry", "Get a time entry", h.getEntry)
	api.Register(a, "PUT", "/time/entries/{id}", write, "update-time-entry", "Change a time entry that is not approved", h.updateEntry)
	api.Register(a, "DELETE", "/time/entries/{id}", write, "delete-time-entry", "Delete a time entry that is not approved", h.deleteEntry)
	api.Register(a, "POST", "/time/entries/{id}/correction", approve, "correct-time-entry", "Take minutes off a billed time entry by a new one", h.correct)
	api.Register(a, "POST", "/time/quote", read, "quote-time", "Say what work would come to, and why", h.quote)
	api.Register(a, "POST", "/time/billed", approve, "mark-work-billed", "Note where approved entries and items were billed", h.billed)
	api.Register(a, "GET", "/time/items", read, "list-work-items", "List materials, expenses and kilometres by day", h.listItems)
	api.Register(a, "POST", "/time/items", write, "create-work-item", "Enter material, an expense or kilometres", h.createItem)
	api.Register(a, "GET", "/time/items/{id}", read, "get-work-item", "Get an item", h.getItem)
	api.Register(a, "PUT", "/time/items/{id}", write, "update-work-item", "Change an item that is not approved", h.updateItem)
	api.Register(a, "DELETE", "/time/items/{id}", write, "delete-work-item", "Delete an item that is not approved", h.deleteItem)
	api.Register(a, "GET", "/time/timer", write, "get-timer", "Get one's own running timer", h.timer)
	api.Register(a, "POST", "/time/timer", write, "start-timer", "Start one's own timer", h.startTimer)
	api.Register(a, "POST", "/time/timer/stop", write, "stop-timer", "Stop one's own timer, which makes a time entry", h.stopTimer)
	api.Register(a, "DELETE", "/time/timer", write, "discard-timer", "Discard one's own timer", h.dropTimer)
	api.Register(a, "GET", "/time/weeks", approve, "list-submitted-weeks", "List the weeks that wait for approval", h.weeks)
	api.Register(a, "GET", "/time/weeks/{person}/{day}", read, "get-timesheet", "Get a person's timesheet of the week of a day", h.sheet)
	api.Register(a, "POST", "/time/weeks/{person}/{day}/submit", write, "submit-week", "Submit a person's week", h.submit)
	api.Register(a, "POST", "/time/weeks/{person}/{day}/approve", approve, "approve-week", "Approve a person's week", h.approve)
	api.Register(a, "POST", "/time/weeks/{person}/{day}/return", approve, "return-week", "Send a person's week back", h.sendBack)
	api.Register(a, "GET", "/time/types", read, "list-work-types", "List the kinds of work", h.types)
	api.Register(a, "POST", "/time/types", rates, "create-work-type", "Add a kind of work", h.createType)
	api.Register(a, "PUT", "/time/types/{id}", rates, "update-work-type", "Change a kind of work", h.updateType)
	api.Register(a, "GET", "/time/rates", read, "list-rate-cards", "List the rate cards", h.cards)
	api.Register(a, "POST", "/time/rates", rates, "create-rate-card", "Add a rate card", h.createCard)
	api.Register(a, "GET", "/time/rates/{id}", read, "get-rate-card", "Get a rate card", h.getCard)
	api.Register(a, "PUT", "/time/rates/{id}", rates, "update-rate-card", "Change a rate card", h.updateCard)
	api.Register(a, "DELETE", "/time/rates/{id}", rates, "delete-rate-card", "Delete a rate card", h.deleteCard)
	api.Register(a, "GET", "/time/report", read, "report-time", "Report what was worked, by month and by person, client or kind of work", h.report)
	api.Register(a, "GET", "/time/unbilled", read, "list-unbilled", "List what is billable and not billed, by client and currency", h.unbilled)
}

type nothing struct{}

type empty struct{}

func actor(ctx context.Context) worklog.Actor {
	id := access.From(ctx)
	return worklog.Actor{ID: id.User, Name: id.Name, Others: id.May(access.WorklogApprove)}
}

func scope(ctx context.Context) access.Scope { return access.From(ctx).Scope() }

// known reads the id of a path.
func known(s string) (ids.ID, error) {
	id, err := ids.Parse(s)
	if err != nil {
		return 0, fault.NewNotFound("There is nothing of this id.").Because(err)
	}
	return id, nil
}

// optional reads the id of a field, which may be left out.
func optional(s, field string) (ids.ID, error) {
	if s == "" {
		return 0, nil
	}
	id, err := ids.Parse(s)
	if err != nil {
		return 0, fault.NewInvalid("%q is not an id.", s).On(field).Because(err)
	}
	return id, nil
}

func dayOf(s, field string) (civil.Date, error) {
	if s == "" {
		return civil.NoDate, nil
	}
	d, err := civil.Parse(s)
	if err != nil {
		return d, fault.NewInvalid("%q is not a day of the form 2006-01-02.", s).On(field)
	}
	return d, nil
}

func idText(id ids.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

// Amount is money on the wire.
type Amount struct {
	Minor    int64  `json:"minor" doc:"Whole minor units, such as cents"`
	Currency string `json:"currency"`
}

func amount(minor int64, c money.Currency) Amount { return Amount{minor, string(c)} }

// Ticket is a ticket as work knows it.
type Ticket struct {
	ID      string `json:"id"`
	Number  int64  `json:"number"`
	Subject string `json:"subject"`
}

func ticketOf(t worklog.TicketRef) *Ticket {
	if t.ID == 0 {
		return nil
	}
	return &Ticket{t.ID.String(), t.Number, t.Subject}
}

type oneIn struct {
	ID string `path:"id" maxLength:"13"`
}

// VersionedIn is the address of a change and the version that the caller has seen.
type VersionedIn struct {
	ID      string `path:"id" maxLength:"13"`
	IfMatch string `header:"If-Match" doc:"ETag of the version read"`
}

// at reads the id and the version of a change.
func (in VersionedIn) at() (ids.ID, int64, error) {
	id, err := known(in.ID)
	if err != nil {
		return 0, 0, err
	}
	v, err := api.Version(in.IfMatch)
	return id, v, err
}

// filterIn chooses entries or items.
type filterIn struct {
	Client   string `query:"client" maxLength:"13"`
	Person   string `query:"person" maxLength:"13"`
	Type     string `query:"type" maxLength:"13" doc:"Kind of work; items have none"`
	Ticket   string `query:"ticket" maxLength:"13"`
	State    string `query:"state" enum:"open,submitted,approved,billed"`
	Unbilled bool   `query:"unbilled" doc:"Only what is billable and not billed yet"`
	From     string `query:"from" doc:"First day, 2006-01-02"`
	To       string `query:"to" doc:"Last day, 2006-01-02"`
	Sort     string `query:"sort" enum:"newest,oldest" default:"newest"`
	After    string `query:"after" maxLength:"1000" doc:"Cursor: the value of next of the page before"`
	Limit    int    `query:"limit" minimum:"1" maximum:"1000" default:"50"`
}

func (in filterIn) query() (q worklog.Query, err error) {
	q = worklog.Query{Unbilled: in.Unbilled, Oldest: in.Sort == "oldest", After: in.After, Limit: in.Limit}
	for _, x := range []struct {
		into        *ids.ID
		text, field string
	}{{&q.Client, in.Client, "client"}, {&q.Person, in.Person, "person"}, {&q.Type, in.Type, "type"}, {&q.Ticket, in.Ticket, "ticket"}} {
		if *x.into, err = optional(x.text, x.field); err != nil {
			return q, err
		}
	}
	if s, ok := worklog.ParseState(in.State); ok {
		q.State = &s
	}
	if q.From, err = dayOf(in.From, "from"); err != nil {
		return q, err
	}
	q.To, err = dayOf(in.To, "to")
	return q, err
}
