// SPDX-License-Identifier: Apache-2.0

// Package crash kills the program with SIGKILL in the middle of its work and looks at what is left.
package crash

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
)

const lines = 60_000

// TestKilledImportsLeaveNothingHalf starts an import again and again, kills it at another moment each
// time, and lets the last one through: every line is there once, whatever the others had begun.
func TestKilledImportsLeaveNothingHalf(t *testing.T) {
	dir := t.TempDir()
	program := filepath.Join(dir, "mainstay")
	build := exec.Command("go", "build", "-o", program, "mainstay/cmd/mainstay")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	file := filepath.Join(dir, "invoices.csv")
	want := writeInvoices(t, file)

	t.Run("sqlite", func(t *testing.T) {
		data := filepath.Join(t.TempDir(), "data")
		killAndFinish(t, program, file, []string{"--data", data})
		check(t, filepath.Join(data, "mainstay.db"), want)
	})
	t.Run("postgres", func(t *testing.T) {
		url := dbtest.PostgresURL(t)
		killAndFinish(t, program, file, []string{"--data", filepath.Join(t.TempDir(), "data"), "--database", url})
		check(t, url, want)
	})
}

func killAndFinish(t *testing.T, program, file string, store []string) {
	t.Helper()
	args := append([]string{"import", "--log-level", "error", file}, store...)
	run := func() *exec.Cmd { return exec.Command(program, args...) }
	// How long a whole one takes tells when to kill: measured on a folder of its own.
	began := time.Now()
	whole := exec.Command(program, "import", "--log-level", "error", "--data", filepath.Join(t.TempDir(), "d"), file)
	if out, err := whole.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	took := time.Since(began)
	r := rand.New(rand.NewPCG(1, 1))
	killed := 0
	for range 12 {
		cmd := run()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Duration(r.Float64() * 0.8 * float64(took)))
		_ = cmd.Process.Kill() // SIGKILL
		if err := cmd.Wait(); err != nil {
			killed++
		}
	}
	if killed == 0 {
		t.Fatal("no import was killed: the test shows nothing")
	}
	t.Logf("%d imports killed", killed)
	if out, err := run().CombinedOutput(); err != nil {
		t.Fatalf("after the kills: %v\n%s", err, out)
	}
	if out, err := exec.Command(program, append([]string{"doctor"}, store...)...).CombinedOutput(); err != nil {
		t.Fatalf("doctor: %v\n%s", err, out)
	}
}

// check counts and sums what is in the books.
func check(t *testing.T, target string, want int64) {
	t.Helper()
	ctx := context.Background()
	d, err := db.Open(ctx, target)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	err = d.Read(ctx, func(tx *sql.Tx) error {
		var n, sum, half int64
		if err := tx.QueryRowContext(ctx, "SELECT count(*), CAST(sum(minor) AS BIGINT) FROM books_lines").Scan(&n, &sum); err != nil {
			return err
		}
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM books_imports WHERE state NOT IN ('committed', 'undone')").Scan(&half); err != nil {
			return err
		}
		if n != lines || sum != want || half != 0 {
			t.Errorf("%d lines of %d in all, %d imports half done; want %d of %d and none", n, sum, half, lines, want)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func writeInvoices(t *testing.T, path string) (sum int64) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "Date,Transaction Type,Num,Customer,Product/Service,Memo/Description,Qty,Sales Price,Amount")
	for i := range lines {
		amount := int64(10 + i%900)
		sum += amount * 100
		fmt.Fprintf(w, "2025-%02d-%02d,Invoice,%d,Client %03d,Support,Monthly support %d,1,%d.00,%d.00\n", i%12+1, i%28+1, 1000+i/3, i%300, i%50, amount, amount)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	return sum
}
