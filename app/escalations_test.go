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

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
)

// api calls an operation and returns its answer.
func (d *desk) api(method, path, body string, want int) map[string]any {
	d.t.Helper()
	r := httptest.NewRequest(method, "/api/v1"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	w := d.do(r)
	if w.Code != want {
		d.t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body.String())
	}
	var out map[string]any
	_ = json.Unmarshal(w.Body.Bytes(), &out)
	return out
}

func TestEscalationsByFormAndAPI(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	if page := d.get("/desk/escalations"); !strings.Contains(page, "No escalations yet") {
		t.Error("the empty list does not say so")
	}
	code, _, body := d.post("/desk/escalations", url.Values{"when": {"near"}, "promise": {"resolve"}, "priority": {"urgent"}, "assign-to": {"none"}})
	if code != http.StatusUnprocessableEntity || !strings.Contains(body, "Say what is to be done.") || !strings.Contains(body, `value="near" selected`) {
		t.Fatalf("%d: what was chosen is lost", code)
	}
	if code, _, _ := d.post("/desk/escalations", url.Values{"when": {"near"}, "promise": {"never"}, "raise": {"yes"}}); code != http.StatusUnprocessableEntity {
		t.Error("an unknown promise:", code)
	}
	code, to, _ := d.post("/desk/escalations", url.Values{"when": {"near"}, "promise": {"resolve"}, "priority": {"urgent"}, "assign-to": {"none"}, "raise": {"yes"}, "role": {"manager"}})
	if code != http.StatusSeeOther || to != "/desk/escalations" {
		t.Fatal(code, to)
	}
	list, err := d.Desk.Escalations(ctx)
	if err != nil || len(list) != 1 || list[0].Breach || list[0].Promise != helpdesk.Solution || list[0].Priority != helpdesk.Urgent || !list[0].Raise || list[0].Role != access.Manager {
		t.Fatalf("%+v %v", list, err)
	}
	page := d.get("/desk/escalations")
	for _, want := range []string{"Solution comes near its end", "Raise the priority by a step", "Tell everybody with the role Manager", "All boards", "Urgent"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not shown", want)
		}
	}
	at := "/desk/escalations/" + list[0].ID.String()
	if page := d.get(at); !strings.Contains(page, `value="near" selected`) {
		t.Error("the form does not show the rule")
	}
	if code, _, _ := d.post("/desk/escalations", url.Values{"id": {list[0].ID.String()}, "when": {"broken"}, "watchers": {"yes"}}); code != http.StatusSeeOther {
		t.Fatal(code)
	}
	if list, err = d.Desk.Escalations(ctx); err != nil || len(list) != 1 || !list[0].Breach || !list[0].Watchers || list[0].Raise {
		t.Fatalf("%+v %v", list, err)
	}
	if code, _, _ := d.as(access.Technician).post(at+"/delete", nil); code != http.StatusForbidden {
		t.Error("a technician removes it:", code)
	}

	made := d.api("POST", "/desk/escalations", `{"when":"broken","promise":"response","role":"owner"}`, 200)
	id, _ := made["id"].(string)
	d.api("POST", "/desk/escalations", `{"when":"broken"}`, 422)
	d.api("POST", "/desk/escalations", `{"when":"some day","raise":true}`, 422)
	if got := d.api("PUT", "/desk/escalations/"+id, `{"when":"near","raise":true}`, 200); got["raise"] != true || got["role"] != nil || got["when"] != "near" {
		t.Errorf("%v", got)
	}
	d.api("PUT", "/desk/escalations/0000000000001", `{"when":"near","raise":true}`, 404)
	if got := d.api("GET", "/desk/escalations", "", 200); len(got["escalations"].([]any)) != 2 {
		t.Errorf("%v", got)
	}
	d.api("DELETE", "/desk/escalations/"+id, "", 204)
	d.api("DELETE", "/desk/escalations/"+id, "", 404)
	if code, _, _ := d.post(at+"/delete", nil); code != http.StatusSeeOther {
		t.Error(code)
	}
	if list, err = d.Desk.Escalations(ctx); err != nil || len(list) != 0 {
		t.Errorf("%+v %v", list, err)
	}
}

func TestNoticesByAPI(t *testing.T) {
	d := newDesk(t)
	me := user(t, d.App, access.Owner, "Ada")
	for _, subject := range []string{"Printer", "Mouse"} {
		if _, err := d.Desk.Create(context.Background(), access.WholeFirm(), helpdesk.Draft{Client: d.client, Subject: subject, Assignee: me.User}); err != nil {
			t.Fatal(err)
		}
	}
	got := d.api("GET", "/notices", "", 200)
	list, _ := got["notices"].([]any)
	if len(list) != 2 || got["unread"] != 2.0 {
		t.Fatalf("%v", got)
	}
	newest, _ := list[0].(map[string]any)
	if newest["about"] != "#1002 Mouse" || newest["text"] != "Mainstay gave you this ticket" || newest["page"] != "/tickets/1002" || newest["read"] != false {
		t.Errorf("%v", newest)
	}
	oldest, _ := list[1].(map[string]any)
	d.api("POST", "/notices/read", `{"upTo":"`+oldest["id"].(string)+`"}`, 204)
	d.api("POST", "/notices/read", `{"upTo":"x"}`, 422)
	if got := d.api("GET", "/notices", "", 200); len(got["notices"].([]any)) != 1 {
		t.Errorf("%v", got)
	}
	if got := d.api("GET", "/notices?all=true", "", 200); len(got["notices"].([]any)) != 2 || got["unread"] != 1.0 {
		t.Errorf("%v", got)
	}
	if got := d.as(access.Technician).api("GET", "/notices?all=true", "", 200); len(got["notices"].([]any)) != 0 {
		t.Errorf("another's: %v", got)
	}
	d.api("PUT", "/notices/choices", `{"choices":[{"kind":"assigned","list":false,"email":false}]}`, 200)
	for _, c := range d.api("GET", "/notices/choices", "", 200)["choices"].([]any) {
		x := c.(map[string]any)
		if x["kind"] == "assigned" && x["list"] != false || x["kind"] == "answer" && x["list"] != true {
			t.Errorf("%v", x)
		}
	}
}
