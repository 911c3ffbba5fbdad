// SPDX-License-Identifier: Apache-2.0

package webhook

import (
	"context"
	"database/sql"

	"mainstay/kit/access"
	"mainstay/kit/ids"
)

// Rewrap seals anew, with the installation's first key, what endpoints sign with. It may die and run again.
func (s *Service) Rewrap(ctx context.Context) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		for _, name := range []string{"secret", "former"} {
			c := access.Column{Table: "webhook_endpoints", ID: "id", Name: name, Purpose: func(id int64) string { return purpose(ids.ID(id)) }}
			if err := s.p.Sealer.ResealColumn(ctx, tx, c); err != nil {
				return err
			}
		}
		return nil
	})
}
