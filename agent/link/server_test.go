// SPDX-License-Identifier: Apache-2.0

package link_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"mainstay/agent/link"
	"mainstay/agent/spool"
	"mainstay/agent/state"
	"mainstay/kit/clock"
	"mainstay/kit/hub"
	"mainstay/kit/wire"
)

const (
	clientID = "0000000000c01"
	deviceID = "0000000000d01"
)

// server is the product's broker with a memory in place of the areas behind it.
type server struct {
	t         testing.TB
	hub       *hub.Hub
	authority *hub.Authority

	mu       sync.Mutex
	samples  map[string]map[int64]float64 // by series and instant
	arrivals int                          // samples that came, again or not
	again    int                          // samples that came another time, with the same value
	conflict int                          // samples that came another time with another value
	facts    map[wire.Section]wire.Facts
	results  []wire.Result
	observed []wire.Observation
	hellos   []wire.Hello
	dicts    map[wire.DictionaryID][]string
	welcome  wire.Welcome
	config   wire.Config
	// answer, when set, decides what becomes of a message: after it is stored or before.
	before func(m *hub.Message) (done bool)
	after  func(m *hub.Message) (done bool)
	clock  clock.Clock
	change chan struct{} // closed and made anew whenever something arrived
}

func newServer(t testing.TB) *server { return newServerAt(t, "127.0.0.1:-1", "127.0.0.1") }

func newServerAt(t testing.TB, address, name string) *server {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "authority")
	if err != nil {
		t.Fatal(err)
	}
	a, err := hub.OpenAuthority(dir, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s := &server{
		t: t, authority: a, samples: map[string]map[int64]float64{}, facts: map[wire.Section]wire.Facts{}, dicts: map[wire.DictionaryID][]string{},
		clock: clock.System{}, change: make(chan struct{}),
	}
	s.open(address, name)
	t.Cleanup(func() { s.hub.Close() })
	return s
}

func (s *server) open(address, name string) {
	s.t.Helper()
	h, err := hub.Open(context.Background(), hub.Options{
		Secret: []byte("0123456789abcdef0123456789abcdef"), Address: address, Authority: s.authority, Names: []string{name, "localhost"}, Handshake: 10_000,
		Log: slog.New(slog.DiscardHandler), Clock: clock.System{},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.hub = h
	if err := h.Admit(context.Background(), clientID, nil); err != nil {
		s.t.Fatal(err)
	}
	if _, err := h.Listen(s.hear); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) hear(m *hub.Message) {
	s.mu.Lock()
	before, after := s.before, s.after
	s.mu.Unlock()
	if before != nil && before(m) {
		return
	}
	answer := s.store(m)
	s.mu.Lock()
	close(s.change)
	s.change = make(chan struct{})
	s.mu.Unlock()
	if after == nil || !after(m) {
		m.Answer(answer)
	}
}

func (s *server) store(m *hub.Message) any {
	s.mu.Lock()
	defer s.mu.Unlock()
	ack := wire.Ack{Code: wire.OK, Time: s.clock.Now().UnixMicro(), Revision: s.config.Revision}
	refused := func(err error) any {
		s.t.Errorf("a message of kind %s is refused: %v", m.Kind, err)
		return wire.Ack{Code: wire.Refused, Text: err.Error(), Time: ack.Time}
	}
	switch m.Kind {
	case wire.KindHello:
		var h wire.Hello
		if err := json.Unmarshal(m.Data, &h); err != nil {
			return refused(err)
		}
		s.hellos = append(s.hellos, h)
		w := s.welcome
		w.Ack, w.Config = ack, s.config
		return w
	case wire.KindConfig:
		return s.config
	case wire.KindMetrics:
		var b wire.Batch
		if err := b.Decode(m.Data); err != nil {
			return refused(err)
		}
		if len(b.Series) > 0 {
			s.dicts[b.Dictionary] = append([]string(nil), b.Series...)
		}
		names, ok := s.dicts[b.Dictionary]
		if !ok {
			ack.Code = wire.Dictionary
			return ack
		}
		for i, at := range b.Times {
			for j, v := range b.Values[i] {
				s.sample(names[j], at, v)
			}
		}
	case wire.KindChecks:
		var r wire.Results
		if err := json.Unmarshal(m.Data, &r); err != nil {
			return refused(err)
		}
		s.results = append(s.results, r.Results...)
	case wire.KindProbes:
		o, err := wire.UnpackObservations(m.Data)
		if err != nil {
			return refused(err)
		}
		s.observed = append(s.observed, o.List...)
	case wire.KindFacts:
		f, err := wire.UnpackFacts(m.Data)
		if err != nil {
			return refused(err)
		}
		s.facts[f.Section] = f
	}
	return ack
}

func (s *server) sample(series string, at int64, v float64) {
	if math.IsNaN(v) {
		return
	}
	s.arrivals++
	bySeries := s.samples[series]
	if bySeries == nil {
		bySeries = map[int64]float64{}
		s.samples[series] = bySeries
	}
	if had, ok := bySeries[at]; ok && had == v {
		s.again++
	} else if ok {
		s.conflict++
	}
	bySeries[at] = v
}

// until waits for a condition on what the server holds.
func (s *server) until(what string, ok func() bool) {
	s.t.Helper()
	deadline := time.After(2 * time.Minute) // far beyond what anything here takes: a hang must end
	for {
		s.mu.Lock()
		done, change := ok(), s.change
		s.mu.Unlock()
		if done {
			return
		}
		select {
		case <-change:
		case <-time.After(20 * time.Millisecond):
		case <-deadline:
			s.t.Fatalf("still not: %s", what)
		}
	}
}

func (s *server) set(change func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change()
}

// machine is an endpoint that readings are made up for.
type machine struct {
	greet    time.Duration
	identity *link.Identity
	about    wire.Machine
	store    *state.Dir
	dir      string
	dialer   *link.Dialer
	uptime   func() time.Duration
	wall     func() time.Time
	boot     string
	source   *counter
}

// counter is a source: each reading is one more than the last.
type counter struct {
	mu     sync.Mutex
	n      float64
	series []string
	facts  map[wire.Section]any
	check  func(wire.Check) wire.Result
	probe  func(wire.Probe) wire.Observation
}

func (c *counter) Metrics(context.Context, link.Self) ([]string, []float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	values := make([]float64, len(c.series))
	for i := range values {
		values[i] = c.n
	}
	return c.series, values
}

func (c *counter) Sections() []wire.Section {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []wire.Section
	for _, s := range wire.Sections {
		if _, ok := c.facts[s]; ok {
			out = append(out, s)
		}
	}
	return out
}

func (c *counter) Facts(_ context.Context, s wire.Section) (any, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err, ok := c.facts[s].(error); ok {
		return nil, err
	}
	return c.facts[s], nil
}

func (c *counter) Check(_ context.Context, check wire.Check) wire.Result {
	if c.check != nil {
		return c.check(check)
	}
	return wire.Result{State: wire.StateOK, Text: "fine"}
}

func (c *counter) Probe(_ context.Context, p wire.Probe) wire.Observation {
	if c.probe != nil {
		return c.probe(p)
	}
	return wire.Observation{Text: "fine"}
}

func (s *server) machine(servers ...string) *machine {
	s.t.Helper()
	m := &machine{
		about: wire.Machine{ID: "m-1", Name: "srv-1", OS: "linux", Arch: "amd64"}, dir: s.t.TempDir(), wall: time.Now, boot: "boot-1",
		source: &counter{series: []string{"one", `two{a="b"}`}},
	}
	began := time.Now()
	m.uptime = func() time.Duration { return time.Hour + time.Since(began) }
	var err error
	if m.store, err = state.OpenDir(m.dir); err != nil {
		s.t.Fatal(err)
	}
	if m.identity, err = link.NewIdentity(m.about); err != nil {
		s.t.Fatal(err)
	}
	if len(servers) == 0 {
		servers = []string{"tls://" + s.hub.Address()}
	}
	m.identity.Reply = wire.EnrolReply{Device: deviceID, Name: "srv-1", Client: "Ardent", Servers: servers, CA: s.authority.PEM()}
	m.identity.Reply.Credential = s.credential(m.identity)
	if err := m.identity.Save(m.store); err != nil {
		s.t.Fatal(err)
	}
	return m
}

func (s *server) credential(id *link.Identity) string {
	s.t.Helper()
	public, err := id.Public()
	if err != nil {
		s.t.Fatal(err)
	}
	text, err := s.hub.Credential(clientID, deviceID, public, time.Now().Add(time.Hour))
	if err != nil {
		s.t.Fatal(err)
	}
	return text
}

// agent makes the program of a machine, as it would start there.
func (m *machine) agent(t testing.TB) *link.Agent {
	t.Helper()
	id, err := link.LoadIdentity(m.store)
	if err != nil || id == nil {
		t.Fatal(id, err)
	}
	sp, err := spool.OpenDisk(m.dir+"/spool", 10<<20, m.wall())
	if err != nil {
		t.Fatal(err)
	}
	a, err := link.New(link.Options{
		Version: "1.2.3", Identity: id, Machine: m.about, Store: m.store, Spool: sp, Source: m.source, Wall: m.wall, Dialer: m.dialer,
		Clock: link.NewClock(m.wall(), m.uptime, m.boot, link.LoadAnchor(m.store)), Log: logger(t), Rand: rand.New(rand.NewPCG(1, 2)), Greet: m.greet,
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func logger(t testing.TB) *slog.Logger {
	if !testing.Verbose() {
		return slog.New(slog.DiscardHandler)
	}
	_ = t
	return slog.New(slog.NewTextHandler(os.Stderr, nil))
}

// run lets an agent run until the test or the returned function ends it.
func run(t testing.TB, a *link.Agent) (stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- a.Run(ctx) }()
	var once sync.Once
	var err error
	stop = func() error {
		once.Do(func() { cancel(); err = <-ended })
		return err
	}
	t.Cleanup(func() { _ = stop() })
	return stop
}

// sample takes n readings with a pause between, so that each has a millisecond of its own.
func sample(t testing.TB, a *link.Agent, n int) {
	t.Helper()
	for range n {
		if err := a.Sample(context.Background()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// whole fails unless the server has each of the readings 1…n of a series exactly once.
func (s *server) whole(series string, n int) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	seen := map[float64]int{}
	for _, v := range s.samples[series] {
		seen[v]++
	}
	for i := 1; i <= n; i++ {
		if seen[float64(i)] != 1 {
			s.t.Fatalf("reading %d of %d is there %d times", i, n, seen[float64(i)])
		}
	}
	if len(seen) < n || s.conflict != 0 {
		s.t.Fatalf("%d readings, %d instants with two values", len(seen), s.conflict)
	}
}

func (s *server) has(series string, n int) func() bool {
	return func() bool { return len(s.samples[series]) >= n }
}

// wayTo is a TCP way to an address that can be cut, held and mended.
type wayTo struct {
	l    net.Listener
	to   string
	mu   sync.Mutex
	open map[net.Conn]bool
	held bool // nothing goes through, and nobody is told
	shut bool // nobody is let in
	gate *sync.Cond
	in   int
}

func way(t testing.TB, to string) *wayTo {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w := &wayTo{l: l, to: to, open: map[net.Conn]bool{}}
	w.gate = sync.NewCond(&w.mu)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go w.carry(c)
		}
	}()
	t.Cleanup(func() { _ = l.Close(); w.cut(); w.hold(false) })
	return w
}

func (w *wayTo) carry(c net.Conn) {
	w.mu.Lock()
	shut := w.shut
	w.in++
	w.mu.Unlock()
	if shut {
		_ = c.Close()
		return
	}
	s, err := net.Dial("tcp", w.to)
	if err != nil {
		_ = c.Close()
		return
	}
	w.mu.Lock()
	w.open[c], w.open[s] = true, true
	w.mu.Unlock()
	pipe := func(from, to net.Conn) {
		buf := make([]byte, 32<<10)
		for {
			n, err := from.Read(buf)
			w.mu.Lock()
			for w.held {
				w.gate.Wait()
			}
			w.mu.Unlock()
			if n > 0 {
				if _, err := to.Write(buf[:n]); err != nil {
					break
				}
			}
			if err != nil {
				break
			}
		}
		_ = from.Close()
		_ = to.Close()
		w.mu.Lock()
		delete(w.open, from)
		delete(w.open, to)
		w.mu.Unlock()
	}
	go pipe(c, s)
	go pipe(s, c)
}

func (w *wayTo) addr() string { return fmt.Sprintf("127.0.0.1:%d", w.l.Addr().(*net.TCPAddr).Port) }

func (w *wayTo) cut() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for c := range w.open {
		_ = c.Close()
	}
}

func (w *wayTo) hold(held bool) {
	w.mu.Lock()
	w.held = held
	w.mu.Unlock()
	w.gate.Broadcast()
}

func (w *wayTo) close(shut bool) {
	w.mu.Lock()
	w.shut = shut
	w.mu.Unlock()
}
