// SPDX-License-Identifier: Apache-2.0

package network

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"
	"time"

	"mainstay/kit/ids"
)

// hostsKept is how long a host that nobody decided about and that is gone is kept.
const hostsKept = 180 * 24 * time.Hour

// sweepEstate forgets what is old, what is too much, and what belongs to devices that are not there any more.
func (s *Service) sweepEstate(ctx context.Context) error {
	now := s.now()
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, "DELETE FROM network_messages WHERE at < $1", micros(now.Add(-messagesKept))); err != nil {
			return err
		}
		if err := s.sweepMessages(ctx, tx); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM network_hosts WHERE state = 'new' AND missed >= $1 AND seen_at < $2", goneAfter, micros(now.Add(-hostsKept)))
		return err
	})
}

// sweepMessages holds all messages together to a number, by the oldest ones of those clients that have more than their share: what one
// client's devices write takes nothing from another's.
func (s *Service) sweepMessages(ctx context.Context, tx *sql.Tx) error {
	most := cmp.Or(s.bounded.most, mostMessages)
	counts, err := countMessages(ctx, tx)
	if err != nil {
		return err
	}
	level := share(slices.Collect(maps.Values(counts)), most)
	for client, n := range counts {
		if n <= level {
			continue
		}
		var at, id int64
		err := tx.QueryRowContext(ctx, "SELECT at, id FROM network_messages WHERE client_id = $1 ORDER BY at DESC, id DESC LIMIT 1 OFFSET $2", int64(client), level).Scan(&at, &id)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM network_messages WHERE client_id = $1 AND at <= $2 AND (at < $2 OR id <= $3)", int64(client), at, id); err != nil {
			return err
		}
	}
	return nil
}

func countMessages(ctx context.Context, tx *sql.Tx) (map[ids.ID]int64, error) {
	rows, err := tx.QueryContext(ctx, "SELECT client_id, count(*) FROM network_messages GROUP BY client_id")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[ids.ID]int64{}
	for rows.Next() {
		var client ids.ID
		var n int64
		if err := rows.Scan(&client, &n); err != nil {
			return nil, err
		}
		out[client] = n
	}
	return out, rows.Err()
}

// share is the largest number to which counts can be cut so that their sum is at most a number: who has less than that keeps all, and the
// others have the same.
func share(counts []int64, most int64) int64 {
	slices.Sort(counts)
	left := most
	for i, n := range counts {
		if level := left / int64(len(counts)-i); n > level {
			return level
		}
		left -= n
	}
	return most
}

// mergeEstate moves what belongs to a client that was merged into another.
func mergeEstate(ctx context.Context, tx *sql.Tx, from, into ids.ID) error {
	for _, table := range []string{"network_credentials", "network_scans", "network_hosts", "network_messages", "network_patterns"} {
		if _, err := tx.ExecContext(ctx, "UPDATE "+table+" SET client_id = $1 WHERE client_id = $2", int64(into), int64(from)); err != nil {
			return err
		}
	}
	return nil
}
