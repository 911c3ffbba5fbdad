// SPDX-License-Identifier: Apache-2.0

package money

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// maxDigits bounds what [ParseRounded] reads: longer texts are no amounts.
const maxDigits = 60

// ParseDecimal reads a number as [Decimal.String] writes it: an optional minus, digits, and at most 9 decimal places after a
// point. It is for files and machines; pages read numbers by language.
func ParseDecimal(s string) (Decimal, error) {
	whole, frac, point := strings.Cut(s, ".")
	digits := strings.TrimPrefix(whole, "-")
	if !isDigits(digits) || point && !isDigits(frac) {
		return Decimal{}, fmt.Errorf("%q is not a number of the form 12.34", clip(s))
	}
	if len(frac) > MaxScale {
		return Decimal{}, fmt.Errorf("%q has more than %d decimal places", clip(s), MaxScale)
	}
	n, err := strconv.ParseInt(whole+frac, 10, 64)
	if err != nil {
		return Decimal{}, fmt.Errorf("%q is too large", clip(s))
	}
	return Decimal{n, uint8(len(frac))}, nil
}

// ParseRounded reads a number with any number of decimal places and rounds it on entry to digits (0–9) places, half away
// from zero: for amounts that others keep as floating point, such as 17.9699999999999988631316.
func ParseRounded(s string, digits int) (Decimal, error) {
	whole, frac, point := strings.Cut(s, ".")
	if !isDigits(strings.TrimPrefix(whole, "-")) || point && !isDigits(frac) || len(s) > maxDigits {
		return Decimal{}, fmt.Errorf("%q is not a number of the form 12.34", clip(s))
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return Decimal{}, fmt.Errorf("%q is not a number of the form 12.34", clip(s))
	}
	n, err := Exact{big: r}.Round(digits)
	return Decimal{n, uint8(digits)}, err
}

func isDigits(s string) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return s != ""
}

func clip(s string) string { return s[:min(len(s), 40)] }
