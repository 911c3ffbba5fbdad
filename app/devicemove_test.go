// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"mainstay/care/network"
	"mainstay/kit/access"
	"mainstay/kit/clock"
)

// TestMovedDevice: a device that is moved to another client connects there at once, and makes the old client's probes no more.
func TestMovedDevice(t *testing.T) {
	a := openAt(t, clock.System{})
	handler, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(handler)
	defer front.Close()
	runEstate(t, a)
	ctx := context.Background()
	device, agent := runProberAgent(t, a, front.URL, "Harbour Dental Group")
	from, err := a.Clients.Resolve(ctx, "Harbour Dental Group")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.EnrolmentToken(ctx, "Tidewater Marine", 1, time.Hour); err != nil { // makes the client
		t.Fatal(err)
	}
	to, err := a.Clients.Resolve(ctx, "Tidewater Marine")
	if err != nil {
		t.Fatal(err)
	}
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer inside.Close()
	w := network.Watched{Client: from, Prober: device, Device: device, Kind: "http", Name: "Intranet", Target: inside.URL, Every: 10 * time.Second}
	if w.ID, err = a.Network.Save(ctx, access.WholeFirm(), w); err != nil {
		t.Fatal(err)
	}
	until(t, "the first look", func() bool { return a.Network.StateOf(w.ID).Known() })
	before := agent.Status().Revision
	if err := a.Devices.Move(ctx, access.WholeFirm(), device, to, 0); err != nil {
		t.Fatal(err)
	}
	until(t, "the agent at its new client", func() bool {
		s := agent.Status()
		return s.Connected && s.Client == "Tidewater Marine" && s.Revision != before
	})
}
