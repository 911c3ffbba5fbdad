// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/db"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/practice/agreements"
	"mainstay/practice/billing/explain"
	"mainstay/practice/billing/invoice"
	"mainstay/practice/billing/rating"
	"mainstay/practice/billing/store"
	"mainstay/practice/worklog"
)

// clientsAtOnce is how many clients' work is billed in one transaction; linesAtOnce how many lines one document has of it.
const (
	clientsAtOnce = 20
	linesAtOnce   = 2000
)

// through is the last day of work that a run bills: a general run the months that are over, a run for one client everything.
func (o Order) through() civil.Date {
	if o.now() {
		return o.Day
	}
	return o.Day.Month().First() - 1
}

// joins returns the work that goes onto the invoice of what was reckoned: all of the client's that a run bills, in the agreement's
// currency, where the client's account says so and it does not stand on another agreement's already.
func (b *book) joins(ctx context.Context, q db.Query, o Order, r *Reckoned, joined map[ids.ID]bool) ([]worklog.ToBill, error) {
	a := r.Agreement
	if len(r.Entries) == 0 || o.Agreement != 0 || joined[a.Client] {
		return nil, nil
	}
	account, err := b.account(ctx, a.Client)
	if err != nil || account.Work != WorkJoined {
		return nil, err
	}
	all, err := b.s.p.Work.ToBill(ctx, q, a.Client, o.through())
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(x worklog.ToBill) bool { return x.Currency != a.Currency })
	return all[:min(len(all), linesAtOnce)], nil
}

// addWork writes the lines of work.
func (c *lineContext) addWork(ctx context.Context, d *draft, list []worklog.ToBill) error {
	if len(list) == 0 {
		return nil
	}
	if d.doc.ID == 0 {
		d.doc.ID = c.b.s.p.IDs.New()
	}
	names, err := c.b.workTypes(ctx)
	if err != nil {
		return err
	}
	for _, x := range list {
		l := workLine(c.w.P, x, names)
		l.Span = c.b.s.p.IDs.New()
		if err := c.taxed(&l, "standard", x.Day); err != nil {
			return err
		}
		d.doc.Lines = append(d.doc.Lines, l)
		d.doc.Period = cover(d.doc.Period, l.Period)
		d.bills = append(d.bills, worklog.Bill{ID: x.ID, Item: x.Item, Invoice: d.doc.ID.String(), Line: l.Span.String()})
	}
	return nil
}

// workTypes names the kinds of work.
func (b *book) workTypes(ctx context.Context) (map[ids.ID]worklog.Type, error) {
	if b.types != nil {
		return b.types, nil
	}
	list, err := b.s.p.Work.Types(ctx)
	if err != nil {
		return nil, err
	}
	b.types = map[ids.ID]worklog.Type{}
	for _, t := range list {
		b.types[t.ID] = t
	}
	return b.types, nil
}

// workDraft makes a document of work alone.
func (b *book) workDraft(ctx context.Context, o Order, client ids.ID, list []worklog.ToBill) (*draft, error) {
	f, account, err := b.blank(ctx, client, list[0].Currency)
	if err != nil {
		return nil, err
	}
	d := &draft{doc: f, client: client, day: o.Day, payDays: pick(account.PayDays, b.firm.PayDays)}
	lc := lineContext{b: b, f: f, account: account, w: explain.Words{P: b.printer(f.Language, b.s.p.Zone), Currency: f.Currency}}
	if err := lc.addWork(ctx, d, list); err != nil {
		return nil, err
	}
	return d, finish(d)
}

// workOf returns a client's work that a run bills by itself, a part for each document: of one currency, and not too many lines.
// Where the client's agreement is held back, which waits tells, work that would join it waits too.
func (b *book) workOf(ctx context.Context, q db.Query, o Order, client ids.ID, waits func() (bool, error), taken map[ids.ID]bool) (parts [][]worklog.ToBill, err error) {
	account, err := b.account(ctx, client)
	if err != nil || account.Work == WorkAsked && !o.now() {
		return nil, err
	}
	if account.Work == WorkJoined && !o.now() {
		if wait, err := waits(); err != nil || wait {
			return nil, err
		}
	}
	all, err := b.s.p.Work.ToBill(ctx, q, client, o.through())
	all = slices.DeleteFunc(all, func(x worklog.ToBill) bool { return taken[x.ID] })
	for len(all) > 0 {
		var part, rest []worklog.ToBill
		for _, x := range all {
			if x.Currency == all[0].Currency && len(part) < linesAtOnce {
				part = append(part, x)
			} else {
				rest = append(rest, x)
			}
		}
		parts = append(parts, part)
		all = rest
	}
	return parts, err
}

// workers returns the clients whose work a run bills.
func (s *Service) workers(ctx context.Context, q db.Query, o Order) ([]ids.ID, error) {
	if o.Agreement != 0 {
		return nil, nil
	}
	list, err := s.p.Work.ClientsToBill(ctx, q, o.through())
	return slices.DeleteFunc(list, func(id ids.ID) bool { return o.Client != 0 && id != o.Client }), err
}

// works bills the next clients' approved time and materials; finished = there was none left, and the run is finished.
func (w *biller) works(ctx context.Context) (finished bool, err error) {
	q := store.New(w.tx)
	list, err := w.s.workers(ctx, w.tx, w.run.Order)
	if err != nil {
		return false, err
	}
	done := w.run.ClientAfter
	n := 0
	for _, client := range list {
		if client <= w.run.ClientAfter {
			continue
		}
		if n++; n > clientsAtOnce {
			break
		}
		if err := w.work(ctx, client); err != nil {
			return false, err
		}
		done = client
	}
	if done == w.run.ClientAfter {
		return true, w.finish(ctx, q)
	}
	if err := w.keep(ctx); err != nil {
		return false, err
	}
	rows, err := q.AdvanceWork(ctx, store.AdvanceWorkParams{ID: int64(w.run.ID), ClientAfter: int64(w.run.ClientAfter), ClientAfter_2: int64(done), Documents: int64(w.documents), Failed: int64(w.failed)})
	if err == nil && rows == 0 {
		err = errMeanwhile
	}
	return false, err
}

// work bills one client's approved time and materials.
func (w *biller) work(ctx context.Context, client ids.ID) error {
	waits := func() (bool, error) {
		n, err := w.s.p.Agreements.CountDue(ctx, w.tx, agreements.DueFilter{Day: w.run.Day, Client: client})
		return n > 0, err
	}
	parts, err := w.b.workOf(ctx, w.tx, w.run.Order, client, waits, nil)
	if err != nil {
		return err
	}
	for _, part := range parts {
		d, err := w.b.workDraft(ctx, w.run.Order, client, part)
		if err == nil {
			err = w.document(ctx, d)
		}
		if said, ok := errors.AsType[*fault.Error](err); ok && said.Kind == fault.Invalid {
			w.failed++
			return w.except(ctx, client, "work", said.Text)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// work calls fn for each document of work alone that a run would write.
func (v *previewing) work(ctx context.Context, fn func(*Preview) error) error {
	list, err := v.b.s.workers(ctx, v.tx, v.o)
	if err != nil {
		return err
	}
	for _, client := range list {
		parts, err := v.b.workOf(ctx, v.tx, v.o, client, func() (bool, error) { return v.waiting[client], nil }, v.taken)
		if err != nil {
			return err
		}
		for _, part := range parts {
			p := &Preview{ClientID: client, Day: v.o.Day, First: true}
			if a := v.b.accounts[client]; a != nil {
				p.Client = a.Party.Name
			}
			d, err := v.b.workDraft(ctx, v.o, client, part)
			switch said, ok := errors.AsType[*fault.Error](err); {
			case ok && said.Kind == fault.Invalid:
				p.Failed = said.Text
			case err != nil:
				return err
			default:
				p.show(d)
			}
			if err := fn(p); err != nil {
				return err
			}
		}
	}
	return nil
}

// workAgain makes work due again that an issued credit note takes back for that.
func (s *Service) workAgain(ctx context.Context, tx *sql.Tx, note ids.ID) error {
	rows, err := tx.QueryContext(ctx, "SELECT o.invoice_id, o.id FROM billing_lines l JOIN billing_lines o ON o.id = l.of_id WHERE l.invoice_id = $1 AND l.line_id = 0 AND l.kind = 1", int64(note))
	if err != nil {
		return err
	}
	defer rows.Close()
	lines := map[ids.ID][]string{}
	for rows.Next() {
		var of, line ids.ID
		if err := rows.Scan(&of, &line); err != nil {
			return err
		}
		lines[of] = append(lines[of], line.String())
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for of, list := range lines {
		if err := s.p.Work.UnbillIn(ctx, tx, of.String(), list...); err != nil {
			return err
		}
	}
	return nil
}

// workLine is the line of one entry or item.
func workLine(p locale.Printer, x worklog.ToBill, names map[ids.ID]worklog.Type) invoice.Line {
	l := invoice.Line{Period: rating.Period{From: x.Day, To: x.Day + 1}, Net: x.Minor, Price: x.Rate}
	switch {
	case !x.Item:
		l.Name = names[x.Type].In(p)
		l.Quantity, l.Unit = hours(x.Minutes)
		l.Why = []string{p.T("%[1]s on %[2]s", x.Person, p.Date(x.Day))}
		if x.Factor != 100 {
			l.Why = append(l.Why, p.T("at %d %% of the rate", x.Factor))
		}
		if l.Unit == "MIN" { // the price is that of an hour: the line's own follows from its amount
			l.Why = append(l.Why, p.T("%[1]d minutes at %[2]s an hour", x.Minutes, p.Decimal(x.Rate)))
			l.Price = money.Decimal{}
		}
	case x.Kind == worklog.Mileage:
		l.Name, l.Quantity, l.Unit = p.T("Mileage"), x.Quantity, "KMT"
	case x.Kind == worklog.Expense:
		l.Name, l.Quantity, l.Unit = p.T("Expense"), x.Quantity, "C62"
	default:
		l.Name, l.Quantity, l.Unit = p.T("Material"), x.Quantity, "C62"
	}
	if x.Item && x.Note != "" {
		l.Name, l.Description = clipped(x.Note), ""
	} else {
		l.Description = x.Note
	}
	if x.Ticket.Number != 0 {
		l.Description = strings.TrimSpace(fmt.Sprintf("#%d %s\n%s", x.Ticket.Number, x.Ticket.Subject, l.Description))
	}
	return l
}

func clipped(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	if r := []rune(s); len(r) > 200 {
		return string(r[:199]) + "…"
	}
	return s
}

// hours writes minutes as hours where two decimal places say them exactly, else as minutes.
func hours(minutes int64) (money.Decimal, string) {
	if minutes*100%60 == 0 {
		d := money.Decimal{Coef: minutes * 100 / 60, Scale: 2}
		for d.Scale > 0 && d.Coef%10 == 0 {
			d.Coef, d.Scale = d.Coef/10, d.Scale-1
		}
		return d, "HUR"
	}
	return money.Decimal{Coef: minutes}, "MIN"
}
