// SPDX-License-Identifier: Apache-2.0

package books_test

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mainstay/kit/access"
	"mainstay/kit/blob"
	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
	"mainstay/practice/books"
	"mainstay/practice/clients"
)

type rig struct {
	*books.Service
	db      *db.DB
	clients *clients.Service
	jobs    *jobs.Queue
	blobs   *blob.Store
}

func newRig(t testing.TB, d *db.DB) rig {
	t.Helper()
	c := clock.At(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
	sealer, err := access.OpenSealer(filepath.Join(t.TempDir(), "secret.key"), true)
	if err != nil {
		t.Fatal(err)
	}
	blobs, err := blob.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	s := ids.NewSource(c)
	q := jobs.New(d, c, s, slog.New(slog.DiscardHandler))
	q.Handle(books.ChangedJob, func(context.Context, string) error { return nil })
	a := access.New(d, c, s, sealer, access.Options{})
	cl := clients.New(d, c, s, a, q)
	return rig{books.New(books.Parts{DB: d, Clock: c, IDs: s, Clients: cl, Access: a, Jobs: q, Blobs: blobs}), d, cl, q, blobs}
}

func (r rig) take(t testing.TB, name, data string) books.Result {
	t.Helper()
	i, err := r.Upload(context.Background(), name, strings.NewReader(data), "")
	if err != nil {
		t.Fatal(err)
	}
	res, err := r.Commit(context.Background(), i.ID, books.Choices{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	return res
}

func (r rig) ledger(t testing.TB) *books.Ledger {
	t.Helper()
	l, err := r.Ledger(context.Background(), "")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func (r rig) count(t testing.TB, query string) (n int) {
	t.Helper()
	if err := r.db.Reader().QueryRowContext(context.Background(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// The books as loaded from the tables are the ledger that the reader makes of the same files.
func TestTablesEqualFiles(t *testing.T) {
	files, err := filepath.Glob("testdata/exports/*.csv")
	if err != nil || len(files) < 20 {
		t.Fatal(files, err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, b := newRig(t, d), books.NewBuilder()
		for _, f := range files {
			if _, err := books.ReadInto(context.Background(), b, open(t, filepath.Base(f)), books.Options{}); err != nil {
				t.Fatal(err)
			}
			if _, err := r.ImportFile(context.Background(), f, books.Choices{}, nil); err != nil {
				t.Fatal(f, err)
			}
		}
		want, got := b.Ledger(), r.ledger(t)
		want.Clients, got.Clients = foldNames(want.Clients), foldNames(got.Clients)
		if d := cmp.Diff(want, got, ledgerCompare); d != "" {
			t.Error(d)
		}
		for i, n := range got.Lines {
			if n.Number == 0 || got.Sources[n.Source].Name == "" {
				t.Fatalf("line %d has no evidence: %+v", i, n)
			}
		}
		one, err := r.Ledger(context.Background(), "ACME dental ltd")
		if err != nil || len(one.Lines) == 0 || len(one.Lines) >= len(got.Lines) || len(one.Clients) != 2 {
			t.Errorf("one client: %d lines, %v, %v", len(one.Lines), one.Clients, err)
		}
	})
}

func foldNames(names []string) (out []string) {
	for _, n := range names {
		out = append(out, books.ClientKey(n))
	}
	return out
}

const (
	jan = "1,Acme,2024-01-31,Support January,10.00\n1,Acme,2024-01-31,Support January,10.00\n2,Borealis,2024-01-31,Repair,70.00\n"
	feb = "3,Acme,2024-02-29,Support February,10.00\n4,Cumulus,2024-02-29,Backup,-5.00\n"
)

func TestImportTwiceAndUndo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx := newRig(t, d), context.Background()
		first := r.take(t, "jan.csv", head+jan)
		if first.Added != 3 || first.Known != 0 {
			t.Fatalf("%+v", first)
		}
		before := r.ledger(t)
		if again := r.take(t, "copy.csv", head+jan); !again.Already || again.Added != 0 || again.Import != first.Import {
			t.Errorf("the same file: %+v", again)
		}
		if d := cmp.Diff(before, r.ledger(t)); d != "" {
			t.Error("the same file changed something", d)
		}
		// A later export that overlaps: only what is new comes in.
		second := r.take(t, "both.csv", head+jan+feb)
		if second.Added != 2 || second.Known != 3 {
			t.Errorf("overlap: %+v", second)
		}
		if l := r.ledger(t); len(l.Lines) != 5 {
			t.Errorf("%d lines", len(l.Lines))
		}
		// Without the first the second keeps all that it told.
		if err := r.Undo(ctx, first.Import); err != nil {
			t.Fatal(err)
		}
		after := r.ledger(t)
		if len(after.Lines) != 5 || r.count(t, "SELECT count(*) FROM books_seen") != 0 {
			t.Errorf("%d lines, %d seen", len(after.Lines), r.count(t, "SELECT count(*) FROM books_seen"))
		}
		for _, x := range after.Lines {
			if after.Sources[x.Source].Name != "both.csv" {
				t.Errorf("%+v is of %s", x, after.Sources[x.Source].Name)
			}
		}
		if err := r.Undo(ctx, first.Import); !fault.Is(err, fault.Conflict) {
			t.Errorf("undone twice: %v", err)
		}
		if n, _ := r.clients.Count(ctx, clients.Active); n != 3 {
			t.Errorf("%d clients", n)
		}
		if err := r.Undo(ctx, second.Import); err != nil {
			t.Fatal(err)
		}
		if l := r.ledger(t); len(l.Lines) != 0 || len(l.Notes) != 0 {
			t.Errorf("%+v", l)
		}
		// Borealis and Acme were made by the first import, Cumulus by the second; a client that is found
		// empty goes with the import that made it.
		if n, _ := r.clients.Count(ctx, clients.Active); n > 2 {
			t.Errorf("%d clients are left", n)
		}
		// What was undone can come again.
		if again := r.take(t, "jan.csv", head+jan); again.Added != 3 {
			t.Errorf("%+v", again)
		}
	})
}

func TestUndoTheLaterImport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.take(t, "jan.csv", head+jan)
		want := r.ledger(t)
		second := r.take(t, "both.csv", head+jan+feb)
		if err := r.Undo(context.Background(), second.Import); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(want, r.ledger(t)); d != "" {
			t.Error(d)
		}
		if n, _ := r.clients.Count(context.Background(), clients.Active); n != 2 {
			t.Errorf("%d clients", n)
		}
	})
}

// A ticket that a later export knows more about is one ticket, and the undo takes back what was learnt.
func TestTicketsThatMoveOn(t *testing.T) {
	const h = "Ticket Number,Subject,Date Opened,Date Resolved,Status,Source\n"
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		r.take(t, "a.csv", h+"1,Printer,2024-01-02 09:00,,Open,Phone\n2,Mail,2024-01-03 09:00,2024-01-03 10:00,Closed,Email\n")
		second := r.take(t, "b.csv", h+"1,Printer,2024-01-02 09:00,2024-01-04 09:00,Closed,Phone\n2,Mail,2024-01-03 09:00,2024-01-03 10:00,Closed,Email\n")
		if l := r.ledger(t); len(l.Tickets) != 2 || l.Tickets[0].Solved == 0 || second.Added != 1 || second.Known != 1 {
			t.Errorf("%+v %+v", second, l.Tickets)
		}
		if err := r.Undo(context.Background(), second.Import); err != nil {
			t.Fatal(err)
		}
		if l := r.ledger(t); len(l.Tickets) != 2 || l.Tickets[0].Solved != 0 {
			t.Errorf("%+v", l.Tickets)
		}
	})
}

func TestNothingHalfImported(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx := newRig(t, d), context.Background()
		i, err := r.Upload(ctx, `C:\x\bad.csv`, strings.NewReader(head+jan+"9,Zephyr,someday,Repair,1.00\n"), "")
		if err != nil || i.File != "bad.csv" {
			t.Fatal(i.File, err)
		}
		rep, err := r.Preview(ctx, i.ID, books.Choices{}, nil)
		if err != nil || rep.Tables[0].Bad != 1 {
			t.Fatalf("%v %+v", err, rep)
		}
		if _, err := r.Commit(ctx, i.ID, books.Choices{}, nil); !fault.Is(err, fault.Invalid) {
			t.Fatalf("bad rows were taken over: %v", err)
		}
		for _, table := range []string{"books_lines", "books_sources", "clients_clients", "books_texts"} {
			if n := r.count(t, "SELECT count(*) FROM "+table); n != 0 {
				t.Errorf("%d rows in %s", n, table)
			}
		}
		res, err := r.Commit(ctx, i.ID, books.Choices{LeaveBadRows: true}, nil)
		if err != nil || res.Added != 3 {
			t.Errorf("%+v %v", res, err)
		}
		if _, err := r.Commit(ctx, i.ID, books.Choices{}, nil); !fault.Is(err, fault.Conflict) {
			t.Errorf("committed twice: %v", err)
		}
	})
}

// A caller who goes away in the middle leaves nothing behind.
func TestCancelledImport(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		data := string(invoiceLines(60_000))
		i, err := r.Upload(context.Background(), "a.csv", strings.NewReader(data), "")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(context.Background())
		pass, last := 0, int64(0)
		_, err = r.Commit(ctx, i.ID, books.Choices{}, func(done, total int64) {
			if done < last {
				pass++ // the second step, which writes
			}
			if last = done; pass == 1 && done >= total/3 {
				cancel()
			}
		})
		if err == nil {
			t.Fatal("it was not cancelled")
		}
		if n := r.count(t, "SELECT count(*) FROM books_lines") + r.count(t, "SELECT count(*) FROM clients_clients"); n != 0 {
			t.Errorf("%d rows left", n)
		}
		if got, err := r.Get(context.Background(), i.ID); err != nil || got.State != books.Uploaded {
			t.Errorf("%s %v", got.State, err)
		}
	})
}

func TestRecover(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx := newRig(t, d), context.Background()
		i, err := r.Upload(ctx, "a.csv", strings.NewReader(head+jan), "")
		if err != nil {
			t.Fatal(err)
		}
		// As a process leaves it that dies between making clients and writing rows.
		if _, err := r.clients.Ensure(ctx, []string{"Acme"}, i.ID); err != nil {
			t.Fatal(err)
		}
		err = d.Raw(func(pool *sql.DB) error {
			_, err := pool.ExecContext(ctx, "UPDATE books_imports SET state = 'committing'")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Commit(ctx, i.ID, books.Choices{}, nil); !fault.Is(err, fault.Busy) {
			t.Errorf("committing: %v", err)
		}
		if err := r.Recover(ctx); err != nil {
			t.Fatal(err)
		}
		if n := r.count(t, "SELECT count(*) FROM clients_clients"); n != 0 {
			t.Errorf("%d clients", n)
		}
		if res, err := r.Commit(ctx, i.ID, books.Choices{}, nil); err != nil || res.Added != 3 {
			t.Errorf("%+v %v", res, err)
		}
	})
}

func TestRememberedForTheNextFile(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx := newRig(t, d), context.Background()
		data := "Whom,When,What,Worth\nAcme,2024-01-31,Support,10.00\n"
		i, err := r.Upload(ctx, "a.csv", strings.NewReader(data), "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Preview(ctx, i.ID, books.Choices{}, nil); !fault.Is(err, fault.Invalid) {
			t.Fatalf("recognised: %v", err)
		}
		header := []string{"Whom", "When", "What", "Worth"}
		sig := books.Signature(header, ',')
		c := books.Choices{Mappings: map[string]*books.Mapping{sig: {Kind: books.KindLines, Header: header, Columns: map[books.Field]int{books.FieldClient: 0, books.FieldDate: 1, books.FieldText: 2, books.FieldAmount: 3}}}}
		if rep, err := r.Preview(ctx, i.ID, c, nil); err != nil || rep.Tables[0].Rows != 1 {
			t.Fatalf("%v", err)
		}
		if got, err := r.Get(ctx, i.ID); err != nil || got.Report == nil || got.Choices.Mappings[sig] == nil {
			t.Errorf("the preview is not kept: %+v %v", got, err)
		}
		if _, err := r.Commit(ctx, i.ID, c, nil); err != nil {
			t.Fatal(err)
		}
		if res := r.take(t, "b.csv", data+"Acme,2024-02-29,Support,10.00\n"); res.Added != 1 || res.Known != 1 {
			t.Errorf("%+v", res)
		}
		if err := r.ForgetMapping(ctx, sig); err != nil {
			t.Fatal(err)
		}
		if m, err := r.Mappings(ctx); err != nil || len(m) != 0 {
			t.Errorf("%v %v", m, err)
		}
	})
}

func TestMergedClients(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx := newRig(t, d), context.Background()
		r.take(t, "jan.csv", head+jan)
		a, err := r.clients.Resolve(ctx, "Borealis")
		if err != nil {
			t.Fatal(err)
		}
		b, err := r.clients.Resolve(ctx, "Acme")
		if err != nil {
			t.Fatal(err)
		}
		if err := r.clients.Merge(ctx, a, b); err != nil {
			t.Fatal(err)
		}
		for {
			did, err := r.jobs.One(ctx)
			if err != nil {
				t.Fatal(err)
			}
			if !did {
				break
			}
		}
		l := r.ledger(t)
		if len(l.Lines) != 3 || len(l.Clients) != 2 || l.Clients[1] != "Acme" {
			t.Errorf("%v %+v", l.Clients, l.Lines)
		}
		// The old name leads to the merged client: nothing is doubled.
		if res := r.take(t, "both.csv", head+jan+feb); res.Added != 2 || res.Known != 3 {
			t.Errorf("%+v", res)
		}
	})
}

func TestLinesPageByPage(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, ctx := newRig(t, d), context.Background()
		var b strings.Builder
		for i := range 120 {
			fmt.Fprintf(&b, "%d,Client %d,2024-%02d-%02d,Work %d,%d.00\n", i, i%3, i%12+1, i%28+1, i, i-10)
		}
		imp := r.take(t, "a.csv", head+b.String())
		seen, after, pages := map[string]bool{}, "", 0
		for {
			p, err := r.Lines(ctx, books.LineQuery{After: after, Limit: 50})
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range p.Rows {
				if seen[x.Doc] || x.File != "a.csv" || x.Import != imp.Import || x.Number < 2 || x.Text == "" {
					t.Errorf("%+v", x)
				}
				seen[x.Doc] = true
			}
			pages++
			if after = p.Next; after == "" {
				break
			}
		}
		if len(seen) != 120 || pages < 3 || pages > 4 {
			t.Errorf("%d rows on %d pages", len(seen), pages)
		}
		id, err := r.clients.Resolve(ctx, "Client 1")
		if err != nil {
			t.Fatal(err)
		}
		p, err := r.Lines(ctx, books.LineQuery{Client: id, From: civil.NewMonth(2024, 2), To: civil.NewMonth(2024, 2), Sign: -1})
		if err != nil || len(p.Rows) != 1 || p.Rows[0].Minor != -900 {
			t.Errorf("%+v %v", p, err)
		}
		if _, err := r.Lines(ctx, books.LineQuery{After: "x"}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a damaged mark: %v", err)
		}
		if c, err := r.Count(ctx); err != nil || c.Lines != 120 || c.Imports != 1 {
			t.Errorf("%+v %v", c, err)
		}
		if list, err := r.List(ctx, 0, 10); err != nil || len(list) != 1 || list[0].State != books.Committed || list[0].Added != 120 {
			t.Errorf("%+v %v", list, err)
		}
	})
}

func TestDiscard(t *testing.T) {
	r, ctx := newRig(t, dbtest.Open(t)), context.Background()
	i, err := r.Upload(ctx, "a.csv", strings.NewReader(head+jan), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Discard(ctx, i.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Get(ctx, i.ID); !fault.Is(err, fault.NotFound) {
		t.Error(err)
	}
	if f, err := r.blobs.Open(i.Ref); err == nil {
		_ = f.Close()
		t.Error("the file is still there")
	}
	if _, err := r.Upload(ctx, "empty.csv", strings.NewReader(""), ""); !fault.Is(err, fault.Invalid) {
		t.Error(err)
	}
}

func BenchmarkImport(b *testing.B) {
	const n = 1_000_000
	path := filepath.Join(b.TempDir(), "lines.csv")
	if err := os.WriteFile(path, invoiceLines(n), 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		r := newRig(b, dbtest.Open(b))
		before := cpu()
		res, err := r.ImportFile(context.Background(), path, books.Choices{}, nil)
		if err != nil || res.Added != n {
			b.Fatal(res.Added, err)
		}
		b.ReportMetric(n/(cpu()-before), "lines/cpu-s")
		before = cpu()
		if l := r.ledger(b); len(l.Lines) != n {
			b.Fatal(len(l.Lines))
		}
		b.ReportMetric(n/(cpu()-before), "loaded/cpu-s")
		one, err := r.clients.Resolve(context.Background(), "Client Number 7")
		if err != nil {
			b.Fatal(err)
		}
		for name, q := range map[string]books.LineQuery{
			"firm": {}, "month": {From: civil.NewMonth(2019, 3), To: civil.NewMonth(2019, 3)}, "client": {Client: one}, "deep": {After: fmt.Sprintf("%d_0_0", civil.MustDate(2015, 6, 1))},
		} {
			start := time.Now()
			if p, err := r.Lines(context.Background(), q); err != nil || len(p.Rows) != 50 || p.Next == "" {
				b.Fatal(name, len(p.Rows), err)
			}
			b.ReportMetric(float64(time.Since(start).Microseconds())/1000, name+"-ms")
		}
		if s, err := os.Stat(r.db.Path); err == nil {
			b.ReportMetric(float64(s.Size())/n, "B/line")
		}
		// The next month's export, which tells all of it again.
		more := append(invoiceLines(n), "INV-NEW,Client Number 1 Ltd,2024-01-31,Labor,One more,1,1.00,1.00\n"...)
		if err := os.WriteFile(path, more, 0o600); err != nil {
			b.Fatal(err)
		}
		before = cpu()
		if res, err = r.ImportFile(context.Background(), path, books.Choices{}, nil); err != nil || res.Added != 1 || res.Known != n {
			b.Fatal(res.Added, res.Known, err)
		}
		b.ReportMetric(n/(cpu()-before), "known/cpu-s")
		before = cpu()
		if err := r.Undo(context.Background(), res.Import); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(n/(cpu()-before), "undone/cpu-s")
	}
}
