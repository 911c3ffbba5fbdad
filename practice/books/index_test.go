// SPDX-License-Identifier: Apache-2.0

package books_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/search"
	"mainstay/practice/books"
)

// work does all jobs that are due.
func (r rig) work(t testing.TB) {
	t.Helper()
	for {
		did, err := r.jobs.One(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		if !did {
			break
		}
	}
	if n := r.count(t, "SELECT count(*) FROM jobs_jobs"); n != 0 {
		t.Fatalf("%d jobs are left", n)
	}
}

// hits are "kind title" of what is found in the books, in order of the alphabet.
func (r rig) hits(t testing.TB, scope search.Scope, typed string) []string {
	t.Helper()
	found, err := search.Index{DB: r.db}.Find(context.Background(), scope, typed, 50, books.BookKinds...)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, d := range found {
		out = append(out, d.Kind+" "+d.Title)
	}
	slices.Sort(out)
	return out
}

const indexLines = `Date,Transaction Type,Num,Customer,Product/Service,Memo/Description,Qty,Sales Price,Amount
01/05/2025,Invoice,INV-2231,Harbour Dental,Support,Zirkonium backup monthly,1,100.00,100.00
01/05/2025,Invoice,INV-2231,Harbour Dental,Support,Quarterly firewall check,1,50.00,50.00
02/05/2025,Invoice,INV-2240,Kestrel Trust,Support,Zirkonium backup monthly,1,100.00,100.00
`

const indexTickets = `Ticket Id,Subject,Status,Priority,Source,Customer,Requester,Agent,Group,Created Time,Due by Time,Resolved Time
9001,Zirkonium printer jams,Closed,Medium,Phone,Harbour Dental,Someone,Ada,Helpdesk,2025-01-05 10:00:00,,2025-01-05 16:00:00
`

// What was taken over is found by number and by words, each thing once, until it is undone.
func TestRowsAreFound(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, all := newRig(t, d), search.Scope{All: true}
		lines := r.take(t, "lines.csv", indexLines)
		r.take(t, "tickets.csv", indexTickets)
		r.work(t)
		for _, c := range []struct {
			typed string
			want  []string
		}{
			{"inv-2231", []string{"bookinvoice INV-2231"}},
			{"2240", []string{"bookinvoice INV-2240"}},
			{"zirkon", []string{"bookinvoice INV-2231", "bookinvoice INV-2240", "bookticket Zirkonium printer jams"}},
			{"firewall quarterly", []string{"bookinvoice INV-2231"}},
			{"9001", []string{"bookticket Zirkonium printer jams"}},
			{"kbookticket", []string{}}, // words that narrow are no words of the text
			{"nothing", []string{}},
		} {
			if got := r.hits(t, all, c.typed); !slices.Equal(got, c.want) {
				t.Errorf("%s: %q, want %q", c.typed, got, c.want)
			}
		}
		kestrel, err := r.clients.Resolve(context.Background(), "Kestrel Trust")
		if err != nil {
			t.Fatal(err)
		}
		if got := r.hits(t, search.Scope{Client: kestrel}, "zirkonium"); !slices.Equal(got, []string{"bookinvoice INV-2240"}) {
			t.Errorf("Kestrel sees %q", got)
		}
		if got := r.hits(t, search.Scope{}, "zirkonium"); len(got) != 0 {
			t.Errorf("nobody sees %q", got)
		}
		// The two become one client.
		harbour, err := r.clients.Resolve(context.Background(), "Harbour Dental")
		if err != nil {
			t.Fatal(err)
		}
		if err := r.clients.Merge(context.Background(), kestrel, harbour); err != nil {
			t.Fatal(err)
		}
		r.work(t)
		if got := r.hits(t, search.Scope{Client: harbour}, "zirkonium"); len(got) != 3 {
			t.Errorf("Harbour sees %q", got)
		}
		if got := r.hits(t, search.Scope{Client: kestrel}, "zirkonium"); len(got) != 0 {
			t.Errorf("the merged client still has %q", got)
		}
		if err := r.Undo(context.Background(), lines.Import); err != nil {
			t.Fatal(err)
		}
		r.work(t)
		if got := r.hits(t, all, "zirkonium"); !slices.Equal(got, []string{"bookticket Zirkonium printer jams"}) {
			t.Errorf("after undoing: %q", got)
		}
		if n := r.count(t, "SELECT count(*) FROM books_indexed"); n != 1 {
			t.Errorf("%d documents are remembered", n)
		}
		if done, err := r.Indexed(context.Background()); err != nil || !done {
			t.Error(done, err)
		}
	})
}

// A second export that tells more of a ticket replaces its document; working twice changes nothing.
func TestIndexFollowsNewExports(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r, all := newRig(t, d), search.Scope{All: true}
		r.take(t, "tickets.csv", indexTickets)
		r.work(t)
		before := r.count(t, "SELECT count(*) FROM search_docs")
		r.take(t, "later.csv", indexTickets+"9002,Zirkonium cable,Open,Medium,Phone,Harbour Dental,Someone,Ada,Helpdesk,2025-02-05 10:00:00,,\n")
		if done, err := r.Indexed(context.Background()); err != nil || done {
			t.Error("the second export waits", done, err)
		}
		r.work(t)
		if got := r.hits(t, all, "zirkonium"); len(got) != 2 {
			t.Errorf("%q", got)
		}
		if after := r.count(t, "SELECT count(*) FROM search_docs"); after != before+1 {
			t.Errorf("%d documents became %d", before, after)
		}
	})
}

// Words that most documents have are answered with the newest, without putting all in order.
func TestCommonWords(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		var b strings.Builder
		b.WriteString(strings.SplitN(indexTickets, "\n", 2)[0] + "\n")
		for i := range 2100 {
			fmt.Fprintf(&b, "%d,Printer %d is offline,Closed,Medium,Phone,Harbour Dental,Someone,Ada,Helpdesk,2025-01-%02d 10:00:00,,2025-02-01 16:00:00\n", i, i, 1+i/100)
		}
		r.take(t, "tickets.csv", b.String())
		r.work(t)
		found, err := search.Index{DB: r.db}.Find(context.Background(), search.Scope{All: true}, "printer", 10, books.BookTicket)
		if err != nil || len(found) != 10 {
			t.Fatal(len(found), err)
		}
		if exact, err := (search.Index{DB: r.db}).Find(context.Background(), search.Scope{All: true}, "printer 1234", 10, books.BookTicket); err != nil || len(exact) != 1 || exact[0].Title != "Printer 1234 is offline" {
			t.Errorf("%+v, %v", exact, err)
		}
	})
}

// BenchmarkIndex puts the rows of a large import into the full-text search and looks for words in it.
func BenchmarkIndex(b *testing.B) {
	dir := b.TempDir()
	path := filepath.Join(dir, "tickets.csv")
	writeTickets(b, path, 200_000)
	for b.Loop() {
		d := dbtest.Open(b)
		r := newRig(b, d)
		if _, err := r.ImportFile(context.Background(), path, books.Choices{}, nil); err != nil {
			b.Fatal(err)
		}
		before := cpu()
		r.work(b)
		b.ReportMetric(200_000/(cpu()-before), "docs/cpu-s")
		before = cpu()
		for i := range 100 {
			typed := []string{"printer", "printer off", "room 12", "9001", "offl"}[i%5]
			if _, err := (search.Index{DB: d}).Find(context.Background(), search.Scope{All: true}, typed, 12, books.BookKinds...); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric((cpu()-before)*1000/100, "cpu-ms/search")
	}
}

func writeTickets(tb testing.TB, path string, n int) {
	tb.Helper()
	var b strings.Builder
	b.WriteString(strings.SplitN(indexTickets, "\n", 2)[0] + "\n")
	for i := range n {
		fmt.Fprintf(&b, "%d,Printer offline again in room %d,Closed,Medium,Phone,Client %04d Ltd,Someone,Ada,Helpdesk,%d-%02d-%02d 10:%02d:00,,%d-12-31 16:00:00\n",
			i, i%977, i%2000, 2023+i%3, 1+i%12, 1+i%28, i%60, 2023+i%3)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		tb.Fatal(err)
	}
}
