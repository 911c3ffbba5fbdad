// SPDX-License-Identifier: Apache-2.0

package books_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"mainstay/kit/tabular"
	"mainstay/practice/books"
)

// real opens a file of real books beside the project, or skips.
func real(t testing.TB, name string) *tabular.File {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("real books are not here (%s)", name)
	}
	f, err := tabular.Open(path, tabular.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// The figures were taken with Python's csv module and decimal.
func TestRealSpending(t *testing.T) {
	b := books.NewBuilder()
	rep, err := books.ReadInto(context.Background(), b, real(t, "gcloud/G-Cloud-Total-Spend-13-12-13.csv"), books.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := rep.Tables[0]
	if r.Kind != books.KindLines || r.Rows != 4699 || r.Currencies[0].Minor != 7778898955 || len(r.Providers) != 222 || r.Encoding != tabular.MacRoman {
		t.Errorf("%s, %d rows, %v, %d providers, %s", r.Kind, r.Rows, r.Currencies, len(r.Providers), r.Encoding)
	}
	if r.First.String() != "2012-04-01" || r.Last.String() != "2013-11-01" {
		t.Errorf("from %s to %s", r.First, r.Last)
	}
	var sum int64
	l := b.Ledger()
	for _, x := range l.Lines {
		sum += x.Minor
	}
	if sum != 7778898955 || len(l.Lines) != 4699 {
		t.Errorf("the ledger has %d lines and %d", len(l.Lines), sum)
	}
	rep, err = books.ReadInto(context.Background(), books.NewBuilder(), real(t, "gcloud/G-Cloud-Total-Spend-13-12-13.csv"), books.Options{Provider: "BJSS Limited"})
	if err != nil || rep.Tables[0].Rows != 267+157 {
		t.Errorf("one provider: %d rows, %v", rep.Tables[0].Rows, err)
	}
}

func TestRealHours(t *testing.T) {
	b := books.NewBuilder()
	rep, err := books.ReadInto(context.Background(), b, real(t, "sip/Sip-task-info.csv"), books.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := rep.Tables[0]
	var minutes, reactive int64
	for _, h := range b.Ledger().Hours {
		minutes += int64(h.Minutes)
		if h.Reactive > 0 {
			reactive++
		}
	}
	// 95,001.98 hours by developer; the task's own hours, repeated on its rows, would give 162,045.
	if r.Kind != books.KindHours || r.Rows != 12299 || minutes < 95001*60 || minutes > 95003*60 || reactive < 5000 {
		t.Errorf("%s, %d rows, %d minutes, %d reactive, %+v", r.Kind, r.Rows, minutes, reactive, r.Mapping)
	}
}

func TestRealTickets(t *testing.T) {
	b := books.NewBuilder()
	rep, err := books.ReadInto(context.Background(), b, real(t, "servicenow/incident_event_log.csv.gz"), books.Options{})
	if err != nil {
		t.Fatal(err)
	}
	r := rep.Tables[0]
	l := b.Ledger()
	by := map[books.Origin]int{}
	for _, x := range l.Tickets {
		by[x.Origin]++
		if x.Solved != 0 && x.Solved < x.Opened {
			t.Fatal("solved before it was opened")
		}
	}
	if r.Kind != books.KindTickets || r.Rows != 20769 || len(l.Tickets) != 20769 || by[books.OriginClient] != 20769 {
		t.Errorf("%s, %d rows, %v", r.Kind, r.Rows, by)
	}
	if r.First.String() != "2016-02-29" {
		t.Errorf("from %s: is the day read as the month?", r.First)
	}
}
