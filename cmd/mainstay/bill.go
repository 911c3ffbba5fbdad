// SPDX-License-Identifier: Apache-2.0

package main

import (
	"github.com/spf13/cobra"

	"mainstay/app"
)

func billCommand() *cobra.Command {
	c := &cobra.Command{Use: "bill", Short: "Rehearse what agreements bill", Args: cobra.NoArgs}
	c.AddCommand(simulateCommand())
	return c
}

func simulateCommand() *cobra.Command {
	var r reading
	var asJSON bool
	c := &cobra.Command{
		Use: "simulate FILE", Short: "Say what the runs of a scenario bill, and why",
		Long: `Say what the runs of a scenario bill, and why: an agreement's lines, the facts and
changes of its life and the days of runs, as JSON (docs/billing-scenarios.md). No server
is needed and nothing is kept; the arithmetic is that of the real run.`,
		Example: "  mainstay bill simulate agreement.json\n  mainstay bill simulate --json agreement.json > invoices.json",
		Args:    cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&r.language, "language", "", "`tag` of the language: en-US, en-GB, de-DE, de-AT, de-CH")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.RunE = func(c *cobra.Command, args []string) error {
		p, err := r.printer()
		if err != nil {
			return err
		}
		result, err := app.SimulateBilling(args[0])
		if err != nil {
			return err
		}
		if asJSON {
			return printJSON(c.OutOrStdout(), result)
		}
		return app.WriteSimulation(c.OutOrStdout(), result, p)
	}
	return c
}
