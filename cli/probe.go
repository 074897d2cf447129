package cli

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"os"

	"panelgate/ondemand"
	"panelgate/probe"
)

// probeFlags say where connection tests may go, and who knows paths that are not stored.
type probeFlags struct {
	ProbeAllow         []netip.Prefix `placeholder:"CIDR" help:"Addresses that dryrun=all may connect to although they would be denied; a longer prefix wins over a shorter one."`
	ProbeDeny          []netip.Prefix `placeholder:"CIDR" help:"Addresses that dryrun=all may not connect to. Link-local and metadata addresses never are, unless allowed."`
	PathOnDemand       string         `placeholder:"URL" help:"Service to ask for the path of a website that is stored without one."`
	PathOnDemandSecret string         `placeholder:"FILE" help:"File with the secret that questions to that service are signed with."`
}

func (f probeFlags) prober() *probe.Prober {
	return probe.New(probe.Config{Allow: f.ProbeAllow, Deny: f.ProbeDeny})
}

// onDemand makes the client of the path service, nil when there is none.
func (f probeFlags) onDemand() (*ondemand.Client, error) {
	if (f.PathOnDemand == "") != (f.PathOnDemandSecret == "") {
		return nil, usageError{"--path-on-demand and --path-on-demand-secret go together"}
	}
	if f.PathOnDemand == "" {
		return nil, nil
	}
	if u, err := url.Parse(f.PathOnDemand); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return nil, usageError{"--path-on-demand: want a URL of http or https"}
	}
	secret, err := os.ReadFile(f.PathOnDemandSecret)
	if err != nil {
		return nil, err
	}
	if secret = bytes.TrimSpace(secret); len(secret) < 16 {
		return nil, fmt.Errorf("%s: %w", f.PathOnDemandSecret, errors.New("the secret must have at least 16 bytes"))
	}
	return ondemand.New(f.PathOnDemand, secret), nil
}
