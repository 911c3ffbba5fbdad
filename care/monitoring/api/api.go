// SPDX-License-Identifier: Apache-2.0

// Package api has the operations of monitoring for other programs.
package api

import (
	"context"
	"time"

	"mainstay/care/monitoring"
	"mainstay/care/monitoring/rules"
	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Handlers serve the operations.
type Handlers struct{ Monitoring *monitoring.Service }

// Mount registers the operations with their permissions.
func (h *Handlers) Mount(a *api.API) {
	api.Register(a, "GET", "/alerts", access.AlertsRead, "list-alerts", "List alerts, the newest first", h.list)
	api.Register(a, "GET", "/alerts/{id}", access.AlertsRead, "get-alert", "Read an alert with its history", h.get)
	api.Register(a, "POST", "/alerts/{id}/acknowledge", access.AlertsWrite, "acknowledge-alert", "Take care of an alert: nobody else is called any more", h.acknowledge)
	api.Register(a, "POST", "/alerts/{id}/snooze", access.AlertsWrite, "snooze-alert", "Put an alert off until an instant", h.snooze)
	api.Register(a, "POST", "/alerts/{id}/reopen", access.AlertsWrite, "reopen-alert", "Let an alert wait again that was acknowledged or put off", h.reopen)
	api.Register(a, "POST", "/alerts/{id}/resolve", access.AlertsWrite, "resolve-alert", "End an alert by hand", h.resolve)
}

// Alert is an alert as the API shows it.
type Alert struct {
	ID           string     `json:"id"`
	Version      int64      `json:"version"`
	State        string     `json:"state" enum:"open,acknowledged,snoozed,resolved"`
	Level        string     `json:"level" enum:"warning,critical"`
	Rule         string     `json:"rule" doc:"Short name of the rule"`
	Title        string     `json:"title"`
	Evidence     string     `json:"evidence" doc:"What was measured against what"`
	Series       string     `json:"series,omitempty"`
	Device       string     `json:"device" doc:"Id of the device"`
	DeviceName   string     `json:"deviceName"`
	Client       string     `json:"client" doc:"Id of the client"`
	Ticket       string     `json:"ticket,omitempty" doc:"Id of the ticket"`
	TicketNumber int64      `json:"ticketNumber,omitempty"`
	Owner        string     `json:"owner,omitempty" doc:"Who takes care of it"`
	Silenced     string     `json:"silenced,omitempty" enum:"window,mute,behind" doc:"Why it makes no noise"`
	Flapping     bool       `json:"flapping,omitempty"`
	Occurrences  int        `json:"occurrences" doc:"How often it came, within an hour of its end"`
	Began        time.Time  `json:"began"`
	Opened       time.Time  `json:"opened"`
	Snoozed      *time.Time `json:"snoozedUntil,omitempty"`
	Ended        *time.Time `json:"ended,omitempty"`
}

func (h *Handlers) wire(ctx context.Context, a monitoring.Alert) Alert {
	w := h.Monitoring.WordsFor(ctx)
	out := Alert{
		ID: a.ID.String(), Version: a.Version, State: string(a.State), Level: "warning", Rule: a.Watch.Key, Title: w.Title(a), Evidence: w.Evidence(a), Series: a.Series,
		Device: a.Device.String(), DeviceName: a.Name, Client: a.Client.String(), TicketNumber: a.Number, Owner: a.OwnerName, Silenced: string(a.Silenced), Flapping: a.Flapping,
		Occurrences: a.Occurrences, Began: a.Began, Opened: a.Opened,
	}
	if a.Ticket != 0 {
		out.Ticket = a.Ticket.String()
	}
	if a.Level == rules.Critical {
		out.Level = "critical"
	}
	if !a.Snooze.IsZero() {
		out.Snoozed = &a.Snooze
	}
	if !a.Ended.IsZero() {
		out.Ended = &a.Ended
	}
	return out
}

type listIn struct {
	State    []string `query:"state" maxItems:"4" enum:"open,acknowledged,snoozed,resolved" doc:"Only these; empty: all"`
	Level    string   `query:"level" enum:"warning,critical" doc:"At least so bad"`
	Client   string   `query:"client" maxLength:"13" doc:"Id of a client"`
	Device   string   `query:"device" maxLength:"13" doc:"Id of a device"`
	Ticket   string   `query:"ticket" maxLength:"13" doc:"Id of a ticket"`
	Rule     string   `query:"rule" maxLength:"40" doc:"Short name of a rule"`
	Silenced string   `query:"silenced" enum:"yes,no"`
	After    string   `query:"after" maxLength:"13" doc:"What the last page gave as next"`
	Limit    int      `query:"limit" minimum:"1" maximum:"500" default:"50"`
}

type listOut struct {
	Body struct {
		Alerts []Alert `json:"alerts"`
		Next   string  `json:"next,omitempty" doc:"Give it as after for the next page"`
	}
}

func idOf(s, field string) (ids.ID, error) {
	if s == "" {
		return 0, nil
	}
	id, err := ids.Parse(s)
	if err != nil {
		return 0, fault.NewInvalid("%q is not an id.", s).On(field).Because(err)
	}
	return id, nil
}

// known reads the id of a path.
func known(s string) (ids.ID, error) {
	id, err := ids.Parse(s)
	if err != nil {
		return 0, fault.NewNotFound("There is no such alert.").Because(err)
	}
	return id, nil
}

func scope(ctx context.Context) access.Scope { return access.From(ctx).Scope() }

func (h *Handlers) list(ctx context.Context, in *listIn) (*listOut, error) {
	q := monitoring.Query{Rule: in.Rule, Limit: in.Limit}
	var err error
	for _, x := range []struct {
		to       *ids.ID
		text, at string
	}{{&q.Client, in.Client, "client"}, {&q.Device, in.Device, "device"}, {&q.Ticket, in.Ticket, "ticket"}, {&q.Before, in.After, "after"}} {
		if *x.to, err = idOf(x.text, x.at); err != nil {
			return nil, err
		}
	}
	for _, s := range in.State {
		q.States = append(q.States, monitoring.State(s))
	}
	if in.Level == "critical" {
		q.Level = rules.Critical
	}
	if in.Silenced != "" {
		yes := in.Silenced == "yes"
		q.Silenced = &yes
	}
	rows, next, err := h.Monitoring.Alerts(ctx, scope(ctx), q)
	if err != nil {
		return nil, err
	}
	out := &listOut{}
	out.Body.Alerts = make([]Alert, 0, len(rows))
	for _, a := range rows {
		out.Body.Alerts = append(out.Body.Alerts, h.wire(ctx, a))
	}
	if next != 0 {
		out.Body.Next = next.String()
	}
	return out, nil
}

// Happened is an entry of an alert's history.
type Happened struct {
	At     time.Time `json:"at"`
	What   string    `json:"what" doc:"opened, worse, better, reopened, resolved, acknowledged, snoozed, woken, silenced, heard, ticket, told …"`
	Author string    `json:"author,omitempty"`
	Detail string    `json:"detail,omitempty"`
}

type oneIn struct {
	ID string `path:"id" maxLength:"13"`
}

type fullOut struct {
	Body struct {
		Alert
		History []Happened `json:"history"`
	}
}

type oneOut struct{ Body Alert }

func (h *Handlers) get(ctx context.Context, in *oneIn) (*fullOut, error) {
	id, err := known(in.ID)
	if err != nil {
		return nil, err
	}
	a, err := h.Monitoring.Alert(ctx, scope(ctx), id)
	if err != nil {
		return nil, err
	}
	list, err := h.Monitoring.History(ctx, id)
	if err != nil {
		return nil, err
	}
	out := &fullOut{}
	out.Body.Alert, out.Body.History = h.wire(ctx, a), make([]Happened, 0, len(list))
	for _, x := range list {
		out.Body.History = append(out.Body.History, Happened(x))
	}
	return out, nil
}

func (h *Handlers) done(ctx context.Context, id string, fn func(context.Context, access.Scope, ids.ID) (monitoring.Alert, error)) (*oneOut, error) {
	x, err := known(id)
	if err != nil {
		return nil, err
	}
	a, err := fn(ctx, scope(ctx), x)
	if err != nil {
		return nil, err
	}
	return &oneOut{h.wire(ctx, a)}, nil
}

func (h *Handlers) acknowledge(ctx context.Context, in *oneIn) (*oneOut, error) {
	return h.done(ctx, in.ID, h.Monitoring.Acknowledge)
}

func (h *Handlers) reopen(ctx context.Context, in *oneIn) (*oneOut, error) {
	return h.done(ctx, in.ID, h.Monitoring.Reopen)
}

func (h *Handlers) resolve(ctx context.Context, in *oneIn) (*oneOut, error) {
	return h.done(ctx, in.ID, h.Monitoring.Resolve)
}

type snoozeIn struct {
	ID   string `path:"id" maxLength:"13"`
	Body struct {
		Until time.Time `json:"until" doc:"Within the next 31 days"`
	}
}

func (h *Handlers) snooze(ctx context.Context, in *snoozeIn) (*oneOut, error) {
	return h.done(ctx, in.ID, func(ctx context.Context, scope access.Scope, id ids.ID) (monitoring.Alert, error) {
		return h.Monitoring.Snooze(ctx, scope, id, in.Body.Until)
	})
}
