// SPDX-License-Identifier: Apache-2.0

package money_test

import (
	"testing"

	"mainstay/kit/money"
)

func TestKnownCurrencies(t *testing.T) {
	for c, want := range map[money.Currency]bool{
		"EUR": true, "USD": true, "AED": true, "ZWG": true, "JPY": true, "KWD": true, "": false, "eur": false, "EU": false, "EURO": false, "XYZ": false, "   ": false, "D A": false, "R U": false,
	} {
		if c.Known() != want {
			t.Errorf("%q: %t", c, c.Known())
		}
	}
}
