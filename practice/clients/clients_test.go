// SPDX-License-Identifier: Apache-2.0

package clients_test

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"mainstay/kit/access"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/kit/search"
	"mainstay/practice/clients"
	"mainstay/practice/clients/store"
)

type rig struct {
	*clients.Service
	db   *db.DB
	jobs *jobs.Queue
}

func newRig(t *testing.T, d *db.DB) rig {
	t.Helper()
	c := clock.At(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	sealer, err := access.OpenSealer(filepath.Join(t.TempDir(), "secret.key"), true)
	if err != nil {
		t.Fatal(err)
	}
	s := ids.NewSource(c)
	q := jobs.New(d, c, s, slog.New(slog.DiscardHandler))
	return rig{clients.New(d, c, s, access.New(d, c, s, sealer, access.Options{}), q), d, q}
}

func (r rig) make(t *testing.T, name string) ids.ID {
	t.Helper()
	id, err := r.Create(context.Background(), clients.Details{Name: name, Tags: []string{"VIP ", "vip", "north"}})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func TestNameKey(t *testing.T) {
	for in, want := range map[string]string{
		"Harbour Dental Group":          "harbour dental group",
		"  HARBOUR   dental group Ltd.": "harbour dental group",
		"Müller & Söhne GmbH & Co. KG":  "muller and sohne gmbh and",
		"O'Brien's Café":                "obriens cafe",
		"A+B plc":                       "a and b",
		"Ltd":                           "ltd",
		"...":                           "",
	} {
		if got := clients.NameKey(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestClientLife(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx, all := newRig(t, d), context.Background(), access.WholeFirm()
		id := r.make(t, "Harbour Dental Group Ltd")
		if _, err := r.Create(ctx, clients.Details{Name: "harbour dental GROUP"}); !fault.Is(err, fault.Conflict) {
			t.Fatalf("a second client of that name: %v", err)
		}
		got, err := r.Get(ctx, all, id)
		if err != nil || got.Status != clients.Active || !slices.Equal(got.Tags, []string{"north", "vip"}) {
			t.Fatalf("%+v, %v", got, err)
		}
		edit := got.Details
		edit.Name = "Harbour Dental"
		if err := r.Update(ctx, all, id, got.Version, edit); err != nil {
			t.Fatal(err)
		}
		if err := r.Update(ctx, all, id, got.Version, edit); !fault.Is(err, fault.Conflict) {
			t.Fatalf("an old version: %v", err)
		}
		if again, err := r.Resolve(ctx, "HARBOUR DENTAL GROUP LIMITED"); err != nil || again != id {
			t.Fatalf("the former name leads to %v, %v", again, err)
		}
		if _, err := r.Get(ctx, access.OneClient(id+1), id); !fault.Is(err, fault.NotFound) {
			t.Fatalf("another client's scope: %v", err)
		}
		if _, err := r.Get(ctx, access.Scope{}, id); !fault.Is(err, fault.NotFound) {
			t.Fatalf("no scope: %v", err)
		}
	})
}

func TestMergeMovesEverything(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx, all := newRig(t, d), context.Background(), access.WholeFirm()
		a, b := r.make(t, "Kestrel Academy"), r.make(t, "Kestrel Academy Trust")
		if _, err := r.SaveSite(ctx, all, a, clients.Site{Name: "Main"}); err != nil {
			t.Fatal(err)
		}
		if _, err := r.SavePerson(ctx, all, a, clients.Person{Name: "Zoë Park", Decides: true}); err != nil {
			t.Fatal(err)
		}
		if _, err := r.AddNote(ctx, all, a, "Prefers mornings\nand tea"); err != nil {
			t.Fatal(err)
		}
		if dup, err := r.Duplicates(ctx); err != nil || len(dup) != 1 {
			t.Fatalf("%v, %v", dup, err)
		}
		if err := r.Merge(ctx, a, b); err != nil {
			t.Fatal(err)
		}
		full, err := r.Get(ctx, all, b)
		if err != nil || len(full.Sites) != 1 || len(full.People) != 1 || len(full.Notes) != 1 || len(full.Names) != 2 {
			t.Fatalf("%+v, %v", full, err)
		}
		if gone, err := r.Get(ctx, all, a); err != nil || gone.MergedInto != b {
			t.Fatalf("%+v, %v", gone, err)
		}
		told := ""
		r.jobs.Handle(clients.MergedJob, func(_ context.Context, arg string) error { told = arg; return nil })
		if did, err := r.jobs.One(ctx); !did || err != nil || told != a.String()+" "+b.String() {
			t.Fatalf("the other areas heard %q, %v %v", told, did, err)
		}
		hits, err := search.Index{DB: d}.Find(ctx, search.Scope{All: true}, "zoe pa", 5)
		if err != nil || len(hits) != 1 || hits[0].Kind != "person" {
			t.Fatalf("%+v, %v", hits, err)
		}
		if hits, _ := (search.Index{DB: d}).Find(ctx, search.Scope{Client: a}, "zoe", 5); len(hits) == 1 && hits[0].Client != a {
			t.Fatal("a scope showed another client's person")
		}
		if hits, err := (search.Index{DB: d}).Find(ctx, search.Scope{All: true}, `kestrel" OR '; --*`, 5); err != nil {
			t.Fatalf("operators: %v %v", hits, err)
		}
	})
}

func TestImportMakesAndForgetsClients(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx, all := newRig(t, d), context.Background(), access.WholeFirm()
		old := r.make(t, "Fern & Vale Solicitors")
		got, err := r.Ensure(ctx, []string{"Fern and Vale Solicitors LLP", "New One", "", "new one ltd", "Noted"}, 77)
		if err != nil || got[0] != old || got[1] == 0 || got[2] != 0 || got[3] != got[1] {
			t.Fatalf("%v, %v", got, err)
		}
		if _, err := r.AddNote(ctx, all, got[4], "worth keeping"); err != nil {
			t.Fatal(err)
		}
		gone, err := r.Forget(ctx, 77, func(ids.ID) bool { return false })
		if err != nil || !slices.Equal(gone, []ids.ID{got[1]}) {
			t.Fatalf("%v, %v", gone, err)
		}
	})
}

func TestListPagesByKeyset(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx, all := newRig(t, d), context.Background(), access.WholeFirm()
		for i := range 25 {
			r.make(t, fmt.Sprintf("Client %02d%%", i))
		}
		var seen []string
		for after := ""; ; {
			p, err := r.List(ctx, all, clients.Query{After: after, Limit: 7, Tag: "vip"})
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range p.Rows {
				seen = append(seen, c.Name)
			}
			if after = p.Next; after == "" {
				break
			}
		}
		if len(seen) != 25 || !slices.IsSorted(seen) {
			t.Fatalf("%d rows: %v", len(seen), seen)
		}
		p, err := r.List(ctx, all, clients.Query{Text: "client 1"})
		if err != nil || len(p.Rows) != 10 {
			t.Fatalf("%d rows, %v", len(p.Rows), err)
		}
		if _, err := r.List(ctx, all, clients.Query{After: "###"}); !fault.Is(err, fault.Invalid) {
			t.Fatalf("a damaged cursor: %v", err)
		}
	})
}

func TestQueriesPrepareOnBothEngines(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		q, err := store.Prepare(context.Background(), d.Reader())
		if err != nil {
			t.Fatal(err)
		}
		_ = q.Close()
	})
}
