// SPDX-License-Identifier: Apache-2.0

package jobs_test

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"testing"
	"time"

	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/db/dbtest"
	"mainstay/kit/ids"
	"mainstay/kit/jobs"
)

func queue(d *db.DB, c clock.Clock) *jobs.Queue {
	return jobs.New(d, c, ids.NewSource(c), slog.New(slog.DiscardHandler))
}

// Four workers of two processes take 400 jobs: each exactly once.
func TestEachJobRunsOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, stop := context.WithCancel(context.Background())
		defer stop()
		var mu sync.Mutex
		seen := map[string]int{}
		all := make(chan struct{})
		a, b := queue(d, clock.System{}), queue(d, clock.System{})
		const n = 400
		for _, q := range []*jobs.Queue{a, b} {
			q.Handle("count", func(_ context.Context, arg string) error {
				mu.Lock()
				defer mu.Unlock()
				if seen[arg]++; len(seen) == n {
					select {
					case <-all:
					default:
						close(all)
					}
				}
				return nil
			})
		}
		err := d.Write(ctx, func(tx *sql.Tx) error {
			for i := range n {
				if err := a.Enqueue(ctx, tx, "count", strconv.Itoa(i)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		wg.Go(func() { a.Run(ctx, 2) })
		wg.Go(func() { b.Run(ctx, 2) })
		select {
		case <-all:
		case <-time.After(time.Minute):
			t.Error("not all jobs ran within a minute")
		}
		stop()
		wg.Wait()
		for arg, k := range seen {
			if k != 1 {
				t.Errorf("job %s ran %d times", arg, k)
			}
		}
	})
}

func TestJobsLiveAndDieWithTheirTransaction(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		q := queue(d, clock.System{})
		_ = d.Write(ctx, func(tx *sql.Tx) error {
			if err := q.Enqueue(ctx, tx, "never", ""); err != nil {
				t.Fatal(err)
			}
			return errors.New("no")
		})
		if did, err := q.One(ctx); did || err != nil {
			t.Fatalf("a job of a refused transaction ran: %v, %v", did, err)
		}
	})
}

func TestFailuresAreTriedAgainAndThenGivenUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, c := context.Background(), clock.At(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
		q := queue(d, c)
		runs := 0
		q.Handle("bad", func(context.Context, string) error {
			if runs++; runs == 1 {
				panic("in the middle")
			}
			return errors.New("still bad")
		})
		if err := q.Add(ctx, "bad", ""); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			if _, err := q.One(ctx); err != nil {
				t.Fatal(err)
			}
			c.Advance(5 * time.Minute)
		}
		if n, err := q.Failed(ctx); runs != 5 || n != 1 || err != nil {
			t.Fatalf("%d runs, %d given up, %v", runs, n, err)
		}
	})
}

// Of several handlers one fails or panics: the others have done their part all the same.
func TestOneHandlerKeepsNoOtherFromItsPart(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, c := context.Background(), clock.At(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
		q := queue(d, c)
		last := 0
		q.Handle("merged", func(context.Context, string) error { return errors.New("cannot") })
		q.Handle("merged", func(context.Context, string) error { panic("nor this one") })
		q.Handle("merged", func(context.Context, string) error { last++; return nil })
		if err := q.Add(ctx, "merged", ""); err != nil {
			t.Fatal(err)
		}
		for range 20 {
			if _, err := q.One(ctx); err != nil {
				t.Fatal(err)
			}
			c.Advance(5 * time.Minute)
		}
		if n, err := q.Failed(ctx); last != 5 || n != 1 || err != nil {
			t.Fatalf("the last one ran %d times, %d given up, %v", last, n, err)
		}
	})
}

// A process that dies leaves its job to the next one, once the lease has run out.
func TestDeadWorkersJobIsTakenUp(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := clock.At(time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC))
		dying, cancel := context.WithCancel(context.Background())
		first, second := queue(d, c), queue(d, c)
		first.Handle("work", func(context.Context, string) error { cancel(); return nil })
		done := false
		second.Handle("work", func(context.Context, string) error { done = true; return nil })
		if err := first.Add(context.Background(), "work", ""); err != nil {
			t.Fatal(err)
		}
		if _, err := first.One(dying); err == nil {
			t.Fatal("the dying worker reported success")
		}
		if did, _ := second.One(context.Background()); did {
			t.Fatal("the job was taken while its lease ran")
		}
		c.Advance(3 * time.Minute)
		if did, err := second.One(context.Background()); !did || err != nil || !done {
			t.Fatalf("not taken up: %v, %v", did, err)
		}
	})
}
