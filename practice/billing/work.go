// SPDX-License-Identifier: Apache-2.0

package billing

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/ids"
	"mainstay/kit/locale"
	"mainstay/kit/money"
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

// works bills the next clients' approved time and materials; finished = there was none left, and the run is finished.
func (w *biller) works(ctx context.Context) (finished bool, err error) {
	q := store.New(w.tx)
	var list []ids.ID
	if w.run.Agreement == 0 {
		if list, err = w.s.p.Work.ClientsToBill(ctx, w.tx, w.run.through()); err != nil {
			return false, err
		}
	}
	done := w.run.ClientAfter
	n := 0
	for _, client := range list {
		if client <= w.run.ClientAfter || w.run.Client != 0 && client != w.run.Client {
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

// work bills one client's approved time and materials, a document for each currency.
func (w *biller) work(ctx context.Context, client ids.ID) error {
	account, err := w.b.account(ctx, client)
	if err != nil {
		return err
	}
	if !account.Work && !w.run.now() {
		return nil
	}
	all, err := w.s.p.Work.ToBill(ctx, w.tx, client, w.run.through())
	if err != nil {
		return err
	}
	for len(all) > 0 {
		var part, rest []worklog.ToBill
		for _, x := range all {
			if x.Currency == all[0].Currency && len(part) < linesAtOnce {
				part = append(part, x)
			} else {
				rest = append(rest, x)
			}
		}
		all = rest
		err := w.workDocument(ctx, client, part)
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

func (w *biller) workDocument(ctx context.Context, client ids.ID, list []worklog.ToBill) error {
	f, account, err := w.b.blank(ctx, client, list[0].Currency)
	if err != nil {
		return err
	}
	f.ID = w.s.p.IDs.New()
	d := &draft{doc: f, client: client, day: w.run.Day, payDays: pick(account.PayDays, w.b.firm.PayDays)}
	names, err := w.workTypes(ctx)
	if err != nil {
		return err
	}
	lc := lineContext{b: w.b, f: f, account: account, w: explain.Words{P: w.b.printer(f.Language, w.s.p.Zone), Currency: f.Currency}}
	bills := make([]worklog.Bill, len(list))
	for i, x := range list {
		l := workLine(lc.w.P, x, names)
		l.Span = w.s.p.IDs.New()
		if err := lc.taxed(&l, "standard", x.Day); err != nil {
			return err
		}
		f.Lines = append(f.Lines, l)
		f.Period = cover(f.Period, l.Period)
		bills[i] = worklog.Bill{ID: x.ID, Item: x.Item, Invoice: f.ID.String(), Line: l.Span.String()}
	}
	if err := finish(d); err != nil {
		return err
	}
	if err := w.document(ctx, d); err != nil {
		return err
	}
	return w.s.p.Work.MarkBilledIn(ctx, w.tx, bills)
}

// workTypes names the kinds of work.
func (w *biller) workTypes(ctx context.Context) (map[ids.ID]worklog.Type, error) {
	list, err := w.s.p.Work.Types(ctx)
	out := map[ids.ID]worklog.Type{}
	for _, t := range list {
		out[t.ID] = t
	}
	return out, err
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
