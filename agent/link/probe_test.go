// SPDX-License-Identifier: Apache-2.0

package link_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"testing"

	"mainstay/kit/hub"
	"mainstay/kit/wire"
)

// What probes find waits on the disk until it is acknowledged, however much it is, and what cannot be sent does not hold up the rest.
func TestObservationsArrive(t *testing.T) {
	s := newServer(t)
	w := way(t, s.hub.Address())
	var lost atomic.Int64
	s.after = func(m *hub.Message) bool { // stored, and the answer never comes
		if m.Kind != wire.KindProbes || lost.Add(1) > 2 {
			return false
		}
		w.cut()
		return true
	}
	for i := range 20 {
		s.config.Probes = append(s.config.Probes, wire.Probe{ID: fmt.Sprint("p", i), Kind: "http", Target: fmt.Sprint("host", i), Secret: map[string]string{"password": "tide"}})
	}
	s.config.Revision = 3
	m := s.machine("tls://" + w.addr())
	noise := func() string { // does not pack
		b := make([]byte, 150<<10)
		for i := range b {
			b[i] = 'a' + byte(rand.IntN(26))
		}
		return string(b)
	}
	var made atomic.Int64
	m.source.probe = func(p wire.Probe) wire.Observation {
		made.Add(1)
		found, err := json.Marshal(noise())
		if err != nil {
			t.Error(err)
		}
		o := wire.Observation{Probe: "another's", State: wire.StateWarning, Text: p.Target, Found: found, Measures: []wire.Measure{{Series: "probe_duration_seconds", Value: .5}}}
		switch p.ID {
		case "p7": // is none: it is given up, and the others are not
			o.State = 9
		case "p8":
			o.Detail = strings.Repeat("x", 3*wire.MaxResultDetail)
		}
		return o
	}
	a := m.agent(t)
	run(t, a)
	seen := func() map[string]int {
		out := map[string]int{}
		for _, o := range s.observed {
			out[o.Probe]++
		}
		return out
	}
	s.until("what 19 probes found", func() bool { return len(seen()) == 19 })
	s.until("the same again", func() bool { return lost.Load() > 2 })
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.observed {
		if o.Text != "host"+strings.TrimPrefix(o.Probe, "p") || o.At == 0 || len(o.Found) < 100_000 || len(o.Measures) != 1 {
			t.Errorf("observation %s: %q at %d, %d bytes", o.Probe, o.Text, o.At, len(o.Found))
		}
	}
}
