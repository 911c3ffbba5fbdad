// SPDX-License-Identifier: Apache-2.0

package clients

import (
	"context"
	"database/sql"
	"strings"

	"mainstay/kit/ids"
)

// Imported is what a list of another tool says of a client or, where Person is set, of one of its
// contacts.
type Imported struct {
	Client                ids.ID
	Name                  string // of the client as the list spells it
	Email, Phone, Website string
	Person, Title         string
}

// FillIn takes over what lists say: of clients that the same import made, the addresses that are empty; of people,
// those whom the client does not have under that name and address. A value that is too
// long or no address is left out. What is there is never changed.
func (s *Service) FillIn(ctx context.Context, list []Imported, madeBy ids.ID) error {
	return s.db.Write(ctx, func(tx *sql.Tx) error {
		for _, x := range list {
			for _, v := range []*string{&x.Email, &x.Phone, &x.Website, &x.Person, &x.Title} {
				if *v = strings.TrimSpace(*v); len(*v) > maxText {
					*v = ""
				}
			}
			if !strings.Contains(x.Email, "@") {
				x.Email = ""
			}
			if x.Website != "" && !webAddress(x.Website) {
				if x.Website = "https://" + x.Website; !webAddress(x.Website) || strings.ContainsAny(x.Website, " \t") {
					x.Website = ""
				}
			}
			fill := s.fillClient
			if x.Person != "" {
				fill = s.fillPerson
			}
			if err := fill(ctx, tx, x, madeBy); err != nil {
				return err
			}
		}
		return s.access.Record(ctx, tx, "clients.import", madeBy.String(), "details")
	})
}

func (s *Service) fillClient(ctx context.Context, tx *sql.Tx, x Imported, madeBy ids.ID) error {
	_, err := tx.ExecContext(ctx, `UPDATE clients_clients SET
			email = CASE WHEN email = '' THEN $3 ELSE email END, phone = CASE WHEN phone = '' THEN $4 ELSE phone END,
			website = CASE WHEN website = '' THEN $5 ELSE website END
		WHERE id = $1 AND made_by = $2 AND version = 1`, int64(x.Client), int64(madeBy), x.Email, x.Phone, x.Website)
	return err
}

func (s *Service) fillPerson(ctx context.Context, tx *sql.Tx, x Imported, madeBy ids.ID) error {
	var n int64
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM clients_people WHERE client_id = $1 AND name = $2 AND email = $3", int64(x.Client), x.Person, x.Email).Scan(&n); err != nil || n > 0 {
		return err
	}
	id := s.ids.New()
	if _, err := tx.ExecContext(ctx, `INSERT INTO clients_people (id, client_id, name, title, email, phone, made_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		int64(id), int64(x.Client), x.Person, x.Title, x.Email, x.Phone, int64(madeBy), s.now()); err != nil {
		return err
	}
	return s.search.Put(ctx, tx, personDoc(x.Client, id, x.Person, x.Title, x.Email, x.Phone))
}
