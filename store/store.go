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
	"os"
	"sync/atomic"
	"time"

	"github.com/tink-crypto/tink-go/v2/tink"
)

// Options say where the data is and how it is opened. DB and AEAD are required.
type Options struct {
	DB      string           // a file, created with mode 0600 when there is none, or the URL of a database on a server: see [OnServer]
	AEAD    tink.AEAD        // seals website paths and database passwords
	Readers int              // read connections; 0 means as many as suit the engine
	Node    string           // whose audit chain what this process does is in; "" means the host's name
	Now     func() time.Time // the clock of transactions; nil means time.Now
	Log     *slog.Logger     // nil discards
	Serving bool             // as the one server of a file, or of a node's name: another is refused with [ErrInUse]
	Replays ReplayLimits     // how much is remembered of calls; zero fields mean those of DefaultReplayLimits

	target   bool          // to be copied into: it has no keyset yet
	nameTime time.Duration // how long another may hold the name of a node that serves; 0 for what a lost session may take to end
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	opts    Options
	engine  engine
	writeDB *sql.DB
	readDB  *sql.DB
	conns   []*conn // every connection, for Close
	readers idle    // those of Read that are free
	nowhere *conn   // what a glance is on that a server is asked together with others: none of its own
	queue   chan *job
	grouped int // how many writes the last commit was of; the writer's own
	spare   spare
	uses    lastUses
	stopped chan struct{} // closed when the writer has ended
	lock    closing

	outage   atomic.Pointer[Outage]
	versions versions
	chains   *chains
}

// Open opens the database, brings its tables up to date and starts the writer.
// The AEAD must be the one that the database was made with: another gives [ErrWrongKeyset]. A file that is damaged where
// everything begins is a [*DamagedError], one that cannot be written [ErrReadOnly].
func Open(ctx context.Context, opts Options) (*Store, error) {
	s := newStore(opts)
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open database %s: %w", s.engine.name(), asRefusal(err)), s.Close())
	}
	return s, nil
}

func newStore(opts Options) *Store {
	opts = withDefaults(opts)
	engine := newEngine(opts)
	if opts.Readers == 0 {
		opts.Readers = engine.readers()
	}
	return &Store{opts: opts, engine: engine, nowhere: &conn{engine: engine}, stopped: make(chan struct{}), chains: newChains()}
}

func withDefaults(opts Options) Options {
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
	if err := s.engine.open(ctx, s); err != nil {
		return err
	}
	if err := s.startReaders(ctx); err != nil {
		return err
	}
	if err := s.startWriter(ctx); err != nil {
		return err
	}
	if err := s.engine.watch(ctx, s); err != nil {
		return err
	}
	s.startLastUses()
	if s.opts.target {
		return nil
	}
	return s.checkKeyset(ctx)
}

// Name names the database for people: a file, or where a server is.
func (s *Store) Name() string { return s.engine.name() }

// Ping reports whether the database can be read now, is where it was opened, if not [ErrMoved], and whether the node's name
// is still its own, if not [ErrInUse].
func (s *Store) Ping(ctx context.Context) error {
	return s.Read(ctx, func(tx *Tx) error {
		if err := s.engine.ready(); err != nil {
			return err
		}
		_, err := tx.setting("keyset_check")
		return err
	})
}

// findServer refuses a call while the server of the database is lost. It waits for a moment, no more: the server may just be
// there again.
func (s *Store) findServer(ctx context.Context) error {
	for waited := time.Duration(0); ; waited += beatEvery / 4 {
		_, err := s.engine.found()
		if err == nil || waited > deafAfter {
			return err
		}
		if err := pause(ctx, beatEvery/4); err != nil {
			return fmt.Errorf("%w: %w", ErrBusy, err)
		}
	}
}

// Waiting is how many writes wait for the writer.
func (s *Store) Waiting() int { return len(s.queue) }

// Size is how many bytes the database takes, with what belongs to it; what cannot be looked at counts as none.
func (s *Store) Size() int64 { return s.engine.size() }

// Shared reports whether other servers may serve the same database: then what they have committed is noticed only a while
// after it was acknowledged (see [Store.Unchanged]).
func (s *Store) Shared() bool { return s.engine.shared() }

// Nodes is how many servers serve the database now, this one among them.
func (s *Store) Nodes() int { return s.engine.nodes() }

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
	return errors.Join(append(errs, s.engine.close())...)
}

// Now is what time it is for transactions.
func (s *Store) Now() time.Time { return s.opts.Now() }

// newTx is a transaction that begins now on a connection.
func (s *Store) newTx(ctx context.Context, c *conn) *Tx {
	return &Tx{ctx: ctx, conn: c, aead: s.opts.AEAD, node: s.opts.Node, now: s.opts.Now(), replays: s.opts.Replays,
		versions: &s.versions, chains: s.chains}
}
