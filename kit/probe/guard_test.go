// SPDX-License-Identifier: Apache-2.0

package probe_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"

	"mainstay/kit/probe"
	"mainstay/kit/wire"
)

func TestNobodyReaches(t *testing.T) {
	g := probe.Local()
	for _, a := range []string{
		"169.254.169.254", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a9fe:a9fe", "2002:a9fe:a9fe::1", "::169.254.169.254", "0.0.0.0", "::", "::ffff:0.0.0.0", "0.1.2.3",
		"224.0.0.1", "255.255.255.255", "240.0.0.1", "ff02::1", "100.100.100.200", "168.63.129.16", "fd00:ec2::254",
	} {
		if err := g.Check(netip.MustParseAddr(a)); !errors.Is(err, probe.ErrRefused) {
			t.Errorf("%s: %v", a, err)
		}
	}
	for _, a := range []string{"192.168.1.1", "10.0.0.1", "127.0.0.1", "::1", "fe80::1%eth0", "fd12:3456::1", "1.1.1.1", "2606:4700::1111", "64:ff9b::a00:1"} {
		if err := g.Check(netip.MustParseAddr(a)); err != nil {
			t.Errorf("%s: %v", a, err)
		}
	}
	if (probe.Guard{}).Check(netip.MustParseAddr("1.1.1.1")) == nil {
		t.Error("a guard of nobody's lets through")
	}
}

// outsideOnly lets through 127.0.0.1, which stands for the internet here, and nothing else of this machine.
func outsideOnly() probe.Guard {
	return probe.NewGuard(func(a netip.Addr) error {
		if a != netip.MustParseAddr("127.0.0.1") {
			return probe.Refused("%s is inside.", a)
		}
		return nil
	}, true)
}

func listenAt(t *testing.T, address string, h http.Handler) *httptest.Server {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", address)
	if err != nil {
		t.Skipf("this machine has no %s: %v", address, err)
	}
	s := httptest.NewUnstartedServer(h)
	_ = s.Listener.Close()
	s.Listener = l
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// TestRedirectInside: a server of the internet cannot lead us to an address inside.
func TestRedirectInside(t *testing.T) {
	var heard atomic.Int64
	inside := listenAt(t, "127.0.0.2:0", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard.Add(1) }))
	outside := listenAt(t, "127.0.0.1:0", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, inside.URL, http.StatusFound)
	}))
	o := probe.Usual().Run(t.Context(), wire.Probe{ID: "x", Kind: "http", Target: outside.URL}, outsideOnly())
	expect(t, o, wire.StateCritical, "127.0.0.2 is inside")
	for _, kind := range []string{"tcp", "tls", "smtp", "imap", "ping", "scrape", "http"} {
		target := inside.Listener.Addr().String()
		if kind == "http" || kind == "scrape" {
			target = inside.URL
		}
		expect(t, probe.Usual().Run(t.Context(), wire.Probe{ID: "x", Kind: kind, Target: target}, outsideOnly()), wire.StateCritical, "127.0.0.2 is inside")
	}
	for _, kind := range []string{"ntp", "dns"} {
		p := wire.Probe{ID: "x", Kind: kind, Target: "127.0.0.2", Params: map[string]string{"server": "127.0.0.2"}}
		expect(t, probe.Usual().Run(t.Context(), p, outsideOnly()), wire.StateCritical, "127.0.0.2 is inside")
	}
	if heard.Load() != 0 {
		t.Error("the server inside was reached")
	}
}

// TestRebinding: a name that means the internet when it is looked at and an address inside when it is dialled.
func TestRebinding(t *testing.T) {
	var heard, asked atomic.Int64
	inside := listenAt(t, "127.0.0.2:0", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { heard.Add(1) }))
	_, port, _ := net.SplitHostPort(inside.Listener.Addr().String())
	resolver := fakeDNS(t, func() [4]byte {
		if asked.Add(1)%2 == 1 {
			return [4]byte{127, 0, 0, 1}
		}
		return [4]byte{127, 0, 0, 2}
	})
	for range 6 {
		for kind, target := range map[string]string{"http": "http://rebind.test:" + port, "tcp": "rebind.test:" + port, "tls": "rebind.test:" + port} {
			if o := probe.Usual().Run(t.Context(), wire.Probe{ID: "x", Kind: kind, Target: target, Timeout: 3}, outsideOnly().With(resolver)); o.State != wire.StateCritical {
				t.Errorf("%s: %s", kind, o.Text)
			}
		}
	}
	if heard.Load() != 0 || asked.Load() < 6 {
		t.Errorf("the server inside was reached %d times, the name was asked for %d times", heard.Load(), asked.Load())
	}
}

// TestOnlyAsks: an agent sends no text of the server's choice into its network.
func TestOnlyAsks(t *testing.T) {
	var got atomic.Value
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got.Store(r.Method + string(b))
	}))
	defer srv.Close()
	at := strings.TrimPrefix(srv.URL, "http://")
	for _, p := range []wire.Probe{
		{Kind: "http", Target: srv.URL, Params: map[string]string{"method": "POST"}},
		{Kind: "http", Target: srv.URL, Params: map[string]string{"body": "x"}},
		{Kind: "http", Target: srv.URL, Params: map[string]string{"method": "DELETE"}},
		{Kind: "http", Target: srv.URL, Params: map[string]string{"headers": "A: b\r\n\r\nPOST / HTTP/1.1"}},
		{Kind: "tcp", Target: at, Params: map[string]string{"send": "POST / HTTP/1.1"}},
	} {
		expect(t, probe.Usual().Run(t.Context(), p, probe.Local()), wire.StateUnknown)
	}
	if got.Load() != nil {
		t.Errorf("%v was sent", got.Load())
	}
	p := wire.Probe{Kind: "http", Target: srv.URL, Params: map[string]string{"method": "POST", "body": "x"}}
	expect(t, probe.Usual().Run(t.Context(), p, outsideOnly()), wire.StateOK)
	if got.Load() != "POSTx" {
		t.Errorf("%v was sent", got.Load())
	}
}
