// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
	"mainstay/practice/clients"
	"mainstay/practice/worklog"
)

// agreed is a firm that can bill, with a client that has people.
func agreed(t *testing.T, s site) ids.ID {
	t.Helper()
	ctx := context.Background()
	f, err := s.Billing.Firm(ctx)
	if err != nil {
		t.Fatal(err)
	}
	f.Party, f.Currency = invoice.Party{Name: "Tidegate IT GmbH", VAT: "DE123456788", Address: invoice.Address{Street: "Kai 4", City: "Hamburg", Postcode: "20457", Country: "DE"}}, "EUR"
	if err := s.Billing.SetFirm(ctx, f); err != nil {
		t.Fatal(err)
	}
	for _, x := range billing.Preset("DE") {
		if err := s.Billing.AddTax(ctx, x); err != nil {
			t.Fatal(err)
		}
	}
	client, err := s.Clients.Create(ctx, clients.Details{Name: "Harbour Dental"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Billing.SetAccount(ctx, billing.Account{Client: client, PayDays: -1, Party: invoice.Party{Name: "Harbour Dental GmbH", Address: invoice.Address{Street: "Hafen 1", City: "Kiel", Postcode: "24103", Country: "DE"}}}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Mira Hansen", "Jon Ude", "Ada Falk"} {
		if _, err := s.Clients.SavePerson(ctx, access.WholeFirm(), client, clients.Person{Name: name}); err != nil {
			t.Fatal(err)
		}
	}
	return client
}

// signedUp is an active agreement of the client since January, with lines of all kinds and an allowance.
func signedUp(t *testing.T, s site, client ids.ID) *agreements.Agreement {
	t.Helper()
	ctx := context.Background()
	five, dec := money.Decimal{Coef: 5}, func(n int64) money.Decimal { return money.Decimal{Coef: n, Scale: 2} }
	id, err := s.Agreements.Create(ctx, agreements.NewAgreement{
		Head: agreements.Head{
			Client: client, Name: "Managed workplace", Currency: "EUR", Starts: civil.MustDate(2026, 1, 1), Ends: civil.NoDate, PayDays: 14, Cycle: rating.Cycle{Anchor: civil.NoDate, Unit: rating.Month}, Term: 12, Renew: 12, Notice: 90,
			Rise: agreements.Rise{Percent: dec(350), Every: 12, Next: civil.NoDate}, Scope: "Helpdesk on working days, all workplaces patched and backed up.\nProjects are charged apart.", Order: "PO-2231",
		},
		Lines: []agreements.NewLine{
			{Copy: agreements.Copy{Name: "Monitoring and patching"}, Terms: rating.Terms{Price: rating.Price{Unit: dec(12000)}}},
			{Copy: agreements.Copy{Name: "Helpdesk for a user", Counted: agreements.CountedPeople}, Terms: rating.Terms{Price: rating.Price{Model: rating.PerUnit, Unit: dec(2550)}}},
			{Copy: agreements.Copy{Name: "Mailboxes"}, Quantity: &five, Terms: rating.Terms{Price: rating.Price{Model: rating.Graduated, Tiers: []rating.Tier{{UpTo: five, Unit: dec(900), Flat: dec(1000)}, {Open: true, Unit: dec(750)}}}}},
			{Copy: agreements.Copy{Name: "Hours beyond the allowance", Counted: agreements.CountedWork, Unit: "HUR"}, Pot: 1, Terms: rating.Terms{Arrears: true, Rule: rating.Sum, Price: rating.Price{Model: rating.PerUnit, Unit: dec(11000)}}},
		},
		Pots: []agreements.Pot{{Name: "Support hours", Measure: agreements.Hours, Alert: 20, Pot: rating.Pot{Each: money.Decimal{Coef: 4}, Keep: 1}}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Agreements.Activate(ctx, id, 1, agreements.Sign{By: "Mira Hansen"}); err != nil {
		t.Fatal(err)
	}
	if err := s.Agreements.CountAll(ctx); err != nil {
		t.Fatal(err)
	}
	a, err := s.Agreements.Get(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// The pages of agreements in all looks: empty, a draft, an active one today and on a past day, forms, renewals, the client's page.
func TestBrowserAgreements(t *testing.T) {
	s := newSiteAt(t, clock.At(time.Date(2026, 3, 15, 9, 0, 0, 0, time.UTC)))
	ctx := context.Background()
	for name, path := range map[string]string{"agreements-empty": "/agreements", "agreements-renewals-empty": "/agreements/renewals"} {
		t.Run(name, func(t *testing.T) { s.Check(t, s.look(name, path)) })
	}
	client := agreed(t, s)
	a := signedUp(t, s, client)
	if _, err := s.Clients.SavePerson(ctx, access.WholeFirm(), client, clients.Person{Name: "Not Counted Yet"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Agreements.Amend(ctx, a.ID, a.Version, agreements.Amendment{Day: civil.MustDate(2026, 4, 1), Reason: "Price of 2026", Changes: []agreements.Change{{Line: a.Lines[1].ID, Terms: &rating.Terms{Price: rating.Price{Model: rating.PerUnit, Unit: money.Decimal{Coef: 2690, Scale: 2}}}}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Agreements.ApplyPrices(ctx, a.ID, agreements.PriceChange{Day: civil.MustDate(2026, 10, 1), Percent: money.Decimal{Coef: 3}, Reason: "Wages"}, &agreements.LetterOrder{}); err != nil {
		t.Fatal(err)
	}
	draft, err := s.Agreements.Create(ctx, a.Draft(civil.MustDate(2026, 3, 15)))
	if err != nil {
		t.Fatal(err)
	}
	own := "/agreements/" + a.ID.String()
	for name, path := range map[string]string{
		"agreements": "/agreements", "agreements-none": "/agreements?q=nothingatall", "agreements-renewals": "/agreements/renewals", "agreement": own, "agreement-past": own + "?day=2026-01-20", "agreement-future": own + "?day=2026-04-02",
		"agreement-amend": own + "/amend", "agreement-end": own + "/end", "agreement-papers": own + "/papers", "agreement-block": own + "/block", "agreement-line": own + "/lines/" + a.Lines[1].ID.String(),
		"agreement-draft": "/agreements/" + draft.String(), "agreement-edit": "/agreements/" + draft.String() + "/edit", "agreement-activate": "/agreements/" + draft.String() + "/activate", "agreement-new": "/agreements/new", "agreement-prices": "/agreements/prices?percent=4&day=2026-11-01",
		"agreement-client": "/clients/" + client.String(),
	} {
		t.Run(name, func(t *testing.T) { s.Check(t, s.look(name, path)) })
	}
	s.Visit(t, s.look("agreement-letters", "/agreements/letters"))
	s.Visit(t, s.look("agreement-allowance", own+"/allowance?pot="+a.Pots[0].ID.String()))
}

// A person writes a draft from nothing with a line per user and an allowance, sees the next three invoices while typing, activates
// it, amends it, and looks at a past day.
func TestBrowserAgreementByHand(t *testing.T) {
	s := newSiteAt(t, clock.At(time.Date(2026, 3, 15, 9, 0, 0, 0, time.UTC)))
	client := agreed(t, s)
	tab := s.Open(t, s.look("agreement-hand", "/agreements/new?client="+client.String()))
	var n int
	text := func(sel string) (out string) {
		tab.Eval(`document.querySelector("`+sel+`")?.textContent.replace(/\s+/g, " ") ?? ""`, &out)
		return out
	}
	set := func(name, value string) {
		tab.Eval(`(() => { const f = document.querySelector('[name="`+name+`"]:not([type=hidden])'); f.value = "`+value+`"; f.dispatchEvent(new Event("input", { bubbles: true })); f.dispatchEvent(new Event("change", { bubbles: true })); return 1; })()`, &n)
	}
	set("name", "Managed")
	set("starts", "2026-03-01")
	set("line-0-name", "Users")
	set("line-0-price", "25.50")
	set("line-0-quantity", "10")
	tab.Wait("[data-forecast-out] .a-bills > li:nth-child(3)")
	if got := text("[data-forecast-out] .a-bills > li:nth-child(1)"); !strings.Contains(got, "255.00") || !strings.Contains(got, "Users") {
		t.Errorf("the first invoice says %q", got)
	}
	tab.Eval(`document.querySelector('button[value="add-pot"]').click(), 1`, &n)
	tab.Wait(`[name="pot-0-name"]:focus`)
	set("pot-0-name", "Support hours")
	set("pot-0-each", "4")
	tab.Eval(`document.querySelector('button[value="add-line"]').click(), 1`, &n)
	tab.Wait(`[name="line-1-name"]:focus`)
	set("line-1-name", "Beyond it")
	set("line-1-price", "110")
	set("line-1-counted", agreements.CountedWork)
	tab.Wait(`[name="line-1-pot"]`)
	set("line-1-pot", "1")
	tab.Shot("agreement-hand-draft")
	tab.Eval(`document.querySelector("form[data-editor]").requestSubmit(document.querySelector(".a-save button")), 1`, &n)
	tab.Wait(`a[href$="/activate"]`)
	tab.Eval(`document.querySelector('a[href$="/activate"]').click(), 1`, &n)
	tab.Wait(`[name="by"]`)
	set("by", "Mira Hansen")
	tab.Eval(`document.querySelector('[name="by"]').form.requestSubmit(), 1`, &n)
	tab.Wait(`a[href$="/amend"]`)
	list, err := s.Agreements.List(context.Background(), access.WholeFirm(), agreements.Query{Client: client})
	if err != nil || len(list.Rows) != 1 {
		t.Fatal(list, err)
	}
	a := list.Rows[0].Agreement
	if a.State != agreements.Active || len(a.Lines) != 2 || len(a.Pots) != 1 || a.Pots[0].Line != a.Lines[1].ID || a.SignedBy != "Mira Hansen" || a.Lines[1].Terms[0].Rule != rating.Sum {
		t.Fatalf("%+v", a)
	}
	tab.Eval(`document.querySelector('a[href$="/amend"]').click(), 1`, &n)
	tab.Wait("[data-editor] [name=day]")
	set("line-0-quantity", "12")
	set("reason", "Two starters")
	tab.Wait("[data-forecast-out] .a-delta s")
	if got := text(".a-delta"); !strings.Contains(got, "255.00") || !strings.Contains(got, "306.00") {
		t.Errorf("the preview says %q", got)
	}
	tab.Shot("agreement-hand-amend")
	tab.Eval(`document.querySelector("form[data-editor]").requestSubmit(document.querySelector(".a-save button")), 1`, &n)
	tab.Wait(".a-line-of-time")
	if got := text("tbody"); !strings.Contains(got, "12") || !strings.Contains(text(".a-line-of-time"), "Two starters") {
		t.Errorf("on the day of the change there stands %q", got)
	}
	set("day", "2026-03-20")
	tab.Wait(`a[href="/agreements/` + a.ID.String() + `"].btn`)
	if got := text("tbody tr:first-child td:nth-child(3)"); strings.TrimSpace(got) != "10" {
		t.Errorf("on a past day there were %q", got)
	}
	tab.Quiet()
}

// Work that an allowance or an agreement covers is never billed as time and materials, also when the agreement comes later.
func TestAgreementCoversWork(t *testing.T) {
	s := newSiteAt(t, clock.At(time.Date(2026, 3, 15, 9, 0, 0, 0, time.UTC)))
	ctx := context.Background()
	client := agreed(t, s)
	people, err := s.Work.People(ctx)
	if err != nil || len(people) == 0 {
		t.Fatal(people, err)
	}
	types, err := s.Work.Types(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var billable worklog.Type
	for _, x := range types {
		if x.Billable && !x.Archived {
			billable = x
			break
		}
	}
	me := worklog.Actor{ID: people[0].ID, Name: people[0].Name, Others: true}
	enter := func() ids.ID {
		id, err := s.Work.Create(ctx, me, worklog.Draft{Client: client, Type: billable.ID, Day: civil.MustDate(2026, 3, 10), Starts: worklog.NoStart, Minutes: 90})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	coverage := func(id ids.ID, want worklog.Coverage) {
		t.Helper()
		e, err := s.Work.Get(ctx, access.WholeFirm(), id)
		if err != nil || e.Coverage != want {
			t.Fatalf("%v, want %v (%v)", e.Coverage, want, err)
		}
	}
	before := enter()
	coverage(before, worklog.Billable)
	a := signedUp(t, s, client)
	for {
		more, err := s.Jobs.One(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			break
		}
	}
	coverage(before, worklog.Prepaid)
	coverage(enter(), worklog.Prepaid)
	e, err := s.Work.Quote(ctx, worklog.Draft{Person: me.ID, Client: client, Type: billable.ID, Day: civil.MustDate(2026, 3, 10), Starts: worklog.NoStart, Minutes: 30}, 0)
	if err != nil || e.Covered.Name != "Support hours" || e.Covered.Agreement != a.Number {
		t.Errorf("%+v %v", e.Covered, err)
	}
	balances, err := s.Billing.Balances(ctx, client, civil.MustDate(2026, 3, 15))
	if err != nil || len(balances) != 1 {
		t.Fatal(balances, err)
	}
	// A chosen coverage stays, and after the agreement's end work is billable again.
	chosen, err := s.Work.Create(ctx, me, worklog.Draft{Client: client, Type: billable.ID, Day: civil.MustDate(2026, 3, 10), Starts: worklog.NoStart, Minutes: 30, Chosen: true, Coverage: worklog.Billable})
	if err != nil {
		t.Fatal(err)
	}
	coverage(chosen, worklog.Billable)
	if err := s.Agreements.End(ctx, a.ID, a.Version, civil.MustDate(2026, 3, 9), "left"); err != nil {
		t.Fatal(err)
	}
	for {
		if more, err := s.Jobs.One(ctx); err != nil || !more {
			break
		}
	}
	coverage(before, worklog.Billable)
}
