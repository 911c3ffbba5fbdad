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
	"time"

	"mainstay/app"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/practice/billing"
	"mainstay/practice/billing/rating"
	"mainstay/practice/catalogue"
	"mainstay/practice/clients"
	"mainstay/practice/quotes"
	"mainstay/test/browser"
)

// quoteFirm is a firm with a portfolio, a tax, and a client whose person decides.
func quoteFirm(t *testing.T, a *app.App) ids.ID {
	t.Helper()
	ctx := context.Background()
	firm, err := a.Values.Firm(ctx)
	if err != nil {
		t.Fatal(err)
	}
	firm.Name, firm.Currency = "Tidegate IT", "EUR"
	if err := a.Values.SetFirm(ctx, firm); err != nil {
		t.Fatal(err)
	}
	if err := a.Catalogue.Start(ctx, locale.Printer{}, "EUR"); err != nil {
		t.Fatal(err)
	}
	if err := a.Billing.AddTax(ctx, billing.Tax{Code: "standard", Category: rating.Standard, Percent: money.Decimal{Coef: 19}, Starts: civil.MustDate(2020, 1, 1)}); err != nil {
		t.Fatal(err)
	}
	client, err := a.Clients.Create(ctx, clients.Details{Name: "Harbour Dental Group"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Clients.SavePerson(ctx, access.WholeFirm(), client, clients.Person{Name: "Mara Lind", Email: "mara@harbour.example", Decides: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Clients.SaveSite(ctx, access.WholeFirm(), client, clients.Site{Name: "Practice", Street: "4 Quay Street", Postcode: "10101", City: "Tidegate"}); err != nil {
		t.Fatal(err)
	}
	return client
}

// quoteOf makes a quote with a plan, an option and alternatives.
func quoteOf(t *testing.T, a *app.App, client ids.ID) ids.ID {
	t.Helper()
	ctx := context.Background()
	plans, err := a.Catalogue.Plans(ctx, false)
	if err != nil {
		t.Fatal(err)
	}
	flat := func(unit int64) rating.Price {
		return rating.Price{Model: rating.PerUnit, Unit: money.Decimal{Coef: unit}}
	}
	id, err := a.Quotes.Create(ctx, quotes.NewQuote{
		Addressee: quotes.Addressee{Client: client, Name: "Mara Lind"}, Plan: plans[1].ID, Typical: catalogue.Typical{People: 12, Devices: 14, Sites: 1},
		Content: quotes.Content{
			Title: "Managed care for Harbour Dental", Intro: "Dear Mara,\nthank you for the good talk. This is what we agreed on.", Language: "en-US", Starts: civil.NoDate, Term: 12, Renew: 12, Notice: 90,
			Discount: money.Decimal{Coef: 5}, On: quotes.Recurring, Deposit: quotes.Deposit{Percent: money.Decimal{Coef: 50}}, Lines: []quotes.Line{
				{Name: "Backup kept for 30 days", Group: "A", Preset: true, Quantity: money.Decimal{Coef: 1}, Every: catalogue.Yearly, Price: flat(600)},
				{Name: "Backup kept for a year", Group: "A", Quantity: money.Decimal{Coef: 1}, Every: catalogue.Yearly, Price: flat(1100), Text: "In two data centres, one of them abroad."},
				{Name: "A very long name of something that nobody could ever say shorter: new switches and cabling for the practice's cellar", Optional: true, Quantity: money.Decimal{Coef: 1}, Every: catalogue.Once, Price: flat(1480)},
			},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestBrowserQuotes(t *testing.T) {
	s := newSiteAt(t, clock.At(time.Now()))
	s.Check(t, s.look("quotes-empty", "/quotes"))
	ctx := context.Background()
	client := quoteFirm(t, s.App)
	draft := quoteOf(t, s.App, client)
	sent := quoteOf(t, s.App, client)
	q, err := s.Quotes.Get(ctx, sent)
	if err != nil {
		t.Fatal(err)
	}
	link, err := s.Quotes.Send(ctx, sent, q.Version, false)
	if err != nil {
		t.Fatal(err)
	}
	declined := quoteOf(t, s.App, client)
	no, err := s.Quotes.Send(ctx, declined, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	no = strings.TrimPrefix(no, s.PublicURL())
	if err := s.Quotes.Decline(ctx, strings.TrimPrefix(no, quotes.PublicPath), "Mara Lind", "The board wants to wait until spring.", "Test"); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"quotes": "/quotes", "quotes-none": "/quotes?q=nothingatall", "quotes-new": "/quotes/new?client=" + client.String(), "quotes-draft": "/quotes/" + draft.String(), "quotes-edit": "/quotes/" + draft.String() + "/edit",
		"quotes-sent": "/quotes/" + sent.String(), "quotes-declined": "/quotes/" + declined.String(), "quotes-public": strings.TrimPrefix(link, s.PublicURL()), "quotes-public-declined": no,
	} {
		t.Run(name, func(t *testing.T) { s.Check(t, s.look(name, path)) })
	}
}

// An owner makes a quote out of a plan, the client's person chooses and signs on a phone, and the owner finds the agreement, the
// first invoices and the signed document.
func TestBrowserQuoteLife(t *testing.T) {
	s := newSite(t)
	ctx := context.Background()
	client := quoteFirm(t, s.App)
	tab := s.Open(t, browser.Look{Name: "quote-life", URL: s.url + "/quotes/new?client=" + client.String(), Cookies: []*http.Cookie{s.session}})
	tab.Eval(`(() => { const p = document.querySelector("#f-plan"); p.value = p.options[2].value; document.querySelector("#f-people").value = "10"; document.querySelector("#f-devices").value = "12"; return 1; })()`, new(int))
	tab.Click(".form-actions .btn-primary")
	tab.Wait("[data-lines]")
	if got := tab.Text("h1"); got != "Managed" {
		t.Errorf("the editor is of %q", got)
	}
	tab.Eval(`document.querySelector("#f-deposit").value = "50", 1`, new(int))
	tab.Click(".form-actions .btn-primary")
	tab.Wait("#send")
	tab.Click("#send .btn-primary") // no mail can be sent here: the link is shown
	tab.Wait("#quote-link")
	tab.Shot("-link")
	link := tab.Text("#quote-link")
	list, err := s.Quotes.List(ctx, quotes.Filter{})
	if err != nil || len(list) != 1 {
		t.Fatal(len(list), err)
	}

	phone := s.Open(t, browser.Look{Name: "quote-phone", URL: s.url + strings.TrimPrefix(link, s.PublicURL()), Width: 390})
	phone.Wait("#q-sums")
	before := phone.Text("#q-sums")
	if !strings.Contains(before, "€727.00") { // as the plans' page says it
		t.Errorf("the sums: %q", before)
	}
	phone.Click(".q-offer input[type=checkbox]") // identity protection, 10 × 4.50
	phone.Wait("#q-sums[data-fresh]")
	if got := phone.Text("#q-sums"); !strings.Contains(got, "€772.00") {
		t.Errorf("with an option: %q", got)
	}
	phone.Accessible()
	phone.Shot("-choice")
	// the name of the quote's person stands there already
	phone.Click("#f-agree")
	phone.Click("#sign .btn-primary")
	phone.Wait(".notice")
	if got := phone.Text(".notice"); !strings.Contains(got, "The quote is accepted") {
		t.Errorf("after signing: %q", got)
	}
	phone.Accessible()
	phone.Fits()
	phone.Shot("-signed")
	phone.Quiet()

	for range 20 {
		if did, err := s.Jobs.One(ctx); err != nil || !did {
			break
		}
	}
	q, err := s.Quotes.Get(ctx, list[0].ID)
	if err != nil || q.Stage != quotes.Done {
		t.Fatalf("%+v, %v", q, err)
	}
	tab.Goto(s.url + "/quotes/" + q.ID.String())
	tab.Wait("[data-agreement]")
	tab.Accessible()
	tab.Shot("-accepted")
	agreement, err := s.Agreements.Get(ctx, q.Agreement)
	if err != nil || agreement.SignedBy != "Mara Lind" || len(agreement.Lines) != 7 {
		t.Errorf("%+v, %v", agreement, err)
	}
	if len(q.Invoices) != 2 { // the deposit, and the rest with the deposit taken off
		t.Fatalf("%d invoices", len(q.Invoices))
	}
	for i, want := range []int64{45000, 45000} { // 12 onboardings of 75
		if _, doc, err := s.Billing.Document(ctx, q.Invoices[i]); err != nil || doc.Totals.Net != want {
			t.Errorf("invoice %d: %+v, %v", i, doc.Totals, err)
		}
	}
	tab.Quiet()
}

// What a link shows to whom, and what is refused.
func TestQuoteLinks(t *testing.T) {
	a := open(t)
	handler, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	owner := join(t, a, access.Owner)
	technician := join(t, a, access.Technician)
	client := quoteFirm(t, a)
	id := quoteOf(t, a, client)
	send := func(method, path, session string, form url.Values) (*httptest.ResponseRecorder, string) {
		t.Helper()
		r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if session != "" {
			r.AddCookie(&http.Cookie{Name: access.Cookie, Value: session})
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w, w.Body.String()
	}
	q, err := a.Quotes.Get(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	link, err := a.Quotes.Send(ctx, id, q.Version, false)
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(link, a.PublicURL())
	w, body := send("GET", path, "", nil)
	if w.Code != http.StatusOK || w.Header().Get("Referrer-Policy") != "no-referrer" || !strings.Contains(w.Header().Get("Cache-Control"), "no-store") || !strings.Contains(body, "Managed care for Harbour Dental") {
		t.Errorf("the link: %d %v", w.Code, w.Header())
	}
	if strings.Contains(body, "14.00") || strings.Contains(body, "margin") {
		t.Error("the client sees what things cost the firm")
	}
	if w, body := send("GET", path+"/quote.pdf", "", nil); w.Code != http.StatusOK || !strings.HasPrefix(body, "%PDF") || w.Header().Get("Content-Type") != "application/pdf" {
		t.Errorf("the document: %d", w.Code)
	}
	if w, _ := send("GET", quotes.PublicPath+"guess", "", nil); w.Code != http.StatusNotFound {
		t.Errorf("a guess: %d", w.Code)
	}
	if w, _ := send("GET", "/quotes/"+id.String(), technician, nil); w.Code != http.StatusForbidden {
		t.Errorf("a technician reads quotes: %d", w.Code)
	}
	document := q.ID.String()
	if w, body := send("POST", path+"/accept", "", url.Values{"document": {document}, "name": {"Mara Lind"}, "agree": {"on"}}); w.Code != http.StatusNotFound {
		t.Errorf("another document: %d %s", w.Code, body)
	}
	q, _ = a.Quotes.Get(ctx, id)
	form := url.Values{"document": {q.Current().Document}, "name": {"Mara Lind"}, "choice-A": {"2"}}
	if w, body := send("POST", path+"/accept", "", form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(body, "tick the box") || !strings.Contains(body, `value="Mara Lind"`) {
		t.Errorf("not agreed: %d", w.Code)
	}
	form.Set("agree", "on")
	form.Set("choice-A", "99")
	if w, body := send("POST", path+"/accept", "", form); w.Code != http.StatusUnprocessableEntity || !strings.Contains(body, "does not fit the quote") {
		t.Errorf("a wrong choice: %d", w.Code)
	}
	if w, body := send("POST", path+"/decline", "", url.Values{"reason": {""}}); w.Code != http.StatusUnprocessableEntity || !strings.Contains(body, "tell us why") {
		t.Errorf("no reason: %d", w.Code)
	}
	form.Set("choice-A", "2")
	if w, _ := send("POST", path+"/accept", "", form); w.Code != http.StatusSeeOther {
		t.Errorf("a yes: %d", w.Code)
	}
	if w, body := send("GET", path+"/quote.pdf", "", nil); w.Code != http.StatusOK || len(body) == 0 {
		t.Errorf("the signed document: %d", w.Code)
	}
	q, _ = a.Quotes.Get(ctx, id)
	if v := q.Current(); v.State != quotes.VersionAccepted || v.Address == "" || len(v.Choice) != 1 || v.Choice[0] != 2 {
		t.Errorf("%+v", v)
	}
	if w, body := send("GET", "/quotes/"+id.String(), owner, nil); w.Code != http.StatusOK || !strings.Contains(body, "Mara Lind") {
		t.Errorf("the owner's page: %d", w.Code)
	}
	if w, _ := send("GET", "/quotes/"+id.String()+"/versions/1/signed.pdf", owner, nil); w.Code != http.StatusOK {
		t.Errorf("the signed document for the owner: %d", w.Code)
	}
	// the client's page shows where its quotes stand, to those who may read them
	quoteOf(t, a, client)
	page := "/clients/" + client.String()
	_, panel, _ := strings.Cut(bodyOf(t, send, page, owner), `id="quotes"`)
	for _, want := range []string{"Q-00001", "Q-00002", "Accepted", "Draft", "/quotes/new?client=" + client.String()} {
		if !strings.Contains(panel, want) {
			t.Errorf("the client's page does not say %q", want)
		}
	}
	if strings.Contains(bodyOf(t, send, page, technician), `id="quotes"`) {
		t.Error("a technician sees quotes")
	}
	// and the search finds them by number, words of the title and the client's name, and items of the catalogue by theirs
	for q, want := range map[string]string{"Q-00002": "Q-00002 Managed care for Harbour Dental", "managed harbour": "Q-00001 Managed care", "onboarding": "/catalogue/items/"} {
		if body := bodyOf(t, send, "/search?q="+url.QueryEscape(q), owner); !strings.Contains(body, want) {
			t.Errorf("%q does not find %q", q, want)
		}
		if body := bodyOf(t, send, "/search?q="+url.QueryEscape(q), technician); strings.Contains(body, "Managed care for") {
			t.Errorf("a technician finds a quote by %q", q)
		}
	}
}

func bodyOf(t *testing.T, send func(method, path, session string, form url.Values) (*httptest.ResponseRecorder, string), path, session string) string {
	t.Helper()
	w, body := send("GET", path, session, nil)
	if w.Code != http.StatusOK {
		t.Fatalf("%s: %d", path, w.Code)
	}
	return body
}

// A program makes a quote, sends it and reads what became of it.
func TestQuoteAPI(t *testing.T) {
	a := open(t)
	handler, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	session := join(t, a, access.Owner)
	client := quoteFirm(t, a)
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
	plans, err := a.Catalogue.Plans(context.Background(), false)
	if err != nil {
		t.Fatal(err)
	}
	q := call("POST", "/quotes", `{"client": "`+client.String()+`", "plan": "`+plans[0].ID.String()+`", "people": 5, "devices": 6, "sites": 1, "content": {"lines": [{"name": "Workshop", "quantity": "2", "price": "450", "every": "once"}]}}`, "", http.StatusOK)
	if q["state"] != "draft" || q["once"] != 135000.0 { // two workshops, six onboardings
		t.Errorf("%v", q)
	}
	path := "/quotes/" + q["id"].(string)
	call("POST", "/quotes", `{"client": "`+client.String()+`", "content": {"title": "x", "lines": [{"name": "Workshop", "quantity": "2"}]}}`, "", http.StatusUnprocessableEntity)
	call("PUT", path, `{"client": "`+client.String()+`", "name": "Mara Lind", "content": {"title": "Workshops", "currency": "EUR", "valid": "`+a.Quotes.Today().AddDays(9).String()+`", "lines": [{"name": "Workshop", "quantity": "3", "price": "450", "every": "once"}]}}`, `"v1"`, http.StatusOK)
	call("PUT", path, `{"client": "`+client.String()+`", "content": {"title": "Late"}}`, `"v1"`, http.StatusConflict)
	if link := call("POST", path+"/send", `{}`, `"v2"`, http.StatusOK)["link"].(string); !strings.HasPrefix(link, a.PublicURL()+quotes.PublicPath) {
		t.Error(link)
	}
	got := call("GET", path, "", "", http.StatusOK)
	if v := got["versions"].([]any); got["state"] != "sent" || len(v) != 1 || len(v[0].(map[string]any)["document"].(string)) != 64 || got["draft"] != nil {
		t.Errorf("%v", got)
	}
	if list := call("GET", "/quotes?state=sent&client="+client.String(), "", "", http.StatusOK)["quotes"].([]any); len(list) != 1 {
		t.Errorf("%v", list)
	}
	call("POST", path+"/withdraw", "", "", http.StatusNoContent)
	call("POST", path+"/withdraw", "", "", http.StatusConflict)
	call("POST", path+"/revise", "", "", http.StatusNoContent)
	if got = call("GET", path, "", "", http.StatusOK); got["state"] != "withdrawn" || got["draft"] == nil {
		t.Errorf("%v", got)
	}
}
