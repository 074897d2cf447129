package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"net/textproto"
	"path"

	"github.com/jlaffaye/ftp"
)

// implicitPort is the port where TLS comes first. Everywhere else it is asked for by AUTH TLS.
const implicitPort = 990

// ftpProbe is one check of a directory behind an FTP server.
type ftpProbe struct {
	Directory
	*report
	control *conn
	data    *conn       // the last data connection
	secure  *tls.Config // nil: without TLS
	known   bool        // the server's certificate has been verified
	home    string      // the directory, absolute
}

func (p *Prober) ftp(ctx context.Context, d Directory, r *report) {
	r.during("connecting")
	control, err := p.dial(ctx, d.Host, or0(d.Port, 21))
	if err != nil {
		r.network(ctx, err, "the host cannot be reached")
		return
	}
	defer control.Close()
	f := &ftpProbe{Directory: d, report: r, control: control}
	if d.Scheme == "ftps" {
		f.secure = p.tls(d.Host, f.certificate)
	}
	server := f.greet(ctx)
	if server == nil {
		return
	}
	defer server.Quit()
	if f.login(ctx, server) && f.enter(ctx, server) {
		f.list(ctx, server)
	}
}

func (f *ftpProbe) implicit() bool { return f.secure != nil && f.Port == implicitPort }

// greet reports why there is no server when it returns nil.
func (f *ftpProbe) greet(ctx context.Context) *ftp.ServerConn {
	f.during("the FTP greeting")
	options := []ftp.DialOption{ftp.DialWithDialFunc(f.dialer(ctx))}
	switch {
	case f.implicit():
		options = append(options, ftp.DialWithTLS(f.secure))
	case f.secure != nil:
		options = append(options, ftp.DialWithExplicitTLS(f.secure))
	}
	server, err := ftp.Dial(f.control.address.String(), options...)
	if err == nil {
		return server
	}
	var refused *textproto.Error
	switch {
	case !errors.As(err, &refused):
		f.broken(ctx, err, "the host does not speak FTP")
	case refused.Code == ftp.StatusNotAvailable || f.secure == nil || f.implicit():
		f.host("the server takes no FTP connections from here now")
	default:
		f.host("the server does not offer TLS")
	}
	return nil
}

// certificate reports a certificate that has been verified, once: data connections show it again.
func (f *ftpProbe) certificate(c *x509.Certificate) {
	if !f.known {
		f.ok(f.Field, describe(c))
	}
	f.known = true
}

// broken reports a session that cannot go on.
func (f *ftpProbe) broken(ctx context.Context, err error, otherwise string) {
	if phrase, ok := tlsPhrase(err); ok && ctx.Err() == nil {
		f.host(phrase)
		return
	}
	f.network(ctx, err, otherwise)
}

// dialer gives the client its connections: first the one that is open, then data connections, which
// go to the same address whatever address the server names. The client leaves TLS on data
// connections to the dialer; the handshake waits for the first read, because servers begin it only
// after the command.
func (f *ftpProbe) dialer(ctx context.Context) func(string, string) (net.Conn, error) {
	opened := false
	return func(_, address string) (net.Conn, error) {
		if !opened {
			opened = true
			return f.wrap(f.control, f.implicit()), nil
		}
		named, err := netip.ParseAddrPort(address)
		if err != nil {
			return nil, err
		}
		here := netip.AddrPortFrom(f.control.address.Addr(), named.Port())
		if f.data, err = open(ctx, net.Dialer{}, here); err != nil {
			return nil, err
		}
		return f.wrap(f.data, f.secure != nil), nil
	}
}

func (f *ftpProbe) wrap(c *conn, secure bool) net.Conn {
	if secure {
		return tls.Client(c, f.secure)
	}
	return c
}

// login reports whether the login works. Before it the client makes the TLS handshake, after it asks
// for the server's features and for protected data connections.
func (f *ftpProbe) login(ctx context.Context, server *ftp.ServerConn) bool {
	f.during(atLogin)
	err := server.Login(f.User, f.Password)
	var refused *textproto.Error
	switch {
	case err == nil:
		return true
	case errors.Is(err, ftp.ErrInvalidCommand):
		f.fail(f.Field, FilesystemLogin, "the user name and the password must hold no line breaks")
	case errors.As(err, &refused):
		f.loginRefused(refused.Code)
	case f.secure != nil && !f.known:
		f.broken(ctx, err, "the TLS handshake failed")
	case ctx.Err() == nil && f.textOnly(err):
		f.loginRefused(ftp.StatusNotLoggedIn)
	default:
		f.broken(ctx, err, "the host does not speak FTP")
	}
	return false
}

// textOnly tells the error that the client makes of an answer to USER that is neither "go on" nor
// "logged in": the server's text, without its code.
func (f *ftpProbe) textOnly(err error) bool {
	var protocol textproto.ProtocolError
	_, secure := tlsPhrase(err)
	return !secure && !errors.As(err, &protocol) && f.phrase(err, "") == ""
}

func (f *ftpProbe) loginRefused(code int) {
	message := "the server refused the login"
	switch {
	case code == ftp.StatusNotAvailable:
		f.host("the server ended the session, during the login")
		return
	case code/100 == 5 && code != ftp.StatusNotLoggedIn:
		f.host("the server refused a command that transfers need, during the login")
		return
	case f.secure == nil:
		message += "; it may take logins by ftps only"
	}
	f.fail(f.Field, FilesystemLogin, message)
}

// enter changes to the directories, which is the one test that every server understands.
func (f *ftpProbe) enter(ctx context.Context, server *ftp.ServerConn) bool {
	f.during("reading the directories")
	start, err := server.CurrentDir()
	if err != nil {
		f.broken(ctx, err, "the server does not say where the login has landed")
		return false
	}
	f.home = absolute(start, f.Dir)
	return f.tree(f.report, func(t target) (state, bool) {
		err := server.ChangeDir(absolute(start, t.path))
		var refused *textproto.Error
		switch {
		case err == nil:
			return usable, true
		case errors.As(err, &refused) && refused.Code/100 == 5, errors.Is(err, ftp.ErrInvalidCommand):
			return notEntered, true
		}
		f.broken(ctx, err, "the server ended the session")
		return unknown, false
	})
}

// absolute makes a path independent of the directory that an earlier test has changed to.
func absolute(start, name string) string {
	if path.IsAbs(name) {
		return name
	}
	return path.Join(start, name)
}

// list lists the directory, for two reasons: that it may be read, and that a passive data
// connection works at all, which a firewall often prevents.
func (f *ftpProbe) list(ctx context.Context, server *ftp.ServerConn) {
	f.during("listing the directory")
	err := server.ChangeDir(f.home)
	if err == nil {
		_, err = server.List("")
	}
	var refused *textproto.Error
	switch {
	case err == nil, f.data != nil && f.data.exhausted(): // too long a list is a list
	case !errors.As(err, &refused):
		f.broken(ctx, err, "the server opens no data connection")
	case refused.Code == 550 || refused.Code == 553 || refused.Code == 450:
		f.fail(f.Field, FilesystemPermission, "the directory "+string(denied))
	default:
		f.host("the server opens no data connection")
	}
}
