// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"database/sql"
	"slices"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/store"
)

// holding is what a batch's agreements were billed last, and which differences were acknowledged.
type holding struct {
	percent int
	last    map[ids.ID]int64
	seen    map[ackKey]bool
	outside map[ids.ID]string // by client: why nothing of theirs is billed yet, as another area says
}

type ackKey struct {
	agreement ids.ID
	day       civil.Date
	net       int64
}

// holds reads what is compared with; nothing where nothing is ever held.
func (s *Service) holds(ctx context.Context, q db.Query, percent int, batch []*agreements.Agreement) (holding, error) {
	h := holding{percent: percent, seen: map[ackKey]bool{}}
	var err error
	if h.outside, err = s.outside(ctx, batch); err != nil || percent == 0 && len(h.outside) == 0 {
		return h, err
	}
	first, last := int64(batch[0].ID), int64(batch[len(batch)-1].ID)
	if h.last, err = lastNets(ctx, q, first, last); err != nil {
		return h, err
	}
	rows, err := q.QueryContext(ctx, "SELECT agreement_id, day, net FROM billing_acknowledged WHERE agreement_id >= $1 AND agreement_id <= $2", first, last)
	if err != nil {
		return h, err
	}
	defer rows.Close()
	for rows.Next() {
		var k ackKey
		if err := rows.Scan(&k.agreement, &k.day, &k.net); err != nil {
			return h, err
		}
		h.seen[k] = true
	}
	return h, rows.Err()
}

// outside asks the other area why the clients of a batch are not billed yet.
func (s *Service) outside(ctx context.Context, batch []*agreements.Agreement) (map[ids.ID]string, error) {
	if s.p.Held == nil {
		return nil, nil
	}
	var list []ids.ID
	for _, a := range batch {
		list = append(list, a.Client)
	}
	slices.Sort(list)
	firm, err := s.Firm(ctx)
	if err != nil {
		return nil, err
	}
	return s.p.Held(ctx, locale.New(locale.Document(firm.Language, locale.EnUS), s.p.Zone), slices.Compact(list))
}

// lastNets returns what each of a range of agreements was billed by its latest document of a run: work that stands on it, and what
// was written by hand, is not the agreement's.
func lastNets(ctx context.Context, q db.Query, first, last int64) (map[ids.ID]int64, error) {
	rows, err := q.QueryContext(ctx, `SELECT l.agreement_id, CAST(sum(l.amount) AS BIGINT) FROM billing_lines l JOIN
(SELECT max(d.id) AS id FROM billing_invoices d WHERE d.agreement_id >= $1 AND d.agreement_id <= $2 AND d.run_id <> 0 AND d.state < 2 GROUP BY d.agreement_id) d ON l.invoice_id = d.id
WHERE l.line_id <> 0 GROUP BY l.agreement_id`, first, last)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[ids.ID]int64{}
	for rows.Next() {
		var id ids.ID
		var net int64
		if err := rows.Scan(&id, &net); err != nil {
			return nil, err
		}
		out[id] = net
	}
	return out, rows.Err()
}

// why says why a document is held back, "" when it is not.
func (h holding) why(b *book, r *Reckoned, d *draft) string {
	seen := h.seen[ackKey{r.Agreement.ID, r.Day, r.Net}]
	if said := h.outside[r.Agreement.Client]; said != "" && !seen {
		return said
	}
	last, ok := h.last[r.Agreement.ID]
	if h.percent == 0 || !ok || last == 0 {
		return ""
	}
	diff := r.Net - last
	if diff < 0 {
		diff = -diff
	}
	base := max(last, -last)
	if diff <= base/100*int64(h.percent)+base%100*int64(h.percent)/100 || seen {
		return ""
	}
	p := b.printer(b.firm.Language, b.s.p.Zone)
	return p.T("%[1]s instead of %[2]s the last time", p.Money(r.Net, d.doc.Currency), p.Money(last, d.doc.Currency))
}

// Acknowledge accepts the amount that an agreement would be billed on a day, so that a run does not hold it back.
func (s *Service) Acknowledge(ctx context.Context, agreement ids.ID, day civil.Date, net int64, note string) error {
	return s.change(ctx, "billing.acknowledged", agreement.String(), day.String(), func(_ *sql.Tx, q *store.Queries) error {
		_, name := by(ctx)
		return q.Acknowledge(ctx, store.AcknowledgeParams{AgreementID: int64(agreement), Day: int64(day), Net: net, Author: name, Note: note, MadeAt: s.now()})
	})
}
