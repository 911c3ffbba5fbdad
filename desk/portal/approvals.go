// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"strings"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/mailroom"
	"mainstay/desk/portal/store"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
)

// Answer is what became of an approval that was asked for.
type Answer string

// The answers. Waiting is none yet.
const (
	Waiting   Answer = ""
	Yes       Answer = "yes"
	No        Answer = "no"
	Withdrawn Answer = "withdrawn"
)

// Approval is a question of the firm to a client, and its answer.
type Approval struct {
	ID        ids.ID
	Ticket    ids.ID
	Client    ids.ID
	Person    ids.ID // who is asked; 0 = whoever of the client may
	Text      string
	Minor     int64 // 0 = no amount
	Currency  money.Currency
	Digest    string // SHA-256 of text and amount
	AskedBy   ids.ID
	AskedName string
	Asked     time.Time

	Answer  Answer
	By      ids.ID // the person of the client who decided
	Decider string
	Email   string // of whoever decided
	Comment string
	Address string // from where they decided
	Decided time.Time
}

func approvalOf(r store.ApprovalByIDRow) Approval {
	a := r.PortalApproval
	return Approval{
		ID: ids.ID(a.ID), Ticket: ids.ID(a.TicketID), Client: ids.ID(a.ClientID), Person: ids.ID(a.PersonID), Text: a.Text, Minor: a.Minor,
		Currency: money.Currency(a.Currency), Digest: a.Digest, AskedBy: ids.ID(a.AskedBy), AskedName: a.AskedName, Asked: instant(a.AskedAt),
		Answer: Answer(r.Answer), By: ids.ID(r.DecidedBy), Decider: r.Decider, Email: r.DeciderEmail, Comment: r.Comment, Address: r.Address, Decided: instant(r.DecidedAt),
	}
}

// digest is the SHA-256 of what is asked, as a JSON array.
func (a Approval) digest() string {
	b, _ := json.Marshal([]any{a.ID.String(), a.Ticket.String(), a.Text, a.Minor, string(a.Currency)})
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:])
}

// Request is what a technician asks a client to approve.
type Request struct {
	Text     string
	Minor    int64
	Currency money.Currency
	Person   ids.ID // 0 = whoever of the client may
}

const maxRequest = 4000

func noApproval() *fault.Error { return fault.NewNotFound("There is no such approval.") }

// RequestApproval asks a ticket's client to approve something. Those who may are told by mail, where mail can be sent.
func (s *Service) RequestApproval(ctx context.Context, scope access.Scope, ticket ids.ID, r Request) (ids.ID, error) {
	t, err := s.p.Desk.Get(ctx, scope, ticket)
	if err != nil {
		return 0, err
	}
	r.Text = strings.TrimSpace(strings.ReplaceAll(r.Text, "\r\n", "\n"))
	switch {
	case r.Text == "":
		return 0, fault.NewInvalid("Write what is to be approved.").On("text")
	case len(r.Text) > maxRequest:
		return 0, fault.NewInvalid("This is too long: at most %d characters.", maxRequest).On("text")
	case r.Minor < 0 || r.Minor != 0 && r.Currency == "":
		return 0, fault.NewInvalid("Enter the amount as 1250 or 1,250.00.").On("amount")
	case t.MergedInto != 0 || !t.State.Unfinished():
		return 0, fault.NewConflict("Approvals are asked on tickets that are open.")
	}
	if set, err := s.Settings(ctx); err != nil || !set.Enabled {
		return 0, orElse(err, fault.NewConflict("The portal is switched off. Switch it on in its settings first."))
	}
	asked, err := s.approvers(ctx, t.Client, r.Person)
	if err != nil {
		return 0, err
	}
	can, err := s.p.Mail.CanSend(ctx)
	if err != nil {
		return 0, err
	}
	name, p, err := s.firm(ctx)
	if err != nil {
		return 0, err
	}
	by := access.From(ctx)
	a := Approval{ID: s.p.IDs.New(), Ticket: t.ID, Client: t.Client, Person: r.Person, Text: r.Text, Minor: r.Minor, AskedBy: by.User, AskedName: by.Name}
	if r.Minor != 0 {
		a.Currency = r.Currency
	}
	a.Digest = a.digest()
	err = s.write(ctx, func(tx *sql.Tx, q *store.Queries) error {
		if err := q.InsertApproval(ctx, store.InsertApprovalParams{
			ID: int64(a.ID), TicketID: int64(t.ID), ClientID: int64(t.Client), PersonID: int64(a.Person), Text: a.Text, Minor: a.Minor, Currency: string(a.Currency),
			Digest: a.Digest, AskedBy: int64(a.AskedBy), AskedName: a.AskedName, AskedAt: clock.Micros(s.now()),
		}); err != nil {
			return err
		}
		body := p.T("Please approve:") + " " + a.words(p)
		if _, _, err := s.p.Desk.SayIn(ctx, tx, t.ID, helpdesk.Message{Kind: helpdesk.System, Public: true, Body: body, Author: &helpdesk.Author{Kind: "user", ID: by.User, Name: by.Name}}); err != nil {
			return err
		}
		for _, who := range asked {
			if !can {
				break
			}
			w := speaking(p, who.Language)
			if err := s.p.Mail.Post(ctx, tx, mailroom.Letter{
				To: who.Email, Subject: w.T("Please approve: %s", t.Subject),
				Body: w.T("Hello %s,", who.Name) + "\n\n" + w.T("%s asks for your approval on ticket %s:", by.Name, ticketNumber(t)) + "\n\n" + a.words(w) + "\n\n" +
					w.T("Say yes or no here:") + "\n" + s.p.URL + access.PortalPath + "/approvals/" + a.ID.String() + "\n\n" + name,
			}); err != nil {
				return err
			}
		}
		return s.p.Access.Record(ctx, tx, "portal.approval-asked", ticketNumber(t), a.Digest)
	})
	if err == nil {
		s.p.Desk.Told(t.ID)
	}
	return a.ID, err
}

// words is what is asked, with its amount.
func (a Approval) words(p locale.Printer) string {
	if a.Minor == 0 {
		return a.Text
	}
	return a.Text + "\n" + p.T("Amount: %s", p.Money(a.Minor, a.Currency))
}

// approvers are those of a client who may approve: all, or the named one.
func (s *Service) approvers(ctx context.Context, client, person ids.ID) (out []Account, err error) {
	all, err := s.Accounts(ctx, access.WholeFirm(), client)
	if err != nil {
		return nil, err
	}
	for _, a := range all {
		if a.May && a.Approver && (person == 0 || a.Person == person) {
			out = append(out, a)
		}
	}
	switch {
	case len(out) > 0:
		return out, nil
	case person != 0:
		return nil, fault.NewInvalid("This person may not approve. Give them the right on the client's page.").On("person")
	}
	return nil, fault.NewConflict("Nobody of this client may approve. Give somebody the right on the client's page.")
}

// Approvers are those of a client whom one may ask.
func (s *Service) Approvers(ctx context.Context, scope access.Scope, client ids.ID) (out []Account, err error) {
	all, err := s.Accounts(ctx, scope, client)
	for _, a := range all {
		if a.May && a.Approver {
			out = append(out, a)
		}
	}
	return out, err
}

// ApprovalsOf returns what was asked on a ticket in scope, the first first.
func (s *Service) ApprovalsOf(ctx context.Context, scope access.Scope, ticket ids.ID) (out []Approval, err error) {
	t, err := s.p.Desk.Get(ctx, scope, ticket)
	if err != nil {
		return nil, err
	}
	rows, err := s.read().ApprovalsOfTicket(ctx, int64(ticket))
	for _, r := range rows {
		if a := approvalOf(store.ApprovalByIDRow(r)); a.Client == t.Client { // a ticket that was moved leaves its questions behind
			out = append(out, a)
		}
	}
	return out, err
}

// ApprovalsFor returns what was asked on a ticket that the caller reads.
func (s *Service) ApprovalsFor(ctx context.Context, t helpdesk.Ticket) ([]Approval, error) {
	return s.ApprovalsOf(ctx, access.From(ctx).Scope(), t.ID)
}

// forMe reports whether the caller may decide on a.
func (a Approval) forMe(id *access.Identity) bool {
	return a.Client == id.Client && id.May(access.PortalApprove) && (a.Person == 0 || a.Person == id.Person)
}

// Mine returns what the caller may decide on or has decided, the newest first, with the tickets.
func (s *Service) Mine(ctx context.Context) (out []Approval, err error) {
	if _, _, err := s.share(ctx); err != nil {
		return nil, err
	}
	id := access.From(ctx)
	rows, err := s.read().ApprovalsOfClient(ctx, int64(id.Client))
	if err != nil {
		return nil, err
	}
	for _, r := range rows {
		a := approvalOf(store.ApprovalByIDRow(r))
		if !a.forMe(id) {
			continue
		}
		switch _, err := s.p.Desk.Get(ctx, id.Scope(), a.Ticket); {
		case err == nil:
			out = append(out, a)
		case !fault.Is(err, fault.NotFound):
			return nil, err
		}
	}
	return out, nil
}

// WaitingForMe returns what waits for the caller's decision, the newest first.
func (s *Service) WaitingForMe(ctx context.Context) (out []Approval, err error) {
	if !access.From(ctx).May(access.PortalApprove) {
		return nil, nil
	}
	all, err := s.Mine(ctx)
	for _, a := range all {
		if a.Answer == Waiting {
			out = append(out, a)
		}
	}
	return out, err
}

// Approval returns one that the caller may decide on, with its ticket. Who may approve reads the subject of its ticket,
// whoever asked that.
func (s *Service) Approval(ctx context.Context, id ids.ID) (Approval, helpdesk.Ticket, error) {
	if _, _, err := s.share(ctx); err != nil {
		return Approval{}, helpdesk.Ticket{}, err
	}
	me := access.From(ctx)
	r, err := s.read().ApprovalByID(ctx, int64(id))
	if err != nil {
		return Approval{}, helpdesk.Ticket{}, orMissing(err, noApproval())
	}
	a := approvalOf(r)
	if !a.forMe(me) {
		return Approval{}, helpdesk.Ticket{}, noApproval()
	}
	t, err := s.p.Desk.Get(ctx, me.Scope(), a.Ticket)
	if fault.Is(err, fault.NotFound) {
		err = noApproval()
	}
	return a, t, err
}

// Decide keeps the caller's yes or no for good. digest is that of what they were shown.
func (s *Service) Decide(ctx context.Context, id ids.ID, yes bool, comment, digest, agent string) error {
	a, t, err := s.Approval(ctx, id)
	if err != nil {
		return err
	}
	comment = strings.TrimSpace(strings.ReplaceAll(comment, "\r\n", "\n"))
	switch {
	case len(comment) > maxComment:
		return fault.NewInvalid("This is too long: at most %d characters.", maxComment).On("comment")
	case digest != a.Digest || a.digest() != a.Digest:
		return fault.NewConflict("This is not what was asked. Look at it again.")
	}
	me := access.From(ctx)
	answer, action := No, "portal.declined"
	if yes {
		answer, action = Yes, "portal.approved"
	}
	_, p, err := s.firm(ctx)
	if err != nil {
		return err
	}
	body := p.T("Not approved:") + " " + a.words(p)
	if yes {
		body = p.T("Approved:") + " " + a.words(p)
	}
	if comment != "" {
		body += "\n\n" + comment
	}
	err = s.write(ctx, func(tx *sql.Tx, q *store.Queries) error {
		n, err := q.InsertDecision(ctx, store.InsertDecisionParams{
			ApprovalID: int64(id), Answer: string(answer), PersonID: int64(me.Person), Name: me.Name, Email: me.Email, Comment: comment, Digest: a.Digest,
			Address: access.Address(ctx), Agent: strings.ToValidUTF8(agent[:min(len(agent), 300)], ""), DecidedAt: clock.Micros(s.now()),
		})
		if err != nil {
			return err
		}
		if n == 0 {
			return decided()
		}
		if _, _, err := s.p.Desk.SayIn(ctx, tx, goesOn(t), helpdesk.Message{Kind: helpdesk.Reply, Public: true, Body: body, Author: &helpdesk.Author{Kind: "person", ID: me.Person, Name: me.Name}}); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, action, ticketNumber(t), a.Digest)
	})
	if err == nil {
		s.p.Desk.Told(t.ID)
	}
	return err
}

func decided() error { return fault.NewConflict("This was decided already.") }

// Withdraw takes a question back that nobody has answered.
func (s *Service) Withdraw(ctx context.Context, scope access.Scope, ticket, id ids.ID) error {
	list, err := s.ApprovalsOf(ctx, scope, ticket)
	if err != nil {
		return err
	}
	for _, a := range list {
		if a.ID != id {
			continue
		}
		by := access.From(ctx)
		err := s.write(ctx, func(tx *sql.Tx, q *store.Queries) error {
			n, err := q.InsertDecision(ctx, store.InsertDecisionParams{
				ApprovalID: int64(id), Answer: string(Withdrawn), Name: by.Name, Email: by.Email, Digest: a.Digest, Address: access.Address(ctx), DecidedAt: clock.Micros(s.now()),
			})
			if err != nil || n == 0 {
				return orElse(err, decided())
			}
			return s.p.Access.Record(ctx, tx, "portal.approval-withdrawn", id.String(), a.Digest)
		})
		if err == nil {
			s.p.Desk.Told(ticket)
		}
		return err
	}
	return noApproval()
}

// Forget takes away what the portal keeps of a ticket of the invented firm.
func (s *Service) Forget(ctx context.Context, ticket ids.ID) error {
	return s.write(ctx, func(_ *sql.Tx, q *store.Queries) error {
		for _, drop := range []func(context.Context, int64) error{q.DropRating, q.DropDecisions, q.DropApprovals} {
			if err := drop(ctx, int64(ticket)); err != nil {
				return err
			}
		}
		return nil
	})
}
