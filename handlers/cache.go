package handlers

import (
	"encoding/binary"

	"panelgate/auth"
	"panelgate/store"
	"panelgate/tiercache"
)

// answers keeps what reads were answered with, for as long as nothing that they depend on changes:
// the caller's view, what is stored about one account, and the catalogue.
type answers struct {
	store *store.Store
	kept  *tiercache.Cache // nil keeps nothing
}

// Always is for actions whose answers are kept whatever their arguments.
func Always(any) bool { return true }

// newAnswers keeps nothing where other servers write to the database: a read that begins after one of them has told its
// caller of a change must not miss it.
func newAnswers(s *store.Store, cache *tiercache.Cache) answers {
	if cache == nil || s.Shared() {
		return answers{store: s}
	}
	s.Spare(cache.DropFile)
	return answers{store: s, kept: cache}
}

// keptHeader is what stands before an answer: the account that it depends on, and when it was read.
const keptHeader = 16

// get gives the answer that is kept under a key, nil where there is none that still holds. It may
// be written behind the key.
func (a *answers) get(key []byte) []byte {
	both, found := a.kept.Get(key, key)
	if !found {
		return nil
	}
	kept := both[len(key):]
	account, since := int64(binary.LittleEndian.Uint64(kept)), store.Moment(binary.LittleEndian.Uint64(kept[8:]))
	if !a.store.Unchanged(account, since) {
		return nil
	}
	return kept[keptHeader:]
}

// put keeps an answer that depends on an account as it was at a moment.
func (a *answers) put(key []byte, account int64, since store.Moment, answer []byte) {
	kept := make([]byte, 0, keptHeader+len(answer))
	kept = binary.LittleEndian.AppendUint64(kept, uint64(account))
	kept = binary.LittleEndian.AppendUint64(kept, uint64(since))
	a.kept.Set(key, append(kept, answer...))
}

// appendKey appends all that an answer depends on but what is stored: the action, who asks for what, and how it is shown
// to them. Two keys are the same only where all of that is.
func appendKey(key []byte, action *Action, caller *auth.Caller, call *Call) []byte {
	key = appendText(key, action.Name)
	key = appendText(key, call.Account)
	key = caller.Scope.AppendTo(key)
	key = binary.AppendVarint(key, caller.LoginID)
	if caller.Masked {
		key = append(key, 'm')
	}
	for name, value := range call.Form.All() {
		if name := name.String(); !isCommonField(name) {
			key = appendValue(appendText(append(key, 'k'), name), value)
		}
	}
	return key
}
