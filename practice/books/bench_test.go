// SPDX-License-Identifier: Apache-2.0

package books_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"mainstay/kit/db/dbtest"
	"mainstay/kit/tabular"
	"mainstay/practice/books"
)

// invoiceLines generates n invoice lines of 400 clients over ten years, with repeating and
// one-off texts.
func invoiceLines(n int) []byte {
	var b bytes.Buffer
	b.WriteString("Invoice Number,Customer,Invoice Date,Product/Service,Description,Quantity,Unit Price,Amount\n")
	for i := range n {
		y, m, d := 2014+i*10/n, i%12+1, i%28+1
		switch i % 4 {
		case 0, 1:
			fmt.Fprintf(&b, "INV-%06d,Client Number %d Ltd,%04d-%02d-%02d,Managed Services,Monthly support contract %02d/%04d,1,%d.00,%d.00\n", i/3, i%400, y, m, d, m, y, 300+i%400, 300+i%400)
		case 2:
			fmt.Fprintf(&b, "INV-%06d,Client Number %d Ltd,%04d-%02d-%02d,Labor,\"Repair of PC %d, on site\",1.5,120.00,180.00\n", i/3, i%400, y, m, d, i%90000)
		default:
			fmt.Fprintf(&b, "INV-%06d,Client Number %d Ltd,%04d-%02d-%02d,Hardware,Notebook %d,1,899.00,899.00\n", i/3, i%400, y, m, d, i%5000)
		}
	}
	return b.Bytes()
}

func cpu() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}

func BenchmarkRead(b *testing.B) {
	const n = 1_000_000
	data := invoiceLines(n)
	runtime.GC()
	b.SetBytes(int64(len(data)))
	b.ResetTimer()
	before := cpu()
	rounds := 0
	for b.Loop() {
		rounds++
		s := books.NewBuilder()
		if _, err := books.ReadInto(context.Background(), s, tabular.New("lines.csv", bytes.NewReader(data), int64(len(data)), tabular.Options{}), books.Options{}); err != nil {
			b.Fatal(err)
		}
		if l := s.Ledger(); len(l.Lines) != n {
			b.Fatal(len(l.Lines))
		}
	}
	b.ReportMetric(float64(n)*float64(rounds)/(cpu()-before), "lines/cpu-s")
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	b.ReportMetric(float64(m.Sys)/(1<<20), "MB-sys")
}

// BenchmarkImportPostgres takes a million lines over into PostgreSQL: how many per CPU second of this
// process, and how much longer than reading the file alone it takes by the clock.
func BenchmarkImportPostgres(b *testing.B) {
	const n = 1_000_000
	path := filepath.Join(b.TempDir(), "lines.csv")
	if err := os.WriteFile(path, invoiceLines(n), 0o600); err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	for b.Loop() {
		r := newRig(b, dbtest.OpenPostgres(b))
		f, err := tabular.Open(path, tabular.Options{})
		if err != nil {
			b.Fatal(err)
		}
		start := time.Now()
		if rep, err := books.Preview(ctx, f, books.Options{}); err != nil || rep.Rows() != n {
			b.Fatal(err)
		}
		read := time.Since(start)
		_ = f.Close()
		start = time.Now()
		before := cpu()
		res, err := r.ImportFile(ctx, path, books.Choices{}, nil)
		if err != nil || res.Added != n {
			b.Fatal(res.Added, err)
		}
		wall := time.Since(start)
		b.ReportMetric(n/(cpu()-before), "lines/cpu-s")
		b.ReportMetric(n/wall.Seconds(), "lines/s")
		b.ReportMetric(wall.Seconds()/read.Seconds(), "×reading")
	}
}
