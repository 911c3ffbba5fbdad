// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"database/sql"

	"mainstay/practice/billing/store"
)

// RunListener is told of a run in the transaction that finishes it, once for each run. What holds for a [Listener] holds for it.
type RunListener func(ctx context.Context, tx *sql.Tx, r Run) error

// ListenRuns adds a listener. Call it before the first request.
func (s *Service) ListenRuns(fn RunListener) { s.ended = append(s.ended, fn) }

// finish marks the run as finished and tells of it; where another process did so meanwhile it does nothing.
func (w *biller) finish(ctx context.Context, q *store.Queries) error {
	n, err := q.FinishRun(ctx, int64(w.run.ID), w.s.now())
	if err != nil || n == 0 || len(w.s.ended) == 0 {
		return err
	}
	row, err := q.RunOf(ctx, int64(w.run.ID))
	if err != nil {
		return err
	}
	for _, fn := range w.s.ended {
		if err := fn(ctx, w.tx, runOf(row)); err != nil {
			return err
		}
	}
	return nil
}
