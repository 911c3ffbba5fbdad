// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"

	"mainstay/kit/api"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/worklog"
)

// Item is material, an expense or kilometres on the wire. Numbers with decimals are texts.
type Item struct {
	ID         string  `json:"id"`
	Kind       string  `json:"kind" enum:"material,expense,mileage"`
	Person     string  `json:"person"`
	PersonName string  `json:"personName"`
	Client     string  `json:"client"`
	Ticket     *Ticket `json:"ticket,omitempty"`
	Day        string  `json:"day"`
	Note       string  `json:"note,omitempty"`
	Quantity   string  `json:"quantity"`
	Price      string  `json:"price" doc:"Of one, net"`
	Cost       string  `json:"cost" doc:"What the firm paid for one"`
	Amount     Amount  `json:"amount"`
	Coverage   string  `json:"coverage" enum:"free,billable"`
	State      string  `json:"state" enum:"open,submitted,approved,billed"`
	Invoice    string  `json:"invoice,omitempty"`
	Line       string  `json:"line,omitempty"`
	Version    int64   `json:"version"`
}

// ItemInput is what a caller sends of an item.
type ItemInput struct {
	Kind     string `json:"kind" enum:"material,expense,mileage"`
	Person   string `json:"person,omitempty" maxLength:"13"`
	Client   string `json:"client,omitempty" maxLength:"13"`
	Ticket   string `json:"ticket,omitempty" maxLength:"13"`
	Day      string `json:"day" doc:"2006-01-02"`
	Note     string `json:"note,omitempty" maxLength:"4000"`
	Quantity string `json:"quantity" doc:"Such as 2 or 37.5"`
	Price    string `json:"price,omitempty" doc:"Of one, net; kilometres without take that of the rate card"`
	Cost     string `json:"cost,omitempty"`
	Currency string `json:"currency,omitempty" maxLength:"3" doc:"Left out: that of the rate card, else the firm's"`
	Free     bool   `json:"free,omitempty"`
}

func wireItem(it worklog.Item) Item {
	return Item{
		ID: it.ID.String(), Kind: it.Kind.String(), Person: it.Person.String(), PersonName: it.Name, Client: it.Client.String(), Ticket: ticketOf(it.Ticket), Day: it.Day.String(), Note: it.Note,
		Quantity: it.Quantity.String(), Price: it.Price.String(), Cost: it.Cost.String(), Amount: amount(it.Minor, it.Currency), Coverage: it.Coverage.String(), State: it.State.String(),
		Invoice: it.Invoice, Line: it.Line, Version: it.Version,
	}
}

func (in ItemInput) draft() (d worklog.ItemDraft, err error) {
	d = worklog.ItemDraft{Note: in.Note, Priced: in.Price != "", Currency: money.Currency(in.Currency), Free: in.Free}
	var ok bool
	if d.Kind, ok = worklog.ParseItemKind(in.Kind); !ok {
		return d, fault.NewInvalid("There is no such kind of item.").On("kind")
	}
	for _, x := range []struct {
		into        *ids.ID
		text, field string
	}{{&d.Person, in.Person, "person"}, {&d.Client, in.Client, "client"}, {&d.Ticket, in.Ticket, "ticket"}} {
		if *x.into, err = optional(x.text, x.field); err != nil {
			return d, err
		}
	}
	if d.Day, err = dayOf(in.Day, "day"); err != nil {
		return d, err
	}
	for _, x := range []struct {
		into        *money.Decimal
		text, field string
	}{{&d.Quantity, in.Quantity, "quantity"}, {&d.Price, in.Price, "price"}, {&d.Cost, in.Cost, "cost"}} {
		if *x.into, err = worklog.ParseDecimal(x.text, x.field); err != nil {
			return d, err
		}
	}
	return d, nil
}

type itemsOut struct {
	Body struct {
		Items []Item `json:"items"`
		Next  string `json:"next,omitempty" doc:"Cursor of the next page; absent on the last"`
	}
}

type itemOut struct {
	ETag string `header:"ETag"`
	Body Item
}

type newItemIn struct{ Body ItemInput }

type changeItemIn struct {
	VersionedIn
	Body ItemInput
}

func (h *Handlers) listItems(ctx context.Context, in *filterIn) (*itemsOut, error) {
	q, err := in.query()
	if err != nil {
		return nil, err
	}
	p, err := h.Work.Items(ctx, scope(ctx), q)
	if err != nil {
		return nil, err
	}
	out := &itemsOut{}
	out.Body.Items, out.Body.Next = make([]Item, 0, len(p.Rows)), p.Next
	for _, it := range p.Rows {
		out.Body.Items = append(out.Body.Items, wireItem(it))
	}
	return out, nil
}

func (h *Handlers) oneItem(ctx context.Context, id ids.ID) (*itemOut, error) {
	it, err := h.Work.Item(ctx, scope(ctx), id)
	if err != nil {
		return nil, err
	}
	return &itemOut{ETag: api.ETag(it.Version), Body: wireItem(it)}, nil
}

func (h *Handlers) getItem(ctx context.Context, in *oneIn) (*itemOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	return h.oneItem(ctx, id)
}

func (h *Handlers) createItem(ctx context.Context, in *newItemIn) (*itemOut, error) {
	d, err := in.Body.draft()
	if err != nil {
		return nil, err
	}
	id, err := h.Work.CreateItem(ctx, actor(ctx), d)
	if err != nil {
		return nil, err
	}
	return h.oneItem(ctx, id)
}

func (h *Handlers) updateItem(ctx context.Context, in *changeItemIn) (*itemOut, error) {
	id, version, err := in.at()
	if err != nil {
		return nil, err
	}
	d, err := in.Body.draft()
	if err != nil {
		return nil, err
	}
	if err := h.Work.UpdateItem(ctx, actor(ctx), id, version, d); err != nil {
		return nil, err
	}
	return h.oneItem(ctx, id)
}

func (h *Handlers) deleteItem(ctx context.Context, in *VersionedIn) (*empty, error) {
	id, version, err := in.at()
	if err != nil {
		return nil, err
	}
	return &empty{}, h.Work.DeleteItem(ctx, actor(ctx), id, version)
}
