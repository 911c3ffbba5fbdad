// SPDX-License-Identifier: Apache-2.0

package monitoring

import (
	"context"
	"database/sql"
	"strconv"
	"time"

	"mainstay/desk/helpdesk"
	"mainstay/kit/access"
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

// OpenByDevice counts the alerts of each device that are not over: warnings and critical ones.
func (s *Service) OpenByDevice(ctx context.Context, scope access.Scope) (map[ids.ID][2]int, error) {
	query, args := "SELECT device_id, CASE WHEN level >= 2 THEN 1 ELSE 0 END, count(*) FROM monitoring_alerts WHERE state <> 'resolved'", []any{}
	if !scope.All() {
		query, args = query+" AND client_id = $1", []any{int64(scope.Client())}
	}
	rows, err := s.p.DB.Reader().QueryContext(ctx, query+" GROUP BY 1, 2", args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[ids.ID][2]int{}
	for rows.Next() {
		var id ids.ID
		var level, n int
		if err := rows.Scan(&id, &level, &n); err != nil {
			return nil, err
		}
		x := out[id]
		x[level] = n
		out[id] = x
	}
	return out, rows.Err()
}

// During lists the alerts of a device, or of all (0), that went on at some time between two instants, the newest first, at most limit.
func (s *Service) During(ctx context.Context, scope access.Scope, device ids.ID, from, to time.Time, limit int) ([]Alert, error) {
	where, args := Query{Device: device}.where(scope)
	args = append(args, micros(to), micros(from), min(max(limit, 1), 5000))
	n := len(args)
	return s.alerts(ctx, s.p.DB.Reader(), where+" AND began_at <= $"+strconv.Itoa(n-2)+" AND (resolved_at = 0 OR resolved_at >= $"+strconv.Itoa(n-1)+") ORDER BY id DESC LIMIT $"+strconv.Itoa(n), args...)
}
