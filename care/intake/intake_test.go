// SPDX-License-Identifier: Apache-2.0

package intake_test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"log/slog"
	mathrand "math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"mainstay/care/devices"
	"mainstay/care/intake"
	"mainstay/care/monitoring"
	"mainstay/kit/access"
	"mainstay/kit/bus"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/hub"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/kit/series"
	"mainstay/kit/wire"
	"mainstay/practice/clients"
)

var ctx = context.Background()

// rig is a server without pages, and what agents connect to.
type rig struct {
	t       testing.TB
	db      *db.DB
	hub     *hub.Hub
	devices *devices.Service
	series  *series.Local
	engine  *monitoring.Engine
	intake  *intake.Intake
	client  ids.ID
	roots   *x509.CertPool
	results int

	observed int
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newRig(t testing.TB) *rig {
	t.Helper()
	d, c, log := dbtest.Open(t), clock.System{}, slog.New(slog.DiscardHandler)
	s := ids.NewSource(c)
	sealer, err := access.OpenSealer(filepath.Join(t.TempDir(), "secret.key"), true)
	must(t, err)
	q := jobs.New(d, c, s, log)
	a := access.New(d, c, s, sealer, access.Options{})
	people := clients.New(d, c, s, a, q)
	list, err := people.Ensure(ctx, []string{"Acme"}, 0)
	must(t, err)
	r := &rig{t: t, db: d, client: list[0]}
	authority, err := hub.OpenAuthority(t.TempDir(), time.Now())
	must(t, err)
	r.hub, err = hub.Open(ctx, hub.Options{Secret: []byte("0123456789abcdef0123456789abcdef"), Log: log, Clock: c, Address: "127.0.0.1:-1", Authority: authority, Names: []string{"127.0.0.1"}})
	must(t, err)
	r.roots = x509.NewCertPool()
	r.roots.AppendCertsFromPEM([]byte(authority.PEM()))
	t.Cleanup(r.hub.Close)
	r.devices = devices.New(devices.Parts{DB: d, Clock: c, IDs: s, Access: a, Clients: people, Jobs: q, Bus: &bus.Bus{}, Log: log})
	must(t, r.devices.Connect(ctx, r.hub, devices.Reach{Server: "https://mainstay.example.com", Brokers: []string{"wss://mainstay.example.com"}}))
	r.series, err = series.Open(t.TempDir(), series.Options{})
	must(t, err)
	must(t, r.series.Wait(ctx))
	t.Cleanup(func() { _ = r.series.Close() })
	r.engine = monitoring.NewEngine(c, time.UTC, func(ids.ID) (monitoring.Device, bool) { return monitoring.Device{}, false })
	r.intake = intake.New(intake.Parts{
		Hub: r.hub, Devices: r.devices, Series: r.series, Engine: r.engine, Clock: c, Log: log,
		Results: func(_ context.Context, _ *devices.Device, list []wire.Result) error {
			r.results += len(list)
			return nil
		},
		Observations: func(_ context.Context, _ *devices.Device, o *wire.Observations) error {
			r.observed += len(o.List)
			return nil
		},
		Config: func(context.Context, *devices.Device) (wire.Config, error) { return wire.Config{Revision: 7}, nil },
	})
	work, stop := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() { r.intake.Run(work); close(done) }()
	t.Cleanup(func() { stop(); <-done })
	return r
}

// agent is an enrolled device with a connection.
type agent struct {
	*nats.Conn
	t  testing.TB
	id string
}

func (r *rig) enrol(n int) *agent {
	r.t.Helper()
	word, err := r.devices.MakeToken(ctx, access.WholeFirm(), devices.NewToken{Client: r.client, For: time.Hour})
	must(r.t, err)
	tok, err := wire.ParseToken(word)
	must(r.t, err)
	key, err := nkeys.CreateUser()
	must(r.t, err)
	pub, _ := key.PublicKey()
	e := &wire.EnrolRequest{Token: tok.ID, Secret: tok.Secret, Key: pub, Machine: wire.Machine{ID: fmt.Sprint("m", n), Name: fmt.Sprint("PC", n), OS: "linux"}, Agent: "1"}
	e.Proof, err = key.Sign(e.Signed())
	must(r.t, err)
	reply, err := r.devices.Enrol(ctx, e)
	must(r.t, err)
	a := &agent{t: r.t, id: reply.Device}
	a.Conn, err = nats.Connect("tls://"+r.hub.Address(), nats.Secure(&tls.Config{RootCAs: r.roots, MinVersion: tls.VersionTLS13}), nats.TLSHandshakeFirst(), nats.CustomInboxPrefix(wire.Inbox(a.id)), nats.UserJWT(func() (string, error) { return reply.Credential, nil }, key.Sign))
	must(r.t, err)
	r.t.Cleanup(a.Close)
	return a
}

func (a *agent) ask(kind wire.Kind, data []byte) wire.Ack {
	a.t.Helper()
	m, err := a.Request(wire.Up(a.id, kind), data, 20*time.Second)
	if err != nil {
		a.t.Fatalf("%s: %v", kind, err)
	}
	var ack wire.Ack
	if err := json.Unmarshal(m.Data, &ack); err != nil {
		a.t.Fatalf("%s: %s", kind, m.Data)
	}
	return ack
}

var texts = []string{"system_cpu_utilization_ratio", `system_filesystem_utilization_ratio{mountpoint="/"}`}

func batch(known bool, at int64, values ...float64) []byte {
	b := wire.Batch{Dictionary: wire.HashDictionary(texts), Series: texts, Times: []int64{at}, Values: [][]float64{values}}
	if known {
		b.Series = nil
	}
	return wire.AppendBatch(nil, &b)
}

// TestHostileFrames: whatever an agent says, it is answered and counted, and others are heard as before.
func TestHostileFrames(t *testing.T) {
	r := newRig(t)
	a, other := r.enrol(1), r.enrol(2)
	at := time.Now().UnixMilli() - 60_000
	if ack := a.ask(wire.KindMetrics, batch(true, at, .5, .6)); ack.Code != wire.Dictionary {
		t.Errorf("an unknown dictionary: %+v", ack)
	}
	if ack := a.ask(wire.KindMetrics, batch(false, at, .5, .6)); ack.Code != wire.OK {
		t.Errorf("a good batch: %+v", ack)
	}
	if ack := other.ask(wire.KindMetrics, batch(true, at, .1, .2)); ack.Code != wire.OK {
		t.Errorf("a dictionary that another device told: %+v", ack)
	}
	noise := make([]byte, 4096)
	_, _ = rand.Read(noise)
	evil := wire.Batch{Series: []string{`x{client="0000000000001"}`}, Times: []int64{at}, Values: [][]float64{{1}}}
	evil.Dictionary = wire.HashDictionary(evil.Series)
	wide := wire.Batch{Dictionary: wire.HashDictionary(texts), Times: []int64{at}, Values: [][]float64{{1, 2, 3}}}
	many, err := json.Marshal(wire.Results{Results: make([]wire.Result, wire.MaxResults+1)})
	must(t, err)
	odd, err := (&wire.Observations{List: []wire.Observation{{Probe: "x", State: 7}}}).Pack()
	must(t, err)
	facts, err := wire.PackFacts(wire.Facts{Section: wire.SectionSoftware, Taken: 1, Hash: wire.HashFacts([]byte(`7`)), Body: []byte(`7`)})
	must(t, err)
	refused := []struct {
		name string
		kind wire.Kind
		data []byte
	}{
		{"nothing", wire.KindMetrics, nil},
		{"noise as metrics", wire.KindMetrics, noise},
		{"half a batch", wire.KindMetrics, batch(false, at, 1, 2)[:40]},
		{"another client's label", wire.KindMetrics, wire.AppendBatch(nil, &evil)},
		{"rows too wide", wire.KindMetrics, wire.AppendBatch(nil, &wide)},
		{"noise as facts", wire.KindFacts, noise},
		{"facts of another shape", wire.KindFacts, facts},
		{"noise as a greeting", wire.KindHello, noise},
		{"noise as results", wire.KindChecks, noise},
		{"a kind that nobody knows", wire.Kind("orders"), noise},
		{"too many results", wire.KindChecks, many},
		{"noise as observations", wire.KindProbes, noise},
		{"an observation that is none", wire.KindProbes, odd},
		{"a state that is none", wire.KindChecks, []byte(`{"results":[{"check":"x","state":9}]}`)},
		{"the largest frame", wire.KindMetrics, make([]byte, wire.MaxFrame)},
	}
	before := r.intake.Counts()
	for _, x := range refused {
		if ack := a.ask(x.kind, x.data); ack.Code != wire.Refused || ack.Text == "" {
			t.Errorf("%s: %+v", x.name, ack)
		}
	}
	if n := r.intake.Counts().Refused - before.Refused; n != int64(len(refused)) {
		t.Errorf("%d refusals are counted, want %d", n, len(refused))
	}
	// Beyond the broker's limit nothing comes in at all.
	if err := a.Publish(wire.Up(a.id, wire.KindMetrics), make([]byte, 2*wire.MaxFrame)); err == nil {
		t.Error("a frame beyond the limit is taken")
	}
	// The same again is acknowledged, counted, and changes nothing.
	before = r.intake.Counts()
	for range 3 {
		if ack := a.ask(wire.KindMetrics, batch(true, at, .5, .6)); ack.Code != wire.OK {
			t.Errorf("a replay: %+v", ack)
		}
	}
	after := r.intake.Counts()
	if after.Samples != before.Samples || after.Duplicate-before.Duplicate != 6 {
		t.Errorf("a replay stores %d and doubles %d samples", after.Samples-before.Samples, after.Duplicate-before.Duplicate)
	}
	if ack := other.ask(wire.KindMetrics, batch(true, at+60_000, .1, .2)); ack.Code != wire.OK {
		t.Errorf("another device after all that: %+v", ack)
	}
	if ack := a.ask(wire.KindChecks, []byte(`{"results":[{"check":"x","state":2,"text":"`+strings.Repeat("é", 600)+`"}]}`)); ack.Code != wire.OK || r.results != 1 {
		t.Errorf("a result: %+v, %d", ack, r.results)
	}
	seen, err := (&wire.Observations{List: []wire.Observation{{Probe: "x", Text: "fine"}}}).Pack()
	must(t, err)
	if ack := a.ask(wire.KindProbes, seen); ack.Code != wire.OK || r.observed != 1 {
		t.Errorf("an observation: %+v, %d", ack, r.observed)
	}
	points := 0
	must(t, r.series.Select(ctx, series.Everything(), []*series.Matcher{series.Is(series.DeviceLabel, a.id)}, time.UnixMilli(at-1000), time.Now(), func(l series.Line) error {
		points += len(l.Points)
		return nil
	}))
	if points != 2 {
		t.Errorf("%d samples are kept, want 2", points)
	}
}

// say sends one row of zeros for series, with their texts.
func (a *agent) say(at int64, series []string) wire.Ack {
	a.t.Helper()
	b := wire.Batch{Dictionary: wire.HashDictionary(series), Series: series, Times: []int64{at}, Values: [][]float64{make([]float64, len(series))}}
	return a.ask(wire.KindMetrics, wire.AppendBatch(nil, &b))
}

// kept lists the names of the series that are kept of a device.
func (r *rig) kept(device string) []string {
	r.t.Helper()
	list, _, err := r.series.LabelValues(ctx, series.Everything(), series.NameLabel, [][]*series.Matcher{{series.Is(series.DeviceLabel, device)}}, time.Now().Add(-48*time.Hour), time.Now(), 0)
	must(r.t, err)
	return list
}

// TestSeriesComeAndGo: a device whose interfaces come and go is heard for ever.
func TestSeriesComeAndGo(t *testing.T) {
	r := newRig(t)
	a := r.enrol(1)
	var without []string
	for i := range 1000 {
		without = append(without, fmt.Sprintf("x_%d", i))
	}
	with := append(slices.Clone(without), `system_network_io_bytes_total{interface="tun0"}`)
	at := time.Now().Add(-40 * time.Hour).UnixMilli()
	for n := range 40 {
		at += 60_000
		if ack := a.say(at, [][]string{without, with}[n%2]); ack.Code != wire.OK {
			t.Fatalf("after %d changes: %+v", n, ack)
		}
	}
	if c := r.intake.Counts(); c.Unkept != 0 || c.Samples != 40*1000+20 {
		t.Errorf("%+v", c)
	}
}

// TestSeriesNamedAnew: a device that names its series anew each time fills neither memory nor disk. What it names beyond the limit is left
// out and leaves nothing behind; the rest of it is heard as before.
func TestSeriesNamedAnew(t *testing.T) {
	r := newRig(t)
	a := r.enrol(1)
	at := time.Now().UnixMilli() - 3_600_000
	var last []string
	var before monitoring.Key
	for n := range 16 {
		last = []string{"always"}
		for i := range 1000 {
			last = append(last, fmt.Sprintf("x_%d_%d", n, i))
		}
		if n == 15 {
			before = r.engine.Key("before_all")
		}
		at += 60_000
		if ack := a.say(at, last); ack.Code != wire.OK {
			t.Fatalf("dictionary %d: %+v", n, ack)
		}
	}
	if after := r.engine.Key("after_all"); after != before+1 {
		t.Errorf("what is left out takes %d keys", after-before-1)
	}
	if n := len(r.kept(a.id)); n != 3*wire.MaxSeries {
		t.Errorf("%d series are kept, want %d", n, 3*wire.MaxSeries)
	}
	if c := r.intake.Counts(); c.Samples != 3*wire.MaxSeries+15 || c.Samples+c.Unkept != 16*1001 {
		t.Errorf("%+v", c)
	}
	if known, err := r.devices.Dictionary(ctx, wire.HashDictionary(last)); err != nil || known != nil {
		t.Errorf("a dictionary of which series are left out is kept: %d series, %v", len(known), err)
	}
	other := r.enrol(2)
	if ack := other.say(at, last); ack.Code != wire.OK || len(r.kept(other.id)) != 1001 {
		t.Errorf("another device with the same series: %+v, %d kept", ack, len(r.kept(other.id)))
	}
}

// TestDictionariesOfOne: a device that puts the same series in ever new orders makes the database keep some of them only, and is heard.
func TestDictionariesOfOne(t *testing.T) {
	r := newRig(t)
	a := r.enrol(1)
	texts := []string{"a", "b", "c", "d", "e", "f", "g"}
	at := time.Now().Add(-40 * time.Hour).UnixMilli()
	inbox, err := a.SubscribeSync(a.NewInbox())
	must(t, err)
	for range 75 {
		for range 4 { // as many as may wait
			mathrand.Shuffle(len(texts), func(i, k int) { texts[i], texts[k] = texts[k], texts[i] })
			at += 60_000
			b := wire.Batch{Dictionary: wire.HashDictionary(texts), Series: texts, Times: []int64{at}, Values: [][]float64{make([]float64, len(texts))}}
			must(t, a.PublishRequest(wire.Up(a.id, wire.KindMetrics), inbox.Subject, wire.AppendBatch(nil, &b)))
		}
		for range 4 {
			m, err := inbox.NextMsg(20 * time.Second)
			must(t, err)
			if !strings.Contains(string(m.Data), `"code":"ok"`) {
				t.Fatalf("%s", m.Data)
			}
		}
	}
	var n int
	must(t, r.db.Reader().QueryRowContext(ctx, "SELECT count(*) FROM devices_dictionaries").Scan(&n))
	if n != 200 {
		t.Errorf("%d dictionaries are kept", n)
	}
}

// TestRefusedDictionary: one that is refused leaves nothing behind.
func TestRefusedDictionary(t *testing.T) {
	r := newRig(t)
	a := r.enrol(1)
	many := "many{"
	for i := range 45 {
		many += fmt.Sprintf(`l%02d="x",`, i)
	}
	many = strings.TrimSuffix(many, ",") + "}"
	before := r.engine.Key("before_all")
	for name, bad := range map[string]string{
		"not UTF-8": "x{mountpoint=\"/\xff\"}", "a NUL": "x{mountpoint=\"/\x00\"}", "too many labels": many, "not a series": "x y",
	} {
		texts := []string{"fine_one", "fine_two", bad}
		if ack := a.say(time.Now().UnixMilli(), texts); ack.Code != wire.Refused || ack.Text == "" {
			t.Errorf("%s: %+v", name, ack)
		}
		if known, err := r.devices.Dictionary(ctx, wire.HashDictionary(texts)); err != nil || known != nil {
			t.Errorf("%s: it is kept, %v", name, err)
		}
	}
	if after := r.engine.Key("after_all"); after != before+1 {
		t.Errorf("what is refused takes %d keys", after-before-1)
	}
	if list := r.kept(a.id); len(list) != 0 {
		t.Errorf("%q are kept", list)
	}
}

// TestOneAgentFloods: one that does not wait for answers is put off, and others are heard.
func TestOneAgentFloods(t *testing.T) {
	r := newRig(t)
	loud, other := r.enrol(1), r.enrol(2)
	const frames, width, rows = 1000, 1000, 100
	var names []string
	for i := range width {
		names = append(names, fmt.Sprint("x_", i))
	}
	at := time.Now().Add(-40 * time.Hour).UnixMilli()
	if ack := loud.say(at, names); ack.Code != wire.OK {
		t.Fatalf("%+v", ack)
	}
	b := wire.Batch{Dictionary: wire.HashDictionary(names)}
	for k := range rows {
		b.Times, b.Values = append(b.Times, at+int64(k+1)*60_000), append(b.Values, make([]float64, width))
	}
	msg := wire.AppendBatch(nil, &b)
	inbox, err := loud.SubscribeSync(loud.NewInbox())
	must(t, err)
	for range frames {
		must(t, loud.PublishRequest(wire.Up(loud.id, wire.KindMetrics), inbox.Subject, msg))
	}
	if ack := other.ask(wire.KindMetrics, batch(false, at, .1, .2)); ack.Code != wire.OK {
		t.Errorf("another device meanwhile: %+v", ack)
	}
	heard := map[wire.Code]int{}
	for range frames {
		m, err := inbox.NextMsg(20 * time.Second)
		must(t, err)
		var ack wire.Ack
		must(t, json.Unmarshal(m.Data, &ack))
		heard[ack.Code]++
	}
	if heard[wire.OK] == 0 || heard[wire.Busy] < frames/2 || heard[wire.OK]+heard[wire.Busy] != frames {
		t.Errorf("the loud one heard %v", heard)
	}
	if ack := loud.say(at+200*60_000, names); ack.Code != wire.OK {
		t.Errorf("the loud one later: %+v", ack)
	}
}

// BenchmarkWireToSeries: samples of many devices from the broker to the disk, by the processor's time of everything in this process: the
// agents' side of the connection too.
func BenchmarkWireToSeries(b *testing.B) {
	r := newRig(b)
	const fleet, width = 200, 50
	var series []string
	for i := range width {
		series = append(series, wire.SeriesText("system_network_io_bytes_total", wire.Label{Name: "interface", Value: fmt.Sprint("eth", i)}))
	}
	dictionary := wire.HashDictionary(series)
	agents, acks := make([]*agent, fleet), make([]*nats.Subscription, fleet)
	at := time.Now().UnixMilli() - 40*3_600_000
	for i := range agents {
		agents[i] = r.enrol(i)
		first := wire.Batch{Dictionary: dictionary, Series: series, Times: []int64{at}, Values: [][]float64{make([]float64, width)}}
		agents[i].ask(wire.KindMetrics, wire.AppendBatch(nil, &first))
		var err error
		acks[i], err = agents[i].SubscribeSync(agents[i].NewInbox())
		must(b, err)
	}
	var before, after syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &before)
	row, round, sent := make([]float64, width), 0, 0
	for b.Loop() {
		round++
		at += 60_000
		for k := range row {
			row[k] = float64(round*(k+1)) * 1234
		}
		msg := wire.AppendBatch(nil, &wire.Batch{Dictionary: dictionary, Times: []int64{at}, Values: [][]float64{row}})
		for i, a := range agents {
			must(b, a.PublishRequest(wire.Up(a.id, wire.KindMetrics), acks[i].Subject, msg))
		}
		for _, s := range acks {
			m, err := s.NextMsg(20 * time.Second)
			must(b, err)
			if !strings.Contains(string(m.Data), `"code":"ok"`) {
				b.Fatalf("%s", m.Data)
			}
		}
		sent += fleet * width
	}
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &after)
	cpu := func(u syscall.Rusage) float64 {
		return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
	}
	b.ReportMetric(float64(sent)/(cpu(after)-cpu(before)), "samples/cpu-s")
}
