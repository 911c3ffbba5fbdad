// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mainstay/app"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/config"
	"mainstay/kit/ids"
)

// open makes an installation in a fresh folder.
func open(t testing.TB) *app.App { return openAt(t, clock.System{}) }

// openAt is open with a clock of the test's own.
func openAt(t testing.TB, c clock.Clock) *app.App {
	t.Helper()
	a, err := app.Open(context.Background(), config.Server{Data: t.TempDir(), Address: "localhost:8377", Agents: "127.0.0.1:-1"}, slog.New(slog.DiscardHandler), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return a
}

// join makes an account with a role and returns its session token.
func join(t testing.TB, a *app.App, role access.Role) string {
	t.Helper()
	ctx := context.Background()
	needs, err := a.Access.NeedsOwner(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var link string
	if needs && role == access.Owner {
		link, err = a.Access.OwnerLink(ctx)
	} else {
		link, err = a.Access.Invite(ctx, string(role)+"@example.com", role)
	}
	if err != nil {
		t.Fatal(err)
	}
	session, err := a.Access.UseLink(ctx, link, access.Join{Name: "Somebody", Email: string(role) + "@example.com", Password: "four unrelated lamps"}, access.Client{})
	if err != nil {
		t.Fatal(err)
	}
	return session
}

var wildcard = regexp.MustCompile(`\{[^}]*\}`)

// request fills the wildcards of a pattern with the id of nothing.
func request(pattern string) *http.Request {
	method, path, ok := strings.Cut(pattern, " ")
	if !ok {
		method, path = "GET", pattern
	}
	path = strings.ReplaceAll(path, "{$}", "")
	path = wildcard.ReplaceAllString(path, ids.ID(42).String())
	r := httptest.NewRequest(method, path, nil)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

// Every route refuses whoever lacks its permission. The routes come from the router itself, so a new one
// is checked from its first day.
func TestEveryRouteChecksItsPermission(t *testing.T) {
	a := open(t)
	handler, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	sessions := map[access.Role]string{}
	for _, role := range access.Roles() {
		sessions[role] = join(t, a, role)
	}
	status := func(pattern, session string) int {
		r := request(pattern)
		if session != "" {
			r.AddCookie(&http.Cookie{Name: access.Cookie, Value: session})
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Code
	}
	routes := a.Routes()
	if len(routes) < 60 {
		t.Fatalf("only %d routes", len(routes))
	}
	for _, route := range routes {
		if route.Permission == access.Public || strings.Contains(route.Pattern, "sign-out") {
			continue
		}
		if got := status(route.Pattern, ""); got != http.StatusUnauthorized {
			t.Errorf("%s without sign-in: %d", route.Pattern, got)
		}
		for role, session := range sessions {
			if slices.Contains(access.RolesWith(route.Permission), role) {
				continue
			}
			if got := status(route.Pattern, session); got != http.StatusForbidden {
				t.Errorf("%s as %s: %d", route.Pattern, role, got)
			}
		}
	}
}

// Public routes are few, and each has its reason to be so.
func TestPublicRoutesAreKnown(t *testing.T) {
	a := open(t)
	if _, err := a.Handler(); err != nil {
		t.Fatal(err)
	}
	known := []string{
		"POST /agents/enrol", "GET /agents/link", // a token, or the broker, asks who it is
		"GET /agents/install.sh", "GET /agents/install.ps1", "GET /agents/files/{name}", // what puts an agent on a machine; no secrets
		"GET /healthz", "GET /readyz", "GET /push-worker.js", "GET /metrics", "GET /debug/pprof/{profile}", "POST /payments/stripe", // probes; metrics check for themselves
		"GET /assets/", "POST /theme", "GET /{$}", "/", "GET /enter/{token}",
		"GET /join/{token}", "POST /join/{token}", "GET /sign-in", "POST /sign-in", "POST /sign-in/code",
		"POST /sign-in/passkey/begin", "POST /sign-in/passkey", "GET /sign-in/oidc", "GET /sign-in/oidc/back",
		"POST /sign-in/oidc/logout", // the provider calls it with a signed token
		"GET /portal/sign-in", "POST /portal/sign-in", "POST /portal/sign-in/password", "GET /portal/enter/{token}", "POST /portal/enter/{token}",
		"POST /portal/sign-on", "GET /portal/sign-on/back",
		"GET /portal/brand.css", "GET /portal/logo", // the sign-in page shows them
		"GET /portal/form", "POST /portal/form", // shut unless the firm opens it; filed as a mail is
		"GET /portal/rate/{token}", "POST /portal/rate/{token}", // the link is signed
		"GET /portal/quotes/{token}", "GET /portal/quotes/{token}/quote.pdf", "POST /portal/quotes/{token}/accept", "POST /portal/quotes/{token}/decline", // the token is the permission
		"GET /api/openapi.json", "/api/v1/",
		"GET /portal/status/{token}", "GET /wall/{token}", "GET /wall/{token}/live", // the token is the permission: a screen on the wall
		"GET /calendar/{file}",                      // its address is the secret
		"GET /share/{token}", "POST /share/{token}", // the token is the permission, once
	}
	for _, r := range a.Routes() {
		if r.Permission == access.Public && !slices.Contains(known, r.Pattern) {
			t.Errorf("%s is public and nobody said why", r.Pattern)
		}
	}
}

func TestOtherSitesCannotPost(t *testing.T) {
	a := open(t)
	handler, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	session := join(t, a, access.Owner)
	r := httptest.NewRequest("POST", "/start/empty", nil)
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.AddCookie(&http.Cookie{Name: access.Cookie, Value: session})
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if w.Code != http.StatusForbidden {
		t.Fatalf("a post from another site: %d", w.Code)
	}
	for _, h := range []string{"Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options", "Referrer-Policy"} {
		if w.Header().Get(h) == "" {
			t.Errorf("no %s", h)
		}
	}
	// The single sign-on provider's own call comes from no browser and goes through; here no provider is set up.
	r = httptest.NewRequest("POST", "/sign-in/oidc/logout", strings.NewReader("logout_token=x"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	called := httptest.NewRecorder()
	handler.ServeHTTP(called, r)
	if called.Code != http.StatusNotFound {
		t.Errorf("a provider's call without a provider: %d", called.Code)
	}
	if strings.Contains(w.Header().Get("Content-Security-Policy"), "unsafe") {
		t.Error("the policy allows something unsafe")
	}
}

// Over HTTPS browsers are told to stay there, and the session's cookie is bound to it.
func TestHTTPSStaysHTTPS(t *testing.T) {
	for url, want := range map[string]string{"https://desk.example.com": "max-age=31536000", "http://localhost:8377": ""} {
		a, err := app.Open(context.Background(), config.Server{Data: t.TempDir(), Address: "localhost:8377", URL: url}, slog.New(slog.DiscardHandler), clock.System{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = a.Close() })
		handler, err := a.Handler()
		if err != nil {
			t.Fatal(err)
		}
		link, err := a.Access.OwnerLink(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		form := strings.NewReader("name=Ada&email=ada%40example.com&password=four+unrelated+lamps")
		r := httptest.NewRequest("POST", "/join/"+link, form)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if got := w.Header().Get("Strict-Transport-Security"); w.Code != http.StatusSeeOther || got != want {
			t.Errorf("%s: %d, %q", url, w.Code, got)
		}
		cookie := strings.Join(w.Header().Values("Set-Cookie"), "\n")
		if bound := strings.Contains(cookie, "__Host-mainstay-session=") && strings.Contains(cookie, "Secure"); bound != (want != "") {
			t.Errorf("%s: %s", url, cookie)
		}
	}
}

// A session under the firm's rule on second factors gets nothing but the way to set one up, whatever the route.
func TestEveryRouteObeysTheFactorRule(t *testing.T) {
	a := open(t)
	handler, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	session := join(t, a, access.Owner)
	if err := a.Access.SetFactorRule(context.Background(), access.FactorLeaders); err != nil {
		t.Fatal(err)
	}
	for _, route := range a.Routes() {
		if route.Permission == access.Public || route.Permission == access.SettingUp {
			continue
		}
		r := request(route.Pattern)
		r.Header.Set("Accept", "text/html")
		r.AddCookie(&http.Cookie{Name: access.Cookie, Value: session})
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if to := w.Header().Get("Location"); w.Code != http.StatusSeeOther || !strings.HasPrefix(to, access.SetUpPage+"?back=") {
			t.Errorf("%s: %d %s", route.Pattern, w.Code, to)
		}
	}
}

// What changes how people get in asks for a fresh confirmation. A new route of that kind belongs here.
func TestFreshRoutesAreKnown(t *testing.T) {
	a := open(t)
	if _, err := a.Handler(); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"POST /account/totp/begin", "POST /account/totp/off", "POST /account/passkeys/begin", "POST /account/passkeys/{id}/delete",
		"POST /account/sessions/{id}/end", "POST /account/sessions/end-others", "POST /account/tokens",
		"POST /credentials/{credential}/reveal", "POST /credentials/{credential}/share",
		"POST /people/invite", "POST /people/second-factor", "POST /people/{id}", "POST /people/{id}/reset",
	}
	var got []string
	for _, r := range a.Routes() {
		if r.Fresh {
			got = append(got, r.Pattern)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

// Every address that pages link to without parameters answers the owner.
func TestPlainPagesAnswer(t *testing.T) {
	a := open(t)
	handler, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	session := join(t, a, access.Owner)
	for _, route := range a.Routes() {
		path, ok := strings.CutPrefix(route.Pattern, "GET ")
		if !ok || strings.Contains(path, "{") || strings.HasSuffix(path, "/") || strings.Contains(path, "events") || strings.Contains(path, "oidc") {
			continue
		}
		r := httptest.NewRequest("GET", path, nil)
		r.AddCookie(&http.Cookie{Name: access.Cookie, Value: session})
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code >= 500 {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
}
