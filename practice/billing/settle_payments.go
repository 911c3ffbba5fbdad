// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"database/sql"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
)

// Kinds of settlements.
const (
	ByPayment  = "payment"
	ByCredit   = "credit"
	ByRefund   = "refund"
	ByWriteOff = "write_off"
)

// Put adds an amount on an account to an entry, together with what is there already.
func (e *Entry) Put(account string, minor int64, c money.Currency) { e.add(account, minor, c) }

// OpenDoc is a document with what was open of it on a day. Doc.Open is what is open now.
type OpenDoc struct {
	Doc
	Then int64
}

// OpenAsOf returns what was issued by a day and not settled by then, by client, due day and number; of all clients where client
// is 0.
func (s *Service) OpenAsOf(ctx context.Context, q db.Query, day civil.Date, client ids.ID) ([]OpenDoc, error) {
	args := []any{int64(day)}
	where := ""
	if client != 0 {
		where = " AND d.client_id = $2"
		args = append(args, int64(client))
	}
	rows, err := q.QueryContext(ctx, "SELECT "+docColumns+`, COALESCE((SELECT CAST(SUM(t.minor) AS BIGINT) FROM billing_settlements t WHERE t.invoice_id = d.id AND t.day > $1), 0)
FROM billing_invoices d
WHERE d.state = 1 AND d.issued <= $1 AND (d.open <> 0 OR EXISTS (SELECT 1 FROM billing_settlements t WHERE t.invoice_id = d.id AND t.day > $1))`+where+`
ORDER BY d.client, d.client_id, d.due, d.id`, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []OpenDoc
	for rows.Next() {
		var later int64
		d, err := scanDoc(withMore{rows, []any{&later}})
		if err != nil {
			return nil, err
		}
		if then := d.Open + later; then != 0 {
			out = append(out, OpenDoc{d, then})
		}
	}
	return out, rows.Err()
}

// withMore scans columns behind those of a document.
type withMore struct {
	row  interface{ Scan(...any) error }
	more []any
}

func (w withMore) Scan(to ...any) error { return w.row.Scan(append(to, w.more...)...) }

// IssuedOf returns the issued documents of a client from a day on and before another, oldest first.
func (s *Service) IssuedOf(ctx context.Context, q db.Query, client ids.ID, p rating.Period) ([]Doc, error) {
	return docsIn(ctx, q, "d.state = 1 AND d.client_id = $1 AND d.issued >= $2 AND d.issued < $3 ORDER BY d.issued, d.id", int64(client), int64(p.From), int64(p.To))
}

// RecentNumbers returns the heads of documents issued from a day on, paid or not: what people name when they pay.
func (s *Service) RecentNumbers(ctx context.Context, q db.Query, from civil.Date) ([]Doc, error) {
	return docsIn(ctx, q, "d.state = 1 AND (d.open <> 0 OR d.issued >= $1) AND d.kind <> 'credit_note' ORDER BY d.due, d.id", int64(from))
}

func docsIn(ctx context.Context, q db.Query, where string, args ...any) ([]Doc, error) {
	rows, err := q.QueryContext(ctx, "SELECT "+docColumns+" FROM billing_invoices d WHERE "+where, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []Doc
	for rows.Next() {
		d, err := scanDoc(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, rows.Err()
}

// SettledOf returns the settlements of a client's documents of some kinds, from a day on and before another, oldest first.
func (s *Service) SettledOf(ctx context.Context, q db.Query, client ids.ID, p rating.Period, kind string) ([]Settlement, error) {
	rows, err := q.QueryContext(ctx, `SELECT t.invoice_id, t.day, t.minor, t.kind, t.ref_id FROM billing_settlements t JOIN billing_invoices d ON d.id = t.invoice_id
WHERE d.client_id = $1 AND t.day >= $2 AND t.day < $3 AND t.kind = $4 ORDER BY t.day, t.id`, int64(client), int64(p.From), int64(p.To), kind)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	var out []Settlement
	for rows.Next() {
		var x Settlement
		if err := rows.Scan(&x.Invoice, &x.Day, &x.Minor, &x.Kind, &x.Ref); err != nil {
			return nil, err
		}
		out = append(out, x)
	}
	return out, rows.Err()
}

// FeeLine is one amount of a fee.
type FeeLine struct {
	Name string
	Net  int64
}

// DraftFee makes a draft of interest or a late fee as a document of its own, in the transaction of what asks for it. It is
// compensation and no supply, so that no tax is charged on it. of are the invoices that it is about, all of one currency.
func (s *Service) DraftFee(ctx context.Context, tx *sql.Tx, client ids.ID, lines []FeeLine, of []ids.ID) (ids.ID, error) {
	if len(lines) == 0 || len(of) == 0 {
		return 0, fault.NewInvalid("A fee needs an amount and the invoice that it is about.")
	}
	b, err := s.book(ctx, false)
	if err != nil {
		return 0, err
	}
	first, err := docIn(ctx, tx, of[0])
	if err != nil {
		return 0, err
	}
	f, account, err := b.blank(ctx, client, first.Currency)
	if err != nil {
		return 0, err
	}
	f.Kind, f.Series = invoice.Fee, "fee"
	for _, id := range of {
		d, err := docIn(ctx, tx, id)
		if err != nil {
			return 0, err
		}
		if d.Client != client || d.Currency != f.Currency || d.State != IssuedDoc {
			return 0, fault.NewInvalid("A fee is about issued invoices of one client in one currency.")
		}
		f.Preceding = append(f.Preceding, invoice.Reference{ID: d.ID, Number: d.Number, Issued: d.Issued})
	}
	p := b.printer(f.Language, s.p.Zone)
	rate := rating.Rate{Code: "outside", Category: rating.Outside}
	f.Reasons = []invoice.TaxReason{{Code: rate.Code, VATEX: "VATEX-EU-O", Text: p.T("Compensation for late payment: not subject to tax.")}}
	for _, l := range lines {
		if strings.TrimSpace(l.Name) == "" || l.Net <= 0 {
			return 0, fault.NewInvalid("A fee needs an amount and the invoice that it is about.")
		}
		f.Lines = append(f.Lines, invoice.Line{
			Name: l.Name, Quantity: money.Decimal{Coef: 1}, Unit: "C62", Price: money.Decimal{Coef: l.Net, Scale: uint8(f.Currency.Digits())}, Net: l.Net, Taxes: []rating.Rate{rate},
			Period: rating.Period{From: civil.NoDate, To: civil.NoDate}, Account: b.firm.Accounts.Fees,
		})
	}
	d := &draft{doc: f, client: client, day: b.today, payDays: pick(account.PayDays, b.firm.PayDays)}
	if err := total(f); err != nil {
		return 0, err
	}
	w := s.writer(tx)
	defer w.close()
	out, err := w.put(d, 0, nil)
	if err != nil {
		return 0, err
	}
	return out.ID, w.flush(ctx)
}
