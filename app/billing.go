// SPDX-License-Identifier: Apache-2.0

package app

import (
	"bufio"
	"fmt"
	"io"
	"os"

	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/practice/billing/explain"
	"mainstay/practice/billing/rating/scenario"
)

// SimulateBilling reads a scenario and runs it, without a database.
func SimulateBilling(path string) (*scenario.Result, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fault.NewInvalid("The file %s cannot be read.", path).Because(err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, scenario.MaxBytes+1))
	if err != nil {
		return nil, fault.NewInvalid("The file %s cannot be read.", path).Because(err)
	}
	s, err := scenario.Read(data)
	if err != nil {
		return nil, err
	}
	return s.Run()
}

// WriteSimulation writes what each run bills and why, in words.
func WriteSimulation(out io.Writer, r *scenario.Result, p locale.Printer) error {
	b := bufio.NewWriter(out)
	w := explain.Words{P: p, Currency: r.Currency}
	for i, x := range r.Runs {
		if i > 0 {
			fmt.Fprintln(b)
		}
		fmt.Fprintln(b, p.T("Run on %s", p.Date(x.Day)))
		if x.Invoice == nil {
			fmt.Fprintln(b, "  "+p.T("Nothing is due."))
		} else {
			writeDocument(b, x.Invoice, w)
		}
		for _, a := range x.Allowances {
			text := p.T("%[1]s: %[2]s left, %[3]s used beyond it so far", a.Name, a.Left, a.Over)
			if a.Low {
				text = p.T("%[1]s: only %[2]s left, %[3]s used beyond it so far", a.Name, a.Left, a.Over)
			}
			fmt.Fprintln(b, "  "+text)
		}
	}
	return b.Flush()
}

func writeDocument(b io.Writer, v *scenario.Invoice, w explain.Words) {
	p := w.P
	if v.Kind == "credit_note" {
		fmt.Fprintln(b, "  "+p.T("Credit note"))
	} else {
		fmt.Fprintln(b, "  "+p.T("Invoice"))
	}
	for i := range v.Lines {
		l := &v.Lines[i]
		fmt.Fprintf(b, "  %s  %s\n", pad(p.Money(l.Entry.Amount, w.Currency), 16), p.T("%[1]s, %[2]s, quantity %[3]s", l.Name, w.Period(l.Entry.Period), p.Decimal(l.Entry.Quantity)))
		reasons := w.Why(&l.Entry, l.Source)
		if l.Kind == "adjustment" {
			reasons = append(reasons, p.T("credited by hand"))
		}
		if l.Off != 0 {
			reasons = append(reasons, p.T("less a discount of %s", p.Money(l.Off, w.Currency)))
		}
		for _, s := range append(reasons, w.Tax(l.Rate)) {
			fmt.Fprintf(b, "  %s    %s\n", pad("", 16), s)
		}
	}
	fmt.Fprintf(b, "  %s  %s\n", pad(p.Money(v.Totals.Net, w.Currency), 16), p.T("net"))
	for _, g := range v.Totals.Groups {
		fmt.Fprintf(b, "  %s  %s\n", pad(p.Money(g.Tax, w.Currency), 16), p.T("%[1]s, on %[2]s", w.Tax(g.Rate), p.Money(g.Base, w.Currency)))
	}
	fmt.Fprintf(b, "  %s  %s\n", pad(p.Money(v.Totals.Gross, w.Currency), 16), p.T("total"))
}

// pad puts spaces before a text.
func pad(s string, width int) string {
	for n := len([]rune(s)); n < width; n++ {
		s = " " + s
	}
	return s
}
