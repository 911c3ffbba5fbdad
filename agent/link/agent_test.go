// SPDX-License-Identifier: Apache-2.0

package link_test

import (
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mainstay/agent/link"
	"mainstay/kit/hub"
	"mainstay/kit/wire"
)

func TestReadingsFactsAndChecksArrive(t *testing.T) {
	s := newServer(t)
	s.config = wire.Config{Revision: 7, Checks: []wire.Check{{ID: "c1", Kind: "service"}}}
	m := s.machine()
	m.source.facts = map[wire.Section]any{wire.SectionSystem: wire.System{Name: "srv-1"}, wire.SectionUsers: errors.New("nobody may look")}
	m.source.check = func(c wire.Check) wire.Result {
		return wire.Result{State: wire.StateCritical, Text: c.Kind, Values: map[string]float64{"age": 3}}
	}
	a := m.agent(t)
	sample(t, a, 3)
	run(t, a)
	s.until("three readings", s.has("one", 3))
	s.whole("one", 3)
	s.whole(`two{a="b"}`, 3)
	s.until("two sections and a result", func() bool { return len(s.facts) == 2 && len(s.results) == 1 })
	s.mu.Lock()
	defer s.mu.Unlock()
	if f := s.facts[wire.SectionUsers]; f.Failed != "nobody may look" || string(f.Body) != "null" {
		t.Errorf("a section that failed: %+v", f)
	}
	if r := s.results[0]; r.Check != "c1" || r.State != wire.StateCritical || r.Values["age"] != 3 || time.Since(time.UnixMicro(r.At)).Abs() > time.Minute {
		t.Errorf("result: %+v", r)
	}
	if h := s.hellos[0]; h.Agent != "1.2.3" || h.Machine.ID != "m-1" || h.Start == "" {
		t.Errorf("hello: %+v", h)
	}
}

func TestWhatWasReadOfflineArrivesInOrderAfterAKill(t *testing.T) {
	s := newServer(t)
	w := way(t, s.hub.Address())
	w.close(true)
	m := s.machine("tls://" + w.addr())
	sample(t, m.agent(t), 100) // the process dies without closing anything
	sample(t, m.agent(t), 100)
	w.close(false)
	run(t, m.agent(t))
	s.until("200 readings", s.has("one", 200))
	s.whole("one", 200)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.again != 0 {
		t.Errorf("%d samples came twice though nothing was lost", s.again)
	}
}

// An answer that is lost makes the agent send again: the same instants, so that nothing is doubled.
func TestAnswersThatAreLost(t *testing.T) {
	s := newServer(t)
	w := way(t, s.hub.Address())
	m := s.machine("tls://" + w.addr())
	lost := 0
	s.after = func(msg *hub.Message) bool {
		s.mu.Lock()
		defer s.mu.Unlock()
		if msg.Kind != wire.KindMetrics || len(s.samples) == 0 || lost == 3 {
			return false
		}
		lost++
		w.cut()
		return true
	}
	a := m.agent(t)
	sample(t, a, 10)
	run(t, a)
	s.until("ten readings and three lost answers", func() bool { return len(s.samples["one"]) >= 10 && lost == 3 })
	s.until("nothing waits", func() bool { return a.Status().Spool.Batches == 0 })
	s.whole("one", 10)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.again == 0 {
		t.Error("nothing came again: the test does not show what it should")
	}
}

func TestABusyServerIsLeftAlone(t *testing.T) {
	s := newServer(t)
	m := s.machine()
	n := 0
	s.before = func(msg *hub.Message) bool {
		if msg.Kind != wire.KindMetrics {
			return false
		}
		n++
		if n <= 2 {
			msg.Answer(wire.Ack{Code: wire.Busy, Wait: 1, Time: time.Now().UnixMicro()})
		}
		return n <= 2
	}
	a := m.agent(t)
	sample(t, a, 5)
	run(t, a)
	s.until("five readings", s.has("one", 5))
	s.whole("one", 5)
}

// One reading that the server cannot take does not take the others with it.
func TestARefusedReadingIsGivenUpAlone(t *testing.T) {
	s := newServer(t)
	m := s.machine()
	s.before = func(msg *hub.Message) bool {
		var b wire.Batch
		if msg.Kind != wire.KindMetrics || b.Decode(msg.Data) != nil {
			return false
		}
		for _, row := range b.Values {
			if row[0] == 4 {
				msg.Ack(wire.Refused, "four is refused")
				return true
			}
		}
		return false
	}
	a := m.agent(t)
	sample(t, a, 10)
	run(t, a)
	s.until("nine readings", s.has("one", 9))
	s.until("it is counted", func() bool { return a.Status().Refused == 1 && a.Status().Spool.Batches == 0 })
}

func TestADictionaryIsSentWhenItIsAskedFor(t *testing.T) {
	s := newServer(t)
	m := s.machine()
	a := m.agent(t)
	sample(t, a, 2)
	m.source.series = []string{"one", "three"} // a disk was added
	sample(t, a, 2)
	run(t, a)
	s.until("four readings", s.has("one", 4))
	s.whole("one", 4)
	s.set(func() { clear(s.dicts) }) // the server was restored from yesterday's backup
	sample(t, a, 2)
	s.until("six readings", s.has("one", 6))
	s.until("nothing waits", func() bool { return a.Status().Spool.Batches == 0 })
	sample(t, a, 1)
	s.until("old names are swept", func() bool { n, _ := m.store.Names("series-"); return len(n) == 1 })
}

func TestServersClockDecides(t *testing.T) {
	s := newServer(t)
	w := way(t, s.hub.Address())
	w.close(true)
	m := s.machine("tls://" + w.addr())
	m.wall = func() time.Time { return time.Now().Add(-72 * time.Hour) } // the machine's clock is days behind: the server's certificate is not valid yet by it
	a := m.agent(t)
	began := time.Now()
	sample(t, a, 5)
	m.wall = func() time.Time { return time.Now().Add(2 * 8766 * time.Hour) } // somebody sets it years ahead, when it is no longer; the program starts again
	a = m.agent(t)
	sample(t, a, 5)
	w.close(false)
	run(t, a)
	s.until("ten readings", s.has("one", 10))
	sample(t, a, 5)
	s.until("fifteen readings", s.has("one", 15))
	s.whole("one", 15)
	s.mu.Lock()
	defer s.mu.Unlock()
	byValue := map[float64]int64{}
	for at, v := range s.samples["one"] {
		byValue[v] = at
		if off := time.UnixMilli(at).Sub(began); off < -2*time.Second || off > 3*time.Minute {
			t.Errorf("reading %v is placed %s off", v, off)
		}
	}
	for v := 2.0; v <= 15; v++ {
		if byValue[v] <= byValue[v-1] {
			t.Errorf("reading %v is not after the one before", v)
		}
	}
	if off := s.hellos[0].Clock - time.Now().UnixMicro(); math.Abs(float64(off)/3.6e9-2*8766) > 0.2 {
		t.Errorf("the hello does not say what the machine's clock says: %d", off)
	}
}

// Once the server's time is known, a certificate that has run out is none.
func TestACertificateThatRanOutIsRefused(t *testing.T) {
	s := newServer(t)
	w := way(t, s.hub.Address())
	m := s.machine("tls://" + w.addr())
	m.wall = func() time.Time { return time.Now().Add(-72 * time.Hour) }
	var passed atomic.Int64
	began := time.Now()
	m.uptime = func() time.Duration { return time.Hour + time.Since(began) + time.Duration(passed.Load()) }
	a := m.agent(t)
	run(t, a)
	s.until("connected", func() bool { return len(s.hellos) == 1 && a.Status().Connected })
	passed.Store(int64(2 * 8766 * time.Hour))
	w.cut()
	s.until("it is refused", func() bool { return strings.Contains(a.Status().Error, "expired") })
}

func TestAGoneDeviceStops(t *testing.T) {
	s := newServer(t)
	m := s.machine()
	s.before = func(msg *hub.Message) bool { msg.Ack(wire.Gone, "retired"); return true }
	a := m.agent(t)
	if err := a.Run(t.Context()); !errors.Is(err, link.ErrGone) {
		t.Fatal(err)
	}
	if !a.Status().Gone {
		t.Fatal("the status does not say so")
	}
}

func TestANewCredentialIsKeptAndUsed(t *testing.T) {
	s := newServer(t)
	m := s.machine()
	fresh := s.credential(m.identity)
	moved := m.identity.Reply
	moved.Client, moved.Credential = "Brisk", fresh
	s.welcome.Move = &moved
	run(t, m.agent(t))
	s.until("it came again with the new one", func() bool { return len(s.hellos) == 2 })
	id, err := link.LoadIdentity(m.store)
	if err != nil || id.Reply.Client != "Brisk" {
		t.Fatal(id, err)
	}
}

// A connection that is never broken gets a new credential all the same, before the old one ends.
func TestALongConnectionGetsANewCredential(t *testing.T) {
	s := newServer(t)
	m := s.machine()
	m.greet = 200 * time.Millisecond
	run(t, m.agent(t))
	s.until("it greets again", func() bool { return len(s.hellos) >= 2 })
	fresh := s.credential(m.identity)
	s.set(func() { s.welcome.Credential = fresh })
	s.until("it is kept", func() bool {
		id, err := link.LoadIdentity(m.store)
		return err == nil && id.Reply.Credential == fresh
	})
	n := 0
	s.set(func() { n = len(s.hellos) })
	s.until("it greets with it", func() bool { return len(s.hellos) > n })
}

func TestConfigurationChangesWhileConnected(t *testing.T) {
	s := newServer(t)
	m := s.machine()
	a := m.agent(t)
	run(t, a)
	s.until("connected", func() bool { return len(s.hellos) == 1 })
	s.set(func() { s.config = wire.Config{Revision: 2, Checks: []wire.Check{{ID: "c9", Kind: "port"}}} })
	if err := s.hub.Tell(clientID, deviceID, wire.WordConfig, wire.Changed{Revision: 2}); err != nil {
		t.Fatal(err)
	}
	s.until("the new check is made", func() bool { return len(s.results) > 0 && s.results[0].Check == "c9" })
	// Told by nobody, it hears of the next one with an answer.
	s.set(func() { s.config = wire.Config{Revision: 3, Checks: []wire.Check{{ID: "c10", Kind: "port"}}} })
	sample(t, a, 1)
	s.until("the newest check is made", func() bool { return s.results[len(s.results)-1].Check == "c10" })
	if b, err := os.ReadFile(filepath.Join(m.dir, "config.json")); err != nil || len(b) == 0 {
		t.Fatal("the configuration is not kept", err)
	}
}

// Whoever enrols a device sees a reading within seconds, also when a configuration comes with the first answer.
func TestTheFirstReadingComesSoon(t *testing.T) {
	s := newServer(t)
	s.config = wire.Config{Revision: 4, Interval: 3600}
	run(t, s.machine().agent(t))
	s.until("a reading", s.has("one", 1))
}

func TestFactsAreSentWhenTheyChanged(t *testing.T) {
	s := newServer(t)
	m := s.machine()
	m.source.facts = map[wire.Section]any{wire.SectionSystem: wire.System{Name: "srv-1"}}
	stop := run(t, m.agent(t))
	s.until("the section", func() bool { return len(s.facts) == 1 })
	s.until("it is noted", func() bool { b, _ := m.store.Get("sections.json"); return b != nil })
	_ = stop()
	s.set(func() { clear(s.facts) })
	a := m.agent(t)
	run(t, a)
	s.until("it came again", func() bool { return len(s.hellos) == 2 })
	sample(t, a, 1)
	s.until("a reading", s.has("one", 1))
	s.set(func() {
		if len(s.facts) != 0 {
			t.Error("the section was sent though nothing changed")
		}
		if s.hellos[1].Sections["system"] == "" {
			t.Error("the hello does not say what the server has")
		}
	})
	if err := s.hub.Tell(clientID, deviceID, wire.WordResync, nil); err != nil {
		t.Fatal(err)
	}
	s.until("the section is there again", func() bool { return len(s.facts) == 1 })
}

// The inventory is read again by its interval also where the connection never lasts that long: each greeting asks for facts.
func TestFactsAreReadAgainOnALineThatBreaksOften(t *testing.T) {
	s := newServer(t)
	w := way(t, s.hub.Address())
	m := s.machine("tls://" + w.addr())
	var slept atomic.Int64
	began := time.Now()
	m.uptime = func() time.Duration { return time.Hour + time.Since(began) + time.Duration(slept.Load()) }
	name := func(name string) {
		m.source.mu.Lock()
		defer m.source.mu.Unlock()
		m.source.facts = map[wire.Section]any{wire.SectionSystem: wire.System{Name: name}}
	}
	name("before")
	run(t, m.agent(t))
	s.until("the section", func() bool { return len(s.facts) == 1 })
	name("after")
	for n := 2; n <= 4; n++ { // three breaks, ten minutes apart: more than the interval of 15 minutes and its tenth
		slept.Add(int64(10 * time.Minute))
		w.cut()
		s.until("it is back", func() bool { return len(s.hellos) == n })
	}
	s.until("the section as it is now", func() bool { return strings.Contains(string(s.facts[wire.SectionSystem].Body), "after") })
}

// An inventory that is wanted more often from now on is read by that, and not once more by the old interval.
func TestFactsByANewInterval(t *testing.T) {
	s := newServer(t)
	s.config = wire.Config{Revision: 1, Facts: 24 * 3600}
	m := s.machine()
	var passed atomic.Int64
	began := time.Now()
	m.uptime = func() time.Duration { return time.Hour + time.Since(began) + time.Duration(passed.Load()) }
	m.source.facts = map[wire.Section]any{wire.SectionSystem: wire.System{Name: "before"}}
	run(t, m.agent(t))
	s.until("the section", func() bool { return len(s.facts) == 1 })
	m.source.mu.Lock()
	m.source.facts = map[wire.Section]any{wire.SectionSystem: wire.System{Name: "after"}}
	m.source.mu.Unlock()
	passed.Store(int64(2 * time.Minute))
	s.set(func() { s.config = wire.Config{Revision: 2, Facts: 60} })
	if err := s.hub.Tell(clientID, deviceID, wire.WordConfig, wire.Changed{Revision: 2}); err != nil {
		t.Fatal(err)
	}
	s.until("the section as it is now", func() bool { return strings.Contains(string(s.facts[wire.SectionSystem].Body), "after") })
}

// A check that was changed is made at once, also where its interval is long; one that runs is not begun a second time.
func TestAChangedCheckIsMadeAtOnce(t *testing.T) {
	s := newServer(t)
	c := wire.Check{ID: "c1", Kind: "port", Every: 3600, Params: map[string]string{"port": "1"}}
	s.config = wire.Config{Revision: 1, Checks: []wire.Check{c}}
	m := s.machine()
	hold := make(chan struct{})
	var running, most atomic.Int64
	m.source.check = func(c wire.Check) wire.Result {
		most.Store(max(most.Load(), running.Add(1)))
		defer running.Add(-1)
		if c.Params["port"] == "2" {
			<-hold
		}
		return wire.Result{Text: c.Params["port"]}
	}
	run(t, m.agent(t))
	s.until("the first result", func() bool { return len(s.results) == 1 })
	for revision, port := range []string{2: "2", 3: "3"} {
		if port == "" {
			continue
		}
		s.set(func() {
			c.Params = map[string]string{"port": port}
			s.config = wire.Config{Revision: int64(revision), Checks: []wire.Check{c, {ID: "other" + port, Kind: "port", Params: map[string]string{"port": "other" + port}}}}
		})
		if err := s.hub.Tell(clientID, deviceID, wire.WordConfig, wire.Changed{Revision: int64(revision)}); err != nil {
			t.Fatal(err)
		}
		// While c1 hangs with the second port, others are made.
		s.until("the other check of revision "+port, func() bool {
			return slices.ContainsFunc(s.results, func(r wire.Result) bool { return r.Text == "other"+port })
		})
	}
	close(hold)
	s.until("the results of both changes", func() bool {
		return slices.ContainsFunc(s.results, func(r wire.Result) bool { return r.Text == "2" }) && slices.ContainsFunc(s.results, func(r wire.Result) bool { return r.Text == "3" })
	})
	if most.Load() > 2 {
		t.Errorf("%d checks at once", most.Load())
	}
}

// What the server says to be there for the device is fetched at once, and not with the greeting of tomorrow: it was moved to another client.
func TestADeviceThatIsMovedGreetsAtOnce(t *testing.T) {
	s := newServer(t)
	m := s.machine()
	run(t, m.agent(t))
	s.until("connected", func() bool { return len(s.hellos) == 1 })
	moved := m.identity.Reply
	moved.Client, moved.Credential = "Brisk", s.credential(m.identity)
	s.set(func() {
		s.welcome.Move = &moved
		s.config = wire.Config{Revision: 9, Probes: []wire.Probe{{ID: "p-brisk", Kind: "ping", Target: "x"}}}
	})
	if err := s.hub.Tell(clientID, deviceID, wire.WordHello, nil); err != nil {
		t.Fatal(err)
	}
	s.until("a probe of the new client", func() bool {
		return slices.ContainsFunc(s.observed, func(o wire.Observation) bool { return o.Probe == "p-brisk" })
	})
	id, err := link.LoadIdentity(m.store)
	if err != nil || id.Reply.Client != "Brisk" {
		t.Fatal(id, err)
	}
}

// A connection that is open but dead is given up, and what was on its way arrives by the next one.
func TestAHalfOpenConnection(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute: an answer is waited for twice")
	}
	t.Parallel()
	s := newServer(t)
	w := way(t, s.hub.Address())
	m := s.machine("tls://" + w.addr())
	a := m.agent(t)
	run(t, a)
	s.until("connected", func() bool { return len(s.hellos) == 1 })
	w.hold(true)
	sample(t, a, 5)
	s.until("it is given up", func() bool { return !a.Status().Connected })
	w.hold(false)
	s.until("five readings", s.has("one", 5))
	s.whole("one", 5)
}

func TestACopiedIdentityIsNoticed(t *testing.T) {
	s := newServer(t)
	m := s.machine()
	m.about.ID = "m-2"
	a := m.agent(t)
	run(t, a)
	s.until("greeted", func() bool { return len(s.hellos) == 1 })
	if !a.Status().Copied {
		t.Error("the status does not say so")
	}
	s.set(func() {
		if s.hellos[0].Machine.ID != "m-2" {
			t.Error("the server is not told")
		}
	})
}
