// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"mainstay/agent/link"
	"mainstay/agent/spool"
	"mainstay/agent/state"
	"mainstay/app"
	"mainstay/care/monitoring"
	"mainstay/care/monitoring/rules"
	"mainstay/care/network"
	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/ids"
	"mainstay/kit/probe"
	"mainstay/kit/probe/all"
	"mainstay/kit/series"
	"mainstay/kit/wire"
)

// prober is a machine that measures little of itself and looks at what it is told to, as an agent does.
type prober struct{}

func (prober) Metrics(context.Context, link.Self) ([]string, []float64) {
	return []string{"system_uptime_seconds"}, []float64{1}
}
func (prober) Sections() []wire.Section                         { return nil }
func (prober) Facts(context.Context, wire.Section) (any, error) { return nil, nil }
func (prober) Check(context.Context, wire.Check) wire.Result    { return wire.Result{} }
func (prober) Probe(ctx context.Context, p wire.Probe) wire.Observation {
	return all.Kinds().Run(ctx, p, probe.Local())
}

// runProber enrols a device of a client and runs its agent until the test ends.
func runProber(t *testing.T, a *app.App, url, client string) ids.ID {
	t.Helper()
	device, _ := runProberAgent(t, a, url, client)
	return device
}

func runProberAgent(t *testing.T, a *app.App, url, client string) (ids.ID, *link.Agent) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	word, err := a.EnrolmentToken(ctx, client, 1, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	token, err := wire.ParseToken(word)
	if err != nil {
		t.Fatal(err)
	}
	token.Server = url
	machine := wire.Machine{ID: "prober", Name: "harbour-probe", OS: "linux", Arch: "amd64"}
	id, err := link.Enrol(ctx, token, machine, "test", time.Now(), &link.Dialer{})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	agent, err := link.New(link.Options{
		Version: "test", Identity: id, Machine: machine, Store: &state.Memory{}, Spool: spool.NewMemory(1<<20, began), Source: prober{},
		Clock: link.NewClock(began, func() time.Duration { return time.Since(began) }, "test", link.Anchor{}), Wall: time.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { _ = agent.Run(ctx); close(done) }()
	t.Cleanup(func() { stop(); <-done })
	device, err := ids.Parse(id.Reply.Device)
	if err != nil {
		t.Fatal(err)
	}
	until(t, "the agent's connection", func() bool { return agent.Status().Connected })
	return device, agent
}

// TestServiceDownAndUp: a server inside a client's network, which only the client's own machine reaches, goes down: an alert, a ticket; it
// comes back: both end.
func TestServiceDownAndUp(t *testing.T) {
	c := clock.At(time.Now())
	a := openAt(t, c)
	handler, err := a.Handler()
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(handler)
	defer front.Close()
	runEstate(t, a)
	ctx := context.Background()
	device := runProber(t, a, front.URL, "Harbour Dental Group")
	client, err := a.Clients.Resolve(ctx, "Harbour Dental Group")
	if err != nil {
		t.Fatal(err)
	}
	var broken atomic.Bool
	inside := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if broken.Load() {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		_, _ = io.WriteString(w, "Tide tables")
	}))
	defer inside.Close()
	// One bad look is enough here: the rule is the firm's to change.
	if _, err := a.Monitoring.SaveRule(ctx, monitoring.Entry{Place: monitoring.Place{Level: monitoring.ByFirm}, Watch: rules.Watch{
		Key: "service", Metric: monitoring.CheckSeries, Labels: map[string]string{"of": "service"}, Rule: rules.Rule{Kind: rules.Check, Warn: rules.Number(1), Of: 1},
	}}); err != nil {
		t.Fatal(err)
	}
	w := network.Watched{Client: client, Prober: device, Device: device, Kind: "http", Name: "Intranet", Target: inside.URL, Params: map[string]string{"status": "200", "contains": "Tide"}, Every: 10 * time.Second}
	// The server itself does not reach it, neither now nor when it is tried.
	outside := w
	outside.Prober = 0
	if _, err := a.Network.Save(ctx, access.WholeFirm(), outside); err == nil {
		t.Error("the server looks at a private address")
	}
	found, err := a.Network.Try(ctx, access.WholeFirm(), w)
	if err != nil || found.State != wire.StateOK || !strings.HasPrefix(found.Text, "Answered 200 after ") {
		t.Fatalf("a trial from inside: %+v, %v", found, err)
	}
	if w.ID, err = a.Network.Save(ctx, access.WholeFirm(), w); err != nil {
		t.Fatal(err)
	}
	until(t, "the first look", func() bool { return a.Network.StateOf(w.ID).State == wire.StateOK && a.Network.StateOf(w.ID).Known() })
	again := func(name string) { // what is changed is looked at at once
		t.Helper()
		x, err := a.Network.Get(ctx, access.WholeFirm(), w.ID)
		if err != nil {
			t.Fatal(err)
		}
		next := *x
		next.Timeout += time.Second
		if _, err := a.Network.Save(ctx, access.WholeFirm(), next); err != nil {
			t.Fatal(name, err)
		}
	}
	broken.Store(true)
	again("down")
	var alert monitoring.Alert
	opened := func() bool {
		list, _, err := a.Monitoring.Alerts(ctx, access.OneClient(client), monitoring.Query{Device: w.ID})
		if err == nil && len(list) == 1 {
			alert = list[0]
		}
		return alert.ID != 0
	}
	until(t, "an alert", opened)
	c.Advance(70 * time.Second) // what ends by itself within a minute is no work
	until(t, "its ticket", func() bool { return opened() && alert.Ticket != 0 })
	ticket, err := a.Desk.Get(ctx, access.WholeFirm(), alert.Ticket)
	if err != nil || ticket.Origin != helpdesk.FromMonitor || !strings.Contains(ticket.Subject, "Intranet") {
		t.Errorf("ticket %+v, %v", ticket, err)
	}
	thread, err := a.Desk.Thread(ctx, access.WholeFirm(), alert.Ticket)
	if err != nil || len(thread) == 0 || !strings.Contains(fmt.Sprintf("%+v", thread), "Answered 503 after") {
		t.Errorf("the ticket does not say what was found: %+v, %v", thread, err)
	}
	broken.Store(false)
	again("up")
	until(t, "the end of it", func() bool {
		x, err := a.Monitoring.Alert(ctx, access.WholeFirm(), alert.ID)
		return err == nil && x.State == monitoring.Resolved
	})
	until(t, "the ticket's end", func() bool {
		x, err := a.Desk.Get(ctx, access.WholeFirm(), alert.Ticket)
		return err == nil && (x.State == helpdesk.StateSolved || x.State == helpdesk.StateClosed)
	})
	if _, ok := a.Series.(*series.Local); ok {
		share, err := a.Network.Availability(ctx, []ids.ID{w.ID}, time.Hour)
		if s := share[w.ID]; err != nil || s <= 0 || s >= 1 {
			t.Errorf("availability %v, %v", share, err)
		}
	}
	// The device goes: nobody looks any more, and what it still says is refused.
	if err := a.Devices.Retire(ctx, access.WholeFirm(), device, 0); err != nil {
		t.Fatal(err)
	}
	d, _ := a.Devices.Look(device)
	if list, err := a.Network.Probes(ctx, d); err != nil || len(list) != 0 {
		t.Errorf("a retired device looks: %v, %v", list, err)
	}
}
