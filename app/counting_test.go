// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
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
