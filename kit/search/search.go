// SPDX-License-Identifier: Apache-2.0

// Package search is full-text search over everything a person may see: FTS5 in
// SQLite, tsvector in PostgreSQL. Areas put their documents in within the transaction that
// changes them, so the index never lags and never tells of what was rolled back.
package search

import (
	"context"
	"database/sql"
	"strings"
	"unicode"

	"mainstay/kit/db"
	"mainstay/kit/ids"
)

// Doc is one thing that can be found.
type Doc struct {
	Kind   string // "client", "person", "note", …: decides where a hit leads
	Ref    ids.ID
	Client ids.ID // owner, for scope; 0 = the firm itself
	Title  string
	Body   string
}

// Index finds documents.
type Index struct{ DB *db.DB }

// Put adds or replaces a document inside tx.
func (x Index) Put(ctx context.Context, tx *sql.Tx, d Doc) error {
	if x.DB.Engine == db.Postgres {
		_, err := tx.ExecContext(ctx, `INSERT INTO search_docs (kind, ref, client, title, body, words)
			VALUES ($1, $2, $3, $4, $5, setweight(to_tsvector('simple', $6), 'A') || to_tsvector('simple', $7))
			ON CONFLICT (kind, ref) DO UPDATE SET client = excluded.client, title = excluded.title, body = excluded.body, words = excluded.words`,
			d.Kind, int64(d.Ref), int64(d.Client), d.Title, d.Body, fold(d.Title), fold(d.Body))
		return err
	}
	if err := x.Delete(ctx, tx, d.Kind, d.Ref); err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, "INSERT INTO search_docs (kind, ref, client, title, body) VALUES ($1, $2, $3, $4, $5)",
		d.Kind, int64(d.Ref), int64(d.Client), d.Title, d.Body)
	if err != nil {
		return err
	}
	row, err := res.LastInsertId()
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO search_refs (kind, ref, docid) VALUES ($1, $2, $3)", d.Kind, int64(d.Ref), row)
	return err
}

// Delete takes a document out inside tx; a missing one is no error.
func (x Index) Delete(ctx context.Context, tx *sql.Tx, kind string, ref ids.ID) error {
	if x.DB.Engine == db.Postgres {
		_, err := tx.ExecContext(ctx, "DELETE FROM search_docs WHERE kind = $1 AND ref = $2", kind, int64(ref))
		return err
	}
	if _, err := tx.ExecContext(ctx, "DELETE FROM search_docs WHERE rowid IN (SELECT docid FROM search_refs WHERE kind = $1 AND ref = $2)", kind, int64(ref)); err != nil {
		return err
	}
	_, err := tx.ExecContext(ctx, "DELETE FROM search_refs WHERE kind = $1 AND ref = $2", kind, int64(ref))
	return err
}

// Scope bounds what a search may find. The zero value finds nothing.
type Scope struct {
	All    bool   // the whole firm
	Client ids.ID // otherwise this client's documents only
}

// Find returns the best hits for what a person typed; the last word may be unfinished. Any text is
// accepted: operators of the engines have no meaning here.
func (x Index) Find(ctx context.Context, scope Scope, typed string, limit int) ([]Doc, error) {
	words := split(typed)
	if len(words) == 0 || (!scope.All && scope.Client == 0) {
		return nil, nil
	}
	query := `SELECT kind, ref, client, title, body FROM search_docs WHERE search_docs MATCH $1
		AND (client = $2 OR $2 = 0) ORDER BY bm25(search_docs, 0, 0, 0, 8.0, 1.0), ref LIMIT $3`
	match := `"` + strings.Join(words, `" "`) + `"*`
	if x.DB.Engine == db.Postgres {
		query = `SELECT kind, ref, client, title, body FROM search_docs, to_tsquery('simple', $1) AS q
			WHERE words @@ q AND (client = $2 OR $2 = 0) ORDER BY ts_rank(words, q) DESC, ref LIMIT $3`
		match = "'" + strings.Join(words, "' & '") + "':*"
	}
	client := int64(scope.Client)
	if scope.All {
		client = 0
	}
	rows, err := x.DB.Reader().QueryContext(ctx, query, match, client, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []Doc
	for rows.Next() {
		var d Doc
		if err := rows.Scan(&d.Kind, (*int64)(&d.Ref), (*int64)(&d.Client), &d.Title, &d.Body); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, rows.Err()
}

// split cuts what was typed into folded words of letters and digits, at most eight.
func split(s string) []string {
	words := strings.FieldsFunc(fold(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	return words[:min(len(words), 8)]
}
