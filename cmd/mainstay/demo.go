// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"mainstay/app"
	"mainstay/kit/config"
)

func demoCommand() *cobra.Command {
	var cfg config.Server
	c := &cobra.Command{
		Use: "demo", Short: "Look around in an invented firm with three years of history", Args: cobra.NoArgs,
		Long: "Run the server on a data folder of its own (mainstay-demo) with an invented firm, marked as demo on\nevery page. The link that is printed signs you in. Remove the folder to start again.",
	}
	cfg.Bind(c.Flags())
	data := c.Flags().Lookup("data")
	data.DefValue = "mainstay-demo"
	cfg.Data = data.DefValue
	c.RunE = func(c *cobra.Command, _ []string) error {
		return serve(c.Context(), c.ErrOrStderr(), opener(c, &cfg), welcomeDemo)
	}
	return c
}

func welcomeDemo(ctx context.Context, out io.Writer, a *app.App) error {
	if err := a.PrepareDemo(ctx); err != nil {
		return err
	}
	link, err := a.DemoLink(ctx)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "\n  The demo firm is ready at %s\n\n  Open this link, which signs you in once:\n\n    %s\n\n  Stop with Ctrl-C.\n\n", a.PublicURL(), link)
	return err
}
