package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"panelgate/auth"
	"panelgate/handlers"
	"panelgate/permissions"
	"panelgate/store"
)

type serveCommand struct {
	database
	Dev             bool   `help:"Serve a temporary database with known tokens, to this machine only."`
	Listen          string `placeholder:"ADDR" help:"Address of plain HTTP, such as :8080 (with --dev: 127.0.0.1:8080)."`
	ListenTLS       string `name:"listen-tls" placeholder:"ADDR" help:"Address of HTTPS, such as :8443 (with --dev: 127.0.0.1:8443)."`
	TLSCert         string `name:"tls-cert" placeholder:"FILE" help:"Certificate chain of HTTPS, PEM."`
	TLSKey          string `name:"tls-key" placeholder:"FILE" help:"Key of the certificate, PEM."`
	TLSSelfSigned   bool   `name:"tls-self-signed" help:"Use a self-signed certificate, made at the first start and kept beside the database."`
	Catalogue       string `placeholder:"FILE" help:"A catalogue of permissions in place of the built-in one; read again on SIGHUP."`
	AdminUser       string `default:"root" placeholder:"NAME" help:"Name of the main administrative user, who owns what no reseller owns."`
	ServerIP        string `name:"server-ip" placeholder:"ADDR" help:"Address of the accounts' server, shown in lists of accounts."`
	TemporaryDomain string `default:"tmp.invalid" placeholder:"DOMAIN" help:"Accounts that are made without a domain get a name below this one."`
	probeFlags
	signOnFlags
	limitFlags
	hashFlags
	acmeFlags
	backupFlags
	auditFlags
	debugFlags
	drainFlags
	cacheFlags
	LogLevel string `enum:"debug,info,warn,error" default:"info" help:"debug, info, warn or error; debug names unknown fields and reads."`
}

// Run serves until ctx ends, then finishes what was accepted.
func (c *serveCommand) Run(ctx context.Context, s streams) error {
	if err := errors.Join(c.check(), c.signOnFlags.check(), c.limitFlags.check(), c.hashFlags.check(), c.acmeFlags.check(), c.backupFlags.check(), c.auditFlags.check(), c.debugFlags.check(), c.drainFlags.check(), c.cacheFlags.check()); err != nil {
		return err
	}
	log, err := c.logger(s.err)
	if err != nil {
		return err
	}
	collectLessOften()
	if c.Dev {
		return c.serveDev(ctx, s, log)
	}
	db, keys, err := c.openServing(ctx, log)
	if err != nil {
		return err
	}
	err = c.serve(ctx, db, keys, log, func(at addresses) error { return c.greet(ctx, s.out, db, at) })
	return errors.Join(c.explain(err), db.Close())
}

// collectLessOften lets the heap grow to four times what is in use, unless $GOGC says otherwise: little is, since
// answers are kept outside of it. See docs/adr/0016-what-is-kept-in-memory.md.
func collectLessOften() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(300)
	}
}

// check refuses flags that contradict each other.
func (c *serveCommand) check() error {
	if c.Dev {
		return c.checkDev()
	}
	if c.BackupEvery != 0 {
		if err := c.mustBeFile("--backup-every"); err != nil {
			return err
		}
	}
	files := c.TLSCert != "" || c.TLSKey != ""
	certificates := 0 // ways to get one
	for _, way := range []bool{files, c.TLSSelfSigned, len(c.ACMEDomain) > 0} {
		if way {
			certificates++
		}
	}
	switch {
	case c.Listen == "" && c.ListenTLS == "":
		return usageError{"give --listen ADDR or --listen-tls ADDR or both (or --dev to try it out)"}
	case files && (c.TLSCert == "" || c.TLSKey == ""):
		return usageError{"--tls-cert and --tls-key go together"}
	case c.ListenTLS == "" && certificates > 0:
		return usageError{"a certificate needs --listen-tls ADDR"}
	case c.ListenTLS != "" && certificates != 1:
		return usageError{"--listen-tls needs either --tls-cert and --tls-key, or --tls-self-signed, or --acme-domain"}
	}
	return nil
}

func (c *serveCommand) logger(w io.Writer) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.LogLevel)); err != nil {
		return nil, usageError{err.Error()}
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})), nil
}

// serve answers calls until ctx ends. greet is called once, when both listeners are open.
func (c *serveCommand) serve(ctx context.Context, db *store.Store, keys *auth.Keyset, log *slog.Logger, greet func(addresses) error) error {
	catalogue, err := c.loadCatalogue()
	if err != nil {
		return err
	}
	paths, err := c.onDemand()
	if err != nil {
		return err
	}
	hasher, endHashing, err := c.startHasher()
	if err != nil {
		return err
	}
	defer endHashing()
	cache, err := c.openCache(c.DB, log)
	if err != nil {
		return err
	}
	gateway := handlers.NewGateway(handlers.Options{Store: db, Catalogue: catalogue, Hasher: hasher, Log: log, Limiter: c.limiter(db.Nodes), Cache: cache, Proxies: c.TrustedProxies, Settings: handlers.Settings{
		AdminUser: c.AdminUser, ServerIP: c.ServerIP, TemporaryDomain: c.TemporaryDomain, Prober: c.prober(), PathOnDemand: paths,
		PublicURL: c.PublicURL, PanelURL: c.PanelURL,
	}})
	handler := NewHandler(gateway)
	listeners, err := c.openListeners(log)
	if err != nil {
		return err
	}
	defer listeners.close()
	inside, err := c.openDebug(gateway, log)
	if err != nil {
		return err
	}
	defer inside.close()
	at := listeners.addresses()
	at.Debug = inside.base
	if err := greet(at); err != nil {
		return err
	}
	defer c.reloadOnHangup(gateway, log)()
	defer c.lookAfter(ctx, db, keys, gateway, listeners.acme, log)()
	return listeners.serve(ctx, newServer(listeners.challenges(handler), log), gateway.Drain)
}

func (c *serveCommand) loadCatalogue() (*permissions.Catalogue, error) {
	if c.Catalogue == "" {
		return permissions.Default(), nil
	}
	f, err := os.Open(c.Catalogue)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	catalogue, err := permissions.Load(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Catalogue, err)
	}
	return catalogue, nil
}

// reloadOnHangup reads the catalogue's file anew on SIGHUP; a broken one changes nothing. Without a
// file the signal keeps its meaning, and ends a server whose terminal is gone.
func (c *serveCommand) reloadOnHangup(g *handlers.Gateway, log *slog.Logger) (stop func()) {
	if c.Catalogue == "" {
		return func() {}
	}
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	go func() {
		for range hangup {
			catalogue, err := c.loadCatalogue()
			if err != nil {
				log.Error("catalogue kept as it was", "error", err)
				continue
			}
			g.SetCatalogue(catalogue)
			log.Info("catalogue read", "file", c.Catalogue)
		}
	}()
	return func() { signal.Stop(hangup); close(hangup) }
}

// greet tells where the server is. A database without tokens gets an admin token, shown this once.
func (c *serveCommand) greet(ctx context.Context, w io.Writer, db *store.Store, at addresses) error {
	tokens, err := allTokens(ctx, db)
	if err != nil {
		return err
	}
	at.print(w)
	if len(tokens) > 0 {
		return nil
	}
	secret, err := createToken(ctx, db, store.NewToken{Kind: store.KindAdmin, Terms: store.Terms{Name: "made at the first start"}})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "\nThe first admin token, shown this once:\n\n  %s\n\n", secret)
	return err
}
