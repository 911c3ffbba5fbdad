// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/series/seriestest"
)

// A real Prometheus scrapes a real node exporter and writes to us with a token for one client; a second one without data of
// its own reads from us.
func TestRealPrometheus(t *testing.T) {
	s := serve(t)
	exporter, err := url.Parse(seriestest.NodeExporter(t))
	if err != nil {
		t.Fatal(err)
	}
	seriestest.Prometheus(t, fmt.Sprintf(`
global:
  scrape_interval: 1s
scrape_configs:
  - job_name: node
    static_configs: [{targets: [%q]}]
remote_write:
  - url: %s/prometheus/api/v1/write
    authorization: {credentials: %s}
    queue_config: {batch_send_deadline: 200ms}
`, exporter.Host, s.url, s.token([]ids.ID{mine}, access.SeriesWrite)))
	reader := s.token([]ids.ID{mine}, access.SeriesRead)
	ask := func(base, token, query string) string {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, base+"/api/v1/query?"+url.Values{"query": {query}}.Encode(), nil)
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		text, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != 200 {
			t.Fatalf("%s: %d %s %v", query, res.StatusCode, text, err)
		}
		return string(text)
	}
	const query = `count_over_time(node_time_seconds{job="node"}[5m]) >= 2`
	wait := func(base, token, query string) string {
		t.Helper()
		for {
			if text := ask(base, token, query); strings.Contains(text, `"metric"`) {
				return text
			}
			select {
			case <-t.Context().Done():
				t.Fatal("nothing came")
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	if text := wait(s.url+"/prometheus", reader, query); !strings.Contains(text, `"client":"`+mine.String()+`"`) {
		t.Errorf("written without its client: %s", text)
	}
	if text := ask(s.url+"/prometheus", s.token([]ids.ID{theirs}, access.SeriesRead), query); strings.Contains(text, `"metric"`) {
		t.Errorf("another client reads %s", text)
	}
	other := seriestest.Prometheus(t, fmt.Sprintf("remote_read:\n  - url: %s/prometheus/api/v1/read\n    basic_auth: {username: prometheus, password: %s}\n    read_recent: true\n", s.url, reader))
	if text := wait(other, "", query); !strings.Contains(text, `"client":"`+mine.String()+`"`) {
		t.Errorf("read by Prometheus: %s", text)
	}
	code, body := s.call(reader, "GET", "/prometheus/api/v1/metadata", nil)
	if code != 200 {
		t.Errorf("metadata %d %s", code, body)
	}
}
