package cli_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// cacheFile is the size of the file that answers are kept in; there is none where it has none.
func (s *served) cacheFile(t *testing.T) (size int64, found bool) {
	t.Helper()
	folder := fmt.Sprintf("/proc/%d/fd", s.Process.Pid)
	open, err := os.ReadDir(folder)
	if err != nil {
		t.Skipf("not run: the system does not tell what a process has open (%v)", err)
	}
	for _, file := range open {
		path := filepath.Join(folder, file.Name())
		if name, err := os.Readlink(path); err != nil || !strings.HasPrefix(name, filepath.Join(filepath.Dir(s.DB), ".cache-")) {
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size(), true
	}
	return 0, false
}

// ask makes calls about one account that differ from each other, so that each has an answer of its own to be kept.
func (s *served) ask(t *testing.T, calls int) {
	t.Helper()
	s.mustCall(t, "users/upsert", "asked")
	padding := strings.Repeat("x", 3000) // so that hardly two have room on a page
	for i := range calls {
		res, err := probe.PostForm(s.HTTP+"/spanel/api.php", url.Values{"token": {s.AdminToken}, "action": {"user/listsubusers"},
			"accountuser": {"asked"}, "n": {fmt.Sprint(i, padding)}})
		if err != nil {
			t.Fatal(err)
		}
		if res.Body.Close(); res.StatusCode != http.StatusOK {
			t.Fatal(res.Status)
		}
	}
}

// Answers that memory has no room for are in a file, which gives its room to the database when that has none.
func TestCacheFileGivesRoom(t *testing.T) {
	t.Parallel()
	server := mustServe(t, "--cache-size=1")
	if size, found := server.cacheFile(t); !found || size != 0 {
		t.Errorf("before anything is asked: %v, %d bytes", found, size)
	}
	server.ask(t, 600)
	if size, _ := server.cacheFile(t); size < 100_000 {
		t.Errorf("after 600 answers of 3 kB, of which memory holds 256, the file has %d bytes", size)
	}
	server.limitFiles(t, "1")
	server.mustRefuse(t, "no_room", "no room")
	if size, found := server.cacheFile(t); !found || size != 0 {
		t.Errorf("the database has no room: %v, %d bytes are kept", found, size)
	}
	server.limitFiles(t, "unlimited")
	server.ask(t, 300)
	if size, _ := server.cacheFile(t); size != 0 {
		t.Errorf("%d bytes were written again", size)
	}
	server.stop(t)
}

// A file that cannot grow any more is told of once, and nobody is refused anything for it.
func TestCacheFileIsFull(t *testing.T) {
	t.Parallel()
	server := mustServe(t, "--cache-size=1")
	server.ask(t, 10)
	server.limitFiles(t, server.room(t, 200_000))
	server.ask(t, 600)
	server.stop(t)
	if told := strings.Count(server.err.String(), "answers are kept in memory only from now on"); told != 1 {
		t.Errorf("told %d times: %s", told, &server.err)
	}
}

func TestNoCacheFile(t *testing.T) {
	t.Parallel()
	for _, flag := range []string{"--cache-size=0", "--cache-file=0"} {
		server := mustServe(t, flag)
		server.ask(t, 10)
		if size, found := server.cacheFile(t); found {
			t.Errorf("%s: there is a file of %d bytes", flag, size)
		}
	}
}
