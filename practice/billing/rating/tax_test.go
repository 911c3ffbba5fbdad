// SPDX-License-Identifier: Apache-2.0

package rating_test

import (
	"math/big"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"mainstay/kit/fault"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

func vat(percent string) []rating.Rate {
	return []rating.Rate{{Code: "vat", Category: rating.Standard, Percent: dec(percent)}}
}

func TestTotalsByHand(t *testing.T) {
	three := []rating.Item{{Minor: 3, Taxes: vat("19")}, {Minor: 3, Taxes: vat("19.0")}, {Minor: 3, Taxes: vat("19")}}
	for _, c := range []struct {
		what            string
		doc             rating.Document
		net, tax, gross int64
		groups          int
	}{
		{"nothing", rating.Document{}, 0, 0, 0, 0},
		{"by category: 19 % of 0.09 is 0.0171", rating.Document{Lines: three}, 9, 2, 11, 1},
		{"by line: 19 % of 0.03 is 0.0057, three times", rating.Document{Lines: three, Rounding: rating.ByLine}, 9, 3, 12, 1},
		{"a credit is the mirror of its invoice", rating.Document{Lines: []rating.Item{{Minor: -250, Taxes: vat("25")}}}, -250, -63, -313, 1}, // −62.5
		{"reverse charge beside a domestic line", rating.Document{Lines: []rating.Item{
			{Minor: 1000, Taxes: []rating.Rate{{Code: "rc", Category: rating.Reverse}}}, {Minor: 1000, Taxes: vat("7")},
		}}, 2000, 70, 2070, 2},
		{"tax within: 19/119 of 1.00", rating.Document{Lines: []rating.Item{{Minor: 100, Taxes: vat("19")}}, Inclusive: true}, 84, 16, 100, 1},
		{"two taxes on one line", rating.Document{Lines: []rating.Item{{Minor: 1000, Taxes: []rating.Rate{
			{Code: "state", Category: rating.Standard, Percent: dec("6.25")}, {Code: "city", Category: rating.Standard, Percent: dec("1.125")},
		}}}}, 1000, 74, 1074, 2}, // 62.5 → 63, 11.25 → 11
	} {
		got, err := c.doc.Total()
		if err != nil || got.Net != c.net || got.Tax != c.tax || got.Gross != c.gross || len(got.Groups) != c.groups {
			t.Errorf("%s: %+v, %v", c.what, got, err)
		}
	}
	for what, bad := range map[string][]rating.Rate{
		"reverse charge with a tax": {{Category: rating.Reverse, Percent: dec("19")}},
		"no such category":          {{Category: "X"}},
		"above 100":                 {{Category: rating.Standard, Percent: dec("101")}},
	} {
		doc := rating.Document{Lines: []rating.Item{{Minor: 1, Taxes: bad}}}
		if _, err := doc.Total(); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	doc := rating.Document{Lines: []rating.Item{{Minor: 1 << 62}, {Minor: 1 << 62}}}
	if _, err := doc.Total(); !fault.Is(err, fault.Invalid) {
		t.Errorf("a sum beyond 64 bits: %v", err)
	}
}

func TestRatesByDay(t *testing.T) { // Germany, second half of 2020
	rates := []rating.Dated{{d("2007-01-01"), vat("19")[0]}, {d("2020-07-01"), vat("16")[0]}, {d("2021-01-01"), vat("19")[0]}}
	for day, want := range map[string]string{"2006-12-31": "", "2020-06-30": "19", "2020-07-01": "16", "2020-12-31": "16", "2021-01-01": "19"} {
		r, ok := rating.RateOn(rates, "vat", d(day))
		if ok != (want != "") || ok && r.Percent.String() != want {
			t.Errorf("%s: %+v", day, r)
		}
	}
}

// Totals agree with math/big and with the sums that EN 16931 demands.
func TestTotalsAreExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rates := [][]rating.Rate{vat("19"), vat("7"), vat("8.375"), {{Category: rating.Zero}}, nil}
		item := rapid.Custom(func(t *rapid.T) rating.Item {
			return rating.Item{Minor: rapid.Int64Range(-100_000, 1_000_000).Draw(t, "minor"), Taxes: rapid.SampledFrom(rates).Draw(t, "rate")}
		})
		doc := rating.Document{
			Lines: rapid.SliceOfN(item, 0, 8).Draw(t, "lines"), Allowances: rapid.SliceOfN(item, 0, 2).Draw(t, "allowances"), Charges: rapid.SliceOfN(item, 0, 2).Draw(t, "charges"),
			Prepaid: rapid.Int64Range(0, 1000).Draw(t, "prepaid"),
		}
		got, err := doc.Total()
		if err != nil {
			t.Fatal(err)
		}
		base, tax := int64(0), int64(0)
		for _, g := range got.Groups {
			base, tax = base+g.Base, tax+g.Tax
			x := new(big.Rat).Mul(big.NewRat(g.Base, 100), g.Percent.Exact().Rat())
			want := halfAway(new(big.Rat).Abs(x))
			if x.Sign() < 0 {
				want = -want
			}
			if g.Tax != want {
				t.Fatalf("%+v: want %d", g, want)
			}
		}
		if base != got.Net || tax != got.Tax || got.Net != got.Lines-got.Allowances+got.Charges || got.Gross != got.Net+got.Tax || got.Payable != got.Gross-doc.Prepaid {
			t.Fatalf("%+v", got)
		}
	})
}

// A discount is shared without a cent lost, and no share is further than a cent from its exact part.
func TestSpread(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		amount := rapid.Int64Range(0, 1_000_000).Draw(t, "amount")
		weights := rapid.SliceOfN(rapid.Int64Range(0, 1_000_000), 1, 9).Draw(t, "weights")
		shares, err := rating.Spread(amount, weights)
		if err != nil {
			t.Fatal(err)
		}
		sum, all := int64(0), int64(0)
		for i := range weights {
			sum, all = sum+shares[i], all+weights[i]
		}
		if sum != amount {
			t.Fatalf("%d of %d", sum, amount)
		}
		for i := range weights {
			if all == 0 {
				break
			}
			off := new(big.Rat).Sub(big.NewRat(shares[i], 1), new(big.Rat).Mul(big.NewRat(amount, all), big.NewRat(weights[i], 1)))
			if off.Abs(off).Cmp(big.NewRat(1, 1)) > 0 {
				t.Fatalf("%v of %v", shares, weights)
			}
		}
	})
	if _, err := rating.Spread(10, []int64{5, -5}); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
	if _, err := rating.Spread(10, nil); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

// The amount of one line against math/big, at any size.
func TestAmountIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := func(name string) money.Decimal {
			return money.Decimal{Coef: rapid.OneOf(rapid.Int64Range(0, 1e6), rapid.Int64Range(0, 1<<62)).Draw(t, name), Scale: uint8(rapid.IntRange(0, 9).Draw(t, name+" scale"))}
		}
		unit, q := number("unit"), number("quantity")
		num, den := rapid.Int64Range(0, 1000).Draw(t, "days"), rapid.Int64Range(1, 1000).Draw(t, "of")
		digits := rapid.IntRange(0, 3).Draw(t, "digits")
		want := new(big.Rat).Mul(unit.Exact().Rat(), q.Exact().Rat())
		want.Mul(want, big.NewRat(num, den)).Mul(want, big.NewRat([]int64{1, 10, 100, 1000}[digits], 1))
		rounded := new(big.Rat).Add(want, big.NewRat(1, 2))
		whole := new(big.Int).Quo(rounded.Num(), rounded.Denom())
		got, err := rating.Amount(unit, q, money.Fraction(num, den), digits)
		if whole.IsInt64() && (err != nil || got != whole.Int64()) || !whole.IsInt64() && !fault.Is(err, fault.Invalid) {
			t.Fatalf("%d, %v; want %s", got, err, whole)
		}
	})
}

// Amounts may contain several taxes: each is its part of the whole, and the base is what is left without all of them.
func TestSeveralTaxesWithin(t *testing.T) {
	state, city := rating.Rate{Code: "state", Category: rating.Standard, Percent: whole(10)}, rating.Rate{Code: "city", Category: rating.Standard, Percent: whole(5)}
	for _, rounding := range []rating.Rounding{rating.ByCategory, rating.ByLine} {
		d := rating.Document{Inclusive: true, Rounding: rounding, Lines: []rating.Item{
			{Minor: 10000, Taxes: []rating.Rate{state, city}}, {Minor: 10000, Taxes: []rating.Rate{city, state}}, {Minor: 11000, Taxes: []rating.Rate{state}},
		}}
		got, err := d.Total()
		if err != nil || got.Gross != 31000 || got.Net+got.Tax != 31000 {
			t.Fatalf("%+v %v", got, err)
		}
		// 200 × 10 ÷ 115 = 17.391, 200 × 5 ÷ 115 = 8.696; by line 8.696 and 4.348 twice each.
		within, city := int64(1739), int64(870)
		if rounding == rating.ByLine {
			within, city = 1740, 870
		}
		base := 20000 - within - city
		want := []rating.Group{{Rate: state, Base: base + 10000, Tax: within + 1000}, {Rate: got.Groups[1].Rate, Base: base, Tax: city}}
		if !slices.Equal(got.Groups, want) || got.Groups[1].Code != "city" || got.Net != base+10000 {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}
