// SPDX-License-Identifier: Apache-2.0

package books

import (
	"cmp"
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

// RowQuery chooses rows of one kind to look at.
type RowQuery struct {
	Kind     Kind        // lines, tickets, hours, templates or assets
	Client   ids.ID      // 0 = all
	From, To civil.Month // inclusive; 0 = open
	Text     string      // part of the row's text, of its number or of its name
	Import   ids.ID      // 0 = all
	After    string      // cursor of the page before
	Limit    int         // 1–1000; 0 = 50
}

// BookRow is one row of the books as it was taken over, of whichever kind: fields that a kind does not
// have are zero.
type BookRow struct {
	Client     ids.ID
	ClientName string // "" = the row names none
	Day        civil.Date
	Text       string // of the line, subject, what was done
	Ref        string // invoice number, ticket number, serial number
	Minor      int64
	Currency   money.Currency
	Told       Told  // lines
	Months     int64 // templates: interval
	Active     bool  // templates
	Opened     int64 // tickets: microseconds since 1970 UTC, 0 = not known
	Solved     int64 // tickets, likewise
	Channel    string
	Origin     Origin
	Covered    int8   // tickets: 1 yes, −1 no, 0 not said
	Person     string // hours
	Minutes    int64
	Reactive   int8 // hours: 1 reactive, −1 planned, 0 cannot be told
	Billable   int8
	Name       string // assets
	Type       string
	System     string
	Monitored  int8
	Patched    int8
	Warranty   civil.Date

	Import ids.ID
	File   string // the table's name
	Number int64  // line of the file or row of the sheet

	mark string // its place, for the cursor
}

// RowPage is a page of rows, newest first.
type RowPage struct {
	Rows []BookRow
	Next string // cursor of the next page; "" = this is the last
}

// browsed says for each kind its table, the columns beside the common ones, and where a text is looked for.
var browsed = map[Kind]struct{ table, cols, like string }{
	KindLines:     {"books_lines", "text_id, minor, doc, told", "doc"},
	KindTemplates: {"books_templates", "text_id, minor, currency, months, active", ""},
	KindTickets:   {"books_tickets", "text_id, ref, channel, opened, solved, origin, covered", "ref"},
	KindHours:     {"books_hours", "text_id, person, minutes, minor, currency, reactive, billable", "person"},
	KindAssets:    {"books_assets", "0 AS text_id, name, type, system, serial, monitored, patched, warranty", "name"},
}

// everyClient makes the engine look up each client's stretch of days instead of reading the whole table: rows lie by
// client and day.
const everyClient = "client_id IN (SELECT id FROM clients_clients UNION ALL SELECT 0)"

// Browse returns the rows that q chooses, newest first. Those of the whole firm are looked for in growing
// stretches of time, from the newest back, so that a page costs what it shows.
func (s *Service) Browse(ctx context.Context, q RowQuery) (RowPage, error) {
	k, ok := browsed[q.Kind]
	if !ok {
		return RowPage{}, fault.NewNotFound("There is no list of this kind.")
	}
	if q.Limit <= 0 {
		q.Limit = 50
	}
	q.Limit = min(q.Limit, 1000)
	where, args, from, to, err := q.where(k.like)
	if err != nil {
		return RowPage{}, err
	}
	var p RowPage
	if q.Client != 0 {
		err = s.browseBetween(ctx, &p, q, where, args, from, to)
	} else {
		err = s.browseBack(ctx, &p, q, where, args, from, to)
	}
	if err != nil {
		return RowPage{}, err
	}
	if len(p.Rows) > q.Limit {
		p.Rows = p.Rows[:q.Limit]
		p.Next = p.Rows[q.Limit-1].mark
	}
	return p, s.nameRows(ctx, p.Rows)
}

// browseBack collects one row more than the page has, going back in time.
func (s *Service) browseBack(ctx context.Context, p *RowPage, q RowQuery, where string, args []any, from, to int64) error {
	table := browsed[q.Kind].table
	var first, last int64
	err := s.p.DB.Reader().QueryRowContext(ctx, "SELECT COALESCE(min(a), 1), COALESCE(max(b), 0) FROM (SELECT (SELECT min(l.day) FROM "+table+" l WHERE l.client_id = c.id) AS a, (SELECT max(l.day) FROM "+
		table+" l WHERE l.client_id = c.id) AS b FROM (SELECT id FROM clients_clients UNION ALL SELECT 0) c) AS d").Scan(&first, &last)
	if err != nil {
		return err
	}
	from, to = max(from, first), min(to, last)
	const century = 36_525
	for step := int64(31); to >= from && len(p.Rows) <= q.Limit; step *= 2 {
		at := max(from, to-step)
		if step > century { // rows without a day lie far back
			at = from
		}
		if err := s.browseBetween(ctx, p, q, where, args, at, to); err != nil {
			return err
		}
		to = at - 1
	}
	return nil
}

// browseBetween adds rows of a stretch of days to the page. They are chosen before anything is joined to them.
func (s *Service) browseBetween(ctx context.Context, p *RowPage, q RowQuery, where string, args []any, from, to int64) error {
	k := browsed[q.Kind]
	args = append(slices.Clone(args), from, to)
	text := "SELECT x.*, COALESCE(t.text, ''), s.import_id, s.name FROM (SELECT client_id, day, row_key, source_id, number, " + k.cols + " FROM " + k.table +
		" WHERE " + where + fmt.Sprintf(" AND day BETWEEN $%d AND $%d ORDER BY day DESC, client_id DESC, row_key DESC LIMIT %d) x", len(args)-1, len(args), q.Limit+1-len(p.Rows)) +
		" JOIN books_sources s ON s.id = x.source_id LEFT JOIN books_texts t ON t.id = x.text_id ORDER BY x.day DESC, x.client_id DESC, x.row_key DESC"
	rows, err := s.p.DB.Reader().QueryContext(ctx, text, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r BookRow
		var key, source, textID, told, active, origin, covered, reactive, billable, monitored, patched int64
		dest := []any{(*int64)(&r.Client), &r.Day, &key, &source, &r.Number, &textID}
		switch q.Kind {
		case KindLines:
			dest = append(dest, &r.Minor, &r.Ref, &told)
		case KindTemplates:
			dest = append(dest, &r.Minor, (*string)(&r.Currency), &r.Months, &active)
		case KindTickets:
			dest = append(dest, &r.Ref, &r.Channel, &r.Opened, &r.Solved, &origin, &covered)
		case KindHours:
			dest = append(dest, &r.Person, &r.Minutes, &r.Minor, (*string)(&r.Currency), &reactive, &billable)
		default:
			dest = append(dest, &r.Name, &r.Type, &r.System, &r.Ref, &monitored, &patched, &r.Warranty)
		}
		if err := rows.Scan(append(dest, &r.Text, (*int64)(&r.Import), &r.File)...); err != nil {
			return err
		}
		if q.Kind == KindLines {
			said, _, code := unpackTold(told)
			r.Told, r.Currency = said, currencyOf(code)
		}
		r.Active, r.Origin, r.Covered = active == 1, Origin(origin), int8(covered)
		r.Reactive, r.Billable, r.Monitored, r.Patched = int8(reactive), int8(billable), int8(monitored), int8(patched)
		r.mark = fmt.Sprintf("%d_%d_%d", int64(r.Day), int64(r.Client), key)
		p.Rows = append(p.Rows, r)
	}
	return rows.Err()
}

// where builds the condition of the inner query but for the days; like is a column that is searched besides
// the text.
func (q RowQuery) where(like string) (cond string, args []any, from, to int64, err error) {
	from, to = math.MinInt32, math.MaxInt32
	var where []string
	add := func(cond string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			cond = strings.Replace(cond, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		where = append(where, cond)
	}
	if q.Client != 0 {
		add("client_id = ?", int64(q.Client))
	} else {
		add(everyClient)
	}
	if q.From != 0 {
		from = int64(q.From.First())
	}
	if q.To != 0 {
		to = int64(q.To.Last())
	}
	if q.Import != 0 {
		add("source_id IN (SELECT id FROM books_sources WHERE import_id = ?)", int64(q.Import))
	}
	if text := strings.TrimSpace(q.Text); text != "" {
		part := "%" + strings.NewReplacer(`%`, `\%`, `_`, `\_`, `\`, `\\`).Replace(strings.ToLower(text)) + "%"
		var either []string
		var values []any
		if q.Kind != KindAssets {
			either, values = append(either, `text_id IN (SELECT id FROM books_texts WHERE lower(text) LIKE ? ESCAPE '\')`), append(values, part)
		}
		if like != "" {
			either, values = append(either, "lower("+like+`) LIKE ? ESCAPE '\'`), append(values, part)
		}
		add("("+strings.Join(either, " OR ")+")", values...)
	}
	if q.After != "" {
		var day, client, key int64
		if n, err := fmt.Sscanf(q.After, "%d_%d_%d", &day, &client, &key); n != 3 || err != nil {
			return "", nil, 0, 0, fault.NewInvalid("The page mark in the address is damaged. Start again from the first page.").On("after")
		}
		to = min(to, day)
		add("(day < ? OR (day = ? AND (client_id < ? OR (client_id = ? AND row_key < ?))))", day, day, client, client, key)
	}
	return strings.Join(where, " AND "), args, from, to, nil
}

func (s *Service) nameRows(ctx context.Context, rows []BookRow) error {
	if len(rows) == 0 {
		return nil
	}
	only := int64(rows[0].Client)
	for _, r := range rows {
		if int64(r.Client) != only {
			only = 0
		}
	}
	names, err := s.clientNames(ctx, only)
	for i := range rows {
		rows[i].ClientName = names[int64(rows[i].Client)]
	}
	return err
}

// Coverage is how many rows of one kind each month has.
type Coverage struct {
	Kind  Kind
	Rows  int64
	First civil.Month // NoMonth = no row has a day
	Last  civil.Month
	Count []int64 // by month from First to Last
}

// Gaps returns the months between the first and the last that have no row.
func (c Coverage) Gaps() (out []civil.Month) {
	for i, n := range c.Count {
		if n == 0 {
			out = append(out, c.First+civil.Month(i))
		}
	}
	return out
}

// Covered returns the coverage of invoice lines, tickets and hours, in this order. It reads the days of all rows, so
// callers keep the answer until [Service.Stamp] changes.
func (s *Service) Covered(ctx context.Context) ([]Coverage, error) {
	var out []Coverage
	for _, k := range []Kind{KindLines, KindTickets, KindHours} {
		c, err := s.covered(ctx, k)
		if err != nil {
			return nil, err
		}
		out = append(out, c)
	}
	return out, nil
}

func (s *Service) covered(ctx context.Context, k Kind) (Coverage, error) {
	c := Coverage{Kind: k, First: civil.NoMonth, Last: civil.NoMonth}
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT day, count(*) FROM "+browsed[k].table+" GROUP BY day")
	if err != nil {
		return c, err
	}
	defer rows.Close()
	months := map[civil.Month]int64{}
	for rows.Next() {
		var day civil.Date
		var n int64
		if err := rows.Scan(&day, &n); err != nil {
			return c, err
		}
		c.Rows += n
		if day.Known() && day != 0 { // a ticket without an opening is kept under day 0
			months[day.Month()] += n
		}
	}
	c.spread(months)
	return c, rows.Err()
}

// spread lays the months out in their order. A month far off all others, such as a mistyped year, does not
// stretch the calendar beyond thirty years.
func (c *Coverage) spread(months map[civil.Month]int64) {
	for m := range months {
		if !c.First.Known() || m < c.First {
			c.First = m
		}
		if !c.Last.Known() || m > c.Last {
			c.Last = m
		}
	}
	if !c.First.Known() {
		return
	}
	c.First = max(c.First, c.Last-12*30)
	c.Count = make([]int64, c.Last-c.First+1)
	for m, n := range months {
		if m >= c.First {
			c.Count[m-c.First] += n
		}
	}
}

// Stamp changes whenever rows came or went.
func (s *Service) Stamp(ctx context.Context) (string, error) {
	var n, last int64
	err := s.p.DB.Reader().QueryRowContext(ctx, "SELECT count(*), COALESCE(max(committed_at), 0) FROM books_imports WHERE state = 'committed'").Scan(&n, &last)
	return fmt.Sprintf("%d-%d", n, last), err
}

// ClientChoice is a client to choose rows by.
type ClientChoice struct {
	ID   ids.ID
	Name string
}

// ClientChoices returns the clients by name.
func (s *Service) ClientChoices(ctx context.Context) ([]ClientChoice, error) {
	names, err := s.clientNames(ctx, 0)
	out := make([]ClientChoice, 0, len(names))
	for id, name := range names {
		out = append(out, ClientChoice{ids.ID(id), name})
	}
	slices.SortFunc(out, func(a, b ClientChoice) int {
		return cmp.Or(cmp.Compare(strings.ToLower(a.Name), strings.ToLower(b.Name)), cmp.Compare(a.ID, b.ID))
	})
	return out, err
}
