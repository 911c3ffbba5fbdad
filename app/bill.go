// SPDX-License-Identifier: Apache-2.0

package app

import (
	"context"
	"fmt"
	"io"
	"text/tabwriter"

	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/practice/billing"
)

// BillOrder is what an operator asks of billing.
type BillOrder struct {
	Day   string // "" = today
	Issue bool
}

func (o BillOrder) order() (out billing.Order, err error) {
	out.Issue = o.Issue
	if o.Day == "" {
		return out, nil
	}
	if out.Day, err = civil.Parse(o.Day); err != nil {
		return out, fault.NewInvalid("%q is not a day: write it as 2026-03-01.", o.Day).Because(err)
	}
	return out, nil
}

// RunBilling makes a run, or goes on with one that was interrupted, and returns it with what it left out. A server may run
// meanwhile.
func (a *App) RunBilling(ctx context.Context, o BillOrder, tell func(done, total int)) (billing.Run, []billing.Exception, error) {
	order, err := o.order()
	if err != nil {
		return billing.Run{}, nil, err
	}
	id, err := a.Billing.Open(ctx)
	if err == nil && id == 0 {
		id, err = a.Billing.Start(ctx, order)
	}
	if err == nil {
		err = a.Billing.Continue(ctx, id, tell)
	}
	if err != nil {
		return billing.Run{}, nil, err
	}
	run, err := a.Billing.Run(ctx, id)
	if err != nil {
		return run, nil, err
	}
	left, err := a.Billing.Exceptions(ctx, id)
	return run, left, err
}

// PreviewBilling writes what a run would bill.
func (a *App) PreviewBilling(ctx context.Context, o BillOrder, w io.Writer, p locale.Printer) error {
	order, err := o.order()
	if err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	n := 0
	err = a.Billing.Previews(ctx, order, false, func(x *billing.Preview) error {
		n++
		what := p.T("Due")
		switch {
		case x.Failed != "":
			what = x.Failed
		case x.Held != "":
			what = p.T("Held back") + ": " + x.Held
		}
		number := p.T("Time and materials")
		if x.Agreement != nil {
			number = x.Agreement.Number
		}
		_, err := fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\n", number, x.Client, p.Money(x.Net+x.Work, x.Currency()), p.Money(x.Last, x.Currency()), what)
		return err
	})
	if err != nil {
		return err
	}
	if n == 0 {
		fmt.Fprintln(t, p.T("Nothing is due."))
	}
	return t.Flush()
}

// ExportBilling writes the books of some days for another program.
func (a *App) ExportBilling(ctx context.Context, format, from, through string, w io.Writer) error {
	first, err := civil.Parse(from)
	if err != nil {
		return fault.NewInvalid("%q is not a day: write it as 2026-03-01.", from).Because(err)
	}
	last, err := civil.Parse(through)
	if err != nil {
		return fault.NewInvalid("%q is not a day: write it as 2026-03-01.", through).Because(err)
	}
	return a.Billing.Export(ctx, w, billing.Format(format), first, last)
}
