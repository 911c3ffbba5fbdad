// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"encoding/json"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"mainstay/kit/access"
	"mainstay/kit/ids"
)

// description is what the test reads of our own OpenAPI document.
type description struct {
	OpenAPI string                          `json:"openapi"`
	Paths   map[string]map[string]operation `json:"paths"`
}

type operation struct {
	OperationID string `json:"operationId"`
	Parameters  []struct {
		Name string `json:"name"`
		In   string `json:"in"`
	} `json:"parameters"`
	RequestBody *struct {
		Content map[string]json.RawMessage `json:"content"`
	} `json:"requestBody"`
}

// nasty values are tried wherever a text can stand.
var nasty = []string{
	"", "0", "-1", "x", ids.ID(42).String(), strings.Repeat("a", 5000), "'; DROP TABLE clients_clients; --", "\x00", "\xff\xfe", "../../etc/passwd",
	"<script>alert(1)</script>", "=cmd|' /C calc'!A0", "9999999999999999999999", "2026-13-40", `"v1"`, "null", "%", "_", "\u202e\u0000",
}

var bodies = []string{
	"", "{", "null", "[]", "{}", `{"name":null}`, `{"name":""}`, `{"name":"A client"}`, `{"name":"A client","tags":["a,b"," ","x"]}`, `{"name":1}`, `{"into":"x"}`,
	`{"name":"B","since":"yesterday"}`, `{"name":"` + strings.Repeat("n", 1000) + `"}`, strings.Repeat("[", 2000), `{"name":"\u0000"}`, `{"unknown":1}`,
}

// TestAPIHoldsToItsDescription calls every operation with hundreds of values that make no sense: none may
// answer 5xx, and every error is a problem document.
func TestAPIHoldsToItsDescription(t *testing.T) {
	a := open(t)
	handler, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	session := join(t, a, access.Owner)
	call := func(method, path, body string, header http.Header) *httptest.ResponseRecorder {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header = header
		r.AddCookie(&http.Cookie{Name: access.Cookie, Value: session})
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w
	}
	var d description
	w := call("GET", "/api/openapi.json", "", http.Header{})
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil || !strings.HasPrefix(d.OpenAPI, "3.1") {
		t.Fatalf("%s, %v", d.OpenAPI, err)
	}
	if len(d.Paths) < 3 {
		t.Fatalf("only %d paths", len(d.Paths))
	}
	r := rand.New(rand.NewPCG(7, 7))
	braces := regexp.MustCompile(`\{[^}]*\}`)
	for path, methods := range d.Paths {
		for method, op := range methods {
			for range 60 {
				pick := func() string { return nasty[r.IntN(len(nasty))] }
				target := "/api/v1" + braces.ReplaceAllStringFunc(path, func(string) string { return url.PathEscape(pick()) })
				query, header, body := url.Values{}, http.Header{}, ""
				for _, p := range op.Parameters {
					switch {
					case p.In == "query" && r.IntN(2) == 0:
						query.Set(p.Name, pick())
					case p.In == "header" && r.IntN(2) == 0:
						header.Set(p.Name, strings.Map(printable, pick()))
					}
				}
				if op.RequestBody != nil {
					header.Set("Content-Type", "application/json")
					body = bodies[r.IntN(len(bodies))]
				}
				if len(query) > 0 {
					target += "?" + query.Encode()
				}
				w := call(strings.ToUpper(method), target, body, header)
				if w.Code >= 500 {
					t.Errorf("%s %.120s %.80q: %d %s", method, target, body, w.Code, w.Body)
				}
				if w.Code >= 400 && !slices.Contains([]string{"application/problem+json"}, w.Header().Get("Content-Type")) {
					t.Errorf("%s %.120s: %d is told as %s", method, target, w.Code, w.Header().Get("Content-Type"))
				}
			}
		}
	}
}

func printable(c rune) rune {
	if c < ' ' || c > '~' {
		return -1
	}
	return c
}

// TestAPIRoundTrip does what a program does: it makes, reads, changes and lists clients.
func TestAPIRoundTrip(t *testing.T) {
	a := open(t)
	handler, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	session := join(t, a, access.Owner)
	call := func(method, path, body, ifMatch string) (int, http.Header, map[string]any) {
		r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		if ifMatch != "" {
			r.Header.Set("If-Match", ifMatch)
		}
		r.AddCookie(&http.Cookie{Name: access.Cookie, Value: session})
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		out := map[string]any{}
		b, _ := io.ReadAll(w.Body)
		if err := json.Unmarshal(b, &out); err != nil {
			t.Fatalf("%s %s: %d %q", method, path, w.Code, b)
		}
		return w.Code, w.Header(), out
	}
	code, header, made := call("POST", "/clients", `{"name":"Kestrel Academy","tags":["school"]}`, "")
	if code != 200 || header.Get("ETag") != `"v1"` {
		t.Fatalf("%d %v %v", code, header, made)
	}
	path := "/clients/" + made["id"].(string)
	if code, _, _ := call("PUT", path, `{"name":"Kestrel Trust"}`, ""); code != 422 {
		t.Errorf("without If-Match: %d", code)
	}
	if code, _, _ := call("PUT", path, `{"name":"Kestrel Trust"}`, `"v1"`); code != 200 {
		t.Errorf("with the right version: %d", code)
	}
	if code, _, p := call("PUT", path, `{"name":"Kestrel Trust"}`, `"v1"`); code != 409 || p["code"] != "conflict" {
		t.Errorf("with an old version: %d %v", code, p)
	}
	if code, _, p := call("POST", "/clients", `{"name":"KESTREL academy"}`, ""); code != 409 {
		t.Errorf("a second client of that name: %d %v", code, p)
	}
	if code, _, list := call("GET", "/clients?limit=1", "", ""); code != 200 || len(list["clients"].([]any)) != 1 {
		t.Errorf("%d %v", code, list)
	}
}
