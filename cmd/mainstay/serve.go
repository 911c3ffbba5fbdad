// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/spf13/cobra"

	"mainstay/app"
	"mainstay/kit/config"
)

func serveCommand() *cobra.Command {
	var cfg config.Server
	c := &cobra.Command{
		Use: "serve", Short: "Run the server", Args: cobra.NoArgs,
		Long: `Run the server. Everything it keeps lies in the data folder.

Every setting can stand on the command line (--tls-cert), in the environment
(MAINSTAY_TLS_CERT) or in the file that --config names ("tls-cert = …").`,
	}
	cfg.Bind(c.Flags())
	c.RunE = func(c *cobra.Command, _ []string) error {
		return serve(c.Context(), c.ErrOrStderr(), opener(c, &cfg), welcome)
	}
	return c
}

// serve runs an installation until the context ends; greet says where to go once it answers.
func serve(ctx context.Context, out io.Writer, open func() (*app.App, error), greet func(context.Context, io.Writer, *app.App) error) (err error) {
	a, err := open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	l, err := app.Listen(a.Config.Address)
	if err != nil {
		return err
	}
	if _, port, _ := net.SplitHostPort(a.Config.Address); port == "0" && a.Config.URL == "" { // tests let the system choose
		a.Config.Address = l.Addr().String()
	}
	handler, err := a.Handler()
	if err != nil {
		return errors.Join(err, l.Close())
	}
	if err := greet(ctx, out, a); err != nil {
		return errors.Join(err, l.Close())
	}
	return a.Serve(ctx, l, handler)
}

// welcome says where to go. While nobody has an account it prints the owner's one-time link.
func welcome(ctx context.Context, out io.Writer, a *app.App) error {
	needs, err := a.Access.NeedsOwner(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n  Mainstay %s is ready at %s\n", app.Version, a.PublicURL())
	if needs {
		token, err := a.Access.OwnerLink(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "\n  Nobody has an account yet. Set up the owner with this link, which works once:\n\n    %s/join/%s\n", a.PublicURL(), token)
	}
	fmt.Fprintf(out, "\n  Stop with Ctrl-C.\n\n")
	return nil
}
