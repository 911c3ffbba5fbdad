// SPDX-License-Identifier: Apache-2.0

package rates_test

import (
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/worklog/rates"
)

const (
	harbour, kestrel        ids.ID = 101, 102
	remote, onsite, project ids.ID = 1, 2, 4
	ada, ben                ids.ID = 11, 12
)

// cards: the firm's of 2025 and 2026, and Harbour's of March 2026 with one price and one rule of its own.
func cards() []rates.Card {
	none := money.Decimal{Coef: rates.Unset}
	return []rates.Card{
		{ID: 1, From: civil.MustDate(2025, 1, 1), Name: "Standard", Currency: "EUR", Minor: 10000, Step: 15, MinEntry: 0, MinTicket: 0, ByTicket: 0, Factor: 150, Km: none},
		{
			ID: 2, From: civil.MustDate(2026, 1, 1), Name: "Standard", Currency: "EUR", Minor: 12000, Step: 15, MinEntry: 15, MinTicket: 30, ByTicket: 0, Factor: 150, Km: money.Decimal{Coef: 42, Scale: 2},
			Prices: []rates.Price{{Type: onsite, Minor: 14000}, {Type: onsite, Person: ada, Minor: 18000}, {Person: ben, Minor: 9000}},
		},
		{
			ID: 3, Client: harbour, From: civil.MustDate(2026, 3, 1), Name: "Harbour", Currency: "EUR", Minor: rates.Unset, Step: 5, MinEntry: rates.Unset, MinTicket: 0, ByTicket: rates.Unset, Factor: rates.Unset, Km: none,
			Prices: []rates.Price{{Type: project, Minor: 11000}},
		},
		{ID: 4, Client: kestrel, From: civil.MustDate(2026, 1, 1), Name: "Kestrel", Currency: "CHF", Minor: rates.Unset, Step: rates.Unset, MinEntry: rates.Unset, MinTicket: rates.Unset, ByTicket: rates.Unset, Factor: rates.Unset, Km: none},
	}
}

func TestFind(t *testing.T) {
	d := civil.MustDate
	for _, c := range []struct {
		what  string
		ask   rates.Ask
		card  ids.ID
		minor int64
		step  int
		least int
		pct   int
	}{
		{"before any card", rates.Ask{Type: remote, Day: d(2024, 12, 31)}, 0, 0, 1, 0, 100},
		{"first day of a card", rates.Ask{Type: remote, Day: d(2025, 1, 1)}, 1, 10000, 15, 0, 100},
		{"last day of a card", rates.Ask{Type: onsite, Day: d(2025, 12, 31)}, 1, 10000, 15, 0, 100},
		{"the newer card", rates.Ask{Type: remote, Day: d(2026, 1, 1)}, 2, 12000, 15, 15, 100},
		{"by work type", rates.Ask{Type: onsite, Day: d(2026, 2, 1)}, 2, 14000, 15, 15, 100},
		{"by work type and person", rates.Ask{Type: onsite, Person: ada, Day: d(2026, 2, 1)}, 2, 18000, 15, 15, 100},
		{"by person", rates.Ask{Type: remote, Person: ben, Day: d(2026, 2, 1)}, 2, 9000, 15, 15, 100},
		{"the type comes before the person", rates.Ask{Type: onsite, Person: ben, Day: d(2026, 2, 1)}, 2, 14000, 15, 15, 100},
		{"out of hours", rates.Ask{Type: remote, Day: d(2026, 2, 1), After: true}, 2, 12000, 15, 15, 150},
		{"a client before its own card", rates.Ask{Client: harbour, Type: project, Day: d(2026, 2, 28)}, 2, 12000, 15, 15, 100},
		{"the client's price and step, the firm's minimum", rates.Ask{Client: harbour, Type: project, Day: d(2026, 3, 1)}, 3, 11000, 5, 15, 100},
		{"a type that the client's card lacks", rates.Ask{Client: harbour, Type: onsite, Day: d(2026, 3, 1)}, 2, 14000, 5, 15, 100},
		{"the firm's factor for the client", rates.Ask{Client: harbour, Type: project, Day: d(2026, 3, 1), After: true}, 3, 11000, 5, 15, 150},
		{"never another currency", rates.Ask{Client: kestrel, Type: remote, Day: d(2026, 3, 1)}, 0, 0, 15, 15, 100},
	} {
		got := rates.Find(cards(), c.ask)
		if got.Card != c.card || got.Found != (c.card != 0) || got.Minor != c.minor || got.Step != c.step || got.MinEntry != c.least || got.Factor != c.pct {
			t.Errorf("%s: %+v", c.what, got)
		}
	}
	if k := rates.Kilometre(cards(), harbour, d(2026, 3, 1)); k == nil || k.ID != 2 {
		t.Errorf("a kilometre by %+v", k)
	}
	if k := rates.Kilometre(cards(), kestrel, d(2026, 3, 1)); k != nil {
		t.Errorf("a kilometre in another currency by %+v", k)
	}
	if k := rates.Kilometre(cards(), harbour, d(2025, 3, 1)); k != nil {
		t.Errorf("a kilometre by %+v", k)
	}
}

// 1:07 h at 120.00 in steps of 15 minutes: 75 minutes, 150.00. The other amounts are worked out in the comments.
func TestAmount(t *testing.T) {
	r := rates.Rule{Step: 15}
	if own := r.Own(67); own != 75 {
		t.Errorf("67 minutes are %d", own)
	}
	for _, c := range []struct {
		minutes int
		minor   int64
		factor  int
		want    int64
	}{
		{75, 12000, 100, 15000},
		{15, 12000, 150, 4500},
		{1, 12000, 100, 200},
		{1, 9999, 100, 167},   // 166.65
		{1, 9990, 100, 167},   // 166.5: half away from zero
		{1, 9989, 100, 166},   // 166.483…
		{20, 9500, 125, 3958}, // 20/60 × 118.75 = 39.5833…
		{0, 12000, 100, 0},
		{rates.MaxMinutes, rates.MaxPrice, rates.MaxFactor, 16666666666667}, // 100,000 h÷60 × 10⁹ × 10
	} {
		if got, err := rates.Amount(c.minutes, c.minor, c.factor); err != nil || got != c.want {
			t.Errorf("%d min × %d × %d %%: %d, %v; want %d", c.minutes, c.minor, c.factor, got, err, c.want)
		}
	}
	for _, bad := range [][3]int64{{-1, 1, 1}, {1, -1, 1}, {1, 1, -1}, {rates.MaxMinutes + 1, 1, 1}, {1, rates.MaxPrice + 1, 1}, {1, 1, rates.MaxFactor + 1}} {
		if _, err := rates.Amount(int(bad[0]), bad[1], int(bad[2])); err == nil {
			t.Errorf("%v is taken", bad)
		}
	}
}

func TestSpread(t *testing.T) {
	entry := rates.Rule{Step: 15, MinEntry: 15}
	least := rates.Rule{Step: 15, MinTicket: 60}
	whole := rates.Rule{Step: 30, ByTicket: true, MinTicket: 30}
	part := func(r rates.Rule, minutes int) rates.Part { return rates.Part{Minutes: minutes, Rule: r} }
	fixed := func(r rates.Rule, minutes, billed int) rates.Part {
		return rates.Part{Minutes: minutes, Rule: r, Billed: billed, Fixed: true}
	}
	for _, c := range []struct {
		what  string
		parts []rates.Part
		want  []int
	}{
		{"each entry by itself", []rates.Part{part(entry, 5), part(entry, 16), part(entry, 30)}, []int{15, 30, 30}},
		{"the minimum lies on the first", []rates.Part{part(least, 10), part(least, 10), part(least, 20)}, []int{60, 0, 0}},
		{"beyond the minimum", []rates.Part{part(least, 10), part(least, 50), part(least, 5)}, []int{60, 15, 15}}, // 15, 15+60=75, 90
		{"the whole ticket is rounded", []rates.Part{part(whole, 10), part(whole, 10), part(whole, 15)}, []int{30, 0, 30}},
		{"what is billed counts", []rates.Part{fixed(least, 10, 60), part(least, 30), part(least, 20)}, []int{60, 0, 15}}, // 15+30=45; +30=75
		{"a billed entry that came later", []rates.Part{part(least, 30), fixed(least, 10, 60)}, []int{0, 60}},
	} {
		if got := rates.Spread(c.parts); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.what, got, c.want)
		}
	}
}

func TestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rates.Rule{
			Step: rapid.IntRange(1, 60).Draw(t, "step"), MinEntry: rapid.IntRange(0, 60).Draw(t, "minEntry"), MinTicket: rapid.IntRange(0, 180).Draw(t, "minTicket"),
			ByTicket: rapid.Bool().Draw(t, "byTicket"),
		}
		minutes := rapid.SliceOfN(rapid.IntRange(1, 600), 1, 12).Draw(t, "minutes")
		worked, own := 0, 0
		var parts []rates.Part
		for _, m := range minutes {
			parts = append(parts, rates.Part{Minutes: m, Rule: r})
			worked += m
			o := r.Own(m)
			own += o
			if o < m || o < r.MinEntry || o >= max(m, r.MinEntry)+r.Step || !r.ByTicket && o%r.Step != 0 {
				t.Fatalf("%d minutes are %d", m, o)
			}
		}
		sum := 0
		for _, b := range rates.Spread(parts) {
			if b < 0 {
				t.Fatalf("%v", rates.Spread(parts))
			}
			sum += b
		}
		if sum < worked || sum < r.MinTicket || sum >= max(own, r.MinTicket)+r.Step || !r.ByTicket && sum != max(own, r.MinTicket) {
			t.Fatalf("%d minutes worked, %d charged by %+v", worked, sum, r)
		}
		// Whatever the order of the work, the ticket costs the same; and it costs the same when it is billed half way.
		turned := slices.Clone(parts)
		slices.Reverse(turned)
		again := 0
		for _, b := range rates.Spread(turned) {
			again += b
		}
		half := slices.Clone(parts)
		first := rates.Spread(parts[:len(parts)/2])
		for i, b := range first {
			half[i].Fixed, half[i].Billed = true, b
		}
		billed := 0
		for _, b := range rates.Spread(half) {
			billed += b
		}
		if again != sum || billed != sum {
			t.Fatalf("%d in order, %d turned, %d billed half way", sum, again, billed)
		}

		price, factor := rapid.Int64Range(0, rates.MaxPrice).Draw(t, "price"), rapid.IntRange(0, rates.MaxFactor).Draw(t, "factor")
		got, err := rates.Amount(sum, price, factor)
		exact := new(big.Rat).SetFrac(new(big.Int).Mul(big.NewInt(int64(sum)*int64(factor)), big.NewInt(price)), big.NewInt(6000))
		off := new(big.Rat).Sub(new(big.Rat).SetInt64(got), exact)
		if err != nil || off.Cmp(big.NewRat(1, 2)) > 0 || off.Cmp(big.NewRat(-1, 2)) <= 0 {
			t.Fatalf("%d min × %d × %d %%: %d, %v", sum, price, factor, got, err)
		}
	})
	rapid.Check(t, func(t *rapid.T) { // the price found is one of a card of that client or the firm, valid that day, and no newer one is
		all := cards()
		ask := rates.Ask{
			Client: rapid.SampledFrom([]ids.ID{0, harbour, kestrel}).Draw(t, "client"), Type: rapid.SampledFrom([]ids.ID{remote, onsite, project}).Draw(t, "type"),
			Person: rapid.SampledFrom([]ids.ID{ada, ben}).Draw(t, "person"), Day: civil.MustDate(2024, 6, 1) + civil.Date(rapid.IntRange(0, 900).Draw(t, "day")),
		}
		got := rates.Find(all, ask)
		slices.Reverse(all)
		turned := rates.Find(all, ask)
		if got != turned || got.Found && got.From > ask.Day {
			t.Fatalf("%+v, %+v", got, turned)
		}
	})
}
