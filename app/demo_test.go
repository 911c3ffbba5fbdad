// SPDX-License-Identifier: Apache-2.0

package app_test

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mainstay/app"
	"mainstay/desk/knowledge"
	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
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
	for _, table := range []string{"portal_ratings", "portal_approvals", "portal_decisions", "portal_accounts", "portal_sessions", "clients_people", "quotes_quotes", "quotes_sent", "agreements_letters", "agreements_agreements"} {
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
