// SPDX-License-Identifier: Apache-2.0

package hub_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"mainstay/kit/clock"
	"mainstay/kit/hub"
	"mainstay/kit/wire"
)

var secret = []byte("0123456789abcdef0123456789abcdef")

// engines are the embedded broker and a NATS server that an operator runs.
func engines(t *testing.T, run func(t *testing.T, open func(t *testing.T) (*hub.Hub, func(t *testing.T) string))) {
	t.Helper()
	t.Run("embedded", func(t *testing.T) {
		run(t, func(t *testing.T) (*hub.Hub, func(*testing.T) string) {
			a, err := hub.OpenAuthority(t.TempDir(), time.Now())
			if err != nil {
				t.Fatal(err)
			}
			h := open(t, hub.Options{Address: "127.0.0.1:-1", Authority: a, Names: []string{"127.0.0.1"}})
			return h, func(*testing.T) string { return "tls://" + h.Address() + "\n" + a.PEM() }
		})
	})
	t.Run("external", func(t *testing.T) {
		run(t, func(t *testing.T) (*hub.Hub, func(*testing.T) string) {
			url := external(t)
			return open(t, hub.Options{External: url}), func(*testing.T) string { return url + "\n" }
		})
	})
}

func open(t *testing.T, o hub.Options) *hub.Hub {
	t.Helper()
	o.Secret, o.Clock, o.Log = secret, clock.System{}, slog.New(slog.DiscardHandler)
	h, err := hub.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(h.Close)
	return h
}

// external runs a NATS server as the printed settings say.
func external(t *testing.T) string {
	t.Helper()
	b, err := hub.ServerConfig(secret)
	if err != nil {
		t.Fatal(err)
	}
	o := &server.Options{}
	text := strings.ReplaceAll(b, "/var/lib/nats/accounts", t.TempDir())
	if err := o.ProcessConfigString(text); err != nil {
		t.Fatal(err)
	}
	o.Host, o.Port, o.NoLog, o.NoSigs = "127.0.0.1", -1, true, true
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	if !s.ReadyForConnections(10 * time.Second) {
		t.Fatal("the server does not come up")
	}
	t.Cleanup(s.Shutdown)
	return s.ClientURL()
}

// agent is an endpoint's side, by the library alone.
type agent struct {
	device     string
	key        nkeys.KeyPair
	public     string
	credential string
}

func enrol(t *testing.T, h *hub.Hub, client, device string) *agent {
	t.Helper()
	if err := h.Admit(t.Context(), client, nil); err != nil {
		t.Fatal(err)
	}
	key, err := nkeys.CreateUser()
	if err != nil {
		t.Fatal(err)
	}
	a := &agent{device: device, key: key}
	a.public, _ = key.PublicKey()
	if a.credential, err = h.Credential(client, device, a.public, time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	return a
}

func (a *agent) connect(t *testing.T, where string, more ...nats.Option) (*nats.Conn, error) {
	t.Helper()
	url, ca, _ := strings.Cut(where, "\n")
	options := append([]nats.Option{
		nats.UserJWT(func() (string, error) { return a.credential, nil }, a.key.Sign), nats.CustomInboxPrefix(wire.Inbox(a.device)), nats.NoReconnect(), nats.Timeout(5 * time.Second),
	}, more...)
	if ca != "" {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM([]byte(ca))
		options = append(options, nats.Secure(&tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS13}), nats.TLSHandshakeFirst())
	}
	c, err := nats.Connect(url, options...)
	if err == nil {
		t.Cleanup(c.Close)
	}
	return c, err
}

func (a *agent) mustConnect(t *testing.T, where string) *nats.Conn {
	t.Helper()
	c, err := a.connect(t, where)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// heard lists what the server hears, and answers ok.
func heard(t *testing.T, h *hub.Hub) <-chan string {
	t.Helper()
	ch := make(chan string, 100)
	stop, err := h.Listen(func(m *hub.Message) {
		ch <- h.Client(m.Account) + " " + m.Device + " " + string(m.Kind) + " " + string(m.Data)
		m.Ack(wire.OK, "")
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return ch
}

const (
	here  = "01clienthere0"
	there = "01clientthere"
)

func TestTalk(t *testing.T) {
	engines(t, func(t *testing.T, open func(*testing.T) (*hub.Hub, func(*testing.T) string)) {
		h, where := open(t)
		a := enrol(t, h, here, "0dev1")
		got := heard(t, h)
		c := a.mustConnect(t, where(t))
		m, err := c.Request(wire.Up("0dev1", wire.KindMetrics), []byte("x"), 5*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		var ack wire.Ack
		if err := json.Unmarshal(m.Data, &ack); err != nil || ack.Code != wire.OK || ack.Time == 0 {
			t.Errorf("%s: %v", m.Data, err)
		}
		if s := <-got; s != here+" 0dev1 metrics x" {
			t.Error(s)
		}
		down, err := c.SubscribeSync(wire.Down("0dev1", "*"))
		if err != nil || c.Flush() != nil {
			t.Fatal(err)
		}
		if err := h.Tell(here, "0dev1", wire.WordTune, wire.Tune{Interval: 15}); err != nil {
			t.Fatal(err)
		}
		if m, err := down.NextMsg(5 * time.Second); err != nil || m.Subject != "down.0dev1.tune" || !strings.Contains(string(m.Data), `"interval":15`) {
			t.Errorf("%+v %v", m, err)
		}
	})
}

// TestStolenKey: what the owner of one device's key can do beyond it.
func TestStolenKey(t *testing.T) {
	engines(t, func(t *testing.T, open func(*testing.T) (*hub.Hub, func(*testing.T) string)) {
		h, where := open(t)
		thief := enrol(t, h, here, "0dev1")
		neighbour, stranger := enrol(t, h, here, "0dev2"), enrol(t, h, there, "0dev3")
		got := heard(t, h)
		refused := make(chan error, 100)
		c, err := thief.connect(t, where(t), nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { refused <- err }))
		if err != nil {
			t.Fatal(err)
		}
		victims := []*nats.Subscription{}
		for _, v := range []*agent{neighbour, stranger} {
			vc := v.mustConnect(t, where(t))
			s, err := vc.SubscribeSync(wire.Down(v.device, "*"))
			if err != nil || vc.Flush() != nil {
				t.Fatal(err)
			}
			victims = append(victims, s)
		}
		listens := []string{
			"down.0dev2.>", "down.0dev3.*", "down.>", ">", "*.>", "up.>", "up.*.*", "_INBOX.>", "_INBOX.0dev2.>", "_R_.>", "$SYS.>", "$SYS.ACCOUNT.*.CONNECT", "$JS.>", "$JS.API.>", "$JS.ACK.>",
		}
		speaks := []string{
			"up.0dev2.metrics", "up.0dev3.metrics", "up.0dev2.hello", "up.0dev1.hello.x", "up.0dev1", "down.0dev1.tune", "down.0dev2.tune", "down.0dev3.tune", "_INBOX.0dev2.x", "_INBOX.0dev1.x",
			"$JS.API.CONSUMER.CREATE.x", "$JS.API.STREAM.CREATE.x", "$JS.API.INFO", "$SYS.REQ.SERVER.PING", "$SYS.REQ.ACCOUNT.PING.CONNZ", "$SYS.REQ.CLAIMS.UPDATE", "$SYS.REQ.USER.INFO", "_R_.x.y",
		}
		for _, s := range listens {
			if _, err := c.SubscribeSync(s); err != nil {
				t.Errorf("%s: %v", s, err)
			}
		}
		for _, s := range speaks {
			if err := c.Publish(s, []byte("forged")); err != nil {
				t.Errorf("%s: %v", s, err)
			}
		}
		// What it may do still works, with an answer to a place that is not its own, too: nobody hears that.
		if err := c.PublishRequest(wire.Up("0dev1", wire.KindMetrics), wire.Down("0dev2", "tune"), []byte("own")); err != nil {
			t.Fatal(err)
		}
		if err := c.Flush(); err != nil {
			t.Fatal(err)
		}
		for range len(listens) + len(speaks) {
			select {
			case err := <-refused:
				if !errors.Is(err, nats.ErrPermissionViolation) && !strings.Contains(err.Error(), "ermissions") {
					t.Error(err)
				}
			case <-time.After(5 * time.Second):
				t.Fatal("something was not refused")
			}
		}
		if err := h.Tell(here, "0dev2", wire.WordResync, nil); err != nil { // a mark after which nothing else comes
			t.Fatal(err)
		}
		for i, v := range victims {
			for m, err := v.NextMsg(time.Second); err == nil; m, err = v.NextMsg(200 * time.Millisecond) {
				if i != 0 || m.Subject != "down.0dev2.resync" && !strings.Contains(string(m.Data), `"code":"ok"`) {
					t.Errorf("a victim heard %s %s", m.Subject, m.Data)
				}
			}
		}
		for {
			select {
			case s := <-got:
				if s != here+" 0dev1 metrics own" {
					t.Errorf("the server heard %s", s)
				}
				continue
			default:
			}
			break
		}
	})
}

func TestRefusedCredentials(t *testing.T) {
	engines(t, func(t *testing.T, open func(*testing.T) (*hub.Hub, func(*testing.T) string)) {
		h, where := open(t)
		good := enrol(t, h, here, "0dev1")
		other := enrol(t, h, here, "0dev2")
		expired := enrol(t, h, here, "0dev4")
		expired.credential, _ = h.Credential(here, "0dev4", expired.public, time.Now().Add(-time.Minute))
		account, _ := nkeys.CreateAccount()
		own := enrol(t, h, here, "0dev5")
		claims := jwt.NewUserClaims(own.public)
		own.credential, _ = claims.Encode(account)
		for name, a := range map[string]*agent{
			"another's credential": {device: "0dev1", key: other.key, credential: good.credential},
			"expired":              expired,
			"signed by itself":     own,
			"none":                 {device: "0dev1", key: good.key, credential: ""},
			"noise":                {device: "0dev1", key: good.key, credential: "a.b.c"},
		} {
			if _, err := a.connect(t, where(t)); err == nil {
				t.Errorf("%s: it gets in", name)
			}
		}
		c := good.mustConnect(t, where(t))
		closed := make(chan struct{})
		c.SetClosedHandler(func(*nats.Conn) { close(closed) })
		// The claims' clock has whole seconds: a credential of the same second is refused too.
		if err := h.Admit(t.Context(), here, map[string]int64{good.public: clock.Micros(time.Now().Add(time.Second))}); err != nil {
			t.Fatal(err)
		}
		select {
		case <-closed:
		case <-time.After(10 * time.Second):
			t.Error("who was revoked stays connected")
		}
		if _, err := good.connect(t, where(t)); err == nil {
			t.Error("who was revoked gets in")
		}
		other.mustConnect(t, where(t))
	})
}

// register is what several servers keep in common of revoked keys.
type register struct {
	mu   sync.Mutex
	keys map[string]int64
}

func (r *register) revoke(a *agent) map[string]int64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.keys == nil {
		r.keys = map[string]int64{}
	}
	r.keys[a.public] = clock.Micros(time.Now().Add(time.Second))
	return map[string]int64{a.public: r.keys[a.public]}
}

func (r *register) of(context.Context, string) (map[string]int64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return maps.Clone(r.keys), nil
}

// TestTwoServers: what one server of a cluster revoked stays so when another one hands the account out.
func TestTwoServers(t *testing.T) {
	url := external(t)
	kept := &register{}
	one, two := open(t, hub.Options{External: url, Revoked: kept.of}), open(t, hub.Options{External: url, Revoked: kept.of})
	stolen, other, good := enrol(t, one, here, "0dev1"), enrol(t, two, here, "0dev2"), enrol(t, two, here, "0dev3")
	if err := one.Admit(t.Context(), here, kept.revoke(stolen)); err != nil {
		t.Fatal(err)
	}
	if _, err := stolen.connect(t, url+"\n"); err == nil {
		t.Fatal("who was revoked gets in")
	}
	if err := two.Admit(t.Context(), here, kept.revoke(other)); err != nil {
		t.Fatal(err)
	}
	for _, a := range []*agent{stolen, other} {
		if _, err := a.connect(t, url+"\n"); err == nil {
			t.Errorf("%s gets in once another server revoked another key", a.device)
		}
	}
	good.mustConnect(t, url+"\n")
}

// TestRevokedAtOnce: keys that are revoked at the same moment are all refused.
func TestRevokedAtOnce(t *testing.T) {
	engines(t, func(t *testing.T, open func(*testing.T) (*hub.Hub, func(*testing.T) string)) {
		h, where := open(t)
		var list []*agent
		for i := range 12 {
			list = append(list, enrol(t, h, here, fmt.Sprint("0dev", i)))
		}
		var wg sync.WaitGroup
		for _, a := range list {
			wg.Go(func() {
				if err := h.Admit(t.Context(), here, map[string]int64{a.public: clock.Micros(time.Now().Add(time.Second))}); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, a := range list {
			if _, err := a.connect(t, where(t)); err == nil {
				t.Errorf("%s gets in", a.device)
			}
		}
	})
}

func TestSocket(t *testing.T) {
	a, err := hub.OpenAuthority(t.TempDir(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	h := open(t, hub.Options{Address: "127.0.0.1:-1", Authority: a, Names: []string{"127.0.0.1"}})
	web := httptest.NewServer(h.Socket())
	defer web.Close()
	dev := enrol(t, h, here, "0dev1")
	heard(t, h)
	c, err := dev.connect(t, strings.Replace(web.URL, "http", "ws", 1)+"\n", nats.ProxyPath(strings.TrimPrefix(wire.SocketPath, "/")))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Request(wire.Up("0dev1", wire.KindHello), nil, 5*time.Second); err != nil {
		t.Error(err)
	}
}

// TestRestart: the same secret and folder give the same keys and authority.
func TestRestart(t *testing.T) {
	folder := t.TempDir()
	a, err := hub.OpenAuthority(folder, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	h := open(t, hub.Options{Address: "127.0.0.1:-1", Authority: a, Names: []string{"127.0.0.1"}})
	dev := enrol(t, h, here, "0dev1")
	dev.mustConnect(t, "tls://"+h.Address()+"\n"+a.PEM())
	h.Close()
	again, err := hub.OpenAuthority(folder, time.Now())
	if err != nil || again.Fingerprint() != a.Fingerprint() {
		t.Fatal(err)
	}
	h = open(t, hub.Options{Address: "127.0.0.1:-1", Authority: again, Names: []string{"127.0.0.1"}})
	if _, err := dev.connect(t, "tls://"+h.Address()+"\n"+a.PEM()); err == nil {
		t.Error("gets in before its client is admitted")
	}
	if err := h.Admit(t.Context(), here, nil); err != nil {
		t.Fatal(err)
	}
	dev.mustConnect(t, "tls://"+h.Address()+"\n"+a.PEM())
}

func TestOpenRefusals(t *testing.T) {
	if _, err := hub.Open(context.Background(), hub.Options{Secret: []byte("short")}); err == nil {
		t.Error("a short secret is taken")
	}
	if _, err := hub.Open(context.Background(), hub.Options{Secret: secret, External: "nats://127.0.0.1:1", Clock: clock.System{}, Log: slog.New(slog.DiscardHandler)}); err == nil {
		t.Error("no server is there and it opens")
	}
}
