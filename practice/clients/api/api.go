// SPDX-License-Identifier: Apache-2.0

// Package api has the JSON operations of the clients.
package api

import (
	"context"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/clients"
)

// Handlers serve the operations.
type Handlers struct{ Clients *clients.Service }

// Client is a client on the wire.
type Client struct {
	ID        string    `json:"id" doc:"Sortable id"`
	Name      string    `json:"name" maxLength:"200"`
	Status    string    `json:"status" enum:"active,prospect,former,merged"`
	Reference string    `json:"reference,omitempty" doc:"The firm's own number of the client"`
	Email     string    `json:"email,omitempty"`
	Phone     string    `json:"phone,omitempty"`
	Website   string    `json:"website,omitempty"`
	Since     string    `json:"since,omitempty" doc:"Day, 2006-01-02"`
	Tags      []string  `json:"tags"`
	Version   int64     `json:"version" doc:"Grows with each change; the ETag carries it"`
	Created   time.Time `json:"created"`
	Updated   time.Time `json:"updated"`
}

// Input is what a caller sends of a client.
type Input struct {
	Name      string   `json:"name" minLength:"1" maxLength:"200"`
	Status    string   `json:"status,omitempty" enum:"active,prospect,former" default:"active"`
	Reference string   `json:"reference,omitempty" maxLength:"200"`
	Email     string   `json:"email,omitempty" maxLength:"200"`
	Phone     string   `json:"phone,omitempty" maxLength:"200"`
	Website   string   `json:"website,omitempty" maxLength:"200"`
	Since     string   `json:"since,omitempty" doc:"Day, 2006-01-02"`
	Tags      []string `json:"tags,omitempty" maxItems:"20"`
}

type listIn struct {
	Q      string `query:"q" maxLength:"200" doc:"Part of the name"`
	Status string `query:"status" enum:"active,prospect,former"`
	Tag    string `query:"tag" maxLength:"40"`
	After  string `query:"after" maxLength:"1000" doc:"Cursor: the value of next of the page before"`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"50"`
}

type listOut struct {
	Body struct {
		Clients []Client `json:"clients"`
		Next    string   `json:"next,omitempty" doc:"Cursor of the next page; absent on the last"`
	}
}

type oneIn struct {
	ID string `path:"id" maxLength:"13"`
}

type oneOut struct {
	ETag string `header:"ETag"`
	Body Client
}

type createIn struct{ Body Input }

type updateIn struct {
	ID      string `path:"id" maxLength:"13"`
	IfMatch string `header:"If-Match" doc:"ETag of the version read"`
	Body    Input
}

type mergeIn struct {
	ID   string `path:"id" maxLength:"13"`
	Body struct {
		Into string `json:"into" maxLength:"13" doc:"Id of the client that stays"`
	}
}

// Mount registers the operations.
func (h *Handlers) Mount(a *api.API) {
	api.Register(a, "GET", "/clients", access.ClientsRead, "list-clients", "List clients by name", h.list)
	api.Register(a, "POST", "/clients", access.ClientsWrite, "create-client", "Add a client", h.create)
	api.Register(a, "GET", "/clients/{id}", access.ClientsRead, "get-client", "Get a client", h.get)
	api.Register(a, "PUT", "/clients/{id}", access.ClientsWrite, "update-client", "Change a client", h.update)
	api.Register(a, "POST", "/clients/{id}/merge", access.ClientsMerge, "merge-client", "Merge a client into another", h.merge)
}

func (h *Handlers) list(ctx context.Context, in *listIn) (*listOut, error) {
	p, err := h.Clients.List(ctx, access.From(ctx).Scope(), clients.Query{Text: in.Q, Status: clients.Status(in.Status), Tag: in.Tag, After: in.After, Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	out := &listOut{}
	out.Body.Clients = make([]Client, 0, len(p.Rows))
	for _, c := range p.Rows {
		out.Body.Clients = append(out.Body.Clients, wire(c))
	}
	out.Body.Next = p.Next
	return out, nil
}

func (h *Handlers) get(ctx context.Context, in *oneIn) (*oneOut, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	c, err := h.Clients.Get(ctx, access.From(ctx).Scope(), id)
	if err != nil {
		return nil, err
	}
	return &oneOut{ETag: api.ETag(c.Version), Body: wire(c.Client)}, nil
}

func (h *Handlers) create(ctx context.Context, in *createIn) (*oneOut, error) {
	d, err := in.Body.details()
	if err != nil {
		return nil, err
	}
	id, err := h.Clients.Create(ctx, d)
	if err != nil {
		return nil, err
	}
	return h.get(ctx, &oneIn{id.String()})
}

func (h *Handlers) update(ctx context.Context, in *updateIn) (*oneOut, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	version, err := api.Version(in.IfMatch)
	if err != nil {
		return nil, err
	}
	d, err := in.Body.details()
	if err != nil {
		return nil, err
	}
	if err := h.Clients.Update(ctx, access.From(ctx).Scope(), id, version, d); err != nil {
		return nil, err
	}
	return h.get(ctx, &oneIn{in.ID})
}

func (h *Handlers) merge(ctx context.Context, in *mergeIn) (*oneOut, error) {
	from, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	into, err := parse(in.Body.Into)
	if err != nil {
		return nil, err
	}
	if err := h.Clients.Merge(ctx, from, into); err != nil {
		return nil, err
	}
	return h.get(ctx, &oneIn{in.Body.Into})
}

func parse(s string) (ids.ID, error) {
	id, err := ids.Parse(s)
	if err != nil {
		return 0, fault.NewNotFound("There is no such client.").Because(err)
	}
	return id, nil
}

func (in Input) details() (clients.Details, error) {
	d := clients.Details{
		Name: in.Name, Status: clients.Status(in.Status), Reference: in.Reference, Email: in.Email, Phone: in.Phone,
		Website: in.Website, Since: civil.NoDate, Tags: in.Tags,
	}
	if in.Since != "" {
		day, err := civil.Parse(in.Since)
		if err != nil {
			return d, fault.NewInvalid("%q is not a day of the form 2006-01-02.", in.Since).On("since")
		}
		d.Since = day
	}
	return d, nil
}

func wire(c clients.Client) Client {
	tags := c.Tags
	if tags == nil {
		tags = []string{}
	}
	return Client{
		ID: c.ID.String(), Name: c.Name, Status: string(c.Status), Reference: c.Reference, Email: c.Email, Phone: c.Phone,
		Website: c.Website, Since: c.Since.String(), Tags: tags, Version: c.Version, Created: c.Created, Updated: c.Updated,
	}
}
