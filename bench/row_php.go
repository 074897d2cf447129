package main

import (
	"context"
	_ "embed"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
)

// The peer as a PHP panel would be written: php/api.php behind nginx and PHP-FPM, on the same database.
var (
	//go:embed php/api.php
	phpScript string
	//go:embed php/nginx.conf.tmpl
	nginxConfig string
	//go:embed php/fpm.conf.tmpl
	fpmConfig string
)

func measurePHP(ctx context.Context, lab *lab) ([]measure, error) {
	panelgate, api, err := lab.startOn(ctx, lab.accounts)
	if err != nil {
		return nil, err
	}
	defer panelgate.stop()
	peer, peerAPI, err := lab.startPHP(ctx, api)
	if err != nil {
		return nil, err
	}
	defer peer.stop()
	const action = "user/listsubusers"
	theirs := lab.reads(action, peer.web, peerAPI, lab.accounts)
	theirs.servers = append(theirs.servers, peer.php)
	ours, err := lab.warmReads(ctx, action, panelgate, api)
	if err != nil {
		return nil, err
	}
	taken, err := lab.alternate(ctx, ours, theirs)
	if err != nil {
		return nil, err
	}
	return []measure{{What: "`user/listsubusers`, random account", Against: "nginx + PHP-FPM, a minimal `api.php` with PDO SQLite on the same rows",
		Of: "requests/s", Values: taken.ratios(byRate), Mark: atLeast(3.5), Detail: taken.detail()}}, nil
}

// phpPeer is nginx and PHP-FPM.
type phpPeer struct{ web, php *process }

func (p phpPeer) stop() {
	p.web.stop()
	p.php.stop()
}

// startPHP serves the database of a panelgate through PHP, once both give the same bytes.
func (lab *lab) startPHP(ctx context.Context, api string) (peer phpPeer, address string, err error) {
	nginx, err := need("nginx")
	if err != nil {
		return peer, "", err
	}
	fpm, err := needFPM()
	if err != nil {
		return peer, "", err
	}
	body := form("action", "user/listsubusers", "accountuser", "u0000001")
	want, err := post(ctx, api, body)
	if err != nil {
		return peer, "", err
	}
	listen, folder, err := lab.configurePHP(ctx)
	if err != nil {
		return peer, "", err
	}
	address = "http://" + listen + "/spanel/api.php"
	if peer.php, err = lab.startProcess(ctx, fpm, "--nodaemonize", "--allow-to-run-as-root", "--fpm-config", filepath.Join(folder, "fpm.conf")); err != nil {
		return peer, "", err
	}
	if peer.web, err = lab.startProcess(ctx, nginx, "-e", "stderr", "-p", folder, "-c", filepath.Join(folder, "nginx.conf")); err != nil {
		peer.php.stop()
		return peer, "", err
	}
	if err := peer.web.await(ctx, func() error { return answers(ctx, address, body, want) }); err != nil {
		peer.stop()
		return peer, "", err
	}
	return peer, address, nil
}

// configurePHP writes what nginx and PHP-FPM are started with.
func (lab *lab) configurePHP(ctx context.Context) (listen, folder string, err error) {
	db, err := lab.database(ctx, lab.accounts)
	if err != nil {
		return "", "", err
	}
	if listen, err = freeAddress(); err != nil {
		return "", "", err
	}
	if folder, err = os.MkdirTemp(lab.dir, "php-"); err != nil {
		return "", "", err
	}
	who, err := user.Current()
	if err != nil {
		return "", "", err
	}
	values := map[string]string{"Listen": listen, "Folder": folder, "Database": db}
	if who.Uid == "0" {
		values["User"] = who.Username
	}
	for name, text := range map[string]string{"nginx.conf": nginxConfig, "fpm.conf": fpmConfig, "api.php": phpScript} {
		if err := writeTemplate(filepath.Join(folder, name), text, values); err != nil {
			return "", "", err
		}
	}
	return listen, folder, nil
}

func writeTemplate(path, text string, values any) error {
	parsed, err := template.New(filepath.Base(path)).Parse(text)
	if err != nil {
		return err
	}
	var written strings.Builder
	if err := parsed.Execute(&written, values); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(written.String()), 0o600)
}

// needFPM looks for PHP-FPM, whose name has PHP's version in it: php-fpm8.2.
func needFPM() (string, error) {
	found, err := filepath.Glob("/usr/sbin/php-fpm*")
	if err != nil || len(found) == 0 {
		return need("php-fpm")
	}
	return slices.Max(found), nil
}
