// SPDX-License-Identifier: Apache-2.0

package rating

import (
	"mainstay/kit/fault"
	"mainstay/kit/money"
)

// Model is how a price follows from a quantity.
type Model uint8

// The models.
const (
	// Flat: Unit, whatever the quantity.
	Flat Model = iota
	// PerUnit: Unit for each.
	PerUnit
	// Graduated: each unit at the price of the tier it falls in, and the flat fee of every tier reached.
	Graduated
	// Volume: all units at the price of the one tier that the quantity falls in, and that tier's flat fee.
	Volume
	// Package: Unit for every package of Size begun, beyond Free units.
	Package
)

// MaxTiers is the largest number of tiers of a price.
const MaxTiers = 100

// Tier is one step of a graduated or volume price. Its bound belongs to it: 5.001 units open the tier after "up to 5".
type Tier struct {
	UpTo money.Decimal // ignored when Open
	Open bool          // no upper bound: the last tier, and only it
	Unit money.Decimal // price of each unit
	Flat money.Decimal // once, when the tier is reached; the first tier's also at zero units
	Size money.Decimal // above 0: Unit is the price of a package of so many units, and each begun in the tier costs it
}

// Price is what a quantity costs in one interval, in units of a currency ("9.95").
type Price struct {
	Model Model
	Unit  money.Decimal // of everything (Flat), of one (PerUnit), of one package (Package)
	Size  money.Decimal // units in a package
	Free  money.Decimal // units before the first package
	Tiers []Tier

	Least, Most *money.Decimal // minimum and maximum of an interval; nil = none
}

// Check says what is wrong with a price.
func (p *Price) Check() error {
	for _, d := range []money.Decimal{p.Unit, p.Size, p.Free} {
		if d.Scale > money.MaxScale {
			return fault.NewInvalid("A price has at most %d decimal places.", money.MaxScale).On("price")
		}
	}
	switch {
	case p.Model > Package:
		return fault.NewInvalid("A price is flat, per unit, graduated, by volume or by package.").On("model")
	case p.Model == Package && p.Size.Coef <= 0:
		return fault.NewInvalid("A package must hold more than 0 units.").On("size")
	case p.Free.Coef < 0:
		return fault.NewInvalid("The free units must not be below 0.").On("free")
	case p.Least != nil && p.Most != nil && p.Least.Exact().Cmp(p.Most.Exact()) > 0:
		return fault.NewInvalid("The minimum is above the maximum.").On("minimum")
	case p.Most != nil && p.Most.Coef < 0, p.Least != nil && p.Least.Coef < 0:
		return fault.NewInvalid("A minimum or maximum must not be below 0.").On("minimum")
	}
	if p.Model != Graduated && p.Model != Volume {
		return nil
	}
	if len(p.Tiers) == 0 || len(p.Tiers) > MaxTiers {
		return fault.NewInvalid("A price by tiers has between 1 and %d tiers.", MaxTiers).On("tiers")
	}
	var below money.Exact
	for i, t := range p.Tiers {
		switch last := i == len(p.Tiers)-1; {
		case t.Open != last:
			return fault.NewInvalid("The last tier, and only it, has no upper bound.").On("tiers")
		case !last && t.UpTo.Exact().Cmp(below) <= 0:
			return fault.NewInvalid("Each tier must reach further than the one before it.").On("tiers")
		case t.Size.Coef < 0:
			return fault.NewInvalid("A package must hold more than 0 units.").On("tiers")
		case t.UpTo.Scale > money.MaxScale || t.Unit.Scale > money.MaxScale || t.Flat.Scale > money.MaxScale:
			return fault.NewInvalid("A price has at most %d decimal places.", money.MaxScale).On("tiers")
		}
		below = t.UpTo.Exact()
	}
	return nil
}

// Code names what a step of an explanation is.
type Code string

// The codes of steps.
const (
	StepFlat    Code = "flat"          // a fixed amount
	StepUnits   Code = "units"         // Units at Unit each
	StepTier    Code = "tier"          // Units in tier Tier at Unit each
	StepTierFee Code = "tier_fee"      // the flat fee of tier Tier
	StepPackage Code = "packages"      // Units packages at Unit each
	StepLeast   Code = "minimum"       // what is missing to the minimum
	StepMost    Code = "maximum"       // what is above the maximum, below zero
	StepBefore  Code = "already_rated" // what the count before this split came to, below zero
)

// Step is one term of an amount: Units × Unit = Amount, in units of the currency.
type Step struct {
	Code   Code
	Tier   int // from 1; 0 where there is none
	Units  money.Exact
	Unit   money.Decimal
	Amount money.Exact
}

// Rated is the price of a quantity before rounding: the sum of its steps.
type Rated struct {
	Gross money.Exact // by the model alone
	Net   money.Exact // with minimum and maximum: Net = Gross + TrueUp − Discount
	Steps []Step

	TrueUp, Discount money.Exact // what the minimum adds and the maximum takes away; one of them is 0
}

func (r *Rated) add(s Step) {
	r.Steps = append(r.Steps, s)
	r.Gross = r.Gross.Plus(s.Amount)
}

// Rate returns what a quantity, 0 or more, costs in a whole interval.
func (p *Price) Rate(q money.Exact) Rated { return p.RateShare(q, money.Whole(1)) }

// RateShare is Rate where the minimum and maximum hold for a share of an interval only; the quantity's own price is not
// prorated.
func (p *Price) RateShare(q, share money.Exact) Rated {
	return p.bound(p.gross(q), share)
}

// bound applies the minimum and maximum of a share of an interval.
func (p *Price) bound(r Rated, share money.Exact) Rated {
	r.Net = r.Gross
	if p.Least != nil {
		if missing := p.Least.Exact().Times(share).Minus(r.Gross); missing.Sign() > 0 {
			r.TrueUp, r.Net = missing, r.Gross.Plus(missing)
			r.Steps = append(r.Steps, Step{Code: StepLeast, Unit: *p.Least, Units: share, Amount: missing})
		}
	}
	if p.Most != nil {
		if over := r.Gross.Minus(p.Most.Exact().Times(share)); over.Sign() > 0 {
			r.Discount, r.Net = over, r.Gross.Minus(over)
			r.Steps = append(r.Steps, Step{Code: StepMost, Unit: *p.Most, Units: share, Amount: over.Neg()})
		}
	}
	return r
}

// Since returns what a quantity costs that follows before within one interval: tiers and packages go on counting, and minimum
// and maximum hold for both together.
func (p *Price) Since(q, before money.Exact) Rated {
	all, old := p.Rate(before.Plus(q)), p.Rate(before)
	r := Rated{Gross: all.Gross.Minus(old.Gross), Net: all.Net.Minus(old.Net), Steps: all.Steps}
	if d := r.Net.Minus(r.Gross); d.Sign() > 0 {
		r.TrueUp = d
	} else {
		r.Discount = d.Neg()
	}
	if old.Net.Sign() != 0 {
		r.Steps = append(r.Steps, Step{Code: StepBefore, Units: before, Amount: old.Net.Neg()})
	}
	return r
}

func (p *Price) gross(q money.Exact) (r Rated) {
	switch p.Model {
	case Flat:
		r.add(Step{Code: StepFlat, Unit: p.Unit, Units: money.Whole(1), Amount: p.Unit.Exact()})
	case PerUnit:
		r.add(Step{Code: StepUnits, Unit: p.Unit, Units: q, Amount: p.Unit.Exact().Times(q)})
	case Package:
		n := p.packages(q)
		r.add(Step{Code: StepPackage, Unit: p.Unit, Units: n, Amount: p.Unit.Exact().Times(n)})
	case Volume:
		r.tier(p.Tiers, p.tierOf(q), q)
	case Graduated:
		var below money.Exact
		for i := range p.Tiers {
			t := &p.Tiers[i]
			if i > 0 && q.Cmp(below) <= 0 {
				break
			}
			top := q
			if !t.Open && q.Cmp(t.UpTo.Exact()) > 0 {
				top = t.UpTo.Exact()
			}
			r.tier(p.Tiers, i, top.Minus(below))
			below = t.UpTo.Exact()
		}
	}
	return r
}

// tier adds units in tier i and its fee.
func (r *Rated) tier(tiers []Tier, i int, units money.Exact) {
	t := &tiers[i]
	if units.Sign() != 0 || t.Flat.Coef == 0 {
		code := StepTier
		if t.Size.Coef > 0 {
			code, units = StepPackage, begun(units, t.Size)
		}
		r.add(Step{Code: code, Tier: i + 1, Units: units, Unit: t.Unit, Amount: t.Unit.Exact().Times(units)})
	}
	if t.Flat.Coef != 0 {
		r.add(Step{Code: StepTierFee, Tier: i + 1, Units: money.Whole(1), Unit: t.Flat, Amount: t.Flat.Exact()})
	}
}

// tierOf returns the tier that a quantity falls in.
func (p *Price) tierOf(q money.Exact) int {
	for i := range p.Tiers {
		if p.Tiers[i].Open || q.Cmp(p.Tiers[i].UpTo.Exact()) <= 0 {
			return i
		}
	}
	return len(p.Tiers) - 1
}

// packages returns how many packages a quantity begins.
func (p *Price) packages(q money.Exact) money.Exact {
	beyond := q.Minus(p.Free.Exact())
	if p.Size.Coef <= 0 {
		return money.Exact{}
	}
	return begun(beyond, p.Size)
}

// begun counts the packages that some units begin.
func begun(units money.Exact, size money.Decimal) money.Exact {
	if units.Sign() <= 0 {
		return money.Exact{}
	}
	n, err := units.Over(size.Exact()).Ceil()
	if err != nil { // more than 2^63 packages: the amount will not fit either
		n = 1<<63 - 1
	}
	return money.Whole(n)
}

// RateDays returns what quantities that changed within an interval cost when each is prorated: every unit at the price of the
// tier it lies in for its share of the interval, and the flat fees of every tier ever reached in full. Minimum and maximum
// hold for the sum of the shares. For volume and package prices each level is priced as it stands.
func (p *Price) RateDays(levels []Share) Rated {
	var r Rated
	var most, shares money.Exact
	for _, l := range levels {
		shares = shares.Plus(l.Share)
		if l.Quantity.Cmp(most) > 0 {
			most = l.Quantity
		}
		for _, s := range p.gross(l.Quantity).Steps {
			if s.Code == StepTierFee && p.Model == Graduated {
				continue
			}
			s.Units, s.Amount = s.Units.Times(l.Share), s.Amount.Times(l.Share)
			r.join(s)
		}
	}
	if p.Model == Graduated {
		for _, s := range p.gross(most).Steps {
			if s.Code == StepTierFee {
				r.add(s)
			}
		}
	}
	return p.bound(r, shares)
}

// Share is a quantity that held for a share of an interval.
type Share struct {
	Quantity, Share money.Exact
}

// join adds a step to the one of the same kind and tier.
func (r *Rated) join(s Step) {
	for i := range r.Steps {
		if t := &r.Steps[i]; t.Code == s.Code && t.Tier == s.Tier {
			t.Units, t.Amount = t.Units.Plus(s.Units), t.Amount.Plus(s.Amount)
			r.Gross = r.Gross.Plus(s.Amount)
			return
		}
	}
	r.add(s)
}

// Drop is a place where a volume price falls: At units cost Amount, a little more costs only Above.
type Drop struct {
	Tier          int // the tier that begins there, from 1
	At            money.Decimal
	Amount, Above money.Exact
}

// Drops returns where more units cost less, which the editor warns of: 15 units 150, 16 units 80.
func (p *Price) Drops() []Drop {
	var out []Drop
	if p.Model != Volume {
		return nil
	}
	for i := 0; i+1 < len(p.Tiers); i++ {
		at, next := p.Tiers[i].UpTo, p.Tiers[i+1]
		amount := p.gross(at.Exact()).Gross
		units := at.Exact()
		if next.Size.Coef > 0 {
			units = begun(units, next.Size)
		}
		above := next.Unit.Exact().Times(units).Plus(next.Flat.Exact())
		if above.Cmp(amount) < 0 {
			out = append(out, Drop{i + 2, at, amount, above})
		}
	}
	return out
}
