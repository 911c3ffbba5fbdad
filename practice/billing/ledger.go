// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"database/sql"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/invoice"
)

// Billed is a line of an issued invoice or credit note as the books' ledger takes it.
type Billed struct {
	ID       ids.ID
	Client   ids.ID
	Number   string // of the document
	Day      civil.Date
	Currency money.Currency
	Minor    int64  // net; below zero where it takes money back
	Line     ids.ID // the line of an agreement that it bills; 0 = none
	Kind     string // of the item of the catalogue; "" = none
	Unit     string // where Line is 0
	Name     string // where Line is 0
}

// EachForLedger calls fn for every line of every issued invoice and credit note of a client, of all when it is 0, within a
// reading transaction of the caller's. A discount of a whole document is a line of its own, without an ID. Late fees are no revenue
// of a service and left out.
func EachForLedger(ctx context.Context, tx *sql.Tx, client ids.ID, fn func(*Billed) error) error {
	said, err := writtenLines(ctx, tx, client)
	if err != nil {
		return err
	}
	rows, err := tx.QueryContext(ctx, `SELECT l.id, l.invoice_id, d.client_id, d.number, d.issued, d.currency, l.amount, l.line_id, COALESCE(i.kind, '')
FROM billing_invoices d JOIN billing_lines l ON l.invoice_id = d.id LEFT JOIN catalogue_items i ON i.id = l.item_id
WHERE d.state = 1 AND d.kind <> 'fee' AND (CAST($1 AS BIGINT) = 0 OR d.client_id = CAST($1 AS BIGINT)) ORDER BY d.id, l.position`, int64(client))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var b Billed
		var document ids.ID
		if err := rows.Scan(&b.ID, &document, &b.Client, &b.Number, &b.Day, &b.Currency, &b.Minor, &b.Line, &b.Kind); err != nil {
			return err
		}
		if doc := said[document]; doc != nil {
			if l := doc.lines[b.ID]; l != nil {
				b.Name, b.Unit = l.Name, l.Unit
			}
			for _, off := range doc.off {
				x := b
				x.ID, x.Line, x.Kind, x.Unit, x.Name, x.Minor = 0, 0, "", "", off.Reason, -off.Net
				if doc.credit {
					x.Minor = off.Net
				}
				if err := fn(&x); err != nil {
					return err
				}
			}
			doc.off = nil
		}
		if err := fn(&b); err != nil {
			return err
		}
	}
	return rows.Err()
}

// written is what the ledger needs of a document that has lines of no agreement, or a discount.
type written struct {
	credit bool
	lines  map[ids.ID]*invoice.Line
	off    []invoice.Adjustment
}

// writtenLines reads the documents whose words are needed: those with lines that bill work or were written by hand. What bills an
// agreement alone, as most do, is told by the agreement.
func writtenLines(ctx context.Context, tx *sql.Tx, client ids.ID) (map[ids.ID]*written, error) {
	rows, err := tx.QueryContext(ctx, `SELECT d.id, b.body FROM billing_invoices d JOIN billing_documents b ON b.invoice_id = d.id
WHERE d.state = 1 AND d.kind <> 'fee' AND (CAST($1 AS BIGINT) = 0 OR d.client_id = CAST($1 AS BIGINT))
AND (b.body LIKE '%"allowances":%' OR EXISTS (SELECT 1 FROM billing_lines l WHERE l.invoice_id = d.id AND l.line_id = 0))`, int64(client))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[ids.ID]*written{}
	for rows.Next() {
		var id ids.ID
		var body []byte
		if err := rows.Scan(&id, &body); err != nil {
			return nil, err
		}
		v, err := invoice.Parse(body)
		if err != nil {
			return nil, err
		}
		w := &written{credit: v.Kind == invoice.CreditNote, lines: map[ids.ID]*invoice.Line{}, off: v.Allowances}
		for i := range v.Lines {
			w.lines[v.Lines[i].Span] = &invoice.Line{Name: v.Lines[i].Name, Unit: v.Lines[i].Unit}
		}
		out[id] = w
	}
	return out, rows.Err()
}
