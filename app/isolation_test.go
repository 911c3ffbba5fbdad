// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/desk/knowledge"
	"mainstay/desk/portal"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/clients"
	"mainstay/practice/payments"
	"mainstay/practice/worklog"
)

// marker stands in everything of the other client, secret in everything internal of the own one: no answer may hold either.
const (
	marker = "Zyxmarker"
	secret = "Qwvsecret"
)

// foreign is what the other client has, and what the own one has but may not be read by its people.
type foreign struct {
	number               int64 // of a ticket
	ticket, file         ids.ID
	person, site         ids.ID
	approval             ids.ID
	hidden               ids.ID // file of an internal note on the ticket number own
	own                  int64
	colleague, notPublic int64  // tickets of the own client
	invoice, method      ids.ID // what the other client owes, and how it pays
	draft                ids.ID // of an invoice of the own client, which only the firm sees

	articles []article // that nobody of the own client may read
	shared   article   // that they may; its file was taken away again
}

// article is one of the knowledge with its file.
type article struct{ id, file ids.ID }

// owed is an issued invoice of a client that names the marker.
func (o *office) owed(client ids.ID) ids.ID {
	o.t.Helper()
	ctx := context.Background()
	fail := func(err error) {
		if err != nil {
			o.t.Fatal(err)
		}
	}
	at := invoice.Address{Street: "1 Quay", City: "Hamburg", Postcode: "20457", Country: "DE"}
	fail(o.Billing.SetFirm(ctx, billing.Firm{Party: invoice.Party{Name: "Tidegate", VAT: "DE123456788", Address: at}, Currency: "EUR"}))
	for _, x := range billing.Preset("DE") {
		fail(o.Billing.AddTax(ctx, x))
	}
	fail(o.Billing.SetAccount(ctx, billing.Account{Client: client, PayDays: -1, Party: invoice.Party{Name: marker + " Ltd", VAT: "DE987654321", Address: at}}))
	id, err := o.Billing.Write(ctx, billing.ByHand{Client: client, Lines: []billing.NewLine{{Name: marker + " line", Quantity: money.Decimal{Coef: 1}, Price: money.Decimal{Coef: 424242, Scale: 2}}}})
	fail(err)
	_, err = o.Billing.Issue(ctx, id)
	fail(err)
	return id
}

func (o *office) foreign() (f foreign) {
	t := o.t
	t.Helper()
	ctx, all := context.Background(), access.WholeFirm()
	people, err := o.Access.People(ctx)
	if err != nil {
		t.Fatal(err)
	}
	firm := access.With(ctx, &access.Identity{User: people[0].ID, Name: "Ada", Role: access.Owner})
	put := func(s string) string {
		ref, _, err := o.Blobs.Put(strings.NewReader(s), 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		return string(ref)
	}
	if f.site, err = o.Clients.SaveSite(ctx, all, o.harbour, clients.Site{Name: marker + " site"}); err != nil {
		t.Fatal(err)
	}
	f.person = o.person(o.harbour, clients.Person{Name: marker + " person", Email: "marked@harbour.example", Site: f.site, Decides: true})
	theirs := o.raise(o.harbour, f.person, helpdesk.Draft{
		Subject: marker + " subject", Body: marker + " body", Site: f.site, Tags: []string{strings.ToLower(marker)},
		Files:  []helpdesk.File{{Ref: put(marker + " content"), Name: marker + ".txt", Size: 20}},
		Author: &helpdesk.Author{Kind: "person", ID: f.person, Name: marker + " person"},
	})
	f.number, f.ticket = theirs.Number, theirs.ID
	thread, err := o.Desk.Thread(ctx, all, theirs.ID)
	if err != nil {
		t.Fatal(err)
	}
	f.file = thread[0].Files[0].ID
	if f.approval, err = o.Portal.RequestApproval(firm, all, theirs.ID, portal.Request{Text: marker + " approval", Minor: 424242, Currency: "EUR"}); err != nil {
		t.Fatal(err)
	}
	solved := helpdesk.StateSolved
	if _, err := o.Desk.Update(firm, all, theirs.ID, 0, helpdesk.Edit{State: &solved}); err != nil {
		t.Fatal(err)
	}
	types, err := o.Work.Types(ctx)
	if err != nil {
		t.Fatal(err)
	}
	by := worklog.Actor{ID: people[0].ID, Name: "Ada", Others: true}
	if _, err := o.Work.Create(ctx, by, worklog.Draft{Ticket: theirs.ID, Type: types[0].ID, Day: clock.Today(o.Clock, time.UTC), Starts: worklog.NoStart, Minutes: 30, Note: marker + " work"}); err != nil {
		t.Fatal(err)
	}
	f.invoice, f.method = o.owed(o.harbour), o.IDs.New()
	if f.draft, err = o.Billing.Write(ctx, billing.ByHand{Client: o.client, Lines: []billing.NewLine{{Name: secret + " line", Quantity: money.Decimal{Coef: 1}, Price: money.Decimal{Coef: 424242, Scale: 2}}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := o.Payments.Record(ctx, payments.Entry{Client: o.harbour, Day: o.Payments.Today(), Minor: 100, Currency: "EUR", Method: payments.ByCash, Reference: marker + " receipt"}); err != nil {
		t.Fatal(err)
	}
	if err := o.DB.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "INSERT INTO payments_methods (id, client_id, customer, method, label, made_at) VALUES ($1, $2, 'cus_1', 'pm_1', $3, 1)", int64(f.method), int64(o.harbour), marker+" card")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	own := o.raise(o.client, o.kim, helpdesk.Draft{Subject: "Kim's own"})
	f.own = own.Number
	if _, entry, err := o.Desk.Say(firm, all, own.ID, 0, helpdesk.Message{Body: secret + " note", Files: []helpdesk.File{{Ref: put(secret + " content"), Name: secret + ".txt", Size: 20}}}); err != nil {
		t.Fatal(err)
	} else if thread, err = o.Desk.Thread(ctx, all, own.ID); err == nil {
		for _, e := range thread {
			if e.ID == entry {
				f.hidden = e.Files[0].ID
			}
		}
	}
	if f.hidden == 0 {
		t.Fatal("no hidden file")
	}
	if _, err := o.Work.Create(ctx, by, worklog.Draft{Ticket: own.ID, Type: types[0].ID, Day: clock.Today(o.Clock, time.UTC), Starts: worklog.NoStart, Minutes: 30, Note: "Seen by Kim", Internal: secret + " work"}); err != nil {
		t.Fatal(err)
	}
	f.colleague = o.raise(o.client, o.lee, helpdesk.Draft{Subject: "Lee's own"}).Number
	f.notPublic = o.raise(o.client, o.kim, helpdesk.Draft{Subject: secret + " subject", Internal: true, Author: &helpdesk.Author{Kind: "user", ID: people[0].ID, Name: "Ada"}}).Number
	f.knowledge(o, firm)
	return f
}

// knowledge writes down what the own client's people may not read: documents of the other client, shared or not, those of
// their own that are internal or drafts, the firm's that are; and one that they may, of which a file was taken away.
func (f *foreign) knowledge(o *office, firm context.Context) {
	t, all := o.t, access.WholeFirm()
	t.Helper()
	write := func(d knowledge.Draft, word string) article {
		t.Helper()
		d.Title, d.Folder, d.Tags, d.Body = word+" title", word+" folder", []string{strings.ToLower(word)}, word+" plotter printer body"
		id, err := o.Know.CreateArticle(firm, all, d)
		if err != nil {
			t.Fatal(err)
		}
		if err := o.Know.AddFile(firm, all, id, word+".png", strings.NewReader(word+" content")); err != nil {
			t.Fatal(err)
		}
		files, err := o.Know.Files(firm, all, id)
		if err != nil || len(files) != 1 {
			t.Fatal(files, err)
		}
		return article{id, files[0].ID}
	}
	f.articles = []article{
		write(knowledge.Draft{Client: o.harbour, Published: true, Shared: true}, marker),
		write(knowledge.Draft{Client: o.harbour, Published: true}, marker),
		write(knowledge.Draft{Client: o.harbour, Shared: true}, marker),
		write(knowledge.Draft{Client: o.client, Published: true}, secret),
		write(knowledge.Draft{Client: o.client, Shared: true}, secret),
		write(knowledge.Draft{Published: true}, secret),
		write(knowledge.Draft{Shared: true}, secret),
	}
	withdrawn := write(knowledge.Draft{Published: true, Shared: true}, secret) // what one could read yesterday
	if err := o.Know.UpdateArticle(firm, all, withdrawn.id, 1, knowledge.Draft{Published: true, Title: secret + " title", Body: secret + " body"}); err != nil {
		t.Fatal(err)
	}
	f.articles = append(f.articles, withdrawn)
	f.shared = write(knowledge.Draft{Client: o.client, Published: true, Shared: true}, "Plotter")
	if err := o.Know.RemoveFile(firm, all, f.shared.id, f.shared.file); err != nil {
		t.Fatal(err)
	}
}

// cases are the addresses and forms with which a person tries to reach what is not theirs, for each route of the portal. A
// route with a wildcard that has none fails the test: whoever adds one says here what must not be reached by it.
func (f foreign) cases() map[string][]attempt {
	theirs, file, approval := fmt.Sprint(f.number), f.file.String(), f.approval.String()
	own, hidden, notPublic, colleague := fmt.Sprint(f.own), f.hidden.String(), fmt.Sprint(f.notPublic), fmt.Sprint(f.colleague)
	tickets := func(rest string, form url.Values) (out []attempt) {
		for _, n := range []string{theirs, notPublic} {
			out = append(out, attempt{"/portal/tickets/" + n + rest, form, true})
		}
		return append(out, attempt{"/portal/tickets/" + colleague + rest, form, false}, attempt{"/portal/tickets/" + f.ticket.String() + rest, form, true}, attempt{"/portal/tickets/0" + rest, form, true}, attempt{"/portal/tickets/-1" + rest, form, true})
	}
	var articles, files []attempt
	for _, a := range f.articles {
		articles = append(articles, attempt{"/portal/articles/" + a.id.String(), nil, true})
		files = append(files, attempt{"/portal/articles/" + a.id.String() + "/files/" + a.file.String(), nil, true},
			attempt{"/portal/articles/" + f.shared.id.String() + "/files/" + a.file.String(), nil, true})
	}
	articles = append(articles, attempt{"/portal/articles/0000000000000", nil, true}, attempt{"/portal/articles/suggest", nil, true}, attempt{"/portal/articles/" + f.ticket.String(), nil, true})
	files = append(files, attempt{"/portal/articles/" + f.shared.id.String() + "/files/" + f.shared.file.String(), nil, true}, attempt{"/portal/articles/" + f.shared.id.String() + "/files/" + file, nil, true})
	invoices := func(rest string) (out []attempt) {
		for _, id := range []string{f.invoice.String(), f.draft.String(), f.ticket.String(), "0000000000000", "new"} {
			out = append(out, attempt{"/portal/invoices/" + id + rest, nil, true})
		}
		return out
	}
	return map[string][]attempt{
		"GET /portal/invoices/{doc}":          invoices(""),
		"GET /portal/invoices/{doc}/file.pdf": invoices("/file.pdf"),
		"GET /portal/invoices/{doc}/file.xml": invoices("/file.xml"),
		"POST /portal/pay/{invoice}":          {{"/portal/pay/" + f.invoice.String(), url.Values{}, true}, {"/portal/pay/" + f.ticket.String(), url.Values{}, true}},
		"POST /portal/pay/methods/{method}/delete": {
			{"/portal/pay/methods/" + f.method.String() + "/delete", url.Values{}, true}, {"/portal/pay/methods/" + f.ticket.String() + "/delete", url.Values{}, true},
		},
		"GET /portal/articles/{article}":              articles,
		"GET /portal/articles/{article}/files/{file}": files,
		"GET /portal/tickets/{number}":                tickets("", nil),
		"GET /portal/tickets/{number}/events":         tickets("/events", nil),
		"GET /portal/tickets/{number}/files/{file}": {
			{"/portal/tickets/" + theirs + "/files/" + file, nil, true},
			{"/portal/tickets/" + own + "/files/" + file, nil, true},
			{"/portal/tickets/" + own + "/files/" + hidden, nil, true},
			{"/portal/tickets/" + notPublic + "/files/" + hidden, nil, true},
		},
		"POST /portal/tickets/{number}/say":    tickets("/say", url.Values{"body": {"I was here"}}),
		"POST /portal/tickets/{number}/solved": tickets("/solved", url.Values{"solved": {"yes"}}),
		"POST /portal/tickets/{number}/rate":   tickets("/rate", url.Values{"grade": {"bad"}}),
		"GET /portal/approvals/{approval}":     {{"/portal/approvals/" + approval, nil, true}},
		"POST /portal/approvals/{approval}":    {{"/portal/approvals/" + approval, url.Values{"answer": {"yes"}}, true}},
		// Without a wildcard, but with ids in the form or the address.
		"POST /portal/tickets/new": {
			{"/portal/tickets/new", url.Values{"subject": {"x"}, "body": {"x"}, "site": {f.site.String()}}, true},
			{"/portal/tickets/new", url.Values{"subject": {"x"}, "body": {"x"}, "after": {theirs}}, true},
			{"/portal/tickets/new", url.Values{"subject": {"x"}, "body": {"x"}, "after": {notPublic}}, true},
		},
		"GET /portal/tickets/new": {{"/portal/tickets/new?after=" + theirs, nil, true}, {"/portal/tickets/new?after=" + notPublic, nil, true}},
		"POST /portal/become":     {{"/portal/become", url.Values{"person": {f.person.String()}}, true}, {"/portal/become", url.Values{"person": {"0000000000000"}}, true}},
	}
}

type attempt struct {
	path   string
	form   url.Values
	always bool // refused to everybody of the own client; else only to who sees their own tickets
}

// plain are the pages of the portal that hold no foreign id: they answer, and hold nothing that is not theirs.
func plain() []string {
	return []string{
		"/portal", "/portal/tickets", "/portal/tickets?show=closed", "/portal/tickets?q=" + marker, "/portal/tickets?q=" + secret, "/portal/tickets?q=%25", "/portal/tickets?q=_",
		"/portal/tickets/new", "/portal/account", "/portal/approvals", "/portal/sign-in", "/portal/form",
		"/portal/pay", "/portal/invoices", "/portal/invoices?show=open", "/portal/invoices?before=zzzzzzzzzzzzz", "/portal/invoices?show=payments", "/portal/payments", "/portal/payments?after=zzzzzzzzzzzzz",
		"/portal/articles", "/portal/articles?q=" + marker, "/portal/articles?q=" + secret, "/portal/articles?q=plotter", "/portal/articles?q=%25", "/portal/articles?folder=Plotter+folder", "/portal/articles?tag=plotter",
	}
}

func (g *guest) try(method string, x attempt) *httptest.ResponseRecorder {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second) // a stream that is let in would not end
	defer cancel()
	var r *http.Request
	if method == "POST" {
		r = httptest.NewRequestWithContext(ctx, method, x.path, strings.NewReader(x.form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	} else {
		r = httptest.NewRequestWithContext(ctx, method, x.path, nil)
	}
	return g.do(r)
}

// A person of one client reaches nothing of another, nor what is internal, by no route of the portal: neither its rows nor a
// byte of them in an answer. The routes come from the router, so that a new one is tried from its first day.
func TestNobodyReachesAnotherClient(t *testing.T) {
	o := newOffice(t)
	f := o.foreign()
	if err := o.change(func(x *portal.Settings) { x.Form = true }); err != nil {
		t.Fatal(err)
	}
	o.grant(o.client, o.boss, portal.Rights{Sees: portal.SeesClient, Approver: true, Billing: true})
	o.grant(o.client, o.kim, portal.Rights{Sees: portal.SeesOwn, Approver: true, Billing: true})
	guests := map[string]*guest{"kim": o.enter("kim@kestrel.example"), "boss": o.enter("bo@kestrel.example")}
	clean := func(what string, w *httptest.ResponseRecorder, asked string) {
		t.Helper()
		body := html.UnescapeString(w.Body.String())
		if asked != "" { // a search field shows what was typed
			body = strings.ReplaceAll(body, `value="`+asked+`"`, "")
			body = regexp.MustCompile(`[?&]q=`+asked).ReplaceAllString(body, "")
		}
		for _, x := range []string{marker, secret, "4,242.42", f.site.String(), f.person.String()} {
			if strings.Contains(strings.ToLower(body), strings.ToLower(x)) {
				t.Errorf("%s: the answer holds %q", what, x)
			}
		}
	}
	before, err := o.Desk.Get(context.Background(), access.WholeFirm(), f.ticket)
	if err != nil {
		t.Fatal(err)
	}
	cases, tried := f.cases(), 0
	for _, route := range o.Routes() {
		method, path, _ := strings.Cut(route.Pattern, " ")
		if !route.Permission.OfPortal() {
			continue
		}
		list, ok := cases[route.Pattern]
		if !ok && strings.Contains(path, "{") {
			t.Errorf("%s: nobody says here what must not be reached by it", route.Pattern)
		}
		delete(cases, route.Pattern)
		for who, g := range guests {
			for _, x := range list {
				if !x.always && who == "boss" {
					continue
				}
				tried++
				w := g.try(method, x)
				if w.Code != http.StatusNotFound && w.Code != http.StatusForbidden && w.Code != http.StatusUnprocessableEntity {
					t.Errorf("%s %s as %s: %d", method, x.path, who, w.Code)
				}
				clean(fmt.Sprintf("%s %s as %s", method, x.path, who), w, "")
			}
		}
	}
	for pattern := range cases {
		t.Errorf("%s is no route any more", pattern)
	}
	for who, g := range guests {
		for _, path := range plain() {
			w := g.get(path)
			if w.Code != http.StatusOK && w.Code != http.StatusSeeOther {
				t.Errorf("%s as %s: %d", path, who, w.Code)
			}
			u, _ := url.Parse(path)
			clean(path+" as "+who, w, u.Query().Get("q"))
		}
		s := g.page(fmt.Sprintf("/portal/tickets/%d", f.own))
		clean("the own ticket", &httptest.ResponseRecorder{Body: newBody(s)}, "")
		// What is suggested while one writes is theirs alone, whatever the form says of whom it is for.
		for _, client := range []string{"", o.harbour.String(), "0"} {
			w := g.post("/portal/articles/suggest", url.Values{"text": {"plotter printer body " + marker + " " + secret}, "client": {client}, "ticket": {fmt.Sprint(f.number)}})
			clean("what is suggested to "+who, w, "")
			if w.Code != http.StatusOK || strings.Count(w.Body.String(), "<li>") != 1 || !strings.Contains(w.Body.String(), "/portal/articles/"+f.shared.id.String()) {
				t.Errorf("suggested to %s: %d %s", who, w.Code, w.Body)
			}
		}
		if who == "kim" && !strings.Contains(s, "Seen by Kim") {
			t.Error("the work on the own ticket is missing")
		}
	}
	if tried < 60 {
		t.Errorf("only %d attempts", tried)
	}
	after, err := o.Desk.Get(context.Background(), access.WholeFirm(), f.ticket)
	if err != nil || after.Version != before.Version {
		t.Errorf("the other client's ticket was changed: %+v %v", after, err)
	}
	list, err := o.Portal.ApprovalsOf(context.Background(), access.WholeFirm(), f.ticket)
	if err != nil || len(list) != 1 || list[0].Answer != portal.Waiting {
		t.Errorf("the other client's approval was decided: %+v %v", list, err)
	}
	if r, _, err := o.Portal.RatingOf(context.Background(), access.WholeFirm(), f.ticket); err != nil || r.Grade != portal.Asked {
		t.Errorf("the other client's ticket was rated: %+v %v", r, err)
	}
}

// The session of a client's person opens no route of the firm, under whichever name of a cookie it comes, nor the API; that of the
// firm opens none of the portal.
func TestPortalSessionsOpenNothingOfTheFirm(t *testing.T) {
	o := newOffice(t)
	o.grant(o.client, o.boss, portal.Rights{Sees: portal.SeesClient, Approver: true, Billing: true})
	g := o.enter("bo@kestrel.example")
	seen := 0
	for _, route := range o.Routes() {
		if route.Permission == access.Public || route.Permission.OfPortal() {
			continue
		}
		seen++
		for _, name := range []string{access.PortalCookie, access.Cookie, "__Host-" + access.Cookie} {
			r := request(route.Pattern)
			r.AddCookie(&http.Cookie{Name: name, Value: g.cookie})
			w := httptest.NewRecorder()
			o.handler.ServeHTTP(w, r)
			if w.Code != http.StatusUnauthorized {
				t.Errorf("%s with %s: %d", route.Pattern, name, w.Code)
			}
		}
		r := request(route.Pattern)
		r.Header.Set("Authorization", "Bearer mst_"+g.cookie)
		w := httptest.NewRecorder()
		o.handler.ServeHTTP(w, r)
		if w.Code != http.StatusUnauthorized && w.Code != http.StatusTooManyRequests && w.Code != http.StatusServiceUnavailable {
			t.Errorf("%s with a bearer: %d", route.Pattern, w.Code)
		}
	}
	if seen < 100 {
		t.Errorf("only %d routes", seen)
	}
	for _, p := range access.Permissions() {
		if p.OfPortal() {
			t.Errorf("a token of the firm can have %s", p)
		}
	}
}

// Without the right to approve the pages of approvals are shut.
func TestPortalRightsAreAsked(t *testing.T) {
	o := newOffice(t)
	g := o.enter("kim@kestrel.example")
	for _, route := range o.Routes() {
		if route.Permission != access.PortalApprove && route.Permission != access.PortalBilling {
			continue
		}
		r := request(route.Pattern)
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		r.AddCookie(&http.Cookie{Name: access.PortalCookie, Value: g.cookie})
		w := httptest.NewRecorder()
		o.handler.ServeHTTP(w, r)
		if w.Code != http.StatusForbidden {
			t.Errorf("%s: %d", route.Pattern, w.Code)
		}
	}
	if s := g.page("/portal"); strings.Contains(s, "/portal/approvals") {
		t.Error("the menu leads where they may not go")
	}
}

// Which tickets of their client somebody reads: their own, those of their site, or all; and of those only what was said to the
// client.
func TestPortalShares(t *testing.T) {
	o := newOffice(t)
	ticket := func(client, person, site ids.ID, subject string) string {
		o.raise(client, person, helpdesk.Draft{Subject: subject, Site: site})
		return subject
	}
	kim := ticket(o.client, o.kim, 0, "Kim asks")
	kimYard := ticket(o.client, o.kim, o.yard, "Kim asks for the yard")
	leeQuay := ticket(o.client, o.lee, o.quay, "Lee asks for the quay")
	lee := ticket(o.client, o.lee, 0, "Lee asks")
	leeYard := ticket(o.client, o.lee, o.yard, "Lee asks for the yard")
	boss := ticket(o.client, o.boss, 0, "Bo asks")
	nobody := ticket(o.client, 0, o.quay, "Monitoring asks for the quay")
	mara := ticket(o.harbour, o.mara, 0, "Mara asks")
	everything := []string{kim, kimYard, leeQuay, lee, leeYard, boss, nobody, mara}
	for _, c := range []struct {
		email  string
		person ids.ID
		sees   portal.Sees
		want   []string
	}{
		{"kim@kestrel.example", o.kim, portal.SeesOwn, []string{kim, kimYard}},
		{"kim@kestrel.example", o.kim, portal.SeesSite, []string{kim, kimYard, leeQuay, lee, nobody}},
		{"kim@kestrel.example", o.kim, portal.SeesClient, []string{kim, kimYard, leeQuay, lee, leeYard, boss, nobody}},
		{"bo@kestrel.example", o.boss, portal.SeesOwn, []string{boss}},
		{"bo@kestrel.example", o.boss, portal.SeesSite, []string{boss, kimYard, leeYard}},
	} {
		o.grant(o.client, c.person, portal.Rights{Sees: c.sees})
		g := o.enter(c.email)
		s := g.page("/portal/tickets")
		for i, subject := range everything {
			want := slices.Contains(c.want, subject)
			if got := strings.Contains(s, ">"+subject+"<"); got != want {
				t.Errorf("%s sees %s: %q in the list: %v", c.email, c.sees, subject, got)
			}
			w := g.get(fmt.Sprintf("/portal/tickets/%d", 1001+i))
			if got := w.Code == http.StatusOK; got != want || !got && w.Code != http.StatusNotFound {
				t.Errorf("%s sees %s: %q: %d", c.email, c.sees, subject, w.Code)
			}
		}
	}
	o.grant(o.client, o.boss, portal.Rights{Sees: portal.SeesOwn})
	if err := o.Clients.DeleteSite(context.Background(), access.WholeFirm(), o.client, o.quay); err != nil {
		t.Fatal(err)
	}
}

func newBody(s string) *bytes.Buffer { return bytes.NewBufferString(s) }
