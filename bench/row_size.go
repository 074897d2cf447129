package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// measureSize compares a call on a large database with the same call on a small one. One client at a time, so that
// what is compared is the way of one call: as shipped, where the small one is answered from memory, and the large one from
// memory and, mostly, from the file behind it; and with no answers kept, which leaves the sizes of the databases.
func measureSize(ctx context.Context, lab *lab) ([]measure, error) {
	size := fmt.Sprintf("%d accounts + %d subusers", lab.many, 3*lab.many)
	what, against := "`user/listsubusers` at "+size, fmt.Sprintf("the same at %d accounts", lab.few)
	shipped, memory, err := lab.sizes(ctx)
	if err != nil {
		return nil, err
	}
	unkept, _, err := lab.sizes(ctx, "--cache-size", "0")
	if err != nil {
		return nil, err
	}
	return []measure{
		{What: what, Against: against, Of: "p50", Values: shipped.ratios(byLatency(50)), Mark: atMost(1.15), Detail: shipped.detail()},
		{What: what + ", `--cache-size 0`", Against: against, Of: "p50, from the database", Values: unkept.ratios(byLatency(50)), Detail: unkept.detail()},
		{What: "steady memory at " + size, Against: "", Of: "resident", Values: []float64{float64(memory) / (1 << 20)},
			Mark: mark{limit: 128, unit: "MiB"}},
	}, nil
}

// sizes measures servers with flags on both databases, and what memory that of the large one takes after a saturating round.
func (lab *lab) sizes(ctx context.Context, flags ...string) (taken rounds, memory int64, err error) {
	large, largeAPI, err := lab.startOn(ctx, lab.many, flags...)
	if err != nil {
		return taken, 0, err
	}
	defer large.stop()
	small, smallAPI, err := lab.startOn(ctx, lab.few, flags...)
	if err != nil {
		return taken, 0, err
	}
	defer small.stop()
	if err := errors.Join(awaitIntegrity(ctx, large, largeAPI), awaitIntegrity(ctx, small, smallAPI)); err != nil {
		return taken, 0, err
	}
	for api, accounts := range map[string]int{largeAPI: lab.many, smallAPI: lab.few} {
		if err := lab.readsOf("user/listsubusers", api, accounts).walk(ctx, lab); err != nil {
			return taken, 0, err
		}
	}
	taken, err = lab.alternate(ctx, lab.oneByOne(large, largeAPI, lab.many), lab.oneByOne(small, smallAPI, lab.few))
	if err != nil {
		return taken, 0, err
	}
	if _, err := lab.reads("user/listsubusers", large, largeAPI, lab.many).run(ctx, lab.round); err != nil {
		return taken, 0, err
	}
	memory, _, err = large.memory()
	return taken, memory, err
}

func (lab *lab) oneByOne(server *process, api string, accounts int) side {
	return lab.side(server, load{url: api, connections: 1, accounts: accounts,
		form: form("action", "user/listsubusers", "accountuser", randomAccount)})
}

// measureStart starts servers of the large database, whose file the system has forgotten each time.
func measureStart(ctx context.Context, lab *lab) ([]measure, error) {
	db, err := lab.database(ctx, lab.many)
	if err != nil {
		return nil, err
	}
	var seconds []float64
	for range lab.rounds {
		if err := forgetFile(db); err != nil {
			return nil, err
		}
		began := time.Now()
		panelgate, _, err := lab.startPanelgate(ctx, db)
		if err != nil {
			return nil, err
		}
		seconds = append(seconds, time.Since(began).Seconds())
		panelgate.stop()
	}
	return []measure{{What: fmt.Sprintf("cold start at %d accounts + %d subusers to the first answer", lab.many, 3*lab.many), Of: "time",
		Values: seconds, Mark: mark{limit: 1, unit: "s"}}}, nil
}

// forgetFile makes the system forget the pages of a file that it keeps in memory.
func forgetFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}
