// SPDX-License-Identifier: Apache-2.0

// Package upgrade opens the data of every earlier schema with this release: it must migrate, be whole and give
// the figures that it gave then. A released schema adds its backup to testdata and a row to the table; nothing here is
// ever changed.
package upgrade

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"

	"mainstay/app"
	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/config"
	"mainstay/kit/db/dbtest"
	"mainstay/practice/clients"
)

var samples = []struct {
	file    string
	clients int64
	lines   int
	sum     int64 // minor units
}{
	{"schema-0006.backup", 24, 1871, 272246350},
}

func TestYesterdaysDataOpens(t *testing.T) {
	for _, s := range samples {
		t.Run(s.file, func(t *testing.T) {
			t.Run("sqlite", func(t *testing.T) {
				check(t, config.Server{Data: filepath.Join(t.TempDir(), "data")}, s.file, s.clients, s.lines, s.sum)
			})
			t.Run("postgres", func(t *testing.T) {
				check(t, config.Server{Data: filepath.Join(t.TempDir(), "data"), Database: dbtest.PostgresURL(t)}, s.file, s.clients, s.lines, s.sum)
			})
		})
	}
}

func check(t *testing.T, cfg config.Server, file string, wantClients int64, wantLines int, wantSum int64) {
	t.Helper()
	ctx := context.Background()
	if _, err := app.Restore(ctx, cfg, filepath.Join("testdata", file)); err != nil {
		t.Fatal(err)
	}
	a, err := app.Open(ctx, cfg, slog.New(slog.DiscardHandler), clock.System{})
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	for _, f := range a.Doctor(ctx) {
		if f.State == "bad" {
			t.Errorf("%s: %s", f.Check, f.Text)
		}
	}
	n, err := a.Clients.Count(ctx, clients.Active)
	if err != nil || n != wantClients {
		t.Errorf("%d clients, %v; want %d", n, err, wantClients)
	}
	l, err := a.Books.Ledger(ctx, "")
	if err != nil {
		t.Fatal(err)
	}
	var sum int64
	for _, x := range l.Lines {
		sum += x.Minor
	}
	if len(l.Lines) != wantLines || sum != wantSum {
		t.Errorf("%d lines of %d in all; want %d of %d", len(l.Lines), sum, wantLines, wantSum)
	}
	if err := a.Journey.Recalculate(ctx, "manual"); err != nil {
		t.Error(err)
	}
	checkAccess(ctx, t, a)
}

// checkAccess lets a first person in, who needs every column of theirs, and looks at the audit trail, which goes on
// from the old one.
func checkAccess(ctx context.Context, t *testing.T, a *app.App) {
	t.Helper()
	link, err := a.Access.OwnerLink(ctx)
	if err != nil {
		t.Fatal(err)
	}
	const password = "four unrelated lamps"
	if _, err := a.Access.UseLink(ctx, link, access.Join{Name: "Ada Moreau", Email: "ada@example.com", Password: password}, access.Client{}); err != nil {
		t.Fatal(err)
	}
	in, err := a.Access.Password(ctx, "ada@example.com", password, access.Client{})
	if err != nil {
		t.Fatal(err)
	}
	if id, err := a.Access.Session(ctx, in.Session, ""); err != nil || id.Lacks != access.LacksNothing || id.Notices != 0 {
		t.Errorf("%+v, %v", id, err)
	}
	if n, err := a.Access.VerifyAudit(ctx); err != nil || n < 4 {
		t.Errorf("%d entries in the audit trail, %v", n, err)
	}
	if err := a.Access.KeepHead(ctx); err != nil {
		t.Error(err)
	}
	if _, err := a.Access.VerifyAudit(ctx); err != nil {
		t.Errorf("with its head kept: %v", err)
	}
}
