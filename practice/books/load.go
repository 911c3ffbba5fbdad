// SPDX-License-Identifier: Apache-2.0

package books

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	"mainstay/kit/civil"
	"mainstay/kit/clock"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/books/store"
)

// Ledger loads the books, or those of the one client known as client, "" being all. It is what the
// reader would make of the same files, with the clients' names as they are now, and the time that was entered here.
func (s *Service) Ledger(ctx context.Context, client string) (*Ledger, error) {
	l := &loader{ctx: ctx, b: NewBuilder(), clients: map[int64]int32{0: 0}, texts: map[int64]int32{0: 0}, sources: map[int64]int32{}}
	if client != "" {
		id, err := s.p.Clients.Resolve(ctx, client)
		if fault.Is(err, fault.NotFound) {
			return l.b.Ledger(), nil
		}
		if err != nil {
			return nil, err
		}
		l.only = int64(id)
	}
	names, err := s.clientNames(ctx, l.only)
	if err != nil {
		return nil, err
	}
	l.nameClients(names)
	err = s.p.DB.Read(ctx, func(tx *sql.Tx) error {
		l.tx = tx
		for _, step := range []func() error{l.loadSources, l.loadTexts, func() error { return l.loadAgreements(clock.Today(s.p.Clock, s.p.Zone)) }, l.loadBilled, l.loadLines, l.loadTemplates, l.loadTickets, l.loadHours, l.loadOwn, l.loadAssets, func() error { return l.loadOwnTickets(s.p.OwnTickets) }} {
			if err := step(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := l.b.End(); err != nil {
		return nil, err
	}
	l.texts, l.clients = nil, nil // a large firm's are missed while its lines are put in order
	out := l.b.Ledger()
	out.Issued = l.own.days
	l.notes(out)
	return out, nil
}

// loader fills a builder from the tables, without looking at names row by row.
type loader struct {
	ctx     context.Context
	tx      *sql.Tx
	b       *Builder
	only    int64 // client
	clients map[int64]int32
	texts   map[int64]int32
	sources map[int64]int32
	known   []store.BooksSource
	said    []Note // by the reports
	own     own
}

// nameClients gives every client a name of its own in the ledger, in the order of the ids, whatever they
// are called.
func (l *loader) nameClients(names map[int64]string) {
	order := make([]int64, 0, len(names))
	for id := range names {
		order = append(order, id)
	}
	slices.Sort(order)
	for _, id := range order {
		l.clients[id] = l.b.clients.put(names[id], 0)
	}
}

func (l *loader) loadSources() (err error) {
	q := store.New(l.tx)
	if l.known, err = q.CommittedSources(l.ctx); err != nil {
		return err
	}
	for _, r := range l.known {
		l.sources[r.ID] = int32(len(l.b.sources))
		l.b.sources = append(l.b.sources, Source{Name: r.Name, Kind: Kind(r.Kind)})
		if Kind(r.Kind) == KindClients || Kind(r.Kind) == KindPeople {
			l.b.sources[len(l.b.sources)-1].Rows = int(r.Added)
		}
	}
	return nil
}

// notes adds what the imports' reports say was left out or assumed, and what they told again.
func (l *loader) notes(out *Ledger) {
	if l.only != 0 {
		return // those of all files say nothing about one client
	}
	out.Notes = append(out.Notes, l.said...)
	if l.own.again.Rows > 0 {
		out.Notes = append(out.Notes, l.own.again)
	}
	again := map[string]*Note{}
	for _, s := range l.known {
		if s.Known == 0 {
			continue
		}
		code := "overlap-" + s.Kind
		if again[code] == nil {
			again[code] = &Note{Code: code}
		}
		again[code].Rows += int(s.Known)
		again[code].Minor += s.KnownMinor
	}
	for _, n := range again {
		out.Notes = append(out.Notes, *n)
	}
	sortNotes(out.Notes)
}

// loadReports reads the notes of the committed imports.
func (l *loader) loadReports(q *store.Queries) error {
	reports, err := q.CommittedReports(l.ctx)
	for _, r := range reports {
		var rep Report
		if e := json.Unmarshal([]byte(r), &rep); e != nil {
			return errors.Join(err, e)
		}
		for _, t := range rep.Tables {
			if t.Kind != "" {
				l.said = append(l.said, t.Notes...)
			}
		}
	}
	return err
}

func (l *loader) loadTexts() error {
	if l.only == 0 {
		if err := l.loadReports(store.New(l.tx)); err != nil {
			return err
		}
	}
	query, args := "SELECT id, text FROM books_texts", []any{}
	if l.only != 0 {
		query += " WHERE id IN (SELECT text_id FROM books_lines WHERE client_id = $1 UNION SELECT text_id FROM books_hours WHERE client_id = $1 UNION SELECT text_id FROM books_templates WHERE client_id = $1)"
		args = append(args, l.only)
	}
	var hours int64 // only they may tell of planned contacts by their text
	if err := l.tx.QueryRowContext(l.ctx, "SELECT count(*) FROM (SELECT 1 FROM books_hours LIMIT 1) AS one").Scan(&hours); err != nil {
		return err
	}
	var id int64
	var text sql.RawBytes
	return l.each(query, args, []any{&id, &text}, func() error {
		l.texts[id] = l.b.texts.id(text)
		if hours == 0 {
			return nil
		}
		if is, review := plannedContact(StreamKey(string(text))); is {
			kind := int8(1)
			if review {
				kind = 2
			}
			l.b.planned[l.texts[id]] = max(l.b.planned[l.texts[id]], kind)
		}
		return nil
	})
}

// each runs a query and fn with every row scanned into dest.
func (l *loader) each(query string, args, dest []any, fn func() error) error {
	rows, err := l.tx.QueryContext(l.ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := rows.Scan(dest...); err != nil {
			return err
		}
		if err := fn(); err != nil {
			return err
		}
	}
	return rows.Err()
}

// rows runs over a table of rows, of one client where only is set. The first five columns are the
// same in all of them.
func (l *loader) rows(table, cols string, dest []any, fn func(at Row, client int32, day civil.Date, key uint64) error) error {
	var client, day, key, source, number int64
	query, args := "SELECT client_id, day, row_key, source_id, number, "+cols+" FROM "+table, []any{}
	if l.only != 0 {
		query += " WHERE client_id = $1"
		args = append(args, l.only)
	}
	return l.each(query, args, append([]any{&client, &day, &key, &source, &number}, dest...), func() error {
		at, ok := l.sources[source]
		if !ok {
			return nil // of an import that is being undone
		}
		l.b.sources[at].Rows++
		return fn(Row{at, number}, l.clients[client], civil.Date(day), uint64(key))
	})
}

func (l *loader) loadLines() error {
	var minor, text, said int64
	var doc sql.RawBytes
	var last [3]byte
	cur := l.b.currency("")
	issued := len(l.own.issued) > 0
	return l.rows("books_lines", "minor, text_id, doc, told", []any{&minor, &text, &doc, &said}, func(at Row, client int32, day civil.Date, key uint64) error {
		told, term, code := unpackTold(said)
		if code != last {
			cur, last = l.b.currency(currencyOf(code)), code
		}
		if issued && len(doc) > 0 && l.isOwn(doc, client, day, minor) {
			return nil
		}
		return l.b.addLine(&Line{
			Row: at, Minor: minor, Client: client, Text: l.texts[text], Doc: l.b.docs.id(doc), Day: day, Term: term, Told: told,
		}, key, cur)
	})
}

func (l *loader) loadTemplates() error {
	var minor, text, months, active int64
	var currency sql.RawBytes
	return l.rows("books_templates", "minor, currency, text_id, months, active", []any{&minor, &currency, &text, &months, &active}, func(at Row, client int32, day civil.Date, key uint64) error {
		l.b.templates.add(kept[Template]{Template{Row: at, Client: client, Text: l.texts[text], Minor: minor, Months: uint8(months), From: day, Active: active == 1}, key, l.b.currency(money.Currency(currency))})
		return nil
	})
}

func (l *loader) loadTickets() error {
	var identity, opened, solved, origin, reopened, covered int64
	return l.rows("books_tickets", "identity, opened, solved, origin, reopened, covered", []any{&identity, &opened, &solved, &origin, &reopened, &covered}, func(at Row, client int32, _ civil.Date, _ uint64) error {
		l.b.tickets.add(kept[Ticket]{Ticket{Row: at, Client: client, Opened: opened, Solved: solved, Origin: Origin(origin), Reopened: reopened == 1, Covered: int8(covered)}, uint64(identity), 0})
		return nil
	})
}

func (l *loader) loadHours() error {
	var text, minutes, minor, reactive, billable int64
	var person, currency sql.RawBytes
	return l.rows("books_hours", "person, text_id, minutes, minor, currency, reactive, billable", []any{&person, &text, &minutes, &minor, &currency, &reactive, &billable}, func(at Row, client int32, day civil.Date, key uint64) error {
		l.b.addHours(Hours{
			Row: at, Client: client, Person: l.b.people.id(person), Text: l.texts[text], Day: day, Minutes: int32(minutes), Minor: minor, Reactive: int8(reactive), Billable: int8(billable),
		}, key, l.b.currency(money.Currency(currency)))
		return nil
	})
}

func (l *loader) loadAssets() error {
	var identity, server, endpoint, monitored, patched int64
	return l.rows("books_assets", "identity, server, endpoint, monitored, patched", []any{&identity, &server, &endpoint, &monitored, &patched}, func(at Row, client int32, _ civil.Date, _ uint64) error {
		l.b.assets.add(kept[Asset]{Asset{Row: at, Client: client, Server: server == 1, Endpoint: endpoint == 1, Monitored: int8(monitored), Patched: int8(patched)}, uint64(identity), 0})
		return nil
	})
}

// loadOwnTickets adds the tickets of the firm's own helpdesk, as a source of their own.
func (l *loader) loadOwnTickets(each func(context.Context, ids.ID, func(OwnTicket) error) error) error {
	if each == nil {
		return nil
	}
	at := int32(-1)
	return each(l.ctx, ids.ID(l.only), func(t OwnTicket) error {
		if at < 0 {
			at = int32(len(l.b.sources))
			l.b.sources = append(l.b.sources, Source{Name: OwnSource, Kind: KindTickets})
		}
		l.b.sources[at].Rows++
		l.b.tickets.add(kept[Ticket]{Ticket{Row: Row{at, t.Number}, Client: l.clients[int64(t.Client)], Opened: t.Opened, Solved: t.Solved, Origin: t.Origin, Reopened: t.Reopened}, mix(uint64(t.ID), 0x6465736b), 0})
		return nil
	})
}

// OwnSource is the name of the source of what was done here, not in an earlier tool.
const OwnSource = "Mainstay"
