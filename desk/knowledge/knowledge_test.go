// SPDX-License-Identifier: Apache-2.0

package knowledge_test

import (
	"context"
	"database/sql"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // zones also where the machine has none

	"mainstay/desk/helpdesk"
	"mainstay/desk/knowledge"
	"mainstay/desk/knowledge/store"
	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/bus"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/practice/clients"
)

type rig struct {
	*knowledge.Service
	db      *db.DB
	clock   *clock.Fixed
	clients *clients.Service
	desk    *helpdesk.Service
	access  *access.Service
	jobs    *jobs.Queue
	parts   knowledge.Parts
	keyFile string
	ada     context.Context
	harbour ids.ID
	kestrel ids.ID
}

var all = access.WholeFirm()

// newRig opens at nine in the morning of Monday, 2 March 2026, in Berlin, with two clients.
func newRig(t testing.TB, d *db.DB) *rig {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	r := &rig{db: d, clock: clock.At(time.Date(2026, 3, 2, 9, 0, 0, 0, zone)), keyFile: filepath.Join(t.TempDir(), "secret.key")}
	sealer, err := access.OpenSealer(r.keyFile, true)
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s, log := ids.NewSource(r.clock), slog.New(slog.DiscardHandler)
	r.jobs = jobs.New(d, r.clock, s, log)
	r.access = access.New(d, r.clock, s, sealer, access.Options{})
	r.clients = clients.New(d, r.clock, s, r.access, r.jobs)
	r.desk = helpdesk.New(helpdesk.Parts{DB: d, Clock: r.clock, Zone: zone, IDs: s, Access: r.access, Clients: r.clients, Jobs: r.jobs, Bus: &bus.Bus{}, Blobs: blobs, Log: log})
	if err := r.desk.Prepare(ctx); err != nil {
		t.Fatal(err)
	}
	r.parts = knowledge.Parts{DB: d, Clock: r.clock, Zone: zone, IDs: s, Access: r.access, Clients: r.clients, Desk: r.desk, Jobs: r.jobs, Blobs: blobs, Sealer: sealer, Log: log}
	r.Service = knowledge.New(r.parts)
	link, err := r.access.OwnerLink(ctx)
	if err != nil {
		t.Fatal(err)
	}
	session, err := r.access.UseLink(ctx, link, access.Join{Name: "Ada Moreau", Email: "ada@tidegate.example", Password: "correct horse battery staple"}, access.Client{})
	if err != nil {
		t.Fatal(err)
	}
	id, err := r.access.Session(ctx, session, "")
	if err != nil {
		t.Fatal(err)
	}
	r.ada = access.With(ctx, id)
	if r.harbour, err = r.clients.Create(ctx, clients.Details{Name: "Harbour Dental"}); err != nil {
		t.Fatal(err)
	}
	if r.kestrel, err = r.clients.Create(ctx, clients.Details{Name: "Kestrel Trust"}); err != nil {
		t.Fatal(err)
	}
	return r
}

func each(t *testing.T, fn func(t *testing.T, r *rig)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { fn(t, newRig(t, d)) })
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (r *rig) write(t testing.TB, d knowledge.Draft) ids.ID {
	t.Helper()
	if d.Body == "" {
		d.Body = "Nothing yet."
	}
	id, err := r.CreateArticle(r.ada, all, d)
	must(t, err)
	return id
}

func titles(list []knowledge.Article) string {
	var out []string
	for _, a := range list {
		out = append(out, a.Title)
	}
	return strings.Join(out, " | ")
}

// What a client's person may read: published and shared, of the firm or of their own client; nothing else by any way.
func TestScopeOfArticles(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		made := map[string]ids.ID{}
		for name, d := range map[string]knowledge.Draft{
			"guide":         {Published: true, Shared: true},
			"internal":      {Published: true},
			"draft":         {Shared: true},
			"harbour paper": {Client: r.harbour, Published: true, Shared: true},
			"harbour inner": {Client: r.harbour, Published: true},
			"kestrel paper": {Client: r.kestrel, Published: true, Shared: true},
		} {
			d.Title, d.Body = name+" about the printer", "The printer of "+name
			made[name] = r.write(t, d)
		}
		may := map[string]bool{"guide": true, "harbour paper": true}
		scope := access.OneClient(r.harbour)
		for _, q := range []knowledge.Query{{}, {Text: "printer"}} {
			p, err := r.Articles(r.ada, scope, q)
			must(t, err)
			if p.Total != 2 || len(p.Rows) != 2 {
				t.Errorf("%+v: %d %s", q, p.Total, titles(p.Rows))
			}
		}
		for name, id := range made {
			a, err := r.Article(r.ada, scope, id)
			if may[name] != (err == nil) {
				t.Errorf("%s: %v", name, err)
			}
			if err == nil && !may[a.Title[:len(name)]] {
				t.Errorf("%s is shown", a.Title)
			}
			if _, err := r.Versions(r.ada, scope, id); err == nil {
				t.Errorf("the versions of %s are shown", name)
			}
			if err := r.UpdateArticle(r.ada, scope, id, 1, knowledge.Draft{Title: "x"}); name != "harbour paper" && !fault.Is(err, fault.NotFound) {
				t.Errorf("%s can be changed: %v", name, err)
			}
			if _, err := r.Article(r.ada, access.Scope{}, id); err == nil {
				t.Errorf("%s is shown to nobody", name)
			}
		}
		if p, err := r.Articles(r.ada, access.Scope{}, knowledge.Query{}); err != nil || p.Total != 0 {
			t.Error(p.Total, err)
		}
		found, err := r.Suggest(r.ada, scope, r.harbour, "our printer")
		must(t, err)
		if len(found) != 2 {
			t.Errorf("suggested: %s", titles(found))
		}
		// The firm's own people are suggested what is published, of the firm and of this client.
		if found, err = r.Suggest(r.ada, all, r.kestrel, "our printer"); err != nil || len(found) != 3 {
			t.Errorf("suggested: %s %v", titles(found), err)
		}
		for _, a := range found {
			if a.Client == r.harbour || !a.Published {
				t.Errorf("%s is suggested for Kestrel", a.Title)
			}
		}
	})
}

// However much other clients have written down about something, one's own and the firm's articles are found and suggested,
// in their order of fit; and no folder is named that holds nothing one may read.
func TestOtherClientsDoNotCrowdOut(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ours := r.write(t, knowledge.Draft{Client: r.harbour, Published: true, Shared: true, Folder: "Rooms", Title: "Reception", Body: "The printer of reception is a plotter."})
		guide := r.write(t, knowledge.Draft{Published: true, Shared: true, Folder: "Printing", Title: "Plotter: printer settings", Body: "Choose the plotter as your printer."})
		for range 30 {
			r.write(t, knowledge.Draft{Client: r.kestrel, Published: true, Shared: true, Folder: "Kestrel only", Title: "Plotter printer plotter printer", Body: "plotter printer reception"})
		}
		r.write(t, knowledge.Draft{Client: r.harbour, Published: true, Folder: "Inner", Title: "Inner plotter printer"})
		r.write(t, knowledge.Draft{Shared: true, Folder: "Not yet", Title: "Drafted plotter printer"})
		for _, scope := range []access.Scope{access.OneClient(r.harbour), all} {
			found, err := r.Suggest(r.ada, scope, r.harbour, "the plotter in reception is a broken printer")
			must(t, err)
			if s := titles(found); !strings.Contains(s, "Reception") || !strings.Contains(s, "Plotter: printer settings") || strings.Contains(s, "plotter printer plotter") {
				t.Errorf("suggested: %s", s)
			}
		}
		// Whose documents are asked for is no matter of what a client's person says.
		found, err := r.Suggest(r.ada, access.OneClient(r.harbour), r.kestrel, "plotter in reception")
		must(t, err)
		if len(found) != 2 {
			t.Errorf("suggested: %s", titles(found))
		}
		p, err := r.Articles(r.ada, access.OneClient(r.harbour), knowledge.Query{Text: "plotter printer"})
		must(t, err)
		if len(p.Rows) != 2 || p.Rows[0].ID != guide || p.Rows[1].ID != ours {
			t.Errorf("found: %s", titles(p.Rows))
		}
		folders, err := r.ReadableFolders(r.ada, access.OneClient(r.harbour))
		must(t, err)
		if len(folders) != 2 || folders[0] != (knowledge.Folder{Name: "Printing", N: 1}) || folders[1] != (knowledge.Folder{Name: "Rooms", N: 1}) {
			t.Errorf("%+v", folders)
		}
		for _, scope := range []access.Scope{{}, all} {
			if x, err := r.ReadableFolders(r.ada, scope); err == nil {
				t.Errorf("%+v", x)
			}
		}
	})
}

func TestVersionsOfArticles(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id := r.write(t, knowledge.Draft{Title: "VPN", Body: "one\ntwo", Published: true})
		d := knowledge.Draft{Title: "VPN for the depot", Body: "one\nthree", Published: true}
		must(t, r.UpdateArticle(r.ada, all, id, 1, d))
		if err := r.UpdateArticle(r.ada, all, id, 1, d); !fault.Is(err, fault.Conflict) {
			t.Error("an old version was overwritten:", err)
		}
		must(t, r.RestoreArticle(r.ada, all, id, 2, 1))
		a, err := r.Article(r.ada, all, id)
		must(t, err)
		if a.Title != "VPN" || a.Body != "one\ntwo" || a.Version != 3 || !a.Published {
			t.Errorf("%+v", a)
		}
		list, err := r.Versions(r.ada, all, id)
		must(t, err)
		if len(list) != 3 || list[0].Restored != 1 || list[0].Author != "Ada Moreau" || list[2].Title != "VPN" {
			t.Errorf("%+v", list)
		}
		v, err := r.Version(r.ada, all, id, 2)
		must(t, err)
		if v.Body != "one\nthree" {
			t.Errorf("%+v", v)
		}
		p, err := r.Articles(r.ada, all, knowledge.Query{Text: "three"})
		must(t, err)
		if p.Total != 0 {
			t.Error("the search finds what is not there any more")
		}
		must(t, r.DeleteArticle(r.ada, all, id))
		if p, err = r.Articles(r.ada, all, knowledge.Query{Text: "vpn"}); err != nil || p.Total != 0 {
			t.Error(p, err)
		}
		for name, d := range map[string]knowledge.Draft{
			"title": {Title: " ", Body: "x"}, "body": {Title: "x", Published: true, Body: " "}, "tags": {Title: "x", Tags: []string{strings.Repeat("y", 50)}}, "client": {Title: "x", Client: 42},
		} {
			if _, err := r.CreateArticle(r.ada, all, d); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestFilesOfArticles(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id := r.write(t, knowledge.Draft{Title: "Rack", Client: r.harbour, Published: true})
		must(t, r.AddFile(r.ada, all, id, `C:\pictures\The rack (1).PNG`, strings.NewReader("png")))
		must(t, r.AddFile(r.ada, all, id, "The-rack-1.png", strings.NewReader("other")))
		list, err := r.Files(r.ada, all, id)
		must(t, err)
		if len(list) != 2 || list[0].Name != "The-rack-1.PNG" || list[1].Name != "The-rack-1-2.png" || list[0].Picture() != "image/png" {
			t.Fatalf("%+v", list)
		}
		html := knowledge.Render("![The rack](The-rack-1.png) [plan](the-rack-1-2.png) ![](https://elsewhere.example/x.png)", list, "/knowledge/"+id.String())
		if !strings.Contains(html, `<img src="/knowledge/`+id.String()+`/files/`+list[0].ID.String()+`" alt="The rack"`) || !strings.Contains(html, `/files/`+list[1].ID.String()+`"`) || strings.Contains(html, "elsewhere") {
			t.Error(html)
		}
		// Not for the people of the client while the document is not shared.
		if _, _, err := r.File(r.ada, access.OneClient(r.harbour), id, list[0].ID); !fault.Is(err, fault.NotFound) {
			t.Error(err)
		}
		must(t, r.RemoveFile(r.ada, all, id, list[0].ID))
		if list, err = r.Files(r.ada, all, id); err != nil || len(list) != 1 {
			t.Error(list, err)
		}
	})
}

func TestMergedClient(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		paper := r.write(t, knowledge.Draft{Title: "Network plan", Client: r.harbour, Published: true, Shared: true})
		secret := "hunter2-of-harbour"
		cred, err := r.CreateCredential(r.ada, all, knowledge.CredentialDraft{Client: r.harbour, Name: "Router", Secret: &secret})
		must(t, err)
		rec, err := r.CreateRecord(r.ada, all, knowledge.RecordDraft{Client: r.harbour, Type: knowledge.Domain, Name: "harbour.example", Ends: r.Today() + 400})
		must(t, err)
		must(t, r.SetLeads(r.ada, nil, r.harbour))
		must(t, r.clients.Merge(r.ada, r.harbour, r.kestrel))
		for {
			did, err := r.jobs.One(context.Background())
			must(t, err)
			if !did {
				break
			}
		}
		scope := access.OneClient(r.kestrel)
		if _, err := r.Article(r.ada, scope, paper); err != nil {
			t.Error(err)
		}
		if p, err := r.Articles(r.ada, scope, knowledge.Query{Text: "network"}); err != nil || p.Total != 1 {
			t.Error(p, err)
		}
		if _, err := r.Credential(r.ada, scope, cred); err != nil {
			t.Error(err)
		}
		if _, err := r.Record(r.ada, scope, rec); err != nil {
			t.Error(err)
		}
		if plain, _, err := r.Reveal(r.ada, all, cred, knowledge.ReadSecret); err != nil || plain != secret {
			t.Error("the secret does not open after the merge", err)
		}
		if house, err := r.House(r.ada); err != nil || house != r.kestrel {
			t.Error(house, err)
		}
	})
}

func (r *rig) exec(query string, args ...any) error {
	return r.db.Write(context.Background(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(context.Background(), query, args...)
		return err
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
