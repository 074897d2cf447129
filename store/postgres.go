package store

import (
	"cmp"
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// OnServer reports whether what Options.DB names is a database of a PostgreSQL server, by its URL, rather than a file.
func OnServer(db string) bool {
	return strings.HasPrefix(db, "postgres://") || strings.HasPrefix(db, "postgresql://")
}

// NameOf is what people are told of the database that Options.DB names: a file, or a URL without its password and
// without its parameters, which may hold one too.
func NameOf(db string) string {
	if !OnServer(db) {
		return db
	}
	scheme, rest, _ := strings.Cut(db, "://")
	if end := strings.IndexAny(rest, "?#"); end >= 0 {
		if strings.LastIndexByte(rest, '@') > end { // that, or the rest of it, may be in a password
			return scheme + "://…"
		}
		rest = rest[:end]
	}
	at := strings.LastIndexByte(rest, '@') // a password that is not escaped may hold one, and a slash
	user, _, hasPassword := strings.Cut(rest[:max(at, 0)], ":")
	switch {
	case at < 0:
		return scheme + "://" + rest
	case hasPassword:
		return scheme + "://" + user + "@" + rest[at+1:]
	}
	return scheme + "://" + rest
}

// postgresServer is the engine of a database on a PostgreSQL server, which several nodes may share.
type postgresServer struct {
	url   string
	node  string
	serve bool      // as the one server of its node's name
	id    string    // tells what this process commits from what others do
	made  time.Time // from which now counts

	asked  chan *question // see askTogether
	asking sync.WaitGroup

	listener *listener
	listens  atomic.Bool            // the listener has begun
	times    atomic.Int64           // how often it has found the server anew
	at       atomic.Pointer[string] // the host and port where
	heard    atomic.Int64           // when the question was asked that the server has answered the listener last; see now
	live     atomic.Int64           // how many nodes there are
	robbed   atomic.Bool            // another server has taken the name of this one
	nameTime time.Duration          // how long the name may be held by a session of before
	bytes    atomic.Int64           // how many the database takes

	written int64 // the server's number of the last transaction that wrote; the writer's own
	wroteOn int   // how often the connection had been opened anew for that; the writer's own
	foreign int64 // when somebody else was found to have written; the writer's own
}

func newPostgresServer(opts Options) *postgresServer {
	var random [8]byte
	rand.Read(random[:])
	e := &postgresServer{url: opts.DB, node: opts.Node, serve: opts.Serving, id: hex.EncodeToString(random[:]), made: time.Now(),
		nameTime: cmp.Or(opts.nameTime, 2*lostTime)}
	e.heard.Store(-int64(deafAfter))
	return e
}

func (e *postgresServer) name() string { return NameOf(e.url) }

// readers is more than there are cores: while a read waits for the network, another can use them.
func (e *postgresServer) readers() int { return max(8, 4*runtime.GOMAXPROCS(0)) }

// How long a node may keep others waiting that is stopped or cut off: the server ends its session then.
const (
	turnTime = 5 * time.Second // how long to wait for other nodes' writes
	idleTime = 5 * time.Second // how long a write may do nothing
	dialTime = 5 * time.Second // how long to wait for a connection
)

// config reads the URL. What libpq takes from its environment is taken too.
func (e *postgresServer) config() (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(e.url)
	if err != nil { // in whose text the password may be, where it is what is wrong
		return nil, errUnreadable
	}
	if config.ValidateConnect == nil && !namesSessions(e.url) {
		config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsReadWrite
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = dialTime
	}
	config.DialFunc = (&net.Dialer{Timeout: config.ConnectTimeout, Control: giveUpSoon,
		KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: lostTime / 2, Interval: lostTime / 4, Count: 2}}).DialContext
	defaults := map[string]string{
		"application_name":        "panelgate",
		"jit":                     "off", // compiling what reads a token takes a hundred times as long as running it
		"tcp_keepalives_idle":     seconds(lostTime / 2),
		"tcp_keepalives_interval": seconds(lostTime / 4),
		"tcp_keepalives_count":    "2",
		"tcp_user_timeout":        millis(lostTime),
	}
	for name, value := range defaults {
		if _, given := config.RuntimeParams[name]; !given {
			config.RuntimeParams[name] = value
		}
	}
	return config, nil
}

// errUnreadable says nothing of what is wrong: what is taken for the port may be a piece of the password.
var errUnreadable = errors.New("its URL cannot be read: want postgres://USER:PASSWORD@HOST:PORT/NAME, with %-escapes for what is special in the password")

// namesSessions reports whether a URL says which servers it is content with.
func namesSessions(text string) bool {
	at, err := url.Parse(text)
	return err == nil && at.Query().Has("target_session_attrs")
}

// lostTime is how long a peer of a connection may be silent until it is taken for lost.
const lostTime = 8 * time.Second

func seconds(d time.Duration) string { return fmt.Sprint(int64(d / time.Second)) }
func millis(d time.Duration) string  { return fmt.Sprint(d.Milliseconds()) }

// giveUpSoon bounds how long the system sends again what nobody acknowledges: else it is a quarter of an hour.
func giveUpSoon(network, _ string, socket syscall.RawConn) (err error) {
	const tcpUserTimeout = 18 // TCP_USER_TIMEOUT of Linux
	if runtime.GOOS != "linux" || !strings.HasPrefix(network, "tcp") {
		return nil
	}
	controlErr := socket.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_TCP, tcpUserTimeout, int(lostTime.Milliseconds()))
	})
	return errors.Join(controlErr, err)
}

// pool makes a pool whose connections have some settings more.
func (e *postgresServer) pool(conns int, settings map[string]string, options ...stdlib.OptionOpenDB) (*sql.DB, error) {
	config, err := e.config()
	if err != nil {
		return nil, err
	}
	for name, value := range settings {
		config.RuntimeParams[name] = value
	}
	db := stdlib.OpenDB(*config, append(options, stdlib.OptionBeforeConnect(e.prepare))...)
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	return db, nil
}

// prepare is called for each connection before it is opened.
func (e *postgresServer) prepare(_ context.Context, config *pgx.ConnConfig) error {
	e.prefer(config)
	watchCommits(config)
	return nil
}

func (e *postgresServer) open(ctx context.Context, s *Store) (err error) {
	if err := e.seek(ctx); err != nil {
		return err
	}
	s.writeDB, err = e.pool(1, map[string]string{
		"lock_timeout":                        millis(turnTime),
		"idle_in_transaction_session_timeout": millis(idleTime),
		"statement_timeout":                   "0", // it would end commits too: see commits
	})
	if err != nil {
		return err
	}
	if err := migrate(ctx, s.writeDB, e.migrations()); err != nil {
		return err
	}
	s.readDB, err = e.look(ctx)
	return err
}

func (e *postgresServer) look(ctx context.Context) (*sql.DB, error) {
	if e.at.Load() == nil {
		if err := e.seek(ctx); err != nil {
			return nil, err
		}
	}
	return e.pool(0, nil, stdlib.OptionAfterConnect(readOnly)) // as many as are taken: see Options.Readers
}

// readOnly makes a session refuse whatever writes. It is set once the server was found to take writes.
func readOnly(ctx context.Context, session *pgx.Conn) error {
	_, err := session.Exec(ctx, "SET default_transaction_read_only = on")
	return err
}

func (e *postgresServer) migrations() tableSet {
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300))
	if err != nil { // of numbers that are wrong
		panic(err)
	}
	return tableSet{dir: "migrations/postgres", dialect: goose.DialectPostgres,
		options: []goose.ProviderOption{goose.WithSessionLocker(locker)}}
}

// inPlace is for the server to see to.
func (e *postgresServer) inPlace() error { return nil }

// ready is so while the node's name is its own.
func (e *postgresServer) ready() error {
	if e.robbed.Load() {
		return fmt.Errorf("%w: another server has taken the name %q of this node", ErrInUse, e.node)
	}
	return nil
}

// lookAround has nothing to do: other nodes tell what they commit.
func (e *postgresServer) lookAround(*conn) {}

// makeRoom is for who runs the server.
func (e *postgresServer) makeRoom(*conn) bool { return false }

// findDamage finds nothing: the server has its own tools.
func (e *postgresServer) findDamage(context.Context, *sql.DB) error { return nil }

// auditKinds is always so: a column holds values of its own type only.
func (e *postgresServer) auditKinds() string { return "TRUE" }

// statement is the same SQL with other placeholders.
func (e *postgresServer) statement(query string) string { return numbered(query) }

func (e *postgresServer) snapshot() string { return "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" }

// shared is true: any server that reaches the database may serve it.
func (e *postgresServer) shared() bool { return true }

// far is true: a server may be stopped, or cut off.
func (e *postgresServer) far() bool { return true }
