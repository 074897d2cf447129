package probe

import (
	"context"
	"errors"
	"net"
	"strings"

	"golang.org/x/crypto/ssh"
)

// ssh checks a directory behind an SSH server. For the scheme ssh SFTP is tried first, because it
// tells more; a server without it is asked by a command.
func (p *Prober) ssh(ctx context.Context, d Directory, r *report) {
	auth, err := sshAuth(d.Password)
	if err != nil {
		r.fail(d.Field, FilesystemLogin, err.Error())
		return
	}
	r.during("connecting")
	c, err := p.dial(ctx, d.Host, or0(d.Port, 22))
	if err != nil {
		r.network(ctx, err, "the host cannot be reached")
		return
	}
	defer c.Close()
	client := sshLogin(ctx, c, d, auth, r)
	if client == nil {
		return
	}
	defer client.Close()
	r.during("reading the directories")
	switch subsystem := sftpTree(ctx, client, c, d, r); {
	case subsystem:
	case ctx.Err() != nil:
		r.timedOut(ctx)
	case d.Scheme == "ssh":
		shellTree(ctx, client, d, r)
	default:
		r.fail(d.Field, FilesystemPermission, "the login works, but the server does not offer SFTP to it")
	}
}

func or0(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// sshLogin reports the host key, and why the login failed when it returns nil.
func sshLogin(ctx context.Context, c *conn, d Directory, auth []ssh.AuthMethod, r *report) *ssh.Client {
	met := false
	config := &ssh.ClientConfig{
		User: d.User,
		Auth: auth,
		// No key of this host is known yet: the account is only being defined. The fingerprint is
		// reported instead, so that whoever defines it can compare it with the server's.
		HostKeyCallback: func(_ string, _ net.Addr, key ssh.PublicKey) error {
			if !met {
				r.ok(d.Field, "host key "+key.Type()+" "+ssh.FingerprintSHA256(key))
			}
			met = true
			r.during(atLogin)
			return nil
		},
	}
	r.during("the SSH handshake")
	secured, channels, requests, err := ssh.NewClientConn(c, c.address.String(), config)
	if err == nil {
		return ssh.NewClient(secured, channels, requests)
	}
	var algorithms *ssh.AlgorithmNegotiationError
	switch {
	case ctx.Err() != nil:
		r.timedOut(ctx)
	case errors.As(err, &algorithms):
		r.host("the SSH server and the probe have no algorithm in common")
	case met: // a server that closes the connection now does not want this login either
		r.fail(d.Field, FilesystemLogin, "the server refused the login")
	default:
		r.network(ctx, err, "the host does not speak SSH")
	}
	return nil
}

// sshAuth reads what stands in place of the password: the text of a private key, or a password.
// Its errors are fit to be shown.
func sshAuth(password string) ([]ssh.AuthMethod, error) {
	if !strings.Contains(password, "PRIVATE KEY-----") {
		return passwordAuth(password), nil
	}
	// A key that went through a form or a Windows editor has CRLF, and often lost its last newline.
	text := strings.TrimSpace(strings.ReplaceAll(password, "\r\n", "\n")) + "\n"
	signer, err := ssh.ParsePrivateKey([]byte(text))
	var sealed *ssh.PassphraseMissingError
	switch {
	case errors.As(err, &sealed):
		return nil, failure("the private key is protected by a passphrase")
	case err != nil:
		return nil, failure("the private key cannot be read")
	}
	return []ssh.AuthMethod{ssh.PublicKeys(signer)}, nil
}

// passwordAuth offers the password, and to a server that does not take passwords but asks one
// hidden question (PAM), offers it as the answer. It is offered once: a second refusal would count
// against the caller where failed logins are counted.
func passwordAuth(password string) []ssh.AuthMethod {
	offered := false
	offer := func() (string, error) {
		if offered {
			return "", failure("the server asks for more than the password")
		}
		offered = true
		return password, nil
	}
	answer := func(_, _ string, questions []string, echos []bool) ([]string, error) {
		switch {
		case len(questions) == 0:
			return nil, nil
		case len(questions) > 1 || echos[0]:
			return nil, failure("the server asks for more than a password")
		}
		text, err := offer()
		return []string{text}, err
	}
	return []ssh.AuthMethod{ssh.PasswordCallback(offer), ssh.KeyboardInteractive(answer)}
}
