// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
)

// A technician finds a device of the client that the books tell of, links a ticket with it, and finds the ticket by it.
func TestDevicesOfTheBooksOnTickets(t *testing.T) {
	d := newDesk(t)
	ctx, firm := context.Background(), access.WholeFirm()
	if err := d.LoadDemo(ctx); err != nil {
		t.Fatal(err)
	}
	client, err := d.Clients.Resolve(ctx, "Tidewater Marine")
	if err != nil {
		t.Fatal(err)
	}
	some, err := d.Desk.FindDevices(access.With(ctx, user(t, d.App, access.Owner, "Ada")), firm, client, "", 3)
	if err != nil || len(some) < 2 || some[0].Link == "" {
		t.Fatalf("%+v %v", some, err)
	}
	one := some[0]
	found, err := d.Desk.FindDevices(ctx, firm, client, strings.ToUpper(one.Name), 3)
	if err != nil || len(found) == 0 || found[0].Ref != one.Ref || found[0].Link != "" {
		t.Fatalf("%+v %v", found, err)
	}
	if none, err := d.Desk.FindDevices(ctx, firm, d.client, "", 3); err != nil || len(none) != 0 {
		t.Fatalf("another client has %+v %v", none, err)
	}
	tech := d.as(access.Technician)
	page := tech.get("/tickets/new?client=" + client.String())
	if !strings.Contains(page, `value="`+one.Ref+`"`) {
		t.Error("the form of a new ticket does not offer the device")
	}
	code, to, _ := tech.post("/tickets/new", url.Values{"client": {client.String()}, "subject": {"Odd noise"}, "way": {"0"}, "impact": {"2"}, "urgency": {"2"}, "device": {one.Ref}})
	if code != http.StatusSeeOther {
		t.Fatal(code)
	}
	page = tech.get(to)
	if !strings.Contains(page, one.Name) || strings.Contains(page, "/books/assets?") {
		t.Error("the device is not on the page, or leads to what a technician may not open")
	}
	if page := d.get(to); !strings.Contains(page, "/books/assets?") {
		t.Error("the device leads nowhere")
	}
	r := httptest.NewRequest("GET", to+"/devices?q="+url.QueryEscape(some[1].Name), nil)
	r.Header.Set("HX-Request", "true")
	if w := tech.do(r); w.Code != 200 || !strings.Contains(w.Body.String(), some[1].Ref) || strings.Contains(w.Body.String(), "<html") {
		t.Errorf("%d %s", w.Code, w.Body.String())
	}
	if page := tech.get(to + "/devices?q=nosuchdevice"); !strings.Contains(page, "No device of this client fits.") {
		t.Error("an empty search does not say so")
	}
	if code, back, _ := tech.post(to+"/devices", url.Values{"add": {some[1].Ref}}); code != 303 || back != to+"#devices" {
		t.Error(code, back)
	}
	if code, _, _ := tech.post(to+"/devices", url.Values{"add": {"books-zzz"}}); code != http.StatusUnprocessableEntity {
		t.Error("a device that is not there:", code)
	}
	if code, _, _ := d.as(access.ReadOnly).post(to+"/devices", url.Values{"cut": {one.Ref}}); code != http.StatusForbidden {
		t.Error("a reader unlinks:", code)
	}
	for _, q := range []string{"device=" + one.Ref, "q=device:" + url.QueryEscape(strings.ToLower(one.Name))} {
		if page := tech.get("/tickets?state=new,open,waiting&" + q); !strings.Contains(page, "Odd noise") || strings.Contains(page, "Plotter prints") {
			t.Errorf("%s does not narrow the list", q)
		}
	}
	if code, _, _ := tech.post(to+"/devices", url.Values{"cut": {one.Ref}}); code != 303 {
		t.Error(code)
	}
	if page := tech.get("/tickets?state=new,open,waiting&device=" + one.Ref); strings.Contains(page, "Odd noise") {
		t.Error("still linked")
	}

	call := func(method, path, body string, want int) string {
		t.Helper()
		r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		w := tech.do(r)
		if w.Code != want {
			t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body.String())
		}
		return w.Body.String()
	}
	number := strings.TrimPrefix(to, "/tickets/")
	if got := call("GET", "/desk/devices?client="+client.String()+"&q="+url.QueryEscape(one.Name), "", 200); !strings.Contains(got, one.Ref) {
		t.Error(got)
	}
	if got := call("PATCH", "/tickets/"+number+"/devices", `{"link":["`+one.Ref+`"],"unlink":["`+some[1].Ref+`"]}`, 200); !strings.Contains(got, one.Ref) || strings.Contains(got, some[1].Ref) {
		t.Error(got)
	}
	call("PATCH", "/tickets/"+number+"/devices", `{"link":["nothing"]}`, 422)
	if got := call("GET", "/tickets?device="+one.Ref, "", 200); strings.Count(got, `"number"`) != 1 {
		t.Error(got)
	}
	if got := call("POST", "/tickets", `{"client":"`+client.String()+`","subject":"By a program","devices":["`+one.Ref+`"]}`, 200); !strings.Contains(got, "By a program") {
		t.Error(got)
	}
	if p, err := d.Desk.List(ctx, firm, helpdesk.Query{Device: one.Ref}); err != nil || p.Total != 2 {
		t.Errorf("%d %v", p.Total, err)
	}
}
