// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"mainstay/kit/access"
)

// The palette finds what the books have by number and by words, each role what it may read, and the hit leads to the rows.
func TestPaletteFindsTheBooks(t *testing.T) {
	a, ctx := open(t), context.Background()
	if err := a.LoadDemo(ctx); err != nil {
		t.Fatal(err)
	}
	for did := true; did; {
		var err error
		if did, err = a.Jobs.One(ctx); err != nil {
			t.Fatal(err)
		}
	}
	h, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	session := join(t, a, access.Owner)
	get := func(path string) string {
		r := httptest.NewRequest("GET", path, nil)
		r.AddCookie(&http.Cookie{Name: access.Cookie, Value: session})
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != http.StatusOK {
			t.Fatalf("%s: %d", path, w.Code)
		}
		return w.Body.String()
	}
	// Any invoice number that the rows show.
	_, cell, _ := strings.Cut(get("/api/v1/books/lines?limit=1"), `"document":"`)
	number, _, _ := strings.Cut(cell, `"`)
	if number == "" {
		t.Fatal("the demo has no invoices")
	}
	page := get("/search?q=" + url.QueryEscape(number))
	_, rest, found := strings.Cut(page, `href="/books/lines?client=`)
	if !found || !strings.Contains(page, "Invoice <span translate=\"no\">· ") {
		t.Fatalf("invoice %s is not found", number)
	}
	to, _, _ := strings.Cut(rest, `"`)
	if rows := get("/books/lines?client=" + strings.ReplaceAll(to, "&amp;", "&")); !strings.Contains(rows, number) {
		t.Errorf("the hit leads to other rows: %s", to)
	}
	if page := get("/search?q=A-00001"); !strings.Contains(page, "A-00001 ") || !strings.Contains(page, "Agreement <span translate=\"no\">· ") {
		t.Error("no agreement is found by its number")
	}
	if page := get("/search?q=osprey+managed"); !strings.Contains(page, "Agreement <span translate=\"no\">· Osprey Outdoor") {
		t.Error("no agreement is found by its client and name")
	}
	if page := get("/search?q=hdg-srv-01"); !strings.Contains(page, `href="/devices/`) || !strings.Contains(page, "Device <span translate=\"no\">· Harbour Dental Group") {
		t.Error("no device is found by its name")
	}
	if page := get("/search?q=printer"); !strings.Contains(page, "Ticket <span translate=\"no\">· ") {
		t.Error("no ticket about a printer is found")
	}
}
