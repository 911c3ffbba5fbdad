// SPDX-License-Identifier: Apache-2.0

package link

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"mainstay/kit/wire"
)

// answerTime is how long an agent waits for an answer before it sends again.
const answerTime = 30 * time.Second

// session is one connection to the broker.
type session struct {
	conn   *nats.Conn
	device string
	closed chan struct{}
	server string
}

// secure tells whether the way to an address must be encrypted: always, except to a broker on this machine that says it is not.
//
//	tls://  TLS from the first byte, as the product's own broker speaks it
//	nats:// TLS after the broker's greeting, as NATS clusters speak it by default
//	wss://  a WebSocket
func secure(u *url.URL) (bool, error) {
	switch u.Scheme {
	case "tls", "wss":
		return true, nil
	case "nats":
		return !loopback(u.Hostname()), nil
	case "ws":
		if loopback(u.Hostname()) {
			return false, nil
		}
	}
	return false, fmt.Errorf("the server's address %.80q is not encrypted", u.Redacted())
}

// openSession connects to one server. heard is called for each message from the server, one after the other.
func openSession(server string, id *Identity, d *Dialer, tlsConfig *tls.Config, clock *Clock, heard func(word string, data []byte)) (*session, error) {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("the server's address %.80q is none", server)
	}
	encrypted, err := secure(u)
	if err != nil {
		return nil, err
	}
	if strings.HasPrefix(u.Scheme, "ws") && (u.Path == "" || u.Path == "/") {
		u.Path = wire.SocketPath
	}
	if u.Port() == "" && u.Scheme == "wss" {
		u.Host += ":443"
	}
	s := &session{device: id.Reply.Device, closed: make(chan struct{}), server: server}
	options := []nats.Option{
		nats.Name("mainstay-agent"),
		nats.UserJWT(func() (string, error) { return id.Reply.Credential, nil }, id.Sign),
		nats.CustomInboxPrefix(wire.Inbox(s.device)),
		nats.SetCustomDialer(d),
		nats.SkipHostLookup(), // the dialer, or the proxy, finds the host
		nats.NoReconnect(),    // Agent does it, with jitter
		nats.Timeout(dialTimeout),
		nats.PingInterval(2 * time.Minute),
		nats.MaxPingsOutstanding(2),
		nats.ReconnectBufSize(-1),
		nats.WriteBufferSize(4 << 10),
		nats.IgnoreDiscoveredServers(),
		nats.ClosedHandler(func(*nats.Conn) { close(s.closed) }),
		nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}), // a refused subject shows as an answer that is missing
	}
	if encrypted {
		own, all := tlsConfig.RootCAs, tlsConfig.RootCAs
		if u.Scheme == "wss" {
			all = webAuthorities(id.Reply.CA)
		}
		options = append(options, nats.Secure(vouched(tlsConfig, u.Hostname(), own, all, clock)))
	}
	if u.Scheme == "tls" {
		options = append(options, nats.TLSHandshakeFirst())
	}
	if s.conn, err = nats.Connect(u.String(), options...); err != nil {
		return nil, fmt.Errorf("connect to %s: %w", server, err)
	}
	if _, err := s.conn.Subscribe(wire.Down(s.device, "*"), func(m *nats.Msg) {
		heard(m.Subject[strings.LastIndexByte(m.Subject, '.')+1:], m.Data)
	}); err != nil {
		s.conn.Close()
		return nil, fmt.Errorf("listen to %s: %w", server, err)
	}
	return s, nil
}

var errNoAnswer = errors.New("the server does not answer")

// ask sends a message and returns the answer's bytes, and when it was sent and answered by the clock's uptime.
func (s *session) ask(ctx context.Context, kind wire.Kind, data []byte, c *Clock, answer any) (sent, got time.Duration, err error) {
	ctx, stop := context.WithTimeout(ctx, answerTime)
	defer stop()
	sent = c.Uptime()
	m, err := s.conn.RequestWithContext(ctx, wire.Up(s.device, kind), data)
	got = c.Uptime()
	if err != nil {
		return sent, got, fmt.Errorf("%w (%s: %w)", errNoAnswer, kind, err)
	}
	if err := json.Unmarshal(m.Data, answer); err != nil {
		return sent, got, fmt.Errorf("the server's answer to %s cannot be read: %w", kind, err)
	}
	return sent, got, nil
}

func (s *session) close() { s.conn.Close() }
