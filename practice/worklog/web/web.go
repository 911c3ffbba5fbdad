// SPDX-License-Identifier: Apache-2.0

// Package web has the pages of the work: the week, the timer, entries, items, what is unbilled, approval and rates.
package web

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/practice/worklog"
)

// Handlers serve the pages of the work.
type Handlers struct {
	Work *worklog.Service
	// Left says what is left of the allowance that an entry draws on, in the reader's language. nil = nobody can say.
	Left func(ctx context.Context, e worklog.Entry) (string, error)
}

// Mount registers the pages with their permissions.
func (h *Handlers) Mount(r *access.Router) {
	on := func(pattern string, need access.Permission, f func(http.ResponseWriter, *http.Request) error) {
		r.Handle(pattern, need, page.Handler(f))
	}
	on("GET /time", access.WorklogRead, h.week)
	on("POST /time/week/submit", access.WorklogWrite, h.submit)
	on("GET /time/approval", access.WorklogApprove, h.approval)
	on("POST /time/week/approve", access.WorklogApprove, h.approve)
	on("POST /time/week/return", access.WorklogApprove, h.sendBack)
	on("GET /time/timer", access.WorklogWrite, h.timer)
	on("POST /time/timer/start", access.WorklogWrite, h.startTimer)
	on("POST /time/timer/stop", access.WorklogWrite, h.stopTimer)
	on("POST /time/timer/drop", access.WorklogWrite, h.dropTimer)
	on("GET /time/entries", access.WorklogRead, h.entries)
	on("GET /time/entries/export.csv", access.Export, h.exportEntries)
	on("GET /time/entries/new", access.WorklogWrite, h.newEntry)
	on("POST /time/entries/new", access.WorklogWrite, h.createEntry)
	on("GET /time/quote", access.WorklogWrite, h.quote)
	on("GET /time/entries/{entry}", access.WorklogRead, h.entry)
	on("POST /time/entries/{entry}", access.WorklogWrite, h.saveEntry)
	on("POST /time/entries/{entry}/delete", access.WorklogWrite, h.deleteEntry)
	on("POST /time/entries/{entry}/correct", access.WorklogApprove, h.correct)
	on("GET /time/items", access.WorklogRead, h.items)
	on("GET /time/items/export.csv", access.Export, h.exportItems)
	on("GET /time/items/new", access.WorklogWrite, h.newItem)
	on("POST /time/items/new", access.WorklogWrite, h.createItem)
	on("GET /time/items/{item}", access.WorklogRead, h.item)
	on("POST /time/items/{item}", access.WorklogWrite, h.saveItem)
	on("POST /time/items/{item}/delete", access.WorklogWrite, h.deleteItem)
	on("GET /time/unbilled", access.WorklogRead, h.unbilled)
	on("GET /time/unbilled/export.csv", access.Export, h.exportUnbilled)
	on("GET /time/report", access.WorklogRead, h.report)
	on("GET /time/report.csv", access.Export, h.exportReport)
	on("GET /time/rates", access.WorklogRead, h.rates)
	on("GET /time/rates/new", access.WorklogRates, h.newCard)
	on("POST /time/rates/new", access.WorklogRates, h.createCard)
	on("GET /time/rates/{card}", access.WorklogRates, h.card)
	on("POST /time/rates/{card}", access.WorklogRates, h.saveCard)
	on("POST /time/rates/{card}/delete", access.WorklogRates, h.deleteCard)
	on("GET /time/types/new", access.WorklogRates, h.newType)
	on("POST /time/types/new", access.WorklogRates, h.createType)
	on("GET /time/types/{type}", access.WorklogRates, h.workType)
	on("POST /time/types/{type}", access.WorklogRates, h.saveType)
}

func may(ctx context.Context, p access.Permission) bool { return access.From(ctx).May(p) }

func scope(r *http.Request) access.Scope { return access.From(r.Context()).Scope() }

// actor is the caller; who approves may act on everybody's work.
func actor(ctx context.Context) worklog.Actor {
	id := access.From(ctx)
	return worklog.Actor{ID: id.User, Name: id.Name, Others: id.May(access.WorklogApprove)}
}

func pathID(r *http.Request, name string) (ids.ID, error) {
	id, err := ids.Parse(r.PathValue(name))
	if err != nil {
		return 0, fault.NewNotFound("There is no page at this address.").Because(err)
	}
	return id, nil
}

// idOf reads an id of a form or an address; none or a damaged one is 0.
func idOf(s string) ids.ID {
	id, _ := ids.Parse(s)
	return id
}

// dayOf reads a day; an empty text is NoDate.
func dayOf(s, field string) (civil.Date, error) {
	if s == "" {
		return civil.NoDate, nil
	}
	d, err := civil.Parse(s)
	if err != nil {
		return d, fault.NewInvalid("%q is not a day.", s).On(field)
	}
	return d, nil
}

// ticketOf reads the number of a ticket, with or without a sign before it.
func ticketOf(s string) (int64, error) {
	s = strings.TrimLeft(strings.TrimSpace(s), "#")
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 {
		return 0, fault.NewInvalid("Enter the number of the ticket.").On("ticket")
	}
	return n, nil
}

// lists are what the forms and tables name things by.
type lists struct {
	clients, people []worklog.Choice
	types           []worklog.Type
	name            map[ids.ID]string // of clients
	kind            map[ids.ID]worklog.Type
}

func (h *Handlers) lists(ctx context.Context) (l lists, err error) {
	if l.clients, err = h.Work.Clients(ctx); err != nil {
		return l, err
	}
	if l.people, err = h.Work.People(ctx); err != nil {
		return l, err
	}
	if l.types, err = h.Work.Types(ctx); err != nil {
		return l, err
	}
	l.name, l.kind = make(map[ids.ID]string, len(l.clients)), make(map[ids.ID]worklog.Type, len(l.types))
	for _, c := range l.clients {
		l.name[c.ID] = c.Name
	}
	for _, t := range l.types {
		l.kind[t.ID] = t
	}
	return l, nil
}

func (l lists) typeName(ctx context.Context, id ids.ID) string {
	return l.kind[id].In(locale.From(ctx))
}

func choose(first string, list []worklog.Choice) []page.Option {
	out := []page.Option{{Label: first}}
	for _, c := range list {
		out = append(out, page.Option{Value: c.ID.String(), Label: c.Name, Data: true})
	}
	return out
}

// chooseType offers the kinds of work that are not archived, and the one that is chosen.
func (l lists) chooseType(ctx context.Context, chosen string, first string) []page.Option {
	var out []page.Option
	if first != "" {
		out = append(out, page.Option{Label: first})
	}
	for _, t := range l.types {
		if !t.Archived || t.ID.String() == chosen {
			out = append(out, page.Option{Value: t.ID.String(), Label: t.In(locale.From(ctx)), Data: t.Code == ""})
		}
	}
	return out
}

// tabs are the views of the work.
func tabs(ctx context.Context, current string) page.Tabs {
	out := page.Tabs{Label: locale.T(ctx, "Time")}
	for _, t := range []struct {
		href, label string
		need        access.Permission
	}{
		{"/time", locale.T(ctx, "Week"), access.WorklogRead},
		{"/time/entries", locale.T(ctx, "Entries"), access.WorklogRead},
		{"/time/items", locale.T(ctx, "Materials and trips"), access.WorklogRead},
		{"/time/unbilled", locale.T(ctx, "Unbilled"), access.WorklogRead},
		{"/time/report", locale.T(ctx, "Figures"), access.WorklogRead},
		{"/time/approval", locale.T(ctx, "Approval"), access.WorklogApprove},
		{"/time/rates", locale.T(ctx, "Rates"), access.WorklogRead},
	} {
		if may(ctx, t.need) {
			out.Items = append(out.Items, page.Tab{Label: t.label, Href: t.href, Current: t.href == current})
		}
	}
	return out
}

func crumbs(ctx context.Context) []page.Crumb {
	return []page.Crumb{{Label: locale.T(ctx, "Time"), Href: "/time"}}
}

func stateName(ctx context.Context, s worklog.State) string {
	switch s {
	case worklog.Open:
		return locale.T(ctx, "work::Open")
	case worklog.Submitted:
		return locale.T(ctx, "Submitted")
	case worklog.Approved:
		return locale.T(ctx, "Approved")
	}
	return locale.T(ctx, "Billed")
}

func stateBadge(ctx context.Context, s worklog.State) page.Badge {
	tone := map[worklog.State]page.Tone{worklog.Submitted: page.Info, worklog.Approved: page.Good, worklog.Billed: page.Accent}[s]
	return page.Badge{Text: stateName(ctx, s), Tone: tone}
}

func coverageName(ctx context.Context, c worklog.Coverage) string {
	switch c {
	case worklog.Free:
		return locale.T(ctx, "Free")
	case worklog.Billable:
		return locale.T(ctx, "Billable")
	case worklog.Prepaid:
		return locale.T(ctx, "Prepaid")
	}
	return locale.T(ctx, "Agreement")
}

func itemName(ctx context.Context, k worklog.ItemKind) string {
	switch k {
	case worklog.Material:
		return locale.T(ctx, "Material")
	case worklog.Expense:
		return locale.T(ctx, "Expense")
	}
	return locale.T(ctx, "Kilometres")
}

// again shows a form with what was typed; faults that no field can mend become their error page.
func mendable(err error) bool {
	return fault.Is(err, fault.Invalid) || fault.Is(err, fault.Conflict)
}

func good(w http.ResponseWriter, r *http.Request, text, to string) error {
	page.SetFlash(w, r, page.Flash{Kind: page.Good, Text: text})
	return page.Redirect(w, r, to)
}

// address is a path with the parameters that are set.
func address(path string, pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

func idText(id ids.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}
