// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/books"
)

// Source says where a row stands.
type Source struct {
	Import string `json:"import" doc:"Id of the import that brought the row first"`
	File   string `json:"file" doc:"Name of the file or of the table in it"`
	Line   int64  `json:"line" doc:"Line of the file or row of the sheet, from 1"`
}

// Line is an invoice line, net of tax.
type Line struct {
	Client     string `json:"client,omitempty" doc:"Id of the client"`
	ClientName string `json:"clientName,omitempty"`
	Day        string `json:"day,omitempty" doc:"2006-01-02"`
	Document   string `json:"document,omitempty"`
	Text       string `json:"text,omitempty"`
	Minor      int64  `json:"minor" doc:"Net amount in the smallest unit of the currency; a credit is negative"`
	Currency   string `json:"currency,omitempty"`
	Source     Source `json:"source"`
}

// Ticket is a ticket.
type Ticket struct {
	Client     string     `json:"client,omitempty" doc:"Id of the client"`
	ClientName string     `json:"clientName,omitempty"`
	Number     string     `json:"number,omitempty"`
	Subject    string     `json:"subject,omitempty"`
	Opened     *time.Time `json:"opened,omitempty"`
	Solved     *time.Time `json:"solved,omitempty"`
	Channel    string     `json:"channel,omitempty" doc:"What the export says of how it came in"`
	StartedBy  string     `json:"startedBy" enum:"client,monitor,planned,technician,unknown"`
	Source     Source     `json:"source"`
}

// Hours is a time entry.
type Hours struct {
	Client     string `json:"client,omitempty" doc:"Id of the client"`
	ClientName string `json:"clientName,omitempty"`
	Day        string `json:"day,omitempty" doc:"2006-01-02"`
	Person     string `json:"person,omitempty"`
	Text       string `json:"text,omitempty"`
	Minutes    int64  `json:"minutes"`
	Work       string `json:"work" enum:"reactive,planned,unknown"`
	Billable   *bool  `json:"billable,omitempty" doc:"Absent where the export does not say"`
	Minor      int64  `json:"minor,omitempty" doc:"Amount billed, in the smallest unit of the currency"`
	Currency   string `json:"currency,omitempty"`
	Source     Source `json:"source"`
}

type rowsIn struct {
	Client string `query:"client" maxLength:"13" doc:"Id of a client"`
	From   string `query:"from" maxLength:"7" doc:"First month, 2006-01"`
	To     string `query:"to" maxLength:"7" doc:"Last month, 2006-01"`
	Import string `query:"import" maxLength:"13" doc:"Id of an import"`
	Q      string `query:"q" maxLength:"200" doc:"Part of the text"`
	After  string `query:"after" maxLength:"100" doc:"Cursor: the value of next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"50"`
}

type linesOut struct {
	Body struct {
		Lines []Line `json:"lines"`
		Next  string `json:"next,omitempty" doc:"Cursor of the next page; absent on the last"`
	}
}

type ticketsOut struct {
	Body struct {
		Tickets []Ticket `json:"tickets"`
		Next    string   `json:"next,omitempty" doc:"Cursor of the next page; absent on the last"`
	}
}

type hoursOut struct {
	Body struct {
		Hours []Hours `json:"hours"`
		Next  string  `json:"next,omitempty" doc:"Cursor of the next page; absent on the last"`
	}
}

func (h *Handlers) lines(ctx context.Context, in *rowsIn) (*linesOut, error) {
	p, err := h.browse(ctx, books.KindLines, in)
	if err != nil {
		return nil, err
	}
	out := &linesOut{}
	out.Body.Lines, out.Body.Next = make([]Line, 0, len(p.Rows)), p.Next
	for _, r := range p.Rows {
		out.Body.Lines = append(out.Body.Lines, Line{
			Client: clientID(r), ClientName: r.ClientName, Day: r.Day.String(), Document: r.Ref, Text: r.Text, Minor: r.Minor, Currency: string(r.Currency), Source: source(r),
		})
	}
	return out, nil
}

func (h *Handlers) tickets(ctx context.Context, in *rowsIn) (*ticketsOut, error) {
	p, err := h.browse(ctx, books.KindTickets, in)
	if err != nil {
		return nil, err
	}
	out := &ticketsOut{}
	out.Body.Tickets, out.Body.Next = make([]Ticket, 0, len(p.Rows)), p.Next
	for _, r := range p.Rows {
		out.Body.Tickets = append(out.Body.Tickets, Ticket{
			Client: clientID(r), ClientName: r.ClientName, Number: r.Ref, Subject: r.Text, Opened: instant(r.Opened), Solved: instant(r.Solved),
			Channel: r.Channel, StartedBy: r.Origin.String(), Source: source(r),
		})
	}
	return out, nil
}

func (h *Handlers) hours(ctx context.Context, in *rowsIn) (*hoursOut, error) {
	p, err := h.browse(ctx, books.KindHours, in)
	if err != nil {
		return nil, err
	}
	out := &hoursOut{}
	out.Body.Hours, out.Body.Next = make([]Hours, 0, len(p.Rows)), p.Next
	for _, r := range p.Rows {
		x := Hours{
			Client: clientID(r), ClientName: r.ClientName, Day: r.Day.String(), Person: r.Person, Text: r.Text, Minutes: r.Minutes,
			Work: map[int8]string{1: "reactive", -1: "planned"}[r.Reactive], Minor: r.Minor, Currency: string(r.Currency), Source: source(r),
		}
		if x.Work == "" {
			x.Work = "unknown"
		}
		if r.Billable != 0 {
			yes := r.Billable > 0
			x.Billable = &yes
		}
		out.Body.Hours = append(out.Body.Hours, x)
	}
	return out, nil
}

func (h *Handlers) browse(ctx context.Context, k books.Kind, in *rowsIn) (p books.RowPage, err error) {
	q := books.RowQuery{Kind: k, Text: in.Q, After: in.After, Limit: in.Limit}
	for _, x := range []struct {
		text string
		to   *ids.ID
		name string
	}{{in.Client, &q.Client, "client"}, {in.Import, &q.Import, "import"}} {
		if x.text == "" {
			continue
		}
		if *x.to, err = ids.Parse(x.text); err != nil {
			return p, fault.NewInvalid("%q is not an id.", x.text).On(x.name).Because(err)
		}
	}
	for _, x := range []struct {
		text string
		to   *civil.Month
		name string
	}{{in.From, &q.From, "from"}, {in.To, &q.To, "to"}} {
		if x.text == "" {
			continue
		}
		t, err := time.Parse("2006-01", x.text)
		if err != nil {
			return p, fault.NewInvalid("%q is not a month such as 2024-03.", x.text).On(x.name).Because(err)
		}
		*x.to = civil.DateOf(t).Month()
	}
	return h.Books.Browse(ctx, q)
}

func clientID(r books.BookRow) string {
	if r.Client == 0 {
		return ""
	}
	return r.Client.String()
}

func source(r books.BookRow) Source { return Source{r.Import.String(), r.File, r.Number} }

func instant(micros int64) *time.Time {
	if micros == 0 {
		return nil
	}
	t := time.UnixMicro(micros).UTC()
	return &t
}
