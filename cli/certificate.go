package cli

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"time"
)

// certificateLife is the longest that common clients accept.
const certificateLife = 825 * 24 * time.Hour

// certificate gives the certificate of HTTPS, and the file of a self-signed one.
func (c *serveCommand) certificate() (certificate tls.Certificate, file string, err error) {
	if !c.TLSSelfSigned {
		certificate, err = tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
		if err != nil {
			return certificate, "", fmt.Errorf("certificate %s with key %s: %w", c.TLSCert, c.TLSKey, err)
		}
		return certificate, "", nil
	}
	certFile, keyFile := c.DB+".tls-cert.pem", c.DB+".tls-key.pem"
	names := certificateNames(c.Listen, c.ListenTLS)
	certificate, err = tls.LoadX509KeyPair(certFile, keyFile)
	if err == nil && isGoodFor(certificate.Leaf, names) {
		return certificate, certFile, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return certificate, "", fmt.Errorf("the self-signed certificate %s cannot be used: repair it and its key, or remove both: %w", certFile, err)
	}
	if err := makeCertificate(certFile, keyFile, names); err != nil {
		return certificate, "", fmt.Errorf("make a self-signed certificate: %w", err)
	}
	certificate, err = tls.LoadX509KeyPair(certFile, keyFile)
	return certificate, certFile, err
}

// certificateNames are localhost and the hosts that the server listens on.
func certificateNames(listen ...string) []string {
	names := []string{"localhost", "127.0.0.1", "::1"}
	for _, addr := range listen {
		host, _, err := net.SplitHostPort(addr)
		ip := net.ParseIP(host)
		if err == nil && host != "" && (ip == nil || !ip.IsUnspecified()) {
			names = append(names, host)
		}
	}
	if host, err := os.Hostname(); err == nil {
		names = append(names, host)
	}
	return names
}

// isGoodFor reports whether a kept certificate still serves; one that changes needs trusting anew.
func isGoodFor(leaf *x509.Certificate, names []string) bool {
	for _, name := range names {
		if leaf.VerifyHostname(name) != nil {
			return false
		}
	}
	return time.Now().Before(leaf.NotAfter.Add(-30 * 24 * time.Hour))
}

func makeCertificate(certFile, keyFile string, names []string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber:          serial,
		Subject:               pkix.Name{CommonName: "panelgate self-signed"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(certificateLife),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true, // and no CA: whoever trusts it trusts it for its own names only
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return errors.Join(
		writePEM(keyFile, "PRIVATE KEY", keyDER, 0o600),
		writePEM(certFile, "CERTIFICATE", der, 0o644))
}

func writePEM(file, kind string, der []byte, mode os.FileMode) error {
	return os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode)
}
