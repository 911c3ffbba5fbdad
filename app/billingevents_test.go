// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"encoding/json"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/webhook"
	"mainstay/practice/billing"
	"mainstay/practice/clients"
)

// Programs hear of every document that is issued and of every run; people of a run that waits for them, once.
func TestEventsOfBilling(t *testing.T) {
	d := openPrivate(t)
	ctx := context.Background()
	var err error
	if d.client, err = d.Clients.Create(ctx, clients.Details{Name: "Kestrel"}); err != nil {
		t.Fatal(err)
	}
	agreement := d.agreed()
	b := &inbox{}
	srv := httptest.NewServer(b)
	t.Cleanup(srv.Close)
	if _, _, err := d.Webhooks.Create(ctx, webhook.Endpoint{URL: srv.URL, Events: []string{webhook.All}, Enabled: true}); err != nil {
		t.Fatal(err)
	}
	check := func(what string, err error, want ...string) {
		t.Helper()
		if err != nil {
			t.Fatal(what, err)
		}
		if err := d.Webhooks.Once(ctx); err != nil {
			t.Fatal(err)
		}
		b.got = slices.DeleteFunc(b.got, func(s string) bool { return strings.HasPrefix(s, "agreement.") })
		slices.Sort(b.got)
		slices.Sort(want)
		if !slices.Equal(b.got, want) {
			t.Errorf("%s: %v, want %v", what, b.got, want)
		}
		b.got = nil
	}
	owner := user(t, d.App, access.Owner, "Ada")
	d.as(access.Technician)
	tech := user(t, d.App, access.Technician, "Ben")
	start := func(o billing.Order) error {
		run, err := d.Billing.Start(ctx, o)
		if err != nil {
			return err
		}
		if err := d.Billing.Continue(ctx, run, nil); err != nil {
			return err
		}
		return d.Billing.Continue(ctx, run, nil) // what is finished is not told again
	}
	check("a run", start(billing.Order{Issue: true}), "billing_run.finished", "invoice.issued")
	var one DocumentOf
	if err := json.Unmarshal(b.data["invoice.issued"], &one); err != nil || one.Gross != "149.35" || one.Kind != "invoice" || one.Client != d.client.String() || one.Agreement != agreement.String() || one.Due == "" {
		t.Errorf("%s %v", b.data["invoice.issued"], err)
	}
	note, err := d.Billing.CreditNote(ctx, billing.Credit{Of: mustID(t, one.ID)})
	check("a draft", err)
	_, err = d.Billing.Issue(ctx, note)
	check("a credit note", err, "credit_note.issued")
	if heard(t, d.App, owner.User) != "" {
		t.Errorf("told without need: %s", heard(t, d.App, owner.User))
	}
	// A code of tax that the table does not know: the agreement cannot be billed, and somebody must look.
	taxes, err := d.Billing.Taxes(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range taxes {
		if err := d.Billing.RemoveTax(ctx, x.ID); err != nil {
			t.Fatal(err)
		}
	}
	second := d.agreedOnly()
	check("a run that cannot bill", start(billing.Order{Agreement: second}), "billing_run.finished", "billing_run.held")
	if got := heard(t, d.App, owner.User); got != "held" {
		t.Errorf("the owner heard %q", got)
	}
	if got := heard(t, d.App, tech.User); got != "" {
		t.Errorf("a technician heard %q", got)
	}
	if page := d.get("/notices"); !strings.Contains(page, "1 could not be billed") || !strings.Contains(page, "Run of ") {
		t.Error(page)
	}
}

// DocumentOf is what a program reads of the payload.
type DocumentOf struct{ ID, Kind, Client, Agreement, Due, Gross string }

func mustID(t *testing.T, s string) ids.ID {
	t.Helper()
	id, err := ids.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}
