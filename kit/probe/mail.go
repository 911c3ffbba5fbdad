// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"time"

	"mainstay/kit/wire"
)

// The most that is read of a dialogue.
const (
	maxLine  = 2 << 10
	maxLines = 200
)

var errLong = because("it says more than any such server says")

// lines reads lines of a dialogue within bounds.
type lines struct {
	r *bufio.Reader
	n int
}

func readLines(r io.Reader) *lines { return &lines{r: bufio.NewReaderSize(r, maxLine)} }

func (l *lines) next() (string, error) {
	if l.n++; l.n > maxLines {
		return "", errLong
	}
	b, err := l.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", errLong
	}
	return strings.TrimRight(string(b), "\r\n"), err
}

// reply reads an answer of SMTP: its code, and its lines without it.
func (l *lines) reply() (code string, out []string, err error) {
	for {
		s, err := l.next()
		if err != nil {
			return "", out, err
		}
		if len(s) < 3 || strings.Trim(s[:3], "0123456789") != "" {
			return "", out, because("it answers with %q", Clip(Line(s), 80))
		}
		rest := ""
		if len(s) > 4 {
			rest = s[4:]
		}
		out = append(out, Clip(Line(rest), 300))
		if len(s) == 3 || s[3] != '-' {
			return s[:3], out, nil
		}
	}
}

// capability reads what an IMAP server can, out of its answer to a1 CAPABILITY.
func (l *lines) capability() ([]string, error) {
	var out []string
	for {
		s, err := l.next()
		if err != nil {
			return nil, err
		}
		if rest, ok := cutFold(s, "* CAPABILITY "); ok {
			out = strings.Fields(strings.ToUpper(Line(rest)))
		}
		if rest, ok := cutFold(s, "a1 "); ok {
			if _, fine := cutFold(rest, "OK"); !fine {
				return nil, because("it answers with %q", Clip(Line(s), 80))
			}
			return out, nil
		}
	}
}

func cutFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return "", false
	}
	return s[len(prefix):], true
}

// startTLS asks a server to go over to TLS.
func startTLS(conn net.Conn, protocol string) error {
	l := readLines(conn)
	say := func(s string) error { _, err := io.WriteString(conn, s+"\r\n"); return err }
	switch protocol {
	case "smtp":
		if code, text, err := l.reply(); err != nil || code != "220" {
			return refusedBy(err, code, text)
		}
		if err := say("EHLO monitor.invalid"); err != nil {
			return err
		}
		if code, text, err := l.reply(); err != nil || code != "250" {
			return refusedBy(err, code, text)
		}
		if err := say("STARTTLS"); err != nil {
			return err
		}
		if code, text, err := l.reply(); err != nil || code != "220" {
			return refusedBy(err, code, text)
		}
	case "imap":
		if _, err := l.next(); err != nil {
			return err
		}
		if err := say("a1 STARTTLS"); err != nil {
			return err
		}
		if s, err := l.next(); err != nil || !strings.HasPrefix(strings.ToUpper(s), "A1 OK") {
			return refusedBy(err, s, nil)
		}
	case "pop3":
		if _, err := l.next(); err != nil {
			return err
		}
		if err := say("STLS"); err != nil {
			return err
		}
		if s, err := l.next(); err != nil || !strings.HasPrefix(s, "+OK") {
			return refusedBy(err, s, nil)
		}
	case "ldap": // RFC 4511, section 4.14: an extended request with the number 1.3.6.1.4.1.1466.20037
		request := append([]byte{0x30, 0x1d, 0x02, 0x01, 0x01, 0x77, 0x18, 0x80, 0x16}, "1.3.6.1.4.1.1466.20037"...)
		if _, err := conn.Write(request); err != nil {
			return err
		}
		answer := make([]byte, 512)
		n, err := conn.Read(answer)
		if err != nil {
			return err
		}
		// 30 len, 02 01 01 the number, 78 len an extended answer, 0a 01 00 the result: it is fine.
		if i := strings.Index(string(answer[:n]), "\x02\x01\x01\x78"); i < 0 || !strings.Contains(string(answer[i:n]), "\x0a\x01\x00") {
			return because("it offers no STARTTLS")
		}
	}
	if l.r.Buffered() > 0 { // said before the keys were made: it would count as said under them
		return because("it says something between STARTTLS and TLS, as only an attacker does")
	}
	return nil
}

func refusedBy(err error, code string, text []string) error {
	if err != nil {
		return err
	}
	return because("it offers no STARTTLS (%s)", Clip(strings.TrimSpace(Line(code+" "+strings.Join(text, " "))), 120))
}

// MailFound is what a mail server says of itself.
type MailFound struct {
	Banner       string            `json:"banner"`
	Capabilities []string          `json:"capabilities,omitempty"`
	StartTLS     bool              `json:"starttls"`
	Certificate  *CertificateFound `json:"certificate,omitempty"`
}

// smtp looks whether a mail server takes mail: its greeting, what it can, whether it goes over to TLS.
//
// Params: port (25), tls (starttls: it must be offered, the usual; any; implicit, as on 465), expect (a text in the greeting), warn and
// critical (seconds).
func smtp(ctx context.Context, t *Task) (wire.State, wire.Said) {
	return mail(ctx, t, "smtp", map[bool]string{false: "25", true: "465"})
}

// imap is the same for IMAP; ports 143 and 993.
func imap(ctx context.Context, t *Task) (wire.State, wire.Said) {
	return mail(ctx, t, "imap", map[bool]string{false: "143", true: "993"})
}

func mail(ctx context.Context, t *Task, protocol string, ports map[bool]string) (wire.State, wire.Said) {
	mode := t.Params.Choice("tls", "starttls", "any", "implicit")
	expect := t.Params.Text("expect")
	host, port := t.HostPort(ports[mode == "implicit"])
	if t.Params.Err != nil {
		return wire.StateUnknown, wire.Said{}
	}
	begin := time.Now()
	conn, err := t.Guard.Dial(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return wire.StateCritical, wire.Say("No connection to port %s: %s.", port, Reason(err))
	}
	defer func() { _ = conn.Close() }()
	if d, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(d)
	}
	var f MailFound
	if mode == "implicit" {
		secure := tls.Client(conn, &tls.Config{ServerName: host, InsecureSkipVerify: true, MinVersion: tls.VersionTLS10}) //nolint:gosec // its certificate is what kind tls looks at; nothing secret is sent
		if err := secure.HandshakeContext(ctx); err != nil {
			return wire.StateCritical, wire.Say("No TLS on port %s: %s.", port, Reason(err))
		}
		s := secure.ConnectionState()
		f.Certificate = describe(&s)
		t.left(&s)
		conn = secure
	}
	if err := f.greet(conn, protocol); err != nil {
		t.Find(f)
		return wire.StateCritical, wire.Say("Port %s does not answer as a mail server: %s.", port, Reason(err))
	}
	took := time.Since(begin)
	t.Measure("probe_duration_seconds", took.Seconds())
	if f.StartTLS && mode != "implicit" {
		if s, err := handshake(ctx, t.Guard, net.JoinHostPort(host, port), protocol, host, 0); err == nil {
			f.Certificate = describe(s)
			t.left(s)
		} else if mode == "starttls" {
			t.Find(f)
			return wire.StateCritical, wire.Say("It offers STARTTLS, but TLS fails: %s.", Reason(err))
		}
	}
	t.Find(f)
	t.Detail("%s", f.Banner)
	if len(f.Capabilities) > 0 {
		t.Detail("%s", strings.Join(f.Capabilities, ", "))
	}
	switch {
	case expect != "" && !strings.Contains(f.Banner, expect):
		return wire.StateCritical, wire.Say("It greets with %q; expected %q.", Clip(f.Banner, 120), expect)
	case mode == "starttls" && !f.StartTLS:
		return wire.StateCritical, wire.Say("It offers no STARTTLS: mail goes over the line readable for everybody.")
	}
	return t.slow(took, wire.Say("It greets with %q after %s.", Clip(f.Banner, 120), took))
}

// greet reads the greeting and what the server can.
func (f *MailFound) greet(conn net.Conn, protocol string) error {
	l := readLines(conn)
	if protocol == "smtp" {
		code, text, err := l.reply()
		if err != nil {
			return err
		}
		f.Banner = text[0]
		if code != "220" {
			return because("it answers with %s %s", code, Clip(f.Banner, 80))
		}
		if _, err := io.WriteString(conn, "EHLO monitor.invalid\r\n"); err != nil {
			return err
		}
		code, text, err = l.reply()
		if err != nil {
			return err
		}
		if code != "250" {
			return because("it answers EHLO with %s %s", code, Clip(text[0], 80))
		}
		f.Capabilities = text[1:]
		_, _ = io.WriteString(conn, "QUIT\r\n")
	} else {
		s, err := l.next()
		if err != nil {
			return err
		}
		banner, ok := cutFold(s, "* ")
		if f.Banner = Clip(Line(banner), 300); !ok || !strings.HasPrefix(strings.ToUpper(banner), "OK") && !strings.HasPrefix(strings.ToUpper(banner), "PREAUTH") {
			return because("it answers with %q", Clip(Line(s), 80))
		}
		if _, err := io.WriteString(conn, "a1 CAPABILITY\r\n"); err != nil {
			return err
		}
		if f.Capabilities, err = l.capability(); err != nil {
			return err
		}
		_, _ = io.WriteString(conn, "a2 LOGOUT\r\n")
	}
	f.Capabilities = f.Capabilities[:min(len(f.Capabilities), 60)]
	f.StartTLS = slices.ContainsFunc(f.Capabilities, func(s string) bool { return strings.EqualFold(s, "STARTTLS") })
	return nil
}
