// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"mainstay/app"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/config"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
	"mainstay/practice/books"
	"mainstay/practice/clients"
	"mainstay/practice/journey"
	"mainstay/practice/journey/recurring"
)

// moneyRig is a firm that bills in EUR, on either engine.
type moneyRig struct {
	*app.App
	t     *testing.T
	clock *clock.Fixed
	list  map[string]ids.ID // clients by name
}

func onEachEngine(t *testing.T, on civil.Date, fn func(*moneyRig)) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			cfg := config.Server{Data: t.TempDir(), Address: "localhost:8377"}
			if engine == "postgres" {
				cfg.Database = dbtest.PostgresURL(t)
			}
			c := clock.At(on.Time(time.UTC).Add(9 * time.Hour))
			a, err := app.Open(context.Background(), cfg, slog.New(slog.DiscardHandler), c)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = a.Close() })
			r := &moneyRig{a, t, c, map[string]ids.ID{}}
			ctx := context.Background()
			r.must(a.Values.SetFirm(ctx, config.Firm{Name: "Tidegate", Currency: "EUR", Language: "en-GB", Zone: "UTC"}))
			r.must(a.Billing.SetFirm(ctx, billing.Firm{Party: invoice.Party{Name: "Tidegate", VAT: "DE123456788", Address: invoice.Address{Street: "Kai 4", City: "Hamburg", Postcode: "20457", Country: "DE"}}, Currency: "EUR"}))
			for _, x := range billing.Preset("DE") {
				r.must(a.Billing.AddTax(ctx, x))
			}
			fn(r)
		})
	}
}

func (r *moneyRig) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *moneyRig) to(on civil.Date) {
	r.clock.Advance(on.Time(time.UTC).Add(9 * time.Hour).Sub(r.clock.Now()))
}

func (r *moneyRig) client(name string) ids.ID {
	r.t.Helper()
	if id := r.list[name]; id != 0 {
		return id
	}
	ctx := context.Background()
	id, err := r.Clients.Create(ctx, clients.Details{Name: name})
	r.must(err)
	r.must(r.Billing.SetAccount(ctx, billing.Account{Client: id, PayDays: -1, Party: invoice.Party{Name: name, VAT: "DE987654321", Address: invoice.Address{Street: "Hafen 1", City: "Kiel", Postcode: "24103", Country: "DE"}}}))
	r.list[name] = id
	return id
}

// sign makes an agreement with one line at a price a month for each of a quantity; no quantity = one price.
func (r *moneyRig) sign(client string, starts civil.Date, c agreements.Copy, price int64, quantity *money.Decimal) ids.ID {
	r.t.Helper()
	ctx := context.Background()
	p := rating.Price{Unit: money.Decimal{Coef: price}}
	if quantity != nil {
		p.Model = rating.PerUnit
	}
	id, err := r.Agreements.Create(ctx, agreements.NewAgreement{
		Head:  agreements.Head{Client: r.client(client), Name: "Managed", Currency: "EUR", Starts: starts, Ends: civil.NoDate, PayDays: -1, Cycle: rating.Cycle{Anchor: starts.Month().First(), Every: 1}},
		Lines: []agreements.NewLine{{Copy: c, Quantity: quantity, Terms: rating.Terms{Price: p}}},
	})
	r.must(err)
	r.must(r.Agreements.Activate(ctx, id, 1, agreements.Sign{By: "Mira"}))
	return id
}

func (r *moneyRig) bill(on civil.Date) {
	r.t.Helper()
	r.to(on)
	_, left, err := r.RunBilling(context.Background(), app.BillOrder{Issue: true}, nil)
	r.must(err)
	if len(left) > 0 {
		r.t.Fatalf("%+v", left)
	}
}

func (r *moneyRig) take(name, csv string) {
	r.t.Helper()
	i, err := r.Books.Upload(context.Background(), name, strings.NewReader(csv), "")
	r.must(err)
	_, err = r.Books.Commit(context.Background(), i.ID, books.Choices{}, nil)
	r.must(err)
}

// Agreements are the first-order truth of what recurs. Alder is only in the books, Birch only in an agreement, Cedar in both, and
// Dogwood's agreement ended; invoices issued here are imported a second time. All by hand, for the year to June 2026.
func TestJourneyReadsAgreements(t *testing.T) {
	onEachEngine(t, civil.MustDate(2026, 1, 1), func(r *moneyRig) {
		ctx := context.Background()
		dogwood := r.sign("Dogwood", civil.MustDate(2026, 1, 1), agreements.Copy{Name: "Care"}, 90, nil)
		for m := 1; m <= 3; m++ {
			r.bill(civil.MustDate(2026, m, 1))
		}
		r.to(civil.MustDate(2026, 4, 1))
		r.sign("Birch", civil.MustDate(2026, 4, 1), agreements.Copy{Name: "Care", Family: "backup"}, 200, nil)
		cedar := r.sign("Cedar", civil.MustDate(2026, 4, 1), agreements.Copy{Name: "Care"}, 350, nil)
		d, err := r.Agreements.Get(ctx, dogwood)
		r.must(err)
		r.must(r.Agreements.End(ctx, dogwood, d.Version, civil.MustDate(2026, 4, 15), ""))
		for m := 4; m <= 7; m++ {
			r.bill(civil.MustDate(2026, m, 1))
			if m == 5 { // two hours at 120.00, less 40.00
				hand, err := r.Billing.Write(ctx, billing.ByHand{
					Client: r.client("Birch"), Currency: "EUR", Lines: []billing.NewLine{{Name: "Moved the rack", Quantity: money.Decimal{Coef: 2}, Unit: "HUR", Price: money.Decimal{Coef: 120}}},
					Allowances: []billing.NewAllowance{{Reason: "Because it took so long", Net: 4000}},
				})
				r.must(err)
				_, err = r.Billing.Issue(ctx, hand)
				r.must(err)
			}
		}
		r.to(civil.MustDate(2026, 7, 15))

		var old strings.Builder
		old.WriteString("Date,Client,Invoice,Description,Amount\n")
		for m := range civil.Month(12) {
			day := (civil.NewMonth(2025, 7) + m).First()
			fmt.Fprintf(&old, "%s,Alder,R%d1,Managed services monthly,100.00\n", day, m)
			fmt.Fprintf(&old, "%s,Cedar,R%d2,Managed services monthly,300.00\n", day, m)
		}
		for _, m := range []int{4, 5, 6} {
			fmt.Fprintf(&old, "2026-%02d-01,Dogwood,R%d3,Managed services monthly,80.00\n", m, m)
		}
		r.client("Alder")
		r.take("old.csv", old.String())
		docs, err := r.Billing.List(ctx, billing.Filter{Limit: 500})
		r.must(err)
		again, issued := "Date,Client,Invoice,Description,Amount\n", 0
		for _, x := range docs.Rows {
			if x.Number != "" {
				again += fmt.Sprintf("%s,%s,%s,As it was issued,%s\n", x.Issued, x.Name, x.Number, money.FormatMinor(x.Net, 2))
				issued++
			}
		}
		r.take("again.csv", again)

		r.must(r.Journey.Recalculate(ctx, "manual"))
		latest, err := r.Journey.Latest(ctx)
		r.must(err)
		a := latest.Assessment
		if a.Window.From != civil.NewMonth(2025, 7) || a.Window.To != civil.NewMonth(2026, 6) {
			t.Fatalf("measured %s to %s", a.Window.From, a.Window.To)
		}
		want := map[string]int64{
			"Alder":   12 * 10000,             // as the books have it
			"Birch":   3 * 20000,              // April to June, though July is agreed as well
			"Cedar":   9*30000 + 3*35000,      // the books until the agreement begins, then the agreement
			"Dogwood": 3*9000 + 4500 + 2*8000, // three months, half of April, then the books again; April's 80.00 is left out
		}
		for i := range a.Clients {
			c := &a.Clients[i]
			if got := c.Stand.Kinds[recurring.Recurring]; got != want[c.Name] {
				r.t.Errorf("%s: %d recurs, want %d", c.Name, got, want[c.Name])
			}
			more := int64(0)
			if c.Name == "Birch" {
				more = 24000 - 4000
				if c.Stand.Kinds[recurring.Labour] != 24000 {
					r.t.Errorf("the work is told as %v", c.Stand.Kinds)
				}
			}
			if c.Stand.Revenue != want[c.Name]+more {
				r.t.Errorf("%s: %d was earned, want %d", c.Name, c.Stand.Revenue, want[c.Name]+more)
			}
			delete(want, c.Name)
		}
		if len(want) > 0 {
			r.t.Errorf("missing: %v", want)
		}
		left := map[string]journey.Note{}
		for _, n := range a.Notes {
			left[n.Code] = n
		}
		if n := left["agreements-instead"]; n.Rows != 4 || n.Minor != 3*30000+8000 {
			r.t.Errorf("%+v", n)
		}
		if n := left[books.NoteOwnInvoices]; n.Rows != issued || issued == 0 {
			r.t.Errorf("%+v of %d issued", n, issued)
		}
		rows, err := r.Journey.Rows(ctx, journey.Selector{Kind: "lines", Client: "Cedar", From: a.Window.From, To: a.Window.To, Filter: "recurring"})
		r.must(err)
		var sum int64
		named := 0
		for _, x := range rows {
			sum += x.Minor
			if x.Reason == recurring.ByAgreement {
				named++
				if x.Agreement != cedar || x.Doc == "" || x.Source != books.OwnSource {
					r.t.Errorf("the evidence does not name the agreement: %+v", x)
				}
			}
		}
		if sum != 9*30000+3*35000 || named != 3 {
			r.t.Errorf("the evidence sums to %d, %d rows of the agreement", sum, named)
		}
	})
}

// A firm that never imported anything is measured from its agreements and its own invoices.
func TestJourneyOfAgreementsAlone(t *testing.T) {
	onEachEngine(t, civil.MustDate(2026, 1, 1), func(r *moneyRig) {
		ctx := context.Background()
		r.sign("Birch", civil.MustDate(2026, 1, 1), agreements.Copy{Name: "Care", Family: "backup"}, 200, nil)
		r.to(civil.MustDate(2026, 4, 10)) // nothing was billed yet
		r.must(r.Journey.Recalculate(ctx, "manual"))
		latest, err := r.Journey.Latest(ctx)
		r.must(err)
		a := latest.Assessment
		if len(a.Clients) != 1 || a.Clients[0].Stand.Kinds[recurring.Recurring] != 3*20000 || a.Window.To != civil.NewMonth(2026, 3) {
			r.t.Fatalf("%+v, %+v", a.Clients, a.Window)
		}
		if f := a.Clients[0].Families; len(f) != 1 || f[0] != "backup" {
			r.t.Errorf("the family of the agreement's line is not told: %v", f)
		}
	})
}
