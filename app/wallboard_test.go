// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"bufio"
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/practice/clients"
)

// TestWallLinks: a screen with a link sees the board of whom the link is for, by name or without, and nothing else; a revoked one
// sees nothing, also where it was looking already.
func TestWallLinks(t *testing.T) {
	d := newDesk(t)
	ctx, firm := context.Background(), access.WholeFirm()
	other, err := d.Clients.Create(ctx, clients.Details{Name: "Harbour Dental Group"})
	if err != nil {
		t.Fatal(err)
	}
	for client, name := range map[ids.ID]string{d.client: "kestrel-db", other: "harbour-hv"} {
		if _, err := d.Devices.Make(ctx, firm, client, devices.Details{Name: name, Kind: devices.Server}); err != nil {
			t.Fatal(err)
		}
	}
	if code, _, _ := d.as(access.Technician).post("/wallboard/links", url.Values{"name": {"x"}}); code != http.StatusForbidden {
		t.Errorf("a technician makes links: %d", code)
	}
	if code, _, body := d.post("/wallboard/links", url.Values{"name": {" "}}); code != http.StatusUnprocessableEntity || !strings.Contains(body, "where the screen hangs") {
		t.Errorf("a link without a name: %d", code)
	}
	secret := func(f url.Values) string {
		t.Helper()
		code, _, body := d.post("/wallboard/links", f)
		found := regexp.MustCompile(`/wall/([A-Za-z0-9_-]{32})<`).FindStringSubmatch(body)
		if code != http.StatusOK || found == nil {
			t.Fatalf("%d: no link is shown", code)
		}
		if strings.Contains(d.get("/wallboard/links"), found[1]) {
			t.Error("the secret is shown again")
		}
		return found[1]
	}
	one := secret(url.Values{"name": {"Door"}, "client": {other.String()}})
	all := secret(url.Values{"name": {"Desk"}, "names": {"yes"}})
	server := httptest.NewServer(d.handler)
	defer server.Close()
	see := func(path string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(ctx, "GET", server.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Accept", "text/html")
		w := httptest.NewRecorder()
		d.handler.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	if code, body := see("/wall/" + one); code != 200 || !strings.Contains(body, "of 1 device<") || strings.Contains(body, "Harbour") || strings.Contains(body, "harbour-hv") || strings.Contains(body, "Kestrel") {
		t.Errorf("%d: the board of one client without names\n%s", code, body)
	}
	if code, body := see("/wall/" + all); code != 200 || !strings.Contains(body, "of 2 devices<") || strings.Contains(body, `href="/clients`) {
		t.Errorf("%d: the board of all", code)
	}
	for _, path := range []string{"/wall/" + one + "x", "/wall/" + strings.Repeat("a", 5000), "/wall/%00/live"} {
		if code, _ := see(path); code != http.StatusNotFound {
			t.Errorf("%.40s: %d", path, code)
		}
	}
	answer, err := http.Get(server.URL + "/wall/" + all + "/live")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	list, err := d.Monitoring.Boards(ctx)
	if err != nil || len(list) != 2 || list[0].Name != "Desk" || list[0].Seen.IsZero() {
		t.Fatalf("%+v %v", list, err)
	}
	if code, _, _ := d.post("/wallboard/links/"+list[0].ID.String()+"/revoke", nil); code != http.StatusSeeOther {
		t.Fatal(code)
	}
	d.Bus.Publish(devices.Topic, "")
	for lines := bufio.NewScanner(answer.Body); lines.Scan(); { // until the server ends it
	}
	if code, _ := see("/wall/" + all); code != http.StatusNotFound {
		t.Errorf("a revoked link: %d", code)
	}
}
