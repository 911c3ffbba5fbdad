// SPDX-License-Identifier: Apache-2.0

package billing_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/ids"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/rating"
	"mainstay/practice/worklog"
	"mainstay/practice/worklog/rates"
)

const (
	remote ids.ID = 1
	onSite ids.ID = 2
)

// hours enters work of a client; afterwards what is due to be done by itself is done.
func (r *rig) hours(t testing.TB, by worklog.Actor, kind ids.ID, on string, minutes int) {
	t.Helper()
	_, err := r.work.Create(ctx, by, worklog.Draft{Person: by.ID, Client: r.harbour, Type: kind, Day: day(on), Starts: worklog.NoStart, Minutes: minutes})
	must(t, err)
}

// retainer is an agreement with an allowance in each month, and a line that bills what is used beyond it.
func (r *rig) retainer(name, measure, each, over, work string) agreements.NewAgreement {
	return agreements.NewAgreement{
		Head: agreements.Head{Client: r.harbour, Name: name, Currency: "EUR", Starts: day("2026-03-01"), Ends: civil.NoDate, PayDays: -1, Cycle: rating.Cycle{Anchor: day("2026-03-01"), Unit: rating.Month, Every: 1}},
		Lines: []agreements.NewLine{
			{Copy: agreements.Copy{Name: name}, Terms: rating.Terms{Price: rating.Price{Unit: num("300")}}},
			{Copy: agreements.Copy{Name: "Beyond " + name, Counted: agreements.CountedWork}, Pot: 1, Terms: rating.Terms{Arrears: true, Rule: rating.Sum, Price: rating.Price{Model: rating.PerUnit, Unit: num(over)}}},
		},
		Pots: []agreements.Pot{{Name: name, Measure: measure, Alert: 20, Work: work, Pot: rating.Pot{Each: num(each)}}},
	}
}

func (r *rig) rateCard(t testing.TB, minor int64) {
	t.Helper()
	_, err := r.work.SaveCard(ctx, worklog.Card{Card: rates.Card{Name: "Standard", From: day("2026-01-01"), Currency: "EUR", Minor: minor, Step: 15, Factor: 150}})
	must(t, err)
}

func (r *rig) balances(t testing.TB, on string) (out []string) {
	t.Helper()
	list, err := r.Balances(ctx, r.harbour, day(on))
	must(t, err)
	for _, b := range list {
		out = append(out, fmt.Sprintf("%s %s of %s, %d without a price", b.Pot.Name, b.Usage.Left, b.Granted, b.Unpriced))
	}
	return out
}

// Three hours are granted, four and a half worked, one of them after the month: what is beyond is billed, and stood in the preview.
func TestHoursBeyondAnAllowance(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d).settle(t)
		ben := r.technician(t)
		r.rateCard(t, 12000)
		r.signed(t, r.retainer("Support hours", agreements.Hours, "3", "110", ""))
		r.bill(t, "2026-03-01", true)
		r.hours(t, ben, remote, "2026-03-04", 150)
		r.hours(t, ben, onSite, "2026-03-20", 60)
		if got := r.balances(t, "2026-03-20"); !slices.Equal(got, []string{"Support hours 0 of 3, 0 without a price"}) {
			t.Errorf("%q", got)
		}
		r.at("2026-04-01")
		seen := r.previewed(t)
		if len(seen) != 1 || seen[0].Net != 30000+5500 {
			t.Fatalf("the preview leaves out what is beyond the allowance: %+v", seen)
		}
		docs := r.bill(t, "2026-04-01", true)
		if len(docs) != 1 || docs[0].Net != seen[0].Net {
			t.Fatalf("%+v", docs)
		}
		if got := r.lines(t, docs[0].ID); !slices.Contains(got, "Beyond Support hours 2026-03-01–2026-04-01 0.5 5500") {
			t.Errorf("%q", got)
		}
		// An hour of March that is entered in April is billed with the next invoice, and was seen before.
		r.hours(t, ben, remote, "2026-03-28", 60)
		r.at("2026-05-01")
		if seen = r.previewed(t); len(seen) != 1 || seen[0].Net != 30000+11000 {
			t.Fatalf("%+v", seen)
		}
		if docs = r.bill(t, "2026-05-01", true); len(docs) != 1 || docs[0].Net != 41000 {
			t.Errorf("%+v", docs)
		}
		r.sound(t)
	})
}

// An allowance of money is drawn by the price of the work; of two agreements the older one's is drawn alone.
func TestMoneyIsDrawnByPrice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d).settle(t)
		ben := r.technician(t)
		r.rateCard(t, 12000)
		r.signed(t, r.retainer("Retainer", agreements.Money, "200", "1", remote.String()))
		r.signed(t, r.retainer("Visits", agreements.Hours, "5", "110", ""))
		r.bill(t, "2026-03-01", true)
		r.hours(t, ben, remote, "2026-03-04", 50) // charged as 60 minutes: 120.00
		r.hours(t, ben, onSite, "2026-03-05", 90)
		if got := r.balances(t, "2026-03-10"); !slices.Equal(got, []string{"Retainer 80 of 200, 0 without a price", "Visits 7/2 of 5, 0 without a price"}) && !slices.Equal(got, []string{"Retainer 80 of 200, 0 without a price", "Visits 3.5 of 5, 0 without a price"}) {
			t.Errorf("%q", got)
		}
		r.hours(t, ben, remote, "2026-03-11", 75) // 150.00: 70.00 beyond
		docs := r.bill(t, "2026-04-01", true)
		if len(docs) != 2 || docs[0].Net != 30000+7000 || docs[1].Net != 30000 {
			t.Errorf("%+v", docs)
		}
		r.sound(t)
	})
}

// Without a price nobody can say what was drawn: the agreement is not billed by half, and the sentence says what is missing.
func TestMoneyWithoutAPrice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d).settle(t)
		ben := r.technician(t)
		r.signed(t, r.retainer("Retainer", agreements.Money, "200", "1", ""))
		r.bill(t, "2026-03-01", true)
		r.hours(t, ben, remote, "2026-03-04", 60)
		if got := r.balances(t, "2026-03-10"); !slices.Equal(got, []string{"Retainer 200 of 200, 1 without a price"}) {
			t.Errorf("%q", got)
		}
		r.at("2026-04-01")
		if seen := r.previewed(t); len(seen) != 1 || !strings.Contains(seen[0].Failed, "Retainer has no price") {
			t.Fatalf("%+v", seen)
		}
		if docs := r.bill(t, "2026-04-01", true); len(docs) != 0 {
			t.Fatalf("%+v", docs)
		}
		r.rateCard(t, 24000)
		if docs := r.bill(t, "2026-04-02", true); len(docs) != 1 || docs[0].Net != 30000+4000 {
			t.Errorf("%+v", docs)
		}
		r.sound(t)
	})
}
