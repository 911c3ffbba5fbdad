// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"mainstay/app"
	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/practice/clients"
)

// desk is an installation with a client, as one person's browser sees it.
type desk struct {
	*app.App
	t       testing.TB
	handler http.Handler
	session string
	client  ids.ID
}

func newDesk(t testing.TB) *desk {
	t.Helper()
	a := open(t)
	h, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	d := &desk{App: a, t: t, handler: h, session: join(t, a, access.Owner)}
	if d.client, err = a.Clients.Create(context.Background(), clients.Details{Name: "Kestrel"}); err != nil {
		t.Fatal(err)
	}
	return d
}

func (d *desk) as(role access.Role) *desk {
	other := *d
	other.session = join(d.t, d.App, role)
	return &other
}

func (d *desk) do(r *http.Request) *httptest.ResponseRecorder {
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	r.AddCookie(&http.Cookie{Name: access.Cookie, Value: d.session})
	w := httptest.NewRecorder()
	d.handler.ServeHTTP(w, r)
	return w
}

func (d *desk) get(path string) string {
	d.t.Helper()
	w := d.do(httptest.NewRequest("GET", path, nil))
	if w.Code != http.StatusOK {
		d.t.Fatalf("%s: %d %s", path, w.Code, w.Body.String())
	}
	return w.Body.String()
}

// post sends a form and returns the status and where it leads.
func (d *desk) post(path string, f url.Values) (int, string, string) {
	r := httptest.NewRequest("POST", path, strings.NewReader(f.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := d.do(r)
	return w.Code, w.Header().Get("Location"), w.Body.String()
}

func (d *desk) ticket(n int64) helpdesk.Ticket {
	d.t.Helper()
	x, err := d.Desk.ByNumber(context.Background(), access.WholeFirm(), n)
	if err != nil {
		d.t.Fatal(err)
	}
	return x
}

func TestTicketByForm(t *testing.T) {
	d := newDesk(t)
	code, _, body := d.post("/tickets/new", url.Values{"client": {d.client.String()}, "subject": {" "}, "body": {"It <b>blinks</b>"}, "way": {"0"}})
	if code != http.StatusUnprocessableEntity || !strings.Contains(body, "A ticket needs a subject.") || !strings.Contains(body, "It &lt;b&gt;blinks&lt;/b&gt;") {
		t.Fatalf("%d: what was typed is lost", code)
	}
	code, to, _ := d.post("/tickets/new", url.Values{"client": {d.client.String()}, "subject": {"Printer <b>blinks</b>"}, "body": {"It <script>blinks</script>"}, "way": {"0"}, "impact": {"1"}, "urgency": {"1"}, "tags": {"printer, red"}, "steps": {"Look\n\nMend"}})
	if code != http.StatusSeeOther || to != "/tickets/1001" {
		t.Fatal(code, to)
	}
	x := d.ticket(1001)
	if x.Origin != helpdesk.FromClient || x.Channel != "phone" || x.Priority != helpdesk.Urgent || len(x.Tags) != 2 {
		t.Errorf("%+v", x)
	}
	page := d.get("/tickets/1001")
	for _, want := range []string{"Printer &lt;b&gt;blinks&lt;/b&gt;", "It &lt;script&gt;blinks&lt;/script&gt;", "Look", "Mend", "Urgent"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not shown", want)
		}
	}
	if code, to, _ := d.post("/tickets/1001/take", nil); code != http.StatusSeeOther || to != "/tickets/1001" {
		t.Fatal(code, to)
	}
	if x = d.ticket(1001); x.Assignee == 0 || x.State != helpdesk.StateOpen {
		t.Errorf("%+v", x)
	}
	// A draft waits until it is sent.
	if code, _, _ := d.post("/tickets/1001/draft", url.Values{"public": {"yes"}, "body": {"We will loo"}}); code != http.StatusOK {
		t.Fatal(code)
	}
	if !strings.Contains(d.get("/tickets/1001"), "We will loo</textarea>") {
		t.Error("the draft is gone")
	}
	solved := ""
	set, err := d.Desk.Setup(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range set.Statuses {
		if s.State == helpdesk.StateSolved {
			solved = s.ID.String()
		}
	}
	if code, to, body := d.post("/tickets/1001/say", url.Values{"public": {"yes"}, "body": {"Mended: https://example.com/x?a=1."}, "status": {solved}}); code != http.StatusSeeOther {
		t.Fatal(code, to, body)
	}
	page = d.get("/tickets/1001")
	if strings.Contains(page, "We will loo") || !strings.Contains(page, `href="https://example.com/x?a=1"`) {
		t.Error("the draft is still there, or the link is none")
	}
	if x = d.ticket(1001); x.State != helpdesk.StateSolved || x.Responded.IsZero() {
		t.Errorf("%+v", x)
	}
	if code, _, _ := d.post("/tickets/1001/edit", url.Values{"version": {"1"}, "subject": {"late"}}); code != http.StatusConflict {
		t.Errorf("an older version was written over: %d", code)
	}
	for path, want := range map[string]int{"/tickets/9999": 404, "/tickets/x": 404, "/tickets?state=nonsense": 422, "/tickets?client=zz": 422, "/tickets?sort=size": 422, "/tickets/1001/files/x": 404} {
		if w := d.do(httptest.NewRequest("GET", path, nil)); w.Code != want {
			t.Errorf("%s: %d, want %d", path, w.Code, want)
		}
	}
}

func TestFilesOfATicket(t *testing.T) {
	d := newDesk(t)
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for k, v := range map[string]string{"client": d.client.String(), "subject": "With a file", "way": "0"} {
		_ = m.WriteField(k, v)
	}
	part, _ := m.CreateFormFile("files", "../../etc/pass\"wd ü.html")
	_, _ = part.Write([]byte("<script>alert(1)</script>"))
	_ = m.Close()
	r := httptest.NewRequest("POST", "/tickets/new", &b)
	r.Header.Set("Content-Type", m.FormDataContentType())
	if w := d.do(r); w.Code != http.StatusSeeOther {
		t.Fatal(w.Code, w.Body.String())
	}
	entries, err := d.Desk.Thread(context.Background(), access.WholeFirm(), d.ticket(1001).ID)
	if err != nil || len(entries) != 1 || len(entries[0].Files) != 1 {
		t.Fatalf("%+v %v", entries, err)
	}
	f := entries[0].Files[0]
	w := d.do(httptest.NewRequest("GET", "/tickets/1001/files/"+f.ID.String(), nil))
	if w.Code != http.StatusOK || w.Body.String() != "<script>alert(1)</script>" || w.Header().Get("Content-Type") != "application/octet-stream" ||
		!strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment;") || strings.ContainsAny(w.Header().Get("Content-Disposition"), "\"/") {
		t.Errorf("%d %v %q", w.Code, w.Header(), f.Name)
	}
}

func TestListsByAddress(t *testing.T) {
	d := newDesk(t)
	for i := range 60 {
		if _, err := d.Desk.Create(context.Background(), access.WholeFirm(), helpdesk.Draft{Client: d.client, Subject: fmt.Sprintf("=cmd|%d", i), Origin: helpdesk.FromMonitor}); err != nil {
			t.Fatal(err)
		}
	}
	page := d.get("/tickets")
	if !strings.Contains(page, "1–50 of 60") || !strings.Contains(page, "page=2") {
		t.Error("no second page")
	}
	if page = d.get("/tickets?state=new&page=2"); !strings.Contains(page, "51–60 of 60") {
		t.Error("the second page is another")
	}
	if page = d.get("/tickets?state=new&page=99"); !strings.Contains(page, "No ticket fits") {
		t.Error("a page beyond the last says nothing")
	}
	csv := d.get("/tickets/export.csv?state=new")
	if strings.Count(csv, "\n") != 61 || strings.Contains(csv, ",=cmd") {
		t.Errorf("%d lines, or a formula survived:\n%s", strings.Count(csv, "\n"), csv[:300])
	}
	// Several at once.
	f := url.Values{"priority": {"urgent"}, "add-tags": {"storm"}, "back": {"/tickets?tag=storm&state=new"}}
	for n := int64(1001); n <= 1003; n++ {
		f.Add("ticket", d.ticket(n).ID.String())
	}
	if code, to, _ := d.post("/tickets/bulk", f); code != http.StatusSeeOther || to != "/tickets?tag=storm&state=new" {
		t.Fatal(code, to)
	}
	f.Set("back", "//evil.example")
	if _, to, _ := d.post("/tickets/bulk", f); to != "/tickets" {
		t.Errorf("leads to %s", to)
	}
	if page = d.get("/tickets?tag=storm&state=new,open,waiting&priority=urgent"); !strings.Contains(page, "3 tickets") {
		t.Error("the three are not found")
	}
	// A view is a list with a name.
	if code, _, _ := d.post("/tickets/views", url.Values{"name": {"Storms"}, "query": {"tag=storm&state=new&page=2&nonsense=1"}}); code != http.StatusSeeOther {
		t.Fatal(code)
	}
	if page = d.get("/tickets?state=new&tag=storm"); !strings.Contains(page, "Storms") || !strings.Contains(page, `aria-current="page"`) {
		t.Error("the view is no tab")
	}
	if code, _, _ := d.post("/tickets/views", url.Values{"name": {"Bad"}, "query": {"state=nonsense"}}); code != http.StatusUnprocessableEntity {
		t.Error("a broken view was kept", code)
	}
	views, err := d.Desk.Views(context.Background(), 0)
	if err != nil || len(views) != 0 {
		t.Errorf("the view is everybody's: %v %v", views, err)
	}
}

func TestMergeByNumber(t *testing.T) {
	d := newDesk(t)
	for range 2 {
		if _, err := d.Desk.Create(context.Background(), access.WholeFirm(), helpdesk.Draft{Client: d.client, Subject: "Same again"}); err != nil {
			t.Fatal(err)
		}
	}
	if code, to, _ := d.post("/tickets/1002/merge", url.Values{"into": {" 1001 "}}); code != http.StatusSeeOther || to != "/tickets/1001" {
		t.Fatal(code, to)
	}
	if page := d.get("/tickets/1002"); !strings.Contains(page, "merged into ticket 1001") {
		t.Error("the merged one does not lead on")
	}
	for into, want := range map[string]int{"": 422, "x": 422, "7": 404, "1001": 422} {
		if code, _, _ := d.post("/tickets/1001/merge", url.Values{"into": {into}}); code != want {
			t.Errorf("into %q: %d, want %d", into, code, want)
		}
	}
	if code, _, _ := d.post("/tickets/1002/unmerge", nil); code != http.StatusSeeOther {
		t.Fatal(code)
	}
	reader := d.as(access.ReadOnly)
	if page := reader.get("/tickets/1001"); strings.Contains(page, "<textarea") || strings.Contains(page, `action="/tickets/1001/edit"`) {
		t.Error("a reader is offered what is refused")
	}
}

func TestServiceLevelsByForm(t *testing.T) {
	d := newDesk(t)
	set, err := d.Desk.Setup(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	p, c := set.Policies[0], set.Calendars[0]
	form := url.Values{"id": {p.ID.String()}, "version": {fmt.Sprint(p.Version)}, "name": {"Gold"}, "calendar": {c.ID.String()}, "response-urgent": {"0:30"}, "update-urgent": {"2 h"}, "resolve-urgent": {"4"}, "response-low": {"nonsense"}}
	if code, _, body := d.post("/desk/levels", form); code != http.StatusUnprocessableEntity || !strings.Contains(body, "is no length of working time") || !strings.Contains(body, `value="nonsense"`) {
		t.Fatalf("%d", code)
	}
	form.Set("response-low", "90 min")
	if code, to, _ := d.post("/desk/levels", form); code != http.StatusSeeOther || !strings.HasPrefix(to, "/desk/levels#level-") {
		t.Fatal(code, to)
	}
	if set, err = d.Desk.Setup(context.Background()); err != nil {
		t.Fatal(err)
	}
	got := set.Policies[0]
	if u := got.Targets[helpdesk.Urgent]; got.Name != "Gold" || u.Response != 30*time.Minute || u.Update != 2*time.Hour || u.Resolve != 4*time.Hour || got.Targets[helpdesk.Low].Response != 90*time.Minute || got.Targets[helpdesk.High] != (helpdesk.Targets{}) {
		t.Errorf("%+v", got)
	}
	week := url.Values{"id": {c.ID.String()}, "version": {fmt.Sprint(c.Version)}, "name": {"Nights"}, "zone": {"Europe/Vienna"}, "day1": {"22:00-06:00"}, "day2": {"8-12, 13:00-17.30"}}
	if code, to, body := d.post("/desk/calendars", week); code != http.StatusSeeOther {
		t.Fatal(code, to, body)
	}
	if page := d.get("/desk/levels"); !strings.Contains(page, `value="22:00-06:00"`) || !strings.Contains(page, `value="08:00-12:00, 13:00-17:30"`) {
		t.Error("the hours are not shown as they are")
	}
	week.Set("version", "2")
	week.Set("zone", "Europe/Nowhere")
	if code, _, _ := d.post("/desk/calendars", week); code != http.StatusUnprocessableEntity {
		t.Errorf("a zone that is none: %d", code)
	}
}

func TestPlannedWorkByForm(t *testing.T) {
	d := newDesk(t)
	form := url.Values{"client": {d.client.String()}, "name": {"Patch window"}, "subject": {"Patch the servers"}, "every": {"week"}, "interval": {"1"}, "from": {"2020-01-01"}, "time": {"07:30"}, "steps": {"One\nTwo"}}
	if code, _, body := d.post("/desk/plans", form); code != http.StatusUnprocessableEntity || !strings.Contains(body, "Choose a day of the week.") || !strings.Contains(body, "Patch the servers") {
		t.Fatalf("%d", code)
	}
	for i := range 7 {
		form.Add("weekdays", fmt.Sprint(i))
	}
	if code, to, body := d.post("/desk/plans", form); code != http.StatusSeeOther || to != "/desk/plans" {
		t.Fatal(code, to, body)
	}
	if page := d.get("/desk/plans"); !strings.Contains(page, "Patch window") || !strings.Contains(page, "Kestrel") {
		t.Error("the plan is not listed")
	}
	plans, err := d.Desk.Plans(context.Background(), 0)
	if err != nil || len(plans) != 1 || plans[0].Minute != 7*60+30 || len(plans[0].Outline.Steps) != 2 {
		t.Fatalf("%+v %v", plans, err)
	}
	if page := d.get("/desk/plans/" + plans[0].ID.String()); !strings.Contains(page, `value="07:30"`) {
		t.Error("the plan's form has another time")
	}
}

func TestTemplateFromATicket(t *testing.T) {
	d := newDesk(t)
	if _, to, _ := d.post("/tickets/new", url.Values{"client": {d.client.String()}, "subject": {"New starter"}, "body": {"The usual"}, "way": {"0"}, "kind": {"request"}, "steps": {"Mailbox\nLaptop"}}); to != "/tickets/1001" {
		t.Fatal(to)
	}
	if code, to, body := d.post("/tickets/1001/template", url.Values{"name": {"Starter"}}); code != http.StatusSeeOther {
		t.Fatal(code, to, body)
	}
	list, err := d.Desk.Templates(context.Background())
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	page := d.get("/tickets/new?client=" + d.client.String() + "&template=" + list[0].ID.String())
	for _, want := range []string{`value="New starter"`, "The usual</textarea>", "Mailbox\nLaptop</textarea>", `value="request" selected`} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not filled in", want)
		}
	}
	if code, _, _ := d.post("/desk/templates/"+list[0].ID.String()+"/delete", nil); code != http.StatusSeeOther {
		t.Fatal(code)
	}
	if page := d.get("/tickets/new?client=" + d.client.String()); strings.Contains(page, "Starter") {
		t.Error("the template is still offered")
	}
}

func TestClientsOwnLevel(t *testing.T) {
	d := newDesk(t)
	set, err := d.Desk.Setup(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	own := set.Policies[0].ID.String()
	if code, to, _ := d.post("/desk/clients/"+d.client.String()+"/level", url.Values{"policy": {own}, "calendar": {""}}); code != http.StatusSeeOther || to != "/clients/"+d.client.String() {
		t.Fatal(code, to)
	}
	if page := d.get("/clients/" + d.client.String()); !strings.Contains(page, `<option value="`+own+`" selected`) {
		t.Error("the client's own level is not shown")
	}
	if page := d.as(access.Technician).get("/clients/" + d.client.String()); strings.Contains(page, "/level") {
		t.Error("a technician is offered what is refused")
	}
}
