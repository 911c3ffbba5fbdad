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
	"path/filepath"
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
	r := &rig{t: t, client: list[0]}
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

// TestSeriesNamedAnew: a device that names its series anew each time fills neither memory nor disk.
func TestSeriesNamedAnew(t *testing.T) {
	r := newRig(t)
	a := r.enrol(1)
	last := wire.OK
	for n := 0; n < 20 && last == wire.OK; n++ {
		b := wire.Batch{Times: []int64{time.Now().UnixMilli()}}
		row := []float64{}
		for i := range 1000 {
			b.Series = append(b.Series, fmt.Sprintf("x_%d_%d", n, i))
			row = append(row, 1)
		}
		b.Dictionary, b.Values = wire.HashDictionary(b.Series), [][]float64{row}
		last = a.ask(wire.KindMetrics, wire.AppendBatch(nil, &b)).Code
	}
	if last != wire.Refused {
		t.Error("it goes on for ever")
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
