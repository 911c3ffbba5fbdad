// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"bufio"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"mainstay/agent/swarm"
	"mainstay/app"
	"mainstay/care/devices"
	"mainstay/care/monitoring"
	"mainstay/care/monitoring/rules"
	"mainstay/kit/access"
	"mainstay/kit/ids"
	"mainstay/kit/wire"
)

// estate lets an opened installation take agents until the test ends.
func runEstate(t *testing.T, a *app.App) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	if err := a.OpenEstate(ctx); err != nil {
		stop()
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { a.RunEstate(ctx); close(done) }()
	t.Cleanup(func() { stop(); <-done })
}

// until waits for something that is sure to come.
func until(t *testing.T, what string, fn func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if fn() {
			return
		}
	}
	t.Fatalf("%s does not come", what)
}

// TestEstate: devices enrol by token over HTTP, connect over TLS, and what they measure is in the time series and known to the rules.
func TestEstate(t *testing.T) {
	s := newSite(t)
	a := s.App
	runEstate(t, a)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	word, err := a.EnrolmentToken(ctx, "Cobalt Components", 5, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	token, err := wire.ParseToken(word)
	if err != nil {
		t.Fatal(err)
	}
	token.Server = s.url
	w, err := swarm.Enrol(ctx, swarm.Options{Token: token, Devices: 5, Series: 20, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := swarm.Enrol(ctx, swarm.Options{Token: token, Devices: 1, First: 50, Series: 20}); err == nil || !strings.Contains(err.Error(), "used up") {
		t.Errorf("a sixth device enrols: %v", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx) }()
	until(t, "an acknowledgement", func() bool { st := w.State(); return st.Acked >= 5 && st.Waiting == 0 })
	client, err := a.Clients.Resolve(ctx, "Cobalt Components")
	if err != nil {
		t.Fatal(err)
	}
	list, err := a.Devices.All(ctx, access.OneClient(client))
	if err != nil || len(list) != 5 {
		t.Fatalf("%d devices, %v", len(list), err)
	}
	until(t, "what a device runs", func() bool { d, _ := a.Devices.Look(list[0].ID); return d.Product == "debian" && d.Address != "" })
	if got := a.Monitoring.Engine.Latest(list[0].ID); len(got) < 10 {
		t.Errorf("the rules know %d values", len(got))
	}
	// A rule that all of them break makes an alert for each, by itself.
	if _, err := a.Monitoring.SaveRule(ctx, monitoring.Entry{Place: monitoring.Place{Level: monitoring.ByFirm}, Watch: rules.Watch{
		Key: "any-row", Metric: swarm.RowSeries, Rule: rules.Rule{Kind: rules.Threshold, Warn: rules.Number(.5)},
	}}); err != nil {
		t.Fatal(err)
	}
	until(t, "an alert of each device", func() bool {
		w.Measure(ctx)
		open, err := a.Monitoring.OpenByDevice(ctx, access.OneClient(client))
		return err == nil && len(open) == 5
	})
	s.watched(t, list[1].ID, w)
	// One of them is retired: it is cut off and says nothing more.
	if err := a.Devices.Retire(ctx, access.WholeFirm(), list[0].ID, 0); err != nil {
		t.Fatal(err)
	}
	until(t, "the end of a retired device", func() bool { return w.State().Connected == 4 })
	stop()
	if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestBrowserFleet: a newcomer enrols this machine and sees it, then enrols a client's and looks at them.
func TestBrowserFleet(t *testing.T) {
	s := newSite(t)
	runEstate(t, s.App)
	tab := s.Open(t, s.look("devices", "/devices"))
	tab.Wait(`form[action="/devices/this"]`)
	tab.Shot("empty")
	tab.Accessible()
	tab.Click(`form[action="/devices/this"] button`)
	tab.Wait("dl.facts")
	var this ids.ID
	until(t, "this machine", func() bool {
		q, err := devices.ParseQuery("source:agent -agent:demo")
		if err != nil {
			t.Fatal(err)
		}
		list, err := s.Devices.Find(context.Background(), access.WholeFirm(), 0, q)
		if err != nil || len(list) != 1 {
			return false
		}
		this = list[0].ID
		return len(s.Monitoring.Engine.Latest(this)) > 10
	})
	until(t, "its inventory", func() bool { d, _ := s.Devices.Look(this); return d.OS != "" && d.Memory > 0 })
	tab.Goto(s.url + "/devices/" + this.String())
	tab.Wait("#vital")
	tab.Shot("device")
	tab.Accessible()
	tab.Resize(390, true)
	tab.Shot("device-narrow")
	tab.Accessible()
	tab.Resize(1440, false)
	for _, view := range []string{"software", "services", "changes"} {
		tab.Goto(s.url + "/devices/" + this.String() + "?view=" + view)
		tab.Wait("main.main")
		tab.Shot(view)
		tab.Accessible()
	}
	for _, x := range []struct{ name, path string }{{"fleet", "/devices"}, {"list", "/devices/list"}, {"list-query", "/devices/list?q=kind:server+os:linux"}, {"list-wrong", "/devices/list?q=colour:red"}, {"enrol", "/devices/enrol"}, {"new", "/devices/new"}, {"settings", "/devices/settings"}, {"edit", "/devices/" + this.String() + "/edit"}} {
		look := s.look(x.name, x.path)
		look.Failing = x.name == "list-wrong"
		s.Check(t, look)
	}
}

// watched opens the stream behind a device's charts: its agent looks closely until that is left, and no other does. What it measures
// meanwhile comes by the stream.
func (s site) watched(t *testing.T, device ids.ID, w *swarm.Swarm) {
	t.Helper()
	ctx, leave := context.WithCancel(context.Background())
	defer leave()
	r, err := http.NewRequestWithContext(ctx, "GET", s.url+"/devices/"+device.String()+"/values", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.AddCookie(s.session)
	answer, err := http.DefaultClient.Do(r)
	if err != nil || answer.StatusCode != http.StatusOK {
		t.Fatal(answer, err)
	}
	defer answer.Body.Close()
	until(t, "that the agent looks closely", func() bool { return w.State().Closely == 1 })
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() && lines.Text() != "event: open" {
	}
	w.Measure(ctx)
	for lines.Scan() && lines.Text() != "event: values" {
	}
	if !lines.Scan() || !strings.Contains(lines.Text(), `"system_cpu_utilization_ratio"`) {
		t.Errorf("the stream says %q", lines.Text())
	}
	leave()
	until(t, "that the agent is let go", func() bool { return w.State().Closely == 0 })
}
