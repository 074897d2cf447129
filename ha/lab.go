package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// lab is where the site runs: a temporary directory and what was started in it.
type lab struct {
	site
	dir       string
	panelgate string              // the program
	postgres  *syscall.Credential // who PostgreSQL runs as: it refuses to run as root
	databases []*databaseServer
	witness   *process // the etcd of the machine without PostgreSQL
	haproxy   *process
	nodes     []*node
}

// openLab makes the directory and chooses the addresses of everything. What is not installed is an error.
func openLab(dir string) (_ *lab, err error) {
	lab := &lab{dir: dir, site: site{Watchdog: "off"}}
	if lab.BinDir, err = newestPostgres(); err != nil {
		return nil, err
	}
	for _, path := range []string{etcdProgram, patroniProgram, haproxyProgram} {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("%w: make ha installs it, as root", err)
		}
	}
	if os.Getuid() == 0 {
		if lab.postgres, err = credential("postgres"); err != nil {
			return nil, err
		}
	}
	var free ports
	if err := errors.Join(lab.place(&free), lab.placeProxy(&free)); err != nil {
		return nil, err
	}
	lab.Passwords = passwords{rand.Text(), rand.Text(), rand.Text(), rand.Text()}
	return lab, os.Chmod(dir, 0o755) // PostgreSQL's user must get through
}

// newestPostgres is where Debian has the programs of its newest PostgreSQL.
func newestPostgres() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errors.New("there is no PostgreSQL below /usr/lib/postgresql: make ha installs it, as root")
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(path))))
		return n
	}
	return filepath.Dir(slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })), nil
}

func credential(name string) (*syscall.Credential, error) {
	account, err := user.Lookup(name)
	if err != nil {
		return nil, err
	}
	uid, uidErr := strconv.ParseUint(account.Uid, 10, 32)
	gid, gidErr := strconv.ParseUint(account.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, errors.Join(uidErr, gidErr)
}

// place gives the machines of the recipe addresses and directories here.
func (lab *lab) place(free *ports) error {
	placed := map[string]machine{}
	for _, like := range append(recipe().Databases, recipe().Nodes...) {
		m := machine{Name: like.Name, Host: loopback, EtcdDir: filepath.Join(lab.dir, like.Name+"-etcd"),
			DataDir: filepath.Join(lab.dir, like.Name, "data"), RunDir: filepath.Join(lab.dir, like.Name), Keyset: filepath.Join(lab.dir, like.Name+".keyset")}
		for _, address := range []*string{&m.EtcdClient, &m.EtcdPeer, &m.Postgres, &m.Patroni, &m.Listen} {
			var err error
			if *address, err = free.take(); err != nil {
				return err
			}
		}
		placed[m.Name] = m
	}
	pick := func(like []machine) (picked []machine) {
		for _, m := range like {
			picked = append(picked, placed[m.Name])
		}
		return picked
	}
	lab.Voters, lab.Databases, lab.Nodes = pick(recipe().Voters), pick(recipe().Databases), pick(recipe().Nodes)
	return nil
}

func (lab *lab) placeProxy(free *ports) (err error) {
	lab.Proxy = proxy{Host: loopback, Socket: filepath.Join(lab.dir, "haproxy.sock")}
	if os.Getuid() == 0 {
		lab.Proxy.User = "haproxy"
	}
	lab.Proxy.Listen, err = free.take()
	return err
}

// write renders a configuration file for a machine into the lab and gives its path. It belongs to whom its reader runs as.
func (lab *lab) write(name string, self machine, reader *syscall.Credential) (string, error) {
	text, err := lab.render(name+".tmpl", self)
	if err != nil {
		return "", err
	}
	path := filepath.Join(lab.dir, self.Name+"-"+name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return "", err
	}
	return path, give(path, reader)
}

func give(path string, to *syscall.Credential) error {
	if to == nil {
		return nil
	}
	return os.Chown(path, int(to.Uid), int(to.Gid))
}

// build compiles panelgate from the folder above.
func (lab *lab) build() error {
	lab.panelgate = filepath.Join(lab.dir, "panelgate")
	build := exec.Command("go", "build", "-o", lab.panelgate, ".")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build panelgate: %w: %s", err, out)
	}
	return nil
}

// close ends all that runs, whatever state it is in.
func (lab *lab) close() {
	for _, n := range lab.nodes {
		if n.process != nil {
			n.process.kill()
		}
	}
	for _, server := range lab.databases {
		server.kill(theMachine)
	}
	for _, p := range []*process{lab.haproxy, lab.witness} {
		if p != nil {
			p.kill()
		}
	}
}

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, "ha: "+format+"\n", args...) }
