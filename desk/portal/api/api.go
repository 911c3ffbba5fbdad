// SPDX-License-Identifier: Apache-2.0

// Package api has the JSON operations of the portal that are for the firm: who may come in, approvals, ratings. Clients'
// people have pages and no operations.
package api

import (
	"context"
	"strings"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/portal"
	"mainstay/kit/access"
	"mainstay/kit/api"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
)

// Handlers serve the operations.
type Handlers struct {
	Portal *portal.Service
	Desk   *helpdesk.Service
	Zone   func(ctx context.Context) *time.Location // the firm's
}

// Mount registers the operations.
func (h *Handlers) Mount(a *api.API) {
	api.Register(a, "GET", "/clients/{client}/portal", access.ClientsRead, "list-portal-accounts", "List who of a client may come into the portal, and their rights", h.accounts)
	api.Register(a, "PUT", "/clients/{client}/portal/{person}", access.DeskManage, "set-portal-rights", "Decide what a client's person may do in the portal", h.setRights)
	api.Register(a, "POST", "/clients/{client}/portal/{person}/invite", access.DeskManage, "invite-to-portal", "Mail a client's person a link into the portal", h.invite)
	api.Register(a, "GET", "/tickets/{number}/approvals", access.TicketsRead, "list-ticket-approvals", "List what a client was asked to approve on a ticket", h.approvals)
	api.Register(a, "POST", "/tickets/{number}/approvals", access.TicketsWrite, "ask-ticket-approval", "Ask a ticket's client for an approval", h.ask)
	api.Register(a, "POST", "/tickets/{number}/approvals/{approval}/withdraw", access.TicketsWrite, "withdraw-ticket-approval", "Take a question back that nobody has answered", h.withdraw)
	api.Register(a, "GET", "/tickets/{number}/rating", access.TicketsRead, "get-ticket-rating", "Get how a client found a ticket was dealt with", h.rating)
	api.Register(a, "GET", "/ratings", access.TicketsRead, "list-ratings", "List ratings by the month in which tickets were solved", h.ratings)
}

// Account is a client's person in the portal, on the wire.
type Account struct {
	Person   string     `json:"person"`
	Name     string     `json:"name"`
	Email    string     `json:"email,omitempty" doc:"Absent: cannot come in"`
	MayEnter bool       `json:"mayEnter"`
	Seen     *time.Time `json:"seen,omitempty" doc:"Last sign-in"`
	Rights
}

// Rights are those of a client's person, on the wire.
type Rights struct {
	Sees     string `json:"sees" enum:"own,site,client" doc:"Which tickets they read"`
	Approver bool   `json:"approver"`
	Billing  bool   `json:"billing"`
	Blocked  bool   `json:"blocked"`
	Invited  bool   `json:"invited"`
}

type clientIn struct {
	Client string `path:"client" maxLength:"13"`
}

type personIn struct {
	Client string `path:"client" maxLength:"13"`
	Person string `path:"person" maxLength:"13"`
}

type accountsOut struct {
	Body struct {
		Accounts []Account `json:"accounts"`
	}
}

func id(s, what string) (ids.ID, error) {
	x, err := ids.Parse(s)
	if err != nil {
		return 0, fault.NewNotFound("There is no such %s.", fault.Word(what))
	}
	return x, nil
}

func at(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func account(a portal.Account) Account {
	return Account{a.Person.String(), a.Name, a.Email, a.May, at(a.Seen), Rights{string(a.Sees), a.Approver, a.Billing, a.Blocked, a.Invited}}
}

func (h *Handlers) accounts(ctx context.Context, in *clientIn) (*accountsOut, error) {
	client, err := id(in.Client, "client")
	if err != nil {
		return nil, err
	}
	list, err := h.Portal.Accounts(ctx, access.From(ctx).Scope(), client)
	if err != nil {
		return nil, err
	}
	out := &accountsOut{}
	out.Body.Accounts = make([]Account, 0, len(list))
	for _, a := range list {
		out.Body.Accounts = append(out.Body.Accounts, account(a))
	}
	return out, nil
}

type rightsIn struct {
	personIn
	Body Rights
}

type accountOut struct{ Body Account }

func (h *Handlers) setRights(ctx context.Context, in *rightsIn) (*accountOut, error) {
	client, err := id(in.Client, "client")
	if err != nil {
		return nil, err
	}
	person, err := id(in.Person, "person")
	if err != nil {
		return nil, err
	}
	b, scope := in.Body, access.From(ctx).Scope()
	err = h.Portal.SetRights(ctx, scope, client, person, portal.Rights{Invited: b.Invited, Blocked: b.Blocked, Sees: portal.Sees(b.Sees), Billing: b.Billing, Approver: b.Approver})
	if err != nil {
		return nil, err
	}
	a, err := h.Portal.Account(ctx, scope, client, person)
	if err != nil {
		return nil, err
	}
	return &accountOut{account(a)}, nil
}

func (h *Handlers) invite(ctx context.Context, in *personIn) (*struct{}, error) {
	client, err := id(in.Client, "client")
	if err != nil {
		return nil, err
	}
	person, err := id(in.Person, "person")
	if err != nil {
		return nil, err
	}
	return nil, h.Portal.Invite(ctx, access.From(ctx).Scope(), client, person)
}

// Approval is a question to a client and its answer, on the wire.
type Approval struct {
	ID       string     `json:"id"`
	Person   string     `json:"person,omitempty" doc:"Who is asked; absent: whoever of the client may"`
	Text     string     `json:"text"`
	Minor    int64      `json:"minor,omitempty" doc:"Amount in the currency's smallest unit"`
	Currency string     `json:"currency,omitempty"`
	Digest   string     `json:"digest" doc:"SHA-256 of what was asked"`
	AskedBy  string     `json:"askedBy"`
	Asked    time.Time  `json:"asked"`
	Answer   string     `json:"answer" enum:"waiting,yes,no,withdrawn"`
	Decider  string     `json:"decider,omitempty"`
	Email    string     `json:"email,omitempty"`
	Comment  string     `json:"comment,omitempty"`
	Address  string     `json:"address,omitempty" doc:"From where it was decided"`
	Decided  *time.Time `json:"decided,omitempty"`
}

type ticketIn struct {
	Number int64 `path:"number" minimum:"1"`
}

type approvalsOut struct {
	Body struct {
		Approvals []Approval `json:"approvals"`
	}
}

func approval(a portal.Approval) Approval {
	out := Approval{
		ID: a.ID.String(), Text: a.Text, Minor: a.Minor, Currency: string(a.Currency), Digest: a.Digest, AskedBy: a.AskedName, Asked: a.Asked, Answer: string(a.Answer),
		Decider: a.Decider, Email: a.Email, Comment: a.Comment, Address: a.Address, Decided: at(a.Decided),
	}
	if a.Person != 0 {
		out.Person = a.Person.String()
	}
	if a.Answer == portal.Waiting {
		out.Answer = "waiting"
	}
	return out
}

func (h *Handlers) ticket(ctx context.Context, number int64) (helpdesk.Ticket, error) {
	return h.Desk.ByNumber(ctx, access.From(ctx).Scope(), number)
}

func (h *Handlers) approvals(ctx context.Context, in *ticketIn) (*approvalsOut, error) {
	t, err := h.ticket(ctx, in.Number)
	if err != nil {
		return nil, err
	}
	list, err := h.Portal.ApprovalsOf(ctx, access.From(ctx).Scope(), t.ID)
	if err != nil {
		return nil, err
	}
	out := &approvalsOut{}
	out.Body.Approvals = make([]Approval, 0, len(list))
	for _, a := range list {
		out.Body.Approvals = append(out.Body.Approvals, approval(a))
	}
	return out, nil
}

type askIn struct {
	ticketIn
	Body struct {
		Text     string `json:"text" minLength:"1" maxLength:"4000"`
		Minor    int64  `json:"minor,omitempty" minimum:"0" doc:"Amount in the currency's smallest unit"`
		Currency string `json:"currency,omitempty" pattern:"^[A-Z]{3}$"`
		Person   string `json:"person,omitempty" maxLength:"13" doc:"Absent: whoever of the client may"`
	}
}

type askOut struct {
	Body struct {
		ID string `json:"id"`
	}
}

func (h *Handlers) ask(ctx context.Context, in *askIn) (*askOut, error) {
	t, err := h.ticket(ctx, in.Number)
	if err != nil {
		return nil, err
	}
	r := portal.Request{Text: in.Body.Text, Minor: in.Body.Minor, Currency: money.Currency(in.Body.Currency)}
	if in.Body.Person != "" {
		if r.Person, err = ids.Parse(in.Body.Person); err != nil {
			return nil, fault.NewInvalid("%q is not one of the choices.", in.Body.Person).On("person")
		}
	}
	made, err := h.Portal.RequestApproval(ctx, access.From(ctx).Scope(), t.ID, r)
	if err != nil {
		return nil, err
	}
	out := &askOut{}
	out.Body.ID = made.String()
	return out, nil
}

type approvalIn struct {
	ticketIn
	Approval string `path:"approval" maxLength:"13"`
}

func (h *Handlers) withdraw(ctx context.Context, in *approvalIn) (*struct{}, error) {
	t, err := h.ticket(ctx, in.Number)
	if err != nil {
		return nil, err
	}
	x, err := ids.Parse(in.Approval)
	if err != nil {
		return nil, fault.NewNotFound("There is no such approval.")
	}
	return nil, h.Portal.Withdraw(ctx, access.From(ctx).Scope(), t.ID, x)
}

// Rating is how a client found a ticket was dealt with, on the wire.
type Rating struct {
	Ticket     string     `json:"ticket"`
	Client     string     `json:"client"`
	Person     string     `json:"person,omitempty"`
	Technician string     `json:"technician,omitempty" doc:"Whose the ticket was"`
	Rating     string     `json:"rating,omitempty" enum:"good,middling,bad" doc:"Absent: asked, and no answer yet"`
	Comment    string     `json:"comment,omitempty"`
	Solved     time.Time  `json:"solved"`
	Asked      *time.Time `json:"asked,omitempty" doc:"When a mail asked"`
	Rated      *time.Time `json:"rated,omitempty"`
}

func text(x ids.ID) string {
	if x == 0 {
		return ""
	}
	return x.String()
}

func rating(r portal.Rating) Rating {
	return Rating{r.Ticket.String(), text(r.Client), text(r.Person), text(r.Technician), r.Grade.String(), r.Comment, r.Solved, at(r.Asked), at(r.Rated)}
}

type ratingOut struct{ Body Rating }

func (h *Handlers) rating(ctx context.Context, in *ticketIn) (*ratingOut, error) {
	t, err := h.ticket(ctx, in.Number)
	if err != nil {
		return nil, err
	}
	r, ok, err := h.Portal.RatingOf(ctx, access.From(ctx).Scope(), t.ID)
	if err == nil && !ok {
		err = fault.NewNotFound("This ticket was neither asked about nor rated.")
	}
	if err != nil {
		return nil, err
	}
	return &ratingOut{rating(r)}, nil
}

type ratingsIn struct {
	From   string `query:"from" maxLength:"7" doc:"First month, 2006-01; absent: eleven months before the last"`
	To     string `query:"to" maxLength:"7" doc:"Last month; absent: the present one"`
	Client string `query:"client" maxLength:"13"`
}

type ratingsOut struct {
	Body struct {
		Asked    int      `json:"asked"`
		Answered int      `json:"answered"`
		Good     int      `json:"good"`
		Middling int      `json:"middling"`
		Bad      int      `json:"bad"`
		Ratings  []Rating `json:"ratings" doc:"The newest first"`
		Capped   bool     `json:"capped" doc:"There are more than were looked at"`
	}
}

func month(s string, otherwise civil.Month, field string) (civil.Month, error) {
	if s == "" {
		return otherwise, nil
	}
	t, err := time.Parse("2006-01", strings.TrimSpace(s))
	if err != nil {
		return 0, fault.NewInvalid("%q is not a month.", s).On(field)
	}
	return civil.DateOf(t).Month(), nil
}

func (h *Handlers) ratings(ctx context.Context, in *ratingsIn) (*ratingsOut, error) {
	zone := h.Zone(ctx)
	to, err := month(in.To, civil.DateOf(h.Portal.Now().In(zone)).Month(), "to")
	if err != nil {
		return nil, err
	}
	from, err := month(in.From, to-11, "from")
	if err != nil {
		return nil, err
	}
	var client ids.ID
	if in.Client != "" {
		if client, err = id(in.Client, "client"); err != nil {
			return nil, err
		}
	}
	s, err := h.Portal.Satisfaction(ctx, access.From(ctx).Scope(), zone, from, to, client)
	if err != nil {
		return nil, err
	}
	out := &ratingsOut{}
	b := &out.Body
	b.Asked, b.Answered, b.Good, b.Middling, b.Bad, b.Capped = s.Total.Asked, s.Total.Answered, s.Total.Good, s.Total.Middling, s.Total.Bad, s.Capped
	b.Ratings = make([]Rating, 0, len(s.Rows))
	for _, r := range s.Rows {
		b.Ratings = append(b.Ratings, rating(r.Rating))
	}
	return out, nil
}
