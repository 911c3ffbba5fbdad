// SPDX-License-Identifier: Apache-2.0

package agreements

import (
	"strings"

	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// The words of prices and intervals, as they stand on pages and on paper.

// CycleText says what a price is for: "per month".
func CycleText(p locale.Printer, c rating.Cycle) string {
	n := int64(max(1, c.Every))
	switch c.Unit {
	case rating.Quarter:
		if n == 1 {
			return p.T("per quarter")
		}
		return p.N("per quarter|for %d quarters", n)
	case rating.Year:
		if n == 1 {
			return p.T("per year")
		}
		return p.N("per year|for %d years", n)
	case rating.Week:
		return p.N("per week|for %d weeks", n)
	case rating.Day:
		return p.N("per day|for %d days", n)
	}
	if n == 1 {
		return p.T("per month")
	}
	return p.N("per month|for %d months", n)
}

// EveryText is CycleText of terms, or "once".
func EveryText(p locale.Printer, t *rating.Terms) string {
	if t.Once {
		return p.T("once")
	}
	return CycleText(p, t.Cycle)
}

// PriceText is a price in one line.
func PriceText(p locale.Printer, x *rating.Price, c money.Currency) string {
	switch x.Model {
	case rating.Graduated, rating.Volume:
		var parts []string
		for i, t := range x.Tiers {
			s := UnitText(p, t.Unit, c)
			if t.Flat.Coef != 0 {
				s += " + " + UnitText(p, t.Flat, c)
			}
			switch {
			case !t.Open:
				s = p.T("up to %[1]s: %[2]s", p.Decimal(t.UpTo), s)
			case i > 0:
				s = p.T("above %[1]s: %[2]s", p.Decimal(x.Tiers[i-1].UpTo), s)
			}
			parts = append(parts, s)
		}
		return strings.Join(parts, ", ")
	case rating.Package:
		return p.T("%[1]s for each %[2]s", UnitText(p, x.Unit, c), p.Decimal(x.Size))
	}
	return UnitText(p, x.Unit, c)
}

// UnitText writes a price with all its places, and at least those of the currency.
func UnitText(p locale.Printer, d money.Decimal, c money.Currency) string {
	for int(d.Scale) > c.Digits() && d.Coef%10 == 0 {
		d.Coef, d.Scale = d.Coef/10, d.Scale-1
	}
	return p.Price(d, c)
}

// CountedText says what is counted: "devices".
func CountedText(p locale.Printer, s string) string {
	switch s {
	case CountedDevices:
		return p.T("counted::devices")
	case CountedPeople:
		return p.T("counted::people")
	case CountedSites:
		return p.T("counted::sites")
	case CountedLicences:
		return p.T("licences, by hand")
	case CountedHand:
		return p.T("counted::by hand")
	case CountedWork:
		return p.T("what goes beyond an allowance")
	}
	return p.T("nothing: a fixed quantity")
}

// MeasureText writes an amount of an allowance: "4 h", "€120.00".
func MeasureText(p locale.Printer, pot *Pot, x money.Exact, c money.Currency) string {
	switch pot.Measure {
	case Money:
		if n, err := x.Round(c.Digits()); err == nil {
			return p.Money(n, c)
		}
	case Hours:
		return p.T("%s h", shortest(p, x))
	}
	return shortest(p, x)
}

// shortest writes a number rounded to two places, without zeros at its end.
func shortest(p locale.Printer, x money.Exact) string {
	n, err := x.Round(2)
	if err != nil {
		return x.String()
	}
	d := money.Decimal{Coef: n, Scale: 2}
	for d.Scale > 0 && d.Coef%10 == 0 {
		d.Coef, d.Scale = d.Coef/10, d.Scale-1
	}
	return p.Decimal(d)
}
