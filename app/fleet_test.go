// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"mainstay/care/devices"
	"mainstay/kit/access"
	"mainstay/practice/clients"
)

// TestFleetOfMany: of many clients the overview lists those to look at first, and all when asked.
func TestFleetOfMany(t *testing.T) {
	d := newDesk(t)
	ctx := context.Background()
	for i := range 64 {
		client, err := d.Clients.Create(ctx, clients.Details{Name: fmt.Sprintf("Client %02d", i)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Devices.Make(ctx, access.WholeFirm(), client, devices.Details{Name: "pc", Kind: devices.Workstation}); err != nil {
			t.Fatal(err)
		}
	}
	rows := func(page string) int { return strings.Count(page, `href="/devices/list?client=`) }
	some, all := d.get("/devices"), d.get("/devices?clients=all")
	if rows(some) != 60 || !strings.Contains(some, "4 clients are not listed.") || !strings.Contains(some, `href="/devices?clients=all"`) {
		t.Errorf("%d clients", rows(some))
	}
	if rows(all) != 64 || strings.Contains(all, "not listed") || !strings.Contains(all, `data-live-from="/devices?clients=all"`) {
		t.Errorf("%d clients of all", rows(all))
	}
}
