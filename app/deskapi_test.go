// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/practice/clients"
)

// caller calls the API as one person would by program.
type caller struct {
	t       *testing.T
	handler http.Handler
	session string
}

type answer struct {
	t      *testing.T
	code   int
	header http.Header
	raw    string
	body   map[string]any
}

func (c caller) call(method, path, body string, ifMatch ...string) answer {
	c.t.Helper()
	r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for _, x := range ifMatch {
		r.Header.Set("If-Match", x)
	}
	r.AddCookie(&http.Cookie{Name: access.Cookie, Value: c.session})
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, r)
	return answerOf(c.t, w)
}

func answerOf(t *testing.T, w *httptest.ResponseRecorder) answer {
	b, _ := io.ReadAll(w.Body)
	out := answer{t: t, code: w.Code, header: w.Header(), raw: string(b)}
	_ = json.Unmarshal(b, &out.body)
	return out
}

// ok calls and expects success.
func (c caller) ok(method, path, body string, ifMatch ...string) answer {
	c.t.Helper()
	a := c.call(method, path, body, ifMatch...)
	if a.code >= 300 {
		c.t.Fatalf("%s %s: %d %s", method, path, a.code, a.raw)
	}
	return a
}

// at reads a value by its path: "steps.0.text".
func (a answer) at(path string) string {
	a.t.Helper()
	var v any = a.body
	for part := range strings.SplitSeq(path, ".") {
		switch x := v.(type) {
		case map[string]any:
			v = x[part]
		case []any:
			i := 0
			if _, err := fmt.Sscan(part, &i); err != nil || i >= len(x) {
				a.t.Fatalf("%s is not in %s", path, a.raw)
			}
			v = x[i]
		default:
			a.t.Fatalf("%s is not in %s", path, a.raw)
		}
	}
	return fmt.Sprint(v)
}

func (a answer) want(path, value string) {
	a.t.Helper()
	if got := a.at(path); got != value {
		a.t.Errorf("%s is %q, not %q, in %s", path, got, value, a.raw)
	}
}

// What the desk's pages do can be done by a program.
func TestDeskAPI(t *testing.T) {
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	a := openAt(t, clock.At(now))
	handler, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	c := caller{t, handler, join(t, a, access.Owner)}
	client, err := a.Clients.Create(context.Background(), clients.Details{Name: "Kestrel"})
	if err != nil {
		t.Fatal(err)
	}
	people, err := a.Access.People(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	me := people[0].ID.String()

	ticket := c.ok("POST", "/tickets", `{"client":"`+client.String()+`","subject":"Fit the switch","text":"In the rack","steps":["Unpack"]}`)
	path := "/tickets/" + ticket.at("number")
	c.ok("POST", path+"/steps", `{"text":"Mount"}`).want("steps.1.text", "Mount")
	steps := c.ok("GET", path+"/steps", "")
	c.ok("PATCH", path+"/steps/"+steps.at("steps.0.id"), `{"done":true}`).want("steps.0.doneBy", "Somebody")
	if left := c.ok("DELETE", path+"/steps/"+steps.at("steps.1.id"), ""); strings.Contains(left.raw, "Mount") {
		t.Error("the step is still there:", left.raw)
	}
	c.ok("PUT", path+"/followers/me", `{"follow":true}`).want("followers.0", me)
	entry := c.ok("POST", path+"/files?name=rack.txt&text=As%20it%20was", "a photograph").at("entry")
	thread := c.ok("GET", path+"/entries", "")
	file := ""
	for i := range thread.body["entries"].([]any) {
		if thread.at(fmt.Sprintf("entries.%d.id", i)) == entry {
			file = thread.at(fmt.Sprintf("entries.%d.files.0.id", i))
		}
	}
	if got := c.ok("GET", path+"/files/"+file, ""); got.raw != "a photograph" || !strings.Contains(got.header.Get("Content-Disposition"), "rack.txt") {
		t.Error(got.raw, got.header)
	}
	if got := c.call("POST", path+"/files", "x"); got.code != 422 {
		t.Error("a file without a name:", got.code)
	}
	part := c.ok("POST", path+"/split", `{"entry":"`+entry+`","subject":"The photograph"}`)
	part.want("subject", "The photograph")
	c.ok("POST", "/tickets/"+part.at("number")+"/merge", `{"into":`+ticket.at("number")+`}`)
	c.ok("POST", "/tickets/"+part.at("number")+"/unmerge", "").want("mergedInto", "<nil>")

	made := c.ok("POST", "/appointments", `{"user":"`+me+`","kind":"work","ticket":"`+ticket.at("id")+`","onsite":true,"start":"2026-03-03T10:00:00Z","end":"2026-03-03T11:00:00Z"}`)
	c.ok("GET", "/appointments?from=2026-03-03T00:00:00Z&to=2026-03-04T00:00:00Z&user="+me, "").want("appointments.0.id", made.at("id"))
	if got := c.call("GET", "/appointments?from=2026-03-03T00:00:00Z&to=2027-03-04T00:00:00Z", ""); got.code != 422 {
		t.Error("a year at once:", got.code)
	}
	moved := c.ok("PUT", "/appointments/"+made.at("id"), `{"user":"`+me+`","kind":"busy","title":"Fair","start":"2026-03-05T10:00:00Z","end":"2026-03-05T11:00:00Z"}`, made.header.Get("ETag"))
	if got := c.call("DELETE", "/appointments/"+made.at("id"), "", made.header.Get("ETag")); got.code != 409 {
		t.Error("an old version is called off:", got.code)
	}
	c.ok("GET", "/appointments/"+made.at("id"), "").want("title", "Fair")
	c.ok("DELETE", "/appointments/"+made.at("id"), "", moved.header.Get("ETag"))
	if left := c.ok("GET", path+"/appointments", ""); strings.Contains(left.raw, "start") {
		t.Error("an appointment is left:", left.raw)
	}

	board := c.ok("POST", "/desk/boards", `{"name":"Workshop"}`).at("id")
	c.ok("PUT", "/desk/boards/"+board, `{"name":"Bench"}`)
	status := c.ok("POST", "/desk/statuses", `{"name":"On the bench","state":"open"}`).at("id")
	c.ok("PUT", "/desk/statuses/"+status, `{"name":"On the bench","state":"open","stops":true}`)
	if got := c.ok("GET", "/desk", ""); !strings.Contains(got.raw, "Bench") || !strings.Contains(got.raw, "On the bench") {
		t.Error(got.raw)
	}
	text := c.ok("POST", "/desk/canned", `{"name":"Hello","text":"Hello {person}"}`).at("texts.0.id")
	c.ok("PUT", "/desk/canned/"+text, `{"name":"Hello","text":"Good day {person}"}`).want("texts.0.text", "Good day {person}")
	c.ok("DELETE", "/desk/canned/"+text, "")
	template := c.ok("POST", "/desk/templates", `{"name":"Starter","outline":{"subject":"New starter","kind":"request","steps":["Account"]}}`).at("id")
	c.ok("PUT", "/desk/templates/"+template, `{"name":"Starter","outline":{"subject":"New colleague","kind":"request"}}`, `"v1"`)
	c.ok("GET", "/desk/templates", "").want("templates.0.outline.subject", "New colleague")
	c.ok("DELETE", "/desk/templates/"+template, "")

	calendar := c.ok("POST", "/desk/calendars", `{"name":"Harbour","zone":"Europe/London","week":{"monday":"09:00-12:00, 13:00-17:00"},"holidays":[{"day":"2026-12-25","name":"Christmas"}]}`).at("id")
	c.ok("PUT", "/desk/calendars/"+calendar, `{"name":"Harbour","week":{"monday":"09:00-17:00"},"holidays":[]}`, `"v1"`)
	if got := c.ok("GET", "/desk/calendars", ""); !strings.Contains(got.raw, `"monday":"09:00-17:00"`) {
		t.Error(got.raw)
	}
	if got := c.call("POST", "/desk/calendars", `{"name":"x","week":{"someday":"9-12"},"holidays":[]}`); got.code != 422 {
		t.Error("a day that is none:", got.code)
	}
	policy := c.ok("POST", "/desk/policies", `{"name":"Gold","calendar":"`+calendar+`","targets":{"urgent":{"response":30,"update":60,"resolve":240}}}`).at("id")
	c.ok("PUT", "/desk/policies/"+policy, `{"name":"Gold","calendar":"`+calendar+`","targets":{"urgent":{"response":15,"update":60,"resolve":240}}}`, `"v1"`)
	if got := c.ok("PUT", "/desk/policies/"+policy+"/fallback", ""); !strings.Contains(got.raw, `"response":15`) {
		t.Error(got.raw)
	}
	c.ok("PUT", "/desk/clients/"+client.String()+"/level", `{"policy":"`+policy+`"}`).want("policy", policy)
	c.ok("GET", "/desk/clients/"+client.String()+"/level", "").want("calendar", "")

	plan := c.ok("POST", "/desk/plans", `{"name":"Backups","client":"`+client.String()+`","minute":420,"rule":{"every":"week","weekdays":[1],"from":"2026-03-02"},"outline":{"subject":"Look at the backups","kind":"maintenance"}}`).at("id")
	got := c.ok("GET", "/desk/plans/"+plan, "")
	got.want("rule.every", "week")
	c.ok("PUT", "/desk/plans/"+plan, `{"name":"Backups","client":"`+client.String()+`","minute":480,"paused":true,"rule":{"every":"month","day":31,"from":"2026-03-02"},"outline":{"subject":"Look at the backups","kind":"maintenance"}}`, got.header.Get("ETag"))
	c.ok("GET", "/desk/plans?client="+client.String(), "").want("plans.0.minute", "480")
	c.ok("DELETE", "/desk/plans/"+plan, "")

	report := c.ok("GET", "/desk/report?from=2026-01&to=2026-03&by=client", "")
	report.want("all.opened", "2")
	report.want("lines.0.id", client.String())
	report.want("months.2.origins.technician", "2")
}

func TestMailAPI(t *testing.T) {
	a := openAt(t, clock.At(time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)))
	handler, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	c := caller{t, handler, join(t, a, access.Owner)}
	box := c.ok("POST", "/mail/mailboxes", `{"address":"help@firm.example","auth":"password","secret":"rosebud-9","enabled":true,"imap":{"host":"127.0.0.1","port":1,"security":"plain"},"smtp":{"host":"127.0.0.1","port":1,"security":"plain"}}`)
	box.want("hasSecret", "true")
	if strings.Contains(box.raw, "rosebud") || strings.Contains(c.ok("GET", "/mail/mailboxes", "").raw, "rosebud") {
		t.Error("the password is told:", box.raw)
	}
	c.ok("PUT", "/mail/mailboxes/"+box.at("id"), `{"address":"help@firm.example","auth":"password","enabled":true,"signature":"The desk","imap":{"host":"127.0.0.1","port":1,"security":"plain"},"smtp":{"host":"127.0.0.1","port":1,"security":"plain"}}`, box.header.Get("ETag")).want("signature", "The desk")
	c.ok("POST", "/mail/mailboxes/"+box.at("id")+"/check", "").want("steps.1.state", "bad")
	c.ok("POST", "/mail/senders/block", `{"pattern":"@spam.example"}`).want("senders.0.pattern", "@spam.example")
	c.ok("POST", "/mail/senders/forget", `{"pattern":"@spam.example"}`)
	if got := c.call("POST", "/mail/senders/block", `{"pattern":"x"}`); got.code != 422 {
		t.Error("no address is blocked:", got.code)
	}
	for _, path := range []string{"/mail/messages", "/mail/messages?state=rejected", "/mail/deliveries?state=sent", "/mail/senders"} {
		c.ok("GET", path, "")
	}
	if got := c.call("GET", "/mail/messages/2222222222222", ""); got.code != 404 {
		t.Error("a mail that is not there:", got.code)
	}
}
