// SPDX-License-Identifier: Apache-2.0

package agreements

import (
	"mainstay/kit/civil"
	"mainstay/practice/billing/rating"
)

// TermEnd returns the first day after the term that a day lies in: the first term, or one of those by which the agreement was
// renewed. NoDate where it has no fixed term.
func (a *Agreement) TermEnd(day civil.Date) civil.Date {
	if a.Term == 0 {
		return civil.NoDate
	}
	months := rating.Cycle{Anchor: a.Starts, Unit: rating.Month, Every: 1}
	end := a.Term
	for a.Renew > 0 && months.Boundary(end) <= day {
		end += a.Renew
	}
	return months.Boundary(end)
}

// NoticeBy returns the last day on which notice can be given for the term that day lies in, and the agreement's last day if
// it is. NoDate where there is no fixed term: then the last day is that of the notice, counted from day.
func (a *Agreement) NoticeBy(day civil.Date) (by, last civil.Date) {
	end := a.TermEnd(day)
	if !end.Known() {
		return civil.NoDate, day.AddDays(a.Notice)
	}
	by = end.AddDays(-a.Notice - 1)
	for a.Renew > 0 && by < day && end.Known() { // too late for this term
		next := a.TermEnd(end)
		if next <= end {
			break
		}
		end = next
		by = end.AddDays(-a.Notice - 1)
	}
	return by, end - 1
}
