// SPDX-License-Identifier: Apache-2.0

// Package money has amounts in whole minor units and exact decimals. No
// floating point is used anywhere in it.
package money

import (
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// Currency is an ISO 4217 code in upper case, such as "EUR". The zero value
// means that the currency is not known.
type Currency string

// Digits returns how many decimal places a minor unit stands for: 2 for most, 0
// for yen, 3 for dinars.
//
// The exceptions are those of ISO 4217 table A.1.
func (c Currency) Digits() int {
	switch c {
	case "BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI", "VND", "VUV", "XAF", "XOF", "XPF":
		return 0
	case "BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND":
		return 3
	}
	return 2
}

// Amount is a sum of money in minor units: cents for EUR, yen for JPY.
type Amount struct {
	Minor    int64
	Currency Currency
}

// ErrRange is returned when a result does not fit 64 bits.
var ErrRange = errors.New("the amount is too large")

// Add returns the sum of two amounts of one currency.
func (a Amount) Add(b Amount) (Amount, error) {
	if a.Currency != b.Currency {
		return Amount{}, fmt.Errorf("cannot add %s to %s", b.Currency, a.Currency)
	}
	s, err := AddMinor(a.Minor, b.Minor)
	return Amount{s, a.Currency}, err
}

// AddMinor adds two counts of minor units and refuses to overflow.
func AddMinor(a, b int64) (int64, error) {
	s := a + b
	if (a > 0 && b > 0 && s <= 0) || (a < 0 && b < 0 && s >= 0) {
		return 0, ErrRange
	}
	return s, nil
}

// String returns the amount with a point and its code, "-12.34 EUR": for logs
// and machines. Pages format by language.
func (a Amount) String() string {
	return strings.TrimSpace(FormatMinor(a.Minor, a.Currency.Digits()) + " " + string(a.Currency))
}

// FormatMinor writes minor units with the given number of decimal places.
func FormatMinor(minor int64, digits int) string {
	return Decimal{Coef: minor, Scale: uint8(digits)}.String()
}

// MaxScale is the largest number of decimal places of a [Decimal].
const MaxScale = 9

// Decimal is the exact number Coef × 10^−Scale: a quantity, a unit price, a
// rate. The zero value is 0.
type Decimal struct {
	Coef  int64
	Scale uint8
}

// String returns the number with a point and exactly Scale decimal places.
func (d Decimal) String() string {
	var room [48]byte
	return string(d.Append(room[:0]))
}

// Append appends what [Decimal.String] returns.
func (d Decimal) Append(b []byte) []byte {
	if d.Coef < 0 {
		b = append(b, '-')
	}
	var digits [20]byte
	u := strconv.AppendUint(digits[:0], abs(d.Coef), 10)
	whole := len(u) - int(d.Scale)
	if whole <= 0 {
		b = append(b, '0')
	} else {
		b = append(b, u[:whole]...)
	}
	if d.Scale == 0 {
		return b
	}
	b = append(b, '.')
	for ; whole < 0; whole++ {
		b = append(b, '0')
	}
	return append(b, u[whole:]...)
}

var pow10 = [...]uint64{1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// Round returns d as an integer count of 10^−digits units, rounded half away
// from zero. digits is 0–9.
func (d Decimal) Round(digits int) (int64, error) {
	if digits >= int(d.Scale) {
		return mulDiv(d.Coef, pow10[digits-int(d.Scale)], 1)
	}
	return mulDiv(d.Coef, 1, pow10[int(d.Scale)-digits])
}

// Mul returns a × b in units of 10^−digits with one rounding, half away
// from zero.
func Mul(a, b Decimal, digits int) (int64, error) {
	neg := (a.Coef < 0) != (b.Coef < 0)
	hi, lo := bits.Mul64(abs(a.Coef), abs(b.Coef))
	drop := int(a.Scale) + int(b.Scale) - digits
	if drop < 0 {
		var over uint64
		over, lo = bits.Mul64(lo, pow10[-drop])
		if hi != 0 || over != 0 {
			return 0, ErrRange
		}
		return signed(lo, neg)
	}
	return divRound(hi, lo, pow10[drop], neg)
}

// mulDiv returns n × mul ÷ div with one rounding, half away from zero.
func mulDiv(n int64, mul, div uint64) (int64, error) {
	hi, lo := bits.Mul64(abs(n), mul)
	return divRound(hi, lo, div, n < 0)
}

func divRound(hi, lo, div uint64, neg bool) (int64, error) {
	if hi >= div {
		return 0, ErrRange
	}
	q, r := bits.Div64(hi, lo, div)
	if r >= div-r {
		q++
	}
	return signed(q, neg)
}

func abs(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}

func signed(u uint64, neg bool) (int64, error) {
	if u > 1<<63-1 {
		return 0, ErrRange
	}
	if neg {
		return -int64(u), nil
	}
	return int64(u), nil
}
