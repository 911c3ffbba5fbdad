// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"mainstay/app"
	"mainstay/kit/clock"
	"mainstay/kit/config"
	"mainstay/kit/telemetry"
)

func root() *cobra.Command {
	c := &cobra.Command{
		Use:   "mainstay",
		Short: "Run an IT provider's business, and see where it stands between break/fix and managed",
		Long: `Mainstay is the system with which an IT provider runs its whole business.

Start here:
  mainstay assess invoices.csv tickets.csv    where the firm stands, from its own exports
  mainstay demo                               look around in an invented firm
  mainstay serve                              run it for real`,
		SilenceErrors: true, SilenceUsage: true,
		Version: app.Version,
	}
	c.AddCommand(agentsCommand(), assessCommand(), classifyCommand(), devCommand(), demoCommand(), importCommand(), serveCommand(), backupCommand(), restoreCommand(), doctorCommand(), accessCommand(), secretsCommand(), mailCommand(), billCommand(), versionCommand())
	return c
}

func versionCommand() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use: "version", Short: "Print the release", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			info, _ := debug.ReadBuildInfo()
			v := map[string]string{"version": app.Version, "go": runtime.Version(), "system": runtime.GOOS + "/" + runtime.GOARCH}
			if info != nil {
				v["module"] = info.Main.Path
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), v)
			}
			_, err := fmt.Fprintf(c.OutOrStdout(), "mainstay %s (%s, %s)\n", v["version"], v["go"], v["system"])
			return err
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// opener returns a function that opens the installation that a command's flags name, for itself alone.
func opener(c *cobra.Command, cfg *config.Server) func() (*app.App, error) {
	return openWith(c, cfg, app.Open)
}

// besider is opener for commands that may run beside the server.
func besider(c *cobra.Command, cfg *config.Server) func() (*app.App, error) {
	return openWith(c, cfg, app.OpenBeside)
}

func openWith(c *cobra.Command, cfg *config.Server, open func(context.Context, config.Server, *slog.Logger, clock.Clock) (*app.App, error)) func() (*app.App, error) {
	return func() (*app.App, error) {
		if err := config.Fill(c.Flags(), os.Getenv); err != nil {
			return nil, err
		}
		log, err := logger(cfg)
		if err != nil {
			return nil, err
		}
		return open(c.Context(), *cfg, log, clock.System{})
	}
}

// gcPercent is how much garbage may pile up before it is collected, in % of what is in use, while a history is read.
// Nearly all memory of a large one is rows without pointers, which cost the collector nothing: collecting often is
// cheap. Who sets GOGC has decided otherwise.
const gcPercent = 40

// readsHistory is the beginning of a command that reads a whole history into memory.
func readsHistory(*cobra.Command, []string) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}

func logger(cfg *config.Server) (*slog.Logger, error) {
	log, err := telemetry.Logger(os.Stderr, cfg.LogLevel, cfg.LogJSON)
	if err == nil {
		slog.SetDefault(log)
	}
	return log, err
}

func printJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
