package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"time"
)

// tally is what a peer without a server tells of its work, as JSON.
type tally struct {
	Done    int
	Seconds float64
}

func (t tally) print() error { return json.NewEncoder(os.Stdout).Encode(t) }

// work calls do for a while and counts what it did. What it does first warms up and is not counted.
func work(ctx context.Context, warmUp, length time.Duration, do func() (int, error)) (t tally, err error) {
	for began := time.Now(); err == nil && time.Since(began) < warmUp; {
		_, err = do()
	}
	began := time.Now()
	for err == nil && ctx.Err() == nil && time.Since(began) < length {
		var n int
		n, err = do()
		t.Done += n
	}
	t.Seconds = time.Since(began).Seconds()
	return t, err
}

// peer is a side that is a run of this program, once a round.
func (lab *lab) peer(name string, args ...string) side {
	return side{name: name, run: func(ctx context.Context, length time.Duration) (sample, error) {
		ran := exec.CommandContext(ctx, lab.self, append([]string{name, "--length", length.String()}, args...)...)
		ran.Stderr = os.Stderr
		out, err := ran.Output()
		if err != nil {
			return sample{}, err
		}
		var t tally
		if err := json.Unmarshal(out, &t); err != nil || t.Done == 0 {
			return sample{}, fmt.Errorf("it did nothing: %s", out)
		}
		cpu := ran.ProcessState.UserTime() + ran.ProcessState.SystemTime()
		return sample{rate: float64(t.Done) / t.Seconds, answers: t.Done, cpu: cpu / time.Duration(t.Done)}, nil
	}}
}
