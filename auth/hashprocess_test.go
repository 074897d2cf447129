package auth_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/crypto/bcrypt"

	"panelgate/auth"
)

func mustHashProcess(t testing.TB, nice int) *auth.HashProcess {
	t.Helper()
	p, err := auth.StartHashProcess(nice, asHashProcess)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return p
}

func mustSeal(t testing.TB, h *auth.Hasher) (hash string) {
	t.Helper()
	var p auth.NewPassword
	if err := errors.Join(p.UnmarshalText([]byte(somePassword)), p.Seal(t.Context(), h, 1)); err != nil {
		t.Error(err)
	}
	return p.Hash()
}

func TestAnotherProcessHashes(t *testing.T) {
	h := auth.NewHasherIn(mustHashProcess(t, 0), bcrypt.MinCost)
	hash := mustSeal(t, h)
	if err := bcrypt.CompareHashAndPassword([]byte(hash), []byte(somePassword)); err != nil || !strings.HasPrefix(hash, "$2a$04$") {
		t.Errorf("%q: %v", hash, err)
	}
	for password, want := range map[string]bool{somePassword: true, "another5aG6M": false} {
		if same, err := h.Matches(t.Context(), 1, hash, password); err != nil || same != want {
			t.Errorf("%s: %v, %v", password, same, err)
		}
	}
	var busy *auth.HashingBusyError
	if _, err := h.Matches(t.Context(), 1, "no hash", somePassword); err == nil || errors.As(err, &busy) {
		t.Errorf("what is no hash was compared: %v", err)
	}
}

// Every thread has the priority, those that were there before it was lowered too.
func TestHashProcessHasLowPriority(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("threads are read from Linux's /proc")
	}
	p := mustHashProcess(t, auth.LowestPriority)
	mustSeal(t, auth.NewHasherIn(p, bcrypt.MinCost))
	stats, err := filepath.Glob("/proc/" + strconv.Itoa(p.ID()) + "/task/*/stat")
	if err != nil || len(stats) < 2 {
		t.Fatalf("%d threads, %v", len(stats), err)
	}
	for _, path := range stats {
		stat, err := os.ReadFile(path)
		if err != nil { // it has ended
			continue
		}
		_, fields, _ := bytes.Cut(stat, []byte(") "))
		if nice := string(bytes.Fields(fields)[16]); nice != "19" {
			t.Errorf("%s: nice %s, want 19", path, nice)
		}
		if policy := string(bytes.Fields(fields)[38]); policy != "5" {
			t.Errorf("%s: policy %s, want 5 (SCHED_IDLE)", path, policy)
		}
	}
}

func TestDeadHashProcessIsReplaced(t *testing.T) {
	p := mustHashProcess(t, 0)
	h := auth.NewHasherIn(p, bcrypt.MinCost)
	for range 3 {
		first := p.ID()
		if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		mustSeal(t, h)
		if p.ID() == first {
			t.Error("the dead one hashed")
		}
	}
}

func TestClosedHashProcess(t *testing.T) {
	p := mustHashProcess(t, 0)
	h := auth.NewHasherIn(p, bcrypt.MinCost)
	mustSeal(t, h)
	id := p.ID()
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	if err := syscall.Kill(id, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("it is still there: %v", err)
	}
	var busy *auth.HashingBusyError
	if _, err := h.Matches(t.Context(), 1, "$2a$04$", somePassword); !errors.As(err, &busy) {
		t.Errorf("closed: %v", err)
	}
}
