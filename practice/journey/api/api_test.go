// SPDX-License-Identifier: Apache-2.0

package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mainstay/kit/access"
	kitapi "mainstay/kit/api"
	"mainstay/kit/bus"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/practice/books"
	"mainstay/practice/journey"
	"mainstay/practice/journey/api"
)

// firm is a ledger with a subscription, labour, and a line that nothing can tell apart.
func firm() *books.Ledger {
	l := &books.Ledger{
		Currency: "EUR", Clients: []string{"", "Adler", "Bach"}, Texts: []string{"", "On-site labour, hours", "Hadrian", "Monthly support"}, Docs: []string{""},
		People: []string{""}, Sources: []books.Source{{Name: "a.csv", Kind: books.KindLines, Rows: 72}},
	}
	for m := range 24 {
		day := (civil.NewMonth(2024, 1) + civil.Month(m)).First()
		for i, minor := range []int64{100000, int64(20000 + 9000*(m%5)), 50000} {
			l.Lines = append(l.Lines, books.Line{Row: books.Row{Number: int64(3*m + i + 2)}, Client: int32(1 + i%2), Text: int32(i + 1), Day: day, Minor: minor})
		}
	}
	return l
}

type rig struct {
	*journey.Service
	handler http.Handler
	session *http.Cookie
}

func newRig(t *testing.T, d *db.DB) *rig {
	t.Helper()
	ctx := context.Background()
	c := clock.At(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	sealer, err := access.OpenSealer(filepath.Join(t.TempDir(), "secret.key"), true)
	if err != nil {
		t.Fatal(err)
	}
	s := ids.NewSource(c)
	a := access.New(d, c, s, sealer, access.Options{URL: "http://localhost"})
	r := &rig{Service: journey.New(journey.Parts{
		DB: d, Clock: c, IDs: s, Access: a, Jobs: jobs.New(d, c, s, slog.New(slog.DiscardHandler)), Bus: &bus.Bus{}, Log: slog.New(slog.DiscardHandler),
		Load: func(context.Context, string) (*books.Ledger, error) { return firm(), nil },
	})}
	router, err := access.NewRouter(a, "")
	if err != nil {
		t.Fatal(err)
	}
	(&api.Handlers{Journey: r.Service}).Mount(kitapi.New(router, "test"))
	r.handler = router
	link, err := a.OwnerLink(ctx)
	if err != nil {
		t.Fatal(err)
	}
	session, err := a.UseLink(ctx, link, access.Join{Name: "Ada", Email: "ada@example.com", Password: "four unrelated lamps"}, access.Client{Address: "127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	r.session = &http.Cookie{Name: access.Cookie, Value: session}
	return r
}

func (r *rig) call(t *testing.T, method, path, etag string, body any) (int, http.Header, map[string]any) {
	t.Helper()
	var b bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&b).Encode(body); err != nil {
			t.Fatal(err)
		}
	}
	q := httptest.NewRequest(method, kitapi.Prefix+path, &b)
	q.Header.Set("Content-Type", "application/json")
	if etag != "" {
		q.Header.Set("If-Match", etag)
	}
	q.AddCookie(r.session)
	w := httptest.NewRecorder()
	r.handler.ServeHTTP(w, q)
	out := map[string]any{}
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
			t.Fatalf("%s %s: %v: %s", method, path, err, w.Body.String())
		}
	}
	return w.Code, w.Header(), out
}

func TestOperations(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		r := newRig(t, d)
		if code, _, out := r.call(t, "GET", "/journey", "", nil); code != http.StatusNotFound || !strings.Contains(out["detail"].(string), "import") {
			t.Error(code, out)
		}
		if err := r.Recalculate(ctx, "import"); err != nil {
			t.Fatal(err)
		}
		code, _, out := r.call(t, "GET", "/journey", "", nil)
		a, _ := out["assessment"].(map[string]any)
		if code != http.StatusOK || a["clients"] != 2.0 || a["questions"] != 1.0 || a["firm"] == nil || out["stale"] != false {
			t.Error(code, out["stale"], a["clients"], a["questions"])
		}
		code, _, out = r.call(t, "GET", "/journey/clients?limit=1", "", nil)
		if list, _ := out["clients"].([]any); code != http.StatusOK || len(list) != 1 || out["next"] != 1.0 {
			t.Error(code, out)
		}
		code, _, out = r.call(t, "GET", "/journey/questions", "", nil)
		list, _ := out["questions"].([]any)
		if code != http.StatusOK || len(list) != 1 {
			t.Fatal(code, out)
		}
		key := list[0].(map[string]any)["key"]
		if code, _, out := r.call(t, "POST", "/journey/answers", "", map[string]any{"key": key, "class": "nonsense"}); code != http.StatusUnprocessableEntity {
			t.Error(code, out)
		}
		if code, _, out := r.call(t, "POST", "/journey/answers", "", map[string]any{"key": key, "text": "Hadrian", "class": "recurring"}); code != http.StatusNoContent {
			t.Error(code, out)
		}
		if answers, err := r.Answers(ctx); err != nil || len(answers) != 1 {
			t.Error(answers, err)
		}
		code, _, out = r.call(t, "GET", "/journey/evidence?of=revenue.recurring&client=Adler", "", nil)
		if rows, _ := out["rows"].([]any); code != http.StatusOK || len(rows) == 0 || out["total"] == 0.0 {
			t.Error(code, out)
		}
		if code, _, _ := r.call(t, "GET", "/journey/evidence?of=nonsense", "", nil); code != http.StatusNotFound {
			t.Error(code)
		}
	})
}

func TestSettings(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	code, h, set := r.call(t, "GET", "/journey/settings", "", nil)
	if code != http.StatusOK || h.Get("ETag") != `"v0"` {
		t.Fatal(code, h)
	}
	set["reviewDays"] = 90
	if code, _, out := r.call(t, "PUT", "/journey/settings", "", set); code != http.StatusUnprocessableEntity {
		t.Error("without If-Match:", code, out)
	}
	code, h, out := r.call(t, "PUT", "/journey/settings", `"v0"`, set)
	if code != http.StatusOK || h.Get("ETag") != `"v1"` || out["reviewDays"] != 90.0 {
		t.Fatal(code, h, out)
	}
	if code, _, out := r.call(t, "PUT", "/journey/settings", `"v0"`, set); code != http.StatusConflict {
		t.Error("an old version was kept:", code, out)
	}
	set["reviewDays"] = 1
	if code, _, out := r.call(t, "PUT", "/journey/settings", `"v1"`, set); code != http.StatusUnprocessableEntity {
		t.Error(code, out)
	}
}
