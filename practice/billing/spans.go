// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"slices"

	"mainstay/kit/db"
	"mainstay/kit/ids"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/rating"
)

// spans reads what was billed of a batch of agreements, which come by id, and whose intervals are not closed: by agreement, each
// ordered by line.
func spans(ctx context.Context, q db.Query, batch []*agreements.Agreement) (map[ids.ID][]rating.Span, error) {
	out := make(map[ids.ID][]rating.Span, len(batch))
	since := Never
	billed := false
	for _, a := range batch {
		since = min(since, a.Through)
		billed = billed || a.LastRun.Known()
	}
	if !billed {
		return out, nil // a first run: nothing can have been billed
	}
	rows, err := q.QueryContext(ctx, `SELECT agreement_id, id, line_id, terms_id, kind, of_id, starts, ends, bill_starts, bill_ends, quantity_coef, quantity_scale, amount, run_day, revision
FROM billing_lines WHERE agreement_id >= $1 AND agreement_id <= $2 AND line_id <> 0 AND bill_ends > $3`, int64(batch[0].ID), int64(batch[len(batch)-1].ID), int64(since))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var of ids.ID
		var s rating.Span
		err := rows.Scan(&of, &s.ID, &s.Line, &s.Terms, &s.Kind, &s.Of, &s.Period.From, &s.Period.To, &s.Bill.From, &s.Bill.To, &s.Quantity.Coef, &s.Quantity.Scale, &s.Amount, &s.Run, &s.Revision)
		if err != nil {
			return nil, err
		}
		out[of] = append(out[of], s)
	}
	for _, list := range out {
		slices.SortFunc(list, func(x, y rating.Span) int {
			if x.Line != y.Line {
				return int(min(max(x.Line-y.Line, -1), 1))
			}
			return int(min(max(x.ID-y.ID, -1), 1))
		})
	}
	return out, rows.Err()
}
