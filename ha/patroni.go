package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"
)

const (
	patroniProgram = "/usr/bin/patroni"
	rejoinTime     = 2 * time.Minute // the longest that a server may take to be a synchronous standby again
)

// databaseServer is a machine with etcd and with PostgreSQL under Patroni.
type databaseServer struct {
	machine
	lab           *lab
	etcd, patroni *process
}

// startDatabases starts both machines: the first to come makes the database, the other becomes its standby.
func (lab *lab) startDatabases(ctx context.Context) error {
	for _, m := range lab.Databases {
		if err := errors.Join(os.Mkdir(m.RunDir, 0o750), give(m.RunDir, lab.postgres)); err != nil {
			return err
		}
		lab.databases = append(lab.databases, &databaseServer{machine: m, lab: lab})
	}
	var err error
	if lab.witness, err = lab.startEtcd(lab.Voters[len(lab.Voters)-1]); err != nil {
		return err
	}
	for _, server := range lab.databases {
		if server.etcd, err = lab.startEtcd(server.machine); err != nil {
			return err
		}
	}
	for _, server := range lab.databases {
		if err := server.start(ctx); err != nil {
			return err
		}
	}
	return lab.awaitStandby(ctx)
}

// start starts what does not run of a machine.
func (s *databaseServer) start(ctx context.Context) (err error) {
	if s.etcd == nil {
		if s.etcd, err = s.lab.startEtcd(s.machine); err != nil {
			return err
		}
	}
	if err := awaitEtcd(ctx, s.machine); err != nil || s.patroni != nil {
		return err
	}
	config, err := s.lab.write("patroni.yml", s.machine, s.lab.postgres)
	if err != nil {
		return err
	}
	// Patroni's PostgreSQL leaves its process group. On SIGTERM it stops it.
	s.patroni, err = s.lab.start(program{name: s.Name + "-patroni", path: patroniProgram, args: []string{config},
		env: []string{"HOME=" + s.RunDir}, as: s.lab.postgres, death: syscall.SIGTERM})
	return err
}

// member is a server as Patroni's REST API lists it.
type member struct {
	Name     string `json:"name"`
	Role     string `json:"role"`
	State    string `json:"state"`
	Timeline int    `json:"timeline"`
}

// members asks whichever Patroni answers for its view of the cluster.
func (lab *lab) members(ctx context.Context) ([]member, error) {
	err := errors.New("no Patroni runs")
	for _, server := range lab.databases {
		if server.patroni == nil {
			continue
		}
		var cluster struct {
			Members []member `json:"members"`
		}
		if _, err = look(ctx, "http://"+server.Patroni+"/cluster", &cluster); err == nil {
			return cluster.Members, nil
		}
	}
	return nil, err
}

// awaitStandby waits until there is a primary, and a standby without which it commits nothing.
func (lab *lab) awaitStandby(ctx context.Context) error {
	return await(ctx, rejoinTime, "a synchronous standby", func(ctx context.Context) error {
		members, err := lab.members(ctx)
		if err != nil {
			return err
		}
		leaders, standbys := 0, 0
		for _, m := range members {
			if m.Role == "leader" && m.State == "running" {
				leaders++
			}
			if m.Role == "sync_standby" && (m.State == "running" || m.State == "streaming") {
				standbys++
			}
		}
		if leaders != 1 || standbys != 1 {
			return fmt.Errorf("%w: %+v", errNotYet, members)
		}
		return nil
	})
}

// roles are the servers as Patroni sees them.
func (lab *lab) roles(ctx context.Context) (primary, standby *databaseServer, err error) {
	members, err := lab.members(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, server := range lab.databases {
		if slices.ContainsFunc(members, func(m member) bool { return m.Role == "leader" && m.Name == server.Name }) {
			primary = server
		} else {
			standby = server
		}
	}
	if primary == nil {
		err = fmt.Errorf("there is no primary: %+v", members)
	}
	return primary, standby, err
}
