// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"fmt"
	"testing"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
)

// The desk of the demo firm in all looks: axe is silent, nothing sticks out, everything is in the reader's language.
func TestBrowserDesk(t *testing.T) {
	s := newSite(t)
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
		"desk-new": "/tickets/new", "desk-new-client": "/tickets/new?client=" + harbour.String(), "desk-settings": "/desk", "desk-board": "/tickets/board",
	} {
		t.Run(name, func(t *testing.T) { s.Check(t, s.look(name, path)) })
	}
}
