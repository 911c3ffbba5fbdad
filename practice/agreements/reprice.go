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
	"mainstay/practice/catalogue"
)

// PriceChange changes the recurring prices of many agreements from a day on: by a percentage, or to those of the catalogue.
type PriceChange struct {
	Day       civil.Date
	Percent   money.Decimal // ignored where the catalogue's prices are taken
	Catalogue bool          // lines of the catalogue's items get its prices of that day
	Item      ids.ID        // only lines of this item of the catalogue; 0 = all
	Reason    string
}

// Check says in words what is wrong with it.
func (c *PriceChange) Check() error {
	switch {
	case !c.Day.Known() || !possible(c.Day):
		return fault.NewInvalid("Enter the day from which the change holds.").On("day")
	case !c.Catalogue && (c.Percent.Coef <= 0 || c.Percent.Exact().Cmp(money.Whole(100)) > 0):
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
	Prices        []LinePrice
	Term          civil.Date // the first day after the term in which the change falls; NoDate = it has no fixed term, or the change comes with a new one
	Earliest      civil.Date // the first day on which its terms allow a change that is announced today
	Early         bool       // the change comes before that
	Kept          int        // lines that keep their price, because another one is agreed for later already
	Unpriced      int        // lines that keep their price, because the catalogue has none for their interval on that day
	Done          bool       // prices were raised on this day already

	changes []Change
}

// LinePrice is a price that changes: before and after are what the line comes to in a month.
type LinePrice struct {
	Line          string
	Old, New      rating.Terms
	Before, After int64
}

// Reprice shows what a price change does to each active agreement that it concerns, the latest first; also those of which nothing
// can change, with the reason.
func (s *Service) Reprice(ctx context.Context, scope access.Scope, c PriceChange) ([]Repriced, error) {
	if err := c.Check(); err != nil {
		return nil, err
	}
	var out []Repriced
	with := s.pricing(c)
	for q := (Query{Stage: Current, Limit: 500}); ; {
		p, err := s.List(ctx, scope, q)
		if err != nil {
			return nil, err
		}
		for _, r := range p.Rows {
			x, err := s.repriced(ctx, r, with)
			if err != nil {
				return nil, err
			}
			if x.Lines+x.Kept+x.Unpriced > 0 || x.Done {
				out = append(out, x)
			}
		}
		if q.After = p.Next; q.After == 0 {
			return out, nil
		}
	}
}

// RepriceOne shows what a price change does to one active agreement.
func (s *Service) RepriceOne(ctx context.Context, id ids.ID, c PriceChange) (Repriced, error) {
	if err := c.Check(); err != nil {
		return Repriced{}, err
	}
	rows, err := s.rows(ctx, []ids.ID{id})
	if err != nil {
		return Repriced{}, err
	}
	if len(rows) == 0 {
		return Repriced{}, noAgreement()
	}
	if rows[0].State != Active {
		return Repriced{}, fault.NewConflict("Only an active agreement is amended; a draft is simply changed.")
	}
	return s.repriced(ctx, rows[0], s.pricing(c))
}

func (s *Service) repriced(ctx context.Context, r Row, c *pricing) (Repriced, error) {
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
	what, err := c.changes(ctx, r.Agreement)
	if err != nil {
		return x, err
	}
	x.Lines, x.Kept, x.Unpriced, x.changes = len(what.list), what.kept, what.unpriced, what.list
	if r.Term > 0 && r.TermEnd(c.Day-1) != c.Day {
		x.Term = r.TermEnd(c.Day)
	}
	if x.Earliest = r.announced(s.Today(r.Zone)); c.Day < x.Earliest {
		x.Early = true
	}
	after := *r.Agreement
	after.Lines = slices.Clone(after.Lines)
	for _, ch := range what.list {
		l := after.Line(ch.Line)
		t := *ch.Terms
		t.From = c.Day
		p := LinePrice{Line: l.Name, Old: *l.On(c.Day), New: t}
		before := l.Monthly(c.Day)
		l.Terms = append(slices.Clone(l.Terms), t)
		if p.Before, err = before.Round(r.Currency.Digits()); err == nil {
			p.After, err = l.Monthly(c.Day).Round(r.Currency.Digits())
		}
		if err != nil {
			x.Failed = true
			return x, nil
		}
		x.Prices = append(x.Prices, p)
	}
	if x.Before, err = r.Agreement.Monthly(c.Day); err == nil {
		x.After, err = after.Monthly(c.Day)
	}
	x.Failed = err != nil
	return x, nil
}

// pricing is a price change with the catalogue's prices, read once for each currency.
type pricing struct {
	PriceChange
	s    *Service
	list map[money.Currency]map[ids.ID]catalogue.Price
}

func (s *Service) pricing(c PriceChange) *pricing {
	return &pricing{PriceChange: c, s: s, list: map[money.Currency]map[ids.ID]catalogue.Price{}}
}

// repricing are the changes of an agreement's lines, with how many lines keep their price and why.
type repricing struct {
	list           []Change
	kept, unpriced int
}

// changes are those of the lines that it concerns.
func (c *pricing) changes(ctx context.Context, a *Agreement) (out repricing, err error) {
	for i := range a.Lines {
		l := &a.Lines[i]
		t := l.On(c.Day)
		if t == nil || t.Once || t.Rule == rating.Sum || c.Item != 0 && l.Item != c.Item || c.Catalogue && l.Item == 0 {
			continue
		}
		if l.Terms[len(l.Terms)-1].From > c.Day {
			out.kept++
			continue
		}
		next, ok, err := c.next(ctx, a, l, t)
		if err != nil {
			return out, err
		}
		switch {
		case !ok:
			out.unpriced++
		case !samePrice(&next.Price, &t.Price):
			out.list = append(out.list, Change{Line: l.ID, Terms: &next})
		}
	}
	return out, nil
}

// next returns a line's terms with their new price, and false where there is none.
func (c *pricing) next(ctx context.Context, a *Agreement, l *Line, t *rating.Terms) (rating.Terms, bool, error) {
	if !c.Catalogue {
		next, err := Raised(*t, c.Percent, a.Currency)
		return next, true, err
	}
	list, read := c.list[a.Currency]
	if !read && c.s.p.Prices != nil {
		var err error
		if list, err = c.s.p.Prices(ctx, a.Currency, c.Day); err != nil {
			return rating.Terms{}, false, err
		}
		c.list[a.Currency] = list
	}
	p, ok := list[l.Item]
	next := *t
	next.Price = p.Price
	return next, ok && !p.Withdrawn && sameInterval(p.Every, t.Cycle), nil
}

// sameInterval reports whether a price of the catalogue is for the interval of a cycle.
func sameInterval(i catalogue.Interval, c rating.Cycle) bool {
	months := map[rating.Unit]int64{rating.Month: 1, rating.Quarter: 3, rating.Year: 12}[c.Unit] * int64(max(1, c.Every))
	return months > 0 && i.Months() == months
}

// samePrice reports whether two prices are one, however many places they are written with.
func samePrice(a, b *rating.Price) bool {
	same := func(x, y money.Decimal) bool { return x.Exact().Cmp(y.Exact()) == 0 }
	both := func(x, y *money.Decimal) bool { return x == nil && y == nil || x != nil && y != nil && same(*x, *y) }
	return a.Model == b.Model && same(a.Unit, b.Unit) && same(a.Size, b.Size) && same(a.Free, b.Free) && both(a.Least, b.Least) && both(a.Most, b.Most) &&
		slices.EqualFunc(a.Tiers, b.Tiers, func(x, y rating.Tier) bool {
			return x.Open == y.Open && (x.Open || same(x.UpTo, y.UpTo)) && same(x.Unit, y.Unit) && same(x.Flat, y.Flat)
		})
}

// Applied is what was done to one agreement.
type Applied struct {
	Changed bool
	Letter  ids.ID // that was written; 0 = none
	Sent    bool   // and mailed
}

// ApplyPrices changes the prices of one agreement, all that it concerns or none, together with the letter about it where one is
// ordered. Prices that were changed on this day already are left alone, so that what was interrupted can be sent again.
func (s *Service) ApplyPrices(ctx context.Context, id ids.ID, c PriceChange, order *LetterOrder) (done Applied, err error) {
	x, err := s.RepriceOne(ctx, id, c)
	if err != nil || x.Done || x.Lines == 0 {
		return Applied{}, err
	}
	var letter *written
	if order != nil { // drawn before the transaction: whatever changes meanwhile is refused by the version
		if letter, err = s.write(ctx, &x, c, order); err != nil {
			return Applied{}, err
		}
	}
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		done = Applied{}
		n, err := store.New(tx).RaisedOn(ctx, int64(id), int64(c.Day))
		if err != nil || n > 0 {
			return err
		}
		number, err := s.AmendIn(ctx, tx, id, x.Version, Amendment{Day: c.Day, Kind: "raised", Reason: c.Reason, Changes: x.changes})
		if err != nil {
			return err
		}
		done.Changed = true
		if letter == nil {
			return nil
		}
		done.Letter, done.Sent = letter.ID, !letter.Sent.IsZero()
		return s.putLetter(ctx, tx, letter, number)
	})
	if err != nil {
		return Applied{}, err
	}
	return done, nil
}

// announced is the first day on which an agreement's terms allow a change that is announced on a day: after the notice, at the end
// of a term where it has any.
func (a *Agreement) announced(day civil.Date) civil.Date {
	if a.Term == 0 && a.Notice == 0 {
		return day
	}
	_, last := a.NoticeBy(max(day, a.Starts))
	return last + 1
}

// monthlyOr is Monthly, 0 where it cannot be reckoned.
func (a *Agreement) monthlyOr(day civil.Date) int64 {
	n, err := a.Monthly(day)
	if err != nil {
		return 0
	}
	return n
}
