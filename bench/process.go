package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	startTime = 2 * time.Minute  // the longest that a program may take to its first answer
	stopTime  = 20 * time.Second // and to its end
)

// tick is the unit of processor time in /proc: USER_HZ is 100 on every Linux that Go runs on.
const tick = 10 * time.Millisecond

// process is a program that is measured, with all that it starts: they are one process group.
type process struct {
	name  string
	cmd   *exec.Cmd
	out   *os.File // what it prints, to be shown when it fails
	ended chan struct{}
}

// startProcess starts a program; it is stopped with [process.stop], or when ctx ends.
func (lab *lab) startProcess(ctx context.Context, name string, args ...string) (*process, error) {
	out, err := os.CreateTemp(lab.dir, filepath.Base(name)+"-*.log")
	if err != nil {
		return nil, err
	}
	p := &process{name: filepath.Base(name), cmd: exec.CommandContext(ctx, name, args...), out: out, ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = out, out
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	p.cmd.Cancel = func() error { return p.signal(syscall.SIGKILL) }
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", name, err), out.Close())
	}
	go func() {
		_ = p.cmd.Wait() // how it ended is told by its output
		close(p.ended)
	}()
	return p, nil
}

func (p *process) signal(s syscall.Signal) error { return syscall.Kill(-p.cmd.Process.Pid, s) }

// stop ends the process and all that it started, and waits for it.
func (p *process) stop() {
	_ = p.signal(syscall.SIGTERM) // fails where it has ended already
	select {
	case <-p.ended:
	case <-time.After(stopTime):
	}
	_ = p.signal(syscall.SIGKILL)
	<-p.ended
	_ = p.out.Close() // it was only written to
}

// printed is what the process has printed.
func (p *process) printed() string {
	text, err := os.ReadFile(p.out.Name())
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// await calls ready until it succeeds. A process that ends or takes too long is an error with what it printed.
func (p *process) await(ctx context.Context, ready func() error) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	for {
		err := ready()
		if err == nil {
			return nil
		}
		select {
		case <-p.ended:
			return fmt.Errorf("%s ended: %s", p.name, p.printed())
		case <-ctx.Done():
			return fmt.Errorf("%s gives no answer: %w: %s", p.name, err, p.printed())
		case <-time.After(time.Millisecond):
		}
	}
}

// cpu is the processor time that the process and all that it started have taken.
func (p *process) cpu() time.Duration {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	var ticks int64
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue // it has ended
		}
		// The name of the command, in brackets, may hold anything; the fields behind it are numbers.
		fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		if len(fields) < 13 || fields[2] != strconv.Itoa(p.cmd.Process.Pid) {
			continue
		}
		user, _ := strconv.ParseInt(fields[11], 10, 64)
		system, _ := strconv.ParseInt(fields[12], 10, 64)
		ticks += user + system
	}
	return time.Duration(ticks) * tick
}

// memory gives the resident memory of the process in bytes: now, and at most since the last [process.forgetPeak].
func (p *process) memory() (now, peak int64, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, 0, err
	}
	found := map[string]int64{}
	for line := range strings.Lines(string(text)) {
		name, value, _ := strings.Cut(line, ":")
		if kB, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64); err == nil {
			found[name] = kB << 10
		}
	}
	if found["VmRSS"] == 0 || found["VmHWM"] == 0 {
		return 0, 0, errors.New("/proc/PID/status tells no memory")
	}
	return found["VmRSS"], found["VmHWM"], nil
}

// forgetPeak makes the most memory of the process what it has now.
func (p *process) forgetPeak() error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", p.cmd.Process.Pid), []byte("5"), 0)
}

// freeAddress gives an address on this machine that nobody listens on.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
