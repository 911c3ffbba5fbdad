// SPDX-License-Identifier: Apache-2.0

package mailroom

import (
	"bufio"
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/mailroom/mime"
	"mainstay/desk/mailroom/store"
	"mainstay/kit/blob"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// maxTries is how often a mail is begun before it is left to a person: one that ends the process each time must not
// end it for ever.
const maxTries = 10

// readWithin bounds the reading of one mail, which takes milliseconds.
const readWithin = 30 * time.Second

// hold is how much of a mail is kept at all. What is larger is not fetched.
func (s *Service) hold() int64 {
	if s.p.Limits.Size > 0 {
		return s.p.Limits.Size
	}
	return mime.Usual().Size
}

// headOf is how much of a mail that is too large is kept.
const headOf = 64 << 10

// Take keeps a mail that did not come by IMAP and files it. It returns the message's id. Of a mail that is too large only
// the beginning is kept, and it waits for a person's decision.
func (s *Service) Take(ctx context.Context, mailbox ids.ID, raw io.Reader) (ids.ID, error) {
	return s.takeIn(ctx, mailbox, raw, "")
}

// Import is Take for mails of the past: nobody gets a receipt for them.
func (s *Service) Import(ctx context.Context, mailbox ids.ID, raw io.Reader) (ids.ID, error) {
	return s.takeIn(ctx, mailbox, raw, imported)
}

// imported marks a mail of the past until it is filed.
const imported = "import"

func (s *Service) takeIn(ctx context.Context, mailbox ids.ID, raw io.Reader, reason string) (ids.ID, error) {
	if _, err := s.Mailbox(ctx, mailbox); err != nil {
		return 0, err
	}
	head := bufio.NewReaderSize(raw, headOf)
	start, err := head.Peek(headOf)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	start = bytes.Clone(start)
	ref, size, err := s.p.Blobs.Put(head, s.hold())
	if size > s.hold() && fault.Is(err, fault.Invalid) {
		reason = "size"
		ref, _, err = s.p.Blobs.Put(bytes.NewReader(start), headOf)
	}
	if err != nil {
		return 0, err
	}
	id := s.p.IDs.New()
	err = s.write(ctx, func(_ *sql.Tx, q *store.Queries) error {
		_, err := q.InsertMessage(ctx, store.InsertMessageParams{
			ID: int64(id), MailboxID: int64(mailbox), Uid: -int64(id), Ref: string(ref), Size: size, State: string(Stored), Reason: reason, ReceivedAt: clock.Micros(s.now()),
		})
		return err
	})
	if err != nil {
		return 0, err
	}
	if err = s.file(ctx, id); fault.Is(err, fault.Busy) { // it is kept, and filed as soon as that is possible
		s.p.Log.Warn("a mail waits to be filed", "message", id.String(), "error", err)
		err = nil
	}
	return id, err
}

// Resume files what was stored and not filed when the process last ended. again says that they were begun before.
func (s *Service) Resume(ctx context.Context, again bool) error {
	var failed error
	for after := int64(0); ; {
		rows, err := s.read().Stored(ctx, after)
		if err != nil || len(rows) == 0 {
			return errors.Join(failed, err)
		}
		for _, id := range rows {
			after = id
			if again {
				if err := s.write(ctx, func(_ *sql.Tx, q *store.Queries) error { return q.Tried(ctx, id) }); err != nil {
					return err
				}
			}
			if err := s.file(ctx, ids.ID(id)); err != nil {
				if ctx.Err() != nil || fault.Is(err, fault.Busy) {
					return err
				}
				failed = errors.Join(failed, err) // the others go on
				s.p.Log.Error("cannot file a mail", "message", ids.ID(id).String(), "error", err)
			}
		}
	}
}

// outcome is what becomes of a mail.
type outcome struct {
	state          State
	reason, detail string
	ticket         helpdesk.Ticket // of which it is a reply or note
	client         ids.ID          // of a new ticket
	person         ids.ID
	author         helpdesk.Author
	outgoing       int64 // the mail that a report is about
	failed         bool  // the report says that it will not arrive
}

func review(reason, detail string) outcome {
	return outcome{state: Review, reason: reason, detail: detail}
}

func reject(reason, detail string) outcome {
	return outcome{state: Rejected, reason: reason, detail: detail}
}

var errTaken = errors.New("somebody else filed this mail")

// file reads a stored mail and makes of it what it is. It may be called again for the same mail at any time.
func (s *Service) file(ctx context.Context, id ids.ID) error {
	s.filing.Lock()
	defer s.filing.Unlock()
	row, err := s.read().MessageByID(ctx, int64(id))
	if err != nil || row.State != string(Stored) {
		return orMissing(err, noMessage())
	}
	m, err := s.readMail(ctx, row)
	if err != nil {
		return err
	}
	var o outcome
	if o, err = s.scan(ctx, row); err != nil {
		return err
	}
	if o.state == "" {
		if o, err = s.judge(ctx, row, m); err != nil {
			return err
		}
	}
	return s.settle(ctx, row, m, o, Stored)
}

// settle does what was decided; what the helpdesk refuses is left to a person.
func (s *Service) settle(ctx context.Context, row store.MailroomMessage, m *incoming, o outcome, was State) error {
	err := s.carryOut(ctx, row, m, o, was)
	if k := fault.KindOf(err); err != nil && was == Stored && (k == fault.Invalid || k == fault.Conflict || k == fault.NotFound) {
		s.p.Log.Warn("a mail could not be filed", "message", ids.ID(row.ID).String(), "error", err)
		err = s.carryOut(ctx, row, m, review("refused", fault.TextOf(err)), was)
	}
	if errors.Is(err, errTaken) {
		return nil
	}
	return err
}

// incoming is a message that was read, or of which only the header could be.
type incoming struct {
	mime.Message
	limit string // the limit that it goes beyond
	fatal string // what ended the reading
	dmarc mime.DMARC
}

func (s *Service) readMail(ctx context.Context, row store.MailroomMessage) (out *incoming, err error) {
	f, err := s.p.Blobs.Open(blob.Ref(row.Ref))
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if row.Tries >= maxTries {
		return &incoming{fatal: "tries"}, nil
	}
	defer func() {
		if p := recover(); p != nil {
			s.p.Log.Error("panic while reading a mail", "message", ids.ID(row.ID).String(), "panic", fmt.Sprint(p))
			out, err = &incoming{fatal: "panic"}, nil
		}
	}()
	within, cancel := context.WithTimeout(ctx, readWithin)
	defer cancel()
	rd := mime.Reader{Limits: s.p.Limits, Keep: func(f *mime.File, r io.Reader) error {
		ref, size, err := s.p.Blobs.Put(r, s.hold())
		f.Ref, f.Size = string(ref), size
		return err
	}}
	m, err := rd.Read(within, f)
	limit, beyond := errors.AsType[*mime.LimitError](err)
	switch {
	case beyond:
		return &incoming{Message: *m, limit: limit.What}, nil
	case err != nil && within.Err() != nil && ctx.Err() == nil:
		return &incoming{fatal: "time"}, nil
	case err != nil:
		return nil, err
	}
	out = &incoming{Message: *m}
	if row.Reason == "size" { // only the header was fetched
		out.limit, out.Key = "size", ""
	}
	return out, nil
}

// carryOut writes what a mail became and what it made, in one transaction.
func (s *Service) carryOut(ctx context.Context, row store.MailroomMessage, m *incoming, o outcome, was State) error {
	var touched ids.ID
	err := s.write(ctx, func(tx *sql.Tx, q *store.Queries) error {
		touched = 0
		n, err := q.Claim(ctx, row.ID, string(was))
		if err != nil {
			return err
		}
		if n == 0 {
			return errTaken
		}
		now := o // a transaction may run again
		if m.Key != "" && was == Stored {
			if n, err = q.See(ctx, m.Key, row.ID); err != nil {
				return err
			}
			if n == 0 {
				now = outcome{state: Duplicate}
			}
		}
		entry, err := s.apply(ctx, tx, q, row, m, &now)
		if err != nil {
			return err
		}
		touched = now.ticket.ID
		if err := s.record(ctx, q, row, m, now, entry); err != nil || now.state != Review || s.p.Waits == nil {
			return err
		}
		waits, err := q.MessageByID(ctx, row.ID)
		if err != nil {
			return err
		}
		return s.p.Waits(ctx, tx, messageOf(waits))
	})
	if err != nil {
		return err
	}
	if touched != 0 {
		s.p.Helpdesk.Told(touched)
	}
	s.told(ids.ID(row.ID).String())
	return nil
}

func (s *Service) record(ctx context.Context, q *store.Queries, row store.MailroomMessage, m *incoming, o outcome, entry ids.ID) error {
	preview := m.Text
	if len(preview) > 600 {
		preview = strings.ToValidUTF8(preview[:600], "")
	}
	copies, err := s.others(ctx, m)
	if err != nil {
		return err
	}
	n, err := q.FileMessage(ctx, store.FileMessageParams{
		ID: row.ID, Was: string(Stored), State: string(o.state), Reason: o.reason, Detail: o.detail, MessageID: m.ID, Sender: m.From.Email,
		SenderName: m.From.Name, Subject: m.Subject, Preview: preview, Dmarc: string(m.dmarc), Images: int64(m.Images), Broken: flag(m.Broken || m.Cut),
		TicketID: int64(o.ticket.ID), EntryID: int64(entry), ClientID: int64(o.client), DoneAt: clock.Micros(s.now()),
		Copies: strings.Join(copies, " "),
	})
	if err == nil && n == 0 {
		return errTaken
	}
	return err
}

// apply makes the ticket or the entry.
func (s *Service) apply(ctx context.Context, tx *sql.Tx, q *store.Queries, row store.MailroomMessage, m *incoming, o *outcome) (entry ids.ID, err error) {
	switch o.state {
	case NewTicket:
		o.ticket, entry, err = s.p.Helpdesk.CreateIn(ctx, tx, s.draft(ctx, q, row, m, *o))
	case Answer, Noted:
		msg := helpdesk.Message{Public: o.state == Answer, Kind: helpdesk.MailEntry, Body: bodyOf(m), HTML: m.HTML, Files: filesOf(row, m), Author: &o.author}
		if o.state == Noted {
			msg.Kind = helpdesk.Note
		}
		o.ticket, entry, err = s.p.Helpdesk.SayIn(ctx, tx, o.ticket.ID, msg)
		o.client = o.ticket.Client
	case Bounce:
		entry, err = s.bounced(ctx, tx, q, m, o)
	}
	if err != nil || o.ticket.ID == 0 {
		return entry, err
	}
	if m.ID != "" {
		if err := q.Belongs(ctx, m.ID, int64(o.ticket.ID)); err != nil {
			return entry, err
		}
	}
	if o.state == NewTicket {
		return entry, s.receipt(ctx, q, row, m, o.ticket)
	}
	return entry, nil
}

func (s *Service) draft(ctx context.Context, q *store.Queries, row store.MailroomMessage, m *incoming, o outcome) helpdesk.Draft {
	d := helpdesk.Draft{
		Client: o.client, Person: o.person, Origin: helpdesk.FromClient, OriginNote: m.ID, Channel: "mail", Subject: subjectOf(m),
		Body: bodyOf(m), HTML: m.HTML, Files: filesOf(row, m), Author: &o.author, Parent: o.ticket.ID,
	}
	if d.OriginNote == "" {
		d.OriginNote = m.From.Email
	}
	if m.Generated { // an alert that a machine mailed: nobody started it
		d.Origin = helpdesk.FromMonitor
	}
	if box, err := q.MailboxByID(ctx, row.MailboxID); err == nil {
		d.Board = ids.ID(box.BoardID)
	}
	return d
}

func subjectOf(m *incoming) string {
	for _, s := range []string{withoutTag(m.Subject), firstLine(m.Text)} {
		if s != "" {
			return s
		}
	}
	return "E-mail"
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	if len(s) > 120 {
		s = strings.ToValidUTF8(s[:120], "")
	}
	return strings.TrimSpace(s)
}

// bodyOf is never empty: an entry says something.
func bodyOf(m *incoming) string {
	if m.Text != "" || m.HTML != "" || len(m.Files) > 0 {
		return m.Text
	}
	return subjectOf(m)
}

// filesOf are the attachments; of a mail that could not be shown as it was written, also the mail itself.
func filesOf(row store.MailroomMessage, m *incoming) (out []helpdesk.File) {
	for _, f := range m.Files {
		if f.Ref != "" {
			out = append(out, helpdesk.File{Ref: f.Ref, Name: f.Name, Type: f.Type, Size: f.Size})
		}
	}
	if m.Broken || m.Cut {
		out = append(out, helpdesk.File{Ref: row.Ref, Name: "mail.eml", Type: "message/rfc822", Size: row.Size})
	}
	return out
}

// bounced marks the mail that did not arrive and notes it on its ticket.
func (s *Service) bounced(ctx context.Context, tx *sql.Tx, q *store.Queries, m *incoming, o *outcome) (entry ids.ID, err error) {
	if o.outgoing != 0 && o.failed {
		if err := q.BounceOutgoing(ctx, o.outgoing, o.detail); err != nil {
			return 0, err
		}
		if err := s.undelivered(ctx, tx, q, o.outgoing); err != nil {
			return 0, err
		}
	}
	if o.ticket.ID == 0 || !o.failed {
		return 0, nil
	}
	body := strings.TrimSpace(m.Bounce.Recipient + "\n" + m.Bounce.Why)
	o.ticket, entry, err = s.p.Helpdesk.SayIn(ctx, tx, o.ticket.ID, helpdesk.Message{
		Kind: helpdesk.Note, Body: body, Author: &helpdesk.Author{Kind: "system", Name: m.From.Email},
	})
	o.client = o.ticket.Client
	return entry, err
}

// undelivered tells of a reply that will not arrive.
func (s *Service) undelivered(ctx context.Context, tx *sql.Tx, q *store.Queries, outgoing int64) error {
	if s.p.Undelivered == nil {
		return nil
	}
	row, err := q.OutgoingByID(ctx, outgoing)
	if err != nil || row.Kind != "reply" {
		return err
	}
	return s.p.Undelivered(ctx, tx, deliveryOf(row))
}
