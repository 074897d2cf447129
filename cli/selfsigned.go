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
	"math/big"
	"net"
	"os"
	"time"
)

// certificateLife is the longest that common clients accept.
const certificateLife = 825 * 24 * time.Hour

// selfSigned are the files of a self-signed certificate, made where there is none that serves.
func (c *serveCommand) selfSigned() (certFile, keyFile string, err error) {
	certFile, keyFile = c.beside()+".tls-cert.pem", c.beside()+".tls-key.pem"
	names := certificateNames(c.Listen, c.ListenTLS)
	certificate, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err == nil && isGoodFor(certificate.Leaf, names) {
		return certFile, keyFile, nil
	}
	if err := makeCertificate(certFile, keyFile, names); err != nil {
		return "", "", fmt.Errorf("make a self-signed certificate: %w", err)
	}
	return certFile, keyFile, nil
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
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA:                  true, // so that a client can be told to trust it by itself
		BasicConstraintsValid: true,
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
