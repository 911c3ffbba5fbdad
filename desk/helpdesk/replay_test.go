// SPDX-License-Identifier: Apache-2.0

package helpdesk_test

import (
	"compress/gzip"
	"context"
	"database/sql"
	"encoding/csv"
	"errors"
	"hash/fnv"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/kit/civil"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/ids"
)

// event is a row of the log: what a ticket was after somebody changed it.
type event struct {
	number, state, group, assignee string
	client                         int // by location: 0 the firm's hours, 1 around the clock, 2 New York's hours
	impact, urgency                helpdesk.Level
	priority                       helpdesk.Priority
	at                             time.Time
}

// fate is what becomes of a ticket.
type fate struct {
	Worked                time.Duration
	Response, Resolution  time.Duration // −1 = none
	LateAnswer, LateSolve bool
	Reassigned, Reopened  int
	State                 string
}

const logPath = "../../../shared/data/servicenow/incident_event_log.csv.gz"

// readLog returns the events in the order in which they happened; of tickets, every nth.
func readLog(t *testing.T, nth int) []event {
	t.Helper()
	f, err := os.Open(logPath)
	if errors.Is(err, fs.ErrNotExist) {
		t.Skip("left out: the event log of a ServiceNow is not on this machine")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	r := csv.NewReader(z)
	head, err := r.Read()
	if err != nil {
		t.Fatal(err)
	}
	var out []event
	tickets := map[string]bool{}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		cell := func(name string) string { return row[slices.Index(head, name)] }
		step := func(name string) int {
			n, err := strconv.Atoi(cell(name)[:1])
			if err != nil {
				t.Fatalf("%s is %q", name, cell(name))
			}
			return n
		}
		at, err := time.Parse("2/1/2006 15:04", cell("sys_updated_at"))
		if err != nil {
			t.Fatal(err)
		}
		h := fnv.New32a()
		_, _ = h.Write([]byte(cell("location")))
		number := cell("number")
		if _, known := tickets[number]; !known {
			tickets[number] = len(tickets)%nth == 0
		}
		if !tickets[number] {
			continue
		}
		out = append(out, event{
			number, cell("incident_state"), cell("assignment_group"), cell("assigned_to"), int(h.Sum32() % 3),
			helpdesk.Level(step("impact")), helpdesk.Level(step("urgency")), helpdesk.Priority(step("priority")), at,
		})
	}
	slices.SortStableFunc(out, func(a, b event) int { return a.at.Compare(b.at) })
	return out
}

var replayTargets = map[helpdesk.Priority]helpdesk.Targets{
	helpdesk.Urgent: {Response: time.Hour, Update: 2 * time.Hour, Resolve: 8 * time.Hour}, helpdesk.High: {Response: 2 * time.Hour, Update: 8 * time.Hour, Resolve: 16 * time.Hour},
	helpdesk.Normal: {Response: 4 * time.Hour, Update: 16 * time.Hour, Resolve: 40 * time.Hour}, helpdesk.Low: {Response: 8 * time.Hour, Resolve: 80 * time.Hour},
}

// script is the straightforward reckoning: for each ticket its events one after the other, working minutes looked up in a
// table that was filled minute by minute.
func script(t *testing.T, events []event) map[string]fate {
	t.Helper()
	begin := events[0].at.Truncate(24 * time.Hour)
	minutes := int(events[len(events)-1].at.Sub(begin)/time.Minute) + 1
	var worked [3][]int // minutes worked from begin on
	for c := range worked {
		zone := must(time.LoadLocation([]string{"Europe/Berlin", "UTC", "America/New_York"}[c]))
		worked[c] = make([]int, minutes+1)
		for m := range minutes {
			at := begin.Add(time.Duration(m) * time.Minute).In(zone)
			worked[c][m+1] = worked[c][m]
			if c == 1 || at.Weekday() >= 1 && at.Weekday() <= 5 && at.Hour() >= 8 && at.Hour() < 17 {
				worked[c][m+1]++
			}
		}
	}
	between := func(c int, a, b time.Time) time.Duration {
		return time.Duration(worked[c][int(b.Sub(begin)/time.Minute)]-worked[c][int(a.Sub(begin)/time.Minute)]) * time.Minute
	}
	type open struct {
		fate
		last   event
		opened time.Time
		solved time.Time
	}
	done := func(state string) bool { return state == "Resolved" || state == "Closed" }
	all := map[string]*open{}
	for _, e := range events {
		x := all[e.number]
		if x == nil {
			x = &open{last: e, opened: e.at}
			x.Response = -1
			x.last.state = "New"
			all[e.number] = x
		}
		if e.state == "-100" {
			e.state = x.last.state
		}
		e.client = x.last.client
		if s := x.last.state; !done(s) && s != "Awaiting User Info" {
			x.Worked += between(e.client, x.last.at, e.at)
		}
		late := func(p helpdesk.Priority) {
			x.LateAnswer = x.LateAnswer || x.Response < 0 && x.Worked > replayTargets[p].Response
			x.LateSolve = x.LateSolve || x.Worked > replayTargets[p].Resolve
		}
		if !done(x.last.state) {
			late(x.last.priority)
		}
		if x.Response < 0 && e.state != "New" {
			x.Response = e.at.Sub(x.opened)
		}
		if !done(x.last.state) || !done(e.state) {
			late(e.priority)
		}
		if x.last.assignee != "?" && e.assignee != x.last.assignee || e.group != x.last.group {
			x.Reassigned++
		}
		switch {
		case done(e.state) && !done(x.last.state):
			x.solved = e.at
		case !done(e.state) && done(x.last.state):
			x.Reopened++
			x.solved = time.Time{}
		}
		x.last = e
	}
	out := map[string]fate{}
	for number, x := range all {
		x.State, x.Resolution = x.last.state, -1
		if !x.solved.IsZero() {
			x.Resolution = x.solved.Sub(x.opened)
		}
		out[number] = x.fate
	}
	return out
}

// TestReplayOfALog plays the event log of a real ServiceNow through the service, ticket by ticket and change by change, and
// compares what the service says of each ticket with the script. MAINSTAY_REPLAY=all takes all tickets (minutes).
func TestReplayOfALog(t *testing.T) {
	nth := 50
	if os.Getenv("MAINSTAY_REPLAY") == "all" {
		nth = 1
	}
	events := readLog(t, nth)
	want := script(t, events)
	r := newRig(t, dbtest.Open(t))
	p := newPlayer(t, r, events)
	for _, e := range events {
		p.play(t, e)
	}
	wrong, got := 0, map[string]fate{}
	for number, id := range p.tickets {
		x := r.get(t, id)
		f := fate{Worked: x.Level.Elapsed, Response: -1, Resolution: -1, LateAnswer: x.Level.ResponseLate, LateSolve: x.Level.ResolveLate, Reassigned: x.Reassigned, Reopened: x.Reopened, State: p.states[x.Status]}
		if !x.Responded.IsZero() {
			f.Response = x.Responded.Sub(x.Opened)
		}
		if !x.Solved.IsZero() {
			f.Resolution = x.Solved.Sub(x.Opened)
		}
		if w := want[number]; f != w {
			if wrong++; wrong <= 5 {
				t.Errorf("%s: %+v\nthe script says %+v", number, f, w)
			}
		}
		got[number] = f
	}
	if wrong > 0 || len(got) != len(want) {
		t.Errorf("%d of %d tickets differ", wrong, len(want))
	}
	checkReport(t, r, events, want)
}

// checkReport compares the report over the replayed tickets with sums over the script's answer.
func checkReport(t *testing.T, r *rig, events []event, want map[string]fate) {
	t.Helper()
	rep, err := r.Report(r.ada, all, helpdesk.ReportQuery{From: civil.DateOf(events[0].at).Month() - 1, To: civil.DateOf(events[len(events)-1].at).Month() + 1, By: helpdesk.PerClient})
	if err != nil {
		t.Fatal(err)
	}
	var f helpdesk.Figures
	var response, resolution []time.Duration
	for _, w := range want {
		f.Opened++
		f.Reassigning += w.Reassigned
		if w.Reassigned > 0 {
			f.Reassigned++
		}
		if w.Reopened > 0 {
			f.Reopened++
		}
		solved := w.Resolution >= 0
		if solved {
			f.Finished++
			resolution = append(resolution, w.Resolution)
		}
		if w.Response >= 0 {
			response = append(response, w.Response)
		}
		sum := func(a *helpdesk.Attainment, late, decided bool) {
			if late || decided {
				a.Of++
			}
			if decided && !late {
				a.Kept++
			}
		}
		sum(&f.Answers, w.LateAnswer, solved || w.Response >= 0)
		sum(&f.Solutions, w.LateSolve, solved)
	}
	times := func(list []time.Duration) helpdesk.Times {
		slices.Sort(list)
		return helpdesk.Times{N: len(list), Median: list[(len(list)+1)/2-1], P90: list[(9*len(list)+9)/10-1]}
	}
	f.Response, f.Resolution, f.Worked = times(response), times(resolution), rep.All.Worked
	if rep.All != f {
		t.Errorf("the report says\n%+v\nthe script\n%+v", rep.All, f)
	}
	answers, _ := rep.All.Answers.Share()
	solutions, _ := rep.All.Solutions.Share()
	t.Logf("%d tickets in %d events: first answer in time %.1f %%, solved in time %.1f %%, middle resolution %s, opened again %d, handed on %d times", len(want), len(events),
		100*answers, 100*solutions, rep.All.Resolution.Median, rep.All.Reopened, rep.All.Reassigning)
}

// player plays events through the service.
type player struct {
	*rig
	clients  [3]ids.ID
	boards   map[string]ids.ID
	people   map[string]ids.ID
	statuses map[string]ids.ID
	states   map[ids.ID]string
	tickets  map[string]ids.ID
	last     map[string]event
}

func newPlayer(t *testing.T, r *rig, events []event) *player {
	t.Helper()
	p := &player{
		rig: r, boards: map[string]ids.ID{}, people: map[string]ids.ID{"?": 0}, states: map[ids.ID]string{}, tickets: map[string]ids.ID{}, last: map[string]event{},
		statuses: map[string]ids.ID{
			"New": r.status(t, "new"), "Active": r.status(t, "in-progress"), "Awaiting User Info": r.status(t, "waiting-client"), "Awaiting Vendor": r.status(t, "waiting-supplier"),
			"Resolved": r.status(t, "solved"), "Closed": r.status(t, "closed"),
		},
	}
	for _, name := range []string{"Awaiting Problem", "Awaiting Evidence"} {
		p.statuses[name] = must(r.SaveStatus(r.ada, helpdesk.Status{Name: name, State: helpdesk.StateWaiting}))
	}
	for name, id := range p.statuses {
		p.states[id] = name
	}
	policy := r.setup(t).Policies[0]
	policy.Targets = replayTargets
	must(r.SavePolicy(r.ada, policy))
	p.clients = [3]ids.ID{r.harbour, r.kestrel, must(r.clients.Create(r.ada, clientNamed("Upstate Optics")))}
	office := r.office(t)
	always := must(r.SaveCalendar(r.ada, helpdesk.Calendar{Name: "Always", Week: roundTheClock}))
	there := must(r.SaveCalendar(r.ada, helpdesk.Calendar{Name: "New York", Week: office.Week, Zone: "America/New_York"}))
	for i, c := range []ids.ID{0, always, there} {
		if err := r.SetClientLevel(r.ada, p.clients[i], helpdesk.ClientLevel{Calendar: c}); err != nil {
			t.Fatal(err)
		}
	}
	err := r.db.Write(r.ada, func(tx *sql.Tx) error {
		for _, e := range events {
			if _, known := p.people[e.assignee]; known {
				continue
			}
			p.people[e.assignee] = r.parts.IDs.New()
			if _, err := tx.ExecContext(r.ada, "INSERT INTO access_users (id, email, name, role, created_at) VALUES ($1, $2, $2, 'technician', 0)", int64(p.people[e.assignee]), e.assignee); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if _, known := p.boards[e.group]; !known {
			p.boards[e.group] = must(r.SaveBoard(r.ada, helpdesk.Board{Name: e.group}))
		}
	}
	r.clock.Advance(events[0].at.Sub(r.clock.Now()))
	return p
}

func (p *player) play(t *testing.T, e event) {
	t.Helper()
	p.clock.Advance(e.at.Sub(p.clock.Now()))
	id, known := p.tickets[e.number]
	old := p.last[e.number]
	if !known {
		x := p.make(t, helpdesk.Draft{
			Client: p.clients[e.client], Subject: e.number, Origin: helpdesk.FromClient, OriginNote: "phone", Channel: "phone", Impact: e.impact, Urgency: e.urgency,
			Board: p.boards[e.group], Assignee: p.people[e.assignee],
		})
		id, p.tickets[e.number] = x.ID, x.ID
		old = e
		old.state = "New"
		p.update(t, id, helpdesk.Edit{Priority: &e.priority})
	}
	var change helpdesk.Edit
	if e.state == "-100" {
		e.state = old.state
	}
	if e.state != old.state {
		change.Status = ptr(p.statuses[e.state])
	}
	if e.priority != old.priority {
		change.Priority = &e.priority
	}
	if e.group != old.group {
		change.Board = ptr(p.boards[e.group])
	}
	if e.assignee != old.assignee {
		change.Assignee = ptr(p.people[e.assignee])
	}
	p.last[e.number] = e
	if e.state != "New" && p.get(t, id).Responded.IsZero() {
		p.say(t, id, helpdesk.Message{Public: true, Then: change})
		return
	}
	p.update(t, id, change)
}

// TestReplayWithAlarms plays the same with the alarms rung every hour: they change no figure.
func TestReplayWithAlarms(t *testing.T) {
	events := readLog(t, 200)
	want := script(t, events)
	r := newRig(t, dbtest.Open(t))
	p := newPlayer(t, r, events)
	ctx := context.Background()
	for _, e := range events {
		for e.at.Sub(r.clock.Now()) > 6*time.Hour {
			r.clock.Advance(6 * time.Hour)
			if err := r.Alarms(ctx); err != nil {
				t.Fatal(err)
			}
		}
		p.play(t, e)
	}
	for number, id := range p.tickets {
		x, w := r.get(t, id), want[number]
		if x.Level.Elapsed != w.Worked || x.Level.ResponseLate != w.LateAnswer || x.Level.ResolveLate != w.LateSolve || x.Reassigned != w.Reassigned {
			t.Errorf("%s: %+v\nthe script says %+v", number, x.Level, w)
		}
		told := map[string]int{}
		entries, err := r.Thread(r.ada, all, id)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range entries {
			for _, a := range n.Alarms {
				if a.Promise == helpdesk.NextAnswer {
					continue // one for each answer
				}
				key := string(a.Promise) + strconv.FormatBool(a.Breach)
				if told[key]++; told[key] > 1 && x.Reopened == 0 {
					t.Errorf("%s: told twice: %s", number, key)
				}
			}
		}
	}
}
