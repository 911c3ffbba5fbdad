// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"mainstay/app"
	"mainstay/desk/helpdesk"
	"mainstay/desk/helpdesk/sla"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/notify"
)

// user is the account that join made for a role, renamed.
func user(t *testing.T, a *app.App, role access.Role, name string) *access.Identity {
	t.Helper()
	people, err := a.Access.People(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range people {
		if p.Role == role {
			id := &access.Identity{User: p.ID, Name: name, Email: p.Email, Role: role}
			if err := a.Access.SetProfile(access.With(context.Background(), id), access.Profile{Name: name}); err != nil {
				t.Fatal(err)
			}
			return id
		}
	}
	t.Fatal("no such account")
	return nil
}

// heard are the kinds of what a person has not read, the newest first.
func heard(t *testing.T, a *app.App, user ids.ID) string {
	t.Helper()
	list, _, err := a.Notify.List(context.Background(), user, 0, true)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, n := range list {
		kind, _, _ := strings.Cut(n.Kind, "/")
		out = append(out, kind)
	}
	return strings.Join(out, " ")
}

func TestWhoHearsWhatOfATicket(t *testing.T) {
	d := newDesk(t)
	d.as(access.Technician)
	d.as(access.Manager)
	ada, ben, cleo := user(t, d.App, access.Owner, "Ada Moreau"), user(t, d.App, access.Technician, "Ben Okafor"), user(t, d.App, access.Manager, "Cleo Ben")
	firm := access.WholeFirm()
	asAda, asBen, asCleo := access.With(context.Background(), ada), access.With(context.Background(), ben), access.With(context.Background(), cleo)
	all := []*access.Identity{ada, ben, cleo}
	expect := func(what string, want ...string) {
		t.Helper()
		for i, id := range all {
			if got := heard(t, d.App, id.User); got != want[i] {
				t.Errorf("%s: %s heard %q, want %q", what, id.Name, got, want[i])
			}
			list, _, err := d.Notify.List(context.Background(), id.User, 0, true)
			if err != nil {
				t.Fatal(err)
			}
			if len(list) > 0 {
				if err := d.Notify.ReadUpTo(context.Background(), id.User, list[0].ID); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	x, err := d.Desk.Create(asAda, firm, helpdesk.Draft{Client: d.client, Subject: "Printer", Assignee: ben.User, Body: "It blinks"})
	if err != nil {
		t.Fatal(err)
	}
	expect("given at once", "", "assigned", "")
	if err := d.Desk.Follow(asCleo, firm, x.ID, true); err != nil {
		t.Fatal(err)
	}
	say := func(ctx context.Context, m helpdesk.Message) {
		t.Helper()
		if _, _, err := d.Desk.Say(ctx, firm, x.ID, 0, m); err != nil {
			t.Fatal(err)
		}
	}
	say(asBen, helpdesk.Message{Public: true, Body: "We look at it"})
	expect("the assignee answers", "", "", "note")
	say(asAda, helpdesk.Message{Body: "Do you know, @Cleo Ben? Write to ada@ben.example"})
	expect("a mention", "", "note", "mention")
	say(asAda, helpdesk.Message{Body: "@ben: try another cable. @cleo too"})
	expect("first names", "", "mention", "mention")
	person := helpdesk.Author{Kind: "person", Name: "Jo Brandt"}
	say(context.Background(), helpdesk.Message{Public: true, Body: "Still blinks, says @ada", Author: &person})
	expect("the client writes", "", "answer", "answer")
	nobody := ids.ID(0)
	if _, err := d.Desk.Update(asBen, firm, x.ID, 0, helpdesk.Edit{Assignee: &nobody}); err != nil {
		t.Fatal(err)
	}
	expect("given back", "", "", "")
	if _, err := d.Desk.Update(asBen, firm, x.ID, 0, helpdesk.Edit{Assignee: &ben.User}); err != nil {
		t.Fatal(err)
	}
	expect("taken", "", "", "")
	if _, err := d.Desk.Update(asBen, firm, x.ID, 0, helpdesk.Edit{Assignee: &cleo.User}); err != nil {
		t.Fatal(err)
	}
	expect("handed on", "", "", "assigned")

	// What nobody has taken is told only to who asked for its board.
	set, err := d.Desk.Setup(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Notify.Choose(context.Background(), ada.User, access.Owner, []notify.Choice{{Offer: notify.Offer{Code: "new/" + set.Boards[1].ID.String()}, Shown: true}}); err != nil {
		t.Fatal(err)
	}
	free, err := d.Desk.Create(context.Background(), firm, helpdesk.Draft{Client: d.client, Subject: "Free", Board: set.Boards[0].ID})
	if err != nil {
		t.Fatal(err)
	}
	expect("on another board", "", "", "")
	if _, err := d.Desk.Update(asBen, firm, free.ID, 0, helpdesk.Edit{Board: &set.Boards[1].ID}); err != nil {
		t.Fatal(err)
	}
	expect("onto the board", "new", "", "")

	// What is entered as of an earlier moment is no news.
	if _, err := d.Desk.Create(context.Background(), firm, helpdesk.Draft{Client: d.client, Subject: "Old", Assignee: ben.User, At: time.Now().Add(-time.Hour)}); err != nil {
		t.Fatal(err)
	}
	expect("of old", "", "", "")
}

// An alarm reaches the assignee, and whom an escalation names.
func TestWhoHearsOfADeadline(t *testing.T) {
	d := newDesk(t)
	d.as(access.Technician)
	d.as(access.Manager)
	ada, ben, cleo := user(t, d.App, access.Owner, "Ada"), user(t, d.App, access.Technician, "Ben"), user(t, d.App, access.Manager, "Cleo")
	targets := map[helpdesk.Priority]helpdesk.Targets{}
	for _, p := range helpdesk.Priorities() {
		targets[p] = helpdesk.Targets{Response: time.Minute}
	}
	cal, err := d.Desk.SaveCalendar(context.Background(), helpdesk.Calendar{Name: "Always", Week: allWeek(t)})
	if err != nil {
		t.Fatal(err)
	}
	policy, err := d.Desk.SavePolicy(context.Background(), helpdesk.Policy{Name: "Minutes", Calendar: cal, Targets: targets})
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Desk.SetClientLevel(context.Background(), d.client, helpdesk.ClientLevel{Policy: policy}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Desk.SaveEscalation(context.Background(), helpdesk.Escalation{Breach: true, Role: access.Manager}); err != nil {
		t.Fatal(err)
	}
	for _, at := range []time.Duration{2 * time.Minute, 5 * time.Hour} {
		if _, err := d.Desk.Create(access.With(context.Background(), ada), access.WholeFirm(), helpdesk.Draft{Client: d.client, Subject: "Late", Assignee: ben.User, At: time.Now().Add(-at)}); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		if err := d.Desk.Alarms(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	if a, b, c := heard(t, d.App, ada.User), heard(t, d.App, ben.User), heard(t, d.App, cleo.User); a != "" || b != "deadline deadline" || c != "deadline deadline" {
		t.Errorf("%q %q %q", a, b, c)
	}
	var mails int // the one of five hours ago is no news for a mail
	if err := d.DB.Reader().QueryRowContext(context.Background(), "SELECT count(*) FROM notify_notices WHERE mail_due > 0").Scan(&mails); err != nil || mails != 2 {
		t.Errorf("%d are to be mailed, want 2 (%v)", mails, err)
	}
}

// allWeek is round the clock.
func allWeek(t *testing.T) (out [7][]sla.Span) {
	t.Helper()
	for d := range out {
		var err error
		if out[d], err = sla.Spans("00:00-24:00"); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

func TestNoticePages(t *testing.T) {
	d := newDesk(t)
	ben := d.as(access.Technician)
	id := user(t, d.App, access.Technician, "Ben <b>Okafor</b>")
	if page := ben.get("/notices"); !strings.Contains(page, "You have read everything") || !strings.Contains(page, "Notifications: nothing new") {
		t.Error("the empty list does not say so")
	}
	_, err := d.Desk.Create(context.Background(), access.WholeFirm(), helpdesk.Draft{Client: d.client, Subject: "Printer <i>blinks</i>", Assignee: id.User})
	if err != nil {
		t.Fatal(err)
	}
	page := ben.get("/notices")
	for _, want := range []string{"#1001 Printer &lt;i&gt;blinks&lt;/i&gt;", "Mainstay gave you this ticket", "Notifications: 1 unread"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not shown", want)
		}
	}
	if page := d.get("/notices"); strings.Contains(page, "Printer") {
		t.Error("another's notices are shown")
	}
	list, _, err := d.Notify.List(context.Background(), id.User, 0, true)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	if code, _, _ := d.post("/notices/"+list[0].ID.String()+"/mark", url.Values{"read": {"yes"}}); code != 404 {
		t.Errorf("another's notice was marked: %d", code)
	}
	ben.get("/tickets/1001") // looks at it
	if got := heard(t, d.App, id.User); got != "" {
		t.Errorf("still unread: %s", got)
	}
	if code, to, _ := ben.post("/notices/"+list[0].ID.String()+"/mark", url.Values{"back": {"/notices?all=yes"}}); code != 303 || to != "/notices?all=yes" {
		t.Error(code, to)
	}
	if got := heard(t, d.App, id.User); got != "assigned" {
		t.Errorf("not put back: %q", got)
	}
	if code, _, _ := ben.post("/notices/read", url.Values{"newest": {list[0].ID.String()}}); code != 303 {
		t.Error(code)
	}
	if code, _, _ := ben.post("/notices/read", url.Values{"newest": {"x"}}); code != 404 {
		t.Error(code)
	}

	// What is not ticked is not told.
	if code, to, _ := ben.post(access.NotificationsPage, url.Values{"show-answer": {"yes"}, "mail-deadline": {"yes"}}); code != 303 || to != access.NotificationsPage {
		t.Error(code, to)
	}
	choices, err := d.Notify.Choices(context.Background(), id.User, access.Technician)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range choices {
		if c.Shown != (c.Code == "answer") || c.Mailed != (c.Code == "deadline") {
			t.Errorf("%+v", c)
		}
	}
	if _, err := d.Desk.Create(context.Background(), access.WholeFirm(), helpdesk.Draft{Client: d.client, Subject: "Another", Assignee: id.User}); err != nil {
		t.Fatal(err)
	}
	if got := heard(t, d.App, id.User); got != "" {
		t.Errorf("told all the same: %s", got)
	}
}
