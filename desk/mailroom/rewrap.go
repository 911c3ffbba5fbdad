// SPDX-License-Identifier: Apache-2.0

package mailroom

import (
	"context"
	"database/sql"

	"mainstay/kit/access"
	"mainstay/kit/ids"
)

// Rewrap seals anew, with the installation's first key, what the mailroom keeps sealed: the mailboxes' passwords and letters
// that wait. It may die and run again.
func (s *Service) Rewrap(ctx context.Context) error {
	for _, c := range []access.Column{
		{Table: "mailroom_mailboxes", ID: "id", Name: "secret", Purpose: func(id int64) string { return "mailbox/" + ids.ID(id).String() }},
		{Table: "mailroom_mailboxes", ID: "id", Name: "oauth_secret", Purpose: func(id int64) string { return "mailbox-oauth/" + ids.ID(id).String() }},
		{Table: "mailroom_outgoing", ID: "id", Name: "body", Where: "kind = '" + secretKind + "' AND body <> ''", Purpose: sealFor},
	} {
		if err := s.p.DB.Write(ctx, func(tx *sql.Tx) error { return s.p.Sealer.ResealColumn(ctx, tx, c) }); err != nil {
			return err
		}
	}
	return nil
}
