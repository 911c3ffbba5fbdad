// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/practice/agreements"
	"mainstay/practice/billing"
	"mainstay/practice/quotes"
)

// A client without an agreement is carried across without a quote: one click proposes an agreement with the plan's fee as its minimum, and once it
// holds the client's page compares what was promised with what came.
func TestConvert(t *testing.T) {
	ctx := context.Background()
	d := newDesk(t)
	if err := d.LoadDemo(ctx); err != nil {
		t.Fatal(err)
	}
	client, err := d.Clients.Resolve(ctx, "Cobalt Components")
	if err != nil {
		t.Fatal(err)
	}
	if body := d.get("/clients/" + client.String()); !strings.Contains(body, "/convert/"+client.String()) {
		t.Fatal("the client's page proposes nothing")
	}
	if code, to, body := d.post("/convert/"+client.String(), url.Values{"as": {"agreement"}}); code != http.StatusSeeOther {
		t.Fatalf("%d %s %s", code, to, body)
	}
	list, err := d.Agreements.OfClient(ctx, client)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d agreements, %v", len(list), err)
	}
	a := list[0]
	if a.State != agreements.Draft || a.Least == nil || len(a.Lines) < 2 || !strings.HasPrefix(a.Origin, "transition ") || a.Plan == 0 {
		t.Fatalf("%+v", a)
	}
	n, err := a.Monthly(a.Starts)
	if err != nil {
		t.Fatal(err)
	}
	if fee, err := a.Least.Round(a.Currency.Digits()); err != nil || n > fee+fee/10 {
		t.Errorf("%d a month for a fee of %d, %v", n, fee, err)
	}
	next, err := d.Billing.Forecast(ctx, a, 1)
	if err != nil || len(next) != 1 {
		t.Fatalf("%+v, %v", next, err)
	}
	if fee, _ := a.Least.Round(a.Currency.Digits()); next[0].Net < fee {
		t.Errorf("the first invoice of %d is less than the fee of %d", next[0].Net, fee)
	}
	if body := d.get("/clients/" + client.String()); strings.Contains(body, "/convert/"+client.String()) {
		t.Error("it is proposed twice")
	}
}

// guest asks as somebody who is not signed in.
func (d *desk) guest(method, path string, f url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(f.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w
}

// The whole way of a client over HTTP: plan, quote, yes, agreement, run, invoice, and what the client's page says at each step.
func TestConvertByQuote(t *testing.T) {
	ctx := context.Background()
	now := clock.At(time.Date(2026, 11, 10, 9, 0, 0, 0, time.UTC))
	a := openAt(t, now)
	h, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{App: a, t: t, handler: h, session: join(t, a, access.Owner)}
	if err := a.LoadDemo(ctx); err != nil {
		t.Fatal(err)
	}
	client, err := a.Clients.Resolve(ctx, "Cobalt Components")
	if err != nil {
		t.Fatal(err)
	}
	page := "/clients/" + client.String()
	says := func(what string) {
		t.Helper()
		if body := d.get(page); !strings.Contains(body, what) {
			_, panel, _ := strings.Cut(body, `id="convert"`)
			t.Errorf("the client's page does not say %q: %.900s", what, panel)
		}
	}
	says("Propose by a quote")
	code, to, body := d.post("/convert/"+client.String(), url.Values{"as": {"quote"}})
	if code != http.StatusSeeOther || !strings.HasPrefix(to, "/quotes/") {
		t.Fatalf("%d %s %s", code, to, body)
	}
	says("is being written and not sent yet")
	if body := d.get(page); strings.Contains(body, "/convert/"+client.String()) {
		t.Error("it is proposed twice")
	}
	find := func() *quotes.Quote {
		t.Helper()
		list, err := a.Quotes.List(ctx, quotes.Filter{Client: client})
		if err != nil || len(list) != 1 {
			t.Fatalf("%d quotes, %v", len(list), err)
		}
		q, err := a.Quotes.Get(ctx, list[0].ID)
		if err != nil {
			t.Fatal(err)
		}
		return q
	}
	q := find()
	c := q.Content()
	if c.Term != 12 || c.Renew != 12 || c.Notice != 60 || c.Least.Coef == 0 || len(c.Lines) < 2 || c.Plan == 0 || c.Starts.Known() || c.Valid != civil.MustDate(2026, 12, 10) {
		t.Fatalf("%+v", c)
	}
	fee, err := c.Least.Round(c.Currency.Digits())
	if err != nil || q.Month < fee || q.Month > fee+fee/10 {
		t.Errorf("%d a month for a fee of %d, %v", q.Month, fee, err)
	}

	// what was promised stays with the quote when somebody edits it
	code, _, body = d.post(to+"/edit", editorOf(t, d, to, "Managed care for Cobalt"))
	if code != http.StatusSeeOther {
		t.Fatalf("saving: %d %s", code, body)
	}
	if q = find(); !strings.HasPrefix(q.Content().Origin, "transition 2026-11-10 ") || q.Content().Plan == 0 || q.Title != "Managed care for Cobalt" || len(q.Content().Lines) != len(c.Lines) {
		t.Fatalf("%+v", q.Content())
	}

	code, _, body = d.post(to+"/send", url.Values{"version": {"2"}, "post": {"no"}})
	link := regexp.MustCompile(quotes.PublicPath + `[A-Za-z0-9_-]+`).FindString(body)
	if code != http.StatusOK || link == "" {
		t.Fatalf("sending: %d", code)
	}
	says("was sent on Nov 10, 2026 and is valid until Dec 10, 2026")
	if w := d.guest("GET", link, nil); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Managed care for Cobalt") || strings.Contains(w.Body.String(), "transition") {
		t.Fatalf("the public page: %d", w.Code)
	}
	wait := func(days int) { // and sign in again
		t.Helper()
		now.Advance(time.Duration(days) * 24 * time.Hour)
		token, err := a.Access.EnterLink(ctx, "owner@example.com")
		if err != nil {
			t.Fatal(err)
		}
		if d.session, err = a.Access.Enter(ctx, token, access.Client{}); err != nil {
			t.Fatal(err)
		}
	}
	wait(3)
	if w := d.guest("POST", link+"/accept", url.Values{"document": {find().Current().Document}, "name": {"Iris Cobalt"}, "agree": {"on"}}); w.Code != http.StatusSeeOther {
		t.Fatalf("signing: %d %s", w.Code, w.Body)
	}
	says("was accepted on Nov 13, 2026; the agreement follows")
	for n := 0; find().Stage == quotes.Waiting; n++ {
		if did, err := a.Jobs.One(ctx); err != nil || !did || n > 500 {
			t.Fatalf("after %d jobs: %v, %v", n, did, err)
		}
	}
	q = find()
	ag, err := a.Agreements.Get(ctx, q.Agreement)
	if err != nil || q.Stage != quotes.Done {
		t.Fatalf("%+v, %v", q, err)
	}
	if ag.State != agreements.Active || ag.SignedBy != "Iris Cobalt" || ag.Starts != civil.MustDate(2026, 12, 1) || ag.Quote != q.ID || ag.Plan != c.Plan || ag.Origin != c.Origin || ag.Document != q.Current().Signed {
		t.Fatalf("%+v", ag)
	}
	says("The agreement begins on Dec 1, 2026")

	wait(18) // the first of December
	code, to, body = d.post("/billing/runs", url.Values{"day": {"2026-12-01"}, "agreement": {ag.ID.String()}, "issue": {"yes"}})
	if code != http.StatusSeeOther {
		t.Fatalf("the run: %d %s", code, body)
	}
	for n := 0; ; n++ {
		if strings.Contains(d.get(to), "INV-") {
			break
		}
		if did, err := a.Jobs.One(ctx); err != nil || !did || n > 500 {
			t.Fatalf("after %d jobs: %v, %v", n, did, err)
		}
	}
	docs, err := a.Billing.List(ctx, billing.Filter{Agreement: ag.ID})
	if err != nil || len(docs.Rows) != 1 || docs.Rows[0].State != billing.IssuedDoc || docs.Rows[0].Number == "" || docs.Rows[0].Net < fee {
		t.Fatalf("%+v, %v", docs.Rows, err)
	}
	if body := d.get("/agreements/" + ag.ID.String()); !strings.Contains(body, docs.Rows[0].Number) {
		t.Error("the agreement's page does not show its first invoice")
	}
	says("Promised and kept")
	says("December 2026")
	_, panel, _ := strings.Cut(d.get(page), `id="convert"`)
	if earned := regexp.MustCompile(`\$[0-9][0-9,.]*`).FindString(panel); earned == "" || earned == "$0.00" {
		t.Errorf("nothing was earned in the first month: %.900s", panel)
	}
}

// editorOf is the form of a quote's editor as it stands there, with another title.
func editorOf(t *testing.T, d *desk, to, title string) url.Values {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(d.get(to + "/edit")))
	if err != nil {
		t.Fatal(err)
	}
	f := url.Values{}
	var text func(n *html.Node) string
	text = func(n *html.Node) (s string) {
		if n.Type == html.TextNode {
			return n.Data
		}
		for c := range n.ChildNodes() {
			s += text(c)
		}
		return s
	}
	for n := range doc.Descendants() {
		at := map[string]string{}
		for _, a := range n.Attr {
			at[a.Key] = a.Val
		}
		_, selected := at["selected"]
		switch {
		case n.Data == "input" && at["name"] != "":
			f.Set(at["name"], at["value"])
		case n.Data == "textarea":
			f.Set(at["name"], text(n))
		case n.Data == "option" && selected:
			for p := n.Parent; p != nil; p = p.Parent {
				for _, a := range p.Attr {
					if p.Data == "select" && a.Key == "name" {
						f.Set(a.Val, at["value"])
					}
				}
			}
		}
	}
	if f.Get("version") == "" || f.Get("item-0") == "" {
		t.Fatalf("the editor has no form: %v", f)
	}
	f.Set("title", title)
	return f
}
