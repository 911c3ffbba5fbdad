// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"maps"
	"math"
	"slices"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/rating"
)

// Reckoned is what is due of one agreement by a day.
type Reckoned struct {
	Agreement *agreements.Agreement
	Entries   []rating.Entry // by the position of their lines
	Day       civil.Date     // for which was reckoned, not before the last run's
	Next      civil.Date     // the first day after it on which something may be due
	Net       int64
}

// Never is later than every day on which something is due.
const Never civil.Date = math.MaxInt32

// Reckon finds what is due of an agreement by a day, from what was billed so far of the intervals that are not closed. It is the
// one way in which amounts come about: of previews, forecasts and runs.
func Reckon(a *agreements.Agreement, billed []rating.Span, day civil.Date) (*Reckoned, error) {
	r := &Reckoned{Agreement: a, Day: max(day, a.LastRun)}
	through := r.Day.AddDays(a.Lead)
	ask := rating.Ask{Today: through, Since: a.Through, Digits: a.Currency.Digits()}
	r.Next = Never
	r.Entries = make([]rating.Entry, 0, len(a.Lines)+1)
	for i := range a.Lines {
		l := &a.Lines[i]
		own := spansOf(billed, l.ID)
		list, err := l.Due(own, ask)
		if err != nil {
			return nil, err
		}
		r.Entries = append(r.Entries, list...)
		r.Next = min(r.Next, nextDue(&l.Line, through, a.Lead))
	}
	if a.Least != nil {
		top, err := topUp(a, billed, r.Entries, ask)
		if err != nil {
			return nil, err
		}
		r.Entries = append(r.Entries, top...)
		r.Next = min(r.Next, nextLeast(a, through))
	}
	for i := range r.Entries {
		var err error
		if r.Net, err = money.AddMinor(r.Net, r.Entries[i].Amount); err != nil {
			return nil, err
		}
		r.Entries[i].Run = through
	}
	return r, nil
}

func spansOf(billed []rating.Span, line ids.ID) []rating.Span {
	// Spans are read by line, so those of one lie together.
	i := slices.IndexFunc(billed, func(s rating.Span) bool { return s.Line == line })
	if i < 0 {
		return nil
	}
	j := i
	for j < len(billed) && billed[j].Line == line {
		j++
	}
	return billed[i:j]
}

// nextDue returns the first day after which a line may owe something again. Changes within an interval ride along with the next
// boundary; only what ends is settled on the day after its last.
func nextDue(l *rating.Line, through civil.Date, lead int) civil.Date {
	next := Never
	end := Never
	if l.Last.Known() {
		end = l.Last + 1
		if end > through && len(l.Terms) > 0 && l.Terms[0].From < end {
			next = end
		}
	}
	for i := range l.Terms {
		t := &l.Terms[i]
		to := end
		if i+1 < len(l.Terms) {
			to = min(to, l.Terms[i+1].From)
		}
		if t.From >= to || to <= through {
			continue
		}
		if t.Once {
			if t.From > through {
				next = min(next, t.From)
			}
			continue
		}
		if i == 0 && t.From > through && !t.Arrears {
			next = min(next, t.From)
			continue
		}
		cycle := t.Cycle
		if t.Bill != (rating.Cycle{}) {
			cycle = t.Bill
		}
		b := cycle.Boundary(cycle.Index(max(through, t.From)) + 1)
		if b < to || t.Arrears && b <= to {
			next = min(next, b)
		} else if t.Arrears {
			next = min(next, to)
		}
	}
	if next == Never {
		return Never
	}
	return next.AddDays(-lead)
}

// nextLeast returns the first day after which an agreement's minimum may be owed again.
func nextLeast(a *agreements.Agreement, through civil.Date) civil.Date {
	end := Never
	if a.Ends.Known() {
		end = a.Ends + 1
	}
	next := a.Cycle.Boundary(a.Cycle.Index(max(through, a.Starts)) + 1)
	switch {
	case a.Starts > through && !a.Arrears:
		next = a.Starts
	case next > end && end > through:
		next = end
	case next > end || next == end && !a.Arrears:
		return Never
	}
	return next.AddDays(-a.Lead)
}

// topUp returns what brings the lines of an interval up to the agreement's minimum, or takes back what is no longer missing. Its
// line is the agreement itself.
func topUp(a *agreements.Agreement, billed []rating.Span, due []rating.Entry, ask rating.Ask) ([]rating.Entry, error) {
	type sum struct {
		lines, top int64
		last       *rating.Span // the latest charge of a minimum
		revision   [2]int
	}
	sums := map[int]*sum{}
	at := func(s *rating.Span) *sum {
		k := a.Cycle.Index(s.Bill.From)
		if sums[k] == nil {
			sums[k] = &sum{}
		}
		return sums[k]
	}
	once := map[ids.ID]bool{}
	for i := range a.Lines {
		for _, t := range a.Lines[i].Terms {
			once[t.ID] = t.Once
		}
	}
	take := func(s *rating.Span) error {
		x := at(s)
		var err error
		switch {
		case s.Line == a.ID:
			if s.Kind == rating.Charge {
				x.last = s
			}
			x.revision[s.Kind] = max(x.revision[s.Kind], s.Revision)
			x.top, err = money.AddMinor(x.top, s.Amount)
		case !once[s.Terms]:
			x.lines, err = money.AddMinor(x.lines, s.Amount)
		}
		return err
	}
	for i := range billed {
		if billed[i].Kind <= rating.Credit {
			if err := take(&billed[i]); err != nil {
				return nil, err
			}
		}
	}
	for i := range due {
		if err := take(&due[i].Span); err != nil {
			return nil, err
		}
	}
	valid := rating.Period{From: a.Starts, To: Never}
	if a.Ends.Known() {
		valid.To = a.Ends + 1
	}
	// The minimum is owed where nothing else is, too.
	for k := a.Cycle.Index(max(a.Starts, ask.Since)); a.Cycle.Boundary(k) <= ask.Today && !a.Cycle.Interval(k).Cut(valid).Empty(); k++ {
		if sums[k] == nil {
			sums[k] = &sum{}
		}
	}
	var out []rating.Entry
	for _, k := range slices.Sorted(maps.Keys(sums)) {
		x, whole := sums[k], a.Cycle.Interval(k)
		part := whole.Cut(valid)
		if whole.To <= ask.Since || a.Arrears && part.To > ask.Today {
			continue
		}
		var want int64
		var parts []rating.Part
		if !part.Empty() { // of days after the end nothing is owed
			var share money.Exact
			share, parts = a.Prorate.Share(a.Cycle, part)
			var err error
			if want, err = rating.TrueUp(*a.Least, share, x.lines, ask.Digits); err != nil {
				return nil, err
			}
		} else if x.last != nil {
			part = x.last.Period
		}
		diff := want - x.top
		if diff == 0 {
			continue
		}
		e := rating.Entry{Span: rating.Span{Line: a.ID, Period: part, Bill: whole, Quantity: money.Decimal{Coef: 1}, Amount: diff}}
		e.Why = rating.Why{Prorate: a.Prorate, Parts: parts, Quantity: money.Whole(1), Steps: []rating.Step{{Code: rating.StepLeast, Unit: *a.Least, Units: money.Whole(1), Amount: money.Minor(diff, ask.Digits)}}}
		if diff < 0 && x.last != nil {
			e.Kind, e.Of = rating.Credit, x.last.ID
			e.Why.Steps = nil
			e.Why.Notes = []rating.Note{{Code: rating.NoteCorrect, Minor: x.top, Days: part}}
		}
		e.Revision = x.revision[e.Kind] + 1
		out = append(out, e)
	}
	return out, nil
}
