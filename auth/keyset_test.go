package auth

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
