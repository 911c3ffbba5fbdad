// SPDX-License-Identifier: Apache-2.0

package books

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"mainstay/kit/ids"
)

// Device is a machine of a client as the exports tell of it.
type Device struct {
	Identity int64 // the same in every export that tells of it
	Name     string
	Type     string
	System   string
	Serial   string
}

// Devices returns up to limit devices of a client by name, of those whose name or serial number holds a text.
func (s *Service) Devices(ctx context.Context, client ids.ID, text string, limit int) ([]Device, error) {
	part := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(strings.ToLower(text)) + "%"
	return s.devices(ctx, `(lower(name) LIKE $2 ESCAPE '\' OR lower(serial) LIKE $2 ESCAPE '\')`, limit, int64(client), part)
}

// DevicesBy returns those devices of a client that have one of the identities.
func (s *Service) DevicesBy(ctx context.Context, client ids.ID, identities []int64) ([]Device, error) {
	if len(identities) == 0 {
		return nil, nil
	}
	args, marks := []any{int64(client)}, make([]string, len(identities))
	for i, x := range identities {
		args = append(args, x)
		marks[i] = fmt.Sprintf("$%d", i+2)
	}
	return s.devices(ctx, "identity IN ("+strings.Join(marks, ", ")+")", len(identities), args...)
}

func (s *Service) devices(ctx context.Context, where string, limit int, args ...any) (out []Device, err error) {
	query := `SELECT identity, max(name), max(type), max(system), max(serial) FROM books_assets WHERE client_id = $1 AND (name <> '' OR serial <> '') AND ` + where +
		` GROUP BY identity ORDER BY 2, 1 LIMIT ` + fmt.Sprint(limit)
	err = s.p.DB.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, query, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		for rows.Next() {
			var d Device
			if err := rows.Scan(&d.Identity, &d.Name, &d.Type, &d.System, &d.Serial); err != nil {
				return err
			}
			if d.Name == "" {
				d.Name = d.Serial
			}
			out = append(out, d)
		}
		return rows.Err()
	})
	return out, err
}
