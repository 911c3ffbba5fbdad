// SPDX-License-Identifier: Apache-2.0

package syslog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"mainstay/kit/syslog"
)

var (
	came   = time.Date(2026, 1, 1, 0, 30, 0, 0, time.UTC)
	berlin = time.FixedZone("CET", 3600)
)

func TestParse(t *testing.T) {
	for name, x := range map[string]struct {
		in   string
		want syslog.Message
	}{
		"RFC 5424, example 1": {
			"<34>1 2025-12-31T23:14:15.003Z mymachine.example.com su - ID47 - \uFEFF'su root' failed for lonvick on /dev/pts/8",
			syslog.Message{At: time.Date(2025, 12, 31, 23, 14, 15, 3e6, time.UTC), Facility: 4, Severity: 2, Host: "mymachine.example.com", App: "su", ID: "ID47", Text: "'su root' failed for lonvick on /dev/pts/8"},
		},
		"RFC 5424, example 3": {
			`<165>1 2026-01-01T00:14:15.003Z mymachine.example.com evntslog - ID47 [exampleSDID@32473 iut="3" eventSource="Appli\"]cation"][x y="z"] An application event log entry...`,
			syslog.Message{At: time.Date(2026, 1, 1, 0, 14, 15, 3e6, time.UTC), Facility: 20, Severity: 5, Host: "mymachine.example.com", App: "evntslog", ID: "ID47", Data: `[exampleSDID@32473 iut="3" eventSource="Appli\"]cation"][x y="z"]`, Text: "An application event log entry..."},
		},
		"RFC 3164, example 1, last year's": {
			"<34>Dec 31 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8",
			syslog.Message{At: time.Date(2025, 12, 31, 21, 14, 15, 0, time.UTC), Facility: 4, Severity: 2, Host: "mymachine", App: "su", Text: "'su root' failed for lonvick on /dev/pts/8"},
		},
		"with a process": {
			"<38>Jan  1 01:29:00 fw1 sshd[2211]: Accepted publickey for root",
			syslog.Message{At: time.Date(2026, 1, 1, 0, 29, 0, 0, time.UTC), Facility: 4, Severity: 6, Host: "fw1", App: "sshd", Process: "2211", Text: "Accepted publickey for root"},
		},
		"Cisco": {
			"<189>1423: *Jan  1 01:20:00.123: %SYS-5-CONFIG_I: Configured from console by vty0",
			syslog.Message{At: time.Date(2026, 1, 1, 0, 20, 0, 123e6, time.UTC), Facility: 23, Severity: 5, App: "%SYS-5-CONFIG_I", Text: "Configured from console by vty0"},
		},
		"Fortinet": {
			`<190>date=2026-01-01 time=01:20:00 devname="FG60" logid="0001" msg="Admin: login failed"`,
			syslog.Message{At: came, Facility: 23, Severity: 6, Text: `date=2026-01-01 time=01:20:00 devname="FG60" logid="0001" msg="Admin: login failed"`},
		},
		"no priority": {
			"something is wrong",
			syslog.Message{At: came, Facility: 1, Severity: 5, Text: "something is wrong"},
		},
		"a clock that is years off": {
			"<13>1 2001-01-01T00:00:00Z nas app - - - text",
			syslog.Message{At: came, Facility: 1, Severity: 5, Host: "nas", App: "app", Text: "text"},
		},
		"RFC 3339 in the old form": {
			"<30>2026-01-01T01:10:00+01:00 switch01 lldpd: neighbour gone",
			syslog.Message{At: time.Date(2026, 1, 1, 0, 10, 0, 0, time.UTC), Facility: 3, Severity: 6, Host: "switch01", App: "lldpd", Text: "neighbour gone"},
		},
		"the clock of New York": {
			"<134>Dec 31 19:29:58 fw1 auth: x",
			syslog.Message{At: time.Date(2026, 1, 1, 0, 29, 58, 0, time.UTC), Facility: 16, Severity: 6, Host: "fw1", App: "auth", Text: "x"},
		},
		"the clock of Kathmandu": {
			"<134>2026-01-01 06:15:01 auth: x",
			syslog.Message{At: time.Date(2026, 1, 1, 0, 30, 1, 0, time.UTC), Facility: 16, Severity: 6, App: "auth", Text: "x"},
		},
		"a clock that goes wrong by eight minutes": {
			"<134>Jan  1 01:22:00 fw1 auth: x",
			syslog.Message{At: time.Date(2026, 1, 1, 0, 22, 0, 0, time.UTC), Facility: 16, Severity: 6, Host: "fw1", App: "auth", Text: "x"},
		},
		"another zone that is named": {
			"<134>2026-01-01T02:30:00+01:00 fw1 auth: x",
			syslog.Message{At: time.Date(2026, 1, 1, 1, 30, 0, 0, time.UTC), Facility: 16, Severity: 6, Host: "fw1", App: "auth", Text: "x"},
		},
		"control characters": {"<13>a\x1b[31m\nb\x00", syslog.Message{At: came, Facility: 1, Severity: 5, Text: "a [31m b"}},
	} {
		got := syslog.Parse([]byte(x.in), came, berlin)
		got.At, x.want.At = got.At.UTC(), x.want.At.UTC()
		if got != x.want {
			t.Errorf("%s:\n%+v, want\n%+v", name, got, x.want)
		}
	}
}

func TestReader(t *testing.T) {
	long := strings.Repeat("x", 20000)
	in := "10 <13>a\nb\ncd<14>one\n<15>two\r\n20006 <13>ab" + long + "<16>" + long + "\n12 no frame\nlast"
	r := syslog.NewReader(strings.NewReader(in))
	var got []string
	for {
		b, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(b))
	}
	want := []string{"<13>a\nb\ncd", "<14>one", "<15>two", "<13>ab" + long[:syslog.MaxMessage-6], "<16>" + long[:syslog.MaxMessage-4], "12 no frame", "last"}
	if len(got) != len(want) {
		t.Fatalf("%d messages, want %d", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Errorf("message %d: %.40q (%d bytes), want %.40q (%d)", i, got[i], len(got[i]), want[i], len(want[i]))
		}
	}
}

// listen starts a listener; the clock stands, so that what a source may send does not come back.
func listen(t *testing.T) (*syslog.Listener, chan syslog.Line) {
	t.Helper()
	lines := make(chan syslog.Line, 10_000)
	l := &syslog.Listener{Take: func(x syslog.Line) { lines <- x }, Now: func() time.Time { return came }}
	if err := l.Listen(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { l.Run(ctx); close(done) }()
	t.Cleanup(func() { stop(); <-done })
	return l, lines
}

func next(t *testing.T, lines chan syslog.Line) syslog.Line {
	t.Helper()
	select {
	case x := <-lines:
		return x
	case <-time.After(20 * time.Second):
		t.Fatal("no message came")
	}
	return syslog.Line{}
}

// util-linux's logger writes in all its ways.
func TestLogger(t *testing.T) {
	tool, err := exec.LookPath("logger")
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("logger (bsdutils) is not installed")
		}
		t.Skip("logger is not installed")
	}
	l, lines := listen(t)
	_, port, _ := net.SplitHostPort(l.Address())
	for _, args := range []string{"--udp --rfc3164", "--udp --rfc5424", "--tcp --rfc5424 --octet-count", "--tcp --rfc3164"} {
		list := append(strings.Fields(args), "--server", "127.0.0.1", "--port", port, "-t", "backup", "-p", "local3.err", "the disk is full")
		if out, err := exec.CommandContext(t.Context(), tool, list...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", args, err, out)
		}
		x := next(t, lines)
		m := syslog.Parse(x.Data, time.Now(), time.Local)
		if m.App != "backup" || m.Text != "the disk is full" || m.Facility != 19 || m.Severity != syslog.Error || m.Host == "" || !x.From.IsLoopback() || time.Since(m.At).Abs() > time.Hour {
			t.Errorf("%s: %q is %+v", args, x.Data, m)
		}
	}
}

// A source that writes without end is cut off and counted.
func TestFlood(t *testing.T) {
	l, lines := listen(t)
	c, err := net.Dial("tcp", l.Address())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for i := range 2000 {
		fmt.Fprintf(&b, "<13>message %d\n", i)
	}
	if _, err := c.Write(b.Bytes()); err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	for range 500 {
		next(t, lines)
	}
	var dropped int64
	for until := time.Now().Add(20 * time.Second); dropped < 1500 && time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		dropped += l.Dropped()
	}
	if dropped != 1500 || len(lines) != 0 {
		t.Errorf("%d dropped, %d more taken; want 1500 and none", dropped, len(lines))
	}
}

// Who tells of all its traffic is still heard when something is wrong, and does not get more by that than as much again.
func TestGraveInAFlood(t *testing.T) {
	l, lines := listen(t)
	c, err := net.Dial("tcp", l.Address())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	for i := range 600 {
		fmt.Fprintf(&b, "<134>traffic %d\n", i)
	}
	for i := range 600 {
		fmt.Fprintf(&b, "<130>the disk is full %d\n", i)
	}
	if _, err := c.Write(b.Bytes()); err != nil {
		t.Fatal(err)
	}
	_ = c.Close()
	grave := 0
	for range 1000 {
		if x := next(t, lines); syslog.Grave(x.Data) {
			grave++
		}
	}
	var dropped int64
	for until := time.Now().Add(20 * time.Second); dropped < 200 && time.Now().Before(until); time.Sleep(5 * time.Millisecond) {
		dropped += l.Dropped()
	}
	if grave != 500 || dropped != 200 || len(lines) != 0 {
		t.Errorf("%d grave ones, %d dropped, %d more; want 500, 200, none", grave, dropped, len(lines))
	}
	for text, want := range map[string]bool{"<0>x": true, "<131>x": true, "<132>x": false, "<191>": false, "<192>x": false, "<": false, "": false, "x": false} {
		if syslog.Grave([]byte(text)) != want {
			t.Errorf("%q: want %v", text, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"<34>1 2003-10-11T22:14:15.003Z h a - ID47 [a b=\"c\"] text", "<34>Oct 11 22:14:15 mymachine su[1]: x", "<189>12: *Mar  1 00:00:00.123: %A: b", "10 <13>a\nb\ncd<", "<191>", "1 - - - - - -"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		m := syslog.Parse(b, came, berlin)
		if m.Facility > 23 || m.Severity > syslog.Debug || !utf8.ValidString(m.Text+m.Host+m.App+m.Process+m.ID+m.Data) || len(m.Text) > 3*syslog.MaxMessage || m.At.Sub(came).Abs() > 24*time.Hour {
			t.Errorf("%+v", m)
		}
		r := syslog.NewReader(bytes.NewReader(b))
		for {
			x, err := r.Next()
			if err != nil {
				break
			}
			if len(x) > syslog.MaxMessage {
				t.Errorf("%d bytes", len(x))
			}
		}
	})
}
