package probe

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// tls is the configuration for one check; verified is told each certificate that is good. One that
// is not ends the check: credentials are not for a server that cannot say who it is.
func (p *Prober) tls(host string, verified func(*x509.Certificate)) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		RootCAs:    p.roots,
		ServerName: strings.TrimSuffix(host, "."),
		// Servers that want data connections to resume the session of the control connection
		// (vsftpd's require_ssl_reuse) take this as the proof that both are from one client.
		ClientSessionCache: tls.NewLRUClientSessionCache(1),
		VerifyConnection: func(s tls.ConnectionState) error {
			verified(s.PeerCertificates[0])
			return nil
		},
	}
}

func describe(c *x509.Certificate) string {
	return fmt.Sprintf("certificate for %s, valid until %s", names(c), day(c.NotAfter))
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// names are the server's words, so they are quoted and cut.
func names(c *x509.Certificate) string {
	all := slices.Clone(c.DNSNames)
	for _, ip := range c.IPAddresses {
		all = append(all, ip.String())
	}
	if len(all) == 0 {
		all = []string{c.Subject.CommonName}
	}
	text := strings.Join(all, ", ")
	if len(text) > 100 {
		text = text[:100] + "..."
	}
	return fmt.Sprintf("%+q", text)
}

// tlsPhrase says what is wrong with a certificate or handshake, if that is what err is about.
func tlsPhrase(err error) (string, bool) {
	var unknown x509.UnknownAuthorityError
	var name x509.HostnameError
	var invalid x509.CertificateInvalidError
	var noTLS tls.RecordHeaderError
	var alert tls.AlertError
	var other *tls.CertificateVerificationError
	switch {
	case errors.As(err, &unknown):
		return "the certificate is signed by an unknown authority", true
	case errors.As(err, &name):
		return "the certificate is for another name: " + names(name.Certificate), true
	case errors.As(err, &invalid):
		return invalidPhrase(invalid), true
	case errors.As(err, &noTLS):
		return "the host does not speak TLS on this port", true
	case errors.As(err, &alert):
		return "the server refused the TLS handshake", true
	case errors.As(err, &other):
		return "the certificate cannot be verified", true
	}
	return "", false
}

func invalidPhrase(err x509.CertificateInvalidError) string {
	switch {
	case err.Reason != x509.Expired:
		return "the certificate is not valid for a server"
	case time.Now().Before(err.Cert.NotBefore):
		return "the certificate is not valid before " + day(err.Cert.NotBefore)
	}
	return "the certificate has expired on " + day(err.Cert.NotAfter)
}
