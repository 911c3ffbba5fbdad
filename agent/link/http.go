// SPDX-License-Identifier: Apache-2.0

package link

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"time"
)

// exchange sends one request over a connection of its own and returns the answer, at most maxReply bytes of it. It is HTTP/1.1 by
// hand: the transport of net/http would make the program a sixth larger, for one request in a device's life.
func exchange(ctx context.Context, d *Dialer, u *url.URL, config *tls.Config, r *http.Request) (status int, body []byte, err error) {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	ctx, stop := context.WithTimeout(ctx, 2*dialTimeout)
	defer stop()
	c, err := d.DialContext(ctx, net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return 0, nil, err
	}
	defer c.Close() //nolint:errcheck // read to its end
	until, _ := ctx.Deadline()
	if err := c.SetDeadline(until); err != nil {
		return 0, nil, fmt.Errorf("ask the server: %w", err)
	}
	// An interrupt ends the wait at once.
	defer context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })()
	if u.Scheme == "https" {
		t := tls.Client(c, config)
		if err := t.HandshakeContext(ctx); err != nil {
			return 0, nil, err
		}
		c = t
	}
	r.Close = true
	if err := r.Write(c); err != nil {
		return 0, nil, fmt.Errorf("ask the server: %w", err)
	}
	res, err := http.ReadResponse(bufio.NewReader(io.LimitReader(c, 2*maxReply)), r)
	if err != nil {
		return 0, nil, fmt.Errorf("read the server's answer: %w", err)
	}
	defer res.Body.Close()
	body, err = io.ReadAll(io.LimitReader(res.Body, maxReply))
	if err != nil {
		return 0, nil, fmt.Errorf("read the server's answer: %w", err)
	}
	return res.StatusCode, body, nil
}
