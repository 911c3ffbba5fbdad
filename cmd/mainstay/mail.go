// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

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
	c.AddCommand(check, mailImportCommand())
	return c
}

func mailImportCommand() *cobra.Command {
	var cfg config.Server
	var into string
	var each, asJSON bool
	c := &cobra.Command{
		Use: "import PATH…", Short: "Take mails in from files, as if they had come by a mailbox", Args: cobra.MinimumNArgs(1),
		Long: "Take mails in from files, as if they had come by a mailbox: files of one mail (.eml), mbox files, and folders of\neither, such as a Maildir. The rules of mail that comes in decide what each becomes; nobody gets a receipt.\nA mail that was taken before changes nothing. The server may be running.",
	}
	cfg.BindStore(c.Flags())
	c.Flags().StringVar(&into, "into", "", "address of the mailbox; needed when there are several")
	c.Flags().BoolVar(&each, "each", false, "print a line for every mail")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.RunE = func(c *cobra.Command, args []string) error {
		return with(besider(c, &cfg), func(a *app.App) error {
			w := c.OutOrStdout()
			tell := func(m app.TakenMail) {
				fmt.Fprintf(w, "%s\t%s\t%s\n", m.Name, m.State, m.Reason)
			}
			if !each || asJSON {
				tell = nil
			}
			out, err := a.ImportMail(c.Context(), into, args, tell)
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(w, out)
			}
			return printMailImport(w, out)
		})
	}
	return c
}

func printMailImport(w io.Writer, out app.MailImport) error {
	fmt.Fprintf(w, "%d mails taken in.\n", out.Mails)
	for _, x := range []struct{ state, words string }{
		{"ticket", "became tickets"},
		{"reply", "are answers on tickets"},
		{"note", "are notes on tickets"},
		{"bounce", "are delivery reports"},
		{"review", "wait for a decision under Mail"},
		{"rejected", "were rejected, with the reason under Mail"},
		{"duplicate", "were here already"},
	} {
		if n := out.Became[x.state]; n > 0 {
			fmt.Fprintf(w, "%8d %s\n", n, x.words)
		}
	}
	if out.Longest != "" {
		fmt.Fprintf(w, "The slowest took %s: %s\n", out.Slowest.Round(time.Millisecond), out.Longest)
	}
	for _, r := range out.Refused {
		fmt.Fprintln(w, "refused", r)
	}
	if len(out.Refused) > 0 {
		return fault.NewConflict("%d mails were refused.", len(out.Refused))
	}
	return nil
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
