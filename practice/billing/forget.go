// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"database/sql"
	"slices"

	"mainstay/kit/ids"
	"mainstay/practice/billing/store"
)

// ForgetAll deletes everything that was ever billed, provided that nothing was issued but of the agreements that are named: for
// the invented firm, whose documents nobody got; the accounts of its clients go too. It reports false, and changes nothing, where there is a document of another.
func (s *Service) ForgetAll(ctx context.Context, of, clients []ids.ID) (gone bool, err error) {
	err = s.change(ctx, "billing.forgotten", "", "", func(tx *sql.Tx, q *store.Queries) error {
		rows, err := tx.QueryContext(ctx, "SELECT DISTINCT agreement_id FROM billing_invoices WHERE state = 1")
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var id ids.ID
			if err := rows.Scan(&id); err != nil {
				return err
			}
			if !slices.Contains(of, id) {
				return nil
			}
		}
		if err := rows.Err(); err != nil {
			return err
		}
		for _, table := range []string{"settlements", "postings", "entries", "lines", "documents", "invoices", "counters", "exceptions", "acknowledged", "runs", "requests"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM billing_"+table); err != nil {
				return err
			}
		}
		for _, c := range clients {
			if err := q.DeleteAccount(ctx, int64(c)); err != nil {
				return err
			}
		}
		gone = true
		return nil
	})
	return gone, err
}
