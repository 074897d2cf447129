package auth

import (
	"errors"
	"fmt"
	"io"
	"net/rpc"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"syscall"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// HashWork is a password to be hashed, or to be compared with a hash.
type HashWork struct {
	Password []byte
	Hash     []byte // "": make one
	Cost     int    // of the one that is made

	Within time.Duration // it is of use if it is done within that time only; 0: always
}

// HashResult is what came of it.
type HashResult struct {
	Hash []byte
	Same bool // the password is that of the hash
	Late bool // nothing was done, as it would not have been within the time
}

// bcryptService does the work, in whatever process.
type bcryptService struct{ *pacer } // nil: at once

// Do hashes or compares.
func (s bcryptService) Do(w HashWork, r *HashResult) (err error) {
	if s.pacer == nil {
		return w.do(r)
	}
	r.Late = !s.pacer.do(w.Within, func() { err = w.do(r) })
	return err
}

func (w HashWork) do(r *HashResult) (err error) {
	if len(w.Hash) == 0 {
		r.Hash, err = bcrypt.GenerateFromPassword(w.Password, w.Cost)
		return err
	}
	err = bcrypt.CompareHashAndPassword(w.Hash, w.Password)
	r.Same = err == nil
	if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
		return nil
	}
	return err
}

// serviceName is what both processes call the service.
const serviceName = "bcrypt"

// yield is the last argument of a process that is to leave the cores to whoever wants them.
const yield = "--yield"

// ServeHashing does the work of a [HashProcess], on this process's standard input and output, until that ends. One that
// yields leaves the cores to whoever wants them.
func ServeHashing(yields bool) error {
	in, err := input()
	if err != nil {
		return err
	}
	service, conn := bcryptService{}, pipe{in, os.Stdout}
	if yields {
		service.pacer = newPacer(runtime.GOMAXPROCS(0))
		conn = pipe{finishing{in, service.pacer}, &handover{out: os.Stdout, soon: service.pacer.soon}}
		_ = idle() // where that is forbidden, the nice value remains
	}
	server := rpc.NewServer()
	if err := server.RegisterName(serviceName, service); err != nil {
		return err
	}
	server.ServeConn(conn)
	return nil
}

// input gives the standard input as one that takes no thread to wait for: after each read by such a thread, Go's scheduler
// would interrupt hashes at every tick for a while.
func input() (io.ReadCloser, error) {
	if err := syscall.SetNonblock(syscall.Stdin, true); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(syscall.Stdin), os.Stdin.Name()), nil
}

// finishing is an input with whose end a pacer finishes.
type finishing struct {
	io.ReadCloser
	pacer *pacer
}

// Read reads.
func (f finishing) Read(b []byte) (int, error) {
	n, err := f.ReadCloser.Read(b)
	if err != nil {
		f.pacer.finish()
	}
	return n, err
}

// pipe is both directions of a process's standard input and output.
type pipe struct {
	io.ReadCloser
	out io.WriteCloser
}

// Write writes to the other process.
func (p pipe) Write(b []byte) (int, error) { return p.out.Write(b) }

// Close says that nothing more comes. The other process answers what it has begun, and ends.
func (p pipe) Close() error { return p.out.Close() }

// HashProcess hashes in a process of low priority. Within the process that serves, even threads of lowest priority
// would slow down all others: see docs/adr/0014-hashing.md.
type HashProcess struct {
	command []string
	nice    int

	mu     sync.Mutex
	cmd    *exec.Cmd
	client *rpc.Client // nil: to be started
	closed bool
}

// LowestPriority is the nice value of what yields: it gets no more than the time that others leave.
const LowestPriority = 19

// StartHashProcess starts this program, with this nice value and the arguments, which make it call [ServeHashing]. With
// [LowestPriority] --yield is one more argument.
func StartHashProcess(nice int, args ...string) (*HashProcess, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &HashProcess{command: append([]string{program}, args...), nice: nice}
	if p.yields() {
		p.command = append(p.command, yield)
	}
	_, err = p.connected()
	return p, err
}

// yields reports whether the process leaves the cores to whoever wants them.
func (p *HashProcess) yields() bool { return p.nice == LowestPriority }

// connected gives the connection to the process, which is started if there is none.
func (p *HashProcess) connected() (*rpc.Client, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, rpc.ErrShutdown
	}
	if p.client != nil {
		return p.client, nil
	}
	cmd := exec.Command(p.command[0], p.command[1:]...)
	cmd.Args[0] = os.Args[0]
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for the server, which finishes what it accepted
	in, inErr := cmd.StdinPipe()
	out, outErr := cmd.StdoutPipe()
	if err := errors.Join(inErr, outErr); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the process that hashes passwords: %w", err)
	}
	p.cmd, p.client = cmd, rpc.NewClient(pipe{out, in})
	if err := syscall.Setpriority(syscall.PRIO_PGRP, cmd.Process.Pid, p.nice); err != nil { // of all its threads
		return nil, errors.Join(fmt.Errorf("set the priority of the process that hashes passwords: %w", err), p.end())
	}
	return p.client, nil
}

// do has the process do the work. One that has died is replaced, and the next does it then.
func (p *HashProcess) do(w HashWork, r *HashResult) (err error) {
	for range 2 {
		var client *rpc.Client
		if client, err = p.connected(); err != nil {
			break
		}
		err = client.Call(serviceName+".Do", w, r)
		var refused rpc.ServerError
		if err == nil || errors.As(err, &refused) {
			return err
		}
		p.drop(client)
	}
	return &HashingBusyError{Retry: time.Second, Err: err}
}

// drop forgets a process that has died, once.
func (p *HashProcess) drop(client *rpc.Client) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.client == client {
		_ = p.end() // how it died is in the log: it shares standard error
	}
}

// end ends the process, which ends with its input, and waits for it.
func (p *HashProcess) end() error {
	closing := p.client.Close()
	p.client = nil
	return errors.Join(closing, p.cmd.Wait())
}

// Close ends the process, after what it has begun.
func (p *HashProcess) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.client == nil {
		return nil
	}
	return p.end()
}
