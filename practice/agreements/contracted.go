// SPDX-License-Identifier: Apache-2.0

package agreements

import (
	"context"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// Recurs reports whether any of a line's terms is a price for an interval: not charged once, not by use.
func (l *Line) Recurs() bool {
	for i := range l.Terms {
		if !l.Terms[i].Once && l.Terms[i].Rule != rating.Sum {
			return true
		}
	}
	return false
}

// Contracted is what a line comes to in a month by what was agreed, in minor units: each day a share of what the line comes to in
// a month as it stands on that day ([Line.Monthly]), rounded once. Days before the agreement begins or after it ends add
// nothing.
func (a *Agreement) Contracted(l *Line, m civil.Month) (int64, error) {
	day, last := max(a.Starts, m.First()), m.Last()
	if a.Ends.Known() {
		last = min(last, a.Ends)
	}
	all := int64(m.Last()-m.First()) + 1
	var sum money.Exact
	for day <= last {
		next := l.next(day, last+1)
		sum = sum.Plus(l.Monthly(day).Times(money.Fraction(int64(next-day), all)))
		day = next
	}
	return sum.Round(a.Currency.Digits())
}

// next is the first day after one on which the line may stand otherwise, at most end.
func (l *Line) next(day, end civil.Date) civil.Date {
	earlier := func(d civil.Date) {
		if d > day && d < end {
			end = d
		}
	}
	for i := range l.Terms {
		earlier(l.Terms[i].From)
	}
	for i := range l.Facts {
		earlier(l.Facts[i].Day)
	}
	if l.Last.Known() {
		earlier(l.Last + 1)
	}
	return end
}

// Bound is the first day after the one to which an agreement binds the client as things stand on a day; NoDate where no term does.
func (a *Agreement) Bound(day civil.Date) civil.Date {
	end := a.TermEnd(day)
	if a.Ends.Known() && (!end.Known() || a.Ends < end) {
		return a.Ends + 1
	}
	return end
}

// Each calls fn with every agreement that was ever active, of one client or (0) of all, by id, as q sees them.
func Each(ctx context.Context, q db.Query, client ids.ID, fn func(*Agreement) error) error {
	const batch = 500
	for after := ids.ID(0); ; {
		list, err := (&Service{}).Due(ctx, q, DueFilter{All: true, Client: client, After: after, Limit: batch})
		if err != nil || len(list) == 0 {
			return err
		}
		for _, a := range list {
			if err := fn(a); err != nil {
				return err
			}
		}
		after = list[len(list)-1].ID
	}
}
