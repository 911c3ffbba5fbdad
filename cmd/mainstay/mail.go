// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"mainstay/app"
	"mainstay/kit/config"
	"mainstay/kit/fault"
)

func mailCommand() *cobra.Command {
	c := &cobra.Command{Use: "mail", Short: "Look after the mailboxes"}
	var cfg config.Server
	var asJSON bool
	check := &cobra.Command{
		Use: "check [ADDRESS]", Short: "Say what is wrong with each mailbox", Args: cobra.MaximumNArgs(1),
		Long: "Try each mailbox, or the one with ADDRESS, step by step: the server's name, the connection, TLS, the sign-in and the\nfolder for reading, and the same for sending. Nothing is changed, and no mail is fetched or sent.\nThe server may be running. The exit code is 1 when something does not work.",
	}
	cfg.BindStore(check.Flags())
	check.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	check.RunE = func(c *cobra.Command, args []string) error {
		return with(besider(c, &cfg), func(a *app.App) error {
			address := ""
			if len(args) == 1 {
				address = args[0]
			}
			list, err := a.CheckMail(c.Context(), address)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), list)
			}
			return printMailChecks(c, list)
		})
	}
	c.AddCommand(check)
	return c
}

func printMailChecks(c *cobra.Command, list []app.MailCheck) error {
	if len(list) == 0 {
		_, err := fmt.Fprintln(c.OutOrStdout(), "There is no mailbox yet. Add one under Mailboxes.")
		return err
	}
	w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
	bad := 0
	for _, m := range list {
		off := ""
		if !m.Enabled {
			off = " (off)"
		}
		fmt.Fprintf(w, "%s%s\n", m.Address, off)
		for _, s := range m.Steps {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", s.State, s.Server, s.Step, s.Text)
			if s.State == "bad" {
				bad++
			}
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if bad > 0 {
		return fault.NewConflict("%d things do not work.", bad)
	}
	return nil
}
