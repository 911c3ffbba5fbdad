// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"

	"github.com/spf13/cobra"

	"mainstay/app"
)

func classifyCommand() *cobra.Command {
	var r reading
	var asJSON bool
	c := &cobra.Command{
		Use: "classify FILE…", Short: "Say of every invoice line whether it recurs, and why", Args: cobra.MinimumNArgs(1),
		Long: "Say of every invoice line how the journey counts it: recurring, project, labour, prepaid, resale or\nundecided, with the reason and how often such verdicts are right. Prints CSV.",
	}
	r.bind(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.PreRun = readsHistory
	c.RunE = func(c *cobra.Command, args []string) error {
		o, err := r.options()
		if err != nil {
			return err
		}
		b := newBar(os.Stderr)
		o.Progress = b.show
		rows, currency, err := app.Classify(c.Context(), args, o)
		b.clear()
		if err != nil {
			return err
		}
		if asJSON {
			return printJSON(c.OutOrStdout(), rows)
		}
		return app.WriteClassified(c.OutOrStdout(), rows, currency)
	}
	return c
}
