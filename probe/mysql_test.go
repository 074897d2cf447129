package probe_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql"

	"panelgate/probe"
)

// startMariaDB starts a server with an empty database site, and returns its port and root's handle.
func startMariaDB(t *testing.T) (int, *sql.DB) {
	t.Helper()
	install, server := need(t, "mariadb-install-db"), need(t, "mariadbd")
	dir, port := t.TempDir(), freePort(t)
	own := []string{"--no-defaults", "--datadir=" + dir + "/data"}
	if os.Getuid() == 0 {
		own = append(own, "--user=root") // the server's own way to say that root may run it
	}
	out, err := exec.Command(install, append(own, "--auth-root-authentication-method=normal", "--skip-test-db")...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	serve(t, "127.0.0.1", port, server, append(own, "--bind-address=127.0.0.1", fmt.Sprintf("--port=%d", port),
		"--socket="+dir+"/s", "--pid-file="+dir+"/pid", "--innodb-buffer-pool-size=8M", "--innodb-fast-shutdown=2")...)
	db, err := sql.Open("mysql", fmt.Sprintf("root@tcp(127.0.0.1:%d)/", port))
	must(t, err)
	t.Cleanup(func() { db.Close() })
	for _, statement := range []string{
		"CREATE DATABASE site",
		"CREATE USER good IDENTIFIED BY 'pass-word'", "GRANT ALL ON site.* TO good",
		"CREATE USER reader IDENTIFIED BY 'pass-word'", "GRANT SELECT ON site.* TO reader",
		"CREATE USER creator IDENTIFIED BY 'pass-word'", "GRANT CREATE, SELECT ON site.* TO creator",
		"CREATE USER stranger IDENTIFIED BY 'pass-word'",
		"CREATE USER everywhere IDENTIFIED BY 'pass-word'", "GRANT ALL ON *.* TO everywhere",
		"CREATE USER locked IDENTIFIED BY 'pass-word' ACCOUNT LOCK",
		"CREATE USER elsewhere@'10.1.2.3' IDENTIFIED BY 'pass-word'",
	} {
		_, err := db.Exec(statement)
		must(t, err)
	}
	return port, db
}

func tables(t *testing.T, db *sql.DB) (all []string) {
	t.Helper()
	rows, err := db.Query("SELECT table_name FROM information_schema.tables WHERE table_schema = 'site'")
	must(t, err)
	defer rows.Close()
	for rows.Next() {
		var name string
		must(t, rows.Scan(&name))
		all = append(all, name)
	}
	return all
}

func TestMySQL(t *testing.T) {
	t.Parallel()
	port, db := startMariaDB(t)
	address := fmt.Sprintf("127.0.0.1:%d", port)
	host, login, permission := probe.DatabaseHost, probe.DatabaseLogin, probe.DatabasePermission
	for name, c := range map[string]struct {
		host, user, password, name string
		wants                      []want
	}{
		"good":           {address, "good", "pass-word", "site", nil},
		"by name":        {fmt.Sprintf("localhost:%d", port), "good", "pass-word", "site", nil},
		"mapped":         {fmt.Sprintf("[::ffff:127.0.0.1]:%d", port), "good", "pass-word", "site", nil},
		"wrong password": {address, "good", "wrong-word", "site", []want{{"db[user]", login, "the server refused the user name or"}}},
		"no such user":   {address, "nobody", "pass-word", "site", []want{{"db[user]", login, "the server refused the user name or"}}},
		"other host":     {address, "elsewhere", "pass-word", "site", []want{{"db[user]", login, "the server refused the user name or"}}},
		"locked":         {address, "locked", "pass-word", "site", []want{{"db[user]", login, "the login is locked"}}},
		"no right":       {address, "stranger", "pass-word", "site", []want{{"db[name]", permission, "the database does not exist, or"}}},
		"no database":    {address, "everywhere", "pass-word", "nosite", []want{{"db[name]", permission, "the database does not exist"}}},
		"read only":      {address, "reader", "pass-word", "site", []want{{"db[name]", permission, "the login has no right to tables being created"}}},
		"refused port":   {fmt.Sprintf("127.0.0.1:%d", freePort(t)), "good", "pass-word", "site", []want{{"db[host]", host, "the host refused the connection"}}},
		"denied address": {"169.254.169.254:3306", "good", "pass-word", "site", []want{{"db[host]", host, "the address of the host may not be probed"}}},
		"port too large": {"127.0.0.1:70000", "good", "pass-word", "site", []want{{"db[host]", host, "the port is not a number"}}},
	} {
		t.Run(name, func(t *testing.T) {
			d := probe.Database{Field: "db", Host: c.host, Name: c.name, User: c.user, Password: c.password}
			expect(t, run(t, probe.New(probe.Config{}), nil, []probe.Database{d}), c.wants...)
			if left := tables(t, db); len(left) != 0 {
				t.Errorf("tables left behind: %v", left)
			}
		})
	}
	t.Run("drops late", func(t *testing.T) { testDropsLate(t, port, db) })
	t.Run("creates only", func(t *testing.T) {
		d := probe.Database{Field: "db", Host: address, Name: "site", User: "creator", Password: "pass-word"}
		found := run(t, probe.New(probe.Config{}), nil, []probe.Database{d})
		expect(t, found, want{"db[name]", permission, "the login has no right to tables being dropped in the database; panelgate_probe_"})
		if left := tables(t, db); len(left) != 1 || !strings.Contains(found[0].Message, left[0]) {
			t.Errorf("tables %v left behind, of which %q speaks", left, found[0].Message)
		}
	})
}

// testDropsLate keeps the answer to CREATE TABLE back until the check is out of time: the table is
// dropped all the same, over another connection.
func testDropsLate(t *testing.T, port int, db *sql.DB) {
	var connections atomic.Int32
	relay := listen(t, func(c net.Conn) {
		server, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			c.Close()
			return
		}
		defer server.Close()
		defer c.Close()
		keep := connections.Add(1) == 1
		var silent atomic.Bool
		go func() {
			defer server.Close()
			for buffer := make([]byte, 4096); ; {
				n, err := c.Read(buffer)
				silent.Store(silent.Load() || keep && bytes.Contains(buffer[:n], []byte("CREATE TABLE")))
				if _, bad := server.Write(buffer[:n]); err != nil || bad != nil {
					return
				}
			}
		}()
		for buffer := make([]byte, 4096); ; {
			n, err := server.Read(buffer)
			if err != nil {
				return
			}
			if !silent.Load() {
				io.Copy(c, bytes.NewReader(buffer[:n]))
			}
		}
	})
	d := probe.Database{Field: "db", Host: fmt.Sprintf("127.0.0.1:%d", relay), Name: "site", User: "good", Password: "pass-word"}
	p := probe.New(probe.Config{Each: 3 * time.Second, InFlight: 1})
	expect(t, run(t, p, nil, []probe.Database{d}),
		want{"db[host]", probe.DatabaseHost, "no answer within 3s, during the creation of a table"})
	for start := time.Now(); connections.Load() < 2 || len(tables(t, db)) > 0; time.Sleep(10 * time.Millisecond) {
		if time.Since(start) > time.Minute {
			t.Fatalf("after %d connections tables are left: %v", connections.Load(), tables(t, db))
		}
	}
}
