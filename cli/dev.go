package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"panelgate/auth"
	"panelgate/store"
)

// What a development server always has, so that the examples of the vendors' pages and of the
// README can be pasted. Known to everybody: hence loopback only.
const (
	DevAccount     = "spanelio"
	DevAdminToken  = "dev-admin-token"
	DevClientToken = "provided_auth_token"
)

// checkDev fills in the addresses of a development server and refuses those that others can reach.
func (c *serveCommand) checkDev() error {
	if c.Listen == "" {
		c.Listen = "127.0.0.1:8080"
	}
	if c.ListenTLS == "" {
		c.ListenTLS = "127.0.0.1:8443"
	}
	if c.DB != defaultDB {
		return usageError{"--dev keeps nothing: leave out --db, or leave out --dev"}
	}
	if c.TLSCert != "" || c.TLSKey != "" || len(c.ACMEDomain) > 0 {
		return usageError{"--dev makes its own certificate; leave out --tls-cert, --tls-key and --acme-domain"}
	}
	c.TLSSelfSigned = true
	const why = "--dev has tokens that everybody knows"
	return errors.Join(checkLoopback(c.Listen, "--listen", why), checkLoopback(c.ListenTLS, "--listen-tls", why))
}

// checkLoopback refuses an address that others can reach, and says why they must not.
func checkLoopback(addr, flag, why string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return usageError{fmt.Sprintf("%s %s: want HOST:PORT", flag, addr)}
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return usageError{fmt.Sprintf("%s %s: %s, so it listens on loopback only (127.0.0.1, ::1, localhost)", flag, addr, why)}
	}
	return nil
}

// serveDev serves a database that lives as long as the process.
func (c *serveCommand) serveDev(ctx context.Context, s streams, log *slog.Logger) (err error) {
	dir, err := os.MkdirTemp("", "panelgate-dev-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	c.DB = filepath.Join(dir, "panelgate.db")
	db, keys, err := c.openServing(ctx, log)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Write(ctx, FillDev); err != nil {
		return err
	}
	return c.serve(ctx, db, keys, log, func(at addresses) error { return printDev(s.out, at) })
}

// FillDev makes the account and the tokens of a development server.
func FillDev(tx *store.Tx) error {
	_, err := tx.SaveAccount(store.ScopeAll(), store.AccountChange{Name: DevAccount})
	if err != nil {
		return err
	}
	for _, token := range []store.NewToken{
		{Hash: auth.HashSecret(DevAdminToken), Kind: store.KindAdmin, Terms: store.Terms{SSO: true, Probe: true, Name: "development"}},
		{Hash: auth.HashSecret(DevClientToken), Kind: store.KindClient, Account: DevAccount, Terms: store.Terms{Name: "development"}},
	} {
		if _, err := tx.CreateToken(token); err != nil {
			return err
		}
	}
	return nil
}

func printDev(w io.Writer, at addresses) error {
	_, err := fmt.Fprintf(w, `panelgate development server: its data is gone when it stops

  http          %[1]s/spanel/api.php   %[1]s/users
  https         %[2]s/spanel/api.php  %[2]s/users
  reference     %[1]s/docs
  certificate   %[3]s
  admin token   %[4]s
  client token  %[5]s  (account %[6]s)

  curl -d token=%[5]s -d accountuser=%[6]s -d action=user/listsubusers %[1]s/spanel/api.php

`, at.HTTP, at.HTTPS, at.CertFile, DevAdminToken, DevClientToken, DevAccount)
	if at.Debug != "" && err == nil {
		_, err = fmt.Fprintf(w, "  debugging     %s/metrics  %[1]s/debug/pprof/\n\n", at.Debug)
	}
	return err
}
