// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"bytes"
	"context"
	"fmt"
	"html"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"mainstay/desk/helpdesk"
	"mainstay/desk/mailroom"
	"mainstay/desk/portal"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/practice/clients"
)

// office is an installation with an open portal, two clients and their people.
type office struct {
	*desk
	harbour        ids.ID // beside d.client, which is Kestrel
	kim, lee, boss ids.ID // of Kestrel; kim and lee belong to the quay, boss decides
	mara           ids.ID // of Harbour
	quay, yard     ids.ID // sites of Kestrel
	pier           ids.ID // site of Harbour
}

func newOffice(t testing.TB) *office {
	t.Helper()
	return officeOf(newDesk(t))
}

func officeOf(d *desk) *office {
	t := d.t
	t.Helper()
	o := &office{desk: d}
	o.openPortal()
	o.sender()
	ctx := context.Background()
	var err error
	if o.harbour, err = d.Clients.Create(ctx, clients.Details{Name: "Harbour"}); err != nil {
		t.Fatal(err)
	}
	site := func(client ids.ID, name string) ids.ID {
		id, err := d.Clients.SaveSite(ctx, access.WholeFirm(), client, clients.Site{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	o.quay, o.yard, o.pier = site(d.client, "Quay"), site(d.client, "Yard"), site(o.harbour, "Pier")
	o.kim = o.person(d.client, clients.Person{Name: "Kim", Email: "Kim@kestrel.example", Site: o.quay})
	o.lee = o.person(d.client, clients.Person{Name: "Lee", Email: "lee@kestrel.example", Site: o.quay})
	o.boss = o.person(d.client, clients.Person{Name: "Bo", Email: "bo@kestrel.example", Site: o.yard, Decides: true})
	o.mara = o.person(o.harbour, clients.Person{Name: "Mara", Email: "mara@harbour.example", Site: o.pier, Decides: true})
	return o
}

func (o *office) person(client ids.ID, p clients.Person) ids.ID {
	o.t.Helper()
	id, err := o.Clients.SavePerson(context.Background(), access.WholeFirm(), client, p)
	if err != nil {
		o.t.Fatal(err)
	}
	return id
}

func (d *desk) openPortal() {
	d.t.Helper()
	ctx := context.Background()
	set, err := d.Portal.Settings(ctx)
	if err != nil {
		d.t.Fatal(err)
	}
	set.Enabled = true
	if err := d.Portal.SaveSettings(ctx, set); err != nil {
		d.t.Fatal(err)
	}
}

// sender is a mailbox that could send.
func (d *desk) sender() {
	d.t.Helper()
	if _, err := d.Mail.SaveMailbox(context.Background(), mailroom.Mailbox{
		Address: "help@firm.example", Enabled: true, Auth: mailroom.Password, Secret: "planted", SMTP: mailroom.Server{Host: "127.0.0.1", Port: 9, Security: mailroom.Plain},
	}); err != nil {
		d.t.Fatal(err)
	}
}

// work does the jobs that wait.
func (d *desk) work() {
	d.t.Helper()
	for {
		did, err := d.Jobs.One(context.Background())
		if err != nil {
			d.t.Fatal(err)
		}
		if !did {
			return
		}
	}
}

// letter is a mail that waits in the outbox, as it will be sent.
type letter struct{ to, subject, body string }

// letters returns the mails in the outbox, the first first.
func (d *desk) letters() (out []letter) {
	d.t.Helper()
	ctx := context.Background()
	sealer, err := access.OpenSealer(filepath.Join(d.Config.Data, "secret.key"), false)
	if err != nil {
		d.t.Fatal(err)
	}
	rows, err := d.DB.Reader().QueryContext(ctx, "SELECT id, kind, recipients, subject, body FROM mailroom_outgoing ORDER BY id")
	if err != nil {
		d.t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id ids.ID
		var kind string
		var l letter
		if err := rows.Scan((*int64)(&id), &kind, &l.to, &l.subject, &l.body); err != nil {
			d.t.Fatal(err)
		}
		if kind == "secret" {
			if l.body, err = sealer.Open("letter/"+id.String(), l.body); err != nil {
				d.t.Fatal(err)
			}
		}
		out = append(out, l)
	}
	if err := rows.Err(); err != nil {
		d.t.Fatal(err)
	}
	return out
}

func (d *desk) lastTo(email string) letter {
	d.t.Helper()
	list := d.letters()
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].to == email {
			return list[i]
		}
	}
	d.t.Fatalf("no mail to %s", email)
	return letter{}
}

var linkIn = regexp.MustCompile(`http://localhost:\d+(/portal/[^\s"<]+)`)

// path is the first link of a mail, without the origin.
func (l letter) path(t testing.TB) string {
	t.Helper()
	m := linkIn.FindStringSubmatch(l.body)
	if m == nil {
		t.Fatalf("no link in %q", l.body)
	}
	return m[1]
}

// guest is a browser outside of the firm.
type guest struct {
	t       testing.TB
	handler http.Handler
	cookie  string
}

func (o *office) guest() *guest { return &guest{o.t, o.handler, ""} }

func (g *guest) do(r *http.Request) *httptest.ResponseRecorder {
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.Header.Set("Accept", "text/html")
	if g.cookie != "" {
		r.AddCookie(&http.Cookie{Name: access.PortalCookie, Value: g.cookie})
	}
	w := httptest.NewRecorder()
	g.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.Name == access.PortalCookie {
			g.cookie = c.Value
			if c.MaxAge < 0 {
				g.cookie = ""
			}
		}
	}
	return w
}

func (g *guest) get(path string) *httptest.ResponseRecorder {
	return g.do(httptest.NewRequest("GET", path, nil))
}

// page is what a path shows; it must be there.
func (g *guest) page(path string) string {
	g.t.Helper()
	w := g.get(path)
	if w.Code != http.StatusOK {
		g.t.Fatalf("%s: %d %s %s", path, w.Code, w.Header().Get("Location"), w.Body)
	}
	return html.UnescapeString(w.Body.String())
}

func (g *guest) post(path string, f url.Values) *httptest.ResponseRecorder {
	r := httptest.NewRequest("POST", path, strings.NewReader(f.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return g.do(r)
}

// send posts a form with a file.
func (g *guest) send(path string, f url.Values, name, content string) *httptest.ResponseRecorder {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for k, v := range f {
		_ = w.WriteField(k, v[0])
	}
	part, _ := w.CreateFormFile("files", name)
	_, _ = part.Write([]byte(content))
	_ = w.Close()
	r := httptest.NewRequest("POST", path, &b)
	r.Header.Set("Content-Type", w.FormDataContentType())
	return g.do(r)
}

// enter signs in by the link that is mailed.
func (o *office) enter(email string) *guest {
	o.t.Helper()
	g := o.guest()
	if w := g.post("/portal/sign-in", url.Values{"email": {email}}); w.Code != http.StatusOK {
		o.t.Fatalf("asking for a link: %d", w.Code)
	}
	o.work()
	w := g.post(o.lastTo(strings.ToLower(email)).path(o.t), nil)
	if w.Code != http.StatusSeeOther || g.cookie == "" {
		o.t.Fatalf("the link: %d %s", w.Code, w.Body)
	}
	return g
}

func (o *office) grant(client, person ids.ID, r portal.Rights) {
	o.t.Helper()
	if err := o.Portal.SetRights(context.Background(), access.WholeFirm(), client, person, r); err != nil {
		o.t.Fatal(err)
	}
}

// raise makes a ticket of a client's person.
func (o *office) raise(client, person ids.ID, d helpdesk.Draft) helpdesk.Ticket {
	o.t.Helper()
	d.Client, d.Person, d.Origin = client, person, helpdesk.FromClient
	if d.Body == "" {
		d.Body = "Text of " + d.Subject
	}
	if d.Author == nil {
		d.Author = &helpdesk.Author{Kind: "person", ID: person, Name: "Somebody"}
	}
	t, err := o.Desk.Create(context.Background(), access.WholeFirm(), d)
	if err != nil {
		o.t.Fatal(err)
	}
	return t
}

// A person comes in by a link, raises a ticket, reads what the firm says and not what it notes, answers, and says how it went.
func TestPortalFromLinkToRating(t *testing.T) {
	o := newOffice(t)
	g := o.guest()
	if w := g.get("/portal/tickets"); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/portal/sign-in?back=%2Fportal%2Ftickets" {
		t.Fatalf("not signed in: %d %s", w.Code, w.Header().Get("Location"))
	}
	g = o.enter("Kim@Kestrel.example")
	if s := g.page("/portal"); !strings.Contains(s, "Hello Kim") || !strings.Contains(s, "Nothing is open") || strings.Contains(s, "/clients") {
		t.Error("the overview")
	}
	w := g.send("/portal/tickets/new", url.Values{"subject": {"The printer smokes"}, "body": {"It smells, too."}, "held": {"1"}, "whom": {"1"}}, "smoke.html", "<script>alert(1)</script>")
	at := w.Header().Get("Location")
	if w.Code != http.StatusSeeOther || at != "/portal/tickets/1001" {
		t.Fatalf("raise: %d %s %s", w.Code, at, w.Body)
	}
	tk := o.ticket(1001)
	if tk.Origin != helpdesk.FromClient || tk.Channel != "portal" || tk.Person != o.kim || tk.Client != o.client || tk.Site != o.quay || tk.Priority != helpdesk.Urgent {
		t.Errorf("%+v", tk)
	}
	if code, _, _ := o.post("/tickets/1001/say", url.Values{"body": {"internal words"}, "public": {"no"}}); code != http.StatusSeeOther {
		t.Fatal(code)
	}
	if code, _, _ := o.post("/tickets/1001/say", url.Values{"body": {"Pull the plug."}, "public": {"yes"}}); code != http.StatusSeeOther {
		t.Fatal(code)
	}
	if l := o.lastTo("kim@kestrel.example"); !strings.Contains(l.body, "This ticket in our portal: http://localhost:8377/portal/tickets/1001") {
		t.Errorf("the mail does not lead into the portal: %q", l.body)
	}
	s := g.page(at)
	if strings.Contains(s, "internal words") || !strings.Contains(s, "Pull the plug.") || !strings.Contains(s, "smoke.html") {
		t.Error("the thread")
	}
	file := regexp.MustCompile(`/portal/tickets/1001/files/\w+`).FindString(s)
	f := g.get(file)
	if f.Code != http.StatusOK || f.Header().Get("Content-Type") != "application/octet-stream" || !strings.HasPrefix(f.Header().Get("Content-Disposition"), "attachment") {
		t.Errorf("file: %d %v", f.Code, f.Header())
	}
	if w := g.post(at+"/say", url.Values{"body": {"Thank you, it is out."}}); w.Code != http.StatusSeeOther {
		t.Errorf("say: %d %s", w.Code, w.Body)
	}
	if w := g.post(at+"/say", url.Values{"body": {" "}}); w.Code != http.StatusUnprocessableEntity || !strings.Contains(w.Body.String(), "Write something first.") {
		t.Errorf("nothing said: %d", w.Code)
	}
	if w := g.post(at+"/solved", url.Values{"solved": {"yes"}}); w.Code != http.StatusSeeOther {
		t.Errorf("solved: %d", w.Code)
	}
	if tk := o.ticket(1001); tk.State != helpdesk.StateSolved || tk.LastFrom != 1 {
		t.Errorf("%+v", tk)
	}
	o.work()
	l := o.lastTo("kim@kestrel.example")
	if !strings.HasPrefix(l.subject, "How did we do?") {
		t.Fatalf("nobody asks how it went: %+v", l)
	}
	rate := regexp.MustCompile(`/portal/rate/\S+grade=bad`).FindString(l.body)
	stranger := o.guest()
	if s := stranger.page(rate); !strings.Contains(s, `value="bad" checked`) {
		t.Error("the face that was clicked is not chosen")
	}
	if r, ok, err := o.Portal.RatingOf(context.Background(), access.WholeFirm(), tk.ID); err != nil || !ok || r.Grade != portal.Asked {
		t.Errorf("looking at the page rated: %+v %v", r, err)
	}
	if w := stranger.post(strings.TrimSuffix(rate, "?grade=bad"), url.Values{"grade": {"bad"}, "comment": {"Too slow."}}); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "Thank you") {
		t.Errorf("rate: %d", w.Code)
	}
	if s := o.desk.get("/tickets/1001"); !strings.Contains(s, "not content") || !strings.Contains(s, "Too slow.") {
		t.Error("the thread does not tell of a bad rating")
	}
	if s := g.page(at); strings.Contains(s, "not content") {
		t.Error("the client reads the note about their rating")
	}
	if w := stranger.get("/portal/rate/" + tk.ID.String() + "-" + strings.Repeat("0", 40)); w.Code != http.StatusNotFound {
		t.Errorf("a link that nobody signed: %d", w.Code)
	}
	if w := g.post(at+"/rate", url.Values{"grade": {"good"}}); w.Code != http.StatusSeeOther {
		t.Errorf("change the rating: %d", w.Code)
	}
	if r, _, _ := o.Portal.RatingOf(context.Background(), access.WholeFirm(), tk.ID); r.Grade != portal.Good {
		t.Errorf("%+v", r)
	}
	if w := g.post(at+"/solved", url.Values{"solved": {"no"}}); w.Code != http.StatusSeeOther || o.ticket(1001).State != helpdesk.StateOpen {
		t.Errorf("open again: %d", w.Code)
	}
	if w := g.post("/portal/sign-out", nil); w.Code != http.StatusSeeOther || g.cookie != "" {
		t.Errorf("sign out: %d", w.Code)
	}
	if w := g.get("/portal"); w.Code != http.StatusSeeOther {
		t.Errorf("after signing out: %d", w.Code)
	}
}

// A link works once, not while it is only looked at, and not after twenty minutes; nothing tells whether an address is known.
func TestPortalLinksAndStrangers(t *testing.T) {
	o := newOffice(t)
	g := o.guest()
	known, unknown := g.post("/portal/sign-in", url.Values{"email": {"kim@kestrel.example"}}), g.post("/portal/sign-in", url.Values{"email": {"nobody@kestrel.example"}})
	if known.Code != unknown.Code || known.Body.String() != unknown.Body.String() {
		t.Error("the answers differ")
	}
	o.work()
	if list := o.letters(); len(list) != 1 || list[0].to != "kim@kestrel.example" {
		t.Fatalf("%+v", list)
	}
	path := o.lastTo("kim@kestrel.example").path(t)
	for range 3 {
		if s := g.page(path); !strings.Contains(s, "One click more") {
			t.Error("the page of a link")
		}
	}
	if w := g.post(path, nil); w.Code != http.StatusSeeOther || g.cookie == "" {
		t.Fatalf("%d", w.Code)
	}
	second := o.guest()
	for _, w := range []*httptest.ResponseRecorder{second.post(path, nil), second.get(path), second.post("/portal/enter/"+strings.Repeat("A", 43), nil)} {
		if w.Code != http.StatusUnauthorized || second.cookie != "" {
			t.Errorf("a used link: %d", w.Code)
		}
	}
	for i := range 6 {
		if w := second.post("/portal/sign-in/password", url.Values{"email": {"kim@kestrel.example"}, "password": {"wrong"}}); w.Code != http.StatusUnauthorized && i < 5 {
			t.Errorf("try %d: %d", i, w.Code)
		} else if i == 5 && w.Code != http.StatusTooManyRequests {
			t.Errorf("the sixth try goes on: %d", w.Code)
		}
	}
}

// A password belongs to the address; setting one ends the other sessions, and a person of two clients chooses.
func TestPortalPasswordAndSeveralClients(t *testing.T) {
	o := newOffice(t)
	other := o.enter("kim@kestrel.example")
	g := o.enter("kim@kestrel.example")
	if w := g.post("/portal/account/password", url.Values{"password": {"short"}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("short: %d", w.Code)
	}
	if w := g.post("/portal/account/password", url.Values{"password": {""}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("an empty field: %d", w.Code)
	}
	if w := g.post("/portal/account/password", url.Values{"password": {"seven green lanterns"}}); w.Code != http.StatusSeeOther {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if w := other.get("/portal"); w.Code != http.StatusSeeOther {
		t.Errorf("the other session goes on: %d", w.Code)
	}
	g.page("/portal")
	back := o.guest()
	if w := back.post("/portal/sign-in/password", url.Values{"email": {"KIM@kestrel.example"}, "password": {"seven green lanterns"}, "back": {"/portal/tickets"}}); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/portal/tickets" {
		t.Fatalf("%d %s", w.Code, w.Header().Get("Location"))
	}
	if w := back.post("/portal/account/password", url.Values{"old": {"wrong"}, "password": {"eight green lanterns"}}); w.Code != http.StatusUnprocessableEntity {
		t.Errorf("without the present one: %d", w.Code)
	}
	for _, evil := range []string{"https://evil.example", "//evil.example", "/clients", "/portal/../clients", "/portalx"} {
		in := o.guest()
		if w := in.post("/portal/sign-in/password", url.Values{"email": {"kim@kestrel.example"}, "password": {"seven green lanterns"}, "back": {evil}}); w.Header().Get("Location") != "/portal" {
			t.Errorf("%s leads to %s", evil, w.Header().Get("Location"))
		}
	}
	twin := o.person(o.harbour, clients.Person{Name: "Kim at Harbour", Email: "kim@kestrel.example"})
	in := o.guest()
	w := in.post("/portal/sign-in/password", url.Values{"email": {"kim@kestrel.example"}, "password": {"seven green lanterns"}})
	if w.Code != http.StatusOK || in.cookie != "" || !strings.Contains(w.Body.String(), "Harbour") {
		t.Fatalf("nobody asks for whom: %d", w.Code)
	}
	link := regexp.MustCompile(`/portal/enter/[\w-]+`).FindString(w.Body.String())
	if w := in.post(link, url.Values{"person": {o.mara.String()}}); w.Code == http.StatusSeeOther || in.cookie != "" {
		t.Fatalf("somebody else's person: %d", w.Code)
	}
	if w := in.post(link, url.Values{"person": {twin.String()}}); w.Code != http.StatusSeeOther {
		t.Fatalf("choose: %d %s", w.Code, w.Body)
	}
	if s := in.page("/portal"); !strings.Contains(s, "Hello Kim at Harbour") {
		t.Error("as the wrong person")
	}
	if w := in.post("/portal/become", url.Values{"person": {o.lee.String()}}); w.Code != http.StatusNotFound {
		t.Errorf("become somebody else: %d", w.Code)
	}
	if w := in.post("/portal/become", url.Values{"person": {o.kim.String()}}); w.Code != http.StatusSeeOther {
		t.Errorf("change over: %d", w.Code)
	}
}

// Whoever loses the right to come in is out at once: blocked, the address changed, the person or the client gone, the portal
// closed, or no longer open for everybody. A merge of clients takes people and their tickets along.
func TestPortalEndsWithItsReason(t *testing.T) {
	ctx := context.Background()
	for name, end := range map[string]func(o *office) error{
		"blocked": func(o *office) error {
			return o.Portal.SetRights(ctx, access.WholeFirm(), o.client, o.kim, portal.Rights{Sees: portal.SeesOwn, Blocked: true})
		},
		"address": func(o *office) error {
			_, err := o.Clients.SavePerson(ctx, access.WholeFirm(), o.client, clients.Person{ID: o.kim, Name: "Kim", Email: "new@kestrel.example"})
			return err
		},
		"gone": func(o *office) error { return o.Clients.DeletePerson(ctx, access.WholeFirm(), o.client, o.kim) },
		"former": func(o *office) error {
			c, err := o.Clients.Get(ctx, access.WholeFirm(), o.client)
			if err != nil {
				return err
			}
			c.Status = clients.Former
			return o.Clients.Update(ctx, access.WholeFirm(), o.client, c.Version, c.Details)
		},
		"closed":  func(o *office) error { return o.change(func(x *portal.Settings) { x.Enabled = false }) },
		"invited": func(o *office) error { return o.change(func(x *portal.Settings) { x.Everybody = false }) },
	} {
		t.Run(name, func(t *testing.T) {
			o := newOffice(t)
			g := o.enter("kim@kestrel.example")
			g.page("/portal")
			if err := end(o); err != nil {
				t.Fatal(err)
			}
			if w := g.get("/portal"); w.Code != http.StatusSeeOther {
				t.Errorf("still in: %d", w.Code)
			}
			before := len(o.letters())
			_ = o.guest().post("/portal/sign-in", url.Values{"email": {"kim@kestrel.example"}})
			o.work()
			if n := len(o.letters()); n != before {
				t.Error("a link is sent all the same")
			}
		})
	}
	o := newOffice(t)
	g := o.enter("mara@harbour.example")
	tk := o.raise(o.harbour, o.mara, helpdesk.Draft{Subject: "Mara's"})
	if err := o.Clients.Merge(ctx, o.harbour, o.client); err != nil {
		t.Fatal(err)
	}
	o.work()
	if s := g.page(fmt.Sprintf("/portal/tickets/%d", tk.Number)); !strings.Contains(s, "Mara's") {
		t.Error("the ticket is lost with the merge")
	}
}

func (o *office) change(f func(*portal.Settings)) error {
	set, err := o.Portal.Settings(context.Background())
	if err != nil {
		return err
	}
	f(&set)
	return o.Portal.SaveSettings(context.Background(), set)
}
