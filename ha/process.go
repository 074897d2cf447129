package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const (
	startTime = time.Minute      // the longest that a program may take until it is ready
	stopTime  = 40 * time.Second // and until it has ended: panelgate finishes what it accepted for up to 30 s
	pollTime  = 50 * time.Millisecond
)

// program is what is started, and as whom.
type program struct {
	name  string // of its log
	path  string
	args  []string
	env   []string            // added to this program's own
	as    *syscall.Credential // nil: as this program
	death syscall.Signal      // what it gets when this program dies
}

// process is a program that runs, in a process group of its own.
type process struct {
	program
	cmd   *exec.Cmd
	ended chan struct{}
}

// start runs a program until it is stopped, or killed with all that it started when the lab closes. Its output is appended
// to NAME.log.
func (lab *lab) start(p program) (*process, error) {
	out, err := os.OpenFile(lab.logOf(p.name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close() // the program has its own
	started := &process{program: p, cmd: exec.Command(p.path, p.args...), ended: make(chan struct{})}
	started.cmd.Dir = lab.dir
	started.cmd.Stdout, started.cmd.Stderr = out, out
	started.cmd.Env = append(os.Environ(), p.env...)
	started.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: p.death, Credential: p.as}
	if err := started.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", p.path, err)
	}
	go func() {
		_ = started.cmd.Wait() // how it ended is told by its output
		close(started.ended)
	}()
	return started, nil
}

func (lab *lab) logOf(name string) string { return filepath.Join(lab.dir, name+".log") }

// signal reaches the process and all that it started and that did not leave its group.
func (p *process) signal(s syscall.Signal) { _ = syscall.Kill(-p.cmd.Process.Pid, s) } // fails where it has ended

// terminate asks the process to end, and waits until it has.
func (p *process) terminate() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // fails where it has ended
	select {
	case <-p.ended:
		return nil
	case <-time.After(stopTime):
		return fmt.Errorf("%s does not end", p.name)
	}
}

// kill ends the process at once, and waits until it is gone.
func (p *process) kill() {
	p.signal(syscall.SIGKILL)
	<-p.ended
}

// errNotYet is for await: what is waited for has not come.
var errNotYet = errors.New("not yet")

// await calls ready, which looks, until it succeeds, the time is over or ctx ends.
func await(ctx context.Context, most time.Duration, what string, ready func(context.Context) error) error {
	over := time.After(most)
	for {
		err := ready(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-over:
			return fmt.Errorf("waited %v for %s: %w", most, what, err)
		case <-time.After(pollTime):
		}
	}
}
