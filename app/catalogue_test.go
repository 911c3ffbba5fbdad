// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"mainstay/kit/access"
	"mainstay/kit/locale"
	"mainstay/practice/catalogue"
)

// Who may see costs, and what is typed wrongly is said at its field.
func TestCataloguePages(t *testing.T) {
	a := open(t)
	handler, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	owner := join(t, a, access.Owner)
	technician := join(t, a, access.Technician)
	ctx := context.Background()
	if err := a.Catalogue.Start(ctx, locale.Printer{}, "EUR"); err != nil {
		t.Fatal(err)
	}
	it, err := a.Catalogue.ItemByCode(ctx, "LAB-REMOTE")
	if err != nil {
		t.Fatal(err)
	}
	send := func(method, path, session string, form url.Values) (int, string) {
		t.Helper()
		r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.AddCookie(&http.Cookie{Name: access.Cookie, Value: session})
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	item := "/catalogue/items/" + it.ID.String()
	for _, path := range []string{"/catalogue", item, "/catalogue/plans"} {
		if code, body := send("GET", path, technician, nil); code != http.StatusOK || strings.Contains(body, "Margin") || strings.Contains(body, "48.00") {
			t.Errorf("%s shows a technician costs: %d", path, code)
		}
		if code, body := send("GET", path, owner, nil); code != http.StatusOK || !strings.Contains(body, "Margin") {
			t.Errorf("%s hides costs from the owner: %d", path, code)
		}
	}
	if code, _ := send("GET", "/catalogue/export.csv", technician, nil); code != http.StatusForbidden {
		t.Errorf("a technician exports costs: %d", code)
	}
	good := url.Values{"from": {a.Catalogue.Today().String()}, "currency": {"eur"}, "every": {"once"}, "model": {"per-unit"}, "price": {"120,50"}}
	for what, c := range map[string]struct{ field, value, text string }{
		"no price": {"price", "", "Enter the price"}, "places": {"price", "1.0000000001", "more than 9 decimal places"}, "thousands": {"price", "1,000", "thousands or decimal places"}, "below": {"price", "-5", "not below 0"},
		"too much": {"price", "10000000000", "more than"}, "currency": {"currency", "EURO", "is not a currency"}, "day": {"from", "2026-02-30", "is not a day"}, "past": {"from", "2020-01-01", "have passed stays"},
		"model": {"model", "cheap", "A price is flat"}, "no tiers": {"model", "volume", "between 1 and"}, "no package": {"model", "package", "more than 0 units"}, "interval": {"every", "week", "a month, a quarter"},
	} {
		form := url.Values{}
		for k, v := range good {
			form[k] = v
		}
		form.Set(c.field, c.value)
		if code, body := send("POST", item+"/price", owner, form); code != http.StatusUnprocessableEntity || !strings.Contains(body, c.text) {
			t.Errorf("%s: %d, without %q", what, code, c.text)
		}
	}
	if code, body := send("POST", item+"/price", owner, good); code != http.StatusSeeOther {
		t.Errorf("a good price: %d %s", code, body)
	}
	if p, err := a.Catalogue.PriceOn(ctx, it.ID, "EUR", a.Catalogue.Today()); err != nil || p.Price.Unit.String() != "120.50" || p.By != "Somebody" {
		t.Errorf("%+v, %v", p, err)
	}
	if code, body := send("GET", "/catalogue/plans?people=x", owner, nil); code != http.StatusUnprocessableEntity || !strings.Contains(body, "whole numbers") {
		t.Errorf("x people: %d", code)
	}
	if code, body := send("POST", "/catalogue/plans/new", owner, url.Values{"name": {"Own"}, "tier": {"x"}, "currency": {"EUR"}}); code != http.StatusUnprocessableEntity || !strings.Contains(body, "A tier is a number") {
		t.Errorf("tier x: %d", code)
	}
	if code, _ := send("POST", "/catalogue/plans/new", owner, url.Values{"name": {"Own"}, "tier": {"4"}, "currency": {"EUR"}, "item-0": {it.ID.String()}, "included-0": {"no"}, "counts-0": {"people"}, "quantity-0": {"0.5"}, "own-0": {"99"}}); code != http.StatusSeeOther {
		t.Errorf("a good plan: %d", code)
	}
	plans, err := a.Catalogue.Plans(ctx, false)
	if err != nil || len(plans) != 4 || !plans[3].Lines[0].Optional || plans[3].Lines[0].Own.String() != "99" || plans[3].Lines[0].Counts != catalogue.People {
		t.Errorf("%+v, %v", plans, err)
	}
}

// A program keeps the catalogue.
func TestCatalogueAPI(t *testing.T) {
	a := open(t)
	handler, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	session := join(t, a, access.Owner)
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
	it := call("POST", "/catalogue/items", `{"name": "Monitoring", "code": "MON", "kind": "service", "family": "monitoring", "counts": "devices", "rule": "maximum"}`, "", http.StatusOK)
	item := "/catalogue/items/" + it["id"].(string)
	call("PUT", item, `{"name": "Monitoring and more", "code": "MON", "kind": "service"}`, `"v1"`, http.StatusOK)
	call("PUT", item, `{"name": "Late", "kind": "service"}`, `"v1"`, http.StatusConflict)
	call("POST", item+"/prices", `{"currency": "EUR", "from": "2020-01-01", "every": "month", "model": "graduated", "tiers": [{"upTo": "10", "unit": "9.95", "flat": "5"}, {"unit": "8"}]}`, "", http.StatusOK)
	future := call("POST", item+"/prices", `{"currency": "EUR", "from": "2190-01-01", "every": "month", "model": "per-unit", "unit": "10", "minimum": "50"}`, "", http.StatusOK)
	call("POST", item+"/prices", `{"currency": "EUR", "from": "2021-01-01", "every": "month", "model": "flat", "unit": "1"}`, "", http.StatusUnprocessableEntity)
	call("POST", item+"/costs", `{"currency": "EUR", "from": "2020-01-01", "every": "month", "unit": "2.50"}`, "", http.StatusOK)
	if p := call("GET", item+"/price?currency=EUR&day=2025-06-01", "", "", http.StatusOK); p["model"] != "graduated" || len(p["tiers"].([]any)) != 2 {
		t.Errorf("%v", p)
	}
	call("POST", item+"/withdraw/"+future["id"].(string), "", "", http.StatusNoContent)
	if p := call("GET", item+"/prices", "", "", http.StatusOK)["prices"].([]any); len(p) != 2 || p[0].(map[string]any)["withdrawn"] != true {
		t.Errorf("%v", p)
	}
	plan := call("POST", "/catalogue/plans", `{"name": "Managed", "tier": 2, "currency": "EUR", "minimum": "350", "lines": [{"item": "`+it["id"].(string)+`", "counts": "devices", "quantity": "1"}]}`, "", http.StatusOK)
	call("DELETE", item, "", "", http.StatusConflict)
	call("DELETE", "/catalogue/plans/"+plan["id"].(string), "", "", http.StatusNoContent)
	call("DELETE", item, "", "", http.StatusNoContent)
	call("GET", item, "", "", http.StatusNotFound)
}
