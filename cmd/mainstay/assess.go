// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mainstay/app"
	"mainstay/kit/civil"
	"mainstay/kit/fault"
	"mainstay/kit/locale"
	"mainstay/kit/money"
)

// reading holds the flags that say how exports are read.
type reading struct {
	monthFirst, decimalComma, leaveBad bool
	currency, provider, zone, today    string
	language                           string
	seed                               uint64
}

func (r *reading) bind(c *cobra.Command) {
	f := c.Flags()
	f.BoolVar(&r.monthFirst, "month-first", false, "read 3/4/2026 as March 4 where no value of the column decides")
	f.BoolVar(&r.decimalComma, "decimal-comma", false, "read 1.234 as a thousand where no value of the column decides")
	f.BoolVar(&r.leaveBad, "leave-bad-rows", false, "leave out rows that cannot be read instead of refusing the file")
	f.StringVar(&r.currency, "currency", "", "`code` of amounts that name no currency, such as EUR")
	f.StringVar(&r.provider, "provider", "", "in lists of several suppliers: `name` of the one to assess")
	f.StringVar(&r.zone, "zone", "", "time `zone` of times that name none, such as Europe/Vienna")
	f.StringVar(&r.today, "today", "", "`day` of the assessment (2006-01-02); later rows are left out")
	f.StringVar(&r.language, "language", "", "`tag` of the language: en-US, en-GB, de-DE, de-AT, de-CH")
	f.Uint64Var(&r.seed, "seed", 0, "`number` that fixes the random draws")
}

func (r *reading) options() (app.AssessOptions, error) {
	o := app.AssessOptions{
		MonthFirst: r.monthFirst, DecimalComma: r.decimalComma, LeaveBadRows: r.leaveBad,
		Currency: money.Currency(strings.ToUpper(r.currency)), Provider: r.provider, Seed: r.seed,
	}
	if r.zone != "" {
		loc, err := time.LoadLocation(r.zone)
		if err != nil {
			return o, fault.NewInvalid("--zone: there is no time zone %q.", r.zone)
		}
		o.Zone = loc
	}
	if r.today != "" {
		day, err := civil.Parse(r.today)
		if err != nil {
			return o, fault.NewInvalid("--today: %s.", err)
		}
		o.Today = day
	}
	return o, nil
}

// printer is the operator's language: --language, else the environment's.
func (r *reading) printer() (locale.Printer, error) {
	tag := locale.Tag(r.language)
	if r.language != "" && !tag.Known() {
		return locale.Printer{}, fault.NewInvalid("--language: %q is none of en-US, en-GB, de-DE, de-AT, de-CH.", r.language)
	}
	if r.language == "" {
		env := ""
		for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
			if env = os.Getenv(name); env != "" {
				break
			}
		}
		env, _, _ = strings.Cut(env, ".")
		tag = locale.Negotiate(strings.ReplaceAll(env, "_", "-"), locale.EnUS)
	}
	return locale.New(tag, time.Local), nil
}

func assessCommand() *cobra.Command {
	var r reading
	var asJSON bool
	var htmlFile, pdfFile string
	c := &cobra.Command{
		Use: "assess FILE…", Short: "Say where the firm stands between break/fix and managed, from its own exports",
		Long: `Say where the firm stands between break/fix and managed, from its own exports:
invoices, recurring templates, tickets, hours, assets, in any order, as CSV, TSV,
XLSX, .zip or .gz from the tools you use. No server is needed and nothing is kept.

What cannot be measured is said, with the export that would measure it. Below
60 % coverage there is no verdict.`,
		Example: "  mainstay assess sales-by-customer-detail.csv tickets.csv time-report.csv\n  mainstay assess --json books.zip > assessment.json",
		Args:    cobra.MinimumNArgs(1),
	}
	r.bind(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().StringVar(&htmlFile, "html", "", "also write the whole assessment as one self-contained HTML `file`")
	c.Flags().StringVar(&pdfFile, "pdf", "", "also write the assessment as a PDF `file`")
	c.PreRun = readsHistory
	c.RunE = func(c *cobra.Command, args []string) error {
		o, err := r.options()
		if err != nil {
			return err
		}
		p, err := r.printer()
		if err != nil {
			return err
		}
		bar := newBar(os.Stderr)
		o.Progress = bar.show
		a, err := app.Assess(c.Context(), args, o)
		bar.clear()
		if err != nil {
			return err
		}
		if err := writeReports(a, p, htmlFile, pdfFile); err != nil {
			return err
		}
		if asJSON {
			return printJSON(c.OutOrStdout(), a)
		}
		return app.WriteText(c.OutOrStdout(), a, p)
	}
	return c
}

func writeReports(a *app.Assessment, p locale.Printer, htmlFile, pdfFile string) error {
	for _, out := range []struct {
		path  string
		write func(io.Writer, *app.Assessment, locale.Printer) error
	}{{htmlFile, app.WriteHTML}, {pdfFile, app.WritePDF}} {
		if out.path == "" {
			continue
		}
		f, err := os.Create(out.path)
		if err != nil {
			return fault.NewInvalid("The file %s cannot be written.", out.path).Because(err)
		}
		if err := out.write(f, a, p); err != nil {
			_ = f.Close()
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "Wrote %s\n", out.path)
	}
	return nil
}
