// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"database/sql"
)

// Column is a column of a table with sealed texts.
type Column struct {
	Table, ID, Name string
	Where           string // "" = wherever it is not empty
	Purpose         func(id int64) string
}

// ResealColumn seals anew, with the first key, what stands sealed in a column. It may die and run again. Whoever seals
// something must have a way here from the application's change of keys: what is forgotten can be opened never more.
func (s *Sealer) ResealColumn(ctx context.Context, tx *sql.Tx, c Column) error {
	where := c.Where
	if where == "" {
		where = c.Name + " <> ''"
	}
	rows, err := tx.QueryContext(ctx, "SELECT "+c.ID+", "+c.Name+" FROM "+c.Table+" WHERE "+where)
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
		text, changed, err := s.Reseal(c.Purpose(id), sealed)
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
		if _, err := tx.ExecContext(ctx, "UPDATE "+c.Table+" SET "+c.Name+" = $2 WHERE "+c.ID+" = $1", id, text); err != nil {
			return err
		}
	}
	return nil
}
