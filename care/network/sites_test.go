// SPDX-License-Identifier: Apache-2.0

package network_test

import (
	"strings"
	"testing"
	"time"

	"mainstay/care/devices"
	"mainstay/care/network"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/probe/discover"
	"mainstay/kit/probe/snmp"
	"mainstay/kit/wire"
	"mainstay/practice/clients"
)

// to moves the agent to a site.
func (r *rig) to(site ids.ID) {
	r.t.Helper()
	d, ok := r.devices.Look(r.agent.ID)
	if !ok {
		r.t.Fatal("the agent is gone")
	}
	must(r.t, r.devices.Update(bg, all, d.ID, d.Version, devices.Details{Name: d.Name, Kind: d.Kind, Site: site, Warranty: d.Warranty, Bought: d.Bought}))
	r.agent, _ = r.devices.Look(r.agent.ID)
}

// A prober that came to another site looks no more at what it looked at: the same address is another machine there.
func TestProberAtAnotherSite(t *testing.T) {
	r := newRig(t)
	other, err := r.people.SaveSite(bg, all, r.harbour, clients.Site{Name: "Dock"})
	must(t, err)
	r.to(r.quay)
	inside := r.save(network.Watched{Client: r.harbour, Site: r.quay, Prober: r.agent.ID, Kind: "http", Target: "http://192.168.1.10/"})
	sw, credential := r.device("Keller", devices.NetworkGear), r.community()
	d, _ := r.devices.Look(sw)
	must(t, r.devices.Update(bg, all, sw, d.Version, devices.Details{Name: d.Name, Kind: d.Kind, Site: r.quay, Warranty: d.Warranty, Bought: d.Bought}))
	asked := network.Polled{Device: sw, Credential: credential, Prober: r.agent.ID, Address: "10.0.0.2"}
	must(t, r.SavePolled(bg, all, asked))
	_, err = r.SaveScan(bg, all, network.Scan{Client: r.harbour, Site: r.quay, Prober: r.agent.ID})
	must(t, err)
	if n := len(r.probesOf(r.agent)); n != 4 { // the service, values and description of the switch, the network
		t.Fatalf("%d kinds of probes", n)
	}
	r.to(other)
	if list := r.probesOf(r.agent); len(list) != 0 {
		t.Errorf("at the other site it looks at %+v", list)
	}
	before := r.Counts().Foreign
	_ = r.Take(bg, r.agent, seen(inside, time.Now(), wire.StateOK, "Fine."))
	if r.Counts().Foreign != before+1 || r.StateOf(inside).Known() {
		t.Error("what it says from there is believed")
	}
	if err := r.SavePolled(bg, all, asked); !fault.Is(err, fault.Invalid) {
		t.Errorf("a prober of another site is taken: %v", err)
	}
}

// Credentials that changed are tried at once, and a look that used another list tells nothing of which it was.
func TestCredentialsOfALook(t *testing.T) {
	r := newRig(t)
	firm, err := r.SaveCredential(bg, all, network.Credential{Name: "Firm", Access: snmp.Credentials{Version: "2c", Community: "firm"}})
	must(t, err)
	_, err = r.SaveScan(bg, all, network.Scan{Client: r.harbour, Prober: r.agent.ID})
	must(t, err)
	old := r.probesOf(r.agent)["d"]
	look := func(p wire.Probe, at time.Time) *network.Host {
		t.Helper()
		f := discover.Found{Hosts: []discover.Host{{Address: "10.0.0.6", MAC: "00:11:22:33:44:55", Name: "sw", By: "snmp", Access: 1, SNMP: &snmp.Description{Name: "sw", Vendor: "HP"}}}}
		must(t, r.Take(bg, r.agent, found(p, at, f)))
		list, err := r.Hosts(bg, all, r.harbour, "", 0)
		must(t, err)
		if len(list) != 1 {
			t.Fatalf("%d hosts", len(list))
		}
		return list[0]
	}
	at := time.Now().Add(-time.Hour)
	if h := look(old, at); h.Credential != firm {
		t.Fatalf("it takes %s", h.Credential)
	}
	own, err := r.SaveCredential(bg, all, network.Credential{Client: r.harbour, Name: "Own", Access: snmp.Credentials{Version: "2c", Community: "own"}})
	must(t, err)
	now := r.probesOf(r.agent)["d"]
	if now.ID == old.ID || !strings.Contains(now.Secret[discover.SecretAccess], "own") {
		t.Errorf("the new credentials are not tried: %s", now.ID)
	}
	if h := look(old, at.Add(time.Minute)); h.Credential != firm {
		t.Errorf("a look with the old list is read by the new one: %s", h.Credential)
	}
	if h := look(now, at.Add(2*time.Minute)); h.Credential != own {
		t.Errorf("a look with the new list: %s", h.Credential)
	}
	// The firm's cannot become one client's while another's device is asked with them.
	theirs := r.enrol(r.kestrel, "theirs")
	sw, err := r.devices.MakeFound(bg, all, r.kestrel, devices.Details{Name: "K", Kind: devices.NetworkGear}, devices.Learned{})
	must(t, err)
	must(t, r.SavePolled(bg, all, network.Polled{Device: sw, Credential: firm, Prober: theirs.ID, Address: "10.0.0.2"}))
	_, err = r.SaveCredential(bg, all, network.Credential{ID: firm, Client: r.harbour, Name: "Firm", Access: snmp.Credentials{Version: "2c"}})
	if !fault.Is(err, fault.Conflict) {
		t.Errorf("credentials are taken from a device: %v", err)
	}
}

// A network too large to be finished: what comes after the first look is told all the same.
func TestUnknownInALargeNetwork(t *testing.T) {
	r := newRig(t)
	_, err := r.SaveScan(bg, all, network.Scan{Client: r.harbour, Prober: r.agent.ID, Alert: true})
	must(t, err)
	p := r.probesOf(r.agent)["d"]
	f := discover.Found{Hosts: []discover.Host{{Address: "10.0.0.5", MAC: "00:25:7f:00:00:05"}, {Address: "10.0.0.6", MAC: "00:25:7f:00:00:06"}}}
	at := time.Now().Add(-time.Hour)
	for n, want := range []float64{0, 0, 1} {
		if n == 2 {
			f.Hosts = append(f.Hosts, discover.Host{Address: "10.0.0.77", MAC: "00:1b:21:00:00:77"})
		}
		o := found(p, at.Add(time.Duration(n)*time.Minute), f)
		o.List[0].State = wire.StateWarning
		must(t, r.Take(bg, r.agent, o))
		for _, v := range r.engine.Latest(r.agent.ID) {
			if strings.HasPrefix(v.Series, network.UnknownSeries) && v.Value != want {
				t.Errorf("after look %d: %v unknown, want %v", n+1, v.Value, want)
			}
		}
	}
}
