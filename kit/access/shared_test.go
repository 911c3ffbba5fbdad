// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
)

// Limits hold across a restart and over several servers, and refusing writes nothing.
func TestLimitsAreShared(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx := newRig(t, d), context.Background()
		r.owner(t)
		servers := []rig{r, r.another(access.Options{})}
		for i := range 5 {
			if _, err := servers[i%2].Password(ctx, "ada@example.com", "wrong wrong wrong", browser); !fault.Is(err, fault.Unauthenticated) {
				t.Fatalf("failure %d: %v", i+1, err)
			}
		}
		before := count(t, d, "SELECT count(*) FROM access_audit")
		for _, s := range append(servers, r.another(access.Options{})) {
			if _, err := s.Password(ctx, "ada@example.com", good, browser); !fault.Is(err, fault.Busy) {
				t.Errorf("the sixth attempt: %v", err)
			}
		}
		if after := count(t, d, "SELECT count(*) FROM access_audit"); after != before {
			t.Errorf("refused attempts wrote %d entries", after-before)
		}
		r.clock.Advance(2 * time.Second)
		r.signIn(t, "ada@example.com", browser)
		if n := count(t, d, "SELECT count(*) FROM access_strikes WHERE key LIKE 'account/%'"); n != 0 {
			t.Errorf("%d accounts are still counted after a success", n)
		}
		if n := count(t, d, "SELECT count(*) FROM access_strikes WHERE key LIKE '%@%'"); n != 0 {
			t.Error("an e-mail address stands in the table of limits")
		}
	})
}

// The addresses of one IPv6 customer count as one.
func TestAddressLimit(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx := newRig(t, d), context.Background()
		r.owner(t)
		for i := range 30 {
			c := access.Client{Address: fmt.Sprintf("2001:db8:1:2::%x", i+1)}
			if _, err := r.Password(ctx, fmt.Sprintf("nobody%d@example.com", i), "wrong wrong wrong", c); !fault.Is(err, fault.Unauthenticated) {
				t.Fatalf("failure %d: %v", i+1, err)
			}
		}
		if _, err := r.Password(ctx, "ada@example.com", good, access.Client{Address: "2001:db8:1:2::ffff"}); !fault.Is(err, fault.Busy) {
			t.Errorf("the same network: %v", err)
		}
		if _, err := r.Password(ctx, "ada@example.com", good, access.Client{Address: "2001:db8:1:3::1"}); err != nil {
			t.Errorf("another network: %v", err)
		}
		// A bad token counts as well, and a good one is never asked.
		token, err := r.NewToken(r.as(t, r.signIn(t, "ada@example.com", browser)), "script", []access.Permission{access.ClientsRead}, 0)
		if err != nil {
			t.Fatal(err)
		}
		site := r.site(t)
		for i := range 30 {
			if got := bearer(site, "/clients", "mst_guess"); got != http.StatusUnauthorized {
				t.Fatalf("guess %d: %d", i+1, got)
			}
		}
		if got := bearer(site, "/clients", "mst_guess"); got != http.StatusTooManyRequests {
			t.Errorf("guess 31: %d", got)
		}
		if got := bearer(site, "/clients", token); got != http.StatusOK {
			t.Errorf("a good token: %d", got)
		}
		r.clock.Advance(3 * time.Hour)
		if err := r.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if n := count(t, d, "SELECT count(*) FROM access_strikes"); n != 0 {
			t.Errorf("%d limits are kept for ever", n)
		}
	})
}

// However many there are, the newest hundred thousand limits and ten thousand half-done sign-ins are kept.
func TestTablesAreBounded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx := newRig(t, d), context.Background()
		now := clock.Micros(r.clock.Now())
		const numbers = " WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100050) SELECT "
		run(t, d, "INSERT INTO access_strikes (key, failures, last_at)"+numbers+fmt.Sprintf("'address/' || i, 1, %d + i FROM n", now))
		run(t, d, "INSERT INTO access_pending (token, data, expires_at)"+numbers+fmt.Sprintf("'t' || i, '', %d + i FROM n", now))
		if err := r.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		for table, most := range map[string]int{"access_strikes": 100_001, "access_pending": 10_001} {
			if n := count(t, d, "SELECT count(*) FROM "+table); n < most-1 || n > most {
				t.Errorf("%d rows of %s are kept", n, table)
			}
		}
		if count(t, d, "SELECT count(*) FROM access_strikes WHERE key = 'address/100050'")+count(t, d, "SELECT count(*) FROM access_pending WHERE token = 't100050'") != 2 {
			t.Error("the newest are gone")
		}
	})
}

// A sign-in begun on one server ends on another; what lies between is sealed, expires and is kept to its purpose.
func TestHalfDoneSignInsAreShared(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx := newRig(t, d), context.Background()
		me := r.owner(t)
		other := r.another(access.Options{})
		e, err := r.BeginTOTP(me)
		if err != nil {
			t.Fatal(err)
		}
		var stored string
		if err := d.Reader().QueryRowContext(ctx, "SELECT data FROM access_pending").Scan(&stored); err != nil || strings.Contains(stored, e.Secret) {
			t.Fatalf("the secret lies open: %q %v", stored, err)
		}
		if _, err := other.SecondFactor(ctx, e.Token, r.code(t, e.Secret), browser); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("an enrolment as a half-done sign-in: %v", err)
		}
		if _, err := other.ConfirmTOTP(me, e.Token, r.code(t, e.Secret)); err != nil {
			t.Fatal(err)
		}
		in, err := r.Password(ctx, "ada@example.com", good, browser)
		if err != nil {
			t.Fatal(err)
		}
		r.clock.Advance(time.Minute)
		if _, err := other.SecondFactor(ctx, in.Second, r.code(t, e.Secret), browser); err != nil {
			t.Fatalf("on another server: %v", err)
		}
		if _, err := r.SecondFactor(ctx, in.Second, r.code(t, e.Secret), browser); err == nil {
			t.Error("it was used twice")
		}
		if in, err = r.Password(ctx, "ada@example.com", good, browser); err != nil {
			t.Fatal(err)
		}
		r.clock.Advance(5*time.Minute + time.Second)
		if _, err := r.SecondFactor(ctx, in.Second, r.code(t, e.Secret), browser); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("after five minutes: %v", err)
		}
		if err := r.Sweep(ctx); err != nil {
			t.Fatal(err)
		}
		if n := count(t, d, "SELECT count(*) FROM access_pending"); n != 0 {
			t.Errorf("%d half-done sign-ins are kept", n)
		}
	})
}

// A half-done sign-in may be tried five times.
func TestHalfDoneSignInEnds(t *testing.T) {
	r, ctx := newRig(t, dbtest.Open(t)), context.Background()
	secret, _ := r.app(t, r.owner(t))
	in, err := r.Password(ctx, "ada@example.com", good, browser)
	if err != nil {
		t.Fatal(err)
	}
	for range 5 {
		r.clock.Advance(31 * time.Second)
		if _, err := r.SecondFactor(ctx, in.Second, "abcdef", browser); err == nil {
			t.Fatal("letters got in")
		}
	}
	r.clock.Advance(31 * time.Second)
	if _, err := r.SecondFactor(ctx, in.Second, r.code(t, secret), browser); err == nil {
		t.Error("a sixth try got in")
	}
}

// A sign-in ends the session that the same browser still held, whoever's it was, and no other.
func TestSignInEndsTheSessionBefore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx := newRig(t, d), context.Background()
		r.owner(t)
		first, elsewhere := r.signIn(t, "ada@example.com", browser), r.signIn(t, "ada@example.com", browser)
		same := browser
		same.Held = first
		second := r.signIn(t, "ada@example.com", same)
		if second == first {
			t.Error("the token is the same")
		}
		if _, err := r.Session(ctx, first, ""); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("the session before: %v", err)
		}
		for _, s := range []string{second, elsewhere} {
			if _, err := r.Session(ctx, s, ""); err != nil {
				t.Errorf("another session: %v", err)
			}
		}
	})
}

// The session's cookie is for this host only, out of reach of scripts, and not sent along from other sites.
func TestSessionCookie(t *testing.T) {
	for _, secure := range []bool{true, false} {
		w := httptest.NewRecorder()
		access.SetSession(w, secure, "token")
		c := w.Result().Cookies()[0]
		name := access.Cookie
		if secure {
			name = "__Host-" + access.Cookie
		}
		if c.Name != name || c.Secure != secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 14*24*3600 {
			t.Errorf("secure %v: %+v", secure, c)
		}
		q := httptest.NewRequest("GET", "/", nil)
		q.AddCookie(c)
		if access.SessionToken(q) != "token" {
			t.Error("it is not read back")
		}
		w = httptest.NewRecorder()
		access.SetSession(w, secure, "")
		if c := w.Result().Cookies()[0]; c.Name != name || c.MaxAge >= 0 || c.Value != "" {
			t.Errorf("it is not taken away: %+v", c)
		}
	}
}
