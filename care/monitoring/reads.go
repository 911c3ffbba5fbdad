// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"context"
	"database/sql"
	"strconv"

	"mainstay/desk/helpdesk"
	"mainstay/kit/ids"
)

// untouched reports whether nobody has taken a ticket up: no assignee, its first state, and nothing but our own words.
func (s *Service) untouched(ctx context.Context, tx *sql.Tx, t helpdesk.Ticket) (bool, error) {
	if t.Assignee != 0 || t.State != helpdesk.StateNew || t.LastFrom != 0 {
		return false, nil
	}
	var n int
	err := tx.QueryRowContext(ctx, "SELECT count(*) FROM helpdesk_entries WHERE ticket_id = $1 AND author_kind <> 'system'", int64(t.ID)).Scan(&n)
	return n == 0, err
}

// leftOn counts the alerts of a ticket that go on, and all of them.
func (s *Service) leftOn(ctx context.Context, tx *sql.Tx, ticket ids.ID) (left, all int, err error) {
	err = tx.QueryRowContext(ctx, "SELECT CAST(coalesce(sum(CASE WHEN resolved_at = 0 THEN 1 ELSE 0 END), 0) AS BIGINT), count(*) FROM monitoring_alerts WHERE ticket_id = $1", int64(ticket)).Scan(&left, &all)
	return left, all, err
}

func number64(n int64) string { return strconv.FormatInt(n, 10) }

// linked are the references of the devices that a ticket is linked with.
func (s *Service) linked(ctx context.Context, tx *sql.Tx, ticket ids.ID) (map[string]bool, error) {
	rows, err := tx.QueryContext(ctx, "SELECT ref FROM helpdesk_devices WHERE ticket_id = $1", int64(ticket))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[string]bool{}
	for rows.Next() {
		var ref string
		if err := rows.Scan(&ref); err != nil {
			return nil, err
		}
		out[ref] = true
	}
	return out, rows.Err()
}
