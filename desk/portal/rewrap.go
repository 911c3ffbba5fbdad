// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"context"
	"database/sql"
	"errors"

	"mainstay/kit/access"
	"mainstay/kit/ids"
)

// Rewrap seals anew, with the installation's first key, the secrets of single sign-on and of status pages' links. It may die and run
// again.
func (s *Service) Rewrap(ctx context.Context) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		for table, purpose := range map[string]func(ids.ID) string{"portal_sign_ons": sealOf, "portal_statuses": statusSeal} {
			c := access.Column{Table: table, ID: "client_id", Name: "secret", Purpose: func(id int64) string { return purpose(ids.ID(id)) }}
			if err := s.p.Sealer.ResealColumn(ctx, tx, c); err != nil {
				return err
			}
		}
		return nil
	})
}

// resealSignOn seals a secret that came from another client for the one that it belongs to now. It may run again.
func (s *Service) resealSignOn(ctx context.Context, tx *sql.Tx, from, into ids.ID) error {
	var sealed string
	err := tx.QueryRowContext(ctx, "SELECT secret FROM portal_sign_ons WHERE client_id = $1 AND secret <> ''", int64(into)).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	secret, err := s.p.Sealer.Open(sealOf(from), sealed)
	if err != nil {
		return nil //nolint:nilerr // it is the other's own, or was sealed anew already
	}
	_, err = tx.ExecContext(ctx, "UPDATE portal_sign_ons SET secret = $2 WHERE client_id = $1", int64(into), s.p.Sealer.Seal(sealOf(into), secret))
	return err
}
