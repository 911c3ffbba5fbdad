// SPDX-License-Identifier: Apache-2.0

package monitoring_test

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"mainstay/care/monitoring"
	"mainstay/care/monitoring/rules"
	"mainstay/desk/helpdesk"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/practice/clients"
)

// Devices of one client that fall seconds or minutes apart are one matter: one ticket, one call.
func TestAStormThatComesDeviceByDevice(t *testing.T) {
	for _, c := range []struct {
		apart time.Duration
		calls int
	}{{5 * time.Second, 1}, {15 * time.Second, 1}, {40 * time.Second, 3}} { // nobody knows of a storm when the third has had its minute
		apart := c.apart
		each(t, func(t *testing.T, r *rig) {
			r.atOnce()
			r.mayBeOff()
			r.chain(rules.Warning, r.adaAt(0))
			for _, d := range []ids.ID{10, 11, 12, 13, 14, 15, 16, 17} {
				r.tick(apart)
				r.send(.97, d)
				r.work()
			}
			r.tick(2 * time.Minute)
			on := map[ids.ID]int{}
			for _, a := range r.alerts(monitoring.Open) {
				on[a.Ticket]++
			}
			if len(on) != 1 || on[0] != 0 || r.open() != 1 {
				t.Errorf("%s apart: %d open tickets, alerts on them: %v", apart, r.open(), on)
			}
			x, text := r.ticket(r.alerts()[0].Ticket)
			if x.Impact != 1 || !strings.Contains(x.Subject, "devices at once") || strings.Count(text, "Disk nearly full") < 8 {
				t.Errorf("%s apart: impact %d, %q\n%s", apart, x.Impact, x.Subject, text)
			}
			r.told(c.calls, apart.String())
			r.tick(2 * time.Minute)
			r.told(c.calls, apart.String()+", later")
			// All of them end: the ticket is solved.
			for _, a := range r.alerts(monitoring.Open) {
				if _, err := r.Resolve(r.ada, all, a.ID); err != nil {
					t.Fatal(err)
				}
			}
			if x, _ = r.ticket(x.ID); x.State != helpdesk.StateSolved || r.open() != 0 {
				t.Errorf("%s apart: %v, %d open", apart, x.State, r.open())
			}
		})
	}
}

// mayBeOff lets nobody miss the servers 10 to 19, so that only their disks alarm.
func (r *rig) mayBeOff() {
	for i := range ids.ID(10) {
		r.edit(10+i, func(d *monitoring.Device) { d.MayBeOff = true })
	}
}

// open counts the tickets that are not done.
func (r *rig) open() int {
	r.t.Helper()
	n := 0
	seen := map[ids.ID]bool{}
	for _, a := range r.everyTicket() {
		if x, _ := r.ticket(a); !seen[a] && x.State.Unfinished() {
			n++
		}
		seen[a] = true
	}
	return n
}

func (r *rig) everyTicket() (out []ids.ID) {
	r.t.Helper()
	rows, err := r.db.Reader().QueryContext(bg, "SELECT id FROM helpdesk_tickets ORDER BY id")
	if err != nil {
		r.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id ids.ID
		if err := rows.Scan(&id); err != nil {
			r.t.Fatal(err)
		}
		out = append(out, id)
	}
	if err := rows.Err(); err != nil {
		r.t.Fatal(err)
	}
	return out
}

// Servers that lose their line at once are missed within a minute of each other.
func TestServersThatLoseTheirLine(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for range 2 {
			for _, d := range []ids.ID{10, 11, 12, 13, 14, 15} {
				r.clock.Advance(10 * time.Second)
				r.send(.5, d)
			}
		}
		r.tick(8 * time.Minute)
		if len(r.alerts(monitoring.Open)) != 6 || r.tickets() != 1 {
			t.Errorf("%d alerts, %d tickets", len(r.alerts()), r.tickets())
		}
		r.told(1, "the line is down")
	})
}

// What comes to a storm later belongs to it; it calls where it is worse than all before.
func TestWhatComesLaterBelongsToTheStorm(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.atOnce()
		r.mayBeOff()
		r.send(.92, 10, 11, 12, 13, 14)
		r.tick(time.Minute)
		r.pass(7, 0)
		r.told(1, "the storm")
		r.send(.92, 15)
		r.tick(2 * time.Minute)
		r.told(1, "as bad as the others")
		r.send(.97, 16)
		r.tick(2 * time.Minute)
		r.told(2, "worse than the others")
		if r.tickets() != 1 {
			t.Errorf("%d tickets", r.tickets())
		}
		r.pass(20, 0)
		r.send(.92, 17)
		r.tick(2 * time.Minute)
		r.told(3, "long after")
		if r.tickets() != 2 {
			t.Errorf("%d tickets", r.tickets())
		}
	})
}

// Whoever carries the chain of a storm recovers: the chain goes on for those that are still down.
func TestTheChainOfAStormGoesOn(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.chain(rules.Critical, r.adaAt(0), r.adaAt(15))
		r.pass(2, .5, 1, 10, 11, 12, 13, 14, 15)
		r.pass(8, .5, 1)
		r.told(1, "the storm")
		carrier := r.news[0].Alert.Device
		r.pass(30, .5, 1, carrier)
		if n := len(r.alerts(monitoring.Open)); n != 5 {
			t.Fatalf("%d alerts are open", n)
		}
		r.told(2, "one is back")
	})
}

// So it does where whoever carries it is muted.
func TestTheChainOfAStormPassesAMute(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.chain(rules.Critical, r.adaAt(0), r.adaAt(15))
		r.pass(2, .5, 1, 10, 11, 12, 13, 14, 15)
		r.pass(8, .5, 1)
		r.told(1, "the storm")
		carrier := r.news[0].Alert.Device
		if _, err := r.AddMute(r.ada, monitoring.Mute{Place: monitoring.Place{Level: monitoring.ByDevice, ID: carrier}, Until: r.clock.Now().Add(5 * time.Hour), Reason: "known"}); err != nil {
			t.Fatal(err)
		}
		r.pass(30, .5, 1)
		r.told(2, "one is muted")
		if r.news[1].Alert.Device == carrier {
			t.Error("told of what is muted")
		}
	})
}

// Storms of many clients at once are one call, whatever else is due with them; each has its ticket.
func TestStormsEverywhereCallOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.atOnce()
		r.chain(rules.Warning, r.adaAt(0), r.adaAt(30))
		people := clients.New(r.db, r.clock, r.parts.IDs, r.parts.Access, jobs.New(r.db, r.clock, r.parts.IDs, slog.New(slog.DiscardHandler)))
		var list []ids.ID
		for i, n := range []string{"A", "B", "C"} {
			r.clock.Advance(time.Second)
			c, err := people.Create(bg, clients.Details{Name: n + " client"})
			if err != nil {
				t.Fatal(err)
			}
			for j := range 6 {
				id := ids.ID(100 + 10*i + j)
				r.devices[id] = monitoring.Device{ID: id, Client: c, Name: "x" + id.String(), Kind: "server"}
				list = append(list, id)
			}
		}
		r.clock.Advance(time.Second)
		r.send(.97, append(list, 1)...)
		r.work()
		r.tick(2 * time.Minute)
		if r.tickets() != 4 {
			t.Errorf("%d tickets", r.tickets())
		}
		r.told(2, "one of all storms, and one of the device of another client")
		// The first client's line is back, the others' are not: the chain is for them now.
		for _, a := range r.alerts(monitoring.Open) {
			if a.Client == r.devices[100].Client {
				if _, err := r.Resolve(r.ada, all, a.ID); err != nil {
					t.Fatal(err)
				}
			}
		}
		r.tick(5 * time.Second)
		r.told(3, "the next client's")
	})
}

// A ticket that somebody works on is left alone when a storm is seen.
func TestAStormLeavesWhatSomebodyTookUp(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.atOnce()
		r.mayBeOff()
		r.send(.97, 10)
		r.tick(70 * time.Second)
		r.send(.97, 11)
		r.tick(70 * time.Second)
		var own monitoring.Alert
		for _, a := range r.alerts() {
			if a.Device == 11 {
				own = a
			}
		}
		if _, _, err := r.desk.Say(r.ada, all, own.Ticket, 0, helpdesk.Message{Body: "I am looking"}); err != nil {
			t.Fatal(err)
		}
		r.send(.97, 12, 13, 14, 15)
		r.tick(2 * time.Minute)
		for _, a := range r.alerts() {
			if a.Device == 11 != (a.Ticket == own.Ticket) {
				t.Errorf("device %d is on ticket #%d", a.Device, a.Number)
			}
		}
		if x, _ := r.ticket(own.Ticket); r.open() != 2 || !x.State.Unfinished() || strings.Contains(x.Subject, "at once") {
			t.Errorf("%d open, %v %q", r.open(), x.State, x.Subject)
		}
	})
}

// A storm that ended and comes back is the same ticket, and one call.
func TestAStormComesBack(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.atOnce()
		r.mayBeOff()
		six := []ids.ID{10, 11, 12, 13, 14, 15}
		r.pass(2, .97, six...)
		r.told(1, "the storm")
		r.pass(20, .5, six...)
		if n := len(r.alerts(monitoring.Open)); n != 0 {
			t.Fatalf("%d alerts are open", n)
		}
		r.pass(3, .97, six...)
		if r.tickets() != 1 || r.open() != 1 {
			t.Errorf("%d tickets, %d open", r.tickets(), r.open())
		}
		r.told(2, "it is back")
	})
}
