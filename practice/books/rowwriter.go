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
	// Rows that are sorted before they are written, some 90 bytes each: the more of them, the fewer pages
	// of a large table does each lot touch.
	chunkRows = 1 << 18
	batchRows = 150 // rows of one INSERT: larger ones gain nothing
)

// rowWriter writes the rows of one table: sorted by key, so that they land beside each other, many to a
// statement, those that are there already left alone.
type rowWriter struct {
	w       *rowSink
	kind    string
	table   string
	cols    []string  // the key's three, then those of numbers, then those of letters
	nNums   int       // columns of numbers beside the key; the first is where the row stands in its file
	minorAt int       // which of them is the amount, for the sum of known rows; 0 = none
	stmt    *sql.Stmt // inserts a full batch
	find    *sql.Stmt // finds which rows of a batch are there
	again   *sql.Stmt // remembers a full batch of them
	keys    []rowKey
	nums    []int64
	letters []byte
	ends    []uint32 // in letters, by row and column
	batch   []any
}

type rowKey struct {
	client, day, key int64
	at               int32
}

func newRowWriter(w *rowSink, kind, table string, nums, letters []string) *rowWriter {
	return &rowWriter{w: w, kind: kind, table: table, cols: slices.Concat([]string{"client_id", "day", "row_key", "number"}, nums, letters), nNums: len(nums) + 1}
}

// add takes a row: its key, its numbers and its letters, in the order of the columns.
func (t *rowWriter) add(client, day, key int64, nums []int64, letters ...[]byte) error {
	t.w.handed++
	t.keys = append(t.keys, rowKey{client, day, key, int32(len(t.keys))})
	t.nums = append(t.nums, nums...)
	for _, l := range letters {
		t.letters = append(t.letters, l...)
		t.ends = append(t.ends, uint32(len(t.letters)))
	}
	if len(t.keys) < chunkRows && len(t.letters) < chunkLetters {
		return nil
	}
	return t.flush()
}

// chunkLetters bounds what rows with long names may hold.
const chunkLetters = 64 << 20

// values appends the arguments of a row.
func (t *rowWriter) values(args []any, k rowKey) []any {
	args = append(args, k.client, k.day, k.key)
	for _, n := range t.nums[int(k.at)*t.nNums:][:t.nNums] {
		args = append(args, n)
	}
	texts := len(t.cols) - 3 - t.nNums
	for i := int(k.at) * texts; i < (int(k.at)+1)*texts; i++ {
		from := uint32(0)
		if i > 0 {
			from = t.ends[i-1]
		}
		args = append(args, string(t.letters[from:t.ends[i]]))
	}
	return args
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
	t.keys, t.nums, t.letters, t.ends = t.keys[:0], t.nums[:0], t.letters[:0], t.ends[:0]
	return nil
}

func (t *rowWriter) insert(keys []rowKey) error {
	t.batch = t.batch[:0]
	for _, k := range keys {
		t.batch = t.values(t.batch, k)
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
	return t.w.insert(t.table, strings.Join(t.cols, ", ")+", source_id", t.w.values(rows, len(t.cols), ","+strconv.FormatInt(t.w.source, 10)))
}

// insert is a statement that leaves rows alone which are there already. On SQLite it says so in front: with
// ON CONFLICT the engine would copy every page that the statement changes, to be able to take it back half
// way. A row that breaks another rule would be left out too; the sums at the end tell.
func (w *rowSink) insert(table, cols, values string) string {
	text := table + " (" + cols + ") VALUES " + values
	if w.s.p.DB.Engine == db.SQLite {
		return "INSERT OR IGNORE INTO " + text
	}
	return "INSERT INTO " + text + " ON CONFLICT DO NOTHING"
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
		nums := t.nums[int(mine[id])*t.nNums:]
		put = append(put, t.kind, id[0], id[1], id[2], nums[0])
		if t.minorAt > 0 {
			src.minor += nums[t.minorAt]
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
		return t.w.insert("books_seen", "kind, client_id, day, row_key, number, source_id", t.w.values(n, cols, ","+strconv.FormatInt(t.w.source, 10)))
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
	seen printSet // of this import, bounded
	lot  []lotText
	abc  []byte // the letters of the lot
	stmt *sql.Stmt
	last []byte
	prev int64
}

// lotText is a text of the lot that is to be written next.
type lotText struct {
	id       int64
	from, to uint32
}

const (
	textBatch = 200     // texts of one INSERT
	textLot   = 1 << 18 // texts that are sorted by their id before they are written
	lotBytes  = 16 << 20
	seenTexts = 3 << 20 // how many are remembered; then the table says whether it knows a text
)

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
	if t.seen.n >= seenTexts {
		t.seen.clear()
	}
	if !t.seen.add(h) {
		return id, nil
	}
	from := uint32(len(t.abc))
	t.abc = append(t.abc, text...)
	t.lot = append(t.lot, lotText{id, from, uint32(len(t.abc))})
	if len(t.lot) < textLot && len(t.abc) < lotBytes {
		return id, nil
	}
	return id, t.flush()
}

func (t *textWriter) flush() (err error) {
	slices.SortFunc(t.lot, func(a, b lotText) int { return cmp.Compare(a.id, b.id) })
	text := func(n int) string { return t.w.insert("books_texts", "id, text", t.w.values(n, 2, "")) }
	args := make([]any, 0, 2*textBatch)
	for lot := range slices.Chunk(t.lot, textBatch) {
		args = args[:0]
		for _, x := range lot {
			args = append(args, x.id, string(t.abc[x.from:x.to]))
		}
		if len(lot) < textBatch {
			_, err = t.w.tx.ExecContext(t.w.ctx, text(len(lot)), args...)
		} else {
			if t.stmt == nil {
				if t.stmt, err = t.w.tx.PrepareContext(t.w.ctx, text(textBatch)); err != nil {
					return err
				}
			}
			_, err = t.stmt.ExecContext(t.w.ctx, args...)
		}
		if err != nil {
			return err
		}
	}
	t.lot, t.abc = t.lot[:0], t.abc[:0]
	return nil
}

func (t *textWriter) close() {
	if t.stmt != nil {
		_ = t.stmt.Close()
		t.stmt = nil
	}
}
