// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"mainstay/practice/agreements"
)

// A client without an agreement is carried across: one click proposes an agreement with the plan's fee as its minimum, and once it
// holds the client's page compares what was promised with what came.
func TestConvert(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	if err := d.LoadDemo(ctx); err != nil {
		t.Fatal(err)
	}
	client, err := d.Clients.Resolve(ctx, "Cobalt Components")
	if err != nil {
		t.Fatal(err)
	}
	if body := d.get("/clients/" + client.String()); !strings.Contains(body, "/convert/"+client.String()) {
		t.Fatal("the client's page proposes nothing")
	}
	if code, to, body := d.post("/convert/"+client.String(), nil); code != http.StatusSeeOther {
		t.Fatalf("%d %s %s", code, to, body)
	}
	list, err := d.Agreements.OfClient(ctx, client)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d agreements, %v", len(list), err)
	}
	a := list[0]
	if a.State != agreements.Draft || a.Least == nil || len(a.Lines) < 2 || !strings.HasPrefix(a.Origin, "transition ") || a.Plan == 0 {
		t.Fatalf("%+v", a)
	}
	n, err := a.Monthly(a.Starts)
	if err != nil {
		t.Fatal(err)
	}
	if fee, err := a.Least.Round(a.Currency.Digits()); err != nil || n > fee+fee/10 {
		t.Errorf("%d a month for a fee of %d, %v", n, fee, err)
	}
	next, err := d.Billing.Forecast(ctx, a, 1)
	if err != nil || len(next) != 1 {
		t.Fatalf("%+v, %v", next, err)
	}
	if fee, _ := a.Least.Round(a.Currency.Digits()); next[0].Net < fee {
		t.Errorf("the first invoice of %d is less than the fee of %d", next[0].Net, fee)
	}
	if body := d.get("/clients/" + client.String()); strings.Contains(body, "/convert/"+client.String()) {
		t.Error("it is proposed twice")
	}
}
