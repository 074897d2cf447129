package store

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// lockServing takes the lock of the one server that a database may have: of a file beside it, as the locks of the
// database itself are SQLite's. The system gives it free when the process ends, however it does. The file stays; what
// it holds is the number of the process, for people.
func lockServing(path string) (*os.File, error) {
	path, err := filepath.EvalSymlinks(path) // by whatever name it is opened
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, errors.Join(inUseBy(f), f.Close())
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("lock %s: %w", f.Name(), err), f.Close())
	}
	_ = errors.Join(f.Truncate(0), writeAt(f, strconv.Itoa(os.Getpid()))) // a disk that is full keeps no server from starting
	return f, nil
}

func writeAt(f *os.File, text string) error {
	_, err := f.WriteAt([]byte(text), 0)
	return err
}

// inUseBy is [ErrInUse] with the number of the process, where it can be read.
func inUseBy(f *os.File) error {
	holder, err := io.ReadAll(io.LimitReader(f, 20))
	if pid, parseErr := strconv.Atoi(string(bytes.TrimSpace(holder))); err == nil && parseErr == nil {
		return fmt.Errorf("%w (process %d)", ErrInUse, pid)
	}
	return ErrInUse
}
