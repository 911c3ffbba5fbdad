// SPDX-License-Identifier: Apache-2.0

package search

import (
	"context"
	"database/sql"
	"strings"

	"mainstay/kit/db"
	"mainstay/kit/ids"
)

// Writer puts documents into the index inside one transaction, with statements prepared once. Close it.
type Writer struct {
	x    Index
	tx   *sql.Tx
	stmt map[string]*sql.Stmt
}

// Writer returns a writer for tx.
func (x Index) Writer(tx *sql.Tx) *Writer { return &Writer{x, tx, map[string]*sql.Stmt{}} }

// Close lets go of the statements.
func (w *Writer) Close() {
	for _, s := range w.stmt {
		_ = s.Close()
	}
}

func (w *Writer) exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	s := w.stmt[query]
	if s == nil {
		var err error
		if s, err = w.tx.PrepareContext(ctx, query); err != nil {
			return nil, err
		}
		w.stmt[query] = s
	}
	return s.ExecContext(ctx, args...)
}

// Put adds or replaces a document.
func (w *Writer) Put(ctx context.Context, d Doc) error {
	if w.x.DB.Engine != db.Postgres {
		if err := w.Delete(ctx, d.Kind, d.Ref); err != nil {
			return err
		}
	}
	return w.Add(ctx, d)
}

// Add is [Writer.Put] of a document that the caller knows not to be in the index: less work on SQLite.
func (w *Writer) Add(ctx context.Context, d Doc) error {
	scope := kindWord(d.Kind) + " " + clientWord(d.Client)
	for _, f := range d.Facets {
		scope += " " + facetWord(f)
	}
	if w.x.DB.Engine == db.Postgres {
		_, err := w.exec(ctx, `INSERT INTO search_docs (kind, ref, client, title, body, words)
			VALUES ($1, $2, $3, $4, $5, setweight(to_tsvector('simple', $6), 'A') || to_tsvector('simple', $7) || setweight(to_tsvector('simple', $8), 'C'))
			ON CONFLICT (kind, ref) DO UPDATE SET client = excluded.client, title = excluded.title, body = excluded.body, words = excluded.words`,
			d.Kind, int64(d.Ref), int64(d.Client), d.Title, d.Body, strings.Join(tokens(d.Title), " "), strings.Join(tokens(d.Body), " "), scope)
		return err
	}
	row := int64(d.At)
	if row == 0 {
		row = int64(d.Ref)
	}
	if _, err := w.exec(ctx, "INSERT INTO search_docs (rowid, kind, ref, client, title, body, scope) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		row, d.Kind, int64(d.Ref), int64(d.Client), d.Title, d.Body, scope); err != nil {
		return err
	}
	_, err := w.exec(ctx, "INSERT INTO search_refs (kind, ref, docid) VALUES ($1, $2, $3)", d.Kind, int64(d.Ref), row)
	return err
}

// Delete takes a document out; a missing one is no error.
func (w *Writer) Delete(ctx context.Context, kind string, ref ids.ID) error {
	if w.x.DB.Engine == db.Postgres {
		_, err := w.exec(ctx, "DELETE FROM search_docs WHERE kind = $1 AND ref = $2", kind, int64(ref))
		return err
	}
	if _, err := w.exec(ctx, "DELETE FROM search_docs WHERE rowid IN (SELECT docid FROM search_refs WHERE kind = $1 AND ref = $2)", kind, int64(ref)); err != nil {
		return err
	}
	_, err := w.exec(ctx, "DELETE FROM search_refs WHERE kind = $1 AND ref = $2", kind, int64(ref))
	return err
}
