package cli

import (
	"net/netip"
	"strconv"
	"syscall"

	"github.com/alecthomas/kong"

	"panelgate/auth"
)

// limitFlags say how much those who call may ask for, and whom to believe where they are.
type limitFlags struct {
	TrustedProxies []netip.Prefix `name:"trusted-proxies" placeholder:"CIDR" help:"Addresses of proxies in front: the right-most address in their X-Forwarded-For that is none of them is taken for the client's. From anybody else the header is not read."`
	RateToken      auth.Rate      `name:"rate-token" default:"${rate_token}" placeholder:"RATE" help:"Calls with one token, N/s, N/m or N/h, with how many may come at once behind a colon, by default ${rate_token}; 0: no limit. A token may have a rate of its own."`
	RateAddress    auth.Rate      `name:"rate-address" default:"${rate_address}" placeholder:"RATE" help:"Calls from one address (IPv6: one /64), as --rate-token; by default ${rate_address}."`
	Guesses        int            `default:"${guesses}" placeholder:"N" help:"Wrong tokens and sign-on links from one address (IPv6: one /64) before it is shut out for a while, by default ${guesses}; 0: any number."`
	MaxConnections int            `name:"max-connections" default:"20000" placeholder:"N" help:"Open connections on each listening address, no more than the limit of open files leaves room for, by default ${default}; whoever comes then waits. 0: no limit but that."`
}

// limitDefaults are the variables of the flags' defaults, so that they stand in one place.
func limitDefaults() kong.Vars {
	d := auth.DefaultLimits()
	return kong.Vars{"rate_token": d.Token.String(), "rate_address": d.Address.String(), "guesses": strconv.Itoa(d.Guesses)}
}

func (f *limitFlags) check() error {
	if f.Guesses < 0 || f.MaxConnections < 0 {
		return usageError{"--guesses and --max-connections: want a number, or 0 for no limit"}
	}
	return nil
}

// limiter counts for one of so many nodes.
func (f *limitFlags) limiter(nodes func() int) *auth.Limiter {
	limits := auth.DefaultLimits()
	limits.Nodes = nodes
	limits.Token, limits.Address, limits.Guesses = f.RateToken, f.RateAddress, f.Guesses
	return auth.NewLimiter(limits)
}

// spareFiles is what the server opens besides connections: the database, connection tests.
const spareFiles = 256

// connectionsEach is how many connections each listener may have open: no more than leave files for the database. Go has raised the limit of files to the highest it may be.
func (c *serveCommand) connectionsEach() int {
	listeners := 1
	if c.Listen != "" && c.ListenTLS != "" {
		listeners = 2
	}
	room := 1 << 20
	var files syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files) == nil && files.Cur < 1<<20 {
		room = max(int(files.Cur)-spareFiles, 16)
	}
	if c.MaxConnections == 0 {
		return room / listeners
	}
	return min(c.MaxConnections, room/listeners)
}
