package cli_test

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"panelgate/gatewaytest"
)

// limitFiles sets how long a file may be that the server writes, "unlimited" for any length.
func (s *served) limitFiles(t *testing.T, limit string) {
	t.Helper()
	prlimit := gatewaytest.NeedTool(t, "prlimit")
	if out, err := exec.Command(prlimit, "--pid", strconv.Itoa(s.Process.Pid), "--fsize="+limit+":unlimited").CombinedOutput(); err != nil {
		t.Fatalf("prlimit: %v: %s", err, out)
	}
}

// room is the length of the longer of the database and its log, and more.
func (s *served) room(t *testing.T, more int64) string {
	t.Helper()
	longest := int64(0)
	for _, file := range []string{s.DB, s.DB + "-wal"} {
		info, err := os.Stat(file)
		if err != nil {
			t.Fatal(err)
		}
		longest = max(longest, info.Size())
	}
	return strconv.FormatInt(longest+more, 10)
}

// mustSnapshot begins to read the database as another program would, until end is called.
func mustSnapshot(t *testing.T, file string) (end func()) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := db.BeginTx(t.Context(), &sql.TxOptions{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	var tables int
	if err := tx.QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&tables); err != nil {
		t.Fatal(err)
	}
	return func() {
		if err := errors.Join(tx.Rollback(), db.Close()); err != nil {
			t.Error(err)
		}
	}
}

// A limit of file sizes is reached in the middle of a write.
func TestFaultsNoRoom(t *testing.T) {
	t.Parallel()
	server := mustServe(t)
	server.noRoom(t, func() {
		server.limitFiles(t, server.room(t, 100_000))
		server.mustHaveNoRoom(t)
		server.limitFiles(t, "1") // where a large write finds no room, a small one may
	}, func() { server.limitFiles(t, "unlimited") })
}

// A disk is full.
func TestFaultsDiskFull(t *testing.T) {
	t.Parallel()
	dir := mustDisk(t, "16m")
	filler := filepath.Join(dir, "filler")
	server := mustServeIn(t, dir, "")
	server.noRoom(t, func() {
		f, err := os.Create(filler)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := io.Copy(f, zeros{}); !errors.Is(err, syscall.ENOSPC) {
			t.Fatalf("the disk takes all: %v", err)
		}
		server.mustHaveNoRoom(t)
		eventually(t, "a small write to find no room", func() bool {
			res, _ := server.mustCall(t, "users/upsert", "small")
			return res.StatusCode == http.StatusServiceUnavailable
		})
	}, func() {
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
	})
}

// mustDisk gives a directory on a small disk of its own. Root can make one, where the system lets it.
func mustDisk(t *testing.T, size string) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, "size="+size); err != nil {
		t.Skipf("not run: no disk can be mounted here (%v); TestFaultsNoRoom limits the size of files", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// zeros are as many as somebody reads.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

func (s *served) mustHaveNoRoom(t *testing.T) {
	t.Helper()
	eventually(t, "a lack of room", func() bool {
		writes := mustReadiness(t, s.HTTP).Writes
		return writes != nil && !writes.OK && writes.Error == "no room"
	})
}

// noRoom takes and gives room under load. While there is none writes are refused and reads answered; once there is some
// writes are stored again.
func (s *served) noRoom(t *testing.T, take, give func()) {
	t.Helper()
	times := rounds(1, 10)
	storm := newStorm(s)
	var reads int64
	end := storm.begin(t, 8)
	for range times {
		before := storm.acks.Load()
		eventually(t, "writes", func() bool { return storm.acks.Load() > before+5 })
		endReads := s.readers(t, 4)
		take()
		s.mustRefuse(t, "no_room", "no room")
		eventually(t, "last uses to find no room", func() bool { return strings.Contains(s.err.String(), "last uses of tokens not written") })
		reads += endReads()
		give()
		before = storm.acks.Load()
		eventually(t, "writes when there is room", func() bool { return storm.acks.Load() > before })
		if writes := mustReadiness(t, s.HTTP).Writes; writes != nil {
			t.Errorf("writes are stored, and readyz says %+v", writes)
		}
	}
	end()
	s.stop(t)
	for _, want := range []string{`"msg":"writes are refused","error":"the database has no room: its disk is full or fails, or a limit of file sizes is reached`, "writes are stored again"} {
		if !strings.Contains(s.err.String(), want) {
			t.Errorf("the log does not say %s", want)
		}
	}
	storm.check(t, s.DB, fmt.Sprintf("no room %d times, %d reads meanwhile", times, reads))
}

// What somebody reads keeps the log from being used again. Where it cannot grow, writes go on when they have ended.
func TestFaultsNoRoomInTheLog(t *testing.T) {
	t.Parallel()
	server := mustServe(t)
	s := newStorm(server)
	reading := mustSnapshot(t, server.DB)
	server.limitFiles(t, server.room(t, 500_000))
	end := s.begin(t, 8)
	eventually(t, "a lack of room", func() bool { return mustReadiness(t, server.HTTP).Writes != nil })
	full := s.acks.Load()
	reading()
	eventually(t, "writes when nobody reads", func() bool { return s.acks.Load() > full+5 })
	end()
	server.stop(t)
	s.check(t, server.DB, fmt.Sprintf("a log without room after %d writes", full))
}
