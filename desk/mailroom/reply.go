// SPDX-License-Identifier: Apache-2.0

package mailroom

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"html"
	"strings"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/mailroom/mime"
	"mainstay/desk/mailroom/store"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/ids"
)

// attached is a file of an outgoing mail.
type attached struct {
	Ref  string `json:"ref"`
	Name string `json:"name"`
	Type string `json:"type"`
	Size int64  `json:"size"`
}

// SendReply puts the mail that carries a public reply into the outbox, in the transaction that writes the reply. It goes
// to whoever last wrote on the ticket by mail, else to the ticket's person; where nobody has an address, or no mailbox
// can send, there is no mail. It is what [helpdesk.Parts.Replied] is for.
func (s *Service) SendReply(ctx context.Context, tx *sql.Tx, t helpdesk.Ticket, e helpdesk.Entry) error {
	q := store.New(tx)
	to, last, err := s.recipient(ctx, q, t)
	if err != nil || to == "" {
		return err
	}
	box, err := s.sendingBox(ctx, q, last.MailboxID, t.Board)
	if err != nil || box.ID == 0 {
		return err
	}
	var files []attached
	for _, f := range e.Files {
		files = append(files, attached{f.Ref, f.Name, f.Type, f.Size})
	}
	body := e.Body
	if s.p.Foot != nil {
		foot, err := s.p.Foot(ctx, t)
		if err != nil {
			return err
		}
		if foot != "" {
			body += "\n\n" + foot
		}
	}
	if box.Signature != "" {
		body += "\n\n-- \n" + box.Signature
	}
	subject := withoutTag(t.Subject)
	if last.MessageID != "" && !strings.HasPrefix(strings.ToLower(subject), "re:") {
		subject = "Re: " + subject
	}
	err = s.putOut(ctx, q, box, t, e.ID, envelope{"reply", to, e.Copies, subject, body, last.MessageID, files})
	nudge(s.wake)
	return err
}

// recipient is the address that a reply goes to, and the mail that it answers.
func (s *Service) recipient(ctx context.Context, q *store.Queries, t helpdesk.Ticket) (string, store.MailroomMessage, error) {
	last, err := q.LastFrom(ctx, int64(t.ID))
	if err == nil && last.Sender != "" {
		return last.Sender, last, nil
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", last, err
	}
	if t.Person == 0 {
		return "", last, nil
	}
	c, err := s.p.Clients.Get(ctx, access.WholeFirm(), t.Client)
	for _, p := range c.People {
		if p.ID == t.Person && strings.Contains(p.Email, "@") {
			return strings.ToLower(p.Email), last, err
		}
	}
	return "", last, err
}

// sendingBox is the mailbox that the ticket's mail came by, else one of its board, else the first that can send.
func (s *Service) sendingBox(ctx context.Context, q *store.Queries, by int64, board ids.ID) (best store.MailroomMailbox, err error) {
	rows, err := q.Mailboxes(ctx)
	rank := 0
	for _, r := range rows {
		if r.Enabled == 0 || r.SmtpHost == "" {
			continue
		}
		n := 1
		switch {
		case r.ID == by:
			n = 3
		case r.BoardID == int64(board) && r.BoardID != 0:
			n = 2
		}
		if n > rank {
			best, rank = r, n
		}
	}
	return best, err
}

// envelope is a mail of ours as it is put into the outbox.
type envelope struct {
	kind, to      string
	copies        []string
	subject, body string
	answers       string // the Message-ID that it answers
	files         []attached
}

func (s *Service) putOut(ctx context.Context, q *store.Queries, box store.MailroomMailbox, t helpdesk.Ticket, entry ids.ID, e envelope) error {
	id := s.p.IDs.New()
	domain := s.p.Host
	if domain == "" {
		_, domain, _ = strings.Cut(box.Address, "@")
	}
	messageID := id.String() + "." + s.p.Sealer.MAC("mail-id", id.String())[:16] + "@" + domain
	refs := []string{}
	if e.answers != "" {
		refs = append(refs, e.answers)
	}
	refText, err := json.Marshal(refs)
	if err != nil {
		return err
	}
	fileText, err := json.Marshal(e.files)
	if err != nil {
		return err
	}
	body, subject, page := e.body, e.subject, asHTML(e.body)
	if e.kind == secretKind {
		body, page = s.p.Sealer.Seal(sealFor(int64(id)), body), ""
	}
	if t.ID != 0 {
		subject += " " + s.tag(t.Number)
	}
	if err := q.InsertOutgoing(ctx, store.InsertOutgoingParams{
		ID: int64(id), MailboxID: box.ID, TicketID: int64(t.ID), EntryID: int64(entry), Kind: e.kind, MessageID: messageID, Recipients: e.to, Copies: strings.Join(e.copies, " "),
		Subject: subject, Body: body, Html: page, Refs: string(refText), Files: string(fileText), Due: clock.Micros(s.now()),
	}); err != nil || t.ID == 0 {
		return err
	}
	return q.Belongs(ctx, messageID, int64(t.ID))
}

// asHTML is a plain text as the HTML alternative says it.
func asHTML(text string) string {
	var b strings.Builder
	for p := range strings.SplitSeq(strings.TrimSpace(text), "\n\n") {
		b.WriteString("<p>" + strings.ReplaceAll(html.EscapeString(strings.TrimSpace(p)), "\n", "<br>\n") + "</p>\n")
	}
	return b.String()
}

// receipt tells a person that their first mail has come in. No machine gets one, and nobody more than three an hour.
func (s *Service) receipt(ctx context.Context, q *store.Queries, row store.MailroomMessage, m *incoming, t helpdesk.Ticket) error {
	if row.Reason == imported {
		return nil
	}
	box, err := q.MailboxByID(ctx, row.MailboxID)
	if err != nil || box.Acknowledge == 0 || box.Receipt == "" || box.SmtpHost == "" || box.Enabled == 0 || m.Auto != mime.ByHand || t.Origin != helpdesk.FromClient {
		return err
	}
	n, err := q.Receipts(ctx, m.From.Email, clock.Micros(s.now().Add(-time.Hour)))
	if err != nil || n >= 3 {
		return err
	}
	defer nudge(s.wake)
	return s.putOut(ctx, q, box, t, 0, envelope{kind: "receipt", to: m.From.Email, subject: "Re: " + withoutTag(t.Subject), body: box.Receipt, answers: m.ID})
}

// Delivery is how a mail of ours stands.
type Delivery struct {
	ID       ids.ID
	Ticket   ids.ID
	Entry    ids.ID
	Kind     string // reply, receipt
	To       string
	Copies   []string // who else got it
	Subject  string
	State    string // waiting, sent, failed, bounced
	Attempts int
	Error    string // what the server said last; "" = nothing
	Due      time.Time
	Sent     time.Time
}

func deliveryOf(r store.MailroomOutgoing) Delivery {
	return Delivery{ids.ID(r.ID), ids.ID(r.TicketID), ids.ID(r.EntryID), r.Kind, r.Recipients, strings.Fields(r.Copies), r.Subject, r.State, int(r.Attempts), r.Error, instant(r.Due), instant(r.SentAt)}
}

// OfTicket returns what came in and what went out on a ticket, for the page that shows its thread.
func (s *Service) OfTicket(ctx context.Context, scope access.Scope, ticket ids.ID) (in []Message, out []Delivery, err error) {
	if _, err := s.p.Helpdesk.Get(ctx, scope, ticket); err != nil {
		return nil, nil, err
	}
	got, err := s.read().MessagesOfEntries(ctx, int64(ticket))
	if err != nil {
		return nil, nil, err
	}
	for _, r := range got {
		in = append(in, messageOf(r))
	}
	went, err := s.read().OutgoingOf(ctx, int64(ticket))
	for _, r := range went {
		out = append(out, deliveryOf(r))
	}
	return in, out, err
}

// Deliveries returns up to 50 mails of ours in a state, the newest first, as [Service.Messages] does.
func (s *Service) Deliveries(ctx context.Context, state string, before ids.ID) (out []Delivery, more bool, err error) {
	const page = 50
	if before == 0 {
		before = 1<<63 - 1
	}
	rows, err := s.read().OutgoingIn(ctx, state, int64(before))
	for i, r := range rows {
		if i == page {
			return out, true, err
		}
		out = append(out, deliveryOf(r))
	}
	return out, false, err
}
