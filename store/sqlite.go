package store

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// sqliteFile is the engine of a database in one file: for one server on one machine.
type sqliteFile struct {
	path  string
	serve bool // as the one server that the file may have

	serving *os.File    // the lock of the one server; nil where serve is not set
	frozen  fs.FileInfo // the file as it was, where it is looked at and nobody had it open; else nil
	files   []openFile

	madeRoom time.Time // when makeRoom was last tried; the writer's own
	seen     lookedAt  // when the writer looked last; its own
	outdate  func()    // says that somebody else has changed something
}

func (e *sqliteFile) name() string { return e.path }

// far is false: a disk that does not answer stops everything anyhow.
func (e *sqliteFile) far() bool { return false }

func (e *sqliteFile) found() (int, error) { return 0, nil }

func (e *sqliteFile) shared() bool { return false }
func (e *sqliteFile) nodes() int   { return 1 }

func (e *sqliteFile) statement(query string) string { return query }
func (e *sqliteFile) snapshot() string              { return "BEGIN" }

// hangUp leaves a connection to its pool: its statements must be closed before it.
func (e *sqliteFile) hangUp(any) {}

func (e *sqliteFile) failure(_ *conn, err error) error { return err }

// readers is one for each core that may be used: a read waits for nothing but a core.
func (e *sqliteFile) readers() int { return max(4, runtime.GOMAXPROCS(0)) }

func (e *sqliteFile) open(ctx context.Context, s *Store) (err error) {
	e.outdate = s.Outdate
	if err := createPrivate(e.path); err != nil {
		return err
	}
	if e.serve {
		if e.serving, err = lockServing(e.path); err != nil {
			return err
		}
	}
	// What a savepoint may have to put back is kept in memory: in a file it would be written twice.
	if s.writeDB, err = openHandle(e.path, 1, "_txlock=immediate&_pragma=temp_store(memory)"); err != nil {
		return err
	}
	if err := e.checkRoots(ctx, s.writeDB); err != nil {
		return err
	}
	if err := migrate(ctx, s.writeDB, e.migrations()); err != nil {
		return err
	}
	s.readDB, err = openHandle(e.path, s.opts.Readers, "_pragma=query_only(1)&_pragma=cache_size(-"+readerCache+")")
	return err
}

// look opens a file without making another beside it.
func (e *sqliteFile) look(context.Context) (*sql.DB, error) {
	info, err := os.Stat(e.path)
	if err != nil {
		return nil, err
	}
	options := []string{"mode=ro", "_pragma=busy_timeout(5000)"}
	if _, err := os.Stat(e.path + "-wal"); errors.Is(err, fs.ErrNotExist) { // nobody has it open
		options, e.frozen = append(options, "immutable=1"), info
	}
	return sql.Open("sqlite", fileURL(e.path, options...))
}

func (e *sqliteFile) migrations() tableSet {
	return tableSet{dir: "migrations/sqlite", dialect: goose.DialectSQLite3}
}

// auditKinds looks at whether SQLite keeps every value as the kind that was written. Go does not care whether a name
// comes as text or as bytes; comparisons in SQL do, so such a row would be hidden from who looks for it.
func (e *sqliteFile) auditKinds() string {
	return `(typeof(seq), typeof(time), typeof(token_id), typeof(duration_us), typeof(prev_hash), typeof(hash))
		= ('integer', 'integer', 'integer', 'integer', 'blob', 'blob')
	AND (typeof(node), typeof(actor), typeof(address), typeof(request_id), typeof(action), typeof(target),
		typeof(account), typeof(before), typeof(after), typeof(result), typeof(code))
		= ('text', 'text', 'text', 'text', 'text', 'text', 'text', 'text', 'text', 'text', 'text')`
}

func (e *sqliteFile) watch(context.Context, *Store) error { return e.noteFiles() }

// close reports with [ErrChanged] that a look was no good.
func (e *sqliteFile) close() error {
	if e.serving != nil {
		return e.serving.Close()
	}
	if e.frozen == nil {
		return nil
	}
	info, err := os.Stat(e.path)
	if err == nil && (info.Size() != e.frozen.Size() || !info.ModTime().Equal(e.frozen.ModTime())) {
		return ErrChanged
	}
	return err
}

// createPrivate makes the file with mode 0600 before SQLite would make it with the umask's;
// SQLite gives its -wal and -shm files the mode of the database.
func createPrivate(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	return f.Close()
}

// readerCache is the page cache of a read connection in kB. There is one for each core, and behind
// them all is the system's cache of the file: large ones would only multiply the same pages.
const readerCache = "256"

// openHandle opens a pool. Pragmas go in the DSN, busy_timeout first: an Exec on a pool would
// reach one connection only.
func openHandle(path string, conns int, mode string) (*sql.DB, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	dsn := (&url.URL{Scheme: "file", Path: abs}).String() +
		"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)&" + mode
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// size is what the database and its write-ahead log take; what cannot be looked at counts as nothing.
func (e *sqliteFile) size() (bytes int64) {
	for _, file := range []string{e.path, e.path + "-wal"} {
		if info, err := os.Stat(file); err == nil {
			bytes += info.Size()
		}
	}
	return bytes
}

// roomPause is how long nothing is done about a lack of room after something was.
const roomPause = time.Second

// makeRoom brings the log into the database, so that it can be written from its beginning again, and reports whether
// all of it went there. SQLite does it by itself after commits only, and when there is no room for those there are none.
func (e *sqliteFile) makeRoom(c *conn) bool {
	if time.Since(e.madeRoom) < roomPause {
		return false
	}
	e.madeRoom = time.Now()
	tx := &Tx{ctx: context.Background(), conn: c}
	left, err := one(collect(tx, func(r *row) (left int, err error) {
		var busy, log, done int
		err = r.Scan(&busy, &log, &done)
		return log - done, err
	}, "PRAGMA wal_checkpoint(PASSIVE)"))
	return err == nil && left == 0
}

func (e *sqliteFile) query(tx *Tx, whole bool, query string, args []any, each func(*row) error) error {
	stmt, ctx, err := tx.statement(query, whole)
	if err != nil {
		return err
	}
	rows, err := stmt.QueryContext(ctx, args...)
	if err != nil {
		return tx.ran(query, err)
	}
	defer rows.Close()
	for r := (row{rows.Scan}); rows.Next(); {
		if err := each(&r); err != nil {
			return err
		}
	}
	return tx.ran(query, rows.Err())
}
