package auth

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// CreateKeyset makes a keyset file of one AES-256-GCM key, mode 0600. It never replaces a file:
// where there is one the error is [fs.ErrExist]. The file appears with all that it holds.
func CreateKeyset(path string) error {
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return fmt.Errorf("make keys: %w", err)
	}
	return writeKeys(path, handle, os.Link)
}

// Rotate makes the key that was prepared last the primary one, and adds it first where none was. When it returns, the
// file says so on disk, and nothing was sealed with that key before. The caller holds the database's write lock.
func (k *Keyset) Rotate() (id uint32, err error) {
	return id, k.change(func(keys *keyset.Manager) error {
		if id, err = prepared(keys); err != nil {
			return err
		}
		return keys.SetPrimary(id)
	})
}

// Prepare adds a key to the file that seals nothing until Rotate, so that the file can be given to other servers before
// they meet what it sealed. Where a key is prepared already it is that one.
func (k *Keyset) Prepare() (id uint32, err error) {
	return id, k.change(func(keys *keyset.Manager) error {
		id, err = prepared(keys)
		return err
	})
}

// prepared gives the key that comes after the primary one, or adds one: keys stand in the order in which they were made.
func prepared(keys *keyset.Manager) (uint32, error) {
	handle, err := keys.Handle()
	if err != nil {
		return 0, err
	}
	info := handle.KeysetInfo()
	if all := info.GetKeyInfo(); all[len(all)-1].GetKeyId() != info.GetPrimaryKeyId() {
		return all[len(all)-1].GetKeyId(), nil
	}
	return keys.Add(aead.AES256GCMKeyTemplate())
}

// Remove takes a key that is not the primary one out of the file. What it sealed cannot be opened again. The caller
// holds the database's write lock and has made sure that there is nothing.
func (k *Keyset) Remove(id uint32) error {
	return k.change(func(keys *keyset.Manager) error { return keys.Delete(id) })
}

// change replaces the file by one with other keys. It starts from what the file holds now: another process may have
// changed it since.
func (k *Keyset) change(by func(*keyset.Manager) error) error {
	if k.path == "" {
		return ErrFixedKeyset
	}
	if _, err := k.Refresh(); err != nil {
		return err
	}
	keys, _ := k.loaded()
	manager := keyset.NewManagerFromHandle(keys.handle)
	if err := by(manager); err != nil {
		return fmt.Errorf("keyset %s: %w", k.path, err)
	}
	handle, err := manager.Handle()
	if err != nil {
		return err
	}
	if err := writeKeys(k.path, handle, replaceFile); err != nil {
		return err
	}
	_, err = k.Refresh()
	return err
}

// replaceFile is os.Rename, with the owner that the file had: root may rotate the keys of a server that is not root.
func replaceFile(from, to string) error {
	info, err := os.Stat(to)
	if err != nil {
		return err
	}
	owner := info.Sys().(*syscall.Stat_t)
	if err := os.Chown(from, int(owner.Uid), int(owner.Gid)); err != nil {
		return fmt.Errorf("keep the owner of %s: %w", to, err)
	}
	return os.Rename(from, to)
}

// writeKeys writes a keyset to a file of its own, and moves it to path once it is on disk.
func writeKeys(path string, handle *keyset.Handle, move func(from, to string) error) (err error) {
	var data bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&data)); err != nil {
		return fmt.Errorf("write keys: %w", err)
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if removeErr := os.Remove(f.Name()); !errors.Is(removeErr, os.ErrNotExist) { // it was moved
			err = errors.Join(err, removeErr)
		}
	}()
	_, err = f.Write(data.Bytes())
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := move(f.Name(), path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the names in a directory last.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
