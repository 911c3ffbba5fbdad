// SPDX-License-Identifier: Apache-2.0

package books

import (
	"context"
	"fmt"
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
}

// Lines returns the invoice lines behind a number.
func (s *Service) Lines(ctx context.Context, q LineQuery) (LinePage, error) {
	limit := q.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 500)
	where, args := []string{"i.state = 'committed'"}, []any{}
	add := func(cond string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			cond = strings.Replace(cond, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		where = append(where, cond)
	}
	if q.Client != 0 {
		add("l.client_id = ?", int64(q.Client))
	}
	if q.From != 0 {
		add("l.day >= ?", int64(q.From.First()))
	}
	if q.To != 0 {
		add("l.day <= ?", int64(q.To.Last()))
	}
	switch {
	case q.Sign > 0:
		add("l.minor > 0")
	case q.Sign < 0:
		add("l.minor < 0")
	}
	if q.Import != 0 {
		add("s.import_id = ?", int64(q.Import))
	}
	if q.After != "" {
		var day, client, key int64
		if n, err := fmt.Sscanf(q.After, "%d_%d_%d", &day, &client, &key); n != 3 || err != nil {
			return LinePage{}, fault.NewInvalid("The page mark in the address is damaged. Start again from the first page.").On("after")
		}
		add("(l.day < ? OR (l.day = ? AND (l.client_id < ? OR (l.client_id = ? AND l.row_key < ?))))", day, day, client, client, key)
	}
	text := `SELECT l.client_id, l.day, l.row_key, COALESCE(t.text, ''), l.doc, l.minor, l.told, s.import_id, s.name, l.number
		FROM books_lines l JOIN books_sources s ON s.id = l.source_id JOIN books_imports i ON i.id = s.import_id LEFT JOIN books_texts t ON t.id = l.text_id
		WHERE ` + strings.Join(where, " AND ") + fmt.Sprintf(" ORDER BY l.day DESC, l.client_id DESC, l.row_key DESC LIMIT %d", limit+1)
	rows, err := s.p.DB.Reader().QueryContext(ctx, text, args...)
	if err != nil {
		return LinePage{}, err
	}
	defer rows.Close()
	var p LinePage
	var last string
	for rows.Next() {
		var e LineEvidence
		var client, day, key, told, imp int64
		if err := rows.Scan(&client, &day, &key, &e.Text, &e.Doc, &e.Minor, &told, &imp, &e.File, &e.Number); err != nil {
			return LinePage{}, err
		}
		if len(p.Rows) == limit {
			p.Next = last
			break
		}
		t, _, code := unpackTold(told)
		e.Client, e.Day, e.Told, e.Currency, e.Import = ids.ID(client), civil.Date(day), t, currencyOf(code), ids.ID(imp)
		p.Rows, last = append(p.Rows, e), fmt.Sprintf("%d_%d_%d", day, client, key)
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
