// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"mainstay/app"
	"mainstay/kit/config"
)

func importCommand() *cobra.Command {
	var cfg config.Server
	var r reading
	var asJSON bool
	c := &cobra.Command{
		Use: "import FILE…", Short: "Take exports into the books of an installation", Args: cobra.MinimumNArgs(1),
		Long: "Take exports into the books of an installation, like the import page. A file that was imported before\nchanges nothing; of an export that overlaps an earlier one only the new rows are taken. The server\nmay be running. Every import can be undone on the page Books.",
	}
	cfg.BindStore(c.Flags())
	r.bind(c)
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.PreRun = readsHistory
	c.RunE = func(c *cobra.Command, args []string) error {
		return with(besider(c, &cfg), func(a *app.App) error {
			o, err := r.options()
			if err != nil {
				return err
			}
			b := newBar(os.Stderr)
			o.Progress = b.show
			results, err := a.Import(c.Context(), args, o)
			b.clear()
			if asJSON && err == nil {
				return printJSON(c.OutOrStdout(), results)
			}
			for _, res := range results {
				fmt.Fprintln(c.OutOrStdout(), res)
			}
			return err
		})
	}
	return c
}
