// SPDX-License-Identifier: Apache-2.0

// Package search is full-text search over everything a person may see: FTS5 in
// SQLite, tsvector in PostgreSQL. Areas put their documents in within the transaction that
// changes them, so the index never lags and never tells of what was rolled back.
package search

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"mainstay/kit/db"
	"mainstay/kit/ids"
)

// Doc is one thing that can be found.
type Doc struct {
	Kind   string // "client", "person", "note", …: letters only; decides where a hit leads
	Ref    ids.ID
	Client ids.ID // owner, for scope; 0 = the firm itself
	Title  string
	Body   string
	// Facets are further words by which a search can be narrowed, such as "open": letters and digits only.
	Facets []string `json:",omitempty"`
	// At is its place where the newest come first (SQLite); 0 = Ref, which suits ids that grow with time.
	At ids.ID `json:"-"`
}

// Index finds documents.
type Index struct{ DB *db.DB }

// Put adds or replaces a document inside tx.
func (x Index) Put(ctx context.Context, tx *sql.Tx, d Doc) error {
	w := x.Writer(tx)
	defer w.Close()
	return w.Put(ctx, d)
}

// Delete takes a document out inside tx; a missing one is no error.
func (x Index) Delete(ctx context.Context, tx *sql.Tx, kind string, ref ids.ID) error {
	w := x.Writer(tx)
	defer w.Close()
	return w.Delete(ctx, kind, ref)
}

// Scope bounds what a search may find. The zero value finds nothing.
type Scope struct {
	All    bool   // everything
	Client ids.ID // otherwise this client's documents only
	House  bool   // and those that belong to the firm itself
}

// clients are the words of whose documents may be found, one of which a document must have; none = everybody's. Without ok
// there is nothing that may.
func (s Scope) clients() (words []string, ok bool) {
	if s.All {
		return nil, true
	}
	if s.Client != 0 {
		words = append(words, clientWord(s.Client))
	}
	if s.House {
		words = append(words, clientWord(0))
	}
	return words, len(words) > 0
}

// common is how many documents make a search too common to be put in order of likeness: then the newest come first.
const common = 2000

// Find returns the best hits of the given kinds (none = all) for what a person typed; the last word may be unfinished.
// Where more than 2,000 documents match, the newest are returned instead of the best. Any text is accepted:
// operators of the engines have no meaning here.
func (x Index) Find(ctx context.Context, scope Scope, typed string, limit int, kinds ...string) ([]Doc, error) {
	words := split(typed)
	owners, ok := scope.clients()
	if len(words) == 0 || !ok {
		return nil, nil
	}
	match, err := x.match(ctx, words, owners, kinds)
	if err != nil {
		return nil, err
	}
	from, where, rank := "search_docs", "search_docs MATCH $1", "bm25(search_docs, 0, 0, 0, 8.0, 1.0, 0)"
	if x.DB.Engine == db.Postgres {
		from, where, rank = "search_docs, to_tsquery('simple', $1) AS q", "words @@ q", "ts_rank(words, q) DESC"
	}
	var n int
	if err := x.DB.Reader().QueryRowContext(ctx, fmt.Sprintf("SELECT count(*) FROM (SELECT 1 FROM %s WHERE %s LIMIT %d) x", from, where, common+1), match).Scan(&n); err != nil || n == 0 {
		return nil, err
	}
	if n > common {
		rank = "rowid DESC" // lazily, from the newest back
		if x.DB.Engine == db.Postgres {
			rank = "ref DESC"
		}
	}
	rows, err := x.DB.Reader().QueryContext(ctx, "SELECT kind, ref, client, title, body FROM "+from+" WHERE "+where+" ORDER BY "+rank+" LIMIT $2", match, limit)
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

// Refs returns the refs, the largest first, of the documents of one kind that have the words and all facets, at most
// limit of them. It reads nothing but the index: for lists that are filtered by words. The kind's documents must have
// been put in with At 0.
func (x Index) Refs(ctx context.Context, scope Scope, typed string, limit int, kind string, facets ...string) ([]ids.ID, error) {
	words := split(typed)
	owners, ok := scope.clients()
	if len(words) == 0 || !ok {
		return nil, nil
	}
	match, err := x.match(ctx, words, owners, []string{kind}, facets...)
	if err != nil {
		return nil, err
	}
	query := "SELECT rowid FROM search_docs WHERE search_docs MATCH $1 ORDER BY rowid DESC LIMIT $2"
	args := []any{match, limit}
	if x.DB.Engine == db.Postgres {
		own := ""
		args = append(args, kind)
		if !scope.All && !scope.House {
			own, args = " AND client = $4", append(args, int64(scope.Client))
		}
		query = "SELECT ref FROM search_docs WHERE words @@ to_tsquery('simple', $1) AND kind = $3" + own + " ORDER BY ref DESC LIMIT $2"
	}
	rows, err := x.DB.Reader().QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []ids.ID
	for rows.Next() {
		var id int64
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		out = append(out, ids.ID(id))
	}
	return out, rows.Err()
}

// match is the engine's own query for folded words, narrowed to clients (none = all), to kinds (none = all) and to facets.
func (x Index) match(ctx context.Context, words, clients, kinds []string, facets ...string) (string, error) {
	narrow := make([]string, len(kinds))
	for i, k := range kinds {
		narrow[i] = kindWord(k)
	}
	facets = slices.Clone(facets)
	for i, f := range facets {
		facets[i] = facetWord(f)
	}
	if x.DB.Engine == db.Postgres {
		// Weights keep the words of the text (A and D) and those of the scope (C) apart.
		m := "'" + strings.Join(words, "':AD & '") + "':*AD"
		if len(clients) > 0 {
			m += " & ('" + strings.Join(clients, "':C | '") + "':C)"
		}
		if len(narrow) > 0 {
			m += " & ('" + strings.Join(narrow, "':C | '") + "':C)"
		}
		for _, f := range facets {
			m += " & '" + f + "':C"
		}
		return m, nil
	}
	last := len(words) - 1
	ending, err := x.ending(ctx, words[last])
	if err != nil {
		return "", err
	}
	m := `{title body} : (`
	for _, w := range words[:last] {
		m += `"` + w + `" AND `
	}
	m += ending + `)`
	if len(clients) > 0 {
		m += ` AND scope : ("` + strings.Join(clients, `" OR "`) + `")`
	}
	if len(narrow) > 0 {
		m += ` AND scope : ("` + strings.Join(narrow, `" OR "`) + `")`
	}
	for _, f := range facets {
		m += ` AND scope : "` + f + `"`
	}
	return m, nil
}

// An unfinished word of at least this many bytes is looked up among the words of the index. Shorter ones have an index of
// their own.
const unfinished = 4

// most is how many words an unfinished one may stand for to be searched by them.
const most = 8

// ending is the query for a word that may be unfinished: the words that begin with it, where they are few. FTS5 would copy
// the lists of documents of all of them together first, which for a word that every document has costs more than the whole
// search.
func (x Index) ending(ctx context.Context, word string) (string, error) {
	whole := `"` + word + `" *`
	if len(word) < unfinished {
		return whole, nil
	}
	var found []string
	for at := word; ; {
		var term string
		err := x.DB.Reader().QueryRowContext(ctx, "SELECT term FROM search_terms WHERE term >= $1 LIMIT 1", at).Scan(&term)
		if errors.Is(err, sql.ErrNoRows) || err == nil && !strings.HasPrefix(term, word) {
			break
		}
		if err != nil || len(found) == most {
			return whole, err
		}
		found = append(found, term)
		at = term + "\x01" // the next: no word has a sign so small
	}
	if len(found) == 0 {
		return `"` + word + `"`, nil
	}
	return `("` + strings.Join(found, `" OR "`) + `")`, nil
}

// kindWord, clientWord and facetWord are the words by which a search is narrowed.
func kindWord(kind string) string { return "k" + kind }

func facetWord(f string) string { return "f" + f }

func clientWord(id ids.ID) string { return "c" + strconv.FormatInt(int64(id), 10) }

// split cuts what was typed into folded words of letters and digits, at most eight.
func split(s string) []string {
	words := tokens(s)
	return words[:min(len(words), 8)]
}

// tokens are the folded words of a text, the same on both engines: PostgreSQL's own parser takes e-mail addresses and
// "INV-2231" apart in its own way.
func tokens(s string) []string {
	return strings.FieldsFunc(fold(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
}
