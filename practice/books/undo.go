// SPDX-License-Identifier: Apache-2.0

package books

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/books/store"
)

// rowTables are the tables of rows and their letter in books_seen.
var rowTables = [...]struct{ kind, name string }{{"l", "books_lines"}, {"r", "books_templates"}, {"t", "books_tickets"}, {"h", "books_hours"}, {"a", "books_assets"}}

// Undo takes an import back: its rows go, except those that another import told too, which then belong to
// that one. Clients that it made go as well unless somebody has touched them or rows
// of other imports are theirs.
func (s *Service) Undo(ctx context.Context, id ids.ID) error {
	i, err := s.Get(ctx, id)
	if err != nil {
		return err
	}
	if i.State != Committed {
		return fault.NewConflict("Only an import that was taken over can be undone.")
	}
	err = s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		q := store.New(tx)
		n, err := q.SetState(ctx, string(Undone), int64(id), string(Committed))
		if err != nil || n == 0 {
			return orConflict(err)
		}
		if err := s.removeRows(ctx, tx, q, id); err != nil {
			return err
		}
		if err := s.p.Jobs.Enqueue(ctx, tx, ChangedJob, "undo"); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, "books.undo", id.String(), i.File)
	})
	if err != nil {
		return err
	}
	s.p.Jobs.Wake()
	return s.forgetClients(ctx, id)
}

func orConflict(err error) error {
	if err == nil {
		err = fault.NewConflict("Somebody else undid this import in the meantime.")
	}
	return err
}

func (s *Service) removeRows(ctx context.Context, tx *sql.Tx, q *store.Queries, id ids.ID) error {
	sources, err := q.SourcesOf(ctx, int64(id))
	if err != nil || len(sources) == 0 {
		return err
	}
	list := make([]string, len(sources))
	for i, r := range sources {
		list[i] = fmt.Sprint(r.ID) // our own integers, not a person's text
	}
	gone := strings.Join(list, ", ")
	if err := s.rowsToIndex(ctx, tx, gone); err != nil {
		return err
	}
	for _, t := range rowTables {
		match := "s.kind = '" + t.kind + "' AND s.client_id = " + t.name + ".client_id AND s.day = " + t.name + ".day AND s.row_key = " + t.name + ".row_key"
		others := match + " AND s.source_id NOT IN (" + gone + ")"
		oldest := "(SELECT min(s.source_id) FROM books_seen s WHERE " + others + ")"
		for _, query := range []string{
			// What others told too is theirs now: the oldest of them keeps it.
			"UPDATE " + t.name + " SET number = (SELECT s.number FROM books_seen s WHERE " + others + " ORDER BY s.source_id LIMIT 1), source_id = " + oldest +
				" WHERE source_id IN (" + gone + ") AND EXISTS (SELECT 1 FROM books_seen s WHERE " + others + ")",
			"DELETE FROM " + t.name + " WHERE source_id IN (" + gone + ")",
			"DELETE FROM books_seen WHERE kind = '" + t.kind + "' AND (source_id IN (" + gone + ") OR EXISTS (SELECT 1 FROM " + t.name + " r WHERE r.client_id = books_seen.client_id AND r.day = books_seen.day AND r.row_key = books_seen.row_key AND r.source_id = books_seen.source_id))",
		} {
			if _, err := tx.ExecContext(ctx, query); err != nil {
				return err
			}
		}
	}
	_, err = tx.ExecContext(ctx, `DELETE FROM books_texts WHERE id NOT IN (SELECT text_id FROM books_lines UNION SELECT text_id FROM books_templates
		UNION SELECT text_id FROM books_tickets UNION SELECT text_id FROM books_hours)`)
	return err
}

// forgetClients removes the clients that an undone import made and that nothing points to.
func (s *Service) forgetClients(ctx context.Context, id ids.ID) error {
	busy := map[ids.ID]bool{}
	for _, t := range rowTables {
		if err := s.clientsIn(ctx, t.name, busy); err != nil {
			return err
		}
	}
	_, err := s.p.Clients.Forget(ctx, id, func(c ids.ID) bool { return busy[c] })
	return err
}

func (s *Service) clientsIn(ctx context.Context, table string, into map[ids.ID]bool) error {
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT DISTINCT client_id FROM "+table)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var c int64
		if err := rows.Scan(&c); err != nil {
			return err
		}
		into[ids.ID(c)] = true
	}
	return rows.Err()
}

// ClientMerged moves the rows of a client to the one that it was merged into. Running it again
// changes nothing.
func (s *Service) ClientMerged(ctx context.Context, arg string) error {
	a, b, ok := strings.Cut(arg, " ")
	from, errA := ids.Parse(a)
	into, errB := ids.Parse(b)
	if !ok || errA != nil || errB != nil {
		return fmt.Errorf("books: %q is not a merge", arg)
	}
	err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		for _, t := range rowTables {
			// A row that both have is one row.
			if _, err := tx.ExecContext(ctx, "DELETE FROM "+t.name+" WHERE client_id = $1 AND EXISTS (SELECT 1 FROM "+t.name+" o WHERE o.client_id = $2 AND o.day = "+t.name+".day AND o.row_key = "+t.name+".row_key)", int64(from), int64(into)); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "UPDATE "+t.name+" SET client_id = $2 WHERE client_id = $1", int64(from), int64(into)); err != nil {
				return err
			}
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM books_seen WHERE client_id = $1 AND EXISTS (SELECT 1 FROM books_seen o WHERE o.kind = books_seen.kind AND o.client_id = $2 AND o.day = books_seen.day AND o.row_key = books_seen.row_key AND o.source_id = books_seen.source_id)", int64(from), int64(into)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE books_seen SET client_id = $2 WHERE client_id = $1", int64(from), int64(into)); err != nil {
			return err
		}
		if err := s.toIndex(ctx, tx, []int64{int64(from), int64(into)}); err != nil {
			return err
		}
		return s.p.Jobs.Enqueue(ctx, tx, ChangedJob, "import")
	})
	s.p.Jobs.Wake()
	return err
}
