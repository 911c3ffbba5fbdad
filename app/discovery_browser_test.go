// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"mainstay/care/devices"
	"mainstay/care/network"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/ids"
	"mainstay/kit/probe/discover"
	"mainstay/kit/probe/relay"
	"mainstay/kit/probe/snmp"
	"mainstay/kit/series"
	"mainstay/kit/syslog"
	"mainstay/kit/wire"
)

// told hands the area what a device's agent found.
func (s site) told(t *testing.T, prober ids.ID, probe string, at time.Time, found any, measures ...wire.Measure) {
	t.Helper()
	d, ok := s.Devices.Look(prober)
	if !ok {
		t.Fatal("no prober")
	}
	o := wire.Observation{Probe: probe, At: clock.Micros(at), State: wire.StateOK, Text: "sw-keller answers: 212 values.", Measures: measures}
	if found != nil {
		b, err := json.Marshal(found)
		if err != nil {
			t.Fatal(err)
		}
		o.Found = b
	}
	if err := s.Network.Take(context.Background(), d, &wire.Observations{List: []wire.Observation{o}}); err != nil {
		t.Fatal(err)
	}
}

// wired is a client's network with a firewall, two switches, a printer, a power supply and thirty workstations.
func (s site) wired(t *testing.T, c clock.Clock, client, prober ids.ID) (core, printer, ups ids.ID) {
	t.Helper()
	ctx, all := context.Background(), access.WholeFirm()
	credential, err := s.Network.SaveCredential(ctx, all, network.Credential{Client: client, Name: "Reading, all switches", Access: snmp.Credentials{Version: "3", User: "reader", Auth: "sha256", AuthKey: "harbour-12", Priv: "aes", PrivKey: "harbour-34"}})
	if err != nil {
		t.Fatal(err)
	}
	mac := func(n int) string { return fmt.Sprintf("00:50:56:00:02:%02x", n) }
	made := func(n int, name string, kind devices.Kind) ids.ID {
		id, err := s.Devices.MakeFound(ctx, all, client, devices.Details{Name: name, Kind: kind, Address: fmt.Sprintf("10.7.0.%d", n)}, devices.Learned{MACs: []string{mac(n)}})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	polled := func(id ids.ID, n int) {
		if err := s.Network.SavePolled(ctx, all, network.Polled{Device: id, Credential: credential, Prober: prober, Address: fmt.Sprintf("10.7.0.%d", n)}); err != nil {
			t.Fatal(err)
		}
	}
	fw, edge := made(1, "Firewall", devices.NetworkGear), made(3, "Switch reception", devices.NetworkGear)
	core, printer, ups = made(2, "Switch basement", devices.NetworkGear), made(4, "Printer reception", devices.Printer), made(5, "UPS basement", devices.Power)
	about := snmp.Description{
		Name: "sw-keller", Descr: "HP 2530-24G Switch (J9776A), revision YA.16.11", Location: "Basement, rack 2", Vendor: "HP", Model: "2530-24G", Serial: "CN12FP0001", Firmware: "YA.16.11", Bridge: true,
		Neighbours: []snmp.Neighbour{{By: "lldp", Local: "1", MAC: mac(1), Name: "fw", Port: "lan", Bridge: true}, {By: "lldp", Local: "24", MAC: mac(3), Name: "sw-reception", Port: "48", Bridge: true}},
	}
	for n := 1; n <= 24; n++ {
		about.Interfaces = append(about.Interfaces, snmp.Interface{Index: n, Name: fmt.Sprint(n), Speed: 125e6, Admin: true, Up: n < 9 || n == 24, Alias: map[int]string{1: "Firewall", 24: "Uplink reception"}[n]})
	}
	second := snmp.Description{Name: "sw-reception", Bridge: true, Neighbours: []snmp.Neighbour{{By: "lldp", Local: "48", MAC: mac(2), Port: "24", Bridge: true}}}
	for n := 20; n < 50; n++ {
		made(n, fmt.Sprintf("PC %02d", n), devices.Workstation)
		f := snmp.Forward{MAC: mac(n), Local: fmt.Sprint(n - 18)}
		if n < 24 {
			about.Forwards = append(about.Forwards, f)
		} else {
			second.Forwards = append(second.Forwards, f)
		}
	}
	second.Forwards = append(second.Forwards, snmp.Forward{MAC: mac(4), Local: "40"})
	about.Forwards = append(about.Forwards, snmp.Forward{MAC: mac(5), Local: "7"})
	at := c.Now().Add(-time.Hour)
	charge, runtime, load := .41, 720.0, .33
	for i, x := range []struct {
		id    ids.ID
		n     int
		about snmp.Description
	}{
		{fw, 1, snmp.Description{Name: "fw", Router: true}},
		{core, 2, about},
		{edge, 3, second},
		{printer, 4, snmp.Description{Name: "mfp", Descr: "KYOCERA ECOSYS M5526cdw", Printer: &snmp.Printer{
			Pages: 48211, Console: []string{"Papier nachfüllen"}, Troubles: []string{"no paper", "low toner"},
			Supplies: []snmp.Supply{{Name: "Toner TK-5240K", Level: .02}, {Name: "Toner TK-5240C", Level: .09}, {Name: "Toner TK-5240M", Level: .75}, {Name: "Waste Toner Box", Level: -1, Waste: true}},
		}}},
		{ups, 5, snmp.Description{Name: "usv-1", Descr: "Eaton 5PX 1500", UPS: &snmp.UPS{Battery: "low", Source: "battery", Charge: &charge, Runtime: &runtime, Load: &load, Replace: true}}},
	} {
		polled(x.id, x.n)
		s.told(t, prober, "q"+x.id.String()+".0", at.Add(time.Duration(i)*time.Second), x.about)
		s.told(t, prober, "p"+x.id.String(), c.Now().Add(-20*time.Second), nil, wire.Measure{Series: "system_uptime_seconds", Value: 5e6})
	}
	s.traffic(t, c, client, core)
	return core, printer, ups
}

// traffic stores a day of a switch's traffic.
func (s site) traffic(t *testing.T, c clock.Clock, client, device ids.ID) {
	t.Helper()
	var b series.Batch
	for port := 1; port < 9; port++ {
		labels, err := series.MakeLabels("system_network_io_bytes_total", "client", client.String(), "device", device.String(), "direction", "receive", "interface", fmt.Sprint(port))
		if err != nil {
			t.Fatal(err)
		}
		h, err := s.Series.Series(labels)
		if err != nil {
			t.Fatal(err)
		}
		total := 0.0
		for i := range int64(288) {
			total += 3e8 * float64(port) * (1.1 + math.Sin(float64(i)/30+float64(port)))
			b.Add(h, c.Now().UnixMilli()-(288-i)*300_000, math.Round(total))
		}
	}
	if _, err := s.Series.Commit(context.Background(), &b); err != nil {
		t.Fatal(err)
	}
}

// Networks: what was found, who hangs where, ports and supplies of what has no agent, messages; in all looks.
func TestBrowserNetworks(t *testing.T) {
	c := clock.At(time.Now())
	s := newSiteAt(t, c)
	ctx, all := context.Background(), access.WholeFirm()
	s.Check(t, s.look("networks-empty", "/discovery"))
	client, list := s.estate(t)
	if local, ok := s.Series.(*series.Local); ok {
		local.Start()
		if err := local.Wait(ctx); err != nil {
			t.Fatal(err)
		}
	}
	prober := list[0]
	core, printer, ups := s.wired(t, c, client, prober)
	scan, err := s.Network.SaveScan(ctx, all, network.Scan{Client: client, Prober: prober, Alert: true})
	if err != nil {
		t.Fatal(err)
	}
	found := discover.Found{Networks: []string{"10.7.0.0/24"}, Gateway: "10.7.0.1", Hosts: []discover.Host{
		{Address: "10.7.0.60", MAC: "00:25:7f:00:00:05", Name: "BRW30055C", By: "mdns", Model: "Brother HL-L2350DW series", Services: []string{"http/80", "ipp (mDNS)", "printing/9100"}},
		{Address: "10.7.0.61", MAC: "00:11:32:00:00:06", Name: "backup-nas", By: "netbios", Services: []string{"smb/445", "https/443", "nas/5001"}, SNMP: &snmp.Description{Name: "backup-nas", Descr: "Linux backup-nas 4.4.302+ synology", Vendor: "Synology"}},
	}}
	s.told(t, prober, "d"+scan.String()+".0", c.Now().Add(-2*time.Hour), found)
	found.Hosts = append(found.Hosts, discover.Host{Address: "10.7.0.77", MAC: "b8:27:eb:00:00:77", Name: "raspberrypi", By: "mdns", Services: []string{"ssh/22"}}, discover.Host{Address: "10.7.0.78", MAC: "5e:27:eb:00:00:78"})
	s.told(t, prober, "d"+scan.String()+".0", c.Now().Add(-time.Hour), found)
	if err := s.Network.SaveRelay(ctx, all, prober, 514); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Network.SavePattern(ctx, all, network.Pattern{Name: "Logins fail", Text: "login failed", Severity: syslog.Warning, Number: 5, Minutes: 10}); err != nil {
		t.Fatal(err)
	}
	var lines []relay.Line
	for i, text := range []string{
		"<188>1 - sw-keller link - - - port 3 is now off-line", "<189>1 - sw-keller link - - - port 3 is now on-line", "<187>1 - sw-keller fan - - - Fan 1 failed: speed is below 1,200 rpm, replace it soon or the switch turns itself off",
		"<134>1 - sw-keller auth - - - User 'admin' logged in from 10.7.0.20", "<132>1 " + c.Now().Add(-27*time.Minute).Format(time.RFC3339) + " fw ids - - - login failed for admin from 203.0.113.7", // its clock is slow
	} {
		from := "10.7.0.2"
		if i == 4 {
			from = "10.7.0.99"
		}
		lines = append(lines, relay.Line{From: from, At: clock.Micros(c.Now().Add(-time.Duration(i) * time.Minute)), Data: text})
	}
	s.told(t, prober, "y"+prober.String(), c.Now(), relay.Found{Lines: lines})

	if _, _, err := s.Network.ImportMIB(ctx, strings.NewReader(`FAN-MIB DEFINITIONS ::= BEGIN
maker OBJECT IDENTIFIER ::= { enterprises 4242 }
fanSpeed OBJECT-TYPE SYNTAX Gauge32 UNITS "rpm" MAX-ACCESS read-only STATUS current DESCRIPTION "How fast the fan at the back turns. Below 1,200 it is to be replaced." ::= { maker 7 }
inletTemperature OBJECT-TYPE SYNTAX Integer32 UNITS "0.1 degrees Celsius" MAX-ACCESS read-only STATUS current DESCRIPTION "Of the air that is drawn in." ::= { maker 8 }
END`)); err != nil {
		t.Fatal(err)
	}
	s.readByPrograms(t, client, core, printer, ups, prober)

	pages := map[string]string{
		"networks-found": "/discovery?client=" + client.String(), "networks-form": "/discovery/networks?client=" + client.String(), "networks-topology": "/discovery/topology?client=" + client.String(),
		"networks-list": "/discovery/topology?view=list&client=" + client.String(), "networks-snmp": "/discovery/snmp?client=" + client.String(), "networks-ask": "/discovery/devices/" + core.String(),
		"networks-messages": "/discovery/messages?client=" + client.String(), "networks-switch": "/devices/" + core.String(), "networks-printer": "/devices/" + printer.String(), "networks-ups": "/devices/" + ups.String(),
		"networks-names": "/discovery/devices/" + core.String() + "/objects", "networks-names-found": "/discovery/devices/" + core.String() + "/objects?q=fan", "networks-names-none": "/discovery/devices/" + core.String() + "/objects?q=nothing+of+the+kind",
	}
	names := []string{"networks-found", "networks-topology", "networks-snmp", "networks-messages", "networks-switch", "networks-printer"}
	if os.Getenv("MAINSTAY_SHOTS") != "" { // pages of the same parts: looked at when somebody looks
		names = append(names, "networks-form", "networks-list", "networks-ask", "networks-ups", "networks-names", "networks-names-found", "networks-names-none")
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) { s.Check(t, s.look(name, pages[name])) })
	}
}

// readByPrograms: what pages show of a network, another program reads, and only of its clients.
func (s site) readByPrograms(t *testing.T, client, core, printer, ups, prober ids.ID) {
	t.Helper()
	h, err := s.Handler()
	if err != nil {
		t.Fatal(err)
	}
	c := caller{t, h, s.session.Value}
	of := "?client=" + client.String()
	hosts := c.ok("GET", "/network/hosts"+of+"&state=new", "")
	if strings.Count(hosts.raw, `"state":"new"`) != 4 || !strings.Contains(hosts.raw, `"kind":"printer"`) || !strings.Contains(hosts.raw, `"name":"raspberrypi"`) {
		t.Errorf("hosts: %s", hosts.raw)
	}
	first := c.ok("GET", "/network/hosts"+of+"&limit=3", "")
	if rest := c.ok("GET", "/network/hosts"+of+"&limit=3&after="+first.at("next"), ""); strings.Contains(rest.raw, first.at("hosts.0.id")) || strings.Contains(rest.raw, first.at("hosts.2.id")) {
		t.Errorf("a host stands on two pages: %s %s", first.raw, rest.raw)
	}
	polled := c.ok("GET", "/network/polled"+of, "").raw
	for _, id := range []ids.ID{core, printer, ups} {
		if !strings.Contains(polled, `"device":"`+id.String()+`"`) {
			t.Errorf("%s is not asked: %s", id, polled)
		}
	}
	if strings.Contains(polled, "harbour-") {
		t.Error("a key of SNMP is given out")
	}
	if links := c.ok("GET", "/network/links"+of, ""); !strings.Contains(links.raw, `"how":"lldp"`) || !strings.Contains(links.raw, core.String()) {
		t.Errorf("links: %s", links.raw)
	}
	messages := c.ok("GET", "/network/messages"+of+"&severity=4&q=fan", "")
	messages.want("messages.0.device", core.String())
	messages.want("messages.0.severity", "3")
	if strings.Count(messages.raw, `"text"`) != 1 || strings.Contains(messages.raw, `"next"`) {
		t.Errorf("messages: %s", messages.raw)
	}
	newest := c.ok("GET", "/network/messages"+of+"&limit=3", "")
	older := c.ok("GET", "/network/messages"+of+"&limit=3&after="+newest.at("next"), "")
	if strings.Count(newest.raw, `"text"`) != 3 || strings.Count(older.raw, `"text"`) != 2 || strings.Contains(older.raw, `"next"`) || strings.Count(newest.raw+older.raw, `"said"`) != 1 || strings.Contains(older.raw, newest.at("messages.2.id")) {
		t.Errorf("pages of messages: %s %s", newest.raw, older.raw)
	}
	for path, code := range map[string]int{"links": http.StatusUnprocessableEntity, "links?client=nobody": http.StatusNotFound, "hosts?client=nobody": http.StatusNotFound, "messages?client=nobody": http.StatusNotFound} {
		if got := c.call("GET", "/network/"+path, ""); got.code != code {
			t.Errorf("%s: %d %s", path, got.code, got.raw)
		}
	}
}
