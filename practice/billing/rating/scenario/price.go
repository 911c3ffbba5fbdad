// SPDX-License-Identifier: Apache-2.0

package scenario

import (
	"mainstay/kit/fault"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

func readPrice(n node, p *rating.Price) {
	switch p.Model {
	case rating.Flat:
		n.only(becauseFlat, "size", "free", "tiers")
	case rating.PerUnit:
		n.only(becauseModel, "size", "tiers")
	case rating.Package:
		n.only(becauseModel, "tiers")
	default:
		n.only(becauseTiers, "price", "size", "free")
		if n.get("tiers").missing() {
			n.get("tiers").fail(fault.NewInvalid("%s is missing.", n.get("tiers").name()))
		}
	}
	if p.Model <= rating.Package && p.Model != rating.Graduated && p.Model != rating.Volume && n.get("price").missing() && p.Least == nil {
		n.get("price").fail(fault.NewInvalid("%s is missing.", n.get("price").name()))
	}
	tiers := n.get("tiers").list(rating.MaxTiers)
	for i, x := range tiers {
		x.fields("up_to", "unit", "flat", "size")
		if i < len(tiers)-1 && x.get("up_to").missing() {
			x.get("up_to").fail(fault.NewInvalid("%s is missing: only the last tier goes on without end.", x.get("up_to").name()))
		}
		p.Tiers = append(p.Tiers, rating.Tier{
			UpTo: x.get("up_to").number(), Open: x.get("up_to").missing(), Unit: x.get("unit").number(), Flat: x.get("flat").number(), Size: x.get("size").number(),
		})
	}
	if p.Model == rating.PerUnit && p.Free.Coef > 0 { // included units are a tier that costs nothing
		p.Model, p.Tiers = rating.Graduated, []rating.Tier{{UpTo: p.Free}, {Open: true, Unit: p.Unit}}
		p.Unit, p.Free = money.Decimal{}, money.Decimal{}
	}
	if off := n.get("percent_off"); !off.missing() {
		lessen(off, p)
	}
}

// lessen takes a percentage off every price, before minimum and maximum.
func lessen(off node, p *rating.Price) {
	percent := off.number()
	if percent.Coef < 0 || percent.Exact().Cmp(money.Whole(100)) > 0 {
		off.fail(fault.NewInvalid("%s must be between 0 and 100.", off.name()))
		return
	}
	left := money.Whole(100).Minus(percent.Exact()).Times(money.Fraction(1, 100))
	prices := []*money.Decimal{&p.Unit}
	for i := range p.Tiers {
		prices = append(prices, &p.Tiers[i].Unit, &p.Tiers[i].Flat)
	}
	for _, d := range prices {
		exact := d.Exact().Times(left)
		x, err := decimal(exact)
		if err != nil || x.Exact().Cmp(exact) != 0 {
			off.fail(fault.NewInvalid("%s makes a price of more than %d decimal places.", off.name(), money.MaxScale))
			return
		}
		*d = x
	}
}

// decimal rounds to the most places that fit, without zeros at the end.
func decimal(x money.Exact) (money.Decimal, error) {
	for digits := money.MaxScale; ; digits-- {
		n, err := x.Round(digits)
		if err != nil {
			if digits == 0 {
				return money.Decimal{}, fault.NewInvalid("The quantity is too large to be reckoned.").Because(err)
			}
			continue
		}
		d := money.Decimal{Coef: n, Scale: uint8(digits)}
		for d.Scale > 0 && d.Coef%10 == 0 {
			d.Coef, d.Scale = d.Coef/10, d.Scale-1
		}
		return d, nil
	}
}
