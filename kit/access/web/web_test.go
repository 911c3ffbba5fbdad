// SPDX-License-Identifier: Apache-2.0

package web_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"mainstay/kit/access"
	"mainstay/kit/access/web"
	"mainstay/kit/clock"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/page"
	"mainstay/test/browser"
)

const good = "four unrelated lamps"

// site is the pages of access on a server of their own.
type site struct {
	*access.Service
	url   string
	clock *clock.Fixed
}

func newSite(t *testing.T) site {
	t.Helper()
	c := clock.At(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	sealer, err := access.OpenSealer(filepath.Join(t.TempDir(), "secret.key"), true)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(nil)
	_, port, _ := strings.Cut(server.Listener.Addr().String(), ":")
	url := "http://localhost:" + port // the name on which browsers allow passkeys
	s := access.New(dbtest.Open(t), c, ids.NewSource(c), sealer, access.Options{URL: url, FirmName: "Northwind IT"})
	r, err := access.NewRouter(s, "")
	if err != nil {
		t.Fatal(err)
	}
	r.Refuse = page.Error
	r.Inside = page.Personal(func(r *http.Request) (page.View, locale.Printer) {
		v := page.View{Firm: "Northwind IT", NoSearch: true}
		p := locale.New(locale.Tag(r.FormValue("lang")), nil)
		if id := access.From(r.Context()); id != nil {
			if t := locale.Tag(id.Language); t.Known() && r.FormValue("lang") == "" {
				p = locale.New(t, nil)
			}
			if id.Notices > 0 && !strings.HasPrefix(r.URL.Path, "/account") {
				if news, err := s.Notices(r.Context()); err == nil {
					v.Notices = append(v.Notices, web.Banner(locale.With(r.Context(), p), news))
				}
			}
			v.Person, v.Account, v.SignOut = page.Person{Name: id.Name, Role: p.T(string(id.Role))}, "/account", "/sign-out"
		}
		return v, p
	})
	r.Handle("GET /assets/", access.Public, page.Assets())
	r.Handle("POST /theme", access.Public, page.SwitchTheme())
	r.Handle("GET /{$}", access.SignedIn, page.Handler(func(w http.ResponseWriter, r *http.Request) error { return page.Redirect(w, r, "/account") }))
	web.Mount(r, s, web.Options{Clock: c, URL: url, Clients: func(context.Context) ([]web.Client, error) {
		return []web.Client{{ID: 7, Name: "Quayside Gallery"}, {ID: 8, Name: "Harbour Dental"}}, nil
	}})
	server.Config.Handler = page.Secure(http.NewCrossOriginProtection().Handler(r))
	server.Start()
	t.Cleanup(server.Close)
	return site{s, url, c}
}

// owner sets the owner up and returns the session cookie.
func (s site) owner(t *testing.T) *http.Cookie {
	t.Helper()
	ctx := context.Background()
	link, err := s.OwnerLink(ctx)
	if err != nil {
		t.Fatal(err)
	}
	session, err := s.UseLink(ctx, link, access.Join{Name: "Ada Moreau", Email: "ada@example.com", Password: good}, access.Client{Address: "127.0.0.1", Agent: "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"})
	if err != nil {
		t.Fatal(err)
	}
	return &http.Cookie{Name: access.Cookie, Value: session}
}

func inPseudo(url string) string {
	if strings.Contains(url, "?") {
		return url + "&lang=en-XA"
	}
	return url + "?lang=en-XA"
}

func TestPagesInTheBrowser(t *testing.T) {
	b := browser.New(t)
	s := newSite(t)
	link, err := s.OwnerLink(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	b.Check(t, browser.Look{Name: "join", URL: s.url + "/join/" + link, Pseudo: s.url + "/join/" + link + "?lang=en-XA"})
	b.Check(t, browser.Look{Name: "sign-in", URL: s.url + "/sign-in", Pseudo: s.url + "/sign-in?lang=en-XA"})
	session := s.owner(t)
	if _, err := s.Password(context.Background(), "ada@example.com", good, access.Client{Address: "192.0.2.7", Agent: "Mozilla/5.0 (iPhone) Safari/605"}); err != nil {
		t.Fatal(err)
	}
	id, err := s.Session(context.Background(), session.Value, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	ctx := access.With(context.Background(), id)
	if _, err := s.NewToken(ctx, "Report script", []access.Permission{access.ClientsRead, access.Export}, 90*24*time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := s.NewToken(ctx, "Their Prometheus", []access.Permission{access.SeriesWrite}, 0, 7, 9); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Invite(ctx, "tom@example.com", access.Technician); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"profile": "/account", "security": "/account/security?changed=passkey", "sessions": "/account/sessions", "tokens": "/account/tokens",
		"people": "/people", "person": "/people/" + id.User.String(), "audit": "/audit",
	} {
		b.Check(t, browser.Look{Name: name, URL: s.url + path, Pseudo: inPseudo(s.url + path), Cookies: []*http.Cookie{session}})
	}
	s.clock.Advance(11 * time.Minute) // from now on a confirmation is asked for
	for name, path := range map[string]string{
		"confirm": "/account/confirm?back=/account/tokens", "security-later": "/account/security", "tokens-later": "/account/tokens", "people-later": "/people",
	} {
		b.Check(t, browser.Look{Name: name, URL: s.url + path, Pseudo: inPseudo(s.url + path), Cookies: []*http.Cookie{session}})
	}
	if err := s.SetFactorRule(ctx, access.FactorEveryone); err != nil {
		t.Fatal(err)
	}
	b.Check(t, browser.Look{Name: "set-up", URL: s.url + "/account", Pseudo: s.url + access.SetUpPage + "?lang=en-XA", Cookies: []*http.Cookie{session}})
}

// TestLifeOfAnAccount walks the way of a person: owner link, second factor, sign-out, sign-in with the
// app, a passkey, sign-in with the passkey.
func TestLifeOfAnAccount(t *testing.T) {
	b := browser.New(t)
	s := newSite(t)
	link, err := s.OwnerLink(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	tab := b.Open(t, browser.Look{Name: "life", URL: s.url + "/join/" + link})
	tab.Passkeys()
	tab.Type("#f-name", "Ada Moreau")
	tab.Type("#f-email", "ada@example.com")
	tab.Type("#f-password", good)
	tab.Click(".form .btn-primary")
	tab.Wait("#f-language")

	tab.Goto(s.url + "/account/security")
	tab.Click("form[action='/account/totp/begin'] button")
	tab.Wait(".qr")
	tab.Accessible()
	tab.Shot("-totp")
	secret := strings.ReplaceAll(tab.Text("#totp-secret"), " ", "")
	code := func() string {
		c, err := totp.GenerateCode(secret, s.clock.Now())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	tab.Type("#f-code", "000000")
	tab.Click("form[action='/account/totp'] .btn-primary")
	tab.Wait("#f-code-error")
	tab.Type("#f-code", code())
	tab.Click("form[action='/account/totp'] .btn-primary")
	tab.Wait(".codes li:nth-child(10)")
	tab.Accessible()
	tab.Shot("-recovery")

	tab.Click("form[action='/sign-out'] button")
	tab.Wait("#f-email")
	tab.Type("#f-email", "ada@example.com")
	tab.Type("#f-password", "not the password at all")
	tab.Click(".btn-primary")
	tab.Wait(".notice.tone-bad")
	tab.Shot("-wrong")
	tab.Type("#f-password", good)
	tab.Click(".btn-primary")
	tab.Wait("#f-code")
	tab.Accessible()
	tab.Shot("-code")
	s.clock.Advance(time.Minute) // each code works once
	tab.Type("#f-code", code())
	tab.Click(".btn-primary")
	tab.Wait("#f-language")

	tab.Goto(s.url + "/account/security")
	tab.Type("#f-name", "Test laptop")
	tab.Click("[data-passkey=add]")
	tab.Wait("#passkeys .list li b")
	if got := tab.Text("#passkeys .list li"); !strings.Contains(got, "Test laptop") {
		t.Errorf("the passkey is shown as %q", got)
	}
	tab.Shot("-security")
	tab.Click("form[action='/sign-out'] button")
	tab.Wait("[data-passkey=sign-in]")
	tab.Click("[data-passkey=sign-in]")
	tab.Wait("#f-language")

	tab.Goto(s.url + "/people")
	tab.Type("#f-email", "tom@example.com")
	tab.Click("form[action='/people/invite'] .btn-primary")
	tab.Wait("#invitation")
	tab.Accessible()
	tab.Shot("-invited")
	invitation := tab.Text("#invitation")
	tom := b.Open(t, browser.Look{Name: "tom", URL: invitation})
	tom.Type("#f-name", "Tom Okafor")
	tom.Type("#f-password", "kettle orbit lantern moss")
	tom.Click(".form .btn-primary")
	tom.Wait("#f-language")
	tom.Goto(s.url + "/people")
	if got := tom.Text("h1"); got != "Not allowed" {
		t.Errorf("a technician sees %q on the people page", got)
	}

	tab.Goto(s.url + "/account/tokens")
	tab.Type("#f-name", "Their Prometheus")
	tab.Type("#f-client", "Quayside Galery")
	tab.Click("#scope-series\\:write")
	tab.Click("form[action='/account/tokens'] .btn-primary")
	tab.Wait("#f-client[aria-invalid=true]")
	tab.Shot("-token-wrong-client")
	tab.Goto(s.url + "/account/tokens")
	tab.Type("#f-name", "Their Prometheus")
	tab.Type("#f-client", "quayside gallery")
	tab.Click("#scope-series\\:write")
	tab.Click("form[action='/account/tokens'] .btn-primary")
	tab.Wait("#token")
	tab.Goto(s.url + "/account/tokens")
	tab.Type("#f-name", "Report script")
	tab.Click("#scope-clients\\:read")
	tab.Click("form[action='/account/tokens'] .btn-primary")
	tab.Wait("#token")
	tab.Shot("-token")
	request, err := http.NewRequest(http.MethodGet, s.url+"/account", nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+tab.Text("#token"))
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	_ = answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden { // known, and the account's own pages are closed to it
		t.Errorf("the new token is answered with %d", answer.StatusCode)
	}

	tab.Goto(s.url + "/audit")
	tab.Click("form[action='/audit/verify'] button")
	tab.Wait(".toast.tone-good")
	tab.Shot("-audit")
	for _, p := range tab.Problems() {
		if !strings.Contains(p, "401") && !strings.Contains(p, "422") { // the two planted mistakes
			t.Error(p)
		}
	}
}

// What changes how people get in asks first who is there, and leads back to where the person was.
func TestConfirmationLeadsBack(t *testing.T) {
	b := browser.New(t)
	s := newSite(t)
	session := s.owner(t)
	tab := b.Open(t, browser.Look{Name: "confirmation", URL: s.url + "/account/security", Cookies: []*http.Cookie{session}})
	tab.Passkeys()
	s.clock.Advance(11 * time.Minute)
	tab.Click("form[action='/account/totp/begin'] button") // a form of before
	tab.Wait(".alone #f-current")
	tab.Type(".alone #f-current", "not the password at all")
	tab.Click(".alone .btn-primary")
	tab.Wait(".alone #f-current-error")
	tab.Accessible()
	tab.Type(".alone #f-current", good)
	tab.Click(".alone .btn-primary")
	tab.Wait(".tabs")
	tab.Click("form[action='/account/totp/begin'] button")
	tab.Wait(".qr")

	tab.Goto(s.url + "/account/security")
	s.clock.Advance(11 * time.Minute)
	tab.Click("[data-passkey=add]") // a script is led there as well
	tab.Wait(".alone #f-current")
	if !strings.HasSuffix(tab.URL(), "?back=%2Faccount%2Fsecurity") {
		t.Errorf("a script was led to %s", tab.URL())
	}
	tab.Type(".alone #f-current", good)
	tab.Click(".alone .btn-primary")
	tab.Wait(".tabs")
	tab.Click("[data-passkey=add]")
	tab.Wait("#passkeys .list li b")

	s.clock.Advance(11 * time.Minute)
	tab.Goto(s.url + "/account/tokens")
	tab.Click(".notice a")
	tab.Wait("[data-passkey=confirm]")
	tab.Click("[data-passkey=confirm]")
	tab.Wait("#f-days") // the form is there now
}

// With the firm's rule nobody gets past setting up a second factor, the owner neither; a passkey does it.
func TestFactorRuleInTheBrowser(t *testing.T) {
	b := browser.New(t)
	s := newSite(t)
	session := s.owner(t)
	tab := b.Open(t, browser.Look{Name: "rule", URL: s.url + "/account/security", Cookies: []*http.Cookie{session}})
	tab.Passkeys()
	tab.Click("input[name=rule][value=everybody]")
	tab.Click("form[action='/people/second-factor'] button")
	tab.Wait(".alone [data-passkey=add]")
	tab.Goto(s.url + "/people")
	if got := tab.Text("h1"); got != "Set up a second factor" {
		t.Fatalf("the people page shows %q", got)
	}
	tab.Click("form[action='/account/totp/begin'] button")
	tab.Wait(".alone .qr")
	tab.Accessible()
	tab.Fits()
	tab.Shot("-app")
	tab.Goto(s.url + "/people")
	tab.Click("[data-passkey=add]")
	tab.Wait("#passkeys .list li b")
	tab.Goto(s.url + "/people")
	if got := tab.Text("h1"); got != "People and roles" {
		t.Fatalf("with a passkey the people page shows %q", got)
	}
	tab.Click("form[action='/sign-out'] button")
	tab.Wait("#f-password")
	tab.Type("#f-email", "ada@example.com") // the password alone is one factor
	tab.Type("#f-password", good)
	tab.Click(".btn-primary")
	tab.Wait("[data-passkey=confirm]")
	tab.Accessible()
	tab.Shot("-use")
	tab.Goto(s.url + "/people")
	tab.Wait("[data-passkey=confirm]")
	tab.Click("[data-passkey=confirm]")
	tab.Wait("form[action='/people/invite']")
	tab.Quiet()
}

// What happened to the account is told on other sessions until the person puts it away.
func TestNoticesInTheBrowser(t *testing.T) {
	b := browser.New(t)
	s := newSite(t)
	session := s.owner(t)
	stranger := access.Client{Address: "203.0.113.9", Agent: "Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"}
	if _, err := s.Password(context.Background(), "ada@example.com", good, stranger); err != nil {
		t.Fatal(err)
	}
	tab := b.Visit(t, browser.Look{Name: "news", URL: s.url + "/people", Cookies: []*http.Cookie{session}})
	if got := tab.Text(".banner"); !strings.Contains(got, "Firefox, Windows, from 203.0.113.9") {
		t.Errorf("the banner says %q", got)
	}
	tab.Click(".banner a")
	tab.Wait("form[action='/account/notices/seen']")
	tab.Shot("-account")
	tab.Click("form[action='/account/notices/seen'] button")
	tab.Wait(".toast.tone-good")
	tab.Goto(s.url + "/people")
	var left int
	if tab.Eval("document.querySelectorAll('.banner').length", &left); left != 0 {
		t.Errorf("%d banners are left", left)
	}
}
