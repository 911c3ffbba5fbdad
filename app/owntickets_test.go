// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"testing"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/practice/books"
	"mainstay/practice/clients"
)

// Tickets worked on here count in the ledger by who began them, those merged into others once.
func TestOwnTicketsCount(t *testing.T) {
	a, ctx, all := open(t), context.Background(), access.WholeFirm()
	id, err := a.Clients.Create(ctx, clients.Details{Name: "Kestrel"})
	if err != nil {
		t.Fatal(err)
	}
	other, err := a.Clients.Create(ctx, clients.Details{Name: "Lark"})
	if err != nil {
		t.Fatal(err)
	}
	var made []helpdesk.Ticket
	for i, o := range []helpdesk.Origin{helpdesk.FromClient, helpdesk.FromClient, helpdesk.FromMonitor, helpdesk.FromPlan, helpdesk.FromTechnician} {
		d := helpdesk.Draft{Client: id, Subject: "x", Origin: o}
		if i == 4 {
			d.Client = other
		}
		x, err := a.Desk.Create(ctx, all, d)
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, x)
	}
	if err := a.Desk.Merge(ctx, all, made[1].ID, made[0].ID); err != nil {
		t.Fatal(err)
	}
	l, err := a.Books.Ledger(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[books.Origin]int{}
	for _, x := range l.Tickets {
		seen[x.Origin]++
		if l.Sources[x.Source].Name != books.OwnSource || x.Opened == 0 || l.Clients[x.Client] == "" {
			t.Errorf("%+v of %q", x, l.Sources[x.Source].Name)
		}
	}
	if len(l.Tickets) != 4 || seen[books.OriginClient] != 1 || seen[books.OriginMonitor] != 1 || seen[books.OriginPlanned] != 1 || seen[books.OriginTechnician] != 1 {
		t.Errorf("%v", seen)
	}
	one, err := a.Books.Ledger(ctx, "Lark")
	if err != nil || len(one.Tickets) != 1 {
		t.Errorf("one client: %d tickets, %v", len(one.Tickets), err)
	}
}
