package main

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/crypto/bcrypt"

	"panelgate/auth"
)

// password is what the loads set; panelgate hashes it at its own cost.
const password = "KExk80Ml5aG6M"

// hashers is how many clients add subusers at once: more than there are cores, so that none is idle.
const hashers = 16

// hashCommand is the bare peer of writes with a password: bcrypt, on all cores.
type hashCommand struct {
	Length time.Duration `required:""`
}

// Run hashes and tells how many.
func (c *hashCommand) Run(ctx context.Context) error {
	cores := runtime.GOMAXPROCS(0)
	results := make(chan tally, cores)
	for range cores {
		go func() {
			t, _ := work(ctx, 0, c.Length, func() (int, error) {
				_, err := bcrypt.GenerateFromPassword([]byte(password), auth.DefaultCost)
				return 1, err
			})
			results <- t
		}()
	}
	var all tally
	for range cores {
		t := <-results
		all.Done, all.Seconds = all.Done+t.Done, max(all.Seconds, t.Seconds)
	}
	return all.print()
}

// adds is a load that saturates user/addsubuser.
func (lab *lab) adds(api string) load {
	return load{url: api, connections: hashers, accounts: lab.accounts, form: form("action", "user/addsubuser", "accountuser", randomAccount,
		"username", "s"+serialNumber, "password", password, "permissions[email]", "all", "permissions[domain][]", "domains")}
}

func measureAddSubuser(ctx context.Context, lab *lab) ([]measure, error) {
	panelgate, api, err := lab.startOnCopy(ctx)
	if err != nil {
		return nil, err
	}
	defer panelgate.stop()
	slow := lab.plan
	slow.turns = slow.hashing
	adds := lab.adds(api)
	adds.drains = true // as its peer does
	taken, err := slow.alternate(ctx, lab.side(panelgate, adds), lab.peer("hash"))
	if err != nil {
		return nil, err
	}
	return []measure{{What: "`user/addsubuser`, saturated", Against: "bcrypt of the same cost alone on all cores", Of: "hashes/s",
		Values: taken.ratios(byRate), Mark: atLeast(0.97), Detail: taken.detail()}}, nil
}

// measureStorm compares reads while passwords are hashed with the same reads alone, on one server.
func measureStorm(ctx context.Context, lab *lab) ([]measure, error) {
	panelgate, api, err := lab.startOnCopy(ctx)
	if err != nil {
		return nil, err
	}
	defer panelgate.stop()
	calm, err := lab.warmReads(ctx, "user/listsubusers", panelgate, api)
	if err != nil {
		return nil, err
	}
	var hashed []sample
	stormy := side{name: "in the storm", run: func(ctx context.Context, length time.Duration) (s sample, err error) {
		during, err := lab.duringStorm(ctx, api, length, func() error {
			s, err = calm.run(ctx, length)
			return err
		})
		hashed = append(hashed, during)
		return s, err
	}}
	taken, err := lab.alternate(ctx, stormy, calm)
	if err != nil {
		return nil, err
	}
	what, against := "`user/listsubusers` while `user/addsubuser` is saturated", "itself without the storm"
	detail := taken.detail() + fmt.Sprintf("; meanwhile %.1f hashes/s", middle(hashed, byRate))
	return []measure{
		{What: what, Against: against, Of: "requests/s", Values: taken.ratios(byRate), Mark: atLeast(0.9), Detail: detail},
		{What: what, Against: against, Of: "p99", Values: taken.ratios(byLatency(99)), Mark: atMost(2.5), Curves: &taken,
			Sides: [2]string{"while passwords are hashed", "alone"}},
	}, nil
}

// settle is how long a storm blows before and after what is measured within it.
const settle = time.Second

// duringStorm runs what is to be measured while subusers are added as fast as they can be.
func (lab *lab) duringStorm(ctx context.Context, api string, length time.Duration, measured func() error) (sample, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type ended struct {
		sample
		error
	}
	storm := make(chan ended, 1)
	go func() {
		s, err := lab.adds(api).run(ctx, lab, length+2*settle)
		storm <- ended{s, err}
	}()
	select {
	case <-time.After(settle):
	case e := <-storm:
		return e.sample, e.error
	}
	if err := measured(); err != nil {
		return sample{}, err
	}
	e := <-storm
	return e.sample, e.error
}

// startOnCopy serves a copy of the seeded database, which may be written to.
func (lab *lab) startOnCopy(ctx context.Context) (*process, string, error) {
	db, err := lab.copyOf(ctx, lab.accounts)
	if err != nil {
		return nil, "", err
	}
	return lab.startPanelgate(ctx, db)
}
