// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"mainstay/app"
	"mainstay/kit/config"
	"mainstay/kit/fault"
	"mainstay/kit/locale"
)

func billCommand() *cobra.Command {
	c := &cobra.Command{Use: "bill", Short: "Bill what is due, look at it before, rehearse agreements", Args: cobra.NoArgs}
	c.AddCommand(billRunCommand(), billPreviewCommand(), billExportCommand(), simulateCommand())
	return c
}

func billRunCommand() *cobra.Command {
	var cfg config.Server
	var o app.BillOrder
	var asJSON bool
	c := &cobra.Command{
		Use: "run", Short: "Bill everything that is due", Args: cobra.NoArgs,
		Long: `Bill everything that is due by a day: drafts to be looked at, or with --issue documents with
their numbers. A run that was interrupted goes on where it was; nothing is billed twice. The
server may be running. The exit code is 1 when something was left out.`,
	}
	cfg.BindStore(c.Flags())
	c.Flags().StringVar(&o.Day, "day", "", "bill what is due by `DAY`, such as 2026-03-01; today when empty")
	c.Flags().BoolVar(&o.Issue, "issue", false, "issue at once instead of leaving drafts")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.RunE = func(c *cobra.Command, _ []string) error {
		return with(besider(c, &cfg), func(a *app.App) error {
			tell := func(done, total int) { fmt.Fprintf(c.ErrOrStderr(), "%d of %d agreements\n", done, total) }
			if asJSON {
				tell = nil
			}
			run, left, err := a.RunBilling(c.Context(), o, tell)
			if err != nil {
				return err
			}
			if asJSON {
				err = printJSON(c.OutOrStdout(), map[string]any{"run": run, "left_out": left})
			} else {
				_, err = fmt.Fprintf(c.OutOrStdout(), "%d documents; %d agreements held back, %d could not be billed.\n", run.Documents, run.Held, run.Failed)
				for _, x := range left {
					fmt.Fprintf(c.OutOrStdout(), "  %s: %s\n", x.Subject, x.Text)
				}
			}
			if err == nil && len(left) > 0 {
				return fault.NewConflict("Something was left out; it stays due.")
			}
			return err
		})
	}
	return c
}

func billPreviewCommand() *cobra.Command {
	var cfg config.Server
	var o app.BillOrder
	var r reading
	c := &cobra.Command{
		Use: "preview", Short: "Say what a run would bill, without writing anything", Args: cobra.NoArgs,
		Long: `Say what a run would bill: each agreement with its client, the net amount, the amount of the
document before, and why it is held back or cannot be billed. It is the code of the run itself.`,
	}
	cfg.BindStore(c.Flags())
	c.Flags().StringVar(&o.Day, "day", "", "what is due by `DAY`, such as 2026-03-01; today when empty")
	c.Flags().StringVar(&r.language, "language", "", "`tag` of the language: en-US, en-GB, de-DE, de-AT, de-CH")
	c.RunE = func(c *cobra.Command, _ []string) error {
		p, err := r.printer()
		if err != nil {
			return err
		}
		return with(besider(c, &cfg), func(a *app.App) error { return a.PreviewBilling(c.Context(), o, c.OutOrStdout(), p) })
	}
	return c
}

func billExportCommand() *cobra.Command {
	var cfg config.Server
	var format, from, through string
	c := &cobra.Command{
		Use: "export", Short: "Write the journal or the documents of some days for another program", Args: cobra.NoArgs,
		Long: `Write the journal (hledger, beancount, quickbooks-journal) or the issued documents (xero,
quickbooks, iif, datev) of some days to standard output. hledger's form is ledger's too; datev
needs what the tax adviser says, which is set on a page of billing.`,
		Example: "  mainstay bill export --format hledger --from 2026-01-01 --through 2026-12-31 > 2026.journal",
	}
	cfg.BindStore(c.Flags())
	c.Flags().StringVar(&format, "format", "hledger", "hledger, beancount, xero, quickbooks, quickbooks-journal, iif or datev")
	c.Flags().StringVar(&from, "from", "", "first `DAY`, such as 2026-01-01")
	c.Flags().StringVar(&through, "through", "", "last `DAY`")
	_ = c.MarkFlagRequired("from")
	_ = c.MarkFlagRequired("through")
	c.RunE = func(c *cobra.Command, _ []string) error {
		return with(besider(c, &cfg), func(a *app.App) error {
			return a.ExportBilling(c.Context(), format, from, through, c.OutOrStdout())
		})
	}
	return c
}

func simulateCommand() *cobra.Command {
	var r reading
	var asJSON bool
	c := &cobra.Command{
		Use: "simulate FILE…", Short: "Say what the runs of a scenario bill, and why",
		Long: `Say what the runs of a scenario bill, and why: an agreement's lines, the facts and
changes of its life and the days of runs, as JSON. No server is needed and nothing is
kept; the arithmetic is that of the real run. FILE may be a folder, of which all *.json
are taken, or - for standard input.

Every field of a file, with an example of each and how to write what other billing
engines call by other names, is described in docs/billing-scenarios.md.

A file may say what it expects. The exit code is 1 where the result differs from that,
with each difference in a sentence, and 2 where a file cannot be read.`,
		Example: `  mainstay bill simulate agreement.json
  mainstay bill simulate --json agreement.json > invoices.json
  mainstay bill simulate scenarios/
  echo '{"currency": "EUR", "lines": [{"name": "Plan", "from": "2026-01-15", "price": "40"}],
    "runs": ["2026-01-15"]}' | mainstay bill simulate -`,
		Args: cobra.MinimumNArgs(1),
	}
	c.Flags().StringVar(&r.language, "language", "", "`tag` of the language: en-US, en-GB, de-DE, de-AT, de-CH")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON: the result of one file, or {\"files\": […]} for several")
	c.RunE = func(c *cobra.Command, args []string) error {
		p, err := r.printer()
		if err != nil {
			return err
		}
		list, err := app.SimulateBilling(args, c.InOrStdin())
		if err != nil {
			return err
		}
		if err := printSimulations(c.OutOrStdout(), list, asJSON, p); err != nil {
			return err
		}
		return app.SimulationVerdict(list)
	}
	return c
}

func printSimulations(out io.Writer, list []app.Simulation, asJSON bool, p locale.Printer) error {
	if len(list) == 1 {
		switch s := list[0]; {
		case s.Err != nil && asJSON:
			return printJSON(out, map[string]any{"error": s.Error})
		case s.Err != nil:
			return nil
		case asJSON:
			return printJSON(out, s.Result)
		default:
			return app.WriteSimulation(out, s.Result, p)
		}
	}
	if asJSON {
		return printJSON(out, map[string]any{"files": list})
	}
	for _, s := range list {
		fmt.Fprintf(out, "== %s\n", s.File)
		if s.Err != nil {
			fmt.Fprintln(out, s.Error)
		} else if err := app.WriteSimulation(out, s.Result, p); err != nil {
			return err
		}
		fmt.Fprintln(out)
	}
	return nil
}
