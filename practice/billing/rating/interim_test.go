// SPDX-License-Identifier: Apache-2.0

package rating_test

import (
	"testing"

	"pgregory.net/rapid"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// What is used and billed by several runs within a period comes to what one run bills at its end: tiers, packages and the maximum go on
// counting, the minimum waits, and no run bills anything twice.
func TestInterimRunsComeToTheWhole(t *testing.T) {
	from := civil.MustDate(2025, 1, 31)
	rapid.Check(t, func(t *rapid.T) {
		price := drawPrice(t)
		if rapid.Bool().Draw(t, "maximum?") {
			d := money.Decimal{Coef: 99999 + rapid.Int64Range(0, 99999).Draw(t, "maximum")}
			price.Most = &d
		}
		terms := rating.Terms{ID: 1, From: from, Cycle: rating.Cycle{Anchor: from}, Arrears: true, Rule: rating.Sum, Price: price}
		l := &rating.Line{ID: 7, Terms: []rating.Terms{terms}, Last: from + civil.Date(rapid.IntRange(1, 100).Draw(t, "last"))}
		for i := range rapid.IntRange(0, 12).Draw(t, "facts") {
			l.Facts = append(l.Facts, rating.Fact{
				ID: ids.ID(i + 1), Day: from + civil.Date(rapid.IntRange(0, 100).Draw(t, "day")), Quantity: money.Decimal{Coef: rapid.Int64Range(0, 40).Draw(t, "used"), Scale: 1},
			})
		}
		end := l.Last + 1
		once, err := l.Due(nil, rating.Ask{Today: end, Since: civil.NoDate, Digits: 2})
		if err != nil {
			t.Fatal(err)
		}
		want, got := int64(0), int64(0)
		for _, e := range once {
			want += e.Amount
		}
		l.Terms[0].Interim = true
		if err := l.Check(); err != nil {
			t.Fatal(err)
		}
		var spans []rating.Span
		next, quantity := ids.ID(100), money.Exact{}
		for day := from; ; day += civil.Date(rapid.IntRange(0, 25).Draw(t, "next run")) {
			day = min(day, end)
			told := *l
			told.Facts = nil
			for _, f := range l.Facts {
				if f.Day <= day {
					told.Facts = append(told.Facts, f)
				}
			}
			for again := range 2 {
				due, err := told.Due(spans, rating.Ask{Today: day, Since: civil.NoDate, Digits: 2})
				if err != nil {
					t.Fatal(err)
				}
				if again == 1 && len(due) > 0 {
					t.Fatalf("twice on %s: %+v", day, due)
				}
				for _, e := range due {
					if e.Amount < 0 {
						t.Fatalf("taken back on %s: %+v", day, e)
					}
					next++
					e.ID = next
					got += e.Amount
					quantity = quantity.Plus(e.Quantity.Exact())
					spans = append(spans, e.Span)
				}
			}
			if day == end {
				break
			}
		}
		used, _ := rating.Used(l.Facts, rating.Period{From: from, To: end})
		if got != want {
			t.Fatalf("%d in steps, %d at once\n%+v", got, want, spans)
		}
		if want != 0 && price.Model != rating.Flat && quantity.Cmp(used) > 0 {
			t.Fatalf("%s billed of %s used", quantity, used)
		}
	})
	bad := rating.Terms{From: from, Interim: true, Price: rating.Price{Model: rating.PerUnit}}
	if bad.Check() == nil {
		t.Error("only use is billed before its period is over")
	}
}

// A published split: 12 used before, 10 after, over four tiers with a cap of 170.
func TestInterimSplit(t *testing.T) {
	from := civil.MustDate(2025, 1, 1)
	most := whole(170)
	price := rating.Price{Model: rating.Graduated, Most: &most, Tiers: []rating.Tier{
		{UpTo: whole(5), Flat: whole(100)}, {UpTo: whole(10), Flat: whole(50)}, {UpTo: whole(15), Unit: whole(5)}, {Open: true, Unit: whole(1)},
	}}
	l := &rating.Line{ID: 7, Last: civil.NoDate, Terms: []rating.Terms{{ID: 1, From: from, Cycle: rating.Cycle{Anchor: from}, Arrears: true, Rule: rating.Sum, Interim: true, Price: price}}}
	l.Facts = []rating.Fact{{ID: 1, Day: from + 3, Quantity: whole(12)}, {ID: 2, Day: from + 20, Quantity: whole(10)}}
	first, err := l.Due(nil, rating.Ask{Today: from + 9, Since: civil.NoDate, Digits: 2})
	if err != nil || len(first) != 1 || first[0].Amount != 16000 || first[0].Quantity != whole(12) || first[0].Period != (rating.Period{From: from, To: from + 10}) {
		t.Fatalf("%+v %v", first, err)
	}
	first[0].ID = 9
	second, err := l.Due([]rating.Span{first[0].Span}, rating.Ask{Today: from + 31, Since: civil.NoDate, Digits: 2})
	if err != nil || len(second) == 0 || second[0].Amount != 1000 || second[0].Quantity != whole(10) || second[0].Period != (rating.Period{From: from + 10, To: from + 31}) {
		t.Fatalf("%+v %v", second, err)
	}
}

// Packages within tiers: each tier counts those begun within it (graduated), or all units are packed by the tier they reach (volume).
func TestPackagesInTiers(t *testing.T) {
	tiers := []rating.Tier{{UpTo: whole(10_000), Unit: whole(1), Size: whole(1000)}, {Open: true, Unit: money.Decimal{Coef: 5, Scale: 1}, Size: whole(500)}}
	for _, c := range []struct {
		model rating.Model
		units int64
		want  string
	}{
		{rating.Volume, 4500, "5"}, {rating.Volume, 10_001, "10.5"}, {rating.Graduated, 4500, "5"}, {rating.Graduated, 10_501, "11"}, {rating.Graduated, 0, "0"},
	} {
		p := rating.Price{Model: c.model, Tiers: tiers}
		if got := p.Rate(money.Whole(c.units)).Net.String(); got != c.want {
			t.Errorf("%d units by model %d: %s, want %s", c.units, c.model, got, c.want)
		}
	}
	bad := rating.Price{Model: rating.Volume, Tiers: []rating.Tier{{Open: true, Size: whole(-1)}}}
	if bad.Check() == nil {
		t.Error("a package of less than nothing")
	}
}
