package cli_test

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// cacheFile is the size of the file that answers are kept in; there is none where it has none.
func (s *served) cacheFile(t *testing.T) (size int64, found bool) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("not run: what a process has open is read from Linux's /proc")
	}
	folder := fmt.Sprintf("/proc/%d/fd", s.Process.Pid)
	open, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
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
	for i := range calls {
		res, err := probe.PostForm(s.HTTP+"/spanel/api.php", url.Values{"token": {s.AdminToken}, "action": {"user/listuserpermissions"},
			"accountuser": {"asked"}, "n": {fmt.Sprint(i)}})
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
	server.ask(t, 2500)
	if size, _ := server.cacheFile(t); size < 100_000 {
		t.Errorf("after 2,500 answers of which memory holds a part, the file has %d bytes", size)
	}
	server.limitFiles(t, "1")
	server.mustRefuse(t, "no_room", "no room")
	if size, found := server.cacheFile(t); found {
		t.Errorf("the database has no room, and %d bytes are kept", size)
	}
	server.limitFiles(t, "unlimited")
	server.ask(t, 300)
	server.stop(t)
	server.mustHaveToldOnce(t)
}

// A write that finds no room is not refused where the file of answers had it.
func TestCacheFileIsWhatFillsTheDisk(t *testing.T) {
	t.Parallel()
	server := mustServeIn(t, mustDisk(t, "16m"), "", "--cache-size=1")
	server.ask(t, 2500)
	filler, err := os.Create(filepath.Join(filepath.Dir(server.DB), "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer filler.Close()
	if _, err := io.Copy(filler, zeros{}); !errors.Is(err, syscall.ENOSPC) {
		t.Fatalf("the disk takes all: %v", err)
	}
	for i := range 100 {
		if _, found := server.cacheFile(t); !found {
			break
		}
		if res, body := server.mustCall(t, "users/upsert", fmt.Sprint("written", i)); res.StatusCode != http.StatusOK {
			t.Errorf("write %d: %s %s", i, res.Status, body)
		}
	}
	if size, found := server.cacheFile(t); found {
		t.Errorf("100 writes found room on a full disk, beside a file of %d bytes", size)
	}
	server.stop(t)
	server.mustHaveToldOnce(t)
}

// A file that cannot grow any more is told of once, and nobody is refused anything for it.
func TestCacheFileIsFull(t *testing.T) {
	t.Parallel()
	server := mustServe(t, "--cache-size=1")
	server.ask(t, 10)
	server.limitFiles(t, server.room(t, 200_000))
	server.ask(t, 2500)
	server.stop(t)
	server.mustHaveToldOnce(t)
}

func (s *served) mustHaveToldOnce(t *testing.T) {
	t.Helper()
	if told := strings.Count(s.err.String(), "answers are kept in memory only"); told != 1 {
		t.Errorf("told %d times: %s", told, &s.err)
	}
}

func TestCacheFlags(t *testing.T) {
	t.Parallel()
	for flag, want := range map[string]string{
		"--cache-size=1048577":        "at most 1048576",
		"--cache-file=17592186044417": "at most 1048576",
		"--cache-size=-1":             "--cache-size",
	} {
		p := mustStart(t, "serve", "--db", filepath.Join(t.TempDir(), "panelgate.db"), "--listen", "127.0.0.1:0", flag)
		if code := p.exitCode(t); code == 0 || !strings.Contains(p.err.String(), want) {
			t.Errorf("%s: exit code %d, %q; want %q", flag, code, &p.err, want)
		}
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
