// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"mainstay/kit/access"
)

// Through the whole server: an exporter of OpenTelemetry writes with a token for one client, Grafana reads with basic
// authentication, and whoever has no token is told so as JSON.
func TestSeriesThroughTheServer(t *testing.T) {
	a := open(t)
	handler, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(handler)
	defer srv.Close()
	ctx := context.Background()
	owner, err := a.Access.Session(ctx, join(t, a, access.Owner), "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	made, err := a.Clients.Ensure(ctx, []string{"Acme", "Bolt"}, 0)
	if err != nil {
		t.Fatal(err)
	}
	client, other := made[0], made[1]
	token := func(p access.Permission) string {
		secret, err := a.Access.NewToken(access.With(ctx, owner), "test", []access.Permission{p}, time.Hour, client)
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}
	call := func(method, path, body string, set func(*http.Request)) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(ctx, method, srv.URL+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		set(req)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		text, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(text)
	}
	body := fmt.Sprintf(`{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"name":"room.temperature","unit":"Cel","gauge":{"dataPoints":[{"timeUnixNano":"%d","asDouble":21.5}]}}]}]}]}`, time.Now().UnixNano())
	if code, text := call("POST", "/v1/metrics", body, func(r *http.Request) {
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Authorization", "Bearer "+token(access.SeriesWrite))
	}); code != http.StatusOK || strings.TrimSpace(text) != "{}" {
		t.Fatalf("written: %d %s", code, text)
	}
	query := url.Values{"query": {"room_temperature_celsius"}}.Encode()
	code, text := call("POST", "/prometheus/api/v1/query", query, func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth("grafana", token(access.SeriesRead))
	})
	if code != http.StatusOK || !strings.Contains(text, `{"__name__":"room_temperature_celsius","client":"`+client.String()+`"},"value":[`) || !strings.Contains(text, `"21.5"]`) {
		t.Errorf("read: %d %s", code, text)
	}
	code, text = call("GET", "/prometheus/api/v1/query?"+query, "", func(r *http.Request) { r.Header.Set("Accept", "text/html") })
	if code != http.StatusUnauthorized || !strings.HasPrefix(text, `{"error":`) {
		t.Errorf("without a token: %d %s", code, text)
	}
	// A client that becomes part of another takes what was measured of it along.
	if err := a.Clients.Merge(ctx, client, other); err != nil {
		t.Fatal(err)
	}
	client = other
	code, text = call("POST", "/prometheus/api/v1/query", query, func(r *http.Request) {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.SetBasicAuth("grafana", token(access.SeriesRead))
	})
	if code != http.StatusOK || !strings.Contains(text, `"21.5"]`) {
		t.Errorf("read after a merge: %d %s", code, text)
	}
	if code, _ := call("GET", "/api/v1/clients", "", func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token(access.SeriesRead)) }); code != http.StatusForbidden {
		t.Errorf("clients with a token for time series: %d", code)
	}
}
