// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"mainstay/kit/access"
	"mainstay/practice/billing"
)

// keyed posts with a key, as a program does that asks again when an answer was lost.
func (c caller) keyed(path, key, body string) answer {
	c.t.Helper()
	r := httptest.NewRequest("POST", "/api/v1"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Idempotency-Key", key)
	r.AddCookie(&http.Cookie{Name: access.Cookie, Value: c.session})
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	return answerOf(c.t, w)
}

// A program looks at what is due, starts a run, issues its drafts, reads them, and credits a line. Asked twice, nothing doubles.
func TestBillingAPI(t *testing.T) {
	d := newDesk(t)
	agreement := d.agreed().String()
	c := caller{t, d.handler, d.session}
	due := c.ok("GET", "/billing/due?agreement="+agreement, "")
	if due.at("due.0.net") != "125.50" || due.at("due.0.lines.1.name") != "Devices" || !strings.Contains(due.raw, "3 × €8.50 = €25.50") || !strings.Contains(due.raw, "KES-SRV-1") {
		t.Error(due.raw)
	}
	c.ok("POST", "/billing/due/"+agreement+"/acknowledge", `{"day":"`+due.at("due.0.day")+`","net":"125.50","currency":"EUR","note":"as agreed"}`)
	for _, bad := range []string{`{"day":"x","net":"1","currency":"EUR"}`, `{"day":"","net":"1","currency":"EUR"}`, `{"day":"2026-01-01","net":"1.234","currency":"EUR"}`, `{"day":"2026-01-01","net":"1","currency":"XXX"}`} {
		if a := c.call("POST", "/billing/due/"+agreement+"/acknowledge", bad); a.code != 422 {
			t.Errorf("%s: %d", bad, a.code)
		}
	}
	if a := c.call("POST", "/billing/runs", `{"day":"2999-01-01"}`); a.code != 422 {
		t.Errorf("a day to come: %d", a.code)
	}
	run := c.keyed("/billing/runs", "night-1", `{}`)
	again := c.keyed("/billing/runs", "night-1", `{}`)
	if run.code != 200 || run.at("id") != again.at("id") {
		t.Fatalf("two runs of one key: %s %s", run.raw, again.raw)
	}
	if a := c.keyed("/billing/runs", "night-1", `{"issue":true}`); a.code != 409 {
		t.Errorf("the key with another request: %d", a.code)
	}
	if other := c.keyed("/billing/runs", "night-2", `{}`); other.at("id") == run.at("id") {
		t.Error("another key got the same run")
	}
	id := run.at("id")
	if done := c.ok("POST", "/billing/runs/"+id+"/continue", ""); done.at("finished") != "true" || done.at("documents") != "1" {
		t.Error(done.raw)
	}
	c.ok("POST", "/billing/runs/"+id+"/continue", "")
	if a := c.call("POST", "/billing/runs/"+id+"/issue", `{}`); a.code != 422 {
		t.Errorf("none chosen: %d", a.code)
	}
	if a := c.call("POST", "/billing/runs/"+id+"/issue", `{"documents":["`+agreement+`"]}`); a.code != 422 {
		t.Errorf("no draft of it: %d", a.code)
	}
	issued := c.ok("POST", "/billing/runs/"+id+"/issue", `{"all":true}`)
	if issued.at("issued.0.gross") != "149.35" || !strings.HasPrefix(issued.at("issued.0.number"), "INV-") {
		t.Fatal(issued.raw)
	}
	inv := issued.at("issued.0.id")
	list := c.ok("GET", "/billing/invoices?open=true&limit=1", "")
	if list.at("documents.0.id") != inv || strings.Contains(list.raw, `"next"`) {
		t.Error(list.raw)
	}
	one := c.ok("GET", "/billing/invoices/"+inv, "")
	if one.at("lines.1.net") != "25.50" || one.at("lines.1.left") != "25.50" || one.at("lines.1.evidence.0") != "KES-PC-01" || !strings.Contains(one.raw, "counted by hand") {
		t.Error(one.raw)
	}
	if a := c.ok("GET", "/billing/invoices/"+inv+"/file.pdf", ""); !strings.HasPrefix(a.raw, "%PDF-") || a.header.Get("Content-Type") != "application/pdf" || !strings.Contains(a.header.Get("Content-Disposition"), ".pdf") {
		t.Errorf("%v %.20q", a.header, a.raw)
	}
	if a := c.ok("GET", "/billing/invoices/"+inv+"/file.xml", ""); !strings.Contains(a.raw, "<cbc:ID>"+one.at("number")+"</cbc:ID>") || a.header.Get("Content-Type") != "application/xml" {
		t.Errorf("%v %.200q", a.header, a.raw)
	}
	body := `{"reason":"One was off","lines":[{"id":"` + one.at("lines.1.id") + `","net":"8.50"}]}`
	note, same := c.keyed("/billing/invoices/"+inv+"/credit", "c-1", body), c.keyed("/billing/invoices/"+inv+"/credit", "c-1", body)
	if note.code != 200 || note.at("id") != same.at("id") || note.at("net") != "8.50" || note.at("kind") != "credit_note" || note.at("state") != "draft" {
		t.Fatal(note.raw, same.raw)
	}
	if a := c.ok("POST", "/billing/invoices/"+note.at("id")+"/issue", ""); a.at("state") != "issued" || a.at("of") != inv {
		t.Error(a.raw)
	}
	if a := c.call("POST", "/billing/invoices/"+inv+"/credit", `{"lines":[{"id":"`+one.at("lines.1.id")+`","net":"17.01"}]}`); a.code != 422 {
		t.Errorf("more than is left: %d %s", a.code, a.raw)
	}
	if a := c.ok("GET", "/billing/invoices/"+inv, ""); a.at("lines.1.left") != "17.00" || a.at("open") != "139.23" { // 149.35 − 8.50 − 1.62
		t.Error(a.raw)
	}
	day := one.at("issued")
	if a := c.ok("GET", "/billing/export?format=hledger&from="+day+"&through="+day, ""); !strings.Contains(a.raw, one.at("number")) {
		t.Error(a.raw)
	}
	if a := c.call("GET", "/billing/export?format=papyrus&from="+day+"&through="+day, ""); a.code != 422 {
		t.Errorf("no such format: %d", a.code)
	}
	if a := c.ok("GET", "/billing/allowances?client="+d.client.String(), ""); a.at("allowances.0.left") != "4" || a.at("allowances.0.measure") != "hours" || a.at("allowances.0.grants.0.until") != one.at("through") {
		t.Error(a.raw)
	}
	if a := c.ok("GET", "/billing/runs/"+id, ""); a.at("finished") != "true" {
		t.Error(a.raw)
	}
	c.ok("GET", "/billing/runs", "")
	docs, err := d.Billing.List(context.Background(), billing.Filter{})
	if err != nil || len(docs.Rows) != 2 {
		t.Errorf("%d documents, %v", len(docs.Rows), err)
	}
	tech := caller{t, d.handler, d.as(access.Technician).session}
	for path, method := range map[string]string{"/billing/invoices": "GET", "/billing/runs": "POST", "/billing/due": "GET", "/billing/invoices/" + inv + "/file.pdf": "GET", "/billing/export?format=hledger&from=" + day + "&through=" + day: "GET"} {
		if a := tech.call(method, path, `{}`); a.code != http.StatusForbidden {
			t.Errorf("%s as a technician: %d", path, a.code)
		}
	}
}
