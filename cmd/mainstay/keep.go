// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"mainstay/app"
	"mainstay/kit/clock"
	"mainstay/kit/config"
	"mainstay/kit/fault"
)

func backupCommand() *cobra.Command {
	var cfg config.Server
	var asJSON bool
	c := &cobra.Command{
		Use: "backup FILE", Short: "Write everything to one file, while the server may be running", Args: cobra.ExactArgs(1),
		Long: "Write everything to one file, as it stands at one moment, while the server may be running.\nThe file holds the key of stored secrets: guard it as you guard the data folder.",
	}
	cfg.BindStore(c.Flags())
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := config.Fill(c.Flags(), os.Getenv); err != nil {
			return err
		}
		m, err := app.Backup(c.Context(), cfg, args[0], clock.System{})
		return report(c, asJSON, m, err, "Backed up")
	}
	return c
}

func restoreCommand() *cobra.Command {
	var cfg config.Server
	var asJSON, verify bool
	c := &cobra.Command{
		Use: "restore FILE", Short: "Restore a backup into an empty data folder, or try whether it would", Args: cobra.ExactArgs(1),
		Long: "Restore a backup into an empty data folder or PostgreSQL database. Every table is compared with the\ncounts and digests that the backup holds. With --verify the backup is restored into a temporary folder\nand removed again: do that now and then.",
	}
	cfg.BindStore(c.Flags())
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().BoolVar(&verify, "verify", false, "only try it, in a temporary folder")
	c.RunE = func(c *cobra.Command, args []string) error {
		if err := config.Fill(c.Flags(), os.Getenv); err != nil {
			return err
		}
		if verify {
			m, err := app.VerifyBackup(c.Context(), args[0])
			return report(c, asJSON, m, err, "Verified")
		}
		m, err := app.Restore(c.Context(), cfg, args[0])
		return report(c, asJSON, m, err, "Restored")
	}
	return c
}

func report(c *cobra.Command, asJSON bool, m app.Manifest, err error, done string) error {
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(c.OutOrStdout(), m)
	}
	_, err = fmt.Fprintf(c.OutOrStdout(), "%s: %d rows in %d tables, %d files, schema %d.\n", done, m.Rows(), len(m.Tables), m.Files, m.Schema)
	return err
}

func doctorCommand() *cobra.Command {
	var cfg config.Server
	var asJSON bool
	c := &cobra.Command{
		Use: "doctor", Short: "Check an installation for damage and mistakes", Args: cobra.NoArgs,
		Long: "Check an installation for damage and mistakes, while the server may be running. Nothing is changed.\nThe exit code is 1 when something is bad.",
	}
	cfg.BindStore(c.Flags())
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if err := config.Fill(c.Flags(), os.Getenv); err != nil {
			return err
		}
		if !cfg.HasData() {
			return fault.NewNotFound("There is no Mainstay data in %s.", cfg.Data)
		}
		return with(besider(c, &cfg), func(a *app.App) error {
			findings := a.Doctor(c.Context())
			if asJSON {
				return printJSON(c.OutOrStdout(), findings)
			}
			return printFindings(c, findings)
		})
	}
	return c
}

func printFindings(c *cobra.Command, findings []app.Finding) error {
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	bad := 0
	for _, f := range findings {
		fmt.Fprintf(w, "%s\t%s\t%s\n", f.State, f.Check, f.Text)
		if f.State == "bad" {
			bad++
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if bad > 0 {
		return fault.NewConflict("%d of %d checks found something bad.", bad, len(findings))
	}
	return nil
}
