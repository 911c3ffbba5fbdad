// SPDX-License-Identifier: Apache-2.0

package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"mainstay/kit/fault"
)

const (
	timeout    = 15 * time.Second
	maxAnswer  = 16 << 10 // bytes that are read of an answer
	maxExcerpt = 1000     // of them that are kept
)

// What goes wrong before there is an answer, and other reasons why a delivery failed, as codes.
const (
	errOff      = "off"      // the endpoint was switched off
	errRefused  = "address"  // an address of the firm's network, or one that nothing is sent to
	errName     = "name"     // the name is not known
	errConnect  = "connect"  // nobody answers
	errTLS      = "tls"      // no valid certificate, or no TLS at all
	errTime     = "time"     // no answer within the time
	errAnswer   = "answer"   // no HTTP
	errStatus   = "status"   // an answer that says no
	errRedirect = "redirect" // an answer that leads elsewhere
	errSecret   = "secret"   // the secret cannot be opened with this installation's key
)

// sender makes the requests. Which addresses it may call is decided when it dials: a name cannot mean something
// else by then.
type sender struct {
	guard   *ssrf.Guardian
	private bool
	https   *http.Client
	http    *http.Client // to private addresses only
}

// errPrivate is an address that http is not for.
var errPrivate = errors.New("webhook: http goes to private addresses only")

// inside are the networks of a firm that --webhooks-private opens.
func inside() []netip.Prefix {
	var out []netip.Prefix
	for _, s := range []string{"127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7"} {
		out = append(out, netip.MustParsePrefix(s))
	}
	return out
}

// never are addresses at which clouds tell a machine its own secrets, outside of the ranges that are refused anyway.
func never() []netip.Addr {
	var out []netip.Addr
	for _, s := range []string{"168.63.129.16", "fd00:ec2::254", "fd20:ce::254", "fd00:42::42"} {
		out = append(out, netip.MustParseAddr(s))
	}
	return out
}

func newSender(private bool) *sender {
	opts := []ssrf.Option{ssrf.WithAnyPort()}
	if private {
		var v4, v6 []netip.Prefix
		for _, p := range inside() {
			if p.Addr().Is4() {
				v4 = append(v4, p)
			} else {
				v6 = append(v6, p)
			}
		}
		opts = append(opts, ssrf.WithAllowedV4Prefixes(v4...), ssrf.WithAllowedV6Prefixes(v6...))
	}
	s := &sender{guard: ssrf.New(opts...), private: private}
	s.https, s.http = s.client("https"), s.client("http")
	return s
}

func (s *sender) client(scheme string) *http.Client {
	d := &net.Dialer{Timeout: 10 * time.Second, Control: func(network, address string, c syscall.RawConn) error {
		if err := s.guard.Safe(network, address, c); err != nil {
			return err
		}
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return err
		}
		return s.address(scheme, to.Addr())
	}}
	return &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{ // without a proxy: it would dial for us, past the guard
			DialContext: d.DialContext, TLSClientConfig: &tls.Config{MinVersion: tls.VersionTLS12}, TLSHandshakeTimeout: 10 * time.Second,
			MaxIdleConns: 32, MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 32 << 10, ForceAttemptHTTP2: true,
		},
	}
}

// address is the guard's own part of the rule.
func (s *sender) address(scheme string, ip netip.Addr) error {
	ip = ip.Unmap().WithZone("")
	if slices.Contains(never(), ip) {
		return ssrf.ErrProhibitedIP
	}
	if scheme == "http" && (!s.private || !slices.ContainsFunc(inside(), func(p netip.Prefix) bool { return p.Contains(ip) })) {
		return errPrivate
	}
	return nil
}

// may says in a person's words whether an address can be called.
func (s *sender) may(scheme string, ip netip.Addr) error {
	if s.guard.SafeAddr(ip) != nil || s.address(scheme, ip) != nil {
		return refusedAddress(s.private)
	}
	return nil
}

func refusedAddress(private bool) error {
	if private {
		return fault.NewInvalid("Nothing is sent to this address: it is a special one, or needs https.").On("url")
	}
	return fault.NewInvalid("Nothing is sent to addresses inside your own network. Whoever runs the server can allow it with --webhooks-private.").On("url")
}

// result is how a try ended.
type result struct {
	status int
	took   time.Duration
	err    string // code; "" = it arrived
	answer string
	after  time.Duration // how long the receiver asks us to wait
}

// post sends one request.
func (s *sender) post(ctx context.Context, url, agent, id, timestamp, signatures string, body []byte) (out result) {
	begin := time.Now()
	defer func() { out.took = time.Since(begin) }()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return result{err: errName}
	}
	for k, v := range map[string]string{"Content-Type": "application/json", "User-Agent": agent, "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures} {
		req.Header.Set(k, v)
	}
	client := s.https
	if req.URL.Scheme != "https" {
		client = s.http
	}
	res, err := client.Do(req)
	if err != nil {
		return result{err: codeOf(err)}
	}
	defer func() { _ = res.Body.Close() }()
	text, _ := io.ReadAll(io.LimitReader(res.Body, maxAnswer)) // what the status says counts, not whether all could be read
	out = result{status: res.StatusCode, answer: excerpt(text), after: retryAfter(res.Header.Get("Retry-After"))}
	switch {
	case res.StatusCode >= 200 && res.StatusCode < 300:
	case res.StatusCode >= 300 && res.StatusCode < 400:
		out.err = errRedirect
	default:
		out.err = errStatus
	}
	return out
}

func retryAfter(s string) time.Duration {
	n, err := strconv.Atoi(strings.TrimSpace(s))
	if err != nil || n < 0 {
		return 0
	}
	return min(time.Duration(n)*time.Second, 24*time.Hour)
}

// excerpt is the beginning of an answer as a database can keep it.
func excerpt(b []byte) string {
	s := strings.ToValidUTF8(string(b[:min(len(b), maxExcerpt)]), "�")
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

func codeOf(err error) string {
	if errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedNetwork) || errors.Is(err, ssrf.ErrProhibitedPort) || errors.Is(err, errPrivate) {
		return errRefused
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return errName
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return errTLS
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return errTLS
	}
	if t, ok := errors.AsType[net.Error](err); ok && t.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return errTime
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && (op.Op == "dial" || op.Op == "read" || op.Op == "write") {
		return errConnect
	}
	if strings.Contains(err.Error(), "tls:") || strings.Contains(err.Error(), "HTTP response to HTTPS client") {
		return errTLS
	}
	return errAnswer
}
