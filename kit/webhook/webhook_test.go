// SPDX-License-Identifier: Apache-2.0

package webhook_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/webhook"
	"mainstay/schema"
)

var ctx = context.Background()

// verify is the specification's own procedure, written from its text: it knows nothing of how we sign.
func verify(secret string, h http.Header, body []byte) error {
	raw, ok := strings.CutPrefix(secret, "whsec_")
	if !ok {
		return errors.New("the secret has no prefix")
	}
	key, err := base64.StdEncoding.DecodeString(raw)
	if err != nil || len(key) < 24 || len(key) > 64 {
		return fmt.Errorf("a secret of %d bytes: %w", len(key), err)
	}
	id, stamp, sigs := h.Get("webhook-id"), h.Get("webhook-timestamp"), h.Get("webhook-signature")
	if id == "" || strings.Contains(id, ".") {
		return fmt.Errorf("webhook-id %q", id)
	}
	if n, err := strconv.ParseInt(stamp, 10, 64); err != nil || n < 1_600_000_000 || n > 4_000_000_000 {
		return fmt.Errorf("webhook-timestamp %q is not in seconds", stamp)
	}
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, stamp, body)
	want := mac.Sum(nil)
	for _, s := range strings.Split(sigs, " ") {
		version, text, _ := strings.Cut(s, ",")
		got, err := base64.StdEncoding.DecodeString(text)
		if version == "v1" && err == nil && hmac.Equal(got, want) {
			return nil
		}
	}
	return fmt.Errorf("no signature of %q fits", sigs)
}

// The test vector that the specification's libraries share.
func TestPublishedVector(t *testing.T) {
	const secret, id, stamp, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", `{"test": 2432232314}`
	got, err := webhook.Sign(secret, id, stamp, []byte(body))
	if err != nil || got != "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=" {
		t.Errorf("%s %v", got, err)
	}
	h := http.Header{"Webhook-Id": {id}, "Webhook-Timestamp": {stamp}, "Webhook-Signature": {got}}
	if err := verify(secret, h, []byte(body)); err != nil {
		t.Error(err)
	}
	if verify(secret, h, []byte(body+" ")) == nil {
		t.Error("a changed body is taken")
	}
}

// rig is the service on one database, with a clock of the test's own.
type rig struct {
	*webhook.Service
	t        testing.TB
	d        *db.DB
	clock    *clock.Fixed
	disabled []webhook.Endpoint
}

func build(t testing.TB, d *db.DB, c clock.Clock, keys string, change func(*webhook.Parts)) *rig {
	t.Helper()
	sealer, err := access.OpenSealer(keys, true)
	if err != nil {
		t.Fatal(err)
	}
	source := ids.NewSource(c)
	r := &rig{t: t, d: d}
	r.clock, _ = c.(*clock.Fixed)
	p := webhook.Parts{
		DB: d, Clock: c, IDs: source, Sealer: sealer, Access: access.New(d, c, source, sealer, access.Options{}), Agent: "Mainstay/test", Events: []string{"a.made", "b.made"}, Private: true,
		Disabled: func(_ context.Context, _ *sql.Tx, e webhook.Endpoint) error {
			r.disabled = append(r.disabled, e)
			return nil
		},
	}
	if change != nil {
		change(&p)
	}
	r.Service = webhook.New(p)
	return r
}

func fresh(t *testing.T, d *db.DB) *rig {
	return build(t, d, clock.At(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)), filepath.Join(t.TempDir(), "key"), nil)
}

func (r *rig) emit(event string, data any) {
	r.t.Helper()
	if err := r.d.Write(ctx, func(tx *sql.Tx) error {
		return r.Emit(ctx, tx, event, func() (any, error) { return data, nil })
	}); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) once() {
	r.t.Helper()
	if err := r.Once(ctx); err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) scalar(query string) (n int64) {
	r.t.Helper()
	if err := r.d.Reader().QueryRowContext(ctx, query).Scan(&n); err != nil {
		r.t.Fatal(err)
	}
	return n
}

// receiver is a real server that keeps what it gets.
type receiver struct {
	*httptest.Server
	mu      sync.Mutex
	got     []*http.Request
	bodies  []string
	answer  func(w http.ResponseWriter, n int)
	secrets []string
	t       testing.TB
}

func receive(t testing.TB, answer func(w http.ResponseWriter, n int)) *receiver {
	v := &receiver{t: t, answer: answer}
	v.Server = httptest.NewServer(v)
	t.Cleanup(v.Close)
	return v
}

func (v *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	v.mu.Lock()
	v.got, v.bodies = append(v.got, r), append(v.bodies, string(body))
	n := len(v.got)
	for _, s := range v.secrets {
		if err := verify(s, r.Header, body); err != nil {
			v.t.Error(err)
		}
	}
	v.mu.Unlock()
	if v.answer != nil {
		v.answer(w, n)
	}
}

func (v *receiver) count() int { v.mu.Lock(); defer v.mu.Unlock(); return len(v.got) }

func (r *rig) endpoint(url string, events ...string) (webhook.Endpoint, string) {
	r.t.Helper()
	e, secret, err := r.Create(ctx, webhook.Endpoint{URL: url, Events: events, Enabled: true})
	if err != nil {
		r.t.Fatal(err)
	}
	return e, secret
}

func each(t *testing.T, fn func(t *testing.T, r *rig)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, fresh(t, d)) })
}

func TestAnEventArrivesSigned(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		v := receive(t, func(w http.ResponseWriter, _ int) { _, _ = io.WriteString(w, "thanks\x00\xff") })
		e, secret := r.endpoint(v.URL+"/hook?for=us", "a.made")
		v.secrets = []string{secret}
		r.emit("a.made", map[string]string{"name": "ö <b>"})
		r.emit("b.made", nil)
		r.once()
		if v.count() != 1 {
			t.Fatalf("%d requests", v.count())
		}
		q := v.got[0]
		if q.Method != "POST" || q.URL.RequestURI() != "/hook?for=us" || q.Header.Get("Content-Type") != "application/json" || q.Header.Get("User-Agent") != "Mainstay/test" {
			t.Errorf("%s %s %v", q.Method, q.URL, q.Header)
		}
		var body struct {
			Type      string
			Timestamp time.Time
			Data      struct{ Name string }
		}
		if err := json.Unmarshal([]byte(v.bodies[0]), &body); err != nil || body.Type != "a.made" || !body.Timestamp.Equal(r.clock.Now()) || body.Data.Name != "ö <b>" {
			t.Errorf("%s %v", v.bodies[0], err)
		}
		log, next, err := r.Deliveries(ctx, e.ID, "", 0)
		if err != nil || len(log) != 1 || next != 0 || log[0].State != "sent" || log[0].Status != 200 || log[0].Message != q.Header.Get("webhook-id") {
			t.Fatalf("%+v %v", log, err)
		}
		full, err := r.Delivery(ctx, log[0].ID)
		if err != nil || full.Body != v.bodies[0] || len(full.Attempts) != 1 || full.Attempts[0].Answer != "thanks �" {
			t.Errorf("%+v %v", full, err)
		}
		for _, table := range []string{"webhook_endpoints", "webhook_messages"} {
			if n := r.scalar("SELECT count(*) FROM " + table); n != 1 {
				t.Errorf("%s: %d rows", table, n)
			}
		}
		if n := r.scalar("SELECT count(*) FROM webhook_endpoints WHERE secret LIKE '%whsec%'"); n != 0 {
			t.Error("the secret lies there in clear text")
		}
	})
}

// Nothing is written, and the data not even asked for, where nobody subscribed; every server learns when somebody does.
func TestWithoutSubscribersNothingIsWritten(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		other := build(t, r.d, r.clock, filepath.Join(t.TempDir(), "key"), nil)
		asked := 0
		emit := func(want int64) {
			t.Helper()
			if err := r.d.Write(ctx, func(tx *sql.Tx) error {
				return r.Emit(ctx, tx, "a.made", func() (any, error) { asked++; return nil, nil })
			}); err != nil {
				t.Fatal(err)
			}
			if n := r.scalar("SELECT count(*) FROM webhook_messages"); n != want || int64(asked) != want {
				t.Errorf("%d messages, asked %d times, want %d", n, asked, want)
			}
		}
		emit(0)
		e, _, err := other.Create(ctx, webhook.Endpoint{URL: "https://hooks.example/x", Events: []string{"b.made"}, Enabled: true})
		if err != nil {
			t.Fatal(err)
		}
		emit(0)
		e.Events = []string{webhook.All}
		if err := other.Save(ctx, e); err != nil {
			t.Fatal(err)
		}
		emit(1)
		e.Version, e.Enabled = 2, false
		if err := other.Save(ctx, e); err != nil {
			t.Fatal(err)
		}
		emit(1)
		// A change that is undone has told nobody.
		e.Version, e.Enabled = 3, true
		if err := other.Save(ctx, e); err != nil {
			t.Fatal(err)
		}
		_ = r.d.Write(ctx, func(tx *sql.Tx) error {
			return errors.Join(r.Emit(ctx, tx, "a.made", func() (any, error) { return nil, nil }), errors.New("undone"))
		})
		if n := r.scalar("SELECT count(*) FROM webhook_messages"); n != 1 {
			t.Errorf("%d messages", n)
		}
	})
}

func TestTriesFollowTheSchedule(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		v := receive(t, func(w http.ResponseWriter, _ int) { http.Error(w, "not now", http.StatusServiceUnavailable) })
		e, _ := r.endpoint(v.URL, "a.made")
		r.emit("a.made", nil)
		r.once()
		id := v.got[0].Header.Get("webhook-id")
		for i, wait := range []time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour} {
			r.clock.Advance(wait - time.Microsecond)
			r.once()
			if v.count() != i+1 {
				t.Fatalf("try %d came too early", i+2)
			}
			r.clock.Advance(time.Microsecond)
			r.once()
			if v.count() != i+2 {
				t.Fatalf("try %d did not come after %s", i+2, wait)
			}
		}
		r.clock.Advance(48 * time.Hour)
		r.once()
		log, _, err := r.Deliveries(ctx, e.ID, "failed", 0)
		if err != nil || len(log) != 1 || log[0].Attempts != 10 || log[0].Status != 503 || v.count() != 10 {
			t.Fatalf("%+v %v, %d requests", log, err, v.count())
		}
		stamps := map[string]bool{}
		for _, q := range v.got {
			stamps[q.Header.Get("webhook-timestamp")] = true
			if q.Header.Get("webhook-id") != id {
				t.Errorf("the id changed: %s, %s", id, q.Header.Get("webhook-id"))
			}
		}
		if len(stamps) != 10 {
			t.Errorf("%d timestamps of 10 tries", len(stamps))
		}
		// By hand it goes again, with the same id.
		v.answer = nil
		if err := r.Resend(ctx, log[0].ID); err != nil {
			t.Fatal(err)
		}
		if err := r.Resend(ctx, log[0].ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("sent twice: %v", err)
		}
		r.once()
		if full, err := r.Delivery(ctx, log[0].ID); err != nil || full.State != "sent" || len(full.Attempts) != 11 || v.got[10].Header.Get("webhook-id") != id {
			t.Errorf("%+v %v", full, err)
		}
	})
}

func TestAReceiverMayAskForTime(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		v := receive(t, func(w http.ResponseWriter, n int) {
			if n == 1 {
				w.Header().Set("Retry-After", "3600")
				w.WriteHeader(http.StatusTooManyRequests)
			}
		})
		r.endpoint(v.URL, "a.made")
		r.emit("a.made", nil)
		r.once()
		r.clock.Advance(59 * time.Minute)
		r.once()
		if v.count() != 1 {
			t.Fatal("it got no time")
		}
		r.clock.Advance(time.Minute)
		r.once()
		if v.count() != 2 {
			t.Fatal("it was forgotten")
		}
	})
}

func TestWhatEndsAnEndpoint(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		gone := receive(t, func(w http.ResponseWriter, _ int) { w.WriteHeader(http.StatusGone) })
		dead := receive(t, func(w http.ResponseWriter, _ int) { w.WriteHeader(http.StatusInternalServerError) })
		flaky := receive(t, func(w http.ResponseWriter, n int) {
			if n%2 == 1 {
				w.WriteHeader(http.StatusInternalServerError)
			}
		})
		e1, _ := r.endpoint(gone.URL, "a.made")
		e2, _ := r.endpoint(dead.URL, "a.made")
		e3, _ := r.endpoint(flaky.URL, "a.made")
		for range 12 { // six days, an event each half
			r.emit("a.made", nil)
			r.once()
			r.clock.Advance(12 * time.Hour)
			r.once()
		}
		state := func(id ids.ID) string {
			e, err := r.Endpoint(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(e.Enabled, e.Reason)
		}
		if a, b, c := state(e1.ID), state(e2.ID), state(e3.ID); a != "falsegone" || b != "falsefailing" || c != "true" {
			t.Errorf("%s, %s, %s", a, b, c)
		}
		if gone.count() != 1 || len(r.disabled) != 2 || r.disabled[0].ID != e1.ID || r.disabled[1].ID != e2.ID {
			t.Errorf("%d requests after 410, told of %d", gone.count(), len(r.disabled))
		}
		if n := r.scalar(fmt.Sprintf("SELECT count(*) FROM webhook_deliveries WHERE state = 'waiting' AND endpoint_id IN (%d, %d)", e1.ID, e2.ID)); n != 0 {
			t.Errorf("%d wait for endpoints that are off", n)
		}
		if err := r.Resend(ctx, first(t, r, e2.ID)); !fault.Is(err, fault.Conflict) {
			t.Errorf("sent to an endpoint that is off: %v", err)
		}
		if _, err := r.Test(ctx, e2.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("tested an endpoint that is off: %v", err)
		}
		e, _ := r.Endpoint(ctx, e2.ID)
		e.Enabled = true
		if err := r.Save(ctx, e); err != nil {
			t.Fatal(err)
		}
		if got := state(e2.ID); got != "true" {
			t.Errorf("switched on: %s", got)
		}
		r.emit("a.made", nil)
		r.once() // fails, and its five days begin anew
		if got := state(e2.ID); got != "true" {
			t.Errorf("after one failure: %s", got)
		}
	})
}

func first(t *testing.T, r *rig, endpoint ids.ID) ids.ID {
	t.Helper()
	log, _, err := r.Deliveries(ctx, endpoint, "", 0)
	if err != nil || len(log) == 0 {
		t.Fatal(len(log), err)
	}
	return log[0].ID
}

func TestBothSecretsSignForADay(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		v := receive(t, nil)
		e, old := r.endpoint(v.URL, "a.made")
		fresh, err := r.Rotate(ctx, e.ID)
		if err != nil || fresh == old {
			t.Fatal(err)
		}
		v.secrets = []string{old, fresh}
		r.clock.Advance(24*time.Hour - time.Microsecond)
		r.emit("a.made", nil)
		r.once()
		if v.count() != 1 {
			t.Fatal(v.count())
		}
		v.secrets = []string{fresh}
		r.clock.Advance(time.Microsecond)
		r.emit("a.made", nil)
		r.once()
		if len(v.got) != 2 || verify(old, v.got[1].Header, []byte(v.bodies[1])) == nil {
			t.Error("the former secret still signs")
		}
	})
}

// What cannot be reached, leads elsewhere or says endless things ends with its code, and calls nobody else.
func TestWhatAReceiverMayDo(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		inside := receive(t, nil)
		leads := receive(t, func(w http.ResponseWriter, _ int) {
			w.Header().Set("Location", inside.URL)
			w.WriteHeader(http.StatusTemporaryRedirect)
		})
		endless := receive(t, func(w http.ResponseWriter, _ int) {
			for range 1 << 12 {
				if _, err := io.WriteString(w, strings.Repeat("x", 1<<10)); err != nil {
					return
				}
			}
		})
		silent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			c, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				_ = c.Close()
			}
		}))
		t.Cleanup(silent.Close)
		secure := httptest.NewTLSServer(http.NotFoundHandler()) // with a certificate of nobody
		secure.Config.ErrorLog = nil
		t.Cleanup(secure.Close)
		want := map[ids.ID]string{}
		for url, code := range map[string]string{
			leads.URL: "redirect", endless.URL: "", silent.URL: "answer", secure.URL: "tls", "http://127.0.0.1:1/": "connect", "https://nowhere.invalid/": "name", strings.Replace(inside.URL, "http:", "https:", 1): "tls",
		} {
			e, _ := r.endpoint(url, "a.made")
			want[e.ID] = code
		}
		r.emit("a.made", nil)
		r.once()
		for id, code := range want {
			log, _, err := r.Deliveries(ctx, id, "", 0)
			e, _ := r.Endpoint(ctx, id)
			if err != nil || len(log) != 1 || log[0].Error != code {
				t.Errorf("%s: %+v %v, want %q", e.URL, log, err, code)
			}
			full, err := r.Delivery(ctx, log[0].ID)
			if err != nil || len(full.Attempts[0].Answer) > 1000 {
				t.Errorf("%s: an answer of %d bytes is kept, %v", e.URL, len(full.Attempts[0].Answer), err)
			}
		}
		if inside.count() != 0 {
			t.Error("a redirect was followed")
		}
	})
}

// A name that means an address inside is refused when it is dialled, whatever it meant before.
func TestANameThatLeadsInside(t *testing.T) {
	d := dbtest.Open(t)
	r := build(t, d, clock.At(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)), filepath.Join(t.TempDir(), "key"), func(p *webhook.Parts) { p.Private = false })
	v := receive(t, nil)
	e, _ := r.endpoint(strings.Replace(v.URL, "http://127.0.0.1", "https://localhost", 1), "a.made")
	r.emit("a.made", nil)
	r.once()
	log, _, err := r.Deliveries(ctx, e.ID, "", 0)
	if err != nil || len(log) != 1 || log[0].Error != "address" || v.count() != 0 {
		t.Errorf("%+v %v", log, err)
	}
}

func TestWhatCanBeAnEndpoint(t *testing.T) {
	d := dbtest.Open(t)
	c := clock.At(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC))
	closed := build(t, d, c, filepath.Join(t.TempDir(), "key"), func(p *webhook.Parts) { p.Private = false })
	for _, x := range []struct {
		url, field string
		events     []string
	}{
		{"https://hooks.example/a?b=c", "", []string{"a.made", "b.made", "a.made"}},
		{"https://hooks.example:8443", "", []string{"*"}},
		{"http://hooks.example", "url", []string{"*"}},
		{"ftp://hooks.example", "url", []string{"*"}},
		{"hooks.example", "url", []string{"*"}},
		{"https://", "url", []string{"*"}},
		{"https://:443/", "url", []string{"*"}},
		{"https:hooks.example", "url", []string{"*"}},
		{"https://ada:secret@hooks.example", "url", []string{"*"}},
		{"https://hooks.example/#x", "url", []string{"*"}},
		{"https://127.0.0.1/", "url", []string{"*"}},
		{"https://[::1]/", "url", []string{"*"}},
		{"https://[::ffff:10.0.0.1]/", "url", []string{"*"}},
		{"https://169.254.169.254/latest", "url", []string{"*"}},
		{"https://hooks.example/" + strings.Repeat("x", 500), "url", []string{"*"}},
		{"https://hooks.example/", "events", nil},
		{"https://hooks.example/", "events", []string{"c.made"}},
	} {
		e, _, err := closed.Create(ctx, webhook.Endpoint{URL: x.url, Events: x.events, Enabled: true})
		field := ""
		if f, ok := errors.AsType[*fault.Error](err); ok {
			field = f.Field
		}
		if field != x.field || (err == nil) != (x.field == "") {
			t.Errorf("%s %v: %v (field %q, want %q)", x.url, x.events, err, field, x.field)
		}
		if err == nil && len(x.events) == 3 && !slices.Equal(e.Events, []string{"a.made", "b.made"}) {
			t.Errorf("%v", e.Events)
		}
	}
	list, err := closed.Endpoints(ctx)
	if err != nil || len(list) != 2 {
		t.Fatal(len(list), err)
	}
	e := list[0]
	if err := closed.Save(ctx, e); err != nil {
		t.Fatal(err)
	}
	if err := closed.Save(ctx, e); !fault.Is(err, fault.Conflict) {
		t.Errorf("an old version: %v", err)
	}
	for range 48 {
		if _, _, err := closed.Create(ctx, webhook.Endpoint{URL: "https://hooks.example", Events: []string{"*"}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := closed.Create(ctx, webhook.Endpoint{URL: "https://hooks.example", Events: []string{"*"}}); !fault.Is(err, fault.Conflict) {
		t.Errorf("a 51st: %v", err)
	}
	if err := closed.Remove(ctx, e.ID); err != nil {
		t.Fatal(err)
	}
	if err := closed.Remove(ctx, e.ID); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
}

// A thousand deliveries to a receiver that does not answer hold up nobody else, and few of them are under way at once.
func TestASlowReceiverHoldsUpNobody(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		release := make(chan struct{})
		slow := receive(t, func(http.ResponseWriter, int) { <-release })
		quick := receive(t, nil)
		r.endpoint(slow.URL, "a.made")
		for range 1000 {
			r.emit("a.made", nil)
		}
		r.endpoint(quick.URL, "b.made")
		running, stop := context.WithCancel(ctx)
		done := make(chan struct{})
		go func() { r.Run(running); close(done) }()
		wait := func(what string, ok func() bool) {
			t.Helper()
			for until := time.Now().Add(time.Minute); !ok(); time.Sleep(2 * time.Millisecond) {
				if time.Now().After(until) {
					t.Fatal("waited for " + what)
				}
			}
		}
		wait("the slow one to be busy", func() bool { return slow.count() == 4 })
		for i := range 20 {
			r.emit("b.made", i)
		}
		wait("the quick one", func() bool { return quick.count() == 20 })
		if n := slow.count(); n != 4 {
			t.Errorf("%d requests at once to one endpoint", n)
		}
		close(release)
		wait("the slow one's line to move", func() bool { return slow.count() > 20 })
		stop()
		<-done
	})
}

func TestTheLogIsKeptForAMonth(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		v := receive(t, nil)
		r.endpoint(v.URL, "a.made")
		r.emit("a.made", nil)
		r.once()
		r.clock.Advance(29 * 24 * time.Hour)
		r.emit("a.made", nil) // waits
		if err := r.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		count := func() string {
			return fmt.Sprint(r.scalar("SELECT count(*) FROM webhook_deliveries"), r.scalar("SELECT count(*) FROM webhook_attempts"), r.scalar("SELECT count(*) FROM webhook_messages"))
		}
		if got := count(); got != "2 1 2" {
			t.Errorf("after 29 days: %s", got)
		}
		r.clock.Advance(24*time.Hour + time.Microsecond)
		if err := r.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if got := count(); got != "1 0 1" {
			t.Errorf("after 30 days: %s", got)
		}
	})
}

func TestATestEvent(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		v := receive(t, nil)
		e, secret := r.endpoint(v.URL, "a.made")
		v.secrets = []string{secret}
		id, err := r.Test(ctx, e.ID)
		if err != nil {
			t.Fatal(err)
		}
		r.once()
		if full, err := r.Delivery(ctx, id); err != nil || full.State != "sent" || full.Event != webhook.TestEvent || v.count() != 1 {
			t.Errorf("%+v %v", full, err)
		}
	})
}

// TestEmitter is no test of its own: it is the process that TestEventsThroughKills kills.
func TestEmitter(t *testing.T) {
	target := os.Getenv("MAINSTAY_WEBHOOK_DATABASE")
	if target == "" {
		t.Skip("only as a process of TestEventsThroughKills")
	}
	d, err := db.Open(ctx, target)
	if err != nil {
		t.Fatal(err)
	}
	r := build(t, d, clock.System{}, os.Getenv("MAINSTAY_WEBHOOK_KEY"), nil)
	go r.Run(ctx)
	for ctx.Err() == nil {
		if err := d.Write(ctx, func(tx *sql.Tx) error {
			var n int64
			if err := tx.QueryRowContext(ctx, "UPDATE test_changes SET n = n + 1 RETURNING n").Scan(&n); err != nil {
				return err
			}
			return r.Emit(ctx, tx, "a.made", func() (any, error) { return n, nil })
		}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond)
	}
}

// A process changes things and sends events while it is killed again and again. In the end every change that was kept has
// arrived; one that arrived twice has the same webhook-id both times.
func TestEventsThroughKills(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { throughKills(t, filepath.Join(t.TempDir(), "mainstay.db")) })
	t.Run("postgres", func(t *testing.T) { throughKills(t, dbtest.PostgresURL(t)) })
}

func throughKills(t *testing.T, target string) {
	d, err := db.Open(ctx, target)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if _, err := d.Migrate(ctx, schema.Files); err != nil {
		t.Fatal(err)
	}
	key := filepath.Join(t.TempDir(), "key")
	r := build(t, d, clock.System{}, key, nil)
	for _, q := range []string{"CREATE TABLE test_changes (n BIGINT)", "INSERT INTO test_changes (n) VALUES (0)"} {
		if err := d.Write(ctx, func(tx *sql.Tx) error { _, err := tx.ExecContext(ctx, q); return err }); err != nil {
			t.Fatal(err)
		}
	}
	v := receive(t, nil)
	_, secret := r.endpoint(v.URL, "a.made")
	v.secrets = []string{secret}
	const kills = 12
	for k := range kills {
		cmd := exec.Command(os.Args[0], "-test.run=^TestEmitter$", "-test.timeout=0")
		cmd.Env = append(os.Environ(), "MAINSTAY_WEBHOOK_DATABASE="+target, "MAINSTAY_WEBHOOK_KEY="+key)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for want, until := v.count()+3+k%5, time.Now().Add(time.Minute); v.count() < want; {
			if time.Now().After(until) {
				t.Fatal("nothing arrives")
			}
			time.Sleep(time.Millisecond)
		}
		_ = cmd.Process.Kill()
		if err := cmd.Wait(); err == nil || cmd.ProcessState.Exited() {
			t.Fatalf("kill %d: the process ended by itself: %v", k, err)
		}
	}
	// What was under way when the process died is taken up when its lease has run out.
	if err := d.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "UPDATE webhook_deliveries SET lease = 0")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	r.once()
	n := r.scalar("SELECT n FROM test_changes")
	seen := map[string]string{}
	repeated := 0
	for i, body := range v.bodies {
		var p struct{ Data json.Number }
		if err := json.Unmarshal([]byte(body), &p); err != nil {
			t.Fatal(err)
		}
		id := v.got[i].Header.Get("webhook-id")
		if was, ok := seen[p.Data.String()]; ok {
			repeated++
			if was != id {
				t.Errorf("event %s came as %s and as %s", p.Data, was, id)
			}
		}
		seen[p.Data.String()] = id
	}
	if int64(len(seen)) != n || r.scalar("SELECT count(*) FROM webhook_deliveries WHERE state <> 'sent'") != 0 {
		t.Errorf("%d changes, %d arrived, %d not marked as sent", n, len(seen), r.scalar("SELECT count(*) FROM webhook_deliveries WHERE state <> 'sent'"))
	}
	unique := map[string]bool{}
	for _, id := range seen {
		unique[id] = true
	}
	if len(unique) != len(seen) {
		t.Errorf("%d ids of %d events", len(unique), len(seen))
	}
	t.Logf("%d changes, %d kills, %d came twice", n, kills, repeated)
}
