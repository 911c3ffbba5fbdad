// SPDX-License-Identifier: Apache-2.0

package quotes

import (
	"context"
	"strconv"
	"strings"

	"mainstay/kit/ids"
	"mainstay/practice/quotes/store"
)

// Filter chooses quotes. Zero values choose all.
type Filter struct {
	Client ids.ID
	State  *State
	Text   string // in title, number, person or the client's name
	After  ids.ID // the last quote of the page before
	Limit  int    // 0 = 50
}

const quoteColumns = `id, version, number, client_id, person_id, person, email, title, state, draft, revision, currency, month_minor, once_minor, valid, owner_id, owner, made, failure,
	agreement_id, invoices, made_at, changed_at`

// List returns quotes without their versions, the one that changed last first.
func (s *Service) List(ctx context.Context, f Filter) (out []*Quote, err error) {
	var args []any
	arg := func(v any) string { args = append(args, v); return "$" + strconv.Itoa(len(args)) }
	where := []string{"1 = 1"}
	if f.Client != 0 {
		where = append(where, "client_id = "+arg(int64(f.Client)))
	}
	if f.State != nil {
		where = append(where, "state = "+arg(int64(*f.State)))
	}
	for _, word := range strings.Fields(strings.ToLower(f.Text)) {
		a := arg("%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(word) + "%")
		where = append(where, "(lower(title) LIKE "+a+` ESCAPE '\' OR lower(number) LIKE `+a+` ESCAPE '\' OR lower(person) LIKE `+a+` ESCAPE '\'
			OR client_id IN (SELECT c.id FROM clients_clients c WHERE lower(c.name) LIKE `+a+` ESCAPE '\'))`)
	}
	if f.After != 0 {
		last, err := s.read().QuoteByID(ctx, int64(f.After))
		if err != nil {
			return nil, found(err, noQuote())
		}
		a := arg(last.ChangedAt)
		where = append(where, "(changed_at < "+a+" OR changed_at = "+a+" AND id < "+arg(last.ID)+")")
	}
	if f.Limit == 0 {
		f.Limit = 50
	}
	text := "SELECT " + quoteColumns + " FROM quotes_quotes WHERE " + strings.Join(where, " AND ") + " ORDER BY changed_at DESC, id DESC LIMIT " + arg(f.Limit)
	rows, err := s.p.DB.Reader().QueryContext(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var r store.QuotesQuote
		if err := rows.Scan(&r.ID, &r.Version, &r.Number, &r.ClientID, &r.PersonID, &r.Person, &r.Email, &r.Title, &r.State, &r.Draft, &r.Revision, &r.Currency, &r.MonthMinor, &r.OnceMinor, &r.Valid,
			&r.OwnerID, &r.Owner, &r.Made, &r.Failure, &r.AgreementID, &r.Invoices, &r.MadeAt, &r.ChangedAt); err != nil {
			return nil, err
		}
		q, err := quoteOf(r)
		if err != nil {
			return nil, err
		}
		out = append(out, q)
	}
	return out, rows.Err()
}
