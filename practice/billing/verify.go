// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"database/sql"
	"fmt"

	"mainstay/kit/civil"
	"mainstay/practice/billing/invoice"
)

// Verified is what a check of the books found.
type Verified struct {
	Documents int
	Entries   int
	Broken    []string // sentences, for an operator
}

// Verify checks everything that must hold of the books: each series is without gaps and its chain unbroken, each document's bytes are
// those that were hashed and agree with its head, each issued document has its entry, each entry sums to 0, each span lies
// in a document that is there, and what is open follows from what was settled.
func (s *Service) Verify(ctx context.Context) (v Verified, err error) {
	err = s.p.DB.Read(ctx, func(tx *sql.Tx) error {
		for _, check := range []func(context.Context, *sql.Tx, *Verified) error{verifyChains, verifyJournal, verifyOpen, verifySpans} {
			if err := check(ctx, tx, &v); err != nil {
				return err
			}
		}
		return nil
	})
	return v, err
}

func (v *Verified) say(format string, args ...any) {
	if len(v.Broken) < 1000 {
		v.Broken = append(v.Broken, fmt.Sprintf(format, args...))
	}
}

func verifyChains(ctx context.Context, tx *sql.Tx, v *Verified) error {
	rows, err := tx.QueryContext(ctx, "SELECT "+docColumns+", b.body FROM billing_invoices d JOIN billing_documents b ON b.invoice_id = d.id WHERE d.state = 1 ORDER BY d.series, d.year, d.seq")
	if err != nil {
		return err
	}
	defer rows.Close()
	type place struct {
		series string
		year   int64
	}
	ends := map[place]Doc{}
	for rows.Next() {
		var body string
		d, err := scanDoc(scanWith{rows, &body})
		if err != nil {
			return err
		}
		v.Documents++
		p := place{d.Series, d.Year}
		before := ends[p]
		if d.Seq != before.Seq+1 {
			v.say("series %s %d: %s follows number %d: there is a gap or a duplicate", d.Series, d.Year, d.Number, before.Seq)
		}
		if d.Prev != before.Hash {
			v.say("%s is not chained to the document before it", d.Number)
		}
		if hashOf(d.Prev, []byte(body)) != d.Hash {
			v.say("%s was changed after it was issued", d.Number)
		}
		v.agrees(d, body)
		ends[p] = d
	}
	if err := rows.Err(); err != nil {
		return err
	}
	counters, err := tx.QueryContext(ctx, "SELECT series, year, next, hash FROM billing_counters")
	if err != nil {
		return err
	}
	defer counters.Close()
	for counters.Next() {
		var p place
		var next int64
		var hash string
		if err := counters.Scan(&p.series, &p.year, &next, &hash); err != nil {
			return err
		}
		if last := ends[p]; last.Seq != next-1 || last.Hash != hash {
			v.say("series %s %d stands at number %d, but its last document is %d", p.series, p.year, next-1, last.Seq)
		}
	}
	return counters.Err()
}

// scanWith scans a document's head and one more column.
type scanWith struct {
	rows *sql.Rows
	more any
}

func (s scanWith) Scan(into ...any) error { return s.rows.Scan(append(into, s.more)...) }

// agrees compares a head with its document.
func (v *Verified) agrees(d Doc, body string) {
	f, err := invoice.Parse([]byte(body))
	switch {
	case err != nil:
		v.say("%s cannot be read: %v", d.Number, err)
	case f.Number != d.Number || f.Totals.Gross != d.Gross || f.Totals.Net != d.Net || f.Totals.Tax != d.Tax || f.Issued != d.Issued || f.Due != d.Due || f.Kind != d.Kind || f.Currency != d.Currency:
		v.say("%s does not say what its head says", d.Number)
	}
}

func verifyJournal(ctx context.Context, tx *sql.Tx, v *Verified) error {
	rows, err := tx.QueryContext(ctx, `SELECT e.id, e.number, e.kind, p.currency, CAST(sum(p.minor) AS BIGINT) FROM billing_entries e JOIN billing_postings p ON p.entry_id = e.id
GROUP BY e.id, e.number, e.kind, p.currency`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var id, sum int64
		var number, kind, currency string
		if err := rows.Scan(&id, &number, &kind, &currency, &sum); err != nil {
			return err
		}
		v.Entries++
		if sum != 0 {
			v.say("the entry of %s %s does not balance: it sums to %d %s", kind, number, sum, currency)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	return v.each(ctx, tx, "%s is issued but not in the journal", `SELECT d.number FROM billing_invoices d LEFT JOIN billing_entries e ON e.kind = d.kind AND e.ref_id = d.id WHERE d.state = 1 AND d.gross <> 0 AND e.id IS NULL`)
}

func verifyOpen(ctx context.Context, tx *sql.Tx, v *Verified) error {
	return v.each(ctx, tx, "what is open of %s does not follow from what was settled", `SELECT d.number FROM billing_invoices d
LEFT JOIN (SELECT invoice_id, CAST(sum(minor) AS BIGINT) AS paid FROM billing_settlements GROUP BY invoice_id) s ON s.invoice_id = d.id
WHERE d.state = 1 AND (d.open < 0 OR d.open > d.gross OR (s.paid IS NOT NULL AND d.open + s.paid > d.gross))`)
}

func verifySpans(ctx context.Context, tx *sql.Tx, v *Verified) error {
	if err := v.each(ctx, tx, "document %s has no lines", `SELECT d.id FROM billing_invoices d WHERE d.state < 2 AND NOT EXISTS (SELECT 1 FROM billing_lines l WHERE l.invoice_id = d.id)`); err != nil {
		return err
	}
	return v.each(ctx, tx, "the lines of %s do not sum to its net amount", `SELECT d.id FROM billing_invoices d JOIN billing_lines l ON l.invoice_id = d.id WHERE d.state < 2
GROUP BY d.id, d.kind, d.net HAVING CAST(sum(l.amount) AS BIGINT) < CASE WHEN d.kind = 'credit_note' THEN -d.net ELSE d.net END`)
}

// each says a sentence for each row of a query, which returns one column.
func (v *Verified) each(ctx context.Context, tx *sql.Tx, sentence, query string) error {
	rows, err := tx.QueryContext(ctx, query)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return err
		}
		v.say(sentence, text)
	}
	return rows.Err()
}

// Entries calls fn for each entry of the journal of some days, in order.
func (s *Service) Entries(ctx context.Context, from, through civil.Date, fn func(Entry) error) error {
	return s.p.DB.Read(ctx, func(tx *sql.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT e.id, e.day, e.kind, e.ref_id, e.number, e.client_id, e.text, p.account, p.minor, p.currency FROM billing_entries e JOIN billing_postings p ON p.entry_id = e.id
WHERE e.day >= $1 AND e.day <= $2 ORDER BY e.day, e.id, p.position`, int64(from), int64(through))
		if err != nil {
			return err
		}
		defer rows.Close()
		var at int64
		var cur *Entry
		for rows.Next() {
			var id int64
			var e Entry
			var p Posting
			if err := rows.Scan(&id, &e.Day, &e.Kind, &e.Ref, &e.Number, &e.Client, &e.Text, &p.Account, &p.Minor, &p.Currency); err != nil {
				return err
			}
			if cur == nil || id != at {
				if cur != nil {
					if err := fn(*cur); err != nil {
						return err
					}
				}
				cur, at = &e, id
			}
			cur.Postings = append(cur.Postings, p)
		}
		if err := rows.Err(); err != nil {
			return err
		}
		if cur != nil {
			return fn(*cur)
		}
		return nil
	})
}
