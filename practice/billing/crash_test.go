// SPDX-License-Identifier: Apache-2.0

package billing_test

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/practice/billing"
	"mainstay/schema"
)

const childTarget = "MAINSTAY_BILL_CHILD"

// TestBillInChild is the process that the test below kills: it takes up the run that is open, or begins one.
func TestBillInChild(t *testing.T) {
	target := os.Getenv(childTarget)
	if target == "" {
		t.Skip("started by TestRunThroughKills")
	}
	d, err := db.Open(ctx, target)
	must(t, err)
	// Each process has a moment of its own: in one millisecond two could make the same ids.
	r := newRigIn(t, d, os.Getenv("MAINSTAY_BILL_DIR"), firstDay.Add(time.Duration(time.Now().UnixMilli()%3_600_000)*time.Millisecond))
	id, err := r.Open(ctx)
	must(t, err)
	if id == 0 {
		id, err = r.Start(ctx, billing.Order{Issue: true})
		must(t, err)
	}
	fmt.Println("begun")
	must(t, r.Continue(ctx, id, nil))
	must(t, d.Close())
	fmt.Println("finished")
}

var firstDay = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// TestRunThroughKills kills a run with SIGKILL again and again, at any moment, and lets it finish: the documents are those of a
// run that nobody disturbed, to the last line, the series has no gap, and the journal balances. MAINSTAY_SOAK makes it the
// hundred kills and two thousand invoices of the issue.
func TestRunThroughKills(t *testing.T) {
	kills, invoices := 15, 150
	if os.Getenv("MAINSTAY_SOAK") != "" {
		kills, invoices = 100, 2000
	}
	t.Run("sqlite", func(t *testing.T) {
		throughKills(t, func(t *testing.T) string { return filepath.Join(t.TempDir(), "mainstay.db") }, kills, invoices)
	})
	t.Run("postgres", func(t *testing.T) {
		throughKills(t, func(t *testing.T) string { return dbtest.PostgresURL(t) }, kills, invoices)
	})
}

func throughKills(t *testing.T, target func(*testing.T) string, kills, invoices int) {
	t.Helper()
	whole := seed(t, target(t), t.TempDir(), invoices)
	id, err := whole.Start(ctx, billing.Order{Issue: true})
	must(t, err)
	must(t, whole.Continue(ctx, id, nil))
	want := books(t, whole)

	at, dir := target(t), t.TempDir()
	broken := seed(t, at, dir, invoices)
	must(t, broken.db.Close())
	r := rand.New(rand.NewPCG(7, 7))
	killed := 0
	for killed < kills {
		done, dead := child(t, at, dir, time.Duration(r.IntN(invoices/kills+6))*time.Millisecond)
		if dead {
			killed++
		}
		if done {
			break
		}
	}
	t.Logf("%d runs killed", killed)
	if killed < kills/3 {
		t.Errorf("only %d of %d runs were killed before the end: the test shows too little", killed, kills)
	}
	for {
		if done, _ := child(t, at, dir, time.Minute); done {
			break
		}
	}
	d, err := db.Open(ctx, at)
	must(t, err)
	t.Cleanup(func() { _ = d.Close() })
	again := newRigIn(t, d, dir, firstDay)
	again.sound(t)
	got := books(t, again)
	if len(got) != len(want) {
		t.Fatalf("%d lines in the books, %d of an unbroken run", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("%s\nof an unbroken run:\n%s", got[i], want[i])
		}
	}
}

// child runs the run in a process of its own and kills it some time after it has begun.
func child(t *testing.T, target, dir string, after time.Duration) (finished, killed bool) {
	t.Helper()
	c, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(c, os.Args[0], "-test.run=^TestBillInChild$", "-test.v")
	cmd.Env = append(os.Environ(), childTarget+"="+target, "MAINSTAY_BILL_DIR="+dir)
	out, err := cmd.StdoutPipe()
	must(t, err)
	cmd.Stderr = os.Stderr
	must(t, cmd.Start())
	var said []string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		text := lines.Text()
		said = append(said, text)
		if text == "begun" && after < time.Minute {
			time.AfterFunc(after, func() { _ = cmd.Process.Kill() })
		}
		finished = finished || text == "finished"
	}
	err = cmd.Wait()
	killed = err != nil && strings.Contains(err.Error(), "killed")
	if err != nil && !killed {
		t.Fatalf("%v: %s", err, strings.Join(said, "\n"))
	}
	return finished, killed
}

func seed(t *testing.T, target, dir string, invoices int) *rig {
	t.Helper()
	d, err := db.Open(ctx, target)
	must(t, err)
	t.Cleanup(func() { _ = d.Close() })
	_, err = d.Migrate(ctx, schema.Files)
	must(t, err)
	r := newRigIn(t, d, dir, firstDay).settle(t)
	many(t, r, invoices)
	return r
}

// books writes down everything that a run has made, without the ids.
func books(t *testing.T, r *rig) (out []string) {
	t.Helper()
	page, err := r.List(ctx, billing.Filter{Limit: 100_000})
	must(t, err)
	for _, d := range page.Rows {
		_, f, err := r.Document(ctx, d.ID)
		must(t, err)
		out = append(out, fmt.Sprintf("%s %s %s %d %d %d %d", d.Number, d.Name, d.Issued, d.Net, d.Tax, d.Gross, d.Open))
		for i, l := range f.Lines {
			out = append(out, fmt.Sprintf("%s line %d: %s %s %s–%s %s × %s = %d %v", d.Number, i+1, l.Code, l.Name, l.Period.From, l.Period.To, l.Quantity, l.Price, l.Net, l.Why))
		}
	}
	must(t, r.Entries(ctx, civil.MustDate(2000, 1, 1), civil.MustDate(2100, 1, 1), func(e billing.Entry) error {
		out = append(out, fmt.Sprintf("journal %s %s %s %v", e.Day, e.Kind, e.Number, e.Postings))
		return nil
	}))
	slices.Sort(out)
	return out
}
