// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"mainstay/app"
	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/config"
	"mainstay/kit/ids"
	"mainstay/kit/webhook"
	"mainstay/practice/clients"
	"mainstay/practice/worklog"
)

// openPrivate is an installation whose webhooks may go to this machine.
func openPrivate(t testing.TB) *desk {
	t.Helper()
	a, err := app.Open(context.Background(), config.Server{Data: t.TempDir(), Address: "localhost:8377", WebhooksPrivate: true}, slog.New(slog.DiscardHandler), clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	h, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	return &desk{App: a, t: t, handler: h, session: join(t, a, access.Owner)}
}

// inbox is a receiver that keeps the types and data of what it gets.
type inbox struct {
	mu   sync.Mutex
	got  []string
	data map[string]json.RawMessage
}

func (b *inbox) ServeHTTP(_ http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var p struct {
		Type string
		Data json.RawMessage
	}
	_ = json.Unmarshal(body, &p)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.got = append(b.got, p.Type)
	if b.data == nil {
		b.data = map[string]json.RawMessage{}
	}
	b.data[p.Type] = p.Data
}

// Everything that the areas do reaches a program that subscribed to all, as the description of the API says.
func TestEventsOfTheAreas(t *testing.T) {
	d := openPrivate(t)
	ctx, firm := context.Background(), access.WholeFirm()
	b := &inbox{}
	srv := httptest.NewServer(b)
	t.Cleanup(srv.Close)
	if _, _, err := d.Webhooks.Create(ctx, webhook.Endpoint{URL: srv.URL, Events: []string{webhook.All}, Enabled: true}); err != nil {
		t.Fatal(err)
	}
	check := func(what string, err error, want ...string) {
		t.Helper()
		if err != nil {
			t.Fatal(what, err)
		}
		if err := d.Webhooks.Once(ctx); err != nil {
			t.Fatal(err)
		}
		slices.Sort(b.got)
		slices.Sort(want)
		if !slices.Equal(b.got, want) {
			t.Errorf("%s: %v, want %v", what, b.got, want)
		}
		b.got = nil
	}
	client, err := d.Clients.Create(ctx, clients.Details{Name: "Kestrel"})
	check("a client", err, "client.created")
	full, err := d.Clients.Get(ctx, firm, client)
	if err != nil {
		t.Fatal(err)
	}
	check("renamed", d.Clients.Update(ctx, firm, client, full.Version, clients.Details{Name: "Kestrel Trust"}), "client.changed")
	x, err := d.Desk.Create(ctx, firm, helpdesk.Draft{Client: client, Subject: "Printer", Body: "It blinks. This is private."})
	check("a ticket", err, "ticket.created")
	_, _, err = d.Desk.Say(ctx, firm, x.ID, 0, helpdesk.Message{Body: "among us"})
	check("a note", err)
	solved := helpdesk.StateSolved
	person := helpdesk.Author{Kind: "person", Name: "Jo Brandt"}
	_, _, err = d.Desk.Say(ctx, firm, x.ID, 0, helpdesk.Message{Public: true, Body: "mended", Then: helpdesk.Edit{State: &solved}})
	check("solved with a reply", err, "ticket.replied", "ticket.updated", "ticket.solved")
	_, _, err = d.Desk.Say(ctx, firm, x.ID, 0, helpdesk.Message{Public: true, Body: "not quite", Author: &person})
	check("the client answers", err, "ticket.replied", "ticket.updated")
	var replied struct {
		Ticket struct{ Number int64 }
		By     struct{ Kind, Name string }
		Entry  struct{ ID string }
	}
	if err := json.Unmarshal(b.data["ticket.replied"], &replied); err != nil || replied.Ticket.Number != 1001 || replied.By.Kind != "person" || replied.By.Name != "Jo Brandt" || replied.Entry.ID == "" {
		t.Errorf("%s %v", b.data["ticket.replied"], err)
	}
	var changed struct {
		Changes []helpdesk.FieldChange
	}
	if err := json.Unmarshal(b.data["ticket.updated"], &changed); err != nil || len(changed.Changes) != 1 || changed.Changes[0].Field != "status" {
		t.Errorf("%s %v", b.data["ticket.updated"], err)
	}
	other, err := d.Desk.Create(ctx, firm, helpdesk.Draft{Client: client, Subject: "The same"})
	check("another", err, "ticket.created")
	check("merged", d.Desk.Merge(ctx, firm, other.ID, x.ID), "ticket.updated", "ticket.closed")
	check("and apart", d.Desk.Unmerge(ctx, firm, other.ID), "ticket.updated")

	people, err := d.Access.People(ctx)
	if err != nil {
		t.Fatal(err)
	}
	types, err := d.Work.Types(ctx)
	if err != nil {
		t.Fatal(err)
	}
	me := worklog.Actor{ID: people[0].ID, Name: people[0].Name, Others: true}
	draft := worklog.Draft{Client: client, Type: types[0].ID, Day: d.Work.Today(), Starts: worklog.NoStart, Minutes: 30, Note: "looked"}
	entry, err := d.Work.Create(ctx, me, draft)
	check("time", err, "time_entry.created")
	draft.Minutes = 45
	check("changed", d.Work.Update(ctx, me, entry, 1, draft), "time_entry.changed")
	check("submitted", d.Work.Submit(ctx, me, me.ID, draft.Day), "time_entry.changed")
	check("sent back", d.Work.SendBack(ctx, me, me.ID, draft.Day, "why"), "time_entry.changed")
	e, err := d.Work.Get(ctx, firm, entry)
	if err != nil {
		t.Fatal(err)
	}
	check("deleted", d.Work.Delete(ctx, me, entry, e.Version), "time_entry.deleted")
	second, err := d.Clients.Create(ctx, clients.Details{Name: "Second"})
	check("a second client", err, "client.created")
	check("merged", d.Clients.Merge(ctx, second, client), "client.merged")
	if got := string(b.data["client.merged"]); got != `{"id":"`+second.String()+`","into":"`+client.String()+`"}` {
		t.Error(got)
	}
	for what, data := range b.data {
		if strings.Contains(string(data), "private") || strings.Contains(string(data), "looked") {
			t.Errorf("%s carries what people wrote: %s", what, data)
		}
	}
}

func TestWebhooksByFormAndAPI(t *testing.T) {
	d := openPrivate(t)
	b := &inbox{}
	srv := httptest.NewServer(b)
	t.Cleanup(srv.Close)
	if page := d.get("/webhooks"); !strings.Contains(page, "No webhooks yet") {
		t.Error("the empty list does not say so")
	}
	code, _, body := d.post("/webhooks", url.Values{"url": {"http://example.com/<b>"}, "description": {"Chat <i>room</i>"}, "enabled": {"yes"}})
	if code != http.StatusUnprocessableEntity || !strings.Contains(body, "Choose at least one event.") || !strings.Contains(body, "Chat &lt;i&gt;room&lt;/i&gt;") {
		t.Fatalf("%d: what was typed is lost", code)
	}
	code, _, body = d.post("/webhooks", url.Values{"url": {srv.URL}, "events": {"ticket.created", "client.created"}, "enabled": {"yes"}})
	if code != http.StatusOK || strings.Count(body, "whsec_") != 1 {
		t.Fatalf("%d: the secret is not shown", code)
	}
	list, err := d.Webhooks.Endpoints(context.Background())
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	at := "/webhooks/" + list[0].ID.String()
	if page := d.get(at); strings.Contains(page, "whsec_") {
		t.Error("the secret is shown again")
	}
	code, to, _ := d.post(at+"/test", nil)
	if code != http.StatusSeeOther || !strings.HasPrefix(to, at+"/deliveries/") {
		t.Fatal(code, to)
	}
	if err := d.Webhooks.Once(context.Background()); err != nil {
		t.Fatal(err)
	}
	if page := d.get(to); !strings.Contains(page, "arrived") || !strings.Contains(page, "webhook.test") || !strings.Contains(page, "Status 200") {
		t.Error("the delivery is not shown")
	}
	if code, again, _ := d.post(to+"/resend", nil); code != http.StatusSeeOther || again != to {
		t.Error(code, again)
	}
	if code, _, _ := d.post(to+"/resend", nil); code != http.StatusConflict {
		t.Error("sent while it is on its way:", code)
	}
	if code, _, body := d.post(at+"/secret", nil); code != http.StatusOK || !strings.Contains(body, "whsec_") || !strings.Contains(body, "also signs until") {
		t.Error("no new secret:", code)
	}
	if code, to, _ := d.post("/webhooks", url.Values{"id": {list[0].ID.String()}, "version": {"2"}, "url": {srv.URL}, "all": {"yes"}}); code != http.StatusSeeOther || to != at {
		t.Error(code, to)
	}
	if page := d.get(at); !strings.Contains(page, "switched off") {
		t.Error("it is not switched off")
	}
	for _, path := range []string{"/webhooks/" + ids.ID(1).String(), "/webhooks/x", at + "/deliveries/x", "/webhooks/" + ids.ID(1).String() + strings.TrimPrefix(to, at)} {
		if w := d.do(httptest.NewRequest("GET", path, nil)); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", path, w.Code)
		}
	}
	for _, role := range []access.Role{access.Technician, access.Billing, access.ReadOnly} {
		if w := d.as(role).do(httptest.NewRequest("GET", at, nil)); w.Code != http.StatusForbidden {
			t.Errorf("%s sees webhooks: %d", role, w.Code)
		}
	}

	call := func(method, path, body string, want int) map[string]any {
		t.Helper()
		r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("If-Match", `"v1"`)
		w := d.do(r)
		if w.Code != want {
			t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body.String())
		}
		var out map[string]any
		_ = json.Unmarshal(w.Body.Bytes(), &out)
		return out
	}
	made := call("POST", "/webhooks", `{"url":"`+srv.URL+`","events":["ticket.created"],"enabled":true}`, 200)
	if s, _ := made["secret"].(string); !strings.HasPrefix(s, "whsec_") {
		t.Errorf("%v", made)
	}
	id, _ := made["id"].(string)
	call("POST", "/webhooks", `{"url":"https://10.0.0.1","events":["no.such"],"enabled":true}`, 422)
	got := call("PUT", "/webhooks/"+id, `{"url":"`+srv.URL+`","events":["*"],"enabled":true}`, 200)
	if got["version"] != 2.0 || got["secret"] != nil {
		t.Errorf("%v", got)
	}
	call("PUT", "/webhooks/"+id, `{"url":"`+srv.URL+`","events":["*"],"enabled":true}`, 409)
	sent := call("POST", "/webhooks/"+id+"/test", "", 200)
	if err := d.Webhooks.Once(context.Background()); err != nil {
		t.Fatal(err)
	}
	one := call("GET", "/webhook-deliveries/"+sent["id"].(string), "", 200)
	if one["state"] != "sent" || one["status"] != 200.0 || len(one["tries"].([]any)) != 1 {
		t.Errorf("%v", one)
	}
	if log := call("GET", "/webhooks/"+id+"/deliveries?state=sent", "", 200); len(log["deliveries"].([]any)) != 1 {
		t.Errorf("%v", log)
	}
	call("POST", "/webhook-deliveries/"+sent["id"].(string)+"/resend", "", 200)
	call("DELETE", "/webhooks/"+id, "", 204)
	call("GET", "/webhooks/"+id, "", 404)

	var spec struct {
		Webhooks map[string]struct {
			Post struct {
				RequestBody struct {
					Content map[string]struct {
						Schema struct {
							Properties map[string]map[string]any
						}
					}
				}
			}
		}
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal([]byte(d.get("/api/openapi.json")), &spec); err != nil || len(spec.Webhooks) != 34 {
		t.Fatalf("%d events are described, %v", len(spec.Webhooks), err)
	}
	for code, w := range spec.Webhooks {
		ref, _ := w.Post.RequestBody.Content["application/json"].Schema.Properties["data"]["$ref"].(string)
		if spec.Components.Schemas[strings.TrimPrefix(ref, "#/components/schemas/")] == nil {
			t.Errorf("%s has no schema: %q", code, ref)
		}
	}
	if page := d.get("/api/docs"); !strings.Contains(page, "ticket.alarm") {
		t.Error("the events are not on the page")
	}
}

// Whoever owns the firm hears of a webhook that was switched off by itself.
func TestOwnersHearOfDeadWebhooks(t *testing.T) {
	d := openPrivate(t)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) }))
	t.Cleanup(srv.Close)
	ctx := context.Background()
	if _, _, err := d.Webhooks.Create(ctx, webhook.Endpoint{URL: srv.URL + "/x", Events: []string{webhook.All}, Enabled: true}); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Clients.Create(ctx, clients.Details{Name: "Kestrel"}); err != nil {
		t.Fatal(err)
	}
	if err := d.Webhooks.Once(ctx); err != nil {
		t.Fatal(err)
	}
	if got := heard(t, d.App, user(t, d.App, access.Owner, "Ada").User); got != "webhook" {
		t.Errorf("%q", got)
	}
	if page := d.get("/notices"); !strings.Contains(page, "does not want it any more") || !strings.Contains(page, strings.TrimPrefix(srv.URL, "http://")) {
		t.Error("the notice does not say which")
	}
}
