// SPDX-License-Identifier: Apache-2.0

package helpdesk

import (
	"cmp"
	"context"
	"slices"
	"sort"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// Dimension is what the lines of a report are about.
type Dimension string

// The dimensions.
const (
	PerClient     Dimension = "client"
	PerPriority   Dimension = "priority"
	PerTechnician Dimension = "technician" // who has the ticket now
	PerOrigin     Dimension = "origin"
	PerKind       Dimension = "kind"
	PerBoard      Dimension = "board"
)

// Dimensions lists the dimensions.
func Dimensions() []Dimension {
	return []Dimension{PerClient, PerPriority, PerTechnician, PerOrigin, PerKind, PerBoard}
}

// ReportQuery chooses the tickets of a report: those opened in the months From to To, both included.
type ReportQuery struct {
	From, To civil.Month
	Client   ids.ID // 0 = all
	Board    ids.ID
	Kind     *Kind
	By       Dimension // "" = no lines
}

// Figures say how a number of tickets went. Times are of the wall clock, from opening; Worked is what the clock of the
// service level counted until the solution. Promises count once they are decided: kept, or broken.
type Figures struct {
	Opened      int
	Finished    int // of these, by now
	Response    Times
	Resolution  Times
	Worked      Times
	Answers     Attainment // first answers
	Solutions   Attainment
	Reopened    int // tickets that were opened again at least once
	Reassigned  int // tickets that were handed on at least once
	Reassigning int // how often in all
}

// Times are of N tickets: the middle one, and the one that nine of ten did not exceed (nearest rank).
type Times struct {
	N           int
	Median, P90 time.Duration
}

// Attainment is how many of the promises that are decided were kept.
type Attainment struct{ Kept, Of int }

// Share is the part kept, 0–1; false where nothing is decided.
func (a Attainment) Share() (float64, bool) {
	if a.Of == 0 {
		return 0, false
	}
	return float64(a.Kept) / float64(a.Of), true
}

// ReopenRate is the share of the finished or reopened that were opened again; false where there is none.
func (f Figures) ReopenRate() (float64, bool) {
	return Attainment{f.Reopened, max(f.Finished, f.Reopened)}.Share()
}

// ReportLine is one line of a report's dimension: ID of a client, technician or board, Code of the others.
type ReportLine struct {
	ID   ids.ID
	Code string
	Figures
}

// ReportMonth is one month of a report.
type ReportMonth struct {
	Month    civil.Month
	Opened   int
	Finished int // in this month, whenever they were opened
	Open     int // unfinished at its end, whenever they were opened; of the present month, now
	Origins  [FromTechnician + 1]int
	Kinds    [ProjectTask + 1]int
}

// Report is what [Service.Report] found.
type Report struct {
	All    Figures
	Months []ReportMonth
	Lines  []ReportLine // most tickets first
}

const maxReportMonths = 240

// Report reckons the figures of the tickets in scope. A ticket that was opened again counts as finished when it last
// was; of one that was imported without that day, when it last changed.
func (s *Service) Report(ctx context.Context, scope access.Scope, q ReportQuery) (Report, error) {
	if q.From < civil.NewMonth(civil.MinYear, 1) || q.To > civil.NewMonth(civil.MaxYear, 12) || q.To < q.From || q.To-q.From >= maxReportMonths {
		return Report{}, fault.NewInvalid("Choose between 1 and %d months.", maxReportMonths).On("from")
	}
	if q.By != "" && !slices.Contains(Dimensions(), q.By) {
		return Report{}, fault.NewInvalid("There is no such report.").On("by")
	}
	u, err := s.set(ctx)
	if err != nil {
		return Report{}, err
	}
	if err := s.roll.Fresh(ctx); err != nil {
		return Report{}, err
	}
	if !scope.All() {
		if scope.Client() == 0 || q.Client != 0 && q.Client != scope.Client() {
			q.Client = -1 // nobody's
		} else {
			q.Client = scope.Client()
		}
	}
	g := s.gather(u, q)
	out := Report{Months: g.months, All: g.all}
	out.All.measure(g.samples)
	for _, part := range g.parts() {
		f := g.lines[part[0].group]
		f.measure(part)
		f.ID, f.Code = g.name(part[0].group)
		out.Lines = append(out.Lines, f)
	}
	slices.SortStableFunc(out.Lines, func(a, b ReportLine) int { return cmp.Compare(b.Opened, a.Opened) })
	return out, nil
}

// sample is what of a ticket is measured: seconds plus one, 0 = nothing.
type sample struct{ group, response, resolution, worked uint32 }

// gathered is what one pass over the roll brings; all that takes longer is done on it without holding up others.
type gathered struct {
	by      Dimension
	all     Figures
	months  []ReportMonth
	samples []sample
	lines   []ReportLine // by group
	ids     []ids.ID     // of the groups, where they have any
}

func (s *Service) gather(u *setup, q ReportQuery) *gathered {
	r := s.roll
	r.mu.RLock()
	defer r.mu.RUnlock()
	g := &gathered{by: q.By}
	groups := g.groups(r)
	g.lines = make([]ReportLine, groups)
	promised := promisedBy(u, r)
	ends := monthEnds(q, s.p.Zone) // ends[0] is the beginning of the first
	for m := q.From; m <= q.To; m++ {
		g.months = append(g.months, ReportMonth{Month: m})
	}
	before := 0 // unfinished when the first month began
	at := func(us int64) int { return sort.Search(len(ends), func(i int) bool { return us < ends[i] }) }
	for i := range r.rows {
		x := &r.rows[i]
		if x.merged || q.Client != 0 && x.client != q.Client || q.Board != 0 && r.boards.ids[x.board] != q.Board || q.Kind != nil && x.kind != *q.Kind {
			continue
		}
		month, finished := at(x.opened), x.finishedAt()
		ended := len(ends)
		if finished != 0 {
			ended = at(finished)
		}
		if ended > 0 && ended < len(ends) {
			g.months[ended-1].Finished++
		}
		if month == 0 && ended > 0 {
			before++
		}
		if month == 0 || month == len(ends) {
			continue
		}
		m := &g.months[month-1]
		m.Opened++
		m.Origins[min(int(x.origin), len(m.Origins)-1)]++
		m.Kinds[min(int(x.kind), len(m.Kinds)-1)]++
		group := g.group(x)
		n := sample{group: group, response: x.answered}
		if finished != 0 {
			n.resolution = seconds(finished-x.opened) + 1
			if x.policy != 0 {
				n.worked = x.worked + 1
			}
		}
		g.samples = append(g.samples, n)
		p := promised[x.policy][min(int(x.priority), 4)]
		g.all.count(x, p)
		g.lines[group].count(x, p)
	}
	for i := range g.months {
		m := &g.months[i]
		before += m.Opened - m.Finished
		m.Open = before
	}
	return g
}

// finishedAt is when a ticket was finished, 0 = it is not.
func (x *rollRow) finishedAt() int64 {
	switch {
	case x.state.Unfinished():
		return 0
	case x.solved != 0:
		return max(x.solved, x.opened)
	}
	return max(x.updated, x.opened, 1)
}

// promises that a policy makes for a priority.
type made struct{ answer, solution bool }

// promisedBy says what each policy promises, by its number in the roll and priority.
func promisedBy(u *setup, r *Roll) [][5]made {
	out := make([][5]made, max(1, len(r.levels.ids)))
	for i, id := range r.levels.ids {
		for p, t := range u.policies[id].Targets {
			if int(p) < 5 {
				out[i][p] = made{t.Response > 0, t.Resolve > 0}
			}
		}
	}
	return out
}

// monthEnds are the instants at which the first month begins and each of them ends, in microseconds.
func monthEnds(q ReportQuery, zone *time.Location) []int64 {
	out := []int64{micros(q.From.First().Time(zone))}
	for m := q.From; m <= q.To; m++ {
		out = append(out, micros((m + 1).First().Time(zone)))
	}
	return out
}

func (f *Figures) count(x *rollRow, p made) {
	f.Opened++
	finished := !x.state.Unfinished()
	if finished {
		f.Finished++
	}
	if x.reopened > 0 {
		f.Reopened++
	}
	if x.reassigned > 0 {
		f.Reassigned++
		f.Reassigning += int(x.reassigned)
	}
	decide := func(a *Attainment, late, decided bool) {
		if late || decided {
			a.Of++
			if !late {
				a.Kept++
			}
		}
	}
	if p.answer {
		decide(&f.Answers, x.lateAnswer, finished || x.answered > 0)
	}
	if p.solution {
		decide(&f.Solutions, x.lateSolution, finished)
	}
}

// groups says how many groups there are and keeps their ids. The caller holds the roll's lock.
func (g *gathered) groups(r *Roll) int {
	switch g.by {
	case PerClient:
		g.ids = slices.Clone(r.clients.ids)
	case PerTechnician:
		g.ids = slices.Clone(r.users.ids)
	case PerBoard:
		g.ids = slices.Clone(r.boards.ids)
	default:
		return 256
	}
	return max(1, len(g.ids))
}

func (g *gathered) group(x *rollRow) uint32 {
	switch g.by {
	case PerClient:
		return x.clientNo
	case PerTechnician:
		return uint32(x.assignee)
	case PerBoard:
		return uint32(x.board)
	case PerPriority:
		return uint32(x.priority)
	case PerOrigin:
		return uint32(x.origin)
	case PerKind:
		return uint32(x.kind)
	}
	return 0
}

func (g *gathered) name(group uint32) (ids.ID, string) {
	switch g.by {
	case PerPriority:
		return 0, Priority(group).String()
	case PerOrigin:
		return 0, Origin(group).String()
	case PerKind:
		return 0, Kind(group).String()
	}
	return g.ids[group], ""
}

// parts are the samples of each group that has any, in the order of the groups.
func (g *gathered) parts() (out [][]sample) {
	if g.by == "" {
		return nil
	}
	starts := make([]int, len(g.lines)+1)
	for _, x := range g.samples {
		starts[x.group+1]++
	}
	for i := range g.lines {
		starts[i+1] += starts[i]
	}
	sorted, next := make([]sample, len(g.samples)), slices.Clone(starts)
	for _, x := range g.samples {
		sorted[next[x.group]] = x
		next[x.group]++
	}
	for i := range g.lines {
		if part := sorted[starts[i]:starts[i+1]]; len(part) > 0 {
			out = append(out, part)
		}
	}
	return out
}

// measure sets the times.
func (f *Figures) measure(part []sample) {
	scratch := make([]uint32, 0, len(part))
	times := func(of func(*sample) uint32) Times {
		scratch = scratch[:0]
		for i := range part {
			if v := of(&part[i]); v > 0 {
				scratch = append(scratch, v-1)
			}
		}
		return timesOf(scratch)
	}
	f.Response = times(func(x *sample) uint32 { return x.response })
	f.Resolution = times(func(x *sample) uint32 { return x.resolution })
	f.Worked = times(func(x *sample) uint32 { return x.worked })
}

// timesOf orders list as far as it must.
func timesOf(list []uint32) Times {
	n := len(list)
	if n == 0 {
		return Times{}
	}
	ninth := (9*n+9)/10 - 1
	high := nth(list, ninth)
	mid := nth(list[:ninth+1], (n+1)/2-1) // what is smaller stands before it now
	return Times{n, time.Duration(mid) * time.Second, time.Duration(high) * time.Second}
}

// nth is the element that would stand at k in the sorted list; what is smaller stands before it afterwards (Hoare's FIND, with
// the middle of three as the pivot).
func nth(list []uint32, k int) uint32 {
	lo, hi := 0, len(list)-1
	for lo < hi {
		a, b, c := list[lo], list[(lo+hi)/2], list[hi]
		pivot := max(min(a, b), min(max(a, b), c))
		i, j := lo, hi
		for i <= j {
			for list[i] < pivot {
				i++
			}
			for list[j] > pivot {
				j--
			}
			if i <= j {
				list[i], list[j] = list[j], list[i]
				i++
				j--
			}
		}
		switch {
		case k <= j:
			hi = j
		case k >= i:
			lo = i
		default:
			return list[k]
		}
	}
	return list[k]
}
