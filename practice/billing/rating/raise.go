// SPDX-License-Identifier: Apache-2.0

package rating

import (
	"slices"

	"mainstay/kit/money"
)

// Raised returns a price that is higher by percent in all of its parts, each rounded to the currency's digits or to the places it
// has.
func (p Price) Raised(percent money.Decimal, digits int) (Price, error) {
	factor := money.Whole(1).Plus(percent.Exact().Over(money.Whole(100)))
	var failed error
	up := func(d money.Decimal) money.Decimal {
		places := max(digits, int(d.Scale))
		n, err := d.Exact().Times(factor).Round(places)
		if err != nil {
			failed = tooLarge(err)
		}
		return money.Decimal{Coef: n, Scale: uint8(places)}
	}
	p.Unit = up(p.Unit)
	p.Tiers = slices.Clone(p.Tiers)
	for i := range p.Tiers {
		x := &p.Tiers[i]
		x.Unit, x.Flat = up(x.Unit), up(x.Flat)
	}
	for _, bound := range []**money.Decimal{&p.Least, &p.Most} {
		if *bound != nil {
			d := up(**bound)
			*bound = &d
		}
	}
	return p, failed
}
