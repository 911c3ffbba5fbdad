// SPDX-License-Identifier: Apache-2.0

package books

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/cespare/xxhash/v2"

	"mainstay/kit/ids"
	"mainstay/kit/search"
)

// The kinds of documents that the books put into the full-text search. The title of a BookInvoice is its number and its
// body what its lines say; of a BookTicket the subject and its number; of a BookDevice the name and what else is known;
// a BookLine (of lines without an invoice number) and BookHours have a text only.
const (
	BookInvoice = "bookinvoice"
	BookLine    = "bookline"
	BookTicket  = "bookticket"
	BookHours   = "bookhours"
	BookDevice  = "bookdevice"
)

// BookKinds are all of them.
var BookKinds = []string{BookInvoice, BookLine, BookTicket, BookHours, BookDevice}

// indexJob brings the full-text index up to date, client by client, after the import: within it, an import would take
// several times as long.
const indexJob = "books.index"

const (
	indexBatch = 500 // documents of one transaction: others want to write meanwhile
	indexBody  = 400 // bytes of an invoice's texts that are found
)

// toIndex notes, inside tx, clients whose rows changed.
func (s *Service) toIndex(ctx context.Context, tx *sql.Tx, clients []int64) error {
	slices.Sort(clients)
	for _, c := range slices.Compact(clients) {
		if _, err := tx.ExecContext(ctx, `INSERT INTO books_to_index (client_id, wanted) VALUES ($1, 1)
			ON CONFLICT (client_id) DO UPDATE SET wanted = books_to_index.wanted + 1`, c); err != nil {
			return err
		}
	}
	return s.p.Jobs.Enqueue(ctx, tx, indexJob, "")
}

// rowsToIndex notes the clients of the rows of some sources, before they go.
func (s *Service) rowsToIndex(ctx context.Context, tx *sql.Tx, sources string) error {
	for _, t := range rowTables {
		if _, err := tx.ExecContext(ctx, "INSERT INTO books_to_index (client_id, wanted) SELECT DISTINCT client_id, 1 FROM "+t.name+" WHERE source_id IN ("+sources+
			") ON CONFLICT (client_id) DO UPDATE SET wanted = books_to_index.wanted + 1"); err != nil {
			return err
		}
	}
	return s.p.Jobs.Enqueue(ctx, tx, indexJob, "")
}

// Indexed reports whether the full-text search knows all rows of the books by now.
func (s *Service) Indexed(ctx context.Context) (bool, error) {
	var n int
	err := s.p.DB.Reader().QueryRowContext(ctx, "SELECT count(*) FROM (SELECT 1 FROM books_to_index LIMIT 1) x").Scan(&n)
	return n == 0, err
}

// index works through the clients that wait. It may be interrupted and run twice.
func (s *Service) index(ctx context.Context, _ string) error {
	for last := int64(-1); ; {
		var client, wanted int64
		err := s.p.DB.Reader().QueryRowContext(ctx, "SELECT client_id, wanted FROM books_to_index WHERE client_id > $1 ORDER BY client_id LIMIT 1", last).Scan(&client, &wanted)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := s.indexClient(ctx, client, wanted); err != nil {
			return err
		}
		last = client
	}
}

// found is a document of the books: what is put into the index, and since when it is known.
type found struct {
	search.Doc
	day   int64
	print int64
	gone  bool
}

type foundKey struct {
	kind string
	ref  ids.ID
}

// indexClient puts in what is new or changed of a client and takes out what is gone.
func (s *Service) indexClient(ctx context.Context, client, wanted int64) error {
	var changes []*found
	err := s.p.DB.Read(ctx, func(tx *sql.Tx) error {
		docs, err := collect(ctx, tx, client)
		if err != nil {
			return err
		}
		changes, err = compare(ctx, tx, client, docs)
		return err
	})
	if err != nil {
		return err
	}
	for i := 0; ; i += indexBatch {
		part := changes[min(i, len(changes)):min(i+indexBatch, len(changes))]
		err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
			if err := s.putFound(ctx, tx, client, part); err != nil || i+indexBatch < len(changes) {
				return err
			}
			_, err := tx.ExecContext(ctx, "DELETE FROM books_to_index WHERE client_id = $1 AND wanted = $2", client, wanted)
			return err
		})
		if err != nil || i+indexBatch >= len(changes) {
			return err
		}
	}
}

// compare returns the documents that the index does not have so, oldest first, and those that it has too many.
func compare(ctx context.Context, tx *sql.Tx, client int64, docs map[foundKey]*found) (changes []*found, err error) {
	rows, err := tx.QueryContext(ctx, "SELECT kind, ref, print FROM books_indexed WHERE client_id = $1", client)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var k foundKey
		var print int64
		if err := rows.Scan(&k.kind, (*int64)(&k.ref), &print); err != nil {
			return nil, err
		}
		if d := docs[k]; d == nil {
			changes = append(changes, &found{Doc: search.Doc{Kind: k.kind, Ref: k.ref}, gone: true})
		} else if d.print == print {
			delete(docs, k)
		}
	}
	changes = slices.AppendSeq(changes, maps.Values(docs))
	slices.SortFunc(changes, func(a, b *found) int {
		return cmp.Or(cmp.Compare(a.day, b.day), strings.Compare(a.Kind, b.Kind), cmp.Compare(a.Ref, b.Ref))
	})
	return changes, rows.Err()
}

func (s *Service) putFound(ctx context.Context, tx *sql.Tx, client int64, part []*found) error {
	w := search.Index{DB: s.p.DB}.Writer(tx)
	defer w.Close()
	for _, d := range part {
		if d.gone {
			if err := w.Delete(ctx, d.Kind, d.Ref); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, "DELETE FROM books_indexed WHERE client_id = $1 AND kind = $2 AND ref = $3", client, d.Kind, int64(d.Ref)); err != nil {
				return err
			}
			continue
		}
		res, err := tx.ExecContext(ctx, "INSERT INTO books_indexed (client_id, kind, ref, print) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", client, d.Kind, int64(d.Ref), d.print)
		if err != nil {
			return err
		}
		put := w.Add
		if n, err := res.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			put = w.Put
			if _, err := tx.ExecContext(ctx, "UPDATE books_indexed SET print = $4 WHERE client_id = $1 AND kind = $2 AND ref = $3", client, d.Kind, int64(d.Ref), d.print); err != nil {
				return err
			}
		}
		d.At = s.p.IDs.New() // Ref is a hash
		if err := put(ctx, d.Doc); err != nil {
			return err
		}
	}
	return nil
}

// collector gathers what can be found of a client.
type collector struct {
	ctx    context.Context
	tx     *sql.Tx
	client int64
	texts  map[int64]string
	docs   map[foundKey]*found
}

func collect(ctx context.Context, tx *sql.Tx, client int64) (map[foundKey]*found, error) {
	c := &collector{ctx, tx, client, map[int64]string{}, map[foundKey]*found{}}
	for _, step := range []func() error{c.readTexts, c.lines, c.tickets, c.hours, c.devices} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	for _, d := range c.docs {
		d.print = int64(xxhash.Sum64String(d.Title+"\x00"+d.Body) >> 1)
	}
	return c.docs, nil
}

func (c *collector) each(query string, dest []any, fn func()) error {
	rows, err := c.tx.QueryContext(c.ctx, query, c.client)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		fn()
	}
	return rows.Err()
}

// doc returns the document of a kind that says of itself id.
func (c *collector) doc(kind, id, title string, day int64) *found {
	ref := ids.ID(xxhash.Sum64String(kind+"\x00"+strconv.FormatInt(c.client, 36)+"\x00"+id) >> 1)
	k := foundKey{kind, ref}
	d := c.docs[k]
	if d == nil {
		d = &found{Doc: search.Doc{Kind: kind, Ref: ref, Client: ids.ID(c.client), Title: title}}
		c.docs[k] = d
	}
	d.day = max(d.day, day)
	return d
}

func (c *collector) readTexts() error {
	var id int64
	var text string
	return c.each(`SELECT id, text FROM books_texts WHERE id IN (SELECT text_id FROM books_lines WHERE client_id = $1
		UNION SELECT text_id FROM books_tickets WHERE client_id = $1 UNION SELECT text_id FROM books_hours WHERE client_id = $1)`,
		[]any{&id, &text}, func() { c.texts[id] = text })
}

func (c *collector) lines() error {
	var number string
	var text, day int64
	return c.each("SELECT doc, text_id, day FROM books_lines WHERE client_id = $1 ORDER BY day, row_key", []any{&number, &text, &day}, func() {
		say := c.texts[text]
		if number == "" {
			if say != "" {
				c.doc(BookLine, say, say, day)
			}
			return
		}
		d := c.doc(BookInvoice, number, number, day)
		if len(d.Body)+len(say) < indexBody && !strings.Contains(d.Body, say) {
			d.Body = strings.TrimSpace(d.Body + "\n" + say)
		}
	})
}

func (c *collector) tickets() error {
	var identity, text, day int64
	var number string
	return c.each("SELECT identity, ref, text_id, day FROM books_tickets WHERE client_id = $1 ORDER BY day, row_key", []any{&identity, &number, &text, &day}, func() {
		title := c.texts[text]
		if title == "" {
			title = number
		}
		if title != "" {
			d := c.doc(BookTicket, strconv.FormatInt(identity, 36), title, day)
			d.Body = number
		}
	})
}

func (c *collector) hours() error {
	var text, day int64
	return c.each("SELECT text_id, max(day) FROM books_hours WHERE client_id = $1 GROUP BY text_id", []any{&text, &day}, func() {
		if say := c.texts[text]; say != "" {
			c.doc(BookHours, say, say, day)
		}
	})
}

func (c *collector) devices() error {
	var identity int64
	var name, kind, system, serial string
	return c.each("SELECT identity, name, type, system, serial FROM books_assets WHERE client_id = $1 ORDER BY row_key", []any{&identity, &name, &kind, &system, &serial}, func() {
		title := cmp.Or(name, serial)
		if title != "" {
			d := c.doc(BookDevice, strconv.FormatInt(identity, 36), title, 0)
			d.Body = strings.TrimSpace(kind + " " + system + " " + serial)
		}
	})
}
