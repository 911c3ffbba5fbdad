// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"mainstay/desk/helpdesk"
	"mainstay/desk/mailroom"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/practice/clients"
)

// The mailroom as a browser sees it: a mailbox is entered, a mail that nobody knows is decided on, an answer waits to be
// sent, and a mail of the same sender is filed by itself.
func TestMailroomPages(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	box := url.Values{
		"address": {"help@firm.example"}, "name": {"Tidegate"}, "enabled": {"on"}, "auth": {"password"}, "secret": {"planted-secret"},
		"imap-host": {"127.0.0.1"}, "imap-port": {"9"}, "imap-security": {"plain"}, "smtp-host": {"127.0.0.1"}, "smtp-port": {"9"}, "smtp-security": {"plain"},
	}
	wrong := url.Values{}
	for k, v := range box {
		wrong[k] = v
	}
	wrong.Set("imap-host", "mail.firm.example")
	if code, _, body := d.post("/mailboxes/new", wrong); code != http.StatusUnprocessableEntity || !strings.Contains(body, "a server on this machine only") || strings.Contains(body, "planted-secret") {
		t.Errorf("plain to another machine: %d", code)
	}
	if code, to, body := d.post("/mailboxes/new", box); code != http.StatusSeeOther || to != "/mailboxes" {
		t.Fatalf("%d %s %s", code, to, body)
	}
	boxes, err := d.Mail.Mailboxes(ctx)
	if err != nil || len(boxes) != 1 {
		t.Fatal(boxes, err)
	}
	page := "/mailboxes/" + boxes[0].ID.String()
	if body := d.get(page); strings.Contains(body, "planted-secret") || !strings.Contains(body, "One is stored") {
		t.Error("the page of a mailbox shows its password, or does not say that there is one")
	}
	if code, _, body := d.post(page+"/check", url.Values{}); code != http.StatusOK || !strings.Contains(body, "127.0.0.1 does not answer on port 9") {
		t.Errorf("check: %d %s", code, body)
	}
	checks, err := d.CheckMail(ctx, "help@firm.example")
	if err != nil || len(checks) != 1 || len(checks[0].Steps) != 4 || checks[0].Steps[1].State != "bad" || checks[0].Steps[0].State != "ok" {
		t.Errorf("%+v %v", checks, err)
	}

	take := func(n int, from string) mailroom.Message {
		t.Helper()
		raw := fmt.Sprintf("From: Kim <%s>\r\nSubject: Hello <b>%d</b>\r\nMessage-ID: <%d@x>\r\n\r\nText <script>alert(1)</script>\r\n", from, n, n)
		id, err := d.Mail.Take(ctx, boxes[0].ID, strings.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		m, err := d.Mail.Message(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	m := take(1, "kim@unknown.example")
	if body := d.get("/mail"); !strings.Contains(body, "Unknown sender") || !strings.Contains(body, "Hello &lt;b&gt;1") {
		t.Error("the mail is not on the page")
	}
	mail := "/mail/" + m.ID.String()
	if body := d.get(mail); strings.Contains(body, "<script>alert") || !strings.Contains(body, "No person, rule or domain") {
		t.Error("the page of a mail")
	}
	w := d.do(httptest.NewRequest("GET", mail+"/raw", nil))
	if w.Header().Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment") || !strings.Contains(w.Body.String(), "Message-ID: <1@x>") {
		t.Errorf("raw: %v", w.Header())
	}
	if code, _, body := d.post(mail+"/assign", url.Values{"client": {"Nobody Ltd"}}); code != http.StatusUnprocessableEntity || !strings.Contains(body, "There is no client called") {
		t.Errorf("unknown client: %d", code)
	}
	code, to, body := d.as(access.Technician).post(mail+"/assign", url.Values{"client": {"kestrel"}, "person": {"on"}})
	if code != http.StatusSeeOther || !strings.HasPrefix(to, "/tickets/") {
		t.Fatalf("assign: %d %s %s", code, to, body)
	}
	if code, _, _ := d.post(to+"/say", url.Values{"body": {"We look at it."}, "public": {"yes"}, "do": {"send"}}); code != http.StatusSeeOther {
		t.Fatalf("say: %d", code)
	}
	out, _, err := d.Mail.Deliveries(ctx, "waiting", 0)
	if err != nil || len(out) != 1 || out[0].To != "kim@unknown.example" {
		t.Fatalf("the answer waits to be sent: %+v %v", out, err)
	}
	if body := d.get(to); !strings.Contains(body, "being sent") || !strings.Contains(body, "not by the mail server") {
		t.Error("the ticket's page does not tell of its mail")
	}
	if n := take(2, "kim@unknown.example"); n.State != mailroom.NewTicket || n.Client != d.client {
		t.Errorf("the sender is not known: %+v", n)
	}
	x := take(3, "spam@else.example")
	if code, _, _ := d.post("/mail/"+x.ID.String()+"/block", url.Values{}); code != http.StatusSeeOther {
		t.Errorf("block: %d", code)
	}
	if n := take(4, "spam@else.example"); n.State != mailroom.Rejected {
		t.Errorf("%+v", n)
	}
	for _, show := range []string{"rejected", "waiting", "failed", "bounced"} {
		d.get("/mail?show=" + show)
	}
	d.get("/mailboxes")
}

// Merged clients take their rules about senders with them.
func TestMergedClientsKeepTheirSenders(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	other, err := d.Clients.Create(ctx, clients.Details{Name: "Harbour"})
	if err != nil {
		t.Fatal(err)
	}
	box, err := d.Mail.SaveMailbox(ctx, mailroom.Mailbox{Address: "a@b.example", Auth: mailroom.Password, SMTP: mailroom.Server{Host: "x.example", Security: mailroom.TLS}})
	if err != nil {
		t.Fatal(err)
	}
	id, err := d.Mail.Take(ctx, box, strings.NewReader("From: z@else.example\r\nSubject: s\r\n\r\nText\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Mail.Assign(ctx, access.WholeFirm(), id, mailroom.Decision{Client: other, Domain: true}); err != nil {
		t.Fatal(err)
	}
	if err := d.Clients.Merge(ctx, other, d.client); err != nil {
		t.Fatal(err)
	}
	for did := true; did; {
		if did, err = d.Jobs.One(ctx); err != nil {
			t.Fatal(err)
		}
	}
	rules, err := d.Mail.Senders(ctx)
	if err != nil || len(rules) != 1 || rules[0].Client != d.client {
		t.Errorf("%+v %v", rules, err)
	}
	m, err := d.Mail.Message(ctx, id)
	if err != nil || m.Client != d.client {
		t.Errorf("%+v %v", m, err)
	}
	if tk, err := d.Desk.Get(ctx, access.WholeFirm(), m.Ticket); err != nil || tk.Origin != helpdesk.FromClient || tk.Client == ids.ID(0) {
		t.Errorf("%+v %v", tk, err)
	}
}
