// SPDX-License-Identifier: Apache-2.0

package discover_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"mainstay/kit/probe/discover"
	"mainstay/kit/probe/snmp"
	"mainstay/kit/wire"
	"mainstay/test/snmpd"
)

// network is a network of its own between this machine and a namespace that plays a host.
type network struct {
	space, cidr, host string
}

func newNetwork(t *testing.T, n int) network {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("network namespaces need root")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		t.Skip("ip (iproute2) is not installed")
	}
	pid := os.Getpid() % 10_000
	w := network{space: fmt.Sprintf("msd%d-%d", pid, n), cidr: fmt.Sprintf("10.%d.%d.%d/28", 200+pid%50, pid/50%250, n*16), host: fmt.Sprintf("10.%d.%d.%d", 200+pid%50, pid/50%250, n*16+5)}
	here := fmt.Sprintf("10.%d.%d.%d", 200+pid%50, pid/50%250, n*16+1)
	a, b := fmt.Sprintf("md%d%da", pid, n), fmt.Sprintf("md%d%db", pid, n)
	run := func(args ...string) {
		if out, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Skipf("%s: %v: %s", strings.Join(args, " "), err, out)
		}
	}
	run("ip", "netns", "add", w.space)
	t.Cleanup(func() {
		_ = exec.CommandContext(context.Background(), "ip", "link", "del", a).Run()
		_ = exec.CommandContext(context.Background(), "ip", "netns", "del", w.space).Run()
	})
	run("ip", "link", "add", a, "type", "veth", "peer", "name", b)
	run("ip", "link", "set", b, "netns", w.space)
	run("ip", "addr", "add", here+"/28", "dev", a)
	run("ip", "link", "set", a, "up")
	run("ip", "-n", w.space, "link", "set", b, "address", fmt.Sprintf("02:00:00:00:0%d:05", n))
	run("ip", "-n", w.space, "addr", "add", w.host+"/28", "dev", b)
	run("ip", "-n", w.space, "link", "set", b, "up")
	run("ip", "-n", w.space, "link", "set", "lo", "up")
	return w
}

// One host answers echoes and SNMP, the other nothing at all: both are found, each by its hardware address; nothing else is spoken to.
func TestNamespaces(t *testing.T) {
	loud, quiet := newNetwork(t, 1), newNetwork(t, 2)
	if out, err := exec.CommandContext(t.Context(), "ip", "netns", "exec", quiet.space, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all").CombinedOutput(); err != nil {
		t.Skipf("%v: %s", err, out)
	}
	snmpd.Start(t, loud.host, snmpd.Switch, "ip", "netns", "exec", loud.space)
	access, _ := json.Marshal([]snmp.Credentials{{Version: "2c", Community: "wrong"}, {Version: "2c", Community: snmpd.Community}})
	deadline := time.Now().Add(10 * time.Second)
	for { // until snmpd listens
		d, err := snmp.Identify(t.Context(), snmp.Target{Host: loud.host, Credentials: snmp.Credentials{Version: "2c", Community: snmpd.Community}, Wait: 300 * time.Millisecond})
		if err == nil && d.Name == "sw-keller" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("snmpd in the namespace does not answer: %v", err)
		}
	}
	var mu sync.Mutex
	reached := map[string]bool{}
	control := func(_, address string, _ syscall.RawConn) error {
		host, _, err := net.SplitHostPort(address)
		mu.Lock()
		reached[host] = true
		mu.Unlock()
		return err
	}
	o := discover.Run(t.Context(), wire.Probe{
		ID: "d", Kind: discover.Kind, Target: loud.cidr + " " + quiet.cidr, Secret: map[string]string{discover.SecretAccess: string(access)}, Timeout: 60,
	}, control)
	if o.State != wire.StateOK {
		t.Fatal(o.Text)
	}
	var f discover.Found
	if err := json.Unmarshal(o.Found, &f); err != nil {
		t.Fatal(err)
	}
	list := map[string]discover.Host{}
	for _, h := range f.Hosts {
		list[h.Address] = h
	}
	if len(list) != 4 { // two hosts, and this machine in both networks
		t.Errorf("%d hosts: %s", len(list), o.Found)
	}
	a, b := list[loud.host], list[quiet.host]
	if a.MAC != "02:00:00:00:01:05" || a.Name != "sw-keller" || a.By != "snmp" || a.Access != 2 || a.SNMP == nil || a.SNMP.Vendor != "HP" {
		t.Errorf("the host with SNMP: %+v", a)
	}
	if b.MAC != "02:00:00:00:02:05" || b.SNMP != nil || b.Self {
		t.Errorf("the quiet host: %+v", b)
	}
	if strings.Contains(string(o.Found)+o.Text, snmpd.Community) {
		t.Error("the community is told")
	}
	for host := range reached {
		if list[host].Address == "" {
			t.Errorf("%s was spoken to", host)
		}
	}

	o = discover.Run(t.Context(), wire.Probe{Kind: discover.Kind, Target: "10.199.0.0/24"}, func(string, string, syscall.RawConn) error {
		t.Error("something was spoken to outside of the own networks")
		return errors.New("no")
	})
	if o.State != wire.StateUnknown || !strings.Contains(o.Text, "10.199.0.0/24 is not a network") {
		t.Errorf("%d %q", o.State, o.Text)
	}
}
