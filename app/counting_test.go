// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/kit/civil"
)

// TestCountingSwitch: a client whose devices the books tell of is counted by the books until the firm says otherwise, so that three
// enrolled devices of thirty are never billed as three; a client that the books know nothing of is counted by the estate.
func TestCountingSwitch(t *testing.T) {
	d := newDesk(t)
	ctx, firm := context.Background(), access.WholeFirm()
	if err := d.LoadDemo(ctx); err != nil {
		t.Fatal(err)
	}
	harbour, err := d.Clients.Resolve(ctx, "Harbour Dental Group")
	if err != nil {
		t.Fatal(err)
	}
	books, err := d.Books.Devices(ctx, harbour, "", 1000)
	if err != nil || len(books) == 0 {
		t.Fatalf("%d devices in the books, %v", len(books), err)
	}
	if _, err := d.Devices.Make(ctx, firm, harbour, devices.Details{Name: "SRV-NEW", Kind: devices.Server, Warranty: civil.NoDate, Bought: civil.NoDate}); err != nil {
		t.Fatal(err)
	}
	page := func() string {
		t.Helper()
		return d.get("/devices/list?client=" + harbour.String())
	}
	if !strings.Contains(page(), "Count these from now on") {
		t.Error("nobody asks what is counted")
	}
	if code, _, _ := d.post("/devices/counting", url.Values{"client": {harbour.String()}, "here": {"yes"}}); code != http.StatusSeeOther {
		t.Errorf("answered %d", code)
	}
	if !strings.Contains(page(), "Count those of the books") {
		t.Error("the switch does not show")
	}
}

// TestDeviceSettings: a group by query, a field of the firm's own, and releases of systems, with what is refused.
func TestDeviceSettings(t *testing.T) {
	d := newDesk(t)
	if _, err := d.Devices.Make(context.Background(), access.WholeFirm(), d.client, devices.Details{Name: "SRV1", Kind: devices.Server, Warranty: civil.NoDate, Bought: civil.NoDate}); err != nil {
		t.Fatal(err)
	}
	for _, x := range []struct {
		path string
		form url.Values
		code int
		says string
	}{
		{"/devices/groups", url.Values{"name": {"Servers"}, "query": {"kind:server"}}, http.StatusSeeOther, ""},
		{"/devices/groups", url.Values{"name": {"Servers"}, "query": {"kind:laptop"}}, http.StatusConflict, "There is a group of this name."},
		{"/devices/groups", url.Values{"name": {"Odd"}, "query": {"colour:red"}}, http.StatusUnprocessableEntity, "is no field of devices"},
		{"/devices/groups", url.Values{"name": {"All"}, "query": {""}}, http.StatusUnprocessableEntity, "Say which devices belong to it."},
		{"/devices/fields", url.Values{"name": {"Rack"}, "kind": {"choice"}, "choices": {"A\nB"}}, http.StatusSeeOther, ""},
		{"/devices/fields", url.Values{"name": {"Row"}, "kind": {"choice"}, "choices": {"A"}}, http.StatusUnprocessableEntity, "two to a hundred choices"},
		{"/devices/releases", url.Values{}, http.StatusUnprocessableEntity, "Choose the file"},
	} {
		if code, _, body := d.post(x.path, x.form); code != x.code || !strings.Contains(html.UnescapeString(body), x.says) {
			t.Errorf("%s %v: %d", x.path, x.form, code)
		}
	}
	if body := d.get("/devices/settings"); !strings.Contains(body, "kind:server") || !strings.Contains(body, "A, B") {
		t.Error("the settings do not show what was saved")
	}
	if body := d.get("/devices/new?client=" + d.client.String()); !strings.Contains(body, "Rack") {
		t.Error("the form does not ask for the firm's own field")
	}
}
