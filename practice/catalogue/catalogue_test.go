// SPDX-License-Identifier: Apache-2.0

package catalogue_test

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
	"mainstay/practice/catalogue/store"
)

var (
	ctx   = context.Background()
	today = civil.MustDate(2026, 3, 2)
)

func newRig(t testing.TB, d *db.DB) (*catalogue.Service, *clock.Fixed) {
	t.Helper()
	c := clock.At(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	sealer, err := access.OpenSealer(filepath.Join(t.TempDir(), "secret.key"), true)
	if err != nil {
		t.Fatal(err)
	}
	source := ids.NewSource(c)
	return catalogue.New(catalogue.Parts{
		DB: d, Clock: c, IDs: source, Access: access.New(d, c, source, sealer, access.Options{}), Currency: func(context.Context) money.Currency { return "EUR" },
	}), c
}

func dec(s string) money.Decimal {
	d, err := money.ParseDecimal(s)
	if err != nil {
		panic(err)
	}
	return d
}

func ptr(s string) *money.Decimal { d := dec(s); return &d }

func perUnit(item ids.ID, from civil.Date, unit string) catalogue.Price {
	return catalogue.Price{Item: item, Currency: "EUR", From: from, Every: catalogue.Monthly, Price: rating.Price{Model: rating.PerUnit, Unit: dec(unit)}}
}

func add(t testing.TB, s *catalogue.Service, code string) ids.ID {
	t.Helper()
	id, err := s.SaveItem(ctx, catalogue.Item{Code: code, Name: "Item " + code})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// wrong is that an error is a fault whose sentence holds text.
func wrong(t testing.TB, what string, err error, text string) {
	t.Helper()
	if err == nil || fault.KindOf(err) == fault.Internal || !strings.Contains(fault.TextOf(err), text) {
		t.Errorf("%s: %v, not %q", what, err, text)
	}
}

func TestQueriesPrepare(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q, err := store.Prepare(ctx, d.Reader())
		if err != nil {
			t.Fatal(err)
		}
		_ = q.Close()
	})
}

func TestItems(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := newRig(t, d)
		id, err := s.SaveItem(ctx, catalogue.Item{Code: " Mon-WS ", Name: " Monitoring ", Kind: catalogue.Services, Family: "monitoring", UnitLabel: "device", Counts: catalogue.Devices, Vendor: "Acme", VendorSKU: "AC_1%"})
		if err != nil {
			t.Fatal(err)
		}
		it, err := s.ItemByCode(ctx, "MON-ws")
		if err != nil || it.ID != id || it.Name != "Monitoring" || it.Unit != "C62" || it.Tax != "standard" || it.Code != "Mon-WS" {
			t.Errorf("%+v, %v", it, err)
		}
		_, err = s.SaveItem(ctx, catalogue.Item{Code: "mon-ws", Name: "Other"})
		wrong(t, "the same code", err, "has the code")
		for i := range 3 {
			add(t, s, fmt.Sprint("a", i))
		}
		for what, c := range map[string]struct {
			f    catalogue.Filter
			want int
		}{
			"all": {catalogue.Filter{}, 4}, "text": {catalogue.Filter{Text: "acme moni"}, 1}, "percent is a letter": {catalogue.Filter{Text: "ac_1%"}, 1}, "no wildcard": {catalogue.Filter{Text: "a%1"}, 0},
			"kind": {catalogue.Filter{Kind: catalogue.Labour}, 0}, "family": {catalogue.Filter{Family: "monitoring"}, 1}, "archived": {catalogue.Filter{Archived: true}, 0},
			"limit": {catalogue.Filter{Limit: 2}, 2}, "after": {catalogue.Filter{After: id}, 0},
		} {
			if list, err := s.Items(ctx, c.f); err != nil || len(list) != c.want {
				t.Errorf("%s: %d, %v", what, len(list), err)
			}
		}
		it.Archived = true
		if _, err := s.SaveItem(ctx, it); err != nil {
			t.Fatal(err)
		}
		_, err = s.SaveItem(ctx, it)
		wrong(t, "an old version", err, "in the meantime")
		if list, err := s.Items(ctx, catalogue.Filter{Archived: true}); err != nil || len(list) != 1 || list[0].Version != 2 {
			t.Errorf("%+v, %v", list, err)
		}
		for what, c := range map[string]struct {
			it   catalogue.Item
			text string
		}{
			"no name": {catalogue.Item{}, "Please enter a name"}, "long": {catalogue.Item{Name: strings.Repeat("ü", 201)}, "too long"}, "kind": {catalogue.Item{Name: "x", Kind: "thing"}, "service, licence"},
			"family": {catalogue.Item{Name: "x", Family: "cooking"}, "none of the service families"}, "unit": {catalogue.Item{Name: "x", Unit: "piece"}, "UN/ECE"}, "tax": {catalogue.Item{Name: "x", Tax: "19 %"}, "tax code"},
			"counts": {catalogue.Item{Name: "x", Counts: "cats"}, "can be counted"}, "two lines": {catalogue.Item{Name: "a\nb"}, "one line"}, "rule": {catalogue.Item{Name: "x", Rule: 99}, "no such rule"},
			"broken text": {catalogue.Item{Name: "x", Description: "\xff"}, "too long"},
		} {
			_, err := s.SaveItem(ctx, c.it)
			wrong(t, what, err, c.text)
		}
	})
}

// What held on a day that has passed stays; of one day the newest holds; what has not come can be withdrawn.
func TestPricesByDate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, c := newRig(t, d)
		id := add(t, s, "a")
		put := func(from civil.Date, unit string) ids.ID {
			t.Helper()
			p, err := s.AddPrice(ctx, perUnit(id, from, unit))
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		on := func(day civil.Date, want string) {
			t.Helper()
			p, err := s.PriceOn(ctx, id, "EUR", day)
			got := ""
			if err == nil {
				got = p.Price.Unit.String()
			} else if !fault.Is(err, fault.NotFound) {
				t.Fatal(err)
			}
			if got != want {
				t.Errorf("%s: %q, not %q", day, got, want)
			}
			all, err := s.Prices(ctx, "EUR", day)
			if p, ok := all[id]; err != nil || ok != (want != "") || ok && p.Price.Unit.String() != want {
				t.Errorf("%s in bulk: %+v, %v", day, p, err)
			}
		}
		put(civil.MustDate(2025, 1, 1), "9.95") // the first one may be old
		_, err := s.AddPrice(ctx, perUnit(id, civil.MustDate(2026, 3, 1), "1"))
		wrong(t, "yesterday", err, "stays")
		put(today, "10")
		put(today, "10.50") // a slip, mended on its day
		next := put(civil.MustDate(2026, 4, 1), "12")
		on(civil.MustDate(2024, 12, 31), "")
		on(civil.MustDate(2025, 1, 1), "9.95")
		on(today-1, "9.95")
		on(today, "10.50")
		on(civil.MustDate(2026, 3, 31), "10.50")
		on(civil.MustDate(2026, 4, 1), "12")
		if err := s.Withdraw(ctx, id, next); err != nil {
			t.Fatal(err)
		}
		on(civil.MustDate(2026, 4, 1), "10.50")
		wrong(t, "twice", s.Withdraw(ctx, id, next), "has come")
		wrong(t, "of another item", s.Withdraw(ctx, add(t, s, "b"), next), "no such price")
		late := put(civil.MustDate(2026, 5, 1), "13")
		c.Advance(60 * 24 * time.Hour) // 1 May
		wrong(t, "its day has come", s.Withdraw(ctx, id, late), "has come")
		history, err := s.PriceHistory(ctx, id)
		if err != nil || len(history) != 5 || !history[1].Withdrawn || history[0].Price.Unit.String() != "13" {
			t.Errorf("%+v, %v", history, err)
		}
		// Costs by the same rule.
		if _, err := s.AddCost(ctx, catalogue.Cost{Item: id, Currency: "EUR", From: today, Every: catalogue.Monthly, Unit: dec("4")}); err != nil {
			t.Fatal(err)
		}
		_, err = s.AddCost(ctx, catalogue.Cost{Item: id, Currency: "EUR", From: today, Every: catalogue.Monthly, Unit: dec("5")})
		wrong(t, "a past cost", err, "stays")
		if _, err := s.CostOn(ctx, id, "USD", today); !fault.Is(err, fault.NotFound) {
			t.Errorf("a cost in dollars: %v", err)
		}
		if x, err := s.CostOn(ctx, id, "EUR", today+100); err != nil || x.Unit.String() != "4" {
			t.Errorf("%+v, %v", x, err)
		}
	})
}

// Every model comes back from the tables as it went in.
func TestModelsKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := newRig(t, d)
		id := add(t, s, "a")
		for i, p := range []rating.Price{
			{Model: rating.Flat, Unit: dec("390")},
			{Model: rating.PerUnit, Unit: dec("0.000000001"), Least: ptr("5.5"), Most: ptr("100")},
			{Model: rating.Graduated, Tiers: []rating.Tier{{UpTo: dec("10"), Unit: dec("9.950"), Flat: dec("5")}, {UpTo: dec("20.5"), Unit: dec("8")}, {Open: true, Unit: dec("7.123456789")}}},
			{Model: rating.Volume, Tiers: []rating.Tier{{Open: true, Unit: dec("1")}}},
			{Model: rating.Package, Unit: dec("9"), Size: dec("100"), Free: dec("50")},
		} {
			day := today.AddDays(i)
			if _, err := s.AddPrice(ctx, catalogue.Price{Item: id, Currency: "CHF", From: day, Every: catalogue.Yearly, Price: p}); err != nil {
				t.Fatal(err)
			}
			got, err := s.PriceOn(ctx, id, "CHF", day)
			if err != nil || fmt.Sprintf("%+v", plain(got.Price)) != fmt.Sprintf("%+v", plain(p)) {
				t.Errorf("%+v, not %+v, %v", plain(got.Price), plain(p), err)
			}
		}
	})
}

// plain writes minimum and maximum as values.
func plain(p rating.Price) string {
	least, most := "", ""
	if p.Least != nil {
		least = p.Least.String()
	}
	if p.Most != nil {
		most = p.Most.String()
	}
	p.Least, p.Most = nil, nil
	if p.Tiers == nil {
		p.Tiers = []rating.Tier{}
	}
	return fmt.Sprintf("%+v %s %s", p, least, most)
}

func TestBadPrices(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := newRig(t, d)
		id := add(t, s, "a")
		with := func(change func(*catalogue.Price)) catalogue.Price {
			p := perUnit(id, today, "1")
			change(&p)
			return p
		}
		for what, c := range map[string]struct {
			p    catalogue.Price
			text string
		}{
			"currency":       {with(func(p *catalogue.Price) { p.Currency = "XYZ" }), "is not a currency"},
			"no day":         {with(func(p *catalogue.Price) { p.From = civil.NoDate }), "Enter the day"},
			"impossible day": {with(func(p *catalogue.Price) { p.From = civil.MustDate(1999, 12, 31) }), "Enter the day"},
			"interval":       {with(func(p *catalogue.Price) { p.Every = "week" }), "a month, a quarter"},
			"below 0":        {with(func(p *catalogue.Price) { p.Price.Unit = dec("-1") }), "not below 0"},
			"too much":       {with(func(p *catalogue.Price) { p.Price.Unit = dec("1000000000.01") }), "more than"},
			"ten places":     {with(func(p *catalogue.Price) { p.Price.Unit = money.Decimal{Coef: 1, Scale: 10} }), "decimal places"},
			"no tiers":       {with(func(p *catalogue.Price) { p.Price = rating.Price{Model: rating.Graduated} }), "between 1 and"},
			"not ascending": {with(func(p *catalogue.Price) {
				p.Price = rating.Price{Model: rating.Volume, Tiers: []rating.Tier{{UpTo: dec("10")}, {UpTo: dec("10")}, {Open: true}}}
			}), "further than"},
			"no last": {with(func(p *catalogue.Price) {
				p.Price = rating.Price{Model: rating.Volume, Tiers: []rating.Tier{{UpTo: dec("10")}}}
			}), "last tier"},
			"bound too large": {with(func(p *catalogue.Price) {
				p.Price = rating.Price{Model: rating.Volume, Tiers: []rating.Tier{{UpTo: dec("1000000001")}, {Open: true}}}
			}), "more than"},
			"least over most": {with(func(p *catalogue.Price) { p.Price.Least, p.Price.Most = ptr("2"), ptr("1") }), "above the maximum"},
			"empty package":   {with(func(p *catalogue.Price) { p.Price.Model = rating.Package }), "more than 0 units"},
			"no item":         {with(func(p *catalogue.Price) { p.Item = 42 }), "no such item"},
		} {
			_, err := s.AddPrice(ctx, c.p)
			wrong(t, what, err, c.text)
		}
		if list, err := s.PriceHistory(ctx, id); err != nil || len(list) != 0 {
			t.Errorf("%d prices were kept, %v", len(list), err)
		}
	})
}

func TestNumbersAsTyped(t *testing.T) {
	for in, want := range map[string]string{"": "0", "12": "12", "12.50": "12.50", "12,5": "12.5", " 1 000 ": "1000", "0,125": "0.125", ".5": "0.5", "5.": "5", "1.000000001": "1.000000001", "007": "7", "1000.00": "1000.00"} {
		if d, err := catalogue.ParseDecimal(in, "x"); err != nil || d.String() != want {
			t.Errorf("%q: %s, %v", in, d, err)
		}
	}
	for in, text := range map[string]string{
		"1,000": "thousands or decimal", "1.234,50": "not a number", "-1": "not below 0", "1.0000000001": "more than 9 decimal places", "x": "not a number", ".": "not a number", "1e9": "not a number", "1,2,3,4": "not a number",
		"99999999999999999999": "more than", "99999999999.5": "more than",
	} {
		_, err := catalogue.ParseDecimal(in, "x")
		wrong(t, in, err, text)
	}
	for _, in := range []string{"10", "10:1:2:3", "10:x|*:1", strings.Repeat("1:1|", 100) + "*:1"} {
		if _, err := catalogue.ParseTiers(in); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestMargins(t *testing.T) {
	price := func(every catalogue.Interval, p rating.Price) *catalogue.Price {
		return &catalogue.Price{Currency: "EUR", Every: every, Price: p}
	}
	cost := func(every catalogue.Interval, unit string) *catalogue.Cost {
		return &catalogue.Cost{Currency: "EUR", Every: every, Unit: dec(unit)}
	}
	each := rating.Price{Model: rating.PerUnit, Unit: dec("10")}
	steps := []rating.Tier{{UpTo: dec("10"), Unit: dec("10")}, {Open: true, Unit: dec("5")}}
	for what, c := range map[string]struct {
		p    *catalogue.Price
		c    *catalogue.Cost
		want string
	}{
		"per unit":          {price("month", each), cost("month", "4"), "1 10 4 6 60.0 false"},
		"below":             {price("month", each), cost("month", "12"), "1 10 12 -2 -20.0 true"},
		"at cost":           {price("month", each), cost("month", "10"), "1 10 10 0 0.0 false"},
		"yearly cost":       {price("month", each), cost("year", "60"), "1 10 5 5 50.0 false"},
		"quarterly price":   {price("quarter", each), cost("month", "3"), "1 10 9 1 10.0 false"},
		"once":              {price("once", each), cost("once", "3"), "1 10 3 7 70.0 false"},
		"free":              {price("month", rating.Price{Model: rating.PerUnit}), cost("month", "3"), "1 0 3 -3 0.0 true"},
		"a full package":    {price("month", rating.Price{Model: rating.Package, Unit: dec("9"), Size: dec("100"), Free: dec("20")}), cost("month", "0.05"), "120 9 6 3 33.3 false"},
		"volume, worst":     {price("month", rating.Price{Model: rating.Volume, Tiers: steps}), cost("month", "6"), "11 55 66 -11 -20.0 true"},
		"graduated, worst":  {price("month", rating.Price{Model: rating.Graduated, Tiers: steps}), cost("month", "6"), "100 550 600 -50 -9.1 true"},
		"mixed":             {price("month", each), cost("once", "3"), "interval"},
		"no cost":           {price("month", each), nil, "no-cost"},
		"no price":          {nil, cost("month", "1"), "no-price"},
		"bounds left aside": {price("month", rating.Price{Model: rating.PerUnit, Unit: dec("10"), Least: ptr("500")}), cost("month", "12"), "1 10 12 -2 -20.0 true"},
	} {
		m := catalogue.MarginOf(c.p, c.c)
		got := string(m.Gap)
		if m.Gap == catalogue.NoGap {
			got = fmt.Sprintf("%s %s %s %s %s %t", m.Quantity, m.Charge, m.Cost, m.Left, m.Percent, m.Below)
		}
		if got != c.want {
			t.Errorf("%s: %s, not %s", what, got, c.want)
		}
	}
}

func TestPlans(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := newRig(t, d)
		user, server, once, bare := add(t, s, "user"), add(t, s, "server"), add(t, s, "once"), add(t, s, "bare")
		for _, p := range []catalogue.Price{
			perUnit(user, today, "10"),
			{Item: server, Currency: "EUR", From: today, Every: catalogue.Yearly, Price: rating.Price{Model: rating.Flat, Unit: dec("1200")}},
			{Item: once, Currency: "EUR", From: today, Every: catalogue.Once, Price: rating.Price{Model: rating.PerUnit, Unit: dec("75")}},
		} {
			if _, err := s.AddPrice(ctx, p); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.AddCost(ctx, catalogue.Cost{Item: user, Currency: "EUR", From: today, Every: catalogue.Monthly, Unit: dec("4")}); err != nil {
			t.Fatal(err)
		}
		plan := catalogue.Plan{
			Name: "Managed", Tier: 2, Currency: "EUR", Least: dec("350"), Lines: []catalogue.Line{
				{Item: user, Counts: catalogue.People, Quantity: dec("1")},
				{Item: server, Counts: catalogue.Nothing, Quantity: dec("1"), Own: ptr("600")},
				{Item: once, Counts: catalogue.Devices, Quantity: dec("2")},
				{Item: bare, Counts: catalogue.Sites, Quantity: dec("1")},
			},
		}
		id, err := s.SavePlan(ctx, plan)
		if err != nil {
			t.Fatal(err)
		}
		kept, err := s.Plan(ctx, id)
		if err != nil || len(kept.Lines) != 4 || kept.Lines[1].Own.String() != "600" || kept.Least.String() != "350" {
			t.Fatalf("%+v, %v", kept, err)
		}
		reckon := func(t catalogue.Typical) string {
			o, err := s.Offers(ctx, []catalogue.Plan{kept}, t, today)
			if err != nil {
				return err.Error()
			}
			return fmt.Sprintf("%s +%s, once %s, cost %s, left %s %s, blind %d, missing %d", o[0].Month, o[0].Lifted, o[0].Once, o[0].Cost, o[0].Left, o[0].Percent, len(o[0].Blind), len(o[0].Missing))
		}
		// 40 users are 400, a server at its own price 600 a year: 50 a month; two onboardings a device.
		if got := reckon(catalogue.Typical{People: 40, Devices: 3, Sites: 1}); got != "450 +0, once 450, cost 160, left 290 64.4, blind 1, missing 1" {
			t.Error(got)
		}
		if got := reckon(catalogue.Typical{People: 10}); got != "350 +200, once 0, cost 40, left 310 88.6, blind 1, missing 1" {
			t.Error(got)
		}
		if got := reckon(catalogue.Typical{People: -1}); !strings.Contains(got, "whole numbers") {
			t.Error(got)
		}
		kept.Name, kept.Lines = "Managed care", kept.Lines[:1]
		if _, err := s.SavePlan(ctx, kept); err != nil {
			t.Fatal(err)
		}
		_, err = s.SavePlan(ctx, kept)
		wrong(t, "an old version", err, "in the meantime")
		if now, err := s.Plan(ctx, id); err != nil || len(now.Lines) != 1 || now.Version != 2 {
			t.Errorf("%+v, %v", now, err)
		}
		wrong(t, "an item in use", s.DeleteItem(ctx, user), "stands in a plan")
		if err := s.DeletePlan(ctx, id); err != nil {
			t.Fatal(err)
		}
		if err := s.DeleteItem(ctx, user); err != nil {
			t.Error(err)
		}
		if _, err := s.PriceOn(ctx, user, "EUR", today); !fault.Is(err, fault.NotFound) {
			t.Errorf("a deleted item has a price: %v", err)
		}
		s.Guard(func(_ context.Context, item ids.ID) error {
			if item == server {
				return fault.NewConflict("An agreement bills this item.")
			}
			return nil
		})
		wrong(t, "an item that another area uses", s.DeleteItem(ctx, server), "An agreement")
		for what, c := range map[string]struct {
			change func(*catalogue.Plan)
			text   string
		}{
			"no name":    {func(p *catalogue.Plan) { p.Name = " " }, "Please enter a name"},
			"tier":       {func(p *catalogue.Plan) { p.Tier = 0 }, "A tier is"},
			"currency":   {func(p *catalogue.Plan) { p.Currency = "" }, "not a currency"},
			"minimum":    {func(p *catalogue.Plan) { p.Least = dec("-1") }, "not below 0"},
			"twice":      {func(p *catalogue.Plan) { p.Lines = append(p.Lines, p.Lines[0]) }, "twice"},
			"no item":    {func(p *catalogue.Plan) { p.Lines = []catalogue.Line{{Item: 42, Counts: "nothing", Quantity: dec("1")}} }, "no such item"},
			"nothing":    {func(p *catalogue.Plan) { p.Lines[0].Quantity = dec("0") }, "above 0"},
			"too many":   {func(p *catalogue.Plan) { p.Lines[0].Quantity = dec("1000000001") }, "at most"},
			"counts":     {func(p *catalogue.Plan) { p.Lines[0].Counts = "cats" }, "can be counted"},
			"own price":  {func(p *catalogue.Plan) { p.Lines[0].Own = ptr("-2") }, "not below 0"},
			"many lines": {func(p *catalogue.Plan) { p.Lines = make([]catalogue.Line, 101) }, "at most 100 lines"},
		} {
			p := plan
			p.Lines = slices.Clone(plan.Lines[1:3])
			c.change(&p)
			_, err := s.SavePlan(ctx, p)
			wrong(t, what, err, c.text)
		}
		if list, err := s.Plans(ctx, true); err != nil || len(list) != 0 {
			t.Errorf("%d plans were kept, %v", len(list), err)
		}
	})
}

// The starting portfolio has all eight families, no price below its cost and no blind spot, in any language and currency.
func TestStartingPortfolio(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := newRig(t, d)
		wrong(t, "no currency", s.Start(ctx, locale.Printer{}, ""), "not a currency")
		if err := s.Start(ctx, locale.New(locale.Tag("de-DE"), time.UTC), "JPY"); err != nil {
			t.Fatal(err)
		}
		wrong(t, "twice", s.Start(ctx, locale.Printer{}, "EUR"), "not empty")
		items, err := s.Items(ctx, catalogue.Filter{})
		if err != nil || len(items) != 18 {
			t.Fatal(len(items), err)
		}
		prices, err := s.Prices(ctx, "JPY", today)
		if err != nil {
			t.Fatal(err)
		}
		costs, err := s.Costs(ctx, "JPY", today)
		if err != nil {
			t.Fatal(err)
		}
		families := map[catalogue.Family]bool{}
		for _, it := range items {
			p, c := prices[it.ID], costs[it.ID]
			if m := catalogue.MarginOf(&p, &c); m.Gap != catalogue.NoGap || m.Below || !it.Suggested {
				t.Errorf("%s: %+v", it.Code, m)
			}
			families[it.Family] = true
		}
		if len(families) != 9 {
			t.Errorf("%v", families)
		}
		plans, err := s.Plans(ctx, false)
		if err != nil || len(plans) != 3 || plans[0].Name != "Grundbetreuung" {
			t.Fatalf("%+v, %v", plans, err)
		}
		offers, err := s.Offers(ctx, plans, catalogue.Typical{People: 25, Devices: 30, Sites: 1}, today)
		if err != nil {
			t.Fatal(err)
		}
		for i, o := range offers {
			if len(o.Missing)+len(o.Blind) > 0 || o.Below || i > 0 && o.Month.Cmp(offers[i-1].Month) <= 0 {
				t.Errorf("%s: %s a month after %s", o.Plan.Name, o.Month, offers[max(i-1, 0)].Month)
			}
		}
		it := items[0]
		if _, err := s.SaveItem(ctx, it); err != nil {
			t.Fatal(err)
		}
		if it, err = s.Item(ctx, it.ID); err != nil || it.Suggested {
			t.Errorf("what was edited is still a suggestion: %v", err)
		}
	})
}

func export(t testing.TB, s *catalogue.Service) string {
	t.Helper()
	var b bytes.Buffer
	if err := s.Export(ctx, &b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What is exported changes nothing when it is read again, and fills an empty catalogue with the same.
func TestRoundTrip(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, c := newRig(t, d)
		if err := s.Start(ctx, locale.Printer{}, "EUR"); err != nil {
			t.Fatal(err)
		}
		odd := catalogue.Item{Code: "=1+1", Name: "'=quoted, \"twice\"; three", Description: "line\nline\t'@x", Kind: catalogue.Hardware, Account: "-8400", Vendor: "'' plain", VendorSKU: "007", UnitLabel: "±", Arrears: true, Rule: rating.Average, Archived: true}
		id, err := s.SaveItem(ctx, odd)
		if err != nil {
			t.Fatal(err)
		}
		for i, p := range []rating.Price{
			{Model: rating.Graduated, Least: ptr("0"), Most: ptr("9.000"), Tiers: []rating.Tier{{UpTo: dec("10"), Unit: dec("9.950"), Flat: dec("5")}, {Open: true, Unit: dec("7")}}},
			{Model: rating.Package, Unit: dec("9"), Size: dec("100"), Free: dec("0.5")},
			{Model: rating.Flat, Unit: dec("0")},
		} {
			if _, err := s.AddPrice(ctx, catalogue.Price{Item: id, Currency: []money.Currency{"EUR", "USD", "USD"}[i], From: today.AddDays(i), Every: catalogue.Intervals()[i], Price: p}); err != nil {
				t.Fatal(err)
			}
		}
		c.Advance(400 * 24 * time.Hour) // all of it is history now
		file := export(t, s)
		in, err := s.Import(ctx, []byte(file))
		if err != nil || !in.Nothing() || len(in.Bad) > 0 || in.Same != 19 {
			t.Fatalf("read again: %+v, %v", in, err)
		}
		for _, it := range must(s.Items(ctx, catalogue.Filter{All: true})) {
			if it.ID == id && (it.Name != odd.Name || it.Code != odd.Code || it.Vendor != odd.Vendor) {
				t.Errorf("%+v", it)
			}
		}
		dbtest.Each(t, func(t *testing.T, d2 *db.DB) {
			other, _ := newRig(t, d2)
			in, err := other.Import(ctx, []byte(file))
			if err != nil || len(in.Bad) > 0 || len(in.New) != 19 {
				t.Fatalf("into an empty one: %+v, %v", in, err)
			}
			if got := export(t, other); got != file {
				t.Errorf("it became\n%s\nnot\n%s", got, file)
			}
		})
	})
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// Any text of an item survives the file.
func TestRoundTripTexts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := newRig(t, d)
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			n++
			letters := rapid.StringOfN(rapid.RuneFrom([]rune("ab'=+-@\"';,|\n\t%ü＝ 01")), 0, 12, -1)
			one := func(name string) string {
				return strings.NewReplacer("\n", "", "\t", "").Replace(letters.Draw(rt, name))
			}
			it := catalogue.Item{Code: fmt.Sprint(n, one("code")), Name: "x" + one("name"), Description: letters.Draw(rt, "description"), Vendor: one("vendor"), VendorSKU: one("sku"), Account: one("account"), UnitLabel: one("label")}
			if rapid.Bool().Draw(rt, "bare") {
				it.Name = one("bare name") + "'x"
			}
			id, err := s.SaveItem(ctx, it)
			if err != nil {
				rt.Fatal(err)
			}
			in, err := s.Preview(ctx, []byte(export(t, s)))
			if err != nil || !in.Nothing() || len(in.Bad) > 0 || in.Same != 1 {
				rt.Fatalf("%+v: %+v, %v", it, in, err)
			}
			if err := s.DeleteItem(ctx, id); err != nil {
				rt.Fatal(err)
			}
		})
	})
}

// A person's file: one row an item, in the columns it has; what is wrong is said row by row and nothing is taken.
func TestImport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := newRig(t, d)
		head := "Code;Name;Kind;Price currency;Price from;Price per;Model;Price;Cost currency;Cost from;Cost per;Cost\n"
		good := head + "HD;Helpdesk;service;eur;2026-01-01;month;per-unit;35,50;EUR;2026-01-01;month;14\nHD;;;EUR;2027-01-01;month;per-unit;38;;;;\n;;;USD;2027-01-01;month;per-unit;40;;;;\n"
		in, err := s.Preview(ctx, []byte(good))
		if err != nil || len(in.Bad) > 0 || len(in.New) != 1 || len(in.Prices) != 3 || len(in.Costs) != 1 {
			t.Fatalf("%+v, %v", in, err)
		}
		if n := len(must(s.Items(ctx, catalogue.Filter{}))); n != 0 {
			t.Errorf("a preview left %d items", n)
		}
		must(s.Import(ctx, []byte(good)))
		it := must(s.ItemByCode(ctx, "hd"))
		if p := must(s.PriceOn(ctx, it.ID, "EUR", today)); p.Price.Unit.String() != "35.50" {
			t.Errorf("%+v", p)
		}
		if in := must(s.Import(ctx, []byte(good))); !in.Nothing() {
			t.Errorf("the second time: %+v", in)
		}
		in = must(s.Import(ctx, []byte("Code,Name\nHD,Helpdesk and more\n"))) // other columns stay
		if now := must(s.ItemByCode(ctx, "hd")); len(in.Changed) != 1 || now.Name != "Helpdesk and more" || now.Kind != catalogue.Services || now.Version != 2 {
			t.Errorf("%+v, %+v", in, now)
		}
		bad := head + "A;;service;;;;;;;;;\nB;Bee;thing;;;;;;;;;\nC;Cee;fee;XYZ;2026-01-01;month;flat;1;;;;\nD;Dee;fee;EUR;2026-02-30;month;flat;1;;;;\nE;Eee;fee;EUR;2026-01-01;month;cheap;1;;;;\n" +
			"F;Eff;fee;EUR;2026-01-01;month;flat;1,000;;;;\nG;Gee;fee;;;;;;EUR;2026-01-01;month;1.0000000001\nHD;Again;service;;;;;;;;;\nHD;More;service;;;;;;;;;\nHD;;;EUR;2026-02-01;month;per-unit;1;;;;\n"
		in = must(s.Import(ctx, []byte(bad)))
		var lines []string
		for _, b := range in.Bad {
			lines = append(lines, fmt.Sprint(b.Line, " ", fault.TextOf(b.Err)))
		}
		want := []string{"2 There is no item with this code", "3 An item is a service", "4 \"XYZ\" is not a currency", "5 \"2026-02-30\" is not a day", "6 A price is flat", "7 \"1,000\" can mean", "8 \"1.0000000001\" has more than 9", "10 This item is described twice", "11 What held on days"}
		for i, w := range want {
			if i >= len(lines) || !strings.HasPrefix(lines[i], w) {
				t.Errorf("%q, not %q", lines, w)
				break
			}
		}
		if list := must(s.Items(ctx, catalogue.Filter{All: true})); len(list) != 1 || list[0].Name != "Helpdesk and more" {
			t.Errorf("half a file was taken: %+v", list)
		}
		for what, c := range map[string][2]string{
			"no header": {"1,2,3\n", "is not known"}, "empty": {"", "is empty"}, "unknown column": {"Code,Colour\n", "\"Colour\" is not known"}, "twice": {"Code,Name,Code\n", "twice"}, "no names": {"Kind,Family\n", "no header"},
			"too large": {strings.Repeat("x", catalogue.MaxImport+1), "larger than"},
		} {
			_, err := s.Preview(ctx, []byte(c[0]))
			wrong(t, what, err, c[1])
		}
	})
}
