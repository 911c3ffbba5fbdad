// SPDX-License-Identifier: Apache-2.0

package db

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Table describes the dumped content of a table. Digest does not depend on the order of the
// rows: it is the exclusive or of their SHA-256.
type Table struct {
	Name    string   `json:"name"`
	Columns []string `json:"columns"`
	Rows    int64    `json:"rows"`
	Digest  string   `json:"digest"`
}

// Tables lists the tables to dump with their columns, in an order in which they can be loaded: what
// others refer to comes first. Tables of the engine itself, of goose and of the full-text
// search (which is made anew) are left out.
func (d *DB) Tables(ctx context.Context, q Query) ([]Table, error) {
	list := "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY rowid"
	if d.Engine == Postgres {
		list = "SELECT c.relname FROM pg_class c WHERE c.relkind = 'r' AND c.relnamespace = current_schema()::regnamespace ORDER BY c.oid"
	}
	names, err := column(ctx, q, list)
	if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(n string) bool {
		return strings.HasPrefix(n, "search_") || strings.HasPrefix(n, "goose_") || strings.HasPrefix(n, "sqlite_")
	})
	var out []Table
	for _, n := range names {
		cols, err := columns(ctx, q, n)
		if err != nil {
			return nil, err
		}
		out = append(out, Table{Name: n, Columns: cols})
	}
	return out, nil
}

func columns(ctx context.Context, q Query, table string) ([]string, error) {
	rows, err := q.QueryContext(ctx, "SELECT * FROM "+table+" WHERE 1 = 0")
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	cols, err := rows.Columns()
	return cols, errors.Join(err, rows.Err())
}

func column(ctx context.Context, q Query, query string) ([]string, error) {
	rows, err := q.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			return nil, err
		}
		out = append(out, s)
	}
	return out, rows.Err()
}

// Dump writes the rows of a table to w, one JSON array a line, and fills in the count and digest.
func Dump(ctx context.Context, q Query, t *Table, w io.Writer) error {
	rows, err := q.QueryContext(ctx, "SELECT "+strings.Join(t.Columns, ", ")+" FROM "+t.Name)
	if err != nil {
		return err
	}
	defer rows.Close()
	values := make([]any, len(t.Columns))
	into := make([]any, len(t.Columns))
	for i := range values {
		into[i] = &values[i]
	}
	var sum [sha256.Size]byte
	out := bufio.NewWriter(w)
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		line, err := encodeRow(values)
		if err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
		fold(&sum, line)
		t.Rows++
		if _, err := out.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	t.Digest = fmt.Sprintf("%x", sum)
	if err := rows.Err(); err != nil {
		return err
	}
	return out.Flush()
}

// encodeRow writes integers and texts alike on both engines.
func encodeRow(values []any) ([]byte, error) {
	row := make([]any, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case int64, string, nil:
			row[i] = v
		case []byte:
			row[i] = string(v)
		default:
			return nil, fmt.Errorf("a value of type %T cannot be dumped", v)
		}
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(row)
	return bytes.TrimRight(b.Bytes(), "\n"), err
}

func fold(sum *[sha256.Size]byte, line []byte) {
	h := sha256.Sum256(line)
	for i := range sum {
		sum[i] ^= h[i]
	}
}

// Load reads what Dump wrote into an empty table inside tx and compares count and
// digest with those that t had when it was dumped.
func Load(ctx context.Context, tx *sql.Tx, t Table, r io.Reader) error {
	marks := make([]string, len(t.Columns))
	for i := range marks {
		marks[i] = fmt.Sprintf("$%d", i+1)
	}
	insert, err := tx.PrepareContext(ctx, "INSERT INTO "+t.Name+" ("+strings.Join(t.Columns, ", ")+") VALUES ("+strings.Join(marks, ", ")+")")
	if err != nil {
		return err
	}
	defer insert.Close()
	var sum [sha256.Size]byte
	var n int64
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 1<<20), 64<<20)
	for sc.Scan() {
		row, err := decodeRow(sc.Bytes(), len(t.Columns))
		if err != nil {
			return fmt.Errorf("table %s, row %d: %w", t.Name, n+1, err)
		}
		if _, err := insert.ExecContext(ctx, row...); err != nil {
			return fmt.Errorf("table %s, row %d: %w", t.Name, n+1, err)
		}
		fold(&sum, sc.Bytes())
		n++
	}
	if err := sc.Err(); err != nil {
		return err
	}
	if got := fmt.Sprintf("%x", sum); n != t.Rows || got != t.Digest {
		return fmt.Errorf("table %s: %d rows with digest %.12s, the backup says %d with %.12s", t.Name, n, got, t.Rows, t.Digest)
	}
	return nil
}

func decodeRow(line []byte, want int) ([]any, error) {
	d := json.NewDecoder(bytes.NewReader(line))
	d.UseNumber()
	var row []any
	if err := d.Decode(&row); err != nil {
		return nil, err
	}
	if len(row) != want {
		return nil, fmt.Errorf("%d values instead of %d", len(row), want)
	}
	for i, v := range row {
		if n, ok := v.(json.Number); ok {
			k, err := n.Int64()
			if err != nil {
				return nil, err
			}
			row[i] = k
		}
	}
	return row, nil
}
