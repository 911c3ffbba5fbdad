// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/ids"
	"mainstay/kit/money"
	"mainstay/practice/billing/invoice"
)

// Filter narrows a list of documents.
type Filter struct {
	Client    ids.ID
	Agreement ids.ID
	Run       ids.ID
	Of        ids.ID // credit notes of this invoice
	Kind      invoice.Kind
	State     *DocState
	Open      bool       // only those of which something is to be paid
	Overdue   civil.Date // only those that were due before this day and are open; 0 = all
	From, To  civil.Date // issued on these days; 0 = all
	Number    string     // begins with it
	Before    ids.ID     // the last id of the page before
	Limit     int        // 50 when 0
}

// List is a page of documents, the newest first.
type List struct {
	Rows []Doc
	More bool
}

// List returns documents.
func (s *Service) List(ctx context.Context, f Filter) (out List, err error) {
	where, args := []string{"d.state < 3"}, []any{}
	add := func(cond string, v any) {
		args = append(args, v)
		where = append(where, strings.ReplaceAll(cond, "?", "$"+strconv.Itoa(len(args))))
	}
	for _, x := range []struct {
		cond string
		id   ids.ID
	}{{"d.client_id = ?", f.Client}, {"d.agreement_id = ?", f.Agreement}, {"d.run_id = ?", f.Run}, {"d.of_id = ?", f.Of}, {"d.id < ?", f.Before}} {
		if x.id != 0 {
			add(x.cond, int64(x.id))
		}
	}
	if f.Kind != "" {
		add("d.kind = ?", string(f.Kind))
	}
	if f.State != nil {
		add("d.state = ?", int64(*f.State))
	}
	if f.Open {
		where = append(where, "d.open <> 0 AND d.state = 1")
	}
	if f.Overdue != 0 {
		add("d.open <> 0 AND d.state = 1 AND d.kind <> 'credit_note' AND d.due < ?", int64(f.Overdue))
	}
	if f.From != 0 {
		add("d.issued >= ?", int64(f.From))
	}
	if f.To != 0 {
		add("d.issued <= ?", int64(f.To))
	}
	if f.Number != "" {
		add("d.number LIKE ?", strings.NewReplacer("%", "", "_", "").Replace(f.Number)+"%")
	}
	if f.Limit <= 0 {
		f.Limit = 50
	}
	rows, err := s.p.DB.Reader().QueryContext(ctx, "SELECT "+docColumns+" FROM billing_invoices d WHERE "+strings.Join(where, " AND ")+" ORDER BY d.id DESC LIMIT "+strconv.Itoa(f.Limit+1), args...)
	if err != nil {
		return out, err
	}
	defer rows.Close()
	for rows.Next() {
		d, err := scanDoc(rows)
		if err != nil {
			return out, err
		}
		out.Rows = append(out.Rows, d)
	}
	if len(out.Rows) > f.Limit {
		out.Rows, out.More = out.Rows[:f.Limit], true
	}
	return out, rows.Err()
}

// OpenSum is what is open in one currency.
type OpenSum struct {
	Currency      money.Currency
	Open, Overdue int64 // minor units, of invoices and fees
	Count, Late   int
	Credit        int64 // of credit notes that are not used yet
	Month         int64 // net of what was issued this month, less credit notes
}

// OpenSums adds up what is open, by currency.
func (s *Service) OpenSums(ctx context.Context, today civil.Date) ([]OpenSum, error) {
	at := map[money.Currency]*OpenSum{}
	var order []money.Currency
	of := func(c money.Currency) *OpenSum {
		if at[c] == nil {
			at[c] = &OpenSum{Currency: c}
			order = append(order, c)
		}
		return at[c]
	}
	rows, err := s.p.DB.Reader().QueryContext(ctx, `SELECT currency, kind, CASE WHEN due < $1 THEN 1 ELSE 0 END, count(*), CAST(sum(open) AS BIGINT) FROM billing_invoices
WHERE open <> 0 AND state = 1 GROUP BY currency, kind, CASE WHEN due < $1 THEN 1 ELSE 0 END`, int64(today))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var c money.Currency
		var kind invoice.Kind
		var late, n int
		var sum int64
		if err := rows.Scan(&c, &kind, &late, &n, &sum); err != nil {
			return nil, err
		}
		x := of(c)
		if kind == invoice.CreditNote {
			x.Credit += sum
			continue
		}
		x.Open += sum
		x.Count += n
		if late == 1 {
			x.Overdue += sum
			x.Late += n
		}
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	month, err := s.p.DB.Reader().QueryContext(ctx, `SELECT currency, CAST(sum(CASE WHEN kind = 'credit_note' THEN -net ELSE net END) AS BIGINT) FROM billing_invoices WHERE state = 1 AND issued >= $1 GROUP BY currency`, int64(today.Month().First()))
	if err != nil {
		return nil, err
	}
	defer month.Close()
	for month.Next() {
		var c money.Currency
		var sum int64
		if err := month.Scan(&c, &sum); err != nil {
			return nil, err
		}
		of(c).Month = sum
	}
	out := make([]OpenSum, len(order))
	slices.Sort(order)
	for i, c := range order {
		out[i] = *at[c]
	}
	return out, month.Err()
}
