// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/rating"
)

// Share is what was earned with one item under one agreement in some days.
type Share struct {
	Client    ids.ID
	Agreement ids.ID // 0 = work and what was written by hand
	Line      ids.ID // of the agreement; 0 = none
	Item      ids.ID // of the catalogue; 0 = none
	Currency  money.Currency
	Minor     int64
}

// Earned returns what issued documents bill for the days of p, net: of a line that covers more days, the part that lies in them. What
// is billed in advance is earned as its days pass.
func (s *Service) Earned(ctx context.Context, p rating.Period) ([]Share, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, `SELECT d.client_id, CASE WHEN l.line_id = 0 THEN 0 ELSE l.agreement_id END, l.line_id, l.item_id, d.currency, l.amount, l.starts, l.ends, d.issued FROM billing_lines l JOIN billing_invoices d ON d.id = l.invoice_id
WHERE d.state = 1 AND ((l.starts < $2 AND l.ends > $1) OR (l.starts >= l.ends AND d.issued >= $1 AND d.issued < $2))`, int64(p.From), int64(p.To))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	at := map[Share]int{}
	var out []Share
	for rows.Next() {
		var k Share
		var minor int64
		var days rating.Period
		var issued civil.Date
		if err := rows.Scan(&k.Client, &k.Agreement, &k.Line, &k.Item, &k.Currency, &minor, &days.From, &days.To, &issued); err != nil {
			return nil, err
		}
		if n, err := part(minor, days, p); err == nil {
			minor = n
		}
		i, ok := at[k]
		if !ok {
			i = len(out)
			at[k] = i
			out = append(out, k)
		}
		out[i].Minor += minor
	}
	return out, rows.Err()
}

// part is what of an amount for some days lies in p.
func part(minor int64, days, p rating.Period) (int64, error) {
	if days.Empty() {
		return minor, nil
	}
	return money.Whole(minor).Times(money.Fraction(int64(days.Cut(p).Days()), int64(days.Days()))).Round(0)
}

// Deferred returns, by currency, what was billed for days after one: revenue that is not earned yet.
func (s *Service) Deferred(ctx context.Context, day civil.Date) (map[money.Currency]int64, error) {
	rows, err := s.p.DB.Reader().QueryContext(ctx, `SELECT d.currency, l.amount, l.starts, l.ends FROM billing_lines l JOIN billing_invoices d ON d.id = l.invoice_id
WHERE d.state = 1 AND l.ends > $1 AND l.ends > l.starts`, int64(day)+1)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[money.Currency]int64{}
	for rows.Next() {
		var c money.Currency
		var minor int64
		var days rating.Period
		if err := rows.Scan(&c, &minor, &days.From, &days.To); err != nil {
			return nil, err
		}
		n, err := part(minor, days, rating.Period{From: day + 1, To: Never})
		if err != nil {
			return nil, err
		}
		out[c] += n
	}
	return out, rows.Err()
}
