// SPDX-License-Identifier: Apache-2.0

package books

import (
	"cmp"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"

	"mainstay/kit/db"
)

const (
	chunkRows = 1 << 15 // rows that are sorted before they are written
	batchRows = 150     // rows of one INSERT: larger ones gain nothing
)

// rowWriter writes the rows of one table: sorted by key, so that they land beside each other, many to a
// statement, those that are there already left alone.
type rowWriter struct {
	w       *rowSink
	kind    string
	table   string
	cols    []string
	minorAt int       // column of the amount, for the sum of known rows; 0 = none
	stmt    *sql.Stmt // inserts a full batch
	find    *sql.Stmt // finds which rows of a batch are there
	again   *sql.Stmt // remembers a full batch of them
	args    []any
	keys    []rowKey
	batch   []any
}

type rowKey struct {
	client, day, key int64
	at               int32
}

func newRowWriter(w *rowSink, kind, table string, cols []string) *rowWriter {
	return &rowWriter{w: w, kind: kind, table: table, cols: cols}
}

func (t *rowWriter) add(client, day, key, number int64, rest ...any) error {
	t.w.handed++
	t.keys = append(t.keys, rowKey{client, day, key, int32(len(t.keys))})
	t.args = append(append(t.args, client, day, key, number), rest...)
	if len(t.keys) < chunkRows {
		return nil
	}
	if err := t.w.texts.flush(); err != nil {
		return err
	}
	return t.flush()
}

func (t *rowWriter) flush() error {
	if len(t.keys) == 0 {
		return nil
	}
	slices.SortFunc(t.keys, func(a, b rowKey) int {
		return cmp.Or(cmp.Compare(a.client, b.client), cmp.Compare(a.day, b.day), cmp.Compare(a.key, b.key))
	})
	for i := 0; i < len(t.keys); i += batchRows {
		if err := t.insert(t.keys[i:min(i+batchRows, len(t.keys))]); err != nil {
			return err
		}
	}
	clear(t.args)
	t.keys, t.args = t.keys[:0], t.args[:0]
	return nil
}

func (t *rowWriter) insert(keys []rowKey) error {
	n := len(t.cols)
	t.batch = t.batch[:0]
	for _, k := range keys {
		t.batch = append(t.batch, t.args[int(k.at)*n:int(k.at)*n+n]...)
	}
	var res sql.Result
	var err error
	if len(keys) == batchRows {
		if t.stmt == nil {
			if t.stmt, err = t.w.tx.PrepareContext(t.w.ctx, t.text(batchRows)); err != nil {
				return err
			}
		}
		res, err = t.stmt.ExecContext(t.w.ctx, t.batch...)
	} else {
		res, err = t.w.tx.ExecContext(t.w.ctx, t.text(len(keys)), t.batch...)
	}
	if err != nil {
		return err
	}
	added, err := res.RowsAffected()
	if err != nil {
		return err
	}
	src := t.w.sources[len(t.w.sources)-1]
	src.added += added
	t.w.added += added
	if int(added) < len(keys) {
		return t.seen(keys, src)
	}
	return nil
}

func (t *rowWriter) text(rows int) string {
	return "INSERT INTO " + t.table + " (" + strings.Join(t.cols, ", ") + ", source_id) VALUES " + t.w.values(rows, len(t.cols), ","+strconv.FormatInt(t.w.source, 10)) + " ON CONFLICT DO NOTHING"
}

// values is "($1, $2), ($3, $4), …"; on SQLite "(?, ?), …", since that engine searches the list of a
// statement's numbered parameters at each bind, which makes long statements quadratic. last, our own text,
// ends each row.
func (w *rowSink) values(rows, cols int, last string) string {
	var b strings.Builder
	for i := range rows * cols {
		switch {
		case i%cols > 0:
			b.WriteByte(',')
		case i > 0:
			b.WriteString(last + "),(")
		default:
			b.WriteByte('(')
		}
		b.WriteString(w.param(i + 1))
	}
	b.WriteString(last + ")")
	return b.String()
}

func (w *rowSink) param(i int) string {
	if w.s.p.DB.Engine == db.SQLite {
		return "?"
	}
	return "$" + strconv.Itoa(i)
}

// seen remembers of a batch the rows that another source has brought before.
func (t *rowWriter) seen(keys []rowKey, src *sourceCount) error {
	mine := map[[3]int64]int32{}
	args := []any{t.w.source}
	for _, k := range keys {
		args = append(args, k.client, k.day, k.key)
		mine[[3]int64{k.client, k.day, k.key}] = k.at
	}
	if t.find == nil {
		// The batch is filled up with its last row, so that one statement serves all.
		var err error
		if t.find, err = t.w.tx.PrepareContext(t.w.ctx, t.findText()); err != nil {
			return err
		}
	}
	for n := len(keys); n < batchRows; n++ {
		args = append(args, args[len(args)-3:]...)
	}
	rows, err := t.find.QueryContext(t.w.ctx, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	var put []any
	for rows.Next() {
		var id [3]int64
		if err := rows.Scan(&id[0], &id[1], &id[2]); err != nil {
			return err
		}
		row := t.args[int(mine[id])*len(t.cols):]
		put = append(put, t.kind, id[0], id[1], id[2], row[3])
		if t.minorAt > 0 {
			src.minor += row[t.minorAt].(int64)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	return t.putSeen(put, src)
}

func (t *rowWriter) findText() string {
	var b strings.Builder
	b.WriteString("SELECT client_id, day, row_key FROM " + t.table + " WHERE source_id <> " + t.w.param(1) + " AND (client_id, day, row_key) IN (VALUES ")
	for i := range batchRows {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "(CAST(%s AS BIGINT), CAST(%s AS BIGINT), CAST(%s AS BIGINT))", t.w.param(3*i+2), t.w.param(3*i+3), t.w.param(3*i+4))
	}
	b.WriteByte(')')
	return b.String()
}

func (t *rowWriter) putSeen(put []any, src *sourceCount) (err error) {
	const cols = 5
	n := len(put) / cols
	src.known += int64(n)
	t.w.known += int64(n)
	text := func(n int) string {
		return "INSERT INTO books_seen (kind, client_id, day, row_key, number, source_id) VALUES " + t.w.values(n, cols, ","+strconv.FormatInt(t.w.source, 10)) + " ON CONFLICT DO NOTHING"
	}
	switch {
	case n == 0:
		return nil
	case n < batchRows:
		_, err = t.w.tx.ExecContext(t.w.ctx, text(n), put...)
		return err
	case t.again == nil:
		if t.again, err = t.w.tx.PrepareContext(t.w.ctx, text(batchRows)); err != nil {
			return err
		}
	}
	_, err = t.again.ExecContext(t.w.ctx, put...)
	return err
}

func (t *rowWriter) close() {
	for _, s := range []**sql.Stmt{&t.stmt, &t.find, &t.again} {
		if *s != nil {
			_ = (*s).Close()
			*s = nil
		}
	}
}

// textWriter keeps each text once, under a hash of it.
type textWriter struct {
	w    *rowSink
	seen map[uint64]struct{} // of this import, bounded
	args []any
	last []byte
	prev int64
}

const textBatch = 200

func (t *textWriter) id(text []byte) (int64, error) {
	if len(text) == 0 {
		return 0, nil
	}
	if string(text) == string(t.last) {
		return t.prev, nil
	}
	h := xxhash.Sum64(text) >> 1
	id := int64(h)
	t.last, t.prev = append(t.last[:0], text...), id
	if _, ok := t.seen[h]; ok {
		return id, nil
	}
	if len(t.seen) >= 1<<20 {
		clear(t.seen)
	}
	t.seen[h] = struct{}{}
	t.args = append(t.args, id, string(text))
	if len(t.args) < 2*textBatch {
		return id, nil
	}
	return id, t.flush()
}

func (t *textWriter) flush() error {
	if len(t.args) == 0 {
		return nil
	}
	_, err := t.w.tx.ExecContext(t.w.ctx, "INSERT INTO books_texts (id, text) VALUES "+t.w.values(len(t.args)/2, 2, "")+" ON CONFLICT DO NOTHING", t.args...)
	t.args = t.args[:0]
	return err
}
