// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"mainstay/desk/helpdesk"
	"mainstay/desk/mailroom"
	"mainstay/desk/portal"
	"mainstay/kit/access"
	"mainstay/practice/clients"
)

// The firm asks on a ticket's page, the client says yes in the portal, and both see how it stands.
func TestPortalApprovalOnItsPages(t *testing.T) {
	o := newOffice(t)
	tk := o.raise(o.client, o.kim, helpdesk.Draft{Subject: "A second screen"})
	if s := o.desk.get("/tickets/1001"); !strings.Contains(s, "/tickets/1001/approvals/new") {
		t.Error("the ticket's page offers no approval")
	}
	firm, err := o.Values.Firm(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	firm.Currency = "EUR"
	if err := o.Values.SetFirm(context.Background(), firm); err != nil {
		t.Fatal(err)
	}
	ask := "/tickets/1001/approvals/new"
	for amount, want := range map[string]int{"twelve": 422, "1.2.3,4,5x": 422, "99999999999999": 422, "-5": 422} {
		if code, _, body := o.desk.post(ask, url.Values{"text": {"A screen"}, "amount": {amount}}); code != want || !strings.Contains(body, "A screen") {
			t.Errorf("%q: %d", amount, code)
		}
	}
	for amount, want := range map[string]int64{"": 0, "1250": 125000, "1,250.00": 125000, "1.250,00": 125000, "1.250": 125000, "12,5": 1250, "1 250,00": 125000} {
		if code, to, body := o.desk.post(ask, url.Values{"text": {"A screen"}, "amount": {amount}}); code != http.StatusSeeOther || to != "/tickets/1001" {
			t.Fatalf("%q: %d %s", amount, code, body)
		}
		list, err := o.Portal.ApprovalsOf(context.Background(), access.WholeFirm(), tk.ID)
		if err != nil || list[len(list)-1].Minor != want {
			t.Errorf("%q is %d, want %d", amount, list[len(list)-1].Minor, want)
		}
		if code, _, _ := o.desk.post("/tickets/1001/approvals/"+list[len(list)-1].ID.String()+"/withdraw", nil); code != http.StatusSeeOther {
			t.Errorf("withdraw: %d", code)
		}
	}
	if code, _, _ := o.desk.post(ask, url.Values{"text": {"The blue screen"}, "amount": {"249,00"}, "person": {o.boss.String()}}); code != http.StatusSeeOther {
		t.Fatal(code)
	}
	path := o.lastTo("bo@kestrel.example").path(t)
	if w := o.guest().get(path); w.Code != http.StatusSeeOther || !strings.Contains(w.Header().Get("Location"), url.QueryEscape(path)) {
		t.Errorf("the mail's link leads to %s", w.Header().Get("Location"))
	}
	g := o.enter("bo@kestrel.example")
	s := g.page(path)
	digest := regexp.MustCompile(`name="digest" value="(\w+)"`).FindStringSubmatch(s)
	if !strings.Contains(s, "The blue screen") || !strings.Contains(s, "€249.00") || digest == nil || strings.Contains(s, "/portal/tickets/1001") {
		t.Fatal(s)
	}
	for _, f := range []url.Values{{}, {"answer": {"maybe"}, "digest": {digest[1]}}, {"answer": {"yes"}, "digest": {"x"}}} {
		if w := g.post(path, f); w.Code != http.StatusUnprocessableEntity && w.Code != http.StatusConflict {
			t.Errorf("%v: %d", f, w.Code)
		}
	}
	if w := g.post(path, url.Values{"answer": {"yes"}, "digest": {digest[1]}}); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if w := g.post(path, url.Values{"answer": {"no"}, "digest": {digest[1]}}); w.Code != http.StatusConflict {
		t.Errorf("a second answer: %d", w.Code)
	}
	if s := o.desk.get("/tickets/1001"); !strings.Contains(s, "approved") || !strings.Contains(s, "bo@kestrel.example") || !strings.Contains(s, digest[1]) {
		t.Error("the ticket's page does not tell of the answer")
	}
}

// The satisfaction report and its CSV hold what was said, and no formula.
func TestSatisfactionReport(t *testing.T) {
	o := newOffice(t)
	ctx := context.Background()
	if s := o.desk.get("/tickets/satisfaction"); !strings.Contains(s, "Nobody was asked yet") {
		t.Error("the empty page")
	}
	solved := helpdesk.StateSolved
	tk := o.raise(o.client, o.kim, helpdesk.Draft{Subject: "=HYPERLINK(1)"})
	if _, err := o.Desk.Update(ctx, access.WholeFirm(), tk.ID, 0, helpdesk.Edit{State: &solved}); err != nil {
		t.Fatal(err)
	}
	if err := o.Portal.RateFor(ctx, tk.ID, portal.Bad, "@SUM(1+1)*cmd"); err != nil {
		t.Fatal(err)
	}
	if s := o.desk.get("/tickets/satisfaction"); !strings.Contains(s, "@SUM(1+1)*cmd") || !strings.Contains(s, "0%") {
		t.Error("the page")
	}
	w := o.desk.do(httptest.NewRequest("GET", "/tickets/satisfaction.csv?months=1", nil))
	if s := w.Body.String(); !strings.Contains(s, "Kestrel") || !strings.Contains(s, "bad") || regexp.MustCompile(`(^|[,\n"])[=@]`).MatchString(s) {
		t.Errorf("%q", s)
	}
	for _, q := range []string{"months=0", "months=61", "months=x", "client=x"} {
		if w := o.desk.do(httptest.NewRequest("GET", "/tickets/satisfaction?"+q, nil)); w.Code != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", q, w.Code)
		}
	}
	if w := o.desk.as(access.Technician).do(httptest.NewRequest("GET", "/tickets/satisfaction.csv", nil)); w.Code != http.StatusForbidden {
		t.Errorf("a technician exports: %d", w.Code)
	}
}

// The form stands in the firm's own websites and in no others, and what it is sent goes the way of a mail.
func TestPortalForm(t *testing.T) {
	o := newOffice(t)
	g := o.guest()
	if w := g.get("/portal/form"); w.Code != http.StatusNotFound {
		t.Errorf("while it is shut: %d", w.Code)
	}
	if err := o.change(func(x *portal.Settings) { x.Form, x.Hosts = true, []string{"https://www.firm.example"} }); err != nil {
		t.Fatal(err)
	}
	w := g.get("/portal/form")
	if p := w.Header().Get("Content-Security-Policy"); !strings.Contains(p, "frame-ancestors 'self' https://www.firm.example") || w.Header().Get("X-Frame-Options") != "" || strings.Contains(p, "unsafe") {
		t.Errorf("%v", w.Header())
	}
	if w := g.get("/portal/sign-in"); !strings.Contains(w.Header().Get("Content-Security-Policy"), "frame-ancestors 'none'") || w.Header().Get("X-Frame-Options") != "DENY" {
		t.Error("the page to sign in can be framed")
	}
	r := httptest.NewRequest("GET", "/portal/form", nil)
	r.Header.Set("Sec-Fetch-Dest", "iframe")
	if s := g.do(r).Body.String(); strings.Contains(s, "out-head") || !strings.Contains(s, `name="subject"`) {
		t.Error("the frame shows more than the form")
	}
	f := url.Values{"name": {"Kim"}, "email": {"kim@kestrel.example"}, "subject": {"From the website"}, "body": {"Hello"}}
	if w := g.send("/portal/form", f, "photo.png", "not looked at"); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Thank you") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if tk := o.ticket(1001); tk.Client != o.client || tk.Person != o.kim || tk.Subject != "From the website" {
		t.Errorf("%+v", tk)
	}
	f.Set("email", "nobody")
	if w := g.send("/portal/form", f, "x", "x"); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "Hello") {
		t.Errorf("no address: %d", w.Code)
	}
	f.Set("email", "who@else.example")
	if w := g.send("/portal/form", f, "big.bin", strings.Repeat("x", 11<<20)); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("too large: %d", w.Code)
	}
	r = httptest.NewRequest("POST", "/portal/form", strings.NewReader(f.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	rec := httptest.NewRecorder()
	o.handler.ServeHTTP(rec, r)
	if rec.Code != http.StatusForbidden {
		t.Errorf("another site's own form: %d", rec.Code)
	}
	if n, err := o.Mail.Count(context.Background(), mailroom.Review); n != 0 || err != nil {
		t.Errorf("%d wait", n)
	}
}

// The settings, the logo and the rights on their pages.
func TestPortalSettingsPages(t *testing.T) {
	o := newOffice(t)
	set, err := o.Portal.Settings(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	f := url.Values{"version": {"0"}, "enabled": {"on"}, "who": {"everybody"}, "own-accent": {"on"}, "accent": {"#ffd400"}, "welcome": {"Hello <b>"}, "hosts": {"www.a.example, b.example"}}
	if code, _, body := o.desk.post("/portal-settings", f); code != http.StatusConflict || !strings.Contains(body, "Hello &lt;b&gt;") {
		t.Errorf("an old version: %d", code)
	}
	f.Set("version", "2")
	if set.Version != 2 {
		t.Fatal(set.Version)
	}
	if code, _, body := o.desk.post("/portal-settings", f); code != http.StatusSeeOther {
		t.Fatalf("%d %s", code, body)
	}
	if s := o.guest().page("/portal/brand.css"); !strings.Contains(s, "--accent: light-dark(#") || strings.Contains(s, "light-dark(#ffd400") {
		t.Errorf("yellow on white: %s", s)
	}
	if s := o.guest().page("/portal/sign-in"); !strings.Contains(s, "/portal/brand.css?v=3") || !strings.Contains(s, "Hello <b>") {
		t.Error("the page to sign in")
	}
	logo := func(content string) int {
		g := o.guest()
		w := g.do(upload(o, content))
		return w.Code
	}
	if code := logo("<svg/>"); code != http.StatusUnprocessableEntity {
		t.Errorf("no picture: %d", code)
	}
	if w := o.guest().get("/portal/logo"); w.Code != http.StatusNotFound {
		t.Errorf("no logo: %d", w.Code)
	}
	page := "/clients/" + o.client.String()
	if s := o.desk.get(page); !strings.Contains(s, "kim@kestrel.example") || !strings.Contains(s, "may come in") {
		t.Error("the client's page says nothing of the portal")
	}
	if code, _, _ := o.desk.post(page+"/portal", url.Values{"person": {o.kim.String()}, "sees": {"client"}, "approver": {"yes"}}); code != http.StatusSeeOther {
		t.Errorf("rights: %d", code)
	}
	if code, _, _ := o.desk.post(page+"/portal", url.Values{"person": {o.mara.String()}, "sees": {"client"}}); code != http.StatusNotFound {
		t.Errorf("rights of somebody else's person: %d", code)
	}
	if code, _, _ := o.desk.post(page+"/portal/invite", url.Values{"person": {o.kim.String()}}); code != http.StatusSeeOther {
		t.Errorf("invite: %d", code)
	}
	if l := o.lastTo("kim@kestrel.example"); !strings.Contains(l.subject, "invites you") {
		t.Errorf("%+v", l)
	}
	a, err := o.Portal.Account(context.Background(), access.WholeFirm(), o.client, o.kim)
	if err != nil || !a.Invited || !a.Approver || a.Sees != portal.SeesClient {
		t.Errorf("%+v %v", a, err)
	}
	tech := o.desk.as(access.Technician)
	if s := tech.get(page); strings.Contains(s, "/portal/invite") || !strings.Contains(s, "kim@kestrel.example") {
		t.Error("what a technician sees of the rights")
	}
}

func upload(o *office, content string) *http.Request {
	g := &guest{t: o.t, handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})}
	var caught *http.Request
	g.handler = http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { caught = r })
	g.send("/portal-settings/logo", nil, "logo.png", content)
	caught.AddCookie(&http.Cookie{Name: access.Cookie, Value: o.session})
	return caught
}

// A client's people come in with accounts of their own firm, and only as themselves, only within that client.
func TestPortalSignOn(t *testing.T) {
	o := newOffice(t)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	nonces, claims := map[string]string{}, map[string]any{}
	mux := http.NewServeMux()
	idp := httptest.NewServer(mux)
	t.Cleanup(idp.Close)
	reply := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, map[string]any{"issuer": idp.URL, "authorization_endpoint": idp.URL + "/authorize", "token_endpoint": idp.URL + "/token", "jwks_uri": idp.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k1", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "k1"}}, nil)
		if err != nil {
			t.Error(err)
			return
		}
		raw, err := jwt.Signed(signer).Claims(map[string]any{"iss": idp.URL, "aud": "mainstay", "sub": "1", "nonce": nonces[r.FormValue("code")], "exp": time.Now().Add(time.Minute).Unix(), "iat": time.Now().Unix()}).Claims(claims).Serialize()
		if err != nil {
			t.Error(err)
			return
		}
		reply(w, map[string]any{"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": raw})
	})
	page := "/clients/" + o.client.String() + "/portal/sign-on"
	for _, f := range []url.Values{
		{"issuer": {"http://login.example.com"}, "client": {"mainstay"}, "domains": {"kestrel.example"}},
		{"issuer": {idp.URL}, "client": {""}, "domains": {"kestrel.example"}},
		{"issuer": {idp.URL}, "client": {"mainstay"}, "domains": {""}},
		{"issuer": {""}, "client": {"mainstay"}, "domains": {"kestrel.example"}},
	} {
		if code, _, _ := o.desk.post(page, f); code != http.StatusUnprocessableEntity {
			t.Errorf("%v: %d", f, code)
		}
	}
	if code, _, body := o.desk.post(page, url.Values{"issuer": {idp.URL}, "client": {"mainstay"}, "secret": {"planted-secret"}, "domains": {"@Kestrel.example"}}); code != http.StatusSeeOther {
		t.Fatalf("%d %s", code, body)
	}
	if s := o.desk.get(page); strings.Contains(s, "planted-secret") || !strings.Contains(s, "One is kept") {
		t.Error("the page shows the secret, or does not say that there is one")
	}
	if code, _, _ := o.desk.post("/clients/"+o.harbour.String()+"/portal/sign-on", url.Values{"issuer": {idp.URL}, "client": {"x"}, "domains": {"kestrel.example"}}); code != http.StatusConflict {
		t.Errorf("a domain of another client: %d", code)
	}
	twin := o.person(o.harbour, clients.Person{Name: "Kim at Harbour", Email: "kim@kestrel.example"})
	enter := func(email string, verified bool) (*guest, *httptest.ResponseRecorder) {
		g := o.guest()
		w := g.post("/portal/sign-on", url.Values{"email": {"anybody@kestrel.example"}, "back": {"/portal/tickets"}})
		m := regexp.MustCompile(`href="(` + regexp.QuoteMeta(idp.URL) + `/authorize[^"]*)"`).FindStringSubmatch(w.Body.String())
		if w.Code != http.StatusOK || m == nil {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		u, err := url.Parse(strings.ReplaceAll(m[1], "&amp;", "&"))
		if err != nil {
			t.Fatal(err)
		}
		claims["email"], claims["email_verified"] = email, verified
		nonces["code"] = u.Query().Get("nonce")
		if got := u.Query().Get("redirect_uri"); got != "http://localhost:8377/portal/sign-on/back" {
			t.Errorf("back to %s", got)
		}
		r := httptest.NewRequest("GET", "/portal/sign-on/back?code=code&state="+url.QueryEscape(u.Query().Get("state")), nil)
		for _, c := range w.Result().Cookies() {
			if c.Name == "mainstay-portal-oidc" {
				r.AddCookie(c)
			}
		}
		return g, g.do(r)
	}
	g, w := enter("Kim@kestrel.example", false) // of the client's own domain
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/portal/tickets" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if s := g.page("/portal"); !strings.Contains(s, "Hello Kim") || strings.Contains(s, "Harbour") {
		t.Error("as somebody else")
	}
	if w := g.post("/portal/become", url.Values{"person": {twin.String()}}); w.Code != http.StatusNotFound {
		t.Errorf("the client's provider lets into another client: %d", w.Code)
	}
	if w := g.post("/portal/account/password", url.Values{"password": {"seven green lanterns"}}); w.Code != http.StatusForbidden {
		t.Errorf("a password for an address that was not shown: %d", w.Code)
	}
	for email, verified := range map[string]bool{"mara@harbour.example": true, "nobody@kestrel.example": true, "mara@harbour.example ": false, "": true} {
		if g, w := enter(email, verified); w.Code == http.StatusSeeOther || g.cookie != "" {
			t.Errorf("%q gets in: %d", email, w.Code)
		}
	}
	if w := o.guest().get("/portal/sign-on/back?code=code&state=x"); w.Code != http.StatusUnauthorized {
		t.Errorf("what did not start here: %d", w.Code)
	}
	if w := o.guest().post("/portal/sign-on", url.Values{"email": {"mara@harbour.example"}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("another domain: %d", w.Code)
	}
	if code, _, _ := o.desk.post(page, url.Values{"remove": {"yes"}}); code != http.StatusSeeOther {
		t.Errorf("take it away: %d", code)
	}
	if w := o.guest().post("/portal/sign-on", url.Values{"email": {"kim@kestrel.example"}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("after it is gone: %d", w.Code)
	}
}
