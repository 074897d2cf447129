package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
)

const haproxyProgram = "/usr/sbin/haproxy"

// startProxy starts HAProxy in front of the nodes.
func (lab *lab) startProxy(ctx context.Context) error {
	config, err := lab.write("haproxy.cfg", machine{Name: "lb"}, nil)
	if err != nil {
		return err
	}
	if lab.haproxy, err = lab.start(program{name: "haproxy", path: haproxyProgram, args: []string{"-db", "-f", config}, death: syscall.SIGKILL}); err != nil {
		return err
	}
	for _, n := range lab.nodes {
		if err := lab.awaitServed(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// awaitServed waits until HAProxy sends calls to a node.
func (lab *lab) awaitServed(ctx context.Context, n *node) error {
	return await(ctx, startTime, "HAProxy to use "+n.Name, func(context.Context) error {
		states, err := lab.proxyStates()
		if err == nil && states["ready/"+n.Name] != "UP" {
			err = fmt.Errorf("%w: %v", errNotYet, states)
		}
		return err
	})
}

// proxyStates is what HAProxy thinks of its servers: backend/server → UP, DOWN, ….
func (lab *lab) proxyStates() (map[string]string, error) {
	socket, err := net.Dial("unix", lab.Proxy.Socket)
	if err != nil {
		return nil, err
	}
	defer socket.Close()
	if _, err := io.WriteString(socket, "show stat\n"); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(socket)
	states := map[string]string{}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Split(line, ","); len(fields) > 17 {
			states[fields[0]+"/"+fields[1]] = fields[17]
		}
	}
	return states, err
}
