// SPDX-License-Identifier: Apache-2.0

package mailroom_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/mailroom"
	"mainstay/desk/mailroom/mailtest"
	"mainstay/desk/mailroom/mime/mimetest"
	"mainstay/kit/clock"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
)

// serverRig has a mailbox on real servers.
func serverRig(t *testing.T, s *mailtest.Servers, change func(*mailroom.Mailbox)) *rig {
	t.Helper()
	r := build(t, dbtest.Open(t), t.TempDir(), clock.System{}, s.Roots)
	r.people(t)
	m := mailroom.Mailbox{
		Username: "help", Secret: mailtest.Secret(), IMAP: mailroom.Server{Host: "localhost", Port: s.IMAPS, Security: mailroom.TLS},
		SMTP: mailroom.Server{Host: "localhost", Port: s.SMTP, Security: mailroom.StartTLS},
	}
	if change != nil {
		change(&m)
	}
	r.box = r.mailbox(t, m)
	return r
}

func count(t testing.TB, r *rig, state mailroom.State) int64 {
	t.Helper()
	n, err := r.Count(ctx, state)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestFetchFromDovecot(t *testing.T) {
	s := mailtest.Start(t, mailtest.Options{NoSMTP: true})
	for _, c := range []struct {
		name string
		way  mailroom.Server
		done string
	}{
		{"tls", mailroom.Server{Host: "localhost", Port: s.IMAPS, Security: mailroom.TLS}, ""},
		{"starttls", mailroom.Server{Host: "localhost", Port: s.IMAP, Security: mailroom.StartTLS}, ""},
		{"plain, moved", mailroom.Server{Host: "127.0.0.1", Port: s.IMAP, Security: mailroom.Plain}, "Done"},
	} {
		t.Run(c.name, func(t *testing.T) {
			who := strings.Fields(c.name)[0]
			who = strings.TrimSuffix(who, ",")
			r := serverRig(t, s, func(m *mailroom.Mailbox) { m.IMAP, m.FolderDone, m.Username = c.way, c.done, who })
			g := rand.New(rand.NewPCG(7, 7))
			for i := range 60 {
				m := mimetest.Make(g, i, mimetest.Envelope{From: fmt.Sprintf("p%d@kestrel.example", i), To: "help@firm.example"})
				s.Put(t, who, fmt.Sprintf("%04d.test", i), m.Raw)
			}
			for range 2 { // the second time there is nothing new
				if err := r.Fetch(ctx, r.box); err != nil {
					t.Fatal(err)
				}
				if n := count(t, r, mailroom.NewTicket); n != 60 {
					t.Fatalf("%d tickets", n)
				}
			}
			seen := 0
			for name := range s.Mails(t, who, c.done) {
				if strings.Contains(name, ":2,") && strings.Contains(name[strings.Index(name, ":2,"):], "S") {
					seen++
				}
			}
			if seen != 60 {
				t.Errorf("%d of 60 mails are acknowledged", seen)
			}
			if left := len(s.Mails(t, who, "")); c.done != "" && left != 0 {
				t.Errorf("%d mails are left in the inbox", left)
			}
			// A mail that somebody has read in the meantime is a mail all the same.
			s.Put(t, who, "late.test:2,S", mimetest.Make(g, 900, mimetest.Envelope{From: "late@kestrel.example", To: "help@firm.example"}).Raw)
			if err := r.Fetch(ctx, r.box); err != nil {
				t.Fatal(err)
			}
			if n := count(t, r, mailroom.NewTicket); n != 61 {
				t.Errorf("%d tickets after a mail that was read elsewhere", n)
			}
			box, err := r.Mailbox(ctx, r.box)
			if err != nil || box.Read.IsZero() || box.Error != "" {
				t.Errorf("%+v %v", box, err)
			}
		})
	}
}

// What was kept and not filed, or filed and not acknowledged, is made good.
func TestNothingIsTakenTwiceWhenNumbersChange(t *testing.T) {
	s := mailtest.Start(t, mailtest.Options{NoSMTP: true})
	r := serverRig(t, s, nil)
	g := rand.New(rand.NewPCG(8, 8))
	for i := range 10 {
		s.Put(t, "help", fmt.Sprintf("%04d.test", i), mimetest.Make(g, i, mimetest.Envelope{From: "vera@harbour.example", To: "help@firm.example"}).Raw)
	}
	if err := r.Fetch(ctx, r.box); err != nil {
		t.Fatal(err)
	}
	// The server forgets its numbers: every mail gets a new one.
	s.Renumber(t, "help")
	s.Put(t, "help", "0010.test", mimetest.Make(g, 10, mimetest.Envelope{From: "vera@harbour.example", To: "help@firm.example"}).Raw)
	if err := r.Fetch(ctx, r.box); err != nil {
		t.Fatal(err)
	}
	if made, twice := count(t, r, mailroom.NewTicket), count(t, r, mailroom.Duplicate); made != 11 || twice != 10 {
		t.Errorf("%d tickets, %d copies; want 11 and 10", made, twice)
	}
}

func TestWhatIsTooLargeStaysOnTheServer(t *testing.T) {
	s := mailtest.Start(t, mailtest.Options{NoSMTP: true})
	r := serverRig(t, s, nil)
	r.parts.Limits.Size = 100_000
	r.Service = mailroom.New(r.parts)
	s.Put(t, "help", "big.test", []byte("From: vera@harbour.example\r\nSubject: big\r\n\r\n"+strings.Repeat("line\r\n", 50_000)))
	if err := r.Fetch(ctx, r.box); err != nil {
		t.Fatal(err)
	}
	list, _, err := r.Messages(ctx, mailroom.Review, 0)
	if err != nil || len(list) != 1 || list[0].Reason != "size" || list[0].From != "vera@harbour.example" {
		t.Fatalf("%+v %v", list, err)
	}
	for name := range s.Mails(t, "help", "") {
		if strings.Contains(name, ":2,") && strings.HasSuffix(name, "S") {
			t.Errorf("%s is acknowledged", name)
		}
	}
}

// until waits for something that other processes do.
func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for range 1200 {
		if ok() {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("in a minute: not %s", what)
}

// The whole way: Exim delivers to Dovecot, the mailroom makes a ticket, a technician answers, the answer goes out by
// Exim, the client's answer to it comes back to the same ticket; what cannot be delivered is known.
func TestThereAndBack(t *testing.T) {
	s := mailtest.Start(t, mailtest.Options{})
	r := serverRig(t, s, func(m *mailroom.Mailbox) { m.Acknowledge, m.Receipt, m.Plus = true, "We have your mail.", true })
	if _, err := r.clients.SavePerson(ctx, all, r.harbour, person("Vera", "vera@mail.firm.example")); err != nil {
		t.Fatal(err)
	}
	running, stop := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() { defer close(ended); r.Run(running) }()
	defer func() { stop(); <-ended }()

	s.Send(t, "vera@mail.firm.example", "help@firm.example", "From: Vera <vera@mail.firm.example>\r\nTo: help@firm.example\r\nCc: gone@mail.firm.example, tom@mail.firm.example\r\nSubject: Drucker aus\r\nMessage-ID: <first@mail.firm.example>\r\n\r\nBitte helfen.\r\n")
	until(t, "a ticket", func() bool { return count(t, r, mailroom.NewTicket) == 1 })
	list, _, err := r.Messages(ctx, mailroom.NewTicket, 0)
	if err != nil {
		t.Fatal(err)
	}
	ticket := list[0].Ticket
	user := helpdesk.Author{Kind: "user", ID: 7, Name: "Ada"}
	if _, _, err := r.desk.Say(ctx, all, ticket, 0, helpdesk.Message{Public: true, Body: "Ist er an?\n\nGrüße", Author: &user}); err != nil {
		t.Fatal(err)
	}
	until(t, "receipt and answer delivered", func() bool { return len(s.Mails(t, "vera", "")) == 2 })
	var answer string
	for _, raw := range s.Mails(t, "vera", "") {
		if bytes.Contains(raw, []byte("Auto-Submitted: auto-replied")) {
			if !bytes.Contains(raw, []byte("We have your mail.")) {
				t.Errorf("the receipt: %s", raw)
			}
			continue
		}
		answer = string(raw)
	}
	until(t, "a copy delivered", func() bool { return len(s.Mails(t, "tom", "")) > 0 })
	if copies := s.Mails(t, "tom", ""); len(copies) != 1 { // the other one, whom the server does not know, gets none
		t.Errorf("%d copies of the answer", len(copies))
	}
	for _, want := range []string{"Cc: <tom@mail.firm.example>", "In-Reply-To: <first@mail.firm.example>", "From: \"Tidegate Support\" <help@firm.example>", "X-Mainstay-Loop: ", "text/plain", "text/html", "Ist er an?", "[#"} {
		if !strings.Contains(answer, want) {
			t.Errorf("the answer lacks %q:\n%s", want, answer)
		}
	}
	id := headerOf(answer, "Message-Id")
	s.Send(t, "vera@mail.firm.example", "help@firm.example", "From: vera@mail.firm.example\r\nTo: help@firm.example\r\nSubject: Re: something else\r\nMessage-ID: <second@mail.firm.example>\r\nIn-Reply-To: "+id+"\r\n\r\nJa.\r\n")
	until(t, "the client's answer on the ticket", func() bool { return count(t, r, mailroom.Answer) == 1 })
	if th := r.thread(t, ticket); th[len(th)-1].Body != "Ja." && th[len(th)-2].Body != "Ja." {
		t.Errorf("%+v", th)
	}
	// To the address that the answer gives, without a word in subject or references.
	back := headerOf(answer, "Reply-To")
	back = back[strings.Index(back, "<")+1 : strings.Index(back, ">")]
	if !strings.HasPrefix(back, "help+") {
		t.Errorf("answers go to %q", back)
	}
	s.Send(t, "vera@mail.firm.example", back, "From: vera@mail.firm.example\r\nTo: "+back+"\r\nSubject: new subject\r\nMessage-ID: <third@mail.firm.example>\r\n\r\nNoch etwas.\r\n")
	until(t, "the answer to that address on the ticket", func() bool { return count(t, r, mailroom.Answer) == 2 })
	if state := deliveries(t, r, "sent"); state != 2 {
		t.Errorf("%d mails sent", state)
	}
	// A letter that belongs to no ticket: it arrives, and what it says is forgotten.
	if err := r.post(t, mailroom.Letter{To: "vera@mail.firm.example", Subject: "Sign in", Body: "Open sesame-77", Secret: true}); err != nil {
		t.Fatal(err)
	}
	until(t, "the letter delivered", func() bool { return deliveries(t, r, "sent") == 3 })
	letter := ""
	until(t, "the letter in the mailbox", func() bool { // taken by the server is not yet delivered
		for _, raw := range s.Mails(t, "vera", "") {
			if bytes.Contains(raw, []byte("sesame-77")) {
				letter = string(raw)
			}
		}
		return letter != ""
	})
	if !strings.Contains(letter, "Auto-Submitted: auto-generated") || strings.Contains(letter, "[#") || headerOf(letter, "Subject") != "Sign in" {
		t.Errorf("the letter: %s", letter)
	}
	stop()
	<-ended
	returned := r.take(t, "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nSubject: Undelivered\nContent-Type: multipart/report; report-type=delivery-status; boundary=r\n",
		"--r\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; vera@mail.firm.example\nAction: failed\nStatus: 5.2.2\n\n--r\nContent-Type: text/rfc822-headers\n\nMessage-ID: "+headerOf(letter, "Message-Id")+"\n--r--\n")
	lost, _, err := r.Deliveries(ctx, "bounced", 0)
	if err != nil || len(lost) != 1 || returned.State != mailroom.Bounce || returned.Ticket != 0 {
		t.Errorf("a letter that came back: %+v %+v %v", returned, lost, err)
	} else if err := r.RetryDelivery(ctx, lost[0].ID); !fault.Is(err, fault.Conflict) {
		t.Error("a forgotten letter is sent again:", err)
	}

	// To nobody: the server refuses at once, for good.
	if _, err := r.clients.SavePerson(ctx, all, r.harbour, person("Gone", "gone@mail.firm.example")); err != nil {
		t.Fatal(err)
	}
	to := func(address string) {
		t.Helper()
		m := r.take(t, "From: "+address+"\nSubject: to "+address+"\nPrecedence: bulk\n", "Text\n")
		if m.Ticket == 0 {
			t.Fatalf("%+v", m)
		}
		if _, _, err := r.desk.Say(ctx, all, m.Ticket, 0, helpdesk.Message{Public: true, Body: "Hello", Author: &user}); err != nil {
			t.Fatal(err)
		}
		if err := r.Deliver(ctx); err != nil {
			t.Fatal(err)
		}
	}
	to("gone@mail.firm.example")
	failed, _, err := r.Deliveries(ctx, "failed", 0)
	if err != nil || len(failed) != 1 || !strings.Contains(failed[0].Error, "550 no such user here") {
		t.Errorf("%+v %v", failed, err)
	}
	if len(r.undelivered) != 1 || r.undelivered[0].ID != failed[0].ID || r.undelivered[0].State != "failed" || r.undelivered[0].Entry == 0 {
		t.Errorf("told of %+v", r.undelivered)
	}
	// To somebody who is to be asked again later.
	if _, err := r.clients.SavePerson(ctx, all, r.harbour, person("Later", "later@mail.firm.example")); err != nil {
		t.Fatal(err)
	}
	to("later@mail.firm.example")
	waiting, _, err := r.Deliveries(ctx, "waiting", 0)
	if err != nil || len(waiting) != 1 || waiting[0].Attempts != 1 || !waiting[0].Due.After(time.Now().Add(30*time.Second)) || !strings.Contains(waiting[0].Error, "451") {
		t.Errorf("%+v %v", waiting, err)
	}
	// A report about a mail that was taken and could not be delivered.
	sent, _, err := r.Deliveries(ctx, "sent", 0)
	if err != nil {
		t.Fatal(err)
	}
	bounce := r.take(t, "Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nSubject: Undelivered\nContent-Type: multipart/report; report-type=delivery-status; boundary=r\n",
		"--r\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\nFinal-Recipient: rfc822; vera@mail.firm.example\nAction: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 mailbox full\n\n--r\nContent-Type: text/rfc822-headers\n\nMessage-ID: "+id+"\n--r--\n")
	if bounce.State != mailroom.Bounce || bounce.Ticket != ticket || deliveries(t, r, "bounced") != 2 || len(sent) != 2 {
		t.Errorf("%+v", bounce)
	}
	if len(r.undelivered) != 2 || r.undelivered[1].State != "bounced" || r.undelivered[1].Ticket != ticket {
		t.Errorf("told of %+v", r.undelivered)
	}
	if th := r.thread(t, ticket); !strings.Contains(th[len(th)-1].Body, "552 mailbox full") || th[len(th)-1].Public {
		t.Errorf("%+v", th[len(th)-1])
	}
}

func deliveries(t *testing.T, r *rig, state string) int {
	t.Helper()
	list, _, err := r.Deliveries(ctx, state, 0)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

func headerOf(raw, name string) string {
	for l := range strings.SplitSeq(raw, "\n") {
		if k, v, ok := strings.Cut(l, ":"); ok && strings.EqualFold(k, name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

func TestCheckSaysWhatIsWrong(t *testing.T) {
	s := mailtest.Start(t, mailtest.Options{})
	for _, c := range []struct {
		name   string
		change func(*mailroom.Mailbox)
		step   string // that fails; "" = all is well
		part   string // of the sentence
	}{
		{"well", func(*mailroom.Mailbox) {}, "", ""},
		{"no such name", func(m *mailroom.Mailbox) { m.IMAP.Host = "nowhere.invalid" }, "dns", "is not known"},
		{"nobody there", func(m *mailroom.Mailbox) { m.IMAP.Port = 9 }, "connection", "does not answer on port 9"},
		{"no TLS there", func(m *mailroom.Mailbox) { m.IMAP.Port = s.IMAP }, "tls", "does not speak TLS"},
		{"wrong password", func(m *mailroom.Mailbox) { m.Secret = "wrong" }, "sign-in", "does not take the name help"},
		{"no such folder", func(m *mailroom.Mailbox) { m.Folder = "Nothing" }, "folder", `no folder "Nothing"`},
		{"no such folder for what is done", func(m *mailroom.Mailbox) { m.FolderDone = "Nothing" }, "folder", `no folder "Nothing"`},
		{"nobody to send by", func(m *mailroom.Mailbox) { m.SMTP.Port = 9 }, "connection", "does not answer on port 9"},
	} {
		r := serverRig(t, s, c.change)
		steps, err := r.Check(ctx, r.box)
		if err != nil {
			t.Fatal(err)
		}
		last := steps[len(steps)-1]
		bad := ""
		for _, x := range steps {
			if x.Err != nil && bad == "" {
				bad, last = x.Name, x
			}
		}
		if bad != c.step || c.part != "" && !strings.Contains(fault.TextOf(last.Err), c.part) {
			t.Errorf("%s: step %q (%v), want %q with %q", c.name, bad, last.Err, c.step, c.part)
		}
	}
	// A certificate that this machine does not trust.
	r := serverRig(t, s, nil)
	r.parts.Roots = nil
	steps, err := mailroom.New(r.parts).Check(ctx, r.box)
	if err != nil || steps[len(steps)-1].Err == nil || !strings.Contains(fmt.Sprint(steps), "certificate of localhost is not valid") {
		t.Errorf("%+v %v", steps, err)
	}
}

// Dovecot asks a sign-in service of ours whether a token holds, as Microsoft's and Google's servers do theirs.
func TestOAuth2(t *testing.T) {
	granted := 0
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case q.URL.Path == "/introspect":
			body, _ := io.ReadAll(q.Body)
			_ = json.NewEncoder(w).Encode(map[string]any{"active": strings.Contains(string(body), "good-token"), "username": "help"})
		case q.PostFormValue("client_id") == "app" && q.PostFormValue("client_secret") == "app-secret" &&
			(q.PostFormValue("grant_type") == "client_credentials" || q.PostFormValue("refresh_token") == "refresh"):
			granted++
			_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "good-token", "token_type": "Bearer", "expires_in": 3600})
		default:
			w.WriteHeader(http.StatusUnauthorized)
			_ = json.NewEncoder(w).Encode(map[string]any{"error": "invalid_client"})
		}
	}))
	defer web.Close()
	s := mailtest.Start(t, mailtest.Options{NoSMTP: true, Introspect: web.URL + "/introspect"})
	for _, kind := range []mailroom.Auth{mailroom.Microsoft, mailroom.Google} {
		r := build(t, dbtest.Open(t), t.TempDir(), clock.System{}, s.Roots)
		r.people(t)
		r.parts.TokenURL = web.URL + "/token"
		r.Service = mailroom.New(r.parts)
		box := mailroom.Mailbox{
			Name: "x", Address: "help@firm.example", Username: "help", Auth: kind, OAuthTenant: "tenant", OAuthClient: "app", OAuthSecret: "app-secret", Secret: "refresh",
			Enabled: true, IMAP: mailroom.Server{Host: "localhost", Port: s.IMAPS, Security: mailroom.TLS},
		}
		id, err := r.SaveMailbox(ctx, box)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := r.Fetch(ctx, id); err != nil {
				t.Fatalf("%s: %v", kind, err)
			}
		}
		box.OAuthSecret, box.Address = "wrong", "other@firm.example"
		if id, err = r.SaveMailbox(ctx, box); err != nil {
			t.Fatal(err)
		}
		if err := r.Fetch(ctx, id); !fault.Is(err, fault.Invalid) || !strings.Contains(fault.TextOf(err), "does not know the application") {
			t.Errorf("%s with a wrong secret: %v", kind, err)
		}
	}
	if granted != 2 {
		t.Errorf("%d tokens were fetched for two mailboxes", granted)
	}
}
