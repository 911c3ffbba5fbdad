// SPDX-License-Identifier: Apache-2.0

package search

import (
	"bufio"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"slices"
	"strings"

	"mainstay/kit/db"
)

// Dump writes every document to w, one JSON object a line, the same on both engines.
func (x Index) Dump(ctx context.Context, tx *sql.Tx, w io.Writer) error {
	rows, err := tx.QueryContext(ctx, "SELECT kind, ref, client, title, body, "+x.scopeColumn()+" FROM search_docs")
	if err != nil {
		return err
	}
	defer rows.Close()
	out := bufio.NewWriter(w)
	e := json.NewEncoder(out)
	for rows.Next() {
		var d Doc
		var scope string
		if err := rows.Scan(&d.Kind, (*int64)(&d.Ref), (*int64)(&d.Client), &d.Title, &d.Body, &scope); err != nil {
			return err
		}
		d.Facets = facetsOf(scope)
		if err := e.Encode(d); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return out.Flush()
}

// Load puts what Dump wrote into an empty index.
func (x Index) Load(ctx context.Context, tx *sql.Tx, r io.Reader) error {
	w := x.Writer(tx)
	defer w.Close()
	for d := json.NewDecoder(r); ; {
		var doc Doc
		err := d.Decode(&doc)
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := w.Add(ctx, doc); err != nil {
			return err
		}
	}
}

// scopeColumn is the text that has the words by which a search can be narrowed.
func (x Index) scopeColumn() string {
	if x.DB.Engine == db.Postgres {
		return "array_to_string(tsvector_to_array(ts_filter(words, '{c}')), ' ')"
	}
	return "scope"
}

// facetsOf are the facets among the words of a scope, in order of the alphabet.
func facetsOf(scope string) (out []string) {
	for _, w := range strings.Fields(scope) {
		if f, ok := strings.CutPrefix(w, "f"); ok {
			out = append(out, f)
		}
	}
	slices.Sort(out)
	return out
}
