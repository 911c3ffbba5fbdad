// SPDX-License-Identifier: Apache-2.0

package rating

import (
	"cmp"
	"slices"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/money"
)

// Category is a tax category of UNCL5305 as EN 16931 uses it.
type Category string

// The categories that a provider meets.
const (
	Standard Category = "S"
	Zero     Category = "Z"
	Exempt   Category = "E"
	Reverse  Category = "AE" // reverse charge: the customer owes the tax
	Export   Category = "G"
	IntraEU  Category = "K"
	Outside  Category = "O" // not subject to tax
)

// Rate is one tax: its code with the firm, its category and its percentage.
type Rate struct {
	Code     string
	Category Category
	Percent  money.Decimal
}

// MaxPercent is the highest percentage of a tax.
const MaxPercent = 100

// Check says what is wrong with a rate: only the standard category has a percentage above 0.
func (r Rate) Check() error {
	switch {
	case !slices.Contains([]Category{Standard, Zero, Exempt, Reverse, Export, IntraEU, Outside}, r.Category):
		return fault.NewInvalid("%q is not a tax category: S, Z, E, AE, G, K or O.", string(r.Category)).On("category")
	case r.Percent.Coef < 0 || r.Percent.Scale > money.MaxScale || r.Percent.Exact().Cmp(money.Whole(MaxPercent)) > 0:
		return fault.NewInvalid("A tax is between 0 and %d %%.", MaxPercent).On("percent")
	case r.Category != Standard && r.Percent.Coef != 0:
		return fault.NewInvalid("Only the category S has a tax above 0 %%.").On("percent")
	}
	return nil
}

// Dated is a rate from a day on.
type Dated struct {
	From civil.Date
	Rate
}

// RateOn returns the rate of a code that holds on a day, and false where none does.
func RateOn(rates []Dated, code string, day civil.Date) (Rate, bool) {
	best := -1
	for i, r := range rates {
		if r.Code == code && r.From <= day && (best < 0 || r.From >= rates[best].From) {
			best = i
		}
	}
	if best < 0 {
		return Rate{}, false
	}
	return rates[best].Rate, true
}

// Item is a rounded amount of a document with its taxes: usually one; none counts as not subject to tax.
type Item struct {
	Minor int64
	Taxes []Rate
}

// Rounding is where tax is rounded.
type Rounding uint8

const (
	// ByCategory: once for each rate, on the sum of the rounded lines (EN 16931, BR-CO-17).
	ByCategory Rounding = iota
	// ByLine: for each line, and the tax is their sum.
	ByLine
)

// Document is what totals are reckoned from. Amounts are in minor units; credits are below zero.
type Document struct {
	Lines      []Item
	Allowances []Item // discounts of the whole document, as positive amounts
	Charges    []Item // surcharges of the whole document
	Rounding   Rounding
	Inclusive  bool // amounts contain their tax
	Prepaid    int64
}

// Group is the tax of one rate: Base and its Tax.
type Group struct {
	Rate
	Base int64 // taxable amount, without tax
	Tax  int64
}

// Totals are a document's sums: Lines − Allowances + Charges = Net (with tax where the document is inclusive, less Tax); Net + Tax =
// Gross; Gross − Prepaid = Payable (BR-CO-10 to BR-CO-16).
type Totals struct {
	Lines, Allowances, Charges, Net, Tax, Gross, Payable int64
	Groups                                               []Group // by category, then percentage, then code
}

// untaxed is the rate of what has none.
var untaxed = Rate{Category: Outside}

// Total sums a document.
func (d *Document) Total() (t Totals, err error) {
	type sums struct {
		rate    Rate
		of      int64 // percentage points are reckoned on this
		tax     int64
		all     money.Decimal // of all taxes of the same items, for inclusive amounts
		set     string        // which taxes those are, for inclusive amounts
		perLine bool
	}
	var groups []sums
	put := func(items []Item, sign int64, into *int64) {
		for _, it := range items {
			if err != nil {
				return
			}
			if *into, err = add(*into, it.Minor); err != nil {
				return
			}
			taxes := it.Taxes
			if len(taxes) == 0 {
				taxes = []Rate{untaxed}
			}
			set := ""
			if d.Inclusive && len(taxes) > 1 {
				set = setOf(taxes)
			}
			all, e := sumPercent(taxes)
			if e != nil {
				err = e
				return
			}
			for _, r := range taxes {
				if err = r.Check(); err != nil {
					return
				}
				r.Percent = trim(r.Percent)
				i := slices.IndexFunc(groups, func(g sums) bool { return g.rate == r && (!d.Inclusive || g.all == all && g.set == set) })
				if i < 0 {
					i, groups = len(groups), append(groups, sums{rate: r, all: all, set: set, perLine: d.Rounding == ByLine})
				}
				g := &groups[i]
				if g.of, err = add(g.of, sign*it.Minor); err != nil {
					return
				}
				if g.perLine {
					n, e := d.tax(sign*it.Minor, r, all)
					if e != nil {
						err = e
						return
					}
					g.tax += n
				}
			}
		}
	}
	put(d.Lines, 1, &t.Lines)
	put(d.Allowances, -1, &t.Allowances)
	put(d.Charges, 1, &t.Charges)
	if err != nil {
		return Totals{}, err
	}
	var wholeTax []Group
	var within map[string]int64 // all taxes that the same amounts contain
	for i := range groups {
		g := &groups[i]
		if !g.perLine {
			if g.tax, err = d.tax(g.of, g.rate, g.all); err != nil {
				return Totals{}, err
			}
		}
		if g.set != "" {
			if within == nil {
				within = map[string]int64{}
			}
			within[g.set] += g.tax
		}
	}
	for _, g := range groups {
		n := g.tax
		i := slices.IndexFunc(wholeTax, func(x Group) bool { return x.Rate == g.rate })
		if i < 0 {
			i, wholeTax = len(wholeTax), append(wholeTax, Group{Rate: g.rate})
		}
		wholeTax[i].Base += g.of
		switch {
		case d.Inclusive && g.set != "":
			wholeTax[i].Base -= within[g.set]
		case d.Inclusive:
			wholeTax[i].Base -= n
		}
		wholeTax[i].Tax += n
		if t.Tax, err = add(t.Tax, n); err != nil {
			return Totals{}, err
		}
	}
	slices.SortStableFunc(wholeTax, func(a, b Group) int {
		return cmp.Or(cmp.Compare(a.Category, b.Category), b.Percent.Exact().Cmp(a.Percent.Exact()), cmp.Compare(a.Code, b.Code))
	})
	t.Groups = wholeTax
	return t, t.sum(d)
}

func (t *Totals) sum(d *Document) (err error) {
	if t.Net, err = add(t.Lines, -t.Allowances); err != nil {
		return err
	}
	if t.Net, err = add(t.Net, t.Charges); err != nil {
		return err
	}
	if d.Inclusive {
		t.Net -= t.Tax
	}
	if t.Gross, err = add(t.Net, t.Tax); err != nil {
		return err
	}
	t.Payable, err = add(t.Gross, -d.Prepaid)
	return err
}

// tax returns the tax of an amount, or the tax within it, rounded.
func (d *Document) tax(minor int64, r Rate, all money.Decimal) (int64, error) {
	x := money.Whole(minor).Times(r.Percent.Exact())
	if d.Inclusive {
		x = x.Over(all.Exact().Plus(money.Whole(100)))
	} else {
		x = x.Times(money.Fraction(1, 100))
	}
	n, err := x.Round(0)
	if err != nil {
		return 0, tooLarge(err)
	}
	return n, nil
}

// setOf names some taxes, whatever their order.
func setOf(rates []Rate) string {
	names := make([]string, len(rates))
	for i, r := range rates {
		names[i] = string(r.Category) + " " + trim(r.Percent).String() + " " + r.Code
	}
	slices.Sort(names)
	return strings.Join(names, "\n")
}

func sumPercent(rates []Rate) (money.Decimal, error) {
	var sum money.Exact
	for _, r := range rates {
		sum = sum.Plus(r.Percent.Exact())
	}
	n, err := sum.Round(money.MaxScale)
	if err != nil {
		return money.Decimal{}, tooLarge(err)
	}
	return trim(money.Decimal{Coef: n, Scale: money.MaxScale}), nil
}
