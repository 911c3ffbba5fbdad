// SPDX-License-Identifier: Apache-2.0

package books

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
)

// LineQuery chooses invoice lines.
type LineQuery struct {
	Client   ids.ID      // 0 = all
	From, To civil.Month // inclusive; 0 = open
	Sign     int         // 1 only charges, −1 only credits, 0 both
	Import   ids.ID      // 0 = all
	After    string      // cursor of the page before
	Limit    int         // 1–500; 0 = 50
}

// LineEvidence is one invoice line as imported.
type LineEvidence struct {
	Client   ids.ID
	Day      civil.Date
	Text     string
	Doc      string
	Minor    int64
	Currency money.Currency
	Told     Told
	Import   ids.ID
	File     string // the table's name
	Number   int64  // line of the file or row of the sheet
}

// LinePage is a page of lines, newest first.
type LinePage struct {
	Rows []LineEvidence
	Next string // "" = this is the last
	last string // mark of the last row
}

// Lines returns the invoice lines behind a number. The rows lie by client and day, so those of a client are
// read in order; those of the whole firm are looked for in growing stretches of time, from the
// newest back, each of them a short range of every client.
func (s *Service) Lines(ctx context.Context, q LineQuery) (LinePage, error) {
	limit := q.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 500)
	f := &lineFilter{limit: limit}
	if err := f.fill(q); err != nil {
		return LinePage{}, err
	}
	if q.Client != 0 {
		return s.linesBetween(ctx, f, f.from, f.to)
	}
	first, last, err := s.daysOfLines(ctx)
	if err != nil {
		return LinePage{}, err
	}
	var p LinePage
	from, to := max(f.from, first), min(f.to, last)
	for step := int64(31); to >= from; step *= 2 {
		at := max(from, to-step)
		f.limit = limit - len(p.Rows)
		part, err := s.linesBetween(ctx, f, at, to)
		if err != nil {
			return LinePage{}, err
		}
		p.Rows = append(p.Rows, part.Rows...)
		to = at - 1
		if part.Next != "" {
			p.Next = part.Next
			break
		}
		if len(p.Rows) == limit {
			if to >= from {
				p.Next = part.last // perhaps nothing follows: then the next page is empty
			}
			break
		}
	}
	return p, nil
}

// lineFilter is a query's conditions but for the days.
type lineFilter struct {
	where    []string
	args     []any
	from, to int64
	limit    int
}

func (f *lineFilter) add(cond string, values ...any) {
	for _, v := range values {
		f.args = append(f.args, v)
		cond = strings.Replace(cond, "?", fmt.Sprintf("$%d", len(f.args)), 1)
	}
	f.where = append(f.where, cond)
}

func (f *lineFilter) fill(q LineQuery) error {
	f.from, f.to = math.MinInt32, math.MaxInt32
	f.add("i.state = 'committed'")
	if q.Client != 0 {
		f.add("l.client_id = ?", int64(q.Client))
	} else {
		f.add("l.client_id IN (SELECT id FROM clients_clients UNION ALL SELECT 0)")
	}
	if q.From != 0 {
		f.from = int64(q.From.First())
	}
	if q.To != 0 {
		f.to = int64(q.To.Last())
	}
	switch {
	case q.Sign > 0:
		f.add("l.minor > 0")
	case q.Sign < 0:
		f.add("l.minor < 0")
	}
	if q.Import != 0 {
		f.add("s.import_id = ?", int64(q.Import))
	}
	if q.After == "" {
		return nil
	}
	var day, client, key int64
	if n, err := fmt.Sscanf(q.After, "%d_%d_%d", &day, &client, &key); n != 3 || err != nil {
		return fault.NewInvalid("The page mark in the address is damaged. Start again from the first page.").On("after")
	}
	f.to = min(f.to, day)
	f.add("(l.day < ? OR (l.day = ? AND (l.client_id < ? OR (l.client_id = ? AND l.row_key < ?))))", day, day, client, client, key)
	return nil
}

// daysOfLines returns the first and the last day on which any client has a line; first > last where there
// are none.
func (s *Service) daysOfLines(ctx context.Context) (first, last int64, err error) {
	const all = "(SELECT id FROM clients_clients UNION ALL SELECT 0) c"
	err = s.p.DB.Reader().QueryRowContext(ctx, `SELECT COALESCE(min(a), 1), COALESCE(max(b), 0) FROM (SELECT
		(SELECT min(l.day) FROM books_lines l WHERE l.client_id = c.id) AS a, (SELECT max(l.day) FROM books_lines l WHERE l.client_id = c.id) AS b FROM `+all+`) AS d`).Scan(&first, &last)
	return first, last, err
}

// linesBetween reads the newest of the lines in a range of days.
func (s *Service) linesBetween(ctx context.Context, f *lineFilter, from, to int64) (LinePage, error) {
	n := len(f.args)
	args := append(slices.Clone(f.args), from, to)
	text := `SELECT l.client_id, l.day, l.row_key, COALESCE(t.text, ''), l.doc, l.minor, l.told, s.import_id, s.name, l.number
		FROM books_lines l JOIN books_sources s ON s.id = l.source_id JOIN books_imports i ON i.id = s.import_id LEFT JOIN books_texts t ON t.id = l.text_id
		WHERE ` + strings.Join(f.where, " AND ") + fmt.Sprintf(" AND l.day BETWEEN $%d AND $%d ORDER BY l.day DESC, l.client_id DESC, l.row_key DESC LIMIT %d", n+1, n+2, f.limit+1)
	rows, err := s.p.DB.Reader().QueryContext(ctx, text, args...)
	if err != nil {
		return LinePage{}, err
	}
	defer rows.Close()
	var p LinePage
	for rows.Next() {
		var e LineEvidence
		var client, day, key, told, imp int64
		if err := rows.Scan(&client, &day, &key, &e.Text, &e.Doc, &e.Minor, &told, &imp, &e.File, &e.Number); err != nil {
			return LinePage{}, err
		}
		if len(p.Rows) == f.limit {
			p.Next = p.last
			break
		}
		t, _, code := unpackTold(told)
		e.Client, e.Day, e.Told, e.Currency, e.Import = ids.ID(client), civil.Date(day), t, currencyOf(code), ids.ID(imp)
		p.Rows, p.last = append(p.Rows, e), fmt.Sprintf("%d_%d_%d", day, client, key)
	}
	return p, rows.Err()
}

// Counts is how many rows of each kind the books hold.
type Counts struct{ Imports, Lines, Templates, Tickets, Hours, Assets int64 }

// Count counts the rows of committed imports by what the imports say, without touching the rows.
func (s *Service) Count(ctx context.Context) (c Counts, err error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, `SELECT s.kind, CAST(sum(s.added) AS BIGINT), count(DISTINCT s.import_id) FROM books_sources s JOIN books_imports i ON i.id = s.import_id
		WHERE i.state = 'committed' GROUP BY s.kind`)
	if err != nil {
		return c, err
	}
	defer rows.Close()
	for rows.Next() {
		var kind string
		var n, imports int64
		if err := rows.Scan(&kind, &n, &imports); err != nil {
			return c, err
		}
		c.Imports += imports
		switch Kind(kind) {
		case KindLines:
			c.Lines = n
		case KindTemplates:
			c.Templates = n
		case KindTickets:
			c.Tickets = n
		case KindHours:
			c.Hours = n
		case KindAssets:
			c.Assets = n
		}
	}
	return c, rows.Err()
}
