package probe_test

import (
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"panelgate/probe"
)

func TestLocal(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(home, "www/site"), 0o755))
	must(t, os.Symlink("www", filepath.Join(home, "inside")))
	must(t, os.Symlink("/etc", filepath.Join(home, "etc")))
	must(t, os.Symlink(home, filepath.Join(home, "itself")))
	write(t, filepath.Join(home, "file"), "")
	me, err := user.Current()
	must(t, err)
	uid, _ := strconv.ParseInt(me.Uid, 10, 64)
	gid, _ := strconv.ParseInt(me.Gid, 10, 64)
	other := uid + 1
	roots := func(paths ...string) (all []probe.Docroot) {
		for _, p := range paths {
			all = append(all, probe.Docroot{Field: "vhost " + p, Path: p})
		}
		return all
	}
	denied := probe.FilesystemPermission
	for name, c := range map[string]struct {
		dir   probe.Directory
		wants []want
	}{
		"good": {probe.Directory{Dir: home, UID: &uid, GID: &gid, Docroots: roots("", "www", "/www/site", "inside/site")}, nil},
		"link": {probe.Directory{Dir: home + "/itself", Docroots: roots("www")}, nil},
		"missing": {probe.Directory{Dir: home + "/no", UID: &other, Docroots: roots("www")},
			[]want{{"path", denied, "the directory does not exist"}}},
		"file":        {probe.Directory{Dir: home + "/file"}, []want{{"path", denied, "the directory is not a directory"}}},
		"below file":  {probe.Directory{Dir: home + "/file/x"}, []want{{"path", denied, "the directory is not a directory"}}},
		"relative":    {probe.Directory{Dir: "x"}, []want{{"path", denied, "the directory is not an absolute path"}}},
		"other owner": {probe.Directory{Dir: home, UID: &other}, []want{{"path", denied, "the directory belongs to uid " + me.Uid}}},
		"other group": {probe.Directory{Dir: home, GID: &other, GIDField: "gid"},
			[]want{{"gid", denied, "the directory belongs to gid " + me.Gid}}},
		"docroots": {probe.Directory{Dir: home, Docroots: roots("../x", "etc", "no", "file", "www/../../x")}, []want{
			{"vhost ../x", denied, "the docroot leads out"},
			{"vhost www/../../x", denied, "the docroot leads out"},
			{"vhost etc", denied, "the docroot leads out"},
			{"vhost no", denied, "the docroot does not exist"},
			{"vhost file", denied, "the docroot is not a directory"}}},
		"scheme": {probe.Directory{Scheme: "gopher"}, []want{{"path", probe.FilesystemHost, "this kind of URI"}}},
	} {
		t.Run(name, func(t *testing.T) {
			c.dir.Field = "path"
			expect(t, run(t, probe.New(probe.Config{}), []probe.Directory{c.dir}, nil), c.wants...)
		})
	}
}

// Root may read everything, so as root the test runs itself again as nobody.
func TestLocalUnreadable(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		asNobody(t, "TestLocalUnreadable")
		return
	}
	dir := filepath.Join(t.TempDir(), "closed")
	must(t, os.Mkdir(dir, 0))
	expect(t, run(t, probe.New(probe.Config{}), []probe.Directory{{Field: "path", Dir: dir}}, nil),
		want{"path", probe.FilesystemPermission, "the directory may not be read"})
}

// asNobody runs one test of this binary as a user without rights.
func asNobody(t *testing.T, test string) {
	t.Helper()
	dir := openDir(t)
	must(t, os.Chmod(dir, 0o777))
	program, err := os.ReadFile(os.Args[0])
	must(t, err)
	binary := filepath.Join(dir, "probe.test")
	must(t, os.WriteFile(binary, program, 0o755))
	must(t, os.Chmod(binary, 0o755)) // whatever the umask
	const nobody = 65534
	cmd := exec.Command(binary, "-test.v", "-test.run", "^"+test+"$")
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "TMPDIR="+dir)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+test) {
		t.Errorf("as nobody: %v\n%s", err, out)
	}
}
