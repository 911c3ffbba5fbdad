// SPDX-License-Identifier: Apache-2.0

package money_test

import (
	"errors"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"mainstay/kit/money"
)

// The reckoning of random terms of prices, quantities and shares agrees with math/big at every size, and is refused exactly
// where the result does not fit.
func TestExactAgreesWithBig(t *testing.T) {
	number := rapid.Custom(func(t *rapid.T) money.Exact {
		coef := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-1_000_000, 1_000_000)).Draw(t, "coef")
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			return money.Decimal{Coef: coef, Scale: uint8(rapid.IntRange(0, money.MaxScale).Draw(t, "scale"))}.Exact()
		case 1:
			return money.Fraction(coef, rapid.OneOf(rapid.Int64(), rapid.Int64Range(-400, 400)).Draw(t, "den"))
		}
		return money.Whole(coef)
	})
	rapid.Check(t, func(t *rapid.T) {
		x := number.Draw(t, "x")
		want := x.Rat()
		for range rapid.IntRange(0, 5).Draw(t, "steps") {
			y := number.Draw(t, "y")
			switch op := rapid.IntRange(0, 3).Draw(t, "op"); op {
			case 0:
				x, want = x.Plus(y), new(big.Rat).Add(want, y.Rat())
			case 1:
				x, want = x.Minus(y), new(big.Rat).Sub(want, y.Rat())
			case 2:
				x, want = x.Times(y), new(big.Rat).Mul(want, y.Rat())
			case 3:
				x = x.Over(y)
				if y.Sign() == 0 {
					want = new(big.Rat)
				} else {
					want = new(big.Rat).Quo(want, y.Rat())
				}
			}
			if x.Rat().Cmp(want) != 0 || x.Sign() != want.Sign() || x.Cmp(y) != want.Cmp(y.Rat()) {
				t.Fatalf("%s, want %s", x, want)
			}
		}
		digits := rapid.IntRange(0, money.MaxScale).Draw(t, "digits")
		scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil))
		exact := roundHalfAway(new(big.Rat).Mul(want, scale))
		got, err := x.Round(digits)
		switch {
		case errors.Is(err, money.ErrRange):
			if exact.IsInt64() && exact.Int64() != math.MinInt64 {
				t.Fatalf("%s refused", exact)
			}
		case err != nil || exact.Cmp(big.NewInt(got)) != 0:
			t.Fatalf("%d, %v; want %s", got, err, exact)
		}
		if c, err := x.Ceil(); err == nil {
			if r := new(big.Rat).SetInt64(c); r.Cmp(want) < 0 || new(big.Rat).Sub(r, want).Cmp(big.NewRat(1, 1)) >= 0 {
				t.Fatalf("ceil %d of %s", c, want)
			}
		}
	})
}

func TestExactByHand(t *testing.T) {
	price := money.Decimal{Coef: 24995, Scale: 2}.Exact()
	for _, c := range []struct {
		x    money.Exact
		want int64
		text string
	}{
		{price.Times(money.Fraction(14, 31)), 11288, "34993/310"}, // 112.88064…
		{price.Times(money.Fraction(27, 31)).Neg(), -21770, "-134973/620"},
		{money.Fraction(1, 8).Neg(), -13, "-0.125"}, // half away from zero
		{money.Fraction(7, 31).Plus(money.Whole(1)).Plus(money.Fraction(3, 31)), 132, "41/31"},
		{money.Fraction(5, 0), 0, "0"},
		{money.Minor(5, 3), 1, "0.005"},
	} {
		if got, err := c.x.Round(2); got != c.want || err != nil || c.x.String() != c.text {
			t.Errorf("%s: %d, %v; want %s, %d", c.x, got, err, c.text, c.want)
		}
	}
	if n := testing.AllocsPerRun(100, func() { _, _ = price.Times(money.Fraction(14, 31)).Plus(price).Round(2) }); n != 0 {
		t.Errorf("%v allocations for an everyday amount", n)
	}
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"0.00880", "0.00880"},
		{"-12", "-12"},
		{"16000", "16000"},
		{"1.123456789", "1.123456789"},
		{"1.1234567890", ""},
		{"", ""},
		{"-", ""},
		{".5", ""},
		{"5.", ""},
		{"1e3", ""},
		{"+1", ""},
		{"1,5", ""},
		{"99999999999999999999", ""},
	} {
		d, err := money.ParseDecimal(c.in)
		if (err != nil) != (c.want == "") || err == nil && d.String() != c.want {
			t.Errorf("%q: %s, %v", c.in, d, err)
		}
	}
	for _, c := range []struct{ in, want string }{
		{"17.9699999999999988631316", "17.97"},
		{"-0.005", "-0.01"},
		{"0.00499999999999999", "0.00"},
		{"3", "3.00"},
		{"1/3", ""},
		{"1e9", ""},
		{"99999999999999999999", ""},
	} {
		d, err := money.ParseRounded(c.in, 2)
		if (err != nil) != (c.want == "") || err == nil && d.String() != c.want {
			t.Errorf("%q: %s, %v", c.in, d, err)
		}
	}
}
