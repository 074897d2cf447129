package probe

import (
	"path"
	"path/filepath"
	"strings"
)

// state is what is found at the path of a directory. Its text is what a finding says of it.
type state string

const (
	usable       state = ""
	missing      state = "does not exist"
	notDirectory state = "is not a directory"
	denied       state = "may not be read"
	notEntered   state = "does not exist, is not a directory or may not be entered"
	outside      state = "leads out of the path of the website"
	unknown      state = "cannot be examined"
)

// target is one directory to look at.
type target struct {
	field, what string
	path        string
}

// targets are the directory itself and the docroots below it. A docroot that leads out is reported
// here: whether it exists is not the caller's to know.
func (d Directory) targets(r *report) []target {
	all := []target{{d.Field, "the directory", or(d.Dir, ".")}}
	for _, root := range d.Docroots {
		t := target{field: root.Field, what: "the docroot"}
		below := or(strings.Trim(root.Path, "/"), ".")
		if !filepath.IsLocal(below) {
			r.state(t, outside)
			continue
		}
		t.path = path.Join(d.Dir, below)
		all = append(all, t)
	}
	return all
}

// tree looks at the directory and, when it is usable, at the docroots. It reports whether the
// directory is; it stops, and says that it is not, where look has given up and reported why.
func (d Directory) tree(r *report, look func(target) (state, bool)) bool {
	for i, t := range d.targets(r) {
		s, ok := look(t)
		if !ok {
			return false
		}
		r.state(t, s)
		if i == 0 && s != usable {
			return false
		}
	}
	return true
}

func (r *report) state(t target, s state) {
	if s != usable {
		r.fail(t.field, FilesystemPermission, t.what+" "+string(s))
	}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
