// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"testing"
	"time"

	"mainstay/app"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/config"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
	"mainstay/practice/clients"
	"mainstay/practice/insight"
)

// One client from March with ten users at 20.00 that cost 7.50 each, fourteen from 16 April, gone after 31 May: by hand.
func TestInsightByHand(t *testing.T) {
	ctx := context.Background()
	c := clock.At(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	a := openAt(t, c)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(a.Values.SetFirm(ctx, config.Firm{Name: "Tidegate", Currency: "EUR", Language: "en-GB", Zone: "UTC"}))
	must(a.Billing.SetFirm(ctx, billing.Firm{Party: invoice.Party{Name: "Tidegate", VAT: "DE123456788", Address: invoice.Address{Street: "Kai 4", City: "Hamburg", Postcode: "20457", Country: "DE"}}, Currency: "EUR"}))
	for _, x := range billing.Preset("DE") {
		must(a.Billing.AddTax(ctx, x))
	}
	client, err := a.Clients.Create(ctx, clients.Details{Name: "Harbour"})
	must(err)
	must(a.Billing.SetAccount(ctx, billing.Account{Client: client, PayDays: -1, Party: invoice.Party{Name: "Harbour", VAT: "DE987654321", Address: invoice.Address{Street: "Hafen 1", City: "Kiel", Postcode: "24103", Country: "DE"}}}))
	item, err := a.Catalogue.SaveItem(ctx, catalogue.Item{Name: "User", Kind: catalogue.Services})
	must(err)
	first := civil.MustDate(2026, 3, 1)
	_, err = a.Catalogue.AddCost(ctx, catalogue.Cost{Item: item, Currency: "EUR", From: first, Every: catalogue.Monthly, Unit: money.Decimal{Coef: 750, Scale: 2}})
	must(err)
	ten := money.Decimal{Coef: 10}
	id, err := a.Agreements.Create(ctx, agreements.NewAgreement{
		Head:  agreements.Head{Client: client, Name: "Managed", Currency: "EUR", Starts: first, Ends: civil.NoDate, PayDays: -1, Cycle: rating.Cycle{Anchor: first, Every: 1}},
		Lines: []agreements.NewLine{{Copy: agreements.Copy{Item: item, Name: "User", Counted: agreements.CountedHand}, Quantity: &ten, Terms: rating.Terms{Price: rating.Price{Model: rating.PerUnit, Unit: money.Decimal{Coef: 20}}}}},
	})
	must(err)
	must(a.Agreements.Activate(ctx, id, 1, agreements.Sign{By: "Mira"}))
	bill := func(on civil.Date) {
		t.Helper()
		c.Advance(on.Time(time.UTC).Add(9 * time.Hour).Sub(c.Now()))
		_, left, err := a.RunBilling(ctx, app.BillOrder{Issue: true}, nil)
		must(err)
		if len(left) > 0 {
			t.Fatalf("%+v", left)
		}
	}
	bill(first)
	ag, err := a.Agreements.Get(ctx, id)
	must(err)
	must(a.Agreements.Count(ctx, ag.Lines[0].ID, agreements.NewFact{Day: civil.MustDate(2026, 4, 16), Quantity: money.Decimal{Coef: 14}}))
	bill(civil.MustDate(2026, 4, 1))
	bill(civil.MustDate(2026, 5, 1))
	ag, err = a.Agreements.Get(ctx, id)
	must(err)
	must(a.Agreements.End(ctx, id, ag.Version, civil.MustDate(2026, 5, 31), ""))
	s := insight.New(insight.Parts{DB: a.DB, Access: a.Access, Values: a.Values, Agreements: a.Agreements, Billing: a.Billing, Catalogue: a.Catalogue, Work: a.Work})

	deferred, err := a.Billing.Deferred(ctx, civil.MustDate(2026, 5, 1))
	must(err)
	if deferred["EUR"] != 27097 { // 280.00 × 30/31
		t.Errorf("%d is deferred", deferred["EUR"])
	}
	april, err := s.Profits(ctx, civil.MustDate(2026, 4, 1).Month())
	must(err)
	// 15 days with 10, 15 with 14: 100 + 140 = 240.00; on average 12 users cost 90.00.
	if len(april) != 1 || april[0].Recurring != 24000 || april[0].Tools != 9000 || april[0].Margin() != 15000 || len(april[0].Uncosted) != 0 {
		t.Errorf("%+v", april)
	}
	must(s.SetHourCost(ctx, insight.HourCost{From: first, Minor: 6000, Currency: "EUR"}))

	bill(civil.MustDate(2026, 6, 10))
	r, err := s.Recurring(ctx, 4, civil.MustDate(2026, 6, 1).Month())
	must(err)
	if len(r) != 1 {
		t.Fatalf("%+v", r)
	}
	want := []insight.Month{
		{Month: civil.NewMonth(2026, 3), New: 20000, End: 20000, Clients: 1},
		{Month: civil.NewMonth(2026, 4), Start: 20000, Expansion: 8000, End: 28000, Clients: 1},
		{Month: civil.NewMonth(2026, 5), Start: 28000, End: 28000, Clients: 1},
		{Month: civil.NewMonth(2026, 6), Start: 28000, Churn: 28000},
	}
	for i, m := range r[0].Months {
		if m != want[i] {
			t.Errorf("%+v, want %+v", m, want[i])
		}
		if m.Start+m.New+m.Expansion-m.Contraction-m.Churn != m.End {
			t.Errorf("%s does not add up", m.Month)
		}
	}
}
