// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"mainstay/kit/wire"
)

// The most that is read of a page, and what it is without a param.
const (
	mostBody  = 8 << 20
	usualBody = 1 << 20
	maxPaths  = 20
	maxHead   = 64 << 10
)

// HTTPFound is what is told of an answer.
type HTTPFound struct {
	Status      int               `json:"status"`
	URL         string            `json:"url"`                // where it came from in the end
	Protocol    string            `json:"protocol,omitempty"` // HTTP/1.1, HTTP/2
	Title       string            `json:"title,omitempty"`
	Server      string            `json:"server,omitempty"`
	Type        string            `json:"type,omitempty"`
	Bytes       int               `json:"bytes"`
	Redirects   []string          `json:"redirects,omitempty"`
	Certificate *CertificateFound `json:"certificate,omitempty"`
}

// web asks a web server and looks at the answer.
//
// Params: method (GET, HEAD, OPTIONS; POST, PUT where text of one's own may be sent), headers (lines "Name: value"), body, status (codes
// and ranges: 200, 200-299, 3xx; without: anything below 400), contains, excludes, pattern (RE2), path and equals (a value in JSON, as
// data.items.0.state), redirects (how many are followed, 5), max_bytes (that are read, 1 MB), verify (yes, no), ca (PEM), user, warn and
// critical (seconds). Secrets: password with user, bearer.
func web(ctx context.Context, t *Task) (wire.State, wire.Said) {
	a := t.fetch(ctx)
	if t.Params.Err != nil {
		return wire.StateUnknown, wire.Said{}
	}
	if a.err != nil {
		return wire.StateCritical, wire.Say("No answer: %s.", Reason(a.err))
	}
	t.Find(a.found)
	if want := t.Params.Text("status"); !statusFits(want, a.found.Status) {
		expected := wire.Say("%s", want)
		if want == "" {
			expected = wire.Say("a code below 400")
		}
		return wire.StateCritical, wire.Say("Answered %d after %s; expected %s.", a.found.Status, a.took, expected)
	}
	if say := t.content(a); !say.None() {
		return wire.StateCritical, wire.Say("Answered %d after %s, but %s.", a.found.Status, a.took, say)
	}
	return t.slow(a.took, wire.Say("Answered %d after %s.", a.found.Status, a.took))
}

// content says what is wrong with what was sent, nothing when nothing is.
func (t *Task) content(a *fetched) wire.Said {
	missing := func(said wire.Said) wire.Said {
		if a.cut {
			return wire.Say("%s (of the answer, the first %d bytes were read)", said, len(a.body))
		}
		return said
	}
	if s := t.Params.Text("contains"); s != "" && !strings.Contains(a.body, s) {
		return missing(wire.Say("%q is not there", Clip(s, 100)))
	}
	if s := t.Params.Text("excludes"); s != "" && strings.Contains(a.body, s) {
		return wire.Say("%q is there", Clip(s, 100))
	}
	if a.pattern != nil && !a.pattern.MatchString(a.body) {
		return missing(wire.Say("nothing fits the pattern %s", Clip(a.pattern.String(), 100)))
	}
	if path := t.Params.Text("path"); path != "" {
		got, err := jsonAt(a.body, path)
		want := t.Params.Text("equals")
		switch {
		case err != nil:
			return Reason(err)
		case want != "" && got != want:
			return wire.Say("%s is %q; expected %q", path, Clip(Line(got), 80), want)
		}
		if v, err := strconv.ParseFloat(got, 64); err == nil {
			t.Measure("probe_value", v, wire.Label{Name: "path", Value: path})
		}
	}
	return wire.Said{}
}

// fetched is an answer.
type fetched struct {
	found   HTTPFound
	body    string
	cut     bool // there is more
	took    time.Duration
	pattern *regexp.Regexp
	err     error
}

// fetch asks as the params say, follows where it is led, and measures how long each phase of the last request took. Params that are
// wrong are in t.Params.Err.
//
// It is HTTP by hand over a connection of its own: the agent must stay small, and the client of net/http would make it a sixth larger. Over
// TLS the server chooses between HTTP/2 and HTTP/1.1, as it does with browsers.
func (t *Task) fetch(ctx context.Context) *fetched {
	a := &fetched{}
	req := t.request(ctx)
	most := t.Params.Count("max_bytes", usualBody, 1, mostBody)
	follow := t.Params.Count("redirects", 5, 0, 20)
	roots, verify := t.roots(), t.Params.Choice("verify", "yes", "no") == "yes"
	if p := t.Params.Text("pattern"); p != "" {
		var err error
		if a.pattern, err = regexp.Compile(Clip(p, 500)); err != nil {
			t.Params.Fail("The pattern is none: %s.", err)
		}
	}
	if t.Params.Err != nil {
		return a
	}
	config := &tls.Config{RootCAs: roots, InsecureSkipVerify: !verify, MinVersion: tls.VersionTLS12} //nolint:gosec // a firm may say that it knows of a device's own certificate
	begin := time.Now()
	for hop := 0; ; hop++ {
		h, err := exchangeHTTP(ctx, t.Guard, req, config, most)
		if err != nil {
			a.err = err
			return a
		}
		next := ""
		if follow > 0 && h.res.StatusCode >= 300 && h.res.StatusCode <= 399 {
			next = h.res.Header.Get("Location")
		}
		if next != "" && hop == follow { // a browser gives up, too
			a.err = because("it leads on again and again: %d times", hop+1)
			return a
		}
		if next == "" {
			a.took = time.Since(begin)
			a.body, a.cut = string(h.body), h.cut
			a.describe(h)
			t.measure(h, a)
			return a
		}
		if req, err = redirected(ctx, req, next, h.res.StatusCode); err != nil {
			a.err = err
			return a
		}
		a.found.Redirects = append(a.found.Redirects, Clip(Line(shown(req.URL)), 300))
	}
}

// redirected is the request that an answer leads to. What proves who we are goes to another host no more.
func redirected(ctx context.Context, from *http.Request, location string, status int) (*http.Request, error) {
	u, err := from.URL.Parse(location)
	if err == nil && u.Scheme != "http" && u.Scheme != "https" {
		return nil, because("it leads to %s:, which is no web address", Clip(Line(u.Scheme), 20))
	}
	if err != nil || u.Host == "" || len(location) > 4000 {
		return nil, because("it leads to an address that is none")
	}
	method := from.Method
	if method != http.MethodHead && (status == http.StatusSeeOther || method != http.MethodGet && status < 307) {
		method = http.MethodGet
	}
	var content io.Reader
	if method == from.Method && from.GetBody != nil {
		if content, err = from.GetBody(); err != nil {
			return nil, err
		}
	}
	next, err := http.NewRequestWithContext(ctx, method, u.String(), content) //nolint:gosec // the guard decides where it is dialled
	if err != nil {
		return nil, because("it leads to an address that is none")
	}
	next.Header = from.Header.Clone()
	if !strings.EqualFold(u.Host, from.URL.Host) || u.Scheme == "http" && from.URL.Scheme == "https" {
		for _, name := range []string{"Authorization", "Cookie", "Proxy-Authorization"} {
			next.Header.Del(name)
		}
	}
	return next, nil
}

// hop is one request with its answer.
type hop struct {
	req    *http.Request
	res    *http.Response
	tls    *tls.ConnectionState
	body   []byte
	cut    bool // there is more
	phases []phase
}

type phase struct {
	name string
	took time.Duration
}

// exchangeHTTP makes one request and reads the answer, at most so many bytes of its body.
func exchangeHTTP(ctx context.Context, g Guard, req *http.Request, config *tls.Config, most int) (*hop, error) {
	h, err := exchangeBy(ctx, g, req, config, most, "h2", "http/1.1")
	if !errors.Is(err, errOldHTTP) {
		return h, err
	}
	if req.GetBody != nil {
		if req.Body, err = req.GetBody(); err != nil {
			return nil, err
		}
	}
	return exchangeBy(ctx, g, req, config, most, "http/1.1")
}

// exchangeBy does so in one of the protocols, those liked best first.
func exchangeBy(ctx context.Context, g Guard, req *http.Request, config *tls.Config, most int, protocols ...string) (*hop, error) {
	h := &hop{req: req}
	at := time.Now()
	done := func(name string) {
		now := time.Now()
		h.phases = append(h.phases, phase{name, now.Sub(at)})
		at = now
	}
	host, port := req.URL.Hostname(), req.URL.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[req.URL.Scheme]
	}
	list, err := g.Lookup(ctx, "ip", host)
	if err != nil {
		return nil, err
	}
	done("dns")
	conn, err := g.dialAny(ctx, list, port)
	if err != nil {
		return nil, err
	}
	done("connect")
	defer func() { _ = conn.Close() }()
	if d, ok := ctx.Deadline(); ok {
		_ = conn.SetDeadline(d)
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) }) // an end from outside ends the wait at once
	defer stop()
	if req.URL.Scheme == "https" {
		c := config.Clone()
		c.ServerName, c.NextProtos = host, protocols
		secure := tls.Client(conn, c)
		if err := secure.HandshakeContext(ctx); err != nil {
			return nil, err
		}
		s := secure.ConnectionState()
		conn, h.tls = secure, &s
		done("tls")
	}
	if h.tls != nil && h.tls.NegotiatedProtocol == "h2" {
		h.res, err = exchangeH2(conn, req, most) //nolint:bodyclose // closed below
	} else {
		h.res, err = exchangeH1(conn, req, most) //nolint:bodyclose // closed below
	}
	if err != nil {
		return nil, err
	}
	done("wait")
	defer func() { _ = h.res.Body.Close() }()
	h.body, err = io.ReadAll(io.LimitReader(h.res.Body, int64(most)+1))
	if h.cut = len(h.body) > most; h.cut {
		h.body = h.body[:most]
	} else if errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, because("the answer broke off after %d bytes: the other end closed the connection", len(h.body))
	} else if err != nil {
		return nil, because("the answer broke off after %d bytes: %s", len(h.body), Reason(err))
	}
	done("transfer")
	return h, nil
}

// exchangeH1 sends a request and reads the head of its answer, whose body reads on from the connection.
func exchangeH1(conn net.Conn, req *http.Request, most int) (*http.Response, error) {
	req.Close = true
	if err := req.Write(conn); err != nil {
		return nil, err
	}
	return readAnswer(conn, req, most)
}

// readAnswer reads the head of the answer; what a server says in between (100, 103) is passed over.
func readAnswer(conn net.Conn, req *http.Request, most int) (*http.Response, error) {
	r := bufio.NewReader(io.LimitReader(conn, int64(most)*2+maxHead))
	for range 5 {
		res, err := http.ReadResponse(r, req)
		if err != nil {
			if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
				return nil, because("the other end closed the connection without an answer")
			}
			if strings.Contains(err.Error(), "malformed HTTP") {
				return nil, because("what it says is no HTTP")
			}
			return nil, err
		}
		if res.StatusCode >= 200 || res.StatusCode == http.StatusSwitchingProtocols {
			return res, nil
		}
	}
	return nil, because("it says again and again that an answer will come")
}

func (t *Task) measure(h *hop, a *fetched) {
	t.Measure("probe_duration_seconds", a.took.Seconds())
	t.Measure("probe_http_status_code", float64(h.res.StatusCode))
	t.Measure("probe_http_body_bytes", float64(len(h.body)))
	for _, p := range h.phases {
		t.Measure("probe_http_phase_seconds", p.took.Seconds(), wire.Label{Name: "phase", Value: p.name})
	}
	if h.tls != nil {
		t.left(h.tls)
	}
}

func (a *fetched) describe(h *hop) {
	res := h.res
	a.found.Status, a.found.URL = res.StatusCode, Clip(Line(shown(h.req.URL)), 500)
	if a.found.Protocol = "HTTP/1.1"; res.ProtoMajor == 2 {
		a.found.Protocol = "HTTP/2"
	}
	a.found.Server, a.found.Type, a.found.Bytes = Clip(Line(res.Header.Get("Server")), 100), Clip(Line(res.Header.Get("Content-Type")), 100), len(a.body)
	if strings.Contains(a.found.Type, "html") {
		head := a.body[:min(len(a.body), 16<<10)]
		low := strings.ToLower(head)
		if i := strings.Index(low, "<title"); i >= 0 && len(low) == len(head) {
			if j := strings.Index(low[i:], ">"); j >= 0 {
				if k := strings.Index(low[i+j:], "</title"); k >= 0 {
					a.found.Title = Clip(Line(head[i+j+1:i+j+k]), 200)
				}
			}
		}
	}
	if h.tls != nil {
		a.found.Certificate = describe(h.tls)
	}
}

// shown is an address without what may be secret in it.
func shown(u *url.URL) string {
	c := *u
	c.User = nil
	return c.String()
}

// request makes the request that the params describe.
func (t *Task) request(ctx context.Context) *http.Request {
	methods := []string{"GET", "HEAD", "OPTIONS"}
	body := t.Params.M["body"]
	if t.Guard.Speaks() {
		methods = append(methods, "POST", "PUT")
	} else if body != "" {
		t.Params.Fail("From inside a network no text is sent: leave out the body.")
	}
	method := t.Params.Choice("method", methods...)
	target := strings.TrimSpace(t.Target)
	if !strings.Contains(target, "://") {
		target = "https://" + target
	}
	u, err := url.Parse(target)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		t.Params.Fail("%q is no web address; it looks like https://example.com/path.", Clip(t.Target, 100))
		return nil
	}
	u.Fragment = ""
	var content io.Reader
	if body != "" {
		content = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, u.String(), content)
	if err != nil {
		t.Params.Fail("This is no request that can be made: %s.", err)
		return nil
	}
	req.Header.Set("User-Agent", "Mainstay-Probe/1")
	for line := range strings.Lines(t.Params.M["headers"]) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), ":")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		switch {
		case strings.TrimSpace(line) == "":
		case !ok || !token(name):
			t.Params.Fail("%q is no header; it is written Name: value.", Clip(strings.TrimSpace(line), 60))
		case strings.EqualFold(name, "host"):
			req.Host = value
		default:
			req.Header.Add(name, value)
		}
	}
	if user := t.Params.Text("user"); user != "" {
		req.SetBasicAuth(user, t.Secret["password"])
	}
	if b := t.Secret["bearer"]; b != "" {
		req.Header.Set("Authorization", "Bearer "+b)
	}
	return req
}

// token reports whether a text can be a header's name.
func token(s string) bool {
	return s != "" && strings.IndexFunc(s, func(r rune) bool {
		return r <= ' ' || r >= 0x7f || strings.ContainsRune(`()<>@,;:\"/[]?={}`, r)
	}) < 0
}

// statusFits reports whether a code is among those of a list like "200, 204, 3xx, 500-599". Without one all below 400 are.
func statusFits(list string, code int) bool {
	if strings.TrimSpace(list) == "" {
		return code < 400
	}
	for _, s := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		from, to, isRange := strings.Cut(s, "-")
		a, errA := strconv.Atoi(from)
		b, errB := strconv.Atoi(to)
		switch {
		case len(s) == 3 && strings.EqualFold(s[1:], "xx") && s[0] == byte('0'+code/100):
			return true
		case isRange && errA == nil && errB == nil && code >= a && code <= b, !isRange && errA == nil && a == code:
			return true
		}
	}
	return false
}

// jsonAt is the value at a path of names and numbers with dots between them, as a text.
func jsonAt(body, path string) (string, error) {
	var at any
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	if err := d.Decode(&at); err != nil {
		return "", because("the answer is no JSON")
	}
	steps := strings.Split(strings.TrimPrefix(strings.TrimPrefix(path, "$"), "."), ".")
	if len(steps) > maxPaths {
		return "", because("the path is too long")
	}
	for _, step := range steps {
		ok := false
		switch v := at.(type) {
		case map[string]any:
			at, ok = v[step]
		case []any:
			if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(v) {
				at, ok = v[i], true
			}
		}
		if !ok {
			return "", because("%s is not there", Clip(path, 100))
		}
	}
	switch v := at.(type) {
	case string:
		return v, nil
	case json.Number:
		return v.String(), nil
	case bool:
		return strconv.FormatBool(v), nil
	case nil:
		return "null", nil
	}
	b, err := json.Marshal(at)
	return string(b), err
}
