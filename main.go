// Panelgate is a self-hosted API gateway for hosting accounts. See README.md.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"panelgate/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once
	code := cli.Run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	os.Exit(code)
}
