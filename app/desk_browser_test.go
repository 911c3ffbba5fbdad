// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/practice/clients"
)

// The desk of the demo firm in all looks: axe is silent, nothing sticks out, everything is in the reader's language.
func TestBrowserDesk(t *testing.T) {
	s := newSiteAt(t, clock.At(time.Now()))
	ctx := context.Background()
	if err := s.LoadDemo(ctx); err != nil {
		t.Fatal(err)
	}
	p, err := s.Desk.List(ctx, access.WholeFirm(), helpdesk.Query{Text: "outlook password"})
	if err != nil || len(p.Rows) != 1 {
		t.Fatal(len(p.Rows), err)
	}
	new, err := s.Desk.List(ctx, access.WholeFirm(), helpdesk.Query{Text: "new starter"})
	if err != nil || len(new.Rows) != 1 {
		t.Fatal(len(new.Rows), err)
	}
	harbour, err := s.Clients.Resolve(ctx, "Harbour Dental Group")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Desk.SaveCanned(ctx, helpdesk.Canned{Name: "Call back", Body: "Hello {person}, we call you back today. {me}"}); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"desk-list": "/tickets", "desk-list-none": "/tickets?q=nothingatall&state=new,open,waiting", "desk-today": "/today",
		"desk-ticket": fmt.Sprintf("/tickets/%d", p.Rows[0].Number), "desk-ticket-steps": fmt.Sprintf("/tickets/%d", new.Rows[0].Number),
		"desk-new": "/tickets/new", "desk-new-client": "/tickets/new?client=" + harbour.String(), "desk-settings": "/desk", "desk-board": "/tickets/board", "desk-levels": "/desk/levels", "desk-reports": "/tickets/reports", "desk-plans": "/desk/plans",
		"desk-plan": "/desk/plans/new", "mail-review": "/mail", "mail-boxes": "/mailboxes", "mail-box": "/mailboxes/new",
	} {
		t.Run(name, func(t *testing.T) { s.Check(t, s.look(name, path)) })
	}
}

// A technician moves through a long list with keys, chooses, changes several at once, and answers with the keyboard alone.
// The list goes on by itself, and follows what others do.
func TestBrowserDeskByKeys(t *testing.T) {
	s := newSite(t)
	ctx := context.Background()
	client, err := s.Clients.Create(ctx, clients.Details{Name: "Kestrel"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 120 {
		if _, err := s.Desk.Create(ctx, access.WholeFirm(), helpdesk.Draft{Client: client, Subject: fmt.Sprintf("Ticket number %d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	tab := s.Open(t, s.look("desk-keys", "/tickets"))
	tab.Wait("table[data-rows] tbody tr:nth-child(50)")
	tab.Press("j")
	tab.Press("x")
	tab.Press("j")
	tab.Press("x")
	tab.Wait("tr.cursor [data-tick]:checked")
	var chosen string
	tab.Eval(`document.querySelector("[data-bulk-count]").textContent`, &chosen)
	if chosen != "2" {
		t.Errorf("%q are chosen", chosen)
	}
	// Somebody else makes a ticket: it appears, and what was chosen stays.
	if _, err := s.Desk.Create(ctx, access.WholeFirm(), helpdesk.Draft{Client: client, Subject: "Made by somebody else"}); err != nil {
		t.Fatal(err)
	}
	tab.Wait(`table[data-rows] tbody tr:first-child a[href="/tickets/1121"]`)
	var ticked int
	tab.Eval(`document.querySelectorAll("[data-tick]:checked").length`, &ticked)
	if ticked != 2 {
		t.Errorf("%d are still chosen", ticked)
	}
	for _, rows := range []int{100, 121} {
		tab.Eval(`document.querySelector(".pager [rel=next]").scrollIntoView(), 1`, &ticked)
		tab.Wait(fmt.Sprintf("table[data-rows] tbody tr:nth-child(%d)", rows))
	}
	tab.Eval(`scrollTo(0, 0), 1`, &ticked)
	tab.Press(kb.Enter)
	tab.Wait("[data-composer]")
	tab.Press("n")
	tab.Wait("[data-write]:focus")
	tab.Type("[data-write]", "Only for us")
	tab.Eval(`document.querySelector("[data-composer]").requestSubmit(), 1`, &ticked)
	tab.Wait(".t-note")
	tab.Quiet()
}
