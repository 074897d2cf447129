package main

import (
	"math"
	"slices"
	"time"

	"github.com/anishathalye/porcupine"
)

// checkTime is how long the history of one account may be looked at.
const checkTime = 30 * time.Second

// register is one account's email: a read gives what was written last.
var register = porcupine.Model{
	Init: func() any { return first },
	Step: func(state, input, output any) (bool, any) {
		if written, ok := input.(string); ok {
			return true, written
		}
		return output == state, state
	},
}

// operations are what one account's callers saw, for the checker. A refused write is none: if it is read all the same, no
// order explains that. A write whose fate is unknown may be done at any time until the end; one that nobody read is left
// out, as it can always come last, or never.
func operations(calls []call) (all []porcupine.Operation) {
	read := map[string]bool{}
	for _, c := range calls {
		if !c.write && c.fate == done {
			read[c.value] = true
		}
	}
	for _, c := range calls {
		o := porcupine.Operation{ClientId: c.worker, Call: int64(c.began), Return: int64(c.ended)}
		switch {
		case c.write && c.fate == done:
			o.Input = c.value
		case c.write && c.fate == unknown && read[c.value]:
			o.Input, o.Return = c.value, math.MaxInt64
		case !c.write && c.fate == done:
			o.Output = c.value
		default:
			continue
		}
		all = append(all, o)
	}
	return all
}

// byAccount sorts the calls about the registers into one history each. Accounts that are made meanwhile have no worker.
func byAccount(calls []call) map[string][]call {
	histories := map[string][]call{}
	for _, c := range calls {
		if c.worker != 0 {
			histories[c.account] = append(histories[c.account], c)
		}
	}
	return histories
}

// check looks for an order of each account's calls that explains everything that was answered. It gives how many accounts
// have none, or none that was found in time.
func check(histories map[string][]call) (seen, bad int) {
	for account, calls := range histories {
		history := operations(calls)
		seen += len(history)
		if result := porcupine.CheckOperationsTimeout(register, history, checkTime); result != porcupine.Ok {
			say("the history of %s is %s", account, result)
			bad++
		}
	}
	return seen, bad
}

// lostAtEnd is how many acknowledged writes of a history are gone by its end: what is there was written before they began.
// It needs no search for an order.
func lostAtEnd(calls []call, final string) (lost int) {
	since := time.Duration(-1) // when what is there was surely written; before all calls, if it is what was there first
	for _, c := range calls {
		if c.write && c.value == final {
			since = c.ended
			if c.fate != done {
				return 0 // it may have come after all others
			}
		}
	}
	for _, c := range calls {
		if c.write && c.fate == done && c.began > since {
			lost++
		}
	}
	return lost
}

// longestWithout is the longest time between two successes, of writes or of reads, around a span.
func longestWithout(calls []call, write bool, around span) (longest time.Duration) {
	var times []time.Duration
	for _, c := range calls {
		if c.write == write && c.fate == done && c.ended >= around.from-before && c.ended <= around.to {
			times = append(times, c.ended)
		}
	}
	slices.Sort(times)
	for i := 1; i < len(times); i++ {
		longest = max(longest, times[i]-times[i-1])
	}
	return longest
}
