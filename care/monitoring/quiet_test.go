// SPDX-License-Identifier: Apache-2.0

package monitoring_test

import (
	"database/sql"
	"testing"
	"time"

	"mainstay/care/monitoring"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// A window that is removed, or ends earlier than was planned, keeps nothing silent any longer.
func TestAWindowThatEndsEarly(t *testing.T) {
	for _, how := range []string{"removed", "changed"} {
		each(t, func(t *testing.T, r *rig) {
			w := monitoring.Window{Place: firm, Name: "Move", Starts: r.clock.Now(), Ends: r.clock.Now().Add(8 * time.Hour)}
			id, err := r.SaveWindow(r.ada, w)
			if err != nil {
				t.Fatal(err)
			}
			r.pass(15, .97, 1)
			if a := r.one(); a.Silenced != monitoring.ByWindow || a.Ticket != 0 {
				t.Fatalf("%+v", a)
			}
			if how == "removed" {
				err = r.DropWindow(r.ada, id)
			} else {
				w.ID, w.Version, w.Ends = id, 1, r.clock.Now().Add(10*time.Second)
				_, err = r.SaveWindow(r.ada, w)
			}
			if err != nil {
				t.Fatal(err)
			}
			r.pass(1, .97, 1)
			if how == "changed" {
				r.pass(1, .97, 1)
			}
			if a := r.one(); a.Silenced != monitoring.Loud || a.Ticket == 0 {
				t.Errorf("%s: %q, ticket %d", how, a.Silenced, a.Number)
			}
			r.told(1, how)
		})
	}
}

// A mute that is taken back does not say on a ticket that the alert is there again.
func TestAMuteThatIsTakenBack(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.pass(13, .97, 1)
		_, before := r.ticket(r.one().Ticket)
		id, err := r.AddMute(r.ada, monitoring.Mute{Place: firm, Until: r.clock.Now().Add(time.Hour), Reason: "known"})
		if err != nil {
			t.Fatal(err)
		}
		r.pass(5, .97, 1)
		if err := r.DropMute(r.ada, id); err != nil {
			t.Fatal(err)
		}
		r.pass(5, .97, 1)
		if _, after := r.ticket(r.one().Ticket); after != before {
			t.Errorf("%s", after)
		}
		r.told(1, "it was told of before")
	})
}

// What is over takes no place, and is removed after a while.
func TestWhatIsOverTakesNoPlace(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		now := r.clock.Now()
		past := now.Add(-time.Hour).UnixMicro()
		err := r.db.Write(bg, func(tx *sql.Tx) error {
			for i := range 2000 {
				for _, q := range []string{
					"INSERT INTO monitoring_mutes (id, level, until_at, reason, made_at) VALUES ($1, 'firm', $2, 'x', 1)",
					"INSERT INTO monitoring_windows (id, level, name, starts_at, ends_at, made_at) VALUES ($1, 'firm', 'x', 1, $2, 1)",
					"INSERT INTO monitoring_messages (id, hook_id, alert_id, once, title, body, state, due_at) VALUES ($1, 1, 1, 'o' || CAST($1 AS BIGINT), 'x', 'x', 'sent', $2)",
				} {
					if _, err := tx.ExecContext(bg, q, i+1, past); err != nil {
						return err
					}
				}
			}
			_, err := tx.ExecContext(bg, "INSERT INTO monitoring_messages (id, hook_id, alert_id, once, title, body, state, due_at) VALUES (5000, 1, 1, 'later', 'x', 'x', 'waiting', $1)", past)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.AddMute(r.ada, monitoring.Mute{Place: firm, Until: now.Add(time.Hour), Reason: "x"}); err != nil {
			t.Error(err)
		}
		if _, err := r.SaveWindow(r.ada, monitoring.Window{Place: firm, Name: "x", Starts: now, Ends: now.Add(time.Hour)}); err != nil {
			t.Error(err)
		}
		rows := func(table string) (n int) {
			if err := r.db.Reader().QueryRowContext(bg, "SELECT count(*) FROM "+table).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		r.work()
		if n := rows("monitoring_mutes"); n != 2001 {
			t.Errorf("%d mutes: what ended just now is kept for a while", n)
		}
		r.clock.Advance(30 * 24 * time.Hour)
		r.work()
		for table, want := range map[string]int{"monitoring_mutes": 1, "monitoring_windows": 1, "monitoring_messages": 1} { // those of the last month, and what waits
			if n := rows(table); n != want {
				t.Errorf("%d rows in %s", n, table)
			}
		}
	})
}

// There is an end to those that are not over.
func TestTooManyMutes(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		err := r.db.Write(bg, func(tx *sql.Tx) error {
			for i := range 2000 {
				if _, err := tx.ExecContext(bg, "INSERT INTO monitoring_mutes (id, level, until_at, reason, made_at) VALUES ($1, 'firm', $2, 'x', 1)", i+1, r.clock.Now().Add(time.Hour).UnixMicro()); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.AddMute(r.ada, monitoring.Mute{Place: firm, Until: r.clock.Now().Add(time.Hour), Reason: "x"}); !fault.Is(err, fault.Conflict) {
			t.Error(err)
		}
	})
}

// What lies behind a router without an agent is silent while the router does not answer by SNMP, or to a ping service that watches it.
func TestBehindWhatIsAskedFromElsewhere(t *testing.T) {
	const service = ids.ID(50)
	for _, how := range []string{"snmp", "ping", "tcp", "ping of another"} {
		each(t, func(t *testing.T, r *rig) {
			r.edit(3, func(d *monitoring.Device) { d.MayBeOff = true }) // as the app says of what has no agent
			watched, kind, of := ids.ID(3), "snmp", "device"
			if how != "snmp" {
				watched, kind, of = service, "ping", "service"
				r.devices[service] = monitoring.Device{ID: service, Client: r.harbour, Name: "Router", Kind: "service", MayBeOff: true, Behind: 3, On: 3}
			}
			if how == "tcp" {
				kind = "tcp" // a port may be closed on a machine that is there
			}
			if how == "ping of another" {
				r.edit(service, func(d *monitoring.Device) { d.On = 0 }) // the router only looks
			}
			key := r.Engine.Key(monitoring.CheckSeries, monitoring.Label{Name: "check", Value: watched.String()}, monitoring.Label{Name: "kind", Value: kind},
				monitoring.Label{Name: "name", Value: "Router"}, monitoring.Label{Name: "of", Value: of})
			r.pass(3, .5, 1, 2)
			say := func(minutes int, v float64) {
				for range minutes {
					r.clock.Advance(time.Minute)
					r.Engine.Observe(watched, r.clock.Now().UnixMilli(), []monitoring.Key{key}, []float64{v})
					r.send(.5, 1)
					r.Engine.Tick()
					r.work()
				}
			}
			say(10, 2)
			behind := how == "snmp" || how == "ping"
			for _, a := range r.alerts() {
				if a.Device == watched && (a.Silenced != monitoring.Loud || a.Ticket == 0) {
					t.Errorf("%s: the router itself: %q, ticket %d", how, a.Silenced, a.Number)
				}
				if a.Device == 2 && (a.Silenced == monitoring.Behind) != behind {
					t.Errorf("%s: what lies behind it: %q, ticket %d", how, a.Silenced, a.Number)
				}
			}
			if !behind {
				return
			}
			if r.tickets() != 1 {
				t.Errorf("%s: %d tickets", how, r.tickets())
			}
			say(8, 0)
			if a := r.one(monitoring.Open); a.Device != 2 || a.Silenced != monitoring.Loud || a.Ticket == 0 {
				t.Errorf("%s: once the router is back: %+v", how, a)
			}
		})
	}
}

// Two pings of one router, from inside and from outside, do not silence each other.
func TestTwoPingsOfOneRouter(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var keys []monitoring.Key
		services := []ids.ID{50, 51}
		for _, id := range services {
			r.devices[id] = monitoring.Device{ID: id, Client: r.harbour, Name: "Router", Kind: "service", MayBeOff: true, Behind: 3, On: 3}
			keys = append(keys, r.Engine.Key(monitoring.CheckSeries, monitoring.Label{Name: "check", Value: id.String()}, monitoring.Label{Name: "kind", Value: "ping"},
				monitoring.Label{Name: "name", Value: "Router"}, monitoring.Label{Name: "of", Value: "service"}))
		}
		for range 8 {
			r.clock.Advance(time.Minute)
			for i, id := range services {
				r.Engine.Observe(id, r.clock.Now().UnixMilli(), keys[i:i+1], []float64{2})
			}
			r.work()
		}
		silent := 0
		for _, a := range r.alerts(monitoring.Open) {
			if a.Silenced == monitoring.Behind {
				silent++
			}
		}
		if len(r.alerts()) != 2 || silent != 1 || r.tickets() != 1 {
			t.Errorf("%d alerts, %d silent, %d tickets", len(r.alerts()), silent, r.tickets())
		}
		r.told(1, "the router is down")
	})
}

// What is looked at says whether the machine is away: one that refuses a password is there.
func TestWhatRefusesIsNotAway(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		away := false
		r.parts.Away = func(id ids.ID) bool { return away && id == 3 }
		r.start()
		r.edit(3, func(d *monitoring.Device) { d.MayBeOff = true })
		key := r.Engine.Key(monitoring.CheckSeries, monitoring.Label{Name: "check", Value: "3"}, monitoring.Label{Name: "kind", Value: "snmp"}, monitoring.Label{Name: "name", Value: "SNMP"}, monitoring.Label{Name: "of", Value: "device"})
		say := func(minutes int) {
			for range minutes {
				r.clock.Advance(time.Minute)
				r.Engine.Observe(3, r.clock.Now().UnixMilli(), []monitoring.Key{key}, []float64{2})
				r.Engine.Tick()
				r.work()
			}
		}
		r.send(.5, 2)
		say(10)
		for _, a := range r.alerts(monitoring.Open) {
			if a.Silenced != monitoring.Loud || a.Ticket == 0 {
				t.Errorf("device %d: %q", a.Device, a.Silenced)
			}
		}
		r.send(.5, 2)
		r.work()
		away = true
		say(10)
		for _, a := range r.alerts(monitoring.Open) {
			if (a.Silenced == monitoring.Behind) != (a.Device == 2) {
				t.Errorf("device %d: %q", a.Device, a.Silenced)
			}
		}
	})
}
