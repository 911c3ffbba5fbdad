// SPDX-License-Identifier: Apache-2.0

// Package jobs runs work outside a request, durably: a job enqueued in a
// transaction exists exactly when that transaction committed, and is run at least
// once however often the process dies. Handlers must therefore be safe to run again.
package jobs

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"mainstay/kit/clock"
	"mainstay/kit/db"
	"mainstay/kit/ids"
)

// Handler does one job. arg is what was given to Enqueue. An error makes it run again
// later with growing pauses, up to maxAttempts.
type Handler func(ctx context.Context, arg string) error

const (
	maxAttempts = 5
	lease       = 2 * time.Minute // renewed while a handler runs
)

// Queue holds the jobs of one database. Several processes may work on it.
type Queue struct {
	db       *db.DB
	clock    clock.Clock
	ids      *ids.Source
	log      *slog.Logger
	handlers map[string][]Handler
	wake     chan struct{}
}

// New returns a queue without handlers.
func New(d *db.DB, c clock.Clock, s *ids.Source, log *slog.Logger) *Queue {
	return &Queue{db: d, clock: c, ids: s, log: log, handlers: map[string][]Handler{}, wake: make(chan struct{}, 1)}
}

// Handle adds a handler of a kind of job. Call it before Run. Several are run one after the other, also after one that fails;
// then all are run again.
func (q *Queue) Handle(kind string, h Handler) { q.handlers[kind] = append(q.handlers[kind], h) }

// Enqueue adds a job inside tx. It becomes due when tx commits; call Wake after that
// to have it start at once.
func (q *Queue) Enqueue(ctx context.Context, tx *sql.Tx, kind, arg string) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO jobs_jobs (id, kind, arg, state, due) VALUES ($1, $2, $3, 'ready', $4)",
		int64(q.ids.New()), kind, arg, clock.Micros(q.clock.Now()))
	return err
}

// Add enqueues a job in a transaction of its own and wakes a worker.
func (q *Queue) Add(ctx context.Context, kind, arg string) error {
	err := q.db.Write(ctx, func(tx *sql.Tx) error { return q.Enqueue(ctx, tx, kind, arg) })
	q.Wake()
	return err
}

// Wake makes an idle worker look for work now.
func (q *Queue) Wake() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// Run works with n workers until ctx ends and the jobs under way have returned.
func (q *Queue) Run(ctx context.Context, n int) {
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() { q.work(ctx) })
	}
	wg.Wait()
}

func (q *Queue) work(ctx context.Context) {
	tick := time.NewTicker(5 * time.Second)
	defer tick.Stop()
	for ctx.Err() == nil {
		did, err := q.One(ctx)
		if err != nil && ctx.Err() == nil {
			q.log.Error("jobs: cannot take work", "error", err)
		}
		if did && err == nil {
			continue
		}
		select {
		case <-ctx.Done():
		case <-q.wake:
		case <-tick.C:
		}
	}
}

// One takes one due job and does it; it reports whether there was one.
func (q *Queue) One(ctx context.Context) (bool, error) {
	j, err := q.claim(ctx)
	if j == nil || err != nil {
		return false, err
	}
	err = q.do(ctx, j)
	if ctx.Err() != nil {
		return true, ctx.Err() // the lease runs out and somebody takes it up again
	}
	return true, q.finish(ctx, j, err)
}

type job struct {
	id        int64
	kind, arg string
	attempts  int64
}

// claim takes the oldest due job: ready, or running under a lease that ran out.
func (q *Queue) claim(ctx context.Context) (*job, error) {
	var j job
	now := clock.Micros(q.clock.Now())
	err := q.db.Write(ctx, func(tx *sql.Tx) error {
		lock := ""
		if q.db.Engine == db.Postgres {
			lock = " FOR UPDATE SKIP LOCKED"
		}
		return tx.QueryRowContext(ctx, `UPDATE jobs_jobs SET state = 'running', lease = $2, attempts = attempts + 1
			WHERE id IN (SELECT id FROM jobs_jobs
				WHERE (state = 'ready' AND due <= $1) OR (state = 'running' AND lease < $1)
				ORDER BY due LIMIT 1`+lock+`)
			RETURNING id, kind, arg, attempts`, now, now+lease.Microseconds()).Scan(&j.id, &j.kind, &j.arg, &j.attempts)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return &j, err
}

func (q *Queue) do(ctx context.Context, j *job) error {
	handlers := q.handlers[j.kind]
	if len(handlers) == 0 {
		return fmt.Errorf("no handler for jobs of kind %q", j.kind)
	}
	running, stop := context.WithCancel(ctx)
	defer stop()
	go q.renew(running, j.id)
	var failed []error
	for _, h := range handlers {
		failed = append(failed, call(ctx, h, j.arg)) // what one area cannot do keeps no other from its part
	}
	return errors.Join(failed...)
}

func call(ctx context.Context, h Handler, arg string) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return h(ctx, arg)
}

func (q *Queue) renew(ctx context.Context, id int64) {
	t := time.NewTicker(lease / 4)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			until := clock.Micros(q.clock.Now().Add(lease))
			_ = q.exec(ctx, "UPDATE jobs_jobs SET lease = $2 WHERE id = $1 AND state = 'running'", id, until)
		}
	}
}

func (q *Queue) finish(ctx context.Context, j *job, failure error) error {
	if failure == nil {
		return q.exec(ctx, "DELETE FROM jobs_jobs WHERE id = $1", j.id)
	}
	state := "ready"
	if j.attempts >= maxAttempts {
		state = "failed"
	}
	pause := time.Duration(j.attempts*j.attempts) * 10 * time.Second
	q.log.Error("job failed", "kind", j.kind, "job", ids.ID(j.id).String(), "attempt", j.attempts, "state", state, "error", failure)
	return q.exec(ctx, "UPDATE jobs_jobs SET state = $2, due = $3, last_error = $4 WHERE id = $1",
		j.id, state, clock.Micros(q.clock.Now().Add(pause)), failure.Error())
}

func (q *Queue) exec(ctx context.Context, query string, args ...any) error {
	return q.db.Write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, query, args...)
		return err
	})
}

// Failed counts the jobs that were given up, for doctor.
func (q *Queue) Failed(ctx context.Context) (n int64, err error) {
	err = q.db.Reader().QueryRowContext(ctx, "SELECT count(*) FROM jobs_jobs WHERE state = 'failed'").Scan(&n)
	return n, err
}
