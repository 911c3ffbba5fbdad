// SPDX-License-Identifier: Apache-2.0

package payments

import (
	"context"
	"database/sql"
)

// ForgetAll takes all payments, bank files, mandates and reminders away: for the invented firm's, whose documents are gone. Settings
// and bank accounts stay.
func (s *Service) ForgetAll(ctx context.Context) error {
	return s.change(ctx, "payments.forgotten", "", "", func(tx *sql.Tx) error {
		for _, table := range []string{"allocations", "payments", "lines", "files", "attempts", "debits", "runs", "mandates", "methods", "customers", "reminders", "statements", "holds", "overdue"} {
			if _, err := tx.ExecContext(ctx, "DELETE FROM payments_"+table); err != nil {
				return err
			}
		}
		return nil
	})
}
