package auth

import (
	"errors"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// idle gives all threads of this process the policy SCHED_IDLE: they run where no other wants to. Threads that are
// started later have that of the one that starts them.
func idle() error {
	done := make(map[string]bool)
	for again := true; again; { // until no thread was started by one that had not been there yet
		again = false
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return err
		}
		for _, thread := range threads {
			if done[thread.Name()] {
				continue
			}
			done[thread.Name()], again = true, true
			id, err := strconv.Atoi(thread.Name())
			if err != nil {
				return err
			}
			if err := unix.SchedSetAttr(id, &unix.SchedAttr{Policy: unix.SCHED_IDLE}, 0); err != nil && !errors.Is(err, unix.ESRCH) {
				return err
			}
		}
	}
	return nil
}
