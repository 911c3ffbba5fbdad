// SPDX-License-Identifier: Apache-2.0

package agreements

import (
	"context"
	"database/sql"
	"errors"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
)

// Imagine returns a draft as the agreement that it would become, without writing it: for what it would bill.
func (s *Service) Imagine(d NewAgreement) (*Agreement, error) {
	if err := s.cleanDraft(&d); err != nil {
		return nil, err
	}
	a := &Agreement{ID: s.p.IDs.New(), State: Draft, Head: d.Head, Through: civil.NoDate, LastRun: civil.NoDate, NextDue: d.Starts.AddDays(-d.Lead)}
	if !a.Ends.Known() && a.Term > 0 && a.Renew == 0 {
		a.Ends = a.TermEnd(a.Starts) - 1
	}
	overage := make([]ids.ID, len(d.Pots))
	for i := range d.Lines {
		n := &d.Lines[i]
		l := Line{Line: rating.Line{ID: s.p.IDs.New(), Terms: []rating.Terms{n.Terms}, Last: a.Ends}, Own: civil.NoDate, Position: i + 1, Copy: n.Copy}
		l.Terms[0].ID = s.p.IDs.New()
		q := n.Quantity
		if q == nil && n.Counted == CountedFixed && n.Terms.Rule != rating.Sum {
			q = &money.Decimal{Coef: 1}
		}
		if q != nil {
			l.Facts = []rating.Fact{{ID: s.p.IDs.New(), Day: n.Terms.From, Quantity: *q, Source: "agreement"}}
		}
		if n.Pot > 0 {
			overage[n.Pot-1] = l.ID
		}
		a.Lines = append(a.Lines, l)
	}
	for i, p := range d.Pots {
		p.ID, p.Line = s.p.IDs.New(), overage[i]
		a.Pots = append(a.Pots, p)
	}
	return a, nil
}

var errOnlyTried = errors.New("only tried")

// Try returns an agreement as it would be after an amendment. It is amended by the same code and then taken back.
func (s *Service) Try(ctx context.Context, id ids.ID, version int64, am Amendment) (a *Agreement, err error) {
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		if _, err := s.apply(ctx, tx, id, version, &am); err != nil {
			return err
		}
		if a, err = s.get(ctx, tx, id); err != nil {
			return err
		}
		return errOnlyTried
	})
	if errors.Is(err, errOnlyTried) {
		err = nil
	}
	return a, err
}

// FromPlan makes of a plan of the catalogue what a draft takes over: its name, scope and currency, its lines at the prices of a
// day, without those that are optional. missing names the items without a price: theirs is 0.
func FromPlan(ctx context.Context, c *catalogue.Service, plan ids.ID, day civil.Date) (d NewAgreement, least *money.Decimal, missing string, err error) {
	p, err := c.Plan(ctx, plan)
	if err != nil {
		return d, nil, "", err
	}
	d.Name, d.Scope, d.Currency, d.Plan = p.Name, p.Scope, p.Currency, p.ID
	if p.Least.Coef > 0 {
		least = &p.Least
	}
	prices, err := c.Prices(ctx, p.Currency, day)
	if err != nil {
		return d, nil, "", err
	}
	var none []string
	for _, l := range p.Lines {
		if l.Optional {
			continue
		}
		it, err := c.Item(ctx, l.Item)
		if err != nil {
			return d, nil, "", err
		}
		var list *catalogue.Price
		if x, ok := prices[l.Item]; ok {
			list = &x
		}
		price := l.PriceIn(list, p.Currency)
		if price == nil {
			none = append(none, it.Name)
			price = &catalogue.Price{Every: catalogue.Monthly}
		}
		d.Lines = append(d.Lines, ofItem(&it, &l, price))
	}
	return d, least, strings.Join(none, ", "), nil
}

func ofItem(it *catalogue.Item, l *catalogue.Line, price *catalogue.Price) NewLine {
	n := NewLine{Copy: Copy{Item: it.ID, Code: it.Code, Name: it.Name, Description: it.Description, Kind: string(it.Kind), Family: string(it.Family), Unit: it.Unit, Tax: it.Tax, Account: it.Account, Counted: countedOf(l.Counts)}}
	n.Terms = rating.Terms{Price: price.Price, Rule: it.Rule, Arrears: it.Arrears, Cycle: rating.Cycle{Unit: rating.Month, Every: 1}}
	switch price.Every {
	case catalogue.Quarterly:
		n.Terms.Cycle.Unit = rating.Quarter
	case catalogue.Yearly:
		n.Terms.Cycle.Unit = rating.Year
	case catalogue.Once:
		n.Terms.Once = true
	}
	if n.Counted == CountedFixed {
		q := l.Quantity
		n.Quantity = &q
	}
	return n
}

func countedOf(c catalogue.Counts) string {
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
