// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"fmt"
	"strings"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/catalogue"
	"mainstay/practice/insight"
	"mainstay/test/world"
)

// demoVendors names the value that lists the vendors of the invented firm, and since when it knows what an hour costs.
const demoVendors = "demo.vendors"

// demoBills is for how many months, the last one that is over included, vendors have billed the invented firm.
const demoBills = 3

// demoReseller is a vendor of the invented firm: which items of the starting portfolio it sells, under which number.
type demoReseller struct {
	name  string
	items map[string]string
}

func demoResellers() []demoReseller {
	return []demoReseller{
		{"Brightwater Distribution", map[string]string{"EDR": "BW-EDR-1Y", "MAIL-SEC": "BW-MSEC", "ID-SEC": "BW-IDP"}},
		{"Cloudvault", map[string]string{"BKP-CLOUD": "CV-M365"}},
	}
}

// loadDemoVendors sends in what vendors billed for the months behind, with the mistakes that such bills have: licences that nobody is
// charged for, a cancelled one that is still billed on, a price that went up, a name that nobody knows.
func (a *App) loadDemoVendors(ctx context.Context, made []string, first civil.Date) error {
	items, err := a.Catalogue.Items(ctx, catalogue.Filter{})
	if err != nil {
		return err
	}
	costs, err := a.Catalogue.Costs(ctx, a.currency(ctx), a.Billing.Today())
	if err != nil {
		return err
	}
	past := catalogue.New(catalogue.Parts{DB: a.DB, Clock: clock.At(first.Time(time.UTC).Add(12 * time.Hour)), IDs: a.IDs, Access: a.Access, Currency: a.currency})
	byCode := map[string]catalogue.Item{}
	for _, it := range items {
		byCode[it.Code] = it
		if c, ok := costs[it.ID]; ok && first < c.From { // they cost as much before the catalogue was begun
			if _, err := past.AddCost(ctx, catalogue.Cost{Item: it.ID, Currency: c.Currency, From: first, Every: c.Every, Unit: c.Unit}); err != nil {
				return err
			}
		}
	}
	var kept []string
	for _, x := range demoResellers() {
		id, err := a.Vendors.Ensure(ctx, x.name)
		if err != nil {
			return err
		}
		kept = append(kept, id.String())
		for code, sku := range x.items {
			it, ok := byCode[code]
			if !ok {
				continue
			}
			if err := a.Vendors.SetItem(ctx, id, "#"+strings.ToLower(sku), it.ID); err != nil {
				return err
			}
		}
		if err := a.Vendors.SetClient(ctx, id, strings.ToLower(world.FirmName), 0, true); err != nil {
			return err
		}
		for back := civil.Month(demoBills); back > 0; back-- {
			if err := a.demoBill(ctx, id, x, byCode, costs, made, a.Billing.Today().Month()-back, back == 1); err != nil {
				return err
			}
		}
	}
	hours := a.insightService()
	known, err := hours.HourCosts(ctx)
	if err == nil && len(known) == 0 {
		kept = append(kept, "hour")
		err = hours.SetHourCost(ctx, insight.HourCost{From: first, Minor: 4800, Currency: a.currency(ctx)})
	}
	if err != nil {
		return err
	}
	return a.Values.Set(ctx, demoVendors, strings.Join(kept, " "))
}

// demoBill sends one bill in.
func (a *App) demoBill(ctx context.Context, vendor ids.ID, x demoReseller, items map[string]catalogue.Item, costs map[ids.ID]catalogue.Cost, made []string, m civil.Month, last bool) error {
	var b strings.Builder
	b.WriteString("Customer,SKU,Product,Quantity,Unit price,Total,Currency\n")
	currency := a.currency(ctx)
	row := func(client, code string, n int64, each money.Exact) error {
		minor, err := each.Times(money.Whole(n)).Round(currency.Digits())
		if err != nil {
			return err
		}
		unit, err := each.Round(4)
		if err != nil {
			return err
		}
		fmt.Fprintf(&b, "%q,%s,%q,%d,%s,%s,%s\n", client, x.items[code], items[code].Name, n, money.Decimal{Coef: unit, Scale: 4}, money.FormatMinor(minor, currency.Digits()), currency)
		return nil
	}
	rows := 0
	for i, text := range made {
		id, err := ids.Parse(text)
		if err != nil {
			return err
		}
		ag, err := a.Agreements.Get(ctx, id)
		if err != nil {
			return err
		}
		name, err := a.Agreements.ClientName(ctx, ag.Client)
		if err != nil {
			return err
		}
		for _, code := range []string{"EDR", "MAIL-SEC", "ID-SEC", "BKP-CLOUD"} {
			n := demoQuantity(ag, items[code].ID, m)
			if x.items[code] == "" || n == 0 {
				continue
			}
			each := costs[items[code].ID].Unit.Exact()
			switch {
			case i == 3 && code == "EDR":
				n += 4 // bought for new machines that nobody has told the agreement of
			case i == 2 && code == "MAIL-SEC":
				n -= 3
			case i == 5 && code == "EDR" && last:
				each = each.Times(money.Fraction(6, 5)) // the price went up
			}
			if i%2 == 1 {
				name = strings.ToUpper(name) + " LTD" // as vendors write names
			}
			if err := row(name, code, max(n, 1), each); err != nil {
				return err
			}
			rows++
		}
	}
	if rows == 0 {
		return nil
	}
	for code := range x.items {
		if code == "EDR" || code == "BKP-CLOUD" {
			if err := row(world.FirmName, code, 9, costs[items[code].ID].Unit.Exact()); err != nil {
				return err
			}
			if last {
				if err := row("Mapel Court Surgry", code, 2, costs[items[code].ID].Unit.Exact()); err != nil {
					return err
				}
			}
		}
	}
	if last && x.items["EDR"] != "" {
		fmt.Fprintf(&b, "%q,%s-ARC,%q,12,1.9500,23.40,%s\n", "Bluegate Logistics", x.items["EDR"], "Mail archive", currency)
	}
	id, err := a.Vendors.Send(ctx, vendor, strings.ToLower(strings.Fields(x.name)[0])+"-"+m.String()+".csv", strings.NewReader(b.String()), m)
	if err != nil {
		return err
	}
	bill, err := a.Vendors.Bill(ctx, id)
	if err != nil {
		return err
	}
	s, err := a.Vendors.Sample(ctx, &bill, currency)
	if err != nil {
		return err
	}
	bad, err := a.Vendors.Take(ctx, id, s.Mapping, m)
	if err == nil && len(bad) > 0 {
		err = bad[0].Err
	}
	if err != nil {
		return err
	}
	_, err = a.Vendors.Match(ctx)
	return err
}

// demoQuantity is how many of an item an agreement bills in a month, to the next whole one.
func demoQuantity(a *agreements.Agreement, item ids.ID, m civil.Month) (n int64) {
	for i := range a.Lines {
		if l := &a.Lines[i]; l.Item == item && item != 0 {
			if whole, err := a.Average(l, m).Round(0); err == nil {
				n += whole
			}
		}
	}
	return n
}

// removeDemoVendors takes them away with their bills.
func (a *App) removeDemoVendors(ctx context.Context) error {
	have, err := a.Values.Get(ctx, demoVendors)
	if err != nil || have == "" {
		return err
	}
	for _, text := range strings.Fields(have) {
		if text == "hour" {
			if err := a.Values.Set(ctx, "insight.hour_cost", ""); err != nil {
				return err
			}
			continue
		}
		id, err := ids.Parse(text)
		if err != nil {
			return err
		}
		if err := a.Vendors.Forget(ctx, id); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	return a.Values.Set(ctx, demoVendors, "")
}
