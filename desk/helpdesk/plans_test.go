// SPDX-License-Identifier: Apache-2.0

package helpdesk_test

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/clients"
)

// patching is a plan for every Tuesday at 7:30 from 2 March 2026 on.
func (r *rig) patching() helpdesk.Plan {
	return helpdesk.Plan{
		Name: "Patch the servers", Client: r.harbour, Minute: 450,
		Rule: helpdesk.Rule{Every: helpdesk.Weekly, Weekdays: []time.Weekday{time.Tuesday}, From: 20514},
		Outline: helpdesk.Outline{
			Kind: helpdesk.Maintenance, Subject: "Patch the servers", Body: "As agreed.", Assignee: r.adaID, Tags: []string{"Patches"}, Steps: []string{"Snapshot", " ", "Patch", "Restart"},
		},
	}
}

func (r *rig) plan(t testing.TB, p helpdesk.Plan) helpdesk.Plan {
	t.Helper()
	id, err := r.SavePlan(r.ada, p)
	if err != nil {
		t.Fatal(err)
	}
	p, err = r.Plan(r.ada, id)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func (r *rig) planned(t testing.TB) {
	t.Helper()
	if err := r.PlannedWork(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// days are those for which a plan made tickets, from the first.
func (r *rig) days(t testing.TB, id ids.ID) string {
	t.Helper()
	list, err := r.PlanDays(r.ada, id)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, d := range list {
		out = append(out, d.Day.String())
	}
	slices.Reverse(out)
	return strings.Join(out, " ")
}

func TestPlannedWork(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		p := r.plan(t, r.patching())
		if p.Rule.From.String() != "2026-03-02" || p.Next.String() != "2026-03-03" || !p.NextAt.Equal(r.when(t, "03 07:30")) {
			t.Fatalf("%+v", p)
		}
		r.at(t, "03 07:29:59")
		r.planned(t)
		if got := r.days(t, p.ID); got != "" {
			t.Errorf("made too soon: %s", got)
		}
		r.at(t, "03 07:30")
		r.planned(t)
		r.planned(t)
		list, err := r.PlanDays(r.ada, p.ID)
		if err != nil || len(list) != 1 {
			t.Fatalf("%v, %v", list, err)
		}
		x := r.get(t, list[0].Ticket)
		if x.Origin != helpdesk.FromPlan || x.Channel != "plan" || x.OriginNote != p.ID.String()+" 2026-03-03" || x.Kind != helpdesk.Maintenance || x.Assignee != r.adaID || x.Client != r.harbour || !slices.Equal(x.Tags, []string{"patches"}) || x.Level.Policy != 0 {
			t.Errorf("%+v", x)
		}
		steps, err := r.Steps(r.ada, all, x.ID)
		if err != nil || len(steps) != 3 || steps[1].Text != "Patch" {
			t.Errorf("%+v, %v", steps, err)
		}
		if entries, err := r.Thread(r.ada, all, x.ID); err != nil || len(entries) != 1 || entries[0].AuthorKind != "system" || entries[0].Body != "As agreed." {
			t.Errorf("%+v, %v", entries, err)
		}
		// Three weeks of standstill, over the change to summer time: each missed day has its ticket.
		r.at(t, "31 07:30")
		r.planned(t)
		if got := r.days(t, p.ID); got != "2026-03-03 2026-03-10 2026-03-17 2026-03-24 2026-03-31" {
			t.Errorf("after a standstill: %s", got)
		}
		// Another rule goes on after what was made.
		p, _ = r.Plan(r.ada, p.ID)
		p.Rule = helpdesk.Rule{Every: helpdesk.Monthly, Day: 31, From: p.Rule.From, To: p.Rule.From + 100}
		p = r.plan(t, p)
		if p.Next.String() != "2026-04-30" {
			t.Errorf("%+v", p)
		}
		r.clock.Advance(200 * 24 * time.Hour)
		r.planned(t)
		if p, _ = r.Plan(r.ada, p.ID); p.Next.Known() || !p.NextAt.IsZero() || !strings.HasSuffix(r.days(t, p.ID), "2026-03-31 2026-04-30 2026-05-31") {
			t.Errorf("at its end: %+v, %s", p, r.days(t, p.ID))
		}
		if err := r.DropPlan(r.ada, p.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Plan(r.ada, p.ID); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		if n, err := r.Count(r.ada, all, helpdesk.Query{Origins: []helpdesk.Origin{helpdesk.FromPlan}}); err != nil || n[0] != 7 {
			t.Errorf("the tickets of a plan that was removed: %v, %v", n, err)
		}
	})
}

func TestPausedAndChangedPlans(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	p := r.plan(t, r.patching())
	p.Paused = true
	p = r.plan(t, p)
	r.at(t, "12 09:00")
	r.planned(t)
	p.Paused = false
	p = r.plan(t, p)
	r.at(t, "17 09:00")
	r.planned(t)
	if got := r.days(t, p.ID); got != "2026-03-17" {
		t.Errorf("what passed while it was paused: %s", got)
	}
	// Renamed while it is behind: what was missed is still made.
	r.at(t, "31 09:00")
	if p, _ = r.Plan(r.ada, p.ID); p.Next.String() != "2026-03-24" {
		t.Fatalf("%+v", p)
	}
	p.Name = "Patches"
	old := p
	r.plan(t, p)
	r.planned(t)
	if got := r.days(t, p.ID); got != "2026-03-17 2026-03-24 2026-03-31" {
		t.Errorf("changed while it was behind: %s", got)
	}
	if _, err := r.SavePlan(r.ada, old); !fault.Is(err, fault.Conflict) {
		t.Errorf("an older version was written over: %v", err)
	}
	// In another zone it is due by the clock there: 7:30 in New York is 13:30 in Berlin.
	east := r.patching()
	east.Zone = "America/New_York"
	east.Rule.From += 60
	if east = r.plan(t, east); east.NextAt.UTC().Hour() != 11 || east.NextAt.UTC().Minute() != 30 {
		t.Errorf("%s", east.NextAt)
	}
}

// TestAPlanWhosePartsAreGone makes its ticket all the same, without them. One that cannot says so and lets the others go on.
func TestAPlanWhosePartsAreGone(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	site, err := r.clients.SaveSite(r.ada, all, r.harbour, clients.Site{Name: "Quay"})
	if err != nil {
		t.Fatal(err)
	}
	board, err := r.SaveBoard(r.ada, helpdesk.Board{Name: "Nights"})
	if err != nil {
		t.Fatal(err)
	}
	p := r.patching()
	p.Outline.Site, p.Outline.Board = site, board
	p = r.plan(t, p)
	lost := r.patching()
	lost.Client = r.kestrel
	lost = r.plan(t, lost)
	if err := r.clients.DeleteSite(r.ada, all, r.harbour, site); err != nil {
		t.Fatal(err)
	}
	if _, err := r.SaveBoard(r.ada, helpdesk.Board{ID: board, Name: "Nights", Archived: true}); err != nil {
		t.Fatal(err)
	}
	client := func(id ids.ID) {
		t.Helper()
		err := r.db.Write(r.ada, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(r.ada, "UPDATE helpdesk_plans SET client_id = $1 WHERE id = $2", int64(id), int64(lost.ID))
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	client(77)
	r.at(t, "03 09:00")
	if err := r.PlannedWork(context.Background()); err == nil {
		t.Error("nobody heard of the plan without a client")
	}
	list, err := r.PlanDays(r.ada, p.ID)
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	if x := r.get(t, list[0].Ticket); x.Site != 0 || x.Board == board || x.Board == 0 {
		t.Errorf("%+v", x)
	}
	if lost, _ = r.Plan(r.ada, lost.ID); lost.Problem == "" || lost.Next.String() != "2026-03-03" {
		t.Errorf("%+v", lost)
	}
	// A client that was merged into another one meanwhile is no hindrance, and the day is made up for.
	client(r.kestrel)
	if err := r.clients.Merge(r.ada, r.kestrel, r.harbour); err != nil {
		t.Fatal(err)
	}
	r.planned(t)
	if lost, _ = r.Plan(r.ada, lost.ID); lost.Problem != "" || r.days(t, lost.ID) != "2026-03-03" {
		t.Errorf("%+v", lost)
	}
	if list, err = r.PlanDays(r.ada, lost.ID); err != nil || r.get(t, list[0].Ticket).Client != r.harbour {
		t.Errorf("%+v, %v", list, err)
	}
}

func TestClientMerged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		p := r.patching()
		p.Client = r.kestrel
		p = r.plan(t, p)
		always := must(r.SaveCalendar(r.ada, helpdesk.Calendar{Name: "Always", Week: roundTheClock}))
		for _, c := range []ids.ID{r.harbour, r.kestrel} {
			if err := r.SetClientLevel(r.ada, c, helpdesk.ClientLevel{Calendar: map[ids.ID]ids.ID{r.harbour: always}[c]}); err != nil {
				t.Fatal(err)
			}
		}
		x := r.make(t, helpdesk.Draft{Client: r.kestrel, Body: "zirkonium"})
		r.at(t, "02 20:00") // eight hours of the firm's day are counted
		if err := r.clients.Merge(r.ada, r.kestrel, r.harbour); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := r.ClientMerged(context.Background(), r.kestrel.String()+" "+r.harbour.String()); err != nil {
				t.Fatal(err)
			}
		}
		x = r.get(t, x.ID)
		if x.Client != r.harbour {
			t.Errorf("%+v", x)
		}
		r.due(t, "the solution", x.Level.ResolveDue, "04 04:00") // 32 h on from 20:00
		if p, _ = r.Plan(r.ada, p.ID); p.Client != r.harbour {
			t.Errorf("%+v", p)
		}
		for scope, want := range map[ids.ID]int{r.harbour: 1, r.kestrel: 0} {
			if got, err := r.List(r.ada, access.OneClient(scope), helpdesk.Query{Text: "zirkonium"}); err != nil || len(got.Rows) != want {
				t.Errorf("found by %s: %d, %v", scope, len(got.Rows), err)
			}
		}
	})
}

func TestPlansOfSeveralProcesses(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		p := r.patching()
		p.Rule.Weekdays = []time.Weekday{0, 1, 2, 3, 4, 5, 6}
		p = r.plan(t, p)
		r.clock.Advance(40 * 24 * time.Hour)
		var wg sync.WaitGroup
		for range 4 {
			s := helpdesk.New(r.parts)
			wg.Go(func() {
				if err := s.PlannedWork(context.Background()); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		r.everyDayOnce(t, p, 41)
	})
}

// everyDayOnce checks that each of n days has one ticket, and no ticket is without a day.
func (r *rig) everyDayOnce(t testing.TB, p helpdesk.Plan, n int) {
	t.Helper()
	list, err := r.PlanDays(r.ada, p.ID)
	if err != nil || len(list) != n {
		t.Fatalf("%d days, %v, want %d", len(list), err, n)
	}
	for i, d := range list {
		if want := p.Next.AddDays(n - 1 - i); d.Day != want {
			t.Fatalf("%s, want %s", d.Day, want)
		}
		if x := r.get(t, d.Ticket); x.OriginNote != p.ID.String()+" "+d.Day.String() {
			t.Fatalf("%+v", x)
		}
	}
	var tickets, notes int
	if err := r.db.Reader().QueryRowContext(r.ada, "SELECT count(*), count(DISTINCT origin_note) FROM helpdesk_tickets").Scan(&tickets, &notes); err != nil || tickets != n || notes != n {
		t.Fatalf("%d tickets of %d days, %v", tickets, notes, err)
	}
}

const childDB, childRun = "MAINSTAY_PLANS_CHILD", "MAINSTAY_PLANS_RUN"

// TestPlansChild is the process that TestPlansUnderKill kills.
func TestPlansChild(t *testing.T) {
	path := os.Getenv(childDB)
	if path == "" {
		t.Skip("runs as a process of TestPlansUnderKill")
	}
	d, err := db.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{db: d}
	r.open(t, d)
	run, _ := strconv.Atoi(os.Getenv(childRun))
	r.clock.Advance(400*24*time.Hour + time.Duration(run)*time.Minute) // no two processes make ids in the same millisecond
	if err := r.PlannedWork(context.Background()); err != nil {
		t.Fatal(err)
	}
}

// TestPlansUnderKill kills the process that makes up for a year of missed days, again and again, until it is through: every
// day has one ticket.
func TestPlansUnderKill(t *testing.T) {
	d := dbtest.Open(t)
	r := newRig(t, d)
	p := r.patching()
	p.Rule.Weekdays = []time.Weekday{0, 1, 2, 3, 4, 5, 6}
	p = r.plan(t, p)
	made := func() (n int) {
		if err := d.Reader().QueryRowContext(r.ada, "SELECT count(*) FROM helpdesk_tickets").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	kills, left := 0, t.TempDir() // a killed child does not clean up
	for {
		child := exec.Command(os.Args[0], "-test.run=^TestPlansChild$", "-test.count=1")
		var said bytes.Buffer
		child.Env, child.Stdout = append(os.Environ(), "TMPDIR="+left, childDB+"="+d.Path, childRun+"="+strconv.Itoa(kills)), &said
		before := made()
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		ended := make(chan error, 1)
		go func() { ended <- child.Wait() }()
		var err error
		running := true
		for running {
			select {
			case err = <-ended:
				running = false
			case <-time.After(time.Millisecond): // looks again; what is found decides, not when
				if made() >= before+3+kills%9 && kills < 25 {
					_ = child.Process.Kill()
					kills++
					err, running = nil, false
					<-ended
				}
			}
		}
		if err != nil {
			t.Fatal(err, said.String())
		}
		if made() >= 401 {
			break
		}
	}
	r.everyDayOnce(t, p, 401)
	t.Log(strconv.Itoa(kills) + " kills")
}

func TestBadPlans(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	for name, change := range map[string]func(*helpdesk.Plan){
		"name": func(p *helpdesk.Plan) { p.Name = " " }, "rule": func(p *helpdesk.Plan) { p.Rule.Weekdays = nil }, "zone": func(p *helpdesk.Plan) { p.Zone = "Moon" },
		"minute": func(p *helpdesk.Plan) { p.Minute = 1440 }, "client": func(p *helpdesk.Plan) { p.Client = 77 }, "subject": func(p *helpdesk.Plan) { p.Outline.Subject = "" },
		"assignee": func(p *helpdesk.Plan) { p.Outline.Assignee = 77 }, "site": func(p *helpdesk.Plan) { p.Outline.Site = 77 }, "board": func(p *helpdesk.Plan) { p.Outline.Board = 77 },
		"steps": func(p *helpdesk.Plan) { p.Outline.Steps = slices.Repeat([]string{"x"}, 101) }, "step": func(p *helpdesk.Plan) { p.Outline.Steps = []string{strings.Repeat("x", 301)} },
		"gone": func(p *helpdesk.Plan) { p.ID = 77 },
	} {
		p := r.patching()
		change(&p)
		if _, err := r.SavePlan(r.ada, p); err == nil || fault.KindOf(err) == fault.Internal {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := r.DropPlan(r.ada, 77); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if list, err := r.Plans(r.ada, 0); err != nil || len(list) != 0 {
		t.Errorf("%v, %v", list, err)
	}
}

func TestTemplates(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		id, err := r.SaveTemplate(r.ada, helpdesk.Template{Name: "New starter", Outline: helpdesk.Outline{Kind: helpdesk.Request, Subject: "New starter:", Steps: []string{"Account", "Laptop"}, Tags: []string{"Joiner"}, Site: 5}})
		if err != nil {
			t.Fatal(err)
		}
		list, err := r.Templates(r.ada)
		if err != nil || len(list) != 1 || list[0].Outline.Site != 0 || list[0].Version != 1 {
			t.Fatalf("%+v, %v", list, err)
		}
		x := r.make(t, list[0].Outline.Draft(r.kestrel))
		if x.Kind != helpdesk.Request || x.Client != r.kestrel || !slices.Equal(x.Tags, []string{"joiner"}) || x.Origin != helpdesk.FromTechnician {
			t.Errorf("%+v", x)
		}
		list[0].Name = "Joiner"
		if _, err := r.SaveTemplate(r.ada, list[0]); err != nil {
			t.Fatal(err)
		}
		if _, err := r.SaveTemplate(r.ada, list[0]); !fault.Is(err, fault.Conflict) {
			t.Error(err)
		}
		if _, err := r.SaveTemplate(r.ada, helpdesk.Template{Name: "x"}); !fault.Is(err, fault.Invalid) {
			t.Error(err)
		}
		if err := r.DropTemplate(r.ada, id); err != nil {
			t.Error(err)
		}
		if err := r.DropTemplate(r.ada, id); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
	})
}
