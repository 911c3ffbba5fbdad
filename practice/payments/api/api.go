// SPDX-License-Identifier: Apache-2.0

// Package api has the JSON operations of payments.
package api

import (
	"context"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/payments"
	"mainstay/practice/payments/match"
)

// Handlers serve the operations.
type Handlers struct{ Payments *payments.Service }

// Mount registers the operations.
func (h *Handlers) Mount(a *api.API) {
	read, write := access.BillingRead, access.PaymentsWrite
	api.Register(a, "GET", "/payments", read, "list-payments", "List payments, newest first", h.list)
	api.Register(a, "POST", "/payments", write, "create-payment", "Book a payment", h.create)
	api.Register(a, "GET", "/payments/{id}", read, "get-payment", "Get a payment with what it pays", h.get)
	api.Register(a, "POST", "/payments/{id}/allocate", write, "allocate-payment", "Give what is left of a payment to invoices", h.allocate)
	api.Register(a, "POST", "/payments/{id}/undo", write, "undo-payment", "Take a payment back", h.undo)
	api.Register(a, "GET", "/bank-bookings", read, "list-bank-bookings", "List the bookings of bank files that wait for a decision, with what they may be", h.bookings)
	api.Register(a, "GET", "/ageing", read, "get-ageing", "Say what was owed at the end of a day, by client and by how late it is", h.ageing)
}

type nothing struct{}

// Allocation is what of a payment goes to an invoice.
type Allocation struct {
	Invoice string `json:"invoice" doc:"Id"`
	Amount  string `json:"amount" doc:"Decimal with a point"`
}

// Payment is money that came in, or went back where the amount is below 0.
type Payment struct {
	ID          string       `json:"id"`
	Version     int64        `json:"version"`
	Client      string       `json:"client" doc:"Id of the client"`
	Day         civil.Date   `json:"day"`
	Amount      string       `json:"amount" doc:"Decimal with a point"`
	Left        string       `json:"left" doc:"What of it belongs to no invoice"`
	Currency    string       `json:"currency"`
	Method      string       `json:"method" enum:"bank,cash,cheque,card,debit,stripe,other"`
	Reference   string       `json:"reference,omitempty"`
	Note        string       `json:"note,omitempty"`
	Undone      bool         `json:"undone"`
	Allocations []Allocation `json:"allocations,omitempty" doc:"Given for one payment"`
}

func show(p payments.Payment, held []match.Allocation) Payment {
	m := func(n int64) string { return money.FormatMinor(n, p.Currency.Digits()) }
	out := Payment{
		ID: p.ID.String(), Version: p.Version, Client: p.Client.String(), Day: p.Day, Amount: m(p.Minor), Left: m(p.Left), Currency: string(p.Currency), Method: string(p.Method), Reference: p.Reference, Note: p.Note, Undone: p.Undone,
	}
	for _, a := range held {
		out.Allocations = append(out.Allocations, Allocation{a.Invoice.String(), m(a.Amount)})
	}
	return out
}

func idOf(s, field string) (ids.ID, error) {
	if s == "" {
		return 0, nil
	}
	id, err := ids.Parse(s)
	if err != nil {
		return 0, fault.NewInvalid("%q is not one of the choices.", s).On(field).Because(err)
	}
	return id, nil
}

func minorOf(s, field string, c money.Currency) (int64, error) {
	d, err := money.ParseDecimal(strings.TrimSpace(s))
	if err != nil || int(d.Scale) > c.Digits() {
		return 0, fault.NewInvalid("%[1]q is no amount in %[2]s.", s, string(c)).On(field)
	}
	return d.Round(c.Digits())
}

func given(list []Allocation, c money.Currency) ([]match.Allocation, error) {
	var out []match.Allocation
	for _, a := range list {
		id, err := idOf(a.Invoice, "allocations")
		if err != nil {
			return nil, err
		}
		n, err := minorOf(a.Amount, "allocations", c)
		if err != nil {
			return nil, err
		}
		out = append(out, match.Allocation{Invoice: id, Amount: n})
	}
	return out, nil
}

type listIn struct {
	Client string `query:"client" maxLength:"13"`
	After  string `query:"after" maxLength:"13" doc:"Cursor: next of the page before"`
	Left   bool   `query:"left" doc:"Only those of which something belongs to no invoice"`
	Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

type listOut struct {
	Body struct {
		Payments []Payment `json:"payments"`
		Next     string    `json:"next,omitempty"`
	}
}

func (h *Handlers) list(ctx context.Context, in *listIn) (*listOut, error) {
	q := payments.Query{Left: in.Left, Limit: in.Limit}
	var err error
	if q.Client, err = idOf(in.Client, "client"); err != nil {
		return nil, err
	}
	if q.After, err = idOf(in.After, "after"); err != nil {
		return nil, err
	}
	list, err := h.Payments.List(ctx, q)
	if err != nil {
		return nil, err
	}
	out := &listOut{}
	out.Body.Payments = []Payment{}
	for _, p := range list.Rows {
		out.Body.Payments = append(out.Body.Payments, show(p, nil))
	}
	if list.Next != 0 {
		out.Body.Next = list.Next.String()
	}
	return out, nil
}

type oneIn struct {
	ID string `path:"id" maxLength:"13"`
}

type oneOut struct{ Body Payment }

func (h *Handlers) one(ctx context.Context, id ids.ID) (*oneOut, error) {
	p, list, err := h.Payments.Payment(ctx, id)
	if err != nil {
		return nil, err
	}
	return &oneOut{show(p, payments.Held(list))}, nil
}

func (h *Handlers) get(ctx context.Context, in *oneIn) (*oneOut, error) {
	id, err := idOf(in.ID, "id")
	if err != nil {
		return nil, err
	}
	return h.one(ctx, id)
}

type createIn struct {
	Body struct {
		Client      string       `json:"client" minLength:"1" maxLength:"13"`
		Day         civil.Date   `json:"day"`
		Amount      string       `json:"amount" minLength:"1" maxLength:"20"`
		Currency    string       `json:"currency" minLength:"3" maxLength:"3"`
		Method      string       `json:"method" enum:"bank,cash,cheque,card,debit,other"`
		Reference   string       `json:"reference,omitempty" maxLength:"300"`
		Note        string       `json:"note,omitempty" maxLength:"2000"`
		Allocations []Allocation `json:"allocations,omitempty" maxItems:"500"`
	}
}

func (h *Handlers) create(ctx context.Context, in *createIn) (*oneOut, error) {
	b := in.Body
	e := payments.Entry{Day: b.Day, Currency: money.Currency(b.Currency), Method: payments.Method(b.Method), Reference: b.Reference, Note: b.Note}
	var err error
	if e.Client, err = idOf(b.Client, "client"); err != nil {
		return nil, err
	}
	if e.Minor, err = minorOf(b.Amount, "amount", e.Currency); err != nil {
		return nil, err
	}
	if e.Allocations, err = given(b.Allocations, e.Currency); err != nil {
		return nil, err
	}
	id, err := h.Payments.Record(ctx, e)
	if err != nil {
		return nil, err
	}
	return h.one(ctx, id)
}

type allocateIn struct {
	ID   string `path:"id" maxLength:"13"`
	Body struct {
		Allocations []Allocation `json:"allocations" minItems:"1" maxItems:"500"`
	}
}

func (h *Handlers) allocate(ctx context.Context, in *allocateIn) (*oneOut, error) {
	id, err := idOf(in.ID, "id")
	if err != nil {
		return nil, err
	}
	p, _, err := h.Payments.Payment(ctx, id)
	if err != nil {
		return nil, err
	}
	list, err := given(in.Body.Allocations, p.Currency)
	if err != nil {
		return nil, err
	}
	if err := h.Payments.Allocate(ctx, id, list); err != nil {
		return nil, err
	}
	return h.one(ctx, id)
}

type undoIn struct {
	ID   string `path:"id" maxLength:"13"`
	Body struct {
		Why string `json:"why,omitempty" maxLength:"300"`
	}
}

func (h *Handlers) undo(ctx context.Context, in *undoIn) (*nothing, error) {
	id, err := idOf(in.ID, "id")
	if err != nil {
		return nil, err
	}
	return nil, h.Payments.Undo(ctx, id, in.Body.Why)
}

// Booking is a booking on a bank account that waits for a decision.
type Booking struct {
	ID       string       `json:"id"`
	Day      civil.Date   `json:"day"`
	Amount   string       `json:"amount" doc:"Decimal with a point; below 0 went out"`
	Currency string       `json:"currency"`
	Name     string       `json:"name,omitempty"`
	Text     string       `json:"text,omitempty"`
	Certain  bool         `json:"certain" doc:"The proposal leaves no doubt"`
	Proposal []Allocation `json:"proposal,omitempty"`
}

type bookingsOut struct {
	Body struct {
		Bookings []Booking `json:"bookings"`
		More     bool      `json:"more" doc:"There are more than are shown"`
	}
}

func (h *Handlers) bookings(ctx context.Context, _ *nothing) (*bookingsOut, error) {
	r, err := h.Payments.Review(ctx)
	if err != nil {
		return nil, err
	}
	out := &bookingsOut{}
	out.Body.Bookings, out.Body.More = []Booking{}, r.More
	for _, p := range r.Proposals {
		m := func(n int64) string { return money.FormatMinor(n, p.Currency.Digits()) }
		b := Booking{ID: p.ID.String(), Day: p.Day, Amount: m(p.Minor), Currency: string(p.Currency), Name: p.Name, Text: p.Text, Certain: p.Certain}
		if len(p.Matches) > 0 {
			for _, a := range p.Matches[0].Allocations {
				b.Proposal = append(b.Proposal, Allocation{a.Invoice.String(), m(a.Amount)})
			}
		}
		out.Body.Bookings = append(out.Body.Bookings, b)
	}
	return out, nil
}

type ageingIn struct {
	Day    string `query:"day" maxLength:"10" doc:"Such as 2026-03-31; today where it is missing"`
	Client string `query:"client" maxLength:"13"`
}

// Owed is what a client owes in one currency.
type Owed struct {
	Client   string    `json:"client" doc:"Id of the client"`
	Currency string    `json:"currency"`
	NotDue   string    `json:"not_due"`
	Late     [4]string `json:"late" doc:"1–30, 31–60, 61–90 and more than 90 days late"`
	Credit   string    `json:"credit" doc:"0 or below"`
	Total    string    `json:"total"`
	Invoices int       `json:"invoices"`
}

type ageingOut struct {
	Body struct {
		Day     civil.Date `json:"day"`
		Clients []Owed     `json:"clients"`
	}
}

func (h *Handlers) ageing(ctx context.Context, in *ageingIn) (*ageingOut, error) {
	day := h.Payments.Today()
	if in.Day != "" {
		var err error
		if day, err = civil.Parse(in.Day); err != nil {
			return nil, fault.NewInvalid("%q is not a day.", in.Day).On("day").Because(err)
		}
	}
	client, err := idOf(in.Client, "client")
	if err != nil {
		return nil, err
	}
	a, err := h.Payments.Ageing(ctx, day, client)
	if err != nil {
		return nil, err
	}
	out := &ageingOut{}
	out.Body.Day, out.Body.Clients = day, []Owed{}
	for _, r := range a.Rows {
		m := func(n int64) string { return money.FormatMinor(n, r.Currency.Digits()) }
		out.Body.Clients = append(out.Body.Clients, Owed{
			Client: r.Client.String(), Currency: string(r.Currency), NotDue: m(r.Days[0]), Late: [4]string{m(r.Days[1]), m(r.Days[2]), m(r.Days[3]), m(r.Days[4])}, Credit: m(r.Credit), Total: m(r.Total()), Invoices: r.Invoices,
		})
	}
	return out, nil
}
