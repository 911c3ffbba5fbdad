// SPDX-License-Identifier: Apache-2.0

package network_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mainstay/care/devices"
	"mainstay/care/network"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/probe/relay"
	"mainstay/kit/syslog"
	"mainstay/kit/wire"
)

// movable is the machine's clock, moved on.
type movable struct{ by atomic.Int64 }

func (c *movable) Now() time.Time          { return time.Now().Add(time.Duration(c.by.Load())) }
func (c *movable) advance(d time.Duration) { c.by.Add(int64(d)) }

// relayed takes in lines that the rig's agent heard.
func (r *rig) relayed(lines ...relay.Line) {
	r.t.Helper()
	p := r.probesOf(r.agent)["y"]
	must(r.t, r.Take(bg, r.agent, found(p, r.Now(), relay.Found{Lines: lines, At: clock.Micros(r.Now())})))
}

func (r *rig) messages(q network.MessageQuery) []network.Message {
	r.t.Helper()
	list, err := r.Messages(bg, all, q)
	must(r.t, err)
	return list
}

// patternState is what the rules know of a pattern at a device, -1 = nothing.
func (r *rig) patternState(device, pattern ids.ID) float64 {
	for _, v := range r.engine.Latest(device) {
		if strings.Contains(v.Series, pattern.String()) {
			return v.Value
		}
	}
	return -1
}

// Whatever a device's clock says, and whatever that of the agent that hears it: what is counted is when a message came. Its own time is kept
// as it is said.
func TestSyslogClocks(t *testing.T) {
	for name, x := range map[string]struct {
		device, agent, said time.Duration // how far the clocks are off, and what is kept of the device's
	}{
		"New York": {-5 * time.Hour, 0, 0}, "a zone to the east": {time.Hour, 0, 0}, "a clock that is slow": {-20 * time.Minute, 0, -20 * time.Minute},
		"an agent that is slow": {0, -3 * time.Hour, 0}, "an agent that is fast": {0, 40 * time.Minute, 0},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			fw := r.device("fw1", devices.NetworkGear)
			must(t, r.SaveRelay(bg, all, r.agent.ID, 514))
			pattern, err := r.SavePattern(bg, all, network.Pattern{Name: "Logins fail", Text: "login failed", Severity: syslog.Warning, Number: 3, Minutes: 10, Critical: true})
			must(t, err)
			now := r.Now()
			agents := func(at time.Time) int64 { return clock.Micros(at.Add(x.agent)) }
			line := relay.Line{From: "10.0.0.9", At: agents(now.Add(-5 * time.Second)), Data: "<132>" + now.Add(x.device-5*time.Second).Format("Jan _2 15:04:05") + " fw1 auth: login failed"}
			must(t, r.Take(bg, r.agent, found(r.probesOf(r.agent)["y"], now, relay.Found{Lines: []relay.Line{line, line, line}, At: agents(now)})))
			if got := r.patternState(fw, pattern); got != 2 {
				t.Errorf("three messages make state %v", got)
			}
			list := r.messages(network.MessageQuery{Client: r.harbour, Severity: syslog.Debug, Limit: 10})
			if len(list) != 3 {
				t.Fatalf("%d messages", len(list))
			}
			if m := list[0]; !m.At.Equal(now.Add(-5*time.Second).Truncate(time.Microsecond)) || m.Said.Sub(m.At.Add(x.said)).Abs() > time.Second {
				t.Errorf("it came %v before now and says %v after that", now.Sub(m.At), m.Said.Sub(m.At))
			}
			r.clock.advance(10 * time.Minute)
			must(t, r.Quieten(bg))
			if got := r.patternState(fw, pattern); got != 0 {
				t.Errorf("after ten minutes the state is %v", got)
			}
		})
	}
}

// A pattern counts all that it looks for, however much else the device wrote since, by letters of both cases and without any that mean more.
func TestPatternAmongMany(t *testing.T) {
	r := newRig(t)
	fw := r.device("fw1", devices.NetworkGear)
	must(t, r.SaveRelay(bg, all, r.agent.ID, 514))
	save := func(text string) ids.ID {
		id, err := r.SavePattern(bg, all, network.Pattern{Name: text, Text: text, Severity: syslog.Info, Number: 3, Minutes: 1440})
		must(t, err)
		return id
	}
	logins, foreign, signs, none := save("Auth + LOGIN + für ÄNNE"), save("über"), save(`50%_\`), save("50_ %")
	line := func(text string) relay.Line {
		return relay.Line{From: "10.0.0.9", At: clock.Micros(r.Now()), Data: "<134>1 - fw1 auth - - - " + text}
	}
	r.relayed(line("Login fehlgeschlagen FÜR Änne"), line("ÜBERlauf, login für Änne"), line(`Überlauf, LOGIN FÜR ÄNNE 50%_\`), line(`50%_\ über`), line(`50%_\ login`))
	r.clock.advance(time.Hour)
	at := clock.Micros(r.Now())
	must(t, r.db.Write(bg, func(tx *sql.Tx) error {
		for i := range 20_001 {
			_, err := tx.ExecContext(bg, "INSERT INTO network_messages (id, client_id, device_id, source, at, severity, facility, host, app, text) VALUES ($1, $2, $3, '10.0.0.9', $4, 6, 16, 'fw1', 'filter', $5)",
				int64(i+1), int64(r.harbour), int64(fw), at, fmt.Sprintf("allowed %d", i))
			if err != nil {
				return err
			}
		}
		return nil
	}))
	r.clock.advance(time.Minute)
	must(t, network.New(r.parts).Quieten(bg)) // what a process before it found is looked for once
	for name, x := range map[string]struct {
		pattern ids.ID
		want    float64
	}{"parts in both cases": {logins, 1}, "no ASCII": {foreign, 1}, "signs": {signs, 1}, "signs that are not there": {none, 0}} {
		if got := r.patternState(fw, x.pattern); got != x.want {
			t.Errorf("%s: state %v, want %v", name, got, x.want)
		}
	}
}

// An older agent leaves out what is too large when it is written as JSON, and says only how many messages there were: then these are lost,
// and counted.
func TestLostByAnOlderAgent(t *testing.T) {
	r := newRig(t)
	must(t, r.SaveRelay(bg, all, r.agent.ID, 514))
	look := func(said wire.Said, found string, dropped int64) {
		t.Helper()
		r.clock.advance(time.Second)
		o := wire.Observation{Probe: r.probesOf(r.agent)["y"].ID, At: clock.Micros(r.Now()), Said: &said, Text: said.String(), Found: []byte(found)}
		must(t, r.Take(bg, r.agent, &wire.Observations{List: []wire.Observation{o}}))
		list, err := r.Relays(bg, all, r.harbour)
		if err != nil || len(list) != 1 || list[0].Dropped != dropped {
			t.Errorf("%q %s: %+v, %v, want %d dropped", said.String(), found, list[0], err, dropped)
		}
	}
	look(wire.Say("%d messages.", 0), `{"lines":[]}`, 0)
	look(wire.Say("%d messages.", 120), "", 120)
	look(wire.Say("%d messages.", 3), `{"lines":[],"dropped":3}`, 123)
	look(wire.Say("%s messages.", "-5"), "", 123)
	look(wire.Say("Many messages."), `{"lines":[],"dropped":-4}`, 123)
}

// Pages of messages are in order and without a gap, also where many came at one instant.
func TestMessagesByPages(t *testing.T) {
	r := newRig(t)
	must(t, r.SaveRelay(bg, all, r.agent.ID, 514))
	var lines []relay.Line
	at := clock.Micros(r.Now())
	for i := range 150 {
		lines = append(lines, relay.Line{From: "10.0.0.9", At: at, Data: fmt.Sprintf("<134>1 - fw1 auth - - - message %d", i)})
	}
	r.relayed(lines...)
	q := network.MessageQuery{Client: r.harbour, Severity: syslog.Debug, Limit: 100}
	var got []string
	for range 3 {
		list := r.messages(q)
		for _, m := range list {
			got = append(got, m.Text)
		}
		if len(list) == 0 {
			break
		}
		q.After = list[len(list)-1].Mark()
	}
	slices.Sort(got)
	if n := len(slices.Compact(got)); n != 150 || len(got) != 150 {
		t.Errorf("%d messages on the pages, %d different ones, want 150", len(got), n)
	}
	for _, mark := range []string{"x", "1", "1.", "1.x", "." + r.harbour.String()} {
		if _, err := r.Messages(bg, all, network.MessageQuery{Client: r.harbour, After: mark}); !fault.Is(err, fault.Invalid) {
			t.Errorf("the mark %q: %v", mark, err)
		}
	}
}

// One client's flood takes nothing of another's, and no more of its own than needs be.
func TestMessagesOfEachClient(t *testing.T) {
	r := newRig(t)
	must(t, r.SaveRelay(bg, all, r.agent.ID, 514))
	put := func(client ids.ID, id, n int, at time.Time) {
		must(t, r.db.Write(bg, func(tx *sql.Tx) error {
			for i := range n {
				_, err := tx.ExecContext(bg, "INSERT INTO network_messages (id, client_id, source, at, severity, facility, text) VALUES ($1, $2, '10.0.0.9', $3, 6, 16, 'x')", int64(id+i), int64(client), clock.Micros(at.Add(time.Duration(i/2)*time.Second)))
				if err != nil {
					return err
				}
			}
			return nil
		}))
	}
	yesterday, today := r.Now().Add(-24*time.Hour).Truncate(time.Second), r.Now().Add(-time.Hour).Truncate(time.Second)
	put(r.kestrel, 1, 10, yesterday)
	put(r.harbour, 100, 100, today)
	put(r.kestrel, 300, 1, r.Now().Add(-31*24*time.Hour))
	must(t, r.SweepEstate(bg, 61))
	count := func(client ids.ID) int {
		return len(r.messages(network.MessageQuery{Client: client, Severity: syslog.Debug, Limit: 500}))
	}
	if a, b := count(r.harbour), count(r.kestrel); a != 51 || b != 10 {
		t.Errorf("%d and %d messages are left, want 51 and 10", a, b)
	}
	// Of 100, two in each second, the newest 51: from the 50th on, which is in second 24.
	if at, err := r.OldestMessage(bg, all, r.harbour); err != nil || !at.Equal(today.Add(24*time.Second)) {
		t.Errorf("the oldest came %v after the first, %v", at.Sub(today), err)
	}
	if at, err := r.OldestMessage(bg, all, r.quay); err != nil || !at.IsZero() {
		t.Errorf("of nobody the oldest is %v, %v", at, err)
	}
	if _, err := r.OldestMessage(bg, access.OneClient(r.kestrel), r.harbour); !fault.Is(err, fault.NotFound) {
		t.Errorf("another client asks: %v", err)
	}
	for _, x := range []struct {
		counts     []int64
		most, want int64
	}{{nil, 10, 10}, {[]int64{3, 4}, 10, 10}, {[]int64{100}, 10, 10}, {[]int64{100, 2, 100}, 10, 4}, {[]int64{5, 5}, 10, 10}, {[]int64{1, 1, 1}, 2, 0}} {
		if got := network.Share(x.counts, x.most); got != x.want {
			t.Errorf("share of %d among %v = %d, want %d", x.most, x.counts, got, x.want)
		}
	}
}

// What is too much at the server's own port is counted, and what is grave is kept all the same.
func TestTooMuchForTheServer(t *testing.T) {
	r := newRig(t)
	fw, err := r.devices.Make(bg, all, r.harbour, devices.Details{Name: "fw1", Kind: devices.NetworkGear, Address: "10.0.0.9"})
	must(t, err)
	l, err := r.Listen(bg, "127.0.0.1:0")
	must(t, err)
	t.Cleanup(func() {
		ctx, stop := context.WithCancel(bg)
		stop()
		l.Run(ctx)
	})
	line := func(text string) syslog.Line {
		return syslog.Line{From: netip.MustParseAddr("10.0.0.9"), At: r.Now(), Data: []byte(text)}
	}
	r.clock.advance(time.Until(time.Now().Truncate(time.Hour).Add(time.Hour))) // one hour for all of it
	list := make([]syslog.Line, 10_001)
	for i := range list {
		list[i] = line(fmt.Sprintf("<134>1 - fw1 filter - - - allowed %d", i))
	}
	l.Keep(bg, list)
	l.Keep(bg, []syslog.Line{line("<130>1 - fw1 system - - - the fan stands still")})
	if n := r.Lost(all); n != 1 {
		t.Errorf("%d are lost, want 1", n)
	}
	if n := r.Lost(access.OneClient(r.harbour)); n != 0 {
		t.Errorf("somebody of one client is told of %d", n)
	}
	if got := r.messages(network.MessageQuery{Client: r.harbour, Device: fw, Severity: syslog.Critical, Limit: 10}); len(got) != 1 || got[0].App != "system" {
		t.Errorf("grave messages: %+v", got)
	}
}
