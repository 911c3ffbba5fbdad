// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
)

// site is a router with a page, an account page, the set-up page and a page that asks for a fresh confirmation.
func (r rig) site(t *testing.T) *access.Router {
	t.Helper()
	router, err := access.NewRouter(r.Service, "")
	if err != nil {
		t.Fatal(err)
	}
	nothing := func(http.ResponseWriter, *http.Request) {}
	router.HandleFunc("GET /clients", access.ClientsRead, nothing)
	router.HandleFunc("GET /account", access.SignedIn, nothing)
	router.HandleFunc("GET /people", access.UsersManage, nothing)
	router.HandleFunc("GET "+access.SetUpPage, access.SettingUp, nothing)
	router.HandleFresh("POST /account/tokens", access.SignedIn, http.HandlerFunc(nothing))
	return router
}

// visit sends a browser's request with a session and returns the status and where it leads.
func visit(h http.Handler, method, path, session string) (status int, to string) {
	q := httptest.NewRequest(method, "http://localhost:8377"+path, nil)
	q.Header.Set("Accept", "text/html")
	q.Header.Set("Referer", "http://localhost:8377/account/tokens?page=2")
	q.AddCookie(&http.Cookie{Name: access.Cookie, Value: session})
	w := httptest.NewRecorder()
	h.ServeHTTP(w, q)
	return w.Code, w.Header().Get("Location")
}

func bearer(h http.Handler, path, token string) int {
	q := httptest.NewRequest("GET", path, nil)
	q.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	h.ServeHTTP(w, q)
	return w.Code
}

func (r rig) signIn(t *testing.T, email string, c access.Client) string {
	t.Helper()
	in, err := r.Password(context.Background(), email, good, c)
	if err != nil || in.Session == "" {
		t.Fatalf("%+v, %v", in, err)
	}
	return in.Session
}

func TestFactorRule(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		me := r.owner(t)
		r.join(t, "tom@example.com", access.Technician)
		owner, tom := r.signIn(t, "ada@example.com", browser), r.signIn(t, "tom@example.com", browser)
		token, err := r.NewToken(r.as(t, tom), "script", []access.Permission{access.ClientsRead}, 0)
		if err != nil {
			t.Fatal(err)
		}
		site := r.site(t)
		if err := r.SetFactorRule(me, "sometimes"); !fault.Is(err, fault.Invalid) {
			t.Errorf("an unknown rule: %v", err)
		}
		if err := r.SetFactorRule(me, access.FactorLeaders); err != nil {
			t.Fatal(err)
		}
		if got, to := visit(site, "GET", "/clients?page=3", owner); got != 303 || to != access.SetUpPage+"?back=%2Fclients%3Fpage%3D3" {
			t.Errorf("an owner without a factor: %d %s", got, to)
		}
		if got, _ := visit(site, "GET", "/clients", tom); got != 200 {
			t.Errorf("a technician, whom the rule does not ask: %d", got)
		}
		if got := bearer(site, "/clients", token); got != 200 {
			t.Errorf("their token: %d", got)
		}
		if err := r.SetFactorRule(me, access.FactorEveryone); err != nil {
			t.Fatal(err)
		}
		if got := bearer(site, "/clients", token); got != 403 {
			t.Errorf("the token of somebody without a factor: %d", got)
		}
		for _, path := range []string{"/clients", "/account"} {
			if got, to := visit(site, "GET", path, tom); got != 303 || to != access.SetUpPage+"?back=%2F"+path[1:] {
				t.Errorf("%s without a factor: %d %s", path, got, to)
			}
		}
		if got, _ := visit(site, "GET", access.SetUpPage, tom); got != 200 {
			t.Errorf("the page to set one up: %d", got)
		}
		secret, _ := r.app(t, r.as(t, tom))
		if got, _ := visit(site, "GET", "/clients", tom); got != 200 {
			t.Errorf("with an app: %d", got)
		}
		if got := bearer(site, "/clients", token); got != 200 {
			t.Errorf("the token with an app: %d", got)
		}
		in, err := r.Password(context.Background(), "tom@example.com", good, browser)
		if err != nil || in.Second == "" {
			t.Fatalf("%+v, %v", in, err)
		}
		r.clock.Advance(time.Minute)
		session, err := r.SecondFactor(context.Background(), in.Second, r.code(t, secret), browser)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := visit(site, "GET", "/clients", session); got != 200 {
			t.Errorf("signed in with the app: %d", got)
		}
		// Without the app again the rule asks at once.
		if err := r.DisableTOTP(r.as(t, session)); err != nil {
			t.Fatal(err)
		}
		if got, _ := visit(site, "GET", "/clients", session); got != 303 {
			t.Errorf("after the app was turned off: %d", got)
		}
	})
}

// A passkey that was not used at sign-in is no second factor of the session.
func TestFactorRuleWantsThePasskeyUsed(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	me := r.owner(t)
	session := r.signIn(t, "ada@example.com", browser)
	run(t, r.db, "INSERT INTO access_passkeys (id, user_id, credential, name, data, created_at) SELECT 1, id, 'c', 'key', '{}', 1 FROM access_users")
	if err := r.SetFactorRule(me, access.FactorEveryone); err != nil {
		t.Fatal(err)
	}
	if got, to := visit(r.site(t), "GET", "/clients", session); got != 303 || to != access.ConfirmPage+"?back=%2Fclients" {
		t.Errorf("signed in by password: %d %s", got, to)
	}
	run(t, r.db, "UPDATE access_sessions SET method = 'passkey'")
	if got, _ := visit(r.site(t), "GET", "/clients", session); got != 200 {
		t.Errorf("signed in by passkey: %d", got)
	}
}

func TestFreshConfirmation(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.owner(t)
		session := r.signIn(t, "ada@example.com", browser)
		site := r.site(t)
		if got, _ := visit(site, "POST", "/account/tokens", session); got != 200 {
			t.Errorf("just signed in: %d", got)
		}
		r.clock.Advance(11 * time.Minute)
		if got, to := visit(site, "POST", "/account/tokens", session); got != 303 || to != access.ConfirmPage+"?back=%2Faccount%2Ftokens%3Fpage%3D2" {
			t.Errorf("eleven minutes later: %d %s", got, to)
		}
		if got, _ := visit(site, "GET", "/account", session); got != 200 {
			t.Errorf("a page that asks for nothing: %d", got)
		}
		me := r.as(t, session)
		if err := r.Confirm(me, "wrong wrong wrong"); !fault.Is(err, fault.Invalid) {
			t.Errorf("a wrong password: %v", err)
		}
		if got, _ := visit(site, "POST", "/account/tokens", session); got != 303 {
			t.Errorf("after a wrong password: %d", got)
		}
		if err := r.Confirm(me, good); err != nil {
			t.Fatal(err)
		}
		if got, _ := visit(site, "POST", "/account/tokens", session); got != 200 {
			t.Errorf("confirmed: %d", got)
		}
		for range 5 {
			_ = r.Confirm(me, "wrong wrong wrong")
		}
		if err := r.Confirm(me, good); !fault.Is(err, fault.Busy) {
			t.Errorf("guessing is not limited: %v", err)
		}
	})
}

// A script learns where to lead the person; another site's address is never led back to.
func TestDetourOfScriptsAndStrangers(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	r.owner(t)
	session := r.signIn(t, "ada@example.com", browser)
	site := r.site(t)
	r.clock.Advance(time.Hour)
	q := httptest.NewRequest("POST", "http://localhost:8377/account/tokens", nil)
	q.Header.Set("Accept", "application/json")
	q.AddCookie(&http.Cookie{Name: access.Cookie, Value: session})
	w := httptest.NewRecorder()
	if site.ServeHTTP(w, q); w.Code != 403 || w.Header().Get("X-Detour") != access.ConfirmPage {
		t.Errorf("a script: %d %q", w.Code, w.Header().Get("X-Detour"))
	}
	q.Header.Set("Accept", "text/html")
	q.Header.Set("Referer", "https://elsewhere.example/trap")
	w = httptest.NewRecorder()
	if site.ServeHTTP(w, q); w.Header().Get("Location") != access.ConfirmPage+"?back=%2F" {
		t.Errorf("from elsewhere: %q", w.Header().Get("Location"))
	}
}

func TestRefusalsAreInTheTrailOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		me := r.owner(t)
		r.join(t, "tom@example.com", access.Technician)
		tom := r.signIn(t, "tom@example.com", browser)
		refusals := func() (n int) {
			list, err := r.Audit(me, 0, 100)
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range list {
				if e.Action == "access.refused" && e.Actor == "Tom Okafor" && e.Subject == "GET /people" {
					n++
				}
			}
			return n
		}
		for range 3 {
			if got, _ := visit(r.site(t), "GET", "/people", tom); got != 403 {
				t.Fatalf("a technician: %d", got)
			}
		}
		if refusals() != 1 {
			t.Errorf("%d entries of three refusals", refusals())
		}
		r.clock.Advance(3 * time.Hour)
		if err := r.Sweep(me); err != nil {
			t.Fatal(err)
		}
		visit(r.site(t), "GET", "/people", tom)
		if refusals() != 2 {
			t.Errorf("%d entries, three hours later", refusals())
		}
	})
}
