package auth

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	tinkpb "github.com/tink-crypto/tink-go/v2/proto/tink_go_proto"
	"github.com/tink-crypto/tink-go/v2/tink"

	"panelgate/store"
)

// ErrOtherKeyset means that the keyset file was replaced, while it was in use, by one that neither came from it nor is
// older.
var ErrOtherKeyset = errors.New("was replaced by one without the key that seals now: put the right one back, or restart if it is")

// ErrOlderKeyset means that the keyset file was replaced, while it was in use, by one from before its keys were rotated.
var ErrOlderKeyset = errors.New("was replaced by an older one, without the key that seals now: put the newer one back")

// ErrNotPrivate means that others than its owner can read the keyset file.
var ErrNotPrivate = errors.New("can be read by others")

// ErrFixedKeyset means that the keys were given by value rather than in a file that could be changed.
var ErrFixedKeyset = errors.New("the keys are given in the environment, which is not changed from here: change a keyset file and give its content to every server")

// Keyset is the keys that seal secrets at rest, as they stand in a file: a [tink.AEAD] that follows the file. It seals
// with the file's primary key of the moment, and reads the file anew when it meets a value whose key it does not know.
// It is safe for concurrent use.
type Keyset struct {
	path string // "": the keys were given by value, and stay as they are

	mu      sync.Mutex
	keys    *generation
	former  *generation // the keys before: transactions that began earlier may still read what they sealed
	seen    fs.FileInfo // the file that was looked at last
	problem error       // what was wrong with it
}

// generation is what one state of the file holds.
type generation struct {
	handle *keyset.Handle
	aead   tink.AEAD
}

// Key is one key of a keyset. The ID is no secret: it stands before everything that the key sealed.
type Key struct {
	ID       uint32
	Primary  bool // it is what new values are sealed with
	Prepared bool // it seals nothing here yet: see [Keyset.Prepare]
}

// OpenKeyset reads the keys that seal secrets at rest. The file is the secret: its mode must let
// nobody but its owner read it.
func OpenKeyset(path string) (*Keyset, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	keys, err := readKeys(path)
	if err != nil {
		return nil, err
	}
	return &Keyset{path: path, keys: keys, seen: info}, nil
}

// ParseKeyset reads the keys that seal secrets at rest from the content of a keyset file, as a server gets them from its
// environment. They cannot be changed from here: Rotate, Prepare and Remove are [ErrFixedKeyset].
func ParseKeyset(content string) (*Keyset, error) {
	keys, err := parseKeys("in the environment", []byte(content))
	if err != nil {
		return nil, err
	}
	return &Keyset{keys: keys}, nil
}

func readKeys(path string) (*generation, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("keyset %s %w (mode %04o): chmod 600 it", path, ErrNotPrivate, info.Mode().Perm())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return parseKeys(path, data)
}

// parseKeys reads the content of a keyset file; where says whence it is, for people.
func parseKeys(where string, data []byte) (*generation, error) {
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(data)))
	if err != nil {
		return nil, fmt.Errorf("keyset %s is damaged: put it back from a backup: %w", where, err)
	}
	for _, key := range handle.KeysetInfo().GetKeyInfo() {
		if key.GetOutputPrefixType() != tinkpb.OutputPrefixType_TINK { // then no value would tell its key
			return nil, fmt.Errorf("keyset %s was not made by panelgate: put it back from a backup", where)
		}
	}
	sealer, err := aead.New(handle)
	if err != nil {
		return nil, fmt.Errorf("keyset %s: %w", where, err)
	}
	return &generation{handle, sealer}, nil
}

// Encrypt seals with the primary key that the file names now. Who seals holds the database's write lock, and so does
// who changes the file: a key that was removed from it seals nothing any more.
func (k *Keyset) Encrypt(secret, associated []byte) ([]byte, error) {
	if _, err := k.Refresh(); errors.Is(err, ErrOtherKeyset) {
		return nil, err
	} // a file that is gone, damaged or older hinders nobody: the keys that were read are the database's
	keys, _ := k.loaded()
	return keys.aead.Encrypt(secret, associated)
}

// Decrypt opens what was sealed with any key of the file. A value of another key is a [store.ErrUnknownKey].
func (k *Keyset) Decrypt(sealed, associated []byte) ([]byte, error) {
	keys, _ := k.loaded()
	secret, err := keys.aead.Decrypt(sealed, associated)
	if err == nil {
		return secret, nil
	}
	_, _ = k.Refresh() // the file may know more keys by now; if not, the first error stands
	now, former := k.loaded()
	for _, other := range []*generation{now, former} {
		if other == nil || other == keys {
			continue
		}
		if secret, err := other.aead.Decrypt(sealed, associated); err == nil {
			return secret, nil
		}
	}
	if id, ok := store.KeyID(sealed); ok && !now.has(id) {
		return nil, fmt.Errorf("%w: %08x", store.ErrUnknownKey, id)
	}
	return nil, err
}

func (k *Keyset) loaded() (keys, former *generation) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.keys, k.former
}

// Keys are the keys of the file, oldest first.
func (k *Keyset) Keys() []Key {
	keys, _ := k.loaded()
	info := keys.handle.KeysetInfo()
	var all []Key
	prepared := false // once the primary one is passed
	for _, key := range info.GetKeyInfo() {
		primary := key.GetKeyId() == info.GetPrimaryKeyId()
		all = append(all, Key{ID: key.GetKeyId(), Primary: primary, Prepared: prepared})
		prepared = prepared || primary
	}
	return all
}

// Refresh reads the file anew if it has changed. An error says what is wrong with the file; the keys that were read
// before stay in use.
func (k *Keyset) Refresh() (changed bool, err error) {
	if k.path == "" {
		return false, nil
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	info, err := os.Stat(k.path)
	if err != nil {
		return false, err
	}
	if isSameState(info, k.seen) {
		return false, k.problem
	}
	k.seen = info
	keys, err := readKeys(k.path)
	if err == nil {
		err = k.keys.mayBecome(keys)
	}
	if errors.Is(err, ErrOtherKeyset) || errors.Is(err, ErrOlderKeyset) {
		err = fmt.Errorf("keyset %s %w", k.path, err)
	}
	k.problem = err
	if err != nil {
		return false, err
	}
	k.former, k.keys = k.keys, keys
	return true, nil
}

// isSameState reports whether a file was neither replaced nor written between two looks.
func isSameState(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.ModTime().Equal(b.ModTime()) && a.Size() == b.Size() && a.Mode() == b.Mode()
}

// mayBecome reports whether the file may have come from g by rotating and retiring keys. Each rotation makes a key that
// was not there before: a file without g's primary key is older where g knows all of its keys. Where g does not, it may
// be newer by a rotation and its end, and what g seals could not be opened with it.
func (g *generation) mayBecome(file *generation) error {
	primary := g.handle.KeysetInfo().GetPrimaryKeyId()
	known := 0
	for i := range file.handle.Len() {
		key, err := file.handle.Entry(i)
		if err != nil {
			return err
		}
		if g.holds(key) {
			known++
			if key.KeyID() == primary {
				return nil
			}
		}
	}
	if known == file.handle.Len() {
		return ErrOlderKeyset
	}
	return ErrOtherKeyset
}

// holds compares whole keys: IDs may be the same by chance.
func (g *generation) holds(key *keyset.Entry) bool {
	for i := range g.handle.Len() {
		own, err := g.handle.Entry(i)
		if err == nil && own.KeyID() == key.KeyID() && own.Key().Equal(key.Key()) {
			return true
		}
	}
	return false
}

func (g *generation) has(id uint32) bool {
	return slices.ContainsFunc(g.handle.KeysetInfo().GetKeyInfo(), func(k *tinkpb.KeysetInfo_KeyInfo) bool { return k.GetKeyId() == id })
}
