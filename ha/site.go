package main

import (
	"embed"
	"net"
	"strings"
	"text/template"
)

// site is what the configuration files are filled with: which machines there are, and where everything listens and is kept.
type site struct {
	Voters    []machine // with etcd
	Databases []machine // with PostgreSQL under Patroni
	Nodes     []machine // with panelgate
	Proxy     proxy
	Passwords passwords
	BinDir    string // of PostgreSQL
	Watchdog  string
}

// machine is one of the site, with those fields set that its files need.
type machine struct {
	Name, Host           string
	EtcdClient, EtcdPeer string
	EtcdDir              string
	Postgres, Patroni    string // addresses
	DataDir              string // of PostgreSQL
	RunDir               string // its sockets, and Patroni's file of passwords
	Listen, Keyset       string // of panelgate
}

type proxy struct {
	Host, Listen, Socket string
	User                 string // that it becomes; "" where it is not started by root
}

type passwords struct{ Superuser, Replication, Rewind, Panelgate string }

// recipe is the site that docs/postgres-ha.md shows.
func recipe() site {
	db1, db2 := exampleDatabase("db1", "192.0.2.11"), exampleDatabase("db2", "192.0.2.12")
	gate1, gate2 := exampleMachine("gate1", "192.0.2.21"), exampleMachine("gate2", "192.0.2.22")
	return site{
		Voters: []machine{db1, db2, gate1}, Databases: []machine{db1, db2}, Nodes: []machine{gate1, gate2},
		Proxy:     proxy{Host: "192.0.2.30", Listen: ":80", Socket: "/run/haproxy/admin.sock", User: "haproxy"},
		Passwords: passwords{"SUPERUSER-PASSWORD", "REPLICATION-PASSWORD", "REWIND-PASSWORD", "PANELGATE-PASSWORD"},
		BinDir:    "/usr/lib/postgresql/15/bin", Watchdog: "required",
	}
}

func exampleMachine(name, host string) machine {
	return machine{Name: name, Host: host, EtcdClient: net.JoinHostPort(host, "2379"), EtcdPeer: net.JoinHostPort(host, "2380"),
		EtcdDir: "/var/lib/etcd/panelgate", Listen: net.JoinHostPort(host, "8080"), Keyset: "/etc/panelgate/keyset"}
}

func exampleDatabase(name, host string) machine {
	m := exampleMachine(name, host)
	m.Postgres, m.Patroni = net.JoinHostPort(host, "5432"), net.JoinHostPort(host, "8008")
	m.DataDir, m.RunDir = "/var/lib/postgresql/15/panelgate", "/var/run/postgresql"
	return m
}

//go:embed *.tmpl
var templates embed.FS

// render fills a configuration file for one machine of the site, or for none where all have the same.
func (s site) render(name string, self machine) (string, error) {
	parsed, err := template.ParseFS(templates, name)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	err = parsed.Execute(&text, struct {
		site
		Self machine
	}{s, self})
	return text.String(), err
}
