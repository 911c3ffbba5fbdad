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

func TestFormat(t *testing.T) {
	for _, c := range []struct {
		a    money.Amount
		want string
	}{
		{money.Amount{Minor: 123456, Currency: "EUR"}, "1234.56 EUR"},
		{money.Amount{Minor: -5, Currency: "USD"}, "-0.05 USD"},
		{money.Amount{Minor: 5, Currency: "JPY"}, "5 JPY"},
		{money.Amount{Minor: 5, Currency: "KWD"}, "0.005 KWD"},
		{money.Amount{}, "0.00"},
		{money.Amount{Minor: math.MinInt64, Currency: "EUR"}, "-92233720368547758.08 EUR"},
	} {
		if got := c.a.String(); got != c.want {
			t.Errorf("%+v: %s, want %s", c.a, got, c.want)
		}
	}
}

// roundHalfAway is the rule on exact numbers: half away from zero.
func roundHalfAway(r *big.Rat) *big.Int {
	two := big.NewRat(2, 1)
	x := new(big.Rat).Mul(r, two)
	if x.Sign() >= 0 {
		x.Add(x, big.NewRat(1, 1))
	} else {
		x.Sub(x, big.NewRat(1, 1))
	}
	return new(big.Int).Quo(x.Num(), new(big.Int).Mul(x.Denom(), big.NewInt(2)))
}

func rat(d money.Decimal) *big.Rat {
	return new(big.Rat).SetFrac(big.NewInt(d.Coef), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(d.Scale)), nil))
}

func TestMulAndRoundAreExact(t *testing.T) {
	decimal := rapid.Custom(func(t *rapid.T) money.Decimal {
		return money.Decimal{Coef: rapid.Int64().Draw(t, "coef"), Scale: uint8(rapid.IntRange(0, money.MaxScale).Draw(t, "scale"))}
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := decimal.Draw(t, "a"), decimal.Draw(t, "b")
		digits := rapid.IntRange(0, 9).Draw(t, "digits")
		scale := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil))
		check := func(name string, exact *big.Rat, got int64, err error) {
			want := roundHalfAway(new(big.Rat).Mul(exact, scale))
			switch {
			case errors.Is(err, money.ErrRange):
				if want.IsInt64() && want.Int64() != math.MinInt64 {
					t.Fatalf("%s refuses %s", name, want)
				}
			case err != nil || want.Cmp(big.NewInt(got)) != 0:
				t.Fatalf("%s: %d, %v; want %s", name, got, err, want)
			}
		}
		m, err := money.Mul(a, b, digits)
		check("mul", new(big.Rat).Mul(rat(a), rat(b)), m, err)
		r, err := a.Round(digits)
		check("round", rat(a), r, err)
	})
}

func TestAddRefusesToOverflow(t *testing.T) {
	if _, err := money.AddMinor(math.MaxInt64, 1); !errors.Is(err, money.ErrRange) {
		t.Error(err)
	}
	if _, err := money.AddMinor(math.MinInt64, -1); !errors.Is(err, money.ErrRange) {
		t.Error(err)
	}
	if _, err := (money.Amount{Minor: 1, Currency: "EUR"}).Add(money.Amount{Minor: 1, Currency: "USD"}); err == nil {
		t.Error("euros and dollars were added")
	}
}

func TestDecimalString(t *testing.T) {
	for want, d := range map[string]money.Decimal{
		"0": {}, "0.00": {0, 2}, "-0.01": {-1, 2}, "0.000000001": {1, 9}, "12.50": {1250, 2}, "-9223372036854775808": {math.MinInt64, 0},
		"-9223372036.854775808": {math.MinInt64, 9}, "1": {1, 0}, "0.9": {9, 1},
	} {
		if got := d.String(); got != want {
			t.Errorf("%d/%d is %q, want %q", d.Coef, d.Scale, got, want)
		}
	}
}
