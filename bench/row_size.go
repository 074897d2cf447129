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
// what is compared is the way of one call.
func measureSize(ctx context.Context, lab *lab) ([]measure, error) {
	large, largeAPI, err := lab.startOn(ctx, lab.many)
	if err != nil {
		return nil, err
	}
	defer large.stop()
	small, smallAPI, err := lab.startOn(ctx, lab.few)
	if err != nil {
		return nil, err
	}
	defer small.stop()
	if err := errors.Join(awaitIntegrity(ctx, large, largeAPI), awaitIntegrity(ctx, small, smallAPI)); err != nil {
		return nil, err
	}
	taken, err := lab.alternate(ctx, lab.oneByOne(large, largeAPI, lab.many), lab.oneByOne(small, smallAPI, lab.few))
	if err != nil {
		return nil, err
	}
	busy := lab.reads("user/listsubusers", large, largeAPI, lab.many)
	if _, err := busy.run(ctx, lab.round); err != nil {
		return nil, err
	}
	memory, _, err := large.memory()
	if err != nil {
		return nil, err
	}
	size := fmt.Sprintf("%d accounts + %d subusers", lab.many, 3*lab.many)
	return []measure{
		{What: "`user/listsubusers` at " + size, Against: fmt.Sprintf("the same at %d accounts", lab.few), Of: "p50",
			Values: taken.ratios(byLatency(50)), Mark: atMost(1.15), Detail: taken.detail()},
		{What: "steady memory at " + size, Against: "", Of: "resident", Values: []float64{float64(memory) / (1 << 20)},
			Mark: mark{limit: 128, unit: "MiB"}},
	}, nil
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
