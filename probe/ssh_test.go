package probe_test

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"

	"panelgate/probe"
)

// newKey returns a private key's text, and its public key as a line of authorized_keys.
func newKey(t *testing.T) (private, line string) {
	t.Helper()
	public, key, err := ed25519.GenerateKey(rand.Reader)
	must(t, err)
	block, err := ssh.MarshalPrivateKey(key, "")
	must(t, err)
	p, err := ssh.NewPublicKey(public)
	must(t, err)
	return string(pem.EncodeToMemory(block)), string(ssh.MarshalAuthorizedKey(p))
}

type sshd struct {
	port             int
	private, sealed  string // a key that may log in, and the same protected by a passphrase
	fingerprint      string // of the host key
	stranger, broken string // a key that may not log in, and one that is cut
}

// startSSHD starts a server for the user's own key, and for passwords as far as options say.
func startSSHD(t *testing.T, options ...string) sshd {
	t.Helper()
	name := need(t, "sshd")
	if os.Getuid() == 0 {
		must(t, os.MkdirAll("/run/sshd", 0o755)) // where sshd drops its privileges; made at boot otherwise
	}
	dir := openDir(t)
	host, hostLine := newKey(t)
	private, line := newKey(t)
	stranger, _ := newKey(t)
	write(t, dir+"/host", host)
	must(t, os.Chmod(write(t, dir+"/authorized", line), 0o644))
	public, _, _, _, err := ssh.ParseAuthorizedKey([]byte(hostLine))
	must(t, err)
	s := sshd{
		port: freePort(t), private: private, stranger: stranger, broken: private[:len(private)/2],
		sealed: seal(t, private), fingerprint: ssh.FingerprintSHA256(public),
	}
	config := append([]string{
		"ListenAddress 127.0.0.1", fmt.Sprintf("Port %d", s.port), "HostKey " + dir + "/host", "PidFile none",
		"AuthorizedKeysFile " + dir + "/authorized", "StrictModes no", "PermitRootLogin yes",
	}, options...)
	// Since OpenSSH 9.8 wrong passwords shut the whole address out for a while.
	if penalties := "PerSourcePenalties=no"; exec.Command(name, "-t", "-f", os.DevNull, "-h", dir+"/host", "-o", penalties).Run() == nil {
		config = append(config, penalties)
	}
	write(t, dir+"/config", strings.Join(config, "\n")+"\n")
	serve(t, "127.0.0.1", s.port, name, "-D", "-e", "-f", dir+"/config")
	return s
}

func seal(t *testing.T, private string) string {
	t.Helper()
	key, err := ssh.ParseRawPrivateKey([]byte(private))
	must(t, err)
	block, err := ssh.MarshalPrivateKeyWithPassphrase(*key.(*ed25519.PrivateKey), "", []byte("phrase"))
	must(t, err)
	return string(pem.EncodeToMemory(block))
}

func (s sshd) dir(scheme, user, password, dir string, docroots ...string) probe.Directory {
	d := probe.Directory{Field: "path", Scheme: scheme, User: user, Password: password, Host: "127.0.0.1", Port: s.port, Dir: dir}
	for _, root := range docroots {
		d.Docroots = append(d.Docroots, probe.Docroot{Field: root, Path: root})
	}
	return d
}

// treeCases are the same wherever an account's files are reached by a login. FTP cannot tell why a
// directory is not entered.
func treeCases(a account) map[string]struct {
	dir      string
	docroots []string
	wants    []want
} {
	no := probe.FilesystemPermission
	return map[string]struct {
		dir      string
		docroots []string
		wants    []want
	}{
		"good":          {a.home, []string{"public_html", "/public_html", "", hardName}, nil},
		"login's own":   {"", []string{"public_html", hardName}, nil},
		"hard name":     {a.at(hardName), nil, nil},
		"missing":       {a.at("no"), []string{"public_html"}, []want{{"path", no, "the directory does not exist"}}},
		"file":          {a.at("file"), nil, []want{{"path", no, "the directory is not a directory"}}},
		"closed":        {a.at("closed"), nil, []want{{"path", no, "the directory may not be read"}}},
		"no docroot":    {a.home, []string{"no", "public_html"}, []want{{"no", no, "the docroot does not exist"}}},
		"file docroot":  {a.home, []string{"file"}, []want{{"file", no, "the docroot is not a directory"}}},
		"outer docroot": {a.home, []string{"../x"}, []want{{"../x", no, "the docroot leads out"}}},
	}
}

func TestSSHWithPassword(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	both := startSSHD(t, "UsePAM yes", "KbdInteractiveAuthentication yes", "Subsystem sftp internal-sftp")
	asks := startSSHD(t, "UsePAM yes", "PasswordAuthentication no", "KbdInteractiveAuthentication yes", "Subsystem sftp internal-sftp")
	bare := startSSHD(t)
	p := probe.New(probe.Config{})
	for name, c := range treeCases(a) {
		t.Run(name, func(t *testing.T) {
			for _, d := range []probe.Directory{
				both.dir("sftp", a.name, a.password, c.dir, c.docroots...),
				both.dir("ssh", a.name, a.password, c.dir, c.docroots...),
				bare.dir("ssh", a.name, a.password, c.dir, c.docroots...), // by a command
			} {
				expect(t, run(t, p, []probe.Directory{d}, nil), c.wants...)
			}
		})
	}
	login := func(s sshd, scheme, password string, wants ...want) {
		t.Helper()
		found := run(t, p, []probe.Directory{s.dir(scheme, a.name, password, "")}, nil)
		expect(t, found, wants...)
		if !strings.Contains(notes(found), "host key ssh-ed25519 "+s.fingerprint) {
			t.Errorf("no fingerprint in %+v", found)
		}
	}
	refused := want{"path", probe.FilesystemLogin, "the server refused the login"}
	login(both, "sftp", "wrong-password", refused)
	login(asks, "sftp", a.password)
	login(asks, "ssh", "wrong-password", refused)
	login(bare, "sftp", a.password, want{"path", probe.FilesystemPermission, "the login works, but the server does not offer SFTP"})
}

func TestSSHWithoutShell(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	s := startSSHD(t, "ForceCommand echo welcome")
	expect(t, run(t, probe.New(probe.Config{}), []probe.Directory{s.dir("ssh", a.name, a.password, a.home)}, nil),
		want{"path", probe.FilesystemPermission, "the login works, but it may use neither"})
}

// Key logins are tested as whoever runs the test, so on a laptop too.
func TestSSHWithKey(t *testing.T) {
	t.Parallel()
	s := startSSHD(t, "PasswordAuthentication no", "Subsystem sftp internal-sftp")
	home := t.TempDir()
	must(t, os.Mkdir(filepath.Join(home, "public_html"), 0o755))
	me := currentUser(t)
	crlf := strings.ReplaceAll(strings.TrimSpace(s.private), "\n", "\r\n")
	refused := want{"path", probe.FilesystemLogin, "the server refused the login"}
	for name, c := range map[string]struct {
		user, key string
		wants     []want
	}{
		"good":          {me, s.private, nil},
		"CRLF":          {me, crlf, nil},
		"another user":  {"nobody-" + random(), s.private, []want{refused}},
		"another key":   {me, s.stranger, []want{refused}},
		"password":      {me, "a-password", []want{refused}},
		"passphrase":    {me, s.sealed, []want{{"path", probe.FilesystemLogin, "the private key is protected"}}},
		"cut":           {me, s.broken, []want{{"path", probe.FilesystemLogin, "the private key cannot be read"}}},
		"openssl's PEM": {me, ecKey(t), []want{refused}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, scheme := range []string{"ssh", "sftp"} {
				d := s.dir(scheme, c.user, c.key, home, "public_html")
				expect(t, run(t, probe.New(probe.Config{}), []probe.Directory{d}, nil), c.wants...)
			}
		})
	}
}

// ecKey is a good key that is not let in, written as openssl does.
func ecKey(t *testing.T) string {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	return pemOf(t, key)
}
