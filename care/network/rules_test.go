// SPDX-License-Identifier: Apache-2.0

package network_test

import (
	"fmt"
	"testing"
	"time"

	"mainstay/care/devices"
	"mainstay/care/monitoring"
	"mainstay/care/monitoring/rules"
	"mainstay/care/network"
	"mainstay/kit/clock"
	"mainstay/kit/locale"
	"mainstay/kit/probe/discover"
	"mainstay/kit/wire"
)

// TestShippedRules: what a new installation says of services without anybody having set up a rule.
func TestShippedRules(t *testing.T) {
	r := newRig(t)
	id := r.save(network.Watched{Client: r.harbour, Kind: "ping", Target: "gate.harbour.example"})
	r.engine.SetBook(map[monitoring.Place][]monitoring.Entry{}) // only what is shipped
	at := time.Now().Add(-3 * time.Hour)
	look := func(s wire.State, loss, left float64) []string {
		t.Helper()
		at = at.Add(time.Minute)
		must(t, r.Take(bg, nil, &wire.Observations{List: []wire.Observation{{Probe: "s" + id.String(), At: clock.Micros(at), State: s, Measures: []wire.Measure{
			{Series: "probe_packet_loss_ratio", Value: loss}, {Series: "probe_certificate_left_seconds", Value: left},
		}}}}))
		var out []string
		for _, c := range r.engine.Take() {
			out = append(out, c.Watch.Key+" "+[]string{"fine", "warning", "critical"}[c.Event.To])
		}
		return out
	}
	day := 86400.0
	for i, x := range []struct {
		state      wire.State
		loss, left float64
		want       string
	}{
		{wire.StateOK, 0, 90 * day, ""},
		{wire.StateCritical, 1, 90 * day, ""}, // one bad look is no news
		{wire.StateCritical, 1, 90 * day, "service critical"},
		{wire.StateOK, 0, 90 * day, ""},
		{wire.StateOK, 0, 90 * day, "service warning"}, // one bad one of the last three
		{wire.StateOK, 0, 90 * day, "service fine"},
		{wire.StateOK, 0, 20 * day, "certificate warning"},
		{wire.StateOK, 0, 6 * day, "certificate critical"},
		{wire.StateOK, 0, 90 * day, "certificate fine"},
	} {
		got := look(x.state, x.loss, x.left)
		text := ""
		if len(got) > 0 {
			text = got[0]
		}
		if len(got) > 1 || text != x.want {
			t.Errorf("look %d: %v, want %q", i, got, x.want)
		}
	}
	lost := []string{}
	for range 8 { // a fifth of the packets for more than five minutes
		lost = append(lost, look(wire.StateOK, .2, 90*day)...)
	}
	if len(lost) != 1 || lost[0] != "loss warning" {
		t.Errorf("a loss of a fifth: %v", lost)
	}
}

// TestShippedNetworkRules brings what devices without an agent say over the wire to the rules: just before its limit each is silent, beyond
// it opens with words of its own, and is over again when all is well.
func TestShippedNetworkRules(t *testing.T) {
	r := newRig(t)
	credential := r.community()
	r.engine.SetBook(map[monitoring.Place][]monitoring.Entry{}) // only what is shipped
	scan, err := r.SaveScan(bg, all, network.Scan{Client: r.harbour, Prober: r.agent.ID, Alert: true})
	must(t, err)
	w := monitoring.Words{P: locale.New(locale.DeDE, time.UTC), Zone: time.UTC}
	for i, x := range []struct {
		series               string
		well, nearly, beyond float64
		after, calm          int // minutes
		want, text           string
	}{
		{`network_uplink_up{interface="24"}`, 1, 1, 0, 2, 2, "uplink critical", "Verbindung zwischen Netzwerkgeräten unterbrochen: 24, der Port hat keine Verbindung"},
		{`network_interface_utilization_ratio{direction="receive",interface="1"}`, .2, .89, .9, 30, 30, "port-busy warning", "Port fast ausgelastet: 1 eingehend, 90\u00a0%, bei oder über 90\u00a0%"},
		{`printer_supply_ratio{supply="Toner"}`, .8, .11, .1, 30, 10, "supply warning", "Verbrauchsmaterial geht zur Neige: Toner, 10\u00a0%, bei oder unter 10\u00a0%"},
		{`printer_supply_ratio{supply="Trommel"}`, .8, .11, .03, 30, 10, "supply critical", "Verbrauchsmaterial geht zur Neige: Trommel, 3\u00a0%, bei oder unter 3\u00a0%"},
		{`printer_trouble`, 0, 1, 2, 60, 5, "printer warning", "Drucker druckt nicht, der Drucker verlangt nach jemandem"},
		{`ups_on_battery`, 0, 0, 1, 1, 5, "ups-battery warning", "USV läuft auf Batterie, es kommt kein Strom aus dem Netz"},
		{`ups_battery_low`, 0, 0, 1, 0, 5, "ups-low critical", "Batterie der USV fast leer, sie schaltet bald ab"},
		{`ups_battery_replace`, 0, 0, 1, 10, 60, "ups-replace warning", "Batterie der USV ist zu ersetzen, ihr eigener Test sagt es"},
		{`ups_load_ratio`, .3, .84, .85, 10, 10, "ups-load warning", "USV fast überlastet, 85\u00a0%, bei oder über 85\u00a0%"},
		{`ups_load_ratio{line="2"}`, .3, .84, .98, 10, 10, "ups-load critical", "USV fast überlastet: 2, 98\u00a0%, bei oder über 98\u00a0%"},
	} {
		id := r.device(fmt.Sprint("Gerät ", i), devices.OtherKind)
		must(t, r.SavePolled(bg, all, network.Polled{Device: id, Credential: credential, Prober: r.agent.ID, Address: fmt.Sprintf("10.0.0.%d", i+1)}))
		at := time.Now().Add(-10 * time.Hour).Truncate(time.Minute)
		say := func(minutes int, v float64) (out []monitoring.Change) {
			t.Helper()
			for range minutes {
				at = at.Add(time.Minute)
				must(t, r.Take(bg, r.agent, &wire.Observations{List: []wire.Observation{{Probe: "p" + id.String(), At: clock.Micros(at), State: wire.StateOK, Text: "fine", Measures: []wire.Measure{{Series: x.series, Value: v}}}}}))
				out = append(out, r.engine.Take()...)
			}
			return out
		}
		if got := append(say(1, x.well), say(x.after+3, x.nearly)...); len(got) != 0 {
			t.Errorf("%s: just before its limit: %v", x.series, got)
		}
		if got := say(x.after, x.beyond); len(got) != 0 {
			t.Errorf("%s: too early: %v", x.series, got)
		}
		got := say(1, x.beyond)
		if len(got) != 1 || got[0].Watch.Key+" "+[]string{"fine", "warning", "critical"}[got[0].Event.To] != x.want || got[0].Device != id {
			t.Errorf("%s: %v, want %s", x.series, got, x.want)
			continue
		}
		a := monitoring.Alert{Device: id, Name: "Gerät", Series: got[0].Series, Watch: got[0].Watch, Event: got[0].Event, Level: got[0].Event.To}
		if text := w.Title(a) + ", " + w.Evidence(a); text != x.text {
			t.Errorf("%s: says %q", x.series, text)
		}
		if got := say(x.calm, x.well); len(got) != 0 {
			t.Errorf("%s: over too early: %v", x.series, got)
		}
		if got := say(2, x.well); len(got) != 1 || got[0].Event.To != 0 || got[0].Cause != monitoring.ByValue {
			t.Errorf("%s: is not over: %v", x.series, got)
		}
	}

	// Who is unknown is told by discovery itself.
	at := time.Now().Add(-3 * time.Hour)
	look := func(hosts ...discover.Host) []monitoring.Change {
		t.Helper()
		at = at.Add(time.Minute)
		must(t, r.Take(bg, r.agent, found(r.probesOf(r.agent)["d"], at, discover.Found{Networks: []string{"10.0.0.0/24"}, Hosts: hosts})))
		return r.engine.Take()
	}
	here := discover.Host{Address: "10.0.0.90", MAC: "00:25:7f:00:00:90"}
	if got := look(here); len(got) != 0 {
		t.Errorf("what was there at first is told: %v", got)
	}
	if got := look(here, discover.Host{Address: "10.0.0.91", MAC: "02:25:7f:00:00:91"}); len(got) != 0 {
		t.Errorf("a phone with a made-up address is told: %v", got)
	}
	got := look(here, discover.Host{Address: "10.0.0.92", MAC: "00:25:7f:00:00:92"})
	if len(got) != 1 || got[0].Watch.Key != "unknown-host" || got[0].Event.To != rules.Warning {
		t.Fatalf("an unknown host: %v", got)
	}
	a := monitoring.Alert{Device: r.agent.ID, Name: "probe", Series: got[0].Series, Watch: got[0].Watch, Event: got[0].Event, Level: got[0].Event.To}
	if text := w.Title(a) + ", " + w.Evidence(a); text != "Unbekanntes Gerät im Netz, 1 Gerät, das niemand kennt" {
		t.Errorf("says %q", text)
	}
	must(t, r.DropScan(bg, all, scan))
	if got := r.engine.Take(); len(got) != 1 || got[0].Event.To != rules.OK {
		t.Errorf("nobody looks any more, but it stays: %v", got)
	}
}
