// SPDX-License-Identifier: Apache-2.0

// Command mainstay is the server and the operator's tool: it parses flags and calls app.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"mainstay/kit/fault"
)

// gcPercent is how much garbage may pile up before it is collected, in % of what is in use. Nearly all memory
// of a large history is rows without pointers, which cost the collector nothing: collecting often is cheap.
// Who sets GOGC has decided otherwise.
const gcPercent = 40

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := root().ExecuteContext(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "mainstay:", sentence(err))
		os.Exit(exitCode(err))
	}
}

// sentence is what an operator reads: the sentence of a fault with its cause behind it.
func sentence(err error) string {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Cause == nil {
		return err.Error()
	}
	return f.Text + "\n  (" + f.Cause.Error() + ")"
}

// exitCode is 2 for wrong input, 1 for everything else.
func exitCode(err error) int {
	if fault.Is(err, fault.Invalid) {
		return 2
	}
	return 1
}
