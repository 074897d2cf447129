package main

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// usage is what has been used of the machine's processors since it started.
type usage struct {
	all  time.Duration // all of them together, idle or not
	busy time.Duration
	ours time.Duration // this process and all that it started and that have ended
}

func usageNow() (u usage) {
	text, _ := os.ReadFile("/proc/stat") // where there is none, nothing is known of others
	line, _, _ := strings.Cut(string(text), "\n")
	for i, field := range strings.Fields(line) {
		ticks, err := strconv.ParseInt(field, 10, 64)
		if err != nil || i > 8 { // cpu, which comes first; guests, which come last and are counted already
			continue
		}
		u.all += time.Duration(ticks) * tick
		if i != 4 && i != 5 { // idle, and waiting for a disk
			u.busy += time.Duration(ticks) * tick
		}
	}
	for _, who := range []int{syscall.RUSAGE_SELF, syscall.RUSAGE_CHILDREN} {
		var used syscall.Rusage
		if syscall.Getrusage(who, &used) == nil {
			u.ours += time.Duration(used.Utime.Nano() + used.Stime.Nano())
		}
	}
	return u
}

// others is the share of the machine, in percent, that other programs have taken since before.
func (u usage) others(before usage) int {
	taken := u.busy - before.busy - (u.ours - before.ours)
	return int(100 * max(taken, 0) / max(u.all-before.all, tick))
}
