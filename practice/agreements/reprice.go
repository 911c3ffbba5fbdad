// SPDX-License-Identifier: Apache-2.0

package agreements

import (
	"context"
	"database/sql"
	"slices"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/agreements/store"
	"mainstay/practice/billing/rating"
)

// PriceChange raises the recurring prices of many agreements from a day on.
type PriceChange struct {
	Day     civil.Date
	Percent money.Decimal
	Item    ids.ID // only lines of this item of the catalogue; 0 = all
	Reason  string
}

// Check says in words what is wrong with it.
func (c *PriceChange) Check() error {
	switch {
	case !c.Day.Known() || !possible(c.Day):
		return fault.NewInvalid("Enter the day from which the change holds.").On("day")
	case c.Percent.Coef <= 0 || c.Percent.Exact().Cmp(money.Whole(100)) > 0:
		return fault.NewInvalid("Enter a percentage above 0 and at most 100.").On("percent")
	case len(c.Reason) > 2000:
		return fault.NewInvalid("Please enter at most %d characters.", 2000).On("reason")
	}
	return nil
}

// Repriced is what a price change does to one agreement.
type Repriced struct {
	Row
	Lines         int // whose price changes
	Before, After int64
	Term          civil.Date // the first day after the term in which the change falls; NoDate = it has no fixed term
	Kept          int        // lines that keep their price, because another one is agreed for later already
	Done          bool       // prices were raised on this day already
}

// Reprice shows what a price change does to each active agreement that it concerns, the latest first.
func (s *Service) Reprice(ctx context.Context, scope access.Scope, c PriceChange) ([]Repriced, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	var out []Repriced
	for q := (Query{Stage: Current, Limit: 500}); ; {
		p, err := s.List(ctx, scope, q)
		if err != nil {
			return nil, err
		}
		for _, r := range p.Rows {
			x, err := s.repriced(ctx, r, c)
			if err != nil {
				return nil, err
			}
			if x.Lines > 0 || x.Done {
				out = append(out, x)
			}
		}
		if q.After = p.Next; q.After == 0 {
			return out, nil
		}
	}
}

func (s *Service) repriced(ctx context.Context, r Row, c PriceChange) (Repriced, error) {
	x := Repriced{Row: r, Term: civil.NoDate}
	if r.Ended(c.Day) || c.Day < r.Starts {
		return x, nil
	}
	n, err := s.read().RaisedOn(ctx, int64(r.ID), int64(c.Day))
	if err != nil {
		return x, err
	}
	if n > 0 {
		x.Done = true
		x.Before, err = r.Agreement.Monthly(c.Day - 1)
		x.After, x.Failed = r.Agreement.monthlyOr(c.Day), err != nil
		return x, nil
	}
	changes, kept, err := c.changes(r.Agreement)
	if err != nil {
		return x, err
	}
	x.Lines, x.Kept = len(changes), kept
	if r.Term > 0 {
		x.Term = r.TermEnd(c.Day)
	}
	after := *r.Agreement
	after.Lines = slices.Clone(after.Lines)
	for _, ch := range changes {
		l := after.Line(ch.Line)
		t := *ch.Terms
		t.From = c.Day
		l.Terms = append(slices.Clone(l.Terms), t)
	}
	if x.Before, err = r.Agreement.Monthly(c.Day); err == nil {
		x.After, err = after.Monthly(c.Day)
	}
	x.Failed = err != nil
	return x, nil
}

// changes are those of the lines that it concerns; kept counts lines of which another price is agreed for later.
func (c *PriceChange) changes(a *Agreement) (out []Change, kept int, err error) {
	for i := range a.Lines {
		l := &a.Lines[i]
		t := l.On(c.Day)
		if t == nil || t.Once || t.Rule == rating.Sum || c.Item != 0 && l.Item != c.Item {
			continue
		}
		if l.Terms[len(l.Terms)-1].From > c.Day {
			kept++
			continue
		}
		raised, err := Raised(*t, c.Percent, a.Currency)
		if err != nil {
			return nil, 0, err
		}
		out = append(out, Change{Line: l.ID, Terms: &raised})
	}
	return out, kept, nil
}

// ApplyPrices changes the prices of one agreement, all that it concerns or none. Prices that were raised on this day already are
// left alone, so that what was interrupted can be sent again; it reports whether anything changed.
func (s *Service) ApplyPrices(ctx context.Context, id ids.ID, c PriceChange) (changed bool, err error) {
	if err := c.Check(); err != nil {
		return false, err
	}
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		changed = false
		n, err := store.New(tx).RaisedOn(ctx, int64(id), int64(c.Day))
		if err != nil || n > 0 {
			return err
		}
		a, err := s.get(ctx, tx, id)
		if err != nil {
			return err
		}
		am := Amendment{Day: c.Day, Kind: "raised", Reason: c.Reason}
		if am.Changes, _, err = c.changes(a); err != nil || len(am.Changes) == 0 {
			return err
		}
		changed = true
		_, err = s.AmendIn(ctx, tx, id, a.Version, am)
		return err
	})
	return changed && err == nil, err
}

// monthlyOr is Monthly, 0 where it cannot be reckoned.
func (a *Agreement) monthlyOr(day civil.Date) int64 {
	n, err := a.Monthly(day)
	if err != nil {
		return 0
	}
	return n
}
