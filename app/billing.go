// SPDX-License-Identifier: Apache-2.0

package app

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/money"
	"mainstay/practice/billing/explain"
	"mainstay/practice/billing/rating"
	"mainstay/practice/billing/rating/scenario"
)

// Simulation is one scenario file with what its runs bill, or why it cannot be run.
type Simulation struct {
	File   string           `json:"file"` // "-" for what was read from standard input
	Result *scenario.Result `json:"result,omitempty"`
	Error  string           `json:"error,omitempty"` // a sentence that names the place in the file

	Err error `json:"-"`
}

// maxScenarios bounds the files of one command.
const maxScenarios = 10_000

// SimulateBilling reads scenarios and runs them, without a database: files, all *.json of folders, or stdin for "-". A file that
// cannot be run does not stop the others.
func SimulateBilling(paths []string, stdin io.Reader) ([]Simulation, error) {
	var out []Simulation
	for _, path := range paths {
		files, err := scenarioFiles(path)
		if err != nil {
			return nil, err
		}
		if len(out)+len(files) > maxScenarios {
			return nil, fault.NewInvalid("More than %d files are too many at once.", maxScenarios)
		}
		for _, file := range files {
			s := Simulation{File: file}
			if s.Result, s.Err = simulate(file, stdin); s.Err != nil {
				s.Error = fault.TextOf(s.Err)
			}
			out = append(out, s)
		}
	}
	return out, nil
}

// scenarioFiles returns a file, or those of a folder and the folders within it by their name.
func scenarioFiles(path string) ([]string, error) {
	if path == "-" {
		return []string{path}, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fault.NewInvalid("There is no file %s that could be read.", path).Because(err)
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	var out []string
	err = filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && strings.EqualFold(filepath.Ext(p), ".json") {
			out = append(out, p)
		}
		return err
	})
	if err != nil {
		return nil, fault.NewInvalid("The folder %s cannot be read.", path).Because(err)
	}
	if len(out) == 0 {
		return nil, fault.NewInvalid("The folder %s has no file that ends in .json.", path)
	}
	return out, nil
}

func simulate(path string, in io.Reader) (*scenario.Result, error) {
	if path != "-" {
		f, err := os.Open(path)
		if err != nil {
			return nil, fault.NewInvalid("The file %s cannot be read.", path).Because(err)
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, scenario.MaxBytes+1))
	if err != nil {
		return nil, fault.NewInvalid("The file %s cannot be read.", path).Because(err)
	}
	s, err := scenario.Read(data)
	if err != nil {
		return nil, err
	}
	return s.Run()
}

// SimulationVerdict returns what a command ends with: the fault of the first file that could not be run, or that a result is not what its
// file expects; nil when all is well.
func SimulationVerdict(list []Simulation) error {
	files := 0
	for _, s := range list {
		if s.Err != nil {
			if len(list) == 1 {
				return s.Err
			}
			return fault.NewInvalid("%s cannot be run: %s", s.File, s.Error).Because(s.Err)
		}
		if len(s.Result.Differences) > 0 {
			files++
		}
	}
	if files > 0 {
		return fault.NewConflict("What is billed is not what is expected in %d of %d files.", files, len(list))
	}
	return nil
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
		writeAccount(b, x.Account, w)
	}
	if len(r.Differences) > 0 {
		fmt.Fprintln(b, "\n"+p.T("Not as expected:"))
		for _, d := range r.Differences {
			fmt.Fprintln(b, "  "+d)
		}
	}
	return b.Flush()
}

// writeAccount writes what the client owes and has after a run.
func writeAccount(b io.Writer, a *scenario.Account, w explain.Words) {
	if a == nil {
		return
	}
	fmt.Fprintln(b, "  "+w.P.T("Owed: %[1]s; in credit: %[2]s", inMoney(a.Owed, w), inMoney(a.Credit, w)))
	if a.Refund != "" {
		fmt.Fprintln(b, "  "+w.P.T("Paid back: %s", inMoney(a.Refund, w)))
	}
	for _, x := range a.Prepaid {
		fmt.Fprintln(b, "  "+w.P.T("%[1]s: %[2]s left", x.Name, inMoney(x.Left, w)))
	}
}

// inMoney writes an amount of a result by the language's rules.
func inMoney(amount string, w explain.Words) string {
	d, err := money.ParseDecimal(amount)
	if err != nil {
		return amount
	}
	n, err := d.Round(w.Currency.Digits())
	if err != nil {
		return amount
	}
	return w.P.Money(n, w.Currency)
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
		if l.Work != nil {
			reasons = workReasons(l.Work, w)
		}
		if l.Kind == "adjustment" {
			reasons = append(reasons, p.T("credited by hand"))
		}
		if l.Off != 0 {
			reasons = append(reasons, p.T("less a discount of %s", p.Money(l.Off, w.Currency)))
		}
		for _, r := range l.Rates {
			reasons = append(reasons, w.Tax(r))
		}
		if len(l.Rates) == 0 {
			reasons = append(reasons, w.Tax(rating.Rate{}))
		}
		for _, s := range reasons {
			fmt.Fprintf(b, "  %s    %s\n", pad("", 16), s)
		}
	}
	for _, x := range v.Reductions {
		fmt.Fprintf(b, "  %s  %s\n", pad(p.Money(-x.Minor, w.Currency), 16), x.Name)
	}
	for _, x := range v.Surcharges {
		fmt.Fprintf(b, "  %s  %s\n", pad(p.Money(x.Minor, w.Currency), 16), x.Name)
	}
	fmt.Fprintf(b, "  %s  %s\n", pad(p.Money(v.Totals.Net, w.Currency), 16), p.T("net"))
	for _, g := range v.Totals.Groups {
		fmt.Fprintf(b, "  %s  %s\n", pad(p.Money(g.Tax, w.Currency), 16), p.T("%[1]s, on %[2]s", w.Tax(g.Rate), p.Money(g.Base, w.Currency)))
	}
	fmt.Fprintf(b, "  %s  %s\n", pad(p.Money(v.Totals.Gross, w.Currency), 16), p.T("total"))
	for _, x := range []struct{ text, amount string }{
		{p.T("taken from the credit"), v.CreditUsed}, {p.T("taken from what was paid in advance"), v.PrepaidUsed}, {p.T("rounding of what is due"), v.Rounding}, {p.T("due then"), v.Due},
	} {
		if x.amount != "" {
			fmt.Fprintf(b, "  %s  %s\n", pad(inMoney(x.amount, w), 16), x.text)
		}
	}
}

// workReasons say how a piece of work is charged.
func workReasons(x *scenario.Work, w explain.Words) []string {
	out := []string{w.P.T("%[1]d minutes worked, %[2]d charged at %[3]s an hour", x.Minutes, x.Charged, w.P.Decimal(x.Price))}
	if x.Percent != 100 {
		out = append(out, w.P.T("at %d %% of the rate", x.Percent))
	}
	return out
}

// pad puts spaces before a text.
func pad(s string, width int) string {
	for n := len([]rune(s)); n < width; n++ {
		s = " " + s
	}
	return s
}
