// Package probe checks whether the places that an account names can be reached and used: local
// directories, ssh, sftp, ftp and ftps servers, MySQL databases. It serves dry runs.
//
// A probe makes this machine connect to wherever the caller says, so every address is judged by a
// policy before it is dialled (see [Config]), every connection has a deadline and a bound on what
// is read from it, and what a finding says is this package's own wording: never a password, a
// key, a URI or what a server sent, but for a host key's fingerprint and a certificate's names.
package probe

import (
	"context"
	"crypto/x509"
	"net"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Code says in one word what kind of failure a finding is, in the words of Installatron's pages.
type Code string

// The codes of the two families. A host code means that the host cannot be resolved, may not be
// probed, cannot be reached, speaks another protocol, fails in TLS or does not answer in time; a
// login code that it refuses the credentials; a permission code that the directory or database is
// not there or not usable with that login.
//
// Source: https://installatron.com/api/is/installs/login, the list of 500s.
const (
	FilesystemHost       Code = "failed_filesystem_host"
	FilesystemLogin      Code = "failed_filesystem_login"
	FilesystemPermission Code = "failed_filesystem_permission"
	FilesystemOnDemand   Code = "failed_filesystem_ondemand" // Locate of a Directory failed

	DatabaseHost       Code = "failed_database_host"
	DatabaseLogin      Code = "failed_database_login"
	DatabasePermission Code = "failed_database_permission"
)

// What a zero in [Config] stands for.
const (
	DefaultEach     = 5 * time.Second
	DefaultWhole    = 10 * time.Second
	DefaultInFlight = 8
)

// Config is what an operator decides about probes. The zero value is ready to use.
//
// Without Allow and Deny everything may be dialled but link-local, multicast, broadcast and
// unspecified addresses and the metadata services of clouds; loopback may be dialled, because
// "localhost" is the usual place of a database. Of the entries of Allow and Deny that hold an
// address the longest prefix decides; of two equally long ones, Deny. An Allow entry only lifts
// denials, built-in ones included: whoever wants nothing but a list denies 0.0.0.0/0 and ::/0 and
// allows the list. An IPv6 address with an IPv4 address inside (mapped, translated, NAT64, 6to4,
// Teredo, ISATAP) must pass as both.
type Config struct {
	Allow, Deny []netip.Prefix
	Each        time.Duration  // for one check; 0: DefaultEach
	Whole       time.Duration  // for one call of Run; 0: DefaultWhole
	InFlight    int            // checks at a time, over all calls of Run; 0: DefaultInFlight
	Roots       *x509.CertPool // who may sign the certificate of an ftps server; nil: the system's
	Resolver    *net.Resolver  // nil: the default one
}

// Prober checks directories and databases. It is safe for concurrent use.
type Prober struct {
	policy      policy
	each, whole time.Duration
	slots       chan struct{} // one for each check under way
	roots       *x509.CertPool
	resolver    *net.Resolver
}

// New makes a Prober.
func New(c Config) *Prober {
	p := &Prober{
		policy:   newPolicy(c.Allow, c.Deny),
		each:     DefaultEach,
		whole:    DefaultWhole,
		slots:    make(chan struct{}, DefaultInFlight),
		roots:    c.Roots,
		resolver: net.DefaultResolver,
	}
	if c.Each > 0 {
		p.each = c.Each
	}
	if c.Whole > 0 {
		p.whole = c.Whole
	}
	if c.InFlight > 0 {
		p.slots = make(chan struct{}, c.InFlight)
	}
	if c.Resolver != nil {
		p.resolver = c.Resolver
	}
	return p
}

// Directory is where a website's files are: a local directory (Scheme "") or one on a server that
// is reached by ssh, sftp, ftp or ftps (implicit TLS on port 990, explicit on every other).
type Directory struct {
	Field              string // names the directory in findings: websites[0][path]
	Scheme             string
	User, Password     string // decoded; for ssh and sftp Password may be the text of a private key
	Host               string // name or address, without brackets
	Port               int    // 0: the scheme's own
	Dir                string // "" is where the login lands
	UID, GID           *int64 // whom a local directory must belong to; nil: not checked
	UIDField, GIDField string // their names in findings; "": Field
	Docroots           []Docroot

	// Locate finds out the rest of what is known of the directory so far by its Field; nil: all is known.
	// It has the time of Run, must end with its context, and what its error says is a finding's message.
	Locate func(context.Context) (Directory, error)
}

// Docroot is a directory below a [Directory] that must exist. It may not lead out of it.
type Docroot struct {
	Field string // names the docroot in findings
	Path  string // relative to the directory, with or without a leading slash
}

// Database is a MySQL or MariaDB database, reached by TCP: "localhost" too, since what is behind a
// Unix socket on this machine is not what a caller may name.
type Database struct {
	Field    string // findings name Field[host], Field[user] (for the login) and Field[name]
	Host     string // host, host:port, [address] or [address]:port
	Name     string
	User     string
	Password string
}

// Finding is one thing that a check found out. A check that finds nothing wrong may have no
// findings at all.
type Finding struct {
	Field   string
	Code    Code   // "" when OK
	Message string // a phrase without a full stop, fit for the caller's eyes
	OK      bool   // worth knowing, not a failure: the fingerprint of a host key, who a certificate is for
}

// check is one directory or database; where names its findings about the host.
type check struct {
	where  Finding
	locate func(context.Context) error // comes first, without a slot: it has bounds of its own; nil: nothing does
	run    func(context.Context, *report)
}

// Run checks everything at once, as many at a time as InFlight allows, and returns the findings in
// the order of the input, all directories before the first database. Two directories with the same
// credentials are two connections: nothing is shared. Run returns when its time is over, whatever a
// check hangs in, and says of each unfinished check that it is; a check that was about to drop its
// table does that first, for two seconds more, on its own.
func (p *Prober) Run(ctx context.Context, dirs []Directory, dbs []Database) []Finding {
	ctx, cancel := context.WithTimeoutCause(ctx, p.whole, errWhole)
	defer cancel()
	checks := p.checks(dirs, dbs)
	found := make([][]Finding, len(checks))
	var all sync.WaitGroup
	for i, c := range checks {
		all.Go(func() { found[i] = p.one(ctx, c) })
	}
	all.Wait()
	return slices.Concat(found...)
}

func (p *Prober) checks(dirs []Directory, dbs []Database) []check {
	checks := make([]check, 0, len(dirs)+len(dbs))
	for _, d := range dirs {
		c := check{
			where: Finding{Field: d.Field, Code: FilesystemHost},
			run:   func(ctx context.Context, r *report) { p.directory(ctx, d, r) },
		}
		if d.Locate != nil {
			c.locate = func(ctx context.Context) (err error) {
				d, err = d.Locate(ctx)
				return err
			}
		}
		checks = append(checks, c)
	}
	for _, d := range dbs {
		checks = append(checks, check{
			where: Finding{Field: d.Field + "[host]", Code: DatabaseHost},
			run:   func(ctx context.Context, r *report) { p.database(ctx, d, r) },
		})
	}
	return checks
}

func (p *Prober) directory(ctx context.Context, d Directory, r *report) {
	switch d.Scheme {
	case "":
		local(d, r)
	case "ssh", "sftp":
		p.ssh(ctx, d, r)
	case "ftp", "ftps":
		p.ftp(ctx, d, r)
	default:
		r.fail(d.Field, FilesystemHost, "this kind of URI cannot be probed")
	}
}

// located reports whether the check knows where to go.
func (c check) located(ctx context.Context, r *report) (known bool) {
	if c.locate == nil {
		return true
	}
	defer r.recover()
	r.during("the question for the path")
	if err := c.locate(ctx); err != nil {
		r.fail(c.where.Field, FilesystemOnDemand, err.Error())
		return false
	}
	return true
}

// one waits for a slot, runs the check and returns what it has reported when its time is over. The
// slot stays taken until the check really ends: one that hangs in a dead NFS mount cannot be
// interrupted, and must not make room for the next to hang.
func (p *Prober) one(ctx context.Context, c check) []Finding {
	r := &report{where: c.where, each: p.each, whole: p.whole}
	if !c.located(ctx, r) {
		return r.end()
	}
	select {
	case p.slots <- struct{}{}:
	case <-ctx.Done():
		r.unchecked(ctx)
		return r.end()
	}
	ctx, cancel := context.WithTimeoutCause(ctx, p.each, errEach)
	defer cancel()
	ended := make(chan struct{})
	go func() {
		defer func() { <-p.slots }()
		defer close(ended)
		defer r.recover()
		c.run(ctx, r)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		r.timedOut(ctx)
	}
	return r.end()
}
