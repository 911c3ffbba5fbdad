// SPDX-License-Identifier: Apache-2.0

package network_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"mainstay/care/devices"
	"mainstay/care/network"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/probe"
	"mainstay/kit/probe/discover"
	"mainstay/kit/probe/relay"
	"mainstay/kit/probe/snmp"
	"mainstay/kit/syslog"
	"mainstay/kit/wire"
	"mainstay/practice/clients"
	"mainstay/test/snmpd"
)

func (r *rig) device(name string, kind devices.Kind) ids.ID {
	r.t.Helper()
	id, err := r.devices.Make(bg, all, r.harbour, devices.Details{Name: name, Kind: kind})
	must(r.t, err)
	return id
}

func (r *rig) community() ids.ID {
	r.t.Helper()
	id, err := r.SaveCredential(bg, all, network.Credential{Client: r.harbour, Name: "Reader", Access: snmp.Credentials{Version: "2c", Community: snmpd.Community}})
	must(r.t, err)
	return id
}

// probesOf are an agent's, by the letter that their ids begin with.
func (r *rig) probesOf(d *devices.Device) map[string]wire.Probe {
	r.t.Helper()
	list, err := r.Probes(bg, d)
	must(r.t, err)
	out := map[string]wire.Probe{}
	for _, p := range list {
		out[p.ID[:1]] = p
	}
	return out
}

func found(p wire.Probe, at time.Time, v any) *wire.Observations {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return &wire.Observations{List: []wire.Observation{{Probe: p.ID, At: clock.Micros(at), State: wire.StateOK, Text: "fine", Found: b}}}
}

// A switch, asked by the real code over a real snmpd: what it says of itself becomes the device's record, its values reach series and
// rules; nobody else may speak of it, and no password is told.
func TestPolled(t *testing.T) {
	port := snmpd.Start(t, "127.0.0.1", snmpd.Switch)
	r := newRig(t)
	other := r.enrol(r.kestrel, "other")
	sw := r.device("Keller", devices.NetworkGear)
	credential := r.community()
	must(t, r.SavePolled(bg, all, network.Polled{Device: sw, Credential: credential, Prober: r.agent.ID, Address: fmt.Sprintf("127.0.0.1:%d", port)}))
	if d, _ := r.devices.Look(sw); !d.Watched() || d.Polled != time.Minute {
		t.Errorf("the device is not watched: %v", d.Polled)
	}
	kinds := probe.Kinds{snmp.Kind: snmp.New()}
	make1 := func(letter string) *wire.Observations {
		p, ok := r.probesOf(r.agent)[letter]
		if !ok {
			t.Fatalf("there is no probe %s", letter)
		}
		o := kinds.Run(bg, p, probe.Local())
		o.At = clock.Micros(r.Now())
		if o.State != wire.StateOK {
			t.Fatal(o.Text)
		}
		return &wire.Observations{List: []wire.Observation{o}}
	}
	about := make1("q")
	if err := r.Take(bg, other, about); !fault.Is(err, fault.Invalid) {
		t.Errorf("another client's device speaks of it: %v", err)
	}
	must(t, r.Take(bg, r.agent, about))
	d, _ := r.devices.Look(sw)
	if d.Vendor != "HP" || d.Model != "2530-24G" || d.Serial != "CN12FP0001" || d.OSVersion != "YA.16.11" || d.Name != "Keller" || len(d.MACs) == 0 || d.MACs[0] != "00:11:22:33:44:55" {
		t.Errorf("record: %+v", d)
	}
	if p := r.probesOf(r.agent)["p"]; p.Params[snmp.ParamWatch] != "1" || !strings.Contains(p.Params[snmp.ParamHas], "interfaces") {
		t.Errorf("what is asked: %v", p.Params)
	}
	must(t, r.Take(bg, r.agent, make1("p")))
	got := map[string]float64{}
	for _, v := range r.engine.Latest(sw) {
		got[v.Series] = v.Value
	}
	if got[`network_uplink_up{interface="1"}`] != 1 || got[`system_temperature_celsius{sensor="Chassis"}`] != 41.5 || len(got) < 5 {
		t.Errorf("values: %v", got)
	}
	if d, _ := r.devices.Look(sw); d.StateAt(clock.Micros(time.Now())) != devices.StateOnline {
		t.Errorf("state = %s", d.StateAt(clock.Micros(time.Now())))
	}
	p, ok, err := r.PolledOf(bg, sw)
	if err != nil || !ok || p.About == nil || p.State.State != wire.StateOK || !p.State.Known() {
		t.Errorf("%+v, %v", p, err)
	}

	// A new password is told to the prober; the page never has it back; what is in use stays.
	must(t, r.DescribeNow(bg, all, sw))
	if n := r.probesOf(r.agent)["q"].ID; !strings.HasSuffix(n, ".1") {
		t.Errorf("the description is not asked for anew: %s", n)
	}
	if err := r.DropCredential(bg, all, credential); !fault.Is(err, fault.Conflict) {
		t.Errorf("credentials in use are dropped: %v", err)
	}
	_, err = r.SaveCredential(bg, all, network.Credential{ID: credential, Client: r.harbour, Name: "Reader 2", Access: snmp.Credentials{Version: "2c"}})
	must(t, err)
	if s := r.probesOf(r.agent)["p"].Secret["community"]; s != snmpd.Community {
		t.Errorf("an empty password took the place of %q", s)
	}
	must(t, r.Rewrap(bg))
	must(t, r.DropPolled(bg, all, sw))
	if len(r.probesOf(r.agent)) != 0 {
		t.Error("it is still asked")
	}
	if d, _ := r.devices.Look(sw); d.Watched() {
		t.Error("it still counts as watched")
	}
}

func TestPolledBounds(t *testing.T) {
	r := newRig(t)
	sw, credential := r.device("Keller", devices.NetworkGear), r.community()
	foreign := r.enrol(r.kestrel, "other")
	silent := r.device("no agent", devices.Server)
	theirs, err := r.SaveCredential(bg, all, network.Credential{Client: r.kestrel, Name: "Theirs", Access: snmp.Credentials{Version: "2c", Community: "x"}})
	must(t, err)
	good := network.Polled{Device: sw, Credential: credential, Prober: r.agent.ID, Address: "10.0.0.2"}
	for field, change := range map[string]func(p *network.Polled){
		"address":      func(p *network.Polled) { p.Address = "http://10.0.0.2/" },
		"address port": func(p *network.Polled) { p.Address = "10.0.0.2:99999" },
		"prober":       func(p *network.Polled) { p.Prober = foreign.ID },
		"prober agent": func(p *network.Polled) { p.Prober = silent },
		"credential":   func(p *network.Polled) { p.Credential = theirs },
		"every":        func(p *network.Polled) { p.Every = time.Second },
		"oids":         func(p *network.Polled) { p.OIDs = "1.2 x" },
	} {
		p := good
		change(&p)
		if err := r.SavePolled(bg, all, p); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", field, err)
		}
	}
	if err := r.SavePolled(bg, access.OneClient(r.kestrel), good); !fault.Is(err, fault.NotFound) {
		t.Errorf("somebody of another client: %v", err)
	}
	if list, err := r.Credentials(bg, access.OneClient(r.kestrel), 0); err != nil || len(list) != 1 || list[0].ID != theirs {
		t.Errorf("credentials: %v, %v", list, err)
	}
	for _, networks := range []string{"8.8.8.0/24", "10.0.0.0/8", "x"} {
		if _, err := r.SaveScan(bg, all, network.Scan{Client: r.harbour, Prober: r.agent.ID, Networks: networks}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", networks, err)
		}
	}
	if _, err := r.SaveScan(bg, all, network.Scan{Client: r.harbour}); !fault.Is(err, fault.Invalid) {
		t.Errorf("the server looks itself: %v", err)
	}
}

// Names out of a MIB file: a child read before its parent finds its place once that comes; chosen by name, it is asked.
func TestObjects(t *testing.T) {
	r := newRig(t)
	sw, credential := r.device("NAS", devices.Server), r.community()
	must(t, r.SavePolled(bg, all, network.Polled{Device: sw, Credential: credential, Prober: r.agent.ID, Address: "10.0.0.2"}))
	child := "CHILD-MIB DEFINITIONS ::= BEGIN boardTemp OBJECT-TYPE SYNTAX Integer32 ACCESS read-only STATUS mandatory DESCRIPTION \"In Celsius, 100% sure.\" ::= { maker 7 } END"
	if n, missing, err := r.ImportMIB(bg, strings.NewReader(child)); n != 1 || missing != 1 || err != nil {
		t.Fatal(n, missing, err)
	}
	if list, err := r.Objects(bg, "board", 10); err != nil || len(list) != 0 {
		t.Errorf("an object without a place: %v, %v", list, err)
	}
	if n, missing, err := r.ImportMIB(bg, strings.NewReader("MAKER-MIB DEFINITIONS ::= BEGIN maker OBJECT IDENTIFIER ::= { enterprises 4242 } END")); n != 1 || missing != 0 || err != nil {
		t.Fatal(n, missing, err)
	}
	list, err := r.Objects(bg, "100%", 10)
	if err != nil || len(list) != 1 || list[0].OID != "1.3.6.1.4.1.4242.7" || list[0].Name != "boardTemp" {
		t.Fatalf("%+v, %v", list, err)
	}
	must(t, r.AddObject(bg, all, sw, list[0].OID, list[0].Name))
	if o := r.probesOf(r.agent)["p"].Params[snmp.ParamOIDs]; o != "1.3.6.1.4.1.4242.7 snmp_board_temp 1 boardTemp" {
		t.Errorf("asked: %q", o)
	}
	if _, _, err := r.ImportMIB(bg, strings.NewReader("no MIB")); !fault.Is(err, fault.Invalid) {
		t.Errorf("no MIB is taken: %v", err)
	}
	if err := r.AddObject(bg, access.OneClient(r.kestrel), sw, "1.3.6.1.4", "x"); !fault.Is(err, fault.NotFound) {
		t.Errorf("somebody of another client: %v", err)
	}
}

// What is found is matched with the devices; what nobody knows is told, but not what was there at first.
func TestDiscovery(t *testing.T) {
	r := newRig(t)
	r.community()
	pc, err := r.devices.MakeFound(bg, all, r.harbour, devices.Details{Name: "Empfang", Kind: devices.Workstation}, devices.Learned{MACs: []string{"00:50:56:00:00:01"}})
	must(t, err)
	named := r.device("FILESERVER", devices.Server)
	if n, err := r.ImportMakers(bg, strings.NewReader("Registry,Assignment,Organization Name,Organization Address\nMA-L,00257F,\"Example, Printers Inc.\",x\n")); err != nil || n != 1 {
		t.Fatal(n, err)
	}
	if _, err := r.ImportMakers(bg, strings.NewReader("no list")); !fault.Is(err, fault.Invalid) {
		t.Errorf("no list is taken: %v", err)
	}
	scan, err := r.SaveScan(bg, all, network.Scan{Client: r.harbour, Prober: r.agent.ID, Alert: true})
	must(t, err)
	p := r.probesOf(r.agent)["d"]
	if p.Target != discover.OwnNetworks || !strings.Contains(p.Secret[discover.SecretAccess], snmpd.Community) || p.Every != 86400 {
		t.Fatalf("probe: %+v", p)
	}
	list := []discover.Host{
		{Address: "10.0.0.2", Self: true, MAC: "00:50:56:00:00:99"},
		{Address: "10.0.0.3", MAC: "00:50:56:00:00:01"},
		{Address: "10.0.0.4", MAC: "00:50:56:00:00:04", Name: "fileserver.local", By: "mdns"},
		{Address: "10.0.0.5", MAC: "00:25:7f:00:00:05", Services: []string{"printing/9100"}},
		{Address: "10.0.0.6", MAC: "00:11:22:33:44:55", Name: "sw-keller", By: "snmp", Access: 1, SNMP: &snmp.Description{Name: "sw-keller", Vendor: "HP", Model: "2530", Serial: "S1", Bridge: true}},
		{Address: "not an address"},
	}
	at := time.Now().Add(-time.Hour)
	f := discover.Found{Networks: []string{"10.0.0.0/24"}, Gateway: "10.0.0.1", Hosts: list}
	must(t, r.Take(bg, r.agent, found(p, at, f)))
	hosts := func() map[string]*network.Host {
		t.Helper()
		all, err := r.Hosts(bg, all, r.harbour, "", 0)
		must(t, err)
		out := map[string]*network.Host{}
		for _, h := range all {
			out[h.Address] = h
		}
		return out
	}
	h := hosts()
	if len(h) != 5 || h["10.0.0.2"].Device != r.agent.ID || h["10.0.0.3"].Device != pc || h["10.0.0.4"].Device != named || h["10.0.0.5"].State != network.HostNew || h["10.0.0.5"].Vendor != "Example, Printers Inc." {
		t.Fatalf("hosts: %+v", h)
	}
	if d, _ := r.devices.Look(pc); d.Address != "10.0.0.3" {
		t.Errorf("the address is not learned: %q", d.Address)
	}
	unknown := func() float64 {
		for _, v := range r.engine.Latest(r.agent.ID) {
			if strings.HasPrefix(v.Series, network.UnknownSeries) {
				return v.Value
			}
		}
		return -1
	}
	if unknown() != 0 {
		t.Errorf("what was there at first is told: %v", unknown())
	}

	// A day later: somebody brought a machine, a phone with a made-up address came, the printer is off.
	f.Hosts = append(list[:3:3], list[4], discover.Host{Address: "10.0.0.77", MAC: "00:1b:21:00:00:77", Name: "raspberrypi", By: "mdns"}, discover.Host{Address: "10.0.0.78", MAC: "02:1b:21:00:00:78"})
	at = at.Add(time.Minute)
	must(t, r.Take(bg, r.agent, found(p, at, f)))
	must(t, r.Take(bg, r.agent, found(p, at, f))) // it comes again
	h = hosts()
	if len(h) != 7 || h["10.0.0.5"].Missed != 1 || h["10.0.0.77"].FirstRun || !h["10.0.0.78"].Random() || unknown() != 1 {
		t.Errorf("%d hosts, %+v, unknown %v", len(h), h["10.0.0.5"], unknown())
	}
	if err := r.Ignore(bg, all, h["10.0.0.77"].ID, "  "); !fault.Is(err, fault.Invalid) {
		t.Errorf("ignored without a reason: %v", err)
	}
	must(t, r.Ignore(bg, all, h["10.0.0.77"].ID, "Ada's door bell"))
	if unknown() != 0 {
		t.Errorf("an ignored host is told: %v", unknown())
	}

	// Adopting makes a device; one that answers by SNMP is asked from then on.
	if _, err := r.Adopt(bg, access.OneClient(r.kestrel), h["10.0.0.6"].ID, "", ""); !fault.Is(err, fault.NotFound) {
		t.Errorf("another client adopts: %v", err)
	}
	sw, err := r.Adopt(bg, all, h["10.0.0.6"].ID, "", "")
	must(t, err)
	d, _ := r.devices.Look(sw)
	if d.Name != "sw-keller" || d.Kind != devices.NetworkGear || d.Source != devices.Found || d.Serial != "S1" || d.Address != "10.0.0.6" {
		t.Errorf("adopted: %+v", d)
	}
	if p := r.probesOf(r.agent)["p"]; p.Target != "10.0.0.6" || p.Secret["community"] != snmpd.Community {
		t.Errorf("it is not asked: %+v", p)
	}
	printer, err := r.Adopt(bg, all, h["10.0.0.5"].ID, "Drucker", "")
	must(t, err)
	if d, _ := r.devices.Look(printer); d.Kind != devices.Printer || d.Name != "Drucker" {
		t.Errorf("printer: %+v", d)
	}
	if _, err := r.Adopt(bg, all, h["10.0.0.5"].ID, "", ""); !fault.Is(err, fault.Conflict) {
		t.Errorf("adopted twice: %v", err)
	}
	// An ignored one stays ignored; the adopted ones are known again; gone after three looks without it.
	for range 3 {
		at = at.Add(time.Minute)
		must(t, r.Take(bg, r.agent, found(p, at, f)))
	}
	h = hosts()
	if h["10.0.0.77"].State != network.HostIgnored || h["10.0.0.6"].Device != sw || h["10.0.0.5"].Device != printer || !h["10.0.0.5"].Gone() {
		t.Errorf("%+v", h["10.0.0.5"])
	}
	if n, err := r.CountNew(bg, all); err != nil || n != 1 { // the phone
		t.Errorf("%d new, %v", n, err)
	}
	must(t, r.DropScan(bg, all, scan))
	if len(hosts()) != 0 || r.devices == nil {
		t.Error("hosts of a network that was dropped are there")
	}
}

// Cables: what switches say of each other is taken over, what their tables let guess is asked, a hand's word stays.
func TestPlaces(t *testing.T) {
	r := newRig(t)
	credential := r.community()
	mac := func(n int) string { return fmt.Sprintf("00:50:56:00:01:%02x", n) }
	add := func(n int, name string, kind devices.Kind) ids.ID {
		id, err := r.devices.MakeFound(bg, all, r.harbour, devices.Details{Name: name, Kind: kind, Address: fmt.Sprintf("10.0.0.%d", n)}, devices.Learned{MACs: []string{mac(n)}})
		must(t, err)
		return id
	}
	router, core, edge, pc, nas := add(1, "Firewall", devices.NetworkGear), add(2, "core", devices.NetworkGear), add(3, "edge", devices.NetworkGear), add(4, "pc", devices.Workstation), add(5, "nas", devices.Server)
	for n, id := range map[int]ids.ID{1: router, 2: core, 3: edge} {
		must(t, r.SavePolled(bg, all, network.Polled{Device: id, Credential: credential, Prober: r.agent.ID, Address: fmt.Sprintf("10.0.0.%d", n)}))
	}
	// The NAS was put behind the firewall by hand.
	d, err := r.devices.Get(bg, all, nas)
	must(t, err)
	x := devices.DetailsOf(d)
	x.Parent = router
	must(t, r.devices.Update(bg, all, nas, d.Version, x))

	at := time.Now().Add(-time.Minute)
	say := func(id ids.ID, about snmp.Description) {
		t.Helper()
		at = at.Add(time.Second)
		must(t, r.Take(bg, r.agent, found(wire.Probe{ID: "q" + id.String() + ".0"}, at, about)))
	}
	say(router, snmp.Description{Name: "fw", Router: true})
	say(core, snmp.Description{
		Name: "core", Bridge: true, Neighbours: []snmp.Neighbour{{By: "lldp", Local: "1", MAC: mac(1), Port: "lan", Bridge: true}, {By: "lldp", Local: "24", MAC: mac(3), Port: "48", Bridge: true}},
		Forwards: []snmp.Forward{{MAC: mac(1), Local: "1"}, {MAC: mac(3), Local: "24"}, {MAC: mac(4), Local: "24"}, {MAC: mac(5), Local: "7"}},
	})
	say(edge, snmp.Description{
		Name: "edge", Bridge: true, Neighbours: []snmp.Neighbour{{By: "lldp", Local: "48", MAC: mac(2), Port: "24", Bridge: true}},
		Forwards: []snmp.Forward{{MAC: mac(2), Local: "48"}, {MAC: mac(4), Local: "5"}},
	})

	parent := func(id ids.ID) ids.ID {
		d, _ := r.devices.Look(id)
		return d.Parent
	}
	if parent(core) != router || parent(edge) != core || parent(pc) != 0 || parent(nas) != router {
		t.Errorf("behind: core %v, edge %v, pc %v, nas %v (router %v)", parent(core), parent(edge), parent(pc), parent(nas), router)
	}
	links, err := r.Links(bg, r.harbour)
	must(t, err)
	if len(links) != 4 {
		t.Errorf("links: %+v", links)
	}
	list, err := r.OpenPlaces(bg, all, r.harbour)
	must(t, err)
	asked := map[ids.ID]network.Place{}
	for _, x := range list {
		asked[x.Device] = x
	}
	if len(asked) != 2 || asked[pc].Parent != edge || asked[pc].Port != "5" || asked[nas].Parent != core {
		t.Fatalf("asked: %+v", list)
	}
	must(t, r.Decide(bg, all, pc, true))
	must(t, r.Decide(bg, all, nas, false))
	say(edge, snmp.Description{Name: "edge", Bridge: true, Neighbours: []snmp.Neighbour{{By: "lldp", Local: "48", MAC: mac(2), Port: "24", Bridge: true}}, Forwards: []snmp.Forward{{MAC: mac(2), Local: "48"}, {MAC: mac(4), Local: "6"}}})
	if list, err = r.OpenPlaces(bg, all, r.harbour); err != nil || len(list) != 0 || parent(pc) != edge || parent(nas) != router {
		t.Errorf("asked again: %+v, %v", list, err)
	}
	// The switch is put elsewhere: what the network set, the network may change.
	say(edge, snmp.Description{Name: "edge", Bridge: true, Neighbours: []snmp.Neighbour{{By: "lldp", Local: "48", MAC: mac(1), Port: "opt", Bridge: true}}})
	say(core, snmp.Description{Name: "core", Bridge: true, Neighbours: []snmp.Neighbour{{By: "lldp", Local: "1", MAC: mac(1), Port: "lan", Bridge: true}}})
	if parent(edge) != router {
		t.Errorf("edge is behind %v, want the firewall", parent(edge))
	}
}

func TestSyslog(t *testing.T) {
	r := newRig(t)
	fw := r.device("fw1", devices.NetworkGear)
	must(t, r.SaveRelay(bg, all, r.agent.ID, 5514))
	p := r.probesOf(r.agent)["y"]
	if p.Kind != relay.Kind || p.Params[relay.ParamPort] != "5514" {
		t.Fatalf("%+v", p)
	}
	_, err := r.SavePattern(bg, all, network.Pattern{Name: "Everything", Severity: syslog.Debug, Number: 1, Minutes: 5})
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("a pattern that finds everything: %v", err)
	}
	pattern, err := r.SavePattern(bg, all, network.Pattern{Name: "Logins fail", Text: "login failed + admin", Severity: syslog.Warning, Number: 3, Minutes: 10, Critical: true})
	must(t, err)
	now := r.Now()
	line := func(text string) relay.Line { return relay.Line{From: "10.0.0.9", At: clock.Micros(now), Data: text} }
	state := func() float64 {
		for _, v := range r.engine.Latest(fw) {
			if strings.Contains(v.Series, pattern.String()) {
				return v.Value
			}
		}
		return -1
	}
	send := func(after time.Duration, lines ...relay.Line) {
		t.Helper()
		must(t, r.Take(bg, r.agent, found(p, now.Add(after), relay.Found{Lines: lines, Dropped: 2})))
	}
	send(0, line("<132>fw1 auth: x"), line("<132>Jan  1 00:00:00 fw1 auth: Login failed for ADMIN"), line("<134>Jan  1 00:00:00 fw1 auth: login failed for admin"), line("<132>Jan  1 00:00:00 fw1 auth: admin login failed 50% \\_"))
	if state() != 0 {
		t.Errorf("two messages make state %v", state())
	}
	send(0, line("<128>Jan  1 00:00:00 fw1 auth: login failed for admin")) // comes again with another text: is known, and dropped
	if state() != 0 {
		t.Errorf("an observation that comes again counts: %v", state())
	}
	send(time.Second, line("<128>Jan  1 00:00:00 fw1 auth: login failed for admin"))
	if state() != 2 {
		t.Errorf("three messages make state %v", state())
	}
	got, err := r.Messages(bg, all, network.MessageQuery{Client: r.harbour, Device: fw, Severity: syslog.Warning, Text: "50% \\_", Limit: 10})
	must(t, err)
	if len(got) != 1 || got[0].App != "auth" || got[0].Host != "fw1" || got[0].Source != "10.0.0.9" || got[0].Severity != syslog.Warning {
		t.Errorf("messages: %+v", got)
	}
	if got, err = r.Messages(bg, all, network.MessageQuery{Client: r.harbour, Unknown: true, Severity: syslog.Debug, Limit: 10}); err != nil || len(got) != 1 { // "fw1" is the tag there
		t.Errorf("of nobody known: %+v, %v", got, err)
	}
	if _, err := r.Messages(bg, access.OneClient(r.kestrel), network.MessageQuery{Client: r.harbour, Severity: syslog.Debug}); !fault.Is(err, fault.NotFound) {
		t.Errorf("another client reads them: %v", err)
	}
	list, err := r.Relays(bg, all, r.harbour)
	if err != nil || len(list) != 1 || list[0].Dropped != 4 {
		t.Errorf("relays: %+v, %v", list, err)
	}
	must(t, r.DropPattern(bg, all, pattern))

	// Clients become one: what was found and said goes along.
	into := r.kestrel
	must(t, r.people.Merge(bg, r.harbour, into))
	for more := true; more; {
		more, err = r.jobs.One(bg)
		must(t, err)
	}
	if got, err = r.Messages(bg, all, network.MessageQuery{Client: into, Severity: syslog.Debug, Limit: 10}); err != nil || len(got) != 5 {
		t.Errorf("after the merge: %d messages, %v", len(got), err)
	}
}

// enrolAt is another agent of Harbour's, at a site.
func (r *rig) enrolAt(site ids.ID, name string) *devices.Device {
	r.t.Helper()
	d := r.enrol(r.harbour, name)
	x := devices.DetailsOf(d)
	x.Site = site
	must(r.t, r.devices.Update(bg, all, d.ID, d.Version, x))
	d, err := r.devices.Get(bg, all, d.ID)
	must(r.t, err)
	return d
}

// Two sites of a client have networks with the same addresses, as routers have them out of the box. What is heard and found at one of them
// is that site's, and what nobody can tell apart is nobody's.
func TestSitesWithTheSameAddresses(t *testing.T) {
	r := newRig(t)
	pier, err := r.people.SaveSite(bg, all, r.harbour, clients.Site{Name: "Pier"})
	must(t, err)
	sites := []ids.ID{r.quay, pier}
	var agents []*devices.Device
	var routers []ids.ID
	for i, site := range sites {
		agents = append(agents, r.enrolAt(site, []string{"at the quay", "at the pier"}[i]))
		must(t, r.SaveRelay(bg, all, agents[i].ID, 514))
		id, err := r.devices.Make(bg, all, r.harbour, devices.Details{Name: "Router " + string(rune('A'+i)), Kind: devices.NetworkGear, Site: site, Address: "192.168.178.1"})
		must(t, err)
		routers = append(routers, id)
	}
	far, err := r.devices.Make(bg, all, r.harbour, devices.Details{Name: "Core", Kind: devices.NetworkGear, Site: r.quay, Address: "10.20.0.1:161"})
	must(t, err)
	nowhere, err := r.devices.Make(bg, all, r.harbour, devices.Details{Name: "Loose", Kind: devices.Printer, Address: "192.168.178.9"})
	must(t, err)
	must(t, r.SaveRelay(bg, all, r.agent.ID, 514)) // nobody said where that is
	hear := func(by *devices.Device, source, host string) ids.ID {
		t.Helper()
		at := r.Now()
		r.clock.advance(time.Second)
		p := r.probesOf(by)["y"]
		must(t, r.Take(bg, by, found(p, at, relay.Found{Lines: []relay.Line{{From: source, At: clock.Micros(at), Data: "<134>1 - " + host + " x - - - text"}}, At: clock.Micros(at)})))
		return r.messages(network.MessageQuery{Client: r.harbour, Severity: syslog.Debug, Limit: 1})[0].Device
	}
	for _, x := range []struct {
		name, source, host string
		by                 *devices.Device
		want               ids.ID
	}{
		{"the quay's router", "192.168.178.1", "fritz", agents[0], routers[0]},
		{"the pier's router", "192.168.178.1", "fritz", agents[1], routers[1]},
		{"one of the two", "192.168.178.1", "fritz", r.agent, 0},
		{"over a tunnel from the other site", "10.20.0.1", "core", agents[1], far},
		{"of no site", "192.168.178.9", "-", agents[1], nowhere},
	} {
		if got := hear(x.by, x.source, x.host); got != x.want {
			t.Errorf("%s: the message is of %v, want %v", x.name, got, x.want)
		}
	}

	// Both look around themselves. The routers are only written down, without their hardware.
	var scans []ids.ID
	look := func(i int, mac string, hosts ...discover.Host) *network.Host {
		t.Helper()
		r.clock.advance(time.Minute)
		p := r.probesOf(agents[i])["d"]
		hosts = append(hosts, discover.Host{Address: "192.168.178.1", MAC: mac})
		must(t, r.Take(bg, agents[i], found(p, r.Now(), discover.Found{Networks: []string{"192.168.178.0/24"}, Gateway: "192.168.178.1", Hosts: hosts})))
		list, err := r.Hosts(bg, all, r.harbour, "", 0)
		must(t, err)
		for _, h := range list {
			if h.Scan == scans[i] && h.Address == "192.168.178.1" {
				return h
			}
		}
		t.Fatal("it was not found")
		return nil
	}
	for i := range sites {
		id, err := r.SaveScan(bg, all, network.Scan{Client: r.harbour, Prober: agents[i].ID})
		must(t, err)
		scans = append(scans, id)
	}
	for _, i := range []int{1, 0, 1} {
		if h := look(i, fmt.Sprintf("00:50:56:00:00:0%d", i)); h.Device != routers[i] {
			t.Errorf("the router of site %d is %v, want %v", i, h.Device, routers[i])
		}
	}
	for i, id := range routers {
		if d, _ := r.devices.Look(id); len(d.MACs) != 1 || d.MACs[0] != fmt.Sprintf("00:50:56:00:00:0%d", i) {
			t.Errorf("router %d has the hardware %v", i, d.MACs)
		}
	}
	// What stands at the pier is none of the quay's, whose record alone has that address; and the loose printer is where it is found.
	printer, err := r.devices.Make(bg, all, r.harbour, devices.Details{Name: "Printer", Kind: devices.Printer, Site: r.quay, Address: "192.168.178.5"})
	must(t, err)
	look(1, "00:50:56:00:00:01", discover.Host{Address: "192.168.178.5", MAC: "00:50:56:00:00:55"}, discover.Host{Address: "192.168.178.9"})
	look(0, "00:50:56:00:00:00", discover.Host{Address: "192.168.178.9", MAC: "00:50:56:00:00:99"})
	list, err := r.Hosts(bg, all, r.harbour, "", 0)
	must(t, err)
	for _, h := range list {
		want := map[string]ids.ID{scans[1].String() + "192.168.178.9": nowhere}[h.Scan.String()+h.Address]
		if h.Address != "192.168.178.1" && h.Device != want {
			t.Errorf("%s in %v is %v, want %v", h.Address, h.Scan, h.Device, want)
		}
	}
	if d, _ := r.devices.Look(printer); len(d.MACs) != 0 {
		t.Errorf("the quay's printer has the hardware of the pier's: %v", d.MACs)
	}
	// A message at the pier that only the quay's record could explain is nobody's: the address is in the pier's own network.
	if got := hear(r.at(agents[1], "192.168.178.20"), "192.168.178.5", "-"); got != 0 {
		t.Errorf("it is filed under %v", got)
	}
}

// at is a device as it has an address.
func (r *rig) at(d *devices.Device, address string) *devices.Device {
	r.t.Helper()
	d, err := r.devices.Get(bg, all, d.ID)
	must(r.t, err)
	x := *d
	x.Address = address
	return &x
}

// Pages of hosts go on behind one that somebody decided about meanwhile.
func TestHostsByPages(t *testing.T) {
	r := newRig(t)
	_, err := r.SaveScan(bg, all, network.Scan{Client: r.harbour, Prober: r.agent.ID})
	must(t, err)
	var list []discover.Host
	for i := range 5 {
		list = append(list, discover.Host{Address: fmt.Sprintf("10.0.0.%d", i+2)})
	}
	must(t, r.Take(bg, r.agent, found(r.probesOf(r.agent)["d"], time.Now().Add(-time.Minute), discover.Found{Hosts: list})))
	first, err := r.HostsAfter(bg, all, r.harbour, network.HostNew, 0, 2)
	must(t, err)
	if len(first) != 2 {
		t.Fatalf("%d hosts on a page", len(first))
	}
	must(t, r.Ignore(bg, all, first[1].ID, "it may be there"))
	rest, err := r.HostsAfter(bg, all, r.harbour, network.HostNew, first[1].ID, 10)
	must(t, err)
	if len(rest) != 3 || rest[0].Address != "10.0.0.4" {
		t.Errorf("the next page: %+v", rest)
	}
	if list, err := r.HostsAfter(bg, access.OneClient(r.kestrel), r.harbour, "", 0, 10); err != nil || len(list) != 0 {
		t.Errorf("another client reads them: %v, %v", list, err)
	}
	if list, err := r.Hosts(bg, access.OneClient(r.harbour), 0, "", 0); err != nil || len(list) != 5 {
		t.Errorf("all of the own client: %d, %v", len(list), err)
	}
}
