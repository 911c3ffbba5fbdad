// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"mainstay/app"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/clients"
	"mainstay/practice/worklog"
	"mainstay/practice/worklog/rates"
	"mainstay/test/browser"
)

// work fills an installation with a rate card, a week of a technician and some items, and returns the technician's id and
// one entry of each state.
func work(t *testing.T, a *app.App) (worklog.Actor, map[worklog.State]ids.ID) {
	t.Helper()
	ctx := context.Background()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	people, err := a.Access.People(ctx)
	must(err)
	by := worklog.Actor{ID: people[0].ID, Name: people[0].Name, Others: true}
	harbour, err := a.Clients.Create(ctx, clients.Details{Name: "Harbour Dental Group"})
	must(err)
	long, err := a.Clients.Create(ctx, clients.Details{Name: "The Honourable Company of Shipwrights, Ropemakers and Sailmakers of Tidegate and the Northern Islands"})
	must(err)
	_, err = a.Work.SaveCard(ctx, worklog.Card{Card: rates.Card{
		Name: "Standard", From: civil.MustDate(2020, 1, 1), Currency: "EUR", Minor: 12000, Step: 15, MinEntry: 15, MinTicket: 0, ByTicket: 0, Factor: 150, Km: money.Decimal{Coef: 42, Scale: 2},
		Prices: []rates.Price{{Type: 2, Minor: 14000}, {Person: by.ID, Minor: 13000}},
	}})
	must(err)
	_, err = a.Work.SaveCard(ctx, worklog.Card{Card: rates.Card{Client: long, Name: "Shipwrights", From: civil.MustDate(2026, 1, 1), Currency: "CHF", Minor: 20000, Step: -1, MinEntry: -1, MinTicket: 60, ByTicket: 1, Factor: -1, Km: money.Decimal{Coef: 5, Scale: 1}}})
	must(err)
	today := a.Work.Today()
	made := map[worklog.State]ids.ID{}
	add := func(client ids.ID, kind ids.ID, day civil.Date, minutes int, note string) ids.ID {
		id, err := a.Work.Create(ctx, by, worklog.Draft{Client: client, Type: kind, Day: day, Starts: 9 * 60, Minutes: minutes, Note: note})
		must(err)
		return id
	}
	before := worklog.Monday(today).AddDays(-7)
	made[worklog.Billed] = add(harbour, 1, before, 90, "Mail server moved")
	made[worklog.Approved] = add(long, 2, before.AddDays(1), 45, "")
	must(a.Work.Submit(ctx, by, by.ID, before))
	must(a.Work.Approve(ctx, by, by.ID, before))
	must(a.Work.MarkBilled(ctx, []worklog.Bill{{ID: made[worklog.Billed], Invoice: "R-2026-0042", Line: "1"}}))
	made[worklog.Submitted] = add(harbour, 4, before.AddDays(-7), 480, "New server room, first day")
	must(a.Work.Submit(ctx, by, by.ID, before.AddDays(-7)))
	made[worklog.Open] = add(harbour, 1, today, 67, "Outlook asked for the password again; profile made anew. <script>alert(1)</script> "+strings.Repeat("Verylongwordwithoutanyspace", 6))
	add(long, 6, today, 30, "Own training")
	for _, d := range []worklog.ItemDraft{
		{Client: harbour, Day: today, Note: "Patch cable, 3 m", Quantity: money.Decimal{Coef: 4}, Price: money.Decimal{Coef: 1250, Scale: 2}, Priced: true, Cost: money.Decimal{Coef: 5}},
		{Kind: worklog.Mileage, Client: long, Day: today, Quantity: money.Decimal{Coef: 375, Scale: 1}},
	} {
		_, err := a.Work.CreateItem(ctx, by, d)
		must(err)
	}
	return by, made
}

func TestBrowserWorkEmpty(t *testing.T) {
	s := newSite(t)
	for name, path := range map[string]string{
		"time-empty": "/time", "time-entries-empty": "/time/entries", "time-unbilled-empty": "/time/unbilled", "time-report-empty": "/time/report", "time-rates-empty": "/time/rates", "time-timer": "/time/timer", "time-approval-empty": "/time/approval",
	} {
		s.Check(t, s.look(name, path))
	}
}

func TestBrowserWork(t *testing.T) {
	s := newSite(t)
	by, made := work(t, s.App)
	cards, err := s.Work.Cards(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Work.StartTimer(context.Background(), by, worklog.Start{Client: cards[1].Client, Type: 1, Note: "Printer"}); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{
		"time": "/time", "time-entries": "/time/entries", "time-items": "/time/items", "time-unbilled": "/time/unbilled", "time-report": "/time/report", "time-report-type": "/time/report?by=type&months=3", "time-approval": "/time/approval", "time-rates": "/time/rates",
		"time-running": "/time/timer", "time-new": "/time/entries/new", "time-item-new": "/time/items/new", "time-open": "/time/entries/" + made[worklog.Open].String(),
		"time-billed": "/time/entries/" + made[worklog.Billed].String(), "time-card": "/time/rates/" + cards[0].ID.String(), "time-type": "/time/types/" + ids.ID(1).String(),
		"time-filtered": "/time/entries?state=billed&unbilled=yes",
	} {
		s.Check(t, s.look(name, path))
	}
}

// A person enters time and reads what it comes to before it is saved, runs the timer over a reload, and submits the week.
func TestBrowserWorkLife(t *testing.T) {
	s := newSite(t)
	work(t, s.App)
	tab := s.Open(t, browser.Look{Name: "work-life", URL: s.url + "/time/entries/new", Cookies: []*http.Cookie{s.session}})
	tab.Eval(`(() => { const c = document.querySelector("#f-client"); c.value = [...c.options].find((o) => o.label.startsWith("Harbour")).value; })()`, nil)
	tab.Type("#f-time", "1:07")
	tab.Wait("[data-quote-out]:not(:empty)")
	if got := tab.Text("[data-quote-out]"); got != "billable: 1:07 h rounded up to 1:15 h × €130.00/h = €162.50, by the card “Standard” since Jan 1, 2020" {
		t.Errorf("while typing: %q", got)
	}
	tab.Type("#f-note", "Printer driver replaced")
	tab.Click(".form-actions .btn-primary")
	tab.Wait(".sheet")
	if got := tab.Text(".sheet"); !strings.Contains(got, "Harbour Dental Group") || !strings.Contains(got, "2:44") { // 1:07 + 1:07 + 0:30
		t.Errorf("the week: %q", got)
	}
	tab.Goto(s.url + "/time/timer")
	tab.Eval(`(() => { const c = document.querySelector("#f-client"); c.value = [...c.options].find((o) => o.label.startsWith("Harbour")).value; })()`, nil)
	tab.Click(".form-actions .btn-primary")
	tab.Wait("#running")
	tab.Goto(s.url + "/time/timer") // it survives
	tab.Wait("#running [data-since]")
	tab.Click(`form[action="/time/timer/stop"] .btn-primary`)
	tab.Wait(".sheet")
	tab.Click(`form[data-confirm="submit-week"] > button`)
	tab.Click("#submit-week [data-yes]")
	tab.Wait("form[data-confirm=approve-week] > button")
	tab.Quiet()
}

// What a technician may and may not, page by page; and what is typed wrongly is said at its field.
func TestWorkPages(t *testing.T) {
	a := open(t)
	handler, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	owner := join(t, a, access.Owner)
	_, made := work(t, a)
	technician := join(t, a, access.Technician)
	send := func(method, path, session string, form url.Values) (int, string, string) {
		t.Helper()
		r := httptest.NewRequest(method, path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.AddCookie(&http.Cookie{Name: access.Cookie, Value: session})
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Code, w.Body.String(), w.Header().Get("Location")
	}
	all, err := a.Work.Clients(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	harbour := all[0].ID.String()
	good := url.Values{"client": {harbour}, "type": {ids.ID(1).String()}, "day": {a.Work.Today().String()}, "start": {"09:00"}, "end": {"10:30"}}
	with := func(pairs ...string) url.Values {
		v := url.Values{}
		for k, x := range good {
			v[k] = x
		}
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return v
	}
	for what, c := range map[string]struct {
		form url.Values
		text string
	}{
		"no client":    {with("client", ""), "Choose the client that you worked for."},
		"end first":    {with("end", "08:00"), "The end lies before the start."},
		"both differ":  {with("time", "2:00"), "From 09:00 to 10:30 are 1:30 h, not 2:00 h."},
		"no length":    {with("time", "soon"), "is not a length of time"},
		"no day":       {with("day", "2026-02-30"), "is not a day"},
		"no ticket":    {with("ticket", "12"), "There is no such ticket."},
		"odd coverage": {with("coverage", "gratis"), "By hand work is billable or free."},
		"no start":     {with("start", ""), "Enter when you began."},
	} {
		if code, body, _ := send("POST", "/time/entries/new", technician, c.form); code != http.StatusUnprocessableEntity || !strings.Contains(body, c.text) {
			t.Errorf("%s: %d, without %q", what, code, c.text)
		}
	}
	if code, _, to := send("POST", "/time/entries/new", technician, good); code != http.StatusSeeOther || !strings.HasPrefix(to, "/time?") {
		t.Errorf("a good entry: %d %s", code, to)
	}
	theirs := "/time/entries/" + made[worklog.Open].String()
	if code, _, _ := send("POST", theirs, technician, with("version", "1")); code != http.StatusForbidden {
		t.Errorf("a technician changes the owner's entry: %d", code)
	}
	if code, body, _ := send("GET", theirs, technician, nil); code != http.StatusOK || strings.Contains(body, "data-quote=") {
		t.Errorf("a technician is offered to change the owner's entry: %d", code)
	}
	if code, body, _ := send("POST", "/time/entries/"+made[worklog.Billed].String(), owner, with("version", "1")); code != http.StatusConflict || !strings.Contains(body, "does not change any more") {
		t.Errorf("changing a billed entry: %d", code)
	}
	code, body, _ := send("GET", "/time/entries/export.csv?state=billed", owner, nil)
	if lines := strings.Split(strings.TrimSpace(body), "\r\n"); code != http.StatusOK || len(lines) != 2 || !strings.Contains(lines[1], "R-2026-0042") || !strings.Contains(lines[1], "195.00") { // 1:30 × 130.00
		t.Errorf("the export: %d %q", code, body)
	}
	if code, body, _ := send("GET", "/time/unbilled/export.csv", owner, nil); code != http.StatusOK || !strings.Contains(body, "Harbour Dental Group,EUR,") {
		t.Errorf("the export of what is unbilled: %d %q", code, body)
	}
	if code, _, _ := send("GET", "/time/items/export.csv", technician, nil); code != http.StatusForbidden {
		t.Errorf("a technician exports: %d", code)
	}
	card := url.Values{"name": {"New"}, "from": {"2026-05-01"}, "currency": {"eur"}, "price": {"99,90"}, "step": {"x"}, "type-0": {""}, "person-0": {""}, "price-0": {""}}
	if code, body, _ := send("POST", "/time/rates/new", owner, card); code != http.StatusUnprocessableEntity || !strings.Contains(body, "is not a whole number") {
		t.Errorf("a wrong card: %d", code)
	}
	card.Set("step", "10")
	card.Set("price", "99.905")
	if code, body, _ := send("POST", "/time/rates/new", owner, card); code != http.StatusUnprocessableEntity || !strings.Contains(body, "has more decimals than the currency") {
		t.Errorf("a price with too many decimals: %d", code)
	}
	card.Set("price", "99,90")
	card.Set("type-0", ids.ID(2).String())
	card.Set("price-0", "120")
	if code, body, _ := send("POST", "/time/rates/new", owner, card); code != http.StatusSeeOther {
		t.Errorf("a good card: %d %s", code, body)
	}
	cards, err := a.Work.Cards(context.Background())
	if err != nil || cards[0].Minor != 9990 || cards[0].Currency != "EUR" || cards[0].Prices[0].Minor != 12000 {
		t.Errorf("%+v, %v", cards[0], err)
	}
}

// A program enters time, reads why it costs what it does, runs the timer and the week.
func TestWorkAPI(t *testing.T) {
	a := open(t)
	handler, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	session := join(t, a, access.Owner)
	by, _ := work(t, a)
	all, err := a.Work.Clients(context.Background())
	if err != nil {
		t.Fatal(err)
	}
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
		if w.Body.Len() > 0 {
			if err := json.Unmarshal(w.Body.Bytes(), &out); err != nil {
				t.Fatal(err)
			}
		}
		return out
	}
	entry := fmt.Sprintf(`{"client":%q,"type":%q,"day":"2026-01-05","minutes":67}`, all[0].ID, ids.ID(2))
	if q := call("POST", "/time/quote", entry, "", 200); q["chargedMinutes"] != 75.0 || q["amount"].(map[string]any)["minor"] != 17500.0 { // 1:15 × 140.00
		t.Errorf("%v", q)
	}
	e := call("POST", "/time/entries", entry, "", 200)
	path := "/time/entries/" + e["id"].(string)
	if e["state"] != "open" || !strings.HasPrefix(e["explanation"].(string), "billable: 1:07 h rounded up to 1:15 h") {
		t.Errorf("%v", e)
	}
	call("PUT", path, strings.Replace(entry, "67", "30", 1), "", 422) // without If-Match
	call("PUT", path, strings.Replace(entry, "67", "30", 1), `"v9"`, 409)
	if e = call("PUT", path, strings.Replace(entry, "67", "30", 1), `"v1"`, 200); e["minutes"] != 30.0 || e["version"] != 2.0 {
		t.Errorf("%v", e)
	}
	if l := call("GET", "/time/entries?from=2026-01-05&to=2026-01-05", "", "", 200); len(l["entries"].([]any)) != 1 {
		t.Errorf("%v", l)
	}
	week := "/time/weeks/" + by.ID.String() + "/2026-01-07"
	if sh := call("GET", week, "", "", 200); sh["monday"] != "2026-01-05" || sh["total"] != 30.0 {
		t.Errorf("%v", sh)
	}
	call("POST", week+"/submit", "", "", 200)
	call("POST", week+"/return", `{"reason":"Whose cable?"}`, "", 200)
	call("POST", week+"/submit", "", "", 200)
	if sh := call("POST", week+"/approve", "", "", 200); sh["approved"] != 1.0 {
		t.Errorf("%v", sh)
	}
	call("DELETE", path, "", `"v6"`, 409)
	call("POST", "/time/billed", fmt.Sprintf(`{"work":[{"id":%q,"kind":"entry","invoice":"R-1","line":"2"}]}`, e["id"]), "", 204)
	if e = call("GET", path, "", "", 200); e["state"] != "billed" || e["line"] != "2" {
		t.Errorf("%v", e)
	}
	if c := call("POST", path+"/correction", `{"minutes":15}`, "", 200); c["minutes"] != -15.0 || c["amount"].(map[string]any)["minor"] != -3500.0 || c["corrects"] != e["id"] {
		t.Errorf("%v", c)
	}
	call("GET", "/time/timer", "", "", 404)
	call("POST", "/time/timer", fmt.Sprintf(`{"client":%q,"type":%q}`, all[0].ID, ids.ID(1)), "", 200)
	call("POST", "/time/timer", fmt.Sprintf(`{"client":%q,"type":%q}`, all[0].ID, ids.ID(1)), "", 409)
	if e := call("POST", "/time/timer/stop", `{}`, "", 200); e["minutes"] != 1.0 {
		t.Errorf("%v", e)
	}
	item := call("POST", "/time/items", fmt.Sprintf(`{"kind":"mileage","client":%q,"day":"2026-01-05","quantity":"10.5"}`, all[0].ID), "", 200)
	if item["amount"].(map[string]any)["minor"] != 441.0 { // 10.5 × 0.42
		t.Errorf("%v", item)
	}
	call("DELETE", "/time/items/"+item["id"].(string), "", `"v1"`, 204)
	card := call("POST", "/time/rates", fmt.Sprintf(`{"name":"Harbour","client":%q,"from":"2026-07-01","currency":"EUR","prices":[{"type":%q,"hour":9000}]}`, all[0].ID, ids.ID(1)), "", 200)
	if card["hour"] != nil || card["version"] != 1.0 {
		t.Errorf("%v", card)
	}
	call("PUT", "/time/rates/"+card["id"].(string), `{"name":"Harbour","from":"2026-07-01","currency":"EUR","hour":8000}`, `"v1"`, 200)
	call("DELETE", "/time/rates/"+card["id"].(string), "", "", 204)
	kind := call("POST", "/time/types", `{"name":"Training","reactive":false,"billable":true}`, "", 200)
	call("PUT", "/time/types/"+kind["id"].(string), `{"name":"Training","reactive":false,"billable":false,"archived":true}`, `"v1"`, 200)
	if u := call("GET", "/time/unbilled", "", "", 200); len(u["clients"].([]any)) < 2 {
		t.Errorf("%v", u)
	}
}
