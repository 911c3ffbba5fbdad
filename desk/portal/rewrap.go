// SPDX-License-Identifier: Apache-2.0

package portal

import (
	"context"
	"database/sql"
	"errors"

	"mainstay/kit/ids"
)

// Rewrap seals the secrets of single sign-on and of status pages' links with the newest key.
func (s *Service) Rewrap(ctx context.Context) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		for _, x := range []struct {
			table   string
			purpose func(ids.ID) string
		}{{"portal_sign_ons", sealOf}, {"portal_statuses", statusSeal}} {
			if err := s.rewrap(ctx, tx, x.table, x.purpose); err != nil {
				return err
			}
		}
		return nil
	})
}

func (s *Service) rewrap(ctx context.Context, tx *sql.Tx, table string, purpose func(ids.ID) string) error {
	rows, err := tx.QueryContext(ctx, "SELECT client_id, secret FROM "+table+" WHERE secret <> ''")
	if err != nil {
		return err
	}
	defer rows.Close()
	next := map[ids.ID]string{}
	for rows.Next() {
		var client ids.ID
		var sealed string
		if err := rows.Scan(&client, &sealed); err != nil {
			return err
		}
		secret, err := s.p.Sealer.Open(purpose(client), sealed)
		if err != nil {
			return err
		}
		next[client] = s.p.Sealer.Seal(purpose(client), secret)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for client, sealed := range next {
		if _, err := tx.ExecContext(ctx, "UPDATE "+table+" SET secret = $2 WHERE client_id = $1", int64(client), sealed); err != nil {
			return err
		}
	}
	return nil
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
