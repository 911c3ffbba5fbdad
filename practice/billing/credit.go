// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"database/sql"

	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
	"mainstay/practice/billing/store"
)

// Credit says what of an invoice is credited, line by line.
type Credit struct {
	Of     ids.ID // the invoice
	Reason string
	Lines  []CreditLine // empty = everything that is left
	// Again: what is credited is due again, so that the next run bills it anew; else it stays credited.
	Again bool
}

// CreditLine is how much of one line is credited.
type CreditLine struct {
	Span ids.ID
	Net  int64 // minor units, above 0
}

// Left is what can still be credited of a line.
type Left struct {
	Line invoice.Line
	Net  int64
}

// CreditLeft returns what can still be credited of each line of an invoice.
func (s *Service) CreditLeft(ctx context.Context, id ids.ID) ([]Left, error) {
	var out []Left
	err := s.p.DB.Read(ctx, func(tx *sql.Tx) error {
		_, f, left, err := s.creditLeft(ctx, tx, id)
		if err != nil {
			return err
		}
		for i := range f.Lines {
			out = append(out, Left{f.Lines[i], left[f.Lines[i].Span]})
		}
		return nil
	})
	return out, err
}

func (s *Service) creditLeft(ctx context.Context, tx *sql.Tx, id ids.ID) (Doc, *invoice.Invoice, map[ids.ID]int64, error) {
	doc, err := docIn(ctx, tx, id)
	if err != nil {
		return doc, nil, nil, err
	}
	if doc.State != IssuedDoc || doc.Kind == invoice.CreditNote {
		return doc, nil, nil, fault.NewConflict("Only an issued invoice can be credited.")
	}
	f, err := bodyIn(ctx, tx, id)
	if err != nil {
		return doc, nil, nil, err
	}
	left := map[ids.ID]int64{}
	for i := range f.Lines {
		if f.Lines[i].Net > 0 {
			left[f.Lines[i].Span] = f.Lines[i].Net
		}
	}
	rows, err := tx.QueryContext(ctx, `SELECT l.of_id, l.amount FROM billing_lines o JOIN billing_lines l ON l.of_id = o.id WHERE o.invoice_id = $1 AND l.of_id <> 0`, int64(id))
	if err != nil {
		return doc, nil, nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var of ids.ID
		var minor int64
		if err := rows.Scan(&of, &minor); err != nil {
			return doc, nil, nil, err
		}
		left[of] = max(0, left[of]+minor)
	}
	return doc, f, left, rows.Err()
}

// CreditNote writes the draft of a credit note. Its lines never take more than is left of those of the invoice.
func (s *Service) CreditNote(ctx context.Context, c Credit) (id ids.ID, err error) {
	err = s.change(ctx, "billing.credited", c.Of.String(), c.Reason, func(tx *sql.Tx, _ *store.Queries) error {
		id, err = s.creditIn(ctx, tx, c)
		return err
	})
	return id, err
}

func (s *Service) creditIn(ctx context.Context, tx *sql.Tx, c Credit) (ids.ID, error) {
	if len(c.Reason) > 500 {
		return 0, fault.NewInvalid("Please enter at most %d characters.", 500).On("reason")
	}
	doc, of, left, err := s.creditLeft(ctx, tx, c.Of)
	if err != nil {
		return 0, err
	}
	if len(c.Lines) == 0 {
		for i := range of.Lines {
			if n := left[of.Lines[i].Span]; n > 0 {
				c.Lines = append(c.Lines, CreditLine{of.Lines[i].Span, n})
			}
		}
	}
	if len(c.Lines) == 0 {
		return 0, fault.NewConflict("Nothing is left of this invoice that could be credited.")
	}
	b, err := s.book(ctx, true)
	if err != nil {
		return 0, err
	}
	f, _, err := b.blank(ctx, doc.Client, of.Currency)
	if err != nil {
		return 0, err
	}
	f.Kind, f.Series, f.Contract, f.Order, f.Reasons, f.Rounding = invoice.CreditNote, "credit", of.Contract, of.Order, of.Reasons, of.Rounding
	f.Preceding = []invoice.Reference{{ID: doc.ID, Number: doc.Number, Issued: doc.Issued}}
	f.Period = of.Period
	if c.Reason != "" {
		f.Notes = append([]string{c.Reason}, f.Notes...)
	}
	d := &draft{doc: f, client: doc.Client, agreement: doc.Agreement, day: doc.RunDay}
	if err := s.creditLines(ctx, tx, d, of, left, &c); err != nil {
		return 0, err
	}
	if err := total(f); err != nil {
		return 0, err
	}
	if c.Again {
		if err := s.release(ctx, tx, doc, d.spans); err != nil {
			return 0, err
		}
	}
	w := s.writer(tx)
	defer w.close()
	out, err := w.put(d, 0, nil)
	if err != nil {
		return 0, err
	}
	return out.ID, w.flush(ctx)
}

func (s *Service) creditLines(ctx context.Context, tx *sql.Tx, d *draft, of *invoice.Invoice, left map[ids.ID]int64, c *Credit) error {
	spans, err := s.spansOfInvoice(ctx, tx, c.Of)
	if err != nil {
		return err
	}
	seen := map[ids.ID]bool{}
	for _, x := range c.Lines {
		i := indexOf(of.Lines, x.Span)
		switch {
		case i < 0 || seen[x.Span]:
			return fault.NewInvalid("There is no such line in this document.").On("lines")
		case x.Net <= 0:
			return fault.NewInvalid("Enter an amount above 0.").On("lines")
		case c.Again && x.Net != left[x.Span]:
			return fault.NewInvalid("What is to be billed anew is credited whole.").On("lines")
		case x.Net > left[x.Span]:
			return fault.NewInvalid("Of %[1]s at most %[2]s can be credited.", of.Lines[i].Name, amount(left[x.Span], Doc{Currency: of.Currency})).On("lines")
		}
		seen[x.Span] = true
		l := of.Lines[i]
		if x.Net != l.Net {
			l.Quantity, l.Price = money.Decimal{Coef: 1}, money.Decimal{Coef: x.Net, Scale: uint8(of.Currency.Digits())}
		}
		l.Net, l.Span, l.Why, l.Evidence = x.Net, s.p.IDs.New(), nil, nil
		sp := spans[x.Span]
		sp.Of, sp.ID, sp.Amount, sp.Kind = x.Span, l.Span, -x.Net, rating.Adjustment
		if c.Again {
			sp.Kind = rating.Credit // these days, or this work, are not billed any more
		}
		if sp.Line != 0 {
			if sp.Revision, err = s.revision(ctx, tx, sp); err != nil {
				return err
			}
		}
		d.doc.Lines = append(d.doc.Lines, l)
		d.spans = append(d.spans, sp)
	}
	return nil
}

func (s *Service) spansOfInvoice(ctx context.Context, tx *sql.Tx, id ids.ID) (map[ids.ID]rating.Span, error) {
	rows, err := store.New(tx).LinesOf(ctx, int64(id))
	out := map[ids.ID]rating.Span{}
	for _, r := range rows {
		sp := spanOf(r)
		out[sp.ID] = sp
	}
	return out, err
}

// revision numbers the spans of one line, period and kind.
func (s *Service) revision(ctx context.Context, tx *sql.Tx, sp rating.Span) (int, error) {
	var n int
	err := tx.QueryRowContext(ctx, "SELECT coalesce(max(revision), 0) FROM billing_lines WHERE line_id = $1 AND starts = $2 AND ends = $3 AND kind = $4",
		int64(sp.Line), int64(sp.Period.From), int64(sp.Period.To), int64(sp.Kind)).Scan(&n)
	return n + 1, err
}

// amount writes an amount of a document for a sentence.
func amount(minor int64, d Doc) string {
	return money.Amount{Minor: minor, Currency: d.Currency}.String()
}
