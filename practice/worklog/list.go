// SPDX-License-Identifier: Apache-2.0

package worklog

import (
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/worklog/store"
)

// Query chooses entries or items. Zero values choose all.
type Query struct {
	Client, Person, Type, Ticket ids.ID
	State                        *State
	Unbilled                     bool       // billable and not billed yet
	From, To                     civil.Date // inclusive; NoDate = open
	Oldest                       bool       // the oldest first, else the newest
	After                        string     // cursor of the page before
	Limit                        int        // 1–1000; 0 = 50
}

// EntryPage is a page of entries.
type EntryPage struct {
	Rows []Entry
	Next string // cursor; "" = this is the last
}

// ItemPage is a page of items.
type ItemPage struct {
	Rows []Item
	Next string
}

const entryColumns = `id, version, person_id, person, client_id, ticket_id, ticket_number, ticket, origin, type_id, day, starts, minutes, after_hours, note, internal,
	coverage, chosen, reactive, own_minutes, billed_minutes, rate, factor, minor, currency, priced, card, card_from, state, unbilled, invoice, invoice_line, corrects_id, made_at, changed_at`

// List returns a page of entries in scope, by day.
func (s *Service) List(ctx context.Context, scope access.Scope, query Query) (EntryPage, error) {
	var p EntryPage
	limit, text, args, err := query.sql("SELECT "+entryColumns+" FROM worklog_entries", scope, true)
	if err != nil {
		return p, err
	}
	rows, err := s.p.DB.Reader().QueryContext(ctx, text, args...)
	if err != nil {
		return p, err
	}
	defer rows.Close()
	for rows.Next() {
		var r store.WorklogEntry
		if err := scanEntry(rows, &r); err != nil {
			return p, err
		}
		if len(p.Rows) == limit {
			last := p.Rows[limit-1]
			p.Next = cursor(last.Day, last.ID)
			break
		}
		p.Rows = append(p.Rows, entryOf(r))
	}
	return p, rows.Err()
}

func scanEntry(rows *sql.Rows, r *store.WorklogEntry) error {
	return rows.Scan(&r.ID, &r.Version, &r.PersonID, &r.Person, &r.ClientID, &r.TicketID, &r.TicketNumber, &r.Ticket, &r.Origin, &r.TypeID, &r.Day, &r.Starts, &r.Minutes, &r.AfterHours, &r.Note, &r.Internal,
		&r.Coverage, &r.Chosen, &r.Reactive, &r.OwnMinutes, &r.BilledMinutes, &r.Rate, &r.Factor, &r.Minor, &r.Currency, &r.Priced, &r.Card, &r.CardFrom, &r.State, &r.Unbilled, &r.Invoice, &r.InvoiceLine, &r.CorrectsID, &r.MadeAt, &r.ChangedAt)
}

// Items returns a page of items in scope, by day. The kind of work chooses nothing here.
func (s *Service) Items(ctx context.Context, scope access.Scope, query Query) (ItemPage, error) {
	var p ItemPage
	limit, text, args, err := query.sql(`SELECT id, version, kind, person_id, person, client_id, ticket_id, ticket_number, ticket, day, note, quantity_coef, quantity_scale, price_coef, price_scale,
		cost_coef, cost_scale, minor, currency, coverage, state, unbilled, invoice, invoice_line, made_at, changed_at FROM worklog_items`, scope, false)
	if err != nil {
		return p, err
	}
	rows, err := s.p.DB.Reader().QueryContext(ctx, text, args...)
	if err != nil {
		return p, err
	}
	defer rows.Close()
	for rows.Next() {
		var r store.WorklogItem
		if err := rows.Scan(&r.ID, &r.Version, &r.Kind, &r.PersonID, &r.Person, &r.ClientID, &r.TicketID, &r.TicketNumber, &r.Ticket, &r.Day, &r.Note, &r.QuantityCoef, &r.QuantityScale, &r.PriceCoef, &r.PriceScale,
			&r.CostCoef, &r.CostScale, &r.Minor, &r.Currency, &r.Coverage, &r.State, &r.Unbilled, &r.Invoice, &r.InvoiceLine, &r.MadeAt, &r.ChangedAt); err != nil {
			return p, err
		}
		if len(p.Rows) == limit {
			last := p.Rows[limit-1]
			p.Next = cursor(last.Day, last.ID)
			break
		}
		p.Rows = append(p.Rows, itemOf(r))
	}
	return p, rows.Err()
}

// sql builds the query and returns the limit of a page.
func (query Query) sql(text string, scope access.Scope, types bool) (limit int, _ string, args []any, err error) {
	limit = query.Limit
	if limit <= 0 {
		limit = 50
	}
	limit = min(limit, 1000)
	var where []string
	add := func(cond string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			cond = strings.Replace(cond, "?", "$"+strconv.Itoa(len(args)), 1)
		}
		where = append(where, cond)
	}
	if !scope.All() {
		add("client_id = ?", int64(scope.Client()))
	}
	for _, x := range []struct {
		column string
		id     ids.ID
	}{{"client_id", query.Client}, {"person_id", query.Person}, {"type_id", query.Type}} {
		if x.id != 0 && (types || x.column != "type_id") {
			add(x.column+" = ?", int64(x.id))
		}
	}
	if query.Ticket != 0 {
		add("ticket_id = ? AND ticket_id <> 0", int64(query.Ticket))
	}
	if query.State != nil {
		add("state = ?", int64(*query.State))
	}
	if query.Unbilled {
		add("unbilled = 1")
	}
	if query.From.Known() && query.From != 0 {
		add("day >= ?", int64(query.From))
	}
	if query.To.Known() && query.To != 0 {
		add("day <= ?", int64(query.To))
	}
	order, sign := "DESC", "<"
	if query.Oldest {
		order, sign = "ASC", ">"
	}
	if query.After != "" {
		day, id, err := openCursor(query.After)
		if err != nil {
			return 0, "", nil, err
		}
		add("(day, id) "+sign+" (?, ?)", int64(day), int64(id))
	}
	if len(where) > 0 {
		text += " WHERE " + strings.Join(where, " AND ")
	}
	return limit, text + fmt.Sprintf(" ORDER BY day %s, id %s LIMIT %d", order, order, limit+1), args, nil
}

// cursor is the place after a row.
func cursor(day civil.Date, id ids.ID) string {
	return base64.RawURLEncoding.EncodeToString([]byte(id.String() + strconv.Itoa(int(day))))
}

func openCursor(s string) (civil.Date, ids.ID, error) {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil && len(b) > 13 {
		id, err1 := ids.Parse(string(b[:13]))
		day, err2 := strconv.ParseInt(string(b[13:]), 10, 32)
		if err1 == nil && err2 == nil {
			return civil.Date(day), id, nil
		}
	}
	return 0, 0, fault.NewInvalid("The page mark in the address is damaged. Start again from the first page.").On("after")
}

// OfTicket returns the entries and items of a ticket, the oldest first.
func (s *Service) OfTicket(ctx context.Context, scope access.Scope, ticket ids.ID) ([]Entry, []Item, error) {
	rows, err := s.read().EntriesOfTicket(ctx, int64(ticket))
	if err != nil {
		return nil, nil, err
	}
	items, err := s.read().ItemsOfTicket(ctx, int64(ticket))
	if err != nil {
		return nil, nil, err
	}
	var entries []Entry
	for _, r := range rows {
		if scope.Covers(ids.ID(r.ClientID)) {
			entries = append(entries, entryOf(r))
		}
	}
	var its []Item
	for _, r := range items {
		if scope.Covers(ids.ID(r.ClientID)) {
			its = append(its, itemOf(r))
		}
	}
	return entries, its, nil
}
