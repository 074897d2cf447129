package handlers

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"

	"panelgate/auth"
	"panelgate/phpform"
	"panelgate/store"
)

const (
	keyLife    = 24 * time.Hour   // how long a key stands for its call
	createLife = 10 * time.Minute // how long a create that is sent again without a key is the same one

	// mostProofs is how many passwords are compared for one call: the one of the call that it repeats,
	// and those of others that took its place meanwhile.
	mostProofs = 4
)

// keyField is the name of the key among the fields.
const keyField = "idempotency_key"

// readKey gives the key of a call, from the header Idempotency-Key or the field of that name.
func readKey(r *http.Request, form *phpform.Array) (string, error) {
	sent := r.Header.Values("Idempotency-Key")
	key := r.Header.Get("Idempotency-Key")
	switch {
	case slices.ContainsFunc(sent, func(other string) bool { return other != key }):
		return "", Invalid(keyField, "was sent in several headers that differ; send one")
	case len(sent) > 0 && key == "":
		return "", Invalid(keyField, "is empty in the header Idempotency-Key; send a key of your own, or leave the header out")
	case form == nil:
		return key, nil
	}
	if field, inForm := form.Get(keyField); inForm && !field.IsArray() && field.Text() == "" {
		return "", Invalid(keyField, "is empty; send a key of your own, or leave the field out")
	}
	field, err := Single(form, keyField)
	switch {
	case err != nil:
		return "", err
	case key != "" && field != "" && key != field:
		return "", Invalid(keyField, "must be the same as the header Idempotency-Key, or be left out")
	case key == "":
		key = field
	}
	return key, nil
}

// checkKey refuses what is too short to be anybody's own, and what a log would not show as it is.
func checkKey(key string) error {
	if key == "" {
		return nil
	}
	printable := !strings.ContainsFunc(key, func(r rune) bool { return r < ' ' || r > '~' })
	if len(key) < 8 || len(key) > 191 || !printable {
		return Invalid(keyField, "must be 8 to 191 printable ASCII characters")
	}
	return nil
}

// repeatOf says which calls would be the same as this one.
func repeatOf(e *entry) store.Repeat {
	return store.Repeat{TokenID: e.caller.Root, Action: e.action.Name, Key: e.call.Key, Fields: digest(e.call.Form, e.action)}
}

// digest is a hash of a call's own fields in the order of their names. Passwords are left out: they are kept
// and compared as bcrypt hashes only.
func digest(form *phpform.Array, action *Action) string {
	own := make(map[string]phpform.Value)
	var names []string
	for key, value := range form.All() {
		name := key.String()
		if name != "accountuser" && isCommonField(name) || slices.Contains(action.passwords(), name) {
			continue
		}
		own[name] = value
		names = append(names, name)
	}
	slices.Sort(names)
	var text []byte
	for _, name := range names {
		text = appendValue(appendText(text, name), own[name])
	}
	sum := sha256.Sum256(text)
	return string(sum[:])
}

func appendText(dst []byte, text string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(text))), text...)
}

// appendValue writes a value so that no two are written alike.
func appendValue(dst []byte, value phpform.Value) []byte {
	if !value.IsArray() {
		return appendText(append(dst, 't'), value.Text())
	}
	dst = append(dst, '[')
	for key, member := range value.Array().All() {
		dst = appendValue(appendText(append(dst, 'k'), key.String()), member)
	}
	return append(dst, ']')
}

// passwords names the fields that hold new passwords.
func (a *Action) passwords() (names []string) {
	for _, p := range a.Params {
		if p.Type == "password" {
			names = append(names, p.Name)
		}
	}
	return names
}

// passwordHash is the bcrypt hash of the password that was sent, "" where none was.
func (w *work) passwordHash() string {
	if len(w.action.seals) == 0 {
		return ""
	}
	return reflect.ValueOf(w.args).Elem().FieldByIndex(w.action.seals[0]).Interface().(auth.NewPassword).Hash()
}

// unprovenError says that the call repeats one with this bcrypt hash, if its password is the same.
type unprovenError struct{ hash string }

// Error is never told: write compares the password and tries again.
func (e *unprovenError) Error() string { return "a password must be compared first" }

// prove compares the password that was sent with a hash.
func (w *work) prove(ctx context.Context, hasher *auth.Hasher, hash string) error {
	sent, _ := w.call.Form.Get(w.action.passwords()[0])
	same, err := hasher.Matches(ctx, w.caller.TokenID, hash, sent.Text())
	if w.proven == nil {
		w.proven = make(map[string]bool)
	}
	w.proven[hash] = same
	return err
}

// mayRepeat reports whether the call is one that may be repeated: it has a key, or creates something. A
// sign-on link is new each time: what it holds is kept nowhere, and one that was given before may have been opened.
func (e *entry) mayRepeat() bool {
	return e.action.Writes && !e.call.isDryRun() && (e.call.Key != "" || e.action.Creates) && !e.action.SSO
}

// repeat gives the success of the call that this one repeats, if it repeats one.
func (w *work) repeat(r *Request) (reply Reply, found bool, err error) {
	if !w.mayRepeat() {
		return reply, false, nil
	}
	success, found, err := r.Success(w.sent)
	switch {
	case errors.Is(err, store.ErrKeyReused):
		return reply, false, keyReused()
	case errors.Is(err, store.ErrKeyPurged):
		return reply, false, keyPurged()
	}
	if err != nil || !found {
		return reply, false, err
	}
	if w.sent.Key == "" {
		if there, err := w.isThere(r, success); err != nil || !there {
			return reply, false, err
		}
	}
	same, err := w.isSamePassword(success.PasswordHash)
	switch {
	case err != nil:
		return reply, false, err
	case !same && w.sent.Key != "":
		return reply, false, keyReused()
	case !same:
		return reply, false, nil
	}
	reply = Reply{Replayed: true, body: success.Answer}
	return reply, true, r.Audit(w.row(store.ResultReplayed, success.Target))
}

// isThere reports whether what a call created is still there: if it was deleted, or another has its name now, under its
// password or not, creating it again is no repetition.
func (w *work) isThere(r *Request, success store.Success) (bool, error) {
	is, err := w.action.look(r, success.Target)
	same := is.fields != nil && is.id == success.TargetID
	password, _ := is.get("password")
	return same && (success.PasswordHash == "" || password == hidden(success.PasswordHash)), err
}

func (w *work) isSamePassword(hash string) (bool, error) {
	if hash == "" || w.passwordHash() == "" {
		return hash == w.passwordHash(), nil
	}
	same, proven := w.proven[hash]
	if !proven {
		return false, &unprovenError{hash}
	}
	return same, nil
}

// remember keeps the success of a call that may be repeated.
func (w *work) remember(r *Request, names []string, now []seen, reply *Reply) error {
	if !w.mayRepeat() {
		return nil
	}
	var body bytes.Buffer
	if err := w.call.answer(&body, *reply); err != nil {
		return err
	}
	reply.body = body.Bytes()
	life := createLife
	if w.sent.Key != "" {
		life = keyLife
	}
	success := store.Success{Answer: reply.body, PasswordHash: w.passwordHash()}
	if len(names) > 0 {
		success.Target, success.TargetID = names[0], at(now, 0).id
	}
	if w.action.Subject == Account {
		success.LoginID = success.TargetID
	}
	return r.Remember(w.sent, success, life)
}

func keyPurged() *Error {
	return &Error{Code: CodeKeyReused, Subject: keyField,
		Message: keyField + ": this call was done with this key, and the account that it was about is deleted since; a new call needs a new key"}
}

func keyReused() *Error {
	return &Error{Code: CodeKeyReused, Subject: keyField,
		Message: keyField + ": this key was sent with another call; a new call needs a new key"}
}
