package probe

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// local checks a directory of this machine, with the rights of this process.
func local(d Directory, r *report) {
	r.during("reading the file system")
	if !filepath.IsAbs(d.Dir) {
		r.fail(d.Field, FilesystemPermission, "the directory is not an absolute path of this system")
		return
	}
	// Where symlinks lead decides what is below the directory. The directory itself may be one:
	// homes are often links to another disk.
	home := ""
	d.tree(r, func(t target) (state, bool) {
		real, err := filepath.EvalSymlinks(t.path)
		switch {
		case err != nil:
			return localState(err), true
		case home == "":
			home = real
			d.owner(real, r)
		case !below(home, real):
			return outside, true
		}
		return readable(real), true
	})
}

func below(home, name string) bool {
	rel, err := filepath.Rel(home, name)
	return err == nil && rel != ".." && !strings.HasPrefix(rel, "../")
}

func readable(name string) state {
	info, err := os.Stat(name)
	if err != nil {
		return localState(err)
	}
	if !info.IsDir() {
		return notDirectory
	}
	f, err := os.Open(name)
	if err != nil {
		return localState(err)
	}
	defer f.Close()
	if _, err := f.Readdirnames(1); err != nil && err != io.EOF {
		return localState(err)
	}
	return usable
}

func localState(err error) state {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return missing
	case errors.Is(err, fs.ErrPermission):
		return denied
	case errors.Is(err, syscall.ENOTDIR):
		return notDirectory
	}
	return unknown
}

func (d Directory) owner(name string, r *report) {
	info, err := os.Stat(name)
	if err != nil {
		return // reported by readable
	}
	owned, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return
	}
	d.belongs(r, "uid", d.UID, int64(owned.Uid), d.UIDField)
	d.belongs(r, "gid", d.GID, int64(owned.Gid), d.GIDField)
}

func (d Directory) belongs(r *report, what string, want *int64, got int64, field string) {
	if want != nil && *want != got {
		message := fmt.Sprintf("the directory belongs to %s %d, not %d", what, got, *want)
		r.fail(or(field, d.Field), FilesystemPermission, message)
	}
}
