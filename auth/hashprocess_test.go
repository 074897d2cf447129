package auth_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
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

// What many ask for at once is told to each of them, however it is handed over.
func TestHashProcessTellsManyApart(t *testing.T) {
	h := auth.NewHasherIn(mustHashProcess(t, auth.LowestPriority), bcrypt.MinCost)
	var all sync.WaitGroup
	for i := range 60 {
		all.Go(func() {
			password := fmt.Sprintf("%d-%s", i, somePassword)
			var p auth.NewPassword
			if err := errors.Join(p.UnmarshalText([]byte(password)), p.Seal(t.Context(), h, int64(i%3))); err != nil {
				t.Error(err)
			}
			if err := bcrypt.CompareHashAndPassword([]byte(p.Hash()), []byte(password)); err != nil {
				t.Errorf("%s: %v", password, err)
			}
		})
	}
	all.Wait()
}

// The process has as many as it does and keeps back, and one more for each of the former.
func TestHashProcessIsGivenEnough(t *testing.T) {
	for nice, want := range map[int]int{0: 2 * runtime.GOMAXPROCS(0), auth.LowestPriority: 2*runtime.GOMAXPROCS(0) + 8} {
		p := mustHashProcess(t, nice)
		h := auth.NewHasherIn(p, bcrypt.MinCost)
		mustSeal(t, h)
		if err := syscall.Kill(p.ID(), syscall.SIGSTOP); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = syscall.Kill(p.ID(), syscall.SIGCONT) }) // or it could not end
		var all sync.WaitGroup
		for range want + 3 {
			all.Go(func() { mustSeal(t, h) })
		}
		auth.Eventually(t, fmt.Sprintf("nice %d: %d given, 3 waiting", nice, want), func() bool {
			given, waiting := h.Load()
			return given == want && waiting == 3
		})
		if err := syscall.Kill(p.ID(), syscall.SIGCONT); err != nil {
			t.Fatal(err)
		}
		all.Wait()
	}
}

// Every thread has the priority, those that were there before it was lowered too.
func TestHashProcessHasLowPriority(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("not run: threads are read from Linux's /proc")
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
