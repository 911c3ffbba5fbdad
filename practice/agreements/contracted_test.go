// SPDX-License-Identifier: Apache-2.0

package agreements_test

import (
	"testing"

	"mainstay/kit/civil"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/rating"
)

// What an agreement comes to in a month, worked out by hand: from 16 April ten users at 30.00, fourteen from 11 May, at 35.00 from
// 1 June, gone after 10 July; 120.00 a year for a certificate.
func TestContractedByHand(t *testing.T) {
	users := agreements.Line{Line: rating.Line{
		Last: day("2026-07-10"),
		Terms: []rating.Terms{
			{From: day("2026-04-16"), Cycle: rating.Cycle{Anchor: day("2026-04-01"), Unit: rating.Month, Every: 1}, Price: rating.Price{Model: rating.PerUnit, Unit: num("30")}},
			{From: day("2026-06-01"), Cycle: rating.Cycle{Anchor: day("2026-04-01"), Unit: rating.Month, Every: 1}, Price: rating.Price{Model: rating.PerUnit, Unit: num("35")}},
		},
		Facts: []rating.Fact{{ID: 1, Day: day("2026-04-16"), Quantity: num("10")}, {ID: 2, Day: day("2026-05-11"), Quantity: num("14")}},
	}}
	certificate := agreements.Line{Line: rating.Line{Last: day("2026-07-10"), Terms: []rating.Terms{{From: day("2026-04-16"), Cycle: rating.Cycle{Anchor: day("2026-04-01"), Unit: rating.Year, Every: 1}, Price: rating.Price{Model: rating.Flat, Unit: num("120")}}}}}
	setup := agreements.Line{Line: rating.Line{Last: day("2026-07-10"), Terms: []rating.Terms{{From: day("2026-04-16"), Once: true, Price: rating.Price{Model: rating.Flat, Unit: num("500")}}}}}
	a := &agreements.Agreement{State: agreements.Active, Head: agreements.Head{Currency: "EUR", Starts: day("2026-04-16"), Ends: day("2026-07-10")}}
	for _, x := range []struct {
		month             civil.Month
		users, cert, once int64
	}{
		{civil.NewMonth(2026, 3), 0, 0, 0},
		{civil.NewMonth(2026, 4), 15000, 500, 0},  // 15 of 30 days: of 300.00 and of 10.00
		{civil.NewMonth(2026, 5), 38129, 1000, 0}, // 10 of 31 days 300.00, 21 of 31 days 420.00: 96.7742 + 284.5161
		{civil.NewMonth(2026, 6), 49000, 1000, 0}, // 14 × 35.00
		{civil.NewMonth(2026, 7), 15806, 323, 0},  // 10 of 31 days: 158.0645 and 3.2258
		{civil.NewMonth(2026, 8), 0, 0, 0},
	} {
		for i, c := range []struct {
			line *agreements.Line
			want int64
		}{{&users, x.users}, {&certificate, x.cert}, {&setup, x.once}} {
			if got, err := a.Contracted(c.line, x.month); err != nil || got != c.want {
				t.Errorf("%s, line %d: %d, want %d (%v)", x.month, i, got, c.want, err)
			}
		}
	}
	if !users.Recurs() || !certificate.Recurs() || setup.Recurs() {
		t.Error("what recurs is told wrongly")
	}
	if end := a.Bound(day("2026-05-01")); end != day("2026-07-11") {
		t.Errorf("bound until %s", end)
	}
}
