// SPDX-License-Identifier: Apache-2.0

package books_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/practice/books"
)

func TestBrowsePagesByKeyset(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		var b strings.Builder
		b.WriteString("Invoice Date,Client,Description,Invoice Number,Amount\n")
		for i := range 200 {
			fmt.Fprintf(&b, "%d-%02d-%02d,Client %c,Work 100%% no %d,INV-%d,%d.00\n", 2001+i%25, i%12+1, i%28+1, 'A'+rune(i%7), i, i, i+1)
		}
		r.take(t, "lines.csv", b.String())
		ctx := context.Background()
		seen, pages := map[string]bool{}, 0
		last := civil.MustDate(2100, 1, 1)
		for q := (books.RowQuery{Kind: books.KindLines, Limit: 33}); ; pages++ {
			p, err := r.Browse(ctx, q)
			if err != nil {
				t.Fatal(err)
			}
			for _, x := range p.Rows {
				if seen[x.Ref] || x.Day > last || x.ClientName == "" || x.Number == 0 {
					t.Fatalf("%+v after %s", x, last)
				}
				seen[x.Ref], last = true, x.Day
			}
			if q.After = p.Next; q.After == "" {
				break
			}
		}
		if len(seen) != 200 || pages != 6 {
			t.Errorf("%d rows, %d pages before the last", len(seen), pages)
		}
		for text, want := range map[string]int{"inv-17": 11, "work 100% no 5": 11, "0%": 200, "_": 0, "NO 199": 1} {
			p, err := r.Browse(ctx, books.RowQuery{Kind: books.KindLines, Text: text, Limit: 500})
			if err != nil || len(p.Rows) != want {
				t.Errorf("%q: %d rows, not %d; %v", text, len(p.Rows), want, err)
			}
		}
		p, err := r.Browse(ctx, books.RowQuery{Kind: books.KindLines, From: civil.NewMonth(2001, 1), To: civil.NewMonth(2001, 12), Limit: 500})
		if err != nil || len(p.Rows) != 8 {
			t.Errorf("%d rows in 2001, %v", len(p.Rows), err)
		}
		for _, k := range []books.Kind{books.KindTickets, books.KindHours, books.KindTemplates, books.KindAssets} {
			if p, err := r.Browse(ctx, books.RowQuery{Kind: k, Text: "x"}); err != nil || len(p.Rows) != 0 {
				t.Errorf("%s: %d rows, %v", k, len(p.Rows), err)
			}
		}
		if _, err := r.Browse(ctx, books.RowQuery{Kind: books.KindLines, After: "x"}); err == nil {
			t.Error("a damaged cursor is taken")
		}
	})
}

func TestCoverageFindsGaps(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	r.take(t, "lines.csv", "Invoice Date,Client,Description,Amount\n2025-01-05,A,Work,1.00\n2025-01-09,A,Work,2.00\n2025-04-05,B,Work,3.00\n")
	c, err := r.Covered(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(c[0].Rows, c[0].First, c[0].Last, c[0].Count, c[0].Gaps()); got != "3 2025-01 2025-04 [2 0 0 1] [2025-02 2025-03]" {
		t.Errorf("%s", got)
	}
	if c[1].Rows != 0 || c[1].First.Known() || len(c[1].Gaps()) != 0 {
		t.Errorf("%+v", c[1])
	}
}

func TestSuggestAndMissing(t *testing.T) {
	m := books.Suggest(books.KindLines, []string{"Invoice Date", "Customer", "Zorg", "Amount (€)"})
	if m.Currency != "EUR" || len(m.Columns) != 3 || len(books.Missing(m.Kind, m.Columns)) != 0 {
		t.Errorf("%+v", m)
	}
	delete(m.Columns, books.FieldDate)
	if got := books.Missing(m.Kind, m.Columns); len(got) != 1 || got[0][0] != books.FieldDate {
		t.Errorf("%v", got)
	}
}

func TestPeekShowsFilesThatAreNotRecognised(t *testing.T) {
	r := newRig(t, dbtest.Open(t))
	ctx := context.Background()
	i, err := r.Upload(ctx, "x.csv", strings.NewReader("Title of it,\n\nAlpha;Beta\n1;2\n"), "")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := r.Peek(ctx, i.ID)
	if err != nil || len(raw) != 1 || len(raw[0].Rows) < 3 {
		t.Fatalf("%+v %v", raw, err)
	}
}
