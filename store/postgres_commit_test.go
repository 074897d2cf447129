package store

import (
	"context"
	"database/sql"
	"errors"
	"testing"
	"time"

	"panelgate/gatewaytest/postgres"
)

// mustLackStandby starts a server whose commits wait for a standby that will not come, and gives a store on it.
func mustLackStandby(t *testing.T) (s *Store, admin *sql.DB) {
	t.Helper()
	postgres.Only(t, "a commit may wait for a standby")
	server, err := postgres.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Stop() })
	s = mustOpen(t, func(o *Options) { o.DB = server.URL("postgres") })
	admin, err = sql.Open("pgx", server.URL("postgres")+"&synchronous_commit=local")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { admin.Close() })
	for _, statement := range []string{"ALTER SYSTEM SET synchronous_standby_names = 'nobody'", "SELECT pg_reload_conf()"} {
		if _, err := admin.Exec(statement); err != nil {
			t.Fatal(err)
		}
	}
	patient, err := sql.Open("pgx", server.URL("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer patient.Close()
	eventually(t, "commits to wait", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := patient.ExecContext(ctx, "COMMENT ON DATABASE postgres IS 'waits for a standby'")
		return errors.Is(err, context.DeadlineExceeded)
	})
	eventually(t, "that one to be gone", func() bool { return waiting(t, admin) == 0 })
	return s, admin
}

// waiting is how many commits wait for a standby.
func waiting(t *testing.T, admin *sql.DB) (n int) {
	t.Helper()
	if err := admin.QueryRow("SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'").Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// A commit that no standby has is not known to be stored, and nobody may see it: the standby that takes over has nothing of it.
func TestCommitWithoutStandby(t *testing.T) {
	t.Parallel()
	s, admin := mustLackStandby(t)
	if err := s.Write(context.Background(), setting("lonely")); !errors.Is(err, ErrUncertain) {
		t.Errorf("a commit that no standby has gives %v, want ErrUncertain", err)
	}
	s.Close() // and with it whatever is sent after a lost connection
	if n := waiting(t, admin); n != 1 {
		t.Errorf("%d commits wait for the standby, want the one still to", n)
	}
	var seen int
	if err := admin.QueryRow("SELECT count(*) FROM settings WHERE name = 'lonely'").Scan(&seen); err != nil || seen != 0 {
		t.Errorf("%d rows are seen that no standby has, %v", seen, err)
	}
}

// A commit whose wait for the standby somebody ends is done on one disk: PostgreSQL only warns, and calls it a success.
func TestCommitThatIsCancelled(t *testing.T) {
	t.Parallel()
	s, admin := mustLackStandby(t)
	result := make(chan error, 1)
	go func() { result <- s.Write(context.Background(), setting("lonely")) }()
	eventually(t, "the commit to wait", func() bool { return waiting(t, admin) == 1 })
	if _, err := admin.Exec("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"); err != nil {
		t.Fatal(err)
	}
	if err := <-result; !errors.Is(err, ErrUncertain) {
		t.Errorf("a commit that was cancelled gives %v, want ErrUncertain", err)
	}
}
