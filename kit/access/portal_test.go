// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"mainstay/kit/access"
	"mainstay/kit/ids"
)

// What is under the portal's path is for clients' people and nothing else is, whoever mounts it.
func TestPortalRoutesAreApart(t *testing.T) {
	ok := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusOK) }
	for pattern, c := range map[string]struct {
		need   access.Permission
		panics bool
	}{
		"GET /portal": {access.PortalUse, false}, "GET /portal/x": {access.PortalApprove, false}, "GET /portal/sign-in": {access.Public, false}, "GET /portal-settings": {access.DeskManage, false},
		"GET /tickets": {access.PortalUse, true}, "GET /portal/y": {access.TicketsRead, true}, "GET /portal-z": {access.PortalUse, true}, "POST /portal/account": {access.SignedIn, true},
	} {
		func() {
			r, err := access.NewRouter(nil, "")
			if err != nil {
				t.Fatal(err)
			}
			defer func() {
				if got := recover() != nil; got != c.panics {
					t.Errorf("%s with %s: refused %v", pattern, c.need, got)
				}
			}()
			r.HandleFunc(pattern, c.need, ok)
		}()
	}
}

// The session of a client's person is looked at under the portal's path only, and opens what they were given.
func TestPortalIdentity(t *testing.T) {
	r, err := access.NewRouter(nil, "")
	if err != nil {
		t.Fatal(err)
	}
	kim := &access.Identity{Person: 7, Client: 3, Name: "Kim", Rights: []access.Permission{access.PortalApprove}}
	r.Portal = func(_ context.Context, token, _ string) (*access.Identity, error) {
		if token == "right" {
			return kim, nil
		}
		return nil, nil //nolint:nilnil // nobody
	}
	var seen *access.Identity
	show := func(_ http.ResponseWriter, q *http.Request) { seen = access.From(q.Context()) }
	r.HandleFunc("GET /portal/a", access.PortalApprove, show)
	r.HandleFunc("GET /elsewhere", access.Public, show)
	get := func(path, token string) int {
		seen = nil
		q := httptest.NewRequest("GET", path, nil)
		q.AddCookie(&http.Cookie{Name: access.PortalCookie, Value: token})
		w := httptest.NewRecorder()
		r.ServeHTTP(w, q)
		return w.Code
	}
	if code := get("/portal/a", "right"); code != http.StatusOK || seen != kim {
		t.Errorf("%d %v", code, seen)
	}
	if code := get("/portal/a", "wrong"); code != http.StatusUnauthorized {
		t.Errorf("a wrong token: %d", code)
	}
	if code := get("/elsewhere", "right"); code != http.StatusOK || seen != nil {
		t.Errorf("outside of the portal: %d %v", code, seen)
	}
	if s := kim.Scope(); s.All() || s.Client() != ids.ID(3) || s.Covers(4) {
		t.Errorf("%+v", s)
	}
	for _, p := range append(access.Permissions(), access.SignedIn, access.SettingUp, access.PortalBilling) {
		if kim.May(p) {
			t.Errorf("a client's person may %s", p)
		}
	}
	for _, p := range []access.Permission{access.Public, access.PortalUse, access.PortalApprove} {
		if !kim.May(p) {
			t.Errorf("a client's person may not %s", p)
		}
	}
	for _, role := range access.Roles() {
		for _, p := range []access.Permission{access.PortalUse, access.PortalApprove, access.PortalBilling} {
			if (&access.Identity{User: 1, Role: role}).May(p) || (&access.Identity{User: 1, Role: role, ByToken: true, Scopes: []access.Permission{p}}).May(p) {
				t.Errorf("%s may %s", role, p)
			}
		}
	}
}
