// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"context"
	"database/sql"

	"mainstay/kit/access"
	"mainstay/kit/ids"
)

// Rewrap seals anew, with the installation's first key, the secrets of clients' single sign-on. It may die and run again.
func (s *Service) Rewrap(ctx context.Context) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		return s.p.Sealer.ResealColumn(ctx, tx, access.Column{Table: "portal_sign_ons", ID: "client_id", Name: "secret", Purpose: func(id int64) string { return sealOf(ids.ID(id)) }})
	})
}
