// SPDX-License-Identifier: Apache-2.0

package web

import (
	"bufio"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/bus"
	"mainstay/kit/clock"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/practice/clients"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestLive: an open page hears of a device that falls silent, though nobody says so, and of alerts; while nothing changes it hears nothing.
func TestLive(t *testing.T) {
	d, c, ctx := dbtest.Open(t), clock.At(time.Date(2026, 11, 5, 9, 0, 0, 0, time.UTC)), context.Background()
	sealer, err := access.OpenSealer(filepath.Join(t.TempDir(), "secret.key"), true)
	must(t, err)
	log, s := slog.New(slog.DiscardHandler), ids.NewSource(c)
	q, a, b := jobs.New(d, c, s, log), access.New(d, c, s, sealer, access.Options{}), &bus.Bus{}
	firms := clients.New(d, c, s, a, q)
	made, err := firms.Ensure(ctx, []string{"Acme"}, 0)
	must(t, err)
	h := &Handlers{Devices: devices.New(devices.Parts{DB: d, Clock: c, IDs: s, Access: a, Clients: firms, Jobs: q, Bus: b, Log: log}), Bus: b, Alerts: "alerts", Look: 5 * time.Millisecond}
	server := &devices.Device{Client: made[0], Name: "srv", Kind: devices.Server, Source: devices.ByAgent, Agent: "1"}
	must(t, h.Devices.Plant(ctx, []*devices.Device{server}))
	h.Devices.Heard(server.ID, c.Now().UnixMicro())

	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := h.live(w, r.WithContext(access.With(r.Context(), &access.Identity{User: 1, Role: access.Owner}))); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(srv.Close)
	ctx, stop := context.WithCancel(ctx)
	t.Cleanup(stop)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, srv.URL, http.NoBody)
	must(t, err)
	res, err := http.DefaultClient.Do(req)
	must(t, err)
	defer func() { _ = res.Body.Close() }()
	lines := bufio.NewScanner(res.Body)
	next := func() string {
		for lines.Scan() {
			if text := lines.Text(); strings.HasPrefix(text, "event: ") || strings.HasPrefix(text, ": beat") {
				return text
			}
		}
		t.Fatal("the stream ended:", lines.Err())
		return ""
	}
	changed := func() {
		for next() != "event: changed" {
		}
	}
	for range 5 {
		if got := next(); got != ": beat" {
			t.Fatalf("nothing changed, and it says %s", got)
		}
	}
	c.Advance(4 * time.Minute)
	changed()
	h.Devices.Heard(server.ID, c.Now().UnixMicro()) // it is back
	changed()
	if got := next(); got != ": beat" {
		t.Errorf("nothing changed, and it says %s", got)
	}
	b.Publish("alerts", "1")
	changed()
}
