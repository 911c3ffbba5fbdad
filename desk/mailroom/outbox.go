// SPDX-License-Identifier: Apache-2.0

package mailroom

import (
	"context"
	"crypto/tls"
	"database/sql"
	"encoding/json"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/emersion/go-message/mail"
	"github.com/emersion/go-smtp"

	"mainstay/desk/helpdesk"
	"mainstay/desk/mailroom/mime"
	"mainstay/desk/mailroom/store"
	"mainstay/kit/blob"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// pauses between the tries of a mail. After the last it has failed: 4 days and 7 hours after it was written.
func pauses() []time.Duration {
	return []time.Duration{
		time.Minute, 5 * time.Minute, 15 * time.Minute, time.Hour, 3 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour, 24 * time.Hour, 32 * time.Hour,
	}
}

// sendWithin bounds one try, and is how long others leave a mail alone that somebody is sending.
const sendWithin = 5 * time.Minute

// Deliver sends what is due until nothing is left.
func (s *Service) Deliver(ctx context.Context) error {
	for ctx.Err() == nil {
		did, err := s.deliverOne(ctx)
		if err != nil || !did {
			return err
		}
	}
	return ctx.Err()
}

func (s *Service) deliverOne(ctx context.Context) (bool, error) {
	var row store.MailroomOutgoing
	now := s.now()
	err := s.write(ctx, func(_ *sql.Tx, q *store.Queries) (err error) {
		row, err = q.TakeOutgoing(ctx, clock.Micros(now), clock.Micros(now.Add(sendWithin+time.Minute)))
		return err
	})
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	within, cancel := context.WithTimeout(ctx, sendWithin)
	sendErr := s.send(within, row)
	cancel()
	err = s.write(context.WithoutCancel(ctx), func(tx *sql.Tx, q *store.Queries) error {
		if sendErr == nil {
			return q.Sent(ctx, row.ID, clock.Micros(s.now()))
		}
		state, due := "waiting", s.now()
		steps := pauses()
		if n := int(row.Attempts); n > len(steps) || final(sendErr) {
			state = "failed"
		} else {
			due = due.Add(steps[n-1])
		}
		if err := q.Unsent(ctx, store.UnsentParams{ID: row.ID, State: state, Error: said(sendErr), Due: clock.Micros(due)}); err != nil || state != "failed" {
			return err
		}
		return s.undelivered(ctx, tx, q, row.ID)
	})
	if sendErr != nil {
		s.p.Log.Warn("a mail could not be sent", "outgoing", ids.ID(row.ID).String(), "attempt", row.Attempts, "error", sendErr)
	}
	s.told(ids.ID(row.ID).String())
	return true, err
}

// final tells whether the server refused the mail for good.
func final(err error) bool {
	refusal, ok := errors.AsType[*refused](err)
	return ok && refusal.code >= 500
}

// said is what a person reads of an error: the server's words, or ours.
func said(err error) string {
	text := err.Error()
	if fault.KindOf(err) != fault.Internal {
		text = fault.TextOf(err)
	}
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > 500 {
		text = text[:500]
	}
	return strings.ToValidUTF8(text, "")
}

// refused is the answer of a server that does not take a mail.
type refused struct {
	code int
	text string
}

func (r *refused) Error() string { return strconv.Itoa(r.code) + " " + r.text }

func (s *Service) send(ctx context.Context, row store.MailroomOutgoing) error {
	box, err := s.Mailbox(ctx, ids.ID(row.MailboxID))
	if err != nil {
		return err
	}
	c, _, err := s.dialSMTP(ctx, box)
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }()
	stop := context.AfterFunc(ctx, func() { _ = c.Close() })
	defer stop()
	answer := func(err error) error {
		if e, ok := errors.AsType[*smtp.SMTPError](err); ok {
			return &refused{e.Code, e.Message}
		}
		return err
	}
	if err := c.Mail(box.Address, nil); err != nil {
		return answer(err)
	}
	if err := c.Rcpt(row.Recipients, nil); err != nil {
		return answer(err)
	}
	row, err = s.copyTo(c, row)
	if err != nil {
		return answer(err)
	}
	w, err := c.Data()
	if err != nil {
		return answer(err)
	}
	if err := s.compose(w, box, row); err != nil {
		return err // closing the connection without the final dot: the server drops what it has
	}
	if err := w.Close(); err != nil {
		return answer(err)
	}
	_ = c.Quit() // it has the mail
	return nil
}

// compose writes a mail of ours.
func (s *Service) compose(w io.Writer, box Mailbox, row store.MailroomOutgoing) error {
	var refs []string
	var files []attached
	if err := errors.Join(json.Unmarshal([]byte(row.Refs), &refs), json.Unmarshal([]byte(row.Files), &files)); err != nil {
		return err
	}
	row, err := s.unseal(row)
	if err != nil {
		return err
	}
	var t helpdesk.Ticket
	if row.TicketID != 0 {
		if t, err = s.p.Helpdesk.Get(context.Background(), everything(), ids.ID(row.TicketID)); err != nil {
			return err
		}
	}
	var h mail.Header
	h.SetDate(clock.FromMicros(row.CreatedAt))
	h.SetAddressList("From", []*mail.Address{{Name: box.Name, Address: box.Address}})
	replyTo := box.Address
	if box.Plus && t.ID != 0 {
		replyTo = s.plus(box.Address, t.Number)
	}
	h.SetAddressList("Reply-To", []*mail.Address{{Name: box.Name, Address: replyTo}})
	h.SetAddressList("To", []*mail.Address{{Address: row.Recipients}})
	var copies []*mail.Address
	for _, a := range strings.Fields(row.Copies) {
		copies = append(copies, &mail.Address{Address: a})
	}
	if len(copies) > 0 {
		h.SetAddressList("Cc", copies)
	}
	h.SetSubject(row.Subject)
	h.SetMessageID(row.MessageID)
	if len(refs) > 0 {
		h.SetMsgIDList("In-Reply-To", refs[len(refs)-1:])
		h.SetMsgIDList("References", refs)
	}
	h.Set(mime.LoopHeader, s.loopMark())
	if t.ID != 0 {
		h.Set("X-Mainstay-Ticket", s.tokenOf(t.Number))
	}
	switch row.Kind {
	case "receipt":
		h.Set("Auto-Submitted", "auto-replied")
		h.Set("X-Auto-Response-Suppress", "All")
	case letterKind, secretKind:
		h.Set("Auto-Submitted", "auto-generated")
		h.Set("X-Auto-Response-Suppress", "All")
	}
	if len(files) == 0 {
		iw, err := mail.CreateInlineWriter(w, h)
		if err != nil {
			return err
		}
		return errors.Join(texts(iw, row), iw.Close())
	}
	mw, err := mail.CreateWriter(w, h)
	if err != nil {
		return err
	}
	iw, err := mw.CreateInline()
	if err != nil {
		return err
	}
	if err := errors.Join(texts(iw, row), iw.Close()); err != nil {
		return err
	}
	for _, f := range files {
		if err := s.attach(mw, f); err != nil {
			return err
		}
	}
	return mw.Close()
}

func texts(w *mail.InlineWriter, row store.MailroomOutgoing) error {
	for _, part := range []struct{ kind, text string }{{"text/plain", row.Body + "\n"}, {"text/html", row.Html}} {
		var h mail.InlineHeader
		h.SetContentType(part.kind, map[string]string{"charset": "utf-8"})
		p, err := w.CreatePart(h)
		if err != nil {
			return err
		}
		_, err = io.WriteString(p, part.text)
		if err := errors.Join(err, p.Close()); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) attach(w *mail.Writer, f attached) error {
	src, err := s.p.Blobs.Open(blob.Ref(f.Ref))
	if err != nil {
		return err
	}
	defer func() { _ = src.Close() }()
	var h mail.AttachmentHeader
	kind := f.Type
	if kind == "" || strings.HasPrefix(kind, "multipart/") || strings.HasPrefix(kind, "message/") {
		kind = "application/octet-stream"
	}
	h.SetContentType(kind, nil)
	h.SetFilename(f.Name)
	p, err := w.CreateAttachment(h)
	if err != nil {
		return err
	}
	_, err = io.Copy(p, src)
	return errors.Join(err, p.Close())
}

// dialSMTP connects and signs in. step names what was reached last.
func (s *Service) dialSMTP(ctx context.Context, box Mailbox) (c *smtp.Client, step string, err error) {
	conn, step, err := s.connect(ctx, box.SMTP)
	if err != nil {
		return nil, step, err
	}
	if box.SMTP.Security == StartTLS {
		c, err = smtp.NewClientStartTLS(conn, s.tlsConfig(box.SMTP.Host))
		if err != nil {
			_ = conn.Close()
			return nil, "tls", tlsFault(box.SMTP.Host, err)
		}
	} else {
		c = smtp.NewClient(conn)
	}
	c.CommandTimeout, c.SubmissionTimeout = time.Minute, sendWithin
	if err := c.Hello(helloName(box.Address)); err != nil {
		_ = c.Close()
		return nil, "greeting", fault.NewBusy("%s does not greet as a mail server does.", box.SMTP.Host).Because(err)
	}
	if ok, _ := c.Extension("AUTH"); !ok {
		if loopback(box.SMTP.Host) {
			return c, "sign-in", nil // a relay of this machine, which asks for nothing
		}
		_ = c.Close()
		return nil, "sign-in", fault.NewInvalid("%s offers no sign-in.", box.SMTP.Host)
	}
	client, err := s.saslClient(ctx, box, c.SupportsAuth)
	if err == nil && client != nil {
		if err = c.Auth(client); err != nil {
			err = signInFault(box, box.SMTP.Host, err)
		}
	}
	if err != nil {
		_ = c.Close()
		return nil, "sign-in", err
	}
	return c, "sign-in", nil
}

func helloName(address string) string {
	if _, domain, ok := strings.Cut(address, "@"); ok {
		return domain
	}
	return "localhost"
}

// RetryDelivery sends a mail again that failed or came back.
func (s *Service) RetryDelivery(ctx context.Context, id ids.ID) error {
	err := s.write(ctx, func(tx *sql.Tx, q *store.Queries) error {
		n, err := q.RetryOutgoing(ctx, int64(id), clock.Micros(s.now()))
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.NewConflict("This mail is on its way already, or what it said was forgotten once it was sent.")
		}
		return s.p.Access.Record(ctx, tx, "mailroom.retry", id.String(), "")
	})
	nudge(s.wake)
	return err
}

// tlsConfig is for a server whose certificate must be for its name.
func (s *Service) tlsConfig(host string) *tls.Config {
	return &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12, RootCAs: s.p.Roots}
}

// connect resolves and dials, and for TLS from the start also greets.
func (s *Service) connect(ctx context.Context, v Server) (net.Conn, string, error) {
	if net.ParseIP(v.Host) == nil {
		if _, err := net.DefaultResolver.LookupHost(ctx, v.Host); err != nil {
			return nil, "dns", fault.NewInvalid("The name %s is not known. Is it spelt rightly?", v.Host).Because(err)
		}
	}
	d := net.Dialer{Timeout: 20 * time.Second}
	conn, err := d.DialContext(ctx, "tcp", net.JoinHostPort(v.Host, strconv.Itoa(v.Port)))
	if err != nil {
		return nil, "connection", fault.NewBusy("%s does not answer on port %d. Is the port right, and does a firewall let it through?", v.Host, v.Port).Because(err)
	}
	if v.Security != TLS {
		return conn, "connection", nil
	}
	secure := tls.Client(conn, s.tlsConfig(v.Host))
	if err := secure.HandshakeContext(ctx); err != nil {
		_ = conn.Close()
		return nil, "tls", tlsFault(v.Host, err)
	}
	return secure, "tls", nil
}

func tlsFault(host string, err error) error {
	if cert, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return fault.NewInvalid("The certificate of %s is not valid for this name, has run out, or is signed by nobody whom this machine trusts.", host).Because(cert)
	}
	return fault.NewInvalid("%s does not speak TLS here. Is it the right port for this kind of protection?", host).Because(err)
}
