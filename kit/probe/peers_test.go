// SPDX-License-Identifier: Apache-2.0

package probe_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mainstay/desk/mailroom/mailtest"
	"mainstay/kit/probe"
	"mainstay/kit/series/seriestest"
	"mainstay/kit/wire"
)

// look makes one probe as an agent does.
func look(t *testing.T, kind, target string, params map[string]string) wire.Observation {
	t.Helper()
	return probe.Usual().Run(t.Context(), wire.Probe{ID: "x", Kind: kind, Target: target, Params: params, Timeout: 5}, probe.Local())
}

// expect holds an observation to a state and parts of its text.
func expect(t *testing.T, o wire.Observation, s wire.State, texts ...string) {
	t.Helper()
	all := o.Text + "\n" + o.Detail
	for _, x := range texts {
		if !strings.Contains(all, x) {
			t.Errorf("%q is missing in %d %q", x, o.State, all)
		}
	}
	if o.State != s {
		t.Errorf("state %d, want %d: %s", o.State, s, all)
	}
}

func measure(o wire.Observation, series string) (float64, bool) {
	for _, m := range o.Measures {
		if m.Series == series {
			return m.Value, true
		}
	}
	return 0, false
}

func program(t *testing.T, name string) string {
	t.Helper()
	for _, p := range []string{name, "/usr/sbin/" + name} {
		if found, err := exec.LookPath(p); err == nil {
			return found
		}
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("CI is set but %s is not installed: run make test, which installs it", name)
	}
	t.Skipf("left out: %s is not installed (make test installs it)", name)
	return ""
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// run runs a server until the test ends and waits until ready says so.
func run(t *testing.T, ready func() bool, name string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), name, args...)
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-ended })
	for range 400 {
		if ready() {
			return
		}
		select {
		case <-ended:
			t.Fatalf("%s ended: %s", name, out.String())
		case <-time.After(25 * time.Millisecond):
		}
	}
	t.Fatalf("%s does not answer", name)
}

func TestDNSAgainstBind(t *testing.T) {
	named, dir, port := program(t, "named"), t.TempDir(), freePort(t)
	write(t, filepath.Join(dir, "zone"), `$TTL 300
@ SOA ns1.harbour.test. admin.harbour.test. 2026112601 3600 900 604800 300
@ NS ns1.harbour.test.
@ MX 10 mail.harbour.test.
@ TXT "v=spf1 mx -all"
ns1 A 192.0.2.1
www A 192.0.2.10
www A 192.0.2.11
www AAAA 2001:db8::10
shop CNAME www
`+manyTXT())
	conf := write(t, filepath.Join(dir, "named.conf"), fmt.Sprintf(`options { directory "%s"; listen-on port %s { 127.0.0.1; }; listen-on-v6 { none; }; pid-file none; session-keyfile none; recursion no; dnssec-validation no; };
controls { };
zone "harbour.test" { type primary; file "zone"; };
zone "2.0.192.in-addr.arpa" { type primary; file "reverse"; };
`, dir, port))
	write(t, filepath.Join(dir, "reverse"), "$TTL 300\n@ SOA ns1.harbour.test. admin.harbour.test. 1 3600 900 604800 300\n@ NS ns1.harbour.test.\n10 PTR www.harbour.test.\n")
	server := "127.0.0.1:" + port
	run(t, func() bool {
		return look(t, "dns", "harbour.test", map[string]string{"type": "SOA", "server": server}).State == wire.StateOK
	}, named, "-g", "-c", conf)
	ask := func(name, kind string, more ...string) wire.Observation {
		p := map[string]string{"type": kind, "server": server}
		for i := 0; i+1 < len(more); i += 2 {
			p[more[i]] = more[i+1]
		}
		return look(t, "dns", name, p)
	}
	expect(t, ask("www.harbour.test", "A"), wire.StateOK, "192.0.2.10, 192.0.2.11")
	expect(t, ask("www.harbour.test", "A", "expect", "192.0.2.11"), wire.StateOK)
	expect(t, ask("www.harbour.test", "A", "expect", "192.0.2.99"), wire.StateCritical, "expected 192.0.2.99")
	expect(t, ask("www.harbour.test", "A", "expect", "192.0.2.10", "exact", "yes"), wire.StateCritical, "192.0.2.11, which is not expected")
	expect(t, ask("www.harbour.test", "AAAA"), wire.StateOK, "2001:db8::10")
	expect(t, ask("harbour.test", "MX", "expect", "mail.harbour.test"), wire.StateOK, "10 mail.harbour.test")
	expect(t, ask("harbour.test", "TXT", "expect", "v=spf1 mx -all"), wire.StateOK)
	expect(t, ask("harbour.test", "NS"), wire.StateOK, "ns1.harbour.test")
	expect(t, ask("shop.harbour.test", "CNAME"), wire.StateOK, "www.harbour.test")
	expect(t, ask("192.0.2.10", "PTR", "expect", "WWW.harbour.test."), wire.StateOK)
	soa := ask("harbour.test", "SOA")
	if serial, _ := measure(soa, "probe_dns_serial"); serial != 2026112601 {
		t.Errorf("serial %v of %s", serial, soa.Text)
	}
	many := ask("many.harbour.test", "TXT") // does not fit a datagram
	if n, _ := measure(many, "probe_dns_answers"); n != 40 {
		t.Errorf("%v answers over TCP: %s", n, many.Text)
	}
	expect(t, ask("gone.harbour.test", "A"), wire.StateCritical, "does not exist")
	expect(t, ask("www.harbour.test", "MX"), wire.StateCritical, "has no MX record")
	expect(t, ask("example.org", "A"), wire.StateCritical, "refuses")
}

func manyTXT() string {
	var b strings.Builder
	for i := range 40 {
		fmt.Fprintf(&b, "many TXT \"%s %d\"\n", strings.Repeat("x", 60), i)
	}
	return b.String()
}

func TestNTPAgainstChrony(t *testing.T) {
	chronyd, dir, port := program(t, "chronyd"), t.TempDir(), freePort(t)
	conf := write(t, filepath.Join(dir, "chrony.conf"), fmt.Sprintf("local stratum 5\nallow all\nport %s\ncmdport 0\nbindcmdaddress /\nbindaddress 127.0.0.1\npidfile %s/pid\n", port, dir))
	target := "127.0.0.1:" + port
	run(t, func() bool { return look(t, "ntp", target, nil).State == wire.StateOK }, chronyd, "-x", "-d", "-u", "root", "-f", conf)
	o := look(t, "ntp", target, nil)
	expect(t, o, wire.StateOK, "Stratum 5")
	if off, ok := measure(o, "probe_ntp_offset_seconds"); !ok || off > .1 || off < -.1 {
		t.Errorf("one clock differs from itself by %v s", off)
	}
	expect(t, look(t, "ntp", target, map[string]string{"stratum": "3"}), wire.StateWarning, "Stratum 3 at most")
}

func TestMailAgainstEximAndDovecot(t *testing.T) {
	s := mailtest.Start(t, mailtest.Options{})
	o := look(t, "smtp", fmt.Sprintf("localhost:%d", s.SMTP), nil)
	expect(t, o, wire.StateOK, "mail.firm.example", "STARTTLS", "PIPELINING")
	if left, ok := measure(o, "probe_certificate_left_seconds"); !ok || left < 80_000 || left > 86_400 {
		t.Errorf("its certificate has %v s", left)
	}
	if !strings.Contains(string(o.Found), `"starttls":true`) {
		t.Errorf("found %s", o.Found)
	}
	expect(t, look(t, "smtp", fmt.Sprintf("localhost:%d", s.SMTP), map[string]string{"expect": "Postfix"}), wire.StateCritical, "expected \"Postfix\"")
	expect(t, look(t, "imap", fmt.Sprintf("localhost:%d", s.IMAP), nil), wire.StateOK, "Dovecot", "IMAP4REV1")
	expect(t, look(t, "imap", fmt.Sprintf("localhost:%d", s.IMAPS), map[string]string{"tls": "implicit"}), wire.StateOK, "Dovecot")
	expect(t, look(t, "imap", fmt.Sprintf("localhost:%d", s.SMTP), nil), wire.StateCritical, "does not answer as a mail server")
	for protocol, port := range map[string]int{"smtp": s.SMTP, "imap": s.IMAP} {
		expect(t, look(t, "tls", fmt.Sprintf("localhost:%d", port), map[string]string{"starttls": protocol}), wire.StateCritical, "signed by itself")
	}
	// The same certificate is fine where it is believed.
	pem, err := os.ReadFile(filepath.Join(s.Dir, "cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	o = look(t, "tls", fmt.Sprintf("localhost:%d", s.IMAPS), map[string]string{"ca": string(pem)})
	expect(t, o, wire.StateOK, "Valid until")
	expect(t, look(t, "tls", fmt.Sprintf("localhost:%d", s.IMAPS), map[string]string{"ca": string(pem), "critical": "30"}), wire.StateCritical, "runs out on")
}

func TestScrapeAgainstNodeExporter(t *testing.T) {
	url := seriestest.NodeExporter(t)
	o := look(t, "scrape", url, map[string]string{"allow": "node_memory_*, node_cpu_seconds_total\nnode_network_*", "deny": "node_memory_Hugepage*"})
	expect(t, o, wire.StateOK, "series after")
	if v, ok := measure(o, "node_memory_MemTotal_bytes"); !ok || v < 1e6 {
		t.Errorf("memory %v", v)
	}
	renamed := false
	for _, m := range o.Measures {
		renamed = renamed || strings.HasPrefix(m.Series, `node_network_receive_bytes_total{exported_device="`)
		if strings.HasPrefix(m.Series, "node_memory_Hugepage") || strings.HasPrefix(m.Series, "go_") {
			t.Errorf("%s is not asked for", m.Series)
		}
	}
	if !renamed {
		t.Error("the label device is not given another name")
	}
	few := look(t, "scrape", url, map[string]string{"most": "50"})
	expect(t, few, wire.StateWarning, "50 series are kept")
	expect(t, look(t, "scrape", strings.TrimSuffix(url, "/metrics"), nil), wire.StateCritical, "no metrics")
}
