// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/mailroom"
	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/ids"
	"mainstay/kit/notify"
	"mainstay/kit/webhook"
	"mainstay/practice/clients"
	"mainstay/practice/quotes"
	"mainstay/practice/worklog"
)

// Events that other programs can subscribe to.
const (
	eventTicketCreated = "ticket.created"
	eventTicketUpdated = "ticket.updated"
	eventTicketReplied = "ticket.replied"
	eventTicketSolved  = "ticket.solved"
	eventTicketClosed  = "ticket.closed"
	eventTicketAlarm   = "ticket.alarm"
	eventMailReview    = "mail.review"
)

// event is one that can be subscribed to, with its words for the description of the API and the payload as an example
// of its type.
type event struct {
	code, doc string
	data      any
}

func events() []event {
	return []event{
		{eventTicketCreated, "A ticket was made.", TicketEvent{}},
		{eventTicketUpdated, "Fields of a ticket changed; `changes` says which.", TicketChangedEvent{}},
		{eventTicketReplied, "The firm or the client wrote something on a ticket that both may read. Internal notes are not told.", TicketRepliedEvent{}},
		{eventTicketSolved, "A ticket was solved.", TicketEvent{}},
		{eventTicketClosed, "A ticket was closed.", TicketEvent{}},
		{eventTicketAlarm, "What was promised for a ticket comes near its end, or is broken.", TicketAlarmEvent{}},
		{"time_entry." + worklog.Made, "A time entry was made.", TimeEntryEvent{}},
		{"time_entry." + worklog.Altered, "A time entry was changed, handed in, approved, sent back or billed.", TimeEntryEvent{}},
		{"time_entry." + worklog.Removed, "A time entry was deleted; the payload is as it was.", TimeEntryEvent{}},
		{"client." + clients.Made, "A client was made, by hand or by an import.", ClientEvent{}},
		{"client." + clients.Changed, "A client's details changed.", ClientEvent{}},
		{"client." + clients.Joined, "A client became part of another one: everything of the first belongs to the second now.", ClientMergedEvent{}},
		{"quote." + quotes.Sent, "A version of a quote was sent to the client.", QuoteEvent{}},
		{"quote." + quotes.Accepted, "The client accepted a quote and signed it.", QuoteEvent{}},
		{"quote." + quotes.Declined, "The client declined a quote.", QuoteEvent{}},
		{"quote." + quotes.Withdrawn, "The firm took a quote back.", QuoteEvent{}},
		{eventAgreementActivated, "An agreement became binding.", AgreementEvent{}},
		{eventAgreementChanged, "An active agreement was amended, or its papers changed.", AgreementEvent{}},
		{eventAgreementEnded, "An agreement got a last day, lost it again, or was cancelled.", AgreementEvent{}},
		{eventAgreementRenewed, "An agreement went into another term.", AgreementEvent{}},
		{eventAgreementDue, "The last day on which notice can be given comes near.", AgreementEvent{}},
		{eventInvoiceIssued, "An invoice, or a fee, was issued.", DocumentEvent{}},
		{eventCreditIssued, "A credit note was issued.", DocumentEvent{}},
		{eventRunFinished, "A run of billing is finished.", RunEvent{}},
		{eventRunHeld, "A run of billing left something out that a person must look at.", RunEvent{}},
		{eventPaymentReceived, "A payment was booked.", PaymentEvent{}},
		{eventPaymentFailed, "A direct debit came back, or a saved card was refused: the invoice is still open.", PaymentFailedEvent{}},
		{eventPaymentReturned, "A payment was taken back, or a part of it was given back.", PaymentEvent{}},
		{eventInvoiceOverdue, "An invoice was not paid by its due day; told once for each.", InvoiceOverdueEvent{}},
		{eventMailReview, "A mail came in that a person must decide about.", MailReviewEvent{}},
		{eventAlertOpened, "An alert opened, or came again within an hour of its end. Within the next minute it may still end by itself.", AlertEvent{}},
		{eventAlertChanged, "An alert became worse or better, got a ticket, was snoozed or came back.", AlertEvent{}},
		{eventAlertAcknowledged, "Somebody takes care of an alert.", AlertEvent{}},
		{eventAlertResolved, "An alert ended.", AlertEvent{}},
	}
}

// The payloads are thin: what one needs to decide whether to ask for more, by the API. Texts that people wrote are not
// among them.

// EventTicket is a ticket as events carry it.
type EventTicket struct {
	ID       string `json:"id"`
	Number   int64  `json:"number"`
	Version  int64  `json:"version"`
	Subject  string `json:"subject"`
	Client   string `json:"client" doc:"Id of the client"`
	Board    string `json:"board"`
	Status   string `json:"status" doc:"Id of the status"`
	State    string `json:"state" enum:"new,open,waiting,solved,closed"`
	Kind     string `json:"kind" enum:"incident,request,change,problem,maintenance,task"`
	Origin   string `json:"origin" enum:"client,monitor,planned,technician"`
	Priority string `json:"priority" enum:"urgent,high,normal,low"`
	Assignee string `json:"assignee,omitempty" doc:"Id of the technician"`
	URL      string `json:"url" doc:"Page of the ticket"`
}

// EventAuthor is who did something.
type EventAuthor struct {
	Kind string `json:"kind" enum:"user,person,system" doc:"Somebody of the firm, somebody of the client, or the program"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name"`
}

// TicketEvent is the payload of what happens to a whole ticket.
type TicketEvent struct {
	Ticket EventTicket `json:"ticket"`
	By     EventAuthor `json:"by"`
}

// TicketChangedEvent says which fields changed.
type TicketChangedEvent struct {
	TicketEvent
	Changes []helpdesk.FieldChange `json:"changes"`
}

// TicketRepliedEvent says which entry of the thread is new.
type TicketRepliedEvent struct {
	TicketEvent
	Entry struct {
		ID    string    `json:"id"`
		Kind  string    `json:"kind" enum:"reply,mail"`
		At    time.Time `json:"at"`
		Files int       `json:"files" doc:"How many attachments it has"`
	} `json:"entry"`
}

// TicketAlarmEvent says which promise is meant.
type TicketAlarmEvent struct {
	Ticket  EventTicket `json:"ticket"`
	Promise string      `json:"promise" enum:"response,update,resolve" doc:"The first answer, each further one, or the solution"`
	When    string      `json:"when" enum:"near,broken"`
	Due     time.Time   `json:"due"`
	Stale   bool        `json:"stale" doc:"It is noticed more than an hour late, as after a standstill"`
}

// TimeEntryEvent is the payload of time entries.
type TimeEntryEvent struct {
	ID           string `json:"id"`
	Version      int64  `json:"version"`
	Person       string `json:"person" doc:"Id of whoever worked"`
	Client       string `json:"client" doc:"Id of the client"`
	Ticket       string `json:"ticket,omitempty" doc:"Id of the ticket"`
	TicketNumber int64  `json:"ticketNumber,omitempty"`
	Day          string `json:"day" format:"date"`
	Minutes      int    `json:"minutes"`
	Coverage     string `json:"coverage"`
	State        string `json:"state"`
}

// ClientEvent is the payload of a client.
type ClientEvent struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Status    string   `json:"status"`
	Reference string   `json:"reference,omitempty"`
	Tags      []string `json:"tags"`
	URL       string   `json:"url" doc:"Page of the client"`
}

// ClientMergedEvent names both clients.
type ClientMergedEvent struct {
	ID   string `json:"id" doc:"Id of the client that is no more"`
	Into string `json:"into" doc:"Id of the client that goes on"`
}

// MailReviewEvent is the payload of a mail that waits.
type MailReviewEvent struct {
	ID      string `json:"id"`
	From    string `json:"from"`
	Subject string `json:"subject"`
	Reason  string `json:"reason" doc:"Code of why it was put aside"`
	URL     string `json:"url" doc:"Page on which it is decided"`
}

func eventCodes() (out []string) {
	for _, e := range events() {
		out = append(out, e.code)
	}
	return out
}

// buildWebhooks makes what tells other programs, and has it listen to the areas, which know nothing of it.
func (a *App) buildWebhooks(sealer *access.Sealer) {
	a.Webhooks = webhook.New(webhook.Parts{
		DB: a.DB, Clock: a.Clock, IDs: a.IDs, Access: a.Access, Sealer: sealer, Bus: a.Bus, Log: a.Log, Agent: "Mainstay/" + Version, Events: eventCodes(),
		Private: a.Config.WebhooksPrivate, Jitter: rand.Float64, Disabled: a.tellOfWebhook,
	})
	a.Desk.Listen(a.emitTicket)
	a.Work.Listen(a.emitWork)
	a.Clients.Listen(a.emitClient)
	a.Agreements.Listen(a.emitAgreement)
}

// describeWebhooks puts the events into the description of the API.
func describeWebhooks(j *api.API) {
	for _, e := range events() {
		api.Webhook(j, e.code, e.doc, e.data)
	}
}

func idText(id ids.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

func (a *App) eventTicket(t helpdesk.Ticket) EventTicket {
	return EventTicket{
		ID: t.ID.String(), Number: t.Number, Version: t.Version, Subject: t.Subject, Client: idText(t.Client), Board: idText(t.Board), Status: idText(t.Status), State: t.State.String(),
		Kind: t.Kind.String(), Origin: t.Origin.String(), Priority: t.Priority.String(), Assignee: idText(t.Assignee), URL: fmt.Sprintf("%s/tickets/%d", a.PublicURL(), t.Number),
	}
}

// emitTicket tells other programs what happened to a ticket, in its transaction.
func (a *App) emitTicket(ctx context.Context, tx *sql.Tx, h helpdesk.Happening) error {
	whole := func() TicketEvent {
		return TicketEvent{a.eventTicket(h.Ticket), EventAuthor{h.By.Kind, idText(h.By.ID), h.By.Name}}
	}
	emit := func(when bool, code string, data func() any) error {
		if !when {
			return nil
		}
		return a.Webhooks.Emit(ctx, tx, code, func() (any, error) { return data(), nil })
	}
	plain := func() any { return whole() }
	became := func(s helpdesk.State) bool { return h.Ticket.State == s && (h.Made || h.Before.State != s) }
	for _, x := range []struct {
		when bool
		code string
		data func() any
	}{
		{h.Made, eventTicketCreated, plain},
		{len(h.Changes) > 0, eventTicketUpdated, func() any { return TicketChangedEvent{whole(), h.Changes} }},
		{!h.Made && h.Entry != nil && h.Entry.Public, eventTicketReplied, func() any {
			d := TicketRepliedEvent{TicketEvent: whole()}
			d.Entry.ID, d.Entry.Kind, d.Entry.At, d.Entry.Files = h.Entry.ID.String(), string(h.Entry.Kind), h.Entry.At, len(h.Entry.Files)
			return d
		}},
		{became(helpdesk.StateSolved), eventTicketSolved, plain},
		{became(helpdesk.StateClosed), eventTicketClosed, plain},
	} {
		if err := emit(x.when, x.code, x.data); err != nil {
			return err
		}
	}
	return nil
}

// alarmed tells people and programs of an alarm.
func (a *App) alarmed(ctx context.Context, tx *sql.Tx, t helpdesk.Ticket, alarm helpdesk.Alarm) error {
	if err := a.tellOfAlarm(ctx, tx, t, alarm); err != nil {
		return err
	}
	when := "near"
	if alarm.Breach {
		when = "broken"
	}
	return a.Webhooks.Emit(ctx, tx, eventTicketAlarm, func() (any, error) {
		return TicketAlarmEvent{a.eventTicket(t), string(alarm.Promise), when, alarm.Due, alarm.Stale}, nil
	})
}

func (a *App) emitWork(ctx context.Context, tx *sql.Tx, what string, e worklog.Entry) error {
	return a.Webhooks.Emit(ctx, tx, "time_entry."+what, func() (any, error) {
		return TimeEntryEvent{
			ID: e.ID.String(), Version: e.Version, Person: idText(e.Person), Client: idText(e.Client), Ticket: idText(e.Ticket.ID), TicketNumber: e.Ticket.Number,
			Day: e.Day.String(), Minutes: e.Minutes, Coverage: e.Coverage.String(), State: e.State.String(),
		}, nil
	})
}

func (a *App) emitClient(ctx context.Context, tx *sql.Tx, h clients.Happening) error {
	return a.Webhooks.Emit(ctx, tx, "client."+h.What, func() (any, error) {
		if h.What == clients.Joined {
			return ClientMergedEvent{h.Client.String(), h.Into.String()}, nil
		}
		d := h.Details
		tags := slices.Clone(d.Tags)
		if tags == nil {
			tags = []string{}
		}
		return ClientEvent{h.Client.String(), d.Name, string(d.Status), d.Reference, tags, a.PublicURL() + "/clients/" + h.Client.String()}, nil
	})
}

// waits tells people and programs of a mail that waits for a decision.
func (a *App) waits(ctx context.Context, tx *sql.Tx, m mailroom.Message) error {
	if err := a.tellOfReview(ctx, tx, m); err != nil {
		return err
	}
	return a.Webhooks.Emit(ctx, tx, eventMailReview, func() (any, error) {
		return MailReviewEvent{m.ID.String(), m.From, m.Subject, m.Reason, a.PublicURL() + "/mail"}, nil
	})
}

// tellOfWebhook tells the owners, and whoever made it, of a webhook that was switched off by itself.
func (a *App) tellOfWebhook(ctx context.Context, tx *sql.Tx, e webhook.Endpoint) error {
	to := []ids.ID{e.MadeBy}
	people, err := a.Access.People(ctx)
	if err != nil {
		return err
	}
	for _, p := range people {
		if p.Active && p.Role == access.Owner {
			to = append(to, p.ID)
		}
	}
	return a.Notify.Tell(ctx, tx, notify.News{
		Kind: newsWebhook, About: "webhook/" + e.ID.String(), Link: "/webhooks/" + e.ID.String(), Once: fmt.Sprintf("%s/%s/%d", newsWebhook, e.ID, e.Version),
		To: to, Data: newsData{To: e.Host(), Text: string(e.Reason)},
	})
}
