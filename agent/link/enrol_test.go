// SPDX-License-Identifier: Apache-2.0

package link_test

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nkeys"

	"mainstay/agent/link"
	"mainstay/agent/state"
	"mainstay/kit/fault"
	"mainstay/kit/hub"
	"mainstay/kit/wire"
)

// door is a server's page for enrolment with a certificate of an authority of its own.
func door(t *testing.T, answer http.HandlerFunc) (url, pin, otherPin string) {
	t.Helper()
	a, err := hub.OpenAuthority(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	other, err := hub.OpenAuthority(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	cert, err := a.Certificate(time.Now(), []string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	root, _ := pem.Decode([]byte(a.PEM()))
	cert.Certificate = append(cert.Certificate[:1:1], root.Bytes)
	s := httptest.NewUnstartedServer(answer)
	s.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	s.Config.ErrorLog = nil
	s.StartTLS()
	t.Cleanup(s.Close)
	sum := func(text string) string {
		b, _ := pem.Decode([]byte(text))
		h := sha256.Sum256(b.Bytes)
		return hex.EncodeToString(h[:])
	}
	return s.URL, sum(a.PEM()), sum(other.PEM())
}

var about = wire.Machine{ID: "m-1", Name: "srv-1", OS: "linux", Arch: "amd64", MACs: []string{}}

func enrol(t *testing.T, token wire.Token, d *link.Dialer) (*link.Identity, error) {
	t.Helper()
	if d == nil {
		d = &link.Dialer{}
	}
	return link.Enrol(t.Context(), token, about, "1.2.3", time.Now(), d)
}

func TestEnrolment(t *testing.T) {
	var got wire.EnrolRequest
	url, pin, other := door(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodPost || r.URL.Path != wire.EnrolPath || json.NewDecoder(r.Body).Decode(&got) != nil {
			t.Errorf("%s %s", r.Method, r.URL)
		}
		_ = json.NewEncoder(w).Encode(wire.EnrolReply{Device: deviceID, Name: "srv-1", Client: "Ardent", Credential: "jwt", Servers: []string{"tls://x:1"}})
	})
	id, err := enrol(t, wire.Token{Server: url, ID: "t1", Secret: "s1", CA: pin, Root: "root"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	key, err := nkeys.FromPublicKey(got.Key)
	if err != nil || got.Token != "t1" || got.Secret != "s1" || got.Machine.ID != "m-1" || got.Agent != "1.2.3" || key.Verify(got.Signed(), got.Proof) != nil {
		t.Errorf("request: %+v", got)
	}
	store := &state.Memory{}
	if err := id.Save(store); err != nil {
		t.Fatal(err)
	}
	back, err := link.LoadIdentity(store)
	if err != nil || back.Reply.Device != deviceID || back.Root != "root" || string(back.Seed) != string(id.Seed) {
		t.Errorf("kept: %+v %v", back, err)
	}

	got = wire.EnrolRequest{}
	_, err = enrol(t, wire.Token{Server: url, ID: "t1", Secret: "s1", CA: other}, nil)
	if !fault.Is(err, fault.Denied) || got.Secret != "" {
		t.Errorf("the secret went to a server with another authority: %v", err)
	}
	_, err = enrol(t, wire.Token{Server: url, ID: "t1", Secret: "s1"}, nil)
	if !fault.Is(err, fault.Denied) || got.Secret != "" {
		t.Errorf("the secret went to a server that the system does not know: %v", err)
	}
	_, err = enrol(t, wire.Token{Server: "http://192.0.2.1", ID: "t1", Secret: "s1"}, nil)
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("the secret would go without encryption: %v", err)
	}
}

// A machine whose clock is wrong can be enrolled with the firm's own authority; with another one it is told that its clock is the matter.
func TestEnrolmentWithAWrongClock(t *testing.T) {
	url, pin, other := door(t, func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(wire.EnrolReply{Device: deviceID, Name: "srv-1", Client: "Ardent", Credential: "jwt", Servers: []string{"tls://x:1"}})
	})
	for _, off := range []time.Duration{-72 * time.Hour, 2 * 8766 * time.Hour} {
		now := time.Now().Add(off)
		at := func(pin string) error {
			_, err := link.Enrol(t.Context(), wire.Token{Server: url, ID: "t1", Secret: "s1", CA: pin}, about, "1.2.3", now, &link.Dialer{})
			return err
		}
		if err := at(pin); err != nil {
			t.Errorf("%s off: %v", off, err)
		}
		if err := at(other); !fault.Is(err, fault.Denied) || !strings.Contains(err.Error(), "Do not go on") {
			t.Errorf("%s off, another authority: %v", off, err)
		}
		if err := at(""); !fault.Is(err, fault.Denied) || !strings.Contains(err.Error(), "By the clock of this machine it is "+now.UTC().Format("2006-01-02 15:04")) {
			t.Errorf("%s off, the system's authorities: %v", off, err)
		}
	}
}

func TestRefusalsAreSaid(t *testing.T) {
	for _, c := range []struct {
		status int
		body   string
		want   string
	}{
		{403, `{"detail":"This token was used up."}`, "The server refused: This token was used up."},
		{502, "<html>", "refused with status 502"},
		{200, "<html>", "not as a Mainstay server does"},
		{200, `{}`, "not as a Mainstay server does"},
		{302, ``, "refused with status 302"},
	} {
		url, pin, _ := door(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "http://192.0.2.1/")
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		})
		_, err := enrol(t, wire.Token{Server: url, ID: "t", Secret: "s", CA: pin}, nil)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%d %s: %v", c.status, c.body, err)
		}
	}
}

// proxy is an HTTP proxy that wants a password.
func proxy(t *testing.T, user string) (address string, tunnels *atomic.Int32) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	tunnels = &atomic.Int32{}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				in := bufio.NewReader(c)
				r, err := http.ReadRequest(in)
				if err != nil || r.Method != http.MethodConnect {
					return
				}
				if r.Header.Get("Proxy-Authorization") != "Basic "+base64.StdEncoding.EncodeToString([]byte(user)) {
					_, _ = io.WriteString(c, "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n")
					return
				}
				// The name is one that only the proxy knows.
				s, err := net.Dial("tcp", strings.Replace(r.Host, "inside.test", "127.0.0.1", 1))
				if err != nil {
					_, _ = io.WriteString(c, "HTTP/1.1 502 Bad Gateway\r\n\r\n")
					return
				}
				defer s.Close()
				tunnels.Add(1)
				_, _ = io.WriteString(c, "HTTP/1.1 200 Connection established\r\n\r\n")
				go func() { _, _ = io.Copy(s, in); _ = s.Close() }()
				_, _ = io.Copy(c, s)
			}()
		}
	}()
	return l.Addr().String(), tunnels
}

func TestThroughAProxyWithAPassword(t *testing.T) {
	address, tunnels := proxy(t, "kim:secret")
	s := newServerAt(t, "127.0.0.1:-1", "inside.test")
	_, port, _ := net.SplitHostPort(s.hub.Address())
	m := s.machine("tls://inside.test:" + port)
	var err error
	if m.dialer, err = link.NewDialer("http://kim:secret@" + address); err != nil {
		t.Fatal(err)
	}
	a := m.agent(t)
	sample(t, a, 3)
	run(t, a)
	s.until("three readings", s.has("one", 3))
	if tunnels.Load() == 0 {
		t.Error("it did not go through the proxy")
	}

	d, err := link.NewDialer("http://kim:wrong@" + address)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.DialContext(context.Background(), "inside.test:"+port); !fault.Is(err, fault.Denied) {
		t.Errorf("with the wrong password: %v", err)
	}
}

// Where the broker's own port is shut, the WebSocket on the web server's is taken.
func TestWebSocketWhenThePortIsShut(t *testing.T) {
	s := newServer(t)
	shut := way(t, s.hub.Address())
	shut.close(true)
	cert, err := s.authority.Certificate(time.Now(), []string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.Handle(wire.SocketPath, s.hub.Socket())
	web := httptest.NewUnstartedServer(mux)
	web.TLS = &tls.Config{Certificates: []tls.Certificate{cert}}
	web.StartTLS()
	t.Cleanup(web.CloseClientConnections)
	u, _ := url.Parse(web.URL)
	m := s.machine("tls://"+shut.addr(), "wss://"+u.Host)
	a := m.agent(t)
	sample(t, a, 3)
	run(t, a)
	s.until("three readings", s.has("one", 3))
	s.whole("one", 3)
	if got := a.Status().Server; !strings.HasPrefix(got, "wss://") {
		t.Errorf("connected to %s", got)
	}
}

func TestProxyFromTheEnvironment(t *testing.T) {
	t.Setenv("HTTPS_PROXY", "proxy.test:3128")
	t.Setenv("NO_PROXY", ".intern.test, 10.0.0.0/8,plain.test,192.0.2.7")
	for host, spared := range map[string]bool{
		"mainstay.test:443": false, "a.intern.test:443": true, "intern.test:443": false, "10.1.2.3:443": true, "11.1.2.3:443": false, "plain.test:8378": true, "sub.plain.test:1": true,
		"192.0.2.7:1": true, "192.0.2.8:1": false, "127.0.0.1:1": true, "localhost:1": true,
	} {
		if got, err := link.Via(host); err != nil || (got == "") != spared {
			t.Errorf("%s goes through %q (%v)", host, got, err)
		}
	}
	for _, bad := range []string{"socks5://x:1", "://", "http://"} {
		if _, err := link.NewDialer(bad); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
