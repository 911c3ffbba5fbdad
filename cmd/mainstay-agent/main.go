// SPDX-License-Identifier: Apache-2.0

// Command mainstay-agent is the endpoint's program: see agent/doc.go.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"mainstay/agent/program"
)

// version is set by the build.
var version = "dev"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := program.Main(ctx, os.Args[1:], version, os.Stdin, os.Stdout, os.Stderr)
	stop()
	os.Exit(code)
}
