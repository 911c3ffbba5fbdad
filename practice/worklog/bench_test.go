// SPDX-License-Identifier: Apache-2.0

package worklog_test

import (
	"database/sql"
	"fmt"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/ids"
	"mainstay/practice/worklog"
)

// size is how many entries the benchmark has, of which MAINSTAY_BENCH_ENTRIES makes fewer.
func size() int {
	if n, err := strconv.Atoi(os.Getenv("MAINSTAY_BENCH_ENTRIES")); err == nil {
		return n
	}
	return 3_000_000
}

// bulk fills the worklog with n entries of 2,000 clients and 50 people over five years, two in a hundred unbilled, straight
// into the table; the indexes are made afterwards, as they would be after years.
func bulk(b *testing.B, r *rig, n int) {
	b.Helper()
	exec := func(query string, args ...any) {
		b.Helper()
		if err := r.db.Raw(func(pool *sql.DB) error { _, err := pool.ExecContext(ctx, query, args...); return err }); err != nil {
			b.Fatal(err)
		}
	}
	exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
		INSERT INTO clients_clients (id, name, name_key, created_at, updated_at) SELECT i, 'client ' || i, 'client ' || i, 0, 0 FROM n`)
	list := "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'worklog_entries' AND sql IS NOT NULL"
	if r.db.Engine == db.Postgres {
		list = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'worklog_entries' AND indexname NOT LIKE '%pkey'"
	}
	names, made := indexes(b, r, list)
	for _, name := range names {
		exec("DROP INDEX " + name)
	}
	exec(`WITH RECURSIVE n (i) AS (SELECT CAST($1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < CAST($2 AS BIGINT))
		INSERT INTO worklog_entries (id, person_id, person, client_id, ticket_id, ticket_number, ticket, origin, type_id, day, starts, minutes, note, coverage, reactive,
			own_minutes, billed_minutes, rate, minor, currency, priced, card, card_from, state, unbilled, invoice, invoice_line, made_at, changed_at)
		SELECT i, 1 + (i * 2654435761) % 50, 'Technician ' || ((i * 2654435761) % 50), 1 + (i * 40503) % 2000, CASE WHEN i % 4 = 0 THEN 0 ELSE 1000000 + i / 3 END, i / 3, 'Printer in the reception is offline', 1 + i % 4,
			1 + (i * 7919) % 6, 18500 + i * 1825 / CAST($2 AS BIGINT), 480 + (i * 13) % 480, 5 + (i * 31) % 115, 'Driver replaced and test page printed; the spooler had stopped.', 1, i % 2,
			15 * ((19 + (i * 31) % 115) / 15), 15 * ((19 + (i * 31) % 115) / 15), 12000, 200 * 15 * ((19 + (i * 31) % 115) / 15), 'EUR', 1, 'Standard', 18000,
			CASE WHEN i % 50 = 0 THEN i / 50 % 3 ELSE 3 END, CASE WHEN i % 50 = 0 THEN 1 ELSE 0 END, CASE WHEN i % 50 = 0 THEN '' ELSE 'R-' || (i / 20) END, '1', 0, 0 FROM n`, 1, n)
	for _, m := range made {
		exec(m)
	}
	if r.db.Engine == db.Postgres {
		exec("VACUUM ANALYZE worklog_entries") // what autovacuum does
	} else {
		exec("ANALYZE")
	}
}

// indexes returns the names of the table's indexes and the statements that make them.
func indexes(b *testing.B, r *rig, list string) (names, made []string) {
	b.Helper()
	rows, err := r.db.Reader().QueryContext(ctx, list)
	if err != nil {
		b.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name, text string
		if err := rows.Scan(&name, &text); err != nil {
			b.Fatal(err)
		}
		names, made = append(names, name), append(made, text)
	}
	if err := rows.Err(); err != nil || len(made) < 7 {
		b.Fatalf("%d indexes, %v", len(made), err)
	}
	return names, made
}

// BenchmarkWork adds up what is unbilled among three million entries and answers lists of them, on SQLite and, where there
// is one, on PostgreSQL.
func BenchmarkWork(b *testing.B) {
	for _, e := range []struct {
		name string
		open func(testing.TB) *db.DB
	}{{"sqlite", dbtest.Open}, {"postgres", dbtest.OpenPostgres}} {
		b.Run(e.name, func(b *testing.B) {
			r := newRig(b, e.open(b))
			r.card(b, nil)
			bulk(b, r, size())
			for b.Loop() {
				figures(b, r)
			}
		})
	}
}

func figures(b *testing.B, r *rig) {
	owed, err := r.Unbilled(ctx, all)
	if err != nil || len(owed) == 0 {
		b.Fatal(len(owed), err)
	}
	var entries int64
	for _, o := range owed {
		entries += o.Entries
	}
	if entries != int64(size()/50) {
		b.Fatalf("%d unbilled", entries)
	}
	measure(b, "unbilled", 20, []func() error{func() error { return second(r.Unbilled(ctx, all)) }})
	year := r.Today().Month()
	measure(b, "report", 2, []func() error{func() error {
		return second(r.Report(ctx, all, worklog.ReportQuery{From: year - 11, To: year, By: worklog.PerPerson}))
	}})
	open, approved := worklog.Open, worklog.Approved
	var lists []func() error
	for _, q := range []worklog.Query{
		{},
		{Client: 77},
		{Person: 7},
		{Type: 3},
		{Client: 77, Person: 8},
		{Client: 77, Type: 2},
		{Person: 7, Type: 3},
		{State: &open},
		{State: &approved, Person: 7},
		{Unbilled: true},
		{Unbilled: true, Client: 51},
		{From: 19000, To: 19031},
		{From: 19000, To: 19031, Client: 77},
		{Ticket: 1000100},
		{Type: 3, State: &open},
		{Client: 1999, State: &approved},
	} {
		for _, oldest := range []bool{false, true} {
			q.Oldest = oldest
			lists = append(lists, func() error { return second(r.List(ctx, all, q)) })
		}
	}
	measure(b, "list", 4, lists)
	measure(b, "sheet", 20, []func() error{func() error { return second(r.Sheet(ctx, r.ben.ID, monday)) }})
	n := 0
	measure(b, "create", 50, []func() error{func() error {
		n++
		return second(r.Create(ctx, r.ben, worklog.Draft{Client: ids.ID(1 + n%2000), Type: remote, Day: monday, Starts: worklog.NoStart, Minutes: 67, Note: "Mailbox repaired"}))
	}})
	if err := r.db.Write(ctx, func(tx *sql.Tx) error { // so that the next round finds what this one found
		_, err := tx.ExecContext(ctx, fmt.Sprintf("DELETE FROM worklog_entries WHERE person_id = %d", int64(r.ben.ID)))
		return err
	}); err != nil {
		b.Fatal(err)
	}
}

// measure prints the median and the 99th percentile of calls, each made a number of times.
func measure(b *testing.B, name string, times int, calls []func() error) {
	b.Helper()
	var took []time.Duration
	for range times {
		for _, call := range calls {
			at := time.Now()
			if err := call(); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(at))
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "ms-"+name+"-p50")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "ms-"+name+"-p99")
}
