// SPDX-License-Identifier: Apache-2.0

package devices_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/bus"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/hub"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/kit/wire"
	"mainstay/practice/clients"
)

var (
	ctx  = context.Background()
	firm = access.WholeFirm()
)

type rig struct {
	*devices.Service
	clients *clients.Service
	jobs    *jobs.Queue
	clock   *clock.Fixed
	db      *db.DB
	hub     *hub.Hub
	acme    ids.ID
	bolt    ids.ID
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newRig(t testing.TB, d *db.DB) *rig {
	t.Helper()
	r := &rig{db: d, clock: clock.At(time.Date(2026, 11, 5, 9, 0, 0, 0, time.UTC))}
	log := slog.New(slog.DiscardHandler)
	sealer, err := access.OpenSealer(filepath.Join(t.TempDir(), "secret.key"), true)
	must(t, err)
	s := ids.NewSource(r.clock)
	r.jobs = jobs.New(d, r.clock, s, log)
	a := access.New(d, r.clock, s, sealer, access.Options{})
	r.clients = clients.New(d, r.clock, s, a, r.jobs)
	firms, err := r.clients.Ensure(ctx, []string{"Acme", "Bolt"}, 0)
	must(t, err)
	r.acme, r.bolt = firms[0], firms[1]
	r.hub, err = hub.Open(ctx, hub.Options{Secret: []byte("0123456789abcdef0123456789abcdef"), Log: log, Clock: r.clock})
	must(t, err)
	t.Cleanup(r.hub.Close)
	r.Service = devices.New(devices.Parts{DB: d, Clock: r.clock, IDs: s, Access: a, Clients: r.clients, Jobs: r.jobs, Bus: &bus.Bus{}, Log: log})
	must(t, r.Connect(ctx, r.hub, devices.Reach{Server: "https://mainstay.example.com", Brokers: []string{"tls://mainstay.example.com:8378"}}))
	return r
}

func (r *rig) token(t testing.TB, n devices.NewToken) wire.Token {
	t.Helper()
	if n.For == 0 {
		n.For = time.Hour
	}
	word, err := r.MakeToken(ctx, firm, n)
	must(t, err)
	tok, err := wire.ParseToken(word)
	must(t, err)
	return tok
}

// request is what a machine's agent sends.
func request(t testing.TB, tok wire.Token, m wire.Machine) (*wire.EnrolRequest, string) {
	t.Helper()
	key, err := nkeys.CreateUser()
	must(t, err)
	pub, _ := key.PublicKey()
	e := &wire.EnrolRequest{Token: tok.ID, Secret: tok.Secret, Key: pub, Machine: m, Agent: "1.0"}
	e.Proof, err = key.Sign(e.Signed())
	must(t, err)
	return e, pub
}

func (r *rig) enrol(t testing.TB, client ids.ID, m wire.Machine) ids.ID {
	t.Helper()
	e, _ := request(t, r.token(t, devices.NewToken{Client: client}), m)
	reply, err := r.Enrol(ctx, e)
	must(t, err)
	id, err := ids.Parse(reply.Device)
	must(t, err)
	return id
}

func (r *rig) report(t testing.TB, id ids.ID, section wire.Section, v any) {
	t.Helper()
	body, err := json.Marshal(v)
	must(t, err)
	r.clock.Advance(time.Second)
	must(t, r.TakeFacts(ctx, []devices.Report{{Device: id, Facts: wire.Facts{Section: section, Taken: r.clock.Now().UnixMicro(), Hash: wire.HashFacts(body), Body: body}}}))
}

func (r *rig) changes(t testing.TB, id ids.ID) (out []string) {
	t.Helper()
	list, err := r.Changes(ctx, firm, id, 0, 1<<62, 500)
	must(t, err)
	for i := len(list) - 1; i >= 0; i-- {
		c := list[i]
		out = append(out, fmt.Sprintf("%s %s %s: %q → %q", c.Section, c.What, c.Item, c.Before, c.After))
	}
	return out
}

func pc(n int) wire.Machine {
	return wire.Machine{ID: fmt.Sprintf("machine%d", n), Name: fmt.Sprintf("PC%02d", n), Serial: fmt.Sprintf("SN%04d", n), OS: "windows", Arch: "amd64", MACs: []string{fmt.Sprintf("02:00:00:00:00:%02x", n)}}
}

func TestEnrol(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		tok := r.token(t, devices.NewToken{Client: r.acme, Kind: devices.Laptop, Most: 1})
		e, pub := request(t, tok, pc(1))
		reply, err := r.Enrol(ctx, e)
		must(t, err)
		id, _ := ids.Parse(reply.Device)
		got, err := r.Get(ctx, access.OneClient(r.acme), id)
		must(t, err)
		if got.Name != "PC01" || got.Kind != devices.Laptop || got.Source != devices.ByAgent || got.Client != r.acme || reply.Client != "Acme" || reply.Credential == "" || got.Warranty.Known() || got.EOL.Known() {
			t.Errorf("got %+v, %+v", got, reply)
		}
		if _, err := r.Get(ctx, access.OneClient(r.bolt), id); !fault.Is(err, fault.NotFound) {
			t.Errorf("another client sees it: %v", err)
		}
		if _, ok := r.Speaker(r.acme.String(), id); !ok {
			t.Error("it may not speak")
		}
		if _, ok := r.Speaker(r.bolt.String(), id); ok {
			t.Error("it may speak in another's account")
		}
		again, _ := request(t, tok, pc(2))
		if _, err := r.Enrol(ctx, again); !fault.Is(err, fault.Denied) {
			t.Errorf("a token for one device is taken twice: %v", err)
		}
		// What a stranger tries.
		fresh := r.token(t, devices.NewToken{Client: r.acme})
		for name, spoil := range map[string]func(e *wire.EnrolRequest){
			"another secret":    func(e *wire.EnrolRequest) { e.Secret = strings.Repeat("0", 48) },
			"no token":          func(e *wire.EnrolRequest) { e.Token = "0000000000000" },
			"another's key":     func(e *wire.EnrolRequest) { e.Key = pub },
			"another machine":   func(e *wire.EnrolRequest) { e.Machine.ID = "other" },
			"noise for a key":   func(e *wire.EnrolRequest) { e.Key = "UNOISE" },
			"an account's key":  func(e *wire.EnrolRequest) { e.Key = "A" + e.Key[1:] },
			"no signature":      func(e *wire.EnrolRequest) { e.Proof = nil },
			"name of controls":  func(e *wire.EnrolRequest) { e.Machine.Name = "\x00\n" },
			"a thousand macs":   func(e *wire.EnrolRequest) { e.Machine.MACs = make([]string, 1000) },
			"a huge machine id": func(e *wire.EnrolRequest) { e.Machine.ID = strings.Repeat("x", 1000) },
		} {
			bad, _ := request(t, fresh, pc(3))
			spoil(bad)
			if _, err := r.Enrol(ctx, bad); err == nil {
				t.Errorf("%s: it is enrolled", name)
			}
		}
		must(t, r.RevokeToken(ctx, firm, mustID(t, fresh.ID)))
		e, _ = request(t, fresh, pc(3))
		if _, err := r.Enrol(ctx, e); !fault.Is(err, fault.Denied) {
			t.Errorf("a revoked token is taken: %v", err)
		}
		late := r.token(t, devices.NewToken{Client: r.acme, For: time.Hour})
		r.clock.Advance(time.Hour)
		e, _ = request(t, late, pc(3))
		if _, err := r.Enrol(ctx, e); !fault.Is(err, fault.Denied) {
			t.Errorf("an expired token is taken: %v", err)
		}
		if all, _ := r.All(ctx, firm); len(all) != 1 {
			t.Errorf("there are %d devices", len(all))
		}
	})
}

func mustID(t testing.TB, s string) ids.ID {
	t.Helper()
	id, err := ids.Parse(s)
	must(t, err)
	return id
}

// TestRecognised: what becomes of a machine that comes again.
func TestRecognised(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		first := r.enrol(t, r.acme, pc(1))
		r.Heard(first, r.clock.Now().UnixMicro())

		// The agent is installed anew while it is being heard, on the same hardware.
		if got := r.enrol(t, r.acme, pc(1)); got != first {
			t.Error("the same machine is another device")
		}
		// The same system on other hardware, while the first is being heard: a copy.
		copied := pc(1)
		copied.Serial, copied.MACs = "SN9999", []string{"02:00:00:00:00:99"}
		second := r.enrol(t, r.acme, copied)
		if second == first {
			t.Error("a copy takes the place of what it was copied from")
		}
		for _, id := range []ids.ID{first, second} {
			if x, _ := r.Get(ctx, firm, id); x.Copied == 0 {
				t.Errorf("%s is not marked as copied", x.Name)
			}
		}
		must(t, r.SettleCopy(ctx, firm, second))
		// The same after the first fell silent: its disk moved to other hardware.
		r.clock.Advance(time.Hour)
		moved := pc(1)
		moved.Serial, moved.MACs = "SN7777", nil
		if got := r.enrol(t, r.acme, moved); got != first && got != second {
			t.Error("a disk in other hardware is a new device")
		}
		// A system installed anew on the same hardware.
		anew := pc(2)
		third := r.enrol(t, r.acme, anew)
		r.clock.Advance(time.Hour)
		anew.ID, anew.Name = "fresh", "NEWNAME"
		if got := r.enrol(t, r.acme, anew); got != third {
			t.Error("a system installed anew is another device")
		}
		x, _ := r.Get(ctx, firm, third)
		if x.Name != "PC02" || x.Hostname != "NEWNAME" {
			t.Errorf("name %s, host %s", x.Name, x.Hostname)
		}
		// A serial number that is none tells nothing.
		oem := pc(3)
		oem.Serial = "To be filled by O.E.M."
		fourth := r.enrol(t, r.acme, oem)
		r.clock.Advance(time.Hour)
		oem.ID, oem.MACs = "yet another", nil
		if got := r.enrol(t, r.acme, oem); got == fourth {
			t.Error("two machines without a serial number are one device")
		}
		// Another client's device is not found, whatever the machine says.
		if got := r.enrol(t, r.bolt, pc(1)); got == first || got == second {
			t.Error("a machine takes over another client's device")
		}
	})
}

func TestFacts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		id := r.enrol(t, r.acme, pc(1))
		r.report(t, id, wire.SectionSystem, wire.System{Name: "PC01", Family: "windows", OS: "Microsoft Windows Server 2022 Standard", Product: "windows-server", Version: "2022", Arch: "amd64"})
		r.report(t, id, wire.SectionHardware, wire.Hardware{Vendor: "Dell", Model: "R640", Serial: "None", Memory: 16 << 30, Cores: 8, Disks: []wire.Disk{{Name: "sda", Bytes: 1 << 40}}})
		r.report(t, id, wire.SectionNetwork, wire.Network{Interfaces: []wire.Interface{
			{Name: "lo", Addresses: []string{"127.0.0.1/8"}, Virtual: true}, {Name: "eth0", MAC: "02:AA:00:00:00:01", Addresses: []string{"fe80::1/64", "10.0.0.5/24"}, Up: true},
		}})
		soft := []wire.Software{{Name: "7-Zip", Version: "22.01", Source: "registry"}, {Name: "Firefox", Version: "115", Source: "registry"}}
		r.report(t, id, wire.SectionSoftware, soft)
		x, _ := r.Get(ctx, firm, id)
		if x.Kind != devices.Server || x.Memory != 16<<30 || x.Serial != "SN0001" || x.Address != "10.0.0.5" || x.Storage != 1<<40 || x.MACs[0] != "02:aa:00:00:00:01" {
			t.Errorf("got %+v", x)
		}
		before := len(r.changes(t, id))
		soft[1].Version = "128"
		soft = append(soft[1:], wire.Software{Name: "Zoom", Version: "6", Source: "registry"})
		r.report(t, id, wire.SectionSoftware, soft)
		r.report(t, id, wire.SectionHardware, wire.Hardware{Vendor: "Dell", Model: "R640", Memory: 32 << 30, Cores: 8, Disks: []wire.Disk{{Name: "sda", Bytes: 1 << 40}}})
		got := strings.Join(r.changes(t, id)[before:], "\n")
		want := strings.Join([]string{
			`software removed 7-Zip: "22.01" → ""`, `software changed Firefox: "115" → "128"`, `software added Zoom: "" → "6"`, `hardware changed memory: "16 GiB" → "32 GiB"`,
			`hardware removed serial number: "None" → ""`,
		}, "\n")
		if got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		for text, n := range map[string]int{"zoom": 1, "7-zip": 0, "firefox": 1} {
			if set, err := r.WithSoftware(ctx, firm, text); err != nil || len(set) != n {
				t.Errorf("%s: %v %v", text, set, err)
			}
		}
		// The same again, and what is older, change nothing.
		again := len(r.changes(t, id))
		body, _ := json.Marshal([]wire.Software{})
		must(t, r.TakeFacts(ctx, []devices.Report{{Device: id, Facts: wire.Facts{Section: wire.SectionSoftware, Taken: 5, Hash: wire.HashFacts(body), Body: body}}}))
		r.report(t, id, wire.SectionSoftware, soft)
		if n := len(r.changes(t, id)); n != again {
			t.Errorf("%d changes more", n-again)
		}
		// A section that could not be read is told, and what was known stays.
		must(t, r.TakeFacts(ctx, []devices.Report{{Device: id, Facts: wire.Facts{Section: wire.SectionSoftware, Taken: r.clock.Now().UnixMicro() + 1, Failed: "access denied"}}}))
		inv, err := r.Inventory(ctx, firm, id)
		must(t, err)
		if s := inv[wire.SectionSoftware]; s.Failed != "access denied" || !strings.Contains(string(s.Body), "Zoom") {
			t.Errorf("got %s %s", s.Failed, s.Body)
		}
		// A thousand packages come at once: some rows, and a number.
		many := []wire.Software{}
		for i := range 1000 {
			many = append(many, wire.Software{Name: fmt.Sprintf("package-%04d", i), Version: "1", Source: "dpkg"})
		}
		again = len(r.changes(t, id))
		r.report(t, id, wire.SectionSoftware, many)
		if n := len(r.changes(t, id)) - again; n != 201 {
			t.Errorf("%d rows", n)
		}
		inv, err = r.Inventory(ctx, firm, id)
		must(t, err)
		var back []wire.Software
		if err := json.Unmarshal(inv[wire.SectionSoftware].Body, &back); err != nil || len(back) != 1000 {
			t.Errorf("%d come back: %v", len(back), err)
		}
		// Nonsense is refused and harms nobody.
		bad := wire.Facts{Section: wire.SectionSoftware, Taken: 1 << 60, Hash: wire.HashFacts([]byte(`{"a":1}`)), Body: []byte(`{"a":1}`)}
		if err := r.TakeFacts(ctx, []devices.Report{{Device: id, Facts: bad}}); !fault.Is(err, fault.Invalid) {
			t.Errorf("nonsense: %v", err)
		}
	})
}

func TestHello(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		id := r.enrol(t, r.acme, pc(1))
		hello := func(account ids.ID, h wire.Hello) *wire.Welcome {
			t.Helper()
			w, err := r.Hello(ctx, account.String(), id, &h)
			must(t, err)
			return w
		}
		body, _ := json.Marshal([]wire.Port{})
		must(t, r.TakeFacts(ctx, []devices.Report{{Device: id, Facts: wire.Facts{Section: wire.SectionPorts, Taken: 9, Hash: wire.HashFacts(body), Body: body}}}))
		w := hello(r.acme, wire.Hello{Agent: "1.1", Machine: pc(1), Start: "a", Sections: map[string]string{"ports": wire.HashFacts(body), "users": "abc"}})
		if w.Code != wire.OK || fmt.Sprint(w.Resync) != "[users]" || w.Credential != "" {
			t.Errorf("got %+v", w)
		}
		if x, _ := r.Get(ctx, firm, id); x.Agent != "1.1" {
			t.Errorf("agent %s", x.Agent)
		}
		if w := hello(r.bolt, wire.Hello{Machine: pc(1)}); w.Code != wire.Gone {
			t.Errorf("in another's account: %+v", w)
		}
		// The identity on other hardware.
		other := pc(1)
		other.ID, other.Serial, other.MACs = "other", "SN4444", nil
		if w := hello(r.acme, wire.Hello{Machine: other, Start: "x"}); w.Code != wire.Gone {
			t.Errorf("a copy is welcome: %+v", w)
		}
		must(t, r.SettleCopy(ctx, firm, id))
		// Two that take turns.
		for _, start := range []string{"b", "c", "b"} {
			if x, _ := r.Get(ctx, firm, id); x.Copied != 0 {
				t.Errorf("marked before %s", start)
			}
			hello(r.acme, wire.Hello{Machine: pc(1), Start: start})
		}
		if x, _ := r.Get(ctx, firm, id); x.Copied == 0 {
			t.Error("two programs with one identity are not noticed")
		}
		// After a month the credential is replaced, once.
		r.clock.Advance(31 * 24 * time.Hour)
		if w := hello(r.acme, wire.Hello{Machine: pc(1), Start: "d"}); w.Credential == "" {
			t.Error("no new credential")
		}
		if w := hello(r.acme, wire.Hello{Machine: pc(1), Start: "d"}); w.Credential != "" {
			t.Error("a new credential each time")
		}
		// Moved to another client: told where, then settled there, with its history.
		had := len(r.changes(t, id))
		must(t, r.Move(ctx, firm, id, r.bolt, 0))
		w = hello(r.acme, wire.Hello{Machine: pc(1), Start: "d"})
		if w.Move == nil || w.Move.Client != "Bolt" || w.Move.Credential == "" {
			t.Fatalf("got %+v", w)
		}
		if w = hello(r.bolt, wire.Hello{Machine: pc(1), Start: "d"}); w.Code != wire.OK || w.Move != nil {
			t.Errorf("got %+v", w)
		}
		if w = hello(r.acme, wire.Hello{Machine: pc(1), Start: "d"}); w.Code != wire.Gone {
			t.Errorf("the old account still speaks: %+v", w)
		}
		if n := len(r.changes(t, id)); n < had+1 {
			t.Errorf("%d changes before, %d after the move", had, n)
		}
		if _, err := r.Get(ctx, access.OneClient(r.acme), id); !fault.Is(err, fault.NotFound) {
			t.Error("the old client still sees it")
		}
		must(t, r.Retire(ctx, firm, id, 0))
		if w = hello(r.bolt, wire.Hello{Machine: pc(1), Start: "d"}); w.Code != wire.Gone {
			t.Errorf("a retired device is welcome: %+v", w)
		}
		must(t, r.Reactivate(ctx, firm, id))
		if got := r.enrol(t, r.bolt, pc(1)); got != id {
			t.Error("a device that comes back is a new one")
		}
	})
}

func TestRecord(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		site, err := r.clients.SaveSite(ctx, firm, r.acme, clients.Site{Name: "Head office"})
		must(t, err)
		router, err := r.Make(ctx, firm, r.acme, devices.Details{Name: " Router  1 ", Kind: devices.NetworkGear, Site: site, Tags: []string{"Core, edge", "core"}, Warranty: civil.MustDate(2027, 3, 1)})
		must(t, err)
		sw, err := r.Make(ctx, firm, r.acme, devices.Details{Name: "Switch", Kind: devices.NetworkGear, Parent: router})
		must(t, err)
		x, _ := r.Get(ctx, firm, router)
		if x.Name != "Router 1" || fmt.Sprint(x.Tags) != "[core edge]" || x.MayBeOff() {
			t.Errorf("got %+v", x)
		}
		field, err := r.SaveField(ctx, devices.Field{Name: "Rack", Kind: devices.ChoiceField, Choices: []string{"A", "B"}})
		must(t, err)
		for name, bad := range map[string]devices.Details{
			"no name":        {Kind: devices.Server},
			"no kind":        {Name: "x"},
			"another's site": {Name: "x", Kind: devices.Server, Site: 5},
			"no such person": {Name: "x", Kind: devices.Server, Person: 5},
			"a circle":       {Name: "x", Kind: devices.Server, Parent: sw},
			"behind itself":  {Name: "x", Kind: devices.Server, Parent: router},
			"rhythm":         {Name: "x", Kind: devices.Server, Rhythm: "often"},
			"a choice":       {Name: "x", Kind: devices.Server, Custom: map[string]string{field.String(): "C"}},
		} {
			if err := r.Update(ctx, firm, router, x.Version, bad); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		good := devices.DetailsOf(x)
		good.Name, good.Custom, good.Rhythm = "Core router", map[string]string{field.String(): "B", "0000000000001": "x"}, devices.Free
		must(t, r.Update(ctx, firm, router, x.Version, good))
		if err := r.Update(ctx, firm, router, x.Version, good); !fault.Is(err, fault.Conflict) {
			t.Errorf("an old version is written: %v", err)
		}
		if x, _ = r.Get(ctx, firm, router); x.Custom[field.String()] != "B" || len(x.Custom) != 1 || !x.MayBeOff() {
			t.Errorf("got %+v", x)
		}
		if err := r.Update(ctx, access.OneClient(r.bolt), router, x.Version, good); !fault.Is(err, fault.NotFound) {
			t.Errorf("another client writes: %v", err)
		}
		// What was noted by hand and the machine that enrols later are made one.
		noted, err := r.Make(ctx, firm, r.acme, devices.Details{Name: "Reception", Kind: devices.Workstation, AssetTag: "A-17", Location: "front desk"})
		must(t, err)
		agent := r.enrol(t, r.acme, pc(5))
		stays, err := r.Merge(ctx, firm, noted, agent)
		must(t, err)
		if stays != agent {
			t.Errorf("%s stays", stays)
		}
		a, _ := r.Get(ctx, firm, agent)
		b, _ := r.Get(ctx, firm, noted)
		if a.Name != "Reception" || a.AssetTag != "A-17" || b.Active() || b.Replaced != agent {
			t.Errorf("got %+v and %+v", a, b)
		}
		// A merge of clients takes all along.
		r.merge(t, r.acme, r.bolt)
		if list, _ := r.Find(ctx, access.OneClient(r.bolt), r.bolt, devices.Query{}); len(list) != 3 {
			t.Errorf("%d devices after the merge", len(list))
		}
	})
}

func (r *rig) merge(t testing.TB, from, into ids.ID) {
	t.Helper()
	must(t, r.clients.Merge(ctx, from, into))
	for done := true; done; {
		var err error
		done, err = r.jobs.One(ctx)
		must(t, err)
	}
	if n, err := r.jobs.Failed(ctx); err != nil || n != 0 {
		t.Fatalf("%d jobs failed, %v", n, err)
	}
	var left int
	must(t, r.db.Reader().QueryRowContext(ctx, "SELECT count(*) FROM jobs_jobs").Scan(&left))
	if left != 0 {
		t.Fatalf("%d jobs are to be tried again", left)
	}
}

// TestMergedClients: both clients have a group of the same name, and both were counted on the same day.
func TestMergedClients(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		servers, err := devices.ParseQuery("kind:server")
		must(t, err)
		x, err := devices.ParseQuery("name:x")
		must(t, err)
		for _, g := range []devices.Group{
			{Name: "X", Client: r.acme, Query: servers}, {Name: "X (Acme)", Client: r.bolt, Query: servers}, {Name: "X", Client: r.bolt, Query: x}, {Name: "Own", Client: r.acme, Query: x},
		} {
			_, err := r.SaveGroup(ctx, firm, g)
			must(t, err)
		}
		r.enrol(t, r.acme, pc(1))
		_, err = r.CountToday(ctx, r.acme, x)
		must(t, err)
		r.clock.Advance(24 * time.Hour)
		r.enrol(t, r.bolt, pc(2))
		for _, c := range []ids.ID{r.acme, r.bolt} {
			_, err := r.CountToday(ctx, c, devices.Query{})
			must(t, err)
		}
		_, err = r.CountToday(ctx, r.acme, x)
		must(t, err)
		r.merge(t, r.acme, r.bolt)
		list, err := r.Groups(ctx, access.OneClient(r.bolt))
		must(t, err)
		var names []string
		for _, g := range list {
			names = append(names, g.Name+": "+g.Query.String())
		}
		slices.Sort(names)
		if got := strings.Join(names, ", "); got != "Own: name:x, X (Acme 2): kind:server, X (Acme): kind:server, X: name:x" {
			t.Errorf("groups: %s", got)
		}
		counts, err := r.Counts(ctx, firm, r.bolt, devices.Query{}, civil.MustDate(2026, 11, 1), civil.MustDate(2026, 11, 30))
		must(t, err)
		if len(counts) != 1 || counts[0].Number != 2 || len(counts[0].Members) != 2 {
			t.Errorf("both together: %+v", counts)
		}
		if counts, err = r.Counts(ctx, firm, r.bolt, x, civil.MustDate(2026, 11, 1), civil.MustDate(2026, 11, 30)); err != nil || len(counts) != 2 || counts[0].Number != 0 {
			t.Errorf("what was Acme's: %+v, %v", counts, err)
		}
		if counts, _ = r.Counts(ctx, firm, r.acme, x, civil.MustDate(2026, 11, 1), civil.MustDate(2026, 11, 30)); len(counts) != 0 {
			t.Errorf("left behind: %+v", counts)
		}
		has, err := r.HasClients(ctx)
		must(t, err)
		if !has[r.bolt] {
			t.Error("nobody keeps the client")
		}
	})
}

// TestRevokedElsewhere: a key that another server revoked is refused by this one's broker, too, once it has refreshed.
func TestRevokedElsewhere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.clock.Advance(10 * 365 * 24 * time.Hour) // a revocation is later than the credential by the broker's clock, which is the machine's
		tok := r.token(t, devices.NewToken{Client: r.acme, Most: 2})
		key, err := nkeys.CreateUser()
		must(t, err)
		pub, _ := key.PublicKey()
		e := &wire.EnrolRequest{Token: tok.ID, Secret: tok.Secret, Key: pub, Machine: pc(1), Agent: "1.0"}
		e.Proof, err = key.Sign(e.Signed())
		must(t, err)
		reply, err := r.Enrol(ctx, e)
		must(t, err)
		again := newRig(t, d)
		web := httptest.NewServer(again.hub.Socket())
		defer web.Close()
		connect := func() error {
			c, err := nats.Connect(strings.Replace(web.URL, "http", "ws", 1), nats.ProxyPath(strings.TrimPrefix(wire.SocketPath, "/")), nats.NoReconnect(),
				nats.CustomInboxPrefix(wire.Inbox(reply.Device)), nats.UserJWT(func() (string, error) { return reply.Credential, nil }, key.Sign))
			if err == nil {
				c.Close()
			}
			return err
		}
		must(t, connect())
		r.enrol(t, r.acme, pc(1)) // anew, after the machine was stolen
		must(t, again.Refresh(ctx))
		if connect() == nil {
			t.Error("the old key gets in")
		}
		id, _ := ids.Parse(reply.Device)
		if _, ok := again.Speaker(r.acme.String(), id); !ok {
			t.Error("the new key may not speak")
		}
		must(t, r.Retire(ctx, firm, id, 0))
		must(t, again.Refresh(ctx))
		kept, err := again.RevokedKeys(ctx, r.acme.String())
		if err != nil || len(kept) != 2 || kept[pub] == 0 {
			t.Errorf("%v, %v", kept, err)
		}
	})
}

// TestOldDictionaries: what no device used for long is removed, the rest stays.
func TestOldDictionaries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		keep := func(name string) { must(t, r.KeepDictionary(ctx, wire.HashDictionary([]string{name}), []string{name})) }
		keep("unused")
		keep("used")
		r.clock.Advance(60 * 24 * time.Hour)
		if got, err := r.Dictionary(ctx, wire.HashDictionary([]string{"used"})); err != nil || len(got) != 1 {
			t.Fatalf("%q, %v", got, err)
		}
		r.clock.Advance(60 * 24 * time.Hour)
		keep("new")
		for name, want := range map[string]bool{"unused": false, "used": true, "new": true} {
			if got, err := r.Dictionary(ctx, wire.HashDictionary([]string{name})); err != nil || (got != nil) != want {
				t.Errorf("%s: %q, %v", name, got, err)
			}
		}
	})
}

// TestRestart: another process on the same data knows all that was known, and what is refused.
func TestRestart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		id, gone := r.enrol(t, r.acme, pc(1)), r.enrol(t, r.acme, pc(2))
		must(t, r.Retire(ctx, firm, gone, id))
		r.Heard(id, 12345)
		must(t, r.FlushSeen(ctx))
		dictionary := []string{"a", `b{c="d"}`}
		must(t, r.KeepDictionary(ctx, wire.HashDictionary(dictionary), dictionary))
		again := newRig(t, d)
		x, err := again.Get(ctx, firm, id)
		must(t, err)
		if x.Seen != 12345 || x.Name != "PC01" {
			t.Errorf("got %+v", x)
		}
		if _, ok := again.Speaker(r.acme.String(), id); !ok {
			t.Error("its agent is not known")
		}
		if _, ok := again.Speaker(r.acme.String(), gone); ok {
			t.Error("a retired device's agent is known")
		}
		if got, err := again.Dictionary(ctx, wire.HashDictionary(dictionary)); err != nil || fmt.Sprint(got) != fmt.Sprint(dictionary) {
			t.Errorf("dictionary %q, %v", got, err)
		}
		// What one process writes the other takes up.
		third := again.enrol(t, r.acme, pc(3))
		must(t, r.Refresh(ctx))
		if _, ok := r.Speaker(r.acme.String(), third); !ok {
			t.Error("the other process does not know a new device")
		}
	})
}

func TestQueries(t *testing.T) {
	day := civil.MustDate(2026, 11, 5)
	now := day.Time(time.UTC).UnixMicro()
	hour := time.Hour.Microseconds()
	list := []*devices.Device{
		{ID: 1, Name: "SRV1", Kind: devices.Server, Agent: "1", Seen: now, OS: "Debian GNU/Linux 12", Family: "linux", Memory: 64 << 30, EOL: day.AddDays(100), Warranty: civil.NoDate, Site: 1, Tags: []string{"db"}, Vendor: "Dell Inc."},
		{ID: 2, Name: "SRV2", Kind: devices.Server, Agent: "1", Seen: now - hour, OS: "Windows Server 2012", Family: "windows", Memory: 8 << 30, EOL: day.AddDays(-700), Warranty: day.AddDays(-1), Vendor: "HPE"},
		{ID: 3, Name: "NB3", Kind: devices.Laptop, Agent: "1", Seen: now - 50*24*hour, OS: "Windows 11", Family: "windows", Memory: 8 << 30, EOL: civil.NoDate, Warranty: day.AddDays(10), LastUser: "kim"},
		{ID: 4, Name: "PRN4", Kind: devices.Printer, EOL: civil.NoDate, Warranty: civil.NoDate},
		{ID: 5, Name: "OLD5", Kind: devices.Server, Agent: "1", Retired: 5, EOL: civil.NoDate, Warranty: civil.NoDate},
	}
	at := &devices.Moment{Now: now, Today: day, Sites: map[ids.ID]string{1: "head office"}, Software: func(v string) map[ids.ID]bool { return map[ids.ID]bool{2: v == "veeam"} }}
	for text, want := range map[string]string{
		"":                            "1 2 3 4",
		"kind:server":                 "1 2",
		"kind:server,laptop":          "1 2 3",
		"-kind:server":                "3 4",
		"kind:server os:windows":      "2",
		"os:windows -kind:server":     "3",
		"srv":                         "1 2",
		"SRV -srv2":                   "1",
		"kim":                         "3",
		`vendor:"dell inc."`:          "1",
		`site:"head office"`:          "1",
		"site:head":                   "1",
		"tag:db":                      "1",
		"software:veeam":              "2",
		"-software:veeam kind:server": "1",
		"state:online":                "1",
		"state:offline":               "2",
		"state:away":                  "3",
		"state:silent":                "4",
		"state:retired":               "5",
		"state:offline,retired":       "2 5",
		"-state:silent kind:server":   "1 2",
		"-state:retired kind:server":  "1 2",
		"kind:server -state:online":   "2",
		"agent:no":                    "4",
		"memory:<16 agent:yes":        "2 3",
		"memory:64":                   "1",
		"days:>=30":                   "3",
		"eol:past":                    "2",
		"eol:120d":                    "1",
		"eol:unknown":                 "3 4",
		"warranty:30d":                "3",
		"KIND:Server Name:SRV1":       "1",
	} {
		q, err := devices.ParseQuery(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		var got []string
		for _, d := range list {
			if q.Matches(d, at) {
				got = append(got, fmt.Sprint(int64(d.ID)))
			}
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s: got %s, want %s", text, s, want)
		}
	}
	for _, bad := range []string{"colour:red", `name:"x`, "kind:", "kind:,", strings.Repeat("x", 600)} {
		if _, err := devices.ParseQuery(bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%.40s: %v", bad, err)
		}
	}
}

func FuzzQuery(f *testing.F) {
	for _, s := range []string{`kind:server -os:"windows 10",linux memory:>=4 x`, `days:<`, `eol:5d`} {
		f.Add(s)
	}
	d := &devices.Device{Name: "x", Kind: devices.Server}
	f.Fuzz(func(_ *testing.T, s string) {
		if q, err := devices.ParseQuery(s); err == nil {
			q.Matches(d, &devices.Moment{})
		}
	})
}

func TestGroupsAndCounts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.enrol(t, r.acme, pc(1))
		second := r.enrol(t, r.acme, pc(2))
		r.enrol(t, r.bolt, pc(3))
		q, err := devices.ParseQuery("name:pc")
		must(t, err)
		_, err = r.SaveGroup(ctx, firm, devices.Group{Name: "All PCs", Query: q})
		must(t, err)
		if _, err := r.SaveGroup(ctx, firm, devices.Group{Name: "All PCs", Query: q}); !fault.Is(err, fault.Conflict) {
			t.Errorf("twice: %v", err)
		}
		mine, err := r.SaveGroup(ctx, firm, devices.Group{Name: "Acme's", Client: r.acme, Query: q})
		must(t, err)
		if list, _ := r.Groups(ctx, firm); len(list) != 2 || list[0].Client != 0 {
			t.Errorf("got %+v", list)
		}
		if list, _ := r.Groups(ctx, access.OneClient(r.bolt)); len(list) != 0 {
			t.Errorf("another client's: %+v", list)
		}
		must(t, r.DeleteGroup(ctx, mine))
		c, err := r.CountToday(ctx, r.acme, q)
		must(t, err)
		if c.Number != 2 || c.Members[0].Name != "PC01" {
			t.Errorf("got %+v", c)
		}
		r.clock.Advance(24 * time.Hour)
		must(t, r.Retire(ctx, firm, second, 0))
		_, err = r.CountToday(ctx, r.acme, q)
		must(t, err)
		r.enrol(t, r.acme, pc(4))
		_, err = r.CountToday(ctx, r.acme, q) // later on the same day
		must(t, err)
		got, err := r.Counts(ctx, firm, r.acme, q, civil.MustDate(2026, 11, 1), civil.MustDate(2026, 11, 30))
		must(t, err)
		if len(got) != 2 || got[0].Number != 2 || got[1].Number != 2 || got[1].Members[1].Name != "PC04" {
			t.Errorf("got %+v", got)
		}
		if _, err := r.Counts(ctx, access.OneClient(r.bolt), r.acme, q, 0, 99999); err == nil {
			t.Error("another client sees the counts")
		}
	})
}
