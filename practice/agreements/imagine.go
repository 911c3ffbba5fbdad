// SPDX-License-Identifier: Apache-2.0

package agreements

import (
	"context"
	"database/sql"
	"errors"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
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
