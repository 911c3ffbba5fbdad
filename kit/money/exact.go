// SPDX-License-Identifier: Apache-2.0

package money

import (
	"math/big"
	"math/bits"
)

// Exact is an exact rational number: a unit price times a quantity times a share of a period, before its one rounding. Its
// operations neither round nor fail; [Exact.Round] does both, once. Numbers that fit 128 bits, a scale and a 64-bit
// denominator are reckoned without allocating; larger ones fall back to math/big. The zero value is 0.
//
// Two equal numbers may differ as Go values: compare with [Exact.Cmp].
type Exact struct {
	hi, lo uint64 // magnitude of the numerator
	neg    bool
	scale  uint8    // decimal places of the numerator
	over   uint64   // denominator − 1, so that the zero value is 0/1
	big    *big.Rat // the value where the fields above cannot hold it; never changed once set
}

// maxExactScale is the largest scale of the quick form; pow10 reaches half of it.
const maxExactScale = 36

// Exact returns d as an exact number.
func (d Decimal) Exact() Exact {
	return Exact{lo: abs(d.Coef), neg: d.Coef < 0, scale: d.Scale}
}

// Whole returns the whole number n.
func Whole(n int64) Exact { return Decimal{Coef: n}.Exact() }

// Minor returns minor units of a currency with digits decimal places, 0–9, as an exact number.
func Minor(minor int64, digits int) Exact {
	return Decimal{Coef: minor, Scale: uint8(digits)}.Exact()
}

// Fraction returns num ÷ den; a den of zero gives 0, because a share of nothing is nothing.
func Fraction(num, den int64) Exact {
	if den == 0 {
		return Exact{}
	}
	return Exact{lo: abs(num), neg: (num < 0) != (den < 0), over: abs(den) - 1}.reduced()
}

// Sign is −1, 0 or 1.
func (x Exact) Sign() int {
	switch {
	case x.big != nil:
		return x.big.Sign()
	case x.hi|x.lo == 0:
		return 0
	case x.neg:
		return -1
	}
	return 1
}

// Neg returns −x.
func (x Exact) Neg() Exact {
	if x.big != nil {
		return Exact{big: new(big.Rat).Neg(x.big)}
	}
	x.neg = !x.neg
	return x
}

// Plus returns x + y.
func (x Exact) Plus(y Exact) Exact {
	if z, ok := plus(x, y); ok {
		return z
	}
	return Exact{big: new(big.Rat).Add(x.Rat(), y.Rat())}
}

// Minus returns x − y.
func (x Exact) Minus(y Exact) Exact { return x.Plus(y.Neg()) }

// Times returns x × y.
func (x Exact) Times(y Exact) Exact {
	if z, ok := times(x, y); ok {
		return z
	}
	return Exact{big: new(big.Rat).Mul(x.Rat(), y.Rat())}
}

// Over returns x ÷ y; dividing by zero gives 0, as in [Fraction].
func (x Exact) Over(y Exact) Exact {
	if y.Sign() == 0 {
		return Exact{}
	}
	return x.Times(Exact{big: new(big.Rat).Inv(y.Rat())})
}

// Cmp is −1 where x < y, 0 where they are equal, 1 where x > y.
func (x Exact) Cmp(y Exact) int { return x.Minus(y).Sign() }

// Round returns x in units of 10^−digits (0–9), rounded once, half away from zero. [ErrRange] where that does not fit.
func (x Exact) Round(digits int) (int64, error) {
	if n, neg, div, ok := x.units(digits); ok {
		return divRound(n[0], n[1], div, neg)
	}
	r := new(big.Rat).Mul(x.Rat(), new(big.Rat).SetInt64(int64(pow10[digits])))
	twice := new(big.Int).Lsh(new(big.Int).Abs(r.Num()), 1)
	q := twice.Add(twice, r.Denom())
	q.Quo(q, new(big.Int).Lsh(r.Denom(), 1))
	if r.Sign() < 0 {
		q.Neg(q)
	}
	if !q.IsInt64() {
		return 0, ErrRange
	}
	return q.Int64(), nil
}

// Ceil returns the smallest whole number that is not below x. [ErrRange] where it does not fit.
func (x Exact) Ceil() (int64, error) {
	r := x.Rat()
	q, m := new(big.Int).DivMod(r.Num(), r.Denom(), new(big.Int))
	if m.Sign() != 0 {
		q.Add(q, big.NewInt(1))
	}
	if !q.IsInt64() {
		return 0, ErrRange
	}
	return q.Int64(), nil
}

// Rat returns a copy as a rational of math/big.
func (x Exact) Rat() *big.Rat {
	if x.big != nil {
		return new(big.Rat).Set(x.big)
	}
	num := new(big.Int).SetUint64(x.hi)
	num.Lsh(num, 64).Or(num, new(big.Int).SetUint64(x.lo))
	if x.neg {
		num.Neg(num)
	}
	den := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(x.scale)), nil)
	den.Mul(den, new(big.Int).Add(new(big.Int).SetUint64(x.over), big.NewInt(1)))
	return new(big.Rat).SetFrac(num, den)
}

// String writes a whole number or decimal as such where x has at most 9 decimal places, else a fraction: "2.5", "7/31".
func (x Exact) String() string {
	r := x.Rat()
	for digits := range MaxScale + 1 {
		scaled := new(big.Rat).Mul(r, new(big.Rat).SetInt64(int64(pow10[digits])))
		if scaled.IsInt() {
			return r.FloatString(digits)
		}
	}
	return r.String()
}

// units returns |x| × 10^digits as a 128-bit numerator over a 64-bit divisor.
func (x Exact) units(digits int) (n [2]uint64, neg bool, div uint64, ok bool) {
	if x.big != nil || x.over+1 == 0 {
		return n, false, 0, false
	}
	n, div = [2]uint64{x.hi, x.lo}, x.over+1
	drop := int(x.scale) - digits
	if drop <= 0 {
		n, ok = mul128(n, pow10[-drop])
		return n, x.neg, div, ok
	}
	if drop >= len(pow10) {
		return n, false, 0, false
	}
	hi, lo := bits.Mul64(div, pow10[drop])
	return n, x.neg, lo, hi == 0
}

// reduced removes what numerator and denominator have in common.
func (x Exact) reduced() Exact {
	den := x.over + 1
	if den <= 1 {
		return x
	}
	if x.hi|x.lo == 0 {
		return Exact{}
	}
	g := gcd(bits.Rem64(x.hi, x.lo, den), den)
	if g > 1 {
		q := x.hi / g
		x.lo, _ = bits.Div64(x.hi%g, x.lo, g)
		x.hi, x.over = q, den/g-1
	}
	return x
}

func times(x, y Exact) (z Exact, ok bool) {
	if x.big != nil || y.big != nil || x.hi != 0 && y.hi != 0 || int(x.scale)+int(y.scale) > maxExactScale {
		return z, false
	}
	if x.hi != 0 {
		x, y = y, x
	}
	// Reducing crosswise first keeps the products small.
	a, b := Exact{lo: x.lo, over: y.over}.reduced(), Exact{hi: y.hi, lo: y.lo, over: x.over}.reduced()
	n, ok := mul128([2]uint64{b.hi, b.lo}, a.lo)
	hi, den := bits.Mul64(a.over+1, b.over+1)
	if !ok || hi != 0 || den == 0 {
		return z, false
	}
	return Exact{hi: n[0], lo: n[1], neg: x.neg != y.neg, scale: x.scale + y.scale, over: den - 1}, true
}

func plus(x, y Exact) (z Exact, ok bool) {
	if x.big != nil || y.big != nil {
		return z, false
	}
	a, b := [2]uint64{x.hi, x.lo}, [2]uint64{y.hi, y.lo}
	scale := max(x.scale, y.scale)
	if int(scale-min(x.scale, y.scale)) >= len(pow10) {
		return z, false
	}
	dx, dy := x.over+1, y.over+1
	if dx == 0 || dy == 0 {
		return z, false
	}
	g := gcd(dx, dy)
	hi, den := bits.Mul64(dx, dy/g)
	var okA, okB, okA2, okB2 bool
	a, okA = mul128(a, pow10[scale-x.scale])
	a, okA2 = mul128(a, dy/g)
	b, okB = mul128(b, pow10[scale-y.scale])
	b, okB2 = mul128(b, dx/g)
	if hi != 0 || !okA || !okA2 || !okB || !okB2 {
		return z, false
	}
	z = Exact{neg: x.neg, scale: scale, over: den - 1}
	var carry uint64
	switch {
	case x.neg == y.neg:
		z.lo, carry = bits.Add64(a[1], b[1], 0)
		z.hi, carry = bits.Add64(a[0], b[0], carry)
		if carry != 0 {
			return Exact{}, false
		}
	case a[0] > b[0] || a[0] == b[0] && a[1] >= b[1]:
		z.lo, carry = bits.Sub64(a[1], b[1], 0)
		z.hi, _ = bits.Sub64(a[0], b[0], carry)
	default:
		z.neg = y.neg
		z.lo, carry = bits.Sub64(b[1], a[1], 0)
		z.hi, _ = bits.Sub64(b[0], a[0], carry)
	}
	return z.reduced(), true
}

// mul128 returns a × b, and false where that takes more than 128 bits.
func mul128(a [2]uint64, b uint64) ([2]uint64, bool) {
	over, mid := bits.Mul64(a[0], b)
	carry, lo := bits.Mul64(a[1], b)
	hi, c := bits.Add64(mid, carry, 0)
	return [2]uint64{hi, lo}, over == 0 && c == 0
}

func gcd(a, b uint64) uint64 {
	for a != 0 {
		a, b = b%a, a
	}
	return max(b, 1)
}
