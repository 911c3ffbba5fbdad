// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"mainstay/agent/swarm"
	"mainstay/app"
	"mainstay/kit/fault"
	"mainstay/kit/wire"
)

func devCommand() *cobra.Command {
	c := &cobra.Command{Use: "dev", Short: "Try the product's limits: simulated devices"}
	c.AddCommand(swarmCommand(), swarmProof())
	return c
}

func swarmCommand() *cobra.Command {
	var o swarm.Options
	var long, every time.Duration
	var report string
	c := &cobra.Command{
		Use: "swarm TOKEN", Short: "Enrol and run many simulated devices, each a real agent that measures made-up values", Args: cobra.ExactArgs(1),
		Long: "Enrol and run many simulated devices, each a real agent that measures made-up values once a minute.\nThe server that the token names may be killed and started meanwhile. --report keeps what was measured, for dev swarm-proof.",
	}
	f := c.Flags()
	f.IntVar(&o.Devices, "devices", 100, "how `many` devices")
	f.IntVar(&o.Series, "series", 50, "`series` of each device")
	f.IntVar(&o.First, "first", 0, "`number` of the first device")
	f.DurationVar(&long, "for", time.Minute, "how `long` to measure; what is unsent then is still sent")
	f.DurationVar(&every, "print", 10*time.Second, "how often to print how it goes")
	f.StringVar(&report, "report", "", "`file` for the numbers of rows by device")
	c.RunE = func(c *cobra.Command, args []string) (err error) {
		if o.Token, err = wire.ParseToken(args[0]); err != nil {
			return fault.NewInvalid("%s", err.Error())
		}
		o.Log = slog.New(slog.DiscardHandler)
		out := c.OutOrStdout()
		began := time.Now()
		o.Progress = func(n int) {
			if n%1000 == 0 || n == o.Devices {
				fmt.Fprintf(out, "%6.1fs  %d devices enrolled\n", time.Since(began).Seconds(), n)
			}
		}
		s, err := swarm.Enrol(c.Context(), o)
		if err != nil {
			return err
		}
		return runSwarm(c, s, long, every, report)
	}
	return c
}

func runSwarm(c *cobra.Command, s *swarm.Swarm, long, every time.Duration, report string) error {
	out := c.OutOrStdout()
	ctx, stop := context.WithCancel(c.Context())
	defer stop()
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	began := time.Now()
	for t := time.NewTicker(every); ; {
		select {
		case err := <-done:
			return err
		case <-t.C:
		}
		st := s.State()
		fmt.Fprintf(out, "%6.1fs  connected %d  rows %d  acknowledged %d  waiting %d  dropped %d  refused %d\n", time.Since(began).Seconds(), st.Connected, st.Rows, st.Acked, st.Waiting, st.Dropped, st.Refused)
		if time.Since(began) >= long {
			s.Hush()
		}
		if time.Since(began) >= long && st.Waiting == 0 || time.Since(began) > long+5*time.Minute {
			break
		}
	}
	stop()
	if err := <-done; err != nil {
		return err
	}
	if report == "" {
		return nil
	}
	b, err := json.Marshal(s.Rows())
	if err != nil {
		return err
	}
	return os.WriteFile(report, b, 0o600)
}

func swarmProof() *cobra.Command {
	var data string
	c := &cobra.Command{
		Use: "swarm-proof REPORT", Short: "Compare what a swarm measured with what a stopped server's time series hold", Args: cobra.ExactArgs(1),
	}
	c.Flags().StringVar(&data, "data", "mainstay-data", "data `folder` of the server, which must not run")
	c.RunE = func(c *cobra.Command, args []string) error {
		b, err := os.ReadFile(args[0])
		if err != nil {
			return fault.NewInvalid("The report %s cannot be read.", args[0]).Because(err)
		}
		rows := map[string]int64{}
		if err := json.Unmarshal(b, &rows); err != nil {
			return fault.NewInvalid("%s is no report of a swarm.", args[0]).Because(err)
		}
		p, err := app.ProveSwarm(c.Context(), data, rows)
		if err != nil {
			return err
		}
		fmt.Fprintf(c.OutOrStdout(), "devices %d of %d  rows %d  missing %d  doubled %d  samples %d  devices with uneven series %d\n", p.Devices, len(rows), p.Rows, p.Missing, p.Doubled, p.Samples, p.Unlike)
		for _, x := range p.Examples {
			fmt.Fprintln(c.OutOrStdout(), "  "+x)
		}
		if p.Missing+p.Doubled+p.Unlike > 0 {
			return fault.NewConflict("The time series do not hold what was measured.")
		}
		return nil
	}
	return c
}
