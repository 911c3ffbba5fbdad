// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"mainstay/app"
	"mainstay/kit/clock"
	"mainstay/kit/config"
)

func secretsCommand() *cobra.Command {
	c := &cobra.Command{Use: "secrets", Short: "Care for the key of stored secrets"}
	var cfg config.Server
	rotate := &cobra.Command{
		Use: "rotate", Short: "Change the key of stored secrets; stop the server first", Args: cobra.NoArgs,
		Long: `Change the key of stored secrets (secret.key in the data folder) and seal everything anew with the new one.

Stop the server first and make a backup. When the command is interrupted, both keys stay in the file and everything
opens; call it again and it goes on. Afterwards the old key opens nothing any more, except backups from before,
which hold it themselves. Where several servers share one database, stop all of them and copy the new file to each.
Answers to mails from before are still filed by what they answer to.`,
	}
	cfg.BindStore(rotate.Flags())
	rotate.RunE = func(c *cobra.Command, _ []string) error {
		if err := config.Fill(c.Flags(), os.Getenv); err != nil {
			return err
		}
		log, err := logger(&cfg)
		if err != nil {
			return err
		}
		if err := app.RotateSecrets(c.Context(), cfg, log, clock.System{}); err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.OutOrStdout(), "The key of stored secrets was changed. Make a new backup now.")
		return err
	}
	c.AddCommand(rotate)
	return c
}
