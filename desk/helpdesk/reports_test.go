// SPDX-License-Identifier: Apache-2.0

package helpdesk_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

var march = civil.NewMonth(2026, 3)

func (r *rig) report(t testing.TB, q helpdesk.ReportQuery) helpdesk.Report {
	t.Helper()
	if q.From == 0 {
		q.From, q.To = march, march
	}
	out, err := r.Report(r.ada, all, q)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestReportByHand has five tickets whose figures were worked out on paper.
func TestReportByHand(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		solve := helpdesk.Edit{State: ptr(helpdesk.StateSolved)}
		a := r.make(t, helpdesk.Draft{Origin: helpdesk.FromClient, Impact: 1, Urgency: 1}) // urgent: 1 h, 8 h
		b := r.make(t, helpdesk.Draft{Origin: helpdesk.FromClient, Kind: helpdesk.Request})
		c := r.make(t, helpdesk.Draft{Client: r.kestrel, Origin: helpdesk.FromMonitor})
		r.at(t, "02 09:30")
		r.say(t, a.ID, helpdesk.Message{Public: true}) // after half an hour: kept
		r.at(t, "02 14:00")
		r.say(t, b.ID, helpdesk.Message{Public: true, Then: solve}) // after five hours, of four: broken; solved in time
		r.at(t, "03 10:00")
		r.update(t, a.ID, solve) // ten hours of work, of eight: broken
		r.at(t, "03 11:00")
		r.say(t, a.ID, helpdesk.Message{Public: true, Author: &person})                        // opened again
		r.update(t, c.ID, helpdesk.Edit{Assignee: ptr(r.adaID)})                               // given out: not handed on
		r.update(t, c.ID, helpdesk.Edit{Assignee: ptr(ids.ID(0))})                             // taken away
		r.update(t, c.ID, helpdesk.Edit{Board: ptr(r.setup(t).Boards[1].ID)})                  // handed to another board
		r.update(t, c.ID, helpdesk.Edit{State: ptr(helpdesk.StateWaiting), Tags: &[]string{}}) // no answer yet, and late: due was 13:00 on Monday
		r.clock.Advance(31 * 24 * time.Hour)                                                   // 3 April
		e := r.make(t, helpdesk.Draft{Origin: helpdesk.FromPlan, Kind: helpdesk.Maintenance})
		r.update(t, e.ID, solve)
		r.update(t, a.ID, solve)

		got := r.report(t, helpdesk.ReportQuery{By: helpdesk.PerPriority})
		want := helpdesk.Figures{
			Opened: 3, Finished: 2, Response: helpdesk.Times{N: 2, Median: 30 * time.Minute, P90: 5 * time.Hour},
			Resolution: helpdesk.Times{N: 2, Median: 5 * time.Hour, P90: 32*24*time.Hour + 2*time.Hour}, // from 2 March 9:00 to 3 April 12:00, summer time between
			Worked:     got.All.Worked, Answers: helpdesk.Attainment{Kept: 1, Of: 3}, Solutions: helpdesk.Attainment{Kept: 1, Of: 2}, Reopened: 1, Reassigned: 1, Reassigning: 2,
		}
		if got.All != want {
			t.Errorf("%+v\nwant\n%+v", got.All, want)
		}
		// 10 h until Tuesday 10:00; from 11:00 on 3 March to the evening of 2 April 6 + 22 days of 9 h; 3 April 8:00–12:00 4 h.
		if w := got.All.Worked; w.N != 2 || w.Median != 5*time.Hour || w.P90 != 10*time.Hour+6*time.Hour+22*9*time.Hour+4*time.Hour {
			t.Errorf("%+v", w)
		}
		if len(got.Lines) != 2 || got.Lines[0].Code != "normal" || got.Lines[0].Opened != 2 || got.Lines[1].Code != "urgent" || got.Lines[1].Solutions != (helpdesk.Attainment{Of: 1}) {
			t.Errorf("%+v", got.Lines)
		}
		months := r.report(t, helpdesk.ReportQuery{From: march - 1, To: march + 1}).Months
		if len(months) != 3 || months[0] != (helpdesk.ReportMonth{Month: march - 1}) ||
			months[1] != (helpdesk.ReportMonth{Month: march, Opened: 3, Finished: 1, Open: 2, Origins: [5]int{0, 2, 1, 0, 0}, Kinds: [6]int{2, 1}}) ||
			months[2] != (helpdesk.ReportMonth{Month: march + 1, Opened: 1, Finished: 2, Open: 1, Origins: [5]int{3: 1}, Kinds: [6]int{4: 1}}) {
			t.Errorf("%+v", months)
		}
		if april := r.report(t, helpdesk.ReportQuery{From: march + 1, To: march + 1}); april.Months[0] != months[2] || april.All.Answers.Of != 0 || april.All.Solutions.Of != 0 {
			t.Errorf("%+v", april)
		}
		if rate, ok := got.All.ReopenRate(); !ok || rate != .5 {
			t.Errorf("%v", rate)
		}
		by := r.report(t, helpdesk.ReportQuery{By: helpdesk.PerClient}).Lines
		if len(by) != 2 || by[0].ID != r.harbour || by[0].Opened != 2 || by[1].ID != r.kestrel || by[1].Answers != (helpdesk.Attainment{Of: 1}) {
			t.Errorf("%+v", by)
		}
		theirs, err := r.Report(r.ada, access.OneClient(r.kestrel), helpdesk.ReportQuery{From: march, To: march, By: helpdesk.PerClient})
		if err != nil || theirs.All.Opened != 1 || len(theirs.Lines) != 1 || theirs.Months[0].Open != 1 {
			t.Errorf("%+v, %v", theirs, err)
		}
		for _, q := range []struct {
			scope access.Scope
			q     helpdesk.ReportQuery
		}{{access.OneClient(r.kestrel), helpdesk.ReportQuery{Client: r.harbour}}, {access.Scope{}, helpdesk.ReportQuery{}}} {
			q.q.From, q.q.To = march, march
			if nothing, err := r.Report(r.ada, q.scope, q.q); err != nil || nothing.All.Opened != 0 || nothing.Months[0].Open != 0 {
				t.Errorf("%+v, %v", nothing, err)
			}
		}
		for _, q := range []helpdesk.ReportQuery{{}, {From: march, To: march - 1}, {From: march, To: march + 240}, {From: march, To: march, By: "moon"}} {
			if _, err := r.Report(r.ada, all, q); !fault.Is(err, fault.Invalid) {
				t.Errorf("%+v: %v", q, err)
			}
		}
	})
}

// TestReportEqualsThePlainAnswer reckons every dimension from the tickets themselves, sorted and counted one by one.
func TestReportEqualsThePlainAnswer(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	rng := rand.New(rand.NewPCG(3, 4))
	var made []ids.ID
	for i := range 150 {
		x := r.make(t, helpdesk.Draft{Client: []ids.ID{r.harbour, r.kestrel}[i%2], Kind: helpdesk.Kind(rng.IntN(6)), Origin: helpdesk.Origin(1 + rng.IntN(4)), Impact: helpdesk.Level(1 + rng.IntN(3)), Urgency: helpdesk.Level(1 + rng.IntN(3))})
		made = append(made, x.ID)
		for range 3 {
			id := made[rng.IntN(len(made))]
			r.clock.Advance(time.Duration(rng.IntN(7200)) * time.Second)
			switch rng.IntN(4) {
			case 0:
				r.say(t, id, helpdesk.Message{Public: true})
			case 1:
				r.update(t, id, helpdesk.Edit{State: ptr(helpdesk.State(rng.IntN(5)))})
			case 2:
				r.update(t, id, helpdesk.Edit{Assignee: ptr([]ids.ID{0, r.adaID}[rng.IntN(2)])})
			default:
				r.update(t, id, helpdesk.Edit{State: ptr(helpdesk.StateSolved)})
			}
		}
	}
	p, err := r.List(r.ada, all, helpdesk.Query{Limit: 500})
	if err != nil || len(p.Rows) != 150 {
		t.Fatal(len(p.Rows), err)
	}
	keys := map[helpdesk.Dimension]func(helpdesk.Ticket) string{
		helpdesk.PerClient: func(x helpdesk.Ticket) string { return x.Client.String() }, helpdesk.PerPriority: func(x helpdesk.Ticket) string { return x.Priority.String() },
		helpdesk.PerTechnician: func(x helpdesk.Ticket) string { return x.Assignee.String() }, helpdesk.PerOrigin: func(x helpdesk.Ticket) string { return x.Origin.String() },
		helpdesk.PerKind: func(x helpdesk.Ticket) string { return x.Kind.String() }, helpdesk.PerBoard: func(x helpdesk.Ticket) string { return x.Board.String() },
	}
	last := civil.DateOf(r.clock.Now()).Month()
	for _, by := range helpdesk.Dimensions() {
		got := r.report(t, helpdesk.ReportQuery{From: march, To: last, By: by})
		want := map[string][]helpdesk.Ticket{}
		for _, x := range p.Rows {
			want[keys[by](x)] = append(want[keys[by](x)], x)
		}
		if len(got.Lines) != len(want) {
			t.Errorf("%s: %d lines, want %d", by, len(got.Lines), len(want))
		}
		for _, line := range got.Lines {
			key := line.Code
			if key == "" {
				key = line.ID.String()
			}
			if w := plain(want[key]); line.Figures != w {
				t.Errorf("%s %s:\n%+v\nwant\n%+v", by, key, line.Figures, w)
			}
		}
		if w := plain(p.Rows); got.All != w {
			t.Errorf("%+v\nwant\n%+v", got.All, w)
		}
	}
	kind := helpdesk.Change
	if got := r.report(t, helpdesk.ReportQuery{From: march, To: last, Kind: &kind}); got.All != plain(slices.DeleteFunc(slices.Clone(p.Rows), func(x helpdesk.Ticket) bool { return x.Kind != kind })) {
		t.Errorf("%+v", got.All)
	}
}

// plain reckons the figures of tickets under the standard service level, which promises an answer and a solution for every priority.
func plain(list []helpdesk.Ticket) (f helpdesk.Figures) {
	var response, resolution, worked []time.Duration
	for _, x := range list {
		f.Opened++
		done := x.State == helpdesk.StateSolved || x.State == helpdesk.StateClosed
		if !x.Responded.IsZero() {
			response = append(response, x.Responded.Sub(x.Opened))
		}
		if done {
			f.Finished++
			resolution = append(resolution, x.Solved.Sub(x.Opened))
		}
		if x.Reopened > 0 {
			f.Reopened++
		}
		f.Reassigning += x.Reassigned
		if x.Reassigned > 0 {
			f.Reassigned++
		}
		if x.Level.Policy == 0 {
			continue
		}
		if done {
			worked = append(worked, x.Level.Elapsed)
		}
		if x.Level.ResponseLate || done || !x.Responded.IsZero() {
			f.Answers.Of++
			if !x.Level.ResponseLate {
				f.Answers.Kept++
			}
		}
		if x.Level.ResolveLate || done {
			f.Solutions.Of++
			if !x.Level.ResolveLate {
				f.Solutions.Kept++
			}
		}
	}
	times := func(list []time.Duration) (out helpdesk.Times) {
		if out.N = len(list); out.N == 0 {
			return out
		}
		slices.Sort(list)
		rank := func(percent int) time.Duration { return list[(percent*len(list)+99)/100-1].Truncate(time.Second) }
		out.Median, out.P90 = rank(50), rank(90)
		return out
	}
	f.Response, f.Resolution, f.Worked = times(response), times(resolution), times(worked)
	return f
}

// BenchmarkReport prints what a report over a large helpdesk costs: five years, 2,000 clients.
func BenchmarkReport(b *testing.B) {
	r := newRig(b, dbtest.Open(b))
	ctx, n, rng := context.Background(), size(), rand.New(rand.NewPCG(1, 2))
	u, src := r.setup(b), ids.NewSource(r.clock)
	from, span := r.clock.Now().AddDate(-5, 0, 0).UnixMicro(), int64(5*365*24)*3600e6
	for at := 0; at < n; at += 20_000 {
		err := r.db.Write(ctx, func(tx *sql.Tx) error {
			stmt, err := tx.PrepareContext(ctx, `INSERT INTO helpdesk_tickets (id, number, seq, client_id, board_id, status_id, state, kind, origin, impact, urgency, priority, subject, assignee_id,
				opened_at, updated_at, responded_at, solved_at, policy_id, elapsed, response_late, resolve_late, reopened, reassigned)
				VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, 2, 2, $9, 'x', $10, $11, $11, $12, $13, $14, $15, $16, $17, $18, $19)`)
			if err != nil {
				return err
			}
			defer stmt.Close()
			for i := at; i < min(n, at+20_000); i++ {
				opened, status, solved := from+span/int64(n)*int64(i), u.Statuses[6], int64(0)
				if rng.IntN(50) == 0 {
					status = u.Statuses[rng.IntN(5)]
				} else {
					solved = opened + rng.Int64N(30*24*3600e6)
				}
				if _, err := stmt.ExecContext(ctx, int64(src.New()), int64(2000+i), int64(1+min(rng.IntN(2000), rng.IntN(2000))), int64(u.Boards[i%2].ID), int64(status.ID), int64(status.State), int64(rng.IntN(6)), int64(1+rng.IntN(4)),
					int64(1+rng.IntN(4)), int64(rng.IntN(50)), opened, opened+rng.Int64N(24*3600e6), solved, int64(u.Policies[0].ID), rng.Int64N(80*3600e6), int64(rng.IntN(10)/9), int64(rng.IntN(8)/7), int64(rng.IntN(10)/9), int64(rng.IntN(4)/3)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	last := civil.DateOf(r.clock.Now()).Month()
	r.report(b, helpdesk.ReportQuery{From: last, To: last}) // reads the roll
	for _, by := range append([]helpdesk.Dimension{""}, helpdesk.Dimensions()...) {
		b.Run(fmt.Sprintf("by=%s", by), func(b *testing.B) {
			for b.Loop() {
				if got := r.report(b, helpdesk.ReportQuery{From: last - 60, To: last, By: by}); got.All.Opened != n {
					b.Fatalf("%d of %d", got.All.Opened, n)
				}
			}
		})
	}
}
