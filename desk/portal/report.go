// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"cmp"
	"context"
	"slices"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Satisfaction is how a stretch of months was found: by month, client and technician, and every answer.
type Satisfaction struct {
	From, To    civil.Month // inclusive
	Total       Tally
	Months      []MonthTally // all of the stretch
	Clients     []NamedTally // the most answers first
	Technicians []NamedTally
	Rows        []RatedTicket // the newest first
	Capped      bool          // there are more than were looked at
}

// Tally counts answers. Asked are the mails that asked, Answered all answers, whether asked by mail or given unasked.
type Tally struct{ Asked, Answered, Good, Middling, Bad int }

// Share is the part of the answers that is good; false without an answer.
func (t Tally) Share() (float64, bool) {
	if t.Answered == 0 {
		return 0, false
	}
	return float64(t.Good) / float64(t.Answered), true
}

func (t *Tally) add(r Rating) {
	if !r.Asked.IsZero() {
		t.Asked++
	}
	switch r.Grade {
	case Good:
		t.Good++
	case Middling:
		t.Middling++
	case Bad:
		t.Bad++
	default:
		return
	}
	t.Answered++
}

// MonthTally is that of a month, by the day on which tickets were solved.
type MonthTally struct {
	Month civil.Month
	Tally
}

// NamedTally is that of a client or technician; ID 0 is nobody.
type NamedTally struct {
	ID ids.ID
	Tally
}

// RatedTicket is an answer, or a question without one.
type RatedTicket struct {
	Rating
	ClientName string
}

const maxMonths = 60

// Satisfaction returns how the months from and to, inclusive, were found in zone. client narrows it; 0 = all.
func (s *Service) Satisfaction(ctx context.Context, scope access.Scope, zone *time.Location, from, to civil.Month, client ids.ID) (Satisfaction, error) {
	out := Satisfaction{From: from, To: to}
	if to < from || int(to-from) >= maxMonths {
		return out, fault.NewInvalid("Choose between 1 and %d months.", maxMonths).On("months")
	}
	begin := func(m civil.Month) int64 { return clock.Micros(m.First().Time(zone)) }
	rows, err := s.read().RatingsBetween(ctx, begin(from), begin(to+1))
	if err != nil {
		return out, err
	}
	const most = 20_000
	if out.Capped = len(rows) > most; out.Capped {
		rows = rows[:most]
	}
	for m := from; m <= to; m++ {
		out.Months = append(out.Months, MonthTally{Month: m})
	}
	byClient, byTechnician := map[ids.ID]*NamedTally{}, map[ids.ID]*NamedTally{}
	named := func(in map[ids.ID]*NamedTally, id ids.ID) *NamedTally {
		if in[id] == nil {
			in[id] = &NamedTally{ID: id}
		}
		return in[id]
	}
	for _, row := range rows {
		r := RatedTicket{Rating{
			Ticket: ids.ID(row.TicketID), Client: ids.ID(row.ClientID), Person: ids.ID(row.PersonID), Technician: ids.ID(row.TechnicianID), Grade: Grade(row.Grade),
			Comment: row.Comment, Solved: instant(row.SolvedAt), Asked: instant(row.AskedAt), Rated: instant(row.RatedAt),
		}, row.Client}
		if !scope.Covers(r.Client) || client != 0 && r.Client != client {
			continue
		}
		out.Total.add(r.Rating)
		if i := int(civil.DateOf(r.Solved.In(zone)).Month() - from); i >= 0 && i < len(out.Months) {
			out.Months[i].add(r.Rating)
		}
		named(byClient, r.Client).add(r.Rating)
		named(byTechnician, r.Technician).add(r.Rating)
		out.Rows = append(out.Rows, r)
	}
	out.Clients, out.Technicians = sorted(byClient), sorted(byTechnician)
	return out, nil
}

func sorted(in map[ids.ID]*NamedTally) (out []NamedTally) {
	for _, t := range in {
		out = append(out, *t)
	}
	slices.SortFunc(out, func(a, b NamedTally) int {
		return cmp.Or(cmp.Compare(b.Answered, a.Answered), cmp.Compare(b.Asked, a.Asked), cmp.Compare(a.ID, b.ID))
	})
	return out
}
