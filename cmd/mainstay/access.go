// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"mainstay/app"
	"mainstay/kit/config"
)

func accessCommand() *cobra.Command {
	c := &cobra.Command{Use: "access", Short: "Help people in who cannot sign in"}
	var cfg config.Server
	reset := &cobra.Command{
		Use: "reset-link EMAIL", Short: "Print a one-time link to set a new password; second factors are removed", Args: cobra.ExactArgs(1),
		Long: "Print a one-time link to set a new password; second factors are removed.\nThe server may be running.",
	}
	cfg.BindStore(reset.Flags())
	reset.RunE = func(c *cobra.Command, args []string) error {
		return with(besider(c, &cfg), func(a *app.App) error {
			token, err := a.Access.ResetLink(c.Context(), args[0])
			if err == nil {
				_, err = fmt.Fprintf(c.OutOrStdout(), "%s/join/%s\n", a.PublicURL(), token)
			}
			return err
		})
	}
	c.AddCommand(reset)
	return c
}

// with opens an installation, calls fn and closes it.
func with(open func() (*app.App, error), fn func(*app.App) error) error {
	a, err := open()
	if err != nil {
		return err
	}
	return errors.Join(fn(a), a.Close())
}
