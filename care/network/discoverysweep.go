// SPDX-License-Identifier: Apache-2.0

package network

import (
	"context"
	"database/sql"
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
		var n int64
		if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM network_messages").Scan(&n); err != nil {
			return err
		}
		if n > mostMessages {
			var from int64
			err := tx.QueryRowContext(ctx, "SELECT at FROM network_messages ORDER BY at DESC, id DESC LIMIT 1 OFFSET $1", mostMessages).Scan(&from)
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "DELETE FROM network_messages WHERE at <= $1", from); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, "DELETE FROM network_hosts WHERE state = 'new' AND missed >= $1 AND seen_at < $2", goneAfter, micros(now.Add(-hostsKept)))
		return err
	})
}

// mergeEstate moves what belongs to a client that was merged into another.
func mergeEstate(ctx context.Context, tx *sql.Tx, from, into ids.ID) error {
	for _, table := range []string{"network_credentials", "network_scans", "network_hosts", "network_messages", "network_patterns"} {
		if _, err := tx.ExecContext(ctx, "UPDATE "+table+" SET client_id = $1 WHERE client_id = $2", int64(into), int64(from)); err != nil { //nolint:gosec // our own text
			return err
		}
	}
	return nil
}
