// Bench measures panelgate against its peers: see docs/benchmarks.md, which it writes.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

// commands are what the program does. All but the first are the peers that it starts as processes of their own.
type commands struct {
	Run   runCommand   `cmd:"" default:"withargs" help:"Measure, and print a table of ratios."`
	Echo  echoCommand  `cmd:"" hidden:""`
	Hash  hashCommand  `cmd:"" hidden:""`
	Write writeCommand `cmd:"" hidden:""`
	Query queryCommand `cmd:"" hidden:""`
	List  listCommand  `cmd:"" hidden:""`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var chosen commands
	parsed := kong.Parse(&chosen, kong.Name("bench"), kong.Description("Measures panelgate against its peers."))
	parsed.BindTo(ctx, (*context.Context)(nil))
	if err := parsed.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}
