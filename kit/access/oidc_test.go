// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
)

// provider is a small OpenID Connect provider: it signs in whoever the test says.
type provider struct {
	*httptest.Server
	key      *rsa.PrivateKey
	claims   map[string]any    // of the next ID token, besides the standard ones
	nonces   map[string]string // by code
	audience string
	nonce    string // instead of the right one
	asked    url.Values
}

func newProvider(t *testing.T) *provider {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &provider{key: key, nonces: map[string]string{}, audience: "mainstay"}
	mux := http.NewServeMux()
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Close)
	reply := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("/.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, map[string]any{
			"issuer": p.URL, "authorization_endpoint": p.URL + "/authorize", "token_endpoint": p.URL + "/token", "jwks_uri": p.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"},
		})
	})
	mux.HandleFunc("/keys", func(w http.ResponseWriter, _ *http.Request) {
		reply(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "k1", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("/token", func(w http.ResponseWriter, r *http.Request) {
		nonce, ok := p.nonces[r.FormValue("code")]
		if !ok || r.FormValue("code_verifier") == "" {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		if p.nonce != "" {
			nonce = p.nonce
		}
		reply(w, map[string]any{"access_token": "a", "token_type": "Bearer", "expires_in": 60, "id_token": p.token(t, nonce)})
	})
	return p
}

func (p *provider) token(t *testing.T, nonce string) string {
	t.Helper()
	return p.sign(t, map[string]any{"nonce": nonce}, p.claims)
}

// sign makes a token of the provider with the standard claims and more.
func (p *provider) sign(t *testing.T, more ...map[string]any) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: p.key, KeyID: "k1"}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	b := jwt.Signed(signer).Claims(map[string]any{"iss": p.URL, "aud": p.audience, "exp": time.Now().Add(time.Minute).Unix(), "iat": time.Now().Unix()})
	for _, m := range more {
		b = b.Claims(m)
	}
	raw, err := b.Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// approve is what the provider's own page does: it sends the browser back with a code.
func (p *provider) approve(t *testing.T, location string) (state, code string) {
	t.Helper()
	u, err := url.Parse(location)
	if err != nil {
		t.Fatal(err)
	}
	code = rand.Text()
	p.asked = u.Query()
	p.nonces[code] = u.Query().Get("nonce")
	if u.Query().Get("code_challenge_method") != "S256" {
		t.Fatal("no PKCE")
	}
	return u.Query().Get("state"), code
}

func oidcRig(t *testing.T, d *db.DB, p *provider) *access.Service {
	t.Helper()
	c := clock.System{}
	sealer, err := access.OpenSealer(filepath.Join(t.TempDir(), "secret.key"), true)
	if err != nil {
		t.Fatal(err)
	}
	return access.New(d, c, ids.NewSource(c), sealer, access.Options{
		URL: "http://localhost:8377", OIDCIssuer: p.URL, OIDCClient: "mainstay", OIDCDomain: "example.com",
	})
}

func TestOIDC(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newProvider(t)
		s, ctx := oidcRig(t, d, p), context.Background()
		link, err := s.OwnerLink(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.UseLink(ctx, link, access.Join{Name: "Ada", Email: "ada@example.com", Password: good}, browser); err != nil {
			t.Fatal(err)
		}
		signIn := func(claims map[string]any) (*access.Identity, error) {
			p.claims = claims
			location, token, err := s.BeginOIDC(ctx, "/journey", false)
			if err != nil {
				t.Fatal(err)
			}
			state, code := p.approve(t, location)
			session, back, err := s.FinishOIDC(ctx, token, state, code, browser)
			if err != nil {
				return nil, err
			}
			if back != "/journey" {
				t.Fatalf("led back to %q", back)
			}
			return s.Session(ctx, session, "")
		}

		id, err := signIn(map[string]any{"sub": "1", "email": "ADA@example.com", "email_verified": true, "name": "Ada"})
		if err != nil || id.Role != access.Owner {
			t.Fatalf("a known address: %+v, %v", id, err)
		}
		// The subject is known from now on, whatever becomes of the address.
		if id, err = signIn(map[string]any{"sub": "1", "email": "other@elsewhere.example"}); err != nil || id.Email != "ada@example.com" {
			t.Fatalf("a known subject: %+v, %v", id, err)
		}
		if id, err = signIn(map[string]any{"sub": "2", "email": "new@example.com", "email_verified": true, "name": "New"}); err != nil || id.Role != access.ReadOnly {
			t.Fatalf("a new person of the domain: %+v, %v", id, err)
		}
		for name, claims := range map[string]map[string]any{
			"another domain":        {"sub": "3", "email": "eve@elsewhere.example", "email_verified": true},
			"an unverified address": {"sub": "4", "email": "ada@example.com", "email_verified": false},
			"no address":            {"sub": "5"},
		} {
			if _, err := signIn(claims); !fault.Is(err, fault.Denied) {
				t.Errorf("%s: %v", name, err)
			}
		}
		p.audience = "somebody else"
		if _, err := signIn(map[string]any{"sub": "1", "email": "ada@example.com", "email_verified": true}); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("a token for another client: %v", err)
		}
		p.audience = "mainstay"
		honest := p.key
		if p.key, err = rsa.GenerateKey(rand.Reader, 2048); err != nil {
			t.Fatal(err)
		}
		if _, err := signIn(map[string]any{"sub": "1", "email": "ada@example.com", "email_verified": true}); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("a token signed by somebody else: %v", err)
		}
		p.key = honest
		if p.asked.Get("scope") != "openid email profile" {
			t.Errorf("asked for %q", p.asked.Get("scope"))
		}
		p.nonce = "that of another sign-in"
		if _, err := signIn(map[string]any{"sub": "1", "email": "ada@example.com", "email_verified": true}); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("a token with the nonce of another sign-in: %v", err)
		}
		p.nonce = ""

		// The state and the cookie belong together, and both are used up.
		location, token, _ := s.BeginOIDC(ctx, "/", false)
		state, code := p.approve(t, location)
		if _, _, err := s.FinishOIDC(ctx, token, "forged", code, browser); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("a forged state: %v", err)
		}
		if _, _, err := s.FinishOIDC(ctx, token, state, code, browser); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("a used token: %v", err)
		}
	})
}

// Single sign-on counts as the provider's matter under the firm's rule. A confirmation asks the provider to see the
// person anew, and an old sign-in there is not fresh here.
func TestOIDCAndTheFactorRule(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newProvider(t)
		s, ctx := oidcRig(t, d, p), context.Background()
		if err := s.SetFactorRule(ctx, access.FactorEveryone); err != nil {
			t.Fatal(err)
		}
		signIn := func(again bool, claims map[string]any) (context.Context, *access.Identity) {
			t.Helper()
			p.claims = claims
			location, token, err := s.BeginOIDC(ctx, "/", again)
			if err != nil {
				t.Fatal(err)
			}
			state, code := p.approve(t, location)
			session, _, err := s.FinishOIDC(ctx, token, state, code, browser)
			if err != nil {
				t.Fatal(err)
			}
			id, err := s.Session(ctx, session, "")
			if err != nil {
				t.Fatal(err)
			}
			return access.With(ctx, id), id
		}
		claims := map[string]any{"sub": "1", "email": "new@example.com", "email_verified": true, "auth_time": time.Now().Add(-time.Hour).Unix()}
		me, id := signIn(false, claims)
		if id.Lacks != access.LacksNothing || !id.May(access.ClientsRead) {
			t.Errorf("single sign-on lacks %v", id.Lacks)
		}
		if id.Fresh(time.Now()) {
			t.Error("a sign-in of an hour ago counts as fresh")
		}
		if ways, err := s.Ways(me); err != nil || ways != (access.Ways{SingleSignOn: true}) {
			t.Errorf("%+v, %v", ways, err)
		}
		if err := s.ChangePassword(me, "", "kettle orbit lantern moss"); !fault.Is(err, fault.Denied) {
			t.Errorf("a first password without a confirmation: %v", err)
		}
		claims["auth_time"] = time.Now().Unix()
		me, id = signIn(true, claims)
		if p.asked.Get("prompt") != "login" || p.asked.Get("max_age") != "0" {
			t.Errorf("the provider was asked %v", p.asked)
		}
		if !id.Fresh(time.Now()) {
			t.Error("a sign-in of now is not fresh")
		}
		if err := s.ChangePassword(me, "", "kettle orbit lantern moss"); err != nil {
			t.Errorf("a first password: %v", err)
		}
		// By that password alone the rule asks.
		in, err := s.Password(ctx, "new@example.com", "kettle orbit lantern moss", browser)
		if err != nil {
			t.Fatal(err)
		}
		if id, err := s.Session(ctx, in.Session, ""); err != nil || id.Lacks != access.LacksFactor {
			t.Errorf("by password: %+v, %v", id, err)
		}
	})
}

// A provider whose own description names another issuer is not believed.
func TestOIDCIssuerMustMatch(t *testing.T) {
	p := newProvider(t)
	c := clock.System{}
	sealer, err := access.OpenSealer(filepath.Join(t.TempDir(), "secret.key"), true)
	if err != nil {
		t.Fatal(err)
	}
	s := access.New(dbtest.Open(t), c, ids.NewSource(c), sealer, access.Options{URL: "http://localhost:8377", OIDCIssuer: p.URL + "/", OIDCClient: "mainstay"})
	if _, _, err := s.BeginOIDC(context.Background(), "/", false); !fault.Is(err, fault.Busy) {
		t.Errorf("got %v", err)
	}
}

// The provider ends sessions that it opened: one by its name, or all of a person.
func TestBackChannelLogout(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newProvider(t)
		s, ctx := oidcRig(t, d, p), context.Background()
		link, err := s.OwnerLink(ctx)
		if err != nil {
			t.Fatal(err)
		}
		byLink, err := s.UseLink(ctx, link, access.Join{Name: "Ada", Email: "ada@example.com", Password: good}, browser)
		if err != nil {
			t.Fatal(err)
		}
		signIn := func(sid string) string {
			p.claims = map[string]any{"sub": "1", "email": "ada@example.com", "email_verified": true, "sid": sid}
			location, token, err := s.BeginOIDC(ctx, "/", false)
			if err != nil {
				t.Fatal(err)
			}
			state, code := p.approve(t, location)
			session, _, err := s.FinishOIDC(ctx, token, state, code, browser)
			if err != nil {
				t.Fatal(err)
			}
			return session
		}
		alive := func(session string) bool {
			_, err := s.Session(ctx, session, "")
			return err == nil
		}
		event := map[string]any{"jti": "j", "events": map[string]any{"http://schemas.openid.net/event/backchannel-logout": map[string]any{}}}
		a, b := signIn("a"), signIn("b")
		for name, raw := range map[string]string{
			"nothing":             "",
			"an ID token":         p.sign(t, map[string]any{"sub": "1", "nonce": "n"}),
			"one with a nonce":    p.sign(t, event, map[string]any{"sub": "1", "nonce": "n"}),
			"one of an hour ago":  p.sign(t, event, map[string]any{"sub": "1", "iat": time.Now().Add(-time.Hour).Unix()}),
			"one for another app": p.sign(t, event, map[string]any{"sub": "1", "aud": "other"}),
		} {
			if err := s.EndByProvider(ctx, raw); !fault.Is(err, fault.Invalid) || !alive(a) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := s.EndByProvider(ctx, p.sign(t, event, map[string]any{"sub": "1", "sid": "a"})); err != nil || alive(a) || !alive(b) {
			t.Errorf("one session: %v, %v %v", err, alive(a), alive(b))
		}
		c := signIn("c")
		if err := s.EndByProvider(ctx, p.sign(t, event, map[string]any{"sub": "1"})); err != nil || alive(b) || alive(c) {
			t.Errorf("all sessions: %v, %v %v", err, alive(b), alive(c))
		}
		if !alive(byLink) {
			t.Error("a session that the provider did not open has ended")
		}
		if err := s.EndByProvider(ctx, p.sign(t, event, map[string]any{"sub": "nobody"})); err != nil {
			t.Errorf("somebody unknown: %v", err)
		}
	})
}
