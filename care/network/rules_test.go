// SPDX-License-Identifier: Apache-2.0

package network_test

import (
	"testing"
	"time"

	"mainstay/care/monitoring"
	"mainstay/care/network"
	"mainstay/kit/clock"
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
