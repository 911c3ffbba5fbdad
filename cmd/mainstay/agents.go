// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"mainstay/app"
	"mainstay/kit/config"
)

func agentsCommand() *cobra.Command {
	c := &cobra.Command{Use: "agents", Short: "Enrol devices, and settings for a NATS cluster of your own"}
	c.AddCommand(agentsToken(), agentsNATS())
	return c
}

func agentsToken() *cobra.Command {
	var cfg config.Server
	var life time.Duration
	var most int64
	c := &cobra.Command{
		Use: "token CLIENT", Short: "Print a token with which devices of a client enrol", Args: cobra.ExactArgs(1),
		Long: "Print a token with which devices of a client enrol; a client that is not known is made.\nThe server may be running. Give --url or --tls-self as the server has them: the token tells devices where to go.",
	}
	cfg.Bind(c.Flags())
	c.Flags().DurationVar(&life, "for", 24*time.Hour, "how `long` it can be used")
	c.Flags().Int64Var(&most, "devices", 0, "how `many` devices may use it; 0: any number")
	c.RunE = func(c *cobra.Command, args []string) error {
		return with(besider(c, &cfg), func(a *app.App) error {
			word, err := a.EnrolmentToken(c.Context(), args[0], most, life)
			if err == nil {
				_, err = fmt.Fprintln(c.OutOrStdout(), word)
			}
			return err
		})
	}
	return c
}

func agentsNATS() *cobra.Command {
	var cfg config.Server
	c := &cobra.Command{
		Use: "nats-config", Short: "Print settings for nats-server with which it takes the place of the broker inside", Args: cobra.NoArgs,
		Long: "Print settings for nats-server with which it takes the place of the broker inside: run a cluster of it, and start the server with --nats URL.",
	}
	cfg.BindStore(c.Flags())
	c.RunE = func(c *cobra.Command, _ []string) error {
		return with(besider(c, &cfg), func(a *app.App) error {
			text, err := a.NATSConfig(c.Context())
			if err == nil {
				_, err = fmt.Fprint(c.OutOrStdout(), text)
			}
			return err
		})
	}
	return c
}
