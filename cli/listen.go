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
)

// listeners are the open sockets of a server: plain, TLS or both.
type listeners struct {
	plain, tls net.Listener
	doors      []*door // what they listen on
	certFile   string  // of a self-signed certificate
}

// addresses are where a server can be reached, as URLs without a trailing slash.
type addresses struct {
	HTTP, HTTPS string // "" where it does not listen
	CertFile    string // the self-signed certificate to trust, if there is one
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
}

// openListeners opens the sockets, so that an address in use is told before anything is printed.
func (c *serveCommand) openListeners() (l *listeners, err error) {
	l = &listeners{}
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
	certificate, certFile, err := c.certificate()
	if err != nil {
		return l, err
	}
	l.certFile = certFile
	plain, err := l.listen(c.ListenTLS, "--listen-tls")
	if err != nil {
		return l, err
	}
	l.tls = tls.NewListener(plain, &tls.Config{
		Certificates: []tls.Certificate{certificate},
		MinVersion:   tls.VersionTLS12,
		NextProtos:   []string{"h2", "http/1.1"},
	})
	return l, nil
}

func (l *listeners) listen(addr, flag string) (net.Listener, error) {
	opened, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("%w: choose another address with %s", err, flag)
	}
	d := &door{TCPListener: opened.(*net.TCPListener)}
	l.doors = append(l.doors, d)
	return d, nil
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
// draining, takes no more connections and finishes what was accepted.
func (l *listeners) serve(ctx context.Context, server *http.Server, draining func()) error {
	var open connections
	open.watch(server)
	var accepting sync.WaitGroup
	failed := make(chan error, 2)
	for _, one := range []net.Listener{l.plain, l.tls} {
		if one != nil {
			accepting.Go(func() { failed <- server.Serve(one) })
		}
	}
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	draining()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	for _, d := range l.doors {
		err = errors.Join(err, d.leave())
	}
	accepting.Wait()
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
