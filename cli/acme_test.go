package cli_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"panelgate/gatewaytest"
)

// certificateAuthority is a Pebble, the ACME server that Let's Encrypt makes for tests, which finds every name on this
// machine.
type certificateAuthority struct {
	*process
	directory, trust string // trust is the certificate of the directory
	management       string
	http, tls        string // the ports where it looks for answers
}

// mustTool gives the file of a tool of tools/go.mod, built.
func mustTool(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command(gatewaytest.NeedTool(t, "go"), "tool", "-modfile=../tools/go.mod", "-n", name).Output()
	if err != nil {
		t.Fatalf("tool %s: %v", name, err)
	}
	return strings.TrimSpace(string(out))
}

// freePorts gives ports of this machine that nobody listens on.
func freePorts(t *testing.T, number int) (ports []string) {
	t.Helper()
	for range number {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		_, port, err := net.SplitHostPort(l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		ports = append(ports, port)
	}
	return ports
}

func mustAuthority(t *testing.T) *certificateAuthority {
	t.Helper()
	pebble, names := mustTool(t, "pebble"), mustTool(t, "pebble-challtestsrv")
	ports := freePorts(t, 6)
	dir := t.TempDir()
	a := &certificateAuthority{
		directory: "https://localhost:" + ports[0] + "/dir", management: "https://localhost:" + ports[1],
		trust: filepath.Join(dir, "cert.pem"), http: ports[2], tls: ports[3],
	}
	mustCertificate(t, a.trust, filepath.Join(dir, "key.pem"), time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	config := filepath.Join(dir, "config.json")
	text := fmt.Sprintf(`{"pebble": {"listenAddress": "localhost:%s", "managementListenAddress": "localhost:%s",
		"certificate": %q, "privateKey": %q, "httpPort": %s, "tlsPort": %s, "keyAlgorithm": "ecdsa", "retryAfter": {"authz": 1, "order": 1}}}`,
		ports[0], ports[1], a.trust, filepath.Join(dir, "key.pem"), a.http, a.tls)
	if !json.Valid([]byte(text)) {
		t.Fatal(text)
	}
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	mustStartBinary(t, names, "-defaultIPv6", "", "-dnsserver", "127.0.0.1:"+ports[4], "-management", "127.0.0.1:"+ports[5],
		"-http01", "", "-https01", "", "-tlsalpn01", "", "-doh", "")
	a.process = mustStartBinary(t, "env", "PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0", pebble, "-config", config, "-dnsserver", "127.0.0.1:"+ports[4])
	eventually(t, "names to be answered", func() bool {
		c, err := net.Dial("tcp", "127.0.0.1:"+ports[4])
		return err == nil && c.Close() == nil
	})
	eventually(t, "the authority", func() bool {
		res, err := probe.Get(a.directory)
		return err == nil && res.Body.Close() == nil && res.StatusCode == http.StatusOK
	})
	return a
}

// mustRoots are what clients trust who trust the authority.
func (a *certificateAuthority) mustRoots(t *testing.T) *x509.CertPool {
	t.Helper()
	res, err := probe.Get(a.management + "/roots/0")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	root, err := io.ReadAll(res.Body)
	roots := x509.NewCertPool()
	if err != nil || !roots.AppendCertsFromPEM(root) {
		t.Fatalf("roots: %v, %s", err, root)
	}
	return roots
}

// shown gives the certificate that a server shows to who asks for a name.
func shown(addr, name string, roots *x509.CertPool) (*x509.Certificate, error) {
	c, err := tls.Dial("tcp", addr, &tls.Config{ServerName: name, RootCAs: roots})
	if err != nil {
		return nil, err
	}
	defer c.Close()
	return c.ConnectionState().PeerCertificates[0], nil
}

// A certificate is got from an authority, by the challenge that its listeners allow, and kept.
func TestACME(t *testing.T) {
	tests := map[string]func(t *testing.T, a *certificateAuthority) (listen []string, tls string){
		"TLS-ALPN-01": func(_ *testing.T, a *certificateAuthority) ([]string, string) {
			return []string{"--listen-tls", "127.0.0.1:" + a.tls}, "127.0.0.1:" + a.tls
		},
		"HTTP-01": func(t *testing.T, a *certificateAuthority) ([]string, string) { // nothing listens where it looks for TLS
			elsewhere := "127.0.0.1:" + freePorts(t, 1)[0]
			return []string{"--listen", "127.0.0.1:" + a.http, "--listen-tls", elsewhere}, elsewhere
		},
	}
	for name, listen := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const domain = "panel.example.com"
			a := mustAuthority(t)
			db := filepath.Join(t.TempDir(), "panelgate.db")
			flags, addr := listen(t, a)
			args := append([]string{"SSL_CERT_FILE=" + a.trust, "panelgate", "serve", "--db", db,
				"--acme-domain", "Panel.Example.com", "--acme-email", "hostmaster@example.com", "--acme-directory", a.directory}, flags...)
			server := mustStartBinary(t, "env", args...)
			roots := a.mustRoots(t)
			var certificate *x509.Certificate
			eventually(t, "a certificate", func() (ok bool) {
				var err error
				certificate, err = shown(addr, domain, roots)
				return err == nil
			})
			if _, err := shown(addr, "other.example.com", roots); err == nil {
				t.Error("a certificate for a name that nobody gave")
			}
			eventually(t, "a line in the log", func() bool { return strings.Contains(server.err.String(), `"msg":"certificate by ACME"`) })
			checkKept(t, db+".acme")

			// It is kept: after a new start it is there without the authority.
			for _, p := range []*process{server, a.process} {
				if err := p.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				p.exitCode(t)
			}
			mustStartBinary(t, "env", args...)
			eventually(t, "the same certificate", func() bool {
				again, err := shown(addr, domain, roots)
				return err == nil && again.Equal(certificate)
			})
			if out := mustRun(t, "doctor", "--db", db, "--acme-domain", domain); !strings.Contains(out, "1, good") {
				t.Errorf("doctor says %s", out)
			}
		})
	}
}

func checkKept(t *testing.T, dir string) {
	t.Helper()
	info, err := os.Stat(dir)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%s: %v, %v", dir, info.Mode(), err)
	}
	for _, name := range mustList(t, dir) {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}

// A certificate that is replaced is used from the next handshake on; one that is broken, or half replaced, is not.
func TestCertificateIsReadAnew(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	first := mustCertificate(t, cert, key, time.Now().Add(-time.Hour), time.Now().Add(time.Hour))
	server := mustStart(t, "serve", "--db", filepath.Join(dir, "panelgate.db"), "--listen-tls", "127.0.0.1:0", "--tls-cert", cert, "--tls-key", key)
	addr := strings.TrimPrefix(server.find(t, `(https://[0-9.:]+)/`), "https://")
	shows := func(want *x509.Certificate) bool {
		c, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		return c.ConnectionState().PeerCertificates[0].Equal(want)
	}
	if !shows(first) {
		t.Fatal("another certificate than the one in the file")
	}
	second := mustCertificate(t, cert, key, time.Now().Add(-time.Hour), time.Now().Add(2*time.Hour))
	eventually(t, "the second certificate", func() bool { return shows(second) })

	good, err := os.ReadFile(key)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, []byte("half a ke"), 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a complaint", func() bool {
		return shows(second) && strings.Contains(server.err.String(), `"msg":"certificate kept as it was"`)
	})
	if err := os.WriteFile(key, good, 0o600); err != nil {
		t.Fatal(err)
	}
	third := mustCertificate(t, cert+".new", key, time.Now().Add(-time.Hour), time.Now().Add(3*time.Hour))
	if err := os.Rename(cert+".new", cert); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the third certificate", func() bool { return shows(third) })
	if _, err := tls.Dial("tcp", addr, &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS11}); err == nil {
		t.Error("TLS 1.1 was accepted")
	}
}
