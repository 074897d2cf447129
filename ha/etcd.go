package main

import (
	"context"
	"net/http"
	"strings"
	"syscall"
)

const etcdProgram = "/usr/bin/etcd"

// startEtcd starts the etcd of a machine. It finds what it had on disk when it was killed.
func (lab *lab) startEtcd(m machine) (*process, error) {
	env, err := lab.settings("etcd.env", m)
	if err != nil {
		return nil, err
	}
	return lab.start(program{name: m.Name + "-etcd", path: etcdProgram, env: append(env, "ETCD_LOG_LEVEL=warn"), death: syscall.SIGKILL})
}

// settings are a file of NAME=VALUE lines, read as systemd does with an EnvironmentFile.
func (lab *lab) settings(name string, m machine) ([]string, error) {
	text, err := lab.render(name+".tmpl", m)
	return strings.Split(strings.TrimSpace(text), "\n"), err
}

// awaitEtcd waits until the etcd of a machine takes part in a majority.
func awaitEtcd(ctx context.Context, m machine) error {
	return await(ctx, startTime, "etcd of "+m.Name, func(ctx context.Context) error {
		return expect(ctx, "http://"+m.EtcdClient+"/health", http.StatusOK)
	})
}
