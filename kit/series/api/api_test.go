// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/ids"
	"mainstay/kit/series"
	"mainstay/kit/series/api"
)

const mine, theirs = ids.ID(7_000_007), ids.ID(8_000_008)

// server is a router with the operations in front of a real store, and tokens of several kinds.
type server struct {
	t     *testing.T
	url   string
	store *series.Local
	token func(clients []ids.ID, scopes ...access.Permission) string
}

// Devices whose clients are known.
const (
	myDevice    = ids.ID(7_001)
	theirDevice = ids.ID(7_002)
)

func serve(t *testing.T) *server { return servePatiently(t, 0) }

// servePatiently is serve with the time that callers have.
func servePatiently(t *testing.T, patience time.Duration) *server {
	t.Helper()
	ctx := context.Background()
	d, c := dbtest.Open(t), clock.System{}
	sealer, err := access.OpenSealer(filepath.Join(t.TempDir(), "secret.key"), true)
	if err != nil {
		t.Fatal(err)
	}
	a := access.New(d, c, ids.NewSource(c), sealer, access.Options{})
	store, err := series.Open(t.TempDir(), series.Options{Log: slog.New(slog.DiscardHandler), Lazy: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	r, err := access.NewRouter(a, "")
	if err != nil {
		t.Fatal(err)
	}
	r.Refuse = func(w http.ResponseWriter, _ *http.Request, err error) { api.Refuse(w, err) }
	r.Basic = []string{api.Prefix + "/"}
	(&api.Handlers{Store: store, Clock: c, Version: "test", Patience: patience, Owner: func(device ids.ID) (ids.ID, bool) {
		client, ok := map[ids.ID]ids.ID{myDevice: mine, theirDevice: theirs}[device]
		return client, ok
	}}).Mount(r)
	link, err := a.OwnerLink(ctx)
	if err != nil {
		t.Fatal(err)
	}
	session, err := a.UseLink(ctx, link, access.Join{Name: "Ada Moreau", Email: "ada@example.com", Password: "four unrelated lamps"}, access.Client{Address: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	id, err := a.Session(ctx, session, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(r)
	t.Cleanup(srv.Close)
	return &server{t, srv.URL, store, func(clients []ids.ID, scopes ...access.Permission) string {
		t.Helper()
		secret, err := a.NewToken(access.With(ctx, id), "test", scopes, time.Hour, clients...)
		if err != nil {
			t.Fatal(err)
		}
		return secret
	}}
}

func (s *server) both(clients ...ids.ID) string {
	return s.token(clients, access.SeriesRead, access.SeriesWrite)
}

// call asks and returns the status and the body. A form is sent as one when the method is POST.
func (s *server) call(token, method, path string, form url.Values) (int, string) {
	s.t.Helper()
	target, body := s.url+path, ""
	if method == http.MethodPost {
		body = form.Encode()
	} else if len(form) > 0 {
		target += "?" + form.Encode()
	}
	return s.send(token, method, target, "application/x-www-form-urlencoded", "", []byte(body))
}

func (s *server) send(token, method, target, kind, encoding string, body []byte) (int, string) {
	s.t.Helper()
	if strings.HasPrefix(target, "/") {
		target = s.url + target
	}
	req, err := http.NewRequestWithContext(context.Background(), method, target, strings.NewReader(string(body)))
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	if encoding != "" {
		req.Header.Set("Content-Encoding", encoding)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, string(text)
}

// put keeps a sample a minute of a gauge of each client, the last one now.
func (s *server) put(minutes int) time.Time {
	s.t.Helper()
	now := time.Now().Truncate(time.Second)
	var b series.Batch
	for _, c := range []ids.ID{mine, theirs} {
		l, err := series.MakeLabels("system_cpu_utilization_ratio", "client", c.String(), "device", "dev-"+c.String())
		if err != nil {
			s.t.Fatal(err)
		}
		h, err := s.store.Series(l)
		if err != nil {
			s.t.Fatal(err)
		}
		for m := range minutes {
			b.Add(h, now.Add(time.Duration(m+1-minutes)*time.Minute).UnixMilli(), float64(m)+float64(c%10)*1000)
		}
	}
	if out, err := s.store.Commit(context.Background(), &b); err != nil || out.Stored != 2*minutes {
		s.t.Fatalf("%+v %v", out, err)
	}
	return now
}

// What Grafana's data source asks, in the forms in which it asks, by both ways to send a token.
func TestGrafana(t *testing.T) {
	s := serve(t)
	now := s.put(10)
	token := s.token(nil, access.SeriesRead)
	from, to := fmt.Sprint(now.Add(-time.Hour).Unix()), fmt.Sprint(now.Unix())
	for _, c := range []struct {
		method, path string
		form         url.Values
		want         string
	}{
		{"GET", "/status/buildinfo", nil, `"version":"3.`},
		{"POST", "/query", url.Values{"query": {"1+1"}, "time": {to}}, `{"status":"success","data":{"resultType":"scalar","result":[` + to + `,"2"]}}`},
		{"GET", "/query", url.Values{"query": {`"x"`}, "time": {to}}, `"resultType":"string","result":[` + to + `,"x"]`},
		{"POST", "/query", url.Values{"query": {"count(system_cpu_utilization_ratio)"}}, `"result":[{"metric":{},"value":[`},
		{"POST", "/query_range", url.Values{"query": {"system_cpu_utilization_ratio"}, "start": {from}, "end": {to}, "step": {"60"}}, `"resultType":"matrix","result":[{"metric":{"__name__":"system_cpu_utilization_ratio","client":"` + mine.String() + `"`},
		{"GET", "/query_range", url.Values{"query": {"nothing"}, "start": {now.Add(-time.Hour).Format(time.RFC3339)}, "end": {to}, "step": {"1m"}}, `"result":[]`},
		{"GET", "/labels", url.Values{"start": {from}, "end": {to}}, `["__name__","client","device"]`},
		{"POST", "/labels", url.Values{"match[]": {"nothing"}}, `"data":[]`},
		{"GET", "/label/__name__/values", url.Values{"start": {from}, "end": {to}, "match[]": {`{device!=""}`}}, `["system_cpu_utilization_ratio"]`},
		{"GET", "/series", url.Values{"match[]": {`{client="` + theirs.String() + `"}`}, "start": {from}}, `[{"__name__":"system_cpu_utilization_ratio","client":"` + theirs.String()},
		{"POST", "/series", url.Values{"match[]": {`{__name__=~".+"}`}, "limit": {"1"}}, `"warnings":["results truncated due to limit"]`},
		{"GET", "/metadata", url.Values{"limit": {"5"}}, `{"system_cpu_utilization_ratio":[{"type":"gauge"`},
		{"POST", "/query_exemplars", url.Values{"query": {"x"}}, `"data":[]`},
		{"GET", "/rules", nil, `{"groups":[]}`},
		{"GET", "/alerts", nil, `{"alerts":[]}`},
	} {
		code, body := s.call(token, c.method, "/prometheus/api/v1"+c.path, c.form)
		if code != http.StatusOK || !strings.Contains(body, c.want) || !json.Valid([]byte(body)) {
			t.Errorf("%s %s %v: %d %.300s", c.method, c.path, c.form, code, body)
		}
	}
	for what, form := range map[string]url.Values{
		"not PromQL":          {"query": {"sum("}},
		"neither":             {"query": {"x"}, "time": {"yesterday"}},
		"step":                {"query": {"x"}, "start": {from}, "end": {to}, "step": {"soon"}},
		"more than":           {"query": {"x"}, "start": {"0"}, "end": {to}, "step": {"1"}},
		"start and end":       {"query": {"x"}, "step": {"1"}},
		"the end lies before": {"query": {"x"}, "start": {to}, "end": {from}, "step": {"1"}},
	} {
		path := "/query"
		if form.Get("step") != "" {
			path = "/query_range"
		}
		code, body := s.call(token, "POST", "/prometheus/api/v1"+path, form)
		if code != http.StatusBadRequest || !strings.Contains(strings.ToLower(body), strings.ToLower(what)) || !strings.Contains(body, `"errorType":"bad_data"`) {
			t.Errorf("%s: %d %s", what, code, body)
		}
	}
	// Basic authentication with the token as password; a wrong one is told.
	for password, want := range map[string]int{token: 200, "mst_wrong": 401, "": 401} {
		req, err := http.NewRequestWithContext(context.Background(), "GET", s.url+"/prometheus/api/v1/labels", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.SetBasicAuth("grafana", password)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("basic with %.8q: %d, want %d", password, res.StatusCode, want)
		}
	}
	// Reading is not writing, and without a token there is neither.
	if code, body := s.send(token, "POST", "/prometheus/api/v1/write", "application/x-protobuf", "snappy", nil); code != http.StatusForbidden || !strings.Contains(body, `"status":"error"`) {
		t.Errorf("a reader writes: %d %s", code, body)
	}
	if code, _ := s.call("", "GET", "/prometheus/api/v1/labels", nil); code != http.StatusUnauthorized {
		t.Errorf("nobody reads: %d", code)
	}
	if code, _ := s.call(s.token(nil, access.SeriesWrite), "GET", "/prometheus/api/v1/labels", nil); code != http.StatusForbidden {
		t.Errorf("a writer reads: %d", code)
	}
}

// A token for one client reaches that client's series, whatever is asked and however.
func TestTokensOfAClient(t *testing.T) {
	s := serve(t)
	now := s.put(10)
	token := s.both(mine)
	at := fmt.Sprint(now.Unix())
	foreign := []string{theirs.String(), `"8`} // the values of theirs begin with an 8
	clean := func(what string, code int, body string) {
		t.Helper()
		if code != http.StatusOK && code != http.StatusBadRequest {
			t.Errorf("%s: %d %s", what, code, body)
		}
		for _, f := range foreign {
			if strings.Contains(body, f) {
				t.Errorf("%s reached %q: %s", what, f, body)
			}
		}
	}
	for _, q := range []string{
		`{client=~".+"}`, `system_cpu_utilization_ratio`, `sum(system_cpu_utilization_ratio)`, `max(system_cpu_utilization_ratio)`, `topk(5, {__name__=~".+"})`,
		`system_cpu_utilization_ratio or system_cpu_utilization_ratio{client!="` + mine.String() + `"}`, `max_over_time(max(system_cpu_utilization_ratio)[10m:1m])`,
		`label_replace(max(system_cpu_utilization_ratio), "client", "x", "", "")`, `absent(system_cpu_utilization_ratio{client="other"})`, `{client!~"x|` + mine.String() + `"}`,
		`{"client"!="x"}`, `system_cpu_utilization_ratio @ ` + at, `count_values("v", system_cpu_utilization_ratio)`,
	} {
		code, body := s.call(token, "POST", "/prometheus/api/v1/query", url.Values{"query": {q}, "time": {at}})
		clean(q, code, body)
		code, body = s.call(token, "GET", "/prometheus/api/v1/query_range", url.Values{"query": {q}, "start": {fmt.Sprint(now.Unix() - 300)}, "end": {at}, "step": {"60"}})
		clean("range "+q, code, body)
	}
	for _, m := range []string{`{client=~".+"}`, `{client="` + theirs.String() + `"}`, `system_cpu_utilization_ratio`} {
		for _, path := range []string{"/series", "/labels", "/label/client/values", "/label/device/values", "/label/__name__/values"} {
			code, body := s.call(token, "GET", "/prometheus/api/v1"+path, url.Values{"match[]": {m}})
			clean(path+" "+m, code, body)
		}
	}
	code, body := s.call(token, "GET", "/prometheus/api/v1/label/client/values", nil)
	if clean("clients", code, body); !strings.Contains(body, mine.String()) {
		t.Errorf("clients: %s", body)
	}
	code, body = s.call(s.both(mine, theirs), "GET", "/prometheus/api/v1/label/client/values", nil)
	if code != http.StatusOK || !strings.Contains(body, mine.String()+`","`+theirs.String()) {
		t.Errorf("a token for both: %d %s", code, body)
	}
}
