// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"mainstay/care/monitoring"
	"mainstay/kit/clock"
)

// Whoever gives a receiver the address of another server is told that its token is forgotten, and can take one away.
func TestBrowserReceiver(t *testing.T) {
	s := newSiteAt(t, clock.At(time.Now()))
	ctx := context.Background()
	hook, err := s.Monitoring.SaveHook(ctx, monitoring.Hook{Name: "Pushes to the phone", Form: monitoring.Ntfy}, "https://push.example.com/alerts", monitoring.Token{New: "t0ken"})
	if err != nil {
		t.Fatal(err)
	}
	path := "/alerts/on-call/receiver?id=" + hook.String()
	s.Check(t, s.look("receiver", path))
	kept := func(want bool) {
		t.Helper()
		list, err := s.Monitoring.Hooks(ctx)
		if err != nil || len(list) != 1 || list[0].Token != want {
			t.Errorf("%+v %v", list, err)
		}
	}
	tab := s.Open(t, s.look("receiver-moved", path))
	tab.Type("#f-url", "https://other.example.com/alerts")
	tab.Click(".card .form-actions .btn-primary")
	tab.Wait("[data-toast]")
	if got := tab.Text("[data-toast]"); !strings.Contains(got, "another server") {
		t.Errorf("%q", got)
	}
	tab.Shot("-forgotten")
	kept(false)
	version := func() (v int64) {
		list, err := s.Monitoring.Hooks(ctx)
		if err != nil {
			t.Fatal(err)
		}
		return list[0].Version
	}
	if _, err := s.Monitoring.SaveHook(ctx, monitoring.Hook{ID: hook, Version: version(), Name: "Pushes to the phone", Form: monitoring.Ntfy}, "", monitoring.Token{New: "again"}); err != nil {
		t.Fatal(err)
	}
	kept(true)
	tab = s.Open(t, s.look("receiver-bare", path))
	tab.Click("#f-no-token")
	tab.Click(".card .form-actions .btn-primary")
	tab.Wait(".m-chains")
	kept(false)
	tab.Quiet()
}
