// SPDX-License-Identifier: Apache-2.0

package monitoring_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"mainstay/care/monitoring"
	"mainstay/care/monitoring/rules"
	"mainstay/desk/helpdesk"
	"mainstay/kit/ids"
)

var firm = monitoring.Place{Level: monitoring.ByFirm}

// chain makes a chain of the whole firm.
func (r *rig) chain(least rules.Level, steps ...monitoring.Step) ids.ID {
	r.t.Helper()
	id, err := r.SaveChain(r.ada, monitoring.Chain{Place: firm, Name: "Chain", Least: least, Steps: steps})
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

// adaAt calls Ada so many minutes after the first step.
func (r *rig) adaAt(minutes int) monitoring.Step {
	return monitoring.Step{After: minutes, Users: []ids.ID{r.adaID}}
}

// atOnce lets the disk alarm with its first bad value.
func (r *rig) atOnce() {
	r.t.Helper()
	_, err := r.SaveRule(r.ada, monitoring.Entry{Place: firm, Watch: rules.Watch{
		Key: "disk", Metric: "system_filesystem_utilization_ratio", Rule: rules.Rule{Kind: rules.Threshold, Warn: rules.Number(.9), Crit: rules.Number(.95)},
	}})
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) send(disk float64, devices ...ids.ID) {
	for _, d := range devices {
		r.Engine.Observe(d, r.clock.Now().UnixMilli(), []monitoring.Key{r.cpu, r.disk}, []float64{.1, disk})
	}
}

// tick lets time pass in steps of five seconds, in which nothing is sent.
func (r *rig) tick(d time.Duration) {
	r.t.Helper()
	for i := range int(d / (5 * time.Second)) {
		r.clock.Advance(5 * time.Second)
		if i%3 == 0 {
			r.Engine.Tick()
		}
		r.work()
	}
}

func (r *rig) told(want int, when string) {
	r.t.Helper()
	if len(r.news) != want {
		r.t.Fatalf("%s: told %d times, want %d", when, len(r.news), want)
	}
	seen := map[string]bool{}
	for _, n := range r.news {
		if seen[n.Once] {
			r.t.Fatalf("%s: two calls are named %s, so that the second is none", when, n.Once)
		}
		seen[n.Once] = true
	}
}

// A server goes down on which a warning has had a ticket for long: that is the same ticket, and somebody is called.
func TestWorseOnTheSameDeviceCalls(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.pass(13, .92, 1)
		r.told(1, "the warning")
		x, _ := r.ticket(r.one().Ticket)
		if x.Urgency != 3 {
			t.Errorf("a warning has urgency %d", x.Urgency)
		}
		r.chain(rules.Critical, r.adaAt(0))
		r.pass(10, .5)
		r.told(2, "the server is down")
		if len(r.alerts(monitoring.Open)) != 2 || r.tickets() != 1 || r.news[1].Alert.Watch.Key != "offline" {
			t.Errorf("%d alerts, %d tickets, told of %s", len(r.alerts()), r.tickets(), r.news[1].Alert.Watch.Key)
		}
		if x, _ = r.ticket(x.ID); x.Urgency != 1 || x.Priority > helpdesk.High {
			t.Errorf("urgency %d, priority %d", x.Urgency, x.Priority)
		}
	})
}

// What a person made more urgent stays so when something worse joins.
func TestAPriorityByHandStays(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.pass(13, .92, 1)
		urgent := helpdesk.Urgent
		if _, err := r.desk.Update(r.ada, all, r.one().Ticket, 0, helpdesk.Edit{Priority: &urgent}); err != nil {
			t.Fatal(err)
		}
		r.pass(12, .97, 1)
		if x, _ := r.ticket(r.one().Ticket); x.Urgency != 2 || x.Priority != helpdesk.Urgent {
			t.Errorf("urgency %d, priority %d", x.Urgency, x.Priority)
		}
	})
}

// More of one device within minutes is one call; hours later it is another.
func TestMoreOfADeviceIsToldOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.atOnce()
		r.pass(2, .97, 1)
		r.told(1, "the disk")
		data := r.Engine.Key("system_filesystem_utilization_ratio", monitoring.Label{Name: "mountpoint", Value: "/data"})
		logs := r.Engine.Key("system_filesystem_utilization_ratio", monitoring.Label{Name: "mountpoint", Value: "/log"})
		more := func(minutes int, keys ...monitoring.Key) {
			for range minutes {
				r.clock.Advance(time.Minute)
				r.Engine.Observe(1, r.clock.Now().UnixMilli(), append(keys, r.disk), []float64{.97, .97, .97}[:len(keys)+1])
				r.work()
			}
		}
		more(3, data)
		r.told(1, "another disk, minutes later")
		more(60, data)
		more(3, data, logs)
		r.told(2, "another disk, an hour later")
		if r.tickets() != 1 {
			t.Errorf("%d tickets", r.tickets())
		}
	})
}

// A warning that becomes critical calls who is called for critical ones, and everybody where nobody is.
func TestWorseningCalls(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.pass(13, .92, 1)
		r.told(1, "the warning")
		r.pass(15, .97, 1)
		r.told(2, "it became critical")
		if len(r.news[1].To) != 0 {
			t.Errorf("%v", r.news[1].To)
		}
	})
	each(t, func(t *testing.T, r *rig) {
		r.chain(rules.Critical, r.adaAt(0))
		r.pass(13, .92, 1)
		r.told(1, "the warning")
		r.pass(15, .97, 1)
		r.told(2, "it became critical")
		if len(r.news[0].To) != 0 || len(r.news[1].To) != 1 {
			t.Errorf("%v %v", r.news[0].To, r.news[1].To)
		}
		r.pass(40, .97, 1)
		r.told(2, "it goes on")
	})
}

// The chain for critical alerts is theirs, also where one for all was made after it.
func TestTheChainForCriticalOnesWins(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		night := r.chain(rules.Critical, r.adaAt(0))
		every := r.chain(rules.Warning, r.adaAt(0))
		r.pass(13, .92, 1)
		if a := r.one(); a.Chain != every {
			t.Errorf("a warning goes by chain %s", a.Chain)
		}
		r.pass(13, .97, 1)
		if a := r.one(); a.Chain != night {
			t.Errorf("a critical alert goes by chain %s", a.Chain)
		}
		r.told(2, "warning and critical")
	})
}

// A warning that comes and goes returns as a critical alert.
func TestReturningWorseCalls(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.atOnce()
		for range 6 {
			r.pass(3, .92, 1)
			r.pass(3, .5, 1)
		}
		a := r.one()
		if !a.Flapping || a.Clear.IsZero() || a.Ticket == 0 {
			t.Fatalf("%+v", a)
		}
		n := len(r.news)
		r.pass(2, .97, 1)
		r.told(n+1, "it is critical this time")
	})
}

// A ticket that somebody solved is opened again by what becomes worse.
func TestWorseAfterItWasSolved(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.pass(13, .92, 1)
		a := r.one()
		solved := helpdesk.StateSolved
		if _, err := r.desk.Update(r.ada, all, a.Ticket, 0, helpdesk.Edit{State: &solved}); err != nil {
			t.Fatal(err)
		}
		r.pass(13, .97, 1)
		r.told(2, "it became critical")
		if x, _ := r.ticket(r.one().Ticket); !x.State.Unfinished() {
			t.Errorf("%v", x.State)
		}
	})
}

// A mute and a window end a chain that goes on, until they are over.
func TestSilenceStopsTheChain(t *testing.T) {
	for _, how := range []monitoring.Silence{monitoring.ByMute, monitoring.ByWindow} {
		each(t, func(t *testing.T, r *rig) {
			r.chain(rules.Warning, r.adaAt(0), r.adaAt(10))
			r.pass(13, .97, 1)
			r.told(1, "the first step")
			var id ids.ID
			var err error
			until := r.clock.Now().Add(5 * time.Hour)
			if how == monitoring.ByMute {
				id, err = r.AddMute(r.ada, monitoring.Mute{Place: monitoring.Place{Level: monitoring.ByDevice, ID: 1}, Until: until, Reason: "known"})
			} else {
				id, err = r.SaveWindow(r.ada, monitoring.Window{Place: firm, Name: "Disks", Starts: r.clock.Now(), Ends: until})
			}
			if err != nil {
				t.Fatal(err)
			}
			r.pass(30, .97, 1)
			r.told(1, string(how))
			if a := r.one(); a.Silenced != how || !strings.HasSuffix(r.happened(a), "silenced") {
				t.Errorf("%q: %s", a.Silenced, r.happened(a))
			}
			if how == monitoring.ByMute {
				err = r.DropMute(r.ada, id)
			} else {
				err = r.DropWindow(r.ada, id)
			}
			if err != nil {
				t.Fatal(err)
			}
			r.pass(1, .97, 1)
			r.told(2, "the silence is over")
			if a := r.one(); a.Silenced != monitoring.Loud || !strings.HasSuffix(r.happened(a), "heard told") {
				t.Errorf("%q: %s", a.Silenced, r.happened(a))
			}
		})
	}
}

// What becomes worse while it is muted calls nobody until the mute is over.
func TestWorseUnderAMute(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.pass(13, .92, 1)
		if _, err := r.AddMute(r.ada, monitoring.Mute{Place: firm, Until: r.clock.Now().Add(time.Hour), Reason: "known"}); err != nil {
			t.Fatal(err)
		}
		r.pass(30, .97, 1)
		r.told(1, "muted")
		r.pass(32, .97, 1)
		r.told(2, "the mute is over")
	})
}

// An alert that is well for a moment when its ticket is due keeps its place.
func TestFlappingKeepsItsWork(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.send(.5, 1)
		for range 4 {
			r.tick(5*time.Minute + 30*time.Second)
			r.send(.5, 1)
			r.work()
		}
		r.tick(6 * time.Minute)
		if a := r.one(); a.State != monitoring.Open || a.Ticket == 0 || len(r.news) == 0 {
			t.Errorf("%s, ticket %d, told %d times: %s", a.State, a.Number, len(r.news), r.happened(a))
		}
	})
}

// Nobody is called for what is well, while it is waited whether that lasts; a return calls on where it stopped.
func TestFlappingHoldsTheChain(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.atOnce()
		r.chain(rules.Warning, r.adaAt(0), r.adaAt(20))
		for range 6 {
			r.pass(3, .97, 1)
			r.pass(3, .5, 1)
		}
		n := len(r.news)
		r.pass(20, .5, 1)
		r.told(n, "the values are fine")
		r.pass(1, .97, 1)
		r.told(n+1, "it is there again")
	})
}

// What was put off before its ticket gets it once it is not put off any more.
func TestPutOffBeforeItsTicket(t *testing.T) {
	early := func(r *rig, disk float64) monitoring.Alert {
		r.pass(11, disk, 1)
		a := r.one(monitoring.Open)
		if a.Ticket != 0 {
			r.t.Fatal("it has a ticket already")
		}
		if _, err := r.Snooze(r.ada, all, a.ID, r.clock.Now().Add(time.Hour)); err != nil {
			r.t.Fatal(err)
		}
		r.pass(3, disk, 1)
		r.told(0, "put off")
		return a
	}
	each(t, func(t *testing.T, r *rig) { // it becomes worse
		early(r, .92)
		r.pass(13, .97, 1)
		if a := r.one(); a.State != monitoring.Open || a.Ticket == 0 {
			t.Errorf("%+v", a)
		}
		r.told(1, "worse")
	})
	each(t, func(t *testing.T, r *rig) { // somebody takes it back
		a := early(r, .97)
		if _, err := r.Reopen(r.ada, all, a.ID); err != nil {
			t.Fatal(err)
		}
		r.pass(1, .97, 1)
		if a := r.one(); a.Ticket == 0 {
			t.Errorf("%+v", a)
		}
		r.told(1, "taken back")
	})
	each(t, func(t *testing.T, r *rig) { // its time is over
		early(r, .97)
		r.pass(60, .97, 1)
		if a := r.one(); a.Ticket == 0 {
			t.Errorf("%+v", a)
		}
		r.told(1, "the time is over")
	})
}

// An acknowledgement that is taken back calls anew.
func TestReopeningCalls(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.chain(rules.Warning, r.adaAt(0), r.adaAt(10))
		r.pass(13, .97, 1)
		a := r.one()
		if _, err := r.Acknowledge(r.ada, all, a.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := r.Reopen(r.ada, all, a.ID); err != nil {
			t.Fatal(err)
		}
		r.pass(1, .97, 1)
		r.told(2, "taken back")
		r.pass(15, .97, 1)
		r.told(3, "nobody takes care")
	})
}

// After a snooze people and receivers hear of an alert anew.
func TestAfterASnoozeItIsToldAnew(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		srv := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		defer srv.Close()
		hook, err := r.SaveHook(r.ada, monitoring.Hook{Name: "Chat", Form: monitoring.Plain}, srv.URL+"/x", monitoring.Token{})
		if err != nil {
			t.Fatal(err)
		}
		r.chain(rules.Warning, monitoring.Step{Users: []ids.ID{r.adaID}, Hooks: []ids.ID{hook}}, r.adaAt(10))
		r.pass(13, .97, 1)
		if _, err := r.Snooze(r.ada, all, r.one().ID, r.clock.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		r.pass(62, .97, 1)
		r.told(2, "after the snooze")
		var n int
		if err := r.db.Reader().QueryRowContext(bg, "SELECT count(*) FROM monitoring_messages").Scan(&n); err != nil || n != 2 {
			t.Errorf("%d messages %v", n, err)
		}
	})
	each(t, func(t *testing.T, r *rig) { // and everybody, where there is no chain
		r.pass(13, .97, 1)
		if _, err := r.Snooze(r.ada, all, r.one().ID, r.clock.Now().Add(time.Hour)); err != nil {
			t.Fatal(err)
		}
		r.pass(62, .97, 1)
		r.told(2, "after the snooze")
	})
}
