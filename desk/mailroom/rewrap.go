// SPDX-License-Identifier: Apache-2.0

package mailroom

import (
	"context"
	"database/sql"

	"mainstay/kit/ids"
)

// Rewrap seals anew, with the installation's first key, what the mailroom keeps sealed: the mailboxes' passwords and letters
// that wait. It may die and run again.
func (s *Service) Rewrap(ctx context.Context) error {
	for _, f := range []struct {
		table, column, where string
		purpose              func(int64) string
	}{
		{"mailroom_mailboxes", "secret", "secret <> ''", func(id int64) string { return "mailbox/" + ids.ID(id).String() }},
		{"mailroom_mailboxes", "oauth_secret", "oauth_secret <> ''", func(id int64) string { return "mailbox-oauth/" + ids.ID(id).String() }},
		{"mailroom_outgoing", "body", "kind = '" + secretKind + "' AND body <> ''", sealFor},
	} {
		if err := s.p.DB.Write(ctx, func(tx *sql.Tx) error { return s.rewrap(ctx, tx, f.table, f.column, f.where, f.purpose) }); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) rewrap(ctx context.Context, tx *sql.Tx, table, column, where string, purpose func(int64) string) error {
	rows, err := tx.QueryContext(ctx, "SELECT id, "+column+" FROM "+table+" WHERE "+where)
	if err != nil {
		return err
	}
	defer rows.Close()
	again := map[int64]string{}
	for rows.Next() {
		var id int64
		var sealed string
		if err := rows.Scan(&id, &sealed); err != nil {
			return err
		}
		text, changed, err := s.p.Sealer.Reseal(purpose(id), sealed)
		if err != nil {
			return err
		}
		if changed {
			again[id] = text
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if err := rows.Close(); err != nil {
		return err
	}
	for id, text := range again {
		if _, err := tx.ExecContext(ctx, "UPDATE "+table+" SET "+column+" = $2 WHERE id = $1", id, text); err != nil {
			return err
		}
	}
	return nil
}
