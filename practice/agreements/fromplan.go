// SPDX-License-Identifier: Apache-2.0

package agreements

import (
	"context"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
)

// Lines turns lines of an offer from the catalogue into lines of a draft: what is included, and of the optional ones those that
// were chosen. Each is priced as the offer says; what is counted begins with the offer's quantity as its first count.
func Lines(offer *catalogue.Offer, chosen map[ids.ID]bool) ([]NewLine, error) {
	var out []NewLine
	for i := range offer.Lines {
		o := &offer.Lines[i]
		if o.Optional && !chosen[o.Item] {
			continue
		}
		if o.Price == nil {
			return nil, fault.NewInvalid("%s has no price on this day: enter it in the catalogue first.", o.Of.Name).On("lines")
		}
		l, err := FromItem(o.Of, *o.Price, o.Quantity)
		if err != nil {
			return nil, err
		}
		out = append(out, l)
	}
	return out, nil
}

// FromItem is a line of an item of the catalogue at a price, for a quantity.
func FromItem(it catalogue.Item, p catalogue.Price, quantity money.Exact) (NewLine, error) {
	l := NewLine{
		Copy: Copy{
			Item: it.ID, Code: it.Code, Name: it.Name, Description: it.Description, Kind: string(it.Kind), Family: string(it.Family), Unit: it.Unit, Tax: it.Tax, Account: it.Account, Counted: counted(it.Counts),
		},
		Terms: rating.Terms{Price: p.Price, Rule: it.Rule, Arrears: it.Arrears},
	}
	switch p.Every {
	case catalogue.Once:
		l.Terms.Once = true
	case catalogue.Quarterly:
		l.Terms.Cycle.Unit = rating.Quarter
	case catalogue.Yearly:
		l.Terms.Cycle.Unit = rating.Year
	}
	if l.Terms.Rule == rating.Sum {
		l.Terms.Arrears = true
	}
	if p.Price.Model == rating.Flat {
		l.Counted = CountedFixed
		return l, nil
	}
	n, err := quantity.Round(money.MaxScale)
	if err != nil {
		return l, fault.NewInvalid("The quantity of %s is too large.", it.Name).On("lines").Because(err)
	}
	d := money.Decimal{Coef: n, Scale: money.MaxScale}
	for d.Scale > 0 && d.Coef%10 == 0 {
		d.Coef, d.Scale = d.Coef/10, d.Scale-1
	}
	l.Quantity = &d
	return l, nil
}

// counted is what is counted of an item in an agreement.
func counted(c catalogue.Counts) string {
	switch c {
	case catalogue.Devices:
		return CountedDevices
	case catalogue.People:
		return CountedPeople
	case catalogue.Sites:
		return CountedSites
	case catalogue.Licences:
		return CountedLicences
	}
	return CountedFixed
}

// FromPlan makes of a plan of the catalogue what a draft takes over: its name, scope and currency, its minimum, and what is
// included at the prices of a day. What is counted has no first count. missing names the items without a price: theirs is 0.
func FromPlan(ctx context.Context, c *catalogue.Service, plan ids.ID, day civil.Date) (d NewAgreement, missing string, err error) {
	p, err := c.Plan(ctx, plan)
	if err != nil {
		return d, "", err
	}
	offers, err := c.Offers(ctx, []catalogue.Plan{p}, catalogue.Typical{}, day)
	if err != nil {
		return d, "", err
	}
	d.Name, d.Scope, d.Currency, d.Plan = p.Name, p.Scope, p.Currency, p.ID
	if p.Least.Coef > 0 {
		d.Least = &p.Least
	}
	var none []string
	for i := range offers[0].Lines {
		o := &offers[0].Lines[i]
		if o.Optional {
			continue
		}
		if o.Price == nil {
			none = append(none, o.Of.Name)
			o.Price = &catalogue.Price{Every: catalogue.Monthly}
		}
		l, err := FromItem(o.Of, *o.Price, o.Quantity)
		if err != nil {
			return d, "", err
		}
		if l.Counted != CountedFixed {
			l.Quantity = nil
		}
		d.Lines = append(d.Lines, l)
	}
	return d, strings.Join(none, ", "), nil
}
