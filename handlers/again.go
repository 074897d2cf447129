package handlers

import (
	"reflect"
	"time"

	"panelgate/auth"
)

// stillMay repeats, in the transaction of a write, what steps 2, 4 and 5 found of the caller: between them and the write lie
// the hashing of passwords and the writer's queue, and a token that is revoked or narrowed meanwhile must write no more.
func (w *work) stillMay(r *Request) error {
	if !w.mayHaveChanged() {
		return nil
	}
	caller, err := auth.Again(r.Tx, w.caller, w.call.Address)
	if err != nil || reflect.DeepEqual(caller, w.caller) {
		return err
	}
	w.caller, r.Caller = caller, caller
	if err := permit(caller, w.action, w.call); err != nil {
		return err
	}
	if err := checkDryRun(caller, w.action, w.call.DryRun); err != nil {
		return err
	}
	return r.checkGrants(w.action, w.args)
}

// soon is how long what was read of a caller is taken for true: less than the hashing of a password takes. To read it
// again for each write would cost users/upsert a tenth of its time.
const soon = 20 * time.Millisecond

// mayHaveChanged reports whether the caller should be read again.
func (w *work) mayHaveChanged() bool { return time.Since(w.started) > soon }
