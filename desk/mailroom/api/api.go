// SPDX-License-Identifier: Apache-2.0

// Package api has the JSON operations of the mailroom.
package api

import (
	"context"
	"io"
	"net/http"
	"time"

	"mainstay/desk/mailroom"
	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Handlers serve the operations.
type Handlers struct{ Mail *mailroom.Service }

// Mount registers the operations.
func (h *Handlers) Mount(a *api.API) {
	work := access.TicketsWrite
	api.Register(a, "GET", "/mail/messages", work, "list-mail", "List mails that came in, by what became of them", h.messages)
	api.Register(a, "GET", "/mail/messages/{id}", work, "get-mail", "Get a mail that came in", h.message)
	api.Register(a, "POST", "/mail/messages/{id}/assign", work, "assign-mail", "Make a ticket or an answer of a mail that waits for a decision", h.assign)
	api.Register(a, "POST", "/mail/messages/{id}/reject", work, "reject-mail", "Put a mail aside", h.reject)
	api.Register(a, "GET", "/mail/deliveries", work, "list-deliveries", "List mails of ours, by how they stand", h.deliveries)
	api.Register(a, "POST", "/mail/deliveries/{id}/retry", work, "retry-delivery", "Send a mail again that failed or came back", h.retry)
	api.Register(a, "GET", "/mail/senders", work, "list-senders", "List the rules about who writes", h.senders)
	api.Register(a, "POST", "/mail/senders/block", work, "block-sender", "Let mail of an address or domain in no more", h.block)
	api.Register(a, "POST", "/mail/senders/forget", access.DeskManage, "forget-sender", "Remove a rule about who writes", h.forget)
	h.mountMailboxes(a)
}

// MountRaw registers the download of a mail as it came.
func (h *Handlers) MountRaw(r *access.Router) {
	r.HandleFunc("GET "+api.Prefix+"/mail/messages/{id}/raw", access.TicketsWrite, func(w http.ResponseWriter, req *http.Request) {
		id, err := parse(req.PathValue("id"))
		if err != nil {
			api.Refuse(w, err)
			return
		}
		src, err := h.Mail.Raw(req.Context(), id)
		if err != nil {
			api.Refuse(w, err)
			return
		}
		defer func() { _ = src.Close() }()
		w.Header().Set("Content-Type", "application/octet-stream")
		w.Header().Set("Content-Disposition", `attachment; filename="mail.eml"`)
		_, _ = io.Copy(w, src) // the caller has gone; nobody to tell
	})
}

func parse(s string) (ids.ID, error) {
	if s == "" {
		return 0, nil
	}
	id, err := ids.Parse(s)
	if err != nil {
		return 0, fault.NewInvalid("%q is not one of the choices.", s)
	}
	return id, nil
}

func optional(id ids.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

func at(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

type nothing struct{}

type idIn struct {
	ID string `path:"id" maxLength:"13"`
}

// Message is a mail that came in.
type Message struct {
	ID       string    `json:"id"`
	Mailbox  string    `json:"mailbox"`
	State    string    `json:"state" enum:"stored,ticket,reply,note,bounce,review,rejected,duplicate"`
	Reason   string    `json:"reason,omitempty" doc:"Why it waits or was rejected, as a code"`
	Detail   string    `json:"detail,omitempty"`
	From     string    `json:"from,omitempty"`
	Name     string    `json:"name,omitempty"`
	Subject  string    `json:"subject,omitempty"`
	Preview  string    `json:"preview,omitempty"`
	Copies   []string  `json:"copies,omitempty" doc:"Who else it was sent to"`
	DMARC    string    `json:"dmarc,omitempty" doc:"pass, fail or none; empty: not checked"`
	Images   int       `json:"images,omitempty" doc:"Pictures of other servers that were left out"`
	Broken   bool      `json:"broken,omitempty"`
	Ticket   string    `json:"ticket,omitempty"`
	Entry    string    `json:"entry,omitempty"`
	Client   string    `json:"client,omitempty"`
	Size     int64     `json:"size"`
	Received time.Time `json:"received"`
}

func wire(m mailroom.Message) Message {
	return Message{
		m.ID.String(), m.Mailbox.String(), string(m.State), m.Reason, m.Detail, m.From, m.Name, m.Subject, m.Preview, m.Copies, m.DMARC, m.Images, m.Broken, optional(m.Ticket), optional(m.Entry),
		optional(m.Client), m.Size, m.Received,
	}
}

type messagesIn struct {
	State  string `query:"state" enum:"stored,ticket,reply,note,bounce,review,rejected,duplicate" default:"review"`
	Before string `query:"before" maxLength:"13" doc:"Id of the last that was read; empty: from the newest"`
}

type messagesOut struct {
	Body struct {
		Messages []Message `json:"messages"`
		More     bool      `json:"more"`
	}
}

func (h *Handlers) messages(ctx context.Context, in *messagesIn) (*messagesOut, error) {
	before, err := parse(in.Before)
	if err != nil {
		return nil, err
	}
	list, more, err := h.Mail.Messages(ctx, mailroom.State(in.State), before)
	out := &messagesOut{}
	out.Body.Messages, out.Body.More = make([]Message, 0, len(list)), more
	for _, m := range list {
		out.Body.Messages = append(out.Body.Messages, wire(m))
	}
	return out, err
}

type messageOut struct{ Body Message }

func (h *Handlers) message(ctx context.Context, in *idIn) (*messageOut, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	m, err := h.Mail.Message(ctx, id)
	return &messageOut{wire(m)}, err
}

type assignIn struct {
	ID   string `path:"id" maxLength:"13"`
	Body struct {
		Client     string `json:"client,omitempty" maxLength:"13" doc:"Whose mail it is; not needed with a ticket"`
		Ticket     int64  `json:"ticket,omitempty" minimum:"0" doc:"Number of the ticket that it belongs to; 0: it becomes a new one"`
		MakePerson bool   `json:"makePerson,omitempty" doc:"The sender is a person of the client from now on"`
		Domain     bool   `json:"domain,omitempty" doc:"Everybody of the sender's domain belongs to the client from now on"`
	}
}

func (h *Handlers) assign(ctx context.Context, in *assignIn) (*messageOut, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	client, err := parse(in.Body.Client)
	if err != nil {
		return nil, err
	}
	d := mailroom.Decision{Client: client, Ticket: in.Body.Ticket, MakePerson: in.Body.MakePerson, Domain: in.Body.Domain}
	if err := h.Mail.Assign(ctx, access.From(ctx).Scope(), id, d); err != nil {
		return nil, err
	}
	return h.message(ctx, &idIn{in.ID})
}

func (h *Handlers) reject(ctx context.Context, in *idIn) (*messageOut, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	if err := h.Mail.Reject(ctx, id); err != nil {
		return nil, err
	}
	return h.message(ctx, in)
}

// Delivery is how a mail of ours stands.
type Delivery struct {
	ID       string     `json:"id"`
	Ticket   string     `json:"ticket,omitempty"`
	Entry    string     `json:"entry,omitempty"`
	Kind     string     `json:"kind" enum:"reply,receipt,letter,secret"`
	To       string     `json:"to"`
	Copies   []string   `json:"copies,omitempty"`
	Subject  string     `json:"subject"`
	State    string     `json:"state" enum:"waiting,sent,failed,bounced"`
	Attempts int        `json:"attempts"`
	Error    string     `json:"error,omitempty" doc:"What the server said last"`
	Due      *time.Time `json:"due,omitempty" doc:"Of the next try"`
	Sent     *time.Time `json:"sent,omitempty"`
}

type deliveriesIn struct {
	State  string `query:"state" enum:"waiting,sent,failed,bounced" default:"failed"`
	Before string `query:"before" maxLength:"13"`
}

type deliveriesOut struct {
	Body struct {
		Deliveries []Delivery `json:"deliveries"`
		More       bool       `json:"more"`
	}
}

func (h *Handlers) deliveries(ctx context.Context, in *deliveriesIn) (*deliveriesOut, error) {
	before, err := parse(in.Before)
	if err != nil {
		return nil, err
	}
	list, more, err := h.Mail.Deliveries(ctx, in.State, before)
	out := &deliveriesOut{}
	out.Body.Deliveries, out.Body.More = make([]Delivery, 0, len(list)), more
	for _, d := range list {
		out.Body.Deliveries = append(out.Body.Deliveries, Delivery{
			d.ID.String(), optional(d.Ticket), optional(d.Entry), d.Kind, d.To, d.Copies, d.Subject, d.State, d.Attempts, d.Error, at(d.Due), at(d.Sent),
		})
	}
	return out, err
}

func (h *Handlers) retry(ctx context.Context, in *idIn) (*nothing, error) {
	id, err := parse(in.ID)
	if err != nil {
		return nil, err
	}
	return nil, h.Mail.RetryDelivery(ctx, id)
}

// Sender is a rule about who writes.
type Sender struct {
	Pattern string `json:"pattern" doc:"An address, or a domain with @ before it"`
	Client  string `json:"client,omitempty" doc:"Whose mail it is"`
	Blocked bool   `json:"blocked,omitempty"`
}

type sendersOut struct {
	Body struct {
		Senders []Sender `json:"senders"`
	}
}

func (h *Handlers) senders(ctx context.Context, _ *nothing) (*sendersOut, error) {
	list, err := h.Mail.Senders(ctx)
	out := &sendersOut{}
	out.Body.Senders = make([]Sender, 0, len(list))
	for _, x := range list {
		out.Body.Senders = append(out.Body.Senders, Sender{x.Pattern, optional(x.Client), x.Blocked})
	}
	return out, err
}

type patternIn struct {
	Body struct {
		Pattern string `json:"pattern" minLength:"1" maxLength:"254" doc:"An address, or a domain with @ before it"`
	}
}

func (h *Handlers) block(ctx context.Context, in *patternIn) (*sendersOut, error) {
	if err := h.Mail.Block(ctx, in.Body.Pattern); err != nil {
		return nil, err
	}
	return h.senders(ctx, nil)
}

func (h *Handlers) forget(ctx context.Context, in *patternIn) (*sendersOut, error) {
	if err := h.Mail.ForgetSender(ctx, in.Body.Pattern); err != nil {
		return nil, err
	}
	return h.senders(ctx, nil)
}
