package handlers

import (
	"reflect"

	"panelgate/auth"
)

// stillMay repeats, in the transaction of a write, what steps 2, 4 and 5 found of the caller: between them and the write lie
// the hashing of passwords and the writer's queue, and a token that is revoked or narrowed meanwhile must write no more.
func (w *work) stillMay(r *Request) error {
	if w.caller.IsCurrent(r.Tx) {
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
