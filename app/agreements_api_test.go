// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/ids"
)

// A program writes an agreement with everything that a page can, signs it so that its document is kept, and changes an allowance.
func TestAgreementAPI(t *testing.T) {
	ctx := context.Background()
	a := openAt(t, clock.At(time.Date(2026, 3, 15, 9, 0, 0, 0, time.UTC)))
	handler, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	session := join(t, a, access.Owner)
	client := agreed(t, site{App: a})
	set, err := a.Desk.Setup(ctx)
	if err != nil || len(set.Policies) == 0 {
		t.Fatal(len(set.Policies), err)
	}
	level := set.Policies[0].ID.String()
	call := func(method, path, body, ifMatch string, want int) map[string]any {
		t.Helper()
		r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if ifMatch != "" {
			r.Header.Set("If-Match", ifMatch)
		}
		r.AddCookie(&http.Cookie{Name: access.Cookie, Value: session})
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code != want {
			t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
		}
		out := map[string]any{}
		_ = json.Unmarshal(w.Body.Bytes(), &out)
		return out
	}
	agreement := func(more string) string {
		return `{"client": "` + client.String() + `", "name": "Managed", "currency": "EUR", "starts": "2026-01-01", "term": 12, "renew": 12, "notice": 60, ` + more + `
			"lines": [{"name": "Users", "quantity": "10", "terms": {"model": "per-unit", "price": "25.50"}}, {"name": "Beyond it", "counted": "work", "allowance": 1, "terms": {"model": "per-unit", "price": "110", "rule": "sum", "arrears": true}}],
			"allowances": [{"name": "Hours", "measure": "hours", "each": "4", "keep": 1}]}`
	}
	for _, bad := range []string{`"level": "` + ids.ID(12345).String() + `",`, `"escalator": {"every": 12},`, `"escalator": {"every": 12, "percent": "200"},`, `"escalator": {"every": 12, "percent": "3", "next": "soon"},`} {
		call("POST", "/agreements", agreement(bad), "", http.StatusUnprocessableEntity)
	}
	got := call("POST", "/agreements", agreement(`"level": "`+level+`", "escalator": {"every": 12, "percent": "3.5"},`), "", http.StatusOK)
	path := "/agreements/" + got["id"].(string)
	if rise, _ := got["escalator"].(map[string]any); got["level"] != level || rise["percent"] != "3.5" || rise["every"] != 12.0 || rise["next"] != "2027-01-01" {
		t.Errorf("%v", got)
	}
	got = call("PUT", path, agreement(`"level": "`+level+`", "escalator": {"every": 24, "next": "2027-06-01", "index": "Consumer prices"},`), `"v1"`, http.StatusOK)
	if rise, _ := got["escalator"].(map[string]any); rise["index"] != "Consumer prices" || rise["every"] != 24.0 || rise["next"] != "2027-06-01" || rise["percent"] != nil {
		t.Errorf("%v", got)
	}
	got = call("PUT", path, agreement(""), `"v2"`, http.StatusOK)
	if got["escalator"] != nil || got["level"] != nil {
		t.Errorf("what is left out stays: %v", got)
	}
	call("POST", path+"/activate", `{"signedBy": "Mira Hansen"}`, `"v1"`, http.StatusConflict)
	got = call("POST", path+"/activate", `{"signedBy": "Mira Hansen"}`, `"v3"`, http.StatusOK)
	if document, _ := got["document"].(string); len(document) != 64 || got["stage"] != "active" {
		t.Errorf("%v", got)
	}
	r := httptest.NewRequest("GET", path+"/agreement.pdf", nil)
	r.AddCookie(&http.Cookie{Name: access.Cookie, Value: session})
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, r)
	if w.Code != http.StatusOK || !strings.HasPrefix(w.Body.String(), "%PDF") {
		t.Errorf("the signed document: %d", w.Code)
	}
	pot := got["allowances"].([]any)[0].(map[string]any)["id"].(string)
	etag := `"v4"`
	got = call("POST", path+"/amendments", `{"day": "2026-04-01", "allowances": [{"allowance": "`+pot+`", "new": {"name": "Hours", "measure": "hours", "each": "6", "keep": 1}}]}`, etag, http.StatusOK)
	if list := got["allowances"].([]any); len(list) != 1 || list[0].(map[string]any)["each"] != "6" || list[0].(map[string]any)["follows"] != pot || list[0].(map[string]any)["from"] != "2026-04-01" {
		t.Errorf("%v", got["allowances"])
	}
	if lines := got["lines"].([]any); lines[1].(map[string]any)["allowance"] != 1.0 {
		t.Errorf("%v", lines)
	}
	if got = call("GET", path+"?day=2026-03-20", "", "", http.StatusOK); got["allowances"].([]any)[0].(map[string]any)["each"] != "4" {
		t.Errorf("in March: %v", got["allowances"])
	}
	call("POST", path+"/amendments", `{"day": "2026-03-20", "allowances": [{"allowance": "`+pot+`"}]}`, `"v5"`, http.StatusConflict)
	call("POST", path+"/amendments", `{"day": "2026-03-20"}`, `"v5"`, http.StatusUnprocessableEntity)
}
