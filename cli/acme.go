package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// acmeFlags say which certificates to get, and from whom.
type acmeFlags struct {
	ACMEDomain    []string `name:"acme-domain" placeholder:"NAME" help:"Get a certificate for this name and renew it, by ACME; by using it you agree to the terms of the authority. Port 443 must lead to --listen-tls, or port 80 to --listen."`
	ACMEEmail     string   `name:"acme-email" placeholder:"ADDRESS" help:"Where the authority writes about problems with the certificates."`
	ACMEDirectory string   `name:"acme-directory" placeholder:"URL" help:"The authority; by default Let's Encrypt."`
}

func (f *acmeFlags) check() error {
	if len(f.ACMEDomain) == 0 {
		if f.ACMEEmail != "" || f.ACMEDirectory != "" {
			return usageError{"--acme-email and --acme-directory go with --acme-domain"}
		}
		return nil
	}
	for i, name := range f.ACMEDomain {
		f.ACMEDomain[i] = strings.ToLower(strings.TrimSuffix(name, "."))
		if net.ParseIP(name) != nil || !strings.Contains(f.ACMEDomain[i], ".") || strings.ContainsAny(name, "*/: ") {
			return usageError{"--acme-domain " + name + ": want a full name of this server, such as panel.example.com"}
		}
	}
	if u, err := url.Parse(f.ACMEDirectory); err != nil || f.ACMEDirectory != "" && (u.Scheme != "https" || u.Host == "") {
		return usageError{"--acme-directory: want a URL of https"}
	}
	return nil
}

// authority gets certificates by ACME and keeps them, and the account's key, in a directory beside the database.
type authority struct {
	*autocert.Manager
	domains []string
	log     *slog.Logger

	mu     sync.Mutex
	warned time.Time
}

// warnAgain is how often a certificate that cannot be had is worth a line: clients may ask for it all the time.
const warnAgain = time.Minute

func (f acmeFlags) authority(dir string, log *slog.Logger) *authority {
	a := &authority{domains: f.ACMEDomain, log: log}
	a.Manager = &autocert.Manager{
		Prompt:     autocert.AcceptTOS,
		Cache:      autocert.DirCache(dir),
		HostPolicy: a.serves,
		Email:      f.ACMEEmail,
		Client:     &acme.Client{DirectoryURL: f.ACMEDirectory, UserAgent: "panelgate"},
	}
	return a
}

// acmeDir is where certificates of ACME are kept.
func (d database) acmeDir() string { return d.beside() + ".acme" }

// serves refuses names that nobody gave: a certificate is asked for whatever name a client sends.
func (a *authority) serves(_ context.Context, host string) error {
	name, _, err := net.SplitHostPort(host)
	if err != nil {
		name = host
	}
	if !slices.Contains(a.domains, strings.ToLower(name)) {
		return errors.New("not a name of this server")
	}
	return nil
}

// get is what a [tls.Config] asks at each handshake.
func (a *authority) get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	certificate, err := a.GetCertificate(hello)
	if err != nil && a.serves(hello.Context(), hello.ServerName) == nil {
		a.warn(hello.ServerName, err)
	}
	return certificate, err
}

func (a *authority) warn(name string, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if time.Since(a.warned) >= warnAgain {
		a.warned = time.Now()
		a.log.Error("no certificate by ACME", "name", name, "error", err)
	}
}

// obtain gets the certificates that are missing, so that no client waits for them and what hinders shows at the start.
func (a *authority) obtain() {
	for _, name := range a.domains {
		hello := &tls.ClientHelloInfo{ServerName: name, SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256},
			SupportedCurves: []tls.CurveID{tls.CurveP256}, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}}
		certificate, err := a.GetCertificate(hello)
		if err != nil {
			a.warn(name, err)
			continue
		}
		a.log.Info("certificate by ACME", "name", name, "expires", certificate.Leaf.NotAfter)
	}
}
