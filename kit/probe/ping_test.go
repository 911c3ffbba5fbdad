// SPDX-License-Identifier: Apache-2.0

package probe_test

import (
	"net"
	"strings"
	"testing"

	"mainstay/kit/probe"
	"mainstay/kit/wire"
)

func TestPing(t *testing.T) {
	for _, to := range []string{"127.0.0.1", "::1"} {
		o := look(t, "ping", to, map[string]string{"count": "4", "interval": "0.05"})
		if o.State == wire.StateUnknown && strings.Contains(o.Text, "lets the program send no echo") {
			t.Skip(o.Text)
		}
		if to == "::1" && strings.Contains(o.Text, "no way") {
			continue
		}
		expect(t, o, wire.StateOK, "4 of 4 answers from "+to)
		if loss, ok := measure(o, "probe_packet_loss_ratio"); !ok || loss != 0 {
			t.Errorf("%v is lost", loss)
		}
		if rtt, ok := measure(o, `probe_round_trip_seconds{stat="max"}`); !ok || rtt <= 0 || rtt > 1 {
			t.Errorf("%v s", rtt)
		}
	}
	expect(t, look(t, "ping", "no-such-name.invalid", nil), wire.StateCritical, "Nothing can be sent")
}

func TestPorts(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = c.Write([]byte("SSH-2.0-Harbour\r\n"))
			buf := make([]byte, 64)
			_, _ = c.Read(buf) // until the other end is gone
			_ = c.Close()
		}
	}()
	expect(t, look(t, "tcp", at, nil), wire.StateOK, "answered after")
	expect(t, look(t, "tcp", at, map[string]string{"expect": "SSH-2.0"}), wire.StateOK)
	other := probe.Usual().Run(t.Context(), wire.Probe{ID: "x", Kind: "tcp", Target: at, Timeout: 1, Params: map[string]string{"expect": "FTP"}}, probe.Local())
	expect(t, other, wire.StateCritical, `says "SSH-2.0-Harbour"; expected "FTP"`)
	_ = l.Close()
	o := look(t, "tcp", at, map[string]string{"confirm": "yes"})
	expect(t, o, wire.StateCritical, "nothing listens there")
	if o.Took < 1000 {
		t.Errorf("it was not looked at again: %d ms", o.Took)
	}
	for _, bad := range []map[string]string{{"port": "0"}, {"port": "99999"}, {"port": "x"}, {"port": "80", "warn": "-1"}, nil} {
		expect(t, look(t, "tcp", "127.0.0.1", bad), wire.StateUnknown)
	}
	expect(t, look(t, "fishing", "x", nil), wire.StateUnknown, "knows no probe")
}

// FuzzScrape: whatever an exporter says, the series that come of it are ones that the server takes.
func FuzzScrape(f *testing.F) {
	f.Add("a{b=\"c\"} 1\n# HELP x\nx 2 123\ny{device=\"eth0\",__n=\"1\",z=\"\\\"\\n\"} NaN\nz{a=\"1\"")
	f.Fuzz(func(t *testing.T, text string) {
		for _, m := range probe.ReadMetrics(text) {
			if _, _, err := wire.ParseSeries(m.Series); err != nil {
				t.Errorf("%q of %q: %v", m.Series, text, err)
			}
		}
	})
}
