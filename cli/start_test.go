package cli_test

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"panelgate/gatewaytest"
)

// mustRefuseStart wants a server of a database to end at once, with one line that holds all of wants.
func mustRefuseStart(t *testing.T, p *process, wants ...string) {
	t.Helper()
	if code := p.exitCode(t); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	said := p.err.String()
	if strings.Count(said, "\n") != 1 || p.out.String() != "" {
		t.Errorf("want one line:\n%s%s", p.out.String(), said)
	}
	for _, want := range wants {
		if !strings.Contains(said, want) {
			t.Errorf("it does not say %q: %s", want, said)
		}
	}
}

// mustServeOn starts another server of a database.
func mustServeOn(t *testing.T, file string) *process {
	t.Helper()
	return mustStart(t, "serve", "--db", file, "--listen", "127.0.0.1:0")
}

// A database has one server at a time: another is refused, under whatever name it knows the file, until the first has
// ended, however it did. Commands work beside it.
func TestFaultsSecondServer(t *testing.T) {
	t.Parallel()
	times := rounds(1, 20)
	server := mustServe(t)
	link := filepath.Join(t.TempDir(), "link.db")
	for _, end := range []string{"", ".keyset"} {
		if err := os.Symlink(server.DB+end, link+end); err != nil {
			t.Fatal(err)
		}
	}
	var longest time.Duration
	for range times {
		for _, file := range []string{server.DB, link} {
			began := time.Now()
			mustRefuseStart(t, mustServeOn(t, file), file, fmt.Sprintf("served already (process %d)", server.Process.Pid), "stop that one first")
			longest = max(longest, time.Since(began))
		}
		mustRun(t, "token", "create", "--db", server.DB, "--kind", "admin")
		mustRun(t, "backup", "--db", server.DB, filepath.Join(t.TempDir(), "backup.db"))
		server.callTimes(t, 1, "beside")
		if err := server.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		server.exitCode(t)
		server.restart(t)
	}
	server.stop(t)
	t.Logf("%d times: refused within %v; the next one started after SIGKILL", times, longest)
}

// Of servers that are started together on a new database one serves.
func TestFaultsServersTogether(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "panelgate.db")
	const together = 4
	var servers []*process
	for range together {
		servers = append(servers, mustServeOn(t, file))
	}
	var refused int
	eventually(t, "all but one to be refused", func() bool {
		refused = 0
		for _, p := range servers {
			select {
			case <-p.ended:
				refused++
			default:
			}
		}
		return refused >= together-1
	})
	for _, p := range servers {
		select {
		case <-p.ended:
			mustRefuseStart(t, p, "served already")
		default:
			mustBeReady(t, p.find(t, `(http://[0-9.:]+)/`))
		}
	}
	t.Logf("%d started together, %d refused", together, refused)
}

// A database that may not be written is refused at the start, with what to do. Root may write everything, so as root
// the server runs as nobody.
func TestFaultsReadOnly(t *testing.T) {
	t.Parallel()
	program := mustOpenToAll(t)
	for name, c := range map[string]struct{ file, dir os.FileMode }{
		"file":                   {0o400, 0o700},
		"directory":              {0o600, 0o500},
		"file and its directory": {0o400, 0o500},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "panelgate.db")
			mustFillUsers(t, file, clients)
			for path, mode := range map[string]os.FileMode{filepath.Dir(dir): 0o755, file: c.file, file + ".keyset": 0o400, dir: c.dir} {
				if err := os.Chmod(path, mode); err != nil {
					t.Fatal(err)
				}
			}
			t.Cleanup(func() { _ = os.Chmod(dir, 0o700) }) // so that it can be removed
			serve := []string{program, "serve", "--db", file, "--listen", "127.0.0.1:0"}
			if os.Getuid() == 0 {
				for _, path := range []string{file, file + ".keyset", dir} {
					if err := os.Chown(path, nobody, nobody); err != nil {
						t.Fatal(err)
					}
				}
				serve = append([]string{gatewaytest.NeedTool(t, "setpriv"), "--reuid", fmt.Sprint(nobody), "--regid", fmt.Sprint(nobody), "--clear-groups"}, serve...)
			}
			p := mustStartBinary(t, serve[0], serve[1:]...)
			mustRefuseStart(t, p, file, "may not be written", "let the user that panelgate runs as (", "write to "+file)
			t.Log(strings.TrimSpace(p.err.String()))
		})
	}
}

// nobody is the user without rights.
const nobody = 65534

// mustOpenToAll copies panelgate into a directory that every user may look into.
func mustOpenToAll(t *testing.T) (program string) {
	t.Helper()
	dir := t.TempDir()
	program = filepath.Join(dir, "panelgate")
	text, err := os.ReadFile(os.Args[0])
	if err == nil {
		err = errors.Join(os.WriteFile(program, text, 0o755), os.Chmod(dir, 0o755), os.Chmod(filepath.Dir(dir), 0o755))
	}
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// mustDamageLeaf writes over a page in the middle of a table's rows.
func mustDamageLeaf(t *testing.T, file, table string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	var page int64
	var leaves int
	err = db.QueryRow("SELECT max(pageno), count(*) FROM dbstat WHERE name = ? AND pagetype = 'leaf'", table).Scan(&page, &leaves)
	if err := errors.Join(err, db.Close()); err != nil || leaves < 3 {
		t.Fatalf("%s has %d leaves: %v", table, leaves, err)
	}
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte(strings.Repeat("damage", 600)), (page-1)*4096)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// Damage that is not seen at the start is found soon after it. Calls that meet it fail, and others do not.
func TestFaultsDamagedPage(t *testing.T) {
	t.Parallel()
	server := &served{DB: filepath.Join(t.TempDir(), "panelgate.db")}
	names := mustFillUsers(t, server.DB, 2*clients)
	mustDamageLeaf(t, server.DB, "websites")
	server.start(t, "127.0.0.1:0", "127.0.0.1:0")
	server.AdminToken = server.find(t, `(pg_[0-9a-f]{64})\n`)
	began := time.Now()
	eventually(t, "the damage to be found", func() bool { return mustReadiness(t, server.HTTP).Integrity != nil })
	if found := mustReadiness(t, server.HTTP).Integrity; found.OK || found.Error != "the database is damaged: see the log" {
		t.Errorf("readyz: %+v", found)
	}
	if log := server.err.String(); !strings.Contains(log, `"level":"ERROR","msg":"database damaged","found":["`) || !strings.Contains(log, "restore the newest backup") {
		t.Errorf("the log: %s", log)
	}
	took := time.Since(began)
	whole, failed := server.readAll(t, names)
	if failed == 0 || whole < len(names)/2 {
		t.Errorf("%d users whole, %d failed", whole, failed)
	}
	t.Logf("found %v after the start; %d users read, %d failed for it", took, whole, failed)
	doctor := mustStart(t, "doctor", "--db", server.DB)
	if code := doctor.exitCode(t); code != 1 || !strings.Contains(doctor.out.String(), "restore the newest backup") {
		t.Errorf("doctor: %d, %s", code, doctor.out.String())
	}
}

// readAll reads users in both dialects. What cannot be read must be an internal error.
func (s *served) readAll(t *testing.T, names map[string]bool) (whole, failed int) {
	t.Helper()
	for name := range names {
		res, body := s.mustREST(t, http.MethodGet, "/users/"+name, "")
		if res.StatusCode == http.StatusOK {
			whole++
			continue
		}
		failed++
		if res.StatusCode != http.StatusInternalServerError || !strings.Contains(body, `"failed_internal"`) || strings.Contains(body, "malformed") {
			t.Errorf("%s: %s %s", name, res.Status, body)
		}
		if res, body := s.mustCall(t, "users/upsert", name); res.StatusCode != http.StatusOK || !strings.Contains(body, `"internal_error"`) || strings.Contains(body, "malformed") {
			t.Errorf("%s: %s %s", name, res.Status, body)
		}
	}
	return whole, failed
}

// What is damaged where everything begins is refused at the start, with what to do.
func TestFaultsDamagedHeader(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "panelgate.db")
	mustFillUsers(t, file, clients)
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = f.WriteAt([]byte("not what it was"), 0)
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	mustRefuseStart(t, mustServeOn(t, file), file, "the database is damaged", "keep the file aside and restore the newest backup: panelgate restore")
}
