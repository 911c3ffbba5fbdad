// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"testing"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing"
	"mainstay/practice/billing/rating"
)

// bills returns the lines of the invoices of a client that a run on a day issues.
func (r *moneyRig) bills(client ids.ID, on civil.Date) (out []string) {
	r.t.Helper()
	ctx := context.Background()
	r.must(r.Agreements.Daily(ctx))
	r.bill(on)
	docs, err := r.Billing.List(ctx, billing.Filter{Client: client, Limit: 100})
	r.must(err)
	for _, d := range docs.Rows {
		if d.Issued != on {
			continue
		}
		_, f, err := r.Billing.Document(ctx, d.ID)
		r.must(err)
		for _, l := range f.Lines {
			out = append(out, fmt.Sprintf("%s %s–%s %s %d", l.Name, l.Period.From, l.Period.To, l.Quantity, l.Net))
		}
	}
	return out
}

func (r *moneyRig) device(client ids.ID, name string, kind devices.Kind) ids.ID {
	r.t.Helper()
	id, err := r.Devices.Make(context.Background(), access.WholeFirm(), client, devices.Details{Name: name, Kind: kind, Warranty: civil.NoDate, Bought: civil.NoDate})
	r.must(err)
	return id
}

// counts signs what is due each month for each device that a filter finds: 40.00.
func (r *moneyRig) counts(client, filter string, starts civil.Date) {
	r.t.Helper()
	ctx := context.Background()
	id, err := r.Agreements.Create(ctx, agreements.NewAgreement{
		Head: agreements.Head{Client: r.client(client), Name: "Managed", Currency: "EUR", Starts: starts, Ends: civil.NoDate, PayDays: -1, Cycle: rating.Cycle{Anchor: starts, Every: 1}},
		Lines: []agreements.NewLine{{
			Copy:  agreements.Copy{Name: "Servers", Counted: agreements.CountedDevices, Filter: filter},
			Terms: rating.Terms{Price: rating.Price{Model: rating.PerUnit, Unit: money.Decimal{Coef: 40}}},
		}},
	})
	r.must(err)
	r.must(r.Agreements.Activate(ctx, id, 1, agreements.Sign{By: "Mira"}))
}

func (r *moneyRig) expect(what string, got []string, want ...string) {
	r.t.Helper()
	if !slices.Equal(got, want) {
		r.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// What stands in the estate is what is billed: two servers at 40.00, a third from the middle of a month on, one that leaves, and
// workstations that the agreement does not count. All by hand.
func TestEstateIsBilled(t *testing.T) {
	onEachEngine(t, civil.MustDate(2026, 3, 1), func(r *moneyRig) {
		ctx := context.Background()
		aspen := r.client("Aspen")
		r.device(aspen, "SRV1", devices.Server)
		second := r.device(aspen, "SRV2", devices.Server)
		r.device(aspen, "PC1", devices.Workstation)
		r.counts("Aspen", "kind:server", civil.MustDate(2026, 3, 1))
		r.expect("March", r.bills(aspen, civil.MustDate(2026, 3, 1)), "Servers 2026-03-01–2026-04-01 2 8000")

		r.to(civil.MustDate(2026, 3, 17))
		r.device(aspen, "SRV3", devices.Server)
		r.must(r.Agreements.Daily(ctx))
		r.to(civil.MustDate(2026, 4, 1))
		// 17 to 31 March are 15 of 31 days: 80.00 × 15/31 = 38.71 come back, 120.00 × 15/31 = 58.06 are due.
		r.expect("April", r.bills(aspen, civil.MustDate(2026, 4, 1)),
			"Credit: Servers 2026-03-17–2026-04-01 2 -3871", "Servers 2026-03-17–2026-04-01 3 5806", "Servers 2026-04-01–2026-05-01 3 12000")

		r.to(civil.MustDate(2026, 4, 30))
		r.must(r.Devices.Retire(ctx, access.WholeFirm(), second, 0))
		r.to(civil.MustDate(2026, 5, 1))
		r.expect("May", r.bills(aspen, civil.MustDate(2026, 5, 1)), "Servers 2026-05-01–2026-06-01 2 8000")
		covered, err := r.Agreements.Covered(ctx, aspen, civil.MustDate(2026, 5, 1))
		r.must(err)
		if len(covered) != 2 || covered[0].Name != "SRV1" || covered[1].Name != "SRV3" {
			t.Errorf("covered: %+v", covered)
		}
	})
}

// Of a client's four servers in the books one is enrolled: four are billed until the firm says that the estate counts, and one after.
func TestBooksAreBilledUntilTheSwitch(t *testing.T) {
	onEachEngine(t, civil.MustDate(2026, 3, 1), func(r *moneyRig) {
		birch := r.client("Birch")
		r.take("devices.csv", "Name,Type,Make,Model,Serial Number,Operating System,Purchase Date,Client\n"+
			"SRV1,Server,Dell,R1,S-1,Windows Server 2022,2024-01-02,Birch\nSRV2,Server,Dell,R1,S-2,Windows Server 2022,2024-01-02,Birch\n"+
			"SRV3,Server,Dell,R1,S-3,Windows Server 2022,2024-01-02,Birch\nSRV4,Server,Dell,R1,S-4,Windows Server 2022,2024-01-02,Birch\n")
		r.device(birch, "SRV1", devices.Server)
		r.counts("Birch", "server", civil.MustDate(2026, 3, 1))
		r.expect("March", r.bills(birch, civil.MustDate(2026, 3, 1)), "Servers 2026-03-01–2026-04-01 4 16000")

		r.to(civil.MustDate(2026, 4, 1))
		h, err := r.Handler()
		r.must(err)
		d := &desk{App: r.App, t: r.t, handler: h, session: join(r.t, r.App, access.Owner)}
		if code, _, _ := d.post("/devices/counting", url.Values{"client": {birch.String()}, "here": {"yes"}}); code != http.StatusSeeOther {
			t.Fatalf("answered %d", code)
		}
		r.expect("April", r.bills(birch, civil.MustDate(2026, 4, 1)), "Servers 2026-04-01–2026-05-01 1 4000")
	})
}
