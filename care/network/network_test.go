// SPDX-License-Identifier: Apache-2.0

package network_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"mainstay/care/devices"
	"mainstay/care/monitoring"
	"mainstay/care/network"
	"mainstay/kit/access"
	"mainstay/kit/bus"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/hub"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/kit/probe"
	"mainstay/kit/series"
	"mainstay/kit/wire"
	"mainstay/practice/clients"

	"github.com/nats-io/nkeys"
)

var (
	bg  = context.Background()
	all = access.WholeFirm()
)

// rig is the area with two clients, of which Harbour has a machine with an agent at its site Quay and one without an agent.
type rig struct {
	*network.Service
	t          *testing.T
	clock      *movable
	db         *db.DB
	parts      network.Parts
	jobs       *jobs.Queue
	people     *clients.Service
	devices    *devices.Service
	engine     *monitoring.Engine
	series     *series.Local
	harbour    ids.ID
	kestrel    ids.ID
	quay       ids.ID
	agent      *devices.Device
	mu         sync.Mutex
	configured []ids.ID
	gone       []ids.ID
	moved      []ids.ID
	answer     atomic.Pointer[wire.Observation] // what the server's looks find
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{t: t, db: dbtest.Open(t), clock: &movable{}}
	c, log := r.clock, slog.New(slog.DiscardHandler)
	s := ids.NewSource(c)
	sealer, err := access.OpenSealer(filepath.Join(t.TempDir(), "secret.key"), true)
	must(t, err)
	r.jobs = jobs.New(r.db, c, s, log)
	a := access.New(r.db, c, s, sealer, access.Options{})
	r.people = clients.New(r.db, c, s, a, r.jobs)
	list, err := r.people.Ensure(bg, []string{"Harbour Dental", "Kestrel Trust"}, 0)
	must(t, err)
	r.harbour, r.kestrel = list[0], list[1]
	r.quay, err = r.people.SaveSite(bg, all, r.harbour, clients.Site{Name: "Quay"})
	must(t, err)
	b := &bus.Bus{}
	r.devices = devices.New(devices.Parts{DB: r.db, Clock: c, IDs: s, Access: a, Clients: r.people, Jobs: r.jobs, Bus: b, Log: log})
	authority, err := hub.OpenAuthority(t.TempDir(), time.Now())
	must(t, err)
	h, err := hub.Open(bg, hub.Options{Secret: []byte("0123456789abcdef0123456789abcdef"), Log: log, Clock: c, Address: "127.0.0.1:-1", Authority: authority, Names: []string{"127.0.0.1"}})
	must(t, err)
	t.Cleanup(h.Close)
	must(t, r.devices.Connect(bg, h, devices.Reach{Server: "https://mainstay.example.com"}))
	r.agent = r.enrol(r.harbour, "probe")
	r.series, err = series.Open(t.TempDir(), series.Options{})
	must(t, err)
	must(t, r.series.Wait(bg))
	t.Cleanup(func() { _ = r.series.Close() })
	r.engine = monitoring.NewEngine(c, time.UTC, func(id ids.ID) (monitoring.Device, bool) {
		if d, ok := r.devices.Look(id); ok {
			return monitoring.Device{ID: id, Client: d.Client, Name: d.Name, Kind: string(d.Kind), MayBeOff: true}, true
		}
		w, ok := r.Look(id)
		if !ok {
			return monitoring.Device{}, false
		}
		return monitoring.Device{ID: id, Client: w.Client, Name: w.Name, Kind: network.ServiceKind, MayBeOff: true}, true
	})
	fake := func(context.Context, *probe.Task) (wire.State, wire.Said) {
		if o := r.answer.Load(); o != nil {
			return o.State, wire.Say("%s", o.Text)
		}
		return wire.StateOK, wire.Say("Fine.")
	}
	kinds := probe.Kinds{}
	for _, k := range network.ServiceKinds() {
		kinds[k] = fake
	}
	r.parts = network.Parts{
		DB: r.db, Clock: c, IDs: s, Access: a, Clients: r.people, Devices: r.devices, Jobs: r.jobs, Bus: b, Sealer: sealer, Series: r.series, Engine: r.engine, Log: log,
		Kinds: kinds, Guard: network.Public(),
		Configure: func(_ context.Context, id ids.ID) {
			r.mu.Lock()
			r.configured = append(r.configured, id)
			r.mu.Unlock()
		},
		Gone:  func(_ context.Context, id ids.ID) error { r.gone = append(r.gone, id); return nil },
		Moved: func(_ context.Context, id ids.ID) error { r.moved = append(r.moved, id); return nil },
	}
	r.Service = network.New(r.parts)
	return r
}

func (r *rig) enrol(client ids.ID, name string) *devices.Device {
	r.t.Helper()
	word, err := r.devices.MakeToken(bg, all, devices.NewToken{Client: client, For: time.Hour})
	must(r.t, err)
	tok, err := wire.ParseToken(word)
	must(r.t, err)
	key, err := nkeys.CreateUser()
	must(r.t, err)
	pub, _ := key.PublicKey()
	e := &wire.EnrolRequest{Token: tok.ID, Secret: tok.Secret, Key: pub, Machine: wire.Machine{ID: name, Name: name, OS: "linux"}, Agent: "1"}
	e.Proof, err = key.Sign(e.Signed())
	must(r.t, err)
	reply, err := r.devices.Enrol(bg, e)
	must(r.t, err)
	id, err := ids.Parse(reply.Device)
	must(r.t, err)
	d, err := r.devices.Get(bg, all, id)
	must(r.t, err)
	return d
}

func (r *rig) save(w network.Watched) ids.ID {
	r.t.Helper()
	id, err := r.Save(bg, all, w)
	must(r.t, err)
	return id
}

func seen(id ids.ID, at time.Time, s wire.State, text string, measures ...wire.Measure) *wire.Observations {
	return &wire.Observations{List: []wire.Observation{{Probe: "s" + id.String(), At: clock.Micros(at), State: s, Text: text, Took: 12, Measures: measures}}}
}

func TestOnlyOnesOwn(t *testing.T) {
	r := newRig(t)
	other := r.enrol(r.kestrel, "other")
	second := r.enrol(r.harbour, "second")
	inside := r.save(network.Watched{Client: r.harbour, Prober: r.agent.ID, Kind: "http", Target: "http://192.168.1.10/", Name: "Intranet", Secret: map[string]string{"password": "tide"}, Params: map[string]string{"user": "ada"}})
	outside := r.save(network.Watched{Client: r.harbour, Kind: "http", Target: "https://harbour.example/"})
	list, err := r.Probes(bg, r.agent)
	must(t, err)
	if len(list) != 1 || list[0].ID != "s"+inside.String() || list[0].Secret["password"] != "tide" || list[0].Target != "http://192.168.1.10/" {
		t.Errorf("the agent looks at %+v", list)
	}
	for _, d := range []*devices.Device{other, second} {
		if list, err := r.Probes(bg, d); err != nil || len(list) != 0 {
			t.Errorf("%s looks at %+v, %v", d.Name, list, err)
		}
	}
	now := time.Now()
	must(t, r.Take(bg, r.agent, seen(inside, now, wire.StateCritical, "Answered 503.", wire.Measure{Series: "probe_duration_seconds", Value: .25})))
	// Whoever else speaks of it, and of what the agent is not to look at, is refused and counted.
	for _, x := range []struct {
		d  *devices.Device
		id ids.ID
	}{{other, inside}, {second, inside}, {nil, inside}, {r.agent, outside}, {r.agent, ids.ID(12345)}} {
		before := r.Counts().Foreign
		if err := r.Take(bg, x.d, seen(x.id, now.Add(time.Minute), wire.StateOK, "Fine.")); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v of %s: %v", x.d, x.id, err)
		}
		if r.Counts().Foreign != before+1 {
			t.Error("it is not counted")
		}
	}
	// In a message with others only the foreign ones are dropped.
	mixed := seen(inside, now.Add(2*time.Minute), wire.StateCritical, "Answered 503 again.")
	mixed.List = append(mixed.List, seen(outside, now, wire.StateOK, "No.").List...)
	mixed.List = append(mixed.List, wire.Observation{Probe: "zzz"}, wire.Observation{Probe: ""})
	must(t, r.Take(bg, r.agent, mixed))
	if s := r.StateOf(inside); s.Text != "Answered 503 again." || s.By != r.agent.ID || !s.Since.Equal(clock.FromMicros(clock.Micros(now))) {
		t.Errorf("state %+v", s)
	}
	if r.StateOf(outside).Known() {
		t.Error("what a foreign device said is kept")
	}
	// What comes again, or late, changes nothing.
	must(t, r.Take(bg, r.agent, seen(inside, now.Add(time.Minute), wire.StateOK, "Late.")))
	if s := r.StateOf(inside); s.State != wire.StateCritical {
		t.Errorf("late news change the state: %+v", s)
	}
	if err := r.Take(bg, r.agent, seen(inside, now.Add(time.Hour), wire.StateOK, "From the future.")); err == nil {
		t.Error("an instant in the future is believed")
	}
	turns, err := r.Turns(bg, inside, now.Add(-time.Hour), 10)
	if err != nil || len(turns) != 1 || turns[0].State != 2 {
		t.Errorf("turns %+v, %v", turns, err)
	}
	// The value is in the series of the service, under its client.
	found := 0.0
	must(t, r.series.Select(bg, series.Only(r.harbour), []*series.Matcher{series.Is(series.NameLabel, "probe_duration_seconds"), series.Is(series.DeviceLabel, inside.String())}, now.Add(-time.Hour), now.Add(time.Hour),
		func(l series.Line) error { found = l.Points[0].V; return nil }))
	if found != .25 {
		t.Errorf("the series has %v", found)
	}
	share, err := r.Availability(bg, []ids.ID{inside}, 24*time.Hour)
	if err != nil || share[inside] != 0 {
		t.Errorf("availability %v, %v", share, err)
	}
	latest := r.engine.Latest(inside)
	if !slices.ContainsFunc(latest, func(v monitoring.Value) bool { return strings.HasPrefix(v.Series, "check_status{") && v.Value == 2 }) {
		t.Errorf("the rules know %+v", latest)
	}
}

// TestSeriesNamedAnew: an exporter that names its series anew each time fills neither memory nor disk.
func TestSeriesNamedAnew(t *testing.T) {
	r := newRig(t)
	id := r.save(network.Watched{Client: r.harbour, Kind: "scrape", Target: "https://exporter.harbour.example/metrics"})
	now := time.Now().Add(-time.Hour)
	for n := range 12 {
		o := seen(id, now.Add(time.Duration(n)*time.Minute), wire.StateOK, "Fine.")
		for i := range 1000 {
			o.List[0].Measures = append(o.List[0].Measures, wire.Measure{Series: "x_" + strings.Repeat("a", n) + "_" + ids.ID(i).String(), Value: 1})
		}
		must(t, r.Take(bg, nil, o))
	}
	list, _, err := r.series.SeriesOf(bg, series.Everything(), [][]*series.Matcher{{series.Is(series.DeviceLabel, id.String())}}, now.Add(-time.Hour), time.Now(), 20_000)
	if err != nil || len(list) != 6000 {
		t.Errorf("%d series, %v", len(list), err)
	}
	if s := r.StateOf(id); !s.At.Equal(clock.FromMicros(clock.Micros(now.Add(11 * time.Minute)))) {
		t.Error("the state is not kept any more")
	}
}

func TestStatesOutliveARestart(t *testing.T) {
	r := newRig(t)
	id := r.save(network.Watched{Client: r.harbour, Kind: "ping", Target: "gate.harbour.example", Secret: map[string]string{"password": "x"}})
	o := seen(id, time.Now(), wire.StateWarning, "Slow.\x00")
	o.List[0].Found = json.RawMessage(`{"a":1}`)
	said := wire.Say("Too slow from %s on.", 3*time.Second)
	o.List[0].Said = &said
	must(t, r.Take(bg, nil, o))
	again := network.New(r.parts)
	w, err := again.Get(bg, all, id)
	must(t, err)
	if s := again.StateOf(id); s.State != wire.StateWarning || s.Text != "Slow." || s.Found != `{"a":1}` || w.Target != "gate.harbour.example" || w.Every != time.Minute {
		t.Errorf("after a restart %+v %+v", w, s)
	}
	if s := again.StateOf(id); s.Told.Said == nil || s.Told.Said.String() != "Too slow from 3.0 s on." {
		t.Errorf("what was said is lost: %+v", s.Told)
	}
	if turns, err := again.Turns(bg, id, time.Time{}, 5); err != nil || len(turns) != 1 || turns[0].Told.Said == nil {
		t.Errorf("the turn says nothing: %+v, %v", turns, err)
	}
	must(t, again.Rewrap(bg))
	must(t, again.Sweep(bg))
	if _, err := again.Get(bg, access.OneClient(r.kestrel), id); !fault.Is(err, fault.NotFound) {
		t.Errorf("another client reads it: %v", err)
	}
}

func TestSaving(t *testing.T) {
	r := newRig(t)
	bare, err := r.devices.Make(bg, all, r.harbour, devices.Details{Name: "Printer", Kind: devices.Printer})
	must(t, err)
	foreign := r.enrol(r.kestrel, "theirs")
	ok := network.Watched{Client: r.harbour, Kind: "http", Target: "harbour.example/shop#top", Params: map[string]string{"status": "200", "nonsense": "x", "method": "GET", "confirm": "on"}}
	for name, x := range map[string]struct {
		change func(*network.Watched)
		field  string
	}{
		"a kind that is none":             {func(w *network.Watched) { w.Kind = "snmp" }, "kind"},
		"no target":                       {func(w *network.Watched) { w.Target = " " }, "target"},
		"another scheme":                  {func(w *network.Watched) { w.Target = "file:///etc/passwd" }, "target"},
		"a password in the address":       {func(w *network.Watched) { w.Target = "https://ada:tide@harbour.example" }, "target"},
		"an address inside":               {func(w *network.Watched) { w.Target = "http://10.1.2.3/" }, "prober"},
		"an address inside, mapped":       {func(w *network.Watched) { w.Target = "http://[::ffff:10.1.2.3]/" }, "prober"},
		"the metadata of a cloud":         {func(w *network.Watched) { w.Target = "http://169.254.169.254/" }, "prober"},
		"too often":                       {func(w *network.Watched) { w.Every = time.Second }, "every"},
		"another client's device looks":   {func(w *network.Watched) { w.Prober = foreign.ID }, "prober"},
		"a device without an agent looks": {func(w *network.Watched) { w.Prober = bare }, "prober"},
		"a device of another site looks":  {func(w *network.Watched) { w.Prober, w.Site = r.agent.ID, r.quay }, "prober"},
		"it runs on another's device":     {func(w *network.Watched) { w.Device = foreign.ID }, "device"},
		"a pattern that is none":          {func(w *network.Watched) { w.Params = map[string]string{"pattern": "("} }, "pattern"},
		"a choice that is none":           {func(w *network.Watched) { w.Params = map[string]string{"method": "DELETE"} }, "method"},
		"no number":                       {func(w *network.Watched) { w.Params = map[string]string{"warn": "soon"} }, "warn"},
		"a text that an agent would send": {func(w *network.Watched) { w.Prober = r.agent.ID; w.Params = map[string]string{"method": "POST"} }, "method"},
		"a port that is not said":         {func(w *network.Watched) { w.Kind, w.Target = "tcp", "harbour.example" }, "port"},
		"a host with a path":              {func(w *network.Watched) { w.Kind, w.Target = "ping", "harbour.example/x" }, "target"},
	} {
		w := ok
		x.change(&w)
		_, err := r.Save(bg, all, w)
		var f *fault.Error
		if !errors.As(err, &f) || f.Field != x.field {
			t.Errorf("%s: %v", name, err)
		}
	}
	id := r.save(ok)
	w, err := r.Get(bg, all, id)
	must(t, err)
	if w.Target != "https://harbour.example/shop" || w.Name != "harbour.example/shop#top" || len(w.Params) != 2 || w.Params["confirm"] != "yes" {
		t.Errorf("saved %+v", w)
	}
	change := *w
	change.Prober, change.Target = r.agent.ID, "http://10.1.2.3/"
	r.save(change)
	if !slices.Contains(r.configured, r.agent.ID) {
		t.Error("the agent is not told")
	}
	if _, err := r.Save(bg, all, change); !fault.Is(err, fault.Conflict) {
		t.Errorf("an old version is saved: %v", err)
	}
	w, _ = r.Get(bg, all, id)
	paused := *w
	paused.Paused = true
	r.save(paused)
	if list, _ := r.Probes(bg, r.agent); len(list) != 0 || !slices.Equal(r.gone, []ids.ID{id}) {
		t.Errorf("a paused one is looked at: %v, %v", list, r.gone)
	}
	// A merge takes it along; the agent of the other client does not look any more until it has moved itself.
	must(t, r.people.Merge(bg, r.harbour, r.kestrel))
	for did := true; did; {
		did, err = r.jobs.One(bg)
		must(t, err)
	}
	if w, err := r.Get(bg, all, id); err != nil || w.Client != r.kestrel || !slices.Equal(r.moved, []ids.ID{id}) {
		t.Errorf("after a merge %+v, %v, %v", w, err, r.moved)
	}
	must(t, r.Delete(bg, all, id))
	if _, err := r.Get(bg, all, id); !fault.Is(err, fault.NotFound) {
		t.Errorf("it is still there: %v", err)
	}
}

func TestTheServerLooks(t *testing.T) {
	r := newRig(t)
	id := r.save(network.Watched{Client: r.harbour, Kind: "ping", Target: "gate.harbour.example"})
	ctx, stop := context.WithCancel(bg)
	done := make(chan struct{})
	go func() { r.Run(ctx); close(done) }()
	until(t, "the first look", func() bool { return r.StateOf(id).Text == "Fine." })
	r.answer.Store(&wire.Observation{State: wire.StateCritical, Text: "Down."})
	second := r.save(network.Watched{Client: r.harbour, Kind: "tcp", Target: "gate.harbour.example:22"})
	until(t, "a look at a new one", func() bool { return r.StateOf(second).Text == "Down." })
	stop()
	<-done
}

func until(t *testing.T, what string, fn func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if fn() {
			return
		}
	}
	t.Fatalf("%s does not come", what)
}

func TestTrying(t *testing.T) {
	r := newRig(t)
	o, err := r.Try(bg, all, network.Watched{Client: r.harbour, Kind: "ping", Target: "gate.harbour.example"})
	if err != nil || o.Text != "Fine." {
		t.Errorf("%+v, %v", o, err)
	}
	if _, err := r.Try(bg, all, network.Watched{Client: r.harbour, Kind: "ping", Target: "10.1.2.3", Prober: r.agent.ID}); !fault.Is(err, fault.Busy) {
		t.Errorf("a device that is not there tries: %v", err)
	}
	r.devices.Heard(r.agent.ID, clock.Micros(time.Now()))
	// A device tries what it is told of, and answers as it always does.
	other := r.enrol(r.kestrel, "other")
	go func() {
		for {
			list, err := r.Probes(bg, r.agent)
			if err == nil && len(list) == 1 {
				foreign := &wire.Observations{List: []wire.Observation{{Probe: list[0].ID, Text: "Not mine."}}}
				_ = r.Take(bg, other, foreign)
				_ = r.Take(bg, r.agent, &wire.Observations{List: []wire.Observation{{Probe: list[0].ID, Text: "From inside."}}})
				return
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	o, err = r.Try(bg, all, network.Watched{Client: r.harbour, Kind: "ping", Target: "10.1.2.3", Prober: r.agent.ID})
	if err != nil || o.Text != "From inside." || r.Counts().Foreign != 1 {
		t.Errorf("%+v, %v, %d", o, err, r.Counts().Foreign)
	}
	if list, _ := r.Probes(bg, r.agent); len(list) != 0 {
		t.Errorf("a trial goes on: %+v", list)
	}
	all, err := r.All(bg, all)
	if err != nil || len(all) != 0 {
		t.Errorf("a trial is kept: %v, %v", all, err)
	}
}

// A look now counts: a service that is looked at once a day is fine again as soon as somebody looks. And what did not answer is counted
// by looks, not by the span that nobody looked.
func TestLookNow(t *testing.T) {
	r := newRig(t)
	id := r.save(network.Watched{Client: r.harbour, Kind: "tls", Target: "gate.harbour.example", Every: time.Minute})
	now := time.Now().Add(-10 * time.Minute)
	for n := range 10 {
		st := wire.StateOK
		if n > 6 {
			st = wire.StateCritical
		}
		must(t, r.Take(bg, nil, seen(id, now.Add(time.Duration(n)*time.Minute), st, "As it is.")))
	}
	w, err := r.Get(bg, all, id)
	must(t, err)
	if d, err := r.Unanswered(bg, w, 24*time.Hour); err != nil || d != 3*time.Minute {
		t.Errorf("without an answer for %s, %v", d, err)
	}
	if s := r.StateOf(id); s.State != wire.StateCritical {
		t.Fatalf("got %+v", s)
	}
	if o, err := r.LookNow(bg, all, *w); err != nil || o.State != wire.StateOK {
		t.Fatalf("%+v, %v", o, err)
	}
	if s := r.StateOf(id); s.State != wire.StateOK || s.Text != "Fine." || time.Since(s.Since) > time.Minute {
		t.Errorf("after a look: %+v", s)
	}
}

func TestPublicAddressesOnly(t *testing.T) {
	g := network.Public()
	for _, a := range []string{
		"127.0.0.1", "10.0.0.1", "172.16.3.4", "192.168.1.1", "100.64.0.1", "169.254.169.254", "0.0.0.0", "224.0.0.1", "192.0.2.1", "198.18.0.1", "240.0.0.1", "255.255.255.255",
		"::1", "::", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1", "2002:c0a8:101::1", "2001::1",
		"::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1", "64:ff9b:1::a00:1",
	} {
		if err := g.Check(netip.MustParseAddr(a)); !errors.Is(err, probe.ErrRefused) {
			t.Errorf("%s is reached: %v", a, err)
		}
	}
	for _, a := range []string{"1.1.1.1", "93.184.216.34", "2606:4700:4700::1111", "::ffff:1.1.1.1"} {
		if err := g.Check(netip.MustParseAddr(a)); err != nil {
			t.Errorf("%s: %v", a, err)
		}
	}
}

func TestSuggestions(t *testing.T) {
	r := newRig(t)
	kinds := func(text string, prober ids.ID) (out []string) {
		list, err := r.Suggest(bg, all, r.harbour, prober, text)
		if err != nil {
			return []string{err.Error()}
		}
		for _, x := range list {
			out = append(out, x.Watched.Kind+" "+x.Watched.Target)
		}
		return out
	}
	if got := kinds("harbour.invalid", 0); !slices.Equal(got, []string{"http https://harbour.invalid/", "tls harbour.invalid", "dns harbour.invalid"}) {
		t.Errorf("%v", got)
	}
	if got := kinds("https://shop.harbour.invalid:8443/cart?x=1", 0); !slices.Equal(got, []string{"http https://shop.harbour.invalid:8443/cart?x=1", "tls shop.harbour.invalid:8443", "dns shop.harbour.invalid"}) {
		t.Errorf("%v", got)
	}
	if got := kinds("ada@harbour.invalid", 0); len(got) != 3 || got[1] != "tls harbour.invalid" {
		t.Errorf("%v", got)
	}
	for _, bad := range []string{"", "two words", "ftp://harbour.invalid", "10.0.0.1", "https://a:b@harbour.invalid"} {
		if _, err := r.Suggest(bg, all, r.harbour, 0, bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
