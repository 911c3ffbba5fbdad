// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"

	"mainstay/kit/wire"
)

// TestFigures: what the intake refuses is seen in the metrics.
func TestFigures(t *testing.T) {
	a, _, _ := estateOf(t)
	ctx, stop := context.WithCancel(context.Background())
	if err := a.OpenEstate(ctx); err != nil {
		stop()
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() { a.RunEstate(ctx) })
	t.Cleanup(func() { stop(); wg.Wait() })
	scrape := func() string {
		w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/metrics", nil)
		r.RemoteAddr = "127.0.0.1:1"
		a.Metrics.Handler("").ServeHTTP(w, r)
		return w.Body.String()
	}
	before := scrape()
	for _, line := range []string{
		"mainstay_agents_refused_total 0", "mainstay_agents_connections 0", `mainstay_agents_samples_total{outcome="too_old"} 0`,
		`mainstay_agents_observations_total{outcome="foreign"} 0`, "mainstay_series_ready 1", `mainstay_series_bytes{step="5m0s"} 0`,
	} {
		if !strings.Contains(before, line+"\n") {
			t.Errorf("%q is not among the metrics", line)
		}
	}
	a.sayNoise(t)
	if after := scrape(); !strings.Contains(after, "mainstay_agents_refused_total 1\n") {
		t.Error("a refused frame is not among the metrics")
	}
}

// sayNoise enrols a device whose agent sends what cannot be understood, and has its answer.
func (a *App) sayNoise(t *testing.T) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ctx := context.Background()
	word, err := a.EnrolmentToken(ctx, "Acme", 1, time.Hour)
	must(err)
	token, err := wire.ParseToken(word)
	must(err)
	key, err := nkeys.CreateUser()
	must(err)
	e := &wire.EnrolRequest{Token: token.ID, Secret: token.Secret, Machine: wire.Machine{ID: "m1", Name: "Noisy", OS: "linux"}, Agent: "1"}
	e.Key, err = key.PublicKey()
	must(err)
	e.Proof, err = key.Sign(e.Signed())
	must(err)
	reply, err := a.Devices.Enrol(ctx, e)
	must(err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(a.estate.authority.PEM()))
	c, err := nats.Connect("tls://"+a.estate.hub.Address(), nats.Secure(&tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13}), nats.TLSHandshakeFirst(),
		nats.CustomInboxPrefix(wire.Inbox(reply.Device)), nats.UserJWT(func() (string, error) { return reply.Credential, nil }, key.Sign))
	must(err)
	defer c.Close()
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) { // nobody listens until the series are read back
		m, err := c.Request(wire.Up(reply.Device, wire.KindMetrics), []byte("noise"), 10*time.Second)
		switch {
		case err == nil && strings.Contains(string(m.Data), `"code":"refused"`):
			return
		case err == nil || time.Now().After(end):
			t.Fatalf("%v %v", m, err)
		}
	}
}
