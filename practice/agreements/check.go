// SPDX-License-Identifier: Apache-2.0

package agreements

import (
	"slices"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// Limits of what is taken.
const (
	MaxLines   = 500
	maxName    = 200
	maxText    = 20_000
	maxMonths  = 600
	maxNotice  = 730
	maxLead    = 92
	maxPayDays = 365
)

// clean says in words what is wrong with the head of an agreement.
func (h *Head) clean() error {
	h.Name, h.Order, h.Scope = strings.TrimSpace(h.Name), strings.TrimSpace(h.Order), strings.TrimSpace(h.Scope)
	switch {
	case h.Client == 0:
		return fault.NewInvalid("Choose the client.").On("client")
	case h.Name == "" || len(h.Name) > maxName:
		return fault.NewInvalid("Please enter a name of at most %d characters.", maxName).On("name")
	case h.Currency == "":
		return fault.NewInvalid("Enter the currency: three letters, such as EUR.").On("currency")
	case !h.Currency.Known():
		return fault.NewInvalid("%s is not a currency: enter its three letters, such as EUR.", h.Currency).On("currency")
	case !h.Starts.Known() || !possible(h.Starts):
		return fault.NewInvalid("Enter the first day of the agreement.").On("starts")
	case h.Ends.Known() && (h.Ends < h.Starts || !possible(h.Ends)):
		return fault.NewInvalid("The last day is before the first.").On("ends")
	case h.Term < 0 || h.Term > maxMonths || h.Renew < 0 || h.Renew > maxMonths:
		return fault.NewInvalid("Enter a term between 0 and %d months.", maxMonths).On("term")
	case h.Renew > 0 && h.Term == 0:
		return fault.NewInvalid("Only a fixed term is renewed: enter a term, or leave the renewal empty.").On("renew")
	case h.Notice < 0 || h.Notice > maxNotice:
		return fault.NewInvalid("Enter a notice between 0 and %d days.", maxNotice).On("notice")
	case h.Lead < 0 || h.Lead > maxLead:
		return fault.NewInvalid("Enter 0 to %d days before the period.", maxLead).On("lead")
	case h.PayDays < -1 || h.PayDays > maxPayDays:
		return fault.NewInvalid("Enter a time for payment between 0 and %d days.", maxPayDays).On("pay-days")
	case len(h.Order) > maxName:
		return fault.NewInvalid("Please enter at most %d characters.", maxName).On("order")
	case len(h.Scope) > maxText:
		return fault.NewInvalid("Please enter at most %d characters.", maxText).On("scope")
	case h.Least != nil && (h.Least.Coef < 0 || h.Least.Coef > maxCoef || h.Least.Scale > money.MaxScale):
		return fault.NewInvalid("A minimum is 0 or more.").On("least")
	case h.Prorate > rating.Never:
		return fault.NewInvalid("There is no such proration.").On("proration")
	}
	if h.Zone != "" {
		if _, err := rating.Zone(h.Zone); err != nil {
			return err
		}
	}
	if err := h.Rise.clean(h.Starts); err != nil {
		return err
	}
	if !h.Cycle.Anchor.Known() {
		h.Cycle.Anchor = h.Starts
	}
	if h.Cycle.Every == 0 {
		h.Cycle.Every = 1
	}
	return h.Cycle.Check()
}

func (r *Rise) clean(starts civil.Date) error {
	r.Index = strings.TrimSpace(r.Index)
	switch {
	case r.Every == 0:
		*r = Rise{Next: civil.NoDate}
		return nil
	case r.Every < 0 || r.Every > maxMonths:
		return fault.NewInvalid("Enter a number of months between 1 and %d.", maxMonths).On("rise-every")
	case r.Percent.Coef < 0 || r.Percent.Exact().Cmp(money.Whole(100)) > 0 || r.Percent.Coef == 0 && r.Index == "":
		return fault.NewInvalid("Enter a percentage above 0 and at most 100.").On("rise")
	case len(r.Index) > maxName:
		return fault.NewInvalid("Please enter at most %d characters.", maxName).On("rise-index")
	}
	if !r.Next.Known() {
		r.Next = rating.Cycle{Anchor: starts, Unit: rating.Month, Every: r.Every}.Boundary(1)
	}
	return nil
}

// maxCoef bounds prices and quantities that are typed in: far above what is real, far below what overflows.
const maxCoef = 1_000_000_000_000_000

// clean says in words what is wrong with what stands on invoices.
func (c *Copy) clean() error {
	c.Name, c.Description = strings.TrimSpace(c.Name), strings.TrimSpace(c.Description)
	switch {
	case c.Name == "" || len(c.Name) > maxName:
		return fault.NewInvalid("Each line needs a name of at most %d characters.", maxName).On("lines")
	case len(c.Description) > 2000 || len(c.Filter) > 2000:
		return fault.NewInvalid("Please enter at most %d characters.", 2000).On("lines")
	case !slices.Contains(Counteds(), c.Counted):
		return fault.NewInvalid("There is no such way of counting: %s.", c.Counted).On("lines")
	}
	if c.Unit == "" {
		c.Unit = "C62"
	}
	if c.Tax == "" {
		c.Tax = "standard"
	}
	return nil
}

// cleanPot says in words what is wrong with an allowance.
func (p *Pot) clean() error {
	p.Name = strings.TrimSpace(p.Name)
	switch {
	case p.Name == "" || len(p.Name) > maxName:
		return fault.NewInvalid("Each allowance needs a name of at most %d characters.", maxName).On("pots")
	case p.Measure != Hours && p.Measure != Money && p.Measure != Tickets:
		return fault.NewInvalid("An allowance is of hours, money or tickets.").On("pots")
	case p.Alert < 0 || p.Alert > 100:
		return fault.NewInvalid("Enter a percentage between 0 and %d.", 100).On("pots")
	}
	return p.Check()
}

// Days of agreements lie within these years.
const (
	firstYear = 1990
	lastYear  = 2099
)

func possible(d civil.Date) bool {
	return d >= civil.MustDate(firstYear, 1, 1) && d <= civil.MustDate(lastYear, 12, 31)
}

// maxPrice bounds a price, in units of its currency: times the largest quantity it still fits an amount.
var maxPrice = money.Whole(1_000_000_000)

// checkTerms is Check with the bounds of what is typed in, so that no run stumbles over an amount that does not fit.
func checkTerms(t *rating.Terms) error {
	prices := []money.Decimal{t.Price.Unit}
	for _, x := range t.Price.Tiers {
		prices = append(prices, x.Unit, x.Flat)
	}
	for _, x := range []*money.Decimal{t.Price.Least, t.Price.Most} {
		if x != nil {
			prices = append(prices, *x)
		}
	}
	for _, d := range prices {
		x := d.Exact()
		if x.Sign() < 0 {
			x = x.Neg()
		}
		if x.Cmp(maxPrice) > 0 {
			return fault.NewInvalid("A price is at most %d.", 1_000_000_000).On("price")
		}
	}
	return t.Check()
}
