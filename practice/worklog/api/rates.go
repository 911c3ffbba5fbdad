// SPDX-License-Identifier: Apache-2.0

package api

import (
	"context"

	"mainstay/kit/api"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/practice/worklog"
	"mainstay/practice/worklog/rates"
)

// Type is a kind of work on the wire.
type Type struct {
	ID       string `json:"id,omitempty" readOnly:"true"`
	Code     string `json:"code,omitempty" readOnly:"true" doc:"Of a built-in kind, whose name is translated until it is changed"`
	Name     string `json:"name" minLength:"1" maxLength:"200"`
	Reactive bool   `json:"reactive" doc:"Because something broke or somebody called"`
	Billable bool   `json:"billable" doc:"Unless somebody says otherwise"`
	Archived bool   `json:"archived,omitempty"`
	Version  int64  `json:"version,omitempty" readOnly:"true"`
}

type typesOut struct {
	Body struct {
		Types []Type `json:"types"`
	}
}

type typeOut struct {
	ETag string `header:"ETag"`
	Body Type
}

type newTypeIn struct{ Body Type }

type changeTypeIn struct {
	VersionedIn
	Body Type
}

func (h *Handlers) types(ctx context.Context, _ *nothing) (*typesOut, error) {
	list, err := h.Work.Types(ctx)
	if err != nil {
		return nil, err
	}
	out := &typesOut{}
	for _, t := range list {
		out.Body.Types = append(out.Body.Types, wireType(ctx, t))
	}
	return out, nil
}

func wireType(ctx context.Context, t worklog.Type) Type {
	return Type{t.ID.String(), t.Code, t.In(locale.From(ctx)), t.Reactive, t.Billable, t.Archived, t.Version}
}

func (h *Handlers) oneType(ctx context.Context, id ids.ID) (worklog.Type, error) {
	list, err := h.Work.Types(ctx)
	if err != nil {
		return worklog.Type{}, err
	}
	for _, t := range list {
		if t.ID == id {
			return t, nil
		}
	}
	return worklog.Type{}, fault.NewNotFound("There is no such kind of work.")
}

func (h *Handlers) putType(ctx context.Context, t worklog.Type, in Type) (*typeOut, error) {
	if in.Name != t.In(locale.From(ctx)) {
		t.Name, t.Code = in.Name, ""
	}
	t.Reactive, t.Billable, t.Archived = in.Reactive, in.Billable, in.Archived
	id, err := h.Work.SaveType(ctx, t)
	if err != nil {
		return nil, err
	}
	if t, err = h.oneType(ctx, id); err != nil {
		return nil, err
	}
	return &typeOut{ETag: api.ETag(t.Version), Body: wireType(ctx, t)}, nil
}

func (h *Handlers) createType(ctx context.Context, in *newTypeIn) (*typeOut, error) {
	return h.putType(ctx, worklog.Type{}, in.Body)
}

func (h *Handlers) updateType(ctx context.Context, in *changeTypeIn) (*typeOut, error) {
	id, version, err := in.at()
	if err != nil {
		return nil, err
	}
	t, err := h.oneType(ctx, id)
	if err != nil {
		return nil, err
	}
	t.Version = version
	return h.putType(ctx, t, in.Body)
}

// Card is a rate card on the wire. What is left out of a client's card is as on the firm's.
type Card struct {
	ID        string      `json:"id,omitempty" readOnly:"true"`
	Client    string      `json:"client,omitempty" maxLength:"13" doc:"Left out: the firm's own card"`
	From      string      `json:"from" doc:"First day, 2006-01-02"`
	Name      string      `json:"name" minLength:"1" maxLength:"200"`
	Currency  string      `json:"currency" minLength:"3" maxLength:"3"`
	Hour      *int64      `json:"hour,omitempty" minimum:"0" doc:"Price of an hour in minor units"`
	Step      *int        `json:"step,omitempty" minimum:"0" maximum:"1440" doc:"Minutes to which time is rounded up"`
	MinEntry  *int        `json:"minimumPerEntry,omitempty" minimum:"0" maximum:"1440" doc:"Minutes"`
	MinTicket *int        `json:"minimumPerTicket,omitempty" minimum:"0" maximum:"1440" doc:"Minutes"`
	ByTicket  *bool       `json:"roundByTicket,omitempty" doc:"A ticket's total is rounded, and not each entry"`
	Factor    *int        `json:"outsideHoursPercent,omitempty" minimum:"0" maximum:"1000"`
	Km        string      `json:"kilometre,omitempty" doc:"Price, such as 0.42"`
	Prices    []CardPrice `json:"prices,omitempty" maxItems:"200" doc:"Prices that differ"`
	Version   int64       `json:"version,omitempty" readOnly:"true"`
}

// CardPrice is a price of a card that differs.
type CardPrice struct {
	Type   string `json:"type,omitempty" maxLength:"13"`
	Person string `json:"person,omitempty" maxLength:"13"`
	Hour   int64  `json:"hour" minimum:"0" doc:"Minor units"`
}

func wireCard(c worklog.Card) Card {
	out := Card{ID: c.ID.String(), Client: idText(c.Client), From: c.From.String(), Name: c.Name, Currency: string(c.Currency), Version: c.Version}
	if c.Minor != rates.Unset {
		out.Hour = &c.Minor
	}
	for _, x := range []struct {
		n    int
		into **int
	}{{c.Step, &out.Step}, {c.MinEntry, &out.MinEntry}, {c.MinTicket, &out.MinTicket}, {c.Factor, &out.Factor}} {
		if x.n != rates.Unset {
			*x.into = &x.n
		}
	}
	if c.ByTicket != rates.Unset {
		by := c.ByTicket == 1
		out.ByTicket = &by
	}
	if c.Km.Coef != rates.Unset {
		out.Km = c.Km.String()
	}
	for _, p := range c.Prices {
		out.Prices = append(out.Prices, CardPrice{idText(p.Type), idText(p.Person), p.Minor})
	}
	return out
}

func (in Card) card() (c worklog.Card, err error) {
	c.Name, c.Currency, c.Minor, c.ByTicket = in.Name, money.Currency(in.Currency), rates.Unset, rates.Unset
	if c.Client, err = optional(in.Client, "client"); err != nil {
		return c, err
	}
	if c.From, err = dayOf(in.From, "from"); err != nil {
		return c, err
	}
	if in.Hour != nil {
		c.Minor = *in.Hour
	}
	for _, x := range []struct {
		into *int
		n    *int
	}{{&c.Step, in.Step}, {&c.MinEntry, in.MinEntry}, {&c.MinTicket, in.MinTicket}, {&c.Factor, in.Factor}} {
		if *x.into = rates.Unset; x.n != nil {
			*x.into = *x.n
		}
	}
	if in.ByTicket != nil {
		if c.ByTicket = 0; *in.ByTicket {
			c.ByTicket = 1
		}
	}
	c.Km = money.Decimal{Coef: rates.Unset}
	if in.Km != "" {
		if c.Km, err = worklog.ParseDecimal(in.Km, "kilometre"); err != nil {
			return c, err
		}
	}
	for _, p := range in.Prices {
		kind, err := optional(p.Type, "prices")
		if err != nil {
			return c, err
		}
		person, err := optional(p.Person, "prices")
		if err != nil {
			return c, err
		}
		c.Prices = append(c.Prices, rates.Price{Type: kind, Person: person, Minor: p.Hour})
	}
	return c, nil
}

type cardsOut struct {
	Body struct {
		Cards []Card `json:"cards"`
	}
}

type cardOut struct {
	ETag string `header:"ETag"`
	Body Card
}

type newCardIn struct{ Body Card }

type changeCardIn struct {
	VersionedIn
	Body Card
}

func (h *Handlers) cards(ctx context.Context, _ *nothing) (*cardsOut, error) {
	list, err := h.Work.Cards(ctx)
	if err != nil {
		return nil, err
	}
	out := &cardsOut{}
	out.Body.Cards = make([]Card, 0, len(list))
	for _, c := range list {
		out.Body.Cards = append(out.Body.Cards, wireCard(c))
	}
	return out, nil
}

func (h *Handlers) getCard(ctx context.Context, in *oneIn) (*cardOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	c, err := h.Work.Card(ctx, id)
	if err != nil {
		return nil, err
	}
	return &cardOut{ETag: api.ETag(c.Version), Body: wireCard(c)}, nil
}

func (h *Handlers) putCard(ctx context.Context, id ids.ID, version int64, in Card) (*cardOut, error) {
	c, err := in.card()
	if err != nil {
		return nil, err
	}
	c.ID, c.Version = id, version
	if id, err = h.Work.SaveCard(ctx, c); err != nil {
		return nil, err
	}
	return h.getCard(ctx, &oneIn{id.String()})
}

func (h *Handlers) createCard(ctx context.Context, in *newCardIn) (*cardOut, error) {
	return h.putCard(ctx, 0, 0, in.Body)
}

func (h *Handlers) updateCard(ctx context.Context, in *changeCardIn) (*cardOut, error) {
	id, version, err := in.at()
	if err != nil {
		return nil, err
	}
	return h.putCard(ctx, id, version, in.Body)
}

func (h *Handlers) deleteCard(ctx context.Context, in *oneIn) (*empty, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	return &empty{}, h.Work.DeleteCard(ctx, id)
}

// Owed is what a client has not been billed for yet.
type Owed struct {
	Client   string `json:"client"`
	Currency string `json:"currency"`
	Entries  int64  `json:"entries"`
	Minutes  int64  `json:"minutes" doc:"Worked"`
	Charged  int64  `json:"chargedMinutes"`
	Time     int64  `json:"time" doc:"Minor units"`
	Items    int64  `json:"items"`
	Goods    int64  `json:"itemsMinor" doc:"Minor units"`
	Approved int64  `json:"approved" doc:"Minor units that can be billed now"`
	Unpriced int64  `json:"unpriced" doc:"Entries that no rate card gave a price"`
	Oldest   string `json:"oldest" doc:"Day, 2006-01-02"`
}

type unbilledOut struct {
	Body struct {
		Clients []Owed `json:"clients"`
	}
}

func (h *Handlers) unbilled(ctx context.Context, _ *nothing) (*unbilledOut, error) {
	list, err := h.Work.Unbilled(ctx, scope(ctx))
	if err != nil {
		return nil, err
	}
	out := &unbilledOut{}
	out.Body.Clients = make([]Owed, 0, len(list))
	for _, o := range list {
		out.Body.Clients = append(out.Body.Clients, Owed{o.Client.String(), string(o.Currency), o.Entries, o.Minutes, o.Billed, o.Time, o.Items, o.Goods, o.Approved, o.Unpriced, o.Oldest.String()})
	}
	return out, nil
}
