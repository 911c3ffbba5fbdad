// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"io"
	"net"
	"strconv"
	"strings"
	"time"

	"mainstay/kit/wire"
)

const maxBanner = 4 << 10

// tcp connects to a port; it may send a line and look for a text in what comes back.
//
// Params: port (unless the target has one), send, expect, warn and critical (seconds).
func tcp(ctx context.Context, t *Task) (wire.State, wire.Said) {
	host, port := t.HostPort("")
	send, expect := t.Params.Text("send"), t.Params.Text("expect")
	if port == "" {
		t.Params.Fail("Say which port.")
	}
	if send != "" && !t.Guard.Speaks() {
		t.Params.Fail("From inside a network nothing is sent: leave out what to send.")
	}
	if t.Params.Err != nil {
		return wire.StateUnknown, wire.Said{}
	}
	begin := time.Now()
	conn, err := t.Guard.Dial(ctx, "tcp", net.JoinHostPort(host, port))
	took := time.Since(begin)
	if err != nil {
		return wire.StateCritical, wire.Say("No connection to port %s: %s.", port, Reason(err))
	}
	defer func() { _ = conn.Close() }()
	t.Measure("probe_duration_seconds", took.Seconds())
	if expect != "" || send != "" {
		if d, ok := ctx.Deadline(); ok {
			_ = conn.SetDeadline(d)
		}
		if send != "" {
			if _, err := io.WriteString(conn, strings.ReplaceAll(send, `\r\n`, "\r\n")+"\r\n"); err != nil {
				return wire.StateCritical, wire.Say("The connection to port %s broke: %s.", port, Reason(err))
			}
		}
		got := readUntil(conn, expect)
		took = time.Since(begin)
		if !strings.Contains(got, expect) {
			if got == "" {
				return wire.StateCritical, wire.Say("Port %s answers the connection but says nothing within %s; expected %q.", port, took, expect)
			}
			return wire.StateCritical, wire.Say("Port %s says %q; expected %q.", port, Clip(Line(got), 120), expect)
		}
	}
	return t.slow(took, wire.Say("Port %s answered after %s.", port, took))
}

// readUntil reads until the text is there, the time is over or enough was said.
func readUntil(r io.Reader, text string) string {
	var got []byte
	buf := make([]byte, 1024)
	for len(got) < maxBanner {
		n, err := r.Read(buf)
		got = append(got, buf[:n]...)
		if err != nil || strings.Contains(string(got), text) {
			break
		}
	}
	return string(got)
}

// HostPort takes the target apart; a port in it wins over the param, and that over what is usual.
func (t *Task) HostPort(usual string) (host, port string) {
	host = strings.TrimSpace(t.Target)
	if h, p, err := net.SplitHostPort(host); err == nil {
		host, port = h, p
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if port == "" {
		port = t.Params.Text("port")
	}
	if port == "" {
		port = usual
	}
	if n, err := strconv.Atoi(port); port != "" && (err != nil || n < 1 || n > 65535) {
		t.Params.Fail("%q is no port: a number between 1 and 65535.", port)
	}
	if host == "" || len(host) > 253 || strings.ContainsAny(host, " /\\@?#\x00\r\n") {
		t.Params.Fail("%q is no host name and no address.", Clip(t.Target, 100))
	}
	return host, port
}

// slow is the state of an answer by how long it took: against the params warn and critical, in seconds.
func (t *Task) slow(took time.Duration, text wire.Said) (wire.State, wire.Said) {
	warn, critical := t.Params.Seconds("warn"), t.Params.Seconds("critical")
	switch {
	case critical > 0 && took >= critical:
		return wire.StateCritical, text.And(wire.Say("Critical from %s on.", critical))
	case warn > 0 && took >= warn:
		return wire.StateWarning, text.And(wire.Say("Too slow from %s on.", warn))
	}
	return wire.StateOK, text
}
