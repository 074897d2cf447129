package main

import (
	"errors"
	"net"
	"strconv"
)

// Ports are taken from below those that the system gives to outgoing connections: a server that was killed finds its own
// free when it comes back.
const firstPort, lastPort = 20000, 32000

// ports gives addresses on this machine that nobody listens on, none of them twice.
type ports struct{ next int }

func (p *ports) take() (string, error) {
	for p.next = max(p.next, firstPort); p.next < lastPort; {
		address := net.JoinHostPort(loopback, strconv.Itoa(p.next))
		p.next++
		l, err := net.Listen("tcp", address)
		if err == nil {
			return address, l.Close()
		}
	}
	return "", errors.New("no port is free")
}

const loopback = "127.0.0.1"
