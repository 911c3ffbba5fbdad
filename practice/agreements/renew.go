// SPDX-License-Identifier: Apache-2.0

package agreements

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/agreements/store"
	"mainstay/practice/billing/rating"
)

// RemindDays is how many days before the last day of notice, or before an escalation, people are reminded.
const RemindDays = 30

// Date is a day on which something happens to an agreement.
type Date struct {
	Row
	On   civil.Date
	What string // one of the Dates
}

// What happens on a date of the calendar.
const (
	NoticeDay = "notice" // the last day on which notice can be given
	RenewDay  = "renew"  // the first day of the next term
	EndDay    = "end"    // the last day
	RiseDay   = "rise"   // prices grow
)

// Dates returns what ends, renews and rises in a period, by day: the calendar of renewals.
func (s *Service) Dates(ctx context.Context, scope access.Scope, from, to civil.Date) ([]Date, error) {
	where, args := "a.state = 1 AND (a.term > 0 OR a.ends <> $1 OR a.rise_every > 0)", []any{int64(civil.NoDate)}
	if !scope.All() {
		where, args = where+" AND a.client_id = $2", append(args, int64(scope.Client()))
	}
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT a.id FROM agreements_agreements a WHERE "+where+" ORDER BY a.id", args...)
	if err != nil {
		return nil, err
	}
	list, err := idsOf(rows)
	if err != nil {
		return nil, err
	}
	var out []Date
	for part := range slices.Chunk(list, 400) {
		some, err := s.rows(ctx, part)
		if err != nil {
			return nil, err
		}
		for _, r := range some {
			out = append(out, r.dates(from, to)...)
		}
	}
	slices.SortStableFunc(out, func(a, b Date) int { return cmp.Or(cmp.Compare(a.On, b.On), cmp.Compare(a.ID, b.ID)) })
	return out, nil
}

func (r Row) dates(from, to civil.Date) (out []Date) {
	add := func(day civil.Date, what string) {
		if day.Known() && from <= day && day <= to && day >= r.Starts && !r.Ended(day) {
			out = append(out, Date{Row: r, On: day, What: what})
		}
	}
	add(r.Ends, EndDay)
	if r.Rise.Every > 0 {
		add(r.Rise.Next, RiseDay)
	}
	if r.Term == 0 || r.Ends.Known() {
		return out
	}
	for day := max(from, r.Starts); day.Known() && day <= to; {
		end := r.TermEnd(day)
		add(end, RenewDay)
		if r.Notice > 0 {
			add(end.AddDays(-r.Notice-1), NoticeDay)
		}
		if r.Renew == 0 || end <= day {
			return out
		}
		day = end
	}
	// The notice of the term after the last one within the period may lie in it.
	if next := r.TermEnd(max(to, r.Starts)); r.Notice > 0 {
		by := next.AddDays(-r.Notice - 1)
		if !slices.ContainsFunc(out, func(d Date) bool { return d.What == NoticeDay && d.On == by }) {
			add(by, NoticeDay)
		}
	}
	return out
}

// Daily does what each day asks of agreements: it counts, raises prices that are due, notes renewals and reminds. It may be
// called as often as one likes; a missed day is caught up.
func (s *Service) Daily(ctx context.Context) error {
	return errors.Join(s.CountAll(ctx), s.Raise(ctx), s.Renewals(ctx))
}

// Renewals notes terms that passed into another one, and reminds of the days of notice that come near.
func (s *Service) Renewals(ctx context.Context) error {
	rows, err := s.read().WithDates(ctx)
	if err != nil {
		return err
	}
	var failed []error
	for _, id := range rows {
		if err := s.renewal(ctx, ids.ID(id)); err != nil {
			failed = append(failed, fmt.Errorf("agreement %d: %w", id, err))
		}
	}
	return errors.Join(failed...)
}

func (s *Service) renewal(ctx context.Context, id ids.ID) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		a, err := s.get(ctx, tx, id)
		if err != nil {
			return err
		}
		today := s.Today(a.Zone)
		if a.State != Active || a.Ended(today) {
			return nil
		}
		if err := s.noteRenewals(ctx, tx, q, a, today); err != nil {
			return err
		}
		kept, err := q.Reminded(ctx, int64(id))
		if err != nil {
			return err
		}
		if a.Term > 0 && !a.Ends.Known() && a.Starts <= today {
			if by, _ := a.NoticeBy(today); by >= today && by.AddDays(-RemindDays) <= today && int64(by) != kept.Reminded {
				if err := errors.Join(q.SetReminded(ctx, int64(id), int64(by)), s.tell(ctx, tx, NoticeNear, id)); err != nil {
					return err
				}
			}
		}
		if next := a.Rise.Next; a.Rise.Every > 0 && a.Rise.Index != "" && next.AddDays(-RemindDays) <= today && int64(next) != kept.RiseReminded {
			return errors.Join(q.SetRiseReminded(ctx, int64(id), int64(next)), s.tell(ctx, tx, RiseNear, id))
		}
		return nil
	})
}

// noteRenewals adds an amendment for each term that began since the last one was noted.
func (s *Service) noteRenewals(ctx context.Context, tx *sql.Tx, q *store.Queries, a *Agreement, today civil.Date) error {
	if a.Term == 0 || a.Renew == 0 || a.Ends.Known() {
		return nil
	}
	noted, err := q.LastRenewal(ctx, int64(a.ID))
	if err != nil {
		return err
	}
	for end := a.TermEnd(max(a.Starts, civil.Date(noted))); end <= today; end = a.TermEnd(end) {
		number, err := q.LastAmendment(ctx, int64(a.ID))
		if err != nil {
			return err
		}
		if err := s.putAmendment(ctx, q, a.ID, s.p.IDs.New(), int(number)+1, Amendment{Day: end, Kind: "renewed"}, nil); err != nil {
			return err
		}
		if err := errors.Join(s.tell(ctx, tx, Renewed, a.ID), s.p.Access.Record(ctx, tx, "agreements.renewed", a.ID.String(), end.String())); err != nil {
			return err
		}
	}
	return nil
}

// Raise applies the escalators that are due as amendments, each on its day. Those that follow an index wait for a person.
func (s *Service) Raise(ctx context.Context) error {
	rows, err := s.read().RiseDue(ctx, int64(s.Today("").AddDays(1)))
	if err != nil {
		return err
	}
	var failed []error
	for _, id := range rows {
		for range 60 { // five years of months that were missed
			more, err := s.raise(ctx, ids.ID(id))
			if err != nil {
				failed = append(failed, fmt.Errorf("agreement %d: %w", id, err))
			}
			if err != nil || !more {
				break
			}
		}
	}
	return errors.Join(failed...)
}

func (s *Service) raise(ctx context.Context, id ids.ID) (more bool, err error) {
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		a, err := s.get(ctx, tx, id)
		if err != nil {
			return err
		}
		day := a.Rise.Next
		if more = a.State == Active && a.Rise.Every > 0 && a.Rise.Index == "" && day <= s.Today(a.Zone) && !a.Ended(day); !more {
			return nil
		}
		return s.RaiseIn(ctx, tx, a, day, a.Rise.Percent)
	})
	return more, err
}

// RaiseIn raises the recurring prices of an agreement by percent from a day on and moves its escalator on. A line whose price is
// changed later than that day already keeps what was agreed.
func (s *Service) RaiseIn(ctx context.Context, tx *sql.Tx, a *Agreement, day civil.Date, percent money.Decimal) error {
	am := Amendment{Day: day, Kind: "raised", Reason: percent.String() + " %"}
	for i := range a.Lines {
		l := &a.Lines[i]
		t := l.On(day)
		if t == nil || t.Once || l.Terms[len(l.Terms)-1].From > day {
			continue
		}
		raised, err := Raised(*t, percent, a.Currency)
		if err != nil {
			return err
		}
		am.Changes = append(am.Changes, Change{Line: l.ID, Terms: &raised})
	}
	if len(am.Changes) > 0 {
		if _, err := s.AmendIn(ctx, tx, a.ID, a.Version, am); err != nil {
			return err
		}
	}
	return store.New(tx).SetRiseNext(ctx, int64(a.ID), int64(a.Rise.after(a.Starts)))
}

// after is the day of the escalation after the next one. Days at the end of a month stay there.
func (r Rise) after(starts civil.Date) civil.Date {
	c := rating.Cycle{Anchor: r.Next, Unit: rating.Month, Every: r.Every}
	year, month, at := r.Next.Civil()
	if _, _, first := starts.Civil(); first > at && at == civil.DaysIn(year, month) {
		c.Day = first
	}
	return c.Boundary(1)
}

// Raised returns terms with all prices higher by percent, each rounded to the currency's digits or to the places it has.
func Raised(t rating.Terms, percent money.Decimal, c money.Currency) (rating.Terms, error) {
	var err error
	t.Price, err = t.Price.Raised(percent, c.Digits())
	return t, err
}
