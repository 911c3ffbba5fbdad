// SPDX-License-Identifier: Apache-2.0

package network_test

import (
	"net"
	"testing"
	"time"

	"mainstay/care/devices"
	"mainstay/care/network"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/probe"
	"mainstay/kit/probe/snmp"
	"mainstay/kit/wire"
)

// What does not answer at all is away; what refuses, or has its port closed, is not.
func TestAway(t *testing.T) {
	r := newRig(t)
	udp, err := net.ListenPacket("udp4", "127.0.0.1:0") // hears everything and says nothing
	must(t, err)
	defer func() { _ = udp.Close() }()
	sw := r.device("Keller", devices.NetworkGear)
	must(t, r.SavePolled(bg, all, network.Polled{Device: sw, Credential: r.community(), Prober: r.agent.ID, Address: udp.LocalAddr().String()}))
	kinds, at := probe.Kinds{snmp.Kind: snmp.New()}, time.Now().Add(-time.Minute)
	ask := func() wire.Observation {
		p := r.probesOf(r.agent)["p"]
		p.Timeout = 1
		o := kinds.Run(bg, p, probe.Local())
		at = at.Add(time.Second)
		o.At = clock.Micros(at)
		must(t, r.Take(bg, r.agent, &wire.Observations{List: []wire.Observation{o}}))
		return o
	}
	if r.Away(sw) {
		t.Error("nobody has asked it yet")
	}
	if o := ask(); !r.Away(sw) {
		t.Errorf("it is there after %q", o.Text)
	}
	// It answers to pings: only SNMP is silent.
	ping := r.save(network.Watched{Client: r.harbour, Device: sw, Kind: "ping", Target: "192.168.1.2", Prober: r.agent.ID})
	must(t, r.Take(bg, r.agent, seen(ping, time.Now(), wire.StateOK, "5 of 5 answers.")))
	if r.Away(sw) || r.Away(ping) {
		t.Error("it is away although it answers to pings")
	}
	later := time.Now().Add(time.Second)
	must(t, r.Take(bg, r.agent, seen(ping, later, wire.StateCritical, "3 of 5 answers from 192.168.1.2, 2 s on average (1 s to 3 s).")))
	if r.Away(ping) {
		t.Error("it is away although it answers, slowly")
	}
	for i, key := range []string{"No answer from %s to %d echo requests.", "No answer from %s: %s."} {
		if locale.New(locale.DeDE, time.UTC).T(key, "a", 1) == locale.New(locale.EnUS, time.UTC).T(key, "a", 1) {
			t.Errorf("no ping says %q any more", key)
		}
		must(t, r.Take(bg, r.agent, seen(ping, later.Add(time.Duration(i+1)*time.Second), wire.StateCritical, locale.New(locale.EnUS, time.UTC).T(key, "192.168.1.2", 5))))
		if !r.Away(ping) || !r.Away(sw) {
			t.Errorf("it is there after %q", key)
		}
	}
	// A closed port is on a machine that is there.
	_ = udp.Close()
	if o := ask(); r.Away(sw) {
		t.Errorf("it is away after %q", o.Text)
	}
	if r.Away(r.agent.ID) || r.Away(ids.ID(12345)) {
		t.Error("what is neither asked nor a service is away")
	}
}

// What is kept sealed of a service goes to the server for which it was entered and to no other.
func TestASecretStaysWithItsServer(t *testing.T) {
	r := newRig(t)
	secret := map[string]string{"password": "tide"}
	id := r.save(network.Watched{Client: r.harbour, Kind: "http", Target: "https://harbour.example/", Params: map[string]string{"user": "ada"}, Secret: secret})
	change := func(target string, secret map[string]string) error {
		t.Helper()
		w, err := r.Get(bg, all, id)
		must(t, err)
		next := *w
		next.Target, next.Secret = target, secret
		_, err = r.Save(bg, all, next)
		return err
	}
	kept := func(want string) {
		t.Helper()
		w, err := r.Get(bg, all, id)
		must(t, err)
		if w.Secret["password"] != want {
			t.Errorf("%s has %q", w.Target, w.Secret["password"])
		}
	}
	must(t, change("https://HARBOUR.example/tides", nil))
	kept("tide")
	for _, target := range []string{"https://kestrel.example/tides", "http://harbour.example/tides", "https://harbour.example:8443/tides"} {
		if err := change(target, nil); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", target, err)
		}
	}
	must(t, change("https://kestrel.example/tides", map[string]string{"password": "other"}))
	kept("other")
	must(t, change("https://harbour.example/tides", map[string]string{}))
	kept("")
}
