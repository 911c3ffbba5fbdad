// SPDX-License-Identifier: Apache-2.0

package mailroom_test

import (
	"context"
	"crypto/x509"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/mailroom"
	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/bus"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/practice/clients"
)

type rig struct {
	*mailroom.Service
	db      *db.DB
	clock   *clock.Fixed
	desk    *helpdesk.Service
	clients *clients.Service
	parts   mailroom.Parts
	ada     context.Context
	adaID   ids.ID
	harbour ids.ID // vera@harbour.example is its person
	kestrel ids.ID // kestrel.example is its domain
	vera    ids.ID
	box     ids.ID

	undelivered []mailroom.Delivery // told of
	waits       []mailroom.Message
}

var (
	ctx = context.Background()
	all = access.WholeFirm()
)

func newRig(t testing.TB, d *db.DB) *rig {
	t.Helper()
	c := clock.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))
	r := build(t, d, t.TempDir(), c, nil)
	r.clock = c
	link, err := r.parts.Access.OwnerLink(ctx)
	if err != nil {
		t.Fatal(err)
	}
	session, err := r.parts.Access.UseLink(ctx, link, access.Join{Name: "Ada Moreau", Email: "ada@firm.example", Password: "correct horse battery staple"}, access.Client{})
	if err != nil {
		t.Fatal(err)
	}
	id, err := r.parts.Access.Session(ctx, session, "")
	if err != nil {
		t.Fatal(err)
	}
	r.ada, r.adaID = access.With(ctx, id), id.User
	r.people(t)
	r.box = r.mailbox(t, mailroom.Mailbox{Trusted: "mx.firm.example", SMTP: mailroom.Server{Host: "127.0.0.1", Port: 9, Security: mailroom.Plain}, Acknowledge: true, Receipt: "We have your mail."})
	return r
}

// build makes the services on an open database and a folder.
func build(t testing.TB, d *db.DB, dir string, c clock.Clock, roots *x509.CertPool) *rig {
	t.Helper()
	sealer, err := access.OpenSealer(filepath.Join(dir, "secret.key"), true)
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.Open(filepath.Join(dir, "files"))
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	s := ids.NewSource(c)
	q := jobs.New(d, c, s, log)
	a := access.New(d, c, s, sealer, access.Options{})
	r := &rig{db: d, clients: clients.New(d, c, s, a, q)}
	r.desk = helpdesk.New(helpdesk.Parts{
		DB: d, Clock: c, IDs: s, Access: a, Clients: r.clients, Jobs: q, Bus: &bus.Bus{}, Blobs: blobs, Log: log,
		Replied: func(ctx context.Context, tx *sql.Tx, t helpdesk.Ticket, e helpdesk.Entry) error {
			return r.SendReply(ctx, tx, t, e)
		},
		Addressees: func(ctx context.Context, t helpdesk.Ticket) (string, []string, error) {
			return r.Addressees(ctx, t)
		},
	})
	if err := r.desk.Prepare(ctx); err != nil {
		t.Fatal(err)
	}
	r.parts = mailroom.Parts{
		DB: d, Clock: c, IDs: s, Access: a, Clients: r.clients, Helpdesk: r.desk, Blobs: blobs, Bus: &bus.Bus{}, Sealer: sealer, Log: log, Roots: roots,
		Undelivered: func(_ context.Context, _ *sql.Tx, d mailroom.Delivery) error {
			r.undelivered = append(r.undelivered, d)
			return nil
		},
		Waits: func(_ context.Context, _ *sql.Tx, m mailroom.Message) error { r.waits = append(r.waits, m); return nil },
	}
	r.Service = mailroom.New(r.parts)
	return r
}

func (r *rig) people(t testing.TB) {
	t.Helper()
	var err error
	if r.harbour, err = r.clients.Create(ctx, clients.Details{Name: "Harbour Dental"}); err != nil {
		t.Fatal(err)
	}
	if r.kestrel, err = r.clients.Create(ctx, clients.Details{Name: "Kestrel Trust", Website: "https://www.kestrel.example"}); err != nil {
		t.Fatal(err)
	}
	if r.vera, err = r.clients.SavePerson(ctx, all, r.harbour, clients.Person{Name: "Vera Lind", Email: "Vera@Harbour.example"}); err != nil {
		t.Fatal(err)
	}
}

func (r *rig) mailbox(t testing.TB, m mailroom.Mailbox) ids.ID {
	t.Helper()
	m.Address, m.Name, m.Enabled, m.Auth = "help@firm.example", "Tidegate Support", true, mailroom.Password
	id, err := r.SaveMailbox(r.anyone(), m)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func (r *rig) anyone() context.Context {
	if r.ada != nil {
		return r.ada
	}
	return ctx
}

func person(name, email string) clients.Person { return clients.Person{Name: name, Email: email} }

var serial int

// take files a mail from its header lines and text.
func (r *rig) take(t testing.TB, header, text string) mailroom.Message {
	t.Helper()
	serial++
	if !strings.Contains(header, "Message-ID:") {
		header += fmt.Sprintf("Message-ID: <t%d@mail.example>\n", serial)
	}
	raw := strings.ReplaceAll(header+"\n"+text, "\n", "\r\n")
	id, err := r.Take(ctx, r.box, strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	m, err := r.Message(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (r *rig) ticket(t testing.TB, id ids.ID) helpdesk.Ticket {
	t.Helper()
	x, err := r.desk.Get(ctx, all, id)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func (r *rig) thread(t testing.TB, id ids.ID) []helpdesk.Entry {
	t.Helper()
	x, err := r.desk.Thread(ctx, all, id)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func each(t *testing.T, fn func(t *testing.T, r *rig)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newRig(t, d)) })
}

func TestMailBecomesTicketsAndAnswers(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		m := r.take(t, "From: Vera <vera@harbour.example>\nTo: help@firm.example\nSubject: Printer offline\nMessage-ID: <one@harbour.example>\n", "It is off.\n")
		if m.State != mailroom.NewTicket || m.Client != r.harbour || m.Ticket == 0 || m.Entry == 0 {
			t.Fatalf("%+v", m)
		}
		tk := r.ticket(t, m.Ticket)
		if tk.Subject != "Printer offline" || tk.Person != r.vera || tk.Origin != helpdesk.FromClient || tk.OriginNote != "one@harbour.example" || tk.Channel != "mail" {
			t.Fatalf("%+v", tk)
		}
		if th := r.thread(t, tk.ID); len(th) != 1 || th[0].Body != "It is off." || th[0].Author != "Vera Lind" || th[0].AuthorKind != "person" || th[0].ID != m.Entry {
			t.Fatalf("%+v", th)
		}
		// The technician answers; the mail is in the outbox, written with the entry.
		if _, _, err := r.desk.Say(r.ada, all, tk.ID, 0, helpdesk.Message{Public: true, Body: "Try now."}); err != nil {
			t.Fatal(err)
		}
		in, out, err := r.OfTicket(ctx, all, tk.ID)
		if err != nil || len(in) != 1 || len(out) != 2 { // the receipt and the answer
			t.Fatalf("%v %+v %+v", err, in, out)
		}
		answer := out[1]
		if answer.To != "vera@harbour.example" || answer.State != "waiting" || !strings.HasPrefix(answer.Subject, "Re: Printer offline [#") {
			t.Fatalf("%+v", answer)
		}
		// By token, from an address that nobody knows; then by reference alone.
		m = r.take(t, "From: Vera private <vl@gmail.com>\nSubject: AW: "+answer.Subject+"\n", "Still off.\n")
		if m.State != mailroom.Answer || m.Ticket != tk.ID {
			t.Fatalf("by token: %+v", m)
		}
		m = r.take(t, "From: vera@harbour.example\nSubject: Re: Printer\nIn-Reply-To: <one@harbour.example>\n", "And again.\n")
		if m.State != mailroom.Answer || m.Ticket != tk.ID || r.ticket(t, tk.ID).LastFrom != 1 {
			t.Fatalf("by reference: %+v", m)
		}
		// Somebody of another client who names the same mail gets nowhere near it.
		m = r.take(t, "From: kim@kestrel.example\nSubject: Re: Printer\nReferences: <one@harbour.example>\n", "Me too.\n")
		if m.State != mailroom.Review || m.Reason != "other-client" {
			t.Fatalf("other client: %+v", m)
		}
		// A token that was made up is no token.
		m = r.take(t, "From: kim@kestrel.example\nSubject: Re: [#"+fmt.Sprint(tk.Number)+"-0123456789ab]\n", "Hello\n")
		if m.State != mailroom.NewTicket || m.Client != r.kestrel {
			t.Fatalf("forged token: %+v", m)
		}
		// By address with the token.
		token := answer.Subject[strings.Index(answer.Subject, "[#")+2 : len(answer.Subject)-1]
		m = r.take(t, "From: vera@harbour.example\nTo: help+"+token+"@firm.example\nSubject: no tag\n", "By address.\n")
		if m.Ticket != tk.ID {
			t.Fatalf("by address: %+v", m)
		}
	})
}

func TestWhoIsLetIn(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		if err := r.Block(r.ada, "spam@kestrel.example"); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name, header string
			state        mailroom.State
			reason       string
		}{
			{"a person", "From: vera@harbour.example\n", mailroom.NewTicket, ""},
			{"a client's domain", "From: new@kestrel.example\n", mailroom.NewTicket, ""},
			{"nobody knows", "From: x@unknown.example\n", mailroom.Review, "unknown-sender"},
			{"nobody at all", "Subject: x\n", mailroom.Review, "no-sender"},
			{"blocked", "From: spam@kestrel.example\n", mailroom.Rejected, "blocked"},
			{"forged", "Authentication-Results: mx.firm.example; dmarc=fail\nFrom: vera@harbour.example\n", mailroom.Review, "dmarc"},
			{"out of office", "From: vera@harbour.example\nAuto-Submitted: auto-replied\n", mailroom.Rejected, "auto-reply"},
			{"a colleague", "From: ada@firm.example\n", mailroom.Review, "colleague"},
			{"a bounce of somebody else", "From: MAILER-DAEMON@x.example\n", mailroom.Rejected, "strange-report"},
		} {
			m := r.take(t, c.header, c.name+"\n")
			if m.State != c.state || m.Reason != c.reason {
				t.Errorf("%s: %s %q, want %s %q", c.name, m.State, m.Reason, c.state, c.reason)
			}
			if told := len(r.waits) > 0; told != (c.state == mailroom.Review) || told && (r.waits[0].ID != m.ID || r.waits[0].Reason != c.reason || r.waits[0].State != mailroom.Review) {
				t.Errorf("%s: told of %+v", c.name, r.waits)
			}
			r.waits = nil
		}
		// A machine's alert is no request of the client.
		m := r.take(t, "From: nagios@kestrel.example\nSubject: disk\nAuto-Submitted: auto-generated\n", "full\n")
		if tk := r.ticket(t, m.Ticket); tk.Origin != helpdesk.FromMonitor {
			t.Errorf("origin %s", tk.Origin)
		}
	})
}

func TestCopiesAreOne(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		mail := "From: vera@harbour.example\nSubject: once\nMessage-ID: <copy@harbour.example>\n"
		a := r.take(t, mail, "Text\n")
		b := r.take(t, "Received: from another.example\n"+mail, "Text\n")
		c := r.take(t, mail, "Another text under the same Message-ID\n")
		if a.State != mailroom.NewTicket || b.State != mailroom.Duplicate || c.State != mailroom.NewTicket {
			t.Error(a.State, b.State, c.State)
		}
	})
}

func TestMachinesAreNotAnswered(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		receipts := func(header string) int {
			m := r.take(t, header, "Text\n")
			_, out, err := r.OfTicket(ctx, all, m.Ticket)
			if err != nil {
				t.Fatal(err)
			}
			return len(out)
		}
		if n := receipts("From: vera@harbour.example\nSubject: a\n"); n != 1 {
			t.Errorf("a person gets %d receipts", n)
		}
		for _, h := range []string{"Precedence: bulk\n", "List-Id: <x>\n", "Auto-Submitted: auto-generated\n", "Return-Path: <>\n", "X-Auto-Response-Suppress: All\n"} {
			if n := receipts("From: bot@kestrel.example\nSubject: b\n" + h); n != 0 {
				t.Errorf("%q gets %d receipts", h, n)
			}
		}
		if n := receipts("From: no-reply@kestrel.example\nSubject: c\n"); n != 0 {
			t.Errorf("no-reply gets %d receipts", n)
		}
	})
}

func TestLoopsEnd(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		m := r.take(t, "From: vera@harbour.example\nSubject: x\nMessage-ID: <l1@harbour.example>\n", "Text\n")
		flooded := 0
		for i := range 30 {
			x := r.take(t, "From: vera@harbour.example\nSubject: Re: x\nIn-Reply-To: <l1@harbour.example>\n", fmt.Sprintf("again %d\n", i))
			if x.State == mailroom.Review && x.Reason == "flood" {
				flooded++
			}
		}
		if flooded < 5 || len(r.thread(t, m.Ticket)) > 25 {
			t.Errorf("%d of 30 held back, %d entries", flooded, len(r.thread(t, m.Ticket)))
		}
	})
}

func TestOutOfOfficeIsNotedAndOpensNothing(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		m := r.take(t, "From: vera@harbour.example\nSubject: x\nMessage-ID: <o1@harbour.example>\n", "Text\n")
		solved := helpdesk.StateSolved
		if _, err := r.desk.Update(r.ada, all, m.Ticket, 0, helpdesk.Edit{State: &solved}); err != nil {
			t.Fatal(err)
		}
		n := r.take(t, "From: vera@harbour.example\nSubject: Re: x\nIn-Reply-To: <o1@harbour.example>\nAuto-Submitted: auto-replied\n", "I am away.\n")
		if n.State != mailroom.Noted || r.ticket(t, m.Ticket).State != helpdesk.StateSolved {
			t.Errorf("%+v, ticket %s", n, r.ticket(t, m.Ticket).State)
		}
		n = r.take(t, "From: vera@harbour.example\nSubject: Re: x\nIn-Reply-To: <o1@harbour.example>\n", "Not yet.\n")
		if n.State != mailroom.Answer || r.ticket(t, m.Ticket).State != helpdesk.StateOpen {
			t.Errorf("%+v, ticket %s", n, r.ticket(t, m.Ticket).State)
		}
		closed := helpdesk.StateClosed
		if _, err := r.desk.Update(r.ada, all, m.Ticket, 0, helpdesk.Edit{State: &closed}); err != nil {
			t.Fatal(err)
		}
		n = r.take(t, "From: vera@harbour.example\nSubject: Re: x\nIn-Reply-To: <o1@harbour.example>\n", "Once more.\n")
		if n.State != mailroom.NewTicket || n.Ticket == m.Ticket || r.ticket(t, n.Ticket).Parent != m.Ticket {
			t.Errorf("on a closed ticket: %+v", n)
		}
	})
}

func TestReviewIsDecided(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		m := r.take(t, "From: Kim <kim@unknown.example>\nSubject: Hello\n", "Text\n")
		if m.State != mailroom.Review {
			t.Fatalf("%+v", m)
		}
		if err := r.Assign(r.ada, all, m.ID, mailroom.Decision{Client: r.kestrel, MakePerson: true}); err != nil {
			t.Fatal(err)
		}
		done, _ := r.Message(ctx, m.ID)
		tk := r.ticket(t, done.Ticket)
		if done.State != mailroom.NewTicket || tk.Client != r.kestrel || tk.Person == 0 || tk.Origin != helpdesk.FromClient {
			t.Fatalf("%+v %+v", done, tk)
		}
		if err := r.Assign(r.ada, all, m.ID, mailroom.Decision{Client: r.kestrel}); !fault.Is(err, fault.Conflict) {
			t.Errorf("decided twice: %v", err)
		}
		if n := r.take(t, "From: kim@unknown.example\nSubject: Second\n", "Text\n"); n.State != mailroom.NewTicket || n.Client != r.kestrel {
			t.Errorf("the person is not known: %+v", n)
		}
		x := r.take(t, "From: y@elsewhere.example\nSubject: Buy\n", "Text\n")
		if err := r.Reject(r.ada, x.ID); err != nil {
			t.Fatal(err)
		}
		if x, _ = r.Message(ctx, x.ID); x.State != mailroom.Rejected || x.Reason != "by-hand" {
			t.Errorf("%+v", x)
		}
		z := r.take(t, "From: z@elsewhere.example\nSubject: Rule\n", "Text\n")
		if err := r.Assign(r.ada, all, z.ID, mailroom.Decision{Client: r.harbour, Domain: true}); err != nil {
			t.Fatal(err)
		}
		if n := r.take(t, "From: w@elsewhere.example\nSubject: By rule\n", "Text\n"); n.Client != r.harbour {
			t.Errorf("the rule does not hold: %+v", n)
		}
	})
}

func TestWhatIsTooMuchIsReviewed(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	m := r.take(t, "From: vera@harbour.example\nSubject: deep\nContent-Type: multipart/mixed; boundary=b\n", strings.Repeat("--b\n\nx\n", 300))
	if m.State != mailroom.Review || m.Reason != "parts" || m.From != "vera@harbour.example" || m.Subject != "deep" {
		t.Errorf("%+v", m)
	}
}

func TestSecretsAreSealedAndStayWithTheirServer(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	id, err := r.SaveMailbox(r.ada, mailroom.Mailbox{Address: "two@firm.example", Auth: mailroom.Password, Secret: "planted-secret", IMAP: mailroom.Server{Host: "imap.firm.example", Security: mailroom.TLS}})
	if err != nil {
		t.Fatal(err)
	}
	var sealed string
	if err := r.db.Reader().QueryRowContext(ctx, "SELECT secret FROM mailroom_mailboxes WHERE id = $1", int64(id)).Scan(&sealed); err != nil || sealed == "" || strings.Contains(sealed, "planted") {
		t.Fatalf("%q %v", sealed, err)
	}
	box, err := r.Mailbox(ctx, id)
	if err != nil || box.Secret != "" || !box.HasSecret {
		t.Fatalf("%+v %v", box, err)
	}
	box.IMAP.Host = "evil.example"
	if _, err := r.SaveMailbox(r.ada, box); !fault.Is(err, fault.Invalid) {
		t.Errorf("the password went to another server: %v", err)
	}
	box.IMAP = mailroom.Server{Host: "imap.firm.example", Security: mailroom.Plain}
	if _, err := r.SaveMailbox(r.ada, box); !fault.Is(err, fault.Invalid) {
		t.Errorf("plain to another machine: %v", err)
	}
}
