// SPDX-License-Identifier: Apache-2.0

package worklog

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
)

// Dimension is what the lines of a report are about.
type Dimension string

// The dimensions.
const (
	PerPerson Dimension = "person"
	PerClient Dimension = "client"
	PerType   Dimension = "type"
)

// Dimensions lists them in the order in which pages show them.
func Dimensions() []Dimension { return []Dimension{PerPerson, PerClient, PerType} }

// ReportQuery chooses the entries of a report: those of the months From to To, both included.
type ReportQuery struct {
	From, To civil.Month
	Client   ids.ID // 0 = all
	Person   ids.ID
	By       Dimension
}

// Sums say what was worked. Minutes are as worked, not as rounded for the client.
type Sums struct {
	Entries  int64
	Minutes  int64
	Billable int64 // of Minutes: those that the client pays by the hour
	Reactive int64 // of Minutes: because something broke or somebody called
	Charged  int64 // minutes as they are charged, rounded
	Amounts  []Amount
}

// Amount is what time comes to in one currency.
type Amount struct {
	Currency money.Currency
	Minor    int64
}

// Share is the part of the minutes that is billable, 0–1; false where nothing was worked.
func (s Sums) Share() (float64, bool) {
	if s.Minutes <= 0 {
		return 0, false
	}
	return float64(s.Billable) / float64(s.Minutes), true
}

func (s *Sums) add(x Sums) {
	s.Entries += x.Entries
	s.Minutes += x.Minutes
	s.Billable += x.Billable
	s.Reactive += x.Reactive
	s.Charged += x.Charged
	for _, a := range x.Amounts {
		i := slices.IndexFunc(s.Amounts, func(b Amount) bool { return b.Currency == a.Currency })
		if i < 0 {
			s.Amounts = append(s.Amounts, a)
		} else {
			s.Amounts[i].Minor += a.Minor
		}
	}
	slices.SortFunc(s.Amounts, func(a, b Amount) int { return cmp.Compare(a.Currency, b.Currency) })
}

// ReportLine is one person, client or kind of work. Name is that of a person, as it stands on the entries.
type ReportLine struct {
	ID   ids.ID
	Name string
	Sums
}

// ReportMonth is one month of a report.
type ReportMonth struct {
	Month civil.Month
	Sums
}

// Report is what was worked, in all, by month, and by one dimension with the most first.
type Report struct {
	All    Sums
	Months []ReportMonth
	Lines  []ReportLine
}

const maxReportMonths = 120

// Report adds up the time entries in scope.
func (s *Service) Report(ctx context.Context, scope access.Scope, q ReportQuery) (Report, error) {
	var out Report
	columns := map[Dimension]string{PerPerson: "person_id", PerClient: "client_id", PerType: "type_id"}
	column, ok := columns[q.By]
	if !ok {
		return out, fault.NewInvalid("%q is not one of the choices.", string(q.By)).On("by")
	}
	if !q.From.Known() || !q.To.Known() || q.To < q.From || q.To-q.From >= maxReportMonths {
		return out, fault.NewInvalid("A report covers 1 to %d months.", maxReportMonths).On("from")
	}
	at := map[ids.ID]int{}
	err := s.sums(ctx, scope, q, column, func(key int64, name string, x Sums) {
		id := ids.ID(key)
		i, ok := at[id]
		if !ok {
			i = len(out.Lines)
			at[id] = i
			out.Lines = append(out.Lines, ReportLine{ID: id})
		}
		if q.By == PerPerson {
			out.Lines[i].Name = max(out.Lines[i].Name, name)
		}
		out.Lines[i].add(x)
		out.All.add(x)
	})
	if err != nil {
		return out, err
	}
	slices.SortFunc(out.Lines, func(a, b ReportLine) int { return cmp.Or(cmp.Compare(b.Minutes, a.Minutes), cmp.Compare(a.ID, b.ID)) })
	for m := q.From; m <= q.To; m++ {
		out.Months = append(out.Months, ReportMonth{Month: m})
	}
	return out, s.sums(ctx, scope, q, "day", func(key int64, _ string, x Sums) {
		out.Months[civil.Date(key).Month()-q.From].add(x)
	})
}

// sums adds up by a column, in rows that a caller adds up further.
func (s *Service) sums(ctx context.Context, scope access.Scope, q ReportQuery, column string, fn func(key int64, name string, x Sums)) error {
	where, args := "day >= $1 AND day <= $2", []any{int64(q.From.First()), int64(q.To.Last())}
	narrow := func(column string, id ids.ID) {
		args = append(args, int64(id))
		where += fmt.Sprintf(" AND %s = $%d", column, len(args))
	}
	if !scope.All() {
		narrow("client_id", scope.Client())
	}
	if q.Client != 0 {
		narrow("client_id", q.Client)
	}
	if q.Person != 0 {
		narrow("person_id", q.Person)
	}
	rows, err := s.p.DB.Reader().QueryContext(ctx, `SELECT `+column+`, max(person), coverage, reactive, currency, count(*), CAST(sum(minutes) AS BIGINT), CAST(sum(billed_minutes) AS BIGINT), CAST(sum(minor) AS BIGINT)
		FROM worklog_entries WHERE `+where+` GROUP BY `+column+`, coverage, reactive, currency`, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var key, coverage, reactive, minor int64
		var name, currency string
		var x Sums
		if err := rows.Scan(&key, &name, &coverage, &reactive, &currency, &x.Entries, &x.Minutes, &x.Charged, &minor); err != nil {
			return err
		}
		if Coverage(coverage) == Billable {
			x.Billable = x.Minutes
			if currency != "" {
				x.Amounts = []Amount{{money.Currency(currency), minor}}
			}
		} else {
			x.Charged = 0
		}
		if reactive == 1 {
			x.Reactive = x.Minutes
		}
		fn(key, name, x)
	}
	return rows.Err()
}
