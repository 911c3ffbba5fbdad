// SPDX-License-Identifier: Apache-2.0

package agreements

import (
	"context"
	"database/sql"
	"slices"
	"strings"

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
	return a.over(l, m, l.Monthly).Round(a.Currency.Digits())
}

// Average is how many of a line there were on a day of a month, on average, while it was charged by the month or quarter or year: one
// where its price has no quantity.
func (a *Agreement) Average(l *Line, m civil.Month) money.Exact {
	return a.over(l, m, l.charged)
}

// Range is the lowest and the highest of what [Agreement.Average] averages; the lowest is 0 where the line was not charged on every day.
func (a *Agreement) Range(l *Line, m civil.Month) (low, high money.Exact) {
	first, days := true, 0
	a.each(l, m, func(day civil.Date, n int) {
		x := l.charged(day)
		days += n
		if first || x.Cmp(low) < 0 {
			low = x
		}
		if first || x.Cmp(high) > 0 {
			high = x
		}
		first = false
	})
	if days < int(m.Last()-m.First())+1 {
		low = money.Exact{}
	}
	return low, high
}

// charged is how many of a line are charged on a day by the interval.
func (l *Line) charged(day civil.Date) money.Exact {
	t := l.On(day)
	if t == nil || t.Once || t.Rule == rating.Sum {
		return money.Exact{}
	}
	n, f := l.Quantity(day)
	if f.ID == 0 && t.Price.Model == rating.Flat {
		return money.Whole(1)
	}
	return n.Exact()
}

// over adds up what holds on each day of a month, each day for its share of the month.
func (a *Agreement) over(l *Line, m civil.Month, on func(civil.Date) money.Exact) money.Exact {
	all := int64(m.Last()-m.First()) + 1
	var sum money.Exact
	a.each(l, m, func(day civil.Date, n int) {
		sum = sum.Plus(on(day).Times(money.Fraction(int64(n), all)))
	})
	return sum
}

// each calls fn with the days of a month on which a line stands the same: the first of them and how many there are.
func (a *Agreement) each(l *Line, m civil.Month, fn func(day civil.Date, n int)) {
	day, last := max(a.Starts, m.First()), m.Last()
	if a.Ends.Known() {
		last = min(last, a.Ends)
	}
	for day <= last {
		next := l.next(day, last+1)
		fn(day, int(next-day))
		day = next
	}
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

// EachOf calls fn with every agreement that was ever active of some clients.
func EachOf(ctx context.Context, q db.Query, clients []ids.ID, fn func(*Agreement) error) error {
	for part := range slices.Chunk(clients, 500) {
		by := these(part)
		list, err := load(ctx, q, some{where: "a.state = 1 AND a.client_id IN (" + by.where + ")", args: by.args})
		if err != nil {
			return err
		}
		for _, a := range list {
			if err := fn(a); err != nil {
				return err
			}
		}
	}
	return nil
}

// Each calls fn with every agreement that was ever active, of one client or (0) of all, by id, as q sees them.
func Each(ctx context.Context, q db.Query, client ids.ID, fn func(*Agreement) error) error {
	const batch = 500
	for after := ids.ID(0); ; {
		list, err := due(ctx, q, DueFilter{All: true, Client: client, After: after, Limit: batch})
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

// Monthly is what an allowance grants in a month; what was bought besides has no part in it.
func (p *Pot) Monthly() money.Exact { return p.Each.Exact().Times(perMonth(p.Cycle)) }

// Titles returns number and name of agreements.
func (s *Service) Titles(ctx context.Context, list []ids.ID) (map[ids.ID]string, error) {
	out := map[ids.ID]string{}
	for part := range slices.Chunk(list, 500) {
		args, marks := make([]any, len(part)), make([]string, len(part))
		for i, id := range part {
			args[i], marks[i] = int64(id), placeholder(i+1)
		}
		rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT id, number, name FROM agreements_agreements WHERE id IN ("+strings.Join(marks, ", ")+")", args...)
		if err != nil {
			return nil, err
		}
		err = eachTitle(rows, out)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

func eachTitle(rows *sql.Rows, into map[ids.ID]string) error {
	defer rows.Close()
	for rows.Next() {
		var id ids.ID
		var number, name string
		if err := rows.Scan(&id, &number, &name); err != nil {
			return err
		}
		into[id] = number + " " + name
	}
	return rows.Err()
}
