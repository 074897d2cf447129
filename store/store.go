// Package store keeps accounts, subusers, websites and tokens in one SQLite file.
//
// There are two ways in. [Store.Write] queues a function for the one writer, which runs many of
// them in one transaction and answers each after the commit: what was acknowledged is on disk.
// [Store.Read] runs a function on one of a few read-only connections, in a snapshot.
//
// Methods of [Tx] take a [Scope] and treat whatever lies outside it as not there, so that no
// action, console or command can forget whose rows they are.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/tink-crypto/tink-go/v2/tink"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

// Options say where the data is and how it is opened. Path and AEAD are required.
type Options struct {
	Path    string           // the database file; created with mode 0600 when there is none
	AEAD    tink.AEAD        // seals website paths and database passwords
	Readers int              // read connections; 0 means one per core that may be used, at least 4
	Node    string           // whose audit chain what this process does is in; "" means the host's name
	Now     func() time.Time // the clock of transactions; nil means time.Now
	Log     *slog.Logger     // nil discards
	Serving bool             // as the one server that the file may have: another is refused with [ErrInUse]
	Replays ReplayLimits     // how much is remembered of calls; zero fields mean those of DefaultReplayLimits
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	opts    Options
	writeDB *sql.DB
	readDB  *sql.DB
	conns   []*conn    // every connection, for Close
	readers chan *conn // those of Read that are free
	queue   chan *job
	uses    lastUses
	stopped chan struct{} // closed when the writer has ended
	lock    closing

	serving  *os.File // the lock of the one server; nil where Options.Serving is not set
	files    []openFile
	outage   atomic.Pointer[Outage]
	madeRoom time.Time // when makeRoom was last tried; the writer's own

	versions versions
	seen     lookedAt // when the writer looked last; its own
}

// Open opens the database, brings its tables up to date and starts the writer.
// The AEAD must be the one that the database was made with: another gives [ErrWrongKeyset]. A file that is damaged where
// everything begins is a [*DamagedError], one that cannot be written [ErrReadOnly].
func Open(ctx context.Context, opts Options) (*Store, error) {
	s := &Store{opts: withDefaults(opts), stopped: make(chan struct{})}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", opts.Path, asRefusal(err)), s.Close())
	}
	return s, nil
}

func withDefaults(opts Options) Options {
	if opts.Readers == 0 {
		opts.Readers = max(4, runtime.GOMAXPROCS(0))
	}
	if opts.Node == "" {
		opts.Node = hostName()
	}
	opts.Replays = opts.Replays.orDefault()
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	return opts
}

// hostName names this machine, "node" where it has no name.
func hostName() string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "node"
	}
	return name
}

func (s *Store) open(ctx context.Context) error {
	if err := createPrivate(s.opts.Path); err != nil {
		return err
	}
	var err error
	if s.opts.Serving {
		if s.serving, err = lockServing(s.opts.Path); err != nil {
			return err
		}
	}
	// What a savepoint may have to put back is kept in memory: in a file it would be written twice.
	if s.writeDB, err = openHandle(s.opts.Path, 1, "_txlock=immediate&_pragma=temp_store(memory)"); err != nil {
		return err
	}
	if err := checkRoots(ctx, s.writeDB); err != nil {
		return err
	}
	if err := migrate(ctx, s.writeDB); err != nil {
		return err
	}
	if s.readDB, err = openHandle(s.opts.Path, s.opts.Readers, "_pragma=query_only(1)&_pragma=cache_size(-"+readerCache+")"); err != nil {
		return err
	}
	if err := s.startReaders(ctx); err != nil {
		return err
	}
	if err := s.startWriter(ctx); err != nil {
		return err
	}
	if err := s.noteFiles(); err != nil {
		return err
	}
	s.startLastUses()
	return s.checkKeyset(ctx)
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

// Ping reports whether the database can be read now, and is where it was opened: if not, [ErrMoved].
func (s *Store) Ping(ctx context.Context) error {
	return s.Read(ctx, func(tx *Tx) error {
		if err := s.inPlace(); err != nil {
			return err
		}
		_, err := tx.setting("keyset_check")
		return err
	})
}

// Waiting is how many writes wait for the writer.
func (s *Store) Waiting() int { return len(s.queue) }

// Size is how many bytes the database and its write-ahead log take; what cannot be looked at counts as none.
func (s *Store) Size() (bytes int64) {
	for _, file := range []string{s.opts.Path, s.opts.Path + "-wal"} {
		if info, err := os.Stat(file); err == nil {
			bytes += info.Size()
		}
	}
	return bytes
}

// Close waits for the writes that were accepted, then closes the database.
func (s *Store) Close() error {
	s.stopLastUses()
	if !s.lock.close() {
		return nil
	}
	if s.queue != nil { // nil where Open failed before it started the writer
		close(s.queue)
		<-s.stopped
	}
	return s.closeHandles()
}

// closeHandles closes every connection. SQLite empties and removes the write-ahead log with the
// last one; a pool does not close connections that are taken out of it.
func (s *Store) closeHandles() error {
	var errs []error
	for _, c := range s.conns {
		errs = append(errs, c.close())
	}
	if s.readDB != nil {
		errs = append(errs, s.readDB.Close())
	}
	if s.writeDB != nil {
		errs = append(errs, s.writeDB.Close())
	}
	if s.serving != nil {
		errs = append(errs, s.serving.Close())
	}
	return errors.Join(errs...)
}

// Now is what time it is for transactions.
func (s *Store) Now() time.Time { return s.opts.Now() }
