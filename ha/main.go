// Ha tries what docs/postgres-ha.md promises: it starts the machines of that recipe on this one, kills the primary again
// and again while clients call, and checks what they were told.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var run runCommand
	parsed := kong.Parse(&run, kong.Name("ha"), kong.Description("Kills primaries under load and checks what clients were told."))
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "ha:", err)
		stop()
		os.Exit(1)
	}
}
