// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/webhook"
	"mainstay/practice/clients"
	"mainstay/test/browser"
)

// What people are told and how, and escalations, in all looks.
func TestBrowserNotices(t *testing.T) {
	s := newSiteAt(t, clock.At(time.Now()))
	ctx := context.Background()
	for name, path := range map[string]string{"notices-empty": "/notices", "notices-empty-all": "/notices?all=yes", "escalations-empty": "/desk/escalations"} {
		t.Run(name, func(t *testing.T) { s.Check(t, s.look(name, path)) })
	}
	if err := s.LoadDemo(ctx); err != nil {
		t.Fatal(err)
	}
	rules, err := s.Desk.Escalations(ctx)
	if err != nil || len(rules) != 1 {
		t.Fatal(rules, err)
	}
	people, err := s.Access.People(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Desk.SaveEscalation(ctx, helpdesk.Escalation{AssignTo: people[0].ID, Raise: true}); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"notices": "/notices", "notices-choices": "/account/notifications", "escalations": "/desk/escalations", "escalation": "/desk/escalations/" + rules[0].ID.String(),
	} {
		t.Run(name, func(t *testing.T) { s.Check(t, s.look(name, path)) })
	}
}

// The bell counts along without a reload, in every tab.
func TestBrowserBellRings(t *testing.T) {
	s := newSite(t)
	ctx := context.Background()
	client, err := s.Clients.Create(ctx, clients.Details{Name: "Kestrel"})
	if err != nil {
		t.Fatal(err)
	}
	people, err := s.Access.People(ctx)
	if err != nil {
		t.Fatal(err)
	}
	one, two := s.Open(t, s.look("bell", "/clients")), s.Open(t, s.look("bell-list", "/notices"))
	one.Wait(".bell:has([hidden])")
	if _, err := s.Desk.Create(ctx, access.WholeFirm(), helpdesk.Draft{Client: client, Subject: "Rings", Assignee: people[0].ID}); err != nil {
		t.Fatal(err)
	}
	for _, tab := range []interface{ Wait(string) }{one, two} {
		tab.Wait(".bell:not(:has([hidden]))")
	}
	two.Wait(".n-unread")
	two.Click(".n-what a")
	two.Wait("[data-composer]")
	one.Wait(".bell:has([hidden])")
	one.Quiet()
	two.Quiet()
}

// Webhooks in all looks: none yet, the form, one with its log, and one delivery.
func TestBrowserWebhooks(t *testing.T) {
	b := browser.New(t)
	d := openPrivate(t)
	s := site{d.App, b, b.Serve(d.handler), &http.Cookie{Name: access.Cookie, Value: d.session}}
	for name, path := range map[string]string{"webhooks-empty": "/webhooks", "webhook-new": "/webhooks/new"} {
		t.Run(name, func(t *testing.T) { s.Check(t, s.look(name, path)) })
	}
	ctx := context.Background()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/down" {
			http.Error(w, "the database of this receiver is being moved to another machine; come back later", http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(srv.Close)
	good, _, err := d.Webhooks.Create(ctx, webhook.Endpoint{URL: srv.URL + "/hooks/mainstay/tickets?room=operations", Description: "Chat room of the operations team", Events: []string{"ticket.created", "ticket.solved", "ticket.alarm", "client.created"}, Enabled: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := d.Webhooks.Create(ctx, webhook.Endpoint{URL: srv.URL + "/down", Events: []string{webhook.All}, Enabled: true}); err != nil {
		t.Fatal(err)
	}
	client, err := d.Clients.Create(ctx, clients.Details{Name: "Kestrel"})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := d.Desk.Create(ctx, access.WholeFirm(), helpdesk.Draft{Client: client, Subject: "Printer blinks"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.Webhooks.Once(ctx); err != nil {
		t.Fatal(err)
	}
	list, err := d.Webhooks.Endpoints(ctx)
	if err != nil {
		t.Fatal(err)
	}
	down := "/webhooks/" + list[1].ID.String()
	log, _, err := d.Webhooks.Deliveries(ctx, list[1].ID, "", 0)
	if err != nil || len(log) == 0 {
		t.Fatal(log, err)
	}
	for name, path := range map[string]string{
		"webhooks": "/webhooks", "webhook": "/webhooks/" + good.ID.String(), "webhook-down": down, "webhook-edit": "/webhooks/" + good.ID.String() + "/edit", "webhook-delivery": down + "/deliveries/" + log[0].ID.String(), "webhook-docs": "/api/docs",
	} {
		t.Run(name, func(t *testing.T) { s.Check(t, s.look(name, path)) })
	}
	// A delivery that is sent shows its answer without a reload.
	tab := s.Open(t, s.look("webhook-test", "/webhooks/"+good.ID.String()))
	tab.Click("form[action$='/test'] button")
	tab.Wait("#delivery")
	if err := d.Webhooks.Once(ctx); err != nil {
		t.Fatal(err)
	}
	tab.Wait(".w-try")
	tab.Quiet()
}

// A ticket with devices, the search for more, and the form that begins with one.
func TestBrowserDevices(t *testing.T) {
	s := newSiteAt(t, clock.At(time.Now()))
	ctx := context.Background()
	if err := s.LoadDemo(ctx); err != nil {
		t.Fatal(err)
	}
	p, err := s.Desk.List(ctx, access.WholeFirm(), helpdesk.Query{Text: "disk"})
	if err != nil || len(p.Rows) == 0 {
		t.Fatal(len(p.Rows), err)
	}
	ticket := p.Rows[0]
	found, err := s.Desk.FindDevices(ctx, access.WholeFirm(), ticket.Client, "", 5)
	if err != nil || len(found) < 5 {
		t.Fatal(found, err)
	}
	if _, err := s.Desk.Update(ctx, access.WholeFirm(), ticket.ID, 0, helpdesk.Edit{AddDevices: []string{found[0].Ref, found[1].Ref}}); err != nil {
		t.Fatal(err)
	}
	at := fmt.Sprintf("/tickets/%d", ticket.Number)
	for name, path := range map[string]string{
		"devices-ticket": at, "devices-find": at + "/devices", "devices-none": at + "/devices?q=nothing", "devices-list": "/tickets?state=new,open,waiting&device=" + found[0].Ref, "devices-new": "/tickets/new?client=" + ticket.Client.String(),
	} {
		t.Run(name, func(t *testing.T) { s.Check(t, s.look(name, path)) })
	}
	// What is typed is looked for at once, and a find is linked with the keyboard alone.
	tab := s.Open(t, s.look("devices-type", at))
	tab.Type("#devices input[type=search]", found[3].Name)
	tab.Wait("#device-hits button")
	tab.Shot("")
	tab.Click("#device-hits button")
	tab.Wait("#devices li:nth-child(3)")
	tab.Quiet()
}
