// SPDX-License-Identifier: Apache-2.0

package vendors_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/config"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
	"mainstay/practice/clients"
	"mainstay/practice/vendors"
)

var ctx = context.Background()

const october = civil.Month(2026*12 + 9)

// rig is a firm on 5 November 2026 that resells one vendor's item for 3.00 a month.
type rig struct {
	*vendors.Service
	clients    *clients.Service
	agreements *agreements.Service
	catalogue  *catalogue.Service
	jobs       *jobs.Queue
	vendor     ids.ID
	item       ids.ID
	list       map[string]ids.ID
	devices    map[ids.ID]int64
}

func must(t interface {
	Helper()
	Fatal(...any)
}, err error,
) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newRig(t testing.TB, d *db.DB) *rig {
	t.Helper()
	c := clock.At(time.Date(2026, 11, 5, 9, 0, 0, 0, time.UTC))
	sealer, err := access.OpenSealer(filepath.Join(t.TempDir(), "secret.key"), true)
	must(t, err)
	blobs, err := blob.Open(t.TempDir())
	must(t, err)
	s := ids.NewSource(c)
	q := jobs.New(d, c, s, slog.New(slog.DiscardHandler))
	a := access.New(d, c, s, sealer, access.Options{})
	r := &rig{jobs: q, list: map[string]ids.ID{}, devices: map[ids.ID]int64{}, clients: clients.New(d, c, s, a, q)}
	r.catalogue = catalogue.New(catalogue.Parts{DB: d, Clock: c, IDs: s, Access: a, Currency: func(context.Context) money.Currency { return "EUR" }})
	r.agreements = agreements.New(agreements.Parts{DB: d, Clock: c, Zone: time.UTC, IDs: s, Access: a, Jobs: q})
	r.Service = vendors.New(vendors.Parts{
		DB: d, Clock: c, IDs: s, Access: a, Jobs: q, Values: config.Values{DB: d}, Blobs: blobs, Clients: r.clients, Catalogue: r.catalogue,
		Count: func(_ context.Context, client ids.ID, _ string) (int64, bool, error) {
			n, ok := r.devices[client]
			return n, ok, nil
		},
	})
	r.vendor, err = r.Ensure(ctx, "Pax Nine")
	must(t, err)
	r.item, err = r.catalogue.SaveItem(ctx, catalogue.Item{Name: "Endpoint protection", Kind: catalogue.Licence, Vendor: "Pax Nine", VendorSKU: "EDR-1", Counts: catalogue.Devices})
	must(t, err)
	_, err = r.catalogue.AddCost(ctx, catalogue.Cost{Item: r.item, Currency: "EUR", From: civil.MustDate(2026, 1, 1), Every: catalogue.Monthly, Unit: money.Decimal{Coef: 3}})
	must(t, err)
	return r
}

func (r *rig) client(t testing.TB, name string) ids.ID {
	t.Helper()
	if r.list[name] == 0 {
		id, err := r.clients.Create(ctx, clients.Details{Name: name})
		must(t, err)
		r.list[name] = id
	}
	return r.list[name]
}

// sign makes an agreement over so many of the item at a price a month.
func (r *rig) sign(t testing.TB, name string, n, price int64) ids.ID {
	t.Helper()
	starts := civil.MustDate(2026, 9, 1)
	quantity := money.Decimal{Coef: n}
	id, err := r.agreements.Create(ctx, agreements.NewAgreement{
		Head:  agreements.Head{Client: r.client(t, name), Name: "Managed", Currency: "EUR", Starts: starts, Ends: civil.NoDate, PayDays: -1, Cycle: rating.Cycle{Anchor: starts, Every: 1}},
		Lines: []agreements.NewLine{{Copy: agreements.Copy{Item: r.item, Name: "Endpoint protection", Counted: agreements.CountedHand}, Quantity: &quantity, Terms: rating.Terms{Price: rating.Price{Model: rating.PerUnit, Unit: money.Decimal{Coef: price}}}}},
	})
	must(t, err)
	must(t, r.agreements.Activate(ctx, id, 1, agreements.Sign{By: "Mira"}))
	return id
}

// take takes a file in by what its heading says.
func (r *rig) take(t testing.TB, m civil.Month, text string) ids.ID {
	t.Helper()
	id, err := r.Send(ctx, r.vendor, "bill.csv", strings.NewReader(text), m)
	must(t, err)
	b, err := r.Bill(ctx, id)
	must(t, err)
	s, err := r.Sample(ctx, &b, "EUR")
	must(t, err)
	bad, err := r.Take(ctx, id, s.Mapping, m)
	must(t, err)
	if len(bad) > 0 {
		t.Fatalf("%+v", bad)
	}
	_, err = r.Match(ctx)
	must(t, err)
	return id
}

const head = "Customer,SKU,Product,Quantity,Unit Price,Total\n"

func find(t testing.TB, r *vendors.Reconciliation, client ids.ID) *vendors.Delta {
	t.Helper()
	for i := range r.Deltas {
		if r.Deltas[i].Client == client {
			return &r.Deltas[i]
		}
	}
	t.Fatalf("nothing of %s in %+v", client, r.Deltas)
	return nil
}

// Every cause by hand, for October 2026.
func TestReconcileByHand(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		agreement := r.sign(t, "Harbour Dental", 10, 5) // 12 are bought
		r.sign(t, "Kestrel", 5, 2)                      // costs 3.00, is charged 2.00
		r.sign(t, "Lark", 3, 5)                         // within the tolerance
		r.sign(t, "Osprey", 4, 5)                       // none is bought
		r.sign(t, "Plover", 2, 5)                       // 6 devices are there
		r.devices[r.list["Plover"]] = 6
		r.take(t, october, head+"HARBOUR DENTAL LTD,EDR-1,Endpoint protection,12,3.00,36.00\nKestrel,edr-1,Endpoint protection,5,3.00,15.00\nLark,EDR-1,Endpoint protection,3,3.00,9.03\n"+
			"Plover,EDR-1,Endpoint protection,2,3.00,6.00\nSomebody else,EDR-1,Endpoint protection,1,3.00,3.00\nLark,XX-9,Unheard of,1,7.77,7.77\nTidegate,EDR-1,Endpoint protection,2,3.00,6.00\n")
		must(t, r.SetClient(ctx, r.vendor, "tidegate", 0, true))
		got, err := r.Reconcile(ctx, october)
		must(t, err)
		for name, want := range map[string]struct {
			causes string
			units  string
			minor  int64
			stake  int64
			cost   int64
			charge int64
		}{
			"Harbour Dental": {"[bought-not-billed]", "2", 600, 1000, 3600, 5000}, // 36.00 − 10 × 3.00; two more would be charged 10.00
			"Kestrel":        {"[price-above]", "0", 0, 500, 1500, 1000},          // 15.00 for what is charged 10.00
			"Lark":           {"[]", "0", 3, 0, 903, 1500},                        // 0.03 for three
			"Osprey":         {"[billed-not-bought]", "-4", -1200, 1200, 0, 2000},
			"Plover":         {"[counted-not-billed]", "0", 0, 2000, 600, 1000}, // four devices at 5.00
		} {
			x := find(t, got, r.list[name])
			if fmt.Sprint(x.Causes) != want.causes || x.Units.String() != want.units || x.Minor != want.minor || x.Stake != want.stake || x.Cost != want.cost || x.Charged != want.charge {
				t.Errorf("%s: %v, units %s, %d, at stake %d, cost %d, charged %d", name, x.Causes, x.Units, x.Minor, x.Stake, x.Cost, x.Charged)
			}
		}
		var order []ids.ID
		for _, x := range got.Deltas {
			order = append(order, x.Client)
		}
		if want := []ids.ID{r.list["Plover"], r.list["Osprey"], r.list["Harbour Dental"], r.list["Kestrel"], r.list["Lark"]}; !slices.Equal(order, want) {
			t.Errorf("ranked %v, want %v", order, want)
		}
		if len(got.Unmatched) != 2 || got.Unmatched[0].Minor != 777 || got.Unmatched[0].Client != r.list["Lark"] || got.Unmatched[1].Ref != "Somebody else" || got.Unmatched[1].Item != r.item {
			t.Errorf("%+v", got.Unmatched)
		}
		if got.Total["EUR"] != 3600+1500+903+600+300+777+600 || got.Own["EUR"] != 600 {
			t.Errorf("%v, own %v", got.Total, got.Own)
		}

		// The firm holds runs from 8.00 on.
		held, err := r.Held(ctx, locale.New(locale.EnGB, nil), []ids.ID{r.list["Harbour Dental"], r.list["Kestrel"]})
		must(t, err)
		if len(held) != 0 {
			t.Errorf("held although it is not turned on: %v", held)
		}
		must(t, r.SetHold(ctx, vendors.Hold{Minor: 800, Currency: "EUR"}))
		held, err = r.Held(ctx, locale.New(locale.EnGB, nil), []ids.ID{r.list["Harbour Dental"], r.list["Kestrel"]})
		must(t, err)
		if len(held) != 1 || !strings.Contains(held[r.list["Harbour Dental"]], "€10.00") {
			t.Errorf("%v", held)
		}

		// Acknowledged until it changes.
		if err := r.Acknowledge(ctx, october, r.list["Harbour Dental"], r.item, "EUR", " "); !fault.Is(err, fault.Invalid) {
			t.Errorf("without a reason: %v", err)
		}
		if err := r.Acknowledge(ctx, october, r.list["Lark"], r.item, "EUR", "x"); !fault.Is(err, fault.Conflict) {
			t.Errorf("nothing differs: %v", err)
		}
		must(t, r.Acknowledge(ctx, october, r.list["Harbour Dental"], r.item, "EUR", "Two spares until Christmas"))
		got, err = r.Reconcile(ctx, october)
		must(t, err)
		if x := find(t, got, r.list["Harbour Dental"]); x.Open() || x.Seen == nil || x.Seen.Reason != "Two spares until Christmas" {
			t.Errorf("%+v", x)
		}
		held, err = r.Held(ctx, locale.New(locale.EnGB, nil), []ids.ID{r.list["Harbour Dental"]})
		must(t, err)
		if len(held) != 0 {
			t.Errorf("%v", held)
		}
		bill := r.take(t, october+1, head+"Harbour Dental,EDR-1,Endpoint protection,12,3.00,36.00\n")
		got, err = r.Reconcile(ctx, october+1)
		must(t, err)
		if x := find(t, got, r.list["Harbour Dental"]); x.Open() {
			t.Errorf("the same difference is asked for again: %+v", x)
		}
		must(t, r.Remove(ctx, bill))
		r.take(t, october+1, head+"Harbour Dental,EDR-1,Endpoint protection,13,3.00,39.00\n")
		got, err = r.Reconcile(ctx, october+1)
		must(t, err)
		if x := find(t, got, r.list["Harbour Dental"]); !x.Open() || x.Before == nil || x.Agreements[0] != agreement {
			t.Errorf("another difference is taken for the old one: %+v", x)
		}
	})
}

// What was said of a vendor's file is remembered: columns, clients, items; and a file comes in once.
func TestMappingIsRemembered(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.client(t, "Harbour Dental")
		text := "Who,What,How many,Sum\nHarbour Dental Group,Z1,2,6.00\n"
		id, err := r.Send(ctx, r.vendor, "a.csv", strings.NewReader(text), october)
		must(t, err)
		b, err := r.Bill(ctx, id)
		must(t, err)
		s, err := r.Sample(ctx, &b, "EUR")
		must(t, err)
		if s.Known {
			t.Error("known before it was said")
		}
		if _, err := r.Take(ctx, id, s.Mapping, october); !fault.Is(err, fault.Invalid) {
			t.Fatalf("taken without columns: %v", err)
		}
		s.Mapping.Columns = map[vendors.Field]int{vendors.FieldClient: 0, vendors.FieldSKU: 1, vendors.FieldQuantity: 2, vendors.FieldAmount: 3}
		if bad, err := r.Take(ctx, id, s.Mapping, october); err != nil || len(bad) > 0 {
			t.Fatalf("%v %v", bad, err)
		}
		names, err := r.UnknownClients(ctx)
		must(t, err)
		if len(names) != 1 || names[0].Suggested != r.list["Harbour Dental"] || names[0].Minor != 600 {
			t.Errorf("%+v", names)
		}
		items, err := r.UnknownItems(ctx)
		must(t, err)
		if len(items) != 1 || items[0].SKU != "Z1" {
			t.Errorf("%+v", items)
		}
		must(t, r.SetClient(ctx, r.vendor, names[0].Key, names[0].Suggested, false))
		must(t, r.SetItem(ctx, r.vendor, items[0].Key, r.item))
		if _, err := r.Send(ctx, r.vendor, "again.csv", strings.NewReader(text), october); !fault.Is(err, fault.Conflict) {
			t.Errorf("the same file a second time: %v", err)
		}
		next, err := r.Send(ctx, r.vendor, "b.csv", strings.NewReader("Who,What,How many,Sum\nHarbour Dental Group,Z1,3,9.00\n"), october+1)
		must(t, err)
		b, err = r.Bill(ctx, next)
		must(t, err)
		s, err = r.Sample(ctx, &b, "EUR")
		must(t, err)
		if !s.Known {
			t.Error("the columns are asked for again")
		}
		_, err = r.Take(ctx, next, s.Mapping, october+1)
		must(t, err)
		rec, err := r.Reconcile(ctx, october+1)
		must(t, err)
		if len(rec.Unmatched) != 0 || find(t, rec, r.list["Harbour Dental"]).Cost != 900 {
			t.Errorf("%+v", rec)
		}
		into := r.client(t, "Harbour Group")
		must(t, r.clients.Merge(ctx, r.list["Harbour Dental"], into))
		for {
			did, err := r.jobs.One(ctx)
			must(t, err)
			if !did {
				break
			}
		}
		rec, err = r.Reconcile(ctx, october+1)
		must(t, err)
		if find(t, rec, into).Cost != 900 {
			t.Error("a merged client's names are lost")
		}
	})
}

// Whatever a bill has in it, no row and no minor unit of it is lost: each month's page is what its rows have of the month, and the months
// together are the bills.
func TestNothingIsLost(t *testing.T) {
	d := dbtest.Open(t)
	r := newRig(t, d)
	for _, n := range []string{"Alder", "Birch", "Cedar"} {
		r.sign(t, n, 4, 5)
	}
	bills := map[ids.ID]int64{}
	names := []string{"Alder", "BIRCH", "Cedar", "Nobody", "Tidegate", ""}
	must(t, r.SetClient(ctx, r.vendor, "tidegate", 0, true))
	rows := 0
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		text.WriteString("Customer,SKU,Product,Quantity,Total,From,To\n")
		var sum int64
		for range rapid.IntRange(1, 12).Draw(t, "rows") {
			minor := rapid.Int64Range(-50_000, 90_000).Draw(t, "minor")
			from := civil.MustDate(2026, 9, 1) + civil.Date(rapid.IntRange(0, 60).Draw(t, "from"))
			to := from + civil.Date(rapid.IntRange(0, 400).Draw(t, "days"))
			fmt.Fprintf(&text, "%s,%s,Thing,%d,%s,%s,%s\n", rapid.SampledFrom(names).Draw(t, "client"), rapid.SampledFrom([]string{"EDR-1", "XX-9"}).Draw(t, "sku"), rapid.IntRange(-3, 40).Draw(t, "quantity"), money.FormatMinor(minor, 2), from, to)
			sum += minor
			rows++
		}
		id, err := r.Send(ctx, r.vendor, "bill.csv", strings.NewReader(text.String()), october)
		if fault.Is(err, fault.Conflict) {
			t.Skip("the same file was drawn twice")
		}
		must(t, err)
		b, err := r.Bill(ctx, id)
		must(t, err)
		s, err := r.Sample(ctx, &b, "EUR")
		must(t, err)
		if bad, err := r.Take(ctx, id, s.Mapping, october); err != nil || len(bad) > 0 {
			t.Fatalf("%v %v\n%s", bad, err, text.String())
		}
		if b, err = r.Bill(ctx, id); err != nil || b.Minor != sum {
			t.Fatalf("the bill has %d, want %d (%v)", b.Minor, sum, err)
		}
		_, err = r.Match(ctx)
		must(t, err)
		bills[id] = sum
	})
	var all, months int64
	for _, n := range bills {
		all += n
	}
	for m := civil.NewMonth(2026, 9); m < civil.NewMonth(2028, 2); m++ {
		rec, err := r.Reconcile(ctx, m)
		must(t, err)
		costs, _, err := r.Costs(ctx, m)
		must(t, err)
		shown := rec.Own["EUR"]
		for _, x := range rec.Deltas {
			shown += x.Cost
		}
		for _, x := range rec.Unmatched {
			shown += x.Minor
		}
		var cost int64
		for _, c := range costs {
			cost += c.Minor
		}
		if shown != rec.Total["EUR"] || cost != shown {
			t.Errorf("%s: %d shown, %d in all, %d as cost", m, shown, rec.Total["EUR"], cost)
		}
		months += shown
	}
	if months != all {
		t.Errorf("the months have %d, the bills %d", months, all)
	}
}

// A number that changed within the month is no difference while it was billed on some day of it.
func TestChangesWithinAMonth(t *testing.T) {
	d := dbtest.Open(t)
	r := newRig(t, d)
	for _, n := range []string{"Alder", "Birch"} {
		id := r.sign(t, n, 10, 5)
		a, err := r.agreements.Get(ctx, id)
		must(t, err)
		must(t, r.agreements.Count(ctx, a.Lines[0].ID, agreements.NewFact{Day: civil.MustDate(2026, 10, 17), Quantity: money.Decimal{Coef: 13}}))
	}
	r.take(t, october, head+"Alder,EDR-1,Endpoint protection,13,3.00,39.00\nBirch,EDR-1,Endpoint protection,14,3.00,42.00\n")
	got, err := r.Reconcile(ctx, october)
	must(t, err)
	if x := find(t, got, r.list["Alder"]); x.Differs() {
		t.Errorf("13 were billed since the 17th: %+v", x.Causes)
	}
	if x := find(t, got, r.list["Birch"]); fmt.Sprint(x.Causes) != "[bought-not-billed]" {
		t.Errorf("14 were never billed: %+v", x.Causes)
	}
}
