package store

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"panelgate/gatewaytest/postgres"
)

// mustLoseLater makes a table whose rows lose a transaction so many times, as a conflict with another would: a sequence is
// not set back with it.
func mustLoseLater(t *testing.T, s *Store, code string, times int) {
	t.Helper()
	mustRun(t, mustSession(t, s), "CREATE TABLE contested (n BIGINT)", "CREATE SEQUENCE tries", fmt.Sprintf(`
		CREATE FUNCTION lose() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
			IF nextval('tries') <= %d THEN RAISE EXCEPTION 'lost' USING ERRCODE = '%s'; END IF;
			RETURN NEW;
		END $$`, times, code), "CREATE TRIGGER lose BEFORE INSERT ON contested FOR EACH ROW EXECUTE FUNCTION lose()")
}

func contest(tx *Tx) error {
	_, err := tx.exec("INSERT INTO contested (n) VALUES (1)")
	return err
}

// A transaction that lost against another runs again, with all that shared it.
func TestLostTransactionsRunAgain(t *testing.T) {
	postgres.Only(t, "serialization failures")
	for _, code := range []string{"40001", "40P01"} {
		t.Run(code, func(t *testing.T) {
			s := mustOpen(t)
			mustLoseLater(t, s, code, 2)
			for i, err := range queueUp(t, s, setting("before"), contest, setting("after"))() {
				if err != nil {
					t.Errorf("write %d: %v", i, err)
				}
			}
			if n := mustCount(t, s, "SELECT count(*) FROM contested"); n != 1 || !has(t, s, "before") || !has(t, s, "after") {
				t.Errorf("%d rows; not all is kept", n)
			}
		})
	}
	s := mustOpen(t)
	mustLoseLater(t, s, "40001", 1_000_000)
	errs := queueUp(t, s, setting("before"), contest, setting("after"))()
	if errs[0] != nil || !IsUnavailable(errs[1]) || errs[2] != nil {
		t.Errorf("one that always loses: %v", errs)
	}
}

// Of two that wait for each other PostgreSQL ends one: ours runs again once the other is through.
func TestADeadlockRunsAgain(t *testing.T) {
	postgres.Only(t, "row locks of an operator's session")
	s := mustOpen(t)
	mustWrite(t, s, setting("a"))
	mustWrite(t, s, setting("b"))
	session := mustSession(t, s)
	const update = "UPDATE settings SET value = value WHERE name = "
	mustRun(t, session, "BEGIN", update+"'b'")
	done := make(chan error, 1)
	var runs atomic.Int64
	err := s.Write(t.Context(), func(tx *Tx) error {
		if _, err := tx.exec(update + "'a'"); err != nil {
			return err
		}
		if runs.Add(1) == 1 {
			go func() {
				_, err := session.ExecContext(t.Context(), update+"'a'")
				_, commitErr := session.ExecContext(t.Context(), "COMMIT")
				done <- errors.Join(err, commitErr)
			}()
			eventually(t, "the session to wait", func() bool {
				return mustCount(t, s, "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'UPDATE settings%' AND query_start < now() - interval '200 ms'") > 0
			})
		}
		_, err := tx.exec(update + "'b'")
		return err
	})
	if err := errors.Join(err, <-done); err != nil || runs.Load() < 2 {
		t.Errorf("%d runs, %v", runs.Load(), err)
	}
}

// A connection that is lost while the commit is made leaves open whether it is.
func TestALostCommitIsUncertain(t *testing.T) {
	postgres.Only(t, "connections")
	s := mustOpen(t)
	mustRun(t, mustSession(t, s), "CREATE TABLE fatal (n BIGINT)",
		"CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$",
		"CREATE CONSTRAINT TRIGGER die AFTER INSERT ON fatal DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()")
	err := s.Write(t.Context(), func(tx *Tx) error {
		_, err := tx.exec("INSERT INTO fatal (n) VALUES (1)")
		return err
	})
	if !errors.Is(err, ErrUncertain) || !IsUnavailable(err) {
		t.Errorf("%v", err)
	}
	mustWrite(t, s, setting("later"))
}

// The end of connections is no end: what was begun on one is told as unavailable, the next call has another.
func TestLostConnectionsAreReplaced(t *testing.T) {
	postgres.Only(t, "connections")
	s := mustOpen(t)
	session := mustSession(t, s)
	const all = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
	for i := range 3 {
		mustWrite(t, s, setting(fmt.Sprint("before ", i)))
		mustRun(t, session, all)
		mustWrite(t, s, setting(fmt.Sprint("after ", i)))
		if !has(t, s, fmt.Sprint("after ", i)) {
			t.Error("what was acknowledged is not there")
		}
		mustBeUnavailable(t, "a write whose connection ends", s.Write(t.Context(), func(tx *Tx) error {
			mustRun(t, session, all)
			return setting("lost")(tx)
		}))
		mustReadTx(t, s, func(tx *Tx) error {
			mustRun(t, session, all) // before anything was read
			_, err := tx.setting("lost")
			return err
		})
		mustBeUnavailable(t, "a read whose connection ends", s.Read(t.Context(), func(tx *Tx) error {
			_, err := tx.setting("lost")
			mustRun(t, session, all)
			return errors.Join(err, ofAnother(tx.setting("lost")))
		}))
	}
	if has(t, s, "lost") {
		t.Error("what was refused is there")
	}
}

// ofAnother is the error of another read.
func ofAnother(_ []byte, err error) error { return err }

// Whoever holds the lock of writes for too long makes the others unavailable, and no more than that.
func TestAWriteWaitsNotForever(t *testing.T) {
	postgres.Only(t, "the lock of writes")
	s := mustOpen(t)
	session := mustSession(t, s)
	mustRun(t, session, fmt.Sprintf("SELECT pg_advisory_lock(%d, 0)", lockWrite))
	began := time.Now()
	err := s.Write(t.Context(), setting("waits"))
	if took := time.Since(began); !IsUnavailable(err) || !isLocked(err) || took > 2*turnTime {
		t.Errorf("%v after %v", err, took)
	}
	mustRun(t, session, "SELECT pg_advisory_unlock_all()")
	mustWrite(t, s, setting("later"))
	if has(t, s, "waits") {
		t.Error("what was refused is there")
	}
}
