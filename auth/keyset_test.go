package auth

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"panelgate/store"
)

func TestKeyset(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "db.keyset")
	// Of many who make one together, exactly one does.
	const together = 8
	errs := make(chan error, together)
	for range together {
		go func() { errs <- CreateKeyset(path) }()
	}
	made := 0
	for range together {
		switch err := <-errs; {
		case err == nil:
			made++
		case !errors.Is(err, fs.ErrExist):
			t.Error(err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || made != 1 || len(files) != 1 {
		t.Errorf("made %d times, left %v, %v", made, files, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}

	aead, err := OpenKeyset(path)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := aead.Encrypt([]byte("secret"), []byte("row"))
	if err != nil {
		t.Fatal(err)
	}
	// It is never replaced: what it sealed opens ever after.
	if err := CreateKeyset(path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("made again: %v", err)
	}
	again, err := OpenKeyset(path)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := again.Decrypt(sealed, []byte("row")); err != nil || string(plain) != "secret" {
		t.Errorf("%q, %v", plain, err)
	}
	if _, err := again.Decrypt(sealed, []byte("another row")); err == nil {
		t.Error("opened in another row")
	}
}

func TestUnfitKeysets(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string, mode fs.FileMode) string {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.WriteFile(path, []byte(content), 0o600), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := filepath.Join(dir, "good")
	if err := CreateKeyset(good); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []fs.FileMode{0o640, 0o604, 0o660, 0o777} {
		if err := os.Chmod(good, mode); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenKeyset(good); err == nil || !strings.Contains(err.Error(), "chmod 600") {
			t.Errorf("mode %o: %v", mode, err)
		}
	}
	for name, path := range map[string]string{
		"junk":  write("junk", `{"primaryKeyId":`, 0o600),
		"empty": write("empty", "", 0o600),
		"keys":  write("keys", `{"primaryKeyId":1,"key":[]}`, 0o600),
	} {
		if _, err := OpenKeyset(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := OpenKeyset(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("none: %v", err)
	}
}

func mustOpenKeyset(t *testing.T, path string) *Keyset {
	t.Helper()
	keys, err := OpenKeyset(path)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func mustSeal(t *testing.T, keys *Keyset, secret string) []byte {
	t.Helper()
	sealed, err := keys.Encrypt([]byte(secret), nil)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

func mustUnseal(t *testing.T, keys *Keyset, sealed []byte, want string) {
	t.Helper()
	if got, err := keys.Decrypt(sealed, nil); err != nil || string(got) != want {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
}

// Whoever has the file open seals with the new key from its next value on, and opens what others have sealed with it.
func TestKeysetIsFollowed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db.keyset")
	if err := CreateKeyset(path); err != nil {
		t.Fatal(err)
	}
	mine, others, idle := mustOpenKeyset(t, path), mustOpenKeyset(t, path), mustOpenKeyset(t, path)
	first := mustSeal(t, others, "first")
	id, err := mine.Rotate()
	if err != nil {
		t.Fatal(err)
	}
	if keys := mine.Keys(); len(keys) != 2 || keys[0].Primary || keys[1] != (Key{ID: id, Primary: true}) {
		t.Errorf("keys after a rotation: %+v", keys)
	}
	second := mustSeal(t, mine, "second")
	mustUnseal(t, others, second, "second") // it has read nothing anew since
	third := mustSeal(t, others, "third")
	if string(third[:5]) != string(second[:5]) || string(third[:5]) == string(first[:5]) {
		t.Errorf("sealed with %x and %x, before that with %x", second[:5], third[:5], first[:5])
	}
	mustUnseal(t, others, first, "first")

	// A key that is removed seals nothing any more; a transaction that began before still reads what it sealed.
	if err := mine.Remove(mine.Keys()[0].ID); err != nil {
		t.Fatal(err)
	}
	mustUnseal(t, others, mustSeal(t, others, "fourth"), "fourth")
	mustUnseal(t, others, first, "first")
	if _, err := mustOpenKeyset(t, path).Decrypt(first, nil); err == nil {
		t.Error("a removed key opens what it sealed")
	}
	if err := mine.Remove(id); err == nil {
		t.Error("the primary key was removed")
	}
	// One who missed both changes shares no key with the file: it must not seal with a key that is gone.
	if _, err := idle.Encrypt(nil, nil); !errors.Is(err, ErrOtherKeyset) {
		t.Errorf("sealed with a key that is gone: %v", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

// A file that is damaged or gone hinders nobody who has read it; one of another database is not taken.
func TestKeysetThatBreaksWhileInUse(t *testing.T) {
	dir := t.TempDir()
	path, other := filepath.Join(dir, "db.keyset"), filepath.Join(dir, "other.keyset")
	if err := errors.Join(CreateKeyset(path), CreateKeyset(other)); err != nil {
		t.Fatal(err)
	}
	keys := mustOpenKeyset(t, path)
	sealed := mustSeal(t, keys, "secret")
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, good[:20], 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := keys.Refresh(); err == nil || !strings.Contains(err.Error(), "is damaged") {
			t.Errorf("damaged: %v", err)
		}
	}
	mustUnseal(t, keys, mustSeal(t, keys, "more"), "more")
	if _, err := keys.Rotate(); err == nil {
		t.Error("a damaged file was replaced")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Refresh(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("gone: %v", err)
	}
	mustUnseal(t, keys, mustSeal(t, keys, "more"), "more")
	if err := os.Rename(other, path); err != nil {
		t.Fatal(err)
	}
	if _, err := keys.Encrypt(nil, nil); !errors.Is(err, ErrOtherKeyset) {
		t.Errorf("another's: %v", err)
	}
	mustUnseal(t, keys, sealed, "secret")
	if err := os.WriteFile(path, good, 0o600); err != nil {
		t.Fatal(err)
	}
	mustUnseal(t, keys, mustSeal(t, keys, "again"), "again")
}

// A file from before a rotation, or another's with a key in common, changes nothing for whoever has the keys: neither
// what they seal with nor what they open.
func TestOlderKeysetIsNotFollowed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "db.keyset")
	if err := CreateKeyset(path); err != nil {
		t.Fatal(err)
	}
	keys := mustOpenKeyset(t, path)
	first := mustSeal(t, keys, "first")
	put := func(content []byte) {
		t.Helper()
		if err := errors.Join(os.WriteFile(path+".new", content, 0o600), os.Rename(path+".new", path)); err != nil {
			t.Fatal(err)
		}
	}
	older, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	newest, err := keys.Rotate()
	if err != nil {
		t.Fatal(err)
	}
	newer, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	put(older)
	for range 2 {
		if _, err := keys.Refresh(); !errors.Is(err, ErrOlderKeyset) || !strings.Contains(err.Error(), path) {
			t.Errorf("an older file: %v", err)
		}
		sealed := mustSeal(t, keys, "second")
		if id, _ := store.KeyID(sealed); id != newest {
			t.Errorf("sealed with key %08x, want %08x", id, newest)
		}
		mustUnseal(t, keys, sealed, "second")
		mustUnseal(t, keys, first, "first")
		if _, err := mustOpenKeyset(t, path).Decrypt(sealed, nil); !errors.Is(err, store.ErrUnknownKey) {
			t.Errorf("opened without its key: %v", err)
		}
	}
	if _, err := keys.Rotate(); !errors.Is(err, ErrOlderKeyset) {
		t.Errorf("an older file was rotated: %v", err)
	}
	// One who has slept through a rotation and its end cannot tell whether what they seal can be opened.
	put(newer)
	if _, err := keys.Refresh(); err != nil {
		t.Error(err)
	}
	asleep := mustOpenKeyset(t, path)
	if _, err := keys.Rotate(); err != nil {
		t.Fatal(err)
	}
	if err := keys.Remove(newest); err != nil {
		t.Fatal(err)
	}
	if _, err := asleep.Encrypt(nil, nil); !errors.Is(err, ErrOtherKeyset) {
		t.Errorf("sealed with a key that is gone: %v", err)
	}
}
