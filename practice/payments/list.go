// SPDX-License-Identifier: Apache-2.0

package payments

import (
	"context"
	"fmt"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
)

// Query says which payments are listed, newest first.
type Query struct {
	Client ids.ID
	Line   ids.ID
	Left   bool // only those of which something belongs to no invoice
	Text   string
	After  ids.ID // the last id of the page before
	Limit  int    // default 50, at most 500
}

// Page is one page of payments; Next is the After of the next one, 0 at the end.
type Page struct {
	Rows []Payment
	Next ids.ID
}

// List lists payments.
func (s *Service) List(ctx context.Context, q Query) (Page, error) {
	if q.Limit <= 0 || q.Limit > 500 {
		q.Limit = 50
	}
	where, args := []string{"1 = 1"}, []any{}
	add := func(text string, v any) {
		args = append(args, v)
		where = append(where, fmt.Sprintf(text, len(args)))
	}
	if q.Client != 0 {
		add("p.client_id = $%d", int64(q.Client))
	}
	if q.Line != 0 {
		add("p.line_id = $%d", int64(q.Line))
	}
	if q.Left {
		where = append(where, "p.left_minor <> 0")
	}
	if q.After != 0 {
		add("p.id < $%d", int64(q.After))
	}
	if text := strings.TrimSpace(q.Text); text != "" {
		add("lower(p.client || ' ' || p.reference || ' ' || p.note) LIKE $%d ESCAPE '!'", "%"+escape(strings.ToLower(text))+"%")
	}
	args = append(args, q.Limit+1)
	rows, err := all(ctx, s.p.DB.Reader(), scanPayment, "SELECT "+paymentColumns+" FROM payments_payments p WHERE "+strings.Join(where, " AND ")+fmt.Sprintf(" ORDER BY p.id DESC LIMIT $%d", len(args)), args...)
	out := Page{Rows: rows}
	if len(rows) > q.Limit {
		out.Rows = rows[:q.Limit]
		out.Next = out.Rows[q.Limit-1].ID
	}
	return out, err
}

// escape makes a text mean itself in LIKE.
func escape(s string) string { return strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(s) }

// OpenOf returns the open invoices and fees of a client, oldest first.
func (s *Service) OpenOf(ctx context.Context, client ids.ID) ([]billing.Doc, error) {
	list, err := s.p.Billing.OpenAsOf(ctx, s.p.DB.Reader(), s.Today().AddDays(366), client)
	var out []billing.Doc
	for _, d := range list {
		if d.Open > 0 && d.Kind != invoice.CreditNote {
			out = append(out, d.Doc)
		}
	}
	return out, err
}

// CreditOf returns what clients have paid that belongs to no invoice, by currency; of all clients where client is 0.
func (s *Service) CreditOf(ctx context.Context, client ids.ID) (map[money.Currency]int64, error) {
	query, args := "SELECT currency, CAST(SUM(left_minor) AS BIGINT) FROM payments_payments WHERE left_minor <> 0", []any{}
	if client != 0 {
		query, args = query+" AND client_id = $1", append(args, int64(client))
	}
	rows, err := s.p.DB.Reader().QueryContext(ctx, query+" GROUP BY currency", args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	out := map[money.Currency]int64{}
	for rows.Next() {
		var c money.Currency
		var n int64
		if err := rows.Scan(&c, &n); err != nil {
			return nil, err
		}
		out[c] = n
	}
	return out, rows.Err()
}

// Part is what a document has of a payment.
type Part struct {
	Payment ids.ID
	Day     civil.Date
	Method  Method
	Minor   int64
}

// PaidOf returns what payments a document has something of, oldest first.
func (s *Service) PaidOf(ctx context.Context, inv ids.ID) ([]Part, error) {
	return all(ctx, s.p.DB.Reader(), func(row interface{ Scan(...any) error }) (x Part, err error) {
		err = row.Scan(&x.Payment, &x.Day, &x.Method, &x.Minor)
		return x, err
	}, `SELECT p.id, p.day, p.method, CAST(SUM(a.minor) AS BIGINT) FROM payments_allocations a JOIN payments_payments p ON p.id = a.payment_id
WHERE a.invoice_id = $1 GROUP BY p.id, p.day, p.method HAVING SUM(a.minor) <> 0 ORDER BY p.day, p.id`, int64(inv))
}
