// SPDX-License-Identifier: Apache-2.0

package helpdesk_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/ids"
	"mainstay/kit/search"
)

// size is how large the helpdesk of the benchmarks is, of which MAINSTAY_BENCH_TICKETS makes a smaller one.
func size() int {
	if n, err := strconv.Atoi(os.Getenv("MAINSTAY_BENCH_TICKETS")); err == nil {
		return n
	}
	return 1_000_000
}

// bulk fills a helpdesk with n tickets of 2,000 clients over five years, three entries each, two in a hundred unfinished,
// straight into the tables, with their words in the index.
func bulk(b *testing.B, r *rig, n int) []ids.ID {
	b.Helper()
	ctx := context.Background()
	rng := rand.New(rand.NewPCG(1, 2))
	set, err := r.Setup(ctx)
	if err != nil {
		b.Fatal(err)
	}
	owners := make([]ids.ID, 2000)
	subjects := []string{"Outlook keeps asking for the password", "Printer in room %d offline", "VPN drops every %d minutes", "New starter: laptop and mailbox", "Disk C: at %d%% on DC-01", "Backup job %d failed", "Scan to email stopped working", "Teams calls stutter"}
	const chunk = 5000
	src := ids.NewSource(r.clock)
	err = r.db.Write(ctx, func(tx *sql.Tx) error {
		for i := range owners {
			owners[i] = src.New()
			if _, err := tx.ExecContext(ctx, "INSERT INTO clients_clients (id, name, name_key, created_at, updated_at) VALUES ($1, $2, $2, 0, 0)", int64(owners[i]), fmt.Sprintf("client %04d", i)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	x := search.Index{DB: r.db}
	from, span := r.clock.Now().AddDate(-5, 0, 0).UnixMicro(), int64(5*365*24)*3600e6
	for at := 0; at < n; at += chunk {
		err := r.db.Write(ctx, func(tx *sql.Tx) error {
			w := x.Writer(tx)
			defer w.Close()
			t, err := tx.PrepareContext(ctx, `INSERT INTO helpdesk_tickets (id, number, seq, client_id, board_id, status_id, state, kind, origin, channel, impact, urgency, priority, subject, assignee_id, tags, opened_at, updated_at, resolve_due)
				VALUES ($1, $2, 1, $3, $4, $5, $6, $7, $8, $9, 2, 2, $10, $11, $12, $13, $14, $15, $16)`)
			if err != nil {
				return err
			}
			defer t.Close()
			e, err := tx.PrepareContext(ctx, "INSERT INTO helpdesk_entries (id, ticket_id, kind, public, author_kind, author, body, created_at) VALUES ($1, $2, 'reply', 1, 'user', 'Ada', $3, $4)")
			if err != nil {
				return err
			}
			defer e.Close()
			for i := at; i < min(n, at+chunk); i++ {
				id, opened := src.New(), from+span/int64(n)*int64(i)
				status := set.Statuses[6]
				due := int64(0)
				if rng.IntN(50) == 0 {
					status = set.Statuses[rng.IntN(5)]
					due = r.clock.Now().UnixMicro() + int64(rng.IntN(100*3600)-3600)*1e6
				}
				subject := subjects[rng.IntN(len(subjects))]
				if strings.Contains(subject, "%d") {
					subject = fmt.Sprintf(subject, rng.IntN(1000))
				}
				assignee := int64(rng.IntN(50))
				owner := owners[min(rng.IntN(2000), rng.IntN(2000))]
				if _, err := t.ExecContext(ctx, int64(id), int64(2000+i), int64(owner), int64(set.Boards[i%2].ID), int64(status.ID), int64(status.State), int64(rng.IntN(6)), int64(1+rng.IntN(4)),
					[]string{"mail", "phone", "portal", "monitor"}[rng.IntN(4)], int64(1+rng.IntN(4)), subject, assignee, []string{"", "", ",vip,", ",printer,vip,", ",server,"}[rng.IntN(5)], opened, opened+int64(rng.IntN(1e9)), due); err != nil {
					return err
				}
				for range 3 {
					if _, err := e.ExecContext(ctx, int64(src.New()), int64(id), "We looked at it and will call back this afternoon.", opened); err != nil {
						return err
					}
				}
				if err := w.Add(ctx, search.Doc{Kind: helpdesk.SearchKind, Ref: id, Client: owner, Title: subject, Body: strconv.Itoa(2000+i) + " We looked at it and will call back this afternoon.", Facets: []string{map[bool]string{true: "open", false: "done"}[status.State.Unfinished()], "a" + strconv.FormatInt(assignee, 10)}}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
	err = r.db.Raw(func(pool *sql.DB) error {
		_, err := pool.ExecContext(ctx, "ANALYZE")
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return owners
}

// BenchmarkLists answers many lists of a large helpdesk, on SQLite and, where there is one, on PostgreSQL, and prints
// how long the first page takes.
func BenchmarkLists(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *db.DB{"sqlite": dbtest.Open, "postgres": dbtest.OpenPostgres} {
		b.Run(name, func(b *testing.B) {
			r := newRig(b, open(b))
			owners := bulk(b, r, size())
			for b.Loop() {
				lists(b, r, owners)
			}
		})
	}
}

func lists(b *testing.B, r *rig, owners []ids.ID) {
	ctx := r.ada
	s := helpdesk.New(r.parts) // a process that has just been started
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	at := time.Now()
	if _, err := s.Count(ctx, all, helpdesk.Query{}); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(time.Since(at).Seconds(), "s-load")
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(size()), "B/ticket")
	open := []helpdesk.State{helpdesk.StateNew, helpdesk.StateOpen, helpdesk.StateWaiting}
	var queries []helpdesk.Query
	for _, o := range helpdesk.Orders() {
		queries = append(queries,
			helpdesk.Query{Order: o}, helpdesk.Query{Order: o, States: open}, helpdesk.Query{Order: o, States: open, Assignee: helpdesk.Nobody},
			helpdesk.Query{Order: o, Client: owners[3]}, helpdesk.Query{Order: o, Client: owners[1999]}, helpdesk.Query{Order: o, Kinds: []helpdesk.Kind{helpdesk.Problem}, Priorities: []helpdesk.Priority{helpdesk.Urgent}},
			helpdesk.Query{Order: o, Tag: "printer", Channel: "phone"}, helpdesk.Query{Order: o, Assignee: 7, States: []helpdesk.State{helpdesk.StateClosed}}, helpdesk.Query{Order: o, Reverse: true, Offset: 5000},
		)
	}
	measure(b, "list", queries, func(q helpdesk.Query) {
		if _, err := s.List(ctx, all, q); err != nil {
			b.Fatal(err)
		}
	})
	words := []helpdesk.Query{{Text: "printer"}, {Text: "printer room 77"}, {Text: "outlook password", States: open}, {Text: "2077"}, {Text: "callb"}, {Text: "call back afternoon", Client: owners[3]}}
	measure(b, "text", words, func(q helpdesk.Query) {
		if _, err := s.List(ctx, all, q); err != nil {
			b.Fatal(err)
		}
	})
	measure(b, "create", make([]helpdesk.Query, 50), func(helpdesk.Query) {
		if _, err := s.Create(ctx, access.WholeFirm(), helpdesk.Draft{Client: r.harbour, Subject: "Printer offline", Body: "Since this morning."}); err != nil {
			b.Fatal(err)
		}
	})
}

// measure prints the median and the 99th percentile of each call, which is made four times.
func measure(b *testing.B, name string, queries []helpdesk.Query, fn func(helpdesk.Query)) {
	b.Helper()
	var all []time.Duration
	for range 4 {
		for _, q := range queries {
			at := time.Now()
			fn(q)
			all = append(all, time.Since(at))
		}
	}
	worst := slices.Index(all, slices.Max(all))
	b.Logf("%s: the slowest was %+v in %v", name, queries[worst%len(queries)], all[worst])
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, "ms-"+name+"-p50")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, "ms-"+name+"-p99")
}
