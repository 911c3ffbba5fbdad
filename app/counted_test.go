// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/care/devices"
	"mainstay/care/monitoring"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
	"mainstay/practice/books"
	"mainstay/practice/clients"
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

		// One goes to another client, whose agreement counts it from then on; the last one is retired: none is a count too.
		r.counts("Beech", "kind:server", civil.MustDate(2026, 5, 1))
		r.to(civil.MustDate(2026, 5, 31))
		for _, d := range covered {
			id, err := ids.Parse(strings.TrimPrefix(d.Ref, "device-"))
			r.must(err)
			if d.Name == "SRV3" {
				r.must(r.Devices.Move(ctx, access.WholeFirm(), id, r.client("Beech"), 0))
			} else {
				r.must(r.Devices.Retire(ctx, access.WholeFirm(), id, 0))
			}
		}
		r.device(aspen, "PC2", devices.Workstation)
		r.to(civil.MustDate(2026, 6, 1))
		r.expect("June", r.bills(aspen, civil.MustDate(2026, 6, 1)))
		r.expect("June of the other", r.bills(r.client("Beech"), civil.MustDate(2026, 6, 1)), "Servers 2026-06-01–2026-07-01 1 4000")
		list, err := r.Devices.Find(ctx, access.WholeFirm(), aspen, devices.Query{})
		r.must(err)
		for _, d := range list {
			r.must(r.Devices.Retire(ctx, access.WholeFirm(), d.ID, 0))
		}
		r.to(civil.MustDate(2026, 7, 1))
		r.expect("July", r.bills(aspen, civil.MustDate(2026, 7, 1)))
	})
}

// What somebody entered by hand stands until the firm says that the devices here count: 30 by hand, one PC enrolled, and 30 are billed.
func TestHandIsBilledUntilTheSwitch(t *testing.T) {
	onEachEngine(t, civil.MustDate(2026, 3, 1), func(r *moneyRig) {
		ctx := context.Background()
		cedar := r.client("Cedar")
		r.counts("Cedar", "", civil.MustDate(2026, 3, 1))
		list, err := r.Agreements.Of(ctx, access.WholeFirm(), cedar)
		r.must(err)
		line := list[0].Lines[0].ID
		r.must(r.Agreements.Count(ctx, line, agreements.NewFact{Day: civil.MustDate(2026, 3, 1), Quantity: money.Decimal{Coef: 30}, Source: agreements.CountedHand, Evidence: "The client said so"}))
		r.expect("March", r.bills(cedar, civil.MustDate(2026, 3, 1)), "Servers 2026-03-01–2026-04-01 30 120000")

		r.to(civil.MustDate(2026, 3, 10))
		r.device(cedar, "PC1", devices.Workstation)
		r.must(r.Agreements.Daily(ctx))
		r.to(civil.MustDate(2026, 4, 1))
		r.expect("April", r.bills(cedar, civil.MustDate(2026, 4, 1)), "Servers 2026-04-01–2026-05-01 30 120000")
		h, err := r.Handler()
		r.must(err)
		d := &desk{App: r.App, t: r.t, handler: h, session: join(r.t, r.App, access.Owner)}
		page := "/devices/list?client=" + cedar.String()
		if body := d.get(page); !strings.Contains(body, "is entered by hand; 1 is known here") || !strings.Contains(body, "Count these from now on") {
			r.t.Error("nobody says that the device is not billed")
		}

		if code, _, _ := d.post("/devices/counting", url.Values{"client": {cedar.String()}, "here": {"yes"}}); code != http.StatusSeeOther {
			r.t.Fatalf("answered %d", code)
		}
		if body := d.get(page); !strings.Contains(body, "Agreements count the 1 device here.") || !strings.Contains(body, "Enter the number by hand") {
			r.t.Error("the switch does not show")
		}
		r.to(civil.MustDate(2026, 5, 1))
		r.expect("May", r.bills(cedar, civil.MustDate(2026, 5, 1)), "Servers 2026-05-01–2026-06-01 1 4000")
	})
}

// The books tell of one server more than nothing, and thirty were entered by hand: thirty are billed until somebody chooses the books.
func TestHandIsBilledBesideTheBooks(t *testing.T) {
	onEachEngine(t, civil.MustDate(2026, 3, 1), func(r *moneyRig) {
		ctx := context.Background()
		birch := r.client("Birch")
		r.counts("Birch", "", civil.MustDate(2026, 3, 1))
		list, err := r.Agreements.Of(ctx, access.WholeFirm(), birch)
		r.must(err)
		r.must(r.Agreements.Count(ctx, list[0].Lines[0].ID, agreements.NewFact{Day: civil.MustDate(2026, 3, 1), Quantity: money.Decimal{Coef: 30}, Source: agreements.CountedHand}))
		r.take("devices.csv", "Name,Type,Make,Model,Serial Number,Operating System,Purchase Date,Client\nSRV1,Server,Dell,R1,S-1,Windows Server 2022,2024-01-02,Birch\n")
		r.expect("March", r.bills(birch, civil.MustDate(2026, 3, 1)), "Servers 2026-03-01–2026-04-01 30 120000")
		r.device(birch, "SRV1", devices.Server)
		h, err := r.Handler()
		r.must(err)
		d := &desk{App: r.App, t: r.t, handler: h, session: join(r.t, r.App, access.Owner)}
		if body := d.get("/devices/list?client=" + birch.String()); !strings.Contains(body, "is entered by hand; 1 is known here") || !strings.Contains(body, "Count these from now on") || !strings.Contains(body, "Count those of the books") {
			r.t.Error("the list does not offer both")
		}
		if code, _, _ := d.post("/devices/counting", url.Values{"client": {birch.String()}, "here": {"no"}}); code != http.StatusSeeOther {
			r.t.Fatalf("answered %d", code)
		}
		r.to(civil.MustDate(2026, 4, 1))
		r.expect("April", r.bills(birch, civil.MustDate(2026, 4, 1)), "Servers 2026-04-01–2026-05-01 1 4000")
	})
}

// What the firm said of what is counted goes along when clients are merged, unless it says something of both.
func TestCountingGoesAlong(t *testing.T) {
	onEachEngine(t, civil.MustDate(2026, 3, 1), func(r *moneyRig) {
		ctx := context.Background()
		from, into := r.client("Dogwood"), r.client("Elm")
		r.counts("Elm", "", civil.MustDate(2026, 3, 1))
		r.device(into, "PC1", devices.Workstation)
		h, err := r.Handler()
		r.must(err)
		d := &desk{App: r.App, t: r.t, handler: h, session: join(r.t, r.App, access.Owner)}
		if code, _, _ := d.post("/devices/counting", url.Values{"client": {from.String()}, "here": {"no"}}); code != http.StatusSeeOther {
			r.t.Fatalf("answered %d", code)
		}
		r.must(r.Clients.Merge(ctx, from, into))
		r.work()
		if body := d.get("/devices/list?client=" + into.String()); !strings.Contains(body, "is entered by hand; 1 is known here") {
			r.t.Error("what was said is forgotten")
		}
	})
}

// work does all jobs that are due; none may fail.
func (r *moneyRig) work() {
	r.t.Helper()
	for did := true; did; {
		var err error
		did, err = r.Jobs.One(context.Background())
		r.must(err)
	}
	var left string
	err := r.DB.Reader().QueryRowContext(context.Background(), "SELECT coalesce(max(last_error), '') FROM jobs_jobs WHERE last_error <> ''").Scan(&left)
	r.must(err)
	if left != "" {
		r.t.Fatal(left)
	}
}

// An import is undone. A client that it made and that is used by now stays: its machine is enrolled, its work is billed.
func TestUndoneImportKeepsUsedClients(t *testing.T) {
	onEachEngine(t, civil.MustDate(2026, 3, 1), func(r *moneyRig) {
		ctx := context.Background()
		names := []string{"Fir", "Gorse", "Hazel", "Ivy", "Juniper", "Larch", "Maple"}
		file := "Name,Type,Make,Model,Serial Number,Operating System,Purchase Date,Client\n"
		for _, n := range names {
			file += "SRV,Server,Dell,R1,S-" + n + ",Windows Server 2022,2024-01-02," + n + "\n"
		}
		i, err := r.Books.Upload(ctx, "devices.csv", strings.NewReader(file), "")
		r.must(err)
		_, err = r.Books.Commit(ctx, i.ID, books.Choices{}, nil)
		r.must(err)
		of := map[string]ids.ID{}
		for _, n := range names {
			of[n], err = r.Clients.Resolve(ctx, n)
			r.must(err)
			r.list[n] = of[n]
		}
		r.device(of["Fir"], "SRV", devices.Server)
		r.Devices.Reachable(devices.Reach{Server: "https://mainstay.example.com"})
		_, err = r.Devices.MakeToken(ctx, access.WholeFirm(), devices.NewToken{Client: of["Gorse"], For: time.Hour})
		r.must(err)
		r.counts("Hazel", "", civil.MustDate(2026, 3, 1))
		r.must(r.Billing.SetAccount(ctx, billing.Account{Client: of["Ivy"], PayDays: 14, Party: invoice.Party{Name: "Ivy", Address: invoice.Address{Street: "Hafen 2", City: "Kiel", Postcode: "24103", Country: "DE"}}}))
		_, err = r.Devices.SaveGroup(ctx, access.WholeFirm(), devices.Group{Client: of["Juniper"], Name: "Servers", Query: query(r.t, "kind:server")})
		r.must(err)
		_, err = r.Monitoring.MakeBoard(ctx, monitoring.Board{Client: of["Larch"], Name: "Wall"})
		r.must(err)
		r.must(r.Books.Undo(ctx, i.ID))
		var left []string
		for _, n := range names {
			if _, err := r.Clients.Resolve(ctx, n); err == nil {
				left = append(left, n)
			}
		}
		r.expect("left", left, names[:len(names)-1]...)
	})
}

func query(t *testing.T, text string) devices.Query {
	t.Helper()
	q, err := devices.ParseQuery(text)
	if err != nil {
		t.Fatal(err)
	}
	return q
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
			r.t.Fatalf("answered %d", code)
		}
		r.expect("April", r.bills(birch, civil.MustDate(2026, 4, 1)), "Servers 2026-04-01–2026-05-01 1 4000")
	})
}

// Of people too: a contact who is noted does not change what was entered, and the page of the line offers to count.
func TestPeopleAreCountedWhenSomebodySaysSo(t *testing.T) {
	onEachEngine(t, civil.MustDate(2026, 3, 1), func(r *moneyRig) {
		ctx := context.Background()
		nutmeg := r.client("Nutmeg")
		id := r.sign("Nutmeg", civil.MustDate(2026, 3, 1), agreements.Copy{Name: "Users", Counted: agreements.CountedPeople}, 10, &money.Decimal{Coef: 20})
		a, err := r.Agreements.Get(ctx, id)
		r.must(err)
		r.must(r.Agreements.Count(ctx, a.Lines[0].ID, agreements.NewFact{Day: civil.MustDate(2026, 3, 1), Quantity: money.Decimal{Coef: 30}, Source: agreements.CountedHand}))
		_, err = r.Clients.SavePerson(ctx, access.WholeFirm(), nutmeg, clients.Person{Name: "Kim"})
		r.must(err)
		r.expect("March", r.bills(nutmeg, civil.MustDate(2026, 3, 1)), "Users 2026-03-01–2026-04-01 30 30000")
		r.to(civil.MustDate(2026, 4, 1))
		h, err := r.Handler()
		r.must(err)
		d := &desk{App: r.App, t: r.t, handler: h, session: join(r.t, r.App, access.Owner)}
		line := "/agreements/" + id.String() + "/lines/" + a.Lines[0].ID.String()
		if body := d.get(line); !strings.Contains(body, "1 is known here and could be counted instead.") || !strings.Contains(body, line+"/counting") {
			r.t.Error("the line does not offer to count")
		}
		if code, _, _ := d.post(line+"/counting", url.Values{}); code != http.StatusSeeOther {
			r.t.Fatalf("answered %d", code)
		}
		if body := d.get(line); strings.Contains(body, "could be counted instead") {
			r.t.Error("it is counted, and the line still offers it")
		}
		r.expect("April", r.bills(nutmeg, civil.MustDate(2026, 4, 1)), "Users 2026-04-01–2026-05-01 1 1000")
	})
}
