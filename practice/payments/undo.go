// SPDX-License-Identifier: Apache-2.0

package payments

import (
	"context"
	"database/sql"
	"slices"
	"strings"

	"mainstay/kit/access"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/payments/match"
)

var everything = access.WholeFirm()

// Undo takes a payment back as a whole: it was wrong, or the money came back. Its invoices are open again from today on; what was
// open before stays as it was.
func (s *Service) Undo(ctx context.Context, id ids.ID, why string) error {
	return s.p.DB.Write(ctx, func(tx *sql.Tx) error { return s.undo(ctx, tx, id, strings.TrimSpace(why)) })
}

func (s *Service) undo(ctx context.Context, tx *sql.Tx, id ids.ID, why string) error {
	p, err := paymentIn(ctx, tx, id)
	if err != nil {
		return err
	}
	if p.Undone {
		return fault.NewConflict("This payment is taken back.")
	}
	var back int64
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM payments_payments WHERE of_id = $1 AND state = 0", int64(id)).Scan(&back); err != nil {
		return err
	}
	if back > 0 {
		return fault.NewConflict("A part of this payment was given back. Take that back first.")
	}
	if p.Minor < 0 {
		return s.undoRefund(ctx, tx, p, why)
	}
	list, err := allocationsIn(ctx, tx, id)
	if err != nil {
		return err
	}
	names, err := s.ledgers(ctx, &p)
	if err != nil {
		return err
	}
	day, given := max(s.Today(), p.Day), int64(0)
	for _, h := range Held(list) {
		given += h.Amount
		if _, err := s.give(ctx, tx, &p, match.Allocation{Invoice: h.Invoice, Amount: -h.Amount}, day, billing.ByPayment); err != nil {
			return err
		}
	}
	if err := s.end(ctx, tx, p, day, why); err != nil {
		return err
	}
	e := billing.Entry{Day: day, Kind: "payment_undone", Ref: p.ID, Number: p.Reference, Client: p.Client, Text: why}
	e.Put(names.Bank, -p.Minor, p.Currency)
	e.Put(names.Receivable, given, p.Currency)
	e.Put(names.Credit, p.Minor-given, p.Currency)
	if err := s.p.Billing.Post(ctx, tx, e); err != nil {
		return err
	}
	p.Undone, p.UndoneDay, p.UndoneWhy = true, day, why
	return s.tell(ctx, tx, Happening{What: Returned, Payment: p})
}

// end marks a payment as taken back. Its provider's id is given up, so that the money can be booked anew.
func (s *Service) end(ctx context.Context, tx *sql.Tx, p Payment, day civil.Date, why string) error {
	if len(why) > 300 {
		why = strings.ToValidUTF8(why[:300], "")
	}
	err := one(ctx, tx, changedMeanwhile(), "UPDATE payments_payments SET state = 1, left_minor = 0, undone_day = $2, undone_why = $3, version = version + 1 WHERE id = $1 AND state = 0", int64(p.ID), int64(day), why)
	if err != nil {
		return err
	}
	return s.p.Access.Record(ctx, tx, "payments.undo", p.ID.String(), p.Name+" "+p.amount()+" "+why)
}

// Refund gives a part of a payment back to the client: first of what belongs to no invoice, then of what invoices have, the
// latest first; those are open again.
func (s *Service) Refund(ctx context.Context, id ids.ID, minor int64, method Method, note string) (ids.ID, error) {
	r := Payment{ID: s.p.IDs.New(), Method: method, Note: strings.TrimSpace(note), Day: s.Today()}
	err := s.p.DB.Write(ctx, func(tx *sql.Tx) error { return s.refund(ctx, tx, id, minor, &r) })
	return r.ID, err
}

func (s *Service) refund(ctx context.Context, tx *sql.Tx, id ids.ID, minor int64, r *Payment) error {
	p, err := paymentIn(ctx, tx, id)
	if err != nil {
		return err
	}
	list, err := allocationsIn(ctx, tx, id)
	if err != nil {
		return err
	}
	held := Held(list)
	most := p.Left
	for _, h := range held {
		most += h.Amount
	}
	switch {
	case p.Undone || p.Minor < 0:
		return fault.NewConflict("This payment is taken back.")
	case minor <= 0:
		return fault.NewInvalid("Enter an amount above 0.").On("amount")
	case minor > most:
		return fault.NewInvalid("At most %s can be given back.", money.Amount{Minor: most, Currency: p.Currency}.String()).On("amount")
	}
	reopened := int64(0)
	for i := len(held) - 1; i >= 0 && p.Left < minor; i-- {
		n := min(held[i].Amount, minor-p.Left)
		if _, err := s.give(ctx, tx, &p, match.Allocation{Invoice: held[i].Invoice, Amount: -n}, max(r.Day, p.Day), billing.ByRefund); err != nil {
			return err
		}
		reopened += n
	}
	if err := one(ctx, tx, changedMeanwhile(), "UPDATE payments_payments SET left_minor = left_minor - $2, version = version + 1 WHERE id = $1 AND state = 0 AND left_minor >= $2", int64(p.ID), minor); err != nil {
		return err
	}
	if r.ID == 0 {
		r.ID = s.p.IDs.New()
	}
	r.Client, r.Name, r.Currency, r.Minor, r.Of, r.Ledger, r.UndoneDay, r.MadeAt = p.Client, p.Name, p.Currency, -minor, p.ID, p.Ledger, civil.NoDate, s.now()
	if r.Reference == "" {
		r.Reference = p.Reference
	}
	r.AuthorID, r.Author = by(ctx)
	if err := insertPayment(ctx, tx, r); err != nil {
		return err
	}
	names, err := s.ledgers(ctx, &p)
	if err != nil {
		return err
	}
	e := billing.Entry{Day: r.Day, Kind: "payment", Ref: r.ID, Number: r.Reference, Client: p.Client, Text: string(r.Method)}
	e.Put(names.Bank, -minor, p.Currency)
	e.Put(names.Receivable, reopened, p.Currency)
	e.Put(names.Credit, minor-reopened, p.Currency)
	if err := s.p.Billing.Post(ctx, tx, e); err != nil {
		return err
	}
	if err := s.tell(ctx, tx, Happening{What: Returned, Payment: *r}); err != nil {
		return err
	}
	return s.p.Access.Record(ctx, tx, "payments.refund", r.ID.String(), r.Name+" "+r.amount())
}

// undoRefund brings what was given back into the payment again, as credit: its invoices stay open until somebody allocates it.
func (s *Service) undoRefund(ctx context.Context, tx *sql.Tx, r Payment, why string) error {
	day := max(s.Today(), r.Day)
	names, err := s.ledgers(ctx, &r)
	if err != nil {
		return err
	}
	e := billing.Entry{Day: day, Kind: "payment_undone", Ref: r.ID, Number: r.Reference, Client: r.Client, Text: why}
	e.Put(names.Bank, -r.Minor, r.Currency)
	if r.Of != 0 {
		if err := one(ctx, tx, changedMeanwhile(), "UPDATE payments_payments SET left_minor = left_minor + $2, version = version + 1 WHERE id = $1 AND state = 0", int64(r.Of), -r.Minor); err != nil {
			return err
		}
		e.Put(names.Credit, r.Minor, r.Currency)
	} else { // a credit note that was paid out
		list, err := allocationsIn(ctx, tx, r.ID)
		if err != nil {
			return err
		}
		for _, h := range Held(list) {
			if err := s.p.Billing.Settle(ctx, tx, billing.Settlement{Invoice: h.Invoice, Day: day, Minor: -h.Amount, Kind: billing.ByRefund, Ref: r.ID}); err != nil {
				return err
			}
			if err := s.note(ctx, tx, Allocation{Payment: r.ID, Invoice: h.Invoice, Day: day, Minor: -h.Amount}); err != nil {
				return err
			}
		}
		e.Put(names.Receivable, r.Minor, r.Currency)
	}
	if err := s.end(ctx, tx, r, day, why); err != nil {
		return err
	}
	return s.p.Billing.Post(ctx, tx, e)
}

// note keeps an allocation that leaves the payment's rest alone.
func (s *Service) note(ctx context.Context, tx *sql.Tx, a Allocation) error {
	_, author := by(ctx)
	_, err := tx.ExecContext(ctx, "INSERT INTO payments_allocations (id, payment_id, invoice_id, day, minor, author, made_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
		int64(s.p.IDs.New()), int64(a.Payment), int64(a.Invoice), int64(a.Day), a.Minor, author, s.now())
	return err
}

// PayOut pays what is left of a credit note to the client.
func (s *Service) PayOut(ctx context.Context, creditNote ids.ID, method Method, note string) (ids.ID, error) {
	r := Payment{ID: s.p.IDs.New(), Method: method, Note: strings.TrimSpace(note), Day: s.Today(), UndoneDay: civil.NoDate, MadeAt: s.now()}
	switch {
	case !slices.Contains(Methods(), method):
		return 0, fault.NewInvalid("Choose how the money was paid.").On("method")
	case len(r.Note) > 2000:
		return 0, fault.NewInvalid("Please enter at most %d characters.", 2000).On("note")
	}
	err := s.p.DB.Write(ctx, func(tx *sql.Tx) error {
		d, err := s.p.Billing.DocIn(ctx, tx, creditNote)
		if err != nil {
			return err
		}
		if d.Kind != invoice.CreditNote || d.State != billing.IssuedDoc || d.Open <= 0 {
			return fault.NewConflict("There is nothing to pay out on this document.")
		}
		r.Client, r.Name, r.Currency, r.Minor, r.Reference = d.Client, d.Name, d.Currency, -d.Open, d.Number
		r.AuthorID, r.Author = by(ctx)
		if err := insertPayment(ctx, tx, &r); err != nil {
			return err
		}
		if err := s.note(ctx, tx, Allocation{Payment: r.ID, Invoice: d.ID, Day: r.Day, Minor: d.Open}); err != nil {
			return err
		}
		if err := s.p.Billing.Settle(ctx, tx, billing.Settlement{Invoice: d.ID, Day: r.Day, Minor: d.Open, Kind: billing.ByRefund, Ref: r.ID}); err != nil {
			return err
		}
		names, err := s.ledgers(ctx, &r)
		if err != nil {
			return err
		}
		e := billing.Entry{Day: r.Day, Kind: "payment", Ref: r.ID, Number: r.Reference, Client: r.Client, Text: string(r.Method)}
		e.Put(names.Bank, r.Minor, r.Currency)
		e.Put(names.Receivable, -r.Minor, r.Currency)
		if err := s.p.Billing.Post(ctx, tx, e); err != nil {
			return err
		}
		return s.p.Access.Record(ctx, tx, "payments.payout", r.ID.String(), r.Name+" "+r.amount())
	})
	return r.ID, err
}

// Offset sets what is left of a credit note against an open invoice of the same client.
func (s *Service) Offset(ctx context.Context, creditNote, inv ids.ID) (moved int64, err error) {
	err = s.change(ctx, "payments.offset", creditNote.String(), inv.String(), func(tx *sql.Tx) error {
		c, err := s.p.Billing.DocIn(ctx, tx, creditNote)
		if err != nil {
			return err
		}
		d, err := s.p.Billing.DocIn(ctx, tx, inv)
		if err != nil {
			return err
		}
		moved = min(c.Open, d.Open)
		if c.Kind != invoice.CreditNote || d.Kind == invoice.CreditNote || c.Client != d.Client || c.Currency != d.Currency || moved <= 0 {
			return fault.NewConflict("%[1]s cannot be set against %[2]s.", c.Number, d.Number)
		}
		for _, x := range []billing.Settlement{{Invoice: c.ID, Ref: d.ID}, {Invoice: d.ID, Ref: c.ID}} {
			x.Day, x.Minor, x.Kind = s.Today(), moved, billing.ByCredit
			if err := s.p.Billing.Settle(ctx, tx, x); err != nil {
				return err
			}
		}
		return nil
	})
	return moved, err
}
