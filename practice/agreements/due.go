// SPDX-License-Identifier: Apache-2.0

package agreements

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/ids"
)

// DueFilter narrows what Due reads.
type DueFilter struct {
	Day       civil.Date
	All       bool // also those in which nothing can be due by their calendar
	Client    ids.ID
	Agreement ids.ID
	After     ids.ID
	Limit     int
}

func (f DueFilter) where() (string, []any) {
	conds, args := []string{"a.state = 1 AND a.id > $1"}, []any{int64(f.After)}
	add := func(cond string, v int64) {
		args = append(args, v)
		conds = append(conds, cond+placeholder(len(args)))
	}
	if !f.All {
		add("a.next_due <= ", int64(f.Day))
	}
	if f.Client != 0 {
		add("a.client_id = ", int64(f.Client))
	}
	if f.Agreement != 0 {
		add("a.id = ", int64(f.Agreement))
	}
	return strings.Join(conds, " AND "), args
}

// CountDue counts the agreements that Due would read in all.
func (s *Service) CountDue(ctx context.Context, q db.Query, f DueFilter) (n int, err error) {
	where, args := f.where()
	err = q.QueryRowContext(ctx, "SELECT count(*) FROM agreements_agreements a WHERE "+where, args...).Scan(&n)
	return n, err
}

// Due reads the active agreements of a filter with all their parts, by id, at most Limit of them.
func (s *Service) Due(ctx context.Context, q db.Query, f DueFilter) ([]*Agreement, error) {
	return due(ctx, q, f)
}

func due(ctx context.Context, q db.Query, f DueFilter) ([]*Agreement, error) {
	where, args := f.where()
	rows, err := q.QueryContext(ctx, "SELECT a.id FROM agreements_agreements a WHERE "+where+" ORDER BY a.id LIMIT "+strconv.Itoa(f.Limit), args...)
	if err != nil {
		return nil, err
	}
	list, err := idsOf(rows)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return load(ctx, q, these(list))
}

// Settled is an agreement of which everything due by Day was billed: intervals that ended by then are closed, and Next is the
// first day on which something may be due again.
type Settled struct {
	Agreement *Agreement
	Day, Next civil.Date
}

// Settle notes in tx what was settled. It reports false where one of the agreements was changed, or an interval of it reopened,
// since it was read: then the transaction must not be kept.
func (s *Service) Settle(ctx context.Context, tx *sql.Tx, list []Settled) (bool, error) {
	if len(list) == 0 {
		return true, nil
	}
	for part := range slices.Chunk(list, settledAtOnce) {
		var q strings.Builder
		q.WriteString("UPDATE agreements_agreements SET last_run = v.column2, billed_through = v.column3, next_due = v.column4 FROM (VALUES ")
		args := make([]any, 0, 6*len(part))
		for i, x := range part {
			if i > 0 {
				q.WriteString(", ")
			}
			for k := range 6 {
				q.WriteString([...]string{"(CAST(", ", CAST("}[min(k, 1)] + placeholder(6*i+k+1) + " AS BIGINT)")
			}
			q.WriteString(")")
			a := x.Agreement
			args = append(args, int64(a.ID), int64(x.Day), int64(max(x.Day, a.Through)), int64(x.Next), int64(a.Through), a.Version)
		}
		q.WriteString(") AS v WHERE agreements_agreements.id = v.column1 AND agreements_agreements.billed_through = v.column5 AND agreements_agreements.version = v.column6")
		r, err := tx.ExecContext(ctx, q.String(), args...)
		if err != nil {
			return false, err
		}
		if n, err := r.RowsAffected(); err != nil || n != int64(len(part)) {
			return false, err
		}
	}
	return true, nil
}

// settledAtOnce is how many agreements one statement notes.
const settledAtOnce = 100

// Reopen notes in tx that intervals which end after day may have to be settled anew, at the latest on due.
func (s *Service) Reopen(ctx context.Context, tx *sql.Tx, id ids.ID, day, due civil.Date) error {
	_, err := tx.ExecContext(ctx, `UPDATE agreements_agreements SET billed_through = CASE WHEN billed_through > $2 THEN $2 ELSE billed_through END,
next_due = CASE WHEN next_due > $3 THEN $3 ELSE next_due END WHERE id = $1`, int64(id), int64(day), int64(due))
	return err
}

func idsOf(rows *sql.Rows) (list []ids.ID, err error) {
	defer rows.Close()
	for rows.Next() {
		var id ids.ID
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		list = append(list, id)
	}
	return list, rows.Err()
}

func placeholder(n int) string { return "$" + strconv.Itoa(n) }
