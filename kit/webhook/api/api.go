// SPDX-License-Identifier: Apache-2.0

// Package api has the JSON operations of webhooks.
package api

import (
	"context"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/webhook"
)

// Handlers serve the operations.
type Handlers struct{ Hooks *webhook.Service }

// Mount registers the operations.
func (h *Handlers) Mount(a *api.API) {
	const need = access.FirmManage
	api.Register(a, "GET", "/webhooks", need, "list-webhooks", "List webhooks", h.list)
	api.Register(a, "POST", "/webhooks", need, "create-webhook", "Add a webhook; the answer has its secret, this once", h.create)
	api.Register(a, "GET", "/webhooks/{id}", need, "get-webhook", "Get a webhook", h.get)
	api.Register(a, "PUT", "/webhooks/{id}", need, "update-webhook", "Change a webhook", h.update)
	api.Register(a, "DELETE", "/webhooks/{id}", need, "delete-webhook", "Remove a webhook and its log", h.remove)
	api.Register(a, "POST", "/webhooks/{id}/secret", need, "rotate-webhook-secret", "Make a new secret; the former one also signs for 24 hours", h.rotate)
	api.Register(a, "POST", "/webhooks/{id}/test", need, "test-webhook", "Send a test event", h.test)
	api.Register(a, "GET", "/webhooks/{id}/deliveries", need, "list-webhook-deliveries", "List what was sent, the newest first", h.deliveries)
	api.Register(a, "GET", "/webhook-deliveries/{id}", need, "get-webhook-delivery", "Get what was sent and how each try went", h.delivery)
	api.Register(a, "POST", "/webhook-deliveries/{id}/resend", need, "resend-webhook-delivery", "Send again, with the same webhook-id", h.resend)
}

// WebhookSettings are what of a webhook can be chosen.
type WebhookSettings struct {
	URL         string   `json:"url" maxLength:"500" doc:"Begins with https://"`
	Description string   `json:"description,omitempty" maxLength:"200"`
	Events      []string `json:"events" minItems:"1" maxItems:"100" doc:"Types of events, or * for all"`
	Enabled     bool     `json:"enabled"`
}

// Webhook is an endpoint.
type Webhook struct {
	ID      string `json:"id"`
	Version int64  `json:"version" doc:"Grows with each change; the ETag carries it"`
	WebhookSettings
	Reason       string     `json:"reason,omitempty" enum:"by-hand,gone,failing" doc:"Why it is switched off"`
	FailingSince *time.Time `json:"failingSince,omitempty" doc:"Since when nothing has arrived"`
	Created      time.Time  `json:"created"`
}

// WebhookDelivery is an event on its way to an endpoint.
type WebhookDelivery struct {
	ID        string     `json:"id"`
	Webhook   string     `json:"webhook" doc:"Id of the webhook"`
	MessageID string     `json:"messageId" doc:"The header webhook-id"`
	Event     string     `json:"event"`
	State     string     `json:"state" enum:"waiting,sent,failed"`
	Attempts  int        `json:"attempts"`
	Due       *time.Time `json:"due,omitempty" doc:"Next try"`
	Status    int        `json:"status,omitempty" doc:"HTTP status of the last answer; 0: there was none"`
	Millis    int64      `json:"milliseconds" doc:"How long the last try took"`
	Error     string     `json:"error,omitempty" doc:"Code of what went wrong"`
	At        time.Time  `json:"at"`
}

// WebhookAttempt is one try.
type WebhookAttempt struct {
	At     time.Time `json:"at"`
	Status int       `json:"status,omitempty"`
	Millis int64     `json:"milliseconds"`
	Error  string    `json:"error,omitempty"`
	Answer string    `json:"answer,omitempty" doc:"How the answer began"`
}

type nothing struct{}

type oneOut struct {
	ETag string `header:"ETag"`
	Body Webhook
}

func wire(e webhook.Endpoint) Webhook {
	w := Webhook{ID: e.ID.String(), Version: e.Version, WebhookSettings: WebhookSettings{e.URL, e.Description, e.Events, e.Enabled}, Reason: string(e.Reason), Created: e.Created}
	if !e.Failing.IsZero() {
		w.FailingSince = &e.Failing
	}
	return w
}

func one(e webhook.Endpoint) *oneOut { return &oneOut{api.ETag(e.Version), wire(e)} }

type listOut struct {
	Body struct {
		Webhooks []Webhook `json:"webhooks"`
	}
}

func (h *Handlers) list(ctx context.Context, _ *nothing) (*listOut, error) {
	list, err := h.Hooks.Endpoints(ctx)
	if err != nil {
		return nil, err
	}
	out := &listOut{}
	out.Body.Webhooks = make([]Webhook, 0, len(list))
	for _, e := range list {
		out.Body.Webhooks = append(out.Body.Webhooks, wire(e))
	}
	return out, nil
}

type createIn struct {
	Body WebhookSettings
}

type secretOut struct {
	Body struct {
		Webhook
		Secret string `json:"secret" doc:"Shown this once"`
	}
}

func (h *Handlers) create(ctx context.Context, in *createIn) (*secretOut, error) {
	b := in.Body
	e, secret, err := h.Hooks.Create(ctx, webhook.Endpoint{URL: b.URL, Description: b.Description, Events: b.Events, Enabled: b.Enabled})
	if err != nil {
		return nil, err
	}
	out := &secretOut{}
	out.Body.Webhook, out.Body.Secret = wire(e), secret
	return out, nil
}

// IDIn names a webhook or a delivery in the path.
type IDIn struct {
	ID string `path:"id" maxLength:"13"`
}

func (in *IDIn) id() (ids.ID, error) {
	id, err := ids.Parse(in.ID)
	if err != nil {
		return 0, fault.NewNotFound("There is no such webhook.")
	}
	return id, nil
}

func (h *Handlers) get(ctx context.Context, in *IDIn) (*oneOut, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	e, err := h.Hooks.Endpoint(ctx, id)
	if err != nil {
		return nil, err
	}
	return one(e), nil
}

type updateIn struct {
	IDIn
	IfMatch string `header:"If-Match" required:"true" doc:"ETag of the version that was read"`
	Body    WebhookSettings
}

func (h *Handlers) update(ctx context.Context, in *updateIn) (*oneOut, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	version, err := api.Version(in.IfMatch)
	if err != nil {
		return nil, err
	}
	b := in.Body
	if err := h.Hooks.Save(ctx, webhook.Endpoint{ID: id, Version: version, URL: b.URL, Description: b.Description, Events: b.Events, Enabled: b.Enabled}); err != nil {
		return nil, err
	}
	return h.get(ctx, &in.IDIn)
}

func (h *Handlers) remove(ctx context.Context, in *IDIn) (*nothing, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return &nothing{}, h.Hooks.Remove(ctx, id)
}

func (h *Handlers) rotate(ctx context.Context, in *IDIn) (*secretOut, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	secret, err := h.Hooks.Rotate(ctx, id)
	if err != nil {
		return nil, err
	}
	e, err := h.Hooks.Endpoint(ctx, id)
	if err != nil {
		return nil, err
	}
	out := &secretOut{}
	out.Body.Webhook, out.Body.Secret = wire(e), secret
	return out, nil
}

type deliveryOut struct {
	Body struct {
		WebhookDelivery
		Request string           `json:"request" doc:"Body of the request"`
		Tries   []WebhookAttempt `json:"tries"`
	}
}

func (h *Handlers) test(ctx context.Context, in *IDIn) (*deliveryOut, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	delivery, err := h.Hooks.Test(ctx, id)
	if err != nil {
		return nil, err
	}
	return h.full(ctx, delivery)
}

func wireDelivery(d webhook.Delivery) WebhookDelivery {
	out := WebhookDelivery{
		ID: d.ID.String(), Webhook: d.Endpoint.String(), MessageID: d.Message, Event: d.Event, State: d.State, Attempts: d.Attempts, Status: d.Status,
		Millis: d.Took.Milliseconds(), Error: d.Error, At: d.At,
	}
	if d.State == "waiting" {
		out.Due = &d.Due
	}
	return out
}

type deliveriesIn struct {
	IDIn
	State  string `query:"state" enum:"waiting,sent,failed"`
	Before string `query:"before" maxLength:"13" doc:"The next of the page before"`
}

type deliveriesOut struct {
	Body struct {
		Deliveries []WebhookDelivery `json:"deliveries"`
		Next       string            `json:"next,omitempty" doc:"Where the list goes on; left out at its end"`
	}
}

func (h *Handlers) deliveries(ctx context.Context, in *deliveriesIn) (*deliveriesOut, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	if _, err := h.Hooks.Endpoint(ctx, id); err != nil {
		return nil, err
	}
	before := ids.ID(0)
	if in.Before != "" {
		if before, err = ids.Parse(in.Before); err != nil {
			return nil, fault.NewInvalid("%q is not one of the choices.", in.Before).On("before")
		}
	}
	list, next, err := h.Hooks.Deliveries(ctx, id, in.State, before)
	if err != nil {
		return nil, err
	}
	out := &deliveriesOut{}
	out.Body.Deliveries = make([]WebhookDelivery, 0, len(list))
	for _, d := range list {
		out.Body.Deliveries = append(out.Body.Deliveries, wireDelivery(d))
	}
	if next != 0 {
		out.Body.Next = next.String()
	}
	return out, nil
}

func (h *Handlers) delivery(ctx context.Context, in *IDIn) (*deliveryOut, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	return h.full(ctx, id)
}

func (h *Handlers) full(ctx context.Context, id ids.ID) (*deliveryOut, error) {
	d, err := h.Hooks.Delivery(ctx, id)
	if err != nil {
		return nil, err
	}
	out := &deliveryOut{}
	out.Body.WebhookDelivery, out.Body.Request, out.Body.Tries = wireDelivery(d.Delivery), d.Body, make([]WebhookAttempt, 0, len(d.Attempts))
	for _, a := range d.Attempts {
		out.Body.Tries = append(out.Body.Tries, WebhookAttempt{a.At, a.Status, a.Took.Milliseconds(), a.Error, a.Answer})
	}
	return out, nil
}

func (h *Handlers) resend(ctx context.Context, in *IDIn) (*deliveryOut, error) {
	id, err := in.id()
	if err != nil {
		return nil, err
	}
	if err := h.Hooks.Resend(ctx, id); err != nil {
		return nil, err
	}
	return h.full(ctx, id)
}
