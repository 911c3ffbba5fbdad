// SPDX-License-Identifier: Apache-2.0

package billing_test

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/ids"
	"mainstay/practice/agreements"
	"mainstay/practice/billing"
	"mainstay/practice/billing/rating"
)

// cpu is the processor time that this process has used.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// many signs so many agreements of ten lines, four of them fixed and six counted.
func many(t testing.TB, r *rig, n int) {
	t.Helper()
	families := []string{"Monitoring", "Backup", "Antivirus", "Patching", "Users", "Workstations", "Servers", "Licences", "Mailboxes", "Network"}
	var clients []ids.ID
	for i := range max(1, n/5) {
		clients = append(clients, r.client(t, fmt.Sprintf("Client %04d", i)))
	}
	for i := range n {
		a := agreements.NewAgreement{Head: agreements.Head{
			Client: clients[i%len(clients)], Name: "Managed", Currency: "EUR", Starts: day("2026-03-01"), Ends: civil.NoDate, PayDays: -1, Cycle: rating.Cycle{Anchor: day("2026-03-01"), Unit: rating.Month, Every: 1},
		}}
		for k, name := range families {
			l := agreements.NewLine{Copy: agreements.Copy{Name: name, Code: "S" + strconv.Itoa(k)}, Terms: rating.Terms{Price: rating.Price{Unit: num(fmt.Sprintf("%d.%02d", 10+k, i%100))}}}
			if k >= 4 {
				l.Terms.Price.Model = rating.PerUnit
				l.Counted = agreements.CountedHand
				q := num(strconv.Itoa(1 + (i+k)%40))
				l.Quantity = &q
			}
			a.Lines = append(a.Lines, l)
		}
		r.signed(t, a)
	}
}

// BenchmarkRun prints what the table of billing.md asks for: previewing and issuing many agreements of ten lines, as processor
// time, and the ratio to the floor: what it costs to write the same rows by hand, in transactions of the same size.
func BenchmarkRun(b *testing.B) {
	n := 10_000
	if v, err := strconv.Atoi(os.Getenv("MAINSTAY_BENCH_AGREEMENTS")); err == nil {
		n = v
	}
	r := newRig(b, dbtest.Open(b)).settle(b)
	many(b, r, n)
	for range b.N {
		took, lines := measure(b, func() int {
			lines := 0
			must(b, r.Previews(ctx, billing.Order{}, false, func(p *billing.Preview) error { lines += len(p.Document.Lines); return nil }))
			return lines
		})
		b.ReportMetric(took.Seconds(), "preview-cpu-s")
		b.ReportMetric(float64(lines), "lines")
		runtime.GC()
		var before runtime.MemStats
		runtime.ReadMemStats(&before)
		var peak uint64
		issue, docs := measure(b, func() int {
			id, err := r.Start(ctx, billing.Order{Issue: true})
			must(b, err)
			must(b, r.Continue(ctx, id, func(int, int) {
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse)
			}))
			run, err := r.Run(ctx, id)
			must(b, err)
			return run.Documents
		})
		if docs != n {
			b.Fatalf("%d documents", docs)
		}
		floor := writeFloor(b, r.db)
		b.ReportMetric(issue.Seconds(), "issue-cpu-s")
		b.ReportMetric(floor.Seconds(), "floor-cpu-s")
		b.ReportMetric(issue.Seconds()/floor.Seconds(), "ratio-to-floor")
		b.ReportMetric(float64(peak)/(1<<20), "heap-MB")
		b.ReportMetric(0, "ns/op")
	}
}

// BenchmarkRunOfASmallFirm prints how long a run for 200 clients takes, by the clock on the wall.
func BenchmarkRunOfASmallFirm(b *testing.B) {
	const n = 200
	r := newRig(b, dbtest.Open(b)).settle(b)
	many(b, r, n)
	for range b.N {
		began := time.Now()
		id, err := r.Start(ctx, billing.Order{Issue: true})
		must(b, err)
		must(b, r.Continue(ctx, id, nil))
		b.ReportMetric(time.Since(began).Seconds(), "run-s")
		b.ReportMetric(0, "ns/op")
	}
}

func measure(b *testing.B, fn func() int) (time.Duration, int) {
	b.Helper()
	before := cpu()
	n := fn()
	return cpu() - before, n
}

// writeFloor writes all rows of the run once more, into tables without a meaning but with the same columns and indexes, and
// returns the processor time of that alone.
func writeFloor(b *testing.B, d *db.DB) time.Duration {
	b.Helper()
	tables := []string{"billing_invoices", "billing_documents", "billing_lines", "billing_entries", "billing_postings"}
	data := map[string]*table{}
	for _, name := range tables {
		data[name] = rowsOf(b, d, name)
	}
	other := dbtest.Open(b)
	must(b, other.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "PRAGMA defer_foreign_keys = ON")
		return err
	}))
	before := cpu()
	batches := max(1, len(data["billing_invoices"].rows)/100)
	for k := range batches {
		must(b, other.Write(ctx, func(tx *sql.Tx) error {
			for _, name := range tables {
				if err := part(ctx, tx, name, data[name].columns, data[name].rows, k, batches); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	return cpu() - before
}

type table struct {
	columns int
	rows    [][]any
}

// rowsOf reads a table whole.
func rowsOf(b *testing.B, d *db.DB, name string) *table {
	b.Helper()
	rows, err := d.Reader().QueryContext(ctx, "SELECT * FROM "+name)
	must(b, err)
	defer rows.Close()
	cols, err := rows.Columns()
	must(b, err)
	t := &table{columns: len(cols)}
	for rows.Next() {
		row, at := make([]any, len(cols)), make([]any, len(cols))
		for i := range row {
			at[i] = &row[i]
		}
		must(b, rows.Scan(at...))
		t.rows = append(t.rows, row)
	}
	must(b, rows.Err())
	return t
}

func part(ctx context.Context, tx *sql.Tx, name string, columns int, rows [][]any, k, of int) error {
	marks := make([]string, columns)
	for i := range marks {
		marks[i] = "$" + strconv.Itoa(i+1)
	}
	st, err := tx.PrepareContext(ctx, "INSERT INTO "+name+" VALUES ("+strings.Join(marks, ", ")+")")
	if err != nil {
		return err
	}
	defer st.Close()
	for _, row := range rows[len(rows)*k/of : len(rows)*(k+1)/of] {
		if _, err := st.ExecContext(ctx, row...); err != nil {
			return err
		}
	}
	return nil
}
