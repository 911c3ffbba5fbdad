// SPDX-License-Identifier: Apache-2.0

package link

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"

	"mainstay/kit/fault"
)

// dialTimeout bounds each way to a server: half a minute, so that a line that loses a third of its packets still gets through.
const dialTimeout = 30 * time.Second

// Dialer makes connections, through an HTTP proxy where there is one. Its zero value goes directly.
type Dialer struct {
	proxy func(host string) (*url.URL, error)
}

// NewDialer returns a dialer that goes through the proxy http://user:password@host:port, or, when none is named, through what
// HTTPS_PROXY and NO_PROXY of the environment say.
func NewDialer(proxy string) (*Dialer, error) {
	if proxy == "" {
		return &Dialer{proxy: fromEnvironment()}, nil
	}
	u, err := parseProxy(proxy)
	if err != nil {
		return nil, err
	}
	return &Dialer{proxy: func(host string) (*url.URL, error) {
		if loopback(host) {
			return nil, nil
		}
		return u, nil
	}}, nil
}

// Dial makes a connection whose first half minute is bounded as a whole: whoever speaks over it sets a deadline of his own then.
func (d *Dialer) Dial(_, addr string) (net.Conn, error) {
	ctx, stop := context.WithTimeout(context.Background(), dialTimeout)
	defer stop()
	c, err := d.DialContext(ctx, addr)
	if err != nil {
		return nil, err
	}
	if err := c.SetDeadline(time.Now().Add(dialTimeout)); err != nil {
		_ = c.Close()
		return nil, fmt.Errorf("connect to %s: %w", addr, err)
	}
	return c, nil
}

// DialContext makes a connection to a host and port.
func (d *Dialer) DialContext(ctx context.Context, addr string) (net.Conn, error) {
	direct := net.Dialer{Timeout: dialTimeout, KeepAlive: time.Minute}
	var via *url.URL
	if d.proxy != nil {
		host, _, err := net.SplitHostPort(addr)
		if err == nil {
			via, err = d.proxy(host)
		}
		if err != nil {
			return nil, fmt.Errorf("find the proxy: %w", err)
		}
	}
	if via == nil {
		c, err := direct.DialContext(ctx, "tcp", addr)
		if err != nil {
			return nil, fmt.Errorf("connect: %w", err)
		}
		return c, nil
	}
	port := via.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[via.Scheme]
	}
	c, err := direct.DialContext(ctx, "tcp", net.JoinHostPort(via.Hostname(), port))
	if err != nil {
		return nil, fmt.Errorf("connect to the proxy: %w", err)
	}
	if via.Scheme == "https" {
		c = tls.Client(c, &tls.Config{ServerName: via.Hostname(), MinVersion: tls.VersionTLS12})
	}
	through, err := connect(ctx, c, addr, via.User)
	if err != nil {
		_ = c.Close()
		return nil, err
	}
	return through, nil
}

// connect asks a proxy for a way to addr.
func connect(ctx context.Context, c net.Conn, addr string, user *url.Userinfo) (net.Conn, error) {
	until := time.Now().Add(dialTimeout)
	if t, ok := ctx.Deadline(); ok && t.Before(until) {
		until = t
	}
	if err := c.SetDeadline(until); err != nil {
		return nil, fmt.Errorf("ask the proxy: %w", err)
	}
	r := &http.Request{Method: http.MethodConnect, URL: &url.URL{Opaque: addr}, Host: addr, Header: http.Header{}}
	if user != nil {
		password, _ := user.Password()
		r.Header.Set("Proxy-Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(user.Username()+":"+password)))
	}
	if err := r.Write(c); err != nil {
		return nil, fmt.Errorf("ask the proxy: %w", err)
	}
	// The server behind it may speak first: what was read too far belongs to the connection.
	in := bufio.NewReaderSize(io.LimitReader(c, maxReply), 4096)
	res, err := http.ReadResponse(in, r)
	if err != nil {
		return nil, fmt.Errorf("ask the proxy: %w", err)
	}
	_ = res.Body.Close()
	if res.StatusCode == http.StatusProxyAuthRequired {
		return nil, fault.NewDenied("The proxy wants a user name and a password, or other ones.")
	}
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the proxy refused %s with status %d", addr, res.StatusCode)
	}
	if err := c.SetDeadline(time.Time{}); err != nil {
		return nil, fmt.Errorf("ask the proxy: %w", err)
	}
	early, err := in.Peek(in.Buffered())
	if err != nil {
		return nil, fmt.Errorf("ask the proxy: %w", err)
	}
	return &tunnel{Conn: c, early: append([]byte(nil), early...)}, nil
}

// tunnel is a connection through a proxy; early is what came with the proxy's answer.
type tunnel struct {
	net.Conn
	early []byte
}

func (t *tunnel) Read(b []byte) (int, error) {
	if len(t.early) > 0 {
		n := copy(b, t.early)
		t.early = t.early[n:]
		return n, nil
	}
	return t.Conn.Read(b)
}
