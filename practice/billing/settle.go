// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"database/sql"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/practice/billing/store"
)

// Settlement is what lessened what is open of a document.
type Settlement struct {
	Invoice ids.ID
	Day     civil.Date
	Minor   int64  // above zero lessens what is open; below zero opens it again
	Kind    string // "payment", "credit", "refund", "write_off"
	Ref     ids.ID // the payment, or the credit note
}

// Settle lessens in tx what is open of an issued document, never below 0 and never above its total. It posts nothing: what is
// paid is posted by whoever keeps the payment ([Service.Post]).
func (s *Service) Settle(ctx context.Context, tx *sql.Tx, x Settlement) error {
	d, err := docIn(ctx, tx, x.Invoice)
	if err != nil {
		return err
	}
	switch {
	case d.State != IssuedDoc:
		return fault.NewConflict("Only what is issued can be paid.")
	case x.Minor == 0:
		return nil
	case x.Minor > d.Open:
		return fault.NewConflict("Of %s only %s is open.", d.Number, amount(d.Open, d)).On("amount")
	case d.Open-x.Minor > max(d.Gross, d.Open):
		return fault.NewConflict("This would leave more open on %s than its total.", d.Number).On("amount")
	}
	q := store.New(tx)
	n, err := q.SetOpen(ctx, int64(x.Invoice), x.Minor, s.now())
	if err != nil {
		return err
	}
	if n == 0 { // somebody else was faster
		return fault.NewConflict("Somebody else has changed this meanwhile. Look at it again, then repeat your change.")
	}
	err = q.InsertSettlement(ctx, store.InsertSettlementParams{ID: int64(s.p.IDs.New()), InvoiceID: int64(x.Invoice), Day: int64(x.Day), Minor: x.Minor, Kind: x.Kind, RefID: int64(x.Ref), MadeAt: s.now()})
	if err != nil {
		return err
	}
	d.Open -= x.Minor
	what := Settled
	if x.Minor < 0 {
		what = Reopened
	}
	return s.tell(ctx, tx, what, d)
}

// Settlements returns what lessened what is open of a document.
func (s *Service) Settlements(ctx context.Context, id ids.ID) ([]Settlement, error) {
	rows, err := s.read().SettlementsOf(ctx, int64(id))
	out := make([]Settlement, len(rows))
	for i, r := range rows {
		out[i] = Settlement{ids.ID(r.InvoiceID), civil.Date(r.Day), r.Minor, r.Kind, ids.ID(r.RefID)}
	}
	return out, err
}

// Post writes an entry into the journal inside tx: an entry that does not sum to 0 is refused, and of one kind and Ref there is one.
func (s *Service) Post(ctx context.Context, tx *sql.Tx, e Entry) error {
	w := s.writer(tx)
	defer w.close()
	if err := w.post(&e); err != nil {
		return err
	}
	return w.flush(ctx)
}
