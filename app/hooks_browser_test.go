// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"testing"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/practice/clients"
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
