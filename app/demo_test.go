// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mainstay/app"
	"mainstay/care/devices"
	"mainstay/care/monitoring"
	"mainstay/desk/knowledge"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/wire"
	"mainstay/practice/clients"
	"mainstay/practice/journey"
	"mainstay/practice/quotes"
	"mainstay/test/world"
)

func TestDemoComesAndGoes(t *testing.T) {
	a, ctx := open(t), context.Background()
	mine, err := a.Clients.Create(ctx, clients.Details{Name: "Our own client"})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // loading it twice changes nothing
		if err := a.LoadDemo(ctx); err != nil {
			t.Fatal(err)
		}
		if n, err := a.Clients.Count(ctx, clients.Active); n != 25 || err != nil {
			t.Fatalf("%d clients, %v", n, err)
		}
	}
	latest, err := a.Journey.Latest(ctx)
	if err != nil || latest.Assessment == nil || len(latest.Assessment.Clients) != 24 {
		t.Fatalf("%+v, %v", latest, err)
	}
	if firm, err := a.Values.Firm(ctx); err != nil || !firm.Demo || firm.Name != world.FirmName {
		t.Fatalf("%+v, %v", firm, err)
	}
	count := func(table string) (n int) {
		if err := a.DB.Reader().QueryRowContext(ctx, "SELECT count(*) FROM "+table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if set, err := a.Portal.Settings(ctx); err != nil || !set.Enabled || count("portal_ratings") != 2 || count("portal_approvals") != 2 || count("portal_decisions") != 1 {
		t.Errorf("the portal of the invented firm is empty: %+v %v", set, err)
	}
	states := map[string]int{}
	offers, err := a.Quotes.List(ctx, quotes.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range offers {
		states[q.State.String()]++
		if q.State == quotes.Yes {
			if ag, err := a.Agreements.Get(ctx, q.Agreement); err != nil || ag.Quote != q.ID || !ag.LastRun.Known() {
				t.Errorf("the signed quote has no agreement that is billed: %+v %v", ag, err)
			}
		}
	}
	if want := map[string]int{"draft": 1, "sent": 1, "accepted": 1, "declined": 1}; !maps.Equal(states, want) {
		t.Errorf("quotes of the invented firm: %v", states)
	}
	if letters, _, err := a.Agreements.Letters(ctx, access.WholeFirm(), 0, 10); err != nil || len(letters) != 1 {
		t.Errorf("%d letters, %v", len(letters), err)
	}
	client, err := a.Clients.Resolve(ctx, "Lindqvist Interiors")
	if err != nil {
		t.Fatal(err)
	}
	full, err := a.Clients.Get(ctx, access.WholeFirm(), client)
	if err != nil || len(full.People) == 0 {
		t.Fatal(err)
	}
	for _, p := range full.People {
		if p.Name != "Ola Lindqvist" {
			continue
		}
		token, err := a.Portal.Visit(ctx, access.WholeFirm(), client, p.ID)
		if err != nil {
			t.Fatal(err)
		}
		if in, err := a.Portal.UseLink(ctx, token, 0, access.Client{}); err != nil || in.Session == "" {
			t.Errorf("nobody can look around in the invented portal: %v", err)
		}
		as := access.With(ctx, &access.Identity{Person: p.ID, Client: client})
		if list, folders, err := a.Portal.Articles(as, knowledge.Query{}); err != nil || list.Total != 3 || len(folders) != 2 {
			t.Errorf("articles in the invented portal: %+v %+v %v", list, folders, err)
		}
	}
	genuine, err := a.Clients.SavePerson(ctx, access.WholeFirm(), mine, clients.Person{Name: "Real", Email: "real@real.test"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.Portal.Visit(ctx, access.WholeFirm(), mine, genuine); !fault.Is(err, fault.Denied) {
		t.Errorf("a real person can be visited: %v", err)
	}
	if err := a.Clients.DeletePerson(ctx, access.WholeFirm(), mine, genuine); err != nil {
		t.Fatal(err)
	}
	if err := a.RemoveDemo(ctx); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"portal_ratings", "portal_approvals", "portal_decisions", "portal_accounts", "portal_sessions", "clients_people", "quotes_quotes", "quotes_sent", "agreements_letters", "agreements_agreements", "devices_devices", "devices_sections", "devices_changes", "devices_seen"} {
		if n := count(table); n != 0 {
			t.Errorf("%d rows are left in %s", n, table)
		}
	}
	if set, err := a.Portal.Settings(ctx); err != nil || set.Enabled {
		t.Errorf("the portal stays open: %+v %v", set, err)
	}
	p, err := a.Clients.List(ctx, access.WholeFirm(), clients.Query{})
	if err != nil || len(p.Rows) != 1 || p.Rows[0].ID != mine {
		t.Fatalf("left over: %+v, %v", p.Rows, err)
	}
	l, err := a.Books.Ledger(ctx, "")
	if err != nil || len(l.Lines)+len(l.Tickets)+len(l.Hours)+len(l.Assets)+len(l.Templates) != 0 {
		t.Fatalf("%d lines are left, %v", len(l.Lines), err)
	}
}

// The invented machines are measured, and what is wrong with them becomes work; when the demo goes, so does all of it.
func TestDemoEstate(t *testing.T) {
	at := clock.At(time.Now())
	a, ctx := openAt(t, at), context.Background()
	if err := a.LoadDemo(ctx); err != nil {
		t.Fatal(err)
	}
	runEstate(t, a)
	alerts := func() map[string]monitoring.Alert {
		list, _, err := a.Monitoring.Alerts(ctx, access.WholeFirm(), monitoring.Query{Limit: 100})
		if err != nil {
			t.Fatal(err)
		}
		out := map[string]monitoring.Alert{}
		for _, x := range list {
			out[x.Name] = x
		}
		return out
	}
	until(t, "the disk that fills", func() bool { return alerts()["HDG-SRV-02"].ID != 0 })
	until(t, "the server with too little memory", func() bool { return alerts()["SFA-SRV-01"].ID != 0 })
	until(t, "the machine that is on", func() bool { // a day was measured before it: the alerts came of that
		machines, err := a.Devices.All(ctx, access.WholeFirm())
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range machines {
			if d.Name == "HDG-SRV-01" {
				if d.Product != "windows-server" || d.Memory != 32<<30 {
					t.Fatalf("got %+v", d)
				}
				return d.StateAt(a.Devices.Now()) == devices.StateOnline
			}
		}
		return false
	})
	services, err := a.Network.All(ctx, access.WholeFirm())
	if err != nil || len(services) < 6 {
		t.Errorf("%d services, %v", len(services), err)
	}
	until(t, "what is found of services", func() bool {
		for _, w := range services {
			if s := a.Network.StateOf(w.ID); !s.Known() || s.State != wire.StateOK || s.By != w.Prober {
				return false
			}
		}
		return true
	})
	at.Advance(5 * time.Minute) // trouble that lasts becomes work
	if err := a.Monitoring.Work(ctx); err != nil {
		t.Fatal(err)
	}
	ticket := alerts()["HDG-SRV-02"].Ticket
	full, err := a.Desk.Get(ctx, access.WholeFirm(), ticket)
	if err != nil || full.Origin.String() != "monitor" {
		t.Errorf("the ticket of an alert: %+v %v", full, err)
	}
	if err := a.RemoveDemo(ctx); err != nil {
		t.Fatal(err)
	}
	left, err := a.Devices.All(ctx, access.WholeFirm())
	if err != nil || len(left) != 0 || len(alerts()) != 0 {
		t.Errorf("left are %d devices and the alerts %v, %v", len(left), alerts(), err)
	}
	if services, err = a.Network.All(ctx, access.WholeFirm()); err != nil || len(services) != 0 {
		t.Errorf("%d services stay, %v", len(services), err)
	}
	if _, err := a.Desk.Get(ctx, access.WholeFirm(), ticket); !fault.Is(err, fault.NotFound) {
		t.Errorf("the ticket stays: %v", err)
	}
	if n, err := a.Clients.Count(ctx, clients.Active); n != 0 || err != nil {
		t.Errorf("%d clients stay, %v", n, err)
	}
}

// The command line and the server give the same answer for the same books.
func TestFilesAndTablesAgree(t *testing.T) {
	a, ctx := open(t), context.Background()
	dir := t.TempDir()
	var paths []string
	for _, f := range world.Files(civil.MustDate(2026, 3, 17)) {
		path := filepath.Join(dir, f.Name)
		if err := os.WriteFile(path, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	if _, err := a.Import(ctx, paths, app.AssessOptions{}); err != nil {
		t.Fatal(err)
	}
	fromFiles, err := app.Assess(ctx, paths, app.AssessOptions{})
	if err != nil {
		t.Fatal(err)
	}
	ledger, err := a.Books.Ledger(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	fromTables, err := journey.Assess(ledger, journey.DefaultSettings(), nil, journey.DefaultSeed)
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]any{
		"firm":    {fromFiles.Firm, fromTables.Firm},
		"clients": {fromFiles.Clients, fromTables.Clients},
		"months":  {fromFiles.Months, fromTables.Months},
		"money":   {fromFiles.Money, fromTables.Money},
		"talks":   {fromFiles.Talks, fromTables.Talks},
	} {
		if diff := cmp.Diff(pair[0], pair[1]); diff != "" {
			t.Errorf("%s differ (-files +tables):\n%.2000s", name, diff)
		}
	}
}

// A client's new name reaches the journey: its page finds the client's place again.
func TestRenamedClientIsMeasuredAnew(t *testing.T) {
	a, ctx := open(t), context.Background()
	if err := a.LoadDemo(ctx); err != nil {
		t.Fatal(err)
	}
	all := access.WholeFirm()
	id, err := a.Clients.Resolve(ctx, "Zephyr Travel")
	if err != nil {
		t.Fatal(err)
	}
	c, err := a.Clients.Get(ctx, all, id)
	if err != nil {
		t.Fatal(err)
	}
	edit := c.Details
	edit.Name = "Westwind Journeys"
	if err := a.Clients.Update(ctx, all, id, c.Version, edit); err != nil {
		t.Fatal(err)
	}
	for did := true; did; { // the jobs that wait, one after the other
		if did, err = a.Jobs.One(ctx); err != nil {
			t.Fatal(err)
		}
	}
	latest, err := a.Journey.Latest(ctx)
	if err != nil || latest.Stale {
		t.Fatalf("stale %v, %v", latest.Stale, err)
	}
	for _, x := range latest.Assessment.Clients {
		if x.Name == "Westwind Journeys" {
			return
		}
	}
	t.Fatal("the journey knows the client by the old name only")
}
