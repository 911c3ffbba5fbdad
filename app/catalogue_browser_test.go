// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mainstay/kit/clock"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
	"mainstay/test/browser"
)

// The catalogue in all looks: empty, with the starting portfolio, an item with a price in tiers that drops below its cost, the forms with
// what is wrong, the plans side by side.
func TestBrowserCatalogue(t *testing.T) {
	s := newSiteAt(t, clock.At(time.Now()))
	for name, path := range map[string]string{"catalogue-empty": "/catalogue", "catalogue-plans-empty": "/catalogue/plans", "catalogue-import": "/catalogue/import"} {
		s.Check(t, s.look(name, path))
	}
	ctx := context.Background()
	if err := s.LoadDemo(ctx); err != nil {
		t.Fatal(err)
	}
	today := s.Catalogue.Today()
	id, err := s.Catalogue.SaveItem(ctx, catalogue.Item{
		Code: "VERY-LONG-CODE-OF-A-VENDOR-2026", Name: "Remote monitoring and management of the workstations of the Honourable Company of Shipwrights, Ropemakers and Sailmakers", Kind: catalogue.Licence, Family: "monitoring",
		UnitLabel: "workstation", Counts: catalogue.Devices, Vendor: "Acme", VendorSKU: "A-1", Account: "8400",
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range []rating.Price{
		{Model: rating.PerUnit, Unit: money.Decimal{Coef: 1}},
		{Model: rating.Volume, Tiers: []rating.Tier{{UpTo: money.Decimal{Coef: 15}, Unit: money.Decimal{Coef: 10}}, {Open: true, Unit: money.Decimal{Coef: 512345, Scale: 5}, Flat: money.Decimal{Coef: 4}}}},
		{Model: rating.PerUnit, Unit: money.Decimal{Coef: 12}},
		{Model: rating.PerUnit, Unit: money.Decimal{Coef: 13}},
	} {
		price, err := s.Catalogue.AddPrice(ctx, catalogue.Price{Item: id, Currency: "USD", From: today.AddDays([]int{-400, 0, 31, 62}[i]) /* the first may be old */, Every: catalogue.Monthly, Price: p})
		if err != nil {
			t.Fatal(err)
		}
		if i == 3 {
			if err := s.Catalogue.Withdraw(ctx, id, price); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := s.Catalogue.AddCost(ctx, catalogue.Cost{Item: id, Currency: "USD", From: today, Every: catalogue.Yearly, Unit: money.Decimal{Coef: 90}}); err != nil {
		t.Fatal(err)
	}
	bare, err := s.Catalogue.SaveItem(ctx, catalogue.Item{Name: "Something without a price"})
	if err != nil {
		t.Fatal(err)
	}
	plans, err := s.Catalogue.Plans(ctx, false)
	if err != nil {
		t.Fatal(err)
	}
	item := "/catalogue/items/" + id.String()
	for name, path := range map[string]string{
		"catalogue": "/catalogue", "catalogue-found": "/catalogue?q=acme&family=monitoring", "catalogue-none": "/catalogue?q=nothingatall", "catalogue-item": item, "catalogue-bare": "/catalogue/items/" + bare.String(),
		"catalogue-edit": item + "/edit", "catalogue-price": item + "/price", "catalogue-cost": item + "/cost", "catalogue-new": "/catalogue/items/new", "catalogue-plans": "/catalogue/plans?people=40&devices=55&sites=2",
		"catalogue-plan": "/catalogue/plans/" + plans[1].ID.String(), "catalogue-plan-new": "/catalogue/plans/new",
	} {
		t.Run(name, func(t *testing.T) { s.Check(t, s.look(name, path)) })
	}
}

// An owner takes over the starting portfolio, raises a price from next month, gives another one tiers, compares the plans, and takes
// the catalogue out and in again.
func TestBrowserCatalogueLife(t *testing.T) {
	s := newSite(t)
	ctx := context.Background()
	tab := s.Open(t, browser.Look{Name: "catalogue-life", URL: s.url + "/catalogue", Cookies: []*http.Cookie{s.session}})
	tab.Type("#f-currency", "eur")
	tab.Click(`form[action="/catalogue/start"] .btn-primary`)
	tab.Wait("table[data-rows] tbody tr:nth-child(18)")
	it, err := s.Catalogue.ItemByCode(ctx, "HD-USER")
	if err != nil {
		t.Fatal(err)
	}
	tab.Goto(s.url + "/catalogue/items/" + it.ID.String() + "/price?currency=EUR")
	tab.Wait("#f-price")
	tab.Eval(`document.querySelector("#f-price").value = "", 1`, new(int))
	tab.Type("#f-price", "38,50")
	tab.Click(".form-actions .btn-primary")
	tab.Wait(".c-figures")
	next := (s.Catalogue.Today().Month() + 1).First()
	if p, err := s.Catalogue.PriceOn(ctx, it.ID, "EUR", next); err != nil || p.Price.Unit.String() != "38.50" {
		t.Errorf("next month: %+v, %v", p, err)
	}
	if p, err := s.Catalogue.PriceOn(ctx, it.ID, "EUR", next-1); err != nil || p.Price.Unit.String() != "35" {
		t.Errorf("until then: %+v, %v", p, err)
	}
	// Tiers: the form shows the fields of its model only, grows, and says what is wrong.
	edr, err := s.Catalogue.ItemByCode(ctx, "EDR")
	if err != nil {
		t.Fatal(err)
	}
	tab.Goto(s.url + "/catalogue/items/" + edr.ID.String() + "/price?currency=EUR")
	var shown bool
	tab.Eval(`document.querySelector("[data-tiers]").checkVisibility()`, &shown)
	if shown {
		t.Error("tiers are shown for a price per unit")
	}
	tab.Click(`input[name=model][value=graduated]`)
	tab.Wait("[data-tiers]")
	tab.Type("#f-upto-0", "50")
	tab.Type("#f-unit-0", "7.50")
	tab.Type("#f-upto-1", "40")
	tab.Type("#f-unit-1", "6.50")
	tab.Type("#f-unit-2", "6")
	tab.Click(`[data-add-tier]`)
	tab.Wait("#f-unit-3")
	tab.Click(".form-actions .btn-primary")
	tab.Wait("fieldset .notice")
	if got := tab.Text("fieldset .notice"); !strings.Contains(got, "further than the one before") {
		t.Errorf("tiers that do not ascend: %q", got)
	}
	tab.Eval(`document.querySelector("#f-upto-1").value = "200", 1`, new(int))
	tab.Click(".form-actions .btn-primary")
	tab.Wait(".c-figures")
	if p, err := s.Catalogue.PriceOn(ctx, edr.ID, "EUR", next); err != nil || len(p.Price.Tiers) != 3 || p.Price.Tiers[1].UpTo.String() != "200" {
		t.Errorf("in tiers: %+v, %v", p, err)
	}
	tab.Accessible()
	tab.Goto(s.url + "/catalogue/plans")
	tab.Wait(".c-plan:nth-child(3)")
	tab.Eval(`document.querySelector("#f-people").value = "10", document.querySelector("#f-devices").value = "12", 1`, new(int))
	tab.Click(".c-go .btn")
	tab.Wait(".c-plan:nth-child(3)")
	// 10 × (35 + 3.90 + 4.50) + 12 × (9 + 7.50) + 95
	if got := tab.Text(".c-plan:nth-child(2)"); !strings.Contains(got, "€727.00") {
		t.Errorf("the plan in the middle: %q", got)
	}
	var b strings.Builder
	if err := s.Catalogue.Export(ctx, &b); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "catalogue.csv")
	if err := os.WriteFile(file, []byte(strings.Replace(b.String(), "Travel", "Trips", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	tab.Goto(s.url + "/catalogue/import")
	tab.Files("#f-file", file)
	tab.Click(".form-actions .btn-primary")
	tab.Wait(`form[action="/catalogue/import/take"]`)
	tab.Accessible()
	tab.Shot("-preview")
	tab.Click(`form[action="/catalogue/import/take"] .btn-primary`)
	tab.Wait(".table [data-open]")
	if it, err := s.Catalogue.ItemByCode(ctx, "TRAVEL"); err != nil || it.Name != "Trips" || it.ID == ids.ID(0) {
		t.Errorf("%+v, %v", it, err)
	}
}
