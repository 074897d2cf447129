package cli

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"golang.org/x/crypto/acme"
	"golang.org/x/net/netutil"

	"panelgate/fastpath"
)

// listeners are the open sockets of a server: plain, TLS or both.
type listeners struct {
	plain, tls net.Listener
	doors      []*door    // what they listen on
	most       int        // open connections of each
	certFile   string     // of a self-signed certificate
	acme       *authority // nil where certificates come from elsewhere

	drainDelay time.Duration // see drainFlags
}

// addresses are where a server can be reached, as URLs without a trailing slash.
type addresses struct {
	HTTP, HTTPS string // "" where it does not listen
	CertFile    string // the self-signed certificate to trust, if there is one
	Debug       string // of metrics and profiles, "" without
}

func (a addresses) print(w io.Writer) {
	for _, base := range []string{a.HTTP, a.HTTPS} {
		if base != "" {
			fmt.Fprintf(w, "listening  %s/spanel/api.php  %s/users\n", base, base)
		}
	}
	if a.CertFile != "" {
		fmt.Fprintf(w, "self-signed certificate  %s\n", a.CertFile)
	}
	if a.Debug != "" {
		fmt.Fprintf(w, "debugging  %s/metrics  %[1]s/debug/pprof/\n", a.Debug)
	}
}

// openListeners opens the sockets, so that an address in use is told before anything is printed.
func (c *serveCommand) openListeners(log *slog.Logger) (l *listeners, err error) {
	l = &listeners{most: c.connectionsEach(), drainDelay: c.DrainDelay}
	defer func() {
		if err != nil {
			l.close()
		}
	}()
	if c.Listen != "" {
		if l.plain, err = l.listen(c.Listen, "--listen"); err != nil {
			return l, err
		}
	}
	if c.ListenTLS == "" {
		return l, nil
	}
	config, err := c.tlsConfig(l, log)
	if err != nil {
		return l, err
	}
	plain, err := l.listen(c.ListenTLS, "--listen-tls")
	if err != nil {
		return l, err
	}
	l.tls = tls.NewListener(plain, config)
	return l, nil
}

// tlsConfig says where the certificate comes from: ACME, files, or files that are made here.
func (c *serveCommand) tlsConfig(l *listeners, log *slog.Logger) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	if len(c.ACMEDomain) > 0 {
		l.acme = c.authority(c.acmeDir(), log)
		config.GetCertificate = l.acme.get
		config.NextProtos = append(config.NextProtos, acme.ALPNProto)
		return config, nil
	}
	cert, key := c.TLSCert, c.TLSKey
	if c.TLSSelfSigned {
		var err error
		if cert, key, err = c.selfSigned(); err != nil {
			return nil, err
		}
		l.certFile = cert
	}
	files, err := openCertificate(cert, key, log)
	if err != nil {
		return nil, err
	}
	config.GetCertificate = files.get
	return config, nil
}

// challenges answers an authority's questions on plain HTTP (HTTP-01) before next sees them. Those on TLS (TLS-ALPN-01)
// are answered in the handshake.
func (l *listeners) challenges(next http.Handler) http.Handler {
	if l.acme == nil || l.plain == nil {
		return next
	}
	return l.acme.HTTPHandler(next)
}

func (l *listeners) listen(addr, flag string) (net.Listener, error) {
	opened, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%w: choose another address with %s", err, flag)
	}
	d := &door{TCPListener: opened.(*net.TCPListener)}
	l.doors = append(l.doors, d)
	return netutil.LimitListener(d, l.most), nil
}

func (l *listeners) close() {
	for _, one := range []net.Listener{l.plain, l.tls} {
		if one != nil {
			one.Close()
		}
	}
}

func (l *listeners) addresses() addresses {
	a := addresses{CertFile: l.certFile}
	if l.plain != nil {
		a.HTTP = "http://" + reachable(l.plain.Addr())
	}
	if l.tls != nil {
		a.HTTPS = "https://" + reachable(l.tls.Addr())
	}
	return a
}

// reachable is an address that a client on this machine can use: a server on all addresses
// answers on localhost.
func reachable(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return addr.String()
	}
	if ip := net.ParseIP(host); ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}

// serve answers on all listeners until ctx ends or one of them fails. Then it says so by calling
// draining and, after the delay, takes no more connections and finishes what was accepted.
func (l *listeners) serve(ctx context.Context, server *http.Server, draining func()) error {
	var open connections
	open.watch(server)
	var accepting sync.WaitGroup
	failed := make(chan error, 2)
	endFast := func() {}
	if l.plain != nil {
		plain := fastpath.Listen(l.plain, server)
		endFast = plain.End
		accepting.Go(func() { failed <- server.Serve(plain) })
	}
	if l.tls != nil {
		accepting.Go(func() { failed <- server.Serve(l.tls) })
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	draining()
	if err == nil {
		select { // until those who look at /readyz have had the time to look
		case <-time.After(l.drainDelay):
		case err = <-failed:
		}
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	for _, d := range l.doors {
		err = errors.Join(err, d.leave())
	}
	full := time.AfterFunc(2*lastCalls, l.close) // a listener that is full waits for room, which may not come
	accepting.Wait()
	full.Stop()
	endFast()
	open.drain(drain)
	return errors.Join(err, server.Shutdown(drain))
}

// newServer bounds what a client may take: time to send and to read, and the size of headers.
func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      45 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
