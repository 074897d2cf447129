package probe_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"maps"
	"math/big"
	"net"
	"os/user"
	"strings"
	"testing"
	"time"

	"panelgate/probe"
)

func currentUser(t *testing.T) string {
	t.Helper()
	me, err := user.Current()
	must(t, err)
	return me.Username
}

func pemOf(t *testing.T, key *ecdsa.PrivateKey) string {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	must(t, err)
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// certificate writes a self-signed certificate and its key to a file; the pool trusts it.
func certificate(t *testing.T, host net.IP, until time.Time) (file string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "probe"},
		NotBefore: until.Add(-48 * time.Hour), NotAfter: until,
		IPAddresses: []net.IP{host}, DNSNames: []string{"ftp.test"},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	parsed, err := x509.ParseCertificate(der)
	must(t, err)
	pool = x509.NewCertPool()
	pool.AddCert(parsed)
	text := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})) + pemOf(t, key)
	return write(t, openDir(t)+"/pem", text), pool
}

// startVsftpd starts a server at the address, with options over the usual ones.
func startVsftpd(t *testing.T, host string, port int, options map[string]string) {
	t.Helper()
	needRoot(t) // for logins of the system's
	dir := openDir(t)
	config := map[string]string{
		"listen": "YES", "background": "NO", "listen_address": host, "listen_port": fmt.Sprint(port),
		"anonymous_enable": "NO", "local_enable": "YES", "pam_service_name": "vsftpd", "secure_chroot_dir": dir,
		"seccomp_sandbox": "NO", "isolate": "NO", "isolate_network": "NO", // which containers do not offer
		"xferlog_enable": "NO", "session_support": "NO", "delay_failed_login": "0",
	}
	maps.Copy(config, options)
	var text strings.Builder
	for name, value := range config {
		fmt.Fprintf(&text, "%s=%s\n", name, value)
	}
	name := need(t, "vsftpd")
	serve(t, host, port, name, write(t, openDir(t)+"/conf", text.String()))
}

func withTLS(file string, more ...string) map[string]string {
	options := map[string]string{
		"ssl_enable": "YES", "rsa_cert_file": file, "rsa_private_key_file": file, "ssl_ciphers": "HIGH",
		"force_local_logins_ssl": "YES", "force_local_data_ssl": "YES", "require_ssl_reuse": "YES",
	}
	for _, name := range more {
		options[name] = "YES"
	}
	return options
}

// ftpWants words the findings as FTP can: it does not say why a directory is not entered.
func ftpWants(wants []want) []want {
	var all []want
	for _, w := range wants {
		if what, _, cut := strings.Cut(w.message, " does not exist"); cut {
			w.message = what + " does not exist, is not a directory or may not be entered"
		}
		for _, other := range []string{" is not a directory", " may not be read"} {
			if what, found := strings.CutSuffix(w.message, other); found {
				w.message = what + " does not exist, is not a directory or may not be entered"
			}
		}
		all = append(all, w)
	}
	return all
}

func TestFTP(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	ip := net.IPv4(127, a.name[3], a.name[4], a.name[5]) // one of loopback's where 990 is free
	later := time.Now().Add(24 * time.Hour)
	file, pool := certificate(t, ip, later)
	expired, expiredPool := certificate(t, ip, time.Now().Add(-time.Hour))
	host := ip.String()
	plain, secure, old := freePort(t), freePort(t), freePort(t)
	startVsftpd(t, host, plain, nil)
	startVsftpd(t, host, secure, withTLS(file))
	startVsftpd(t, host, old, withTLS(expired))
	startVsftpd(t, host, 990, withTLS(file, "implicit_ssl"))

	p := probe.New(probe.Config{Roots: pool})
	dir := func(scheme string, port int, password, path string, docroots ...string) probe.Directory {
		d := sshd{port: port}.dir(scheme, a.name, password, path, docroots...)
		d.Host = host
		return d
	}
	check := func(p *probe.Prober, d probe.Directory, wants ...want) string {
		t.Helper()
		found := run(t, p, []probe.Directory{d}, nil)
		expect(t, found, wants...)
		return notes(found)
	}
	for name, c := range treeCases(a) {
		t.Run(name, func(t *testing.T) {
			for _, d := range []probe.Directory{
				dir("ftp", plain, a.password, c.dir, c.docroots...),
				dir("ftps", secure, a.password, c.dir, c.docroots...),
				dir("ftps", 990, a.password, c.dir, c.docroots...),
			} {
				expect(t, run(t, p, []probe.Directory{d}, nil), ftpWants(c.wants)...)
			}
		})
	}
	refused := want{"path", probe.FilesystemLogin, "the server refused the login"}
	check(p, dir("ftp", plain, "wrong-password", ""), refused)
	check(p, dir("ftps", secure, "wrong-password", ""), refused)
	check(p, dir("ftps", 990, "wrong-password", ""), refused)
	check(p, dir("ftp", plain, "two\r\nlines", ""), want{"path", probe.FilesystemLogin, "the user name and the password must hold no line breaks"})
	check(p, dir("ftp", secure, a.password, ""), want{"path", probe.FilesystemLogin, "the server refused the login; it may take logins by ftps only"})
	check(p, dir("ftps", plain, a.password, ""), want{"path", probe.FilesystemHost, "the server does not offer TLS"})

	good := check(p, dir("ftps", secure, a.password, ""))
	if wanted := `certificate for "ftp.test, ` + host + `", valid until ` + later.UTC().Format(time.DateOnly); good != wanted {
		t.Errorf("note %q, want %q", good, wanted)
	}
	no := func(message string) want { return want{"path", probe.FilesystemHost, message} }
	check(probe.New(probe.Config{}), dir("ftps", secure, a.password, ""), no("the certificate is signed by an unknown authority"))
	check(probe.New(probe.Config{}), dir("ftps", 990, a.password, ""), no("the certificate is signed by an unknown authority"))
	check(probe.New(probe.Config{Roots: expiredPool}), dir("ftps", old, a.password, ""), no("the certificate has expired on "))
	n := &names{answers: []string{host}}
	byName := dir("ftps", secure, a.password, "")
	for name, wants := range map[string][]want{
		"ftp.test": nil, "other.test": {no(`the certificate is for another name: "ftp.test, `)},
	} {
		byName.Host = name
		check(probe.New(probe.Config{Roots: pool, Resolver: n.resolver(t)}), byName, wants...)
	}
}

// A server with TLS on the port of one without, and the other way round.
func TestFTPNotTLS(t *testing.T) {
	t.Parallel()
	port := listen(t, scripted(map[string]string{"AUTH": "234 go on\r\n220 but not so"}))
	d := sshd{port: port}.dir("ftps", "u", "pass-word", "")
	expect(t, run(t, probe.New(probe.Config{}), []probe.Directory{d}, nil),
		want{"path", probe.FilesystemHost, "the host does not speak TLS on this port"})
}

func TestFTPAnswers(t *testing.T) {
	t.Parallel()
	host, login, permission := probe.FilesystemHost, probe.FilesystemLogin, probe.FilesystemPermission
	for name, c := range map[string]struct {
		verb, answer string
		want         want
	}{
		"login refused": {"PASS", "530 no", want{"path", login, "the server refused the login"}},
		"user refused":  {"USER", "530 no", want{"path", login, "the server refused the login"}},
		"more wanted":   {"PASS", "332 account?", want{"path", login, "the server refused the login"}},
		"shut down":     {"PASS", "421 bye", want{"path", host, "the server ended the session"}},
		"no binary":     {"TYPE", "504 no", want{"path", host, "the server refused a command that transfers need"}},
		"nonsense":      {"PASS", "what?", want{"path", host, "the host does not speak FTP"}},
		"list refused":  {"LIST", "550 no", want{"path", permission, "the directory may not be read"}},
		"no data":       {"LIST", "425 no", want{"path", host, "the server opens no data connection"}},
		"no directory":  {"PWD", "550 no", want{"path", host, "the server does not say where"}},
		"cwd fails":     {"CWD", "421 bye", want{"path", host, "the server ended the session"}},
	} {
		t.Run(name, func(t *testing.T) {
			data := listen(t, func(c net.Conn) { c.Close() })
			port := listen(t, scripted(map[string]string{"EPSV": epsv(data), c.verb: c.answer}))
			d := sshd{port: port}.dir("ftp", "u", "pass-word", "/home")
			expect(t, run(t, probe.New(probe.Config{}), []probe.Directory{d}, nil), c.want)
		})
	}
}
