package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"panelgate/gatewaytest/postgres"
	"panelgate/permissions"
)

// mustFillAll makes rows in every table, among them such as refer to later ones, and deletes some, so that numbers are
// used up which no row has.
func mustFillAll(t *testing.T, s *Store) {
	t.Helper()
	mustFillSealed(t, s)
	mustAccount(t, s, AccountChange{Name: "sites", Websites: new(sealedSite("sites"))})
	mustWrite(t, s, func(tx *Tx) error {
		child, err := tx.SaveAccount(ScopeAll(), AccountChange{Name: "child", Email: new("child@example.com")})
		if err != nil {
			return err
		}
		for _, name := range []string{"boss", "gone"} {
			if _, err := tx.SaveAccount(ScopeAll(), AccountChange{Name: name, Type: new(TypeReseller)}); err != nil {
				return err
			}
		}
		_, err = tx.SaveAccount(ScopeAll(), AccountChange{Name: "child", Parent: new("boss")})
		return errors.Join(err, tx.SuspendAccounts(ScopeAll(), []string{"child"}, "token 1", "unpaid"),
			tx.CreateSubuser(ScopeAll(), "child", "first", "hash", permissions.All()),
			tx.CreateSubuser(ScopeAll(), "child", "second", "", permissions.None()),
			tx.SetAccountLimits(ScopeAll(), "child", limitsOf(5)),
			tx.CreatePackage(Package{Name: "small", Limits: limitsOf(1), Permissions: permissions.All()}),
			tx.CreatePackage(Package{Name: "gone", Permissions: permissions.All()}),
			tx.CreateAdmin(ScopeAll(), "one", "hash", permissions.All()),
			tx.CreateAdmin(ScopeAll(), "two", "hash", permissions.None()),
			tx.CreateTicket(Ticket{Hash: [32]byte{1}, LoginID: child.ID, Page: "email/accounts", Expires: tx.Now().Add(TicketLife)}),
			tx.CreateSession([32]byte{2}, child.ID, tx.Now().Add(SessionLife)))
	})
	mustWrite(t, s, func(tx *Tx) error {
		first, err := tx.Subuser(ScopeAll(), "child", "first")
		if err != nil {
			return err
		}
		_, err = tx.SetSubuserPermissions(ScopeSubuser(first.account, first.ID), "child", "second", permissions.All())
		id, tokenErr := tx.CreateToken(NewToken{Hash: [32]byte{3}, Kind: KindAdmin, Terms: Terms{Name: "root"}})
		_, rotateErr := tx.RotateToken(id, [32]byte{4}, time.Hour)
		_, packageErr := tx.DeletePackages([]string{"gone"})
		return errors.Join(err, tokenErr, rotateErr, packageErr, tx.DeleteAccounts(ScopeAll(), []string{"gone"}),
			fillBeside(tx, id, first.account))
	})
	for from, accounts := 0, accountsToCopy(t); from < accounts; from += 1000 {
		mustWrite(t, s, func(tx *Tx) error {
			for i := from; i < min(from+1000, accounts); i++ {
				if _, err := tx.SaveAccount(ScopeAll(), AccountChange{Name: fmt.Sprintf("many%06d", i), Websites: new(sealedSite("many"))}); err != nil {
					return err
				}
			}
			return nil
		})
	}
}

// accountsToCopy is more than two pages of them, or as many as PANELGATE_COPY_ACCOUNTS says.
func accountsToCopy(t *testing.T) int {
	asked := os.Getenv("PANELGATE_COPY_ACCOUNTS")
	if asked == "" {
		return 2*rowsAtOnce + 7
	}
	accounts, err := strconv.Atoi(asked)
	if err != nil {
		t.Fatalf("PANELGATE_COPY_ACCOUNTS: %v", err)
	}
	return accounts
}

// fillBeside makes the rows that come with time, or when a clock is set back.
func fillBeside(tx *Tx, token, account int64) error {
	_, useErr := tx.exec("INSERT INTO token_last_uses (token_id, used_at, address) VALUES (?, ?, '')", token, tx.stamp())
	_, trailErr := tx.exec("INSERT INTO account_trails (account_id, node, seq) VALUES (?, 'one', 7)", account)
	_, sizeErr := tx.exec("INSERT INTO replay_sizes (token_id, count, bytes) VALUES (?, 0, 0)", token+100) // what is left of a token when its calls are forgotten
	return errors.Join(useErr, trailErr, sizeErr)
}

func mustDigest(t *testing.T, s *Store) (digest Digest) {
	t.Helper()
	mustReadTx(t, s, func(tx *Tx) (err error) {
		digest, err = tx.Digest(func(int, int) {})
		return err
	})
	return digest
}

// mustFilledOptions makes a database with rows in every table and closes it.
func mustFilledOptions(t *testing.T, db string) Options {
	t.Helper()
	opts := Options{DB: db, AEAD: mustAEAD(t)}
	s, err := Open(t.Context(), opts)
	if err != nil {
		t.Fatal(err)
	}
	mustFillAll(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return opts
}

// elsewhere are options for another database with the same keys.
func elsewhere(t *testing.T, opts Options) Options {
	opts.DB = NewDB(t)
	return opts
}

// What is copied and copied back is the same, and goes on as if nothing had been.
func TestCopyThereAndBack(t *testing.T) {
	first := mustFilledOptions(t, NewDB(t))
	checkThereAndBack(t, first, elsewhere(t, first), elsewhere(t, first))
}

// The same from a file to a server, and back.
func TestCopyBetweenEngines(t *testing.T) {
	postgres.Only(t, "it takes one of each")
	first := mustFilledOptions(t, filepath.Join(t.TempDir(), "first.db"))
	last := first
	last.DB = filepath.Join(t.TempDir(), "last.db")
	checkThereAndBack(t, first, elsewhere(t, first), last)
}

func checkThereAndBack(t *testing.T, first, second, third Options) {
	var shown [2]int
	show := func(done, total int) {
		if done < shown[0] || done > total {
			t.Errorf("%d of %d is done after %d", done, total, shown[0])
		}
		shown = [2]int{done, total}
	}
	there, err := Copy(t.Context(), first, second, show)
	if err != nil || there.Resumed || shown[0] == 0 || shown[0] != shown[1] {
		t.Fatalf("there: resumed %v, shown %v, %v", there.Resumed, shown, err)
	}
	back, err := Copy(t.Context(), second, third, func(int, int) {})
	if err != nil || back.Digest.Sum != there.Digest.Sum {
		t.Fatalf("back: %v, differs in %v", err, there.Digest.differences(back.Digest))
	}
	for _, table := range there.Digest.Tables {
		if table.Rows == 0 {
			t.Errorf("nothing was copied of %s: the test shows nothing of it", table.Name)
		}
	}
	for _, opts := range []Options{first, second, third} {
		s := mustOpen(t, func(o *Options) { *o = opts })
		if is := mustDigest(t, s); is.Sum != there.Digest.Sum {
			t.Errorf("%s differs in %v", s.Name(), there.Digest.differences(is))
		}
		mustVerify(t, s)
		mustAudit(t, s, 1)
		account := mustAccount(t, s, AccountChange{Name: "new"})
		if want := there.Digest.Tables[1].Last + 1; account.ID != want {
			t.Errorf("%s goes on with account %d, want %d: a number is given twice", s.Name(), account.ID, want)
		}
	}
}

// A copy that is broken off opens to nobody, goes on where it was, and only with the database that it was begun with.
func TestCopyGoesOn(t *testing.T) {
	from := mustFilledOptions(t, NewDB(t))
	to := elsewhere(t, from)
	for broken, after := range []int{1, 700, 1100, 1800, 4000} {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := Copy(ctx, from, to, func(done, _ int) {
			if done > after {
				cancel()
			}
		})
		cancel()
		if err == nil {
			t.Fatalf("the copy was not broken off after %d rows", after)
		}
		if s, err := Open(t.Context(), to); !errors.Is(err, ErrHalfCopied) {
			t.Fatalf("half copied, it opens: %v, %v", s != nil, err)
		}
		if broken == 2 {
			if _, err := Copy(t.Context(), mustFilledOptions(t, NewDB(t)), to, func(int, int) {}); !errors.Is(err, ErrNotEmpty) {
				t.Errorf("a copy of another database goes on there: %v", err)
			}
		}
	}
	whole, err := Copy(t.Context(), from, to, func(int, int) {})
	if err != nil || !whole.Resumed {
		t.Fatalf("resumed %v, %v", whole.Resumed, err)
	}
	if is := mustDigest(t, mustOpen(t, func(o *Options) { *o = to })); is.Sum != whole.Digest.Sum {
		t.Errorf("it differs in %v", whole.Digest.differences(is))
	}
}

// What cannot be copied is refused, and says why.
func TestCopyIsRefused(t *testing.T) {
	from := mustFilledOptions(t, NewDB(t))
	quiet := func(int, int) {}
	full := elsewhere(t, from)
	if _, err := Copy(t.Context(), from, full, quiet); err != nil {
		t.Fatal(err)
	}
	if _, err := Copy(t.Context(), from, full, quiet); !errors.Is(err, ErrNotEmpty) {
		t.Errorf("into a database that holds something: %v", err)
	}
	other := from
	other.AEAD = mustAEAD(t)
	if _, err := Copy(t.Context(), other, elsewhere(t, from), quiet); !errors.Is(err, ErrWrongKeyset) {
		t.Errorf("with another keyset: %v", err)
	}
	changed, done := elsewhere(t, from), false
	_, err := Copy(t.Context(), from, changed, func(n, total int) {
		if n > total/3 && !done { // copied, and about to be compared
			done = true
			mustChange(t, changed)
		}
	})
	if !errors.Is(err, ErrCopyDiffers) || !done {
		t.Errorf("changed meanwhile: %v", err)
	}
	served := mustOpen(t, func(o *Options) { *o = from; o.Serving = true })
	if _, err := Copy(t.Context(), from, elsewhere(t, from), quiet); !errors.Is(err, ErrInUse) {
		t.Errorf("while %s is served: %v", served.Name(), err)
	}
}

// mustChange changes a row of a database that is being copied into.
func mustChange(t *testing.T, opts Options) {
	t.Helper()
	opts.target = true
	s := mustOpen(t, func(o *Options) { *o = opts })
	mustExec(t, s, "UPDATE accounts SET email = 'changed' WHERE email <> ''")
}

// Every table is copied, or is none of panelgate's own.
func TestEveryTableIsCopied(t *testing.T) {
	s := mustOpen(t)
	tables := map[string]bool{"goose_db_version": true}
	for _, table := range copiedTables() {
		tables[table.name] = true
	}
	list := "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
	if postgres.Wanted() {
		list = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
	}
	mustReadTx(t, s, func(tx *Tx) error {
		names, err := collect(tx, scanName, list)
		for _, name := range names {
			if !tables[name] {
				t.Errorf("table %s is not copied", name)
			}
		}
		if len(names) != len(tables) {
			t.Errorf("the database has the tables %v, copied are %v", names, tables)
		}
		return err
	})
}
