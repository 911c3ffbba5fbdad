// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"mainstay/kit/clock"
	"mainstay/practice/billing"
)

// Billing day: look at what is due and why it differs, write drafts, issue them, credit a line.
func TestBrowserBillingDay(t *testing.T) {
	s := newSite(t)
	if err := s.LoadDemo(context.Background()); err != nil {
		t.Fatal(err)
	}
	tab := s.Open(t, s.look("billing", "/billing"))
	tab.Wait("table tbody tr")
	tab.Shot("due")
	tab.Accessible()
	tab.Resize(390, true)
	tab.Shot("due-narrow")
	tab.Accessible()
	tab.Resize(1440, false)
	tab.Click("table tbody a[data-open]")
	tab.Wait("details summary")
	tab.Click("details summary")
	tab.Shot("why")
	tab.Accessible()
	tab.Goto(s.url + "/billing")
	tab.Click(`form[action="/billing/runs"] button[value="no"]`)
	tab.Wait("main.main h1")
	doJobs(t, s.App) // the run is a job
	tab.Goto(tab.URL())
	tab.Wait(`input[name="doc"]`)
	tab.Shot("run")
	tab.Accessible()
	tab.Click(".btn-primary")
	tab.Wait("[data-toast]")
	tab.Shot("issued")
	tab.Goto(s.url + "/billing/invoices")
	tab.Wait("table tbody tr")
	tab.Shot("invoices")
	tab.Accessible()
	tab.Click("table tbody a[data-open]")
	tab.Wait("#lines table")
	if !strings.Contains(tab.Text("main.main"), "INV-") {
		t.Error("the document does not show its number")
	}
	tab.Shot("invoice")
	tab.Accessible()
	tab.Resize(390, false)
	tab.Shot("invoice-narrow")
	tab.Resize(1440, false)
	tab.Click(`a[href$="/credit"]`)
	tab.Wait(`input[name^="line-"]`)
	tab.Shot("credit")
	tab.Accessible()
	tab.Click(`.form-actions .btn-primary`)
	tab.Wait("#lines table")
	tab.Shot("credit-note")
	for _, path := range []string{"settings", "taxes", "series", "journal", "runs", "invoices/new"} {
		tab.Goto(s.url + "/billing/" + path)
		tab.Wait("main.main h1")
		tab.Shot(strings.ReplaceAll(path, "/", "-"))
		tab.Accessible()
	}
	tab.Quiet()
}

// The pages of billing in all looks, with the invented firm's documents.
func TestBrowserBilling(t *testing.T) {
	s := newSiteAt(t, clock.At(time.Now()))
	ctx := context.Background()
	if err := s.LoadDemo(ctx); err != nil {
		t.Fatal(err)
	}
	list, err := s.App.Billing.List(ctx, billing.Filter{Limit: 1})
	if err != nil || len(list.Rows) == 0 {
		t.Fatalf("%+v, %v", list, err)
	}
	doc := list.Rows[0]
	for name, path := range map[string]string{
		"billing-due": "/billing", "billing-invoices": "/billing/invoices", "billing-document": "/billing/invoices/" + doc.ID.String(), "billing-account": "/billing/accounts/" + doc.Client.String(), "insight": "/insight",
	} {
		s.Check(t, s.look(name, path))
	}
}
