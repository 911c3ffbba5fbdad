// SPDX-License-Identifier: Apache-2.0

package helpdesk_test

import (
	"context"
	"testing"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/helpdesk/sla"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/clients"
)

// at moves the clock to a wall time of Berlin in March 2026.
func (r *rig) at(t testing.TB, when string) {
	t.Helper()
	r.clock.Advance(r.when(t, when).Sub(r.clock.Now()))
}

func (r *rig) when(t testing.TB, s string) time.Time {
	t.Helper()
	x, err := time.ParseInLocation("2006-01-02 15:04:05", "2026-03-"+s+map[bool]string{true: ":00", false: ""}[len(s) == 8], r.parts.Zone)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// due compares a deadline with a wall time of Berlin; "" = none.
func (r *rig) due(t testing.TB, what string, got time.Time, want string) {
	t.Helper()
	if want == "" {
		if !got.IsZero() {
			t.Errorf("%s is due at %s, want never", what, got.In(r.parts.Zone))
		}
		return
	}
	if w := r.when(t, want); !got.Equal(w) {
		t.Errorf("%s is due at %s, want %s", what, got.In(r.parts.Zone), w)
	}
}

// work does the jobs that are due.
func (r *rig) work(t testing.TB) {
	t.Helper()
	for {
		did, err := r.parts.Jobs.One(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if !did {
			return
		}
	}
}

func (r *rig) say(t testing.TB, id ids.ID, m helpdesk.Message) helpdesk.Ticket {
	t.Helper()
	if m.Body == "" {
		m.Body = "We look at it."
	}
	x, _, err := r.Say(r.ada, all, id, 0, m)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func (r *rig) update(t testing.TB, id ids.ID, e helpdesk.Edit) helpdesk.Ticket {
	t.Helper()
	x, err := r.Update(r.ada, all, id, 0, e)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func (r *rig) setup(t testing.TB) helpdesk.Setup {
	t.Helper()
	u, err := r.Setup(r.ada)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func (r *rig) status(t testing.TB, code string) ids.ID {
	t.Helper()
	for _, x := range r.setup(t).Statuses {
		if x.Code == code {
			return x.ID
		}
	}
	t.Fatalf("no status %s", code)
	return 0
}

var person = helpdesk.Author{Kind: "person", ID: 7, Name: "Dr Mensah"}

// TestALevelThroughAWeek follows a ticket of the firm's own service level, Monday to Friday 8 to 17: the numbers were
// worked out on paper.
func TestALevelThroughAWeek(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		x := r.make(t, helpdesk.Draft{}) // normal: answer in 4 h, next in 16 h, solution in 40 h
		r.due(t, "the first answer", x.Level.ResponseDue, "02 13:00")
		r.due(t, "the solution", x.Level.ResolveDue, "06 13:00")
		r.due(t, "the next answer", x.Level.UpdateDue, "")
		r.at(t, "02 10:00")
		x = r.update(t, x.ID, helpdesk.Edit{Priority: ptr(helpdesk.High)}) // 2 h, 8 h, 16 h
		r.due(t, "the first answer of a raised one", x.Level.ResponseDue, "02 11:00")
		r.due(t, "the solution of a raised one", x.Level.ResolveDue, "03 16:00")
		r.at(t, "02 10:30")
		x = r.say(t, x.ID, helpdesk.Message{Public: true})
		r.due(t, "the first answer, given", x.Level.ResponseDue, "")
		r.due(t, "the next answer", x.Level.UpdateDue, "03 09:30") // the clock shows 1.5 h; 9.5 h it shows on Tuesday
		r.at(t, "02 11:00")
		x = r.update(t, x.ID, helpdesk.Edit{State: ptr(helpdesk.StateWaiting)})
		r.due(t, "anything while the client is waited for", x.Level.Due(), "")
		if x.Level.Elapsed != 2*time.Hour || !x.Level.Running.IsZero() {
			t.Errorf("%+v", x.Level)
		}
		r.at(t, "03 12:00")
		x = r.say(t, x.ID, helpdesk.Message{Public: true, Author: &person})
		r.due(t, "the solution after waiting", x.Level.ResolveDue, "04 17:00") // 14 h left: 5 + 9
		r.due(t, "the next answer after waiting", x.Level.UpdateDue, "04 10:30")
		r.at(t, "04 16:00")
		x = r.update(t, x.ID, helpdesk.Edit{State: ptr(helpdesk.StateSolved)})
		if x.Level.Elapsed != 15*time.Hour || x.Level.ResolveLate || x.Level.ResponseLate || !x.Level.Due().IsZero() {
			t.Errorf("%+v", x.Level)
		}
		r.at(t, "05 09:00")
		x = r.say(t, x.ID, helpdesk.Message{Public: true, Author: &person})
		r.due(t, "the solution after reopening", x.Level.ResolveDue, "05 10:00")
		r.at(t, "05 10:00")
		if x = r.update(t, x.ID, helpdesk.Edit{State: ptr(helpdesk.StateSolved)}); x.Level.ResolveLate {
			t.Error("solved in its last instant and counted as late")
		}
		r.at(t, "05 11:00")
		x = r.update(t, x.ID, helpdesk.Edit{State: ptr(helpdesk.StateOpen)})
		r.at(t, "05 11:00:01")
		x = r.update(t, x.ID, helpdesk.Edit{})
		if !x.Level.ResolveLate || x.Reopened != 2 {
			t.Errorf("opened with no time left: %+v", x.Level)
		}
		r.due(t, "what was due already", x.Level.ResolveDue, "05 11:00")
		// Waiting for a supplier does not stop the clock.
		x = r.update(t, x.ID, helpdesk.Edit{Status: ptr(r.status(t, "waiting-supplier"))})
		if x.Level.Running.IsZero() {
			t.Error("the clock stands while we wait for a supplier")
		}
		// What was solved stays as it went, whatever becomes of it.
		y := r.make(t, helpdesk.Draft{})
		r.update(t, y.ID, helpdesk.Edit{State: ptr(helpdesk.StateSolved)})
		r.at(t, "25 09:00")
		if y = r.update(t, y.ID, helpdesk.Edit{Priority: ptr(helpdesk.Urgent)}); y.Level.ResolveLate || y.Level.Elapsed != 0 {
			t.Errorf("%+v", y.Level)
		}
		if p := r.make(t, helpdesk.Draft{Origin: helpdesk.FromPlan}); p.Level.Policy != 0 || !p.Level.Due().IsZero() {
			t.Errorf("planned work has the level %+v", p.Level)
		}
	})
}

func (r *rig) office(t testing.TB) helpdesk.Calendar {
	t.Helper()
	return r.setup(t).Calendars[0]
}

var roundTheClock = [7][]sla.Span{{{To: sla.Day}}, {{To: sla.Day}}, {{To: sla.Day}}, {{To: sla.Day}}, {{To: sla.Day}}, {{To: sla.Day}}, {{To: sla.Day}}}

func TestAClientsOwnLevel(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		x, other, done := r.make(t, helpdesk.Draft{}), r.make(t, helpdesk.Draft{Client: r.kestrel}), r.make(t, helpdesk.Draft{})
		done = r.update(t, done.ID, helpdesk.Edit{State: ptr(helpdesk.StateSolved)})
		always, err := r.SaveCalendar(r.ada, helpdesk.Calendar{Name: "Always", Week: roundTheClock})
		if err != nil {
			t.Fatal(err)
		}
		gold, err := r.SavePolicy(r.ada, helpdesk.Policy{Name: "Gold", Calendar: always, Targets: map[helpdesk.Priority]helpdesk.Targets{helpdesk.Normal: {Response: 6 * time.Hour, Resolve: 40 * time.Hour}}})
		if err != nil {
			t.Fatal(err)
		}
		r.at(t, "02 12:00") // 3 h counted
		if err := r.SetClientLevel(r.ada, r.harbour, helpdesk.ClientLevel{Policy: gold}); err != nil {
			t.Fatal(err)
		}
		// However late the job runs, and however often, the other hours count from the change on.
		r.at(t, "02 20:00")
		for range 2 {
			r.work(t)
			y := r.get(t, x.ID)
			r.due(t, "the solution", y.Level.ResolveDue, "04 01:00") // 37 h after 12:00
			r.due(t, "the first answer", y.Level.ResponseDue, "02 15:00")
			if y.Level.Policy != gold || y.Level.Calendar != always || !y.Level.ResponseLate || y.Version != x.Version {
				t.Errorf("%+v", y)
			}
			if err := r.parts.Jobs.Add(context.Background(), helpdesk.ReckonJob, ids.ID(0).String()); err != nil {
				t.Fatal(err)
			}
		}
		if y := r.get(t, other.ID); y.Level.Policy != other.Level.Policy || y.Level.ResolveDue != other.Level.ResolveDue {
			t.Errorf("another client's ticket: %+v", y.Level)
		}
		if y := r.get(t, done.ID); y.Level != done.Level {
			t.Errorf("a solved ticket: %+v", y.Level)
		}
		if n, err := r.List(r.ada, all, helpdesk.Query{Late: true}); err != nil || n.Total != 2 { // and the other client's, whose answer was due at 13:00
			t.Errorf("the list of the late has %d, %v", n.Total, err)
		}
		// A new ticket, and one whose client changes, take the level at once.
		y := r.make(t, helpdesk.Draft{Client: r.kestrel})
		y = r.update(t, y.ID, helpdesk.Edit{Client: ptr(r.harbour)})
		if y.Level.Policy != gold {
			t.Errorf("%+v", y.Level)
		}
		r.due(t, "the first answer of one moved", y.Level.ResponseDue, "03 02:00")
		// Back to the firm's: the hours since then count by its calendar, those before stay.
		if err := r.SetClientLevel(r.ada, r.harbour, helpdesk.ClientLevel{}); err != nil {
			t.Fatal(err)
		}
		r.work(t)
		z := r.get(t, x.ID) // 3 h + 8 h are counted; 29 h from Tuesday 8:00: 9 + 9 + 9 + 2
		r.due(t, "the solution by the firm's level again", z.Level.ResolveDue, "06 10:00")
		own, err := r.ClientLevel(r.ada, r.harbour)
		if err != nil || own != (helpdesk.ClientLevel{}) {
			t.Errorf("%+v, %v", own, err)
		}
	})
}

func TestCalendarsAndPoliciesCanBeEdited(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		x := r.make(t, helpdesk.Draft{})
		c := r.office(t)
		c.Holidays = []helpdesk.Holiday{{Day: civil.MustDate(2026, 3, 3), Name: "Shrovetide"}}
		if _, err := r.SaveCalendar(r.ada, c); err != nil {
			t.Fatal(err)
		}
		if _, err := r.SaveCalendar(r.ada, c); !fault.Is(err, fault.Conflict) {
			t.Errorf("an older version was written over: %v", err)
		}
		r.work(t)
		r.due(t, "the solution over a holiday", r.get(t, x.ID).Level.ResolveDue, "09 13:00")
		c = r.office(t)
		c.Holidays, c.Zone = nil, "America/New_York" // 8 to 17 there is 14 to 23 here
		if _, err := r.SaveCalendar(r.ada, c); err != nil {
			t.Fatal(err)
		}
		r.work(t)
		r.due(t, "the first answer in New York", r.get(t, x.ID).Level.ResponseDue, "02 18:00")
		p := r.setup(t).Policies[0]
		p.Targets[helpdesk.Normal] = helpdesk.Targets{Response: time.Hour, Resolve: 9 * time.Hour}
		if _, err := r.SavePolicy(r.ada, p); err != nil {
			t.Fatal(err)
		}
		// Before the job has run: whoever touches the ticket brings it in step.
		y := r.update(t, x.ID, helpdesk.Edit{})
		r.due(t, "the first answer, promised sooner", y.Level.ResponseDue, "02 15:00")
		r.work(t)
		r.due(t, "the solution, promised sooner", r.get(t, x.ID).Level.ResolveDue, "02 23:00")
		quick, err := r.SavePolicy(r.ada, helpdesk.Policy{Name: "Quick", Calendar: c.ID, Targets: map[helpdesk.Priority]helpdesk.Targets{helpdesk.Normal: {Resolve: time.Hour}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.SetFallback(r.ada, quick); err != nil {
			t.Fatal(err)
		}
		r.work(t)
		y = r.get(t, x.ID)
		r.due(t, "the first answer, no longer promised", y.Level.ResponseDue, "")
		r.due(t, "the solution by another level", y.Level.ResolveDue, "02 15:00")
		for _, p := range r.setup(t).Policies {
			if p.Fallback != (p.ID == quick) {
				t.Errorf("%s: the firm's own %t", p.Name, p.Fallback)
			}
		}
		// A status that begins to stop the clocks does so for the tickets in it.
		supplier := r.status(t, "waiting-supplier")
		r.update(t, x.ID, helpdesk.Edit{Status: &supplier})
		if _, err := r.SaveStatus(r.ada, helpdesk.Status{ID: supplier, Code: "waiting-supplier", Stops: true}); err != nil {
			t.Fatal(err)
		}
		r.work(t)
		if y = r.get(t, x.ID); !y.Level.Running.IsZero() || !y.Level.Due().IsZero() {
			t.Errorf("%+v", y.Level)
		}
		// Another process sees all of it.
		u, err := helpdesk.New(r.parts).Setup(r.ada)
		if err != nil || len(u.Policies) != 2 || u.Calendars[0].Zone != "America/New_York" {
			t.Errorf("%+v, %v", u, err)
		}
	})
}

func TestBadLevels(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	c, p := r.office(t), r.setup(t).Policies[0]
	day := helpdesk.Holiday{Day: civil.NoDate}
	for name, err := range map[string]error{
		"zone":           second(r.SaveCalendar(r.ada, helpdesk.Calendar{Name: "x", Zone: "Mars/Base", Week: c.Week})),
		"this machine's": second(r.SaveCalendar(r.ada, helpdesk.Calendar{Name: "x", Zone: "Local", Week: c.Week})),
		"no name":        second(r.SaveCalendar(r.ada, helpdesk.Calendar{Week: c.Week})),
		"never open":     second(r.SaveCalendar(r.ada, helpdesk.Calendar{Name: "x"})),
		"holiday":        second(r.SaveCalendar(r.ada, helpdesk.Calendar{Name: "x", Week: c.Week, Holidays: []helpdesk.Holiday{day}})),
		"holidays":       second(r.SaveCalendar(r.ada, helpdesk.Calendar{Name: "x", Week: c.Week, Holidays: make([]helpdesk.Holiday, 2001)})),
		"no calendar":    second(r.SavePolicy(r.ada, helpdesk.Policy{Name: "x"})),
		"seconds":        second(r.SavePolicy(r.ada, helpdesk.Policy{Name: "x", Calendar: c.ID, Targets: map[helpdesk.Priority]helpdesk.Targets{3: {Resolve: time.Second}}})),
		"negative":       second(r.SavePolicy(r.ada, helpdesk.Policy{Name: "x", Calendar: c.ID, Targets: map[helpdesk.Priority]helpdesk.Targets{3: {Resolve: -time.Hour}}})),
		"backwards":      second(r.SavePolicy(r.ada, helpdesk.Policy{Name: "x", Calendar: c.ID, Targets: map[helpdesk.Priority]helpdesk.Targets{3: {Response: 2 * time.Hour, Resolve: time.Hour}}})),
		"priority":       second(r.SavePolicy(r.ada, helpdesk.Policy{Name: "x", Calendar: c.ID, Targets: map[helpdesk.Priority]helpdesk.Targets{5: {}}})),
		"old version":    second(r.SavePolicy(r.ada, helpdesk.Policy{ID: p.ID, Name: "x", Calendar: c.ID, Version: 7})),
		"fallback":       r.SetFallback(r.ada, 77),
		"client":         r.SetClientLevel(r.ada, 77, helpdesk.ClientLevel{}),
		"policy":         r.SetClientLevel(r.ada, r.harbour, helpdesk.ClientLevel{Policy: 77}),
		"calendar":       r.SetClientLevel(r.ada, r.harbour, helpdesk.ClientLevel{Calendar: 77}),
		"import":         second(r.ImportHolidays(r.ada, 77, "BEGIN:VCALENDAR")),
	} {
		if err == nil || fault.KindOf(err) == fault.Internal {
			t.Errorf("%s: %v", name, err)
		}
	}
	var jobs int
	if err := r.db.Reader().QueryRowContext(r.ada, "SELECT count(*) FROM jobs_jobs WHERE kind = $1", helpdesk.ReckonJob).Scan(&jobs); err != nil || jobs != 0 {
		t.Errorf("what was refused left %d jobs, %v", jobs, err)
	}
}

// TestReckonInBatches has more unfinished tickets than one batch takes.
func TestReckonInBatches(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	for range 503 {
		r.make(t, helpdesk.Draft{})
	}
	if err := r.SetClientLevel(r.ada, r.harbour, helpdesk.ClientLevel{Calendar: must(r.SaveCalendar(r.ada, helpdesk.Calendar{Name: "Always", Week: roundTheClock}))}); err != nil {
		t.Fatal(err)
	}
	r.work(t)
	p, err := r.List(r.ada, access.WholeFirm(), helpdesk.Query{DueBefore: r.when(t, "02 13:00").Add(time.Second), Limit: 1})
	if err != nil || p.Total != 503 || p.Rows[0].Level.ResolveDue != r.when(t, "04 01:00").UTC() {
		t.Errorf("%d, %+v, %v", p.Total, p.Rows, err)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func clientNamed(name string) clients.Details { return clients.Details{Name: name} }

// What a caller does with the setup that it was given changes nothing for others.
func TestTheSetupIsACopy(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	u := r.setup(t)
	u.Policies[0].Targets[helpdesk.Normal] = helpdesk.Targets{Response: time.Minute}
	u.Calendars[0].Week[1][0].From = 0
	x := r.make(t, helpdesk.Draft{})
	r.due(t, "the first answer", x.Level.ResponseDue, "02 13:00")
	if c := r.office(t); c.Week[1][0].From != 480 {
		t.Errorf("%+v", c.Week)
	}
}

// An answer that raises the priority is held to what was promised before it. (Two tickets of a real log had one.)
func TestAnAnswerThatRaisesThePriority(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	x := r.make(t, helpdesk.Draft{}) // within four hours
	r.at(t, "02 11:00")
	if x = r.say(t, x.ID, helpdesk.Message{Public: true, Then: helpdesk.Edit{Priority: ptr(helpdesk.Urgent)}}); x.Level.ResponseLate {
		t.Errorf("%+v", x.Level)
	}
}
