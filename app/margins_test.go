// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
	"mainstay/practice/insight"
	"mainstay/practice/vendors"
	"mainstay/practice/worklog"
)

// takeBill takes a vendor's file in by what its heading says.
func (r *moneyRig) takeBill(vendor string, m civil.Month, text string) {
	r.t.Helper()
	ctx := context.Background()
	v, err := r.Vendors.Ensure(ctx, vendor)
	r.must(err)
	id, err := r.Vendors.Send(ctx, v, "bill.csv", strings.NewReader(text), m)
	r.must(err)
	b, err := r.Vendors.Bill(ctx, id)
	r.must(err)
	s, err := r.Vendors.Sample(ctx, &b, "EUR")
	r.must(err)
	bad, err := r.Vendors.Take(ctx, id, s.Mapping, m)
	r.must(err)
	if len(bad) > 0 {
		r.t.Fatalf("%+v", bad)
	}
	_, err = r.Vendors.Match(ctx)
	r.must(err)
}

func of(rows []insight.Grouped, agreement, client ids.ID) *insight.Grouped {
	i := slices.IndexFunc(rows, func(x insight.Grouped) bool {
		return x.Agreement == agreement && (client == 0 || x.Client == client)
	})
	if i < 0 {
		return nil
	}
	return &rows[i]
}

// Two agreements of one client over one item that a vendor bills, hours at two costs, materials, and what nobody knows: by hand for June 2026.
func TestMarginsByHand(t *testing.T) {
	onEachEngine(t, civil.MustDate(2026, 5, 1), func(r *moneyRig) {
		ctx := context.Background()
		june := civil.NewMonth(2026, 6)
		item, err := r.Catalogue.SaveItem(ctx, catalogue.Item{Name: "Endpoint protection", Kind: catalogue.Licence, Family: "endpoint-security", Vendor: "Pax Nine", VendorSKU: "EDR-1"})
		r.must(err)
		_, err = r.Catalogue.AddCost(ctx, catalogue.Cost{Item: item, Currency: "EUR", From: civil.MustDate(2026, 5, 1), Every: catalogue.Monthly, Unit: money.Decimal{Coef: 3}})
		r.must(err)
		ten, five := money.Decimal{Coef: 10}, money.Decimal{Coef: 5}
		second := r.sign("Harbour", civil.MustDate(2026, 5, 1), agreements.Copy{Item: item, Name: "Endpoint protection"}, 4, &five)
		first, err := r.Agreements.Create(ctx, agreements.NewAgreement{
			Head:  agreements.Head{Client: r.client("Harbour"), Name: "Everything", Currency: "EUR", Starts: civil.MustDate(2026, 5, 1), Ends: civil.NoDate, PayDays: -1, Cycle: rating.Cycle{Anchor: civil.MustDate(2026, 5, 1), Every: 1}, Work: "*"},
			Lines: []agreements.NewLine{{Copy: agreements.Copy{Item: item, Name: "Endpoint protection"}, Quantity: &ten, Terms: rating.Terms{Price: rating.Price{Model: rating.PerUnit, Unit: money.Decimal{Coef: 5}}}}},
		})
		r.must(err)
		r.must(r.Agreements.Activate(ctx, first, 1, agreements.Sign{By: "Mira"}))
		care := r.sign("Kestrel", civil.MustDate(2026, 6, 1), agreements.Copy{Name: "Care"}, 100, nil)
		r.bill(civil.MustDate(2026, 5, 1))
		r.bill(civil.MustDate(2026, 6, 1))
		hand, err := r.Billing.Write(ctx, billing.ByHand{Client: r.client("Kestrel"), Currency: "EUR", Lines: []billing.NewLine{{Name: "Rack", Quantity: money.Decimal{Coef: 1}, Price: money.Decimal{Coef: 30}}}})
		r.must(err)
		_, err = r.Billing.Issue(ctx, hand)
		r.must(err)
		r.to(civil.MustDate(2026, 6, 30))

		// An hour costs 60.00, from 15 June 90.00.
		s := insight.New(insight.Parts{DB: r.DB, Access: r.Access, Values: r.Values, Agreements: r.Agreements, Billing: r.Billing, Catalogue: r.Catalogue, Work: r.Work, Vendors: r.Vendors})
		r.must(s.SetHourCost(ctx, insight.HourCost{From: civil.MustDate(2026, 1, 1), Minor: 6000, Currency: "EUR"}))
		r.must(s.SetHourCost(ctx, insight.HourCost{From: civil.MustDate(2026, 6, 15), Minor: 9000, Currency: "EUR"}))
		by := worklog.Actor{ID: 1, Name: "Tom", Others: true}
		for _, w := range []struct {
			client  string
			day     int
			minutes int
		}{{"Harbour", 10, 120}, {"Harbour", 20, 60}, {"Kestrel", 16, 30}} {
			_, err := r.Work.Create(ctx, by, worklog.Draft{Client: r.client(w.client), Type: 1, Day: civil.MustDate(2026, 6, w.day), Starts: worklog.NoStart, Minutes: w.minutes, Note: "Looked into it"})
			r.must(err)
		}
		for _, cost := range []int64{15, 0} {
			_, err := r.Work.CreateItem(ctx, by, worklog.ItemDraft{Client: r.client("Kestrel"), Day: civil.MustDate(2026, 6, 16), Note: "Cable", Quantity: money.Decimal{Coef: 2}, Price: money.Decimal{Coef: 20}, Priced: true, Cost: money.Decimal{Coef: cost}, Currency: "EUR"})
			r.must(err)
		}
		r.takeBill("Pax Nine", june, "Customer,SKU,Product,Quantity,Total\nHarbour,EDR-1,Endpoint protection,12,36.00\nSomebody,EDR-1,Endpoint protection,1,7.77\nTidegate,EDR-1,Endpoint protection,2,6.00\n")
		v, err := r.Vendors.Ensure(ctx, "Pax Nine")
		r.must(err)
		r.must(r.Vendors.SetClient(ctx, v, "tidegate", 0, true))

		got, err := s.Margins(ctx, june, insight.ByAgreement)
		r.must(err)
		a := of(got.Rows, first, 0)
		// 36.00 for 12 go 10 : 5; 2 h at 60.00 and 1 h at 90.00. May left 50.00 less 10 × 3.00 by the catalogue.
		if a == nil || a.Recurring != 5000 || a.Vendors != 2400 || a.Tools != 0 || a.Labour != 21000 || a.Minutes != 180 || a.Left() != -18400 || a.Worst != june {
			r.t.Fatalf("%+v", a)
		}
		if n, ok := a.Effective(); !ok || n != 867 { // 26.00 over three hours
			r.t.Errorf("an hour earned %d", n)
		}
		b := of(got.Rows, second, 0)
		if b == nil || b.Recurring != 2000 || b.Vendors != 1200 || b.Left() != 800 || b.Worst != june-1 || b.WorstLeft != 500 {
			r.t.Errorf("%+v", b)
		}
		k := of(got.Rows, care, 0)
		if k == nil || k.Left() != 10000 || !slices.Equal(k.Uncosted, []string{"Care"}) || k.Worst.Known() {
			r.t.Errorf("%+v", k)
		}
		none := of(got.Rows, 0, r.client("Kestrel"))
		if none == nil || none.Work != 3000 || none.Labour != 4500 || none.Parts != 3000 || none.Unpriced != 1 || none.Left() != -4500 {
			r.t.Errorf("%+v", none)
		}
		if got.Rows[0].Agreement != first {
			r.t.Error("what leaves least does not come first")
		}
		if x := got.Blind; x.Unmatched["EUR"] != 777 || x.Own["EUR"] != 600 || x.Unpriced != 1 || x.NoRate != 0 || x.Loose != 0 || !slices.Equal(x.Uncosted, []string{"Care"}) {
			r.t.Errorf("%+v", x)
		}
		if share := got.Predictable["EUR"]; share != .85 { // 170.00 of 200.00
			r.t.Errorf("%v is predictable", share)
		}

		clients, err := s.Margins(ctx, june, insight.ByClient)
		r.must(err)
		var left, all int64
		for _, x := range got.Rows {
			left += x.Left()
		}
		for _, x := range clients.Rows {
			all += x.Left()
		}
		families, err := s.Margins(ctx, june, insight.ByFamily)
		r.must(err)
		i := slices.IndexFunc(families.Rows, func(x insight.Grouped) bool { return x.Family == "endpoint-security" })
		if left != all || i < 0 || families.Rows[i].Revenue() != 7000 || families.Rows[i].Vendors != 3600 {
			r.t.Errorf("%d by agreement, %d by client; %+v", left, all, families.Rows)
		}
		lines, months, err := s.Agreement(ctx, first, june)
		r.must(err)
		if len(lines) != 2 || lines[0].Line == 0 || lines[0].Vendors != 2400 || lines[1].Labour != 21000 || len(months) != 12 || months[11].Left() != -18400 || months[10].Left() != 2000 {
			r.t.Errorf("%+v %+v", lines, months)
		}
		profits, err := s.Profits(ctx, june)
		r.must(err)
		if len(profits) != 2 || profits[0].Margin()+profits[1].Margin() != all {
			r.t.Errorf("the page by client says something else: %+v", profits)
		}
	})
}

// What is paid for and not drawn, in money: a block of hours, a money retainer, and an allowance whose hour has no price.
func TestLiabilityByHand(t *testing.T) {
	onEachEngine(t, civil.MustDate(2026, 6, 1), func(r *moneyRig) {
		ctx := context.Background()
		make := func(client string, c agreements.Copy, price int64, pot agreements.Pot) {
			id, err := r.Agreements.Create(ctx, agreements.NewAgreement{
				Head:  agreements.Head{Client: r.client(client), Name: "Hours", Currency: "EUR", Starts: civil.MustDate(2026, 6, 1), Ends: civil.NoDate, PayDays: -1, Cycle: rating.Cycle{Anchor: civil.MustDate(2026, 6, 1), Every: 1}},
				Lines: []agreements.NewLine{{Copy: c, Terms: rating.Terms{Price: rating.Price{Unit: money.Decimal{Coef: price}}}}}, Pots: []agreements.Pot{pot},
			})
			r.must(err)
			r.must(r.Agreements.Activate(ctx, id, 1, agreements.Sign{By: "Mira"}))
		}
		make("Harbour", agreements.Copy{Name: "Ten hours", Kind: "labour"}, 900, agreements.Pot{Name: "Hours", Measure: agreements.Hours, Pot: rating.Pot{Each: money.Decimal{Coef: 10}, Keep: 2}})
		make("Kestrel", agreements.Copy{Name: "Retainer"}, 500, agreements.Pot{Name: "Retainer", Measure: agreements.Money, Pot: rating.Pot{Each: money.Decimal{Coef: 500}, Keep: 2}})
		make("Lark", agreements.Copy{Name: "Care"}, 300, agreements.Pot{Name: "Four hours", Measure: agreements.Hours, Pot: rating.Pot{Each: money.Decimal{Coef: 4}, Keep: 2}})
		r.to(civil.MustDate(2026, 6, 20))
		_, err := r.Work.Create(ctx, worklog.Actor{ID: 1, Name: "Tom", Others: true}, worklog.Draft{Client: r.client("Harbour"), Type: 1, Day: civil.MustDate(2026, 6, 15), Starts: worklog.NoStart, Minutes: 150, Note: "Mailboxes"})
		r.must(err)
		s := insight.New(insight.Parts{DB: r.DB, Access: r.Access, Values: r.Values, Agreements: r.Agreements, Billing: r.Billing, Catalogue: r.Catalogue, Work: r.Work})
		list, err := s.Liability(ctx, civil.MustDate(2026, 6, 20))
		r.must(err)
		if len(list) != 3 {
			r.t.Fatalf("%+v", list)
		}
		if x := list[0]; x.Client != r.client("Harbour") || x.Left.String() != "7.5" || x.Minor != 67500 || !x.Priced { // 7.5 of 10 hours at 90.00
			r.t.Errorf("%+v", x)
		}
		if x := list[1]; x.Client != r.client("Kestrel") || x.Minor != 50000 {
			r.t.Errorf("%+v", x)
		}
		if x := list[2]; x.Client != r.client("Lark") || x.Priced || x.Minor != 0 || x.Left.String() != "4" {
			r.t.Errorf("%+v", x)
		}
	})
}

// A run leaves out what a vendor's bill contradicts, until somebody has looked.
func TestRunIsHeldByAVendorsBill(t *testing.T) {
	onEachEngine(t, civil.MustDate(2026, 6, 1), func(r *moneyRig) {
		ctx := context.Background()
		item, err := r.Catalogue.SaveItem(ctx, catalogue.Item{Name: "Endpoint protection", Kind: catalogue.Licence, Vendor: "Pax Nine", VendorSKU: "EDR-1"})
		r.must(err)
		ten := money.Decimal{Coef: 10}
		held := r.sign("Harbour", civil.MustDate(2026, 6, 1), agreements.Copy{Item: item, Name: "Endpoint protection"}, 5, &ten)
		free := r.sign("Kestrel", civil.MustDate(2026, 6, 1), agreements.Copy{Item: item, Name: "Endpoint protection"}, 5, &ten)
		r.bill(civil.MustDate(2026, 6, 1))
		r.must(r.Vendors.SetHold(ctx, vendors.Hold{Minor: 1000, Currency: "EUR"}))
		r.takeBill("Pax Nine", civil.NewMonth(2026, 6), "Customer,SKU,Product,Quantity,Total\nHarbour,EDR-1,Endpoint protection,14,42.00\nKestrel,EDR-1,Endpoint protection,10,30.00\n")
		run := func(on civil.Date) map[ids.ID]bool {
			r.to(on)
			id, err := r.Billing.Start(ctx, billing.Order{Issue: true})
			r.must(err)
			r.must(r.Billing.Continue(ctx, id, nil))
			docs, err := r.Billing.List(ctx, billing.Filter{Run: id})
			r.must(err)
			out := map[ids.ID]bool{}
			for _, d := range docs.Rows {
				out[d.Agreement] = true
			}
			return out
		}
		if got := run(civil.MustDate(2026, 7, 1)); got[held] || !got[free] {
			r.t.Fatalf("billed: %v", got)
		}
		r.must(r.Vendors.Acknowledge(ctx, civil.NewMonth(2026, 6), r.client("Harbour"), item, "EUR", "Four spares"))
		if got := run(civil.MustDate(2026, 7, 2)); !got[held] {
			r.t.Errorf("still held: %v", got)
		}
	})
}
