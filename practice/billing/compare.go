// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"

	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/invoice"
)

// Cause is why a line differs from the one on the document before.
type Cause string

// The causes.
const (
	CauseNew      Cause = "new"      // the line was not on the document before
	CauseGone     Cause = "gone"     // it was, and is not any more
	CauseQuantity Cause = "quantity" // another quantity
	CausePrice    Cause = "price"    // another price
	CausePart     Cause = "part"     // another share of the period
	CauseCredit   Cause = "credit"   // something is taken back
)

// Difference is one line's change of amount, with its cause.
type Difference struct {
	Name     string
	Cause    Cause
	Old, New int64
	Before   money.Decimal // the quantity or the price before
	After    money.Decimal
}

// Compare finds the causes of a preview's difference from the document before; together they are the whole difference.
func (s *Service) Compare(ctx context.Context, p *Preview) error {
	if p.Agreement == nil {
		return nil // work by itself
	}
	var id ids.ID
	err := s.p.DB.Reader().QueryRowContext(ctx, "SELECT id FROM billing_invoices WHERE agreement_id = $1 AND run_id <> 0 AND state < 2 ORDER BY id DESC LIMIT 1", int64(p.Agreement.ID)).Scan(&id)
	if err != nil || p.Document == nil {
		return found(err, noDocument())
	}
	before, err := bodyIn(ctx, s.p.DB.Reader(), id)
	if err != nil {
		return err
	}
	p.Changes = differences(before, p.Document)
	return nil
}

// sums is what one line of an agreement comes to on a document.
type sums struct {
	name            string
	net             int64
	quantity, price money.Decimal
	days            int
	credit          bool
}

func sumsOf(f *invoice.Invoice) (map[ids.ID]*sums, []ids.ID) {
	out, order := map[ids.ID]*sums{}, []ids.ID(nil)
	for i := range f.Lines {
		l := &f.Lines[i]
		k := l.Agreement
		if k == 0 {
			continue // work, or written by hand: it is new each time
		}
		x := out[k]
		if x == nil {
			x = &sums{name: l.Name, quantity: l.Quantity, price: l.Price}
			out[k] = x
			order = append(order, k)
		}
		n := signed(f.Kind, l.Net)
		x.net += n
		x.credit = x.credit || n < 0
		if n > 0 {
			x.name, x.quantity, x.price, x.days = l.Name, l.Quantity, l.Price, l.Period.Days()
		}
	}
	return out, order
}

func differences(before, now *invoice.Invoice) []Difference {
	old, oldOrder := sumsOf(before)
	cur, order := sumsOf(now)
	var out []Difference
	for _, k := range order {
		x, y := old[k], cur[k]
		if x == nil {
			out = append(out, Difference{Name: y.name, Cause: CauseNew, New: y.net})
			continue
		}
		if x.net == y.net {
			continue
		}
		d := Difference{Name: y.name, Old: x.net, New: y.net}
		switch {
		case y.credit != x.credit:
			d.Cause = CauseCredit
		case x.price != y.price:
			d.Cause, d.Before, d.After = CausePrice, x.price, y.price
		case x.quantity != y.quantity:
			d.Cause, d.Before, d.After = CauseQuantity, x.quantity, y.quantity
		default:
			d.Cause = CausePart
		}
		out = append(out, d)
	}
	for _, k := range oldOrder {
		if cur[k] == nil {
			out = append(out, Difference{Name: old[k].name, Cause: CauseGone, Old: old[k].net})
		}
	}
	return out
}
