package main

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The load and all that judges it work on one server with SQLite, where nothing fails. It needs none of the Debian packages.
func TestLoad(t *testing.T) {
	lab := &lab{dir: t.TempDir()}
	if err := lab.build(); err != nil {
		t.Fatal(err)
	}
	var free ports
	address, err := free.take()
	if err != nil {
		t.Fatal(err)
	}
	n := &node{lab: lab, machine: machine{Name: "gate1", Listen: address}}
	n.settings = []string{"PANELGATE_DB=" + filepath.Join(lab.dir, "panelgate.db"), "PANELGATE_LISTEN=" + address}
	token, err := n.command(t.Context(), "token", "create", "--kind", "admin", "--strict")
	if err != nil {
		t.Fatal(err)
	}
	if err := n.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer n.process.kill()
	l := newLoad("http://"+address, strings.TrimSpace(token))
	if err := l.start(t.Context()); err != nil {
		t.Fatal(err)
	}
	const enough = 300
	err = await(t.Context(), time.Minute, "calls", func(context.Context) error {
		if len(l.journal.all()) < enough {
			return errNotYet
		}
		return nil
	})
	l.end()
	if err != nil {
		t.Fatal(err)
	}
	result := &report{Began: time.Now()}
	if err := result.judge(t.Context(), l, n); err != nil {
		t.Fatal(err)
	}
	result.print(t.Output())
	if !result.kept() || len(result.Promises) < 8 {
		t.Error("a promise was not kept")
	}
}
