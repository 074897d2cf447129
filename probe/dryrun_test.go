package probe_test

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"panelgate/client"
	"panelgate/gatewaytest"
	"panelgate/handlers"
	"panelgate/probe"
)

// A dry run of POST /users finds a right and a wrong password on each of the five protocols, and
// stores nothing. PAM is seconds late with a wrong password, so a check gets nearly all of the 12 s
// that a call has, and the protocols take turns.
func TestDryRun(t *testing.T) {
	t.Parallel()
	a := newAccount(t)
	ssh := startSSHD(t, "PasswordAuthentication yes", "UsePAM yes", "Subsystem sftp internal-sftp")
	ftp, ftps := freePort(t), freePort(t)
	file, pool := certificate(t, net.IPv4(127, 0, 0, 1), time.Now().Add(time.Hour))
	startVsftpd(t, "127.0.0.1", ftp, nil)
	startVsftpd(t, "127.0.0.1", ftps, withTLS(file))
	mysql, _ := startMariaDB(t)
	server := gatewaytest.NewServerWith(t, handlers.Settings{Prober: probe.New(probe.Config{
		Roots: pool, Each: 11 * time.Second, Whole: 11 * time.Second,
	})})

	for scheme, port := range map[string]int{"ssh": ssh.port, "sftp": ssh.port, "ftp": ftp, "ftps": ftps} {
		path := func(password string) client.Website {
			return client.Website{Path: fmt.Sprintf("%s://%s:%s@127.0.0.1:%d%s", scheme, a.name, url.PathEscape(password), port, a.home),
				Vhosts: map[string]string{"http://website.com": "public_html"}}
		}
		t.Run(scheme, func(t *testing.T) {
			expectDryRun(t, server, path(a.password), "", "")
			expectDryRun(t, server, path("wrong-password"), "failed_filesystem_login", "websites[0][path]")
		})
	}
	t.Run("mysql", func(t *testing.T) {
		with := func(password string) client.Website {
			return client.Website{
				Path:      fmt.Sprintf("ftp://%s:%s@127.0.0.1:%d", a.name, url.PathEscape(a.password), ftp),
				Databases: client.Databases{{Type: "mysql", Host: fmt.Sprintf("127.0.0.1:%d", mysql), Name: "site", User: "good", Pass: password}},
			}
		}
		expectDryRun(t, server, with("pass-word"), "", "")
		expectDryRun(t, server, with("wrong-password"), "failed_database_login", "websites[0][databases][0][user]")
	})
	expectNoSecrets(t, server, a.password, "wrong-password", "pass-word")
}

func expectNoSecrets(t *testing.T, server *gatewaytest.Server, secrets ...string) {
	for _, secret := range secrets {
		if strings.Contains(server.Log.String(), secret) {
			t.Errorf("the log holds the password %q", secret)
		}
	}
}

// expectDryRun makes a dry run of a user with the website; code "" is one that finds nothing wrong.
func expectDryRun(t *testing.T, server *gatewaytest.Server, site client.Website, code, field string) {
	t.Helper()
	change := client.UserChange{ID: "dryrun", DryRun: "all", Websites: client.Websites{site}}
	for _, upsert := range []func() error{
		func() error { _, err := server.Superuser().CreateUser(t.Context(), change); return err },
		func() error { _, err := server.Superuser().UpsertUser(t.Context(), change); return err },
	} {
		err := upsert()
		var refused *client.Error
		errors.As(err, &refused)
		switch {
		case code == "" && err != nil:
			t.Errorf("a right password: %v", err)
		case code != "" && (refused == nil || refused.Code != code || refused.Field != field):
			t.Errorf("a wrong password: %v, want %s at %s", err, code, field)
		}
	}
	if users := server.MustDump(); strings.Contains(users, `"dryrun"`) {
		t.Errorf("a dry run stored the user: %s", users)
	}
}
